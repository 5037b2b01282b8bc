/*
 * The rows that the door keeps in its table of cohorts are kept here in a list, found by a hash of
 * what tells them apart.  What an end counts for and how it is judged is core's alone: the same
 * ends in the same order trip at the same one, with the same words.
 */
#include "plans/simulate/trip.h"

#include "core/str.h"
#include "plans/simulate/runner.h"

enum { PLACES_FIRST = 256 };

struct trip {
	struct breaker_list rules;
	struct breaker_row *rows;
	size_t count, room, sick;
	uint32_t *places; /* open addressing: index of a row + 1, or 0; at most half are taken */
	size_t place_count;
};

/* FNV-1a over scope, number and text. */
static uint64_t
hash(const struct breaker_cohort *c)
{
	uint64_t ret = 0xcbf29ce484222325 ^ (uint64_t)c->scope;

	ret = (ret * 0x100000001b3 ^ (uint64_t)c->number) * 0x100000001b3;
	for (const char *at = c->text; *at; at++)
		ret = (ret ^ (uint8_t)*at) * 0x100000001b3;
	return ret ^ ret >> 32;
}

static bool
same(const struct breaker_cohort *a, const struct breaker_cohort *b)
{
	return a->scope == b->scope && a->number == b->number && !strcmp(a->text, b->text);
}

/* The place of a cohort, or the free one where it belongs. */
static uint32_t *
place_of(const struct trip *t, const struct breaker_cohort *cohort)
{
	size_t at = hash(cohort) % t->place_count;

	while (t->places[at] && !same(&t->rows[t->places[at] - 1].cohort, cohort))
		at = (at + 1) % t->place_count;
	return &t->places[at];
}

static void
grow(struct world *w, struct trip *t)
{
	struct breaker_row *rows = t->rows;

	t->room = t->room ? t->room * 2 : PLACES_FIRST / 2;
	t->rows = arena_alloc(&w->own, t->room * sizeof *t->rows);
	if (t->count)
		memcpy(t->rows, rows, t->count * sizeof *rows);
	t->place_count = t->room * 2;
	t->places = arena_alloc(&w->own, t->place_count * sizeof *t->places);
	for (size_t i = 0; i < t->count; i++)
		*place_of(t, &t->rows[i].cohort) = (uint32_t)i + 1;
}

static struct breaker_row *
row_of(struct world *w, const struct breaker_cohort *cohort)
{
	struct trip *t = w->trip;
	uint32_t *place;

	if (t->count == t->room)
		grow(w, t);
	place = place_of(t, cohort);
	if (!*place) {
		t->rows[t->count].cohort = *cohort;
		*place = (uint32_t)++t->count;
	}
	return &t->rows[*place - 1];
}

/* Whether a cohort is sick is asked every minute, and changes by what it counts alone. */
static struct breaker_tally *
cohort_add(struct world *w, const struct breaker_cohort *cohort, const struct breaker_tally *delta)
{
	struct breaker_row *row = row_of(w, cohort);
	struct breaker_tally *tally = &row->tally;

	w->trip->sick -= breaker_sick(row);
	tally->concluded += delta->concluded;
	tally->failed += delta->failed;
	tally->rejected += delta->rejected;
	tally->timed_out += delta->timed_out;
	tally->regressed += delta->regressed;
	tally->well += delta->well;
	tally->bad += delta->bad;
	w->trip->sick += breaker_sick(row);
	return tally;
}

/* The newest attempt of a runner, as the breaker sees it. */
static void
attempt_of(const struct world *w, const struct runner *r, struct execution *ret)
{
	*ret = (struct execution){ .state = (enum execution_state)r->state,
		.stage = r->counted,
		.block = r->block,
		.accepted_at = r->in_probe ? w->plan.probe_at : 0 };
	str_copy(ret->cohort, sizeof ret->cohort, runner_label(w, r));
}

static void
judge(struct world *w, const struct breaker_cohort *cohort, const struct breaker_tally *tally,
	int64_t now)
{
	struct breaker_case what = breaker_case_of(&w->plan, cohort);
	struct breaker_verdict verdict;

	if (w->pulse.tripped_at || !breaker_trips(&w->trip->rules, tally, &what, &verdict))
		return;
	w->pulse.tripped_at = now;
	w->tripped_abort = verdict.abort;
	breaker_reason(&verdict, &what, cohort, w->pulse.tripped);
}

void
trip_count(struct world *w, struct runner *r, int64_t now)
{
	const struct profile *profile = &w->profiles[r->profile];
	struct execution e;
	const struct breaker_end end = { .execution = &e,
		.from = EXEC_ACCEPTED,
		.components = profile->attempt,
		.component_count = profile->attempt_count,
		.before = (r->has_concluded ? COUNTED_CONCLUDED : 0) |
			  (r->has_failed ? COUNTED_FAILED : 0) };
	struct breaker_count count;

	if (w->pulse.tripped_at || r->old)
		return;
	attempt_of(w, r, &e);
	breaker_end(&end, &w->plan, &count);
	r->has_concluded = true;
	r->has_failed |= (count.counted & COUNTED_FAILED) != 0;
	for (size_t i = 0; i < count.cohort_count; i++) {
		const struct breaker_tally *tally = cohort_add(w, &count.cohorts[i], &count.delta);

		if (count.news)
			judge(w, &count.cohorts[i], tally, now);
	}
}

void
trip_again(struct world *w, const struct runner *r)
{
	const struct profile *profile = &w->profiles[r->profile];
	struct execution e;
	const struct breaker_end end = { .execution = &e,
		.components = profile->attempt,
		.component_count = profile->attempt_count };
	struct breaker_count count;

	if (r->old)
		return;
	attempt_of(w, r, &e);
	breaker_again(&end, &w->plan, &count);
	for (size_t i = 0; i < count.cohort_count; i++)
		cohort_add(w, &count.cohorts[i], &count.delta);
}

void
trip_make(struct world *w)
{
	struct trip *t = arena_alloc(&w->own, sizeof *t);

	breaker_list_parse(w->plan.strategy.breaker, &t->rules);
	w->trip = t;
	for (size_t i = 0; i < w->row_count; i++)
		cohort_add(w, &w->rows[i].cohort, &w->rows[i].tally);
}

bool
trip_sick(const struct world *w)
{
	return w->trip->sick > 0;
}
