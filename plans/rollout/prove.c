#include "plans/rollout/prove.h"

#include "core/plan.h"
#include "plans/rollout/move.h"

static bool
runs_target(const struct prove_report *report, const struct execution_component *c)
{
	const char *version = pairs_get(&report->subject->components, c->identity);

	return version && !strcmp(version, c->target);
}

static int64_t
counter_of(const struct catalog *catalog, int64_t component, const char *name)
{
	const struct version *version = catalog_version(catalog, component, name);

	return version ? version->counter : 0;
}

static enum sight
sight_of(const struct prove_report *report, const struct execution_component *c)
{
	const char *version = pairs_get(report->told, c->identity);

	if (!version)
		return SIGHT_NOTHING;
	if (!*version)
		return SIGHT_BLANK;
	if (!strcmp(version, c->target))
		return SIGHT_TARGET;
	/* Where it came from is no newer version, though a downgrade came from a higher counter. */
	return strcmp(version, c->source) != 0 &&
			       counter_of(report->catalog, c->component, version) >
				       counter_of(report->catalog, c->component, c->target)
		       ? SIGHT_NEWER
		       : SIGHT_OTHER;
}

/* The attempt is one of the same plan as the execution, and was made before it. */
static bool
is_earlier(const struct prove_report *report, int64_t attempt, const struct execution *execution)
{
	for (size_t i = 0; i < report->subject->execution_count; i++)
		if (report->subject->executions[i].id == attempt)
			return report->subject->executions[i].plan == execution->plan &&
			       attempt < execution->id;
	return false;
}

/* A retry brings only the rest: it answers for what succeeded before it, too. */
static void
earlier_read(
	const struct prove_report *report, const struct execution *execution, struct proof *ret)
{
	for (size_t i = 0; i < report->part_count && ret->earlier_count < LIMIT_PLAN_COMPONENTS;
		i++) {
		const struct execution_component *c = &report->parts[i];
		bool own =
			c->state != EXEC_SUCCEEDED || !is_earlier(report, c->execution, execution);

		for (size_t k = 0; k < ret->count; k++)
			own |= ret->parts[k].component == c->component;
		if (own)
			continue;
		ret->earlier[ret->earlier_count] = c;
		ret->earlier_sights[ret->earlier_count++] = sight_of(report, c);
	}
}

void
prove_read(const struct prove_report *report, const struct execution *execution, struct proof *ret)
{
	size_t from = 0;

	while (from < report->part_count && report->parts[from].execution != execution->id)
		from++;
	*ret = (struct proof){ .parts = report->parts + from };
	for (size_t i = from; i < report->part_count && ret->count < LIMIT_PLAN_COMPONENTS &&
			      report->parts[i].execution == execution->id;
		i++) {
		const struct execution_component *c = &report->parts[i];
		bool at_target = runs_target(report, c);

		ret->sights[ret->count++] = sight_of(report, c);
		ret->at_target += at_target;
		ret->newly += at_target && c->state != EXEC_SUCCEEDED;
	}
	if (execution->attempt > 1 && execution->state == EXEC_SUCCEEDED)
		earlier_read(report, execution, ret);
}

/* The component may be at another version, or is no longer without any. */
static bool
is_other(enum sight sight, const struct execution_component *component)
{
	return sight == SIGHT_BLANK || sight == SIGHT_NEWER || sight == SIGHT_OTHER ||
	       (sight != SIGHT_NOTHING && component->blank_at);
}

static bool
other_seen(const struct proof *proof)
{
	for (size_t i = 0; i < proof->count; i++)
		if (is_other(proof->sights[i], &proof->parts[i]))
			return true;
	for (size_t i = 0; i < proof->earlier_count; i++)
		if (is_other(proof->earlier_sights[i], proof->earlier[i]))
			return true;
	return false;
}

bool
prove_asks(const struct execution *execution, const struct proof *proof)
{
	/* Who never accepted got it by another way: that is no success of the plan. */
	if (!execution->accepted_at)
		return false;
	if (execution_repairable(execution->state))
		return proof->newly || (execution->state == EXEC_VERIFYING && other_seen(proof));
	return execution->state == EXEC_SUCCEEDED &&
	       (other_seen(proof) || (!execution->survived && proof->at_target == proof->count));
}

/* Another plan has brought this component something since: it answers for what the device runs. */
static bool
superseded(const struct prove_report *report, const struct execution *e, int64_t component)
{
	for (size_t i = 0; i < report->subject->execution_count; i++) {
		const struct execution *other = &report->subject->executions[i];

		if (other->plan == e->plan || !other->accepted_at ||
			other->accepted_at < e->accepted_at ||
			(other->accepted_at == e->accepted_at && other->id < e->id))
			continue;
		for (size_t c = 0; c < report->part_count; c++)
			if (report->parts[c].execution == other->id &&
				report->parts[c].component == component)
				return true;
	}
	return false;
}

/*
 * What the report shows of one component as far as it matters in this state.  Right after the
 * install any other version speaks against it, whatever its counter, but one that is not told does
 * not; a success is watched for falling back.
 */
static enum sight
sight_that_counts(const struct prove_report *report, const struct plan *plan,
	const struct execution *e, const struct execution_component *c, enum sight sight)
{
	if (e->state == EXEC_VERIFYING) {
		if (c->state != EXEC_VERIFYING || sight == SIGHT_BLANK)
			return SIGHT_NOTHING;
		return sight == SIGHT_NEWER ? SIGHT_OTHER : sight;
	}
	if (e->state != EXEC_SUCCEEDED || report->now >= plan_watched_until(plan) ||
		superseded(report, e, c->component))
		return SIGHT_NOTHING;
	return sight;
}

/*
 * Look at a component, which is changed by it; true where it is at another version for sure, and
 * *changed where something of it is to be stored.
 */
static bool
look(const struct prove_report *report, const struct plan *plan, const struct execution *e,
	struct execution_component *c, enum sight sight, bool *changed)
{
	const struct execution_component was = *c;
	bool ret = execution_sight(c, sight_that_counts(report, plan, e, c, sight), report->now);

	*changed = c->other_at != was.other_at || c->blank_at != was.blank_at;
	return ret;
}

/* It has stayed at its target long enough. */
static bool
survives(const struct prove_report *report, const struct plan *plan, const struct execution *e,
	const struct proof *proof)
{
	return e->state == EXEC_SUCCEEDED && !e->survived && proof->at_target == proof->count &&
	       report->now >= e->closed_at + plan->strategy.soak / 4;
}

bool
prove_due(const struct prove_report *report, const struct plan *plan, const struct execution *e,
	const struct proof *proof)
{
	if (!prove_asks(e, proof))
		return false;
	if ((execution_repairable(e->state) && proof->newly) || survives(report, plan, e, proof))
		return true;
	for (size_t i = 0; i < proof->count + proof->earlier_count; i++) {
		size_t before = i - proof->count;
		struct execution_component c =
			i < proof->count ? proof->parts[i] : *proof->earlier[before];
		bool changed;

		if (look(report, plan, e, &c,
			    i < proof->count ? proof->sights[i] : proof->earlier_sights[before],
			    &changed) ||
			changed)
			return true;
	}
	return false;
}

static enum err_code
prove_success(struct session *session, const struct prove_report *report, const struct plan *plan,
	struct execution *e, const struct proof *proof, struct err *err)
{
	bool late = !execution_open(e->state);

	for (size_t i = 0; i < proof->count; i++) {
		const struct execution_component *c = &proof->parts[i];

		if (!runs_target(report, c) || c->state == EXEC_SUCCEEDED)
			continue;
		if (move_to(session, plan, e, c->position, EXEC_SUCCEEDED, "", NULL, err))
			return err->code;
	}
	if (!late || e->state != EXEC_SUCCEEDED)
		return ERR_OK;
	e->late = true;
	return move_count(session, plan, e, TALLY_LATE, 1, err)
		       ? err->code
		       : db_execution_update(session->db, e, err);
}

static const char *
told_instead(struct session *session, const struct prove_report *report, const struct execution *e,
	const struct execution_component *c)
{
	const char *version = pairs_get(report->told, c->identity);

	if (e->state == EXEC_VERIFYING)
		return arena_printf(&session->arena, "reports %s after the install, not %s",
			version, c->target);
	if (!*version)
		return "reports no version any more";
	if (!strcmp(version, c->source))
		return "reports the version it came from";
	return arena_printf(&session->arena, "reports %s, not %s any more", version, c->target);
}

/*
 * The device is at another version for sure: the attempt has failed, or its success is over.  What
 * an earlier attempt had brought takes all of this one with it.
 */
static enum err_code
other_for_sure(struct session *session, const struct prove_report *report, const struct plan *plan,
	struct execution *e, struct execution_component *c, struct err *err)
{
	bool own = c->execution == e->id;
	enum execution_state to = e->state == EXEC_VERIFYING ? EXEC_FAILED : EXEC_REGRESSED;
	struct event event = { .at = session->now,
		.identity = c->identity,
		.state = execution_state_words[to],
		.message = told_instead(session, report, e, c) };

	/* It did not survive, after all. */
	if (e->survived && move_count(session, plan, e, TALLY_SURVIVED, -1, err))
		return err->code;
	e->survived = false;
	if (!own) {
		c->state = to;
		if (db_execution_component_update(session->db, c, err))
			return err->code;
	}
	return move_to(
		session, plan, e, own ? c->position : MOVE_ALL, to, event.message, &event, err);
}

static enum err_code
watch_one(struct session *session, const struct prove_report *report, const struct plan *plan,
	struct execution *e, const struct execution_component *component, enum sight sight,
	struct err *err)
{
	struct execution_component c = *component;
	bool changed;

	if (look(report, plan, e, &c, sight, &changed))
		return other_for_sure(session, report, plan, e, &c, err);
	return changed ? db_execution_component_update(session->db, &c, err) : ERR_OK;
}

/* What is seen of the components, until one of them ends the execution. */
static enum err_code
watch(struct session *session, const struct prove_report *report, const struct plan *plan,
	struct execution *e, const struct proof *proof, struct err *err)
{
	const enum execution_state state = e->state;

	for (size_t i = 0; i < proof->count && e->state == state; i++)
		if (watch_one(session, report, plan, e, &proof->parts[i], proof->sights[i], err))
			return err->code;
	for (size_t i = 0; i < proof->earlier_count && e->state == state; i++)
		if (watch_one(session, report, plan, e, proof->earlier[i], proof->earlier_sights[i],
			    err))
			return err->code;
	return ERR_OK;
}

static enum err_code
survive(struct session *session, const struct plan *plan, struct execution *e, struct err *err)
{
	e->survived = true;
	if (move_count(session, plan, e, TALLY_SURVIVED, 1, err) ||
		db_plan_pulse_add(session->db, plan->id, &(struct pulse_delta){ 0 }, err))
		return err->code;
	return db_execution_update(session->db, e, err);
}

enum err_code
prove_versions(struct session *session, const struct prove_report *report, const struct plan *plan,
	struct execution *execution, const struct proof *proof, struct err *err)
{
	bool succeeded = execution->state == EXEC_SUCCEEDED;

	if (execution_repairable(execution->state) && proof->newly &&
		prove_success(session, report, plan, execution, proof, err))
		return err->code;
	/* A success begins to be watched with the next report. */
	if ((succeeded || execution->state != EXEC_SUCCEEDED) &&
		watch(session, report, plan, execution, proof, err))
		return err->code;
	return succeeded && survives(report, plan, execution, proof)
		       ? survive(session, plan, execution, err)
		       : ERR_OK;
}
