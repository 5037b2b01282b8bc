/*
 * The counters of the field are taken as they are, but for those of who is under way: these are
 * counted anew by the devices that are read, so that nobody is waited for who does not exist.
 */
#include "plans/simulate/begun.h"

#include "core/execution.h"
#include "core/terms.h"
#include "plans/simulate/attempt.h"
#include "plans/simulate/queue.h"

static void
nobody_under_way(struct tally *tally, size_t stage)
{
	for (enum execution_state state = 0; state < EXEC_STATE_MAX; state++)
		if (execution_under_way(state))
			tally->n[stage][state] = tally->cured[stage][state] =
				tally->base[stage][state] = 0;
}

enum err_code
begun_load(struct world *w, struct err *err)
{
	struct session *session = w->session;
	struct plan_pulse pulse;

	if (db_tally_get(session->db, w->plan.id, &w->tally, err) ||
		db_plan_pulse_get(session->db, w->plan.id, &pulse, err) ||
		db_cohort_all(
			session->db, &session->arena, w->plan.id, &w->rows, &w->row_count, err))
		return err->code;
	w->pulse = pulse.pulse;
	w->pulse.in_progress = w->pulse.alone_since = 0;
	w->tripped_abort = pulse.tripped_abort;
	w->first_accepts = w->offered = pulse.first_accepts;
	for (size_t s = 0; s < w->plan.stage_count; s++) {
		const int64_t *n = w->tally.n[s];

		nobody_under_way(&w->tally, s);
		w->failed_devices += n[EXEC_FAILED] + n[EXEC_TIMED_OUT];
	}
	return ERR_OK;
}

const struct execution *
begun_newest(const struct world *w, const struct subject *subject)
{
	return subject_newest(subject, w->plan.id);
}

/* Oldest first: who came first holds the others until it has succeeded. */
static void
first_add(struct world *w, int64_t at)
{
	size_t i = COUNT(w->first_at);

	while (i && (!w->first_at[i - 1] || w->first_at[i - 1] > at)) {
		if (i < COUNT(w->first_at))
			w->first_at[i] = w->first_at[i - 1];
		i--;
	}
	if (i < COUNT(w->first_at))
		w->first_at[i] = at;
	w->pulse.alone_since = w->first_at[0];
}

/* When a device under way is heard of again; one that is gone runs out of time. */
static int64_t
ends_at(const struct world *w, const struct runner *r, const struct execution *e)
{
	int64_t poll = w->plan.strategy.poll_interval;
	int64_t expected = e->accepted_at + w->duration + poll, wakes;

	if (r->gone)
		return e->deadline_at;
	wakes = w->start + (r->period ? queue_wakes_at(r, 1) * MINUTE_S : poll);
	return expected > wakes ? expected : wakes;
}

static void
under_way(struct world *w, size_t index, const struct execution *e)
{
	struct runner *r = &w->runners[index];
	const struct stage *newest = w->plan.stage_count ? &w->plan.stages[w->plan.stage] : NULL;
	int64_t at = (ends_at(w, r, e) - w->start) / MINUTE_S;

	r->state = EXEC_ACCEPTED;
	r->counted = (int8_t)e->stage;
	attempt_counts(w, r, 1);
	w->pulse.in_progress++;
	w->out->under_way++;
	if (!w->pulse.ever_succeeded)
		first_add(w, e->accepted_at);
	r->before = newest && newest->done_at && e->accepted_at <= newest->done_at &&
		    e->stage >= stage_joined_first(w->plan.stages, w->plan.stage);
	w->before += r->before;
	queue_end(w, index, at > 1 ? at : 1);
}

void
begun_take(struct world *w, size_t index, const struct subject *subject, const struct facts *facts)
{
	struct runner *r = &w->runners[index];
	const struct plan *plan = &w->plan;
	const struct execution *newest = begun_newest(w, subject);
	int64_t back;

	r->counted = (int8_t)(facts->place.home >= 0 ? facts->place.home : NONE);
	r->in_probe = facts->in_probe;
	r->failures =
		(uint8_t)(facts->attempts_failed < UINT8_MAX ? facts->attempts_failed : UINT8_MAX);
	if (facts->accepted_block >= 0)
		r->block = (uint16_t)facts->accepted_block;
	for (size_t i = 0; i < subject->execution_count; i++) {
		const struct execution *e = &subject->executions[i];

		if (e->plan != plan->id || e->accepted_at < plan->resumed_at)
			continue;
		r->has_concluded |= (e->counted & COUNTED_CONCLUDED) != 0;
		r->has_failed |= (e->counted & COUNTED_FAILED) != 0;
	}
	if (!newest)
		return;
	r->old = newest->accepted_at < plan->resumed_at ||
		 (plan->stage_count && newest->accepted_at < plan->stages[0].opened_at);
	if (execution_under_way(newest->state)) {
		under_way(w, index, newest);
		return;
	}
	if (execution_is_bad(newest->state) && r->counted != NONE)
		r->state = (uint8_t)newest->state;
	back = facts->last_closed_at + terms_backoff(plan->strategy.retry_interval,
					       facts->last_was_passing ? 1 : r->failures);
	if (facts->last_needs_wait && !r->gone && back > w->start)
		queue_back(w, index, (back - w->start) / MINUTE_S + 1);
}

void
begun_has(struct world *w, const struct runner *as, const struct execution *newest)
{
	w->out->had++;
	if (!newest->survived && newest->stage >= 0 && (size_t)newest->stage < w->plan.stage_count)
		attempt_survives(w, as, newest->stage, newest->closed_at);
}
