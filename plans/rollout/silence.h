/* Devices that succeeded and were never heard again: the update may have cut them off. */
#pragma once

#include "db/execution.h"
#include "plans/base/session.h"

/*
 * *why, in the arena, when at least 3 devices and more than 10 % of those that succeeded in the
 * newest opened stage are silent and were not at the last resume: unheard for max(6 h, 3 polls, 3
 * times the device's own usual gap).  NULL otherwise.
 */
enum err_code silent_judge(struct session *session, const struct plan *plan,
	const struct tally *tally, const char **why, struct err *err) MUST_USE;
