/* The breaker: what an end counts for, how it is judged, what it is called, and how far it is. */
#include "tests/test.h"

#include "core/breaker.h"
#include "core/str.h"

static void
the_breaker_trips_at_its_limits(void **state)
{
	struct breaker_list rules;
	struct breaker_case block = { .scope = BREAKER_BLOCK }, cohort = { .scope = BREAKER_LABEL };
	struct breaker_case small = { .scope = BREAKER_STAGE, .stage_size = 5, .first_small = true };
	struct breaker_verdict verdict;
	const struct breaker_cohort first = { .scope = BREAKER_STAGE };
	char text[LIMIT_REMARK + 1];
	struct breaker_tally t = { .concluded = 80, .failed = 7 };

	(void)state;
	assert_true(breaker_list_parse("all:10:20:8:suspend", &rules));
	assert_false(breaker_judge(&rules, &t, &block).tripped);
	assert_int_equal(breaker_judge(&rules, &t, &block).margin, 2);
	t.timed_out = 1;
	assert_true(breaker_judge(&rules, &t, &block).tripped);	/* 8 of 80 */
	t.concluded = 81;
	assert_false(breaker_judge(&rules, &t, &block).tripped);	/* 9.9 % */
	t = (struct breaker_tally){ .concluded = 10, .failed = 5 };
	assert_true(breaker_judge(&rules, &t, &cohort).tripped);
	assert_false(breaker_judge(&rules, &t, &block).tripped);
	t = (struct breaker_tally){ .concluded = 2, .failed = 2 };
	verdict = breaker_judge(&rules, &t, &small);
	assert_true(verdict.tripped);
	assert_string_equal(breaker_reason(&verdict, &small, &first, text),
		"2 of 2 devices of stage 1 went wrong (2 failed); the limit is 2 in a small first stage");
	t.failed = 1;
	assert_false(breaker_judge(&rules, &t, &small).tripped);
	assert_true(breaker_list_parse("rejected:50:4:3:abort", &rules));
	t = (struct breaker_tally){ .concluded = 4, .rejected = 3, .failed = 1 };
	assert_true(breaker_judge(&rules, &t, &block).abort);
	assert_true(breaker_list_parse("off", &rules));
	assert_false(breaker_judge(&rules, &t, &small).tripped);
}

/* The margin is the least number of bad devices more that trips: with one less nothing does. */
static void
the_margin_is_exact(void **state)
{
	(void)state;
	for (int i = 0; i < 100000; i++) {
		struct breaker_list rules = { .count = 1 };
		struct breaker_case what = { .scope = (enum breaker_scope)any_below(BREAKER_SCOPE_MAX),
			.stage_size = any_below(100), .first_small = any_below(2), .first_joined = any_below(2),
			.probing = true };
		struct breaker_tally t = { .failed = any_below(30) };
		int64_t margin;

		t.concluded = t.failed + any_below(500);
		rules.list[0] = (struct breaker_rule){ .what = BREAKER_ALL, .percent = 1 + any_below(99),
			.concluded = 1 + any_below(1000), .failures = 1 + any_below(30) };
		margin = breaker_judge(&rules, &t, &what).margin;
		t.failed += margin;
		t.concluded += margin;
		assert_true(breaker_judge(&rules, &t, &what).tripped);
		t.failed--;
		t.concluded--;
		if (margin)
			assert_int_equal(breaker_judge(&rules, &t, &what).margin, 1);
	}
}

static void
broken_breakers_are_refused(void **state)
{
	static const char *const bad[] = { "", "all", "all:10:20:8", "all:0:20:8:suspend", "all:101:20:8:suspend",
		"all:10:20:8:stop", "foo:10:20:8:abort", "all:10:20:8:suspend:x", "all:10:20:8:suspend," };
	struct breaker_list rules;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		if (breaker_list_parse(bad[i], &rules))
			fail_msg("'%s' was taken", bad[i]);
}

static void
small_first_stages_are_told_in_one_place(void **state)
{
	(void)state;
	assert_true(breaker_case_of_stage(STAGE_COUNT, 0, 50).first_small);
	assert_true(breaker_case_of_stage(STAGE_GROUP, 0, 5000).first_small);
	assert_true(breaker_case_of_stage(STAGE_SHARE, 0, 20).first_small);
	assert_false(breaker_case_of_stage(STAGE_SHARE, 0, 21).first_small);
	assert_false(breaker_case_of_stage(STAGE_COUNT, 1, 5).first_small);
	assert_false(breaker_case_of_stage(STAGE_SHARE, 1, 5).first_small);
	assert_int_equal(breaker_case_of_stage(STAGE_SHARE, 3, 77).stage_size, 77);
}

/* A stage is judged by its own size, whichever is the newest. */
static void
a_cohort_is_judged_by_its_own_stage(void **state)
{
	struct stage stages[] = { { .kind = STAGE_COUNT, .size = 5 }, { .kind = STAGE_SHARE, .size = 100 } };
	const struct plan plan = { .stages = stages, .stage_count = 2, .stage = 1 };
	struct breaker_case first, second, strange, block;

	(void)state;
	first = breaker_case_of(&plan, &(struct breaker_cohort){ .scope = BREAKER_STAGE, .number = 0 });
	second = breaker_case_of(&plan, &(struct breaker_cohort){ .scope = BREAKER_STAGE, .number = 1 });
	strange = breaker_case_of(&plan, &(struct breaker_cohort){ .scope = BREAKER_STAGE, .number = 2 });
	block = breaker_case_of(&plan, &(struct breaker_cohort){ .scope = BREAKER_BLOCK, .number = 9 });
	assert_true(first.first_small);
	assert_int_equal(first.stage_size, 5);
	assert_false(second.first_small);
	assert_int_equal(second.stage_size, 100);
	assert_int_equal(block.scope, BREAKER_BLOCK);
	/* A row of a stage that the plan does not have is nobody's small stage. */
	assert_false(strange.first_small);
	assert_int_equal(strange.stage_size, INT64_MAX);
}

static const struct plan by_hw = { .strategy.breaker_by = "hw" };

static void
an_end_counts_for_all_it_has_in_common(void **state)
{
	static const struct execution_component components[] = {
		{ .package = 7, .identity = "STM32", .target = "1_0_1", .source = "1_0_0" },
		{ .package = 9, .identity = "app", .target = "3", .source = "" },
	};
	struct execution e = { .state = EXEC_TIMED_OUT, .stage = 2, .block = 3, .cohort = "B" };
	const struct breaker_end end = { .execution = &e, .components = components, .component_count = 2 };
	struct breaker_count count;
	char words[BREAKER_WORDS];

	(void)state;
	breaker_end(&end, &by_hw, &count);
	assert_int_equal(count.counted,
		COUNTED_CONCLUDED | COUNTED_FAILED | COUNTED_FIRST | COUNTED_AS_TIMED_OUT);
	assert_int_equal(count.delta.concluded, 1);
	assert_int_equal(count.delta.timed_out, 1);
	assert_int_equal(count.delta.failed + count.delta.rejected + count.delta.regressed, 0);
	assert_int_equal(count.cohort_count, 5);
	assert_string_equal(breaker_cohort_words(&count.cohorts[0], words), "of stage 3");
	assert_string_equal(breaker_cohort_words(&count.cohorts[1], words), "that accepted as number 601 to 800");
	assert_string_equal(breaker_cohort_words(&count.cohorts[2], words), "with hw=B");
	assert_string_equal(breaker_cohort_words(&count.cohorts[3], words), "that took STM32 1_0_1 from 1_0_0 (package 7)");
	assert_string_equal(breaker_cohort_words(&count.cohorts[4], words),
		"that took app 3 from an unknown version (package 9)");
	/* Without a block (a retry) and a label only stage and packages remain. */
	e = (struct execution){ .state = EXEC_SUCCEEDED, .block = -1 };
	breaker_end(&end, &by_hw, &count);
	assert_int_equal(count.counted, COUNTED_CONCLUDED | COUNTED_FIRST);
	assert_int_equal(count.delta.concluded, 1);
	assert_int_equal(count.delta.timed_out, 0);
	assert_int_equal(count.cohort_count, 3);
}

/* A first stage made of small ones is no safer than a small one; a later one is as any other. */
static void
stages_opened_together_are_judged_as_one(void **state)
{
	struct stage stages[] = { { .kind = STAGE_SHARE, .size = 4, .opened_at = 9 },
		{ .kind = STAGE_SHARE, .size = 36, .opened_at = 9 }, { .kind = STAGE_SHARE, .size = 3, .opened_at = 20 },
		{ .kind = STAGE_SHARE, .size = 200, .opened_at = 20 } };
	const struct plan plan = { .stages = stages, .stage_count = 4, .strategy.breaker = "all:10:20:8:suspend" };
	struct execution e = { .state = EXEC_FAILED, .block = -1 };
	const struct breaker_end end = { .execution = &e };
	struct breaker_verdict verdict;
	struct breaker_list rules;
	struct breaker_case what;
	struct breaker_count count;
	char words[BREAKER_WORDS], reason[LIMIT_REMARK + 1];

	(void)state;
	breaker_list_parse(plan.strategy.breaker, &rules);
	breaker_end(&end, &plan, &count);
	assert_string_equal(breaker_cohort_words(&count.cohorts[0], words), "of stage 2");
	what = breaker_case_of(&plan, &count.cohorts[0]);
	assert_int_equal(what.stage_size, 40);
	assert_true(what.first_joined);
	assert_false(what.first_small);
	assert_false(breaker_judge(&rules, &(struct breaker_tally){ .concluded = 2, .failed = 1 }, &what).tripped);
	assert_false(breaker_judge(&rules, &(struct breaker_tally){ .concluded = 21, .failed = 2 }, &what).tripped);
	verdict = breaker_judge(&rules, &(struct breaker_tally){ .concluded = 20, .failed = 2 }, &what);
	assert_true(verdict.tripped);
	assert_string_equal(breaker_reason(&verdict, &what, &count.cohorts[0], reason),
		"2 of 20 devices of stage 2 went wrong (2 failed); the limit is 2 that are 10 % of a joined first stage");
	e.stage = 2;
	breaker_end(&end, &plan, &count);
	assert_int_equal(count.cohorts[0].number, 3);
	what = breaker_case_of(&plan, &count.cohorts[0]);
	assert_int_equal(what.stage_size, 203);
	assert_false(what.first_joined);
	stages[1].size = 16; /* 20 in all: a small first stage, whatever it is made of */
	assert_true(breaker_case_of(&plan, &(struct breaker_cohort){ .scope = BREAKER_STAGE }).first_small);
}

/* For health: what a device is now, however it came to be so. */
static void
the_present_state_follows(void **state)
{
	static const enum execution_state ends[] = { EXEC_SUCCEEDED, EXEC_FAILED, EXEC_TIMED_OUT, EXEC_REGRESSED,
		EXEC_REJECTED };

	(void)state;
	for (int i = 0; i < 10000; i++) {
		struct execution e = { .block = -1 };
		struct breaker_end end = { .execution = &e };
		struct breaker_count count;
		int64_t well = 0, bad = 0;

		for (int64_t turn = any_below(6); turn >= 0; turn--) {
			end.from = e.state;
			if (!any_below(3) && e.state != EXEC_OFFERED) {
				breaker_again(&end, &by_hw, &count);
				e.state = EXEC_OFFERED;
			} else {
				e.state = ends[any_below(COUNT(ends))];
				breaker_end(&end, &by_hw, &count);
				end.before |= count.counted;
			}
			well += count.cohort_count ? count.delta.well : 0;
			bad += count.cohort_count ? count.delta.bad : 0;
		}
		assert_int_equal(well, e.state == EXEC_SUCCEEDED);
		assert_int_equal(bad, e.state == EXEC_FAILED || e.state == EXEC_TIMED_OUT || e.state == EXEC_REGRESSED);
	}
}

static void
three_that_are_half_of_a_cohort_are_sick(void **state)
{
	static const struct {
		enum breaker_scope scope;
		int64_t well, bad;
		bool sick;
	} rows[] = { { BREAKER_LABEL, 3, 3, true }, { BREAKER_PACKAGE, 0, 3, true }, { BREAKER_LABEL, 4, 3, false },
		{ BREAKER_LABEL, 0, 2, false }, { BREAKER_PACKAGE, 90, 90, true }, { BREAKER_STAGE, 0, 9, false },
		{ BREAKER_BLOCK, 0, 9, false } };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct breaker_row row = { { .scope = rows[i].scope }, { .well = rows[i].well, .bad = rows[i].bad } };

		assert_int_equal(breaker_sick(&row), rows[i].sick);
	}
}

/* However often a device ends, and in whatever order: once concluded, once failed. */
static void
a_device_counts_once(void **state)
{
	static const enum execution_state ends[] = { EXEC_SUCCEEDED, EXEC_FAILED, EXEC_TIMED_OUT, EXEC_REGRESSED,
		EXEC_REJECTED };

	(void)state;
	for (int i = 0; i < 10000; i++) {
		struct execution e = { .block = -1 };
		struct breaker_end end = { .execution = &e };
		struct breaker_count count;
		int64_t concluded = 0, failed = 0;
		bool ever_failed = false;

		for (int64_t attempts = 1 + any_below(5); attempts > 0; attempts--) {
			e.state = ends[any_below(COUNT(ends))];
			e.counted = 0;
			ever_failed |= e.state != EXEC_SUCCEEDED;
			breaker_end(&end, &by_hw, &count);
			end.before |= count.counted;
			if (!count.cohort_count)
				continue;
			concluded += count.delta.concluded;
			failed += count.delta.failed + count.delta.timed_out + count.delta.regressed +
				  count.delta.rejected;
		}
		assert_int_equal(concluded, 1);
		assert_int_equal(failed, ever_failed);
	}
}

/* Whatever is as long as its limit allows: the reason fits where it is stored. */
static void
a_reason_fits_its_place(void **state)
{
	struct breaker_cohort cohort = { .scope = BREAKER_PACKAGE, .number = INT64_MAX };
	const struct breaker_case what = { .scope = BREAKER_PACKAGE };
	const struct breaker_tally tally = { .concluded = 1000000000, .timed_out = 1000000000 };
	char reason[LIMIT_REMARK + 1], words[BREAKER_WORDS];
	struct breaker_verdict verdict;
	struct breaker_list rules;

	(void)state;
	memset(cohort.text, 'v', LIMIT_VERSION);
	memset(cohort.identity, 'i', LIMIT_IDENTITY);
	memset(cohort.target, 't', LIMIT_VERSION);
	assert_true(breaker_list_parse("timed_out:100:1000000:1000000:abort", &rules));
	verdict = breaker_judge(&rules, &tally, &what);
	assert_true(verdict.tripped);
	breaker_reason(&verdict, &what, &cohort, reason);
	assert_int_equal(strlen(reason), LIMIT_REMARK);
	assert_true(str_ends(reason, "... timed out; the limit is 1000000 that are 100 % of at least 1000000"));
	assert_true(strlen(breaker_cohort_words(&cohort, words)) < BREAKER_WORDS - 1);
	memset(cohort.text, 'l', sizeof cohort.text - 1);
	cohort.scope = BREAKER_LABEL;
	assert_int_equal(strlen(breaker_cohort_words(&cohort, words)), strlen("with ") + sizeof cohort.text - 1);
}

static const struct {
	const char *rules;
	struct breaker_cohort cohort;
	struct breaker_case what;
	struct breaker_tally tally;
	const char *reason;
} reasons[] = {
	{ "all:10:20:8:suspend", { BREAKER_PACKAGE, 2, "1_0_0", "STM32", "1_0_1" }, { .scope = BREAKER_PACKAGE },
		{ .concluded = 5, .failed = 5 },
		"5 of 5 devices that took STM32 1_0_1 from 1_0_0 (package 2) went wrong (5 failed); "
		"the limit is 5 that are half of such devices" },
	{ "all:10:20:8:suspend", { BREAKER_LABEL, 0, "hw=B", "", "" }, { .scope = BREAKER_LABEL },
		{ .concluded = 80, .failed = 4, .timed_out = 3, .regressed = 2 },
		"9 of 80 devices with hw=B went wrong (4 failed, 3 timed out, 2 fell back); "
		"the limit is 8 that are 10 % of at least 20" },
	{ "all:10:20:8:suspend", { BREAKER_LABEL, 0, "hw=B", "", "" }, { .scope = BREAKER_LABEL },
		{ .concluded = 12, .timed_out = 8 },
		"8 of 12 devices with hw=B went wrong (8 timed out); the limit is 5 that are half of such devices" },
	{ "all:10:20:8:suspend", { BREAKER_STAGE, 1, "", "", "" }, { .scope = BREAKER_STAGE, .stage_size = 12 },
		{ .concluded = 12, .failed = 8 },
		"8 of 12 devices of stage 2 went wrong (8 failed); the limit is 8 that are 10 % of at least 12" },
	{ "all:10:20:8:suspend", { BREAKER_PROBE, 0, "", "", "" }, { .scope = BREAKER_PROBE, .probing = true },
		{ .concluded = 3, .regressed = 2 },
		"2 of 3 devices of the probe after the resume went wrong (2 fell back); the limit is 2 in a probe" },
	{ "rejected:30:10:4:suspend", { BREAKER_BLOCK, 0, "", "", "" }, { .scope = BREAKER_BLOCK },
		{ .concluded = 10, .failed = 2, .rejected = 4 },
		"4 of 10 devices that accepted as number 1 to 200 were refused by their users; "
		"the limit is 4 that are 30 % of at least 10" },
	{ "regressed:30:10:4:suspend", { BREAKER_BLOCK, 0, "", "", "" }, { .scope = BREAKER_BLOCK },
		{ .concluded = 10, .failed = 2, .regressed = 4 },
		"4 of 10 devices that accepted as number 1 to 200 fell back; the limit is 4 that are 30 % of at least 10" },
};

static void
a_trip_says_who_and_why(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(reasons); i++) {
		char text[LIMIT_REMARK + 1];
		struct breaker_verdict verdict;
		struct breaker_list rules;

		assert_true(breaker_list_parse(reasons[i].rules, &rules));
		verdict = breaker_judge(&rules, &reasons[i].tally, &reasons[i].what);
		assert_true(verdict.tripped);
		assert_string_equal(
			breaker_reason(&verdict, &reasons[i].what, &reasons[i].cohort, text), reasons[i].reason);
	}
}

static void
a_margin_says_where(void **state)
{
	const struct breaker_cohort cohort = { BREAKER_PACKAGE, 2, "1_0_0", "STM32", "1_0_1" };
	char text[BREAKER_MARGIN_WORDS];

	(void)state;
	assert_string_equal(breaker_margin_words(&(struct breaker_margin){ 5, 0, 0, BREAKER_ALL, NULL }, text),
		"trips at 5 failures; no device has finished yet");
	assert_string_equal(breaker_margin_words(&(struct breaker_margin){ 2, 3, 4, BREAKER_ALL, &cohort }, text),
		"trips at 2 more failures among devices that took STM32 1_0_1 from 1_0_0 (package 2); so far 3 of 4");
	assert_string_equal(breaker_margin_words(&(struct breaker_margin){ 1, 0, 4, BREAKER_REJECTED, &cohort }, text),
		"trips at 1 more refusal among devices that took STM32 1_0_1 from 1_0_0 (package 2); so far 0 of 4");
}

/* --- the margin of a whole plan ------------------------------------------------------------------- */

static struct stage stages[3];

static struct plan
any_plan(void)
{
	static const char *const breakers[] = { "all:10:20:8:suspend", "all:1:1:1:abort", "failed:50:4:3:suspend",
		"all:10:20:8:suspend,failed:30:10:4:abort" };
	struct plan ret = { .stages = stages, .stage_count = COUNT(stages) };

	for (size_t i = 0; i < COUNT(stages); i++)
		stages[i] = (struct stage){ .kind = (enum stage_kind)any_below(3), .size = any_below(200),
			.opened_at = !i || (stages[i - 1].opened_at && any_below(2)) };
	str_copy(ret.strategy.breaker, sizeof ret.strategy.breaker, breakers[any_below(COUNT(breakers))]);
	return ret;
}

static bool
trips_with(const struct plan *plan, const struct breaker_row *row, int64_t more)
{
	struct breaker_case what = breaker_case_of(plan, &row->cohort);
	struct breaker_tally tally = row->tally;
	struct breaker_list rules;

	breaker_list_parse(plan->strategy.breaker, &rules);
	tally.failed += more;
	tally.concluded += more;
	return breaker_judge(&rules, &tally, &what).tripped;
}

/* So many failures more, in the cohort it names, trip; one less trips nowhere, open stages without a row included. */
static void
the_margin_of_a_plan_is_true(void **state)
{
	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct plan plan = any_plan();
		struct breaker_row rows[12] = { 0 };
		bool probed = false;
		struct breaker_margin margin;
		size_t count = (size_t)any_below(8), counted = count;

		for (size_t r = 0; r < count; r++) {
			rows[r].cohort.scope = (enum breaker_scope)any_below(BREAKER_SCOPE_MAX);
			rows[r].cohort.number = any_below(3);
			rows[r].tally.failed = any_below(8);
			rows[r].tally.concluded = rows[r].tally.failed + any_below(300);
		}
		plan.probe_at = any_below(2);
		margin = breaker_margin(&plan, rows, count);
		for (size_t r = 0; r < count; r++)
			probed |= rows[r].cohort.scope == BREAKER_PROBE;
		/* What nothing was counted for yet. */
		for (int stage = 0; stage < 3; stage++) {
			/* Those opened together count as one, under the last of them. */
			bool known = !stages[stage].opened_at || (stage < 2 && stages[stage + 1].opened_at);

			for (size_t r = 0; r < count; r++)
				known |= rows[r].cohort.scope == BREAKER_STAGE && rows[r].cohort.number == stage;
			if (!known)
				rows[count++].cohort = (struct breaker_cohort){ BREAKER_STAGE, stage, "", "", "" };
		}
		if (!counted)
			rows[count++].cohort.scope = BREAKER_PACKAGE;
		if (plan.probe_at && !probed)
			rows[count++].cohort.scope = BREAKER_PROBE;
		if (margin.cohort) {
			assert_true(trips_with(&plan, (const struct breaker_row *)(const void *)margin.cohort,
				margin.margin));
		} else {
			bool trips = false;

			for (size_t r = counted; r < count; r++)
				trips |= trips_with(&plan, &rows[r], margin.margin);
			assert_true(trips);
		}
		for (size_t r = 0; margin.margin && r < count; r++)
			assert_false(trips_with(&plan, &rows[r], margin.margin - 1));
	}
}

static void
a_breaker_that_is_off_has_no_margin(void **state)
{
	const struct plan plan = { .strategy.breaker = "off" };

	(void)state;
	assert_int_equal(breaker_margin(&plan, NULL, 0).margin, -1);
	for (int scope = 0; scope < BREAKER_SCOPE_MAX; scope++)
		assert_non_null(breaker_scope_words[scope]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_breaker_trips_at_its_limits),
		cmocka_unit_test(the_margin_is_exact),
		cmocka_unit_test(a_trip_says_who_and_why),
		cmocka_unit_test(a_margin_says_where),
		cmocka_unit_test(broken_breakers_are_refused),
		cmocka_unit_test(small_first_stages_are_told_in_one_place),
		cmocka_unit_test(a_cohort_is_judged_by_its_own_stage),
		cmocka_unit_test(an_end_counts_for_all_it_has_in_common),
		cmocka_unit_test(a_device_counts_once),
		cmocka_unit_test(stages_opened_together_are_judged_as_one),
		cmocka_unit_test(the_present_state_follows),
		cmocka_unit_test(three_that_are_half_of_a_cohort_are_sick),
		cmocka_unit_test(a_reason_fits_its_place),
		cmocka_unit_test(the_margin_of_a_plan_is_true),
		cmocka_unit_test(a_breaker_that_is_off_has_no_margin),
	};

	seed();
	return cmocka_run_group_tests_name("breaker", tests, NULL, NULL);
}
