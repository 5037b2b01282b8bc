/* What is said of a plan before it begins. */
#include "core/outlook.h"
#include "core/str.h"
#include "tests/test.h"

static struct arena arena;

/* A remark of a plan of two stages that has these settings; NULL: not said. */
static const char *
said_of(int64_t first, const char *const *sets, const struct outlook_facts *facts, const char *text)
{
	struct stage stages[2] = { { .kind = STAGE_SHARE, .value = 1000, .size = first },
		{ .kind = STAGE_SHARE, .value = 10000, .size = 100 - first } };
	struct plan plan = { .stages = stages, .stage_count = 2 };
	const char *remarks[OUTLOOK_MAX];
	struct err err = ERR_NONE;
	size_t count;

	assert_true(strategy_builtin("cautious", &plan.strategy));
	for (; *sets; sets += 2)
		assert_int_equal(strategy_set(&plan.strategy, sets[0], sets[1], &err), ERR_OK);
	count = outlook(&plan, facts, &arena, remarks);
	assert_true(count <= OUTLOOK_MAX);
	for (size_t i = 0; i < count; i++)
		if (strstr(remarks[i], text))
			return remarks[i];
	return NULL;
}

/* The same with 10 targets in the first stage, and 90 in the last. */
static const char *
said(const char *const *sets, const struct outlook_facts *facts, const char *text)
{
	return said_of(10, sets, facts, text);
}

static void
a_limit_above_the_fleet_has_no_effect(void **state)
{
	static const struct outlook_facts facts = { .pending = 100 };
	static const char *const rate[] = { "rate", "constant", "rate_base", "100", NULL };
	static const char *const low_rate[] = { "rate", "constant", "rate_base", "99", NULL };
	static const char *const many[] = { "max_in_progress", "100", NULL };
	static const char *const few[] = { "max_in_progress", "99", NULL };

	(void)state;
	assert_non_null(said(rate, &facts, "the rate has no effect"));
	assert_null(said(low_rate, &facts, "no effect"));
	assert_non_null(said(many, &facts, "max_in_progress has no effect"));
	assert_null(said(few, &facts, "no effect"));
}

static void
an_end_may_come_too_soon(void **state)
{
	static const char *const none[] = { NULL };
	static const char *const rate[] = { "rate", "constant", "rate_base", "1", "soak", "0s",
		NULL };
	static const char *const few[] = { "max_in_progress", "1", "duration", "1h", "soak", "0s",
		NULL };
	struct outlook_facts facts = { .pending = 100, .lasts_s = 86400, .open_s = 86400 };

	(void)state;
	assert_non_null(said(none, &facts, "soak for 24 h before the last one opens"));
	facts.lasts_s = facts.open_s = 86401;
	assert_null(said(none, &facts, "soak for 24 h before"));
	facts.open_s = 100 * 60;
	assert_null(said(rate, &facts, "before its end"));
	facts.open_s = 99 * 60; /* inside of windows: the end is a day away */
	assert_non_null(said(rate, &facts, "at most 99 of 100 targets"));
	facts.open_s = 99 * 3600;
	assert_null(said(few, &facts, "before its end"));
	facts.open_s = 98 * 3600;
	assert_non_null(said(few, &facts, "at most 99 of 100 targets"));
	facts.lasts_s = 0;
	assert_null(said(few, &facts, "before its end"));
}

static void
what_is_not_noticed_is_said(void **state)
{
	static const char *const off[] = { "breaker", "off", NULL };
	static const char *const short_soak[] = { "soak", "8h", NULL };
	static const struct outlook_facts facts = { .pending = 100 }, nobody = { .pending = 0 };

	(void)state;
	assert_non_null(said(off, &facts, "breaker=off"));
	assert_non_null(said(short_soak, &facts, "what shows later than 8 h"));
	assert_non_null(said(short_soak, &facts, "in the last one devices that die later"));
	assert_non_null(said_of(4, short_soak, &facts, "everybody may have it at once"));
	assert_null(said(short_soak, &facts, "at once"));
	assert_null(said(short_soak, &nobody, ""));
}

static void
a_window_as_long_as_the_duration_is_too_short(void **state)
{
	static const struct interval list[] = { { 0, 7200 }, { 10000, 13600 }, { 20000, 27200 } };
	struct strategy s;

	(void)state;
	assert_true(strategy_builtin("cautious", &s));
	assert_non_null(strstr(outlook_too_short(&s, list, 3, INT64_MAX, &arena),
		"window of 1970-01-01T02:46:40Z is"));
	assert_null(outlook_too_short(&s, list, 3, 10000, &arena));
	s.duration = 3599;
	assert_null(outlook_too_short(&s, list, 3, INT64_MAX, &arena));
	s.duration = 3600;
	s.fit_window = false;
	assert_null(outlook_too_short(&s, list, 3, INT64_MAX, &arena));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_limit_above_the_fleet_has_no_effect),
		cmocka_unit_test(an_end_may_come_too_soon),
		cmocka_unit_test(what_is_not_noticed_is_said),
		cmocka_unit_test(a_window_as_long_as_the_duration_is_too_short),
	};
	int ret;

	seed();
	ret = cmocka_run_group_tests_name("outlook", tests, NULL, NULL);
	arena_done(&arena);
	return ret;
}
