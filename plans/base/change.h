/*
 * One change by a person or by tick: a write transaction with its audit row and its high-water
 * mark.
 */
#pragma once

#include "plans/base/session.h"

/*
 * Take the write lock.  ERR_CONFLICT where the database is an old copy (plans/base/high.h),
 * ERR_BUSY.  On success change_finish() must follow.
 */
enum err_code change_begin(struct session *session, struct err *err) MUST_USE;

/*
 * End a change that has come to `code`: add the audit row, move the fleet's epoch on, commit, and
 * write the high-water file; on an error or in a dry run everything is undone.  `object` is what
 * was changed, `detail` what else is worth keeping (or NULL); notes are added to it.  Returns the
 * first error.
 */
enum err_code change_finish(struct session *session, enum err_code code, const char *object,
	const char *detail, struct err *err) MUST_USE;

/* End a change in which nothing was to be done: neither audit nor epoch move. */
void change_drop(struct session *session);

/*
 * For the audit row of the next change_finish(): what had the value `old` (NULL: it is new) has the
 * value `new` now. Equal ones are not noted; what does not fit any more is cut.
 */
void change_note(struct session *session, const char *what, const char *old, const char *new);

/* The same for numbers. */
void change_note_int(struct session *session, const char *what, int64_t old, int64_t new);

/* ERR_USAGE when --reason is missing or no remark: verbs that raise the risk ask for it. */
enum err_code change_needs_reason(const struct session *session, struct err *err) MUST_USE;
