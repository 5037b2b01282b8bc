/*
 * Herds: devices that wait for something together.  They cost at most 1.2 times the polls of their
 * poll interval; no 10 seconds get more than 3 times the mean, or 30 polls; a rate serves all
 * parts of the hash range alike.
 */
#include "tests/plans/campaign.h"

#define OBEDIENT { { .every = 10 * MINUTE, .obeys = true } }
#define HALF .acts = { { 5 * HOUR, .text = "plan suspend spring --reason half" } }
#define FLEETS { 600, 20000 }

static const char *
polls_are_spread(const struct result *r)
{
	static char text[128];
	int64_t most = 3 * r->burst_mean / 100 > 30 ? 3 * r->burst_mean / 100 : 30;

	if (r->poll_ratio > 120)
		snprintf(text, sizeof text, "%.2f times the polls of the interval",
			(double)r->poll_ratio / 100);
	else if (r->burst > most)
		snprintf(text, sizeof text, "%lld polls in 10 s, the mean is %.1f",
			(long long)r->burst, (double)r->burst_mean / 100);
	else
		return NULL;
	return text;
}

/* A tenth of 600 devices is too few for chance to stay within 45 to 55 %. */
static const char *
a_rate_is_fair(const struct result *r)
{
	static char text[128];
	int64_t room = r->devices < 20000 ? 20 : 5;

	if (r->tenth_low >= 50 - room && r->tenth_high <= 50 + room)
		return polls_are_spread(r);
	snprintf(text, sizeof text, "of the tenths of the hash range %lld to %lld %% are served",
		(long long)r->tenth_low, (long long)r->tenth_high);
	return text;
}

static const struct scenario list[] = {
	{ .name = "a herd waits for a stage",
		.shows = "low",
		.sizes = FLEETS,
		.mix = OBEDIENT,
		.fresh = true,
		.herd = true,
		.plan = "--set stages=5,100%",
		.hours = 7,
		.expect = { .also = polls_are_spread } },
	{ .name = "a herd waits for a window",
		.shows = "D12",
		.sizes = FLEETS,
		.mix = OBEDIENT,
		.fresh = true,
		.herd = true,
		.plan = "--push 15:00-21:00 --strategy all-at-once --set max_unproven=20",
		.hours = 7,
		.expect = { .also = polls_are_spread } },
	{ .name = "a herd waits for a rate",
		.shows = "low",
		.sizes = FLEETS,
		.mix = OBEDIENT,
		.fresh = true,
		.herd = true,
		.plan = "--strategy all-at-once --set rate=constant --set rate_base=2",
		.hours = 7,
		.rate = 2,
		.expect = { .also = polls_are_spread } },
	{ .name = "half of a herd is served",
		.shows = "low",
		.sizes = { 600 },
		.mix = OBEDIENT,
		.fresh = true,
		.herd = true,
		.plan = "--strategy all-at-once --set rate=constant --set rate_base=1",
		.rate = 1,
		HALF,
		.hours = 7,
		.expect = { .ends = BY_OPERATOR, .also = a_rate_is_fair } },
	{ .name = "half of a large herd is served",
		.shows = "low",
		.sizes = { 20000 },
		.mix = OBEDIENT,
		.fresh = true,
		.herd = true,
		.rare = true,
		.plan = "--strategy all-at-once --set rate=constant --set rate_base=34",
		.rate = 34,
		HALF,
		.hours = 7,
		.expect = { .ends = BY_OPERATOR, .also = a_rate_is_fair } },
	{ .name = "a frozen herd",
		.shows = "low",
		.sizes = FLEETS,
		.mix = OBEDIENT,
		.fresh = true,
		.herd = true,
		.acts = { { .text = "freeze on --reason stop" } },
		.hours = 7,
		.expect = { .also = polls_are_spread } },
};

const struct scenario_list scenarios_herds = { list, COUNT(list) };
