#include "plans/rollout/status.h"

#include "core/moment.h"
#include "db/device.h"
#include "db/product.h"
#include "plans/base/high.h"
#include "plans/rollout/plan.h"

/* In the plan's order: the states whose devices have accepted and not ended. */
static bool
under_way(int state)
{
	return state >= EXEC_ACCEPTED && state <= EXEC_VERIFYING;
}

static bool
finished(int state)
{
	return state == EXEC_SUCCEEDED || state == EXEC_FAILED || state == EXEC_REJECTED ||
	       state == EXEC_TIMED_OUT || state == EXEC_REGRESSED;
}

/* A late repair takes from what was there before: never below nothing. */
static int64_t
since(const int64_t *n, const int64_t *before, int what)
{
	return n[what] > before[what] ? n[what] - before[what] : 0;
}

static void
stage_add(const struct tally *tally, int64_t stage, struct stage_tally *ret)
{
	const int64_t *n = tally->n[stage], *base = tally->base[stage];
	const int64_t *cured = tally->cured[stage];

	for (int state = 0; state < EXEC_STATE_MAX; state++) {
		if (under_way(state))
			ret->open += n[state];
		if (finished(state))
			ret->finished += since(n, base, state);
	}
	ret->succeeded += since(n, base, EXEC_SUCCEEDED);
	ret->survived += since(n, base, TALLY_SURVIVED);
	ret->accepted = ret->open + ret->finished;
	ret->well += since(n, cured, EXEC_SUCCEEDED);
	ret->bad += since(n, cured, EXEC_FAILED) + since(n, cured, EXEC_TIMED_OUT) +
		    since(n, cured, EXEC_REGRESSED);
}

struct stage_verdict
status_stage(
	struct session *session, const struct plan *plan, const struct tally *tally, int64_t *size)
{
	const struct strategy *s = &plan->strategy;
	struct stage_rules rules = { .soak = s->soak,
		.advance_finished = s->advance_finished,
		.advance_success = s->advance_success,
		.survived = s->survived,
		.stage_wait = s->stage_wait,
		.approve = s->approve,
		.window_shut = !window_open_now(session, s->advance_window, plan->timezone) };
	struct stage joined = plan->stages[plan->stage];
	struct stage_tally sum = { 0 };
	int64_t last = plan->stage;

	joined.size = 0;
	for (int64_t i = last; i >= 0 && plan->stages[i].opened_at == joined.opened_at; i--) {
		joined.size += plan->stages[i].size;
		stage_add(tally, i, &sum);
	}
	*size = joined.size;
	return stage_decide(&joined, &sum, &rules, session->now);
}

/* The fewest further failures that would trip any cohort. */
static enum err_code
margin_get(struct session *session, const struct plan *plan, int64_t stage_size,
	struct plan_status *ret, struct err *err)
{
	struct breaker_list rules;
	struct cohort_row *rows;
	size_t count;

	ret->margin = -1;
	ret->margin_bad = 0;
	ret->margin_key = "";
	breaker_list_parse(plan->strategy.breaker, &rules);
	if (!rules.count)
		return ERR_OK;
	if (cohort_all(session->db, &session->arena, plan->id, &rows, &count, err))
		return err->code;
	for (size_t i = 0; i <= count; i++) {
		struct breaker_tally none = { 0 };
		struct breaker_case what = { .scope = BREAKER_STAGE,
			.stage_size = stage_size,
			.first_small = !plan->stage && stage_size <= 20 };
		struct breaker_verdict verdict;

		if (i < count && strncmp(rows[i].key, "stage ", 6) != 0)
			what.scope =
				strncmp(rows[i].key, "block ", 6) ? BREAKER_COHORT : BREAKER_BLOCK;
		verdict = breaker_judge(&rules, i < count ? &rows[i].tally : &none, &what);
		if (ret->margin < 0 || verdict.margin < ret->margin) {
			ret->margin = verdict.margin;
			ret->margin_bad = verdict.bad;
			ret->margin_key = i < count ? rows[i].key : "";
		}
	}
	return ERR_OK;
}

/* What the newest opened stage waits for, in words. */
static const char *const waits[STAGE_WAIT_MAX] = {
	[STAGE_GO] = "tick opens the next stage",
	[STAGE_NOT_DONE] = "enough devices of the stage finish",
	[STAGE_OPEN_DEVICES] = "the devices under way come to their end",
	[STAGE_SOAK] = "the soak is over",
	[STAGE_HEALTH] = "the stage is healthy again, or otactl plan advance",
	[STAGE_SURVIVAL] = "more of the updated devices are heard from again",
	[STAGE_WINDOW] = "the advance window opens",
	[STAGE_APPROVAL] = "otactl plan advance",
};

static void
next_event(struct plan_status *s, int64_t now)
{
	const struct interval *window = decide_interval(&s->plan, NULL, now);

	s->next_what = NULL;
	s->next_at = 0;
	if (s->plan.state != PLAN_ACTIVE)
		return;
	if (s->pulse.pulse.tripped_at) {
		s->next_what = "tick suspends the plan: the breaker has tripped";
	} else if (s->plan.start_at > now) {
		s->next_what = "the plan starts";
		s->next_at = s->plan.start_at;
	} else if (s->plan.windows_set && window && window->opens_at > now) {
		s->next_what = "a push window opens";
		s->next_at = window->opens_at;
	} else if ((size_t)s->plan.stage + 1 < s->plan.stage_count) {
		s->next_what = waits[s->stage.wait];
		s->next_at = s->stage.wait == STAGE_SOAK ? s->stage.at : 0;
	} else if (s->plan.end_at) {
		s->next_what = "the plan ends";
		s->next_at = s->plan.end_at;
	}
}

/* The push window open now or next, of the plan's own zone: all that the status says of windows. */
static enum err_code
next_window(struct session *session, struct plan *plan, struct err *err)
{
	struct zone_intervals *zone = arena_alloc(&session->arena, sizeof *zone);
	struct interval *list;

	if (interval_from(session->db, &session->arena, plan->id, ITEM_PUSH, "", session->now, 1,
		    &list, &zone->count, err))
		return err->code;
	zone->zone = "";
	zone->list = list;
	plan->push = zone;
	plan->zone_count = 1;
	plan->windows_set = zone->count;
	return ERR_OK;
}

static enum err_code
status_read(struct session *session, const char *name, struct plan_status *ret, struct err *err)
{
	struct product product;
	int64_t known = 0;

	if (plan_get(session->db, &session->arena, name, &ret->plan, err) ||
		plan_load_stages(session, &session->arena, &ret->plan, err) ||
		next_window(session, &ret->plan, err) ||
		product_by_id(session->db, ret->plan.product, &product, err) ||
		tally_get(session->db, ret->plan.id, &ret->tally, err) ||
		plan_pulse_get(session->db, ret->plan.id, &ret->pulse, err))
		return err->code;
	ret->product = arena_copy(&session->arena, product.name);
	memset(ret->sums, 0, sizeof ret->sums);
	ret->finished = ret->accepted_ever = ret->stage_size = 0;
	for (int stage = 0; stage < LIMIT_STAGES; stage++)
		for (int what = 0; what < TALLY_MAX; what++)
			ret->sums[what] += ret->tally.n[stage][what];
	for (int state = 0; state < EXEC_STATE_MAX; state++) {
		known += ret->sums[state];
		ret->finished += finished(state) ? ret->sums[state] : 0;
	}
	ret->pending = ret->plan.targets > known ? ret->plan.targets - known : 0;
	ret->accepted_ever = ret->pulse.first_accepts;
	ret->stage = (struct stage_verdict){ 0 };
	if (ret->plan.stage_count)
		ret->stage = status_stage(session, &ret->plan, &ret->tally, &ret->stage_size);
	next_event(ret, session->now);
	return margin_get(session, &ret->plan, ret->stage_size, ret, err);
}

enum err_code
status_get(struct session *session, const char *name, struct plan_status *ret, struct err *err)
{
	if (db_read_begin(session->db, err))
		return err->code;
	(void)!status_read(session, name, ret, err);
	db_read_end(session->db);
	return err->code;
}

static enum err_code
explain_loaded(struct session *session, const struct fleet *fleet, const struct catalog *catalog,
	struct subject *subject, bool known, struct explanation *ret, struct err *err)
{
	struct facts *facts = arena_alloc(&session->arena, sizeof *facts);

	if (facts_make(session, fleet, catalog, &ret->loaded, subject, facts, err))
		return err->code;
	if (!known)
		facts->device = NULL;
	ret->newest = subject_newest(subject, ret->loaded.id);
	ret->decision.gates = arena_alloc(&session->arena, GATE_MAX * sizeof *ret->decision.gates);
	/* Who has an open execution of this plan is judged as at its acceptance. */
	facts->accepting = ret->newest && execution_open(ret->newest->state);
	facts->by_person = facts->accepting && ret->loaded.mode == MODE_MANUAL;
	return facts_decide(session, NULL, facts, &ret->decision, err);
}

static enum err_code
explain_in_snapshot(struct session *session, const char *plan, const char *device,
	struct explanation *ret, struct err *err)
{
	struct catalog catalog;
	struct subject subject = { 0 };
	struct fleet fleet;
	bool known;

	if (plan_load_by_name(session, plan, &ret->loaded, err) ||
		/* A draft is judged with the parameters it would be activated with. */
		(ret->loaded.state == PLAN_DRAFT &&
			plan_strategy(session, &ret->loaded, &ret->loaded.strategy, err)) ||
		fleet_get(session->db, &fleet, err) ||
		catalog_base(session, &session->arena, ret->loaded.product, &catalog, err) ||
		device_find(session->db, &session->arena, device, &subject.device, &known, err) ||
		subject_load(session, &subject, err))
		return err->code;
	catalog.old_copy = high_fault(session, &fleet);
	ret->plan = arena_copy(&session->arena, ret->loaded.name);
	ret->device = device;
	return explain_loaded(session, &fleet, &catalog, &subject, known, ret, err);
}

enum err_code
explain(struct session *session, const char *plan, const char *device, struct explanation *ret,
	struct err *err)
{
	if (db_read_begin(session->db, err))
		return err->code;
	(void)!explain_in_snapshot(session, plan, device, ret, err);
	db_read_end(session->db);
	return err->code;
}

enum err_code
explain_device(struct session *session, const char *device, struct explanation **ret, size_t *count,
	struct err *err)
{
	struct device found;
	struct plan *plans;

	if (device_get(session->db, &session->arena, device, &found, err) ||
		plan_running(session->db, &session->arena, found.product, &plans, count, err))
		return err->code;
	*ret = arena_alloc(&session->arena, *count * sizeof **ret + 1);
	for (size_t i = 0; i < *count; i++)
		if (explain(session, plans[i].name, device, &(*ret)[i], err))
			return err->code;
	return ERR_OK;
}
