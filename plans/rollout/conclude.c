#include "plans/rollout/conclude.h"

#include "core/breaker.h"
#include "core/execution.h"
#include "core/str.h"
#include "db/plan.h"

static enum err_code
judge(struct session *session, const struct plan *plan, const struct breaker_list *rules,
	const struct breaker_cohort *cohort, struct err *err)
{
	struct breaker_case what = breaker_case_of(plan, cohort);
	struct breaker_tally tally;
	struct breaker_verdict verdict;
	char reason[LIMIT_REMARK + 1];

	if (db_cohort_get(session->db, plan->id, cohort, &tally, err))
		return err->code;
	if (!breaker_trips(rules, &tally, &what, &verdict))
		return ERR_OK;
	return db_plan_pulse_trip(session->db, plan->id, session->now,
		breaker_reason(&verdict, &what, cohort, reason), verdict.abort, cohort, err);
}

/* What the breaker has of the device: of its attempts in this plan since the last resume. */
static enum err_code
counted_before(
	struct session *session, const struct plan *plan, int64_t device, int *ret, struct err *err)
{
	struct execution *all;
	size_t count;

	if (db_execution_of_device(session->db, &session->arena, device, &all, &count, err))
		return err->code;
	*ret = 0;
	for (size_t i = 0; i < count; i++)
		if (all[i].plan == plan->id && execution_began_at(&all[i]) >= plan->resumed_at)
			*ret |= all[i].counted;
	return ERR_OK;
}

enum err_code
conclude(struct session *session, const struct plan *plan, struct execution *e,
	enum execution_state from, struct err *err)
{
	struct breaker_end end = { .execution = e, .from = from };
	struct execution_component *components;
	struct breaker_list rules;
	struct breaker_count count;

	if (counted_before(session, plan, e->device, &end.before, err) ||
		db_execution_component_all(session->db, &session->arena, e->id, &components,
			&end.component_count, err))
		return err->code;
	end.components = components;
	/* A breaker that cannot be read would never trip: nothing goes on with it. */
	if (!breaker_list_parse(plan->strategy.breaker, &rules)) {
		err_set(err, ERR_IO, "cannot read the breaker of plan '%s'", plan->name);
		return err_why(err, "'%s' is none", QUOTE(plan->strategy.breaker));
	}
	breaker_end(&end, plan, &count);
	e->counted = count.counted;
	for (size_t i = 0; i < count.cohort_count; i++)
		if (db_cohort_add(session->db, plan->id, &count.cohorts[i], &count.delta, err) ||
			(count.news && judge(session, plan, &rules, &count.cohorts[i], err)))
			return err->code;
	return ERR_OK;
}

enum err_code
conclude_again(struct session *session, const struct plan *plan, const struct execution *e,
	struct err *err)
{
	struct breaker_end end = { .execution = e };
	struct execution_component *components;
	struct breaker_count count;

	if (!execution_finished(e->state) || execution_began_at(e) < plan->resumed_at)
		return ERR_OK;
	if (db_execution_component_all(
		    session->db, &session->arena, e->id, &components, &end.component_count, err))
		return err->code;
	end.components = components;
	breaker_again(&end, plan, &count);
	for (size_t i = 0; i < count.cohort_count; i++)
		if (db_cohort_add(session->db, plan->id, &count.cohorts[i], &count.delta, err))
			return err->code;
	return ERR_OK;
}
