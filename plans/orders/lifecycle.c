/* Suspend, resume, terminate: everything after activation that a person decides. */
#include "plans/orders/lifecycle.h"

#include "core/str.h"
#include "core/throttle.h"
#include "db/package.h"
#include "plans/base/change.h"
#include "plans/base/zone.h"
#include "plans/rollout/load.h"
#include "plans/rollout/move.h"
#include "plans/rollout/note.h"
#include "plans/rollout/stages.h"
#include "plans/rollout/status.h"
#include "plans/rollout/stop.h"

#include <inttypes.h>

static enum err_code
wrong_state(const struct plan *plan, const char *verb, const char *fix, struct err *err)
{
	err_set(err, ERR_CONFLICT, "cannot %s plan '%s'", verb, plan->name);
	err_why(err, "it is %s", plan_state_words[plan->state]);
	return fix ? err_fix(err, "%s %s", fix, plan->name) : err->code;
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

/* Ask who has accepted to stop; who does not answer in time is canceled. */
static enum err_code
cancel_all(struct session *session, const struct plan *plan, struct err *err)
{
	struct execution *list;
	size_t count;

	if (db_execution_open_of(session->db, &session->arena, plan->id, &list, &count, err))
		return err->code;
	for (size_t i = 0; i < count; i++)
		if (move_cancel(session, plan, &list[i], err))
			return err->code;
	return ERR_OK;
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

static enum err_code
terminate_and_cancel(struct session *session, const char *name, struct err *err)
{
	struct plan plan;

	if (terminate(session, name, err) || plan_load_by_name(session, name, &plan, err))
		return err->code;
	return cancel_all(session, &plan, err);
}

static enum err_code
active_get(struct session *session, const char *name, const char *verb, const char *draft_fix,
	struct plan *ret, struct err *err)
{
	if (plan_load_by_name(session, name, ret, err))
		return err->code;
	if (ret->state == PLAN_ACTIVE || ret->state == PLAN_SUSPENDED)
		return ERR_OK;
	return wrong_state(ret, verb, ret->state == PLAN_DRAFT ? draft_fix : NULL, err);
}

/* The stages go on without waiting for the probe, which somebody must answer for. */
static enum err_code
probe_end(struct session *session, struct plan *plan, struct err *err)
{
	const struct plan before = *plan;

	if (change_needs_reason(session, err))
		return err_why(err, "the probe after the resume goes on");
	change_note(session, "probe", "on", "off");
	if (stages_probe_over(session, plan, err))
		return err->code;
	return plan_store(session, &before, plan, err);
}

/* Open the next stage now.  Where more than the approval is missing, somebody must say why. */
static enum err_code
advance(struct session *session, const char *name, struct err *err)
{
	struct stage_verdict verdict;
	struct stages_facts facts;
	struct tally tally;
	struct plan plan, before;
	int64_t size;

	if (plan_load_by_name(session, name, &plan, err))
		return err->code;
	if (plan.state != PLAN_ACTIVE)
		return wrong_state(&plan, "advance", NULL, err);
	if (plan.probe_at)
		return probe_end(session, &plan, err);
	if ((size_t)plan.stage + 1 >= plan.stage_count) {
		err_set(err, ERR_CONFLICT, "cannot advance plan '%s'", plan.name);
		return err_why(err, "its last stage is open");
	}
	if (db_tally_get(session->db, plan.id, &tally, err) ||
		stages_facts_get(session, &plan, &facts, err))
		return err->code;
	verdict = stages_judge(session, &plan, &tally, &facts, &size);
	if (verdict.wait != STAGE_GO && verdict.wait != STAGE_APPROVAL &&
		change_needs_reason(session, err)) {
		return err_why(err, "stage %" PRId64 " is not ready: %s", plan.stage + 1,
			stage_wait_words[verdict.wait]);
	}
	if (!plan.stages[plan.stage].done_at &&
		db_stage_set_done(session->db, plan.id, plan.stage, session->now, err))
		return err->code;
	before = plan;
	if (stages_open(session, &plan, plan.stage + 1, err))
		return err->code;
	return plan_store(session, &before, &plan, err);
}

static enum err_code
complete(struct session *session, const char *name, struct err *err)
{
	struct plan plan;

	if (active_get(session, name, "complete", "otactl plan activate", &plan, err))
		return err->code;
	if ((size_t)plan.stage + 1 < plan.stage_count) {
		err_set(err, ERR_CONFLICT, "cannot complete plan '%s'", plan.name);
		err_why(err, "stage %" PRId64 " of %zu is open", plan.stage + 1, plan.stage_count);
		return err_fix(err, "otactl plan terminate %s ends it here", plan.name);
	}
	return plan_stop(session, &plan, PLAN_ENDED, CAUSE_COMPLETED, err);
}

static enum err_code
change(struct session *session, const char *name,
	enum err_code (*verb)(struct session *, const char *, struct err *), struct err *err)
{
	if (change_begin(session, err))
		return err->code;
	return change_finish(session, verb(session, name, err), name, NULL, err);
}

enum err_code
plan_suspend(struct session *session, const char *name, struct err *err)
{
	return change(session, name, suspend, err);
}

enum err_code
plan_terminate(struct session *session, const char *name, bool cancel, struct err *err)
{
	/* It stops devices in the middle of an upgrade. */
	if (cancel && change_needs_reason(session, err))
		return err->code;
	return change(session, name, cancel ? terminate_and_cancel : terminate, err);
}

enum err_code
plan_advance(struct session *session, const char *name, struct err *err)
{
	return change(session, name, advance, err);
}

enum err_code
plan_complete(struct session *session, const char *name, struct err *err)
{
	return change(session, name, complete, err);
}

/* A limit that was told, from its text; its bounds are those of a parameter. */
static enum err_code
limit_read(const char *text, const char *key, const char *named, int64_t *ret, struct err *err)
{
	const struct parameter *p = strategy_parameter(key);

	if (!text || str_int(text, p->low, p->high, ret))
		return ERR_OK;
	if (!strcmp(text, "off"))
		*ret = STRATEGY_OFF;
	else if (p->can_be_auto && !strcmp(text, "auto"))
		*ret = STRATEGY_AUTO;
	else {
		err_set(err, ERR_USAGE, "cannot throttle to %s '%s'", named, QUOTE(text));
		err_why(err, "it must be a number from %" PRId64 " to %" PRId64 ", %s", p->low,
			p->high, p->can_be_auto ? "off or auto" : "or off");
		return err_fix(err, "otactl plan suspend stops all offers");
	}
	return ERR_OK;
}

static enum err_code
limits_read(const struct throttle_texts *texts, struct throttle *ret, struct err *err)
{
	*ret = (struct throttle){ THROTTLE_KEEP, THROTTLE_KEEP, THROTTLE_KEEP };
	if (!texts->rate && !texts->in_progress && !texts->unproven) {
		err_set(err, ERR_USAGE, "nothing to throttle was given");
		return err_fix(err, "--rate N, --max-in-progress N, --max-unproven N");
	}
	if (limit_read(texts->rate, "rate_base", "a rate of", &ret->rate, err) ||
		limit_read(texts->in_progress, "max_in_progress", "a number in progress of",
			&ret->in_progress, err))
		return err->code;
	return limit_read(
		texts->unproven, "max_unproven", "a number unproven of", &ret->unproven, err);
}

/* What a person set of the plan follows, so that it is shown and goes along with a clone. */
static void
settings_follow(struct session *session, const struct strategy *before, struct plan *plan)
{
	static const char *const keys[] = { "rate", "rate_base", "rate_cap", "max_in_progress",
		"max_unproven" };
	struct arena *arena = &session->arena;
	struct pairs settings = pairs_parse(arena, plan->settings);

	for (size_t i = 0; i < COUNT(keys); i++) {
		const struct parameter *p = strategy_parameter(keys[i]);
		const char *value = strategy_get(arena, &plan->strategy, p);

		if (strcmp(value, strategy_get(arena, before, p)) != 0)
			pairs_set(arena, &settings, keys[i], value);
	}
	plan->settings = pairs_format(arena, &settings);
	plan->params = strategy_format(arena, &plan->strategy);
}

static void
limits_tell(struct arena *arena, const struct strategy *s, struct throttling *ret)
{
	int64_t highest = throttle_highest(s);

	ret->rate = highest == STRATEGY_OFF ? "off" : arena_printf(arena, "%" PRId64, highest);
	ret->in_progress = strategy_get(arena, s, strategy_parameter("max_in_progress"));
	ret->unproven = strategy_get(arena, s, strategy_parameter("max_unproven"));
}

static enum err_code
above(struct session *session, const struct plan *plan, const struct strategy *activated,
	const char *key, struct err *err)
{
	struct throttling was;
	bool rate = !strcmp(key, "rate"), unproven = !strcmp(key, "max_unproven");

	limits_tell(&session->arena, activated, &was);
	err_set(err, ERR_CONFLICT, "cannot throttle plan '%s' so", plan->name);
	err_why(err, "it was activated with %s %s, and is never allowed more",
		rate ? "a rate of" : key,
		rate	   ? was.rate
		: unproven ? was.unproven
			   : was.in_progress);
	if (unproven && activated->max_unproven == STRATEGY_AUTO)
		return err_fix(err, "--max-in-progress N holds beside it");
	return err_fix(err, "otactl plan clone makes a draft with other parameters");
}

static enum err_code
throttle(struct session *session, const char *name, const struct throttle *wish,
	struct throttling *ret, struct err *err)
{
	struct plan plan, before;
	struct strategy activated;
	const char *params, *key = "";
	enum throttle_way way;

	if (active_get(session, name, "throttle", "otactl plan edit", &plan, err) ||
		db_plan_activated_get(session->db, &session->arena, plan.id, &params, err) ||
		strategy_parse(&session->arena, params, &activated, err))
		return err->code;
	before = plan;
	way = throttle_apply(&activated, wish, &plan.strategy, &key);
	limits_tell(&session->arena, &plan.strategy, ret);
	ret->unchanged = way == THROTTLE_SAME;
	if (way == THROTTLE_ABOVE)
		return above(session, &plan, &activated, key, err);
	if (way == THROTTLE_RAISE && change_needs_reason(session, err))
		return err_why(err, "more is allowed then than now: %s", key);
	settings_follow(session, &before.strategy, &plan);
	return ret->unchanged ? ERR_OK : plan_store(session, &before, &plan, err);
}

enum err_code
plan_throttle(struct session *session, const char *name, const struct throttle_texts *texts,
	struct throttling *ret, struct err *err)
{
	struct throttle wish;

	*ret = (struct throttling){ .unchanged = false };
	if (limits_read(texts, &wish, err) || change_begin(session, err))
		return err->code;
	if (throttle(session, name, &wish, ret, err) || !ret->unchanged)
		return change_finish(session, err->code, name, NULL, err);
	change_drop(session);
	return ERR_OK;
}

static enum err_code
extend(struct session *session, const char *name, const char *end, struct err *err)
{
	struct plan plan, before;
	int64_t at;

	if (active_get(session, name, "extend", "otactl plan edit", &plan, err) ||
		zone_time(&session->arena, end, plan.timezone, &at, err))
		return err->code;
	if (!plan.end_at || at <= plan.end_at || at <= session->now) {
		err_set(err, ERR_CONFLICT, "cannot extend plan '%s'", plan.name);
		return err_why(err, "%s",
			plan.end_at ? "the new end is not later than the present one"
				    : "it has no end");
	}
	for (size_t i = 0; i < plan.component_count; i++)
		for (size_t p = 0; p < plan.components[i].package_count; p++) {
			const struct package *package = &plan.components[i].packages[p];

			if (package->state != PACKAGE_PUBLISHED || !package->expires_at ||
				at <= package->expires_at)
				continue;
			err_set(err, ERR_CONFLICT, "cannot extend plan '%s'", plan.name);
			return err_why(err, "it would outlive a manifest of %s %s",
				plan.components[i].identity, plan.components[i].target);
		}
	before = plan;
	plan.end_at = at;
	return plan_store(session, &before, &plan, err);
}

enum err_code
plan_extend(struct session *session, const char *name, const char *end, struct err *err)
{
	if (change_needs_reason(session, err) || change_begin(session, err))
		return err->code;
	return change_finish(session, extend(session, name, end, err), name, NULL, err);
}
