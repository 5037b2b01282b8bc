/* Whom a plan waits for, and whom a resume leaves out: by what is known of the devices. */
#include "tests/test.h"

#include "tests/fixture.h"

#include "plans/orders/activate.h"
#include "plans/orders/edit.h"
#include "plans/orders/resume.h"

enum { DAY = 86400, WELL = 16, SICK = 6, OTHERS = 20 };

static struct fixture f;

static int
setup(void **state)
{
	(void)state;
	fixture_begin(&f);
	fixture_package(&f, "1_0_0", NULL, 3000);
	fixture_package(&f, "1_0_1", NULL, 4000);
	f.session.now_given = true;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fixture_end(&f);
	return 0;
}

/* A device that was never measured may sleep for 8 days: a stage that waits for it is not stalled before. */
static void
who_was_never_measured_may_be_a_sleeper(void **state)
{
	static const char *const sets[] = { "stages=1,100%", "soak=0s", "tick_max_age=off", NULL };
	struct plan_status *s;

	(void)state;
	fixture_device(&f, "SN1", "1_0_0", NULL);
	fixture_plan(&f, "spring", "1_0_1", sets);
	(void)fixture_poll(&f, "SN1", "accept=1&wait=0&STM32=1_0_0");
	f.session.now += 8 * DAY;
	fixture_tick(&f); /* counts whom it waits for */
	s = fixture_status(&f, "spring");
	assert_int_equal(s->sums[EXEC_ACCEPTED], 1);
	assert_false(s->stage.stalled);
}

/* The same of one that is known to ask all the time: but for its deadline, it is long overdue. */
static void
who_is_always_there_is_waited_for_no_longer(void **state)
{
	static const char *const sets[] = { "stages=1,100%", "soak=0s", "tick_max_age=off", "exec_timeout=30d", "install=20d",
		NULL };
	struct plan_status *s;

	(void)state;
	fixture_device(&f, "SN1", "1_0_0", NULL);
	fixture_known(&f);
	fixture_plan(&f, "spring", "1_0_1", sets);
	(void)fixture_poll(&f, "SN1", "accept=1&wait=0&STM32=1_0_0");
	(void)fixture_report(&f, "SN1", "11", "{\"state\":\"installing\"}");
	f.session.now += 8 * DAY;
	fixture_tick(&f); /* counts whom it waits for */
	s = fixture_status(&f, "spring");
	assert_int_equal(s->sums[EXEC_INSTALLING], 1);
	assert_true(s->stage.stalled);
}

static const char *
device(int i, const char *hw)
{
	static char names[WELL + SICK + OTHERS][8]; /* the arena forgets at each request */
	const char *name = names[i];
	const char *label = arena_printf(&f.session.arena, "hw=%s", hw);
	struct device_change change = { .labels = &label, .label_count = 1 };

	snprintf(names[i], sizeof names[i], "SN%02d", i);
	fixture_device(&f, name, "1_0_0", NULL);
	assert_int_equal(device_change(&f.session, name, &change, &f.err), ERR_OK);
	return name;
}

/*
 * A third of the targets is of the cohort that tripped, and all devices of the product that the
 * plan does not mean: it is left out all the same.
 */
static void
a_cohort_is_measured_against_the_targets(void **state)
{
	static const char *const sets[] = { "stages=100%", "first_device_alone=off", "max_unproven=off" };
	static const char *upgrade = "STM32=1_0_1";
	const char *names[WELL + SICK];
	struct plan_change change = { .product = "aroma", .timezone = "UTC", .upgrade = { &upgrade, 1 },
		.set = { sets, COUNT(sets) }, .whitelist = { names, WELL + SICK }, .priority = INT64_MIN,
		.continuous = -1, .allow_downgrade = -1, .require_all = -1 };
	struct activation activation;
	struct resumption resumption;
	int count = 0;

	(void)state;
	while (count < WELL + SICK) {
		names[count] = device(count, count < WELL ? "A" : "B");
		count++;
	}
	for (; count < WELL + SICK + OTHERS; count++)
		(void)device(count, "B");
	assert_int_equal(plan_create(&f.session, "spring", &change, &f.err), ERR_OK);
	assert_int_equal(plan_activate(&f.session, "spring", -1, &activation, &f.err), ERR_OK);
	for (int i = 0; i < WELL; i++) {
		(void)fixture_poll(&f, names[i], "accept=1&wait=0&STM32=1_0_0");
		(void)fixture_poll(&f, names[i], "wait=0&STM32=1_0_1");
	}
	for (int i = WELL; i < WELL + SICK && !fixture_status(&f, "spring")->pulse.pulse.tripped_at; i++) {
		const struct answer *a = fixture_poll(&f, names[i], "accept=1&wait=0&STM32=1_0_0");

		(void)fixture_report(&f, names[i], answer_text(a, "execution"), "{\"state\":\"failed\"}");
	}
	fixture_tick(&f);
	assert_int_equal(fixture_status(&f, "spring")->plan.cause, CAUSE_BREAKER);
	f.session.reason = "test";
	assert_int_equal(plan_resume(&f.session, "spring", false, &resumption, &f.err), ERR_OK);
	assert_non_null(resumption.left_out);
	assert_string_equal(resumption.left_out, "hw=B");
	assert_string_equal(answer_text(fixture_poll(&f, names[WELL + SICK - 1], "accept=1&wait=0&STM32=1_0_0"), "verdict"),
		"blacklisted");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(who_was_never_measured_may_be_a_sleeper, setup, teardown),
		cmocka_unit_test_setup_teardown(who_is_always_there_is_waited_for_no_longer, setup, teardown),
		cmocka_unit_test_setup_teardown(a_cohort_is_measured_against_the_targets, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
