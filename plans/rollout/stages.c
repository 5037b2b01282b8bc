#include "plans/rollout/stages.h"

#include "core/breaker.h"
#include "core/execution.h"
#include "core/moment.h"
#include "db/plan.h"
#include "plans/rollout/windows.h"

/* Whoever was forgiven at a resume had succeeded before it. */
static const int64_t none[TALLY_MAX];

/* A late repair takes from what was there before: never below nothing. */
static int64_t
since(const int64_t *n, const int64_t *before, const int64_t *forgiven, int what)
{
	int64_t out = before[what] + forgiven[what];

	return n[what] > out ? n[what] - out : 0;
}

static void
stage_add(const struct tally *tally, int64_t stage, struct stage_tally *ret)
{
	const int64_t *n = tally->n[stage], *base = tally->base[stage];
	const int64_t *cured = tally->cured[stage], *forgiven = tally->forgiven[stage];

	for (enum execution_state state = 0; state < EXEC_STATE_MAX; state++) {
		if (execution_under_way(state))
			ret->open += n[state];
		if (execution_finished(state))
			ret->finished += since(n, base, forgiven, state);
	}
	ret->succeeded += since(n, base, forgiven, EXEC_SUCCEEDED);
	ret->survived += since(n, base, forgiven, TALLY_SURVIVED);
	ret->accepted = ret->open + ret->finished;
	ret->well += since(n, cured, none, EXEC_SUCCEEDED);
	ret->bad += since(n, cured, none, EXEC_FAILED) + since(n, cured, none, EXEC_TIMED_OUT) +
		    since(n, cured, none, EXEC_REGRESSED);
}

/* Of the stages opened together up to `last`; returns the devices that they add. */
static int64_t
joined_add(
	const struct plan *plan, const struct tally *tally, int64_t last, struct stage_tally *ret)
{
	int64_t size = 0;

	for (int64_t i = stage_joined_first(plan->stages, last); i <= last; i++) {
		size += plan->stages[i].size - tally->forgiven[i][EXEC_SUCCEEDED];
		stage_add(tally, i, ret);
	}
	return size;
}

/* Each stage opened before is judged by its own devices for as long as the plan runs. */
static bool
earlier_sick(const struct plan *plan, const struct tally *tally)
{
	for (int64_t i = stage_joined_first(plan->stages, plan->stage) - 1; i >= 0;
		i = stage_joined_first(plan->stages, i) - 1) {
		struct stage_tally sum = { 0 };
		int64_t size = joined_add(plan, tally, i, &sum);

		if (!stage_healthy(size, sum.well, sum.bad, plan->strategy.advance_success))
			return true;
	}
	return false;
}

/* Nobody knows whether a stage has stalled before those that it waits for were counted. */
static int64_t
waits_until(const struct stages_facts *facts)
{
	return facts->left.sums.counted_at ? facts->left.sums.until : MOMENT_NEVER;
}

struct stage_verdict
stages_judge(struct session *session, const struct plan *plan, const struct tally *tally,
	const struct stages_facts *facts, int64_t *size)
{
	const struct strategy *s = &plan->strategy;
	struct stage_rules rules = { .soak = s->soak,
		.advance_finished = s->advance_finished,
		.advance_success = s->advance_success,
		.survived = s->survived,
		.stage_wait = s->stage_wait,
		.until = waits_until(facts),
		.approve = s->approve,
		.last = (size_t)plan->stage + 1 >= plan->stage_count,
		.window_shut = !window_open_now(session, s->advance_window, plan->timezone) };
	struct stage joined = plan->stages[plan->stage];
	struct stage_tally sum = { 0 };

	joined.size = *size = joined_add(plan, tally, plan->stage, &sum);
	sum.before = joined.done_at ? facts->before : sum.open;
	sum.sick = facts->sick || earlier_sick(plan, tally);
	return stage_decide(&joined, &sum, &rules, session->now);
}

struct probe_verdict
stages_probe(const struct plan *plan, const struct tally *tally, const struct pulse *pulse,
	int64_t now, struct probe_tally *ret)
{
	*ret = (struct probe_tally){ .taken = pulse->probe_taken, .last = pulse->probe_last };
	for (int64_t i = 0; i <= plan->stage; i++) {
		const int64_t *n = tally->n[i], *cured = tally->cured[i];
		int64_t known = 0;

		for (enum execution_state state = 0; state < EXEC_STATE_MAX; state++) {
			known += n[state];
			ret->open += execution_under_way(state) ? since(n, cured, none, state) : 0;
			ret->finished +=
				execution_finished(state) ? since(n, cured, none, state) : 0;
		}
		ret->bad += since(n, cured, none, EXEC_FAILED) +
			    since(n, cured, none, EXEC_TIMED_OUT) +
			    since(n, cured, none, EXEC_REGRESSED);
		ret->pending += plan->stages[i].size > known ? plan->stages[i].size - known : 0;
	}
	return probe_decide(plan, ret, now);
}

static enum err_code
sick_get(struct session *session, const struct plan *plan, bool *ret, struct err *err)
{
	struct breaker_row *rows;
	size_t count;

	if (db_cohort_bad(session->db, &session->arena, plan->id, &rows, &count, err))
		return err->code;
	for (size_t i = 0; i < count; i++)
		*ret |= breaker_sick(&rows[i]);
	return ERR_OK;
}

enum err_code
stages_facts_get(
	struct session *session, const struct plan *plan, struct stages_facts *ret, struct err *err)
{
	const struct stage *stage;

	*ret = (struct stages_facts){ 0 };
	if (!plan->stage_count)
		return ERR_OK;
	stage = &plan->stages[plan->stage];
	if (stage->done_at && db_execution_before(session->db, plan->id,
				      stage_joined_first(plan->stages, plan->stage), plan->stage,
				      stage->done_at, &ret->before, err))
		return err->code;
	if (left_read(session, plan, &ret->left, err))
		return err->code;
	return sick_get(session, plan, &ret->sick, err);
}

int64_t
stages_done(const struct plan *plan, const struct tally *tally)
{
	int64_t ret = 0;

	for (size_t i = 0; i < plan->stage_count; i++)
		ret += tally->n[i][EXEC_SUCCEEDED] + tally->n[i][EXEC_REJECTED] +
		       tally->n[i][EXEC_REGRESSED] + tally->n[i][TALLY_ALREADY];
	return ret;
}

enum err_code
stages_open(struct session *session, struct plan *plan, int64_t index, struct err *err)
{
	int64_t first = index;

	while (first > 0 && plan->stages[first - 1].opened_at == session->now)
		first--;
	for (;; index++) {
		if (db_stage_set_open(session->db, plan->id, index, session->now, err))
			return err->code;
		plan->stage = index;
		if ((size_t)index + 1 >= plan->stage_count ||
			!stage_joins_next(&plan->stages[index]))
			break;
	}
	/* Who came to an end before an expansion may be of stages that open together only now. */
	return first < index ? db_cohort_join(session->db, plan->id, first, index, err) : ERR_OK;
}

enum err_code
stages_probe_over(struct session *session, struct plan *plan, struct err *err)
{
	plan->probe_at = plan->probe_done_at = 0;
	return db_plan_probe_clear(session->db, plan->id, err);
}
