/* The terms of a plan, each applied alone: its lists, windows, rate and retries. */
#pragma once

#include "core/decide.h"

enum { TERMS_UNPROVEN_LEAST = 20 }; /* devices that max_unproven=auto never goes below */

/* True when selectors, groups or ids of the plan's list name the device, which must be known. */
bool terms_listed(const struct facts *facts, enum plan_list list);

/*
 * True where the known device is of a cohort: its label has the value, or it would be offered the
 * package from that version.
 */
bool terms_of_cohort(const struct facts *facts, const struct left_out *cohort);

/*
 * Seconds to wait before attempt n+1 where n failed so far: the interval, doubled for each failure
 * but the first, at most 24 h or the interval itself where that is longer.
 */
int64_t terms_backoff(int64_t interval_s, int64_t failed);

/*
 * The push interval open at `now` or the next one, in the device's own zone where the plan says so
 * and the device is not NULL; NULL when there is none.  It belongs to the plan.
 */
const struct interval *terms_interval(
	const struct plan *plan, const struct device *device, int64_t now);

/* Offers allowed in a clock minute after so many successes, or INT64_MAX. */
int64_t terms_rate(const struct strategy *strategy, int64_t succeeded);

/* The newest moment at which somebody moved the plan on: a tick, its activation or a resume. */
int64_t terms_sign_of_life(const struct plan *plan, int64_t tick_at);
