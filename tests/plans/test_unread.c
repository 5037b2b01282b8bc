/* A row that cannot be read holds up its own plan and nothing else: not the door, not tick. */
#include "tests/test.h"

#include "tests/fixture.h"

#include "core/str.h"
#include "plans/keep/check.h"
#include "plans/packages/state.h"
#include "plans/rollout/tick.h"

#include <sqlite3.h>

static struct fixture f;

static void
shell(const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(f.db, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 5000);
	if (sqlite3_exec(db, "PRAGMA ignore_check_constraints=ON", NULL, NULL, NULL) ||
		sqlite3_exec(db, sql, NULL, NULL, NULL))
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	sqlite3_close(db);
}

/* Two plans of one product; the first would serve every device, were it not for its rows. */
static int
setup(void **state)
{
	(void)state;
	fixture_begin(&f);
	fixture_package(&f, "1_0_0", NULL, 3000);
	fixture_package(&f, "1_0_1", NULL, 4000);
	fixture_package(&f, "1_0_2", NULL, 5000);
	fixture_device(&f, "SN1", "1_0_0", NULL);
	fixture_device(&f, "SN2", "1_0_0", NULL);
	fixture_plan(&f, "first", "1_0_1", (const char *[]){ "stages=100%", NULL });
	f.session.now += 1;
	fixture_plan(&f, "second", "1_0_2", (const char *[]){ "stages=100%", NULL });
	f.session.now_given = true;
	fixture_tick(&f);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fixture_end(&f);
	return 0;
}

#define LONG "printf('%0300d', 1)"
#define OF_FIRST "(SELECT id FROM plan WHERE name = 'first')"

/* Values that nothing of ours stores, in rows of the first plan alone. */
static const struct planted {
	const char *sql;
	bool unfound; /* by db check: a value that no column bounds, only its reader */
} cases[] = {
	{ "UPDATE plan SET reason = " LONG " WHERE name = 'first'", false },
	{ "UPDATE plan SET timezone = " LONG " WHERE name = 'first'", false },
	{ "UPDATE plan SET strategy = " LONG " WHERE name = 'first'", false },
	{ "UPDATE plan SET params = 'stages=nonsense' || char(10) WHERE name = 'first'", true },
	{ "UPDATE plan SET cause = 'nonsense' WHERE name = 'first'", false },
	{ "UPDATE plan SET mode = 'nonsense' WHERE name = 'first'", false },
	{ "UPDATE plan SET salt = x'00' WHERE name = 'first'", false },
	{ "UPDATE plan SET stage = 5 WHERE name = 'first'", true },
	{ "UPDATE plan SET stage = -1 WHERE name = 'first'", true },
	{ "UPDATE plan SET device_zone = 7 WHERE name = 'first'", false },
	{ "UPDATE pulse SET tripped = " LONG " WHERE plan = " OF_FIRST, false },
	{ "UPDATE pulse SET tripped_abort = 7 WHERE plan = " OF_FIRST, false },
	{ "UPDATE stage SET grp_name = " LONG " WHERE plan = " OF_FIRST, false },
	{ "UPDATE stage SET kind = 9 WHERE plan = " OF_FIRST, false },
	{ "INSERT INTO plan_item VALUES (" OF_FIRST ", 'nonsense', 0, '', '')", false },
	{ "INSERT INTO plan_item VALUES (" OF_FIRST ", 'allow', 0, '', 'nonsense')", true },
	{ "UPDATE version SET name = " LONG " WHERE name = '1_0_1'", false },
	{ "UPDATE package SET reason = " LONG " WHERE version IN"
	  " (SELECT version FROM plan_component WHERE plan = " OF_FIRST ")", false },
	{ "UPDATE file SET name = " LONG " WHERE size = 4000", false },
};

/* Devices get what the other plan has, as if the first one were not there. */
static void
the_door_serves_the_other_plan(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct answer *a;

		setup(NULL);
		shell(cases[i].sql);
		shell("UPDATE fleet SET epoch = epoch + 1");
		a = fixture_poll(&f, "SN1", "STM32=1_0_0");
		if (a->status != 200 || strcmp(answer_text(a, "plan"), "second") != 0)
			fail_msg("%s: %d %s", cases[i].sql, a->status, a->body);
		teardown(NULL);
	}
}

/* Tick names the plan, moves the other one on and stores its sign of life; db check finds the row. */
static void
tick_goes_on_with_the_other_plan(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct check_result check;
		struct tick_result result;
		struct fleet fleet;

		setup(NULL);
		shell(cases[i].sql);
		f.session.now += 3600;
		if (tick_run(&f.session, &result, &f.err))
			fail_msg("%s: %s: %s", cases[i].sql, f.err.what, f.err.why);
		if (result.left != 1 || !str_starts(result.lines[0], "plan 1 is left as it is: "))
			fail_msg("%s: %zu left", cases[i].sql, result.left);
		assert_int_equal(db_fleet_get(f.session.db, &fleet, &f.err), ERR_OK);
		assert_int_equal(fleet.clock.last.at, f.session.now);
		assert_int_equal(fixture_status(&f, "second")->plan.state, PLAN_ACTIVE);
		assert_int_equal(check_run(&f.session, false, &check, &f.err), ERR_OK);
		if (!check.finding_count && !cases[i].unfound)
			fail_msg("%s: nothing found", cases[i].sql);
		teardown(NULL);
	}
}

/* A device that is under way in the plan hears an error that passes, and keeps what it has. */
static void
a_device_of_the_plan_hears_503(void **state)
{
	const struct answer *a;

	(void)state;
	a = fixture_poll(&f, "SN1", "STM32=1_0_0&accept=1");
	assert_string_equal(answer_text(a, "plan"), "first");
	shell("UPDATE plan SET reason = " LONG " WHERE name = 'first'");
	shell("UPDATE fleet SET epoch = epoch + 1");
	assert_int_equal(fixture_poll(&f, "SN1", "STM32=1_0_0")->status, 503);
	shell("UPDATE plan SET reason = '' WHERE name = 'first'");
	a = fixture_poll(&f, "SN1", "STM32=1_0_0");
	assert_int_equal(a->status, 200);
	assert_string_equal(answer_text(a, "plan"), "first");
}

/* Mending by hand moves no epoch: the door finds out by itself. */
static void
a_mended_plan_is_served_within_a_minute(void **state)
{
	(void)state;
	shell("UPDATE plan SET reason = " LONG " WHERE name = 'first'");
	shell("UPDATE fleet SET epoch = epoch + 1");
	assert_string_equal(answer_text(fixture_poll(&f, "SN1", "STM32=1_0_0"), "plan"), "second");
	shell("UPDATE plan SET reason = '' WHERE name = 'first'");
	f.session.now += 61;
	fixture_tick(&f);
	assert_string_equal(answer_text(fixture_poll(&f, "SN2", "STM32=1_0_0"), "plan"), "first");
}

/* What a device's own row says too long is its own fault, and nobody else's. */
static void
a_long_value_of_a_device_is_its_own_fault(void **state)
{
	(void)state;
	shell("UPDATE device SET components = 'STM32=' || " LONG " || char(10) WHERE name = 'SN1'");
	assert_int_equal(fixture_poll(&f, "SN1", "battery=50")->status, 503);
	assert_int_equal(fixture_poll(&f, "SN2", "STM32=1_0_0")->status, 200);
}

/* Where who is left of a plan cannot be counted, tick says so, and goes on. */
static void
stragglers_that_cannot_be_counted_are_told(void **state)
{
	struct tick_result result;
	struct err why;

	(void)state;
	f.session.now += 10 * 86400;
	fixture_tick(&f);
	shell("UPDATE device SET components = 'STM32=' || " LONG " || char(10) WHERE name = 'SN1';"
	      "UPDATE pulse SET left_due_at = 0");
	f.session.now += 60;
	assert_int_equal(tick_run(&f.session, &result, &why), ERR_OK);
	assert_int_equal(result.left, 2);
	assert_int_equal(result.line_count, 2);
	assert_true(str_starts(
		result.lines[0], "plan 1 cannot be counted: cannot read the row of device 'SN1'"));
	assert_true(str_starts(result.lines[1], "plan 2 cannot be counted: "));
}

/* A clock that nobody can read is no clock: tick makes a new one. */
static void
a_sign_of_life_that_cannot_be_read_is_replaced(void **state)
{
	struct clock_guard clock;
	struct tick_result result;

	(void)state;
	shell("UPDATE fleet SET tick_boot = " LONG);
	assert_int_equal(tick_run(&f.session, &result, &f.err), ERR_OK);
	assert_int_equal(result.left, 0);
	assert_int_equal(db_fleet_clock_get(f.session.db, &clock, &f.err), ERR_OK);
}

/* An emergency stop, and a device in a zone of its own, ask nothing of a plan that cannot be read. */
/* A breaker that cannot be read would never trip: no end of an attempt is taken without one. */
static void
nothing_ends_without_a_breaker(void **state)
{
	const struct answer *a;

	(void)state;
	a = fixture_poll(&f, "SN1", "accept=1&STM32=1_0_0");
	assert_string_equal(answer_text(a, "plan"), "first");
	shell("UPDATE plan SET params = '' WHERE name = 'first'; UPDATE fleet SET epoch = epoch + 1");
	assert_true(fixture_report(&f, "SN1", "11", "{\"state\":\"failed\"}")->status >= 500);
	assert_string_equal(
		answer_text(fixture_poll(&f, "SN1", "STM32=1_0_0"), "state"), "accepted");
}

static void
operators_are_not_held_up(void **state)
{
	struct package_name name = { .product_component = "aroma/STM32", .version = "1_0_2" };
	struct device_change zone = { .timezone = "Asia/Tokyo" };
	size_t changed;

	(void)state;
	shell("UPDATE plan SET reason = printf('%.*c', 300, 'x') WHERE name = 'first'");
	f.session.reason = "it bricks";
	if (package_revoke(&f.session, &name, &changed, &f.err))
		fail_msg("%s: %s", f.err.what, f.err.why);
	assert_int_equal(changed, 1);
	assert_int_equal(fixture_status(&f, "second")->plan.state, PLAN_SUSPENDED);
	if (device_change(&f.session, "SN1", &zone, &f.err))
		fail_msg("%s: %s", f.err.what, f.err.why);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_door_serves_the_other_plan),
		cmocka_unit_test(tick_goes_on_with_the_other_plan),
		cmocka_unit_test_setup_teardown(a_device_of_the_plan_hears_503, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_mended_plan_is_served_within_a_minute, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_long_value_of_a_device_is_its_own_fault, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_sign_of_life_that_cannot_be_read_is_replaced, setup, teardown),
		cmocka_unit_test_setup_teardown(
			stragglers_that_cannot_be_counted_are_told, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_ends_without_a_breaker, setup, teardown),
		cmocka_unit_test_setup_teardown(operators_are_not_held_up, setup, teardown),
	};

	return cmocka_run_group_tests_name("unread", tests, NULL, NULL);
}
