/* A clock that jumps: when it is trusted, from corner to corner. */
#include "tests/test.h"

#include "core/clock.h"

#include <string.h>

enum { HOUR = 3600, DAY = 86400, T = 1700000000, UP = 500000 };

/* A guard that was right at T, in boot "b" that was up for UP. */
static struct clock_guard
at_rest(void)
{
	struct clock_time now = { .at = T, .boot = "b", .uptime = UP };

	return clock_accept(&now);
}

/* So much time later in the same boot, by a clock that is off by so much. */
static struct clock_time
later(int64_t passed, int64_t off)
{
	return (struct clock_time){ .at = T + passed + off, .boot = "b", .uptime = UP + passed };
}

static int64_t
ahead(const struct clock_guard *guard, struct clock_time now)
{
	return clock_ahead(guard, &now);
}

static struct clock_step
tick(struct clock_guard *guard, struct clock_time now)
{
	struct clock_step step = clock_tick(guard, &now);

	*guard = step.guard;
	return step;
}

static void
drift_is_no_jump(void **state)
{
	struct clock_guard g = at_rest();

	(void)state;
	assert_int_equal(ahead(&g, later(60, 0)), 0);
	assert_int_equal(ahead(&g, later(60, 120)), 0);
	assert_int_equal(ahead(&g, later(60, -120)), 0);
	assert_int_equal(ahead(&g, later(60, 121)), 121);
	assert_int_equal(ahead(&g, later(60, -121)), -121);
	/* Cron may have been dead for a week. */
	assert_int_equal(ahead(&g, later(7 * DAY, 0)), 0);
	assert_int_equal(ahead(&g, later(7 * DAY, 8 * HOUR)), 8 * HOUR);
	/* Drift adds up over many ticks, and no tick is a jump. */
	for (int i = 1; i < 50; i++)
		assert_int_equal(tick(&g, later(60 * i, 100 * i)).by, 0);
}

static void
without_a_tick_there_is_nothing_to_compare(void **state)
{
	struct clock_guard g = { .jump_by = 0 };

	(void)state;
	assert_int_equal(ahead(&g, later(0, -DAY)), 0);
}

static void
a_reboot_is_no_jump(void **state)
{
	struct clock_guard g = at_rest();
	struct clock_time now = { .at = T + 400 * DAY, .boot = "c", .uptime = 10 };

	(void)state;
	assert_int_equal(ahead(&g, now), 0);
	now.at = T - 120;
	assert_int_equal(ahead(&g, now), 0);
	/* But time does not go back. */
	now.at = T - 121;
	assert_int_equal(ahead(&g, now), -121);
	now.boot[0] = '\0';
	assert_int_equal(ahead(&g, now), -121);
}

static void
a_jump_stands_until_the_clock_is_back(void **state)
{
	static const int64_t jumps[] = { 400 * DAY, 26 * HOUR, 8 * HOUR, 121, -121, -3 * HOUR,
		-10 * DAY };

	(void)state;
	for (size_t i = 0; i < COUNT(jumps); i++) {
		struct clock_guard g = at_rest();
		struct clock_step step;

		for (int minute = 1; minute < 24 * 60; minute++) {
			step = tick(&g, later(60 * minute, jumps[i]));
			assert_int_equal(step.by, jumps[i]);
			assert_int_equal(step.lasted, 0);
			/* What is trusted goes on beside it. */
			assert_int_equal(g.last.at, T + 60 * minute);
			assert_int_equal(g.trusted.at, T);
		}
		step = tick(&g, later(24 * HOUR, 0));
		assert_int_equal(step.by, 0);
		assert_int_equal(step.lasted, 0);
		assert_int_equal(g.jump_by, 0);
		assert_int_equal(g.trusted.at, T + 24 * HOUR);
	}
}

static void
what_stands_for_a_day_is_trusted(void **state)
{
	static const int64_t jumps[] = { 26 * HOUR, -10 * DAY };

	(void)state;
	for (size_t i = 0; i < COUNT(jumps); i++) {
		struct clock_guard g = at_rest();

		assert_int_equal(tick(&g, later(60, jumps[i])).by, jumps[i]);
		assert_int_equal(tick(&g, later(59 + DAY, jumps[i])).by, jumps[i]);
		assert_int_equal(tick(&g, later(60 + DAY, jumps[i])).lasted, jumps[i]);
		assert_int_equal(ahead(&g, later(2 * DAY, jumps[i])), 0);
		/* Going back is a jump now. */
		assert_int_equal(ahead(&g, later(2 * DAY, 0)), -jumps[i]);
	}
}

static void
another_jump_begins_the_day_anew(void **state)
{
	struct clock_guard g = at_rest();

	(void)state;
	(void)tick(&g, later(60, 26 * HOUR));
	(void)tick(&g, later(20 * HOUR, 26 * HOUR));
	assert_int_equal(tick(&g, later(21 * HOUR, 400 * DAY)).by, 400 * DAY);
	assert_int_equal(tick(&g, later(30 * HOUR, 400 * DAY)).by, 400 * DAY);
	assert_int_equal(tick(&g, later(31 * HOUR, 26 * HOUR)).by, 26 * HOUR);
	assert_int_equal(tick(&g, later(54 * HOUR, 26 * HOUR)).by, 26 * HOUR);
	assert_int_equal(tick(&g, later(55 * HOUR, 26 * HOUR)).lasted, 26 * HOUR);
}

static void
a_reboot_makes_no_wrong_clock_right(void **state)
{
	struct clock_guard g = at_rest();
	struct clock_time now = { .at = T + 26 * HOUR + 600, .boot = "c", .uptime = 10 };

	(void)state;
	(void)tick(&g, later(60, 26 * HOUR));
	assert_int_equal(ahead(&g, now), 26 * HOUR);
	assert_int_equal(tick(&g, now).by, 26 * HOUR);
	/* Its day begins with the boot. */
	now.at += DAY - 1;
	now.uptime += DAY - 1;
	assert_int_equal(tick(&g, now).by, 26 * HOUR);
	now.at++;
	now.uptime++;
	assert_int_equal(tick(&g, now).lasted, 26 * HOUR);
	/* One that is right after the boot is back. */
	g = at_rest();
	(void)tick(&g, later(60, 26 * HOUR));
	now = (struct clock_time){ .at = T + HOUR, .boot = "c", .uptime = 10 };
	assert_int_equal(tick(&g, now).by, 0);
	/* One that was behind is back as soon as it is not behind any more. */
	g = at_rest();
	(void)tick(&g, later(60, -10 * DAY));
	now.at = T - 9 * DAY;
	assert_int_equal(ahead(&g, now), -10 * DAY);
	now.at = T - 11 * DAY;
	assert_int_equal(ahead(&g, now), -11 * DAY);
	now.at = T;
	assert_int_equal(ahead(&g, now), 0);
}

/* With --now nothing but the wall clock is known. */
static void
without_a_boot_only_going_back_counts(void **state)
{
	struct clock_time now = { .at = T };
	struct clock_guard g = clock_accept(&now);

	(void)state;
	now.at = T + 9 * DAY;
	assert_int_equal(tick(&g, now).by, 0);
	now.at = T + 8 * DAY;
	assert_int_equal(tick(&g, now).by, -DAY);
	assert_int_equal(g.last.at, T + 9 * DAY);
	now.at += HOUR;
	assert_int_equal(tick(&g, now).by, -DAY);
	assert_int_equal(g.last.at, T + 9 * DAY + HOUR);
	now.at = T + 9 * DAY;
	assert_int_equal(tick(&g, now).by, 0);
}

static void
words(void **state)
{
	static const struct {
		int64_t by;
		const char *words;
	} cases[] = { { 121, "2 min" }, { -121, "-2 min" }, { 7199, "120 min" }, { 7200, "2 h" },
		{ 93600, "26 h" }, { 93599, "26 h" }, { 172799, "48 h" }, { -864000, "-10 d" },
		{ -863998, "-10 d" }, { 34560000, "400 d" } };
	char text[CLOCK_WORDS];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(clock_words(cases[i].by, text), cases[i].words);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(drift_is_no_jump),
		cmocka_unit_test(without_a_tick_there_is_nothing_to_compare),
		cmocka_unit_test(a_reboot_is_no_jump),
		cmocka_unit_test(a_jump_stands_until_the_clock_is_back),
		cmocka_unit_test(what_stands_for_a_day_is_trusted),
		cmocka_unit_test(another_jump_begins_the_day_anew),
		cmocka_unit_test(a_reboot_makes_no_wrong_clock_right),
		cmocka_unit_test(without_a_boot_only_going_back_counts),
		cmocka_unit_test(words),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
