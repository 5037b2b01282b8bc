/*
 * What changes between two steps of a device: between an offer and its acceptance, between an
 * attempt and the next, and between two plans for the same component.
 */
#include "tests/test.h"

#include "tests/fixture.h"

#include "db/check.h"
#include "plans/fleet/device.h"
#include "plans/orders/activate.h"
#include "plans/orders/edit.h"
#include "plans/orders/execution.h"
#include "plans/orders/lifecycle.h"
#include "plans/orders/resume.h"
#include "plans/packages/state.h"

static struct fixture f;

enum { INTERVAL = 600 };

static void
good(enum err_code code)
{
	if (code)
		fail_msg("%s: %s", f.err.what, f.err.why);
	f.session.reason = NULL;
}

static int
setup(void **state)
{
	(void)state;
	fixture_begin(&f);
	fixture_package(&f, "1_0_0", NULL, 3000);
	fixture_package(&f, "1_0_1", NULL, 4000);
	for (int i = 1; i < 5; i++)
		fixture_device(&f, arena_printf(&f.session.arena, "SN%d", i), "1_0_0", NULL);
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

/* Its devices install from 22 to 24 h only, where it is silent and has an exec_timeout of its own. */
static void
plan_with(const char *name, const char *mode, const char *version, int64_t priority, bool downgrade,
	const char *more)
{
	static const char *const install[] = { "22:00-24:00" };
	const char *const sets[] = { "stages=100%", "first_device_alone=off", "breaker=off", more };
	static const char *const texts[] = { "en=update", "zh=update" };
	const char *upgrade = arena_printf(&f.session.arena, "STM32=%s", version);
	struct plan_change change = { .product = "aroma", .timezone = "UTC", .upgrade = { &upgrade, 1 },
		.set = { sets, COUNT(sets) }, .mode = mode, .text = { texts, *mode == 'm' ? 2 : 0 }, .install = { install, *more == 'e' },
		.priority = priority, .continuous = -1, .allow_downgrade = downgrade, .require_all = -1 };

	good(plan_create(&f.session, name, &change, &f.err));
}

static void
plan(const char *name, const char *mode, const char *version, int64_t priority, bool downgrade)
{
	plan_with(name, mode, version, priority, downgrade, "retry_max=0");
}

static void
activate(const char *name)
{
	struct activation activation;

	f.session.reason = "because";
	good(plan_activate(&f.session, name, -1, &activation, &f.err));
}

static const struct answer *
poll(const char *device, const char *says)
{
	return fixture_poll(&f, device, arena_printf(&f.session.arena, "wait=0&%s", says));
}

static void
counters_are_right(void)
{
	const char **findings;
	size_t count;

	good(db_check_findings(f.session.db, &f.session.arena, &findings, &count, &f.err));
	if (count)
		fail_msg("%s", findings[0]);
}

/* --- two plans for one component -------------------------------------------------------------- */

/* How far the clock has gone between two activations: not at all, on, back. */
static const int64_t between[] = { 0, 1, -100 };

static void
the_earlier_activated_plan_comes_first(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(between); i++) {
		setup(NULL);
		fixture_package(&f, "1_0_2", NULL, 5000);
		plan("later", "silent", "1_0_2", 0, false);
		plan("earlier", "silent", "1_0_1", 0, false);
		activate("earlier");
		f.session.now += between[i];
		activate("later");
		assert_string_equal(answer_text(poll("SN1", "STM32=1_0_0"), "plan"), "earlier");
		teardown(NULL);
	}
}

static void
a_later_activated_plan_is_not_undone_by_an_earlier_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(between); i++) {
		setup(NULL);
		fixture_package(&f, "1_0_2", NULL, 5000);
		plan("later", "silent", "1_0_2", 9, false);
		plan("earlier", "silent", "1_0_1", 0, true);
		activate("earlier");
		f.session.now += between[i];
		activate("later");
		f.session.now += 200;
		fixture_tick(&f);
		assert_string_equal(answer_text(poll("SN1", "STM32=1_0_0&accept=1"), "plan"), "later");
		assert_string_equal(answer_text(poll("SN1", "STM32=1_0_2"), "verdict"), "superseded");
		teardown(NULL);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_earlier_activated_plan_comes_first),
		cmocka_unit_test(a_later_activated_plan_is_not_undone_by_an_earlier_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
