/* Suspend, resume, terminate: everything after activation that a person decides. */
#include "plans/orders/lifecycle.h"

#include "core/str.h"
#include "core/terms.h"
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
active_get(struct session *session, const char *name, const char *verb, struct plan *ret,
	struct err *err)
{
	if (plan_load_by_name(session, name, ret, err))
		return err->code;
	if (ret->state == PLAN_ACTIVE || ret->state == PLAN_SUSPENDED)
		return ERR_OK;
	return wrong_state(
		ret, verb, ret->state == PLAN_DRAFT ? "otactl plan activate" : NULL, err);
}

/* The stages go on without waiting for the probe, which somebody must answer for. */
static enum err_code
probe_end(struct session *session, struct plan *plan, struct err *err)
{
	const struct plan before = *plan;

	if (change_needs_reason(session, err))
		return err_why(err, "the probe after the resume goes on");
	plan->probe_at = plan->probe_done_at = 0;
	change_note(session, "probe", "on", "off");
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

	if (active_get(session, name, "complete", &plan, err))
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

static enum err_code
throttle(struct session *session, const char *name, int64_t rate, int64_t in_progress,
	struct err *err)
{
	struct plan plan, before;
	struct strategy *s = &plan.strategy;
	struct plan_pulse pulse;
	struct pairs settings;
	int64_t limit;

	if (active_get(session, name, "throttle", &plan, err))
		return err->code;
	if (db_plan_pulse_get(session->db, plan.id, &pulse, err))
		return err->code;
	limit = terms_rate(s, pulse.pulse.succeeded);
	if (rate > limit ||
		(s->max_in_progress != STRATEGY_OFF && in_progress > s->max_in_progress)) {
		err_set(err, ERR_CONFLICT, "cannot throttle plan '%s' so", plan.name);
		err_why(err, "that is more than it is allowed now; an active plan only slows down");
		return err_fix(err, "otactl plan clone makes a draft with other parameters");
	}
	if (rate > 0) {
		str_copy(s->rate, sizeof s->rate, "constant");
		s->rate_base = rate;
	}
	if (in_progress > 0)
		s->max_in_progress = in_progress;
	before = plan;
	settings = pairs_parse(&session->arena, plan.settings);
	if (rate > 0) {
		pairs_set(&session->arena, &settings, "rate", "constant");
		pairs_set(&session->arena, &settings, "rate_base",
			arena_printf(&session->arena, "%" PRId64, rate));
	}
	if (in_progress > 0)
		pairs_set(&session->arena, &settings, "max_in_progress",
			arena_printf(&session->arena, "%" PRId64, in_progress));
	plan.settings = pairs_format(&session->arena, &settings);
	plan.params = strategy_format(&session->arena, s);
	return plan_store(session, &before, &plan, err);
}

enum err_code
plan_throttle(struct session *session, const char *name, int64_t rate, int64_t in_progress,
	struct err *err)
{
	if ((rate < 1 && in_progress < 1) || !rate || !in_progress) {
		err_set(err, ERR_USAGE, "cannot throttle plan '%s' so", QUOTE(name));
		err_why(err, "a rate and a number in progress are at least 1");
		return err_fix(err, "--rate N, --max-in-progress N; otactl plan suspend stops it");
	}
	if (change_begin(session, err))
		return err->code;
	return change_finish(
		session, throttle(session, name, rate, in_progress, err), name, NULL, err);
}

static enum err_code
extend(struct session *session, const char *name, const char *end, struct err *err)
{
	struct plan plan, before;
	int64_t at;

	if (active_get(session, name, "extend", &plan, err) ||
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
