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
		.set = { sets, COUNT(sets) }, .mode = mode, .text = { texts, *mode == 'm' ? 2 : 0 },
		.install = { install, *more == 'e' },
		.priority = priority, .continuous = -1, .allow_downgrade = downgrade, .require_all = -1 };

	fixture_good(&f, plan_create(&f.session, name, &change, &f.err));
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
	fixture_good(&f, plan_activate(&f.session, name, -1, &activation, &f.err));
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

	fixture_good(&f, db_check_findings(f.session.db, &f.session.arena, &findings, &count, &f.err));
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

/* --- an offer and its acceptance -------------------------------------------------------------- */

enum way { BY_POLL, BY_REPORT, BY_OPERATOR, ROUTES };

/* Why the package of an offer is not for the device any more. */
enum change { ANOTHER_SOURCE, NO_SOURCE, REVOKED, OTHER_HARDWARE, CHANGES };

static void
device_is(const char *label)
{
	struct device_change labels = { .labels = &label, .label_count = 1 };

	fixture_good(&f, device_change(&f.session, "SN1", &labels, &f.err));
}

/* Returns what the device says from then on. */
static const char *
change_it(enum change change)
{
	struct package_name delta = { "aroma/STM32", "1_0_1", "1_0_0", false };
	const char *says = "STM32=1_0_0";
	struct resumption resumption;
	size_t count;

	if (change == REVOKED) {
		f.session.reason = "bad";
		fixture_good(&f, package_revoke(&f.session, &delta, &count, &f.err));
		f.session.reason = "the full one is good";
		fixture_good(&f, plan_resume(&f.session, "spring", false, &resumption, &f.err));
	} else if (change == OTHER_HARDWARE) {
		device_is("hw=B");
	} else {
		says = change == NO_SOURCE ? "STM32=" : "STM32=0_9_0";
		assert_int_equal(fixture_request(&f, "POST", "/v1/SN1/versions", "token-of-SN1-padded",
					 change == NO_SOURCE ? "{\"STM32\":\"\"}" : "{\"STM32\":\"0_9_0\"}")->status,
			200);
	}
	return says;
}

static const struct {
	enum change change;
	const char *reason;
} changes[CHANGES] = {
	{ ANOTHER_SOURCE, "source_changed" },
	{ NO_SOURCE, "source_changed" },
	{ REVOKED, "package_revoked" },
	{ OTHER_HARDWARE, "wrong_hardware" },
};

/* Why the device's first attempt ended. */
static const char *
first_reason(void)
{
	struct execution *all;
	struct device device;
	size_t count;

	fixture_good(&f, db_device_get(f.session.db, &f.session.arena, "SN1", &device, &f.err));
	fixture_good(&f, db_execution_of_device(f.session.db, &f.session.arena, device.id, &all, &count, &f.err));
	return count ? all[0].reason : "there is none";
}

static void
accept_by(enum way route, const char *id, const char *says)
{
	static const char *const names[] = { "SN1" };
	struct execution_choice choice = { .what = "spring", .devices = names, .device_count = 1 };
	int64_t count;

	switch (route) {
	case BY_POLL:
		(void)poll("SN1", arena_printf(&f.session.arena, "%s&accept=1", says));
		break;
	case BY_REPORT:
		assert_int_equal(fixture_report(&f, "SN1", id, "{\"state\":\"accepted\"}")->status, 409);
		(void)poll("SN1", says);
		break;
	case BY_OPERATOR:
		fixture_good(&f, executions_confirm(&f.session, &choice, &count, &f.err));
		break;
	case ROUTES:
		break;
	}
}

/* Whoever accepts gets what fits the device now, never what fitted it when it was offered. */
static void
an_offer_that_fits_no_more_is_withdrawn(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(changes) * ROUTES; i++) {
		enum way route = (enum way)(i % ROUTES);
		const char *says;
		char id[24];

		setup(NULL);
		fixture_package_for(&f, "1_0_1", "1_0_0", 1000, "A");
		plan("spring", route == BY_POLL ? "silent" : "manual", "1_0_1", 0, false);
		device_is("hw=A");
		activate("spring");
		assert_string_equal(answer_text(poll("SN1", "STM32=1_0_0"), "kind"), "delta");
		snprintf(id, sizeof id, "%s", answer_text(poll("SN1", "STM32=1_0_0"), "execution"));
		says = change_it(changes[i / ROUTES].change);
		accept_by(route, id, says);
		/* A revocation suspends the plan, which withdraws every offer. */
		if (changes[i / ROUTES].change != REVOKED)
			assert_string_equal(first_reason(), changes[i / ROUTES].reason);
		assert_string_equal(answer_text(poll("SN1", says), "kind"), "full");
		assert_string_equal(answer_text(poll("SN1", says), "state"),
			route == BY_REPORT ? "offered" : "accepted");
		counters_are_right();
		teardown(NULL);
	}
}

/* --- an attempt and the next ------------------------------------------------------------------ */

static void
report(const char *id, const char *body)
{
	(void)fixture_report(&f, "SN1", id, body);
}

static void
allow_retry(void)
{
	static const char *const names[] = { "SN1" };
	struct execution_choice choice = { .what = "spring", .devices = names, .device_count = 1 };
	int64_t count;

	f.session.reason = "once more";
	fixture_good(&f, executions_retry(&f.session, &choice, &count, &f.err));
}

static void
freeze_for_a_poll(void)
{
	f.session.reason = "wait";
	fixture_good(&f, freeze(&f.session, NULL, true, &f.err));
	(void)poll("SN1", "STM32=1_0_0");
	fixture_good(&f, freeze(&f.session, NULL, false, &f.err));
}

static void
suspend_for_a_poll(void)
{
	struct resumption resumption;

	f.session.reason = "wait";
	fixture_good(&f, plan_suspend(&f.session, "spring", &f.err));
	(void)poll("SN1", "STM32=1_0_0");
	f.session.reason = "on";
	fixture_good(&f, plan_resume(&f.session, "spring", false, &resumption, &f.err));
}

static void
flat_for_a_poll(void)
{
	(void)poll("SN1", "STM32=1_0_0&battery=5");
	(void)poll("SN1", "STM32=1_0_0&battery=90");
}

/* How its first attempt ends, so that it is not offered the plan again by itself. */
static const char *const over[] = { "{\"state\":\"failed\"}", "{\"state\":\"rejected\",\"reason\":\"user\"}" };

/* What takes back an offer, or ends an attempt as if there had been none. */
static void (*const stops[])(void) = { NULL, freeze_for_a_poll, suspend_for_a_poll, flat_for_a_poll };

/* A retry that an operator allowed is there until an attempt of it has come to something. */
static void
a_retry_lasts_until_it_is_made(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(over) * COUNT(stops); i++) {
		void (*stop)(void) = stops[i % COUNT(stops)];
		char id[24];

		setup(NULL);
		plan("spring", "manual", "1_0_1", 0, false);
		activate("spring");
		snprintf(id, sizeof id, "%s", answer_text(poll("SN1", "STM32=1_0_0"), "execution"));
		if (i / COUNT(stops) == 0)
			report(id, "{\"state\":\"accepted\"}");
		report(id, over[i / COUNT(stops)]);
		assert_string_equal(answer_text(poll("SN1", "STM32=1_0_0"), "execution"), "");
		allow_retry();
		assert_string_equal(answer_text(poll("SN1", "STM32=1_0_0"), "state"), "offered");
		if (stop)
			stop();
		f.session.now += INTERVAL;
		fixture_tick(&f);
		assert_string_equal(answer_text(poll("SN1", "STM32=1_0_0"), "state"), "offered");
		snprintf(id, sizeof id, "%s", answer_text(poll("SN1", "STM32=1_0_0"), "execution"));
		assert_int_equal(fixture_report(&f, "SN1", id, "{\"state\":\"accepted\"}")->status, 200);
		/* This is the one attempt that was allowed. */
		report(id, "{\"state\":\"failed\"}");
		f.session.now += 2 * 24 * 3600;
		fixture_tick(&f);
		assert_string_equal(answer_text(poll("SN1", "STM32=1_0_0"), "execution"), "");
		counters_are_right();
		teardown(NULL);
	}
}

/* A delta that failed is not offered next, whatever took back the full package in between. */
static void
a_failed_delta_is_not_offered_next(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(stops); i++) {
		char id[24];

		setup(NULL);
		fixture_package(&f, "1_0_1", "1_0_0", 1000);
		plan_with("spring", "manual", "1_0_1", 0, false, "retry_max=3");
		activate("spring");
		assert_string_equal(answer_text(poll("SN1", "STM32=1_0_0"), "kind"), "delta");
		snprintf(id, sizeof id, "%s", answer_text(poll("SN1", "STM32=1_0_0"), "execution"));
		report(id, "{\"state\":\"accepted\"}");
		report(id, "{\"state\":\"failed\"}");
		f.session.now += INTERVAL;
		fixture_tick(&f);
		assert_string_equal(answer_text(poll("SN1", "STM32=1_0_0"), "kind"), "full");
		if (stops[i])
			stops[i]();
		f.session.now += INTERVAL;
		fixture_tick(&f);
		assert_string_equal(answer_text(poll("SN1", "STM32=1_0_0"), "kind"), "full");
		counters_are_right();
		teardown(NULL);
	}
}

/* --- how long an attempt may take ------------------------------------------------------------- */

static int64_t
deadline(const char *id)
{
	struct execution e;

	fixture_good(&f, db_execution_get(f.session.db, atoll(id), &e, &f.err));
	return e.deadline_at;
}

/* Progress gives a device more time, but none to who was asked to stop. */
static void
progress_does_not_put_off_a_cancel(void **state)
{
	static const char *const names[] = { "SN1" };
	struct execution_choice choice = { .what = "spring", .devices = names, .device_count = 1 };
	int64_t count, until;
	char id[24];

	(void)state;
	setup(NULL);
	plan("spring", "silent", "1_0_1", 0, false);
	activate("spring");
	snprintf(id, sizeof id, "%s", answer_text(poll("SN1", "STM32=1_0_0&accept=1"), "execution"));
	report(id, "{\"state\":\"downloading\",\"progress\":5}");
	until = deadline(id);
	f.session.now += 60;
	report(id, "{\"state\":\"downloading\",\"progress\":6}");
	assert_true(deadline(id) > until);
	fixture_good(&f, executions_cancel(&f.session, &choice, &count, NULL, &f.err));
	until = deadline(id);
	f.session.now += 60;
	report(id, "{\"state\":\"downloading\",\"progress\":50}");
	report(id, "{\"state\":\"downloaded\"}");
	report(id, "{\"state\":\"downloading\"}");
	assert_int_equal(deadline(id), until);
	f.session.now = until;
	fixture_tick(&f);
	assert_int_equal(fixture_status(&f, "spring")->sums[EXEC_CANCELED], 1);
	counters_are_right();
	teardown(NULL);
}

/* Who waits for its install window has until then, whatever it reports meanwhile. */
static void
progress_does_not_forget_the_install_window(void **state)
{
	int64_t until;
	char id[24];

	(void)state;
	setup(NULL);
	fixture_known(&f);
	plan_with("spring", "silent", "1_0_1", 0, false, "exec_timeout=6h");
	activate("spring");
	snprintf(id, sizeof id, "%s", answer_text(poll("SN1", "STM32=1_0_0&accept=1"), "execution"));
	until = deadline(id);
	assert_true(until > f.session.now + 12 * 3600);
	for (int progress = 1; progress < 100; progress += 33) {
		report(id, arena_printf(&f.session.arena, "{\"state\":\"downloading\",\"progress\":%d}", progress));
		assert_int_equal(deadline(id), until);
		f.session.now += 60;
	}
	report(id, "{\"state\":\"downloaded\"}");
	until = deadline(id);
	assert_true(until > f.session.now + 12 * 3600);
	report(id, "{\"state\":\"downloading\"}");
	assert_int_equal(deadline(id), until);
	teardown(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_earlier_activated_plan_comes_first),
		cmocka_unit_test(a_later_activated_plan_is_not_undone_by_an_earlier_one),
		cmocka_unit_test(an_offer_that_fits_no_more_is_withdrawn),
		cmocka_unit_test(a_retry_lasts_until_it_is_made),
		cmocka_unit_test(a_failed_delta_is_not_offered_next),
		cmocka_unit_test(progress_does_not_put_off_a_cancel),
		cmocka_unit_test(progress_does_not_forget_the_install_window),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
