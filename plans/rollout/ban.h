/*
 * Emergency stops, carried out: an attempt whose device, lists, packages or source do not allow it
 * any more is canceled before it is installed (core/ban.h says when).  It counts nowhere.
 */
#pragma once

#include "plans/rollout/facts.h"

/*
 * Why an attempt of the subject must not go on, or its offer no longer fits, as core/ban.h has it;
 * or NULL.  `facts` are those
 * of the subject and of the attempt's plan.  ERR_IO, ERR_BUSY.
 */
enum err_code ban_find(struct session *session, const struct subject *subject,
	const struct facts *facts, const struct execution *execution, const char **ret,
	struct err *err) MUST_USE;

/* End it for that reason, within a write transaction; what is being installed goes on. */
enum err_code ban_execution(struct session *session, const struct plan *plan,
	struct execution *execution, const char *reason, struct err *err) MUST_USE;

/*
 * Look at the open attempt of a device, in whatever plan, within the change that may have banned
 * it, and end it where that is so: *ret is raised by one then.
 */
enum err_code ban_device(
	struct session *session, int64_t device, int64_t *ret, struct err *err) MUST_USE;

/*
 * The same for up to `limit` devices under way in a plan, in the order of their executions and
 * behind the id *after, which becomes the last one looked at; 0 when all were.
 */
enum err_code ban_plan(struct session *session, const struct plan *plan, int64_t limit,
	int64_t *after, int64_t *ret, struct err *err) MUST_USE;

/* Say in the audit row of the present change how many attempts it ended. */
void ban_note(struct session *session, int64_t ended);
