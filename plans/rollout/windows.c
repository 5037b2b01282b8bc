/* Windows of a plan as UTC intervals: expanded about a year ahead, once per zone. */
#include "plans/rollout/windows.h"

#include "core/moment.h"
#include "db/device.h"
#include "plans/base/zone.h"

enum { AHEAD_S = 400 * MOMENT_DAY_S, NEAR_S = 3 * MOMENT_DAY_S };

static enum err_code
rules_read(const struct plan_item *items, size_t count, enum plan_item_kind kind,
	struct window *windows, struct blackout *blackouts, struct window_rules *ret,
	struct err *err)
{
	*ret = (struct window_rules){ windows, 0, blackouts, 0 };
	for (size_t i = 0; i < count; i++) {
		if (items[i].kind == kind &&
			window_parse(items[i].value, &windows[ret->window_count++], err))
			return err->code;
		/* Black-out dates keep offers back; who was offered may install. */
		if (items[i].kind == ITEM_BLACKOUT && kind == ITEM_PUSH &&
			blackout_parse(items[i].value, &blackouts[ret->blackout_count++], err))
			return err->code;
	}
	return ERR_OK;
}

static enum err_code
expand(struct session *session, const struct plan *plan, enum plan_item_kind kind,
	const struct window_rules *rules, const char *zone, int64_t from, int64_t to,
	struct err *err)
{
	size_t count, span_count;
	struct offset_span *spans;
	struct interval *intervals;

	if (zone_spans(&session->arena, *zone ? zone : plan->timezone, from, to, &spans,
		    &span_count, err))
		return err->code;
	intervals = window_expand(&session->arena, rules, spans, span_count, &count);
	return db_interval_insert(session->db, plan->id, kind, zone, intervals, count, err);
}

static enum err_code
expand_kind(struct session *session, const struct plan *plan, enum plan_item_kind kind,
	const struct plan_item *items, size_t count, int64_t expanded, int64_t to, struct err *err)
{
	struct window windows[LIMIT_WINDOWS];
	struct blackout blackouts[LIMIT_BLACKOUTS];
	int64_t start = session->now - NEAR_S;
	struct window_rules rules;
	const char **zones = NULL, **known = NULL;
	size_t zone_count = 0, known_count = 0;

	if (rules_read(items, count, kind, windows, blackouts, &rules, err))
		return err->code;
	if (!rules.window_count)
		return ERR_OK;
	if (expanded) {
		/* What the old horizon cut in two is expanded anew, as one interval. */
		if (db_interval_uncut(session->db, plan->id, kind, expanded, err))
			return err->code;
		expanded -= NEAR_S;
	}
	if (expand(session, plan, kind, &rules, "", expanded ? expanded : start, to, err))
		return err->code;
	if (!plan->device_zone)
		return ERR_OK;
	if (db_device_zones(session->db, &session->arena, &zones, &zone_count, err) ||
		db_interval_zones(
			session->db, &session->arena, plan->id, kind, &known, &known_count, err))
		return err->code;
	for (size_t i = 0; i < zone_count; i++) {
		bool there = false;

		for (size_t k = 0; k < known_count; k++)
			there |= !strcmp(known[k], zones[i]);
		if (expand(session, plan, kind, &rules, zones[i],
			    there && expanded ? expanded : start, to, err))
			return err->code;
	}
	return ERR_OK;
}

enum err_code
plan_expand_windows(struct session *session, const struct plan *plan, struct err *err)
{
	struct plan_item *items;
	size_t count;
	int64_t expanded, to = session->now + AHEAD_S;

	if (db_plan_items_get(session->db, &session->arena, plan->id, &items, &count, err) ||
		db_plan_expanded_get(session->db, plan->id, &expanded, err) ||
		expand_kind(session, plan, ITEM_PUSH, items, count, expanded, to, err) ||
		expand_kind(session, plan, ITEM_INSTALL, items, count, expanded, to, err))
		return err->code;
	for (size_t i = 0; i < count; i++)
		if (items[i].kind == ITEM_PUSH || items[i].kind == ITEM_INSTALL)
			return db_plan_expanded_set(session->db, plan->id, to, err);
	return ERR_OK; /* without windows there is no horizon to move */
}

enum err_code
plan_expand_new_zones(struct session *session, struct err *err)
{
	struct row_unread unread = { .count = 0 }; /* tick names them */
	struct plan *plans;
	size_t count;

	if (db_plan_all(session->db, &session->arena, &plans, &count, &unread, err))
		return err->code;
	for (size_t i = 0; i < count; i++)
		if (plans[i].device_zone &&
			(plans[i].state == PLAN_ACTIVE || plans[i].state == PLAN_SUSPENDED) &&
			plan_expand_windows(session, &plans[i], err))
			return err->code;
	return ERR_OK;
}

bool
window_open_now(struct session *session, const char *window, const char *zone)
{
	struct err err = ERR_NONE;
	struct offset_span *spans;
	struct interval *list;
	struct window parsed;
	struct window_rules rules = { &parsed, 1, NULL, 0 };
	size_t span_count, count;

	if (!strcmp(window, "off"))
		return true;
	if (window_parse(window, &parsed, &err) ||
		zone_spans(&session->arena, zone, session->now - NEAR_S, session->now + NEAR_S,
			&spans, &span_count, &err))
		return false;
	list = window_expand(&session->arena, &rules, spans, span_count, &count);
	for (size_t i = 0; i < count; i++)
		if (list[i].opens_at <= session->now && session->now < list[i].closes_at)
			return true;
	return false;
}
