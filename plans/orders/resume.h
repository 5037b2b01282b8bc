/* How a suspended plan goes on. */
#pragma once

#include "plans/base/session.h"

struct resumption {
	bool probe;	      /* a few devices come first */
	const char *left_out; /* the cohort that gets nothing more, or NULL */
};

/*
 * Go on, with a baseline: what failed before counts no more for breaker and health, and what the
 * plan stood still its soak stood still, too.  After the breaker or silence a probe comes first;
 * the cohort that tripped the breaker is left out, where it is less than half of the targets,
 * unless `with_cohort`, which lets every one take part again.  Needs a reason.  ERR_CONFLICT: not
 * suspended, or no package can be used any more.
 */
enum err_code plan_resume(struct session *session, const char *name, bool with_cohort,
	struct resumption *ret, struct err *err) MUST_USE;

/* The same within a change of the caller's, who has the reason. */
enum err_code plan_resume_within(struct session *session, const char *name, bool with_cohort,
	struct resumption *ret, struct err *err) MUST_USE;
