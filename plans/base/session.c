#include "plans/base/session.h"

#include "core/str.h"
#include "db/fleet.h"
#include "plans/base/audit.h"
#include "plans/base/high.h"
#include "plans/rollout/load.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum err_code
session_open(struct session *session, enum db_mode mode, struct err *err)
{
	return db_open(session->path, mode, &session->db, err);
}

void
session_close(struct session *session)
{
	cache_free(session);
	db_close(&session->db);
	arena_done(&session->arena);
}

static char *
key_path(struct session *session)
{
	return arena_printf(&session->arena, "%s.token-key", session->path);
}

char *
session_store(struct session *session)
{
	const char *slash = strrchr(session->path, '/');

	if (!slash)
		return arena_copy(&session->arena, "artifacts");
	return arena_printf(
		&session->arena, "%.*s/artifacts", (int)(slash - session->path), session->path);
}

static enum err_code
io_failed(struct err *err, const char *what, const char *path)
{
	int error = errno;

	err_set(err, error == EEXIST ? ERR_CONFLICT : ERR_IO, "cannot %s %s", what, QUOTE(path));
	return err_why(err, "%s", strerror(error));
}

/* The folder for the database: setgid, so that operators and the web server's group share it. */
static enum err_code
folder_make(const char *path, struct err *err)
{
	if (!mkdir(path, 02770))
		return chmod(path, 02770) ? io_failed(err, "prepare the folder", path) : ERR_OK;
	return errno == EEXIST ? ERR_OK : io_failed(err, "create the folder", path);
}

enum err_code
session_key_make(struct session *session, struct err *err)
{
	char hex[2 * TOKEN_KEY + 2];
	uint8_t secret[TOKEN_KEY];
	const char *path = key_path(session);
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0440);
	bool written;

	if (fd < 0)
		return io_failed(err, "create the token key", path);
	token_random(secret, sizeof secret);
	str_hex(secret, sizeof secret, hex);
	hex[2 * TOKEN_KEY] = '\n';
	written = write(fd, hex, 2 * TOKEN_KEY + 1) == 2 * TOKEN_KEY + 1 && !fchmod(fd, 0440) &&
		  !fsync(fd);
	close(fd);
	if (written)
		return ERR_OK;
	io_failed(err, "write the token key", path);
	unlink(path);
	return err->code;
}

static enum err_code
fleet_make(struct session *session, struct err *err)
{
	uint8_t random[16];
	char instance[33];

	token_random(random, sizeof random);
	str_hex(random, sizeof random, instance);
	if (session_open(session, DB_WRITE, err) || db_begin(session->db, err))
		return err->code;
	return db_finish(session->db, fleet_add(session->db, instance, session->now, err), err);
}

enum err_code
session_init(struct session *session, struct err *err)
{
	const char *slash = strrchr(session->path, '/');

	if (!access(session->path, F_OK)) {
		err_set(err, ERR_CONFLICT, "cannot create the database %s", QUOTE(session->path));
		err_why(err, "the file exists");
		return err_fix(err, "use it as it is, or name another with --db");
	}
	if (session->dry_run)
		return ERR_OK;
	if (slash && slash != session->path &&
		folder_make(arena_copy_n(&session->arena, session->path,
				    (size_t)(slash - session->path)),
			err))
		return err->code;
	if (db_create(session->path, err))
		return err->code;
	if (folder_make(session_store(session), err) || session_key_make(session, err) ||
		fleet_make(session, err) || high_store(session, err)) {
		unlink(session->path);
		return err->code;
	}
	return ERR_OK;
}

enum err_code
session_keys(struct session *session, struct err *err)
{
	char hex[2 * TOKEN_KEY + 1] = "";
	uint8_t secret[TOKEN_KEY];
	const char *path;
	ssize_t got = -1;
	int fd;

	if (session->keys_loaded)
		return ERR_OK;
	path = key_path(session);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return io_failed(err, "open the token key", path);
	got = read(fd, hex, 2 * TOKEN_KEY);
	close(fd);
	if (got != 2 * TOKEN_KEY || !str_unhex(hex, secret, sizeof secret)) {
		err_set(err, ERR_IO, "cannot read the token key %s", QUOTE(path));
		return err_why(err, "it must hold 64 hex digits");
	}
	token_key_derive(secret, &session->keys);
	session->keys_loaded = true;
	return ERR_OK;
}

enum err_code
change_begin(struct session *session, struct err *err)
{
	struct fleet fleet;
	const char *fault;

	if (db_begin(session->db, err))
		return err->code;
	if (session->adopting)
		return ERR_OK;
	if (fleet_get(session->db, &fleet, err))
		return db_finish(session->db, err->code, err);
	fault = high_fault(session, &fleet);
	if (!fault)
		return ERR_OK;
	db_rollback(session->db);
	err_set(err, ERR_CONFLICT, "nothing is changed in this database");
	err_why(err, "%s", fault);
	return err_fix(err, "otactl db adopt --reason WHY, if this is the one to go on with");
}

void
change_note(struct session *session, const char *what, const char *old, const char *new)
{
	const char *left = old ? old : "", *right = new ? new : "";
	size_t used = strlen(session->notes);

	if (strcmp(left, right) != 0)
		snprintf(session->notes + used, sizeof session->notes - used, "%s%s: %s%s%s",
			used ? "; " : "", what, *left || !old ? left : "none", old ? " -> " : "",
			*right ? right : "none");
}

void
change_note_int(struct session *session, const char *what, int64_t old, int64_t new)
{
	change_note(session, what, arena_printf(&session->arena, "%lld", (long long)old),
		arena_printf(&session->arena, "%lld", (long long)new));
}

/* What the caller says and what was noted on the way, as one line. */
static const char *
detail_text(struct session *session, const char *detail)
{
	bool both = detail && *detail && *session->notes;

	return arena_printf(
		&session->arena, "%s%s%s", detail ? detail : "", both ? "; " : "", session->notes);
}

static enum err_code
audit_append(struct session *session, const char *object, const char *detail, struct err *err)
{
	struct audit row = { .at = (int64_t)time(NULL),
		.now = session->now_given ? session->now : 0,
		.actor = session->actor ? session->actor : session->who(&session->arena),
		.action = session->action,
		.command = session->command ? session->command : session->action,
		.object = object,
		.detail = detail_text(session, detail),
		.reason = session->reason ? session->reason : "" };
	uint8_t previous[32];

	if (audit_last(session->db, &row.id, previous, err))
		return err->code;
	row.id++;
	audit_link(session, previous, &row);
	return audit_insert(session->db, &row, err);
}

enum err_code
change_finish(struct session *session, enum err_code code, const char *object, const char *detail,
	struct err *err)
{
	if (!code && !session->dry_run)
		code = fleet_bump(session->db, err);
	if (!code && !session->dry_run)
		code = audit_append(session, object, detail, err);
	session->notes[0] = '\0';
	if (session->dry_run) {
		db_rollback(session->db);
		return code;
	}
	if (db_finish(session->db, code, err))
		return err->code;
	return high_store(session, err);
}

enum err_code
change_needs_reason(const struct session *session, struct err *err)
{
	if (session->reason && *session->reason)
		return word_check(WORD_REMARK, "reason", session->reason, ERR_USAGE, err);
	err_set(err, ERR_USAGE, "%s needs a reason", session->action);
	err_why(err, "it may raise the risk for devices, so the audit keeps why it was done");
	return err_fix(err, "--reason 'what you know'");
}
