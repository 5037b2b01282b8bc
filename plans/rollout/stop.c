#include "plans/rollout/stop.h"

#include "db/package.h"
#include "db/plan.h"
#include "plans/rollout/move.h"
#include "plans/rollout/note.h"

enum err_code
plan_stop(struct session *session, struct plan *plan, enum plan_state state, enum plan_cause cause,
	struct err *err)
{
	const struct plan before = *plan;

	plan->state = state;
	plan->cause = cause;
	if (state == PLAN_ENDED)
		plan->ended_at = session->now;
	else
		plan->suspended_at = session->now;
	if (move_withdraw(session, plan, cause_words[cause], err) ||
		(plan->trial && state == PLAN_ENDED &&
			package_set_trial(session->db, plan->trial,
				cause == CAUSE_COMPLETED ? TRIAL_PASSED : TRIAL_FAILED, err)))
		return err->code;
	return plan_store(session, &before, plan, err);
}
