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

/* Slow down: offers per minute, devices in progress; -1 leaves one alone. */
enum err_code plan_throttle(struct session *session, const char *name, int64_t rate,
	int64_t in_progress, struct err *err) MUST_USE;

/*
 * Move the end of an active plan later (a time in the plan's zone); needs a reason.  ERR_CONFLICT:
 * not later.
 */
enum err_code plan_extend(
	struct session *session, const char *name, const char *end, struct err *err) MUST_USE;
