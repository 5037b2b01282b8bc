#include "plans/rollout/load.h"

#include "core/moment.h"
#include "core/selector.h"
#include "core/str.h"
#include "db/device.h"
#include "db/package.h"
#include "db/plan.h"
#include "db/product.h"

#include <inttypes.h>

/*
 * Intervals matter as far ahead as a back-off may reach (24 h), and for as long as what is loaded
 * is remembered; and the first behind that, however far away.
 */
enum { AHEAD_S = 2 * MOMENT_DAY_S };

static enum err_code
rule_load(struct session *session, struct arena *arena, const struct plan_item *item,
	struct plan_rule *ret, bool *live, struct err *err)
{
	*ret = (struct plan_rule){ .list = item->kind == ITEM_WHITELIST ? LIST_WHITE : LIST_BLACK };
	*live = true;
	if (!strcmp(item->key, "label"))
		return selector_parse(arena, item->value, &ret->selector, err);
	if (!strcmp(item->key, "id")) {
		ret->device = item->value;
		return ERR_OK;
	}
	/*
	 * The whitelist's groups were copied at activation; the blacklist follows the live group,
	 * too.
	 */
	if (!strcmp(item->key, "group") && ret->list == LIST_BLACK) {
		if (db_group_get(session->db, item->value, false, &ret->group, err) !=
			ERR_NOT_FOUND)
			return err->code;
		*err = ERR_NONE; /* a group that is gone names nobody */
		*live = false;
		return ERR_OK;
	}
	*live = false;
	return ERR_OK;
}

static enum err_code
allow_load(struct plan *plan, const struct plan_item *item, struct err *err)
{
	int kind = WORD_INDEX(kind_words, item->value);

	if (kind < 0)
		return err_set(err, ERR_IO, "plan '%s' allows '%s', which is no kind of package",
			plan->name, QUOTE(item->value));
	plan->allow_kinds |= 1u << kind;
	return ERR_OK;
}

static enum err_code
items_load(struct session *session, struct arena *arena, struct plan *plan, struct err *err)
{
	struct plan_item *items;
	size_t count;

	if (db_plan_items_get(session->db, arena, plan->id, &items, &count, err))
		return err->code;
	plan->rules = arena_alloc(arena, count * sizeof *plan->rules + 1);
	plan->texts = arena_alloc(arena, count * sizeof *plan->texts + 1);
	plan->from = arena_alloc(arena, count * sizeof *plan->from + 1);
	for (size_t i = 0; i < count; i++) {
		const struct plan_item *item = &items[i];
		bool live;

		switch (item->kind) {
		case ITEM_WHITELIST:
		case ITEM_BLACKLIST:
			if (rule_load(session, arena, item, &plan->rules[plan->rule_count], &live,
				    err))
				return err->code;
			plan->rule_count += live;
			break;
		case ITEM_TEXT:
			plan->texts[plan->text_count++] =
				(struct plan_text){ item->key, item->value };
			break;
		case ITEM_FROM:
			plan->from[plan->from_count++] = item->value;
			break;
		case ITEM_ALLOW:
			if (allow_load(plan, item, err))
				return err->code;
			break;
		case ITEM_PUSH:
			plan->windows_set = true;
			break;
		case ITEM_INSTALL:
			plan->install_set = true;
			break;
		case ITEM_BLACKOUT:
		case ITEM_MAX:
			break;
		}
	}
	return ERR_OK;
}

/* The push windows ahead: of the plan's own zone and, where the plan says so, of each device's. */
static enum err_code
zones_load(struct session *session, struct arena *arena, struct plan *plan, struct err *err)
{
	const char **zones = NULL;
	size_t count = 0;

	if (!plan->windows_set)
		return ERR_OK;
	if (plan->device_zone &&
		db_interval_zones(session->db, arena, plan->id, ITEM_PUSH, &zones, &count, err))
		return err->code;
	plan->push = arena_alloc(arena, (count + 1) * sizeof *plan->push);
	plan->push[0].zone = "";
	plan->zone_count = 1;
	for (size_t i = 0; i < count; i++)
		if (*zones[i])
			plan->push[plan->zone_count++].zone = zones[i];
	for (size_t i = 0; i < plan->zone_count; i++) {
		struct interval *list;

		if (db_interval_near(session->db, arena, plan->id, ITEM_PUSH, plan->push[i].zone,
			    session->now, session->now + AHEAD_S, &list, &plan->push[i].count, err))
			return err->code;
		plan->push[i].list = list;
	}
	return ERR_OK;
}

enum err_code
plan_load_stages(struct session *session, struct arena *arena, struct plan *plan, struct err *err)
{
	if (*plan->params && strategy_parse(arena, plan->params, &plan->strategy, err))
		return err->code;
	if (db_left_out_all(
		    session->db, arena, plan->id, &plan->left_out, &plan->left_out_count, err) ||
		db_stage_all(session->db, arena, plan->id, &plan->stages, &plan->stage_count, err))
		return err->code;
	if (plan->stage_count <= LIMIT_STAGES && plan->stage >= 0 &&
		(!plan->stage_count || (size_t)plan->stage < plan->stage_count))
		return ERR_OK;
	return err_set(err, ERR_IO, "plan '%s' has %zu stages and says it is in number %" PRId64,
		plan->name, plan->stage_count, plan->stage + 1);
}

/* The packages of a version that one of some plans has loaded; false: none of them has. */
static bool
packages_share(const struct plan *plans, size_t count, struct plan_component *ret)
{
	for (size_t i = 0; i < count; i++)
		for (size_t c = 0; c < plans[i].component_count; c++) {
			const struct plan_component *other = &plans[i].components[c];

			if (other->version != ret->version)
				continue;
			ret->packages = other->packages;
			ret->package_count = other->package_count;
			return true;
		}
	return false;
}

enum err_code
plan_load(struct session *session, struct arena *arena, struct plan *plan, struct err *err)
{
	return plan_load_beside(session, arena, NULL, 0, plan, err);
}

enum err_code
plan_load_beside(struct session *session, struct arena *arena, const struct plan *others,
	size_t count, struct plan *plan, struct err *err)
{
	if (db_plan_components_get(
		    session->db, arena, plan->id, &plan->components, &plan->component_count, err) ||
		items_load(session, arena, plan, err) || zones_load(session, arena, plan, err) ||
		plan_load_stages(session, arena, plan, err))
		return err->code;
	for (size_t i = 0; i < plan->component_count; i++) {
		struct package *packages;

		if (packages_share(others, count, &plan->components[i]))
			continue;
		if (db_package_of_version(session->db, arena, plan->components[i].version,
			    &packages, &plan->components[i].package_count, err))
			return err->code;
		plan->components[i].packages = packages;
	}
	return ERR_OK;
}

enum err_code
plan_load_by_name(struct session *session, const char *name, struct plan *ret, struct err *err)
{
	if (db_plan_get(session->db, &session->arena, name, ret, err))
		return err->code;
	return plan_load(session, &session->arena, ret, err);
}

enum err_code
plan_load_all(struct session *session, struct listed_plan **ret, size_t *count,
	struct row_unread *unread, struct err *err)
{
	struct arena *arena = &session->arena;
	struct listed_plan *list;
	struct plan *plans;
	size_t all, n = 0;

	*unread = (struct row_unread){ .count = 0 };
	if (db_plan_all(session->db, arena, &plans, &all, unread, err))
		return err->code;
	list = arena_alloc(arena, all * sizeof *list + 1);
	for (size_t i = 0; i < all; i++) {
		struct product product;
		struct err why = ERR_NONE;

		if (!db_product_by_id(session->db, plans[i].product, &product, &why))
			list[n++] =
				(struct listed_plan){ plans[i], arena_copy(arena, product.name) };
		else if (why.code == ERR_BUSY)
			return (*err = why).code;
		else
			db_row_unread_add(unread, arena, &why);
	}
	*ret = list;
	*count = n;
	return ERR_OK;
}

enum err_code
strategy_named(struct session *session, const char *name, struct strategy *ret, struct err *err)
{
	const char *params;

	if (db_strategy_stored(session->db, &session->arena, name, &params, err))
		return err->code;
	if (params)
		return strategy_parse(&session->arena, params, ret, err);
	if (strategy_builtin(name, ret))
		return ERR_OK;
	err_set(err, ERR_NOT_FOUND, "there is no strategy '%s'", QUOTE(name));
	return err_fix(err, "otactl strategy list shows all");
}

enum err_code
plan_strategy(
	struct session *session, const struct plan *plan, struct strategy *ret, struct err *err)
{
	struct pairs settings = pairs_parse(&session->arena, plan->settings);
	struct strategy made;

	if (strategy_named(session, plan->strategy_name, &made, err))
		return err->code;
	for (size_t i = 0; i < settings.count; i++)
		if (strategy_set(&made, settings.list[i].key, settings.list[i].value, err))
			return err->code;
	*ret = made;
	return ERR_OK;
}
