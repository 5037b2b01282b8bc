/* Databases of earlier schemas: what was stored means the same after the migration. */
#include "tests/test.h"

#include "db/device.h"
#include "db/execution.h"
#include "db/plan.h"
#include "schema.h"

#include <sqlite3.h>
#include <unistd.h>

static char folder[] = "/tmp/otactl-upgrade-XXXXXX";
static char path[64];
static struct db *db;
static struct arena arena;
static struct err err;

/* A database as the program of that schema left it, with these rows, opened by this one. */
static void
upgrade(int schema, const char *rows)
{
	char version[96];
	sqlite3 *raw;

	snprintf(path, sizeof path, "%s/fleet.db", folder);
	unlink(path);
	assert_int_equal(sqlite3_open(path, &raw), SQLITE_OK);
	for (int i = 0; i < schema; i++)
		assert_int_equal(sqlite3_exec(raw, schema_text[i], NULL, NULL, NULL), SQLITE_OK);
	snprintf(version, sizeof version, "PRAGMA application_id = %d; PRAGMA user_version = %d",
		DB_APPLICATION_ID, schema);
	assert_int_equal(sqlite3_exec(raw, version, NULL, NULL, NULL), SQLITE_OK);
	if (sqlite3_exec(raw, rows, NULL, NULL, NULL))
		fail_msg("%s", sqlite3_errmsg(raw));
	sqlite3_close(raw);
	if (db_open(path, DB_WRITE, &db, &err))
		fail_msg("%s: %s", err.what, err.why);
}

/* A package of the component `identity` at `version`. */
#define PACKAGE(id, identity, version)                                                                     \
	"INSERT INTO component (id, product, identity, type, chip, slot_size, highest) VALUES (" #id         \
	", 1, '" identity "', 'mcu', '', 0, 1);"                                                             \
	"INSERT INTO version (id, component, name, counter) VALUES (" #id ", " #id ", '" version "', 1);"     \
	"INSERT INTO package (id, version, kind, state, manifest, manifest_sha256, created_at, size) VALUES (" \
	#id ", " #id ", 'full', 'published', '', '', 1, 1);"

#define PLAN                                                                                               \
	"INSERT INTO plan (id, name, product, state, cause, reason, mode, priority, timezone, device_zone, start_at, " \
	"end_at, continuous, allow_downgrade, unknown_hold, require_all, whitelist_set, strategy, settings, params, "  \
	"salt, created_at, activated_at, resumed_at, suspended_at, ended_at, max_device, targets, expanded_to, stage, " \
	"trial) VALUES (1, 'spring', 1, 'active', 'none', '', 'silent', 0, 'UTC', 0, 0, 0, 0, 0, 0, 0, 0, 'cautious', " \
	"'', '', zeroblob(16), 1, 1, 1, 0, 0, 0, 0, 0, 0, 0);"

#define COUNTED(key, concluded, failed)                                                                    \
	"INSERT INTO cohort (plan, key, concluded, failed, rejected, timed_out, regressed) VALUES (1, '" key \
	"', " #concluded ", " #failed ", 3, 2, 1);"

static const struct {
	const char *words;
	struct breaker_cohort cohort;
	int64_t concluded, failed;
} expected[] = {
	{ "that took STM32 1_0_1 from 1_0_0 (package 7)", { BREAKER_PACKAGE, 7, "1_0_0", "STM32", "1_0_1" }, 10, 4 },
	{ "that took STM32 1_0_1 from an unknown version (package 7)", { BREAKER_PACKAGE, 7, "", "STM32", "1_0_1" },
		11, 3 },
	{ "that took stage package from a package 9 from b (package 8)",
		{ BREAKER_PACKAGE, 8, "a package 9 from b", "stage", "package" }, 12, 2 },
	{ "that took block 1 from  from c (package 9)", { BREAKER_PACKAGE, 9, " from c", "block", "1" }, 13, 1 },
	{ "with hw=B", { BREAKER_LABEL, 0, "hw=B", "", "" }, 14, 5 },
	{ "with stage=stage", { BREAKER_LABEL, 0, "stage=stage", "", "" }, 15, 6 },
	{ "that accepted as number 601 to 800", { BREAKER_BLOCK, 3, "", "", "" }, 200, 7 },
	{ "of stage 1", { BREAKER_STAGE, 0, "", "", "" }, 5, 1 },
	{ "of stage 12", { BREAKER_STAGE, 11, "", "", "" }, 500, 8 },
};

/* Keys that were texts for people become fields; names that look like other scopes mislead nobody. */
static void
the_breaker_keeps_what_it_has_counted(void **state)
{
	bool seen[COUNT(expected)] = { false };
	struct breaker_row *rows;
	size_t count;

	(void)state;
	upgrade(5, "INSERT INTO product (id, name, extensions) VALUES (1, 'aroma', '');" PLAN
		PACKAGE(7, "STM32", "1_0_1")
		PACKAGE(8, "stage", "package")
		PACKAGE(9, "block", "1")
		COUNTED("stage 1", 5, 1)
		COUNTED("stage 12", 500, 8)
		COUNTED("block 4", 200, 7)
		COUNTED("hw=B", 14, 5)
		COUNTED("stage=stage", 15, 6)
		COUNTED("STM32 1_0_1 package 7 from 1_0_0", 10, 4)
		COUNTED("STM32 1_0_1 package 7 from unknown", 11, 3)
		COUNTED("stage package package 8 from a package 9 from b", 12, 2)
		COUNTED("block 1 package 9 from  from c", 13, 1));
	assert_int_equal(db_cohort_all(db, &arena, 1, &rows, &count, &err), ERR_OK);
	assert_int_equal(count, COUNT(expected));
	for (size_t i = 0; i < count; i++) {
		char words[BREAKER_WORDS];
		struct breaker_tally tally;
		size_t e = 0;

		breaker_cohort_words(&rows[i].cohort, words);
		while (e < count && strcmp(expected[e].words, words) != 0)
			e++;
		if (e == count)
			fail_msg("'%s' was not expected", words);
		assert_false(seen[e]);
		seen[e] = true;
		assert_int_equal(rows[i].cohort.scope, expected[e].cohort.scope);
		assert_int_equal(rows[i].cohort.number, expected[e].cohort.number);
		assert_string_equal(rows[i].cohort.text, expected[e].cohort.text);
		/* What is counted from now on goes on from there. */
		assert_int_equal(db_cohort_add(db, 1, &expected[e].cohort,
					 &(struct breaker_tally){ .concluded = 1, .failed = 1 }, &err),
			ERR_OK);
		assert_int_equal(db_cohort_get(db, 1, &expected[e].cohort, &tally, &err), ERR_OK);
		assert_int_equal(tally.concluded, expected[e].concluded + 1);
		assert_int_equal(tally.failed, expected[e].failed + 1);
		assert_int_equal(tally.rejected, 3);
		assert_int_equal(tally.timed_out, 2);
		assert_int_equal(tally.regressed, 1);
	}
	db_close(&db);
	arena_done(&arena);
}

/* A list of numbers that a query gives, "1 2 3". */
static const char *
asked(const char *sql)
{
	static char ret[512];
	sqlite3_stmt *stmt;
	sqlite3 *raw;

	ret[0] = '\0';
	assert_int_equal(sqlite3_open(path, &raw), SQLITE_OK);
	if (sqlite3_prepare_v2(raw, sql, -1, &stmt, NULL))
		fail_msg("%s", sqlite3_errmsg(raw));
	while (sqlite3_step(stmt) == SQLITE_ROW)
		snprintf(ret + strlen(ret), sizeof ret - strlen(ret), "%s%s", *ret ? " " : "",
			(const char *)sqlite3_column_text(stmt, 0));
	sqlite3_finalize(stmt);
	sqlite3_close(raw);
	return ret;
}

#define DEVICE(id, name) \
	"INSERT INTO device VALUES (" #id ", '" name "', 1, '', 'STM32=1', '', '', '', NULL, 1, NULL, 7, '', 3, 1, " \
	"'demo', 4, 5, 6);"

/* The table is made anew: whatever refers to a device still does, and no number comes back. */
static void
devices_keep_what_refers_to_them(void **state)
{
	struct device d;

	(void)state;
	upgrade(6, "INSERT INTO fleet (id, instance, generation, epoch, next_execution, created_at) "
		"VALUES (1, '', 1, 1, 12, 1);"
		"INSERT INTO product (id, name, extensions) VALUES (1, 'aroma', '');" PLAN
		"UPDATE plan SET max_device = 9, params = 'rate=constant\nrate_base=9\n';"
		DEVICE(2, "SN2") DEVICE(5, "SN5")
		"INSERT INTO grp VALUES (1, 'lab'); INSERT INTO member VALUES (2, 1), (5, 1);"
		"INSERT INTO plan_device VALUES (5, 1, 2);"
		"INSERT INTO execution VALUES (11, 1, 2, 1, 'offered', 1, 1, '', 0, 1, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, "
		"'', 0, 0);");
	assert_int_equal(db_device_get(db, &arena, "SN5", &d, &err), ERR_OK);
	assert_int_equal(d.id, 5);
	assert_true(d.held && d.metrics.has_free && !d.metrics.has_battery);
	assert_false(gaps_measured(&d.gaps)); /* an average of before */
	assert_int_equal(d.retired_at, 0);
	d = (struct device){ .product = 1, .name = "SN10", .components = "", .labels = "", .attributes = "" };
	assert_int_equal(db_device_insert(db, &d, &err), ERR_OK);
	assert_int_equal(d.id, 10);
	db_close(&db);
	assert_string_equal(asked("SELECT device FROM member ORDER BY 1"), "2 5");
	assert_string_equal(asked("SELECT device FROM plan_device"), "5");
	assert_string_equal(asked("SELECT device FROM execution"), "2");
	/* What it runs by is what it was activated with, for a throttle. */
	assert_string_equal(asked("SELECT activated_params = params AND params <> '' FROM plan"), "1");
	/* A plan that runs is counted anew. */
	assert_string_equal(asked("SELECT recount FROM fleet"), "1");
	assert_string_equal(asked("SELECT count(*) FROM pragma_foreign_key_check"), "0");
	arena_done(&arena);
}

#define BOUND(id, header) \
	"INSERT INTO version (id, component, name, counter) VALUES (" #id ", 1, 'v" #id "', " #id ");" \
	"INSERT INTO package (id, version, kind, state, manifest, manifest_sha256, created_at, size) VALUES (" \
	#id ", " #id ", 'full', 'published', 'otactl-manifest: 1\nproduct: aroma\n" header "', '', 1, 1);"

/* What a package was bound to by its manifest it is bound to from now on. */
static void
packages_are_bound_as_their_manifests_say(void **state)
{
	(void)state;
	upgrade(6, "INSERT INTO product (id, name, extensions) VALUES (1, 'aroma', '');"
		"INSERT INTO component (id, product, identity, type, chip, slot_size, highest) VALUES "
		"(1, 1, 'STM32', 'mcu', '', 0, 1);"
		BOUND(1, "component: STM32\nversion: v1\n")
		BOUND(2, "component: STM32\nhw: B\nversion: v2\nrequires: boot >= 2\nrequires: radio >= 14\nsize: 1\n")
		BOUND(3, "component: STM32\nversion: v3\nx-hw: no\nrequires: boot >= 7\n"));
	db_close(&db);
	assert_string_equal(asked("SELECT id || '/' || hw || '/' || replace(requirements, char(10), ';') "
				  "FROM package ORDER BY id"),
		"1// 2/B/boot >= 2;radio >= 14; 3//boot >= 7;");
	arena_done(&arena);
}

#define EXECUTION                                                                                              \
	"INSERT INTO product (id, name, extensions) VALUES (1, 'aroma', '');" PLAN PACKAGE(7, "STM32", "1_0_1") \
	PACKAGE(8, "radio", "2_0")                                                                           \
	"INSERT INTO device (id, name, product, components, labels, attributes, floors, timezone, held, held_reason, " \
	"enrolled_at, last_seen, gap_s, slot, metrics_at) VALUES (1, 'SN1', 1, '', '', '', '', '', 0, '', 0, 0, 0, '', " \
	"0);"                                                                                                 \
	"INSERT INTO execution VALUES (11, 1, 1, 1, 'succeeded', 0, 1, '', 0, 1, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, " \
	"'', 777, 0), (12, 1, 1, 2, 'offered', 1, 1, '', 0, 1, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, '', 0, 0);" \
	"INSERT INTO execution_component (execution, position, component, package, source, state) VALUES "    \
	"(11, 0, 7, 7, '', 'succeeded'), (11, 1, 8, 8, '', 'succeeded'), (12, 0, 7, 7, '', 'offered');"

/* Who was seen once at another version is regressed by the second sight, as before. */
static void
a_first_sight_is_kept(void **state)
{
	struct execution_component *list;
	size_t count;

	(void)state;
	upgrade(6, EXECUTION);
	assert_int_equal(db_execution_component_of_device(db, &arena, 1, &list, &count, &err), ERR_OK);
	assert_int_equal(count, 3);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(list[i].other_at, i < 2 ? 777 : 0);
		assert_int_equal(list[i].blank_at, 0);
	}
	db_close(&db);
	arena_done(&arena);
}

/* A log that has grown too long is as one that was written by this program. */
static void
a_log_is_cut_in_its_middle(void **state)
{
	struct event *list;
	size_t count;

	(void)state;
	upgrade(6, EXECUTION
		"WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) "
		"INSERT INTO event (execution, at, state, message) SELECT 11, i, 'failed', i FROM n;"
		"INSERT INTO event (execution, at, state) VALUES (12, 5, 'offered');");
	assert_int_equal(db_event_all(db, &arena, 11, &list, &count, &err), ERR_OK);
	assert_int_equal(count, EVENTS_FIRST + EVENTS_LAST);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(list[i].at, i < EVENTS_FIRST ? i + 1 : 500 - count + i + 1);
		assert_int_equal(list[i].last_at, list[i].at);
		assert_int_equal(list[i].count, 1);
	}
	assert_int_equal(db_event_all(db, &arena, 12, &list, &count, &err), ERR_OK);
	assert_int_equal(count, 1);
	db_close(&db);
	arena_done(&arena);
}

#define HEARD(id, ago)                                                                                     \
	"INSERT INTO device (id, name, product, timezone, components, labels, attributes, floors, slot, metrics_at, " \
	"held, held_reason, enrolled_at, last_seen, gap_s) SELECT " #id ", 'SN' || " #id                       \
	", 1, '', '', '', '', '', '', 0, 0, '', 1, " ago ", 5000;"

/* An average is no longest gap: unknown, but whoever was heard within two hours is there always. */
static void
gaps_are_unknown_but_of_who_is_there(void **state)
{
	static const struct {
		int64_t id, usual, deadline; /* usual -1: unknown */
	} devices[] = {
		{ 1, -1, GAP_LONGEST_S },
		{ 2, -1, GAP_LONGEST_S },
		{ 3, 0, 0 },
	};

	(void)state;
	upgrade(8, "INSERT INTO product (id, name, extensions) VALUES (1, 'aroma', '');" HEARD(1, "0")
		HEARD(2, "strftime('%s', 'now') - 7300") HEARD(3, "strftime('%s', 'now') - 7000"));
	for (size_t i = 0; i < COUNT(devices); i++) {
		struct device d;

		assert_int_equal(db_device_by_id(db, &arena, devices[i].id, &d, &err), ERR_OK);
		assert_int_equal(gaps_measured(&d.gaps) ? d.gaps.longest_s : -1, devices[i].usual);
		assert_int_equal(gaps_deadline(&d.gaps, d.last_seen), devices[i].deadline);
		/* From here on it is measured. */
		gaps_take(&d.gaps, d.last_seen, d.last_seen + 9000);
		assert_int_equal(gaps_measured(&d.gaps), d.last_seen != 0);
	}
	db_close(&db);
	arena_done(&arena);
}

/* Plans that were activated keep their order; of two in one second the later made one is later. */
static void
activations_are_numbered(void **state)
{
	static const int64_t order[] = { 3, 1, 2, 0 };

	(void)state;
	upgrade(8, "INSERT INTO product (id, name, extensions) VALUES (1, 'aroma', '');" PLAN
		"CREATE TEMP TABLE more AS SELECT * FROM plan;"
		"UPDATE more SET id = 2, name = 'b', activated_at = 50; INSERT INTO plan SELECT * FROM more;"
		"UPDATE more SET id = 3, name = 'c', activated_at = 50; INSERT INTO plan SELECT * FROM more;"
		"UPDATE more SET id = 4, name = 'd', activated_at = 0, state = 'draft';"
		"INSERT INTO plan SELECT * FROM more; UPDATE plan SET activated_at = 99 WHERE id = 1;");
	for (size_t i = 0; i < COUNT(order); i++) {
		struct plan plan;

		assert_int_equal(db_plan_by_id(db, &arena, (int64_t)i + 1, &plan, &err), ERR_OK);
		assert_int_equal(plan.activation, order[i]);
	}
	db_close(&db);
	arena_done(&arena);
}

/* Windows that were expanded by nobody knows which rules are expanded anew at the first tick; drafts have none. */
static void
the_rules_of_before_are_unknown(void **state)
{
	struct plan_zone *list;
	size_t count;

	(void)state;
	upgrade(8, "INSERT INTO product (id, name, extensions) VALUES (1, 'aroma', '');" PLAN
		"UPDATE plan SET expanded_to = 5000, timezone = 'Europe/Berlin', params = 'advance_window=off';"
		"INSERT INTO interval (plan, kind, zone, closes_at, opens_at) VALUES (1, 'push', '', 20, 10),"
		"	(1, 'push', '', 40, 30), (1, 'install', 'Asia/Tokyo', 20, 10), (1, 'push', 'Asia/Tokyo', 20, 10);"
		"INSERT INTO plan SELECT 2, 'draft', product, 'draft', cause, reason, mode, priority, timezone, device_zone,"
		"	start_at, end_at, continuous, allow_downgrade, unknown_hold, require_all, whitelist_set, strategy,"
		"	settings, params, salt, created_at, activated_at, resumed_at, suspended_at, ended_at, max_device,"
		"	targets, 0, stage, trial FROM plan;"
		"INSERT INTO plan SELECT 3, 'ended', product, 'ended', cause, reason, mode, priority, timezone, device_zone,"
		"	start_at, end_at, continuous, allow_downgrade, unknown_hold, require_all, whitelist_set, strategy,"
		"	settings, params, salt, created_at, activated_at, resumed_at, suspended_at, ended_at, max_device,"
		"	targets, expanded_to, stage, trial FROM plan WHERE id = 1;");
	assert_int_equal(db_plan_zone_all(db, &arena, 1, &list, &count, &err), ERR_OK);
	assert_int_equal(count, 2);
	for (size_t i = 0; i < count; i++) {
		assert_string_equal(list[i].zone, i ? "Asia/Tokyo" : "");
		assert_string_equal(list[i].name, i ? "Asia/Tokyo" : "Europe/Berlin");
		assert_string_equal(list[i].digest, "");
		assert_int_equal(list[i].expanded_to, 5000);
		assert_int_equal(list[i].changed_at, 0);
	}
	db_close(&db);
	assert_string_equal(asked("SELECT plan FROM plan_zone"), "1 1");
	arena_done(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_breaker_keeps_what_it_has_counted),
		cmocka_unit_test(devices_keep_what_refers_to_them),
		cmocka_unit_test(packages_are_bound_as_their_manifests_say),
		cmocka_unit_test(a_first_sight_is_kept),
		cmocka_unit_test(a_log_is_cut_in_its_middle),
		cmocka_unit_test(gaps_are_unknown_but_of_who_is_there),
		cmocka_unit_test(activations_are_numbered),
		cmocka_unit_test(the_rules_of_before_are_unknown),
	};
	char command[64];
	int failed;

	if (!mkdtemp(folder))
		return 1;
	failed = cmocka_run_group_tests_name("upgrade", tests, NULL, NULL);
	snprintf(command, sizeof command, "rm -rf '%s'", folder);
	return system(command) ? 1 : failed;
}
