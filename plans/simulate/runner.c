/*
 * Runners share profiles: devices that take the same packages from the same versions decide alike,
 * so that the clock needs no more of a device than its runner of 24 bytes.
 */
#include "plans/simulate/runner.h"

#include "core/str.h"
#include "signing/token.h"

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
runner_label(const struct world *w, const struct runner *runner)
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

static int64_t
silent_s(const struct world *w, const struct device *device)
{
	return w->start - (device->last_seen ? device->last_seen : device->enrolled_at);
}

bool
runner_gone(const struct world *w, const struct device *device)
{
	return gaps_absent(&device->gaps, silent_s(w, device));
}

void
runner_habits(const struct world *w, struct runner *r, const struct device *device)
{
	const struct gaps *gaps = &device->gaps;
	int64_t period = gaps_measured(gaps) ? gaps->longest_s / MINUTE_S : 0, phase;

	r->gone = runner_gone(w, device);
	if (!period || period <= w->slots)
		return;
	phase = ((device->last_seen - w->start) / MINUTE_S) % period;
	r->period = (uint16_t)(period < UINT16_MAX ? period : UINT16_MAX);
	r->slot = (uint16_t)(phase < 0 ? phase + period : phase);
}

/* Who is never measured is taken to ask as the plan tells it; the operator hears how many. */
static void
habits_count(struct world *w, const struct runner *r, const struct device *device)
{
	if (r->gone) {
		w->out->absent++;
		if (silent_s(w, device) > w->away_s)
			w->away_s = silent_s(w, device);
	} else if (!gaps_measured(&device->gaps)) {
		w->out->unmeasured++;
	} else if (r->period) {
		w->asleep++;
		if (r->period * MINUTE_S > w->sleep_s)
			w->sleep_s = r->period * MINUTE_S;
	}
}

size_t
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
		.state = EXEC_STATE_MAX,
		.home = (int8_t)home_stage(w, device->id, facts->place.bucket),
		.counted = NONE };
	runner_habits(w, r, device);
	habits_count(w, r, device);
	w->package_devices[r->profile]++;
	return w->count - 1;
}

void
runner_make(struct world *w)
{
	w->labels = arena_alloc(&w->own, sizeof *w->labels);
}
