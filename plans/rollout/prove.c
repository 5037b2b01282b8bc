#include "plans/rollout/prove.h"

#include "core/execution.h"
#include "core/pairs.h"
#include "db/plan.h"
#include "plans/rollout/move.h"

enum { REGRESS_APART_S = 60 };

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
	if (db_execution_component_all(
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
prove_pending(struct session *session, const struct plan *plan, const struct execution *e,
	const struct pairs *reported, bool *ret, struct err *err)
{
	const struct strategy *s = &plan->strategy;
	struct proof_state proof;
	bool watched = e->state == EXEC_SUCCEEDED && session->now - e->closed_at < s->watch;

	*ret = false;
	/* Who never accepted got it by another way: that is no success of the plan. */
	if (!e->accepted_at)
		return ERR_OK;
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
		if (move_to(session, plan, e, c->position, EXEC_SUCCEEDED, "", NULL, err))
			return err->code;
	}
	if (!late || e->state != EXEC_SUCCEEDED)
		return ERR_OK;
	e->late = true;
	return db_tally_add(session->db, plan->id, e->stage, TALLY_LATE, 1, err)
		       ? err->code
		       : db_execution_update(session->db, e, err);
}

static enum err_code
watch(struct session *session, const struct plan *plan, struct execution *e,
	const struct proof_state *proof, struct err *err)
{
	bool watched = session->now - e->closed_at < plan->strategy.watch;

	if (watched && proof->gone) {
		if (!e->regress_at) {
			e->regress_at = session->now;
			return db_execution_update(session->db, e, err);
		}
		if (session->now - e->regress_at < REGRESS_APART_S)
			return ERR_OK;
		/* It did not survive, after all. */
		if (e->survived &&
			db_tally_add(session->db, plan->id, e->stage, TALLY_SURVIVED, -1, err))
			return err->code;
		e->survived = false;
		return move_to(session, plan, e, -1, EXEC_REGRESSED,
			"reports the version it came from", NULL, err);
	}
	e->regress_at = 0;
	if (!e->survived && proof->proved == proof->count &&
		session->now >= e->closed_at + plan->strategy.soak / 4) {
		e->survived = true;
		if (db_tally_add(session->db, plan->id, e->stage, TALLY_SURVIVED, 1, err) ||
			db_plan_pulse_add(session->db, plan->id, &(struct pulse_delta){ 0 }, err))
			return err->code;
	}
	return db_execution_update(session->db, e, err);
}

enum err_code
prove_versions(struct session *session, const struct plan *plan, struct execution *e,
	const struct pairs *reported, struct err *err)
{
	struct proof_state proof;

	if (proof_read(session, e, reported, &proof, err))
		return err->code;
	if (execution_repairable(e->state) && proof.newly)
		return prove_success(session, plan, e, &proof, reported, err);
	return e->state == EXEC_SUCCEEDED ? watch(session, plan, e, &proof, err) : ERR_OK;
}
