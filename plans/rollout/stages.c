#include "plans/rollout/stages.h"

#include "core/execution.h"
#include "db/plan.h"
#include "plans/rollout/windows.h"

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

	for (enum execution_state state = 0; state < EXEC_STATE_MAX; state++) {
		if (execution_under_way(state))
			ret->open += n[state];
		if (execution_finished(state))
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
stages_judge(
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
	for (;; index++) {
		if (db_stage_set_open(session->db, plan->id, index, session->now, err))
			return err->code;
		plan->stage = index;
		if ((size_t)index + 1 >= plan->stage_count ||
			!stage_joins_next(&plan->stages[index]))
			return ERR_OK;
	}
}
