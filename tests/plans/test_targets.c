/*
 * Whom a plan means: who is at the target already is done without it, by whatever way it came
 * there, and the counts of the plan follow each device.
 */
#include "tests/test.h"

#include "tests/fixture.h"

#include "db/device.h"
#include "db/plan.h"
#include "plans/fleet/group.h"
#include "plans/orders/activate.h"
#include "plans/orders/edit.h"
#include "plans/orders/lifecycle.h"
#include "plans/orders/recount.h"

#include <sqlite3.h>

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
	int64_t sizes = 0;

	assert_int_equal(s->plan.targets, targeted);
	assert_int_equal(s->sums[TALLY_ALREADY], already);
	assert_int_equal(s->pending, pending);
	for (size_t i = 0; i < s->plan.stage_count; i++)
		sizes += s->plan.stages[i].size;
	assert_int_equal(sizes, added);
	fixture_whole(&f);
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

static void
run(const char *what, enum err_code code)
{
	if (code)
		fail_msg("%s: %s: %s", what, f.err.what, f.err.why);
}

static void
removes(int device, bool kept)
{
	char name[16];
	bool is;

	snprintf(name, sizeof name, "SN%d", device);
	run("remove", device_drop(&f.session, name, &is, &f.err));
	assert_int_equal(is, kept);
	assert_int_equal(polls(device, "1_0_0", true)->status, 401);
}

/* Whatever a device is in a plan: removed, it is nowhere, and a recount agrees. */
static void
who_is_removed_is_out_of_every_count(void **state)
{
	int offered = DEVICES - 1, under_way = DEVICES - 2, succeeded = DEVICES - 3, failed = DEVICES - 4;
	struct plan_status *s;
	char execution[24];

	(void)state;
	removes(0, false); /* already */
	counts(DEVICES - 1, THERE + NEWER - 1, TO_COME, TO_COME);
	removes(DEVICES - 5, false); /* pending */
	counts(DEVICES - 2, THERE + NEWER - 1, TO_COME - 1, TO_COME - 1);
	(void)polls(offered, "1_0_0", false);
	(void)polls(under_way, "1_0_0", true);
	(void)polls(succeeded, "1_0_0", true);
	(void)polls(succeeded, "1_0_1", false);
	snprintf(execution, sizeof execution, "%s", answer_text(polls(failed, "1_0_0", true), "execution"));
	(void)fixture_report(&f, "SN16", execution, "{\"state\":\"failed\"}");
	counts(DEVICES - 2, THERE + NEWER - 1, TO_COME - 5, TO_COME - 1);
	removes(offered, true);
	counts(DEVICES - 3, THERE + NEWER - 1, TO_COME - 5, TO_COME - 2);
	removes(under_way, true);
	counts(DEVICES - 4, THERE + NEWER - 1, TO_COME - 5, TO_COME - 3);
	removes(succeeded, true);
	counts(DEVICES - 5, THERE + NEWER - 1, TO_COME - 5, TO_COME - 4);
	removes(failed, true);
	counts(DEVICES - 6, THERE + NEWER - 1, TO_COME - 5, TO_COME - 5);
	s = fixture_status(&f, "spring");
	assert_int_equal(s->pulse.pulse.in_progress, 0);
	for (int i = 0; i < EXEC_STATE_MAX; i++)
		assert_int_equal(s->sums[i], 0);
}

/* Enrolled again it is a device of its own, which a snapshot does not mean. */
static void
who_is_enrolled_again_is_a_newcomer(void **state)
{
	struct device before, after;
	int device = DEVICES - 1;

	(void)state;
	for (int i = 0; i < 3; i++) {
		run("find", db_device_get(f.session.db, &f.session.arena, "SN19", &before, &f.err));
		if (!i)
			(void)polls(device, "1_0_0", true);
		removes(device, !i);
		fixture_device(&f, "SN19", "1_0_0", NULL);
		run("find", db_device_get(f.session.db, &f.session.arena, "SN19", &after, &f.err));
		assert_true(after.id > before.id);
		assert_non_null(strstr(polls(device, "1_0_0", true)->body, "not_whitelisted"));
		counts(DEVICES - 1, THERE + NEWER, TO_COME - 1, TO_COME - 1);
	}
}

static void
plan_for(const char *name, struct plan_change change)
{
	static const char *const upgrade = "STM32=1_0_2";
	struct activation activation;

	change.product = "aroma";
	change.timezone = "UTC";
	change.upgrade = (struct values){ &upgrade, 1 };
	change.set = (struct values){ stages, 2 };
	change.priority = INT64_MIN;
	change.allow_downgrade = change.require_all = -1;
	run("create", plan_create(&f.session, name, &change, &f.err));
	run("activate", plan_activate(&f.session, name, -1, &activation, &f.err));
}

/* A whitelist, a blacklist by id and by group, and a hold mean the id. */
static void
lists_mean_ids(void **state)
{
	static const char *const white[] = { "SN8", "SN9", "SN10" }, *const black[] = { "SN9", "group:lab" },
				 *const lab[] = { "SN10" }, *const held[] = { "SN8" };
	struct plan_status *s;
	struct plan_change change = { .whitelist = { white, 3 }, .blacklist = { black, 2 }, .continuous = -1 };

	(void)state;
	run("end", plan_terminate(&f.session, "spring", false, &f.err));
	run("group", group_change(&f.session, "lab", lab, 1, true, &f.err));
	plan_for("second", change);
	assert_int_equal(fixture_status(&f, "second")->plan.targets, 1);
	run("hold", device_hold(&f.session, held, 1, true, &f.err));
	for (int i = 8; i <= 10; i++) {
		char name[16];

		snprintf(name, sizeof name, "SN%d", i);
		removes(i, true);
		fixture_device(&f, name, "1_0_0", NULL);
	}
	assert_non_null(strstr(polls(8, "1_0_0", true)->body, "device_held"));
	assert_non_null(strstr(polls(9, "1_0_0", true)->body, "blacklisted"));
	assert_non_null(strstr(polls(10, "1_0_0", true)->body, "blacklisted"));
	run("release", device_hold(&f.session, held, 1, false, &f.err));
	s = fixture_status(&f, "second");
	assert_int_equal(s->plan.targets, 1);
	assert_int_equal(s->pending, 1);
	assert_non_null(strstr(polls(8, "1_0_0", true)->body, "\"files\""));
	/* Out of the group and in again: the copy of the blacklist stands, the live group came on top. */
	run("group", group_change(&f.session, "lab", lab, 1, false, &f.err));
	assert_non_null(strstr(polls(10, "1_0_0", true)->body, "blacklisted"));
}

/* A live group of the blacklist: who has started stays counted, who has not leaves every count. */
static void
who_is_put_into_a_blacklisted_group_leaves(void **state)
{
	static const char *const black[] = { "group:lab" }, *const first[] = { "SN0" },
				 *const more[] = { "SN10", "SN11", "SN12" };
	struct plan_change change = { .blacklist = { black, 1 }, .continuous = -1 };
	struct plan_status *s;

	(void)state;
	run("end", plan_terminate(&f.session, "spring", false, &f.err));
	run("group", group_change(&f.session, "lab", first, 1, true, &f.err));
	plan_for("second", change);
	(void)polls(10, "1_0_0", true);
	(void)polls(11, "1_0_0", false);
	s = fixture_status(&f, "second");
	assert_int_equal(s->plan.targets, DEVICES - 1);
	assert_int_equal(s->pending, DEVICES - 1 - NEWER - 2);
	run("group", group_change(&f.session, "lab", more, 3, true, &f.err));
	s = fixture_status(&f, "second");
	assert_int_equal(s->plan.targets, DEVICES - 3);
	assert_int_equal(s->pending, DEVICES - 3 - NEWER - 1);
	assert_int_equal(s->sums[EXEC_OFFERED], 0);
	run("group", group_change(&f.session, "lab", more, 3, false, &f.err));
	s = fixture_status(&f, "second");
	assert_int_equal(s->plan.targets, DEVICES - 1);
	assert_int_equal(s->pending, DEVICES - 1 - NEWER - 1);
}

/* Newcomers of a continuous plan are targets, whom a removal takes out again. */
static void
newcomers_are_counted_where_the_plan_takes_them(void **state)
{
	struct plan_change change = { .continuous = 1 };
	struct plan_status *s;

	(void)state;
	run("end", plan_terminate(&f.session, "spring", false, &f.err));
	plan_for("second", change);
	fixture_device(&f, "SN50", "1_0_0", NULL);
	fixture_device(&f, "SN51", "1_0_2", NULL);
	s = fixture_status(&f, "second");
	assert_int_equal(s->plan.targets, DEVICES + 2);
	assert_int_equal(s->sums[TALLY_ALREADY], NEWER + 1);
	assert_int_equal(s->pending, DEVICES - NEWER + 1);
	removes(50, false);
	removes(51, false);
	s = fixture_status(&f, "second");
	assert_int_equal(s->plan.targets, DEVICES);
	assert_int_equal(s->sums[TALLY_ALREADY], NEWER);
	assert_int_equal(s->pending, DEVICES - NEWER);
}

static void
raw(const char *sql)
{
	sqlite3 *file;

	assert_int_equal(sqlite3_open(f.db, &file), SQLITE_OK);
	assert_int_equal(sqlite3_exec(file, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(file);
}

/* As an earlier program counted: all in the sizes, nobody already, places and survivors wrong. */
static void
after_a_migration_everything_is_counted_anew(void **state)
{
	static const char *const lost[] = { "UPDATE stage SET size = size + 4, taken = taken - 1",
		"DELETE FROM tally WHERE state = 'already'", "UPDATE plan SET targets = targets + 7",
		"UPDATE tally SET n = n + 2 WHERE state = 'survived'" };
	struct plan_status before;
	int64_t plans;

	(void)state;
	for (int i = DEVICES - 4; i < DEVICES; i++)
		(void)polls(i, "1_0_0", true);
	(void)polls(DEVICES - 1, "1_0_1", false);
	f.session.now += 24 * 3600;
	fixture_tick(&f);
	(void)polls(DEVICES - 1, "1_0_1", false);
	removes(DEVICES - 2, true);
	fixture_device(&f, "SN77", "1_0_0", NULL); /* no target of a snapshot */
	before = *fixture_status(&f, "spring");
	counts(DEVICES - 1, THERE + NEWER, TO_COME - 4, TO_COME - 1);
	run("nothing", plan_recount(&f.session, &plans, &f.err));
	assert_int_equal(plans, 0);
	for (size_t i = 0; i < COUNT(lost); i++)
		raw(lost[i]);
	raw("UPDATE fleet SET recount = 1");
	assert_int_equal(polls(9, "1_0_0", true)->status, 503);
	assert_non_null(strstr(polls(9, "1_0_0", true)->headers, "Retry-After"));
	assert_int_equal(polls(9, "1_0_0", true)->status, 503);
	run("recount", plan_recount(&f.session, &plans, &f.err));
	assert_int_equal(plans, 1);
	counts(DEVICES - 1, THERE + NEWER, TO_COME - 4, TO_COME - 1);
	assert_memory_equal(before.sums, fixture_status(&f, "spring")->sums, sizeof before.sums);
	assert_int_equal(polls(9, "1_0_0", true)->status, 200);
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
		cmocka_unit_test_setup_teardown(who_is_removed_is_out_of_every_count, setup, teardown),
		cmocka_unit_test_setup_teardown(who_is_enrolled_again_is_a_newcomer, setup, teardown),
		cmocka_unit_test_setup_teardown(lists_mean_ids, setup, teardown),
		cmocka_unit_test_setup_teardown(who_is_put_into_a_blacklisted_group_leaves, setup, teardown),
		cmocka_unit_test_setup_teardown(after_a_migration_everything_is_counted_anew, setup, teardown),
		cmocka_unit_test_setup_teardown(newcomers_are_counted_where_the_plan_takes_them, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
