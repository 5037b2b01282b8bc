/* How long devices sleep: the longest gap of the last 8 days. */
#include "tests/test.h"

#include "core/gaps.h"

enum { HOUR = 3600, DAY = 86400, NOW = 100 * DAY };

/* Contacts after these gaps, one after the other, from the first one on; the last is `*at`. */
static struct gaps
lived(const int64_t *gaps, size_t count, int64_t *at)
{
	struct gaps ret = { 0 };

	*at = NOW;
	gaps_take(&ret, 0, *at);
	for (size_t i = 0; i < count; i++) {
		gaps_take(&ret, *at, *at + gaps[i]);
		*at += gaps[i];
	}
	return ret;
}

static void
a_gap_is_the_longest_of_eight_days(void **state)
{
	static const struct {
		int64_t gaps[12];
		int64_t usual; /* -1: never measured */
		int64_t deadline;
		bool known;
	} cases[] = {
		{ { 0 }, -1, 8 * DAY, false },
		{ { 600, HOUR - 1 }, -1, 8 * DAY, false }, /* under way: asks oftener than usual */
		{ { HOUR }, 0, 2 * DAY, false },
		{ { 2 * HOUR - 1 }, 0, 2 * DAY, false },
		{ { 2 * HOUR }, 2 * HOUR, 2 * DAY, false },
		{ { 3 * DAY }, 3 * DAY, 3 * DAY, false },
		{ { 8 * DAY }, 8 * DAY, 8 * DAY, true },
		{ { 8 * DAY + 1 }, -1, 8 * DAY, false }, /* an absence counts for nothing, */
		{ { HOUR, 9 * DAY, HOUR }, 0, 2 * DAY, false }, /* not even as time */
		{ { 14 * HOUR, 30 * DAY }, 14 * HOUR, 2 * DAY, false },
		{ { 14 * HOUR, 30 * DAY, HOUR }, 14 * HOUR, 2 * DAY, false },
		{ { DAY, 7 * DAY, HOUR }, 7 * DAY, 7 * DAY, true },
		/* A longer one at once, a shorter one after 8 days. */
		{ { 7 * DAY, DAY, 2 * DAY }, 7 * DAY, 7 * DAY, true },
		{ { 3 * DAY, DAY, DAY, DAY, DAY, DAY, DAY, DAY }, 3 * DAY, 3 * DAY, true },
		{ { 3 * DAY, DAY, DAY, DAY, DAY, DAY, DAY, DAY, DAY }, DAY, DAY, true },
		{ { 3 * DAY, 2 * DAY, DAY, DAY, DAY, DAY, DAY, DAY }, 2 * DAY, 2 * DAY, true },
		{ { 3 * DAY, 2 * DAY, DAY, DAY, DAY, DAY, DAY, DAY, DAY, DAY, HOUR }, DAY, DAY, true },
		/* Equal ones keep each other fresh. */
		{ { DAY, DAY, DAY, DAY, DAY, DAY, DAY, DAY, DAY, HOUR }, DAY, DAY, true },
		{ { 8 * DAY, 8 * DAY - 1 }, 8 * DAY, 8 * DAY, true },
		{ { 8 * DAY, DAY, 7 * DAY }, 7 * DAY, 7 * DAY, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct gaps g;
		size_t count = 0;
		int64_t at;

		while (count < COUNT(cases[i].gaps) && cases[i].gaps[count])
			count++;
		g = lived(cases[i].gaps, count, &at);
		if ((gaps_measured(&g) ? g.longest_s : -1) != cases[i].usual ||
			gaps_deadline(&g, at) != cases[i].deadline || gaps_known(&g, at) != cases[i].known)
			fail_msg("case %zu: gap %lld, deadline %lld, known %d", i, (long long)g.longest_s,
				(long long)gaps_deadline(&g, at), gaps_known(&g, at));
	}
}

/* Over any life: never longer than the longest of the last 8 days, and that one unless it was hidden. */
static void
two_gaps_are_enough(void **state)
{
	int64_t exact = 0, all = 0;

	(void)state;
	for (int life = 0; life < 2000; life++) {
		int64_t ends[64], lengths[64], at = NOW;
		struct gaps g = { 0 };

		gaps_take(&g, 0, at);
		for (int i = 0; i < 64; i++) {
			int64_t gap = any_below(3) ? 2 * HOUR + any_below(14 * HOUR) : 2 * HOUR + any_below(3 * DAY), longest = 0;

			gaps_take(&g, at, at + gap);
			at += gap;
			ends[i] = at;
			lengths[i] = gap;
			for (int k = 0; k <= i; k++)
				if (at - ends[k] < 8 * DAY && lengths[k] > longest)
					longest = lengths[k];
			assert_true(g.longest_s <= longest && g.longest_s >= gap);
			exact += g.longest_s == longest;
			all++;
		}
	}
	assert_true(exact * 100 >= all * 95);
}

static void
who_is_away_for_longer_than_usual_is_absent(void **state)
{
	static const struct {
		int64_t longest_s, longest_at, usual; /* usual: the longest that is no absence */
	} rows[] = {
		{ 0, NOW, 48 * HOUR },
		{ 14 * HOUR, NOW, 48 * HOUR },
		{ 32 * HOUR, NOW, 48 * HOUR },
		{ 62 * HOUR, NOW, 93 * HOUR },
		{ 7 * DAY, NOW, 7 * DAY + 84 * HOUR },
		{ 0, 0, 8 * DAY }, /* never measured */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct gaps g = { .longest_s = rows[i].longest_s, .longest_at = rows[i].longest_at };

		assert_false(gaps_absent(&g, rows[i].usual));
		assert_true(gaps_absent(&g, rows[i].usual + 1));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_gap_is_the_longest_of_eight_days),
		cmocka_unit_test(two_gaps_are_enough),
		cmocka_unit_test(who_is_away_for_longer_than_usual_is_absent),
	};

	seed();
	return cmocka_run_group_tests_name("gaps", tests, NULL, NULL);
}
