/*
 * A session: the database, the clock and the memory of one command or one stream of requests.
 * Each main makes one and hands it down; there are no globals.
 */
#pragma once

#include "core/model.h"
#include "db/fleet.h"
#include "signing/token.h"

enum { AUDIT_NOTES = 4096 };

/* Memory that outlives a request. */
struct session_arena {
	struct arena arena;
	struct session_arena *next;
};

struct session {
	struct arena arena; /* reset per request */
	struct db *db;
	const char *path; /* of the database */
	int cache_mb;	  /* so much of the database is kept in memory; 0: as the engine does */
	int64_t now;	  /* read once per command or request; see session_set_now() */
	bool now_given;	  /* by --now */
	int64_t clock_by; /* the clock is ahead of the time that is trusted; 0: right (now.h) */
	int64_t now_off;  /* and `now` was set back by so much */
	bool boot_read;
	char boot[CLOCK_BOOT]; /* id of the boot, once it was read */
	bool dry_run;
	bool adopting; /* changes are made although the database is behind its high-water file */
	const char *actor; /* who changes things: login name, 'tick'; NULL: who() tells */
	const char *(*who)(struct arena *arena);
	const char *action;  /* command path, for the audit */
	const char *command; /* all its words without secrets, or NULL */
	const char *reason;  /* --reason, a WORD_REMARK: who sets it has checked it; or NULL */
	void (*progress)(struct session *session, const char *what, int64_t done, int64_t all);

	bool reading; /* see session_read_begin() */

	/* The fleet's row as of the present read snapshot; see session_fleet(). */
	bool has_fleet;
	struct fleet fleet;

	bool keys_loaded;
	struct token_key keys;
	struct session_arena *lasting; /* see session_arena() */
	struct cache *cache;	       /* plans/rollout/load.c; in lasting memory */
	struct contacts *contacts;     /* plans/door/contact.c; likewise */
	struct known_changes *changes; /* plans/door/changes.c; likewise */
	char notes[AUDIT_NOTES];       /* old and new of the present change, for the audit */
};

/* What the clock says now, at the begin of a command or request. */
static inline void
session_set_now(struct session *session, int64_t now)
{
	session->now = now;
	session->clock_by = session->now_off = 0;
}

/* For who opens no database: make randomness and hashes ready.  session_open() does it, too. */
void session_init(void);

/*
 * Open the database of the session, once any that is open is closed; see db_open() for the errors.
 * `path` and `cache_mb` are set.
 */
enum err_code session_open(struct session *session, enum db_mode mode, struct err *err) MUST_USE;

/*
 * The same for the database at `path`, which is copied; session->path stays NULL where it cannot
 * be opened.  For who tries again with the next request.
 */
enum err_code session_open_at(
	struct session *session, const char *path, enum db_mode mode, struct err *err) MUST_USE;

/*
 * Close the database and free all memory of the session.  A session that was never opened may be
 * closed.
 */
void session_close(struct session *session);

/*
 * Begin a read snapshot: until session_read_end() every statement sees the database as it is
 * now.  A snapshot has one owner, who begins and ends it; for the door that is handle().
 */
enum err_code session_read_begin(struct session *session, struct err *err) MUST_USE;

/* End the read snapshot; without one nothing happens. */
void session_read_end(struct session *session);

/*
 * Give up the read snapshot, if there is one, and take the write lock; db_finish() must follow.
 * Others may have written in between: what was read before is to be read again.  ERR_BUSY.
 */
enum err_code session_write_begin(struct session *session, struct err *err) MUST_USE;

/* The fleet's row: the one remembered of the present read snapshot, else read. */
enum err_code session_fleet(struct session *session, struct fleet *ret, struct err *err) MUST_USE;

/* The keys of tokens and URLs, read at first use from the file beside the database. */
enum err_code session_keys(struct session *session, struct err *err) MUST_USE;

/* The file of the token key beside the database; in the arena. */
char *session_key_path(struct session *session);

/*
 * A new arena that lives until the session is closed; its user may empty it with arena_done() at
 * any time.
 */
struct arena *session_arena(struct session *session);

/* The folder of artifacts: "artifacts" beside the database; in the arena. */
char *session_store(struct session *session);
