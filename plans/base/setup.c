#include "plans/base/setup.h"

#include "core/str.h"
#include "db/fleet.h"
#include "plans/base/file.h"
#include "plans/base/high.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* The folder for the database: setgid, so that operators and the web server's group share it. */
static enum err_code
folder_make(const char *path, struct err *err)
{
	if (!mkdir(path, 02770))
		return chmod(path, 02770) ? file_errno(err, ERR_IO, "prepare the folder", path)
					  : ERR_OK;
	return errno == EEXIST ? ERR_OK
			       : file_errno(err, errno == EEXIST ? ERR_CONFLICT : ERR_IO,
					 "create the folder", path);
}

enum err_code
setup_token_key(struct session *session, struct err *err)
{
	char hex[2 * TOKEN_KEY + 2];
	uint8_t secret[TOKEN_KEY];
	const char *path = session_key_path(session);
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0440);
	bool written;

	if (fd < 0)
		return file_errno(
			err, errno == EEXIST ? ERR_CONFLICT : ERR_IO, "create the token key", path);
	token_random(secret, sizeof secret);
	str_hex(secret, sizeof secret, hex);
	hex[2 * TOKEN_KEY] = '\n';
	written = write(fd, hex, 2 * TOKEN_KEY + 1) == 2 * TOKEN_KEY + 1 && !fchmod(fd, 0440) &&
		  !fsync(fd);
	close(fd);
	if (written)
		return ERR_OK;
	file_errno(err, ERR_IO, "write the token key", path);
	unlink(path);
	return err->code;
}

static enum err_code
fleet_make(struct session *session, struct err *err)
{
	uint8_t random[16];
	char instance[INSTANCE_HEX];

	token_random(random, sizeof random);
	str_hex(random, sizeof random, instance);
	if (session_open(session, DB_WRITE, err) || db_begin(session->db, err))
		return err->code;
	return db_finish(session->db, db_fleet_add(session->db, instance, session->now, err), err);
}

enum err_code
setup_make(struct session *session, struct err *err)
{
	if (!access(session->path, F_OK)) {
		err_set(err, ERR_CONFLICT, "cannot create the database %s", QUOTE(session->path));
		err_why(err, "the file exists");
		return err_fix(err, "use it as it is, or name another with --db");
	}
	if (session->dry_run)
		return ERR_OK;
	if (folder_make(file_folder(&session->arena, session->path), err))
		return err->code;
	if (db_create(session->path, err))
		return err->code;
	if (folder_make(session_store(session), err) || setup_token_key(session, err) ||
		fleet_make(session, err) || high_store(session, err)) {
		unlink(session->path);
		return err->code;
	}
	return ERR_OK;
}
