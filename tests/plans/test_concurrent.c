/* Eight pollers and two ticks at once on one database: no limit is exceeded by one. */
#include "tests/test.h"

#include "tests/fixture.h"

#include "plans/orders/lifecycle.h"
#include "plans/rollout/tick.h"

#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

enum { POLLERS = 8, TICKERS = 2, DEVICES = 40 };

static struct fixture f;
static useconds_t pause_us; /* of each poller between two polls, so that others get the lock */

static int64_t
number(const char *sql)
{
	sqlite3_stmt *stmt;
	sqlite3 *db;
	int64_t ret;

	assert_int_equal(sqlite3_open(f.db, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	ret = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return ret;
}

/* In the midst of it, slow down; the exit status is how many offers there were then. */
static void
throttle(void)
{
	sqlite3_stmt *count;
	sqlite3 *db;

	if (sqlite3_open(f.db, &db) || sqlite3_prepare_v2(db, "SELECT count(*) FROM execution", -1, &count, NULL))
		_exit(100);
	while (sqlite3_step(count) == SQLITE_ROW && sqlite3_column_int(count, 0) < 2)
		sqlite3_reset(count);
	sqlite3_reset(count);
	if (plan_throttle(&f.session, "spring", &(struct throttle_texts){ .rate = "7" },
		    &(struct throttling){ .unchanged = false }, &f.err) ||
		sqlite3_step(count) != SQLITE_ROW)
		_exit(101);
	_exit(sqlite3_column_int(count, 0));
}

/* One process of its own, with a connection of its own. */
static void
child(int index)
{
	struct tick_result result;

	f.session.db = NULL;
	f.session.cache = NULL;
	if (session_open(&f.session, DB_WRITE, &f.err))
		_exit(1);
	if (index == POLLERS + TICKERS)
		throttle();
	for (int round = 0; round < 3; round++)
		for (int i = 0; i < DEVICES; i++) {
			char target[96], token[48];

			if (index >= POLLERS) {
				if (tick_run(&f.session, &result, &f.err))
					_exit(2);
				continue;
			}
			usleep(pause_us);
			snprintf(target, sizeof target, "/v1/d%02d/plan?accept=1&STM32=1_0_0",
				(i * 7 + index * 5) % DEVICES);
			snprintf(token, sizeof token, "token-of-d%02d-padded", (i * 7 + index * 5) % DEVICES);
			if (fixture_request(&f, "GET", target, token, NULL)->status >= 300)
				_exit(3);
		}
	_exit(0);
}

static void
prepared(const char *const *sets)
{
	fixture_begin(&f);
	fixture_package(&f, "1_0_0", NULL, 3000);
	fixture_package(&f, "1_0_1", NULL, 4000);
	for (int i = 0; i < DEVICES; i++) {
		char name[16];

		snprintf(name, sizeof name, "d%02d", i);
		fixture_device(&f, name, "1_0_0", NULL);
	}
	fixture_plan(&f, "spring", "1_0_1", sets);
	f.session.now_given = true;
	fixture_close(&f);
}

static void
all_at_once(const char *const *sets)
{
	prepared(sets);
	for (int i = 0; i < POLLERS + TICKERS; i++)
		if (!fork())
			child(i);
	for (int i = 0; i < POLLERS + TICKERS; i++) {
		int code = -1;

		assert_true(wait(&code) > 0);
		assert_int_equal(code, 0);
	}
}

static void
the_rate_is_kept(void **state)
{
	static const char *const sets[] = { "stages=100%", "first_device_alone=off", "rate=constant",
		"rate_base=7", "max_unproven=off", NULL };

	(void)state;
	all_at_once(sets);
	assert_int_equal(number("SELECT count(*) FROM execution"), 7);
	fixture_end(&f);
}

static void
count_stages_and_progress_are_kept(void **state)
{
	static const char *const sets[] = { "stages=5,100%", "first_device_alone=off", "max_in_progress=3", NULL };
	static const char *const places[] = { "stages=5,100%", "first_device_alone=off", NULL };

	(void)state;
	all_at_once(sets);
	assert_int_equal(number("SELECT count(*) FROM execution WHERE accepted_at > 0"), 3);
	assert_int_equal(number("SELECT in_progress FROM pulse"), 3);
	fixture_end(&f);
	all_at_once(places);
	assert_int_equal(number("SELECT count(*) FROM execution WHERE accepted_at > 0"), 5);
	assert_int_equal(number("SELECT taken FROM stage WHERE position = 0"), 5);
	fixture_end(&f);
}

static void
the_unproven_are_few(void **state)
{
	static const char *const sets[] = { "stages=100%", "first_device_alone=off", "max_unproven=4", NULL };

	(void)state;
	all_at_once(sets);
	assert_int_equal(number("SELECT count(*) FROM execution WHERE accepted_at > 0"), 4);
	fixture_end(&f);
}

/* All of the stage and nobody else. */
static void
the_stage_is_kept(void **state)
{
	static const char *const sets[] = { "stages=50%,100%", "first_device_alone=off", "max_unproven=off", NULL };

	(void)state;
	all_at_once(sets);
	assert_int_equal(number("SELECT count(*) FROM execution"), number("SELECT size FROM stage WHERE position = 0"));
	assert_in_range(number("SELECT count(*) FROM execution"), 5, DEVICES - 5);
	fixture_end(&f);
}

static void
the_first_device_is_alone(void **state)
{
	static const char *const sets[] = { "stages=100%", NULL };

	(void)state;
	all_at_once(sets);
	assert_int_equal(number("SELECT count(*) FROM execution WHERE accepted_at > 0"), 1);
	fixture_end(&f);
}

/* What was offered before the throttle stays; from then on there is not one more than it allows. */
static void
a_throttle_holds_at_once(void **state)
{
	static const char *const sets[] = { "stages=100%", "first_device_alone=off", "rate=exponential",
		"rate_base=39", "max_unproven=off", NULL };
	int then = -1;
	pid_t throttler = -1;

	(void)state;
	prepared(sets);
	pause_us = 20000;
	for (int i = POLLERS + TICKERS; i >= 0; i--) {
		pid_t pid = fork();

		if (!pid)
			child(i);
		throttler = throttler < 0 ? pid : throttler;
	}
	for (int i = 0; i <= POLLERS + TICKERS; i++) {
		int code = -1;
		pid_t pid = wait(&code);

		assert_true(pid > 0 && WIFEXITED(code));
		if (pid == throttler)
			then = WEXITSTATUS(code);
		else
			assert_int_equal(code, 0);
	}
	assert_in_range(then, 2, 39);
	assert_int_equal(number("SELECT count(*) FROM execution"), then > 7 ? then : 7);
	fixture_end(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_rate_is_kept),
		cmocka_unit_test(count_stages_and_progress_are_kept),
		cmocka_unit_test(the_unproven_are_few),
		cmocka_unit_test(the_stage_is_kept),
		cmocka_unit_test(the_first_device_is_alone),
		cmocka_unit_test(a_throttle_holds_at_once),
	};

	seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
