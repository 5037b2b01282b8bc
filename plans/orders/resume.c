#include "plans/orders/resume.h"

#include "core/breaker.h"
#include "core/str.h"
#include "core/target.h"
#include "core/terms.h"
#include "db/device.h"
#include "db/execution.h"
#include "plans/base/change.h"
#include "plans/rollout/facts.h"
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

/* A cohort of the plan, and how many of its targets are of it. */
struct counting {
	struct session *session;
	const struct plan *plan;
	struct left_out cohort;
	struct fleet fleet;
	struct catalog catalog;
	bool groups; /* a list names live groups */
	int64_t count;
};

/* Only the row is looked at: what the device did in this plan or others makes it no other one. */
static enum err_code
count_row(struct counting *c, const struct target_row *row, struct arena *scratch, struct err *err)
{
	struct subject subject = { .device = { .id = row->id, .product = c->plan->product },
		.components = pairs_parse(scratch, row->components),
		.labels = pairs_parse(scratch, row->labels),
		.attributes = pairs_parse(scratch, row->attributes) };
	struct facts *f = arena_alloc(scratch, sizeof *f);

	str_copy(subject.device.name, sizeof subject.device.name, row->name);
	if ((c->groups && db_member_group_ids(c->session->db, scratch, row->id,
				  &subject.ties.groups, &subject.ties.group_count, err)) ||
		facts_make(c->session, &c->fleet, &c->catalog, c->plan, &subject, f, err))
		return err->code;
	f->whitelisted_id = row->marks & LIST_WHITE;
	f->blacklisted_id = row->marks & LIST_BLACK;
	f->begun_at = row->begun_at;
	f->begun_stage = row->begun_stage;
	c->count += target_standing_of(f).what != TARGET_NONE && terms_of_cohort(f, &c->cohort);
	return ERR_OK;
}

static enum err_code
cohort_count(struct counting *c, struct err *err)
{
	struct session *session = c->session;
	struct arena scratch = { NULL };
	struct target_row row;
	struct stmt *cursor;
	enum db_step step;

	if (db_fleet_get(session->db, &c->fleet, err) ||
		catalog_base(session, &session->arena, c->plan->product, &c->catalog, err))
		return err->code;
	for (size_t i = 0; i < c->plan->rule_count; i++)
		c->groups |= c->plan->rules[i].group;
	cursor = db_plan_target_cursor(session->db, c->plan->id, c->plan->product);
	while ((step = db_plan_target_each(cursor, &row, err)) == DB_ROW &&
		!count_row(c, &row, &scratch, err))
		arena_reset(&scratch);
	arena_done(&scratch);
	db_reset(cursor);
	return step == DB_FAILED || err->code ? err->code : ERR_OK;
}

static enum err_code
leave_out(struct session *session, const struct plan *plan, const struct plan_pulse *pulse,
	struct resumption *ret, struct err *err)
{
	bool label = !strcmp(pulse->tripped_scope, breaker_scope_words[BREAKER_LABEL]);
	struct counting *c = arena_alloc(&session->arena, sizeof *c);

	if (!pulse->pulse.tripped_at ||
		(!label && strcmp(pulse->tripped_scope, breaker_scope_words[BREAKER_PACKAGE]) != 0))
		return ERR_OK;
	*c = (struct counting){ .session = session, .plan = plan };
	c->cohort.package = label ? 0 : pulse->tripped_number;
	c->cohort.text = pulse->tripped_text;
	if (cohort_count(c, err))
		return err->code;
	if (c->count * 2 >= plan->targets)
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
	/* The breaker may have tripped while an operator had stopped the plan already. */
	ret->probe = (plan.cause == CAUSE_BREAKER || plan.cause == CAUSE_SILENT || plan.probe_at ||
			     pulse.pulse.tripped_at) &&
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
		db_tally_cure(session->db, plan.id, err) ||
		silent_forgive(session, &plan, before.cause, err))
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
