/* More devices for an active plan. */
#pragma once

#include "plans/base/session.h"
#include "plans/orders/values.h"

/*
 * Add to the whitelist of an active plan.  By more than 10 % of its targets the rollout begins at
 * the first stage again: *restarted.  Blacklisted devices are refused.
 */
enum err_code plan_expand(struct session *session, const char *name, const struct values *whitelist,
	bool allow_unknown, int64_t *targets, bool *restarted, struct err *err) MUST_USE;
