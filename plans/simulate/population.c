/*
 * Every device of the product is read once, in two passes over what could forbid it the plan.
 * Before, lists, groups and histories of all devices are read into arrays by device id
 * (marks_load()), because asking the database for each of a million devices would take minutes.
 * Then each device is decided by decide() with everything open that changes with time
 * (open_plan()): who is eligible becomes a runner of 20 bytes; who is not is counted by its
 * verdict, with one example.
 *
 * Runners share profiles: devices that take the same packages from the same versions decide alike
 * from then on, so that the clock needs no more of a device than its runner.  Nothing may be
 * written: a draft is activated within a transaction that is rolled back.
 */
#include "plans/simulate/population.h"

#include "core/str.h"
#include "db/device.h"
#include "db/execution.h"
#include "plans/orders/activate.h"
#include "plans/rollout/catalog.h"
#include "plans/rollout/facts.h"
#include "plans/rollout/load.h"

static enum err_code
intervals_load(struct world *w, struct err *err)
{
	for (size_t i = 0; i < w->plan.zone_count; i++) {
		struct interval *list;

		if (db_interval_from(w->session->db, &w->session->arena, w->plan.id, ITEM_PUSH,
			    w->plan.push[i].zone, w->start, INTERVALS_MAX, &list,
			    &w->plan.push[i].count, err))
			return err->code;
		w->plan.push[i].list = list;
	}
	return ERR_OK;
}

static enum err_code
marks_load(struct world *w, struct err *err)
{
	struct session *session = w->session;
	struct stmt *cursor;
	int64_t device, value;
	enum db_step step;

	if (db_device_newest(session->db, &w->max_id, err))
		return err->code;
	w->listed = arena_alloc(&session->arena, (size_t)w->max_id + 1);
	w->known = arena_alloc(&session->arena, (size_t)w->max_id + 1);
	w->history = arena_alloc(&session->arena, (size_t)w->max_id + 1);
	w->groups = arena_alloc(&session->arena, ((size_t)w->max_id + 1) * sizeof *w->groups);
	cursor = db_plan_device_cursor(session->db, w->plan.id);
	while ((step = db_plan_device_each(cursor, &device, &value, err)) == DB_ROW)
		w->listed[device] |= (uint8_t)value;
	if (step == DB_FAILED)
		return err->code;
	cursor = db_execution_history_cursor(session->db);
	while ((step = db_execution_history_each(cursor, &device, &value, err)) == DB_ROW) {
		if (value != w->plan.id)
			w->history[device] = 1;
		else
			w->known[device] = 1;
	}
	for (size_t s = 0; step != DB_FAILED && s < w->plan.stage_count; s++) {
		if (w->plan.stages[s].kind != STAGE_GROUP)
			continue;
		cursor = db_member_cursor(session->db, w->plan.stages[s].group_id);
		while ((step = db_member_each(cursor, &device, err)) == DB_ROW)
			w->groups[device] |= 1u << s;
	}
	return step == DB_FAILED ? err->code : ERR_OK;
}

static enum err_code
already_load(struct world *w, struct err *err)
{
	struct tally tally;

	if (db_tally_get(w->session->db, w->plan.id, &tally, err))
		return err->code;
	for (size_t s = 0; s < w->plan.stage_count; s++)
		w->already += tally.n[s][TALLY_ALREADY];
	return ERR_OK;
}

enum err_code
population_prepare(struct world *w, const char *name, struct err *err)
{
	struct session *session = w->session;
	struct activation activation;
	bool draft;

	if (db_plan_get(session->db, &session->arena, name, &w->plan, err))
		return err->code;
	draft = w->plan.state == PLAN_DRAFT;
	if (draft ? db_begin(session->db, err) : db_read_begin(session->db, err))
		return err->code;
	if (!plan_load_by_name(session, name, &w->plan, err)) {
		if (!draft || (!plan_activate_within(session, name, -1, &activation, err) &&
				      !plan_load_by_name(session, name, &w->plan, err)))
			if (!intervals_load(w, err) && !already_load(w, err))
				(void)!marks_load(w, err);
	}
	db_rollback(session->db);
	if (err->code)
		return err->code;
	if (w->plan.state == PLAN_ENDED) {
		err_set(err, ERR_CONFLICT, "cannot simulate plan '%s'", w->plan.name);
		return err_why(err, "it has ended");
	}
	return ERR_OK;
}

/* The plan as it is when nothing that changes with time stands in the way. */
static struct plan
open_plan(const struct plan *plan)
{
	struct plan ret = *plan;

	ret.state = PLAN_ACTIVE;
	ret.start_at = ret.end_at = 0;
	ret.windows_set = false;
	ret.strategy.tick_max_age = STRATEGY_OFF;
	ret.strategy.first_device_alone = false;
	ret.strategy.max_unproven = ret.strategy.max_in_progress = STRATEGY_OFF;
	memcpy(ret.strategy.rate, "off", sizeof "off");
	return ret;
}

static int
home_stage(const struct world *w, int64_t id, int64_t bucket)
{
	for (size_t s = 0; s < w->plan.stage_count; s++) {
		const struct stage *stage = &w->plan.stages[s];

		if ((stage->kind == STAGE_SHARE && bucket < stage->value) ||
			(stage->kind == STAGE_GROUP && w->groups[id] >> s & 1))
			return (int)s;
	}
	return NONE;
}

/* Values of one label, each once, found by a hash. */
struct label_list {
	const char **list;
	size_t count;
	uint16_t places[2 * (LABELS_MAX + 1)]; /* open addressing: index of a value + 1, or 0 */
};

/* The value of one label of a pairs text, without taking the others apart; false: it has none. */
static bool
label_read(const char *pairs, const char *key, char *ret)
{
	size_t length = strlen(key);

	for (; *pairs; pairs += strcspn(pairs, "\n"), pairs += *pairs == '\n') {
		size_t size = strcspn(pairs, "\n");

		if (size <= length || memcmp(pairs, key, length) != 0 || pairs[length] != '=')
			continue;
		size -= length + 1;
		if (!size || size > LIMIT_LABEL)
			return false;
		memcpy(ret, pairs + length + 1, size);
		ret[size] = '\0';
		return true;
	}
	return false;
}

/* The number of a device's value of the breaker_by label, from 1; 0 where it has none. */
static uint16_t
label_of(struct world *w, const struct device *device)
{
	struct label_list *l = w->labels;
	char value[LIMIT_LABEL + 1];
	uint32_t at = 2166136261;

	if (!label_read(device->labels, w->plan.strategy.breaker_by, value))
		return 0;
	for (const char *c = value; *c; c++)
		at = (at ^ (uint8_t)*c) * 16777619;
	at %= COUNT(l->places);
	while (l->places[at] && strcmp(l->list[l->places[at] - 1], value) != 0)
		at = (at + 1) % COUNT(l->places);
	if (!l->places[at] && l->count < LABELS_MAX) {
		l->list = arena_room(&w->own, l->list, l->count, sizeof *l->list);
		l->list[l->count++] = arena_copy(&w->own, value);
		l->places[at] = (uint16_t)l->count;
	}
	return l->places[at];
}

const char *
population_label(const struct world *w, const struct runner *runner)
{
	return runner->label ? w->labels->list[runner->label - 1] : "";
}

/* What an execution of these packages would hold, for the breaker. */
static void
attempt_make(struct world *w, struct profile *p)
{
	p->attempt = arena_alloc(&w->own, w->plan.component_count * sizeof *p->attempt + 1);
	for (size_t i = 0; i < w->plan.component_count; i++) {
		struct execution_component *c = &p->attempt[p->attempt_count];
		const struct plan_component *component = &w->plan.components[i];
		const char *reported = p->components[i].reported;

		if (!p->packages[i])
			continue;
		p->attempt_count++;
		c->package = p->packages[i]->id;
		str_copy(c->identity, sizeof c->identity, component->identity);
		str_copy(c->target, sizeof c->target, component->target);
		str_copy(c->source, sizeof c->source, reported ? reported : "");
	}
}

/* A package may serve several versions; each is a cohort of its own. */
static bool
same_sources(const struct profile *p, const struct facts *facts, size_t component_count)
{
	for (size_t i = 0; i < component_count; i++) {
		const char *reported = facts->components[i].reported;

		if (p->packages[i] &&
			strcmp(p->components[i].reported ? p->components[i].reported : "",
				reported ? reported : "") != 0)
			return false;
	}
	return true;
}

static size_t
profile_of(struct world *w, const struct facts *facts, const struct decision *decision)
{
	struct profile *p;

	for (size_t i = 0; i < w->profile_count; i++)
		if (!memcmp(w->profiles[i].packages, decision->packages,
			    sizeof decision->packages) &&
			same_sources(&w->profiles[i], facts, w->plan.component_count))
			return i;
	if (w->profile_count == PROFILES_MAX)
		return 0;
	p = &w->profiles[w->profile_count];
	for (size_t i = 0; i < w->plan.component_count; i++) {
		p->components[i] = facts->components[i];
		if (facts->components[i].reported)
			p->components[i].reported =
				arena_copy(&w->own, facts->components[i].reported);
	}
	memcpy(p->packages, decision->packages, sizeof p->packages);
	attempt_make(w, p);
	return w->profile_count++;
}

static uint16_t
zone_of(const struct world *w, const struct device *device)
{
	for (size_t i = 1; w->plan.device_zone && i < w->plan.zone_count; i++)
		if (!strcmp(w->plan.push[i].zone, device->timezone))
			return (uint16_t)i;
	return 0;
}

static void
runner_add(struct world *w, const struct device *device, const struct facts *facts,
	const struct decision *decision)
{
	static const uint8_t no_salt[16];
	struct runner *r;

	if (w->count == w->room) {
		w->room = w->room ? w->room * 2 : 1024;
		w->runners = realloc(w->runners, w->room * sizeof *w->runners);
		if (!w->runners)
			exit(ERR_INTERNAL);
	}
	r = &w->runners[w->count++];
	*r = (struct runner){ .next = NONE,
		.bucket = (uint16_t)facts->place.bucket,
		.profile = (uint16_t)profile_of(w, facts, decision),
		.slot = (uint16_t)(token_bucket(no_salt, device->name) * w->slots / STAGE_BUCKETS),
		.zone = zone_of(w, device),
		.label = label_of(w, device),
		.home = (int8_t)home_stage(w, device->id, facts->place.bucket),
		.counted = (int8_t)(facts->place.home >= 0 ? facts->place.home : NONE) };
	w->package_devices[r->profile]++;
}

/* Facts of one device without asking the database where it has no history. */
static enum err_code
facts_of(struct world *w, const struct plan *plan, struct subject *subject, struct facts *facts,
	struct err *err)
{
	struct session *session = w->session;
	int64_t id = subject->device.id;
	struct plan_device lists[2];

	if (w->known[id] || w->history[id]) {
		if (subject_load(session, subject, err))
			return err->code;
	} else {
		subject->components = pairs_parse(&session->arena, subject->device.components);
		subject->floors = pairs_parse(&session->arena, subject->device.floors);
		if (plan->rule_count || plan->left_out_count || w->bound) {
			subject->labels = pairs_parse(&session->arena, subject->device.labels);
			subject->attributes =
				pairs_parse(&session->arena, subject->device.attributes);
			if (db_device_ties(session->db, &session->arena, id, &subject->ties, err))
				return err->code;
		}
	}
	/* The lists as activation copies them. */
	subject->ties.lists = lists;
	subject->ties.list_count = 0;
	for (enum plan_list list = LIST_WHITE; list <= LIST_BLACK; list++)
		if (w->listed[id] & list)
			lists[subject->ties.list_count++] = (struct plan_device){ plan->id, list };
	return facts_make(session, &w->fleet, &w->catalog, plan, subject, facts, err);
}

static enum err_code
classify(struct world *w, const struct plan *open, const struct device *device, struct facts *facts,
	struct decision *decision, struct err *err)
{
	struct subject subject = { .device = *device };
	const struct pulse calm = { .ever_succeeded = 1 };

	if (facts_of(w, open, &subject, facts, err))
		return err->code;
	/* A draft's snapshot would be taken now. */
	facts->pulse = &calm;
	decide(facts, decision);
	if (decision->verdict == GATE_OTHER_EXECUTION_OPEN ||
		decision->verdict == GATE_RETRY_BACKOFF)
		decision->verdict = VERDICT_ELIGIBLE; /* both pass with time */
	for (size_t i = 0; decision->verdict == VERDICT_ELIGIBLE && i < open->component_count; i++)
		if (decision->packages[i] &&
			package_missing(w->session, decision->packages[i], &w->catalog))
			decision->verdict = GATE_FILE_MISSING;
	if (decision->verdict == VERDICT_ELIGIBLE) {
		runner_add(w, device, facts, decision);
		return ERR_OK;
	}
	if (!w->out->excluded[decision->verdict]++)
		w->out->example[decision->verdict] = arena_copy(&w->own, device->name);
	return ERR_OK;
}

/* True where a package is bound to hardware, which labels and attributes tell. */
static bool
bound(const struct plan *plan)
{
	for (size_t i = 0; i < plan->component_count; i++)
		for (size_t p = 0; p < plan->components[i].package_count; p++)
			if (*plan->components[i].packages[p].hw)
				return true;
	return false;
}

enum err_code
population_read(struct world *w, struct err *err)
{
	struct session *session = w->session;
	struct plan open = open_plan(&w->plan);
	struct decision decision = { .gates = NULL };
	struct stage stages[LIMIT_STAGES];
	struct stmt *cursor;
	struct device device;

	w->bound = bound(&w->plan);
	w->labels = arena_alloc(&w->own, sizeof *w->labels);
	memcpy(stages, w->plan.stages, w->plan.stage_count * sizeof *stages);
	for (size_t i = 0; i < w->plan.stage_count; i++)
		stages[i].opened_at = 1;
	open.stages = stages;
	cursor = db_device_of_product_cursor(session->db, w->plan.product);
	while (db_device_each(cursor, &session->arena, &device, err) == DB_ROW) {
		if (device.id > w->max_id)
			break; /* enrolled since the marks were read */
		w->out->population++;
		if (classify(w, &open, &device, w->facts, &decision, err))
			break;
		arena_reset(&session->arena);
		if (session->progress && w->out->population % 50000 == 0)
			session->progress(
				session, "reading devices", w->out->population, w->max_id);
	}
	db_reset(cursor);
	w->out->eligible = (int64_t)w->count;
	return err->code;
}
