/* Throttling: downwards for free, up again as far as a plan was activated with, never above. */
#include "tests/test.h"

#include "core/str.h"
#include "core/terms.h"
#include "core/throttle.h"

enum { OFF = -7, AUTO = -8, NO = 0 }; /* in the tables below */

static int64_t
limit(int64_t value)
{
	return value == OFF ? STRATEGY_OFF : value == AUTO ? STRATEGY_AUTO : value;
}

static struct strategy
strategy(const char *rate, int64_t base, int64_t cap, int64_t in_progress, int64_t unproven)
{
	struct strategy ret = { .rate_base = base, .rate_cap = cap, .rate_factor = 200, .rate_step = 10,
		.max_in_progress = limit(in_progress), .max_unproven = limit(unproven) };

	str_copy(ret.rate, sizeof ret.rate, rate);
	return ret;
}

static const struct {
	const char *rate;	/* as activated */
	int64_t base, cap, in_progress, unproven;
	struct throttle first, wish; /* one after the other, the first with a reason */
	enum throttle_way way;
	const char *then;	/* the rate afterwards, */
	int64_t then_base, then_cap, then_in_progress, then_unproven; /* and the rest */
} cases[] = {
	{ "off", 50, 1000, OFF, AUTO, { 0 }, { .rate = 9 }, THROTTLE_LOWER, "constant", 9, 1000, OFF, AUTO },
	{ "off", 50, 1000, OFF, AUTO, { 0 }, { .rate = OFF }, THROTTLE_SAME, "off", 50, 1000, OFF, AUTO },
	{ "off", 50, 1000, OFF, AUTO, { .rate = 9 }, { .rate = 9 }, THROTTLE_SAME, "constant", 9, 1000, OFF, AUTO },
	{ "off", 50, 1000, OFF, AUTO, { .rate = 9 }, { .rate = 10 }, THROTTLE_RAISE, "constant", 10, 1000, OFF, AUTO },
	{ "off", 50, 1000, OFF, AUTO, { .rate = 9 }, { .rate = OFF }, THROTTLE_RAISE, "off", 50, 1000, OFF, AUTO },
	{ "constant", 50, 1000, OFF, AUTO, { 0 }, { .rate = 50 }, THROTTLE_SAME, "constant", 50, 1000, OFF, AUTO },
	{ "constant", 50, 1000, OFF, AUTO, { 0 }, { .rate = 51 }, THROTTLE_ABOVE, "constant", 50, 1000, OFF, AUTO },
	{ "constant", 50, 1000, OFF, AUTO, { 0 }, { .rate = OFF }, THROTTLE_ABOVE, "constant", 50, 1000, OFF, AUTO },
	{ "constant", 50, 1000, OFF, AUTO, { .rate = 3 }, { .rate = 51 }, THROTTLE_ABOVE, "constant", 3, 1000, OFF, AUTO },
	{ "constant", 50, 1000, OFF, AUTO, { .rate = 3 }, { .rate = 50 }, THROTTLE_RAISE, "constant", 50, 1000, OFF, AUTO },
	{ "exponential", 50, 1000, OFF, AUTO, { 0 }, { .rate = 400 }, THROTTLE_LOWER, "exponential", 50, 400, OFF, AUTO },
	{ "exponential", 50, 1000, OFF, AUTO, { 0 }, { .rate = 20 }, THROTTLE_LOWER, "exponential", 20, 20, OFF, AUTO },
	{ "exponential", 50, 1000, OFF, AUTO, { .rate = 20 }, { .rate = 70 }, THROTTLE_RAISE, "exponential", 50, 70, OFF,
		AUTO },
	{ "exponential", 50, 1000, OFF, AUTO, { .rate = 20 }, { .rate = 1000 }, THROTTLE_RAISE, "exponential", 50, 1000,
		OFF, AUTO },
	{ "exponential", 50, 1000, OFF, AUTO, { 0 }, { .rate = 1001 }, THROTTLE_ABOVE, "exponential", 50, 1000, OFF, AUTO },
	{ "off", 50, 1000, OFF, AUTO, { 0 }, { .in_progress = 5 }, THROTTLE_LOWER, "off", 50, 1000, 5, AUTO },
	{ "off", 50, 1000, 5, AUTO, { 0 }, { .in_progress = 6 }, THROTTLE_ABOVE, "off", 50, 1000, 5, AUTO },
	{ "off", 50, 1000, 5, AUTO, { 0 }, { .in_progress = OFF }, THROTTLE_ABOVE, "off", 50, 1000, 5, AUTO },
	{ "off", 50, 1000, 5, AUTO, { .in_progress = 1 }, { .in_progress = 5 }, THROTTLE_RAISE, "off", 50, 1000, 5, AUTO },
	{ "off", 50, 1000, OFF, AUTO, { 0 }, { .unproven = 20 }, THROTTLE_LOWER, "off", 50, 1000, OFF, 20 },
	{ "off", 50, 1000, OFF, AUTO, { 0 }, { .unproven = 21 }, THROTTLE_ABOVE, "off", 50, 1000, OFF, AUTO },
	{ "off", 50, 1000, OFF, AUTO, { 0 }, { .unproven = OFF }, THROTTLE_ABOVE, "off", 50, 1000, OFF, AUTO },
	{ "off", 50, 1000, OFF, AUTO, { .unproven = 5 }, { .unproven = 9 }, THROTTLE_RAISE, "off", 50, 1000, OFF, 9 },
	{ "off", 50, 1000, OFF, AUTO, { .unproven = 5 }, { .unproven = AUTO }, THROTTLE_RAISE, "off", 50, 1000, OFF, AUTO },
	{ "off", 50, 1000, OFF, OFF, { 0 }, { .unproven = AUTO }, THROTTLE_LOWER, "off", 50, 1000, OFF, AUTO },
	{ "off", 50, 1000, OFF, OFF, { 0 }, { .unproven = 900 }, THROTTLE_LOWER, "off", 50, 1000, OFF, 900 },
	{ "off", 50, 1000, OFF, OFF, { .unproven = AUTO }, { .unproven = 900 }, THROTTLE_RAISE, "off", 50, 1000, OFF, 900 },
	{ "off", 50, 1000, OFF, OFF, { .unproven = AUTO }, { .unproven = 20 }, THROTTLE_LOWER, "off", 50, 1000, OFF, 20 },
	{ "off", 50, 1000, OFF, 30, { 0 }, { .unproven = AUTO }, THROTTLE_ABOVE, "off", 50, 1000, OFF, 30 },
	{ "off", 50, 1000, OFF, 30, { .unproven = 9 }, { .unproven = 30 }, THROTTLE_RAISE, "off", 50, 1000, OFF, 30 },
	/* Of several, the riskiest counts; one that is too much refuses them all. */
	{ "off", 50, 1000, 9, AUTO, { .in_progress = 4 }, { .rate = 3, .in_progress = 5 }, THROTTLE_RAISE, "constant", 3,
		1000, 5, AUTO },
	{ "off", 50, 1000, 9, AUTO, { 0 }, { .rate = 3, .in_progress = 10 }, THROTTLE_ABOVE, "off", 50, 1000, 9, AUTO },
};

static struct throttle
wished(const struct throttle *wish)
{
	return (struct throttle){ limit(wish->rate), limit(wish->in_progress), limit(wish->unproven) };
}

static void
each_wish_goes_its_way(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct strategy activated = strategy(cases[i].rate, cases[i].base, cases[i].cap, cases[i].in_progress,
			cases[i].unproven);
		struct strategy then = strategy(cases[i].then, cases[i].then_base, cases[i].then_cap,
			cases[i].then_in_progress, cases[i].then_unproven);
		struct strategy s = activated;
		struct throttle first = wished(&cases[i].first), wish = wished(&cases[i].wish);
		const char *key = NULL;
		enum throttle_way way;

		throttle_apply(&activated, &first, &s, &key);
		way = throttle_apply(&activated, &wish, &s, &key);
		if (way != cases[i].way || strcmp(s.rate, then.rate) != 0 || s.rate_base != then.rate_base ||
			s.rate_cap != then.rate_cap || s.max_in_progress != then.max_in_progress ||
			s.max_unproven != then.max_unproven)
			fail_msg("case %zu: way %d, rate %s %lld..%lld", i, (int)way, s.rate, (long long)s.rate_base,
				(long long)s.rate_cap);
	}
}

static struct throttle
any_wish(void)
{
	return (struct throttle){ any_below(3) ? 1 + any_below(1200) : any_below(2) ? STRATEGY_OFF : THROTTLE_KEEP,
		any_below(2) ? 1 + any_below(60) : THROTTLE_KEEP, THROTTLE_KEEP };
}

/* However often it is throttled, no number of successes gets more than before, or than activated. */
static void
lower_is_never_more(void **state)
{
	static const char *const rates[] = { "off", "constant", "exponential" };

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct strategy activated = strategy(rates[any_below(3)], 1 + any_below(100), 1 + any_below(1000), OFF, OFF);
		struct strategy s = activated;
		const char *key;

		for (int step = 0; step < 4; step++) {
			struct throttle wish = any_wish();
			struct strategy before = s;
			enum throttle_way way = throttle_apply(&activated, &wish, &s, &key);

			for (int64_t succeeded = 0; succeeded < 120; succeeded += 7) {
				int64_t now = terms_rate(&s, succeeded);

				assert_true(now <= terms_rate(&activated, succeeded));
				if (way != THROTTLE_RAISE)
					assert_true(now <= terms_rate(&before, succeeded));
				if (way <= THROTTLE_RAISE && wish.rate > 0)
					assert_true(now <= wish.rate);
			}
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_wish_goes_its_way),
		cmocka_unit_test(lower_is_never_more),
	};

	seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
