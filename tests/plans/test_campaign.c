/*
 * Whole rollouts through the real door, with a virtual clock: fleets of simulated devices poll, are
 * updated, fail, sleep, die, lie and lose replies; tick runs every ten minutes.  What must never happen
 * is looked for after each run.
 */
#include "plans/fleet/import.h"
#include "tests/test.h"

#include "tests/fixture.h"

#include "core/str.h"
#include "plans/simulate/simulate.h"

#include <sqlite3.h>
#include <unistd.h>

enum { MINUTE = 60, HOUR = 3600, DAY = 86400, TICK_EVERY = 600, DEVICES_MAX = 20000 };

enum mood { IDLE, BUSY, GONE };

struct gadget {
	int64_t next_at;
	int64_t rhythm; /* polls so often whatever it is told; 0: does what Retry-After says */
	int64_t execution;
	enum mood mood;
	bool updated, bad, fails, got;
};

/* What the world does to a fleet, in thousandths. */
struct hazards {
	int64_t fail;		       /* attempts that fail */
	int64_t lost, repeated, power; /* replies lost, reports sent twice, restarts */
	int64_t daily, weekly, dead;   /* devices */
	int64_t bad;		       /* devices of hw=B, which the update bricks silently */
	bool clock_jumps;
};

static struct fixture f;
static struct gadget fleet[DEVICES_MAX];
static int count;
static int heap[DEVICES_MAX];
static int heap_size;
static int64_t harmed;

/* --- a heap of devices by their next moment ------------------------------------------------------ */

static void
sift(int at)
{
	for (;;) {
		int least = at;

		for (int child = 2 * at + 1; child <= 2 * at + 2 && child < heap_size; child++)
			if (fleet[heap[child]].next_at < fleet[heap[least]].next_at)
				least = child;
		if (least == at)
			return;
		int other = heap[at];

		heap[at] = heap[least];
		heap[least] = other;
		at = least;
	}
}

static void
heap_make(void)
{
	heap_size = count;
	for (int i = 0; i < count; i++)
		heap[i] = i;
	for (int i = count / 2; i >= 0; i--)
		sift(i);
}

/* --- devices ---------------------------------------------------------------------------------------- */

static bool
chance(int64_t thousandths)
{
	return any_below(1000) < thousandths;
}

static const struct answer *
ask(int i)
{
	char target[96], token[48];

	snprintf(target, sizeof target, "/v1/d%05d/plan?accept=1&STM32=%s", i,
		fleet[i].updated ? "1_0_1" : "1_0_0");
	snprintf(token, sizeof token, "token-of-d%05d-padded", i);
	return fixture_request(&f, "GET", target, token, NULL);
}

static void
tell(int i, const char *state)
{
	char target[96], token[48], body[96];

	snprintf(target, sizeof target, "/v1/d%05d/executions/%lld", i, (long long)fleet[i].execution);
	snprintf(token, sizeof token, "token-of-d%05d-padded", i);
	snprintf(body, sizeof body, "{\"state\":\"%s\"}", state);
	(void)fixture_request(&f, "POST", target, token, body);
}

static int64_t
told_to_wait(const struct answer *a)
{
	const char *at = strstr(a->headers, "Retry-After: ");

	return at ? atoll(at + strlen("Retry-After: ")) : 600;
}

static void
poll_and_maybe_begin(int i, const struct hazards *h)
{
	struct gadget *g = &fleet[i];
	const struct answer *a = ask(i);

	g->next_at = f.session.now + (g->rhythm ? g->rhythm : told_to_wait(a));
	assert_true(a->status == 200 || a->status == 204);
	if (chance(h->lost)) {
		g->next_at = f.session.now + 30; /* the reply never came: it asks again */
		return;
	}
	if (a->status != 200 || !strstr(a->body, "\"files\":["))
		return;
	if (g->updated)
		return; /* the success is proven with this very answer */
	g->execution = atoll(answer_text(a, "execution"));
	g->got = true;
	if (g->bad) {
		harmed++;
		g->mood = GONE;
		g->next_at = INT64_MAX;
		return;
	}
	g->mood = BUSY;
	g->fails = chance(h->fail);
	g->next_at = f.session.now + 10 * MINUTE + any_below(20 * MINUTE);
	tell(i, "downloading");
	if (chance(h->repeated))
		tell(i, "downloading");
}

static void
work(int i, const struct hazards *h)
{
	struct gadget *g = &fleet[i];

	if (chance(h->power)) {
		/* Power loss: it starts over and finds its execution again. */
		g->mood = IDLE;
		g->next_at = f.session.now + MINUTE;
		return;
	}
	g->mood = IDLE;
	g->next_at = f.session.now + 1;
	if (g->fails) {
		tell(i, "failed");
		if (chance(h->repeated))
			tell(i, "failed");
		return;
	}
	if (chance(h->repeated)) { /* late and out of order */
		tell(i, "installing");
		tell(i, "downloaded");
	}
	g->updated = true;
}

/* --- the course of a rollout -------------------------------------------------------------------------- */

static struct plan_status *
status(void)
{
	return fixture_status(&f, "spring");
}

static void
tick(void)
{
	f.session.now_given = true;
	fixture_tick(&f);
	arena_reset(&f.session.arena);
}

static void
fleet_make(int devices, const struct hazards *h, const char *const *sets)
{
	char path[128];
	int64_t imported;
	FILE *csv;

	fixture_begin(&f);
	fixture_package(&f, "1_0_0", NULL, 3000);
	fixture_package(&f, "1_0_1", NULL, 4000);
	count = devices;
	harmed = 0;
	snprintf(path, sizeof path, "%s/devices.csv", f.folder);
	csv = fopen(path, "w");
	assert_non_null(csv);
	fputs("device,token,STM32,label:hw\n", csv);
	for (int i = 0; i < count; i++) {
		struct gadget *g = &fleet[i];

		*g = (struct gadget){ .next_at = f.session.now + any_below(4 * HOUR) };
		g->bad = chance(h->bad);
		if (!g->bad && chance(h->dead)) {
			g->mood = GONE;
			g->next_at = INT64_MAX;
		} else if (!g->bad && chance(h->weekly)) {
			g->rhythm = 7 * DAY;
		} else if (!g->bad && chance(h->daily)) {
			g->rhythm = DAY;
		}
		fprintf(csv, "d%05d,token-of-d%05d-padded,1_0_0,%c\n", i, i, g->bad ? 'B' : 'A');
	}
	assert_int_equal(fclose(csv), 0);
	assert_int_equal(device_import(&f.session, path, "aroma", NULL, &imported, &f.err), ERR_OK);
	assert_int_equal(imported, count);
	/* Sleepers have been seen before: their rhythm is known. */
	for (int round = 0; round < 3; round++)
		for (int i = 0; i < count; i++)
			if (fleet[i].rhythm) {
				f.session.now = FIXTURE_NOW - (3 - round) * fleet[i].rhythm + i % DAY;
				(void)ask(i);
				fleet[i].next_at = f.session.now + fleet[i].rhythm;
			}
	f.session.now = FIXTURE_NOW;
	for (int i = 0; i < count; i++)
		while (fleet[i].next_at < FIXTURE_NOW)
			fleet[i].next_at += fleet[i].rhythm;
	fixture_plan(&f, "spring", "1_0_1", sets);
	heap_make();
}

/* Run until the plan is no longer active or the time is over; true when it is no longer active. */
static bool
course(const struct hazards *h, int64_t days, bool limits)
{
	int64_t end = f.session.now + days * DAY, tick_at = f.session.now + TICK_EVERY;

	while (f.session.now < end) {
		int i = heap[0];
		int64_t at = fleet[i].next_at;

		if (at > tick_at) {
			struct plan_status *s;

			f.session.now = tick_at;
			tick_at += TICK_EVERY;
			if (h->clock_jumps && chance(5))
				f.session.now += any_below(2 * HOUR) - 30 * MINUTE;
			tick();
			s = status();
			if (limits) {
				int64_t most = s->pulse.pulse.succeeded > 20 ? s->pulse.pulse.succeeded : 20;

				assert_true(s->pulse.pulse.in_progress <= most);
			}
			if (s->plan.state != PLAN_ACTIVE)
				return true;
			continue;
		}
		if (at > f.session.now)
			f.session.now = at;
		if (fleet[i].mood == IDLE)
			poll_and_maybe_begin(i, h);
		else
			work(i, h);
		sift(0);
	}
	return false;
}

/* --- what must never be -------------------------------------------------------------------------------- */

static int64_t
number(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *stmt;
	int64_t ret;

	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	ret = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return ret;
}

/* The order in which states may follow each other. */
#define RANK(column)                                                                               \
	"CASE " column " WHEN 'offered' THEN 0 WHEN 'accepted' THEN 1 WHEN 'downloading' THEN 2 "    \
	"WHEN 'downloaded' THEN 3 WHEN 'installing' THEN 4 WHEN 'verifying' THEN 5 "                \
	"WHEN 'regressed' THEN 8 WHEN 'succeeded' THEN 7 ELSE 6 END"

static void
nothing_is_wrong(void)
{
	sqlite3 *db;
	int64_t wrong;

	assert_int_equal(sqlite3_open(f.db, &db), SQLITE_OK);
	/* Counters are what a recount finds. */
	wrong = number(db,
		"SELECT count(*) FROM (SELECT stage, state, count(*) n FROM execution WHERE newest = 1 "
		"GROUP BY stage, state) e LEFT JOIN tally t ON t.stage = e.stage AND t.state = e.state "
		"WHERE ifnull(t.n, 0) <> e.n");
	assert_int_equal(wrong, 0);
	assert_int_equal(number(db, "SELECT in_progress FROM pulse"),
		number(db, "SELECT count(*) FROM execution WHERE open = 1 AND accepted_at > 0"));
	assert_int_equal(number(db, "SELECT first_accepts FROM pulse"),
		number(db, "SELECT count(DISTINCT device) FROM execution WHERE accepted_at > 0"));
	/* One open execution per device; success only with the version. */
	assert_int_equal(number(db, "SELECT count(*) FROM (SELECT 1 FROM execution WHERE open = 1 "
				    "GROUP BY device HAVING count(*) > 1)"),
		0);
	assert_int_equal(number(db, "SELECT count(*) FROM execution e JOIN device d ON d.id = e.device "
				    "WHERE e.state = 'succeeded' AND d.components <> 'STM32=1_0_1' || char(10)"),
		0);
	/* No state moves backward; a count stage takes no more than its places. */
	assert_int_equal(number(db, "SELECT count(*) FROM (SELECT execution, " RANK("state") " r, "
				    "lag(" RANK("state") ") OVER (PARTITION BY execution ORDER BY id) before "
				    "FROM event WHERE identity = '') WHERE r < before AND before < 6"),
		0);
	assert_int_equal(number(db, "SELECT count(*) FROM stage WHERE kind = 1 AND taken > size"), 0);
	assert_int_equal(number(db, "SELECT count(*) FROM execution WHERE state = 'offered' AND accepted_at > 0"),
		0);
	sqlite3_close(db);
}

/* --- the properties ------------------------------------------------------------------------------------- */

#define PACE "poll_interval=4h", "exec_timeout=24h", "offer_timeout=1d"

static int64_t
runs(int64_t wanted)
{
	const char *given = getenv("CAMPAIGNS");

	return given ? atoll(given) : wanted;
}

/* By the breaker, or by a stage that is never healthy enough to let the next one open. */
static void
stopped_early(const struct hazards *h, const char *what, int64_t most)
{
	bool ended = course(h, 30, true);
	struct plan_status *s = status();

	print_message("%s: %lld of %d harmed\n", what, (long long)harmed, count);
	assert_true(ended ? s->plan.cause == CAUSE_BREAKER : s->stage.stalled);
	assert_true(harmed > 0 && harmed <= most);
}

static void
a_silent_brick_in_a_small_cohort_is_stopped_early(void **state)
{
	static const char *const cautious[] = { PACE, NULL };
	static const char *const fast[] = { PACE, "stages=10%,100%", "soak=1h", NULL };
	const struct hazards h = { .bad = 50 };
	int devices = (int)runs(20000) < 20000 ? 4000 : 20000;

	(void)state;
	fleet_make(devices, &h, cautious);
	stopped_early(&h, "cautious", 25);
	nothing_is_wrong();
	fixture_end(&f);

	fleet_make(devices, &h, fast);
	stopped_early(&h, "fast", 150);
	nothing_is_wrong();
	fixture_end(&f);
}

static void
a_healthy_fleet_with_sleepers_completes(void **state)
{
	static const char *const sets[] = { PACE, "complete_after=7d", NULL };
	const struct hazards h = { .fail = 5, .daily = 100, .weekly = 50, .dead = 50 };

	(void)state;
	for (int64_t i = 0; i < runs(20); i++) {
		struct plan_status *s;

		fleet_make(2000, &h, sets);
		assert_true(course(&h, 60, true));
		s = status();
		if (s->plan.cause != CAUSE_COMPLETED)
			fail_msg("run %lld: %s, %s", (long long)i, cause_words[s->plan.cause],
				s->plan.reason);
		assert_true(s->sums[EXEC_SUCCEEDED] > 1700);
		nothing_is_wrong();
		fixture_end(&f);
	}
}

static void
two_percent_failures_complete_under_fast(void **state)
{
	static const char *const sets[] = { PACE, "stages=10%,100%", "soak=1h", "complete_after=1d", NULL };
	const struct hazards h = { .fail = 20 };

	(void)state;
	fleet_make(2000, &h, sets);
	assert_true(course(&h, 30, true));
	assert_int_equal(status()->plan.cause, CAUSE_COMPLETED);
	assert_int_equal(status()->sums[EXEC_SUCCEEDED], 2000);
	nothing_is_wrong();
	fixture_end(&f);
}

/* 200 devices, everything that can go wrong on the way, many seeds. */
static void
no_fault_breaks_the_model(void **state)
{
	static const char *const sets[] = { PACE, "stages=5,10%,50%,100%", "soak=2h", "complete_after=1d",
		"retry_interval=5m", "max_in_progress=7", "rate=constant", "rate_base=3", "breaker=off",
		NULL };
	const struct hazards h = { .fail = 100, .lost = 100, .repeated = 200, .power = 100, .daily = 50,
		.dead = 20, .clock_jumps = true };

	(void)state;
	for (int64_t i = 0; i < runs(50); i++) {
		struct plan_status *s;

		fleet_make(200, &h, sets);
		(void)course(&h, 12, true);
		s = status();
		assert_true(s->pulse.pulse.in_progress <= 7);
		assert_true(s->sums[EXEC_SUCCEEDED] > 100);
		nothing_is_wrong();
		fixture_end(&f);
	}
}

/* Who gets it in the simulation gets it in the field, and nobody else. */
static void
simulation_and_field_agree(void **state)
{
	static const char *const sets[] = { PACE, "stages=5,10%,100%", "soak=1h", NULL };
	const struct simulation_options options = { .days = 20, .duration = -1, .seed = 1 };
	const struct hazards h = { .fail = 0 };
	struct simulation simulation;
	const char *held[40];
	int64_t got = 0;

	(void)state;
	fleet_make(1000, &h, sets);
	for (int i = 0; i < 40; i++)
		held[i] = arena_printf(&f.session.arena, "d%05d", i * 7);
	assert_int_equal(device_hold(&f.session, held, 40, true, &f.err), ERR_OK);
	assert_int_equal(simulate(&f.session, "spring", &options, &simulation, &f.err), ERR_OK);
	assert_int_equal(simulation.excluded[GATE_DEVICE_HELD], 40);
	assert_int_equal(simulation.eligible, 960);
	assert_int_equal(simulation.left, 0);
	assert_true(simulation.ends_at > 0);
	(void)course(&h, 20, true);
	for (int i = 0; i < count; i++) {
		bool is_held = i % 7 == 0 && i < 280;

		assert_int_equal(fleet[i].got, !is_held);
		got += fleet[i].got;
	}
	assert_int_equal(got, simulation.eligible);
	nothing_is_wrong();
	fixture_end(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_silent_brick_in_a_small_cohort_is_stopped_early),
		cmocka_unit_test(a_healthy_fleet_with_sleepers_completes),
		cmocka_unit_test(two_percent_failures_complete_under_fast),
		cmocka_unit_test(no_fault_breaks_the_model),
		cmocka_unit_test(simulation_and_field_agree),
	};

	seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
