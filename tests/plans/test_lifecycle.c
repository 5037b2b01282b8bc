/* What operators do to plans, attempts and devices while a rollout runs, seen through the real door. */
#include "plans/keep/check.h"
#include "plans/packages/distrust.h"
#include "plans/packages/find.h"
#include "plans/packages/state.h"
#include "plans/orders/edit.h"
#include "plans/orders/activate.h"
#include "plans/orders/lifecycle.h"
#include "plans/orders/resume.h"
#include "plans/orders/expand.h"
#include "plans/orders/values.h"
#include "tests/test.h"

#include "tests/fixture.h"

#include "core/str.h"
#include "plans/orders/execution.h"
#include "plans/orders/trial.h"

#include <sqlite3.h>

static struct fixture f;

static int
setup(void **state)
{
	(void)state;
	fixture_begin(&f);
	fixture_package(&f, "1_0_0", NULL, 3000);
	fixture_package(&f, "1_0_1", NULL, 4000);
	for (int i = 0; i < 10; i++) {
		char name[16];

		snprintf(name, sizeof name, "SN%d", i);
		fixture_device(&f, name, "1_0_0", i < 2 ? "lab" : NULL);
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
poll(const char *device, const char *version)
{
	return fixture_poll(
		&f, device, arena_printf(&f.session.arena, "accept=1&wait=0&STM32=%s", version));
}

static void
tell(const char *device, const char *execution, const char *body)
{
	(void)fixture_report(&f, device, execution, body);
}

static struct plan_status *
status(const char *plan)
{
	return fixture_status(&f, plan);
}

static void
tick(void)
{
	fixture_tick(&f);
}

/* Take a device all the way. */
static void
update(const char *device)
{
	const struct answer *a = poll(device, "1_0_0");

	if (!strstr(a->body, "\"files\":["))
		fail_msg("%s: %s", device, a->body);
	f.session.now += 60;
	(void)poll(device, "1_0_1");
}

static void
offered(const char *device, bool expected)
{
	const struct answer *a = poll(device, "1_0_0");

	if (!strstr(a->body, "\"execution\"") == expected)
		fail_msg("%s: %s", device, a->body);
}

static struct execution_choice
chosen(const char *plan, const char *const *device)
{
	return (struct execution_choice){ .what = plan, .devices = device, .device_count = 1 };
}

static void
stages_may_wait_for_a_person(void **state)
{
	static const char *const sets[] = { "stages=group:lab,100%", "approve=on", "soak=0", NULL };

	(void)state;
	fixture_plan(&f, "spring", "1_0_1", sets);
	update("SN0");
	update("SN1");
	f.session.now += 120;
	(void)poll("SN0", "1_0_1");
	(void)poll("SN1", "1_0_1");
	tick();
	assert_int_equal(status("spring")->stage.wait, STAGE_APPROVAL);
	offered("SN5", false);
	fixture_good(&f, plan_advance(&f.session, "spring", &f.err));
	offered("SN5", true);
}

static void
an_operator_confirms_ahead_of_the_offer(void **state)
{
	static const char *const device[] = { "SN3" };
	const char *upgrade = "STM32=1_0_1", *texts[] = { "en=New", "zh=Xin" };
	const char *sets[] = { "stages=100%", "first_device_alone=off" };
	struct plan_change change = { .product = "aroma", .timezone = "UTC", .upgrade = { &upgrade, 1 },
		.text = { texts, 2 }, .set = { sets, 2 }, .mode = "manual", .priority = INT64_MIN,
		.continuous = -1, .allow_downgrade = -1, .require_all = -1 };
	struct execution_choice choice = chosen("spring", device);
	struct activation activation;
	int64_t count;

	(void)state;
	fixture_good(&f, plan_create(&f.session, "spring", &change, &f.err));
	fixture_good(&f, plan_activate(&f.session, "spring", -1, &activation, &f.err));
	fixture_good(&f, executions_confirm(&f.session, &choice, &count, &f.err));
	assert_int_equal(count, 1);
	assert_non_null(strstr(poll("SN3", "1_0_0")->body, "\"files\":["));
	assert_null(strstr(poll("SN4", "1_0_0")->body, "\"files\":["));
	assert_int_equal(executions_confirm(&f.session, &choice, &count, &f.err), ERR_CONFLICT);
}

static void
canceled_devices_are_asked_to_stop(void **state)
{
	static const char *const sets[] = { "stages=100%", "first_device_alone=off", NULL };
	static const char *const one[] = { "SN1" }, *const two[] = { "SN2" };
	struct execution_choice first = chosen("spring", one), second = chosen("spring", two);
	int64_t count;

	(void)state;
	fixture_plan(&f, "spring", "1_0_1", sets);
	(void)poll("SN1", "1_0_0");
	(void)poll("SN2", "1_0_0");
	fixture_good(&f, executions_cancel(&f.session, &first, &count, NULL, &f.err));
	fixture_good(&f, executions_cancel(&f.session, &second, &count, NULL, &f.err));
	assert_non_null(strstr(poll("SN1", "1_0_0")->body, "\"cancel_requested\":true"));
	tell("SN1", "11", "{\"state\":\"canceled\"}");
	assert_int_equal(status("spring")->sums[EXEC_CANCELED], 1);
	/* Who does not answer is canceled when its time is over, and counts as nothing. */
	f.session.now += 3601;
	tick();
	assert_int_equal(status("spring")->sums[EXEC_CANCELED], 2);
	assert_int_equal(status("spring")->pulse.pulse.in_progress, 0);
	(void)poll("SN4", "1_0_0");
	f.session.reason = "wrong version";
	fixture_good(&f, plan_terminate(&f.session, "spring", true, &f.err));
	assert_non_null(strstr(poll("SN4", "1_0_0")->body, "\"cancel_requested\":true"));
}

static void
a_retry_is_allowed_whatever_happened(void **state)
{
	static const char *const sets[] = { "stages=100%", "first_device_alone=off", "retry_max=0",
		"breaker=off", NULL };
	static const char *const failed[] = { "SN1" }, *const done[] = { "SN2" };
	struct execution_choice first = chosen("spring", failed), second = chosen("spring", done);
	int64_t count;

	(void)state;
	fixture_plan(&f, "spring", "1_0_1", sets);
	(void)poll("SN1", "1_0_0");
	tell("SN1", "11", "{\"state\":\"failed\"}");
	update("SN2");
	f.session.now += 86400;
	tick();
	offered("SN1", false);
	offered("SN2", false); /* it went back, but it has succeeded once */
	assert_int_equal(executions_retry(&f.session, &first, &count, &f.err), ERR_USAGE);
	f.err.code = ERR_OK;
	f.session.reason = "the server was down";
	fixture_good(&f, executions_retry(&f.session, &first, &count, &f.err));
	f.session.reason = "it was reset";
	fixture_good(&f, executions_retry(&f.session, &second, &count, &f.err));
	offered("SN1", true);
	offered("SN2", true);
}

static void
a_resume_forgives_what_failed_before(void **state)
{
	static const char *const sets[] = { "stages=group:lab,100%", "soak=0", "breaker=off",
		"first_device_alone=off", "retry_max=0", NULL };

	(void)state;
	fixture_plan(&f, "spring", "1_0_1", sets);
	(void)poll("SN0", "1_0_0");
	tell("SN0", "11", "{\"state\":\"failed\"}");
	update("SN1");
	f.session.now += 120;
	(void)poll("SN1", "1_0_1");
	tick();
	assert_int_equal(status("spring")->stage.wait, STAGE_HEALTH);
	fixture_good(&f, plan_suspend(&f.session, "spring", &f.err));
	f.session.reason = "a bad cable";
	fixture_good(&f, plan_resume(&f.session, "spring", false, &(struct resumption){ 0 }, &f.err));
	tick();
	assert_int_equal(status("spring")->plan.stage, 1);
}

static void
a_success_does_not_untrip_the_breaker(void **state)
{
	static const char *const sets[] = { "stages=6,100%", "first_device_alone=off", "retry_max=0", NULL };

	(void)state;
	fixture_plan(&f, "spring", "1_0_1", sets);
	for (int i = 0; i < 4; i++) {
		char name[16];

		snprintf(name, sizeof name, "SN%d", i);
		(void)poll(name, "1_0_0");
	}
	tell("SN0", "11", "{\"state\":\"failed\"}");
	offered("SN8", true);
	tell("SN1", "12", "{\"state\":\"failed\"}");
	assert_true(status("spring")->pulse.pulse.tripped_at);
	offered("SN9", false);
	/* The others succeed, even one that had failed: the latch stays until somebody resumes. */
	f.session.now += 60;
	(void)poll("SN2", "1_0_1");
	(void)poll("SN3", "1_0_1");
	(void)poll("SN0", "1_0_1");
	assert_int_equal(status("spring")->sums[EXEC_SUCCEEDED], 3);
	offered("SN9", false);
	tick();
	assert_int_equal(status("spring")->plan.cause, CAUSE_BREAKER);
	offered("SN9", false);
	f.session.reason = "a bad cable";
	fixture_good(&f, plan_resume(&f.session, "spring", false, &(struct resumption){ 0 }, &f.err));
	f.session.now += 60;
	offered("SN9", true);
}

/* What the status promises is what the breaker allows, in a first stage of more than 20 devices, too. */
static void
margins_are_what_the_breaker_allows(void **state)
{
	static const char *const sets[] = { "stages=50,100%", "first_device_alone=off", "retry_max=0", NULL };
	struct plan_status *s;

	(void)state;
	for (int i = 10; i < 120; i++) {
		char name[16];

		snprintf(name, sizeof name, "SN%d", i);
		fixture_device(&f, name, "1_0_0", NULL);
	}
	fixture_plan(&f, "spring", "1_0_1", sets);
	assert_int_equal(status("spring")->margin, 2);
	(void)poll("SN0", "1_0_0");
	(void)poll("SN1", "1_0_0");
	tell("SN0", "11", "{\"state\":\"failed\"}");
	s = status("spring");
	assert_int_equal(s->margin, 1);
	assert_string_equal(s->margin_words, "trips at 1 more failure among devices of stage 1; so far 1 of 1");
	tell("SN1", "12", "{\"state\":\"failed\"}");
	s = status("spring");
	assert_int_equal(s->margin, 0);
	assert_string_equal(s->pulse.pulse.tripped,
		"2 of 2 devices of stage 1 went wrong (2 failed); the limit is 2 in a small first stage");
}

/* A stage is judged by its own size when the next one is open, too. */
static void
margins_of_past_stages_are_their_own(void **state)
{
	static const char *const sets[] = { "stages=5,100%", "first_device_alone=off", "retry_max=0", "soak=0", NULL };
	struct plan_status *s;

	(void)state;
	fixture_plan(&f, "spring", "1_0_1", sets);
	(void)poll("SN0", "1_0_0");
	tell("SN0", "11", "{\"state\":\"failed\"}");
	f.session.now += 60;
	f.session.reason = "to see the second stage";
	fixture_good(&f, plan_advance(&f.session, "spring", &f.err));
	s = status("spring");
	assert_int_equal(s->plan.stage, 1);
	assert_int_equal(s->margin, 1);
	assert_non_null(strstr(s->margin_words, " among devices of stage 1; "));
}

/* A device asks, and is offered what it has not accepted yet. */
static void
offer(const char *device)
{
	static const char *const sets[] = { "stages=100%", "first_device_alone=off", NULL };

	fixture_plan(&f, "spring", "1_0_1", sets);
	(void)fixture_poll(&f, device, "wait=0&STM32=1_0_0");
	assert_int_equal(status("spring")->sums[EXEC_OFFERED], 1);
}

/* Without a poll or a tick. */
static void
stopped_at_once(enum plan_cause cause, const char *reason)
{
	const struct plan_status *s = status("spring");

	assert_int_equal(s->plan.state, PLAN_SUSPENDED);
	assert_int_equal(s->plan.cause, cause);
	assert_string_equal(s->plan.reason, reason);
	assert_int_equal(s->plan.suspended_at, f.session.now);
	assert_int_equal(s->sums[EXEC_OFFERED], 0);
	assert_int_equal(s->sums[EXEC_EXPIRED], 1);
}

static void
a_revoked_package_is_withdrawn_at_once(void **state)
{
	const struct package_name package = { "aroma/STM32", "1_0_1", NULL, false };
	size_t changed;

	(void)state;
	offer("SN1");
	f.session.reason = "it bricks";
	fixture_good(&f, package_revoke(&f.session, &package, &changed, &f.err));
	stopped_at_once(CAUSE_PACKAGE, "it bricks");
}

static void
what_a_revoked_key_signed_is_withdrawn_at_once(void **state)
{
	struct distrust distrust;

	(void)state;
	offer("SN1");
	f.session.reason = "it leaked";
	fixture_good(&f, key_revoke_trust(&f.session, "release", NULL, &distrust, &f.err));
	assert_int_equal(distrust.quarantined, 2);
	stopped_at_once(CAUSE_KEY, "it leaked");
}

static void
what_an_untrusted_key_signed_is_withdrawn_at_once(void **state)
{
	struct distrust distrust;

	(void)state;
	offer("SN1");
	fixture_good(&f, key_untrust(&f.session, "release", NULL, &distrust, &f.err));
	stopped_at_once(CAUSE_KEY, "");
}

static void
a_damaged_file_is_withdrawn_at_once(void **state)
{
	struct check_result result;
	char command[256];

	(void)state;
	offer("SN1");
	snprintf(command, sizeof command, "find '%s' -type f -size 4000c ! -name firmware.bin -exec truncate -s 3999 {} +",
		f.folder);
	assert_int_equal(system(command), 0);
	fixture_good(&f, check_run(&f.session, true, &result, &f.err));
	assert_int_equal(result.quarantined, 1);
	stopped_at_once(CAUSE_PACKAGE, "");
}

/* The trial of a package that is revoked does not go on, and has failed when its time is over. */
static void
a_trial_of_a_revoked_package_fails(void **state)
{
	static const char *const device[] = { "SN7" };
	struct package_name package = { "aroma/STM32", "1_0_1", NULL, false };
	struct values devices = { device, 1 };
	struct package_view *view;
	const char *name;
	size_t count;

	(void)state;
	fixture_good(&f, trial_start(&f.session, &package, &devices, 3600, &name, &f.err));
	f.session.reason = "it bricks";
	fixture_good(&f, package_revoke(&f.session, &package, &count, &f.err));
	offered("SN7", false);
	f.session.now += 3601;
	tick();
	fixture_good(&f, package_find(&f.session, &package, true, &view, &count, &f.err));
	assert_int_equal(view->package.trial, TRIAL_FAILED);
}

static void
many_more_devices_begin_at_the_first_stage(void **state)
{
	static const char *const first[] = { "SN0", "SN1", "SN2" }, *const more[] = { "SN3", "SN4" };
	const char *upgrade = "STM32=1_0_1", *sets[] = { "stages=group:lab,100%", "soak=0" };
	struct plan_change change = { .product = "aroma", .timezone = "UTC", .upgrade = { &upgrade, 1 },
		.whitelist = { first, 3 }, .set = { sets, 2 }, .priority = INT64_MIN, .continuous = -1,
		.allow_downgrade = -1, .require_all = -1 };
	struct values grown = { more, 2 };
	struct activation activation;
	int64_t targets;
	bool restarted;

	(void)state;
	fixture_good(&f, plan_create(&f.session, "spring", &change, &f.err));
	fixture_good(&f, plan_activate(&f.session, "spring", -1, &activation, &f.err));
	update("SN0");
	offered("SN3", false);
	f.session.reason = "the pilot went well";
	fixture_good(&f, plan_expand(&f.session, "spring", &grown, false, &targets, &restarted, &f.err));
	assert_int_equal(targets, 5);
	assert_true(restarted);
	assert_int_equal(status("spring")->plan.stage, 0);
	/* SN1 is of the lab, SN3 waits for the second stage, SN0 is done. */
	assert_int_equal(status("spring")->stage_size, 1);
	offered("SN3", false);
	update("SN1");
	f.session.now += 120;
	(void)poll("SN1", "1_0_1");
	tick();
	assert_int_equal(status("spring")->plan.stage, 1);
	offered("SN3", true);
}

static void
a_trial_comes_before_every_plan(void **state)
{
	static const char *const device[] = { "SN7" };
	static const char *const sets[] = { "require_trial=on", "stages=100%", NULL };
	struct package_name package = { "aroma/STM32", "1_0_1", NULL, false };
	struct values devices = { device, 1 };
	struct package_view *view;
	const char *name;
	size_t count;

	(void)state;
	fixture_good(&f, trial_start(&f.session, &package, &devices, 3600, &name, &f.err));
	offered("SN6", false);
	update("SN7");
	tick();
	fixture_good(&f, package_find(&f.session, &package, true, &view, &count, &f.err));
	assert_int_equal(view->package.trial, TRIAL_PASSED);
	fixture_plan(&f, "spring", "1_0_1", sets);
	offered("SN6", true);
	/* One that nobody answers has failed when its time is over. */
	fixture_good(&f, trial_start(&f.session, &package, &devices, 3600, &name, &f.err));
	f.session.now += 3601;
	tick();
	fixture_good(&f, package_find(&f.session, &package, true, &view, &count, &f.err));
	assert_int_equal(view->package.trial, TRIAL_FAILED);
}

static void
devices_that_fall_silent_stop_the_plan(void **state)
{
	static const char *const sets[] = { "stages=100%", "first_device_alone=off", NULL };

	(void)state;
	fixture_known(&f);
	fixture_plan(&f, "spring", "1_0_1", sets);
	for (int i = 0; i < 4; i++) {
		char name[16];

		snprintf(name, sizeof name, "SN%d", i);
		update(name);
	}
	for (int hours = 0; hours < 8; hours++) {
		f.session.now += 3600;
		tick();
	}
	assert_int_equal(status("spring")->plan.state, PLAN_SUSPENDED);
	assert_int_equal(status("spring")->plan.cause, CAUSE_SILENT);
	/* A resume forgives those that are silent already. */
	f.session.reason = "the cell was down";
	fixture_good(&f, plan_resume(&f.session, "spring", false, &(struct resumption){ 0 }, &f.err));
	tick();
	assert_int_equal(status("spring")->plan.state, PLAN_ACTIVE);
}

static void
a_tail_ends_by_itself(void **state)
{
	static const char *const sets[] = { "stages=group:lab,100%", "soak=0", "complete_after=1d",
		"first_device_alone=off", "survived=0", NULL };

	(void)state;
	fixture_plan(&f, "spring", "1_0_1", sets);
	update("SN0");
	update("SN1");
	tick();
	for (int i = 2; i < 7; i++) {
		char name[16];

		snprintf(name, sizeof name, "SN%d", i);
		update(name);
	}
	tick();
	f.session.now += 3600;
	tick();
	assert_int_equal(status("spring")->plan.state, PLAN_ACTIVE); /* SN7 to SN9 may still come */
	for (int hours = 0; hours < 25; hours++) {
		f.session.now += 3600;
		for (int i = 0; i < 7; i++) {
			char name[16];

			snprintf(name, sizeof name, "SN%d", i);
			(void)poll(name, "1_0_1");
		}
		tick();
	}
	assert_int_equal(status("spring")->plan.state, PLAN_ENDED);
	assert_int_equal(status("spring")->plan.cause, CAUSE_COMPLETED);
}

static void
install_windows_reach_the_device(void **state)
{
	const char *upgrade = "STM32=1_0_1", *install = "02:00-04:00", *sets[] = { "stages=100%" };
	struct plan_change change = { .product = "aroma", .timezone = "Europe/Berlin", .upgrade = { &upgrade, 1 },
		.install = { &install, 1 }, .set = { sets, 1 }, .priority = INT64_MIN, .continuous = -1,
		.allow_downgrade = -1, .require_all = -1 };
	struct activation activation;

	(void)state;
	fixture_known(&f);
	fixture_good(&f, plan_create(&f.session, "spring", &change, &f.err));
	fixture_good(&f, plan_activate(&f.session, "spring", -1, &activation, &f.err));
	assert_non_null(strstr(poll("SN1", "1_0_0")->body,
		"\"install\":{\"not_before\":\"2026-11-22T01:00:00Z\",\"before\":\"2026-11-22T03:00:00Z\"}"));
	tell("SN1", "11", "{\"state\":\"downloaded\"}");
	/* Waiting for the window is no delay, though the install step has 60 minutes only. */
	f.session.now += 3 * 3600;
	/* A power loss meanwhile makes it none, either. */
	tell("SN1", "11", "{\"state\":\"downloading\",\"progress\":50}");
	f.session.now += 12 * 3600;
	tick();
	assert_int_equal(status("spring")->sums[EXEC_DOWNLOADED], 1);
	f.session.now += 2 * 3600;
	tick();
	assert_int_equal(status("spring")->sums[EXEC_TIMED_OUT], 1);
}

/* A year later tick moves the horizon of the windows on, and no window is cut in two there. */
static void
windows_go_on_after_a_year(void **state)
{
	const char *upgrade = "STM32=1_0_1", *window = "08:00-12:00", *sets[] = { "stages=100%" };
	struct plan_change change = { .product = "aroma", .timezone = "UTC", .upgrade = { &upgrade, 1 },
		.push = { &window, 1 }, .install = { &window, 1 }, .set = { sets, 1 }, .priority = INT64_MIN,
		.continuous = -1, .allow_downgrade = -1, .require_all = -1 };
	struct activation activation;
	sqlite3_stmt *stmt;
	sqlite3 *db;

	(void)state;
	fixture_good(&f, plan_create(&f.session, "spring", &change, &f.err));
	fixture_good(&f, plan_activate(&f.session, "spring", -1, &activation, &f.err));
	f.session.now += 345LL * 86400;
	tick();
	assert_int_equal(sqlite3_open(f.db, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db,
				 "SELECT kind, count(*), max(closes_at), sum(closes_at - opens_at <> 14400) "
				 "FROM interval GROUP BY kind",
				 -1, &stmt, NULL),
		SQLITE_OK);
	for (int kinds = 0; kinds < 2; kinds++) {
		assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
		assert_int_equal(sqlite3_column_int64(stmt, 1), 3 + 345 + 400 + 1);
		assert_true(sqlite3_column_int64(stmt, 2) > f.session.now + 399LL * 86400);
		assert_int_equal(sqlite3_column_int64(stmt, 3), 1); /* the last */
	}
	sqlite3_finalize(stmt);
	sqlite3_close(db);
}

static void
an_exchanged_board_starts_anew(void **state)
{
	static const char *const sets[] = { "stages=100%", "first_device_alone=off", NULL };
	static const char *const device[] = { "SN1" };
	struct execution_choice choice = chosen("spring", device);
	int64_t count;

	(void)state;
	fixture_plan(&f, "spring", "1_0_1", sets);
	update("SN1");
	f.session.reason = "new board";
	fixture_good(&f, device_reset(&f.session, "SN1", &f.err));
	offered("SN1", false); /* done in this plan */
	f.session.reason = "new board";
	fixture_good(&f, executions_retry(&f.session, &choice, &count, &f.err));
	offered("SN1", true);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(stages_may_wait_for_a_person),
		TEST(an_operator_confirms_ahead_of_the_offer),
		TEST(canceled_devices_are_asked_to_stop),
		TEST(a_retry_is_allowed_whatever_happened),
		TEST(a_resume_forgives_what_failed_before),
		TEST(a_success_does_not_untrip_the_breaker),
		TEST(margins_are_what_the_breaker_allows),
		TEST(margins_of_past_stages_are_their_own),
		TEST(a_revoked_package_is_withdrawn_at_once),
		TEST(what_a_revoked_key_signed_is_withdrawn_at_once),
		TEST(what_an_untrusted_key_signed_is_withdrawn_at_once),
		TEST(a_damaged_file_is_withdrawn_at_once),
		TEST(a_trial_of_a_revoked_package_fails),
		TEST(many_more_devices_begin_at_the_first_stage),
		TEST(a_trial_comes_before_every_plan),
		TEST(devices_that_fall_silent_stop_the_plan),
		TEST(a_tail_ends_by_itself),
		TEST(install_windows_reach_the_device),
		TEST(windows_go_on_after_a_year),
		TEST(an_exchanged_board_starts_anew),
	};

	seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
