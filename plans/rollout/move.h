/*
 * What changes an execution: offer, acceptance, progress, end.  Each call runs within the write
 * transaction of its caller and keeps the counters and the breaker right in that same transaction.
 */
#pragma once

#include "core/decide.h"
#include "db/execution.h"
#include "db/plan.h"
#include "plans/base/session.h"

/*
 * Make the first state of a new attempt, for the packages that were decided; or offer the newest
 * one again, which was withdrawn for the device's metrics.
 */
enum err_code move_offer(struct session *session, const struct plan *plan,
	const struct facts *facts, const struct decision *decision, struct execution *ret,
	struct err *err) MUST_USE;

/* Accept an offer that was decided again just now. */
enum err_code move_accept(struct session *session, const struct plan *plan,
	const struct facts *facts, const struct decision *decision, struct execution *execution,
	struct err *err) MUST_USE;

/*
 * Count a device more or less (n: 1, -1) in the stage of its newest attempt, under a state or flag
 * (TALLY_*); states and survivors also among those before the newest resume or expansion, where
 * that attempt is older.
 */
enum err_code move_count(struct session *session, const struct plan *plan,
	const struct execution *execution, int what, int64_t n, struct err *err) MUST_USE;

/*
 * An attempt is its device's newest no more: a newer one begins, or the device leaves the plan.  It
 * is taken out of whatever counts devices by their newest attempt.
 */
enum err_code move_uncount(struct session *session, const struct plan *plan,
	const struct execution *execution, struct err *err) MUST_USE;

/*
 * True where an attempt that execution_holds_place() takes one of a count stage: accepted in it,
 * and since the stages began.
 */
bool move_takes_place(const struct plan *plan, const struct execution *execution);

/* Which components of an execution, where it is not the one at a position. */
enum {
	MOVE_ALL = -1,
	MOVE_NOT_INSTALLING = -2, /* those of which nothing is installed yet */
};

/*
 * Move the components of an execution (those that MOVE_* says, or the one at `position`) to a
 * state, and the execution to what they combine to.  `reason` is kept with an end; `event` is
 * logged and may be NULL.
 */
enum err_code move_to(struct session *session, const struct plan *plan, struct execution *execution,
	int position, enum execution_state to, const char *reason, const struct event *event,
	struct err *err) MUST_USE;

/*
 * Set the next deadline of an open execution, from when it was accepted and last changed; one that
 * an operator canceled keeps the time it was given.  The row is the caller's to store.
 */
enum err_code move_deadline(struct session *session, const struct plan *plan,
	struct execution *execution, struct err *err) MUST_USE;

/* Close up to `limit` executions of a plan that ran out of time. */
enum err_code move_close_overdue(struct session *session, const struct plan *plan, int64_t limit,
	int64_t *closed, struct err *err) MUST_USE;

/*
 * Close an execution that is merely offered, or ask the device to stop, with a deadline.  Either
 * way an operator wants it so: the plan is not offered to the device again by itself.
 */
enum err_code move_cancel(struct session *session, const struct plan *plan,
	struct execution *execution, struct err *err) MUST_USE;

/* Close everything that is merely offered. */
enum err_code move_withdraw(struct session *session, const struct plan *plan, const char *reason,
	struct err *err) MUST_USE;
