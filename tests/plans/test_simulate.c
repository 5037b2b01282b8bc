/* A simulation is the field in small: the same ends trip the same breaker at the same device. */
#include "plans/fleet/import.h"
#include "plans/orders/edit.h"
#include "plans/orders/lifecycle.h"
#include "plans/rollout/explain.h"
#include "plans/simulate/population.h"
#include "plans/simulate/simulate.h"
#include "plans/simulate/trip.h"
#include "signing/token.h"
#include "tests/test.h"

#include "tests/fixture.h"

enum { DEVICES_MAX = 450 };

static struct fixture f;

/* Devices D0000 on, with any of these versions and labels. */
static void
fleet_make(int count, int labels)
{
	static const char *const versions[] = { "1_0_0", "0_9", "strange one" };
	char path[128];
	int64_t imported;
	FILE *csv;

	fixture_begin(&f);
	fixture_package(&f, "1_0_0", NULL, 3000);
	fixture_package(&f, "1_0_1", NULL, 4000);
	snprintf(path, sizeof path, "%s/devices.csv", f.folder);
	csv = fopen(path, "w");
	assert_non_null(csv);
	fputs("device,token,STM32,label:hw\n", csv);
	for (int i = 0; i < count; i++) {
		fprintf(csv, "D%04d,token-of-D%04d-padded,%s,", i, i, versions[labels ? any_below(2) : 0]);
		if (labels && any_below(10))
			fprintf(csv, "%c", (char)('A' + any_below(labels)));
		fputc('\n', csv);
	}
	assert_int_equal(fclose(csv), 0);
	fixture_good(&f, device_import(&f.session, path, "aroma", NULL, &imported, &f.err));
	assert_int_equal(imported, count);
	f.session.now_given = true;
}

static bool
warned(const struct simulation *s, const char *text)
{
	for (size_t i = 0; i < s->warning_count; i++)
		if (strstr(s->warnings[i], text))
			return true;
	return false;
}

/* All at once there is no small stage, but all are of one package and version. */
static void
a_simulation_knows_cohorts(void **state)
{
	static const char *const sets[] = { "stages=100%", "first_device_alone=off", "max_unproven=off", "retry_max=0",
		NULL };
	const struct simulation_options options = { .days = 14, .duration = -1, .seed = 1, .failure_rate = 10000 };
	struct simulation *s = calloc(1, sizeof *s);

	(void)state;
	fleet_make(200, 0);
	fixture_plan(&f, "spring", "1_0_1", sets);
	fixture_good(&f, simulate(&f.session, "spring", &options, s, &f.err));
	assert_int_equal(s->eligible, 200);
	assert_true(warned(s, "in stage 1, after 5 failures: 5 of 5 devices that took STM32 1_0_1 from 1_0_0 (package "));
	assert_true(warned(s, " went wrong (5 failed); the limit is 5 that are half of such devices"));
	/* It stops then, which is no end. */
	assert_true(s->stops_at > s->starts_at);
	assert_int_equal(s->ends_at, 0);
	assert_int_equal(s->got, 0);
	fixture_end(&f);
	free(s);
}

static void
a_simulation_ends_with_its_plan(void **state)
{
	static const char *const sets[] = { "stages=100%", "first_device_alone=off", "rate=constant", "rate_base=1",
		"max_unproven=off", NULL };
	const struct simulation_options options = { .days = 14, .duration = -1, .seed = 1 };
	struct simulation *s = calloc(1, sizeof *s);

	(void)state;
	fleet_make(60, 0);
	fixture_plan(&f, "spring", "1_0_1", sets);
	fixture_good(&f, simulate(&f.session, "spring", &options, s, &f.err));
	assert_int_equal(s->got, 60);
	assert_int_equal(s->left, 0);
	assert_int_equal(s->stops_at, 0);
	/* Not when the last one has it: it is watched for 24 h. */
	assert_int_equal(s->ends_at, s->starts_at + 86400);
	fixture_end(&f);
	free(s);
}

/* --- the same ends, here and there ------------------------------------------------------------------- */

struct attempt {
	int device;
	int64_t execution;
};

static const struct answer *
poll(int device, bool updated)
{
	char name[16];

	snprintf(name, sizeof name, "D%04d", device);
	return fixture_poll(&f, name, updated ? "accept=1&wait=0&STM32=1_0_1" : "accept=1&wait=0");
}

static void
shuffle(struct attempt *list, int count)
{
	for (int i = count - 1; i > 0; i--) {
		int other = (int)any_below(i + 1);
		struct attempt kept = list[i];

		list[i] = list[other];
		list[other] = kept;
	}
}

/* Through the door: the device ends; the latch is what its plan says then. */
static void
door_ends(const struct attempt *a, bool failed)
{
	char name[16], execution[24];

	snprintf(name, sizeof name, "D%04d", a->device);
	snprintf(execution, sizeof execution, "%lld", (long long)a->execution);
	if (failed)
		(void)fixture_report(&f, name, execution, "{\"state\":\"failed\"}");
	else
		(void)poll(a->device, true);
}

/*
 * Devices of several versions and labels accept in any order and end in any other.  After each end the latch
 * of the field and that of the simulation say the same.
 */
static void
replay(int count, int64_t percent, const char *breaker)
{
	const char *const sets[] = { "stages=100%", "first_device_alone=off", "max_unproven=off", "retry_max=0",
		arena_printf(&f.session.arena, "breaker=%s", breaker), NULL };
	const struct simulation_options options = { .days = 1, .duration = -1, .seed = 1 };
	struct simulation *out = calloc(1, sizeof *out);
	struct world *w = calloc(1, sizeof *w);
	struct attempt attempts[DEVICES_MAX];

	*w = (struct world){ .session = &f.session, .options = &options, .out = out };
	out->starts_at = f.session.now;
	fixture_plan(&f, "spring", "1_0_1", sets);
	fixture_good(&f, simulate_prepare(w, "spring", &f.err));
	assert_int_equal(w->count, count); /* in the order in which they were made */
	for (int i = 0; i < count; i++)
		attempts[i].device = i;
	shuffle(attempts, count);
	for (int i = 0; i < count; i++) {
		const struct answer *a = poll(attempts[i].device, false);

		if (!strstr(a->body, "\"files\":["))
			fail_msg("%s", a->body);
		attempts[i].execution = atoll(answer_text(a, "execution"));
		w->runners[attempts[i].device].counted = 0;
		w->runners[attempts[i].device].block = (uint16_t)(i / BREAKER_BLOCK_SIZE);
	}
	shuffle(attempts, count);
	for (int i = 0; i < count; i++) {
		bool failed = any_below(100) < percent;
		const struct plan_status *s;

		door_ends(&attempts[i], failed);
		w->runners[attempts[i].device].state = failed ? EXEC_FAILED : EXEC_SUCCEEDED;
		trip_count(w, &w->runners[attempts[i].device], f.session.now);
		s = fixture_status(&f, "spring");
		assert_string_equal(s->pulse.pulse.tripped, w->pulse.tripped);
		assert_int_equal(s->pulse.pulse.tripped_at, w->pulse.tripped_at);
		if (w->pulse.tripped_at) {
			assert_int_equal(s->pulse.tripped_abort, w->tripped_abort);
			print_message("%d: %s\n", i + 1, w->pulse.tripped);
			break;
		}
	}
	simulate_release(w);
	free(out);
	free(w);
}

static void
the_same_ends_trip_here_and_there(void **state)
{
	static const struct {
		int count, labels;
		int64_t percent;
		const char *breaker;
	} runs[] = {
		{ 60, 3, 50, "all:10:20:8:suspend" },
		{ 60, 2, 20, "all:10:20:8:suspend" },
		{ 60, 1, 100, "all:90:60:60:suspend" },
		{ 30, 0, 100, "all:90:60:60:suspend" },
		{ 40, 20, 35, "all:10:20:8:suspend" },
		{ 15, 3, 60, "failed:20:20:3:abort" },
		{ 450, 5, 9, "all:10:20:8:suspend" },
		{ 450, 26, 5, "all:8:100:8:abort,failed:50:20:8:suspend" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(runs); i++) {
		fleet_make(runs[i].count, runs[i].labels);
		replay(runs[i].count, runs[i].percent, runs[i].breaker);
		fixture_end(&f);
	}
}

/* --- of a plan that runs ------------------------------------------------------------------------------ */

/* What is foreseen of the plan now. */
static const struct simulation *
foresee(void)
{
	static const struct simulation_options options = { .days = 60, .duration = 600, .seed = 1 };
	static struct simulation s;

	fixture_good(&f, simulate(&f.session, "spring", &options, &s, &f.err));
	return &s;
}

/* Device after device accepts and ends, a minute each, until so many have. */
static void
updated(int first, int count, bool failed)
{
	for (int i = first; i < first + count; i++) {
		const struct answer *a;

		f.session.now += 60;
		a = poll(i, false);
		if (strstr(a->body, "\"files\":["))
			door_ends(&(struct attempt){ i, atoll(answer_text(a, "execution")) }, failed);
	}
}

static int64_t
offered_before(const struct simulation *s, int stage)
{
	int64_t ret = 0;

	for (size_t i = 0; i < s->point_count && s->timeline[i].stage <= stage; i++)
		ret = s->timeline[i].offered;
	return ret;
}

static void
begin(int count, const char *const *sets)
{
	fleet_make(count, 0);
	fixture_known(&f);
	fixture_plan(&f, "spring", "1_0_1", sets);
}

/* Places taken stay taken, and who is under way holds one. */
static void
places_are_taken_once(void **state)
{
	static const char *const sets[] = { "stages=5,100%", "first_device_alone=off", NULL };
	const struct simulation *s;

	(void)state;
	begin(100, sets);
	updated(0, 3, false);
	f.session.now += 60;
	(void)poll(50, false);
	s = foresee();
	assert_int_equal(s->eligible, 100);
	assert_int_equal(s->had, 3);
	assert_int_equal(s->under_way, 1);
	assert_int_equal(s->excluded[GATE_ALREADY_AT_TARGET], 0);
	assert_int_equal(offered_before(s, 1), 5);
	assert_int_equal(s->got, 100);
	assert_int_equal(s->left, 0);
	assert_true(warned(s, "1 devices are under way"));
	fixture_end(&f);
}

/* What failed before comes back by the same back-off, and trips the breaker at the same number. */
static void
failures_are_remembered(void **state)
{
	static const char *const sets[] = { "stages=20,100%", "first_device_alone=off", "breaker=all:50:4:3:suspend",
		"breaker_by=off", NULL };
	struct simulation_options options = { .days = 9, .duration = 600, .seed = 1, .failure_rate = 10000 };
	static struct simulation s;

	(void)state;
	begin(400, sets);
	updated(0, 1, true);
	fixture_good(&f, simulate(&f.session, "spring", &options, &s, &f.err));
	assert_true(warned(&s, "in stage 1, after 2 failures: 2 of 2 devices of stage 1 went wrong (2 failed); "
		"the limit is 2 in a small first stage"));
	options.failure_rate = 0;
	fixture_good(&f, simulate(&f.session, "spring", &options, &s, &f.err));
	assert_int_equal(s.got, 400);
	assert_int_equal(s.timeline[0].failed, 1);
	fixture_end(&f);
}

/* Nothing is offered while the latch is set; a suspended plan is played as if it were resumed. */
static void
a_latched_breaker_stops_it_until_a_resume(void **state)
{
	static const char *const sets[] = { "stages=5,100%", "first_device_alone=off", NULL };
	const struct simulation *s;

	(void)state;
	begin(100, sets);
	updated(0, 2, true);
	s = foresee();
	assert_int_equal(s->stops_at, f.session.now);
	assert_int_equal(s->got, 0);
	assert_true(warned(s, "the breaker has tripped (2 of 2 devices of stage 1 "));
	fixture_tick(&f);
	s = foresee();
	assert_true(warned(s, "it is suspended (breaker): played as if it were resumed now, with its probe"));
	assert_true(s->got >= 98);
	assert_int_equal(fixture_status(&f, "spring")->plan.state, PLAN_SUSPENDED);
	fixture_end(&f);
}

static void
a_stage_that_waits_for_a_person_goes_on_at_once(void **state)
{
	static const char *const sets[] = { "stages=5,100%", "first_device_alone=off", "approve=on", "soak=0s", NULL };
	const struct simulation *s;

	(void)state;
	begin(100, sets);
	updated(0, 5, false);
	f.session.now += 60;
	for (int i = 0; i < 5; i++)
		(void)poll(i, true);
	fixture_tick(&f);
	fixture_tick(&f);
	assert_int_equal(fixture_status(&f, "spring")->stage.wait, STAGE_APPROVAL);
	s = foresee();
	assert_true(warned(s, "every stage waits for otactl plan advance"));
	assert_int_equal(s->opened_at[1], f.session.now);
	assert_int_equal(s->got, 100);
	fixture_end(&f);
}

/* The one that is left was not heard for three days: it keeps the tail open. */
static void
a_tail_says_how_long_it_is_open(void **state)
{
	static const char *const sets[] = { "stages=100%", "first_device_alone=off", "max_unproven=off", NULL };
	struct simulation_options options = { .days = 60, .duration = 600, .seed = 1 };
	struct simulation *s = calloc(1, sizeof *s);

	(void)state;
	begin(20, sets);
	updated(0, 19, false);
	f.session.now += 3600;
	fixture_tick(&f);
	f.session.now += 3 * 86400;
	for (int i = 0; i < 19; i++)
		(void)poll(i, true);
	fixture_tick(&f);
	assert_int_equal(fixture_status(&f, "spring")->stage.wait, STAGE_TAIL);
	fixture_good(&f, simulate(&f.session, "spring", &options, s, &f.err));
	assert_int_equal(s->ends_at / 60, fixture_status(&f, "spring")->tail_ends_at / 60);
	assert_false(warned(s, "its tail is open until "));
	options.days = 14;
	fixture_good(&f, simulate(&f.session, "spring", &options, s, &f.err));
	assert_int_equal(s->had, 19);
	assert_int_equal(s->absent, 1);
	assert_int_equal(s->left, 1);
	assert_int_equal(s->ends_at, 0);
	assert_true(warned(s, "1 devices were not heard for longer than usual, up to 3 d"));
	assert_true(warned(s, "its tail is open until "));
	assert_false(warned(s, "do not get it within"));
	fixture_end(&f);
	free(s);
}

/* What waiting devices are told is never later than when their stage opens, as that is foreseen. */
static void
check_stages_foretold(int devices)
{
	const struct simulation *s = foresee();
	int told = 0;

	for (int i = 0; i < devices; i++) {
		char name[16];
		struct explanation e = { .decision = { .gates = NULL } };
		int64_t bucket;
		size_t stage = 1;

		snprintf(name, sizeof name, "D%04d", i);
		fixture_good(&f, explain(&f.session, "spring", name, &e, &f.err));
		if (e.decision.verdict != GATE_STAGE_NOT_OPEN)
			continue;
		bucket = token_bucket(e.loaded.salt, name);
		while (bucket >= e.loaded.stages[stage].value)
			stage++;
		assert_true(s->opened_at[stage]);
		assert_true(e.decision.earliest <= s->opened_at[stage]);
		told += e.decision.earliest > f.session.now;
	}
	assert_true(told);
}

static void
stages_come_no_sooner_than_is_said(void **state)
{
	static const char *const soaks[] = { "soak=1h", "soak=8h", "soak=24h" };

	(void)state;
	for (size_t i = 0; i < COUNT(soaks); i++) {
		const char *const sets[] = { "stages=5,10%,50%,100%", soaks[i], "first_device_alone=off",
			"max_unproven=off", NULL };

		begin(100, sets);
		updated(0, 5, false);
		check_stages_foretold(100);
		fixture_tick(&f);
		f.session.now += 1800;
		fixture_tick(&f);
		check_stages_foretold(100);
		fixture_end(&f);
	}
}

/* What a device measured last, or never, says nothing of whether it ever gets the plan. */
static void
metrics_pass(void **state)
{
	static const char *const sets[] = { "stages=100%", "first_device_alone=off", "max_unproven=off",
		"unknown_metric=hold", "min_signal=-90", "min_free=200", NULL };
	const struct simulation *s;

	(void)state;
	begin(4, sets);
	assert_string_equal(
		answer_text(fixture_poll(&f, "D0000", "wait=0&battery=5&signal=-50&free=1000000"), "verdict"),
		"low_battery");
	s = foresee();
	assert_int_equal(s->eligible, 4);
	assert_int_equal(s->got, 4);
	fixture_end(&f);
}

/* Who was never heard may run something else by now: the plan's tail is open for it, here and there. */
static void
who_was_never_heard_keeps_the_tail_open(void **state)
{
	static const char *const sets[] = { "stages=100%", "first_device_alone=off", "max_unproven=off",
		"complete_after=9d" };
	static const char *const upgrade = "STM32=1_0_1";
	const struct plan_change change = { .product = "aroma", .timezone = "UTC", .upgrade = { &upgrade, 1 },
		.set = { sets, COUNT(sets) }, .unknown_version = "hold", .priority = INT64_MIN, .continuous = -1,
		.allow_downgrade = -1, .require_all = -1 };

	(void)state;
	for (int heard = 0; heard < 2; heard++) {
		const struct simulation *s;

		fleet_make(5, 0);
		fixture_device(&f, "strange", "9_9_9", NULL);
		if (heard)
			fixture_known(&f);
		fixture_good(&f, plan_create(&f.session, "spring", &change, &f.err));
		s = foresee();
		assert_int_equal(s->excluded[GATE_VERSION_UNKNOWN], 1);
		assert_int_equal(s->got, 5);
		assert_int_equal((s->ends_at - s->starts_at) / 86400, heard ? 1 : 10);
		fixture_end(&f);
	}
}

static void
an_ended_plan_is_refused(void **state)
{
	static const char *const sets[] = { "stages=100%", NULL };
	const struct simulation_options options = { .days = 1, .duration = -1, .seed = 1 };
	struct simulation s;

	(void)state;
	begin(5, sets);
	f.session.reason = "enough";
	fixture_good(&f, plan_terminate(&f.session, "spring", false, &f.err));
	assert_int_equal(simulate(&f.session, "spring", &options, &s, &f.err), ERR_CONFLICT);
	assert_string_equal(f.err.why, "it has ended");
	fixture_end(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_simulation_knows_cohorts),
		cmocka_unit_test(a_simulation_ends_with_its_plan),
		cmocka_unit_test(the_same_ends_trip_here_and_there),
		cmocka_unit_test(places_are_taken_once),
		cmocka_unit_test(failures_are_remembered),
		cmocka_unit_test(a_latched_breaker_stops_it_until_a_resume),
		cmocka_unit_test(a_stage_that_waits_for_a_person_goes_on_at_once),
		cmocka_unit_test(a_tail_says_how_long_it_is_open),
		cmocka_unit_test(stages_come_no_sooner_than_is_said),
		cmocka_unit_test(metrics_pass),
		cmocka_unit_test(who_was_never_heard_keeps_the_tail_open),
		cmocka_unit_test(an_ended_plan_is_refused),
	};

	seed();
	return cmocka_run_group_tests_name("simulate", tests, NULL, NULL);
}
