/*
 * A session: the database, the clock and the memory of one command or one stream of requests.
 * Each main makes one and hands it down; there are no globals.
 */
#pragma once

#include "core/model.h"
#include "db/fleet.h"
#include "signing/token.h"

enum { AUDIT_NOTES = 4096 };

struct session {
	struct arena arena; /* reset per request */
	struct db *db;
	const char *path; /* of the database */
	int64_t now;	  /* read once per command or request */
	bool now_given;	  /* by --now */
	bool dry_run;
	bool adopting; /* changes are made although the database is behind its high-water file */
	const char *
		actor; /* who changes things: login name, 'tick'; NULL: who() tells when it is needed */
	const char *(*who)(struct arena *arena);
	const char *action;  /* command path, for the audit */
	const char *command; /* all its words without secrets, or NULL */
	const char *reason;  /* --reason, or NULL */
	void (*progress)(struct session *session, const char *what, int64_t done, int64_t all);

	/* The fleet's row as of the present read snapshot; see device_authenticate(). */
	bool has_fleet;
	struct fleet fleet;

	bool keys_loaded;
	struct token_key keys;
	struct cache *cache;	 /* plans/rollout/load.c */
	char notes[AUDIT_NOTES]; /* old and new of the present change, for the audit */
};

/* Open the database of the session. */
enum err_code session_open(struct session *session, enum db_mode mode, struct err *err) MUST_USE;
void session_close(struct session *session);

/*
 * Make a database with its token key (mode 0440) and artifact store beside it.  ERR_CONFLICT when any
 * of them exists.
 */
enum err_code session_init(struct session *session, struct err *err) MUST_USE;

/* The keys of tokens and URLs, read at first use from the file beside the database. */
enum err_code session_keys(struct session *session, struct err *err) MUST_USE;

/* The folder of artifacts: "artifacts" beside the database; in the arena. */
char *session_store(struct session *session);

/* The token key of a database that comes without one: every device needs a new token. */
enum err_code session_key_make(struct session *session, struct err *err) MUST_USE;

/*
 * A change by a person or by tick.  change_begin() takes the write lock, and refuses where the database is an old
 * copy (plans/base/high.h).  change_finish() adds the audit row, moves the fleet's epoch on, commits, and writes the
 * high-water file; on an error or in a dry run everything is undone.  `object` is what was changed, `detail` what
 * else is worth keeping (or NULL); notes are added to it.
 */
enum err_code change_begin(struct session *session, struct err *err) MUST_USE;
enum err_code change_finish(struct session *session, enum err_code code, const char *object,
	const char *detail, struct err *err) MUST_USE;

/*
 * For the audit row of the next change_finish(): what had the value `old` (NULL: it is new) has the value `new` now.
 * Equal ones are not noted; what does not fit any more is cut.
 */
void change_note(struct session *session, const char *what, const char *old, const char *new);
void change_note_int(struct session *session, const char *what, int64_t old, int64_t new);

/* ERR_USAGE when --reason is missing: verbs that raise the risk ask for it. */
enum err_code change_needs_reason(const struct session *session, struct err *err) MUST_USE;
