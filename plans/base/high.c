#include "plans/base/high.h"

#include "core/str.h"
#include "plans/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/file.h>
#include <unistd.h>

enum { HIGH_TEXT = 1 << 20 };

static const char *
path_of(struct session *session)
{
	return arena_printf(&session->arena, "%s.high", session->path);
}

/* This machine, so that a copy on another one is noticed; "-" where it has no id. */
static void
machine_of(struct session *session, char ret[DIGEST_HEX])
{
	char id[64] = "";
	uint8_t hash[TOKEN_HASH];
	struct err ignored;
	CLEANUP(fd_close) int fd = open("/etc/machine-id", O_RDONLY | O_CLOEXEC);

	str_copy(ret, 65, "-");
	if (fd < 0 || read(fd, id, sizeof id - 1) < 32 || session_keys(session, &ignored))
		return;
	id[32] = '\0';
	token_hash(&session->keys, id, hash);
	str_hex(hash, sizeof hash, ret);
}

/* "PRODUCT NAME KEYID HEX" */
static bool
revoked_take(struct arena *arena, struct high *high, char *value)
{
	const char *words[4];
	struct revoked_key key;

	for (size_t i = 0; i < COUNT(words); i++)
		words[i] = strsep(&value, " ");
	if (value || !words[3] || !str_unhex(words[3], key.key, sizeof key.key))
		return false;
	key.product = arena_copy(arena, words[0]);
	key.name = arena_copy(arena, words[1]);
	key.key_id = arena_copy(arena, words[2]);
	high->revoked =
		arena_room(arena, high->revoked, high->revoked_count, sizeof *high->revoked);
	high->revoked[high->revoked_count++] = key;
	return true;
}

static bool
counter_take(struct arena *arena, struct high *high, const char *value)
{
	const char *slash = strchr(value, '/'), *blank = slash ? strchr(slash, ' ') : NULL;
	struct high_counter counter;

	if (!blank || !str_int(blank + 1, 1, INT64_MAX, &counter.counter))
		return false;
	counter.product = arena_copy_n(arena, value, (size_t)(slash - value));
	counter.component = arena_copy_n(arena, slash + 1, (size_t)(blank - slash - 1));
	high->counters =
		arena_room(arena, high->counters, high->counter_count, sizeof *high->counters);
	high->counters[high->counter_count++] = counter;
	return true;
}

static bool
line_take(struct arena *arena, struct high *high, const char *key, char *value)
{
	if (!strcmp(key, "instance") && strlen(value) == 32) {
		str_copy(high->instance, sizeof high->instance, value);
		return true;
	}
	if (!strcmp(key, "machine") && strlen(value) < sizeof high->machine) {
		str_copy(high->machine, sizeof high->machine, value);
		return true;
	}
	if (!strcmp(key, "generation"))
		return str_int(value, 1, INT64_MAX, &high->generation);
	if (!strcmp(key, "epoch"))
		return str_int(value, 1, INT64_MAX, &high->epoch);
	if (!strcmp(key, "audit"))
		return str_int(arena_copy_n(arena, value, strcspn(value, " ")), 0, INT64_MAX,
			&high->audit_row);
	if (!strcmp(key, "revoked"))
		return revoked_take(arena, high, value);
	return !strcmp(key, "counter") && counter_take(arena, high, value);
}

static bool
parse(struct arena *arena, char *text, struct high *ret)
{
	*ret = (struct high){ .epoch = 0 };
	if (!str_starts(text, "otactl-high-water: 1\n"))
		return false;
	for (char *at = strchr(text, '\n') + 1, *end; *at; at = end + 1) {
		char *colon = strstr(at, ": ");

		end = strchr(at, '\n');
		if (!end || !colon || colon > end)
			return false;
		*end = *colon = '\0';
		if (!line_take(arena, ret, at, colon + 2))
			return false;
	}
	return *ret->instance && *ret->machine && ret->generation && ret->epoch;
}

enum err_code
high_read(struct session *session, struct high *ret, bool *found, struct err *err)
{
	const char *path = path_of(session);
	char *text;

	*found = !access(path, F_OK);
	if (!*found)
		return ERR_OK;
	if (text_read(&session->arena, path, HIGH_TEXT, &text, NULL, err))
		return err->code;
	if (parse(&session->arena, text, ret))
		return ERR_OK;
	err_set(err, ERR_INPUT, "cannot read the high-water file %s", QUOTE(path));
	return err_why(err, "it is damaged");
}

const char *
high_fault(struct session *session, const struct fleet *fleet)
{
	char machine[DIGEST_HEX];
	struct high high = { .epoch = 0 };
	struct err ignored = ERR_NONE;
	bool found;

	if (high_read(session, &high, &found, &ignored))
		return ignored.code == ERR_INPUT ? "its high-water file is damaged"
						 : "its high-water file cannot be read";
	if (!found)
		return "its high-water file is missing";
	if (strcmp(high.instance, fleet->instance) != 0)
		return "it is the database of another installation";
	if (fleet->generation < high.generation || fleet->epoch < high.epoch)
		return "it is an old copy, behind its high-water file";
	machine_of(session, machine);
	if (strcmp(high.machine, "-") != 0 && strcmp(machine, "-") != 0 &&
		strcmp(high.machine, machine) != 0)
		return "it was copied from another machine";
	return NULL;
}

static enum err_code
format(struct session *session, struct buf *buf, struct err *err)
{
	struct revoked_key *revoked;
	struct high_counter *counters;
	size_t revoked_count, counter_count;
	char machine[DIGEST_HEX], hex[DIGEST_HEX];
	uint8_t hash[32];
	struct fleet fleet;
	int64_t row;

	if (db_fleet_get(session->db, &fleet, err) || db_audit_last(session->db, &row, hash, err) ||
		db_key_revoked(session->db, &session->arena, &revoked, &revoked_count, err) ||
		db_counter_all(session->db, &session->arena, &counters, &counter_count, err))
		return err->code;
	machine_of(session, machine);
	str_hex(hash, sizeof hash, hex);
	buf_printf(buf,
		"otactl-high-water: 1\ninstance: %s\nmachine: %s\ngeneration: %" PRId64
		"\nepoch: %" PRId64 "\naudit: %" PRId64 " %s\n",
		fleet.instance, machine, fleet.generation, fleet.epoch, row, hex);
	for (size_t i = 0; i < revoked_count; i++) {
		str_hex(revoked[i].key, sizeof revoked[i].key, hex);
		buf_printf(buf, "revoked: %s %s %s %s\n", revoked[i].product, revoked[i].name,
			revoked[i].key_id, hex);
	}
	for (size_t i = 0; i < counter_count; i++)
		buf_printf(buf, "counter: %s/%s %" PRId64 "\n", counters[i].product,
			counters[i].component, counters[i].counter);
	return ERR_OK;
}

static enum err_code
failed(struct session *session, struct err *err)
{
	int error = errno;

	err_set(err, ERR_IO, "the change is made, but %s could not be written",
		QUOTE(path_of(session)));
	err_why(err, "%s", strerror(error));
	return err_fix(err, "make room or give the right to write, then repeat any command");
}

/* Whole or not at all: a new file takes the place of the old one. */
static enum err_code
replace(struct session *session, const struct buf *buf, struct err *err)
{
	const char *path = path_of(session), *fresh = arena_printf(&session->arena, "%s.new", path);
	CLEANUP(fd_close) int fd = -1;

	unlink(fresh); /* left by somebody who was killed */
	fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	if (fd < 0 || write(fd, buf->text, buf->length) != (ssize_t)buf->length || fdatasync(fd) ||
		rename(fresh, path))
		return failed(session, err);
	return ERR_OK;
}

enum err_code
high_store(struct session *session, struct err *err)
{
	struct buf buf = { .arena = &session->arena };
	CLEANUP(fd_close)
	int lock = open(
		file_folder(&session->arena, session->path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	/* Read under the lock: of two changes at once the later one must not be overwritten. */
	if (lock < 0 || flock(lock, LOCK_EX))
		return failed(session, err);
	if (format(session, &buf, err))
		return err->code;
	return replace(session, &buf, err);
}
