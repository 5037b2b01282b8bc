/* Windows of a plan as UTC intervals: expanded about a year ahead, once per plan and zone. */
#pragma once

#include "db/plan.h"
#include "plans/base/session.h"

/*
 * Expand push and install windows up to about a year ahead, from what is expanded already, in the
 * plan's zone and, where it says so, in those of the devices.
 */
enum err_code plan_expand_windows(
	struct session *session, const struct plan *plan, struct err *err) MUST_USE;

/* Within a change that may have brought a device's zone that no running plan knows yet. */
enum err_code plan_expand_new_zones(struct session *session, struct err *err) MUST_USE;

/* True when a window ("off": always) is open now in the zone; not where the zone cannot be read. */
bool window_open_now(struct session *session, const char *window, const char *zone);
