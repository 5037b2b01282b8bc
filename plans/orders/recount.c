#include "plans/orders/recount.h"

#include "core/str.h"
#include "core/target.h"
#include "db/execution.h"
#include "db/fleet.h"
#include "plans/base/change.h"
#include "plans/orders/targets.h"
#include "plans/rollout/left.h"
#include "plans/rollout/load.h"

#include <inttypes.h>

static int64_t
faults_count(const struct recount_faults *faults)
{
	return (int64_t)faults->count + faults->more;
}

/* A counter of a stage, or (at < 0) of the plan, as it is stored and as it was counted. */
static bool
differs(struct activating *a, const char *table, int at, const char *counter, int64_t was,
	int64_t is, struct recount_faults *faults)
{
	struct arena *arena = &a->session->arena;
	const char *row = at < 0 ? a->plan.name
				 : arena_printf(arena, "%s, stage %d%s", a->plan.name, at + 1,
					   strcmp(table, "tally") ? "" : ", already");

	if (was == is)
		return false;
	recount_fault_add(faults, arena,
		&(struct recount_fault){ table, arena_copy(arena, row), counter, was, is });
	return true;
}

static enum err_code
stages_compare(struct activating *a, bool mend, struct recount_faults *faults, struct err *err)
{
	struct db *db = a->session->db;
	struct stage found[LIMIT_STAGES];
	struct tally tally;

	if (db_tally_get(db, a->plan.id, &tally, err))
		return err->code;
	targets_sizes(a, found);
	for (int i = 0; i < (int)a->plan.stage_count; i++) {
		const struct stage *stage = &a->plan.stages[i];
		bool size = differs(a, "stage", i, "size", stage->size, found[i].size, faults),
		     lent = differs(a, "stage", i, "lent", stage->lent, found[i].lent, faults),
		     already = differs(
			     a, "tally", i, "n", tally.n[i][TALLY_ALREADY], a->already[i], faults);

		if (mend && (((size || lent) && db_stage_size(db, a->plan.id, i, &found[i], err)) ||
				    (already && db_tally_set_already(
							db, a->plan.id, i, a->already[i], err))))
			return err->code;
	}
	return ERR_OK;
}

/* The row of a need among stragglers; all 0 where nobody has it. */
static struct straggler
straggler_of(const struct left *left, const char *need)
{
	for (size_t i = 0; i < left->count; i++)
		if (!strcmp(left->list[i].need, need))
			return left->list[i];
	return (struct straggler){ .n = 0 };
}

static void
straggler_compare(struct session *session, const struct plan *plan, const char *need,
	const struct left *was, const struct left *is, struct recount_faults *faults)
{
	struct straggler a = straggler_of(was, need), b = straggler_of(is, need);
	const struct recount_fault all[] = { { .counter = "n", .was = a.n, .is = b.n },
		{ .counter = "untried", .was = a.untried, .is = b.untried },
		{ .counter = "comes", .was = a.comes, .is = b.comes } };

	for (size_t i = 0; i < COUNT(all); i++) {
		struct recount_fault fault = all[i];

		if (fault.was == fault.is)
			continue;
		fault.table = "straggler";
		fault.row = arena_printf(&session->arena, "%s, %s", plan->name, need);
		recount_fault_add(faults, &session->arena, &fault);
	}
}

/* Stragglers that nobody can have counted. */
static bool
impossible(const struct left *left)
{
	for (size_t i = 0; i < left->count; i++) {
		const struct straggler *s = &left->list[i];

		if (s->n < 1 || s->untried < 0 || s->untried > s->n || !*left_text(s->need))
			return true;
	}
	return false;
}

/* A wrong moment of a plan's pulse. */
static void
moment_compare(struct session *session, const struct plan *plan, const char *counter, int64_t was,
	int64_t is, struct recount_faults *faults)
{
	if (was != is)
		recount_fault_add(faults, &session->arena,
			&(struct recount_fault){ "pulse", plan->name, counter, was, is });
}

/*
 * Stragglers are of the moment in which tick counts them, and counted anew by each count: they are
 * compared where they are impossible, or nothing has happened since.
 */
static enum err_code
stragglers_compare(struct session *session, const struct plan *plan, bool mend,
	struct recount_faults *faults, struct err *err)
{
	struct left was = { .count = 0 }, is;
	int64_t due, at, before = faults_count(faults);
	bool stand, odd;

	if (db_straggler_all(session->db, &session->arena, plan->id, &was.list, &was.count, &at,
		    &was.sums.until, err) ||
		db_straggler_due(session->db, plan->id, &due, err) ||
		db_straggler_stand(session->db, plan->id, at, &stand, err))
		return err->code;
	odd = impossible(&was);
	stand = stand && at >= plan->stages[plan->stage].opened_at;
	if (plan->state == PLAN_ACTIVE && due > left_due_most(plan, at, session->now))
		moment_compare(session, plan, "left_due_at", due, 0, faults);
	if ((odd || stand) && left_recount(session, plan->id, stand ? at : session->now, &is, err))
		return err->code;
	for (size_t i = 0; (odd || stand) && i < was.count; i++)
		straggler_compare(session, plan, was.list[i].need, &was, &is, faults);
	for (size_t i = 0; (odd || stand) && i < is.count; i++)
		if (!straggler_of(&was, is.list[i].need).n)
			straggler_compare(session, plan, is.list[i].need, &was, &is, faults);
	if (stand)
		moment_compare(session, plan, "left_until", was.sums.until, is.sums.until, faults);
	if (!mend || faults_count(faults) == before)
		return ERR_OK;
	return odd || stand ? db_straggler_set(session->db, plan->id, is.list, is.count,
				      is.sums.counted_at, is.sums.until, 0, err)
			    : db_plan_left_due(session->db, plan->id, 0, err);
}

/* Who the targets are is known of a plan that runs: later nobody follows its devices. */
static enum err_code
targets_compare(struct session *session, const struct plan *plan, bool mend,
	struct recount_faults *faults, struct err *err)
{
	struct activating *a = arena_alloc(&session->arena, sizeof *a);
	struct activation out = { 0 };

	a->session = session;
	a->out = &out;
	a->plan = *plan;
	if (plan_load(session, &session->arena, &a->plan, err) ||
		db_product_by_id(session->db, plan->product, &a->product, err) ||
		targets_count(a, err) || stages_compare(a, mend, faults, err) ||
		(a->plan.stage_count && stragglers_compare(session, &a->plan, mend, faults, err)))
		return err->code;
	if (differs(a, "plan", -1, "targets", plan->targets, a->plan.targets, faults) && mend &&
		db_plan_targets_set(session->db, plan->id, a->plan.targets, err))
		return err->code;
	return ERR_OK;
}

/*
 * What is counted of a plan.  Where a stage cannot be told from its counter nobody can say either
 * who is in which: that is compared when the counter is mended.
 */
static enum err_code
plan_compare(
	struct session *session, struct plan *plan, bool mend, struct recount *ret, struct err *err)
{
	struct recount_faults *faults = &ret->faults;
	int64_t before = faults_count(faults);

	if ((*plan->params &&
		    strategy_parse(&session->arena, plan->params, &plan->strategy, err)) ||
		db_recount_plan(session->db, &session->arena, plan->id, plan->strategy.breaker_by,
			mend, faults, err))
		return err->code;
	if (plan->state == PLAN_ACTIVE || plan->state == PLAN_SUSPENDED) {
		if (mend && db_plan_by_id(session->db, &session->arena, plan->id, plan, err))
			return err->code;
		if (targets_compare(session, plan, mend, faults, err)) {
			if (mend || faults_count(faults) == before)
				return err->code;
			ret->partly = true;
			*err = ERR_NONE;
		}
	}
	/* What tick has to look at is new. */
	return mend && faults_count(faults) > before
		       ? db_plan_look_at(session->db, plan->id, 0, err)
		       : ERR_OK;
}

static enum err_code
compare(struct session *session, bool mend, struct recount *ret, struct err *err)
{
	struct row_unread unread = { .count = 0 };
	struct plan *plans;
	size_t count;

	*ret = (struct recount){ .plans = 0 };
	if (db_recount_executions(session->db, &session->arena, mend, &ret->faults, err) ||
		db_plan_all(session->db, &session->arena, &plans, &count, &unread, err))
		return err->code;
	ret->partly = ret->faults.count && !mend;
	for (size_t i = 0; i < count && !ret->partly; i++) {
		struct err why = ERR_NONE;

		if (!plans[i].activated_at)
			continue;
		ret->plans++;
		if (!plan_compare(session, &plans[i], mend, ret, &why))
			continue;
		if (mend || why.code == ERR_BUSY)
			return (*err = why).code;
		db_row_unread_add(&ret->unread, &session->arena, &why);
	}
	return db_recount_rest(session->db, &session->arena, mend, &ret->faults, err);
}

enum err_code
recount_check(struct session *session, struct recount *ret, struct err *err)
{
	struct fleet fleet;

	*ret = (struct recount){ .plans = 0 };
	if (db_read_begin(session->db, err))
		return err->code;
	if (!db_fleet_get(session->db, &fleet, err)) {
		if (!fleet.recount && compare(session, false, ret, err) && err->code != ERR_BUSY) {
			db_row_unread_add(&ret->unread, &session->arena, err);
			*err = ERR_NONE;
		}
		ret->due = fleet.recount;
	}
	db_read_end(session->db);
	return err->code;
}

static const char *
detail_of(struct session *session, const struct recount *recount)
{
	const struct recount_faults *faults = &recount->faults;
	struct buf buf = { .arena = &session->arena };

	for (size_t i = 0; i < faults->count; i++) {
		const struct recount_fault *f = &faults->list[i];

		buf_printf(&buf, "%s%s of %s, %s: %" PRId64 " -> %" PRId64, i ? "; " : "", f->table,
			f->row, f->counter, f->was, f->is);
	}
	if (faults->more)
		buf_printf(&buf, "; and %" PRId64 " more", faults->more);
	return buf.text;
}

/* Count anew within a change that has begun. */
static enum err_code
mend(struct session *session, struct recount *ret, struct err *err)
{
	return compare(session, true, ret, err) ? err->code : db_fleet_recounted(session->db, err);
}

enum err_code
recount_repair(struct session *session, struct recount *ret, struct err *err)
{
	if (change_needs_reason(session, err) || recount_check(session, ret, err) ||
		(!ret->faults.count && !ret->due))
		return err->code;
	if (change_begin(session, err))
		return err->code;
	ret->due = false;
	(void)!mend(session, ret, err);
	return change_finish(session, err->code, "counters", detail_of(session, ret), err);
}

enum err_code
plan_recount(struct session *session, int64_t *plans, struct err *err)
{
	struct recount recount;
	struct fleet fleet;

	*plans = 0;
	if (db_fleet_get(session->db, &fleet, err) || !fleet.recount)
		return err->code;
	if (change_begin(session, err))
		return err->code;
	(void)!mend(session, &recount, err);
	*plans = recount.plans;
	return change_finish(session, err->code, "running plans",
		arena_printf(&session->arena, "%" PRId64 " counted anew", *plans), err);
}
