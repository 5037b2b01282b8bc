#include "plans/simulate/attempt.h"

#include "core/terms.h"
#include "plans/simulate/queue.h"
#include "plans/simulate/trip.h"

#include <inttypes.h>

/* splitmix64: the same seed gives the same course. */
static uint64_t
roll(struct world *w)
{
	uint64_t z = w->dice += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

void
attempt_survives(struct world *w, const struct runner *r, int stage, int64_t at)
{
	int64_t minute = (at - w->start + w->plan.strategy.soak / 4) / MINUTE_S;

	if (minute < w->minute)
		minute = w->minute;
	minute = r->period ? queue_wakes_at(r, minute)
			   : minute + w->plan.strategy.poll_interval / MINUTE_S;
	if (minute < w->minutes && !r->gone)
		w->survives[stage][minute]++;
}

void
attempt_counts(struct world *w, const struct runner *r, int64_t n)
{
	if (r->state == EXEC_STATE_MAX)
		return;
	w->tally.n[r->counted][r->state] += n;
	w->tally.cured[r->counted][r->state] += r->old ? n : 0;
}

/* Count an end for the breaker, and say so where it trips. */
static void
trip(struct world *w, struct runner *r, int64_t now)
{
	bool before = w->pulse.tripped_at;
	char at[MOMENT_TEXT];

	trip_count(w, r, now);
	if (before || !w->pulse.tripped_at)
		return;
	world_warn(w, arena_printf(&w->own,
			      "the breaker trips at %s in stage %d, after %" PRId64 " failures: %s",
			      moment_format(now, at), r->counted + 1, w->failed_devices,
			      w->pulse.tripped));
}

/* The oldest of who came first is not under way any more; it is as in the field who is, then. */
static void
first_left(struct world *w)
{
	memmove(w->first_at, w->first_at + 1, sizeof w->first_at - sizeof *w->first_at);
	w->first_at[COUNT(w->first_at) - 1] = 0;
	w->pulse.alone_since = w->first_at[0];
}

static void
first_comes(struct world *w, int64_t now)
{
	if (!w->pulse.ever_succeeded && w->pulse.in_progress < (int64_t)COUNT(w->first_at))
		w->first_at[w->pulse.in_progress] = now;
	w->pulse.alone_since = w->first_at[0];
}

/* What a success is counted for beyond its state. */
static void
succeed(struct world *w, const struct runner *r, int64_t now)
{
	w->succeeded++;
	w->pulse.ever_succeeded++;
	w->pulse.succeeded += !r->old;
	attempt_survives(w, r, r->counted, now);
}

/* It comes back after a while, where it may. */
static void
fail(struct world *w, size_t index, int64_t minute)
{
	struct runner *r = &w->runners[index];
	const struct strategy *s = &w->plan.strategy;

	if (r->failures < UINT8_MAX)
		r->failures++;
	if (r->gone)
		w->absent++;
	else if (r->failures > s->retry_max)
		w->gave_up++;
	else
		queue_back(w, index,
			minute + terms_backoff(s->retry_interval, r->failures) / MINUTE_S + 1);
}

/* An attempt comes to its end; who is not heard any more runs out of time. */
void
attempt_ends(struct world *w, size_t index, int64_t minute, int64_t now)
{
	struct runner *r = &w->runners[index];
	bool failed = (int64_t)(roll(w) % 10000) < w->options->failure_rate;

	w->before -= r->before;
	r->before = false;
	w->pulse.in_progress--;
	first_left(w);
	attempt_counts(w, r, -1);
	r->state = r->gone ? EXEC_TIMED_OUT : failed ? EXEC_FAILED : EXEC_SUCCEEDED;
	attempt_counts(w, r, 1);
	w->failed_devices += r->state != EXEC_SUCCEEDED && !r->failures;
	trip(w, r, now);
	if (r->state == EXEC_SUCCEEDED)
		succeed(w, r, now);
	else
		fail(w, index, minute);
}

/* A new attempt counts instead of the one before. */
static void
attempt_begins(struct world *w, struct runner *r)
{
	if (r->state != EXEC_STATE_MAX)
		trip_again(w, r);
	attempt_counts(w, r, -1);
	r->state = EXEC_ACCEPTED;
	r->old = false;
	attempt_counts(w, r, 1);
}

void
attempt_accept(struct world *w, size_t index, int stage, int64_t minute)
{
	struct runner *r = &w->runners[index];
	int64_t now = w->facts->now;

	if (r->counted == NONE) {
		r->counted = (int8_t)stage;
		r->block = (uint16_t)(w->first_accepts++ / BREAKER_BLOCK_SIZE);
		if (w->plan.stages[stage].kind == STAGE_COUNT)
			w->plan.stages[stage].taken++;
	}
	attempt_begins(w, r);
	first_comes(w, now);
	w->pulse.in_progress++;
	w->offered += !r->failures;
	if (w->plan.probe_at && !r->in_probe) {
		r->in_probe = true;
		w->pulse.probe_taken++;
		w->pulse.probe_last = now;
	}
	if (w->pulse.rate_minute != now / MINUTE_S) {
		w->pulse.rate_minute = now / MINUTE_S;
		w->pulse.rate_count = 0;
	}
	w->pulse.rate_count++;
	queue_end(w, index, minute + (w->duration + w->plan.strategy.poll_interval) / MINUTE_S + 1);
}
