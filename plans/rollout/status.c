#include "plans/rollout/status.h"

#include "core/breaker.h"
#include "core/execution.h"
#include "core/moment.h"
#include "core/plan.h"
#include "core/terms.h"
#include "db/device.h"
#include "db/product.h"
#include "plans/rollout/load.h"
#include "plans/rollout/stages.h"

/* The fewest further failures that would trip the breaker. */
static enum err_code
margin_get(struct session *session, struct plan_status *ret, struct err *err)
{
	char *words = arena_alloc(&session->arena, BREAKER_MARGIN_WORDS);
	struct breaker_margin margin;
	struct breaker_row *rows;
	size_t count;

	if (db_cohort_all(session->db, &session->arena, ret->plan.id, &rows, &count, err))
		return err->code;
	margin = breaker_margin(&ret->plan, rows, count);
	ret->margin = margin.margin;
	ret->margin_words = margin.margin < 0 ? "" : breaker_margin_words(&margin, words);
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
	[STAGE_TAIL] = "stragglers are served",
	[STAGE_PROBE] = "the probe after the resume",
};

/* What the probe after a resume waits for, in words. */
static const char *const probe_waits[PROBE_WAIT_MAX] = {
	[PROBE_ACCEPTS] = "the devices of the probe accept and end",
	[PROBE_WIDENS] = "tick opens the next stage for the probe",
	[PROBE_SOAKS] = "the probe has soaked",
	[PROBE_FAILS] = "the probe does not pass: otactl plan advance ends it",
	[PROBE_OVER] = "tick ends the probe",
};

/* How the next tick stops the plan, where it does; else NULL. */
static const char *
tick_does(const struct plan_status *s, int64_t now)
{
	const struct plan_judgement judgement = { .done = stages_done(&s->plan, &s->tally),
		.left = s->left.sums,
		.stage = s->stage,
		.probe = s->probe };
	const struct plan_facts facts = { .now = now,
		.tripped_at = s->pulse.pulse.tripped_at,
		.tripped_abort = s->pulse.tripped_abort,
		.judgement = &judgement };
	struct plan_decision decision = plan_decide(&s->plan, &facts);

	if (decision.what == PLAN_DUE_TRIPPED)
		return decision.state == PLAN_ENDED
			       ? "tick ends the plan: the breaker has tripped"
			       : "tick suspends the plan: the breaker has tripped";
	if (decision.what == PLAN_DUE_EXPIRED)
		return "tick ends the plan: its end has come";
	if (decision.what == PLAN_DUE_ALL_DONE)
		return "tick ends the plan: every target is done";
	if (decision.what == PLAN_DUE_NOBODY_LEFT)
		return "tick ends the plan: nobody is left who can still get it";
	if (decision.what == PLAN_DUE_TAIL_OVER)
		return "tick ends the plan: its tail is over";
	return NULL;
}

/* What the last stage waits for, and its tail. */
static void
last_event(struct plan_status *s, int64_t now)
{
	int64_t watched = plan_watched_until(&s->plan);
	bool done = stages_done(&s->plan, &s->tally) >= s->plan.targets;
	bool nobody = s->tail_at && s->left.sums.counted_at && !s->left.sums.coming;

	if (!s->plan.continuous && s->plan.targets && (done || nobody)) {
		s->next_what = done ? "the plan ends: every target is done, and watched until then"
				    : "the plan ends: nobody is left who can still get it";
		s->next_at = watched > now ? watched : 0;
	} else if (s->tail_at) {
		s->next_what = "the plan ends with its tail, whoever is left";
		s->next_at = s->tail_ends_at;
	} else {
		s->next_what = waits[s->stage.wait];
		s->next_at = s->stage.wait == STAGE_SOAK ? s->stage.at : 0;
	}
	/* What has a time says more than what has none. */
	if (s->plan.end_at && (s->next_at > s->plan.end_at || (!s->next_at && !done && !nobody))) {
		s->next_what = "the plan ends";
		s->next_at = s->plan.end_at;
	}
}

static void
next_event(struct plan_status *s, int64_t now)
{
	const struct interval *window = terms_interval(&s->plan, NULL, now);

	s->next_what = NULL;
	s->next_at = 0;
	if (s->plan.state != PLAN_ACTIVE)
		return;
	/* What time alone would bring does not come. */
	s->next_what = s->blocked.untimed ? s->blocked.untimed : tick_does(s, now);
	if (s->next_what)
		return;
	if (s->plan.start_at > now) {
		s->next_what = "the plan starts";
		s->next_at = s->plan.start_at;
	} else if (s->plan.windows_set && window && window->opens_at > now) {
		s->next_what = "a push window opens";
		s->next_at = window->opens_at;
	} else if (s->pulse.silent_at) {
		s->next_what = "the plan stops, unless devices that fell silent are heard";
		s->next_at = plan_silent_stops_at(s->pulse.silent_at);
	} else if (s->plan.probe_at) {
		s->next_what = probe_waits[s->probe.wait];
		s->next_at = s->probe.wait == PROBE_SOAKS ? s->probe.at : 0;
	} else if ((size_t)s->plan.stage + 1 < s->plan.stage_count) {
		s->next_what = waits[s->stage.wait];
		s->next_at = s->stage.wait == STAGE_SOAK ? s->stage.at : 0;
	} else if (s->plan.stage_count) {
		last_event(s, now);
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

	if (db_interval_from(session->db, &session->arena, plan->id, ITEM_PUSH, "", session->now, 1,
		    &list, &zone->count, err))
		return err->code;
	zone->zone = "";
	zone->list = list;
	plan->push = zone;
	plan->zone_count = 1;
	plan->windows_set = zone->count;
	return ERR_OK;
}

/* The tail, and whom it waits for: who cannot get it any more is pending no longer. */
static void
tail_make(struct plan_status *s, int64_t now)
{
	const struct plan *plan = &s->plan;

	s->tail_at = s->tail_ends_at = 0;
	if (!plan->stage_count || (size_t)plan->stage + 1 < plan->stage_count)
		return;
	if (plan->state == PLAN_ENDED)
		now = plan->ended_at;
	s->tail_at = stage_tail_from(&plan->stages[plan->stage], plan->strategy.soak, now);
	if (!s->tail_at)
		return;
	s->tail_ends_at =
		plan->state == PLAN_ENDED ? plan->ended_at : plan_tail_ends_at(plan, s->tail_at);
	s->pending = s->pending > s->left.untried ? s->pending - s->left.untried : 0;
}

/* The zones whose rules changed under the plan. */
static enum err_code
changed_zones(struct session *session, struct plan_status *ret, struct err *err)
{
	struct plan_zone *list;
	size_t count;

	ret->changed_count = 0;
	if (db_plan_zone_used(session->db, &session->arena, ret->plan.id, &list, &count, err))
		return err->code;
	for (size_t i = 0; i < count; i++)
		if (list[i].changed_at)
			list[ret->changed_count++] = list[i];
	ret->changed = list;
	return ERR_OK;
}

static bool
plan_runs(const struct plan *plan)
{
	return plan->state == PLAN_ACTIVE || plan->state == PLAN_SUSPENDED;
}

static enum err_code
status_read(struct session *session, const char *name, struct plan_status *ret, struct err *err)
{
	struct stages_facts facts;
	struct product product;
	int64_t known = 0;

	if (db_plan_get(session->db, &session->arena, name, &ret->plan, err) ||
		plan_load_stages(session, &session->arena, &ret->plan, err) ||
		next_window(session, &ret->plan, err) ||
		db_product_by_id(session->db, ret->plan.product, &product, err) ||
		db_tally_get(session->db, ret->plan.id, &ret->tally, err) ||
		db_plan_pulse_get(session->db, ret->plan.id, &ret->pulse, err) ||
		stages_facts_get(session, &ret->plan, &facts, err))
		return err->code;
	ret->product = arena_copy(&session->arena, product.name);
	memset(ret->sums, 0, sizeof ret->sums);
	ret->finished = ret->stage_size = ret->held = 0;
	for (int stage = 0; stage < LIMIT_STAGES; stage++)
		for (int what = 0; what < TALLY_MAX; what++)
			ret->sums[what] += ret->tally.n[stage][what];
	for (int state = 0; state < EXEC_STATE_MAX; state++) {
		known += ret->sums[state];
		ret->finished +=
			execution_finished((enum execution_state)state) ? ret->sums[state] : 0;
	}
	known += ret->sums[TALLY_ALREADY];
	ret->pending = ret->plan.targets > known ? ret->plan.targets - known : 0;
	ret->left = facts.left;
	tail_make(ret, session->now);
	ret->stage = (struct stage_verdict){ 0 };
	if (ret->plan.stage_count)
		ret->stage =
			stages_judge(session, &ret->plan, &ret->tally, &facts, &ret->stage_size);
	if (ret->plan.probe_at) {
		ret->probe = stages_probe(&ret->plan, &ret->tally, &ret->pulse.pulse, session->now,
			&ret->probe_tally);
		if (ret->plan.state == PLAN_ACTIVE)
			ret->stage.wait = STAGE_PROBE;
	}
	if (blocked_get(session, &ret->plan, &product, &ret->blocked, err) ||
		changed_zones(session, ret, err) ||
		(plan_runs(&ret->plan) &&
			db_device_held_of(session->db, &ret->plan, &ret->held, err)))
		return err->code;
	next_event(ret, session->now);
	return margin_get(session, ret, err);
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
