/*
 * The end of a plan: whoever cannot get it any more, for whatever reason, keeps no plan from its
 * end, and whoever can still come does, for as long as its tail lasts.
 */
#include "tests/test.h"

#include "tests/fixture.h"

#include "plans/orders/activate.h"
#include "plans/orders/blacklist.h"
#include "plans/orders/edit.h"
#include "plans/orders/execution.h"
#include "plans/orders/lifecycle.h"
#include "plans/simulate/simulate.h"

enum { DEVICES = 6, HOUR = 3600, DAY = 86400 };

static struct fixture f;

static int
setup(void **state)
{
	(void)state;
	fixture_begin(&f);
	fixture_package(&f, "1_0_0", NULL, 3000);
	fixture_package(&f, "1_0_1", NULL, 4000);
	fixture_package(&f, "1_0_2", NULL, 4500);
	for (int i = 0; i < DEVICES; i++)
		fixture_device(&f, arena_printf(&f.session.arena, "SN%d", i), "1_0_0", NULL);
	fixture_known(&f);
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

/* --- what may become of SN0, while all others get it */

static const struct answer *
sn0(const char *query)
{
	return fixture_poll(&f, "SN0", query);
}

static void
nothing(void)
{
}

static void
asks(void)
{
	(void)sn0("wait=0&STM32=1_0_0");
}

static void
is_held(void)
{
	static const char *const one[] = { "SN0" };

	fixture_good(&f, device_hold(&f.session, one, 1, true, &f.err));
}

static void
ends_as(const char *body)
{
	char execution[24];

	snprintf(execution, sizeof execution, "%s",
		answer_text(sn0("accept=1&wait=0&STM32=1_0_0"), "execution"));
	assert_int_equal(fixture_report(&f, "SN0", execution, body)->status, 200);
}

static void
fails(void)
{
	ends_as("{\"state\":\"failed\",\"code\":3}");
}

static void
says_no(void)
{
	ends_as("{\"state\":\"rejected\",\"reason\":\"user\"}");
}

static void
fails_and_is_held(void)
{
	fails();
	is_held();
}

static void
fails_and_is_listed(void)
{
	static const char *const one[] = { "SN0" };
	static const struct values who = { one, 1 };
	struct blacklisting done;

	fails();
	fixture_good(&f, plan_blacklist(&f.session, "spring", &who, false, &done, &f.err));
}

static void
is_retired(void)
{
	bool kept;

	fixture_good(&f, device_drop(&f.session, "SN0", &kept, &f.err));
}

static void
fails_and_is_retired(void)
{
	fails();
	is_retired();
}

static void
is_newer(void)
{
	(void)sn0("wait=0&STM32=1_0_2");
}

static void
fails_and_is_newer(void)
{
	fails();
	is_newer();
}

static void
is_canceled(void)
{
	struct execution_choice choice = { .what = "spring", .devices = (const char *[]){ "SN0" }, .device_count = 1 };
	int64_t count;

	(void)sn0("wait=0&STM32=1_0_0");
	fixture_good(&f, executions_cancel(&f.session, &choice, &count, NULL, &f.err));
	assert_int_equal(count, 1);
}

/* A later plan brings it something else, from which this one would take it back. */
static void
is_superseded(void)
{
	static const char *const who[] = { "SN0" }, *const sets[] = { "stages=100%" };
	const char *upgrade = "STM32=1_0_2";
	struct plan_change change = { .product = "aroma", .timezone = "UTC", .upgrade = { &upgrade, 1 },
		.set = { sets, 1 }, .whitelist = { who, 1 }, .priority = 9, .continuous = -1,
		.allow_downgrade = -1, .require_all = -1 };
	struct activation activation;

	f.session.now++;
	fixture_good(&f, plan_create(&f.session, "later", &change, &f.err));
	fixture_good(&f, plan_activate(&f.session, "later", -1, &activation, &f.err));
	assert_string_not_equal(answer_text(sn0("accept=1&wait=0&STM32=1_0_0"), "execution"), "");
	is_newer();
	assert_int_equal(fixture_status(&f, "later")->sums[EXEC_SUCCEEDED], 1);
}

static void
tells_an_unknown_version(void)
{
	(void)sn0("wait=0&STM32=9_9_9");
}

/* --- the plan */

enum { DOWNGRADE = 1, HOLD_UNKNOWN = 2 };

struct kind {
	void (*becomes)(void);
	const char *need; /* as status shows it; NULL: it is not left, the counters know */
	bool comes;	  /* the plan waits for it */
	unsigned flags;	  /* of the plan */
};

static void
activate(const struct kind *kind)
{
	static const char *const sets[] = { "stages=100%", "first_device_alone=off", "retry_max=0",
		"retry_interval=0", "soak=2h", "breaker=off", "complete_after=9d" };
	const char *upgrade = "STM32=1_0_1";
	struct plan_change change = { .product = "aroma", .timezone = "UTC", .upgrade = { &upgrade, 1 },
		.set = { sets, COUNT(sets) }, .priority = INT64_MIN, .continuous = -1,
		.unknown_version = kind->flags & HOLD_UNKNOWN ? "hold" : NULL,
		.allow_downgrade = kind->flags & DOWNGRADE ? 1 : -1, .require_all = -1 };
	struct activation activation;

	fixture_good(&f, plan_create(&f.session, "spring", &change, &f.err));
	f.session.reason = kind->flags & DOWNGRADE ? "back" : NULL;
	fixture_good(&f, plan_activate(&f.session, "spring", -1, &activation, &f.err));
	for (int i = 1; i < DEVICES; i++) {
		const char *name = arena_printf(&f.door.arena, "SN%d", i);

		(void)fixture_poll(&f, name, "accept=1&wait=0&STM32=1_0_0");
		name = arena_printf(&f.door.arena, "SN%d", i);
		(void)fixture_poll(&f, name, "wait=0&STM32=1_0_1");
	}
}

/* Hours until the plan ended, ticked every 10 min for so many at most; -1: it runs on. */
static int
hours_until_end(int most)
{
	for (int i = 0; i <= most * 6; i++) {
		fixture_tick(&f);
		if (fixture_status(&f, "spring")->plan.state == PLAN_ENDED)
			return i / 6;
		f.session.now += HOUR / 6;
	}
	return -1;
}

/* When a simulation that begins now sees the plan end. */
static int64_t
foreseen_end(void)
{
	static const struct simulation_options options = { .days = 60, .duration = -1, .seed = 1 };
	struct simulation s;

	fixture_good(&f, simulate(&f.session, "spring", &options, &s, &f.err));
	return s.ends_at;
}

static void
plays(const struct kind *kind)
{
	const struct plan_status *s;
	int64_t foreseen;

	activate(kind);
	kind->becomes();
	foreseen = foreseen_end();
	assert_int_equal(hours_until_end(20), -1);
	s = fixture_status(&f, "spring");
	assert_int_equal(s->stage.wait, STAGE_TAIL);
	assert_true(s->tail_at && s->tail_ends_at == s->tail_at + 9 * DAY);
	assert_int_equal(s->left.sums.coming, kind->comes);
	assert_int_equal(s->pending, kind->comes && !s->sums[EXEC_OFFERED] && !s->sums[EXEC_EXPIRED]);
	assert_int_equal(s->left.count, kind->need ? 1 : 0);
	if (kind->need) {
		assert_string_equal(s->left.list[0].need, kind->need);
		assert_int_equal(s->left.list[0].n, 1);
		assert_string_not_equal(left_text(kind->need), "");
	}
	if (kind->comes) {
		assert_int_equal(hours_until_end(8 * 24), -1);
		assert_string_equal(fixture_status(&f, "spring")->next_what,
			"the plan ends with its tail, whoever is left");
		assert_true(hours_until_end(24) >= 0);
	} else {
		/* Watched for 24 h, and counted within the hour after. */
		assert_in_range(hours_until_end(20), 3, 4);
		s = fixture_status(&f, "spring");
		assert_in_range(s->plan.ended_at - foreseen, 0, HOUR + HOUR / 6);
	}
	s = fixture_status(&f, "spring");
	assert_int_equal(s->plan.cause, CAUSE_COMPLETED);
	assert_non_null(strstr(s->plan.reason, "5 of "));
	assert_true(s->tail_at && s->tail_ends_at == s->plan.ended_at);
	assert_int_equal(s->pending, kind->comes && !s->sums[EXEC_EXPIRED]);
}

#define KIND(name, ...)                                                                             \
	static void name(void **state)                                                              \
	{                                                                                           \
		static const struct kind kind = { __VA_ARGS__ };                                    \
		(void)state;                                                                        \
		plays(&kind);                                                                       \
	}

KIND(held, is_held, "device_held", false, 0)
KIND(held_after_it_failed, fails_and_is_held, "device_held", false, 0)
KIND(listed_after_it_failed, fails_and_is_listed, "blacklisted", false, 0)
KIND(retired, is_retired, NULL, false, 0)
KIND(retired_after_it_failed, fails_and_is_retired, NULL, false, 0)
KIND(newer, is_newer, NULL, false, 0)
KIND(newer_after_it_failed, fails_and_is_newer, "downgrade", false, 0)
KIND(retries_used_up, fails, "retries_exhausted", false, 0)
KIND(refused_by_a_person, says_no, NULL, false, 0)
KIND(canceled_by_an_operator, is_canceled, "retries_exhausted", false, 0)
KIND(superseded, is_superseded, "superseded", false, DOWNGRADE)
KIND(unknown_and_held, tells_an_unknown_version, "version_unknown", false, HOLD_UNKNOWN)
KIND(unknown_and_served, tells_an_unknown_version, "poll", true, 0)
KIND(not_heard, nothing, "poll", true, 0)
KIND(offered, asks, "poll", true, 0)

/* Who is given up comes again when an operator lets it, and the plan waits for it then. */
static void
a_retry_in_the_tail_is_waited_for(void **state)
{
	static const struct kind kind = { fails, "retries_exhausted", false, 0 };
	struct execution_choice choice = { .what = "spring", .devices = (const char *[]){ "SN0" }, .device_count = 1 };
	int64_t count;

	(void)state;
	activate(&kind);
	fails();
	assert_int_equal(hours_until_end(20), -1);
	f.session.reason = "mended";
	fixture_good(&f, executions_retry(&f.session, &choice, &count, &f.err));
	assert_int_equal(hours_until_end(30), -1);
	assert_int_equal(fixture_status(&f, "spring")->left.sums.coming, 1);
	assert_string_not_equal(answer_text(sn0("accept=1&wait=0&STM32=1_0_0"), "execution"), "");
	(void)sn0("wait=0&STM32=1_0_1");
	fixture_tick(&f);
	assert_string_equal(fixture_status(&f, "spring")->plan.reason, "6 of 6 succeeded");
}

/* An operator need not wait for the tail's end. */
static void
a_person_completes_a_plan_in_its_tail(void **state)
{
	static const struct kind kind = { nothing, "poll", true, 0 };

	(void)state;
	activate(&kind);
	assert_int_equal(hours_until_end(20), -1);
	fixture_good(&f, plan_complete(&f.session, "spring", &f.err));
	assert_int_equal(fixture_status(&f, "spring")->plan.cause, CAUSE_COMPLETED);
}

int
main(void)
{
#define PLAYED(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = { PLAYED(held), PLAYED(held_after_it_failed),
		PLAYED(listed_after_it_failed), PLAYED(retired), PLAYED(retired_after_it_failed), PLAYED(newer),
		PLAYED(newer_after_it_failed), PLAYED(retries_used_up), PLAYED(refused_by_a_person),
		PLAYED(canceled_by_an_operator), PLAYED(superseded), PLAYED(unknown_and_held),
		PLAYED(unknown_and_served), PLAYED(not_heard), PLAYED(offered),
		PLAYED(a_retry_in_the_tail_is_waited_for), PLAYED(a_person_completes_a_plan_in_its_tail) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
