#include "core/outlook.h"

#include "core/moment.h"
#include "core/str.h"
#include "core/terms.h"

#include <inttypes.h>

enum { SPAN = 32 };

/* Stages that open one after the other: those that are too small open with the next. */
static int64_t
openings(const struct plan *plan)
{
	int64_t ret = 0;

	for (size_t i = 0; i < plan->stage_count; i++)
		ret += i + 1 == plan->stage_count || !stage_joins_next(&plan->stages[i]);
	return ret;
}

/* What shows after the soak, and late deaths where nobody waits any more with whom to compare. */
static const char *
unnoticed(const struct plan *plan, struct arena *arena)
{
	static const char known[] = "devices that die later are missed only where they are known "
				    "for 8 days, as nobody is left to compare with";
	const struct strategy *s = &plan->strategy;
	char soak[SPAN];

	if (!strcmp(s->breaker, "off"))
		return "breaker=off: failures and silence do not stop it";
	if (openings(plan) < 2)
		return arena_printf(arena, "everybody may have it at once: %s", known);
	return arena_printf(arena,
		"what shows later than %s after an update reaches the next stage; in the last one "
		"%s",
		moment_span(s->soak, soak), known);
}

static const char *
no_effect(const struct plan *plan, const struct outlook_facts *f, struct arena *arena)
{
	const struct strategy *s = &plan->strategy;

	if (strcmp(s->rate, "off") != 0 && terms_rate(s, 0) >= f->pending)
		return arena_printf(arena,
			"the rate has no effect: %" PRId64 " offers a minute, %" PRId64 " targets",
			terms_rate(s, 0), f->pending);
	if (s->max_in_progress != STRATEGY_OFF && s->max_in_progress >= f->pending)
		return arena_printf(arena,
			"max_in_progress has no effect: %" PRId64 " at a time, %" PRId64 " targets",
			s->max_in_progress, f->pending);
	return NULL;
}

/* The devices that limits let through until the end, at most. */
static int64_t
room(const struct strategy *s, const struct outlook_facts *f)
{
	int64_t ret = INT64_MAX, minutes = f->open_s / 60;
	int64_t duration = s->duration > 60 ? s->duration : 60;

	if (strcmp(s->rate, "off") != 0) {
		int64_t most = terms_rate(s, f->pending);

		ret = most < INT64_MAX / (minutes + 1) ? most * minutes : INT64_MAX;
	}
	if (s->max_in_progress != STRATEGY_OFF) {
		int64_t turns = f->open_s / duration + 1;
		int64_t most = s->max_in_progress < INT64_MAX / turns ? s->max_in_progress * turns
								      : INT64_MAX;

		ret = most < ret ? most : ret;
	}
	return ret;
}

static const char *
too_late(const struct plan *plan, const struct outlook_facts *f, struct arena *arena)
{
	const struct strategy *s = &plan->strategy;
	int64_t soaks = (openings(plan) - 1) * s->soak, most;
	char soak[SPAN], lasts[SPAN];

	if (!f->lasts_s)
		return NULL;
	if (soaks >= f->lasts_s)
		return arena_printf(arena,
			"its stages soak for %s before the last one opens, and it ends after %s",
			moment_span(soaks, soak), moment_span(f->lasts_s, lasts));
	most = room(s, f);
	if (most >= f->pending)
		return NULL;
	return arena_printf(arena,
		"rate and max_in_progress let at most %" PRId64 " of %" PRId64
		" targets begin before its end",
		most, f->pending);
}

size_t
outlook(const struct plan *plan, const struct outlook_facts *f, struct arena *arena,
	const char **ret)
{
	size_t count = 0;
	const char *text;

	if (!f->pending)
		return 0;
	if ((text = no_effect(plan, f, arena)))
		ret[count++] = text;
	if ((text = too_late(plan, f, arena)))
		ret[count++] = text;
	ret[count++] = unnoticed(plan, arena);
	return count;
}

const char *
outlook_too_short(const struct strategy *s, const struct interval *list, size_t count,
	int64_t until, struct arena *arena)
{
	char at[MOMENT_TEXT];

	for (size_t i = 0; s->fit_window && i < count && list[i].opens_at < until; i++)
		if (list[i].closes_at - list[i].opens_at <= s->duration)
			return arena_printf(arena,
				"the push window of %s is not longer than the expected duration: "
				"nothing is offered in it",
				moment_format(list[i].opens_at, at));
	return NULL;
}

size_t
outlook_bindings(const struct plan_component *c, const struct package *package, struct arena *arena,
	const char **ret)
{
	size_t count = 0;

	if (package->hw && *package->hw)
		ret[count++] = arena_printf(arena, "a package of %s %s is only for hw %s",
			c->identity, c->target, package->hw);
	if (package->requirements && *package->requirements)
		ret[count++] = arena_printf(arena, "a package of %s %s requires %s", c->identity,
			c->target, pairs_line(arena, package->requirements));
	return count;
}
