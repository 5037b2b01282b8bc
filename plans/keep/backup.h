/*
 * Copies of the database: make one, put one back, and go on with one that was put in place by hand.
 */
#pragma once

#include "plans/base/session.h"

/*
 * Copy the database into one file, whole and on the disk before it gets its name; with
 * `with_artifacts` the files of all packages, too, into FILE.artifacts.  *files is how many of them
 * were added there.  An older backup of the same name is replaced.  ERR_CONFLICT: the name is that
 * of the database, of a file beside it, of another database in use or of anything else that is no
 * backup; nothing is changed then, and nothing half-written stays on any error.  In a dry run only
 * the name is judged.
 */
enum err_code backup_make(struct session *session, const char *file, bool with_artifacts,
	int64_t *files, struct err *err) MUST_USE;

struct adoption {
	int64_t generation;
	int64_t suspended; /* plans */
	int64_t revoked;   /* keys that the copy did not know to be revoked */
};

/*
 * Go on with a copy: every plan is suspended, the generation rises, revocations and counters of the
 * high-water file are applied again, execution ids jump ahead.  Needs a reason.  ERR_CONFLICT:
 * there is nothing to adopt.
 */
enum err_code backup_adopt(struct session *session, struct adoption *ret, struct err *err) MUST_USE;

/*
 * Put a backup in the place of the database (the session has none open), with its artifacts, and
 * adopt it. ERR_CONFLICT: FILE is the database itself or no database of otactl, or what stands in
 * its place is none.
 */
enum err_code backup_restore(struct session *session, const char *file, struct adoption *ret,
	int64_t *files, struct err *err) MUST_USE;
