/* When a clock that jumped is trusted after all (core/clock.h): what is stored moves along. */
#pragma once

#include "plans/base/session.h"

struct jump_result {
	int64_t by;	   /* the clock was ahead by so much; 0: it was right, nothing was done */
	int64_t suspended; /* plans that ran */
};

/*
 * Trust the clock as it goes, because an operator says so: times that rollouts have stored move
 * along, and every active plan is suspended (cause clock), since nobody knows what its devices made
 * of the jump.  ERR_USAGE without a reason.
 */
enum err_code jump_accept(
	struct session *session, struct jump_result *ret, struct err *err) MUST_USE;

/* The same, because the jump has stood long enough: `guard` is stored, and plans go on. */
enum err_code jump_outlast(struct session *session, const struct clock_guard *guard, int64_t by,
	struct err *err) MUST_USE;
