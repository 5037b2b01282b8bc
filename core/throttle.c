#include "core/throttle.h"

#include "core/str.h"
#include "core/terms.h"

int64_t
throttle_highest(const struct strategy *s)
{
	if (!strcmp(s->rate, "off"))
		return STRATEGY_OFF;
	return strcmp(s->rate, "constant") ? s->rate_cap : s->rate_base;
}

/* A limit as a number that is higher the more it allows. */
static int64_t
height(int64_t limit)
{
	return limit == STRATEGY_OFF ? INT64_MAX : limit;
}

static enum throttle_way
way_of(int64_t activated, int64_t now, int64_t wish)
{
	if (wish == now)
		return THROTTLE_SAME;
	if (height(wish) > height(activated))
		return THROTTLE_ABOVE;
	return height(wish) < height(now) ? THROTTLE_LOWER : THROTTLE_RAISE;
}

/*
 * "auto" is no number: it never allows fewer than TERMS_UNPROVEN_LEAST, and falls back to that at a
 * resume.  So only what stays below that is below it, and what it may come to is above any number.
 */
static enum throttle_way
unproven_way(int64_t activated, int64_t now, int64_t wish)
{
	if (wish == now)
		return THROTTLE_SAME;
	if (activated != STRATEGY_OFF && activated != wish &&
		(wish == STRATEGY_AUTO ||
			(activated == STRATEGY_AUTO && height(wish) > TERMS_UNPROVEN_LEAST)))
		return THROTTLE_ABOVE;
	if (wish == STRATEGY_AUTO)
		return now == STRATEGY_OFF ? THROTTLE_LOWER : THROTTLE_RAISE;
	if (now == STRATEGY_AUTO)
		return height(wish) <= TERMS_UNPROVEN_LEAST ? THROTTLE_LOWER : THROTTLE_RAISE;
	return activated == STRATEGY_AUTO ? way_of(STRATEGY_OFF, now, wish)
					  : way_of(activated, now, wish);
}

static void
rate_set(const struct strategy *activated, int64_t wish, struct strategy *s)
{
	str_copy(s->rate, sizeof s->rate, activated->rate);
	s->rate_base = activated->rate_base;
	s->rate_cap = activated->rate_cap;
	if (wish == throttle_highest(activated))
		return;
	if (!strcmp(activated->rate, "exponential")) {
		s->rate_cap = wish;
		s->rate_base = wish < s->rate_base ? wish : s->rate_base;
		return;
	}
	str_copy(s->rate, sizeof s->rate, "constant");
	s->rate_base = wish;
}

enum throttle_way
throttle_apply(const struct strategy *activated, const struct throttle *wish, struct strategy *s,
	const char **key)
{
	const struct {
		const char *key;
		int64_t wish;
		enum throttle_way way;
	} all[] = {
		{ "rate", wish->rate,
			way_of(throttle_highest(activated), throttle_highest(s), wish->rate) },
		{ "max_in_progress", wish->in_progress,
			way_of(activated->max_in_progress, s->max_in_progress, wish->in_progress) },
		{ "max_unproven", wish->unproven,
			unproven_way(activated->max_unproven, s->max_unproven, wish->unproven) },
	};
	enum throttle_way ret = THROTTLE_SAME;

	for (size_t i = 0; i < COUNT(all); i++) {
		if (all[i].wish == THROTTLE_KEEP || all[i].way <= ret)
			continue;
		ret = all[i].way;
		*key = all[i].key;
	}
	if (ret == THROTTLE_SAME || ret == THROTTLE_ABOVE)
		return ret;
	if (wish->rate != THROTTLE_KEEP)
		rate_set(activated, wish->rate, s);
	if (wish->in_progress != THROTTLE_KEEP)
		s->max_in_progress = wish->in_progress;
	if (wish->unproven != THROTTLE_KEEP)
		s->max_unproven = wish->unproven;
	return ret;
}
