/*
 * What ends for a passing reason, or by an operator, and how it comes back: refusals of a device,
 * offers withdrawn for its metrics, cancel and retry.  Counters are right after each.
 */
#include "tests/test.h"

#include "tests/fixture.h"

#include "core/execution.h"
#include "core/str.h"
#include "plans/orders/execution.h"

static struct fixture f;

enum { INTERVAL = 600 };

static void
begin(const char *more)
{
	const char *sets[] = { "stages=100%", "first_device_alone=off", "breaker=off", more, NULL };

	fixture_begin(&f);
	fixture_package(&f, "1_0_0", NULL, 3000);
	fixture_package(&f, "1_0_1", NULL, 4000);
	for (int i = 1; i < 5; i++)
		fixture_device(&f, arena_printf(&f.session.arena, "SN%d", i), "1_0_0", NULL);
	f.session.now_given = true;
	fixture_plan(&f, "spring", "1_0_1", sets);
}

static const struct answer *
poll(const char *says)
{
	return fixture_poll(&f, "SN1", arena_printf(&f.session.arena, "wait=0&STM32=1_0_0%s", says));
}

static void
counters_are_right(void)
{
	fixture_whole(&f);
}

/* A metric that comes and goes, and what the device hears while it is bad. */
static const struct {
	const char *set, *well, *bad, *verdict;
} metrics[] = {
	{ NULL, "&battery=90", "&battery=5", "low_battery" },
	{ "min_signal=-80", "&signal=-60", "&signal=-100", "weak_signal" },
	{ NULL, "&free=900000", "&free=10", "low_storage" },
};

static void
a_withdrawn_offer_comes_back_as_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(metrics); i++) {
		char id[24];

		begin(metrics[i].set);
		snprintf(id, sizeof id, "%s", answer_text(poll(metrics[i].well), "execution"));
		for (int turn = 0; turn < 40; turn++) {
			assert_string_equal(answer_text(poll(metrics[i].bad), "verdict"), metrics[i].verdict);
			counters_are_right();
			assert_string_equal(answer_text(poll(metrics[i].well), "verdict"), "retry_backoff");
			f.session.now += INTERVAL;
			fixture_tick(&f);
			assert_string_equal(answer_text(poll(metrics[i].well), "execution"), id);
			assert_string_equal(answer_text(poll(metrics[i].well), "state"), "offered");
			counters_are_right();
		}
		/* Only the first of them was counted against the rate. */
		assert_int_equal(fixture_status(&f, "spring")->pulse.pulse.rate_minute, FIXTURE_NOW / 60);
		/* It has as long as a first offer, and is taken like one. */
		f.session.now += 3000;
		fixture_tick(&f);
		assert_true(strstr(poll(arena_printf(&f.session.arena, "%s&accept=1", metrics[i].well))->body,
				    "\"files\":["));
		counters_are_right();
		fixture_end(&f);
	}
}

static void
another_package_is_another_offer(void **state)
{
	char id[24];

	(void)state;
	begin(NULL);
	snprintf(id, sizeof id, "%s", answer_text(poll("&battery=90"), "execution"));
	assert_string_equal(answer_text(poll("&battery=5"), "verdict"), "low_battery");
	fixture_package(&f, "1_0_1", "1_0_0", 1000);
	f.session.now += INTERVAL;
	assert_string_not_equal(answer_text(poll("&battery=90"), "execution"), id);
	assert_string_equal(answer_text(poll("&battery=90"), "kind"), "delta");
	counters_are_right();
	fixture_end(&f);
}

static void
a_passing_refusal_waits_as_long_each_time(void **state)
{
	(void)state;
	for (enum refusal r = REFUSAL_BATTERY; r < REFUSAL_MAX; r++) {
		begin(NULL);
		for (int turn = 0; turn < 8; turn++) {
			char id[24];
			const struct answer *a = poll("&accept=1");

			snprintf(id, sizeof id, "%s", answer_text(a, "execution"));
			if (!*id)
				fail_msg("%s, turn %d: %s", refusal_words[r], turn, a->body);
			(void)fixture_report(&f, "SN1", id,
				arena_printf(&f.session.arena, "{\"state\":\"rejected\",\"reason\":\"%s\"}",
					refusal_words[r]));
			f.session.now += INTERVAL - 1;
			fixture_tick(&f);
			assert_string_equal(answer_text(poll("&accept=1"), "verdict"), "retry_backoff");
			f.session.now += 1;
			counters_are_right();
		}
		assert_int_equal(fixture_status(&f, "spring")->sums[EXEC_CANCELED], 1);
		fixture_end(&f);
	}
}

static struct execution_choice
chosen(const char *plan, const char *const *devices, size_t count)
{
	return (struct execution_choice){ .what = plan, .devices = devices, .device_count = count };
}

/* The states in which an operator may cancel, and what the device says to it. */
static void
what_an_operator_cancels_stays_canceled(void **state)
{
	static const char *const states[] = { "offered", "accepted", "downloading", "downloaded", "installing",
		"verifying" };
	static const char *const twice[] = { "SN1", "SN1" };
	struct execution_choice choice = chosen("spring", twice, 2);
	int64_t count, asked;

	(void)state;
	for (size_t i = 0; i < COUNT(states); i++) {
		const char *id;

		begin(NULL);
		id = arena_copy(&f.session.arena, answer_text(poll(i ? "&accept=1" : ""), "execution"));
		if (i)
			(void)fixture_report(&f, "SN1", "11",
				arena_printf(&f.session.arena, "{\"state\":\"%s\"}", states[i]));
		fixture_good(&f, executions_cancel(&f.session, &choice, &count, &asked, &f.err));
		assert_int_equal(count, 1);
		assert_int_equal(asked, i > 0);
		counters_are_right();
		if (i)
			(void)fixture_report(&f, "SN1", "11", "{\"state\":\"canceled\"}");
		(void)id;
		for (int day = 0; day < 3; day++) {
			f.session.now += 24 * 3600;
			fixture_tick(&f);
			assert_string_equal(answer_text(poll("&accept=1"), "verdict"), "retries_exhausted");
		}
		assert_int_equal(fixture_status(&f, "spring")->sums[EXEC_CANCELED], 1);
		f.session.reason = "she called again";
		fixture_good(&f, executions_retry(&f.session, &choice, &count, &f.err));
		assert_true(strstr(poll("&accept=1")->body, "\"files\":["));
		counters_are_right();
		/* The one before is over. */
		choice = (struct execution_choice){ .what = "11" };
		f.session.reason = "wrong one";
		assert_int_equal(executions_retry(&f.session, &choice, &count, &f.err), ERR_CONFLICT);
		f.err = ERR_NONE;
		choice = chosen("spring", twice, 2);
		fixture_end(&f);
	}
}

/* Who does not answer in time is canceled as well, and so it stays. */
static void
who_is_silent_is_canceled_for_good(void **state)
{
	static const char *const one[] = { "SN1" };
	struct execution_choice choice = chosen("spring", one, 1);
	int64_t count;

	(void)state;
	begin(NULL);
	(void)poll("&accept=1");
	fixture_good(&f, executions_cancel(&f.session, &choice, &count, NULL, &f.err));
	f.session.now += 7200;
	fixture_tick(&f);
	assert_int_equal(fixture_status(&f, "spring")->sums[EXEC_CANCELED], 1);
	f.session.now += 24 * 3600;
	fixture_tick(&f);
	assert_string_equal(answer_text(poll("&accept=1"), "verdict"), "retries_exhausted");
	counters_are_right();
	fixture_end(&f);
}

static void
a_reset_ends_an_attempt_in_any_state(void **state)
{
	static const char *const states[] = { "offered", "accepted", "downloading", "downloaded", "installing",
		"verifying", "failed", "succeeded" };

	(void)state;
	for (size_t i = 0; i < COUNT(states); i++) {
		begin("stages=2,100%");
		(void)poll(i ? "&accept=1" : "");
		if (i)
			(void)fixture_report(&f, "SN1", "11",
				arena_printf(&f.session.arena, "{\"state\":\"%s\"}", states[i]));
		f.session.reason = "another board";
		fixture_good(&f, device_reset(&f.session, "SN1", &f.err));
		counters_are_right();
		assert_int_equal(fixture_status(&f, "spring")->pulse.pulse.in_progress, 0);
		f.session.now += INTERVAL;
		(void)poll("&accept=1");
		counters_are_right();
		fixture_end(&f);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_withdrawn_offer_comes_back_as_the_same),
		cmocka_unit_test(another_package_is_another_offer),
		cmocka_unit_test(a_passing_refusal_waits_as_long_each_time),
		cmocka_unit_test(what_an_operator_cancels_stays_canceled),
		cmocka_unit_test(who_is_silent_is_canceled_for_good),
		cmocka_unit_test(a_reset_ends_an_attempt_in_any_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
