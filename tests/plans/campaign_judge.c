/*
 * What must never be in a course, and what has to be at its end.  The SQL shares nothing with
 * the program.
 */
#include "tests/plans/campaign_world.h"

#include "signing/token.h"

#include <inttypes.h>

void
judge_wrong(struct world *w, const char *format, ...)
{
	char *wrong = w->r->wrong;
	va_list values;
	int64_t at = w->now - w->start;
	int used;

	if (*wrong)
		return;
	used = snprintf(wrong, 40, "%" PRId64 " d %02" PRId64 ":%02" PRId64 ": ", at / DAY,
		at % DAY / HOUR, at % HOUR / MINUTE);
	va_start(values, format);
	vsnprintf(wrong + used, sizeof w->r->wrong - (size_t)used, format, values);
	va_end(values);
	for (; *wrong; wrong++)
		if (*wrong == '\n')
			*wrong = ' ';
}

int64_t
judge_number(struct world *w, const char *sql)
{
	sqlite3_stmt *stmt;
	int64_t ret;

	if (sqlite3_prepare_v2(w->db, sql, -1, &stmt, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(w->db));
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	ret = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return ret;
}

/* Each of these counts what must not be. */
static const struct {
	const char *what, *sql;
} never[] = {
	{ "a counter of states is not what a recount finds",
		"SELECT count(*) FROM (SELECT plan, stage, state, count(*) n FROM execution WHERE "
		"newest = 1 "
		"GROUP BY plan, stage, state) e LEFT JOIN tally t ON t.plan = e.plan AND t.stage = "
		"e.stage AND "
		"t.state = e.state WHERE ifnull(t.n, 0) <> e.n" },
	{ "a counter of states counts who is not there",
		"SELECT count(*) FROM tally t WHERE t.n <> 0 AND t.state IN ('offered', "
		"'accepted', 'downloading', "
		"'downloaded', 'installing', 'verifying', 'succeeded', 'failed', 'rejected', "
		"'timed_out', "
		"'canceled', 'expired', 'regressed') AND NOT EXISTS (SELECT 1 FROM execution e "
		"WHERE e.plan = "
		"t.plan AND e.stage = t.stage AND e.state = t.state AND e.newest = 1)" },
	{ "in_progress is not what a recount finds",
		"SELECT count(*) FROM pulse p WHERE in_progress <> (SELECT count(*) FROM execution "
		"e WHERE "
		"e.plan = p.plan AND open = 1 AND accepted_at > 0)" },
	{ "survived is not what a recount finds",
		"SELECT abs(ifnull((SELECT sum(n) FROM tally WHERE state = 'survived'), 0) - "
		"(SELECT count(*) "
		"FROM execution WHERE newest = 1 AND survived = 1 AND state = 'succeeded'))" },
	{ "first acceptances are not what a recount finds",
		"SELECT count(*) FROM pulse p WHERE first_accepts <> (SELECT count(DISTINCT "
		"device) FROM execution e "
		"WHERE e.plan = p.plan AND accepted_at > 0)" },
	{ "a device has two open executions", "SELECT count(*) FROM (SELECT 1 FROM execution WHERE "
					      "open = 1 GROUP BY device HAVING count(*) > 1)" },
	{ "places of a count stage are fewer than none or more than there are",
		"SELECT count(*) FROM stage WHERE kind = 1 AND (taken > size OR taken < 0)" },
	{ "more devices have accepted in a count stage than it has places",
		"SELECT count(*) FROM stage s WHERE kind = 1 AND size < (SELECT count(DISTINCT "
		"device) FROM "
		"execution e JOIN device d ON d.id = e.device WHERE d.retired_at = 0 AND "
		"e.plan = s.plan AND e.stage = s.position AND accepted_at > 0 AND e.state "
		"NOT IN ('canceled', 'expired'))" },
	{ "an offer is marked accepted",
		"SELECT count(*) FROM execution WHERE state = 'offered' AND accepted_at > 0" },
};

static void
judge_limits(struct world *w)
{
	const char *plan = w->s->plan ? w->s->plan : "";
	int64_t in_progress = judge_number(w, "SELECT ifnull(sum(in_progress), 0) FROM pulse");
	int64_t most = w->ever_succeeded > 20 ? w->ever_succeeded : 20;

	if (in_progress > w->last_in_progress && in_progress > most &&
		!strstr(plan, "max_unproven=off") && !strstr(plan, "all-at-once"))
		judge_wrong(w, "%" PRId64 " devices are unproven, %" PRId64 " may be", in_progress,
			most);
	/* Who was under way when the limit came goes on. */
	if (w->s->in_progress && in_progress > w->s->in_progress &&
		(in_progress > w->last_in_progress || !w->s->limited_at) &&
		w->now > w->start + w->s->limited_at)
		judge_wrong(w, "%" PRId64 " devices are in progress, %d may be", in_progress,
			w->s->in_progress);
	w->last_in_progress = in_progress;
}

/* What the program's own recount finds. */
static void
judge_recount(struct world *w)
{
	const char *finding = fixture_finding(w->f);

	if (finding)
		judge_wrong(w, "db check: %s", finding);
}

void
judge_tick(struct world *w)
{
	sqlite3_int64 version = judge_number(w, "PRAGMA data_version");

	/* Nobody wrote since: it is as right as it was.  A large fleet is looked at hourly. */
	if (version == w->seen_version || (w->count > 1000 && w->now / (10 * MINUTE) % 6))
		return;
	w->seen_version = version;
	/* One snapshot for all of them. */
	assert_int_equal(sqlite3_exec(w->db, "BEGIN", NULL, NULL, NULL), SQLITE_OK);
	for (size_t i = 0; i < COUNT(never); i++) {
		int64_t n = judge_number(w, never[i].sql);

		if (n)
			judge_wrong(w, "%s (%" PRId64 ")", never[i].what, n);
	}
	judge_limits(w);
	assert_int_equal(sqlite3_exec(w->db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	/* At moments that are others with each seed: it looks at every device. */
	if (w->now / (10 * MINUTE) % 23 == w->r->seed % 23)
		judge_recount(w);
}

/* --- herds */

static void
judge_herd(struct world *w)
{
	static const uint8_t no_salt[16];
	int64_t sum = 0, span = w->now - w->start - HOUR, served[10] = { 0 }, all[10] = { 0 },
		got = 0;
	struct result *r = w->r;

	for (int64_t i = 0; i < w->moment_count && i < span / 10; i++) {
		sum += w->moments[i];
		r->burst = w->moments[i] > r->burst ? w->moments[i] : r->burst;
	}
	if (span <= 0)
		return;
	r->burst_mean = sum * 1000 / span;
	r->poll_ratio = sum * 100 / ((int64_t)w->count * span / (10 * MINUTE));
	for (int i = 0; i < w->count; i++) {
		char name[16];
		int64_t tenth;

		snprintf(name, sizeof name, "d%05d", i);
		tenth = token_bucket(no_salt, name) / 1000;
		all[tenth]++;
		served[tenth] += w->fleet[i].served > 0;
		got += w->fleet[i].served > 0;
	}
	r->tenth_low = 100;
	for (int i = 0; i < 10 && got; i++) {
		int64_t share = all[i] ? served[i] * 100 / all[i] : 0;

		r->tenth_low = share < r->tenth_low ? share : r->tenth_low;
		r->tenth_high = share > r->tenth_high ? share : r->tenth_high;
	}
}

/* --- the end */

static unsigned
end_of(const struct result *r)
{
	static const unsigned by_cause[CAUSE_MAX] = {
		[CAUSE_OPERATOR] = BY_OPERATOR,
		[CAUSE_BREAKER] = BY_BREAKER,
		[CAUSE_SILENT] = BY_SILENCE,
		[CAUSE_PACKAGE] = BY_PACKAGE,
		[CAUSE_KEY] = BY_PACKAGE,
		[CAUSE_CLOCK] = BY_CLOCK,
		[CAUSE_COMPLETED] = COMPLETED,
		[CAUSE_EXPIRED] = EXPIRED,
		[CAUSE_TERMINATED] = BY_OPERATOR,
		[CAUSE_ABORTED] = BY_BREAKER,
	};

	if (r->state == PLAN_SUSPENDED || r->state == PLAN_ENDED)
		return by_cause[r->cause];
	return !strcmp(r->wait, "soak") || !strcmp(r->wait, "ready") || !strcmp(r->wait, "tail") ||
			       r->most_at >= 0
		       ? RUNNING
		       : HELD;
}

const char *
campaign_end(const struct result *r)
{
	static char text[96];

	if (r->state == PLAN_ACTIVE)
		snprintf(text, sizeof text, "active, %s%s", r->wait, r->stalled ? ", stalled" : "");
	else
		snprintf(text, sizeof text, "%s: %s", plan_state_words[r->state],
			cause_words[r->cause]);
	return text;
}

void
judge_end(struct world *w)
{
	struct result *r = w->r;
	char offers[160];

	judge_tick(w);
	judge_recount(w);
	for (int i = 0; i < w->count; i++) {
		r->harmed += w->fleet[i].harmed;
		r->got += w->fleet[i].installed && !w->fleet[i].harmed;
	}
	r->end = end_of(r);
	r->executions = judge_number(w,
		"SELECT ifnull(max(n), 0) FROM (SELECT count(*) n FROM execution GROUP BY device)");
	r->events = judge_number(w,
		"SELECT ifnull(max(n), 0) FROM (SELECT count(*) n FROM event GROUP BY execution)");
	/* In the minute in which the limit came more may have been offered before it. */
	snprintf(offers, sizeof offers,
		"SELECT ifnull(max(n), 0) FROM (SELECT count(*) n FROM execution WHERE offered_at "
		">= %" PRId64 " GROUP BY offered_at / 60)",
		w->s->limited_at ? w->start + w->s->limited_at + MINUTE : 0);
	if (w->s->rate && judge_number(w, offers) > w->s->rate)
		judge_wrong(w, "more offers in a minute than the rate allows");
	if (w->s->herd)
		judge_herd(w);
}

static void
miss(struct result *r, const char *format, ...)
{
	size_t used = strlen(r->miss);
	va_list values;

	if (used + 8 > sizeof r->miss)
		return;
	if (used)
		used += (size_t)snprintf(r->miss + used, sizeof r->miss - used, "; ");
	va_start(values, format);
	vsnprintf(r->miss + used, sizeof r->miss - used, format, values);
	va_end(values);
}

static void
judge_numbers(struct result *r, int size)
{
	const struct expect *e = &r->scenario->expect;
	int64_t got = r->targets ? (int64_t)r->got * 100 / r->targets : 100;

	if (r->harmed > e->harmed[size])
		miss(r, "%d harmed, at most %d may be", r->harmed, e->harmed[size]);
	if (e->tenths[size] && (r->most_at < 0 || r->most_at * 10 > (int64_t)e->tenths[size] * DAY))
		miss(r,
			r->most_at < 0 ? "90 %% never have it"
				       : "90 %% have it after %.1f d, not %.1f",
			(double)r->most_at / DAY, (double)e->tenths[size] / 10);
	if (got < e->least)
		miss(r, "%" PRId64 " %% have it, not %d", got, e->least);
	if (e->served && r->served > e->served)
		miss(r, "a device got files %" PRId64 " times", r->served);
	if (e->rows && r->executions > e->rows)
		miss(r, "a device has %" PRId64 " executions", r->executions);
}

/* The stages open when a simulation said, those that had the time to. */
static void
judge_foreseen(struct result *r)
{
	int64_t end = r->scenario->days * DAY + r->scenario->hours * HOUR - r->may_differ_s;

	for (int i = 0; i < LIMIT_STAGES && r->may_differ_s; i++) {
		int64_t said = r->foreseen_at[i], was = r->opened_at[i];

		if ((was < 0 && (said < 0 || said > end)) ||
			(was >= 0 && said >= 0 && was - said <= r->may_differ_s &&
				said - was <= r->may_differ_s))
			continue;
		miss(r, "stage %d opens after %.2f d, the simulation says %.2f", i + 1,
			(double)was / DAY, (double)said / DAY);
	}
}

void
judge_result(struct result *r, int size)
{
	const struct expect *e = &r->scenario->expect;
	const char *also = e->also ? e->also(r) : NULL;

	if (e->ends && !(e->ends & r->end))
		miss(r, "%s", campaign_end(r));
	judge_numbers(r, size);
	judge_foreseen(r);
	if (e->within && r->ended_at > e->within)
		miss(r, "stopped after %.1f d", (double)r->ended_at / DAY);
	if (r->stalled && !e->may_stall)
		miss(r, "stalled");
	if (r->refused && !e->may_refuse)
		miss(r, "the door refused %" PRId64 " polls", r->refused);
	if (e->reason && !strstr(r->reason, e->reason))
		miss(r, "the reason '%s' has no '%s'", r->reason, e->reason);
	if (also)
		miss(r, "%s", also);
	if (*r->wrong)
		miss(r, "%s", r->wrong);
}
