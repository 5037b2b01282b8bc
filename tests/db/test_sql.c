/* Statements, schema, refusals of what is no database of ours, and what the door may touch. */
#include "tests/test.h"

#include "db/db.h"
#include "db/device.h"
#include "db/sqlite/door.h"
#include "db/fleet.h"
#include "schema.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/otactl-sql-XXXXXX";
static char path[64];

static const char *
fresh(void)
{
	char command[128];
	struct err err = ERR_NONE;

	snprintf(path, sizeof path, "%s/fleet.db", folder);
	snprintf(command, sizeof command, "rm -f '%s'/*", folder);
	assert_int_equal(system(command), 0);
	assert_int_equal(db_create(path, &err), ERR_OK);
	return path;
}

static void
shell(const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL))
		fail_msg("%s", sqlite3_errmsg(db));
	sqlite3_close(db);
}

static void
every_statement_prepares(void **state)
{
	struct err err = ERR_NONE;
	struct db *db = NULL;

	(void)state;
	assert_int_equal(db_open(fresh(), DB_WRITE, &db, &err), ERR_OK);
	if (db_prepare_all(db, &err))
		fail_msg("%s: %s", err.fix, err.why);
	db_close(&db);
}

/* What a poll or report asks must never walk the device or execution table. */
static void
hot_statements_scan_no_large_table(void **state)
{
	static const enum sql hot[] = { SQL_DEVICE_BY_NAME, SQL_DEVICE_BY_ID, SQL_TOKEN_LIST, SQL_FLEET_GET,
		SQL_EXECUTION_OF_DEVICE, SQL_EXECUTION_BY_ID, SQL_DEVICE_ENTRY, SQL_DEVICE_TIES, SQL_MEMBER_OF,
		SQL_EXECUTION_COMPONENT_LIST, SQL_EXECUTION_DONE_COMPONENTS, SQL_EXECUTION_OVERDUE_OF,
		SQL_EXECUTION_IN_STATE, SQL_PLAN_RUNNING, SQL_PULSE_OF_RUNNING, SQL_TALLY_LIST, SQL_INTERVAL_NEXT,
		SQL_PACKAGE_BY_VERSION, SQL_PACKAGE_MANIFEST_BY_SHA256, SQL_SIGNATURE_OF_FILE, SQL_DEVICE_KEY,
		SQL_STAGE_TAKEN, SQL_COHORT_GET, SQL_INTERVAL_NEAR, SQL_DEVICE_FORMER, SQL_DEVICE_HELD_OF,
		SQL_PLAN_ZONE_USED };
	sqlite3 *db;

	(void)state;
	assert_int_equal(sqlite3_open(fresh(), &db), SQLITE_OK);
	for (size_t i = 0; i < COUNT(hot); i++) {
		char *sql = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sql_text[hot[i]]);
		sqlite3_stmt *stmt;

		assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
		while (sqlite3_step(stmt) == SQLITE_ROW) {
			const char *detail = (const char *)sqlite3_column_text(stmt, 3);

			if (strstr(detail, "SCAN"))
				fail_msg("%s: %s", sql_name[hot[i]], detail);
		}
		sqlite3_finalize(stmt);
		sqlite3_free(sql);
	}
	sqlite3_close(db);
}

/* A status counts who is held: it must not look at everybody else of the product. */
static void
the_held_are_found_among_the_held(void **state)
{
	char *sql = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sql_text[SQL_DEVICE_HELD_OF]);
	sqlite3_stmt *stmt;
	sqlite3 *db;

	(void)state;
	assert_int_equal(sqlite3_open(fresh(), &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	assert_non_null(strstr((const char *)sqlite3_column_text(stmt, 3), "device_held"));
	sqlite3_finalize(stmt);
	sqlite3_free(sql);
	sqlite3_close(db);
}

static void
the_file_is_for_owner_and_group(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(stat(fresh(), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
}

static void
existing_files_are_not_overwritten(void **state)
{
	struct err err = ERR_NONE;

	(void)state;
	assert_int_equal(db_create(fresh(), &err), ERR_CONFLICT);
}

static enum err_code
open_code(enum db_mode mode)
{
	struct err err = ERR_NONE;
	struct db *db = NULL;
	enum err_code code = db_open(path, mode, &db, &err);

	if (code)
		assert_true(*err.what && *err.why);
	db_close(&db);
	return code;
}

static void
strange_files_are_refused(void **state)
{
	int fd;

	(void)state;
	fresh();
	assert_int_equal(open_code(DB_READ), ERR_OK);
	shell("PRAGMA application_id = 7");
	assert_int_equal(open_code(DB_READ), ERR_CONFLICT);
	assert_int_equal(open_code(DB_DOOR), ERR_CONFLICT);
	fresh();
	shell("PRAGMA user_version = 99");
	assert_int_equal(open_code(DB_WRITE), ERR_CONFLICT);
	unlink(path);
	assert_int_equal(open_code(DB_WRITE), ERR_NOT_FOUND);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	assert_int_equal(write(fd, "this is no database, but it is long enough to look", 50), 50);
	close(fd);
	assert_int_equal(open_code(DB_WRITE), ERR_IO);
}

static void
a_locked_database_says_busy(void **state)
{
	struct err err = ERR_NONE;
	struct db *first = NULL, *second = NULL;

	(void)state;
	fresh();
	assert_int_equal(db_open(path, DB_WRITE, &first, &err), ERR_OK);
	assert_int_equal(db_open(path, DB_DOOR, &second, &err), ERR_OK);
	assert_int_equal(db_begin(first, &err), ERR_OK);
	assert_int_equal(db_begin(second, &err), ERR_BUSY);
	err = ERR_NONE;
	assert_int_equal(db_finish(first, ERR_OK, &err), ERR_OK);
	assert_int_equal(db_begin(second, &err), ERR_OK);
	db_rollback(second);
	db_close(&first);
	db_close(&second);
}

static void
network_file_systems_are_known(void **state)
{
	(void)state;
	assert_true(db_network_type(0x6969));
	assert_true(db_network_type(0xfe534d42));
	assert_false(db_network_type(0xef53));		/* ext4 */
	assert_false(db_network_type(0x01021994));	/* tmpfs */
}

/* The door's own statements work under its allow-list, and nothing else does. */
static void
the_door_may_change_only_what_devices_may(void **state)
{
	(void)state;
	assert_true(door_may(SQLITE_UPDATE, "device", "components"));
	assert_true(door_may(SQLITE_INSERT, "execution", NULL));
	assert_false(door_may(SQLITE_UPDATE, "device", "held"));
	assert_false(door_may(SQLITE_UPDATE, "device", "labels"));
	assert_false(door_may(SQLITE_UPDATE, "plan", "state"));
	assert_false(door_may(SQLITE_UPDATE, "plan", "params"));
	assert_false(door_may(SQLITE_UPDATE, "package", "state"));
	assert_false(door_may(SQLITE_INSERT, "key", NULL));
	assert_false(door_may(SQLITE_DELETE, "token", NULL));
	assert_false(door_may(SQLITE_READ, "audit", "hash"));
	assert_false(door_may(SQLITE_DROP_TABLE, "device", NULL));
	assert_false(door_may(SQLITE_ATTACH, "x", NULL));
	assert_false(door_may(SQLITE_PRAGMA, "journal_mode", "off"));
}

static void
the_audit_is_append_only(void **state)
{
	struct audit row = { .id = 1, .at = 1, .actor = "a", .action = "b", .command = "b x", .object = "c", .detail = "",
		.reason = "" };
	struct err err = ERR_NONE;
	struct db *db = NULL;
	sqlite3 *raw;

	(void)state;
	assert_int_equal(db_open(fresh(), DB_WRITE, &db, &err), ERR_OK);
	assert_int_equal(db_audit_insert(db, &row, &err), ERR_OK);
	row.id = 3;
	assert_int_not_equal(db_audit_insert(db, &row, &err), ERR_OK);
	db_close(&db);
	assert_int_equal(sqlite3_open(path, &raw), SQLITE_OK);
	assert_int_not_equal(sqlite3_exec(raw, "UPDATE audit SET actor = 'x'", NULL, NULL, NULL), SQLITE_OK);
	assert_int_not_equal(sqlite3_exec(raw, "DELETE FROM audit", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(raw);
}

static void
execution_ids_start_at_11_and_skip_round_ones(void **state)
{
	struct err err = ERR_NONE;
	struct db *db = NULL;
	int64_t id, previous = 0;

	(void)state;
	assert_int_equal(db_open(fresh(), DB_WRITE, &db, &err), ERR_OK);
	assert_int_equal(db_fleet_add(db, "i", 1, &err), ERR_OK);
	for (int i = 0; i < 1200; i++) {
		assert_int_equal(db_fleet_take_execution(db, &id, &err), ERR_OK);
		assert_true(i || id == 11);
		assert_true(id > previous);
		assert_true(id != 20 && id != 100 && id != 200 && id != 1000);
		previous = id;
	}
	db_close(&db);
}

/* A review of a migration sees its effect here; `make accept` is not needed, the file is written by hand. */
static void
the_schema_is_what_was_reviewed(void **state)
{
	FILE *expected = fopen("tests/schema.expected", "r");
	struct err err = ERR_NONE;
	char line[8192];
	sqlite3_stmt *stmt;
	sqlite3 *db;

	(void)state;
	(void)err;
	assert_non_null(expected);
	assert_int_equal(sqlite3_open(fresh(), &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db,
				 "SELECT type || ' ' || name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' "
				 "UNION ALL SELECT 'column ' || m.name || '.' || c.name || ' ' || c.type FROM "
				 "sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY 1",
				 -1, &stmt, NULL),
		SQLITE_OK);
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		assert_non_null(fgets(line, sizeof line, expected));
		line[strcspn(line, "\n")] = '\0';
		assert_string_equal(line, (const char *)sqlite3_column_text(stmt, 0));
	}
	assert_null(fgets(line, sizeof line, expected));
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	fclose(expected);
}

/* Times that stand still when the clock is trusted again. */
static const char *const stands_still[] = {
	/* The guard itself, stored beside. */
	"fleet.tick_at", "fleet.clock_at", "fleet.jump_at",
	/* When something happened: shown, and compared with nothing that waits. */
	"fleet.created_at", "package.created_at", "token.created_at", "plan.created_at", "plan.ended_at",
	"device.enrolled_at", "device.retired_at", "event.last_at", "plan_zone.changed_at", "plan_zone.trouble_at",
	/* Moments that somebody named. */
	"package.expires_at", "token.expires_at", "plan.start_at", "plan.end_at", "interval.opens_at",
	"interval.closes_at", "plan_zone.expanded_to"
};

static bool
may_stand(const char *name)
{
	for (size_t i = 0; i < COUNT(stands_still); i++)
		if (!strcmp(stands_still[i], name))
			return true;
	return false;
}

/* Columns that are moments, by their names. */
#define OF_MOMENTS                                                                                          \
	"FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table' AND c.type = 'INTEGER' AND " \
	"(c.name GLOB '*_at' OR c.name GLOB '*_to' OR c.name GLOB '*until*' OR c.name GLOB '*seen*' OR "       \
	"c.name GLOB '*_last')"

/* Rows that run, and say THEN wherever a number may be. */
#define ROWS                                                                                                \
	"SELECT format('INSERT INTO %s (%s) VALUES (%s)', t.name, group_concat(quote(c.name)), group_concat("  \
	"CASE WHEN c.name IN ('open', 'running', 'id', 'plan', 'execution', 'newest') THEN '1' "               \
	"WHEN c.type = 'INTEGER' THEN '1000000000' WHEN c.type = 'BLOB' THEN 'x''00''' ELSE '''active''' END)) " \
	"FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name IN "              \
	"(SELECT t.name " OF_MOMENTS ") GROUP BY t.name"

enum { THEN = 1000000000, BY = 77 };

static sqlite3_stmt *
asked(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *ret;

	if (sqlite3_prepare_v2(db, sql, -1, &ret, NULL))
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	return ret;
}

static void
run_sql(sqlite3 *db, const char *sql)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL))
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
}

static void
shift(void)
{
	struct err err = ERR_NONE;
	struct db *db = NULL;

	assert_int_equal(db_open(path, DB_WRITE, &db, &err), ERR_OK);
	assert_int_equal(db_begin(db, &err), ERR_OK);
	if (db_finish(db, db_fleet_clock_shift(db, BY, &err), &err))
		fail_msg("%s: %s", err.what, err.why);
	db_close(&db);
}

/* Each time that is stored moves along with a clock that is trusted after a jump, or is named above. */
static void
every_time_follows_the_clock(void **state)
{
	sqlite3_stmt *rows, *names, *value;
	sqlite3 *db;

	(void)state;
	assert_int_equal(sqlite3_open(fresh(), &db), SQLITE_OK);
	run_sql(db, "PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF; DELETE FROM fleet");
	rows = asked(db, ROWS);
	while (sqlite3_step(rows) == SQLITE_ROW)
		run_sql(db, (const char *)sqlite3_column_text(rows, 0));
	sqlite3_finalize(rows);
	shift();
	names = asked(db, "SELECT t.name || '.' || c.name, format('SELECT %s FROM %s', c.name, t.name) " OF_MOMENTS);
	while (sqlite3_step(names) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(names, 0);

		value = asked(db, (const char *)sqlite3_column_text(names, 1));
		assert_int_equal(sqlite3_step(value), SQLITE_ROW);
		if ((sqlite3_column_int64(value, 0) == THEN) != may_stand(name))
			fail_msg("%s %s", name, may_stand(name) ? "moves along" : "stands still");
		sqlite3_finalize(value);
	}
	sqlite3_finalize(names);
	sqlite3_close(db);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_statement_prepares),
		cmocka_unit_test(every_time_follows_the_clock),
		cmocka_unit_test(hot_statements_scan_no_large_table),
		cmocka_unit_test(the_held_are_found_among_the_held),
		cmocka_unit_test(the_file_is_for_owner_and_group),
		cmocka_unit_test(existing_files_are_not_overwritten),
		cmocka_unit_test(strange_files_are_refused),
		cmocka_unit_test(a_locked_database_says_busy),
		cmocka_unit_test(network_file_systems_are_known),
		cmocka_unit_test(the_door_may_change_only_what_devices_may),
		cmocka_unit_test(the_audit_is_append_only),
		cmocka_unit_test(execution_ids_start_at_11_and_skip_round_ones),
		cmocka_unit_test(the_schema_is_what_was_reviewed),
	};
	char command[64];
	int failed;

	if (!mkdtemp(folder))
		return 1;
	failed = cmocka_run_group_tests_name("sql", tests, NULL, NULL);
	snprintf(command, sizeof command, "rm -rf '%s'", folder);
	return system(command) ? 1 : failed;
}
