/*
 * Polls that store a contact and polls that write nothing, through handle() in one process, where
 * each sync of the disk takes 4 ms and somebody always waits: contacts DB DEVICES SECONDS store|read.  The devices are
 * d0000000 and so on, with the tokens that bench/run.sh gives them.  Prints polls per second.
 */
#include "tests/test.h"

#include "tests/fixture.h"
#include "tests/syncs.h"

#include <sqlite3.h>
#include <time.h>

enum { SYNC_US = 4000, LONG_AGO_S = 7200, STRIDE = 7919 /* a prime: neighbours stand on other pages */ };

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "contacts: %s\n", what);
	exit(1);
}

/* When all devices were heard. */
static void
heard(sqlite3 *db, int64_t at)
{
	char *sql = sqlite3_mprintf("UPDATE device SET last_seen = %lld", (long long)at);

	must(!sqlite3_exec(db, sql, NULL, NULL, NULL), sqlite3_errmsg(db));
	sqlite3_free(sql);
}

static void
poll_all(struct fixture *f, long devices)
{
	char target[64], token[64];

	for (long i = 0; i < devices; i++) {
		int status;

		snprintf(target, sizeof target, "/v1/d%07ld/plan?STM32=1_0_0", i * STRIDE % devices);
		snprintf(token, sizeof token, "token-of-d%07ld-long", i * STRIDE % devices);
		status = fixture_request(f, "GET", target, token, NULL)->status;
		must(status == 200 || status == 204, "a poll was refused");
	}
}

int
main(int argc, char **argv)
{
	struct fixture f = { .folder = "", .busy = true };
	double limit, start, spent = 0;
	long devices, n = 0;
	bool store;
	sqlite3 *db;

	must(argc == 5, "DB DEVICES SECONDS store|read");
	snprintf(f.db, sizeof f.db, "%s", argv[1]);
	devices = atol(argv[2]);
	limit = atof(argv[3]);
	store = !strcmp(argv[4], "store");
	f.session.now = time(NULL);
	/* What is to be offered is offered, and the caches are warm; the first to open sets up the engine. */
	poll_all(&f, devices);
	fixture_close(&f);
	must(!sqlite3_open(f.db, &db), "cannot open the database");
	syncs_watch(SYNC_US);
	while (spent < limit) {
		heard(db, f.session.now - (store ? LONG_AGO_S : 0));
		start = seconds();
		poll_all(&f, devices);
		spent += seconds() - start;
		n += devices;
	}
	printf("%.1f\n", (double)n / spent);
	sqlite3_close(db);
	fixture_close(&f);
	return 0;
}
