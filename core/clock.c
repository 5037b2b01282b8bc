#include "core/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool
same_boot(const struct clock_time *left, const struct clock_time *right)
{
	return *left->boot && !strcmp(left->boot, right->boot);
}

static bool
drifted(int64_t by)
{
	return by > CLOCK_DRIFT_S || by < -CLOCK_DRIFT_S;
}

/* Within one boot: how much more the wall clock has moved than time has passed. */
static int64_t
gained(const struct clock_time *from, const struct clock_time *to)
{
	return (to->at - from->at) - (to->uptime - from->uptime);
}

int64_t
clock_ahead(const struct clock_guard *guard, const struct clock_time *now)
{
	int64_t passed = now->at - guard->trusted.at;

	if (!guard->trusted.at)
		return 0;
	if (same_boot(&guard->trusted, now))
		return drifted(gained(&guard->trusted, now)) ? gained(&guard->trusted, now) : 0;
	/* How much time has passed nobody knows: at least none, and it goes on from there. */
	if (passed < -CLOCK_DRIFT_S)
		return guard->jump_by && guard->jump_by < passed ? guard->jump_by : passed;
	/* A reboot does not make a clock right that was ahead. */
	if (guard->jump_by > 0 && now->at >= guard->jump_at - CLOCK_DRIFT_S)
		return guard->jump_by;
	return 0;
}

/* The clock that jumped has gone on evenly since the last tick. */
static bool
steady(const struct clock_guard *guard, const struct clock_time *now)
{
	struct clock_time last = guard->last;

	last.at += guard->jump_by;
	if (same_boot(&last, now))
		return !drifted(gained(&last, now));
	return !*last.boot && !*now->boot && now->at >= last.at - CLOCK_DRIFT_S;
}

struct clock_guard
clock_accept(const struct clock_time *now)
{
	return (struct clock_guard){ .trusted = *now, .last = *now };
}

struct clock_step
clock_tick(const struct clock_guard *guard, const struct clock_time *now)
{
	struct clock_step ret = { .guard = *guard, .by = clock_ahead(guard, now) };

	if (!ret.by) {
		ret.guard = clock_accept(now);
		return ret;
	}
	if (!guard->jump_by || !steady(guard, now))
		ret.guard.jump_at = now->at;
	if (now->at - ret.guard.jump_at >= CLOCK_LASTS_S)
		return (struct clock_step){ .guard = clock_accept(now), .lasted = ret.by };
	ret.guard.jump_by = ret.by;
	ret.guard.last = *now;
	ret.guard.last.at -= ret.by;
	return ret;
}

const char *
clock_words(int64_t by, char *ret)
{
	static const struct {
		int64_t span;
		const char *unit;
	} units[] = { { 86400, "d" }, { 3600, "h" }, { 60, "min" } };
	int64_t size = by < 0 ? -by : by;

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (size >= 2 * units[i].span || units[i].span == 60) {
			snprintf(ret, CLOCK_WORDS, "%s%" PRId64 " %s", by < 0 ? "-" : "",
				(size + units[i].span / 2) / units[i].span, units[i].unit);
			return ret;
		}
	return ret;
}
