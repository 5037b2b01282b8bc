/*
 * Emergency stops: what ends an attempt that was accepted, by whatever forbids it, however far the
 * device has come, and whoever asks first.  It counts nowhere and is no attempt.
 */
#include "tests/test.h"

#include "tests/fixture.h"

#include "core/str.h"
#include "plans/fleet/group.h"
#include "plans/orders/activate.h"
#include "plans/orders/blacklist.h"
#include "plans/orders/edit.h"
#include "plans/orders/lifecycle.h"
#include "plans/packages/distrust.h"
#include "plans/packages/find.h"
#include "plans/packages/state.h"

static struct fixture f;

static int
setup(void **state)
{
	static const char *const sets[] = { "stages=100%", "first_device_alone=off", "retry_interval=1h",
		"url_ttl=7d" };
	static const char *const black[] = { "group:no", "label:site=bad" };
	static const char *const spare[] = { "SN9" }, *const bad[] = { "site=bad" };
	const char *upgrade = "STM32=1_0_1";
	struct plan_change change = { .product = "aroma", .timezone = "UTC", .upgrade = { &upgrade, 1 },
		.set = { sets, COUNT(sets) }, .blacklist = { black, COUNT(black) }, .priority = INT64_MIN,
		.continuous = -1, .allow_downgrade = -1, .require_all = -1 };
	struct device_change label = { .labels = bad, .label_count = 1 };
	struct activation activation;

	(void)state;
	fixture_begin(&f);
	fixture_package(&f, "1_0_0", NULL, 3000);
	fixture_package(&f, "1_0_1", NULL, 4000);
	fixture_package(&f, "1_0_1", "1_0_0", 1000);
	for (int i = 1; i < 10; i++)
		fixture_device(&f, arena_printf(&f.session.arena, "SN%d", i), "1_0_0", NULL);
	f.session.now_given = true;
	fixture_good(&f, group_change(&f.session, "no", spare, 1, true, &f.err));
	fixture_good(&f, device_change(&f.session, "SN8", &label, &f.err));
	fixture_good(&f, plan_create(&f.session, "spring", &change, &f.err));
	fixture_good(&f, plan_activate(&f.session, "spring", -1, &activation, &f.err));
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fixture_end(&f);
	return 0;
}

/* --- what forbids it, and what lifts that */

static const char *const one[] = { "SN1" };

static void
freeze_all(bool on)
{
	fixture_good(&f, freeze(&f.session, NULL, on, &f.err));
}

static void
freeze_product(bool on)
{
	fixture_good(&f, freeze(&f.session, "aroma", on, &f.err));
}

static void
hold(bool on)
{
	fixture_good(&f, device_hold(&f.session, one, 1, on, &f.err));
}

static void
join_group(bool on)
{
	fixture_good(&f, group_change(&f.session, "no", one, 1, on, &f.err));
}

static void
wear_label(bool on)
{
	const char *const label[] = { on ? "site=bad" : "site=" };

	fixture_good(&f,
		device_change(&f.session, "SN1", &(struct device_change){ .labels = label, .label_count = 1 }, &f.err));
}

static void
list(bool on)
{
	static const struct values who = { one, 1 };
	struct blacklisting done;

	(void)on;
	fixture_good(&f, plan_blacklist(&f.session, "spring", &who, false, &done, &f.err));
	assert_int_equal(done.devices, 1);
	fixture_good(&f, plan_blacklist(&f.session, "spring", &who, false, &done, &f.err));
	assert_true(done.unchanged);
}

static void
revoke(bool on)
{
	struct package_name name = { "aroma/STM32", "1_0_1", NULL, false };
	size_t changed;

	(void)on;
	f.session.reason = "it bricks";
	fixture_good(&f, package_revoke(&f.session, &name, &changed, &f.err));
}

static void
revoke_key(bool on)
{
	struct distrust distrust;

	(void)on;
	f.session.reason = "it leaked";
	fixture_good(&f, key_revoke_trust(&f.session, "release", NULL, &distrust, &f.err));
}

static void
untrust_key(bool on)
{
	struct distrust distrust;

	(void)on;
	fixture_good(&f, key_untrust(&f.session, "release", NULL, &distrust, &f.err));
}

static void
want_signatures(bool on)
{
	struct product_change change = { .signatures = on ? 2 : 1, .max_files = -1, .max_file_mb = -1 };
	char token[TOKEN_TEXT] = "";

	fixture_good(&f, product_change(&f.session, "aroma", &change, token, &f.err));
}

static const struct stop {
	const char *reason, *verdict; /* kept with the attempt; heard by the device */
	void (*act)(bool on);
	bool lasts;    /* it is never lifted, */
	bool suspends; /* and its plans are suspended */
} stops[] = {
	{ "frozen", "frozen", freeze_all, false, false },
	{ "frozen", "frozen", freeze_product, false, false },
	{ "device_held", "device_held", hold, false, false },
	{ "blacklisted", "blacklisted", join_group, false, false },
	{ "blacklisted", "blacklisted", wear_label, false, false },
	{ "blacklisted", "blacklisted", list, true, false },
	{ "not_signed", "not_signed", want_signatures, false, false },
	{ "package_revoked", "package_revoked", revoke, true, true },
	{ "package_revoked", "package_revoked", revoke_key, true, true },
	{ "package_revoked", "package_revoked", untrust_key, true, true },
};

/* --- how far the device has come, and who asks */

static const char *const states[] = { "accepted", "downloading", "downloaded", "installing", "verifying" };

static char url[320], execution[24];

static void
begin(const char *state)
{
	const struct answer *a = fixture_poll(&f, "SN1", "accept=1&wait=0&STM32=1_0_0");

	if (!strstr(a->body, "\"files\":["))
		fail_msg("%s", a->body);
	snprintf(url, sizeof url, "%s", strstr(answer_text(a, "url"), "/f/"));
	snprintf(execution, sizeof execution, "%s", answer_text(a, "execution"));
	(void)fixture_report(&f, "SN1", execution, arena_printf(&f.session.arena, "{\"state\":\"%s\"}", state));
}

static int
ticket_status(void)
{
	return fixture_request(&f, "HEAD", url, NULL, NULL)->status;
}

enum asker { TICKET, POLL, REPORT, TICK, ASKERS };

static void
ask(enum asker asker, const struct stop *stop)
{
	const struct answer *a;

	switch (asker) {
	case TICKET:
		assert_int_equal(ticket_status(), 403);
		break;
	case POLL:
		a = fixture_poll(&f, "SN1", "wait=0&STM32=1_0_0");
		assert_null(strstr(a->body, "\"files\""));
		assert_string_equal(answer_text(a, "verdict"), stop->verdict);
		break;
	case REPORT:
		a = fixture_report(&f, "SN1", execution, "{\"state\":\"failed\",\"message\":\"HTTP 403\"}");
		assert_int_equal(a->status, 409);
		break;
	case TICK:
		f.session.now += 60;
		fixture_tick(&f);
		break;
	case ASKERS:
		break;
	}
}

static const char *
reason_kept(void)
{
	struct execution e = { .id = 0 };

	assert_int_equal(db_execution_get(f.session.db, atoll(execution), &e, &f.err), ERR_OK);
	return e.state == EXEC_CANCELED ? arena_copy(&f.session.arena, e.reason) : execution_state_words[e.state];
}

static void
counters_are_right(void)
{
	fixture_whole(&f);
}

/* Nothing that the device says of it afterwards counts. */
static void
is_canceled(const struct stop *stop)
{
	static const char *const words[] = { "{\"state\":\"failed\"}", "{\"state\":\"rejected\",\"reason\":\"user\"}",
		"{\"state\":\"downloading\"}" };
	struct plan_status *s;

	assert_string_equal(reason_kept(), stop->reason);
	for (size_t i = 0; i < COUNT(words); i++) {
		const struct answer *a = fixture_report(&f, "SN1", execution, words[i]);

		assert_int_equal(a->status, 409);
		assert_string_equal(answer_text(a, "state"), "canceled");
	}
	assert_int_equal(ticket_status(), 403);
	f.session.now += 60;
	fixture_tick(&f);
	s = fixture_status(&f, "spring");
	assert_int_equal(s->sums[EXEC_CANCELED], 1);
	assert_int_equal(s->sums[EXEC_FAILED] + s->sums[EXEC_TIMED_OUT] + s->sums[EXEC_REJECTED], 0);
	assert_int_equal(s->pulse.pulse.in_progress, 0);
	assert_int_equal(s->pulse.pulse.tripped_at, 0);
	assert_int_equal(s->plan.state, stop->suspends ? PLAN_SUSPENDED : PLAN_ACTIVE);
	counters_are_right();
}

static void
an_attempt_ends_at_once_whoever_asks_first(void **state)
{
	for (size_t s = 0; s < COUNT(stops); s++)
		for (size_t far = 0; far < 3; far++)
			for (enum asker asker = 0; asker < ASKERS; asker++) {
				setup(state);
				begin(states[far]);
				stops[s].act(true);
				ask(asker, &stops[s]);
				is_canceled(&stops[s]);
				if (!stops[s].lasts) {
					stops[s].act(false);
					/* At once, though the retry interval is an hour. */
					begin(states[far]);
				}
				counters_are_right();
				teardown(state);
			}
}

static void
who_installs_is_left_alone(void **state)
{
	for (size_t s = 0; s < COUNT(stops); s++)
		for (size_t far = 3; far < COUNT(states); far++) {
			const struct answer *a;

			setup(state);
			begin(states[far]);
			stops[s].act(true);
			f.session.now += 60;
			fixture_tick(&f);
			a = fixture_poll(&f, "SN1", "wait=0&STM32=1_0_0");
			assert_string_equal(answer_text(a, "state"), states[far]);
			/* No address of a file that is refused. */
			if (strstr(a->body, "\"url\":\""))
				assert_int_equal(ticket_status(), 200);
			else
				assert_int_equal(ticket_status(), 403);
			assert_string_equal(reason_kept(), states[far]);
			(void)fixture_poll(&f, "SN1", "wait=0&STM32=1_0_1");
			assert_int_equal(fixture_status(&f, "spring")->sums[EXEC_SUCCEEDED], 1);
			counters_are_right();
			teardown(state);
		}
}

/* A delta of a version that is gone is a brick; the next attempt waits as after any refusal. */
static void
a_delta_whose_source_is_gone_ends(void **state)
{
	static const char *const reports[] = { "0_9_0", "", "no_such" };

	for (size_t i = 0; i < COUNT(reports); i++) {
		const struct answer *a;

		setup(state);
		begin("downloading");
		a = fixture_poll(&f, "SN1", arena_printf(&f.session.arena, "wait=0&STM32=%s", reports[i]));
		assert_string_equal(answer_text(a, "verdict"), "retry_backoff");
		assert_string_equal(reason_kept(), "source_changed");
		f.session.now += 3600;
		a = fixture_poll(&f, "SN1",
			arena_printf(&f.session.arena, "accept=1&wait=0&STM32=%s", reports[i]));
		assert_string_equal(answer_text(a, "kind"), "full");
		counters_are_right();
		teardown(state);
	}
}

/* Versions prove it, whatever the state. */
static void
who_is_stopped_may_still_prove_the_update(void **state)
{
	setup(state);
	begin("downloading");
	freeze_all(true);
	assert_int_equal(ticket_status(), 403);
	(void)fixture_poll(&f, "SN1", "wait=0&STM32=1_0_1");
	assert_int_equal(fixture_status(&f, "spring")->sums[EXEC_SUCCEEDED], 1);
	counters_are_right();
	teardown(state);
}

/* Stops are none of the three retries, in whatever number. */
static void
stops_use_up_no_retry(void **state)
{
	setup(state);
	for (int i = 0; i < 12; i++) {
		begin("downloading");
		hold(true);
		assert_string_equal(reason_kept(), "device_held");
		hold(false);
	}
	begin("accepted");
	counters_are_right();
	teardown(state);
}

/* A plan that was ended goes on for who accepted; a stop reaches them as well. */
static void
an_ended_plan_is_reached_by_the_tick(void **state)
{
	setup(state);
	begin("downloading");
	assert_int_equal(fixture_request(&f, "HEAD", url, NULL, NULL)->status, 200);
	fixture_good(&f, plan_terminate(&f.session, "spring", false, &f.err));
	freeze_all(true);
	f.session.now += 60;
	fixture_tick(&f);
	assert_string_equal(reason_kept(), "frozen");
	counters_are_right();
	teardown(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_attempt_ends_at_once_whoever_asks_first),
		cmocka_unit_test(who_installs_is_left_alone),
		cmocka_unit_test(a_delta_whose_source_is_gone_ends),
		cmocka_unit_test(who_is_stopped_may_still_prove_the_update),
		cmocka_unit_test(stops_use_up_no_retry),
		cmocka_unit_test(an_ended_plan_is_reached_by_the_tick),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
