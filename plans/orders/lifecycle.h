/* What a person says of an activated plan: suspend, resume, advance, throttle, extend, complete, terminate. */
#pragma once

#include "plans/base/session.h"

enum err_code plan_suspend(struct session *session, const char *name, struct err *err) MUST_USE;
enum err_code plan_resume(struct session *session, const char *name, struct err *err) MUST_USE;
/* With `cancel`, devices that have accepted are asked to stop. */
enum err_code plan_terminate(
	struct session *session, const char *name, bool cancel, struct err *err) MUST_USE;

/* Open the next stage; ERR_USAGE without a reason where more than the approval is missing. */
enum err_code plan_advance(struct session *session, const char *name, struct err *err) MUST_USE;
/* End a plan whose last stage is open; stragglers are given up. */
enum err_code plan_complete(struct session *session, const char *name, struct err *err) MUST_USE;
/* Slow down: offers per minute, devices in progress; -1 leaves one alone. */
enum err_code plan_throttle(struct session *session, const char *name, int64_t rate,
	int64_t in_progress, struct err *err) MUST_USE;
enum err_code plan_extend(
	struct session *session, const char *name, const char *end, struct err *err) MUST_USE;
