#include "plans/rollout/conclude.h"

#include "core/breaker.h"
#include "core/str.h"
#include "db/plan.h"

#include <inttypes.h>

static enum err_code
judge(struct session *session, const struct plan *plan, const char *key,
	const struct breaker_case *what, struct err *err)
{
	struct breaker_list rules;
	struct breaker_tally tally;
	struct breaker_verdict verdict;
	char text[160], name[LIMIT_REMARK + 1];

	breaker_list_parse(plan->strategy.breaker, &rules);
	if (cohort_get(session->db, plan->id, key, &tally, err))
		return err->code;
	verdict = breaker_judge(&rules, &tally, what);
	if (!verdict.tripped)
		return ERR_OK;
	/* A cohort is named with what devices say: the numbers must not fall off behind it. */
	breaker_text(&verdict, what, text);
	str_cut(name, sizeof name - strlen(": ") - strlen(text), key);
	return plan_pulse_trip(session->db, plan->id, session->now,
		arena_printf(&session->arena, "%s: %s", name, text), verdict.abort, err);
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

enum err_code
conclude(struct session *session, const struct plan *plan, struct execution *e, struct err *err)
{
	struct arena *arena = &session->arena;
	struct execution_component *components;
	struct breaker_case cohort = { .scope = BREAKER_COHORT },
			    block = { .scope = BREAKER_BLOCK };
	struct breaker_case stage = stage_case(plan, e->stage);
	struct execution *all;
	size_t count, component_count;
	int before = 0;
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
	e->counted |= COUNTED_CONCLUDED | (bad ? COUNTED_FAILED : 0);
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
