/* Tick: each step that a plan can be due is done, said and done once; looking cheaply misses nothing. */
#include "plans/orders/activate.h"
#include "plans/orders/edit.h"
#include "plans/orders/lifecycle.h"
#include "plans/orders/values.h"
#include "plans/rollout/tick.h"
#include "tests/test.h"

#include "tests/fixture.h"

#include <sqlite3.h>

enum { DEVICES = 12, HOUR = 3600, DAY = 86400 };

static struct fixture f;
static const char *versions[DEVICES];

static int
setup(void **state)
{
	(void)state;
	fixture_begin(&f);
	fixture_package(&f, "1_0_0", NULL, 3000);
	fixture_package(&f, "1_0_1", NULL, 4000);
	for (int i = 0; i < DEVICES; i++) {
		char name[16];

		snprintf(name, sizeof name, "SN%d", i);
		fixture_device(&f, name, "1_0_0", i < 3 ? "lab" : NULL);
		versions[i] = "1_0_0";
	}
	f.session.now_given = true; /* the clock is the test's */
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fixture_end(&f);
	return 0;
}

static const struct answer *
poll(int device)
{
	char name[16], query[64];

	snprintf(name, sizeof name, "SN%d", device);
	snprintf(query, sizeof query, "accept=1&wait=0&STM32=%s", versions[device]);
	return fixture_poll(&f, name, query);
}

/* A device accepts and fails, or succeeds. */
static void
end(int device, bool well)
{
	char name[16], execution[24];
	const struct answer *a = poll(device);

	snprintf(name, sizeof name, "SN%d", device);
	if (!strstr(a->body, "\"files\":["))
		fail_msg("%s: %s", name, a->body);
	snprintf(execution, sizeof execution, "%s", answer_text(a, "execution"));
	if (!well) {
		(void)fixture_report(&f, name, execution, "{\"state\":\"failed\"}");
		return;
	}
	versions[device] = "1_0_1";
	(void)poll(device);
}

/* What tick says; "" nothing.  Right behind it there is nothing left to do. */
static const char *
tick(void)
{
	static char said[256];
	struct tick_result result;

	fixture_good(&f, tick_run(&f.session, &result, &f.err));
	assert_true(result.line_count <= 1);
	snprintf(said, sizeof said, "%s", result.line_count ? result.lines[0] : "");
	fixture_good(&f, tick_run(&f.session, &result, &f.err));
	assert_int_equal(result.line_count, 0);
	return said;
}

static void
stands(enum plan_state state, enum plan_cause cause, const char *reason)
{
	const struct plan_status *s = fixture_status(&f, "spring");

	assert_int_equal(s->plan.state, state);
	assert_int_equal(s->plan.cause, cause);
	assert_string_equal(s->plan.reason, reason);
	assert_int_equal(state == PLAN_ENDED ? s->plan.ended_at : s->plan.suspended_at, f.session.now);
}

static void
foretold(const char *next)
{
	assert_string_equal(fixture_status(&f, "spring")->next_what, next);
}

static void
plan(const char *const *sets)
{
	fixture_plan(&f, "spring", "1_0_1", sets);
	assert_string_equal(tick(), "");
}

static void
a_tripped_breaker_suspends(void **state)
{
	static const char *const sets[] = { "stages=group:lab,100%", "first_device_alone=off", "retry_max=0", NULL };

	(void)state;
	plan(sets);
	end(0, false);
	assert_string_equal(tick(), "");
	end(1, false);
	foretold("tick suspends the plan: the breaker has tripped");
	assert_string_equal(tick(), "spring: suspended: the breaker tripped: 2 of 2 devices of stage 1 went "
				    "wrong (2 failed); the limit is 2 in a small first stage");
	stands(PLAN_SUSPENDED, CAUSE_BREAKER,
		"2 of 2 devices of stage 1 went wrong (2 failed); the limit is 2 in a small first stage");
}

static void
a_tripped_breaker_aborts_where_its_rule_says_so(void **state)
{
	static const char *const sets[] = { "stages=100%", "first_device_alone=off", "retry_max=0",
		"breaker=failed:1:1:1:abort", NULL };

	(void)state;
	plan(sets);
	end(0, false);
	foretold("tick ends the plan: the breaker has tripped");
	assert_string_equal(tick(), "spring: aborted: the breaker tripped: 1 of 1 devices of stage 1 failed; "
				    "the limit is 1 that are 1 % of at least 1");
	stands(PLAN_ENDED, CAUSE_ABORTED,
		"0 of 12 succeeded; 1 of 1 devices of stage 1 failed; the limit is 1 that are 1 % of at least 1");
}

/* Also one that is suspended; what is merely offered is withdrawn. */
static void
an_end_comes(void **state)
{
	const char *upgrade = "STM32=1_0_1", *sets[] = { "stages=100%" };
	struct plan_change change = { .product = "aroma", .timezone = "UTC", .upgrade = { &upgrade, 1 },
		.set = { sets, 1 }, .end = "2026-11-23", .priority = INT64_MIN, .continuous = -1,
		.allow_downgrade = -1, .require_all = -1 };
	struct activation activation;

	(void)state;
	fixture_good(&f, plan_create(&f.session, "spring", &change, &f.err));
	fixture_good(&f, plan_activate(&f.session, "spring", -1, &activation, &f.err));
	(void)fixture_poll(&f, "SN1", "wait=0&STM32=1_0_0");
	foretold("the plan ends");
	f.session.now += 38 * HOUR - 1;
	assert_string_equal(tick(), "");
	f.session.now++;
	foretold("tick ends the plan: its end has come");
	assert_string_equal(tick(), "spring: ended: its end has come");
	stands(PLAN_ENDED, CAUSE_EXPIRED, "0 of 12 succeeded");
	assert_int_equal(fixture_status(&f, "spring")->sums[EXEC_OFFERED], 0);
}

static void
a_suspended_plan_ends_too(void **state)
{
	const char *upgrade = "STM32=1_0_1";
	struct plan_change change = { .product = "aroma", .timezone = "UTC", .upgrade = { &upgrade, 1 },
		.end = "2026-11-23", .priority = INT64_MIN, .continuous = -1, .allow_downgrade = -1,
		.require_all = -1 };
	struct activation activation;

	(void)state;
	fixture_good(&f, plan_create(&f.session, "spring", &change, &f.err));
	fixture_good(&f, plan_activate(&f.session, "spring", -1, &activation, &f.err));
	fixture_good(&f, plan_suspend(&f.session, "spring", &f.err));
	assert_string_equal(tick(), "");
	f.session.now += 38 * HOUR;
	assert_string_equal(tick(), "spring: ended: its end has come");
	stands(PLAN_ENDED, CAUSE_EXPIRED, "0 of 12 succeeded");
}

static void
a_plan_whose_targets_are_done_ends(void **state)
{
	static const char *const sets[] = { "stages=100%", "first_device_alone=off", "watch=1h", NULL };

	(void)state;
	plan(sets);
	for (int i = 0; i < DEVICES; i++) {
		assert_string_equal(tick(), "");
		end(i, true);
	}
	assert_string_equal(tick(), "");
	foretold("the plan ends: every target is done, and watched until then");
	f.session.now += HOUR;
	foretold("tick ends the plan: every target is done");
	assert_string_equal(tick(), "spring: ended: every target is done");
	stands(PLAN_ENDED, CAUSE_COMPLETED, "12 of 12 succeeded");
}

static void
silence_suspends(void **state)
{
	static const char *const sets[] = { "stages=100%", "first_device_alone=off", NULL };
	const char *said = "";

	(void)state;
	fixture_known(&f);
	plan(sets);
	for (int i = 0; i < 4; i++)
		end(i, true);
	for (int minutes = 0; !*said && minutes < 8 * 60; minutes += 10) {
		f.session.now += 600;
		said = tick();
	}
	assert_string_equal(
		said, "spring: suspended: silent: stage 1: 4 of 4 devices that succeeded were not heard for longer than usual");
	stands(PLAN_SUSPENDED, CAUSE_SILENT,
		"stage 1: 4 of 4 devices that succeeded were not heard for longer than usual");
}

static void
windows_are_expanded_in_time(void **state)
{
	const char *upgrade = "STM32=1_0_1", *window = "08:00-12:00";
	struct plan_change change = { .product = "aroma", .timezone = "UTC", .upgrade = { &upgrade, 1 },
		.push = { &window, 1 }, .priority = INT64_MIN, .continuous = -1, .allow_downgrade = -1,
		.require_all = -1 };
	struct activation activation;

	(void)state;
	fixture_good(&f, plan_create(&f.session, "spring", &change, &f.err));
	fixture_good(&f, plan_activate(&f.session, "spring", -1, &activation, &f.err));
	f.session.now += 339LL * DAY;
	assert_string_equal(tick(), "");
	f.session.now += 3LL * DAY;
	assert_string_equal(tick(), "spring: expanded its windows further");
}

/* Done is remembered without a word; the next stage opens when the soak is over, to the second. */
static void
a_stage_opens_when_its_soak_is_over(void **state)
{
	static const char *const sets[] = { "stages=group:lab,100%", "first_device_alone=off", "soak=100s",
		"survived=0", NULL };
	int64_t done_at;

	(void)state;
	plan(sets);
	for (int i = 0; i < 3; i++)
		end(i, true);
	assert_string_equal(tick(), "");
	done_at = f.session.now;
	assert_int_equal(fixture_status(&f, "spring")->plan.stages[0].done_at, done_at);
	foretold("the soak is over");
	f.session.now = done_at + 99;
	assert_string_equal(tick(), "");
	assert_int_equal(fixture_status(&f, "spring")->plan.stages[0].done_at, done_at);
	f.session.now = done_at + 100;
	assert_string_equal(tick(), "spring: opened stage 2 (100%)");
	assert_int_equal(fixture_status(&f, "spring")->plan.stages[1].opened_at, f.session.now);
}

static void
a_tail_is_over_some_time(void **state)
{
	static const char *const sets[] = { "stages=100%", "first_device_alone=off", "soak=0", "complete_after=5h",
		"watch=1h", NULL };

	(void)state;
	plan(sets);
	for (int i = 1; i < DEVICES; i++)
		end(i, true);
	assert_string_equal(tick(), "");
	f.session.now += 5 * HOUR - 1;
	assert_string_equal(tick(), "");
	f.session.now += 600;
	foretold("tick ends the plan: its tail is over");
	assert_string_equal(tick(), "spring: ended: its tail is over, stragglers are given up");
	stands(PLAN_ENDED, CAUSE_COMPLETED, "11 of 12 succeeded");
}

static void
a_dry_run_says_it_and_does_nothing(void **state)
{
	static const char *const sets[] = { "stages=100%", "first_device_alone=off", "retry_max=0",
		"breaker=failed:1:1:1:abort", NULL };
	struct tick_result result;

	(void)state;
	plan(sets);
	end(0, false);
	f.session.dry_run = true;
	for (int i = 0; i < 2; i++) {
		fixture_good(&f, tick_run(&f.session, &result, &f.err));
		assert_int_equal(result.line_count, 1);
	}
	f.session.dry_run = false;
	assert_int_equal(fixture_status(&f, "spring")->plan.state, PLAN_ACTIVE);
}

/* --- looking cheaply -------------------------------------------------------------------------------- */

static void
forget_when_to_look(void)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(f.db, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "UPDATE pulse SET look_at = 0", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

/*
 * Rollouts of any course, ticked at any moments: a tick that looks at everything, right behind one that
 * looked where it thought it had to, has nothing to add.
 */
static void
looking_cheaply_misses_nothing(void **state)
{
	static const char *const sets[] = { "stages=group:lab,50%,100%", "first_device_alone=off", "soak=12m",
		"survived=0", "retry_max=1", "retry_interval=1m", "breaker=off", "complete_after=90d", NULL };

	for (int round = 0; round < 12; round++) {
		bool busy[DEVICES] = { false };

		if (round)
			(void)setup(state);
		fixture_plan(&f, "spring", "1_0_1", sets);
		for (int ticks = 0; ticks < 100; ticks++) {
			struct plan_status *s;
			struct stage before[3];
			struct plan plan_before;

			f.session.now += 1 + any_below(any_below(9) ? 400 : 6 * HOUR);
			for (int i = 0; i < DEVICES; i++) {
				if (busy[i] && any_below(2))
					versions[i] = "1_0_1";
				if (!any_below(4))
					busy[i] = strstr(poll(i)->body, "\"files\":[") != NULL;
			}
			(void)tick();
			s = fixture_status(&f, "spring");
			assert_int_equal(s->plan.stage_count, COUNT(before));
			memcpy(before, s->plan.stages, sizeof before);
			plan_before = s->plan;
			forget_when_to_look();
			assert_string_equal(tick(), "");
			s = fixture_status(&f, "spring");
			assert_memory_equal(before, s->plan.stages, sizeof before);
			assert_int_equal(s->plan.state, plan_before.state);
			assert_int_equal(s->plan.stage, plan_before.stage);
		}
		if (round < 11)
			(void)teardown(state);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_tripped_breaker_suspends),
		TEST(a_tripped_breaker_aborts_where_its_rule_says_so),
		TEST(an_end_comes),
		TEST(a_suspended_plan_ends_too),
		TEST(a_plan_whose_targets_are_done_ends),
		TEST(silence_suspends),
		TEST(windows_are_expanded_in_time),
		TEST(a_stage_opens_when_its_soak_is_over),
		TEST(a_tail_is_over_some_time),
		TEST(a_dry_run_says_it_and_does_nothing),
		TEST(looking_cheaply_misses_nothing),
	};

	seed();
	return cmocka_run_group_tests_name("tick", tests, NULL, NULL);
}
