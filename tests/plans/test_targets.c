/*
 * Whom a plan means: who is at the target already is done without it, by whatever way it came
 * there, and the counts of the plan follow each device.
 */
#include "tests/test.h"

#include "tests/fixture.h"

#include "db/check.h"
#include "db/plan.h"

static struct fixture f;

enum { DEVICES = 20, THERE = 6, NEWER = 2 };

static const char *const stages[] = { "stages=5,50%,100%", "first_device_alone=off", "max_unproven=off", NULL };

static int
setup(void **state)
{
	(void)state;
	fixture_begin(&f);
	fixture_package(&f, "1_0_0", NULL, 3000);
	fixture_package(&f, "1_0_1", NULL, 4000);
	fixture_package(&f, "1_0_2", NULL, 5000);
	for (int i = 0; i < DEVICES; i++) {
		char name[16];

		snprintf(name, sizeof name, "SN%d", i);
		fixture_device(&f, name,
			i < THERE ? "1_0_1" : i < THERE + NEWER ? "1_0_2" : "1_0_0", NULL);
	}
	f.session.now_given = true;
	fixture_plan(&f, "spring", "1_0_1", stages);
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
polls(int device, const char *version, bool accepts)
{
	char name[16], query[64];

	snprintf(name, sizeof name, "SN%d", device);
	snprintf(query, sizeof query, "wait=0&STM32=%s%s", version, accepts ? "&accept=1" : "");
	return fixture_poll(&f, name, query);
}

/* What is counted: the targets, those that are there, those to come, and what the stages add. */
static void
counts(int64_t targeted, int64_t already, int64_t pending, int64_t added)
{
	struct plan_status *s = fixture_status(&f, "spring");
	const char **findings;
	int64_t sizes = 0;
	size_t count;

	assert_int_equal(s->plan.targets, targeted);
	assert_int_equal(s->sums[TALLY_ALREADY], already);
	assert_int_equal(s->pending, pending);
	for (size_t i = 0; i < s->plan.stage_count; i++)
		sizes += s->plan.stages[i].size;
	assert_int_equal(sizes, added);
	assert_int_equal(
		db_check_findings(f.session.db, &f.session.arena, &findings, &count, &f.err), ERR_OK);
	if (count)
		fail_msg("%s", findings[0]);
}

enum { TO_COME = DEVICES - THERE - NEWER };

static void
who_is_there_is_already(void **state)
{
	(void)state;
	counts(DEVICES, THERE + NEWER, TO_COME, TO_COME);
	assert_non_null(strstr(polls(0, "1_0_1", true)->body, "already_at_target"));
}

static void
who_comes_there_by_another_way_is_already_from_its_next_poll(void **state)
{
	static const char *const ways[] = { "1_0_1", "1_0_2" };

	(void)state;
	for (int i = 0; i < 2; i++) {
		(void)polls(DEVICES - 1 - i, ways[i], false);
		counts(DEVICES, THERE + NEWER + 1 + i, TO_COME - 1 - i, TO_COME - 1 - i);
		(void)polls(DEVICES - 1 - i, ways[i], true);
		counts(DEVICES, THERE + NEWER + 1 + i, TO_COME - 1 - i, TO_COME - 1 - i);
	}
	/* And back again: it is offered the plan at once, and pending no more. */
	(void)polls(DEVICES - 1, "1_0_0", false);
	counts(DEVICES, THERE + NEWER + 1, TO_COME - 2, TO_COME - 1);
	(void)polls(DEVICES - 2, "1_0_1", false);
	counts(DEVICES, THERE + NEWER + 1, TO_COME - 2, TO_COME - 1);
}

static void
when_nobody_is_left_the_plan_ends(void **state)
{
	(void)state;
	for (int i = THERE + NEWER; i < DEVICES; i++)
		(void)polls(i, "1_0_1", false);
	counts(DEVICES, DEVICES, 0, 0);
	fixture_tick(&f);
	assert_int_equal(fixture_status(&f, "spring")->plan.state, PLAN_ENDED);
}

/* An offer nobody accepted: the cable is no success, opens nothing, and leaves no trace in the counters. */
static void
an_offer_overtaken_by_a_cable_is_already(void **state)
{
	int device = DEVICES - 1;
	struct plan_status *s;

	(void)state;
	assert_non_null(strstr(polls(device, "1_0_0", false)->body, "\"execution\""));
	counts(DEVICES, THERE + NEWER, TO_COME - 1, TO_COME);
	(void)polls(device, "1_0_1", false);
	counts(DEVICES, THERE + NEWER + 1, TO_COME - 1, TO_COME - 1);
	s = fixture_status(&f, "spring");
	assert_int_equal(s->sums[EXEC_SUCCEEDED], 0);
	assert_int_equal(s->sums[EXEC_OFFERED], 0);
	assert_int_equal(s->sums[EXEC_EXPIRED], 0);
	assert_int_equal(s->pulse.pulse.ever_succeeded, 0);
	/* It goes back, and gets the update from the plan: once, and counted once. */
	(void)polls(device, "1_0_0", true);
	counts(DEVICES, THERE + NEWER, TO_COME - 1, TO_COME);
	(void)polls(device, "1_0_1", false);
	assert_int_equal(fixture_status(&f, "spring")->sums[EXEC_SUCCEEDED], 1);
	counts(DEVICES, THERE + NEWER, TO_COME - 1, TO_COME);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(who_is_there_is_already, setup, teardown),
		cmocka_unit_test_setup_teardown(
			who_comes_there_by_another_way_is_already_from_its_next_poll, setup, teardown),
		cmocka_unit_test_setup_teardown(when_nobody_is_left_the_plan_ends, setup, teardown),
		cmocka_unit_test_setup_teardown(an_offer_overtaken_by_a_cable_is_already, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
