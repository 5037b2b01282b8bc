#include "plans/rollout/rollout.h"

#include "core/execution.h"
#include "core/moment.h"
#include "core/str.h"
#include "db/device.h"
#include "db/fleet.h"
#include "plans/rollout/windows.h"

#include <inttypes.h>

enum { BLOCK_SIZE = 200, REGRESS_APART_S = 60 };

static enum err_code
log_event(struct session *session, const struct execution *e, const struct event *event,
	struct err *err)
{
	struct event made = { .at = session->now,
		.identity = "",
		.state = execution_state_words[e->state],
		.message = e->reason };

	return event_insert(session->db, e->id, event ? event : &made, err);
}

/* --- the breaker ------------------------------------------------------------------------------ */

static enum err_code
judge(struct session *session, const struct plan *plan, const char *key,
	const struct breaker_case *what, struct err *err)
{
	struct breaker_list rules;
	struct breaker_tally tally;
	struct breaker_verdict verdict;
	char text[160];

	breaker_list_parse(plan->strategy.breaker, &rules);
	if (cohort_get(session->db, plan->id, key, &tally, err))
		return err->code;
	verdict = breaker_judge(&rules, &tally, what);
	if (!verdict.tripped)
		return ERR_OK;
	return plan_pulse_trip(session->db, plan->id, session->now,
		arena_printf(&session->arena, "%s: %s", key, breaker_text(&verdict, what, text)),
		verdict.abort, err);
}

static enum err_code
count_and_judge(struct session *session, const struct plan *plan, const char *key,
	const struct breaker_tally *delta, const struct breaker_case *what, struct err *err)
{
	if (cohort_add(session->db, plan->id, key, delta, err))
		return err->code;
	return judge(session, plan, key, what, err);
}

static struct breaker_case
stage_case(const struct plan *plan, int index)
{
	const struct stage *stage = &plan->stages[index];

	return (struct breaker_case){ .scope = BREAKER_STAGE,
		.stage_size = stage->size,
		.first_small = !index && (stage->kind != STAGE_SHARE || stage->size <= 20) };
}

/*
 * Count the end of an execution: each device once as concluded and once as failed in this plan,
 * in its stage, the cohorts it belongs to and its block of 200.
 */
static enum err_code
conclude(struct session *session, const struct plan *plan, struct execution *e, struct err *err)
{
	struct arena *arena = &session->arena;
	struct execution_component *components;
	struct breaker_case cohort = { .scope = BREAKER_COHORT },
			    block = { .scope = BREAKER_BLOCK };
	struct breaker_case stage = stage_case(plan, e->stage);
	struct execution *all;
	size_t count, component_count;
	unsigned before = 0;
	bool bad = e->state == EXEC_FAILED || e->state == EXEC_TIMED_OUT ||
		   e->state == EXEC_REGRESSED || e->state == EXEC_REJECTED;
	struct breaker_tally delta = { 0 };

	if (execution_of_device(session->db, arena, e->device, &all, &count, err) ||
		execution_component_all(
			session->db, arena, e->id, &components, &component_count, err))
		return err->code;
	for (size_t i = 0; i < count; i++)
		if (all[i].plan == plan->id && all[i].accepted_at >= plan->resumed_at)
			before |= all[i].counted;
	delta.concluded = !(before & COUNTED_CONCLUDED);
	if (bad && !(before & COUNTED_FAILED)) {
		delta.failed = e->state == EXEC_FAILED;
		delta.timed_out = e->state == EXEC_TIMED_OUT;
		delta.regressed = e->state == EXEC_REGRESSED;
		delta.rejected = e->state == EXEC_REJECTED;
	}
	e->counted |= COUNTED_CONCLUDED | (bad ? COUNTED_FAILED : 0u);
	if (!delta.concluded && !(bad && !(before & COUNTED_FAILED)))
		return ERR_OK;
	if (count_and_judge(session, plan, arena_printf(arena, "stage %d", e->stage + 1), &delta,
		    &stage, err))
		return err->code;
	if (e->block >= 0 &&
		count_and_judge(session, plan, arena_printf(arena, "block %" PRId64, e->block + 1),
			&delta, &block, err))
		return err->code;
	if (*e->cohort &&
		count_and_judge(session, plan,
			arena_printf(arena, "%s=%s", plan->strategy.breaker_by, e->cohort), &delta,
			&cohort, err))
		return err->code;
	for (size_t i = 0; i < component_count; i++)
		if (count_and_judge(session, plan,
			    arena_printf(arena, "%s %s package %" PRId64 " from %s",
				    components[i].identity, components[i].target,
				    components[i].package,
				    *components[i].source ? components[i].source : "unknown"),
			    &delta, &cohort, err))
			return err->code;
	return ERR_OK;
}

/* --- counters ------------------------------------------------------------------------------------ */

/*
 * Write an execution whose state went from `from` to e->state: its row, the tally of its stage, the
 * plan's pulse, the places of a count stage and the breaker.
 */
static enum err_code
state_write(struct session *session, const struct plan *plan, struct execution *e,
	enum execution_state from, struct err *err)
{
	bool was_open = execution_under_way(from);
	bool is_open = execution_under_way(e->state);
	bool first_success = e->state == EXEC_SUCCEEDED && from != EXEC_SUCCEEDED;
	struct pulse_delta delta = { .in_progress = is_open - was_open,
		.ever_succeeded = first_success,
		.succeeded = first_success && e->accepted_at >= plan->resumed_at };

	if (e->state == from)
		return execution_update(session->db, e, err);
	if (!execution_open(e->state))
		e->closed_at = session->now;
	if (tally_add(session->db, plan->id, e->stage, (int)from, -1, err) ||
		tally_add(session->db, plan->id, e->stage, (int)e->state, 1, err) ||
		plan_pulse_add(session->db, plan->id, &delta, err))
		return err->code;
	/* A place in a count stage is given back when the attempt comes to nothing. */
	if (e->accepted_at && (e->state == EXEC_CANCELED || e->state == EXEC_EXPIRED) &&
		plan->stages[e->stage].kind == STAGE_COUNT &&
		stage_take(session->db, plan->id, e->stage, -1, err))
		return err->code;
	if (execution_finished(e->state) && e->accepted_at >= plan->resumed_at &&
		conclude(session, plan, e, err))
		return err->code;
	return execution_update(session->db, e, err);
}

/* Who waits for an install window is not late: the clocks start when it opens. */
static enum err_code
deadline_set(struct session *session, const struct plan *plan, struct execution *e, struct err *err)
{
	struct execution counted = *e;
	struct interval window;
	struct device device;

	if (e->cancel_requested)
		return ERR_OK; /* it was given its time */
	if (device_by_id(session->db, &session->arena, e->device, &device, err))
		return err->code;
	if (install_window(session, plan, &device, e->accepted_at, &window, err))
		return err->code;
	if (e->accepted_at && window.opens_at > e->accepted_at) {
		counted.accepted_at = window.opens_at;
		if (e->state <= EXEC_DOWNLOADED && window.opens_at > e->changed_at)
			counted.changed_at = window.opens_at;
	}
	e->deadline_at = execution_deadline(
		&counted, &plan->strategy, plan->mode == MODE_MANUAL, device.gap_s);
	return ERR_OK;
}

/* --- offer and acceptance ------------------------------------------------------------------------ */

enum err_code
rollout_offer(struct session *session, const struct plan *plan, const struct facts *facts,
	const struct decision *decision, struct execution *ret, struct err *err)
{
	struct execution e = { .plan = plan->id,
		.device = facts->device->id,
		.attempt = 1,
		.version = 1,
		.seq = -1,
		.block = -1,
		.stage = decision->stage,
		.offered_at = session->now,
		.changed_at = session->now };
	struct execution *all;
	int position = 0;
	size_t count;

	if (fleet_take_execution(session->db, &e.id, err) ||
		execution_of_device(session->db, &session->arena, e.device, &all, &count, err))
		return err->code;
	for (size_t i = 0; i < count; i++)
		if (all[i].plan == plan->id)
			e.attempt = all[i].attempt + 1;
	/* Status counts devices by their newest attempt. */
	for (size_t i = 0; i < count; i++)
		if (all[i].plan == plan->id && all[i].attempt == e.attempt - 1 &&
			(execution_not_newest(session->db, all[i].id, err) ||
				tally_add(session->db, plan->id, all[i].stage, (int)all[i].state,
					-1, err)))
			return err->code;
	for (size_t i = 0; i < plan->component_count; i++)
		e.fell_back |= facts->components[i].delta_failed && decision->packages[i] &&
			       decision->packages[i]->kind == KIND_FULL;
	e.deadline_at = execution_deadline(
		&e, &plan->strategy, plan->mode == MODE_MANUAL, facts->device->gap_s);
	if (execution_insert(session->db, &e, err) ||
		tally_add(session->db, plan->id, e.stage, EXEC_OFFERED, 1, err) ||
		(e.fell_back &&
			tally_add(session->db, plan->id, e.stage, TALLY_FELL_BACK, 1, err)) ||
		plan_pulse_rate(session->db, plan->id, session->now / 60, err))
		return err->code;
	for (size_t i = 0; i < plan->component_count; i++) {
		struct execution_component c = { .execution = e.id,
			.component = plan->components[i].component };

		if (!decision->packages[i])
			continue;
		c.position = position++;
		c.package = decision->packages[i]->id;
		str_copy(c.source, sizeof c.source, facts->components[i].reported);
		if (execution_component_insert(session->db, &c, err))
			return err->code;
	}
	*ret = e;
	return log_event(session, &e, NULL, err);
}

enum err_code
rollout_accept(struct session *session, const struct plan *plan, const struct facts *facts,
	const struct decision *decision, struct execution *e, struct err *err)
{
	struct plan_pulse pulse;
	bool first = facts->place.home < 0;
	const char *cohort = pairs_get(facts->labels, plan->strategy.breaker_by);

	if (plan_pulse_get(session->db, plan->id, &pulse, err))
		return err->code;
	/* The stage that admits it now is where it counts, which may be a later one than at the offer. */
	if (decision->stage >= 0 && decision->stage != e->stage) {
		if (tally_add(session->db, plan->id, e->stage, EXEC_OFFERED, -1, err) ||
			tally_add(session->db, plan->id, decision->stage, EXEC_OFFERED, 1, err))
			return err->code;
		e->stage = decision->stage;
	}
	if (first) {
		struct pulse_delta delta = { .first_accepts = 1 };

		e->block = pulse.first_accepts / BLOCK_SIZE;
		if (plan_pulse_add(session->db, plan->id, &delta, err) ||
			(plan->stages[e->stage].kind == STAGE_COUNT &&
				stage_take(session->db, plan->id, e->stage, 1, err)))
			return err->code;
	}
	if (cohort && *cohort)
		str_copy(e->cohort, sizeof e->cohort, cohort);
	e->accepted_at = session->now;
	return rollout_move(session, plan, e, -1, EXEC_ACCEPTED, "", NULL, err);
}

/* --- reports and ends ---------------------------------------------------------------------------- */

static enum err_code
components_move(struct session *session, const struct execution *e, int position,
	enum execution_state to, const struct event *event, enum execution_state *combined,
	struct err *err)
{
	enum execution_state states[LIMIT_PLAN_COMPONENTS];
	struct execution_component *list;
	size_t count;

	if (execution_component_all(session->db, &session->arena, e->id, &list, &count, err))
		return err->code;
	for (size_t i = 0; i < count; i++) {
		bool meant = position < 0 || list[i].position == position;
		/* A component that came to its own end keeps it when the rest moves on. */
		bool moves = meant && (execution_open(list[i].state) || to == EXEC_SUCCEEDED ||
					      to == EXEC_REGRESSED);

		if (moves) {
			if (list[i].state != to)
				list[i].progress = 0;
			list[i].state = to;
		}
		if (meant && event) {
			list[i].progress = event->progress > list[i].progress ? event->progress
									      : list[i].progress;
			list[i].code = event->code;
			str_copy(list[i].message, sizeof list[i].message, event->message);
		}
		if ((moves || (meant && event)) &&
			execution_component_update(session->db, &list[i], err))
			return err->code;
		states[i] = list[i].state;
	}
	*combined = execution_combined(states, count);
	return ERR_OK;
}

enum err_code
rollout_move(struct session *session, const struct plan *plan, struct execution *e, int position,
	enum execution_state to, const char *reason, const struct event *event, struct err *err)
{
	enum execution_state from = e->state, combined = from;

	if (components_move(session, e, position, to, event, &combined, err))
		return err->code;
	e->state = combined;
	e->version++;
	e->changed_at = session->now;
	if (!execution_open(combined) || *reason)
		str_copy(e->reason, sizeof e->reason, reason);
	if (execution_open(combined) && deadline_set(session, plan, e, err))
		return err->code;
	if (state_write(session, plan, e, from, err))
		return err->code;
	return log_event(session, e, event, err);
}

/* --- proof by version ---------------------------------------------------------------------------- */

static bool
proved(const struct execution_component *c, const struct pairs *reported)
{
	const char *version = pairs_get(reported, c->identity);

	return version && !strcmp(version, c->target);
}

/* True when the device has gone back to the version it came from. */
static bool
fell_back_to_source(const struct execution_component *c, const struct pairs *reported)
{
	const char *version = pairs_get(reported, c->identity);

	return version && *c->source && !strcmp(version, c->source);
}

struct proof_state {
	struct execution_component *components;
	size_t count, proved, newly, gone;
};

static enum err_code
proof_read(struct session *session, const struct execution *e, const struct pairs *reported,
	struct proof_state *ret, struct err *err)
{
	*ret = (struct proof_state){ 0 };
	if (execution_component_all(
		    session->db, &session->arena, e->id, &ret->components, &ret->count, err))
		return err->code;
	for (size_t i = 0; i < ret->count; i++) {
		const struct execution_component *c = &ret->components[i];

		ret->proved += proved(c, reported);
		ret->newly += proved(c, reported) && c->state != EXEC_SUCCEEDED;
		ret->gone += fell_back_to_source(c, reported);
	}
	return ERR_OK;
}

enum err_code
rollout_unproven(struct session *session, const struct plan *plan, const struct execution *e,
	const struct pairs *reported, bool *ret, struct err *err)
{
	const struct strategy *s = &plan->strategy;
	struct proof_state proof;
	bool watched = e->state == EXEC_SUCCEEDED && session->now - e->closed_at < s->watch;

	*ret = false;
	if (!execution_repairable(e->state) && e->state != EXEC_SUCCEEDED)
		return ERR_OK;
	if (e->state == EXEC_SUCCEEDED && e->survived && !watched)
		return ERR_OK;
	if (proof_read(session, e, reported, &proof, err))
		return err->code;
	if (execution_repairable(e->state))
		*ret = proof.newly;
	else
		*ret = (watched && proof.gone) || (e->regress_at && !proof.gone) ||
		       (!e->survived && proof.proved == proof.count &&
			       session->now >= e->closed_at + s->soak / 4);
	return ERR_OK;
}

static enum err_code
prove_success(struct session *session, const struct plan *plan, struct execution *e,
	const struct proof_state *proof, const struct pairs *reported, struct err *err)
{
	bool late = !execution_open(e->state);

	for (size_t i = 0; i < proof->count; i++) {
		const struct execution_component *c = &proof->components[i];

		if (!proved(c, reported) || c->state == EXEC_SUCCEEDED)
			continue;
		if (rollout_move(session, plan, e, c->position, EXEC_SUCCEEDED, "", NULL, err))
			return err->code;
	}
	if (!late || e->state != EXEC_SUCCEEDED)
		return ERR_OK;
	e->late = true;
	return tally_add(session->db, plan->id, e->stage, TALLY_LATE, 1, err)
		       ? err->code
		       : execution_update(session->db, e, err);
}

static enum err_code
watch(struct session *session, const struct plan *plan, struct execution *e,
	const struct proof_state *proof, struct err *err)
{
	bool watched = session->now - e->closed_at < plan->strategy.watch;

	if (watched && proof->gone) {
		if (!e->regress_at) {
			e->regress_at = session->now;
			return execution_update(session->db, e, err);
		}
		if (session->now - e->regress_at < REGRESS_APART_S)
			return ERR_OK;
		return rollout_move(session, plan, e, -1, EXEC_REGRESSED,
			"reports the version it came from", NULL, err);
	}
	e->regress_at = 0;
	if (!e->survived && proof->proved == proof->count &&
		session->now >= e->closed_at + plan->strategy.soak / 4) {
		e->survived = true;
		if (tally_add(session->db, plan->id, e->stage, TALLY_SURVIVED, 1, err) ||
			plan_pulse_add(session->db, plan->id, &(struct pulse_delta){ 0 }, err))
			return err->code;
	}
	return execution_update(session->db, e, err);
}

enum err_code
rollout_prove(struct session *session, const struct plan *plan, struct execution *e,
	const struct pairs *reported, struct err *err)
{
	struct proof_state proof;

	if (proof_read(session, e, reported, &proof, err))
		return err->code;
	if (execution_repairable(e->state) && proof.newly)
		return prove_success(session, plan, e, &proof, reported, err);
	return e->state == EXEC_SUCCEEDED ? watch(session, plan, e, &proof, err) : ERR_OK;
}

enum err_code
rollout_close_overdue(struct session *session, const struct plan *plan, int64_t limit,
	int64_t *closed, struct err *err)
{
	struct execution *list;
	size_t count;

	if (execution_overdue_of(session->db, &session->arena, plan->id, session->now, limit, &list,
		    &count, err))
		return err->code;
	for (size_t i = 0; i < count; i++)
		if (rollout_move(session, plan, &list[i], -1, execution_overdue(&list[i]),
			    "no word in time", NULL, err))
			return err->code;
	*closed = (int64_t)count;
	return ERR_OK;
}

enum err_code
rollout_cancel(
	struct session *session, const struct plan *plan, struct execution *e, struct err *err)
{
	int64_t until = session->now + strategy_verify(&plan->strategy);

	if (e->state == EXEC_OFFERED)
		return rollout_move(session, plan, e, -1, EXEC_CANCELED, "operator", NULL, err);
	e->cancel_requested = true;
	e->version++;
	if (until < e->deadline_at)
		e->deadline_at = until;
	return execution_update(session->db, e, err);
}

enum err_code
rollout_withdraw(
	struct session *session, const struct plan *plan, const char *reason, struct err *err)
{
	struct execution *list;
	size_t count;

	if (execution_in_state(session->db, &session->arena, plan->id, EXEC_OFFERED, INT64_MAX,
		    &list, &count, err))
		return err->code;
	for (size_t i = 0; i < count; i++)
		if (rollout_move(session, plan, &list[i], -1, EXEC_EXPIRED, reason, NULL, err))
			return err->code;
	return ERR_OK;
}
