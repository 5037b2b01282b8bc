#include "plans/rollout/stop.h"

#include "core/str.h"
#include "db/package.h"
#include "plans/base/change.h"
#include "plans/rollout/load.h"
#include "plans/rollout/move.h"
#include "plans/rollout/note.h"

#include <inttypes.h>

/* An end says how it went, never its bare word: how many succeeded of how many. */
static enum err_code
say_how_it_went(struct session *session, struct plan *plan, struct err *err)
{
	/* What a plan was resumed for says nothing of an end that came by itself. */
	bool by_itself = plan->cause == CAUSE_COMPLETED || plan->cause == CAUSE_EXPIRED;
	const char *why = by_itself ? session->reason : plan->reason;
	int64_t succeeded = 0;
	struct tally tally;
	char how[64];

	if (db_tally_get(session->db, plan->id, &tally, err))
		return err->code;
	for (int stage = 0; stage < LIMIT_STAGES; stage++)
		succeeded += tally.n[stage][EXEC_SUCCEEDED];
	snprintf(how, sizeof how, "%" PRId64 " of %" PRId64 " succeeded", succeeded, plan->targets);
	str_cut(plan->reason, sizeof plan->reason,
		why && *why ? arena_printf(&session->arena, "%s; %s", how, why) : how);
	return ERR_OK;
}

/*
 * All that stopping is, but for the row: devices are told nothing new, and a trial that ends has
 * its result.
 */
static enum err_code
stop(struct session *session, struct plan *plan, enum plan_state state, enum plan_cause cause,
	struct err *err)
{
	plan->state = state;
	plan->cause = cause;
	if (state == PLAN_ENDED)
		plan->ended_at = session->now;
	else
		plan->suspended_at = session->now;
	if (move_withdraw(session, plan, cause_words[cause], err) ||
		(state == PLAN_ENDED && say_how_it_went(session, plan, err)))
		return err->code;
	if (!plan->trial || state != PLAN_ENDED)
		return ERR_OK;
	return db_package_set_trial(session->db, plan->trial,
		cause == CAUSE_COMPLETED ? TRIAL_PASSED : TRIAL_FAILED, err);
}

enum err_code
plan_stop(struct session *session, struct plan *plan, enum plan_state state, enum plan_cause cause,
	struct err *err)
{
	const struct plan before = *plan;

	return stop(session, plan, state, cause, err) ? err->code
						      : plan_store(session, &before, plan, err);
}

static enum err_code
uses(struct session *session, const struct plan *plan, int64_t version, bool *ret, struct err *err)
{
	struct plan_component *components;
	size_t count;

	*ret = false;
	if (db_plan_components_get(
		    session->db, &session->arena, plan->id, &components, &count, err))
		return err->code;
	for (size_t i = 0; i < count; i++)
		*ret |= components[i].version == version;
	return ERR_OK;
}

/* Of a change that is about something else, whose note names the plan. */
static enum err_code
suspend(struct session *session, struct plan *plan, enum plan_cause cause, const char *reason,
	struct err *err)
{
	change_note(session, arena_printf(&session->arena, "plan %s", plan->name),
		plan_state_words[PLAN_ACTIVE], plan_state_words[PLAN_SUSPENDED]);
	str_copy(plan->reason, sizeof plan->reason, reason);
	if (plan_load_stages(session, &session->arena, plan, err) ||
		stop(session, plan, PLAN_SUSPENDED, cause, err))
		return err->code;
	return db_plan_update(session->db, plan, err);
}

enum err_code
plan_stop_all(struct session *session, enum plan_cause cause, const char *reason, int64_t *count,
	struct err *err)
{
	struct row_unread unread = { .count = 0 };
	struct plan *plans;
	size_t n;

	*count = 0;
	if (db_plan_all(session->db, &session->arena, &plans, &n, &unread, err))
		return err->code;
	for (size_t i = 0; i < n; i++) {
		if (plans[i].state != PLAN_ACTIVE)
			continue;
		if (suspend(session, &plans[i], cause, reason, err))
			return err->code;
		++*count;
	}
	return ERR_OK;
}

enum err_code
plan_stop_users(struct session *session, int64_t product, int64_t version, enum plan_cause cause,
	const char *reason, struct err *err)
{
	/* Nobody is offered a plan that cannot be read: it must not hold up an emergency stop. */
	struct row_unread unread = { .count = 0 };
	struct plan *plans;
	size_t count;

	if (db_plan_running(session->db, &session->arena, product, &plans, &count, &unread, err))
		return err->code;
	for (size_t i = 0; i < count; i++) {
		bool used;

		if (uses(session, &plans[i], version, &used, err))
			return err->code;
		if (!used || plans[i].state != PLAN_ACTIVE)
			continue;
		if (suspend(session, &plans[i], cause, reason, err))
			return err->code;
	}
	return ERR_OK;
}
