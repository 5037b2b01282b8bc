/*
 * What the database alone can do, as limits for the report and the import:
 *
 *   raw report DB SECONDS EXECUTION    the transaction of a progress report, durable, in a loop
 *   raw import DB CSV PRODUCT          a bare prepared insert of the same rows into the same table
 *   raw activate DB WHITE BLACK        the list rows of these ids and one scan of the devices, undone
 *
 * Prints operations per second; activate prints milliseconds.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static sqlite3 *db;

static void
must(int good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "raw: %s: %s\n", what, sqlite3_errmsg(db));
	exit(1);
}

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static sqlite3_stmt *
prepare(const char *sql)
{
	sqlite3_stmt *ret;

	must(!sqlite3_prepare_v2(db, sql, -1, &ret, NULL), sql);
	return ret;
}

static void
run(sqlite3_stmt *stmt)
{
	int code = sqlite3_step(stmt);

	must(code == SQLITE_DONE || code == SQLITE_ROW, sqlite3_sql(stmt));
	sqlite3_reset(stmt);
}

static void
report(double limit, long long execution)
{
	sqlite3_stmt *list[] = { prepare("BEGIN IMMEDIATE"),
		prepare("SELECT state, seq, version, deadline_at FROM execution WHERE id = ?1"),
		prepare("SELECT state, progress FROM execution_component WHERE execution = ?1"),
		prepare("UPDATE execution_component SET state = 'downloading', progress = 50, code = 0, "
			"message = '' WHERE execution = ?1 AND position = 0"),
		prepare("UPDATE execution SET state = 'downloading', open = 1, version = version + 1, "
			"changed_at = changed_at + 1, deadline_at = deadline_at + 1 WHERE id = ?1"),
		prepare("INSERT INTO event (execution, at, identity, state, progress, code, message) "
			"VALUES (?1, 1795255200, 'STM32', 'downloading', 50, 0, '')"),
		prepare("COMMIT") };
	double start = seconds();
	long n = 0;

	for (size_t i = 1; i + 1 < sizeof list / sizeof list[0]; i++)
		sqlite3_bind_int64(list[i], 1, execution);
	for (; seconds() - start < limit; n++)
		for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
			run(list[i]);
	printf("%.1f\n", (double)n / (seconds() - start));
}

/* The lines are cut before the clock starts: only the inserts are timed. */
static void
import(const char *path, long long product)
{
	sqlite3_stmt *add = prepare("INSERT INTO device (name, product, timezone, components, labels, attributes, "
				    "enrolled_at, floors, slot, metrics_at, held, held_reason, last_seen, gap_s, "
				    "retired_at) VALUES (?1, ?2, '', ?3, ?4, '', 1795255200, '', '', 0, 0, '', 0, 0, 0)");
	size_t count = 0, room = 0;
	char **lines = NULL, line[512];
	FILE *file = fopen(path, "r");
	double start;

	must(file && fgets(line, sizeof line, file), path);
	while (fgets(line, sizeof line, file)) {
		if (count == room && !(lines = realloc(lines, (room = room * 2 + 1024) * sizeof *lines)))
			exit(1);
		line[strcspn(line, "\n")] = '\0';
		lines[count++] = strdup(line);
	}
	must(!sqlite3_exec(db, "PRAGMA cache_size=-262144", NULL, NULL, NULL), "cache");
	start = seconds();
	run(prepare("BEGIN IMMEDIATE"));
	for (size_t i = 0; i < count; i++) {
		char *name = strsep(&lines[i], ","), *version = strsep(&lines[i], ",");
		char components[96], labels[96];
		int c = snprintf(components, sizeof components, "STM32=%s\n", version);
		int l = snprintf(labels, sizeof labels, "hw=%s\n", lines[i]);

		sqlite3_bind_text(add, 1, name, -1, SQLITE_STATIC);
		sqlite3_bind_int64(add, 2, product);
		sqlite3_bind_text(add, 3, components, c, SQLITE_STATIC);
		sqlite3_bind_text(add, 4, labels, l, SQLITE_STATIC);
		run(add);
	}
	run(prepare("COMMIT"));
	printf("%.0f\n", (double)count / (seconds() - start));
}

static void
listed(const char *path, sqlite3_stmt *add, int list)
{
	FILE *file = fopen(path, "r");
	char line[256];

	must(file != NULL, path);
	sqlite3_bind_int(add, 2, list);
	while (fgets(line, sizeof line, file)) {
		line[strcspn(line, "\n")] = '\0';
		sqlite3_bind_text(add, 1, line, -1, SQLITE_STATIC);
		run(add);
	}
	fclose(file);
}

static void
activate(const char *white, const char *black)
{
	sqlite3_stmt *add = prepare("INSERT INTO plan_device (device, plan, list) "
				    "SELECT id, (SELECT min(id) FROM plan), ?2 FROM device WHERE name = ?1 "
				    "ON CONFLICT DO NOTHING");
	sqlite3_stmt *scan = prepare("SELECT id, name, labels, attributes FROM device");
	double start = seconds();
	long bytes = 0;

	must(!sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), "begin");
	listed(white, add, 1);
	listed(black, add, 2);
	while (sqlite3_step(scan) == SQLITE_ROW)
		bytes += sqlite3_column_bytes(scan, 1);
	must(bytes > 0, "scan");
	must(!sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), "commit");
	printf("%.0f\n", (seconds() - start) * 1000);
	must(!sqlite3_exec(db, "DELETE FROM plan_device WHERE plan = (SELECT min(id) FROM plan)", NULL, NULL, NULL),
		"undo");
}

int
main(int argc, char **argv)
{
	if (argc != 5 || sqlite3_open_v2(argv[2], &db, SQLITE_OPEN_READWRITE, NULL))
		return 2;
	sqlite3_busy_timeout(db, 5000);
	must(!sqlite3_exec(db, "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON", NULL, NULL, NULL), "settings");
	if (!strcmp(argv[1], "report"))
		report(atof(argv[3]), atoll(argv[4]));
	else if (!strcmp(argv[1], "activate"))
		activate(argv[3], argv[4]);
	else
		import(argv[3], atoll(argv[4]));
	return 0;
}
