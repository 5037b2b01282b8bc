#include "core/silence.h"

enum {
	SPAN_S = 6 * 3600,
	SPAN_POLLS = 3,
	LEAST = 3,
	PERCENT = 10,
	AWAKE_LEAST = 20, /* in the control */
	AWAKE_PERCENT = 10,
	CONTROL_LEAST = 5,
	EXPLAINS_HALVES = 3, /* of the control's unheard share */
};

int64_t
silence_span(int64_t poll_interval)
{
	return SPAN_POLLS * poll_interval > SPAN_S ? SPAN_POLLS * poll_interval : SPAN_S;
}

bool
silence_forgiven(int64_t last_seen, const struct silence_terms *terms)
{
	return last_seen + terms->span < terms->forgiven_at;
}

static void
count(struct silence_count *c, int64_t heard_until, int64_t now, int64_t weight)
{
	c->judged += weight;
	c->unheard += heard_until < now ? weight : 0;
}

void
silence_add(struct silence_group *group, const struct gaps *gaps, int64_t last_seen,
	const struct silence_terms *terms, int64_t weight)
{
	int64_t usual = gaps->longest_s + SPAN_S;

	if (silence_forgiven(last_seen, terms))
		return;
	count(&group->by[SILENCE_AWAKE], last_seen + terms->span, terms->now, weight);
	if (!gaps_measured(gaps))
		return;
	usual = last_seen + (usual > terms->span ? usual : terms->span);
	count(&group->by[SILENCE_USUAL], usual, terms->now, weight);
	if (gaps_known(gaps, last_seen))
		count(&group->by[SILENCE_KNOWN], usual, terms->now, weight);
}

/* At least LEAST and more than PERCENT beyond what the control explains. */
static bool
too_many(const struct silence_count *c, const struct silence_count *control)
{
	int64_t of = control->judged ? 2 * control->judged : 1;
	int64_t left = c->unheard * of -
		       (control->judged ? EXPLAINS_HALVES * control->unheard * c->judged : 0);

	return left >= LEAST * of && left * 100 > PERCENT * c->judged * of;
}

/* Find where there are too many by a measure. */
static bool
look(const struct silence_group *groups, size_t count, enum silence_measure measure,
	const struct silence_count *control, struct silence_verdict *ret)
{
	struct silence_verdict found = { .measure = measure, .control = *control };
	struct silence_count all = { 0 };

	for (size_t i = 0; i < count; i++) {
		found.where = (int)i;
		found.there = groups[i].by[measure];
		all.judged += found.there.judged;
		all.unheard += found.there.unheard;
		if (too_many(&found.there, control)) {
			*ret = found;
			return true;
		}
	}
	found.where = SILENCE_EVERYWHERE;
	found.there = all;
	if (!too_many(&all, control))
		return false;
	*ret = found;
	return true;
}

bool
silence_possible(const struct silence_group *groups, size_t count)
{
	static const struct silence_count nobody;
	struct silence_verdict ignored;
	bool ret = false;

	for (int m = 0; m < SILENCE_MEASURES; m++)
		ret |= look(groups, count, (enum silence_measure)m, &nobody, &ignored);
	return ret;
}

bool
silence_decide(const struct silence_group *groups, size_t count,
	const struct silence_group *control, struct silence_verdict *ret)
{
	const struct silence_count *awake = &control->by[SILENCE_AWAKE],
				   *usual = &control->by[SILENCE_USUAL];

	if (awake->judged >= AWAKE_LEAST && awake->unheard * 100 < AWAKE_PERCENT * awake->judged)
		return look(groups, count, SILENCE_AWAKE, awake, ret);
	return look(groups, count, usual->judged < CONTROL_LEAST ? SILENCE_KNOWN : SILENCE_USUAL,
		usual, ret);
}
