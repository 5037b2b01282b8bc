#include "plans/facts.h"

#include "core/str.h"
#include "db/device.h"
#include "plans/store.h"

enum err_code
subject_load(struct session *session, struct subject *s, struct err *err)
{
	struct arena *arena = &session->arena;
	int64_t id = s->device.id;
	bool succeeded = false;

	s->components = pairs_parse(arena, s->device.components);
	s->labels = pairs_parse(arena, s->device.labels);
	s->attributes = pairs_parse(arena, s->device.attributes);
	s->floors = pairs_parse(arena, s->device.floors);
	if (execution_of_device(session->db, arena, id, &s->executions, &s->execution_count, err) ||
		plan_device_of(session->db, arena, id, &s->lists, &s->list_count, err) ||
		member_group_ids(session->db, arena, id, &s->groups, &s->group_count, err))
		return err->code;
	for (size_t i = 0; i < s->execution_count; i++)
		succeeded |= s->executions[i].state == EXEC_SUCCEEDED;
	if (succeeded &&
		execution_done_components(session->db, arena, id, &s->done, &s->done_count, err))
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
				   subject->done[i].plan != plan->id && plan->activated_at &&
				   subject->done[i].activated_at > plan->activated_at;
}

/* Which component's delta failed in the newest attempt: the next one is the full package. */
static enum err_code
deltas_failed(struct session *session, const struct execution *newest, struct facts *facts,
	struct err *err)
{
	struct execution_component *list;
	size_t count;

	if (execution_component_all(session->db, &session->arena, newest->id, &list, &count, err))
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

static enum err_code
history_make(
	struct session *session, const struct subject *subject, struct facts *f, struct err *err)
{
	const struct execution *newest = subject_newest(subject, f->plan->id);

	f->place.home = -1;
	for (size_t i = 0; i < subject->execution_count; i++) {
		const struct execution *e = &subject->executions[i];

		if (execution_open(e->state) && e->plan != f->plan->id)
			f->open = e;
		if (e->plan != f->plan->id)
			continue;
		f->done_in_plan |= e->state == EXEC_SUCCEEDED || e->state == EXEC_REGRESSED;
		f->rejected_by_user = e->state == EXEC_REJECTED;
		f->attempts_failed += e->state == EXEC_FAILED || e->state == EXEC_TIMED_OUT;
		if (e->accepted_at && e->state != EXEC_CANCELED && e->state != EXEC_EXPIRED &&
			f->place.home < 0)
			f->place.home = e->stage;
	}
	if (!newest || execution_open(newest->state))
		return ERR_OK;
	f->last_closed_at = newest->closed_at;
	f->last_was_passing = newest->state == EXEC_CANCELED;
	f->last_needs_wait = newest->state == EXEC_FAILED || newest->state == EXEC_TIMED_OUT ||
			     newest->state == EXEC_CANCELED;
	if (newest->state == EXEC_FAILED || newest->state == EXEC_TIMED_OUT)
		return deltas_failed(session, newest, f, err);
	return ERR_OK;
}

enum err_code
facts_make(struct session *session, const struct fleet *fleet, const struct catalog *catalog,
	const struct plan *plan, const struct subject *subject, struct facts *ret, struct err *err)
{
	ret->now = session->now;
	ret->accepting = ret->by_person = false;
	ret->frozen = fleet->frozen;
	ret->device = &subject->device;
	ret->product = &catalog->product;
	ret->plan = plan;
	ret->labels = &subject->labels;
	ret->attributes = &subject->attributes;
	ret->whitelisted_id = ret->blacklisted_id = false;
	ret->groups = subject->groups;
	ret->group_count = subject->group_count;
	ret->done_in_plan = ret->rejected_by_user = false;
	ret->attempts_failed = ret->last_closed_at = 0;
	ret->last_needs_wait = ret->last_was_passing = false;
	ret->open = NULL;
	ret->tick_at = fleet->tick_at;
	ret->pulse = NULL;
	for (size_t i = 0; i < subject->list_count; i++) {
		if (subject->lists[i].plan != plan->id)
			continue;
		ret->whitelisted_id |= subject->lists[i].list == LIST_WHITE;
		ret->blacklisted_id |= subject->lists[i].list == LIST_BLACK;
	}
	for (size_t i = 0; i < plan->component_count; i++)
		component_facts(catalog, plan, subject, i, &ret->components[i]);
	ret->place =
		(struct stage_place){ .bucket = token_bucket(plan->salt, subject->device.name) };
	for (size_t s = 0; s < plan->stage_count; s++)
		for (size_t g = 0; plan->stages[s].kind == STAGE_GROUP && g < subject->group_count;
			g++)
			if (subject->groups[g] == plan->stages[s].group_id)
				ret->place.groups |= 1u << s;
	return history_make(session, subject, ret, err);
}

static enum err_code
pulse_read(struct session *session, struct subject *s, const struct plan *plan,
	struct plan_pulse *ret, struct err *err)
{
	if (s->snapshot && !s->pulses_read) {
		if (plan_pulse_running(session->db, &session->arena, plan->product, &s->pulses,
			    &s->pulse_count, err))
			return err->code;
		s->pulses_read = true;
	}
	for (size_t i = 0; s->snapshot && i < s->pulse_count; i++)
		if (s->pulses[i].plan == plan->id) {
			*ret = s->pulses[i].pulse;
			return ERR_OK;
		}
	return plan_pulse_get(session->db, plan->id, ret, err);
}

/* Several plans may offer the same package: its files are looked for once. */
static bool
files_missing(struct session *session, struct subject *s, const struct package *package)
{
	bool ret = false;

	for (size_t i = 0; i < s->checked_count; i++)
		if (s->checked[i]->id == package->id)
			return s->missing[i];
	for (size_t f = 0; f < package->file_count; f++)
		ret |= !store_has(session, package->files[f].sha256, package->files[f].size);
	if (s->checked_count < COUNT(s->checked)) {
		s->checked[s->checked_count] = package;
		s->missing[s->checked_count++] = ret;
	}
	return ret;
}

enum err_code
facts_decide(struct session *session, struct subject *subject, struct facts *facts,
	struct decision *ret, struct err *err)
{
	const struct plan *plan = facts->plan;
	struct plan_pulse *pulse;

	decide(facts, ret);
	if (!ret->needs_pulse)
		return ERR_OK;
	pulse = arena_alloc(&session->arena, sizeof *pulse);
	if (pulse_read(session, subject, plan, pulse, err))
		return err->code;
	/* The cached stages are right but for the places taken in count stages. */
	for (size_t i = 0; i < plan->stage_count; i++)
		if (plan->stages[i].kind == STAGE_COUNT &&
			stage_taken(session->db, plan->id, (int64_t)i, &plan->stages[i].taken, err))
			return err->code;
	for (size_t i = 0; i < plan->component_count; i++)
		if (ret->packages[i])
			pulse->pulse.files_missing |=
				files_missing(session, subject, ret->packages[i]);
	facts->pulse = &pulse->pulse;
	decide(facts, ret);
	return ERR_OK;
}
