/* When devices that succeeded have been silent for too long. */
#include "tests/test.h"

#include "core/silence.h"

enum { HOUR = 3600, DAY = 86400, NOW = 100 * DAY };

static const struct gaps prompt = { .longest_at = NOW - HOUR, .known_at = NOW - 9 * DAY };

static struct silence_terms
terms(void)
{
	return (struct silence_terms){ .now = NOW, .span = silence_span(600) };
}

static void
a_device_is_unheard_after_its_gap_and_six_hours(void **state)
{
	static const struct {
		int64_t gap, poll, silent_for; /* gap -1: never measured */
		bool awake, usual, judged;
	} cases[] = {
		{ 0, 600, 6 * HOUR, false, false, true },
		{ 0, 600, 6 * HOUR + 1, true, true, true },
		{ DAY, 600, 6 * HOUR + 1, true, false, true },
		{ DAY, 600, 30 * HOUR, true, false, true },
		{ DAY, 600, 30 * HOUR + 1, true, true, true },
		{ 0, 4 * HOUR, 12 * HOUR, false, false, true },
		{ 0, 4 * HOUR, 12 * HOUR + 1, true, true, true },
		{ 7 * HOUR, 4 * HOUR, 13 * HOUR, true, false, true },
		{ -1, 600, 5 * DAY, true, false, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct silence_terms t = { .now = NOW, .span = silence_span(cases[i].poll) };
		struct gaps g = { .longest_s = cases[i].gap < 0 ? 0 : cases[i].gap,
			.longest_at = cases[i].gap < 0 ? 0 : NOW - DAY, .known_at = NOW - 20 * DAY };
		struct silence_group group = { 0 };

		silence_add(&group, &g, NOW - cases[i].silent_for, &t, 4);
		assert_int_equal(group.by[SILENCE_AWAKE].judged, 4);
		assert_int_equal(group.by[SILENCE_AWAKE].unheard, cases[i].awake ? 4 : 0);
		assert_int_equal(group.by[SILENCE_USUAL].judged, cases[i].judged ? 4 : 0);
		assert_int_equal(group.by[SILENCE_USUAL].unheard, cases[i].usual ? 4 : 0);
		assert_memory_equal(&group.by[SILENCE_USUAL], &group.by[SILENCE_KNOWN], sizeof group.by[0]);
	}
}

static void
who_is_known_and_who_is_forgiven(void **state)
{
	struct silence_terms t = terms();
	struct silence_group group = { 0 };
	struct gaps young = prompt;

	(void)state;
	young.known_at = NOW - 8 * DAY - 7 * HOUR + 1;
	silence_add(&group, &young, NOW - 7 * HOUR, &t, 1);
	assert_int_equal(group.by[SILENCE_USUAL].unheard, 1);
	assert_int_equal(group.by[SILENCE_KNOWN].judged, 0);
	young.known_at--;
	silence_add(&group, &young, NOW - 7 * HOUR, &t, 1);
	assert_int_equal(group.by[SILENCE_KNOWN].unheard, 1);

	/* Forgiven: silent for the span at the resume.  Who was heard until then dies anew. */
	t.forgiven_at = NOW - DAY;
	assert_true(silence_forgiven(NOW - DAY - 6 * HOUR - 1, &t));
	assert_false(silence_forgiven(NOW - DAY - 6 * HOUR, &t));
	group = (struct silence_group){ 0 };
	silence_add(&group, &prompt, NOW - 31 * HOUR, &t, 1);
	assert_int_equal(group.by[SILENCE_AWAKE].judged, 0);
	silence_add(&group, &prompt, NOW - 30 * HOUR, &t, 1);
	assert_int_equal(group.by[SILENCE_USUAL].unheard, 1);
}

static struct silence_group
of(int64_t judged, int64_t unheard)
{
	struct silence_group ret = { 0 };

	for (int m = 0; m < SILENCE_MEASURES; m++)
		ret.by[m] = (struct silence_count){ judged, unheard };
	return ret;
}

static void
too_many_beyond_the_control(void **state)
{
	static const struct {
		int64_t first[2], second[2], control[2]; /* judged, unheard */
		bool silent;
		int where;
	} cases[] = {
		{ { 5, 2 }, { 0, 0 }, { 0, 0 }, false, 0 },
		{ { 5, 3 }, { 0, 0 }, { 0, 0 }, true, 0 },
		{ { 30, 3 }, { 0, 0 }, { 0, 0 }, false, 0 }, /* exactly 10 % */
		{ { 29, 3 }, { 0, 0 }, { 0, 0 }, true, 0 },
		{ { 30, 4 }, { 0, 0 }, { 0, 0 }, true, 0 },
		{ { 1000, 0 }, { 20, 3 }, { 100, 0 }, true, 1 },
		{ { 10, 2 }, { 10, 2 }, { 0, 0 }, true, SILENCE_EVERYWHERE },
		{ { 1000, 100 }, { 1000, 100 }, { 100, 0 }, false, 0 },
		{ { 1000, 101 }, { 1000, 100 }, { 100, 0 }, true, 0 },
		/* A fifth of the control: 30 % are taken off. */
		{ { 10, 5 }, { 0, 0 }, { 100, 20 }, false, 0 },
		{ { 10, 6 }, { 0, 0 }, { 100, 20 }, true, 0 },
		{ { 1000, 400 }, { 0, 0 }, { 100, 20 }, false, 0 },
		{ { 1000, 401 }, { 0, 0 }, { 100, 20 }, true, 0 },
		/* Two thirds explain all. */
		{ { 1000, 1000 }, { 0, 0 }, { 300, 200 }, false, 0 },
		{ { 5, 5 }, { 0, 0 }, { 4, 4 }, false, 0 },
		{ { 1000000, 1000000 }, { 1000000, 1 }, { 2000, 100 }, true, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct silence_group groups[] = { of(cases[i].first[0], cases[i].first[1]),
			of(cases[i].second[0], cases[i].second[1]) };
		const struct silence_group control = of(cases[i].control[0], cases[i].control[1]);
		struct silence_verdict verdict = { .where = -7 };

		if (silence_decide(groups, 2, &control, &verdict) != cases[i].silent ||
			verdict.where != (cases[i].silent ? cases[i].where : -7))
			fail_msg("case %zu: at %d", i, verdict.where);
		if (cases[i].silent)
			assert_true(silence_possible(groups, 2));
	}
}

/* Which measure holds follows from the control. */
static void
the_control_tells_whether_the_fleet_is_awake(void **state)
{
	static const struct {
		int64_t awake[2], usual[2];
		enum silence_measure measure;
	} cases[] = {
		{ { 20, 1 }, { 20, 0 }, SILENCE_AWAKE },
		{ { 19, 0 }, { 19, 0 }, SILENCE_USUAL },
		{ { 20, 2 }, { 20, 0 }, SILENCE_USUAL }, /* a tenth is not fewer */
		{ { 4, 0 }, { 4, 0 }, SILENCE_KNOWN },
		{ { 5, 0 }, { 5, 0 }, SILENCE_USUAL },
		{ { 19, 0 }, { 4, 0 }, SILENCE_KNOWN }, /* the others were never measured */
		{ { 30, 0 }, { 0, 0 }, SILENCE_AWAKE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		for (int only = 0; only < SILENCE_MEASURES; only++) {
			struct silence_group group = of(5, 0), control = of(0, 0);
			struct silence_verdict verdict;
			bool silent;

			group.by[only].unheard = 5; /* by one measure alone */
			control.by[SILENCE_AWAKE] = (struct silence_count){ cases[i].awake[0], cases[i].awake[1] };
			control.by[SILENCE_USUAL] = (struct silence_count){ cases[i].usual[0], cases[i].usual[1] };
			assert_true(silence_possible(&group, 1));
			silent = silence_decide(&group, 1, &control, &verdict);
			if (silent != (cases[i].measure == (enum silence_measure)only))
				fail_msg("case %zu, measure %d", i, only);
			if (silent)
				assert_int_equal(verdict.measure, only);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_device_is_unheard_after_its_gap_and_six_hours),
		cmocka_unit_test(who_is_known_and_who_is_forgiven),
		cmocka_unit_test(too_many_beyond_the_control),
		cmocka_unit_test(the_control_tells_whether_the_fleet_is_awake),
	};

	return cmocka_run_group_tests_name("silence", tests, NULL, NULL);
}
