/*
 * Windows of a plan as UTC intervals: expanded about a year ahead, once per plan and zone, and anew
 * when a zone gets other rules.  The door reads the intervals alone.
 */
#pragma once

#include "db/plan.h"
#include "plans/base/session.h"
#include "plans/base/zone.h"

/*
 * At activation: expand push and install windows about a year ahead, in the plan's zone and, where
 * the plan says so, in those of the devices.  ERR_USAGE, ERR_IO: the plan's zone is none or cannot
 * be read; devices in such a zone go by the plan's.  Reads the plan's strategy.
 */
enum err_code plan_expand_windows(
	struct session *session, const struct plan *plan, struct err *err) MUST_USE;

/* Within a change that may have brought a device's zone that no running plan knows yet. */
enum err_code plan_expand_new_zones(struct session *session, struct err *err) MUST_USE;

/*
 * Whether windows_follow() has something to do for a plan.  `zones` serves all plans of one tick.
 */
enum err_code windows_stale(struct session *session, int64_t plan, struct zone_list *zones,
	bool *ret, struct err *err) MUST_USE;

/*
 * A change of its own that expands windows of a running plan anew where the rules of their zone are
 * others now, or not enough is left of them.  Where rules cannot be read what is expanded stays,
 * and why is kept.  Some zones at once: to be called until *did, what was done in the arena, is
 * NULL.
 */
enum err_code windows_follow(struct session *session, int64_t plan, struct zone_list *zones,
	const char **did, struct err *err) MUST_USE;

/* True when a window ("off": always) is open now in the zone; not where the zone cannot be read. */
bool window_open_now(struct session *session, const char *window, const char *zone);
