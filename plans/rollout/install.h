/* When a device may install: what acceptance asks, of what was expanded. */
#pragma once

#include "db/plan.h"
#include "plans/base/session.h"

/*
 * The install window open at `at` or the next one, in the device's zone where the plan says so;
 * both bounds 0 where the plan has none.
 */
enum err_code install_window(struct session *session, const struct plan *plan,
	const struct device *device, int64_t at, struct interval *ret, struct err *err) MUST_USE;
