/*
 * What a person says of an activated plan: suspend, resume, advance, throttle, extend, complete,
 * terminate.
 */
#pragma once

#include "plans/base/session.h"

/*
 * Stop offering: what is merely offered is withdrawn, what is accepted goes on.  ERR_CONFLICT: not
 * active.
 */
enum err_code plan_suspend(struct session *session, const char *name, struct err *err) MUST_USE;

/*
 * End a plan for good.  With `cancel`, devices that have accepted are asked to stop; that needs a
 * reason.
 */
enum err_code plan_terminate(
	struct session *session, const char *name, bool cancel, struct err *err) MUST_USE;

/* Open the next stage; ERR_USAGE without a reason where more than the approval is missing. */
enum err_code plan_advance(struct session *session, const char *name, struct err *err) MUST_USE;

/* End a plan whose last stage is open; stragglers are given up. */
enum err_code plan_complete(struct session *session, const char *name, struct err *err) MUST_USE;

/* What a throttle is told: a number from 1, "off", of max_unproven "auto" too; NULL: nothing. */
struct throttle_texts {
	const char *rate, *in_progress, *unproven;
};

/* The limits as they are then, as text in the arena. */
struct throttling {
	const char *rate; /* the highest that it comes to, or "off" */
	const char *in_progress, *unproven;
	bool unchanged; /* they were so already: nothing was written */
};

/*
 * Slow a plan that runs down, or up again to what it was activated with, which needs a reason;
 * from the next poll on.  ERR_CONFLICT: more than that, or it is a draft or has ended.
 */
enum err_code plan_throttle(struct session *session, const char *name,
	const struct throttle_texts *texts, struct throttling *ret, struct err *err) MUST_USE;

/*
 * Move the end of an active plan later (a time in the plan's zone); needs a reason.  ERR_CONFLICT:
 * not later.
 */
enum err_code plan_extend(
	struct session *session, const char *name, const char *end, struct err *err) MUST_USE;
