#include "plans/orders/expand.h"

#include "db/execution.h"
#include "db/recount.h"
#include "plans/base/change.h"
#include "plans/orders/activate.h"
#include "plans/orders/edit.h"
#include "plans/orders/targets.h"
#include "plans/orders/values.h"
#include "plans/rollout/load.h"
#include "plans/rollout/note.h"

static enum err_code
whitelist_length(struct activating *a, size_t *ret, struct err *err)
{
	struct plan_item *items;
	size_t count;

	if (db_plan_items_get(a->session->db, &a->session->arena, a->plan.id, &items, &count, err))
		return err->code;
	for (size_t i = *ret = 0; i < count; i++)
		*ret += items[i].kind == ITEM_WHITELIST;
	return ERR_OK;
}

static enum err_code
cannot_expand(const struct activating *a, struct err *err, const char *why)
{
	err_set(err, ERR_CONFLICT, "cannot expand plan '%s'", a->plan.name);
	return err_why(err, "%s", why);
}

static enum err_code
list_grow(struct activating *a, const struct values *whitelist, bool allow_unknown, struct err *err)
{
	struct session *session = a->session;
	struct arena *arena = &session->arena;
	int64_t both_before, both;
	const char *name;
	size_t known = 0;

	if (db_plan_device_on_both(session->db, arena, a->plan.id, &both_before, &name, err) ||
		whitelist_length(a, &known, err) ||
		plan_whitelist_add(session, &a->plan, whitelist, allow_unknown, err) ||
		targets_lists(a, known, err) ||
		db_plan_device_on_both(session->db, arena, a->plan.id, &both, &name, err))
		return err->code;
	if (both > both_before)
		return cannot_expand(a, err,
			arena_printf(
				arena, "device '%s' is on its blacklist, which beats it", name));
	return plan_load_by_name(session, arena_copy(arena, a->plan.name), &a->plan, err);
}

/* The stages stay as they are, and the newcomers join them. */
static enum err_code
stages_grow(struct activating *a, struct err *err)
{
	struct stage stages[LIMIT_STAGES];
	struct db *db = a->session->db;

	targets_sizes(a, stages);
	for (size_t i = 0; i < a->plan.stage_count; i++)
		if (db_stage_size(db, a->plan.id, (int64_t)i, &stages[i], err) ||
			db_tally_set_already(db, a->plan.id, (int)i, a->already[i], err))
			return err->code;
	return ERR_OK;
}

/*
 * The stages begin anew, without those that have begun before: what came of them is shown, and
 * opens nothing any more.
 */
static enum err_code
stages_restart(struct activating *a, struct err *err)
{
	struct session *session = a->session;
	struct recount_faults moved = { .count = 0 };

	stage_list_parse(a->plan.strategy.stages, &a->stages);
	a->stages.list[0].opened_at = session->now;
	a->plan.stages = a->stages.list;
	a->plan.stage_count = a->stages.count;
	if (targets_groups(a, err) || targets_count(a, err) ||
		db_stage_clear(session->db, a->plan.id, err) || targets_stages(a, err) ||
		db_tally_unforgive(session->db, a->plan.id, err))
		return err->code;
	return db_recount_plan(session->db, &session->arena, a->plan.id,
		a->plan.strategy.breaker_by, true, &moved, err);
}

static enum err_code
expand(struct activating *a, const char *name, const struct values *whitelist, bool allow_unknown,
	bool *restarted, struct err *err)
{
	struct session *session = a->session;
	struct plan before;

	if (plan_load_by_name(session, name, &a->plan, err) ||
		db_product_by_id(session->db, a->plan.product, &a->product, err))
		return err->code;
	before = a->plan;
	if (a->plan.state != PLAN_ACTIVE && a->plan.state != PLAN_SUSPENDED)
		return cannot_expand(a, err,
			arena_printf(&session->arena, "it is %s", plan_state_words[a->plan.state]));
	if (!a->plan.whitelist_set)
		return cannot_expand(a, err, "it has no whitelist: every device is a target");
	if (list_grow(a, whitelist, allow_unknown, err) || targets_count(a, err))
		return err->code;
	if (targets_unselected(a))
		return cannot_expand(a, err, "a label selector names nobody");
	*restarted = (a->plan.targets - before.targets) * 10 > before.targets;
	if (*restarted ? stages_restart(a, err) : stages_grow(a, err))
		return err->code;
	return plan_store(session, &before, &a->plan, err);
}

enum err_code
plan_expand(struct session *session, const char *name, const struct values *whitelist,
	bool allow_unknown, int64_t *targets, bool *restarted, struct err *err)
{
	struct activating *a = arena_alloc(&session->arena, sizeof *a);
	struct activation out = { 0 };

	a->session = session;
	a->out = &out;
	*restarted = false;
	if (change_needs_reason(session, err) || change_begin(session, err))
		return err->code;
	(void)!expand(a, name, whitelist, allow_unknown, restarted, err);
	*targets = a->plan.targets;
	return change_finish(
		session, err->code, name, *restarted ? "from the first stage again" : NULL, err);
}
