/* Suspend, resume, terminate: everything after activation that a person decides. */
#include "core/str.h"
#include "plans/load.h"
#include "plans/plan.h"
#include "plans/rollout.h"

static enum err_code
wrong_state(const struct plan *plan, const char *verb, const char *fix, struct err *err)
{
	err_set(err, ERR_CONFLICT, "cannot %s plan '%s'", verb, plan->name);
	err_why(err, "it is %s", plan_state_words[plan->state]);
	return fix ? err_fix(err, "%s %s", fix, plan->name) : err->code;
}

enum err_code
plan_stop(struct session *session, struct plan *plan, enum plan_state state, enum plan_cause cause,
	struct err *err)
{
	plan->state = state;
	plan->cause = cause;
	if (state == PLAN_ENDED)
		plan->ended_at = session->now;
	else
		plan->suspended_at = session->now;
	if (rollout_withdraw(session, plan, cause_words[cause], err))
		return err->code;
	return plan_update(session->db, plan, err);
}

static enum err_code
suspend(struct session *session, const char *name, struct err *err)
{
	struct plan plan;

	if (plan_load_by_name(session, name, &plan, err))
		return err->code;
	if (plan.state != PLAN_ACTIVE)
		return wrong_state(&plan, "suspend", NULL, err);
	str_copy(plan.reason, sizeof plan.reason, session->reason ? session->reason : "");
	return plan_stop(session, &plan, PLAN_SUSPENDED, CAUSE_OPERATOR, err);
}

static enum err_code
terminate(struct session *session, const char *name, struct err *err)
{
	struct plan plan;

	if (plan_load_by_name(session, name, &plan, err))
		return err->code;
	if (plan.state == PLAN_DRAFT)
		return wrong_state(&plan, "terminate", "otactl plan delete", err);
	if (plan.state == PLAN_ENDED)
		return wrong_state(&plan, "terminate", NULL, err);
	str_copy(plan.reason, sizeof plan.reason, session->reason ? session->reason : "");
	return plan_stop(session, &plan, PLAN_ENDED, CAUSE_TERMINATED, err);
}

/*
 * A baseline: what failed before the resume does not count any more, for the breaker as for the
 * health of the stage.
 */
static enum err_code
resume(struct session *session, const char *name, struct err *err)
{
	struct plan plan;

	if (plan_load_by_name(session, name, &plan, err))
		return err->code;
	if (plan.state != PLAN_SUSPENDED)
		return wrong_state(&plan, "resume", NULL, err);
	for (size_t i = 0; i < plan.component_count; i++) {
		bool usable = false;

		for (size_t p = 0; p < plan.components[i].package_count; p++)
			usable |= plan.components[i].packages[p].state == PACKAGE_PUBLISHED ||
				  plan.components[i].packages[p].state == PACKAGE_RETIRED;
		if (!usable) {
			err_set(err, ERR_CONFLICT, "cannot resume plan '%s'", plan.name);
			return err_why(err, "every package of %s %s is revoked or quarantined",
				plan.components[i].identity, plan.components[i].target);
		}
	}
	plan.state = PLAN_ACTIVE;
	plan.cause = CAUSE_NONE;
	/* Whatever was accepted up to this second stays on the other side of the baseline. */
	plan.resumed_at = session->now + 1;
	str_copy(plan.reason, sizeof plan.reason, session->reason);
	if (plan_pulse_resume(session->db, plan.id, err) || cohort_clear(session->db, plan.id, err))
		return err->code;
	return plan_update(session->db, &plan, err);
}

static enum err_code
change(struct session *session, const char *name,
	enum err_code (*verb)(struct session *, const char *, struct err *), struct err *err)
{
	if (session->reason && word_check(WORD_REMARK, "reason", session->reason, ERR_USAGE, err))
		return err->code;
	if (change_begin(session, err))
		return err->code;
	return change_finish(session, verb(session, name, err), name, "", err);
}

enum err_code
plan_suspend(struct session *session, const char *name, struct err *err)
{
	return change(session, name, suspend, err);
}

enum err_code
plan_terminate(struct session *session, const char *name, struct err *err)
{
	return change(session, name, terminate, err);
}

enum err_code
plan_resume(struct session *session, const char *name, struct err *err)
{
	if (change_needs_reason(session, err))
		return err->code;
	return change(session, name, resume, err);
}
