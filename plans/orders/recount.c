#include "plans/orders/recount.h"

#include "db/execution.h"
#include "db/fleet.h"
#include "plans/base/change.h"
#include "plans/orders/targets.h"
#include "plans/rollout/load.h"

#include <inttypes.h>

/* A count stage takes what it adds beyond those that started in it from the later ones. */
static void
borrow(struct activating *a, size_t index, int64_t *size, int64_t started)
{
	int64_t left = *size - started;

	*size = started;
	for (size_t i = index + 1; left > 0 && i < a->stages.count; i++) {
		int64_t taken = a->added[i] < left ? a->added[i] : left;

		if (a->stages.list[i].kind != STAGE_SHARE)
			continue;
		a->added[i] -= taken;
		left -= taken;
		*size += taken;
	}
}

static enum err_code
stages_recount(struct activating *a, struct err *err)
{
	struct db *db = a->session->db;
	int64_t started[LIMIT_STAGES] = { 0 }, sizes[LIMIT_STAGES];
	size_t count = a->stages.count;
	int64_t places = 0;

	if (db_execution_started(db, a->plan.id, started, err) ||
		db_plan_recount(db, a->plan.id, err))
		return err->code;
	for (size_t i = 0; i < count; i++) {
		if (a->stages.list[i].kind != STAGE_COUNT)
			continue;
		sizes[i] = a->stages.list[i].value - places;
		borrow(a, i, &sizes[i], started[i]);
		places += sizes[i];
	}
	for (size_t i = 0; i < count; i++) {
		int64_t there = a->already[i];

		if (a->stages.list[i].kind != STAGE_COUNT)
			sizes[i] = a->added[i] + started[i];
		if (i + 1 == count)
			there += a->already[LIMIT_STAGES];
		if (db_stage_grow(
			    db, a->plan.id, (int64_t)i, sizes[i] - a->stages.list[i].size, err) ||
			db_tally_set_already(db, a->plan.id, (int)i, there, err))
			return err->code;
	}
	return ERR_OK;
}

static enum err_code
one(struct session *session, const char *name, struct err *err)
{
	struct activating *a = arena_alloc(&session->arena, sizeof *a);
	struct activation out = { 0 };
	int64_t before;

	a->session = session;
	a->out = &out;
	if (plan_load_by_name(session, name, &a->plan, err) ||
		db_product_by_id(session->db, a->plan.product, &a->product, err))
		return err->code;
	before = a->plan.targets;
	a->stages.count = a->plan.stage_count;
	memcpy(a->stages.list, a->plan.stages, a->stages.count * sizeof *a->stages.list);
	if (targets_count(a, err) || stages_recount(a, err) ||
		db_plan_targets_add(session->db, a->plan.id, a->plan.targets - before, err))
		return err->code;
	return db_plan_look_at(session->db, a->plan.id, 0, err);
}

static enum err_code
all(struct session *session, int64_t *plans, struct err *err)
{
	struct row_unread unread;
	struct listed_plan *list;
	size_t count;

	if (plan_load_all(session, &list, &count, &unread, err))
		return err->code;
	for (size_t i = 0; i < count; i++) {
		const struct plan *plan = &list[i].plan;

		if (plan->state != PLAN_ACTIVE && plan->state != PLAN_SUSPENDED)
			continue;
		if (one(session, plan->name, err))
			return err->code;
		++*plans;
	}
	return db_fleet_recounted(session->db, err);
}

enum err_code
plan_recount(struct session *session, int64_t *plans, struct err *err)
{
	struct fleet fleet;

	*plans = 0;
	if (db_fleet_get(session->db, &fleet, err) || !fleet.recount)
		return err->code;
	if (change_begin(session, err))
		return err->code;
	(void)!all(session, plans, err);
	return change_finish(session, err->code, "running plans",
		arena_printf(&session->arena, "%" PRId64 " counted anew", *plans), err);
}
