/* The probe after a resume: when it is done, when it widens, and what it lets pass. */
#include "tests/test.h"

#include "core/probe.h"

enum { HOUR = 3600, DAY = 24 * HOUR, RESUMED = 100 * DAY };

static struct stage stages[3];

static struct plan
resumed(int64_t stage)
{
	for (int i = 0; i < 3; i++)
		stages[i] = (struct stage){ .kind = STAGE_SHARE, .size = 20,
			.opened_at = i <= stage ? RESUMED - 9 * DAY + i : 0 };
	return (struct plan){ .state = PLAN_ACTIVE, .stages = stages, .stage_count = 3, .stage = stage,
		.probe_at = RESUMED, .strategy.soak = DAY };
}

static const struct {
	const char *what;
	int64_t stage;
	struct probe_tally tally;
	int64_t hours; /* since the resume */
	int64_t done_after; /* hours; 0: not remembered yet */
	enum probe_wait wait;
	bool done;
} cases[] = {
	{ "nobody yet", 0, { .pending = 9 }, 1, 0, PROBE_ACCEPTS, false },
	{ "nobody is left", 0, { 0 }, 0, 0, PROBE_WIDENS, false },
	{ "nobody comes for two days", 0, { .pending = 9 }, 48, 0, PROBE_WIDENS, false },
	{ "nobody comes, and there is no stage", 2, { .pending = 9 }, 48, 0, PROBE_ACCEPTS, false },
	{ "three, and nobody is left", 0, { .taken = 3, .finished = 3, .last = RESUMED }, 2, 0, PROBE_WIDENS, false },
	{ "three, and others may come", 0, { .taken = 3, .finished = 3, .pending = 9, .last = RESUMED }, 2, 0,
		PROBE_ACCEPTS, false },
	{ "three, and nobody comes for two days", 0, { .taken = 3, .finished = 3, .pending = 9, .last = RESUMED }, 48, 0,
		PROBE_SOAKS, true },
	{ "one is under way", 0, { .taken = 5, .open = 1, .finished = 4, .last = RESUMED }, 60, 0, PROBE_ACCEPTS, false },
	{ "five have ended", 0, { .taken = 5, .finished = 5, .last = RESUMED }, 2, 0, PROBE_SOAKS, true },
	{ "they have nearly soaked", 0, { .taken = 5, .finished = 5 }, 25, 2, PROBE_SOAKS, true },
	{ "they have soaked", 0, { .taken = 5, .finished = 5 }, 26, 2, PROBE_OVER, true },
	{ "one of five failed", 0, { .taken = 5, .finished = 5, .bad = 1 }, 26, 2, PROBE_OVER, true },
	{ "two of five failed", 0, { .taken = 5, .finished = 5, .bad = 2 }, 26, 2, PROBE_FAILS, true },
	{ "one of four failed", 0, { .taken = 4, .finished = 4, .bad = 1 }, 26, 2, PROBE_FAILS, true },
	{ "three that are well", 0, { .taken = 3, .finished = 3 }, 26, 2, PROBE_OVER, true },
	{ "the last stage has nobody left", 2, { .taken = 2, .finished = 2, .last = RESUMED }, 3, 0, PROBE_SOAKS, true },
};

static void
a_probe_goes_its_way(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct plan plan = resumed(cases[i].stage);
		struct probe_verdict verdict;

		if (cases[i].done_after)
			plan.probe_done_at = RESUMED + cases[i].done_after * HOUR;
		verdict = probe_decide(&plan, &cases[i].tally, RESUMED + cases[i].hours * HOUR);
		if (verdict.wait != cases[i].wait || verdict.done != cases[i].done)
			fail_msg("%s: %s, done %d", cases[i].what, probe_wait_words[verdict.wait], verdict.done);
	}
}

static void
a_tail_has_none(void **state)
{
	struct plan plan = resumed(2);
	const struct probe_tally none = { .pending = 3 };

	(void)state;
	stages[2].done_at = RESUMED - DAY + 1;
	assert_int_equal(probe_decide(&plan, &none, RESUMED).wait, PROBE_ACCEPTS);
	assert_int_equal(probe_decide(&plan, &none, RESUMED + 1).wait, PROBE_OVER);
	plan.stage = 1; /* a stage that others follow has no tail */
	stages[1].done_at = 1;
	assert_int_equal(probe_decide(&plan, &none, RESUMED + 1).wait, PROBE_ACCEPTS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_probe_goes_its_way),
		cmocka_unit_test(a_tail_has_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
