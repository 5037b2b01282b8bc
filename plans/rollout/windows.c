/*
 * Beside the intervals of each zone of a plan stands a row that says by which rules they were made
 * and how far they reach.  Whoever makes a zone known (activation, a device in a new zone) expands
 * it; from then on each tick compares the digest of the zone's file with the row's, and expands the
 * zone as a whole where it differs or the horizon has come near.
 *
 * What may never happen: that windows are made of rules that could not be read (glibc would take
 * UTC), and that what is expanded is given up before there is better.
 */
#include "plans/rollout/windows.h"

#include "core/moment.h"
#include "core/str.h"
#include "db/device.h"
#include "plans/base/change.h"

enum {
	AHEAD_S = 400 * MOMENT_DAY_S,
	NEAR_S = 3 * MOMENT_DAY_S, /* longer ago no window opened that is open still */
	ZONES_AT_ONCE = 10,	   /* in one change, so that devices never wait long */
	SWINGS_S = 3600,	   /* no zone gets other rules twice in that time */
};

/* A plan whose windows are expanded. */
struct expanding {
	struct session *session;
	const struct plan *plan;
	struct plan_item *items;
	size_t item_count;
	struct zone_list *zones;
};

static enum err_code
expanding_begin(struct expanding *x, struct session *session, const struct plan *plan,
	struct zone_list *zones, struct err *err)
{
	*x = (struct expanding){ .session = session, .plan = plan, .zones = zones };
	return db_plan_items_get(
		session->db, &session->arena, plan->id, &x->items, &x->item_count, err);
}

static bool
has_windows(const struct expanding *x)
{
	for (size_t i = 0; i < x->item_count; i++)
		if (x->items[i].kind == ITEM_PUSH || x->items[i].kind == ITEM_INSTALL)
			return true;
	return false;
}

static enum err_code
rules_read(const struct expanding *x, enum plan_item_kind kind, struct window *windows,
	struct blackout *blackouts, struct window_rules *ret, struct err *err)
{
	*ret = (struct window_rules){ windows, 0, blackouts, 0 };
	for (size_t i = 0; i < x->item_count; i++) {
		const struct plan_item *item = &x->items[i];

		if (item->kind == kind &&
			window_parse(item->value, &windows[ret->window_count++], err))
			return err->code;
		/* Black-out dates keep offers back; who was offered may install. */
		if (item->kind == ITEM_BLACKOUT && kind == ITEM_PUSH &&
			blackout_parse(item->value, &blackouts[ret->blackout_count++], err))
			return err->code;
	}
	return ERR_OK;
}

/* Replace what is near or ahead of a zone's intervals by what its offsets give. */
static enum err_code
zone_replace(const struct expanding *x, const char *zone, enum plan_item_kind kind,
	const struct offset_span *spans, size_t span_count, struct err *err)
{
	struct window windows[LIMIT_WINDOWS];
	struct blackout blackouts[LIMIT_BLACKOUTS];
	struct window_rules rules;
	int64_t after = x->session->now - NEAR_S;
	struct interval *list;
	size_t count;

	if (rules_read(x, kind, windows, blackouts, &rules, err) ||
		db_interval_clear(x->session->db, x->plan->id, kind, zone, after, err))
		return err->code;
	list = window_expand(&x->session->arena, &rules, spans, span_count, &count);
	for (; count && list->closes_at <= after; count--)
		list++;
	return db_interval_insert(x->session->db, x->plan->id, kind, zone, list, count, err);
}

/* What became of a zone. */
enum news {
	NEWS_NONE,
	NEWS_FURTHER,
	NEWS_CHANGED,
	NEWS_SWINGS, /* changed, and had changed a moment before: two databases take turns */
	NEWS_AGAIN,
	NEWS_TROUBLE,
	NEWS_MAX
};

static enum news
news_of(const struct plan_zone *zone, const char *digest, int64_t now)
{
	if (*zone->digest && strcmp(zone->digest, digest) != 0)
		return zone->changed_at && now - zone->changed_at < SWINGS_S ? NEWS_SWINGS
									     : NEWS_CHANGED;
	return *zone->trouble ? NEWS_AGAIN : NEWS_FURTHER;
}

/* Keep why the rules cannot be read, and since when. */
static enum err_code
zone_troubled(const struct expanding *x, struct plan_zone *zone, const struct err *fault,
	enum news *news, struct err *err)
{
	char text[sizeof zone->trouble];

	str_cut(text, sizeof text,
		arena_printf(&x->session->arena, "%s%s%s", fault->what, *fault->why ? ": " : "",
			fault->why));
	if (!strcmp(text, zone->trouble))
		return ERR_OK;
	*news = NEWS_TROUBLE;
	zone->trouble_at = *zone->trouble ? zone->trouble_at : x->session->now;
	memcpy(zone->trouble, text, sizeof text);
	return db_plan_zone_set(x->session->db, x->plan->id, zone, err);
}

/*
 * Expand the windows of a zone anew.  Where its rules cannot be read the row says why, *fault too,
 * and the intervals stay.
 */
static enum err_code
zone_expand(const struct expanding *x, struct plan_zone *zone, enum news *news, struct err *fault,
	struct err *err)
{
	struct session *session = x->session;
	int64_t from = session->now - 2 * NEAR_S, to = session->now + AHEAD_S;
	struct offset_span *spans;
	char digest[DIGEST_HEX];
	size_t count;

	*news = NEWS_NONE;
	if (zone_list_check(x->zones, zone->name, digest, fault) ||
		zone_spans(&session->arena, zone->name, from, to, &spans, &count, fault))
		return zone_troubled(x, zone, fault, news, err);
	*news = news_of(zone, digest, session->now);
	if (*news == NEWS_CHANGED || *news == NEWS_SWINGS)
		zone->changed_at = session->now;
	memcpy(zone->digest, digest, sizeof digest);
	zone->expanded_to = to;
	zone->trouble[0] = '\0';
	zone->trouble_at = 0;
	if (zone_replace(x, zone->zone, ITEM_PUSH, spans, count, err) ||
		zone_replace(x, zone->zone, ITEM_INSTALL, spans, count, err))
		return err->code;
	return db_plan_zone_set(session->db, x->plan->id, zone, err);
}

/* Expand the zones of devices that the plan does not know yet; both lists are sorted. */
static enum err_code
device_zones_expand(const struct expanding *x, struct err *err)
{
	struct session *session = x->session;
	struct plan_zone *known;
	const char **zones;
	size_t count, known_count, k = 0;

	if (db_device_zones(session->db, &session->arena, x->plan->product, &zones, &count, err) ||
		db_plan_zone_all(
			session->db, &session->arena, x->plan->id, &known, &known_count, err))
		return err->code;
	for (size_t i = 0; i < count; i++) {
		struct plan_zone zone = { .expanded_to = 0 };
		struct err fault = ERR_NONE;
		enum news news;

		while (k < known_count && strcmp(known[k].zone, zones[i]) < 0)
			k++;
		if ((k < known_count && !strcmp(known[k].zone, zones[i])) ||
			strlen(zones[i]) > LIMIT_ZONE)
			continue;
		str_copy(zone.zone, sizeof zone.zone, zones[i]);
		str_copy(zone.name, sizeof zone.name, zones[i]);
		if (zone_expand(x, &zone, &news, &fault, err))
			return err->code;
	}
	return ERR_OK;
}

enum err_code
plan_expand_windows(struct session *session, const struct plan *plan, struct err *err)
{
	struct zone_list zones = { .arena = &session->arena };
	struct plan_zone own = { .expanded_to = 0 };
	struct err fault = ERR_NONE;
	struct expanding x;
	enum news news;

	if (expanding_begin(&x, session, plan, &zones, err))
		return err->code;
	if (!has_windows(&x) && !strcmp(plan->strategy.advance_window, "off"))
		return ERR_OK;
	str_copy(own.name, sizeof own.name, plan->timezone);
	if (zone_expand(&x, &own, &news, &fault, err))
		return err->code;
	if (fault.code) {
		*err = fault;
		return err->code;
	}
	return plan->device_zone && has_windows(&x) ? device_zones_expand(&x, err) : ERR_OK;
}

enum err_code
plan_expand_new_zones(struct session *session, struct err *err)
{
	struct zone_list zones = { .arena = &session->arena };
	struct row_unread unread = { .count = 0 }; /* tick names them */
	struct plan *plans;
	struct expanding x;
	size_t count;

	if (db_plan_all(session->db, &session->arena, &plans, &count, &unread, err))
		return err->code;
	for (size_t i = 0; i < count; i++)
		if (plans[i].device_zone &&
			(plans[i].state == PLAN_ACTIVE || plans[i].state == PLAN_SUSPENDED) &&
			(expanding_begin(&x, session, &plans[i], &zones, err) ||
				(has_windows(&x) && device_zones_expand(&x, err))))
			return err->code;
	return ERR_OK;
}

/* --- at each tick ----------------------------------------------------------------------------- */

static bool
zone_stale(struct zone_list *zones, const struct plan_zone *zone, int64_t now)
{
	struct err fault = ERR_NONE;
	char digest[DIGEST_HEX];

	if (zone_list_check(zones, zone->name, digest, &fault))
		return !*zone->trouble;
	return *zone->trouble || window_stale(zone->digest, digest, zone->expanded_to, now);
}

enum err_code
windows_stale(
	struct session *session, int64_t plan, struct zone_list *zones, bool *ret, struct err *err)
{
	struct plan_zone *list;
	size_t count;

	*ret = false;
	if (db_plan_zone_used(session->db, &session->arena, plan, &list, &count, err))
		return err->code;
	for (size_t i = 0; i < count && !*ret; i++)
		*ret = zone_stale(zones, &list[i], session->now);
	return ERR_OK;
}

/* How each kind of news is told; behind it the zones are named, where that says something. */
static const struct {
	const char *text;
	bool names;
} told[NEWS_MAX] = {
	[NEWS_FURTHER] = { "expanded its windows further", false },
	[NEWS_CHANGED] = { "expanded its windows anew by other rules of", true },
	[NEWS_SWINGS] = { "expanded its windows anew for the second time in an hour (do cron and "
			  "operators read the same $TZDIR?) by other rules of",
		true },
	[NEWS_AGAIN] = { "read the rules again of", true },
	[NEWS_TROUBLE] = { "cannot read the rules any more of", true },
};

/* What was done, one part a kind of news. */
static const char *
news_text(struct arena *arena, const struct plan_zone *list, const enum news *news, size_t count)
{
	struct buf buf = { .arena = arena };

	for (enum news kind = NEWS_FURTHER; kind < NEWS_MAX; kind++) {
		bool said = false;

		for (size_t i = 0; i < count; i++) {
			if (news[i] != kind)
				continue;
			if (!said)
				buf_printf(&buf, "%s%s", buf.text ? "; " : "", told[kind].text);
			said = true;
			if (told[kind].names)
				buf_printf(&buf, " %s", list[i].name);
		}
	}
	return buf.text;
}

/* What is stale of a plan that still runs, under the write lock. */
static enum err_code
follow(struct session *session, struct plan *plan, struct zone_list *zones, const char **did,
	struct err *err)
{
	struct plan_zone *list;
	enum news news[ZONES_AT_ONCE] = { NEWS_NONE };
	struct expanding x;
	size_t count, done = 0;

	if (plan->state != PLAN_ACTIVE && plan->state != PLAN_SUSPENDED)
		return ERR_OK;
	if (db_plan_zone_used(session->db, &session->arena, plan->id, &list, &count, err) ||
		expanding_begin(&x, session, plan, zones, err))
		return err->code;
	for (size_t i = 0; i < count && done < ZONES_AT_ONCE; i++) {
		struct err fault = ERR_NONE;

		if (!zone_stale(zones, &list[i], session->now))
			continue;
		list[done] = list[i];
		if (zone_expand(&x, &list[done], &news[done], &fault, err))
			return err->code;
		done++;
	}
	*did = news_text(&session->arena, list, news, done);
	return ERR_OK;
}

enum err_code
windows_follow(struct session *session, int64_t id, struct zone_list *zones, const char **did,
	struct err *err)
{
	struct plan plan;

	*did = NULL;
	if (change_begin(session, err))
		return err->code;
	if (!db_plan_by_id(session->db, &session->arena, id, &plan, err))
		(void)!follow(session, &plan, zones, did, err);
	if (*did || err->code)
		return change_finish(session, err->code, plan.name, *did, err);
	db_rollback(session->db);
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
