/*
 * The counters of a rollout that has lived through everything: each of them, made wrong by one, is
 * named by a check and mended by a repair, which touches nothing else.
 */
#include "tests/test.h"

#include "tests/fixture.h"

#include "plans/orders/activate.h"
#include "plans/orders/edit.h"
#include "plans/orders/execution.h"
#include "plans/orders/expand.h"
#include "plans/orders/lifecycle.h"
#include "plans/orders/recount.h"
#include "plans/orders/resume.h"

#include <sqlite3.h>

static struct fixture f;

enum { DEVICES = 60, FIRST = 40 };

static void
raw(const char *sql)
{
	char *why = NULL;
	sqlite3 *file;

	assert_int_equal(sqlite3_open(f.db, &file), SQLITE_OK);
	sqlite3_busy_timeout(file, 2000);
	if (sqlite3_exec(file, sql, NULL, NULL, &why))
		fail_msg("%s: %s", sql, why);
	sqlite3_close(file);
}

/* An order of an operator follows, who says why. */
static void
because(void)
{
	f.session.reason = "the test goes on";
}

static const char *
id(int device)
{
	return arena_printf(&f.session.arena, "SN%d", device);
}

static const struct answer *
polls(int device, const char *query)
{
	static char name[16];

	f.session.now += 61;
	snprintf(name, sizeof name, "SN%d", device);
	return fixture_poll(&f, name, query);
}

/* Asks, accepts, and says this of it; NULL: nothing more.  Returns whether it was offered. */
static bool
takes(int device, const char *says)
{
	const struct answer *answer = polls(device, "wait=0&STM32=1_0_0&accept=1");
	char execution[24];

	snprintf(execution, sizeof execution, "%s", answer_text(answer, "execution"));
	if (!*execution)
		return false;
	if (says)
		(void)fixture_report(&f, id(device), execution, says);
	fixture_whole(&f);
	return true;
}

static void
later(int hours, int step)
{
	for (int i = 0; i < hours; i += step) {
		f.session.now += step * 3600;
		fixture_tick(&f);
	}
	fixture_whole(&f);
}

/* Who is silent for so long stops a plan, and an operator lets it go on. */
static void
goes_on(void)
{
	struct resumption resumption;

	if (fixture_status(&f, "spring")->plan.state != PLAN_SUSPENDED)
		return;
	because();
	fixture_good(&f, plan_resume(&f.session, "spring", true, &resumption, &f.err));
	fixture_whole(&f);
}

static void
plan_make(void)
{
	static const char *const upgrade = "STM32=1_0_1",
				*const sets[] = { "stages=3,10%,60%,100%", "first_device_alone=off", "max_unproven=off",
					"retry_interval=1m", "breaker=all:50:20:8:suspend", "soak=1h", "rate=constant",
					"rate_base=50" };
	const char *white[FIRST];
	struct plan_change change = { .product = "aroma", .timezone = "UTC", .upgrade = { &upgrade, 1 },
		.set = { sets, COUNT(sets) }, .whitelist = { white, FIRST }, .priority = INT64_MIN,
		.continuous = -1, .allow_downgrade = -1, .require_all = -1 };
	struct activation activation;

	for (int i = 0; i < FIRST; i++)
		white[i] = id(i);
	fixture_good(&f, plan_create(&f.session, "spring", &change, &f.err));
	fixture_salt(&f, "spring");
	fixture_good(&f, plan_activate(&f.session, "spring", -1, &activation, &f.err));
}

/* Everything that may become of a device, one after the other, from the `next`th on. */
static void
everything(int first, int last, size_t next)
{
	static const char *const ends[] = { NULL, "{\"state\":\"failed\"}", "{\"state\":\"rejected\",\"reason\":\"user\"}",
		"{\"state\":\"rejected\",\"reason\":\"battery\"}", "{\"state\":\"downloading\",\"progress\":5}",
		"{\"state\":\"succeeded\"}" };

	for (int i = first; i < last; i++) {
		if (!takes(i, ends[next % COUNT(ends)]))
			continue;
		if (next % 4 == 0)
			(void)polls(i, "wait=0&STM32=1_0_1"); /* succeeded */
		if (next % 6 == 1)
			(void)takes(i, NULL); /* again, the full package */
		if (next % 12 == 1)
			(void)polls(i, "wait=0&STM32=1_0_1");
		next++;
	}
	fixture_whole(&f);
}

/* Small stages open together: how many steps it takes is the plan's own. */
static void
all_stages(void)
{
	for (const struct plan *plan = &fixture_status(&f, "spring")->plan;
		(size_t)plan->stage + 1 < plan->stage_count; plan = &fixture_status(&f, "spring")->plan) {
		f.session.now += 60;
		because();
		fixture_good(&f, plan_advance(&f.session, "spring", &f.err));
		fixture_whole(&f);
	}
}

static void
lives(void)
{
	struct resumption resumption;
	const char *more[DEVICES - FIRST];
	const struct execution_choice failed = { .what = "spring", .state = "failed" };
	bool restarted, kept;
	int64_t n;

	all_stages();
	everything(0, 20, 0);
	for (int i = 0; i < 40; i++) /* some go back */
		(void)polls(i % 20, i % 20 % 5 ? "wait=0" : "wait=0&STM32=1_0_0");
	fixture_whole(&f);
	later(14 * 24, 6); /* who said nothing is timed out, and some come all the same */
	goes_on();
	for (int i = 0; i < 20; i += 3)
		(void)polls(i, "wait=0&STM32=1_0_1");
	fixture_whole(&f);
	because();
	fixture_good(&f, device_drop(&f.session, "SN3", &kept, &f.err));
	fixture_good(&f, device_drop(&f.session, "SN38", &kept, &f.err));
	(void)polls(37, "wait=0&STM32=1_0_1"); /* by cable */
	fixture_whole(&f);
	for (int i = FIRST; i < DEVICES; i++)
		more[i - FIRST] = id(i);
	because();
	fixture_good(&f, plan_expand(&f.session, "spring", &(struct values){ more, DEVICES - FIRST }, false, &n,
		&restarted, &f.err));
	assert_true(restarted);
	fixture_whole(&f);
	all_stages();
	everything(20, 33, 0);
	because();
	fixture_good(&f, executions_retry(&f.session, &failed, &n, &f.err));
	everything(0, 20, 0);
	later(2, 1);
	raw("UPDATE pulse SET tripped_at = 1, tripped = 'by hand'");
	fixture_tick(&f);
	assert_int_equal(fixture_status(&f, "spring")->plan.state, PLAN_SUSPENDED);
	fixture_whole(&f);
	raw("UPDATE plan SET cause = 'breaker'");
	because();
	fixture_good(&f, plan_resume(&f.session, "spring", true, &resumption, &f.err));
	assert_true(resumption.probe);
	fixture_whole(&f);
	everything(45, DEVICES, 4);
	(void)polls(1, "wait=0&STM32=1_0_1");
	fixture_whole(&f);
}

static int
setup(void **state)
{
	(void)state;
	fixture_begin(&f);
	fixture_package(&f, "0_9", NULL, 2000);
	fixture_package(&f, "1_0_0", NULL, 3000);
	fixture_package(&f, "1_0_1", NULL, 4000);
	fixture_package(&f, "1_0_1", "1_0_0", 500);
	f.session.now_given = true;
	for (int i = 0; i < DEVICES; i++)
		fixture_device(&f, id(i), i % 13 == 7 ? "1_0_1" : "1_0_0", NULL);
	raw("UPDATE device SET labels = 'hw=' || substr('AB', id % 2 + 1, 1) || char(10)");
	plan_make();
	fixture_whole(&f);
	lives();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fixture_end(&f);
	return 0;
}

/* Every value of every table, but for what a change leaves behind anyway: its audit row, the epoch,
 * and that tick looks at the plan anew. */
static char *
dump(void)
{
	static const char *const rows =
		"SELECT 'SELECT ' || group_concat('quote(' || c.name || ')', ' || '','' || ') || ' FROM ' || m.name || "
		"' ORDER BY 1' FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name "
		"NOT IN ('audit', 'sqlite_sequence') AND m.name || '.' || c.name NOT IN ('fleet.epoch', "
		"'pulse.look_at') GROUP BY m.name ORDER BY m.name";
	struct buf buf = { .arena = &f.session.arena };
	sqlite3_stmt *tables, *values;
	sqlite3 *file;

	assert_int_equal(sqlite3_open(f.db, &file), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(file, rows, -1, &tables, NULL), SQLITE_OK);
	while (sqlite3_step(tables) == SQLITE_ROW) {
		const char *sql = (const char *)sqlite3_column_text(tables, 0);

		if (sqlite3_prepare_v2(file, sql, -1, &values, NULL))
			fail_msg("%s: %s", sql, sqlite3_errmsg(file));
		buf_text(&buf, sql);
		while (sqlite3_step(values) == SQLITE_ROW)
			buf_printf(&buf, "\n%s", sqlite3_column_text(values, 0));
		sqlite3_finalize(values);
	}
	sqlite3_finalize(tables);
	sqlite3_close(file);
	return buf.text;
}

/* Every counter that there is, and the key of its table. */
static const struct {
	const char *table, *key, *counters, *where;
} counted[] = {
	{ "plan", "id", "targets stage", "1" },
	{ "stage", "plan, position", "size lent taken", "1" },
	{ "tally", "plan, stage, state", "base cured", "1" },
	{ "tally", "plan, stage, state", "n", "1" },
	{ "pulse", "plan", "product running in_progress succeeded ever_succeeded first_accepts probe_taken rate_count",
		"1" },
	{ "cohort", "plan, scope, number, text", "concluded failed rejected timed_out regressed well bad", "1" },
	{ "execution", "id", "open newest",
		"accepted_at > 0 AND device IN (SELECT id FROM device WHERE retired_at = 0)" },
	{ "package", "id", "size", "1" },
	{ "component", "id", "highest", "1" },
	{ "fleet", "id", "next_execution", "1" },
};

/* Counters that are only too low or right. */
static bool
rises(size_t at)
{
	return !strcmp(counted[at].table, "component") || !strcmp(counted[at].table, "fleet");
}

static bool
named(const struct recount *recount, const char *table, const char *counter, int by)
{
	for (size_t i = 0; i < recount->faults.count; i++) {
		const struct recount_fault *fault = &recount->faults.list[i];

		if (!strcmp(fault->table, table) && !strcmp(fault->counter, counter) &&
			fault->was - fault->is == by)
			return true;
	}
	return false;
}

/* Make one counter wrong, and right again. */
static void
falsified(const char *table, const char *counter, const char *row, int by)
{
	const char *before = dump();
	struct recount recount;
	struct arena *arena = &f.session.arena;

	raw(arena_printf(arena, "UPDATE %s SET %s = %s + (%d) WHERE %s", table, counter, counter, by, row));
	assert_string_not_equal(before, dump());
	fixture_good(&f, recount_check(&f.session, &recount, &f.err));
	if (!named(&recount, table, counter, by))
		fail_msg("%s.%s of %s, wrong by %d, is not named", table, counter, row, by);
	because();
	fixture_good(&f, recount_repair(&f.session, &recount, &f.err));
	if (recount.faults.count != 1)
		fail_msg("%s.%s of %s: %zu counters are mended", table, counter, row, recount.faults.count);
	fixture_good(&f, recount_check(&f.session, &recount, &f.err));
	assert_int_equal(recount.faults.count, 0);
	if (strcmp(before, dump()) != 0)
		fail_msg("%s.%s of %s is mended, and something else is changed", table, counter, row);
}

/* The condition of the nth row of a table; false: it has not so many. */
static bool
row_nth(size_t at, int64_t nth, char *ret, size_t room)
{
	const char *key = counted[at].key;
	sqlite3_stmt *stmt;
	sqlite3 *file;
	bool found;

	assert_int_equal(sqlite3_open(f.db, &file), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(file,
				 arena_printf(&f.session.arena,
					 "SELECT count(*) > %lld FROM %s WHERE %s", (long long)nth,
					 counted[at].table, counted[at].where),
				 -1, &stmt, NULL),
		SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	found = sqlite3_column_int(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(file);
	snprintf(ret, room, "(%s) = (SELECT %s FROM %s WHERE %s ORDER BY %s LIMIT 1 OFFSET %lld)", key, key,
		counted[at].table, counted[at].where, key, (long long)nth);
	return found;
}

static void
each_counter_is_named_and_mended(void **state)
{
	static const int by[] = { 1, -1, 1000000007 };
	int n = 0;
	char row[512];

	(void)state;
	for (size_t at = 0; at < COUNT(counted); at++)
		for (int64_t nth = 0; row_nth(at, nth, row, sizeof row); nth += nth < 9 ? 1 : 7) {
			char words[160], *rest = words;

			snprintf(words, sizeof words, "%s", counted[at].counters);
			for (char *counter; (counter = strtok_r(rest, " ", &rest)); n++) {
				falsified(counted[at].table, counter, row, rises(at) ? -1 : by[n % 3]);
				arena_reset(&f.session.arena);
			}
		}
	print_message("%d counters made wrong\n", n);
	assert_true(n > 140);
}

/* Rows that are gone, or that count what there is not. */
static void
rows_gone_and_rows_too_many(void **state)
{
	static const struct {
		const char *sql, *row; /* what a finding is about */
	} damages[] = {
		{ "DELETE FROM tally WHERE n > 0", "tally" },
		{ "DELETE FROM cohort WHERE concluded > 0", "cohort" },
		{ "INSERT INTO tally (plan, stage, state, n) VALUES (1, 7, 'failed', 3)", "tally" },
		{ "INSERT INTO cohort (plan, scope, number, text, concluded, failed) VALUES (1, 'block', 9, '', 3, 3)",
			"cohort" },
		{ "UPDATE stage SET tail_at = 5", "stage" },
		{ "UPDATE plan SET stage = 99, targets = -4; UPDATE stage SET taken = -1, size = -1, lent = -9", "plan" },
		{ "UPDATE pulse SET left_due_at = 9000000000000000000", "pulse" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(damages); i++) {
		struct recount recount;
		const char *finding;

		raw(damages[i].sql);
		finding = fixture_finding(&f);
		if (!finding || strncmp(finding, damages[i].row, strlen(damages[i].row)) != 0)
			fail_msg("%s: found is %s", damages[i].sql, finding ? finding : "nothing");
		because();
		fixture_good(&f, recount_repair(&f.session, &recount, &f.err));
		assert_true(recount.faults.count > 0);
		fixture_whole(&f);
		arena_reset(&f.session.arena);
	}
}

/* The rollout has lived through what the table is to be tried on. */
static void
everything_has_come_to_pass(void **state)
{
	static const char *const seen[] = { "SELECT 1 FROM execution WHERE late = 1 AND newest = 1",
		"SELECT 1 FROM execution WHERE fell_back = 1", "SELECT 1 FROM execution WHERE state = 'regressed'",
		"SELECT 1 FROM execution WHERE state = 'rejected'", "SELECT 1 FROM execution WHERE state = 'canceled'",
		"SELECT 1 FROM execution WHERE state = 'timed_out'", "SELECT 1 FROM execution WHERE survived = 1",
		"SELECT 1 FROM execution WHERE state = 'downloading'", "SELECT 1 FROM execution WHERE state = 'verifying'",
		"SELECT 1 FROM device d JOIN execution e ON e.device = d.id WHERE d.retired_at > 0",
		"SELECT 1 FROM tally WHERE base > 0", "SELECT 1 FROM tally WHERE cured > base",
		"SELECT 1 FROM pulse WHERE probe_taken > 0", "SELECT 1 FROM cohort WHERE scope = 'probe'",
		"SELECT 1 FROM cohort WHERE scope = 'label'", "SELECT 1 FROM stage WHERE kind = 1 AND taken > 0",
		"SELECT 1 FROM stage WHERE lent > 0", "SELECT 1 FROM tally WHERE state = 'already' AND n > 0" };
	sqlite3_stmt *stmt;
	sqlite3 *file;

	(void)state;
	assert_int_equal(sqlite3_open(f.db, &file), SQLITE_OK);
	for (size_t i = 0; i < COUNT(seen); i++) {
		assert_int_equal(sqlite3_prepare_v2(file, seen[i], -1, &stmt, NULL), SQLITE_OK);
		if (sqlite3_step(stmt) != SQLITE_ROW)
			print_error("never: %s\n", seen[i]);
		sqlite3_finalize(stmt);
	}
	sqlite3_close(file);
}

/* Without a reason, and in a dry run, nothing is changed; nothing to mend leaves no audit row. */
static void
a_repair_is_answered_for(void **state)
{
	struct recount recount;
	const char *before;

	(void)state;
	raw("UPDATE plan SET targets = targets + 1");
	before = dump();
	f.session.reason = NULL;
	assert_int_equal(recount_repair(&f.session, &recount, &f.err), ERR_USAGE);
	f.err = ERR_NONE;
	f.session.dry_run = true;
	because();
	fixture_good(&f, recount_repair(&f.session, &recount, &f.err));
	f.session.dry_run = false;
	assert_int_equal(recount.faults.count, 1);
	assert_string_equal(before, dump());
	because();
	fixture_good(&f, recount_repair(&f.session, &recount, &f.err));
	assert_int_equal(recount.faults.count, 1);
	before = dump();
	because();
	fixture_good(&f, recount_repair(&f.session, &recount, &f.err));
	assert_int_equal(recount.faults.count, 0);
	assert_string_equal(before, dump());
}

/* A plan in its tail, in which some never ask. */
static int
setup_left(void **state)
{
	static const char *const sets[] = { "stages=100%", "soak=1h", "first_device_alone=off",
		"max_unproven=off", NULL };

	(void)state;
	fixture_begin(&f);
	fixture_package(&f, "1_0_0", NULL, 3000);
	fixture_package(&f, "1_0_1", NULL, 4000);
	/* Later than all that was done by the clock of this machine. */
	f.session.now = time(NULL) + 24 * 3600;
	f.session.now_given = true;
	for (int i = 0; i < 12; i++)
		fixture_device(&f, id(i), "1_0_0", NULL);
	fixture_plan(&f, "spring", "1_0_1", sets);
	for (int i = 0; i < 8; i++)
		if (takes(i, NULL))
			(void)polls(i, "wait=0&STM32=1_0_1");
	later(60, 1);
	return 0;
}

/* Who is left is counted again by the rule of tick, where nothing has happened since. */
static void
stragglers_are_counted_again(void **state)
{
	static const char *const damages[] = { "UPDATE straggler SET n = n + 1",
		"UPDATE straggler SET n = 1, untried = 0", "UPDATE straggler SET untried = untried - 1",
		"UPDATE straggler SET comes = 1 - comes", "UPDATE straggler SET need = 'patience'",
		"DELETE FROM straggler", "UPDATE pulse SET left_until = left_until + 1",
		"INSERT INTO straggler (plan, need, n, untried, comes) VALUES (1, 'downgrade', 1, 1, 0)",
		"UPDATE straggler SET n = -1" };

	(void)state;
	for (size_t i = 0; i < COUNT(damages); i++) {
		struct recount recount;
		char *before;

		later(2, 1);
		before = dump();
		raw(damages[i]);
		if (!fixture_finding(&f))
			fail_msg("%s: nothing is found", damages[i]);
		because();
		fixture_good(&f, recount_repair(&f.session, &recount, &f.err));
		fixture_whole(&f);
		raw("UPDATE pulse SET left_due_at = left_at + 3600");
		assert_string_equal(before, dump());
	}
	/* What nobody can have counted is found whatever has happened since. */
	(void)polls(9, "wait=0&STM32=1_0_0");
	raw("UPDATE straggler SET n = n + 1");
	fixture_whole(&f);
	raw("UPDATE straggler SET untried = n + 1");
	assert_non_null(fixture_finding(&f));
}

int
main(void)
{
	const struct CMUnitTest left[] = { cmocka_unit_test(stragglers_are_counted_again) };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_has_come_to_pass),
		cmocka_unit_test(a_repair_is_answered_for),
		cmocka_unit_test(each_counter_is_named_and_mended),
		cmocka_unit_test(rows_gone_and_rows_too_many),
	};

	return cmocka_run_group_tests(tests, setup, teardown) +
	       cmocka_run_group_tests(left, setup_left, teardown);
}
