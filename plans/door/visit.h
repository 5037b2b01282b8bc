/*
 * A device at the door: what is known of it while one of its requests is answered, and decisions
 * over that.
 */
#pragma once

#include "plans/rollout/facts.h"

struct visit {
	struct session *session;
	bool writing; /* under the write lock: nothing is taken from memory */
	struct fleet fleet;
	const struct catalog *catalog; /* of the device's product */
	struct subject subject;	       /* its device is set by the caller */
	struct facts *facts;	       /* of the plan looked at last, */
	struct decision *decision;     /* and what was decided about it; in the arena */
};

/*
 * Look up the fleet and the catalog of the device's product; within a read snapshot, or under the
 * write lock with `writing` set.  ERR_IO, ERR_BUSY.
 */
enum err_code visit_begin(struct visit *visit, struct err *err) MUST_USE;

/* Put together the facts about one plan, over the subject that was loaded.  ERR_IO, ERR_BUSY. */
enum err_code visit_facts(struct visit *visit, const struct plan *plan, struct err *err) MUST_USE;

/*
 * Decide about one plan, over the subject that was loaded.  `accepting`: the device has an offer
 * of the plan and wants to take it.  Facts and decision of the visit are replaced.  ERR_IO,
 * ERR_BUSY.
 */
enum err_code visit_decide(
	struct visit *visit, const struct plan *plan, bool accepting, struct err *err) MUST_USE;

/*
 * Why an attempt that was accepted must not go on (plans/rollout/ban.h), over the subject that was
 * loaded; NULL: it may.  The facts of the visit are replaced.  ERR_IO, ERR_BUSY.
 */
enum err_code visit_banned(struct visit *visit, const struct plan *plan,
	const struct execution *execution, const char **ret, struct err *err) MUST_USE;

/*
 * Why an offer that was just decided about again with visit_decide() is to be withdrawn: a gate
 * that stands in the way for more than a moment, or a package that is not for the device any more
 * while the plan has another one for it.  NULL: it stands.  ERR_IO, ERR_BUSY.
 */
enum err_code visit_stale(struct visit *visit, const struct execution *offer, const char **ret,
	struct err *err) MUST_USE;

/* Gates that others cause for a moment: an offer stands while they last, only acceptance waits. */
bool visit_congested(enum verdict verdict);
