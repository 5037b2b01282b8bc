#include "plans/orders/resume.h"

#include "core/breaker.h"
#include "core/str.h"
#include "db/device.h"
#include "db/execution.h"
#include "plans/base/change.h"
#include "plans/rollout/load.h"
#include "plans/rollout/note.h"
#include "plans/rollout/silence.h"
#include "plans/rollout/stages.h"

/* A package of each component can still be used. */
static enum err_code
usable_check(const struct plan *plan, struct err *err)
{
	for (size_t i = 0; i < plan->component_count; i++) {
		bool usable = false;

		for (size_t p = 0; p < plan->components[i].package_count; p++)
			usable |= plan->components[i].packages[p].state == PACKAGE_PUBLISHED ||
				  plan->components[i].packages[p].state == PACKAGE_RETIRED;
		if (usable)
			continue;
		err_set(err, ERR_CONFLICT, "cannot resume plan '%s'", plan->name);
		return err_why(err, "every package of %s %s is revoked or quarantined",
			plan->components[i].identity, plan->components[i].target);
	}
	return ERR_OK;
}

/* True where a device is of the cohort that tripped the breaker. */
static bool
is_of(struct arena *scratch, const struct plan *plan, const struct plan_pulse *pulse,
	const struct device *device)
{
	const char *text = pulse->tripped_text, *value;
	struct pairs pairs;

	if (!strcmp(pulse->tripped_scope, breaker_scope_words[BREAKER_LABEL])) {
		pairs = pairs_parse(scratch, device->labels);
		value = pairs_get(&pairs, plan->strategy.breaker_by);
		return value && !strcmp(text, arena_printf(scratch, "%s=%s",
						      plan->strategy.breaker_by, value));
	}
	pairs = pairs_parse(scratch, device->components);
	for (size_t i = 0; i < plan->component_count; i++) {
		value = pairs_get(&pairs, plan->components[i].identity);
		for (size_t p = 0; value && p < plan->components[i].package_count; p++)
			if (plan->components[i].packages[p].id == pulse->tripped_number &&
				!strcmp(value, text))
				return true;
	}
	return false;
}

/* How many devices of the product are of that cohort. */
static enum err_code
cohort_count(struct session *session, const struct plan *plan, const struct plan_pulse *pulse,
	int64_t *ret, struct err *err)
{
	struct stmt *cursor = db_device_of_product_cursor(session->db, plan->product);
	struct arena scratch = { NULL };
	struct device device;
	enum db_step step;

	*ret = 0;
	while ((step = db_device_each(cursor, &scratch, &device, err)) == DB_ROW) {
		*ret += is_of(&scratch, plan, pulse, &device);
		arena_reset(&scratch);
	}
	arena_done(&scratch);
	db_reset(cursor);
	return step == DB_FAILED ? err->code : ERR_OK;
}

static enum err_code
leave_out(struct session *session, const struct plan *plan, const struct plan_pulse *pulse,
	struct resumption *ret, struct err *err)
{
	bool label = !strcmp(pulse->tripped_scope, breaker_scope_words[BREAKER_LABEL]);
	int64_t count;

	if (!pulse->pulse.tripped_at ||
		(!label && strcmp(pulse->tripped_scope, breaker_scope_words[BREAKER_PACKAGE]) != 0))
		return ERR_OK;
	if (cohort_count(session, plan, pulse, &count, err))
		return err->code;
	if (count * 2 >= plan->targets)
		return ERR_OK;
	ret->left_out = label ? arena_copy(&session->arena, pulse->tripped_text)
			      : arena_printf(&session->arena, "package %lld from %s",
					(long long)pulse->tripped_number, pulse->tripped_text);
	change_note(session, "left out", "", ret->left_out);
	return db_left_out_insert(session->db, plan->id, pulse->tripped_scope,
		pulse->tripped_number, pulse->tripped_text, err);
}

/* After the last stage's soak only stragglers are served: there is nothing to probe. */
static bool
was_in_tail(const struct plan *plan)
{
	return (size_t)plan->stage + 1 >= plan->stage_count &&
	       stage_tail_from(&plan->stages[plan->stage], plan->strategy.soak, plan->suspended_at);
}

static enum err_code
resume(struct session *session, const char *name, bool with_cohort, struct resumption *ret,
	struct err *err)
{
	struct plan_pulse pulse;
	struct plan plan, before;

	if (plan_load_by_name(session, name, &plan, err))
		return err->code;
	if (plan.state != PLAN_SUSPENDED) {
		err_set(err, ERR_CONFLICT, "cannot resume plan '%s'", plan.name);
		return err_why(err, "it is %s", plan_state_words[plan.state]);
	}
	if (usable_check(&plan, err) || db_plan_pulse_get(session->db, plan.id, &pulse, err))
		return err->code;
	before = plan;
	ret->probe = (plan.cause == CAUSE_BREAKER || plan.cause == CAUSE_SILENT || plan.probe_at) &&
		     plan.stage_count && !was_in_tail(&plan);
	plan.state = PLAN_ACTIVE;
	plan.cause = CAUSE_NONE;
	/* Whatever was accepted up to this second stays on the other side of the baseline. */
	plan.resumed_at = session->now + 1;
	plan.probe_at = ret->probe ? plan.resumed_at : 0;
	plan.probe_done_at = 0;
	str_copy(plan.reason, sizeof plan.reason, session->reason ? session->reason : "");
	change_note(session, "probe", before.probe_at ? "on" : "off", ret->probe ? "on" : "off");
	if ((with_cohort ? db_left_out_clear(session->db, plan.id, err)
			 : leave_out(session, &plan, &pulse, ret, err)) ||
		(plan.stage_count && db_stage_stood(session->db, plan.id,
					     stage_joined_first(plan.stages, plan.stage),
					     plan.stage, session->now - plan.suspended_at, err)) ||
		db_plan_pulse_resume(session->db, plan.id, err) ||
		db_cohort_clear(session->db, plan.id, err) ||
		db_tally_forgive(session->db, plan.id, false, err) ||
		silent_forgive(session, &plan, err))
		return err->code;
	return plan_store(session, &before, &plan, err);
}

enum err_code
plan_resume_within(struct session *session, const char *name, bool with_cohort,
	struct resumption *ret, struct err *err)
{
	*ret = (struct resumption){ .probe = false };
	return resume(session, name, with_cohort, ret, err);
}

enum err_code
plan_resume(struct session *session, const char *name, bool with_cohort, struct resumption *ret,
	struct err *err)
{
	if (change_needs_reason(session, err) || change_begin(session, err))
		return err->code;
	return change_finish(
		session, plan_resume_within(session, name, with_cohort, ret, err), name, NULL, err);
}
