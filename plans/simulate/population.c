/*
 * Every device of the product is read once, in two passes over what could forbid it the plan.
 * Before, lists, groups and histories of all devices are read into arrays by device id
 * (marks_load()), because asking the database for each of a million devices would take minutes.
 * Then each device is decided by decide() with everything open that changes with time
 * (prospect.h): who is eligible becomes a runner; who is not is counted by its verdict, with one
 * example.  Nothing may be written: a draft is activated, a suspended plan resumed within a
 * transaction that is rolled back.
 */
#include "plans/simulate/population.h"

#include "core/execution.h"
#include "core/str.h"
#include "db/device.h"
#include "db/execution.h"
#include "plans/orders/activate.h"
#include "plans/orders/resume.h"
#include "plans/rollout/catalog.h"
#include "plans/rollout/facts.h"
#include "plans/rollout/load.h"
#include "plans/rollout/prospect.h"
#include "plans/simulate/begun.h"
#include "plans/simulate/runner.h"

static enum err_code
intervals_load(struct world *w, struct err *err)
{
	for (size_t i = 0; i < w->plan.zone_count; i++) {
		struct interval *list;

		if (db_interval_from(w->session->db, &w->session->arena, w->plan.id, ITEM_PUSH,
			    w->plan.push[i].zone, w->start, INTERVALS_MAX, &list,
			    &w->plan.push[i].count, err))
			return err->code;
		w->plan.push[i].list = list;
	}
	return ERR_OK;
}

static enum err_code
marks_load(struct world *w, struct err *err)
{
	struct session *session = w->session;
	struct stmt *cursor;
	int64_t device, value;
	enum db_step step;

	if (db_device_newest(session->db, &w->max_id, err))
		return err->code;
	w->listed = arena_alloc(&session->arena, (size_t)w->max_id + 1);
	w->known = arena_alloc(&session->arena, (size_t)w->max_id + 1);
	w->history = arena_alloc(&session->arena, (size_t)w->max_id + 1);
	w->groups = arena_alloc(&session->arena, ((size_t)w->max_id + 1) * sizeof *w->groups);
	cursor = db_plan_device_cursor(session->db, w->plan.id);
	while ((step = db_plan_device_each(cursor, &device, &value, err)) == DB_ROW)
		w->listed[device] |= (uint8_t)value;
	if (step == DB_FAILED)
		return err->code;
	cursor = db_execution_history_cursor(session->db);
	while ((step = db_execution_history_each(cursor, &device, &value, err)) == DB_ROW) {
		if (value != w->plan.id)
			w->history[device] = 1;
		else
			w->known[device] = 1;
	}
	for (size_t s = 0; step != DB_FAILED && s < w->plan.stage_count; s++) {
		if (w->plan.stages[s].kind != STAGE_GROUP)
			continue;
		cursor = db_member_cursor(session->db, w->plan.stages[s].group_id);
		while ((step = db_member_each(cursor, &device, err)) == DB_ROW)
			w->groups[device] |= 1u << s;
	}
	return step == DB_FAILED ? err->code : ERR_OK;
}

/*
 * Let the plan be active: a draft as if it were activated now, a suspended one as if it were
 * resumed now.  Within a transaction that is rolled back.
 */
static enum err_code
go(struct world *w, const char *name, struct err *err)
{
	struct session *session = w->session;
	struct activation activation;
	struct resumption resumption;

	if (plan_load_by_name(session, name, &w->plan, err))
		return err->code;
	if (w->plan.state == PLAN_DRAFT
			? plan_activate_within(session, name, -1, &activation, err)
			: w->plan.state == PLAN_SUSPENDED &&
				  plan_resume_within(session, name, false, &resumption, err))
		return err->code;
	return w->plan.state == PLAN_ACTIVE ? ERR_OK
					    : plan_load_by_name(session, name, &w->plan, err);
}

/* What a plan that cannot be played is, and what to do. */
static enum err_code
refuse(const struct plan *plan, struct err *err)
{
	err_set(err, ERR_CONFLICT, "cannot simulate plan '%s'", plan->name);
	return plan->trial ? err_why(err, "it is the trial of a package")
			   : err_why(err, "it has ended");
}

enum err_code
population_prepare(struct world *w, const char *name, struct err *err)
{
	struct session *session = w->session;
	struct plan *was = &w->was;
	bool writes;

	if (db_plan_get(session->db, &session->arena, name, was, err))
		return err->code;
	if (was->state == PLAN_ENDED || was->trial)
		return refuse(was, err);
	writes = was->state != PLAN_ACTIVE;
	if (writes ? db_begin(session->db, err) : db_read_begin(session->db, err))
		return err->code;
	if (!go(w, name, err) && !intervals_load(w, err) && !begun_load(w, err))
		(void)!marks_load(w, err);
	db_rollback(session->db);
	return err->code;
}

/* Facts of one device without asking the database where it has no history. */
static enum err_code
facts_of(struct world *w, const struct plan *plan, struct subject *subject, struct facts *facts,
	struct err *err)
{
	struct session *session = w->session;
	int64_t id = subject->device.id;
	struct plan_device lists[2];

	if (w->known[id] || w->history[id]) {
		if (subject_load(session, subject, err))
			return err->code;
	} else {
		subject->components = pairs_parse(&session->arena, subject->device.components);
		subject->floors = pairs_parse(&session->arena, subject->device.floors);
		if (plan->rule_count || plan->left_out_count || w->bound) {
			subject->labels = pairs_parse(&session->arena, subject->device.labels);
			subject->attributes =
				pairs_parse(&session->arena, subject->device.attributes);
			if (db_device_ties(session->db, &session->arena, id, &subject->ties, err))
				return err->code;
		}
	}
	/* The lists as activation copies them. */
	subject->ties.lists = lists;
	subject->ties.list_count = 0;
	for (enum plan_list list = LIST_WHITE; list <= LIST_BLACK; list++)
		if (w->listed[id] & list)
			lists[subject->ties.list_count++] = (struct plan_device){ plan->id, list };
	return facts_make(session, &w->fleet, &w->catalog, plan, subject, facts, err);
}

/* A device that has accepted before goes on as it is; false: it is judged as all others. */
static bool
begun(struct world *w, const struct subject *subject, const struct facts *facts,
	const struct decision *decision)
{
	const struct execution *newest = begun_newest(w, subject);

	if (!newest)
		return false;
	if (newest->state == EXEC_SUCCEEDED) {
		struct runner as = { .period = 0 };

		runner_habits(w, &as, &subject->device);
		begun_has(w, &as, newest);
		return true;
	}
	if (!execution_under_way(newest->state))
		return false;
	begun_take(w, runner_add(w, &subject->device, facts, decision), subject, facts);
	return true;
}

static enum err_code
classify(struct world *w, const struct plan *open, const struct device *device, struct facts *facts,
	struct decision *decision, struct err *err)
{
	struct subject subject = { .device = *device };
	enum verdict verdict;
	size_t index;

	if (facts_of(w, open, &subject, facts, err))
		return err->code;
	verdict = prospect_judge(w->session, &w->catalog, facts, decision);
	if (w->known[device->id] && begun(w, &subject, facts, decision))
		return ERR_OK;
	if (verdict == VERDICT_ELIGIBLE) {
		index = runner_add(w, device, facts, decision);
		if (w->known[device->id])
			begun_take(w, index, &subject, facts);
		w->absent += w->runners[index].gone;
		return ERR_OK;
	}
	/* Who may still tell something else is waited for. */
	if (!decide_for_good(decision, device->last_seen)) {
		w->others++;
		w->others_absent += runner_gone(w, device);
	}
	if (!w->out->excluded[verdict]++)
		w->out->example[verdict] = arena_copy(&w->own, device->name);
	return ERR_OK;
}

enum err_code
population_read(struct world *w, struct err *err)
{
	struct session *session = w->session;
	struct prospect *open = arena_alloc(&w->own, sizeof *open);
	struct decision decision = { .gates = NULL };
	struct stmt *cursor;
	struct device device;

	prospect_open(&w->plan, open);
	w->bound = open->bound;
	runner_make(w);
	cursor = db_device_habits_cursor(session->db, w->plan.product);
	while (db_device_habits_each(cursor, &session->arena, &device, err) == DB_ROW) {
		device.product = w->plan.product;
		if (device.id > w->max_id)
			break; /* enrolled since the marks were read */
		w->out->population++;
		if (classify(w, &open->plan, &device, w->facts, &decision, err))
			break;
		arena_reset(&session->arena);
		if (session->progress && w->out->population % 50000 == 0)
			session->progress(
				session, "reading devices", w->out->population, w->max_id);
	}
	db_reset(cursor);
	w->out->eligible = (int64_t)w->count + w->out->had;
	return err->code;
}
