/*
 * Places of count stages and first acceptances: a device has at most one of each, whatever becomes
 * of its attempts and in whatever order it is told.
 */
#include "tests/test.h"

#include "tests/fixture.h"

#include "db/plan.h"
#include "plans/orders/execution.h"

static struct fixture f;

enum { DEVICES = 12, PLACES = 3 };

static int
setup(void **state)
{
	static const char *const sets[] = { "stages=3,100%", "first_device_alone=off", "retry_interval=0",
		"breaker=off", "retry_max=9", NULL };

	(void)state;
	fixture_begin(&f);
	fixture_package(&f, "1_0_0", NULL, 3000);
	fixture_package(&f, "1_0_1", NULL, 4000);
	for (int i = 0; i < DEVICES; i++) {
		char name[16];

		snprintf(name, sizeof name, "SN%d", i);
		fixture_device(&f, name, "1_0_0", NULL);
	}
	f.session.now_given = true;
	fixture_plan(&f, "spring", "1_0_1", sets);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fixture_end(&f);
	return 0;
}

static bool
accepts(int device)
{
	char name[16];

	snprintf(name, sizeof name, "SN%d", device);
	return strstr(fixture_poll(&f, name, "accept=1&wait=0&STM32=1_0_0")->body, "\"files\":[");
}

static void
tells(int device, const char *body)
{
	char name[16], execution[24];

	snprintf(name, sizeof name, "SN%d", device);
	snprintf(execution, sizeof execution, "%s",
		answer_text(fixture_poll(&f, name, "wait=0&STM32=1_0_0"), "execution"));
	(void)fixture_report(&f, name, execution, body);
}

static int64_t
taken(void)
{
	struct stage ret = { .taken = -1 };

	assert_int_equal(
		db_stage_taken(f.session.db, fixture_status(&f, "spring")->plan.id, 0, &ret, &f.err), ERR_OK);
	return ret.taken;
}

/* What is counted is what a recount finds. */
static void
counters_are_right(void)
{
	fixture_whole(&f);
}

/* How an attempt may come to nothing. */
static const char *const nothings[] = {
	"{\"state\":\"rejected\",\"reason\":\"battery\"}",
	"{\"state\":\"rejected\",\"reason\":\"busy\"}",
	"{\"state\":\"rejected\",\"reason\":\"other\"}",
};

static void
fill(void)
{
	for (int i = 0; i < PLACES; i++)
		assert_true(accepts(i));
	assert_int_equal(taken(), PLACES);
}

static void
a_place_that_a_failure_holds_is_not_given_back(void **state)
{
	(void)state;
	fill();
	tells(0, "{\"state\":\"failed\"}");
	for (size_t i = 0; i < 10; i++) {
		assert_true(accepts(0));
		tells(0, nothings[i % COUNT(nothings)]);
		assert_int_equal(taken(), PLACES);
	}
	for (int i = PLACES; i < DEVICES; i++)
		assert_false(accepts(i));
	counters_are_right();
}

static void
a_place_is_given_back_when_every_attempt_came_to_nothing(void **state)
{
	(void)state;
	fill();
	for (size_t i = 0; i < COUNT(nothings); i++) {
		tells(1, nothings[i]);
		assert_int_equal(taken(), PLACES - 1);
		assert_true(accepts(1));
		assert_int_equal(taken(), PLACES);
	}
	tells(1, nothings[0]);
	assert_true(accepts(PLACES));
	assert_int_equal(taken(), PLACES);
	assert_false(accepts(PLACES + 1));
	counters_are_right();
}

static void
an_operators_cancel_gives_back_once(void **state)
{
	static const char *const device[] = { "SN2" };
	struct execution_choice choice = { .what = "spring", .devices = device, .device_count = 1 };
	int64_t count;

	(void)state;
	fill();
	tells(2, "{\"state\":\"failed\"}");
	assert_true(accepts(2));
	assert_int_equal(executions_cancel(&f.session, &choice, &count, NULL, &f.err), ERR_OK);
	tells(2, "{\"state\":\"canceled\"}");
	assert_int_equal(taken(), PLACES);
	counters_are_right();
}

static void
a_late_repair_takes_the_place_again(void **state)
{
	(void)state;
	fill();
	tells(0, nothings[0]);
	assert_int_equal(taken(), PLACES - 1);
	(void)fixture_poll(&f, "SN0", "wait=0&STM32=1_0_1");
	assert_int_equal(fixture_status(&f, "spring")->sums[EXEC_SUCCEEDED], 1);
	assert_int_equal(taken(), PLACES);
	counters_are_right();
}

static void
who_accepts_again_is_no_first_acceptance(void **state)
{
	(void)state;
	for (size_t i = 0; i < 5; i++) {
		assert_true(accepts(0));
		tells(0, nothings[i % COUNT(nothings)]);
	}
	assert_int_equal(fixture_status(&f, "spring")->pulse.first_accepts, 1);
	counters_are_right();
}

/* Who falls back did not survive; an attempt that is not the newest counts nowhere. */
static void
a_regression_takes_survival_back(void **state)
{
	(void)state;
	assert_true(accepts(0));
	(void)fixture_poll(&f, "SN0", "wait=0&STM32=1_0_1");
	f.session.now += 24 * 3600;
	(void)fixture_poll(&f, "SN0", "wait=0&STM32=1_0_1");
	assert_int_equal(fixture_status(&f, "spring")->sums[TALLY_SURVIVED], 1);
	counters_are_right();
	f.session.now -= 3600; /* watched for 24 h */
	for (int i = 0; i < 2; i++) {
		(void)fixture_poll(&f, "SN0", "wait=0&STM32=1_0_0");
		f.session.now += 61;
	}
	assert_int_equal(fixture_status(&f, "spring")->sums[EXEC_REGRESSED], 1);
	assert_int_equal(fixture_status(&f, "spring")->sums[TALLY_SURVIVED], 0);
	counters_are_right();
}

static bool
is_offered(int device)
{
	char name[16];

	snprintf(name, sizeof name, "SN%d", device);
	return strstr(fixture_poll(&f, name, "wait=0&STM32=1_0_0")->body, "\"execution\":\"");
}

static int
offered_of(int from, int to)
{
	int ret = 0;

	for (int i = from; i < to; i++)
		ret += is_offered(i);
	return ret;
}

/* Sleepers that take no offer hold the stage until their offers expire, and no longer. */
static void
offers_to_sleepers_do_not_jam_a_stage(void **state)
{
	(void)state;
	assert_int_equal(offered_of(0, DEVICES), 3 * PLACES);
	/* Two places are left: for those there are offers enough. */
	assert_true(accepts(0));
	assert_int_equal(offered_of(3 * PLACES, DEVICES), 0);
	/* Who has an offer keeps it. */
	assert_int_equal(offered_of(1, 3 * PLACES), 3 * PLACES - 1);
	/* They were never measured: 1.5 times 8 days. */
	f.session.now += 13 * 24 * 3600;
	fixture_tick(&f);
	assert_int_equal(fixture_status(&f, "spring")->sums[EXEC_OFFERED], 0);
	assert_int_equal(offered_of(3 * PLACES, DEVICES), 3);
	assert_int_equal(offered_of(1, 3 * PLACES), 3);
	for (int i = 3 * PLACES; i < 3 * PLACES + 2; i++)
		assert_true(accepts(i));
	/* The last place is taken: the other offers are withdrawn as soon as somebody asks. */
	assert_int_equal(offered_of(1, DEVICES), 2);
	assert_int_equal(taken(), PLACES);
	counters_are_right();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(offers_to_sleepers_do_not_jam_a_stage, setup, teardown),
		cmocka_unit_test_setup_teardown(a_place_that_a_failure_holds_is_not_given_back, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_place_is_given_back_when_every_attempt_came_to_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(an_operators_cancel_gives_back_once, setup, teardown),
		cmocka_unit_test_setup_teardown(a_late_repair_takes_the_place_again, setup, teardown),
		cmocka_unit_test_setup_teardown(a_regression_takes_survival_back, setup, teardown),
		cmocka_unit_test_setup_teardown(who_accepts_again_is_no_first_acceptance, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
