/*
 * The counters against the rows: found by `db check`, mended by `db check --repair` and by the
 * first tick after a migration.  All that db/recount.h lists, and of plans that run plan.targets,
 * stage.size, stage.lent and the tally of `already`, for which every device of the product is
 * looked at, and who is left (rollout/left.h).
 */
#pragma once

#include "db/recount.h"
#include "plans/base/session.h"

struct recount {
	struct recount_faults faults; /* what is, or was, wrong */
	int64_t plans;		      /* that were looked at */
	struct row_unread unread;     /* what cannot be counted, and why */
	bool due;    /* the next tick counts anew after a migration: nothing is compared */
	bool partly; /* some counters are compared only when the wrong ones are mended */
};

/* Compare all counters, within one snapshot.  What cannot be read is no error: ret->unread. */
enum err_code recount_check(struct session *session, struct recount *ret, struct err *err) MUST_USE;

/*
 * Mend what differs, in one change whose audit row names each counter; ret->faults are those.
 * Where nothing differs nothing is changed.  Who calls has seen that the rows are whole.  ERR_USAGE
 * without a reason; what says that a plan cannot be read, and then nothing is changed.
 */
enum err_code recount_repair(
	struct session *session, struct recount *ret, struct err *err) MUST_USE;

/*
 * After a migration: count anew, in one change, and let the door answer again.  *plans: how many; 0
 * where there was nothing to do, which leaves no audit row.
 */
enum err_code plan_recount(struct session *session, int64_t *plans, struct err *err) MUST_USE;
