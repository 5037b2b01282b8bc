/*
 * The clock: every minute of a simulated rollout.  In each of them, in this order: attempts that
 * end in it end, and are counted for the breaker; who waited after a failure comes back; the plan's
 * next step is decided and done, as tick would; the devices whose slot of the poll interval it is
 * ask, and who is offered the plan accepts at once.
 *
 * A runner is in one list (queue.h), or in none when it has the update, has used up its attempts,
 * is not heard any more or is behind no open stage.  A stage that opens puts its runners into their
 * lists, so that a minute costs what happens in it and not the fleet.  Chance comes from the seed
 * alone.
 */
#include "plans/simulate/course.h"

#include "core/plan.h"
#include "core/str.h"
#include "plans/base/zone.h"
#include "plans/rollout/stages.h"
#include "plans/simulate/attempt.h"
#include "plans/simulate/queue.h"
#include "plans/simulate/trip.h"

#include <inttypes.h>

void
course_make(struct world *w)
{
	const struct strategy *s = &w->plan.strategy;

	w->minutes = w->options->days * MOMENT_DAY_S / MINUTE_S;
	w->slots = s->poll_interval / MINUTE_S;
	w->slots = w->slots < 1 ? 1 : w->slots > SLOTS_MAX ? SLOTS_MAX : w->slots;
	w->duration = w->options->duration >= 0 ? w->options->duration : s->duration;
	queue_make(w);
	for (size_t i = 0; i < w->plan.stage_count; i++)
		w->survives[i] = arena_alloc(&w->own, (size_t)w->minutes * sizeof **w->survives);
}

/* Who may come now: the devices of a stage that opens. */
static void
stage_enters(struct world *w, int64_t index)
{
	const struct stage *stage = &w->plan.stages[index];

	if (!stage->size)
		world_warn(w, arena_printf(&w->own, "stage %" PRId64 " adds no device", index + 1));
	for (size_t i = 0; i < w->count; i++) {
		const struct runner *r = &w->runners[i];

		if (r->counted == NONE && !r->failures &&
			(r->home == index ||
				(stage->kind == STAGE_COUNT && r->bucket < stage->draw)))
			queue_wait(w, i);
	}
}

/* Everybody whom an open stage admits, and who is neither under way nor done, waits to ask. */
static void
all_enter(struct world *w)
{
	for (int64_t i = 0; i <= w->plan.stage && w->plan.stage_count; i++)
		stage_enters(w, i);
	for (size_t i = 0; i < w->count; i++) {
		const struct runner *r = &w->runners[i];

		if (r->counted != NONE && r->state != EXEC_ACCEPTED && r->state != EXEC_SUCCEEDED &&
			r->failures <= w->plan.strategy.retry_max)
			queue_wait(w, i);
	}
}

/* Saturday night is no time to widen a rollout. */
static void
warn_of_hour(struct world *w, int64_t index, int64_t now)
{
	struct err err = ERR_NONE;
	struct offset_span *spans;
	int64_t local, weekday, hour;
	struct civil c;
	size_t count;

	if (zone_spans(&w->session->arena, w->plan.timezone, now, now + MINUTE_S, &spans, &count,
		    &err))
		return; /* what nobody can read the clock of */
	local = now + spans[0].offset_s;
	weekday = (local / MOMENT_DAY_S + 3) % 7;
	hour = local % MOMENT_DAY_S / 3600;
	c = moment_civil(local);
	if (weekday < 5 && hour >= 6 && hour < 20)
		return;
	world_warn(w, arena_printf(&w->own,
			      "stage %" PRId64
			      " opens on %.3s %04d-%02d-%02d %02d:%02d: set advance_window or soak",
			      index + 1, &"MonTueWedThuFriSatSun"[weekday * 3], c.year, c.month,
			      c.day, c.hour, c.minute));
}

void
course_open_stage(struct world *w, int64_t index, int64_t now)
{
	for (;; index++) {
		w->plan.stages[index].opened_at = now;
		w->plan.stage = index;
		stage_enters(w, index);
		if (now > w->start && w->plan.stages[index].size)
			warn_of_hour(w, index, now);
		if (!stage_joins_next(&w->plan.stages[index]) ||
			(size_t)index + 1 >= w->plan.stage_count)
			return;
	}
}

/* Who succeeded a quarter of the soak ago and is heard in this minute has survived. */
static void
survive(struct world *w)
{
	for (size_t s = 0; s < w->plan.stage_count; s++)
		w->tally.n[s][TALLY_SURVIVED] += w->survives[s][w->minute];
}

/* Who accepted up to now is waited for, nobody later. */
static void
mark_done(struct world *w, int64_t now)
{
	int64_t first = stage_joined_first(w->plan.stages, w->plan.stage);

	w->plan.stages[w->plan.stage].done_at = now;
	w->before = 0;
	for (size_t i = 0; i < w->count; i++) {
		struct runner *r = &w->runners[i];

		r->before = r->state == EXEC_ACCEPTED && r->counted >= first;
		w->before += r->before;
	}
}

/* The next step of the plan, decided as in the field. */
static struct plan_decision
step_decide(struct world *w, int64_t now)
{
	struct plan_judgement judgement;
	const struct plan_facts facts = { .now = now,
		.tripped_at = w->pulse.tripped_at,
		.tripped_abort = w->tripped_abort,
		.judgement = &judgement };
	const struct stages_facts more = { .before = w->before, .sick = trip_sick(w) };
	int64_t size, coming = (int64_t)w->count - w->succeeded - w->gave_up + w->others;
	struct probe_tally probe;

	judgement = (struct plan_judgement){ .done = stages_done(&w->plan, &w->tally),
		.left = { .counted_at = now,
			.coming = coming,
			.here = coming - w->absent - w->others_absent } };
	if (w->plan.stage_count)
		judgement.stage = stages_judge(w->session, &w->plan, &w->tally, &more, &size);
	if (w->plan.probe_at)
		judgement.probe = stages_probe(&w->plan, &w->tally, &w->pulse, now, &probe);
	w->wait = w->plan.probe_at ? STAGE_PROBE : judgement.stage.wait;
	return plan_decide(&w->plan, &facts);
}

/* What tick would do. */
static void
tick(struct world *w, int64_t now)
{
	struct plan_decision decision;

	w->session->now = now;
	decision = step_decide(w, now);
	if (decision.mark_done)
		mark_done(w, now);
	if (decision.tail_at)
		w->plan.stages[w->plan.stage].tail_at = decision.tail_at;
	if (decision.mark_probe)
		w->plan.probe_done_at = now;
	if (decision.what == PLAN_DUE_OPEN)
		course_open_stage(w, decision.index, now);
	if (decision.what == PLAN_DUE_PROBE_OVER) {
		w->plan.probe_at = w->plan.probe_done_at = 0;
		all_enter(w);
	}
	if (decision.state == w->plan.state)
		return;
	w->plan.state = decision.state;
	if (decision.what == PLAN_DUE_TRIPPED)
		w->out->stops_at = now;
	else
		w->out->ends_at = now;
}

/* The decision for one device at its poll. */
static enum verdict
ask(struct world *w, const struct runner *r, int64_t now)
{
	struct facts *f = w->facts;
	const struct profile *profile = &w->profiles[r->profile];

	memcpy(f->components, profile->components, w->plan.component_count * sizeof *f->components);
	f->now = f->tick_at = now;
	f->attempts_failed = r->failures;
	f->in_probe = r->in_probe;
	f->place = (struct stage_place){ .bucket = r->bucket, .home = r->counted };
	if (r->home != NONE && w->plan.stages[r->home].kind == STAGE_GROUP)
		f->place.groups = 1u << r->home;
	str_copy(w->device.timezone, sizeof w->device.timezone,
		r->zone ? w->plan.push[r->zone].zone : "");
	decide(f, &w->decision);
	return w->decision.verdict;
}

/* Reasons that are the same for whoever asks in this minute. */
static bool
for_all(enum verdict verdict)
{
	return verdict == GATE_PLAN_NOT_ACTIVE || verdict == GATE_BEFORE_START ||
	       verdict == GATE_AFTER_END || verdict == GATE_BREAKER_TRIPPED ||
	       verdict == GATE_FIRST_DEVICE_PENDING || verdict == GATE_TOO_MANY_IN_PROGRESS ||
	       verdict == GATE_RATE_LIMITED || verdict == GATE_OUTSIDE_PUSH_WINDOW ||
	       verdict == GATE_WINDOW_TOO_SHORT;
}

/* One asks, and is offered the plan or not; false: so it would be for all in this minute. */
static bool
one_asks(struct world *w, size_t index, int64_t minute, int64_t now)
{
	struct runner *r = &w->runners[index];
	enum verdict verdict = ask(w, r, now);

	if (verdict == GATE_RATE_LIMITED)
		w->blocked_by_rate++;
	if (for_all(verdict))
		return false;
	/* Offered, or out for now: a stage that fills up is no place to wait. */
	r->waiting = false;
	if (verdict == VERDICT_ELIGIBLE)
		attempt_accept(w, index, w->decision.stage, minute);
	return true;
}

/* The devices of one zone whose slot is this minute ask. */
static void
slot_asks(struct world *w, int32_t *head, int64_t minute, int64_t now)
{
	int32_t *at = head;

	while (*at != NONE) {
		size_t index = (size_t)*at;
		int32_t next = w->runners[index].next;

		if (!one_asks(w, index, minute, now))
			return;
		*at = next;
	}
}

/* Who has a rhythm of its own and wakes in this minute asks, or sleeps on. */
static void
wakers_ask(struct world *w, int64_t minute, int64_t now)
{
	int32_t *head = &w->wake_head[minute], at;
	int shut = NONE; /* a zone for which there is nothing in this minute */

	while ((at = queue_take(w, head)) != NONE) {
		struct runner *r = &w->runners[at];

		if (r->zone != shut && one_asks(w, (size_t)at, minute, now))
			continue;
		shut = r->zone;
		r->waiting = false;
		w->minute = minute + 1;
		queue_wait(w, (size_t)at);
		w->minute = minute;
	}
}

static void
point_add(struct world *w, int64_t now)
{
	struct simulation_point point = { now, w->offered, 0, w->failed_devices,
		(int)w->plan.stage + 1 };
	struct simulation *out = w->out;

	point.succeeded = w->out->had + w->succeeded;
	if (out->point_count) {
		const struct simulation_point *last = &out->timeline[out->point_count - 1];

		if (last->offered == point.offered && last->succeeded == point.succeeded &&
			last->failed == point.failed && last->stage == point.stage)
			return;
	}
	out->timeline = arena_room(&w->own, out->timeline, out->point_count, sizeof *out->timeline);
	out->timeline[out->point_count++] = point;
}

/* Attempts come to their end, and who waited after a failure comes back. */
static void
lists_due(struct world *w, int64_t minute, int64_t now)
{
	int32_t at;

	while ((at = queue_take(w, &w->end_head[minute])) != NONE)
		attempt_ends(w, (size_t)at, minute, now);
	while ((at = queue_take(w, &w->back_head[minute])) != NONE) {
		w->runners[at].waiting = false;
		queue_wait(w, (size_t)at);
	}
}

void
course_run(struct world *w)
{
	size_t zones = w->plan.zone_count ? w->plan.zone_count : 1;

	all_enter(w);
	for (int64_t minute = 0; minute < w->minutes; minute++) {
		int64_t now = w->start + minute * MINUTE_S;

		w->minute = minute;
		lists_due(w, minute, now);
		survive(w);
		tick(w, now);
		for (size_t zone = 0; zone < zones; zone++)
			slot_asks(w, &w->slot_head[(int64_t)zone * w->slots + minute % w->slots],
				minute, now);
		wakers_ask(w, minute, now);
		if (minute % POINT_MINUTES == 0)
			point_add(w, now);
		arena_reset(&w->session->arena);
		if (w->plan.state != PLAN_ACTIVE && !w->pulse.in_progress) {
			point_add(w, now);
			break;
		}
	}
	for (size_t i = 0; i < w->plan.stage_count; i++)
		w->out->opened_at[i] = w->plan.stages[i].opened_at;
	w->out->got = w->out->had + w->succeeded;
	w->out->left = (int64_t)w->count - w->succeeded - w->gave_up;
}
