#include "plans/base/session.h"

#include "core/str.h"
#include "plans/base/file.h"

#include <fcntl.h>
#include <unistd.h>

void
session_init(void)
{
	token_init();
}

enum err_code
session_open(struct session *session, enum db_mode mode, struct err *err)
{
	session_init();
	db_close(&session->db);
	if (db_open(session->path, mode, &session->db, err))
		return err->code;
	if (session->cache_mb)
		db_cache(session->db, session->cache_mb);
	return ERR_OK;
}

enum err_code
session_open_at(struct session *session, const char *path, enum db_mode mode, struct err *err)
{
	session->path = path;
	if (!session_open(session, mode, err))
		session->path = arena_copy(session_arena(session), path);
	else
		session->path = NULL;
	return err->code;
}

void
session_close(struct session *session)
{
	db_close(&session->db);
	for (struct session_arena *at = session->lasting; at;) {
		struct session_arena *next = at->next;

		arena_done(&at->arena);
		free(at);
		at = next;
	}
	session->lasting = NULL;
	session->cache = NULL;
	session->contacts = NULL;
	arena_done(&session->arena);
}

struct arena *
session_arena(struct session *session)
{
	struct session_arena *made = calloc(1, sizeof *made);

	if (!made)
		exit(ERR_INTERNAL);
	made->next = session->lasting;
	session->lasting = made;
	return &made->arena;
}

enum err_code
session_read_begin(struct session *session, struct err *err)
{
	session->has_fleet = false;
	if (db_read_begin(session->db, err))
		return err->code;
	session->reading = true;
	return ERR_OK;
}

void
session_read_end(struct session *session)
{
	session->has_fleet = false;
	if (session->reading)
		db_read_end(session->db);
	session->reading = false;
}

enum err_code
session_write_begin(struct session *session, struct err *err)
{
	session_read_end(session);
	return db_begin(session->db, err);
}

enum err_code
session_fleet(struct session *session, struct fleet *ret, struct err *err)
{
	if (!session->has_fleet)
		return db_fleet_get(session->db, ret, err);
	*ret = session->fleet;
	return ERR_OK;
}

char *
session_key_path(struct session *session)
{
	return arena_printf(&session->arena, "%s.token-key", session->path);
}

char *
session_store(struct session *session)
{
	return arena_printf(
		&session->arena, "%s/artifacts", file_folder(&session->arena, session->path));
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
	path = session_key_path(session);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return file_errno(err, ERR_IO, "open the token key", path);
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
