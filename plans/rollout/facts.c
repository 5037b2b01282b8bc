#include "plans/rollout/facts.h"

#include "core/ban.h"
#include "core/execution.h"
#include "core/str.h"
#include "plans/rollout/catalog.h"

/* What the device's row says in pairs has its bounds, too: fixed fields take it further on. */
static enum err_code
pairs_take(struct session *session, const struct device *device, const char *what, const char *text,
	size_t longest, struct pairs *ret, struct err *err)
{
	*ret = pairs_parse(&session->arena, text);
	for (size_t i = 0; i < ret->count; i++)
		if (strlen(ret->list[i].value) > longest) {
			err_set(err, ERR_IO, "cannot read the row of device '%s'",
				QUOTE(device->name));
			err_why(err, "column %s holds a value of %zu bytes, at most %zu fit", what,
				strlen(ret->list[i].value), longest);
			return err_fix(err, "otactl db check names all such rows");
		}
	return ERR_OK;
}

enum err_code
subject_load(struct session *session, struct subject *s, struct err *err)
{
	struct arena *arena = &session->arena;
	int64_t id = s->device.id;
	bool succeeded = false;

	if (pairs_take(session, &s->device, "components", s->device.components, LIMIT_VERSION,
		    &s->components, err) ||
		pairs_take(session, &s->device, "labels", s->device.labels, LIMIT_LABEL, &s->labels,
			err) ||
		pairs_take(session, &s->device, "attributes", s->device.attributes, LIMIT_ATTRIBUTE,
			&s->attributes, err))
		return err->code;
	s->floors = pairs_parse(arena, s->device.floors);
	s->execution_count = s->done_count = 0;
	if (db_device_ties(session->db, arena, id, &s->ties, err) ||
		(s->ties.has_executions && db_execution_of_device(session->db, arena, id,
						   &s->executions, &s->execution_count, err)))
		return err->code;
	for (size_t i = 0; i < s->execution_count; i++)
		succeeded |= s->executions[i].state == EXEC_SUCCEEDED;
	if (succeeded &&
		db_execution_done_components(session->db, arena, id, &s->done, &s->done_count, err))
		return err->code;
	return ERR_OK;
}

struct execution *
subject_newest(const struct subject *subject, int64_t plan)
{
	for (size_t i = subject->execution_count; i--;)
		if (subject->executions[i].plan == plan)
			return &subject->executions[i];
	return NULL;
}

struct execution *
subject_open(const struct subject *subject)
{
	for (size_t i = subject->execution_count; i--;)
		if (execution_open(subject->executions[i].state))
			return &subject->executions[i];
	return NULL;
}

static void
component_facts(const struct catalog *catalog, const struct plan *plan,
	const struct subject *subject, size_t index, struct component_facts *ret)
{
	const struct plan_component *target = &plan->components[index];
	const struct version *version;
	const char *floor = pairs_get(&subject->floors, target->identity);

	*ret = (struct component_facts){ .target = target,
		.reported = pairs_get(&subject->components, target->identity) };
	version = ret->reported ? catalog_version(catalog, target->component, ret->reported) : NULL;
	if (version)
		ret->counter = version->counter;
	if (floor && !str_int(floor, 0, INT64_MAX, &ret->floor))
		ret->floor = 0;
	for (size_t i = 0; i < subject->done_count; i++)
		ret->superseded |= subject->done[i].component == target->component &&
				   plan->activation &&
				   subject->done[i].activation > plan->activation;
}

/*
 * Which component's delta failed in the newest attempt that failed: the next one is the full
 * package, however many offers were withdrawn or canceled since.
 */
static enum err_code
deltas_failed(struct session *session, const struct subject *subject, struct facts *facts,
	struct err *err)
{
	const struct execution *failed = NULL;
	struct execution_component *list;
	size_t count;

	for (size_t i = 0; i < subject->execution_count; i++) {
		const struct execution *e = &subject->executions[i];

		if (e->plan == facts->plan->id &&
			(e->state == EXEC_FAILED || e->state == EXEC_TIMED_OUT))
			failed = e;
	}
	if (!failed)
		return ERR_OK;
	if (db_execution_component_all(
		    session->db, &session->arena, failed->id, &list, &count, err))
		return err->code;
	for (size_t i = 0; i < count; i++)
		for (size_t c = 0; c < facts->plan->component_count; c++) {
			const struct plan_component *target = &facts->plan->components[c];

			for (size_t p = 0; p < target->package_count; p++)
				if (target->packages[p].id == list[i].package &&
					target->packages[p].kind != KIND_FULL)
					facts->components[c].delta_failed = true;
		}
	return ERR_OK;
}

/* An attempt that was accepted: where the device counts from then on. */
static void
accepted_add(const struct execution *e, struct facts *f)
{
	f->accepted_before = true;
	if (f->accepted_block < 0)
		f->accepted_block = e->block;
	if (!execution_holds_place(e->state))
		return;
	f->in_probe |= f->plan->probe_at && e->accepted_at >= f->plan->probe_at;
	if (f->place.home < 0)
		f->place.home = e->stage;
}

/* An attempt, or a mere offer, that came to nothing and uses nothing up. */
static bool
came_to_nothing(const struct execution *e)
{
	return (e->state == EXEC_CANCELED || e->state == EXEC_EXPIRED) && !e->cancel_requested;
}

/*
 * The attempt after which an operator allowed one more, while none since has come to anything;
 * else NULL.
 */
static const struct execution *
retry_allowed(const struct subject *subject, int64_t plan)
{
	for (size_t i = subject->execution_count; i--;) {
		const struct execution *e = &subject->executions[i];

		if (e->plan != plan)
			continue;
		if (e->retry && !execution_open(e->state))
			return e;
		if (!execution_open(e->state) && !came_to_nothing(e))
			return NULL;
	}
	return NULL;
}

/* What came of its attempts in this plan, and whether another plan has it now. */
static void
attempts_make(const struct subject *subject, struct facts *f)
{
	for (size_t i = 0; i < subject->execution_count; i++) {
		const struct execution *e = &subject->executions[i];

		if (execution_open(e->state) && e->plan != f->plan->id)
			f->open = e;
		if (e->plan != f->plan->id)
			continue;
		f->done_in_plan |= e->state == EXEC_SUCCEEDED || e->state == EXEC_REGRESSED;
		f->rejected_by_user = e->state == EXEC_REJECTED;
		f->attempts_failed += e->state == EXEC_FAILED || e->state == EXEC_TIMED_OUT;
		if (!f->begun_at && (e->accepted_at || e->state == EXEC_REJECTED)) {
			f->begun_at = execution_began_at(e);
			f->begun_stage = e->stage;
		}
		if (e->accepted_at)
			accepted_add(e, f);
	}
}

static enum err_code
history_make(
	struct session *session, const struct subject *subject, struct facts *f, struct err *err)
{
	const struct execution *newest = subject_newest(subject, f->plan->id);
	const struct execution *allowed = retry_allowed(subject, f->plan->id);

	f->place.home = -1;
	f->accepted_before = f->in_probe = false;
	f->accepted_block = f->begun_stage = -1;
	f->begun_at = 0;
	attempts_make(subject, f);
	if (allowed) {
		/* Whatever happened before. */
		f->done_in_plan = f->rejected_by_user = false;
		f->attempts_failed = 0;
	}
	if (!newest || newest == allowed || execution_open(newest->state))
		return ERR_OK;
	/* Whatever came of it in the end. */
	f->canceled_by_operator = newest->cancel_requested && !f->done_in_plan;
	f->last_closed_at = newest->closed_at;
	f->offered_again = newest->state == EXEC_EXPIRED && decide_of_metrics(newest->reason);
	f->last_was_passing = newest->state == EXEC_CANCELED || f->offered_again;
	f->last_needs_wait = f->offered_again || newest->state == EXEC_FAILED ||
			     newest->state == EXEC_TIMED_OUT ||
			     (newest->state == EXEC_CANCELED && !ban_is_gate(newest->reason));
	return f->attempts_failed ? deltas_failed(session, subject, f, err) : ERR_OK;
}

enum err_code
facts_make(struct session *session, const struct fleet *fleet, const struct catalog *catalog,
	const struct plan *plan, const struct subject *subject, struct facts *ret, struct err *err)
{
	ret->now = session->now;
	ret->accepting = ret->by_person = ret->started = false;
	ret->frozen = fleet->frozen;
	ret->clock_by = session->clock_by;
	ret->old_copy = catalog->old_copy;
	ret->device = &subject->device;
	ret->product = &catalog->product;
	ret->plan = plan;
	ret->labels = &subject->labels;
	ret->unbound = false;
	ret->reported = &subject->components;
	ret->known = (struct known){ catalog->components, catalog->versions,
		catalog->component_count, catalog->version_count };
	ret->attributes = &subject->attributes;
	ret->whitelisted_id = ret->blacklisted_id = false;
	ret->groups = subject->ties.groups;
	ret->group_count = subject->ties.group_count;
	ret->done_in_plan = ret->rejected_by_user = ret->canceled_by_operator = false;
	ret->attempts_failed = ret->last_closed_at = 0;
	ret->last_needs_wait = ret->last_was_passing = ret->offered_again = false;
	ret->open = NULL;
	ret->tick_at = fleet->clock.last.at;
	ret->files_missing = false;
	ret->pulse = NULL;
	for (size_t i = 0; i < subject->ties.list_count; i++) {
		if (subject->ties.lists[i].plan != plan->id)
			continue;
		ret->whitelisted_id |= subject->ties.lists[i].list == LIST_WHITE;
		ret->blacklisted_id |= subject->ties.lists[i].list == LIST_BLACK;
	}
	for (size_t i = 0; i < plan->component_count; i++)
		component_facts(catalog, plan, subject, i, &ret->components[i]);
	ret->place =
		(struct stage_place){ .bucket = token_bucket(plan->salt, subject->device.name) };
	for (size_t s = 0; s < plan->stage_count; s++)
		for (size_t g = 0;
			plan->stages[s].kind == STAGE_GROUP && g < subject->ties.group_count; g++)
			if (subject->ties.groups[g] == plan->stages[s].group_id)
				ret->place.groups |= 1u << s;
	return history_make(session, subject, ret, err);
}

static bool
files_missing(struct session *session, const struct catalog *catalog, const struct facts *facts,
	const struct decision *decision)
{
	bool ret = false;

	for (size_t i = 0; i < facts->plan->component_count; i++)
		if (decision->packages[i])
			ret |= package_missing(session, decision->packages[i], catalog);
	return ret;
}

enum err_code
facts_decide(struct session *session, const struct catalog *catalog, struct facts *facts,
	struct decision *ret, struct err *err)
{
	const struct plan *plan = facts->plan;
	struct plan_pulse *pulse;

	if (catalog && plan >= catalog->plans && plan < catalog->plans + catalog->plan_count) {
		facts->pulse = &catalog->pulses[plan - catalog->plans].pulse;
	} else {
		pulse = arena_alloc(&session->arena, sizeof *pulse);
		facts->pulse = &pulse->pulse;
		if (db_plan_pulse_for_offer(session->db, plan->id, pulse, err) ||
			catalog_taken(session, plan, err))
			return err->code;
	}
	decide(facts, ret);
	/* Which files it needs is known only now. */
	facts->files_missing = files_missing(session, catalog, facts, ret);
	if (facts->files_missing)
		decide(facts, ret);
	return ERR_OK;
}
