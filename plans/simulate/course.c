/*
 * The clock: every minute of a simulated rollout.  In each of them, in this order: attempts that
 * end in it end, and are counted for the breaker; who waited after a failure comes back; the plan's
 * next step is decided and done, as tick would; the devices whose slot of the poll interval it is
 * ask, and who is offered the plan accepts at once.
 *
 * A runner is in one list at a time: of its slot while it waits to ask, of the minute in which its
 * attempt ends, of the minute in which it comes back, or of none, when it has the update, has used
 * up its attempts or is behind no open stage.  A stage that opens puts its runners into their
 * slots, so that a minute costs what happens in it and not the fleet.  Chance comes from the seed
 * alone.
 */
#include "plans/simulate/course.h"

#include "core/plan.h"
#include "core/str.h"
#include "core/terms.h"
#include "plans/base/zone.h"
#include "plans/rollout/stages.h"
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
course_make(struct world *w)
{
	const struct strategy *s = &w->plan.strategy;
	size_t zones = w->plan.zone_count ? w->plan.zone_count : 1;

	w->minutes = w->options->days * MOMENT_DAY_S / MINUTE_S;
	w->slots = s->poll_interval / MINUTE_S;
	w->slots = w->slots < 1 ? 1 : w->slots > SLOTS_MAX ? SLOTS_MAX : w->slots;
	w->duration = w->options->duration >= 0 ? w->options->duration : s->duration;
	w->slot_head = arena_alloc(&w->own, zones * (size_t)w->slots * sizeof *w->slot_head);
	w->end_head = arena_alloc(&w->own, (size_t)w->minutes * sizeof *w->end_head);
	w->back_head = arena_alloc(&w->own, (size_t)w->minutes * sizeof *w->back_head);
	memset(w->slot_head, 0xff, zones * (size_t)w->slots * sizeof *w->slot_head);
	memset(w->end_head, 0xff, (size_t)w->minutes * sizeof *w->end_head);
	memset(w->back_head, 0xff, (size_t)w->minutes * sizeof *w->back_head);
	for (size_t i = 0; i < w->plan.stage_count; i++)
		w->stages[i].successes =
			arena_alloc(&w->own, (size_t)w->minutes * sizeof *w->stages[i].successes);
}

static void
push(struct world *w, int32_t *head, size_t index)
{
	w->runners[index].next = *head;
	*head = (int32_t)index;
}

void
course_wait(struct world *w, size_t index)
{
	struct runner *r = &w->runners[index];

	if (r->waiting)
		return;
	r->waiting = true;
	push(w, &w->slot_head[r->zone * w->slots + r->slot], index);
}

static void
later(struct world *w, int32_t *head, int64_t minute, size_t index)
{
	if (minute < w->minutes)
		push(w, &head[minute], index);
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
			course_wait(w, i);
	}
}

/* Saturday night is no time to widen a rollout. */
static void
warn_of_hour(struct world *w, int64_t index, int64_t now)
{
	size_t count;
	struct offset_span *spans =
		zone_spans(&w->session->arena, w->plan.timezone, now, now + MINUTE_S, &count);
	int64_t local = now + spans[0].offset_s;
	int64_t weekday = (local / MOMENT_DAY_S + 3) % 7, hour = local % MOMENT_DAY_S / 3600;
	struct civil c = moment_civil(local);

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
		if (now > w->start)
			warn_of_hour(w, index, now);
		if (!stage_joins_next(&w->plan.stages[index]) ||
			(size_t)index + 1 >= w->plan.stage_count)
			return;
	}
}

/* Success s minutes ago and heard since: a quarter of the soak and a poll later. */
static void
survive(struct world *w, int64_t minute)
{
	int64_t delay = (w->plan.strategy.soak / 4 + w->plan.strategy.poll_interval) / MINUTE_S;

	for (size_t s = 0; s < w->plan.stage_count; s++)
		while (w->stages[s].survived_until <= minute - delay)
			w->stages[s].survived +=
				w->stages[s].successes[w->stages[s].survived_until++];
}

/* The counters of the plan, as the field would have them. */
static struct tally *
tally_make(const struct world *w)
{
	struct tally *ret = arena_alloc(&w->session->arena, sizeof *ret);

	for (size_t s = 0; s < w->plan.stage_count; s++) {
		ret->n[s][EXEC_ACCEPTED] = w->stages[s].open;
		ret->n[s][EXEC_SUCCEEDED] = w->stages[s].succeeded;
		ret->n[s][EXEC_FAILED] = w->stages[s].failed;
		ret->n[s][TALLY_SURVIVED] = w->stages[s].survived;
	}
	ret->n[0][TALLY_ALREADY] = w->already;
	return ret;
}

/* Who accepted up to now is waited for, nobody later. */
static void
mark_done(struct world *w, int64_t now)
{
	w->plan.stages[w->plan.stage].done_at = now;
	for (int64_t i = stage_joined_first(w->plan.stages, w->plan.stage); i <= w->plan.stage; i++)
		w->stages[i].before = w->stages[i].open;
}

/* The next step of the plan, decided as in the field. */
static void
tick(struct world *w, int64_t now)
{
	const struct tally *tally = tally_make(w);
	struct plan_judgement judgement;
	const struct plan_facts facts = { .now = now,
		.tripped_at = w->pulse.tripped_at,
		.tripped_abort = w->tripped_abort,
		.judgement = &judgement };
	struct plan_decision decision;
	struct stages_facts more = { .sick = trip_sick(w) };
	int64_t size;

	for (int64_t i = stage_joined_first(w->plan.stages, w->plan.stage); i <= w->plan.stage; i++)
		more.before += w->stages[i].before;
	w->session->now = now;
	judgement = (struct plan_judgement){ .done = stages_done(&w->plan, tally),
		.stage = stages_judge(w->session, &w->plan, tally, &more, &size) };
	w->wait = judgement.stage.wait;
	decision = plan_decide(&w->plan, &facts);
	if (decision.mark_done)
		mark_done(w, now);
	if (decision.what == PLAN_DUE_OPEN)
		course_open_stage(w, decision.index, now);
	if (decision.state == w->plan.state)
		return;
	w->plan.state = decision.state;
	if (decision.what == PLAN_DUE_TRIPPED)
		w->out->stops_at = now;
	else
		w->out->ends_at = now;
}

/* Count an end for the breaker, and say so where it trips. */
static void
trip(struct world *w, const struct runner *r, bool failed, int64_t now)
{
	bool before = w->pulse.tripped_at;
	char at[MOMENT_TEXT];

	trip_count(w, r, failed, now);
	if (before || !w->pulse.tripped_at)
		return;
	world_warn(w, arena_printf(&w->own,
			      "the breaker trips at %s, after %" PRId64 " failures in stage %d: %s",
			      moment_format(now, at), w->stages[r->counted].failed, r->counted + 1,
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

/* An attempt comes to its end. */
static void
end_attempt(struct world *w, size_t index, int64_t minute, int64_t now)
{
	struct runner *r = &w->runners[index];
	struct stage_sim *sim = &w->stages[r->counted];
	bool failed = (int64_t)(roll(w) % 10000) < w->options->failure_rate;

	sim->open--;
	/* Attempts take equally long: those accepted before end before the others. */
	sim->before -= sim->before > 0;
	w->pulse.in_progress--;
	first_left(w);
	if (failed && !r->failures) {
		sim->failed++;
		w->failed_devices++;
	}
	trip(w, r, failed, now);
	if (failed) {
		r->failures++;
		if (r->failures <= w->plan.strategy.retry_max)
			later(w, w->back_head,
				minute +
					terms_backoff(
						w->plan.strategy.retry_interval, r->failures) /
						MINUTE_S +
					1,
				index);
		return;
	}
	/* A retry that succeeds repairs the stage, though not the breaker's memory. */
	sim->failed -= r->failures ? 1 : 0;
	sim->succeeded++;
	sim->successes[minute]++;
	w->pulse.succeeded++;
	w->pulse.ever_succeeded++;
}

static void
accept(struct world *w, size_t index, int stage, int64_t minute)
{
	struct runner *r = &w->runners[index];

	if (r->counted == NONE) {
		r->counted = (int8_t)stage;
		r->block = (uint16_t)(w->first_accepts++ / BREAKER_BLOCK_SIZE);
		if (w->plan.stages[stage].kind == STAGE_COUNT)
			w->plan.stages[stage].taken++;
	}
	w->stages[r->counted].open++;
	first_comes(w, w->facts->now);
	w->pulse.in_progress++;
	w->offered += !r->failures;
	if (w->pulse.rate_minute != w->facts->now / MINUTE_S) {
		w->pulse.rate_minute = w->facts->now / MINUTE_S;
		w->pulse.rate_count = 0;
	}
	w->pulse.rate_count++;
	later(w, w->end_head,
		minute + (w->duration + w->plan.strategy.poll_interval) / MINUTE_S + 1, index);
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

/* The devices of one zone whose slot is this minute ask. */
static void
slot_asks(struct world *w, int32_t *head, int64_t minute, int64_t now)
{
	int32_t *at = head;

	while (*at != NONE) {
		size_t index = (size_t)*at;
		struct runner *r = &w->runners[index];
		enum verdict verdict = ask(w, r, now);

		if (verdict == GATE_RATE_LIMITED)
			w->blocked_by_rate++;
		if (for_all(verdict))
			return;
		/* Offered, or out for now: a stage that fills up is no place to wait. */
		*at = r->next;
		r->waiting = false;
		if (verdict == VERDICT_ELIGIBLE)
			accept(w, index, w->decision.stage, minute);
	}
}

static void
point_add(struct world *w, int64_t now)
{
	struct simulation_point point = { now, w->offered, 0, w->failed_devices,
		(int)w->plan.stage + 1 };
	struct simulation *out = w->out;

	point.succeeded = w->pulse.succeeded;
	if (out->point_count) {
		const struct simulation_point *last = &out->timeline[out->point_count - 1];

		if (last->offered == point.offered && last->succeeded == point.succeeded &&
			last->failed == point.failed && last->stage == point.stage)
			return;
	}
	out->timeline = arena_room(&w->own, out->timeline, out->point_count, sizeof *out->timeline);
	out->timeline[out->point_count++] = point;
}

/*
 * Nothing more can happen: the plan has stopped, or nobody waits or comes back, and nobody is under
 * way.
 */
static bool
over(struct world *w, int64_t gave_up, int64_t now)
{
	if (w->pulse.in_progress)
		return false;
	if (w->plan.state != PLAN_ACTIVE)
		return true;
	if (w->pulse.succeeded + gave_up < (int64_t)w->count)
		return false;
	w->out->ends_at = now;
	return true;
}

static void
drain(struct world *w, int32_t *head, int64_t minute, int64_t now, int64_t *gave_up, bool ends)
{
	int32_t at = *head;

	*head = NONE;
	while (at != NONE) {
		size_t index = (size_t)at;

		at = w->runners[index].next;
		if (!ends) {
			course_wait(w, index);
			continue;
		}
		end_attempt(w, index, minute, now);
		*gave_up += w->runners[index].failures > w->plan.strategy.retry_max;
	}
}

void
course_run(struct world *w)
{
	int64_t gave_up = 0;

	for (int64_t minute = 0; minute < w->minutes; minute++) {
		int64_t now = w->start + minute * MINUTE_S;

		drain(w, &w->end_head[minute], minute, now, &gave_up, true);
		drain(w, &w->back_head[minute], minute, now, &gave_up, false);
		survive(w, minute);
		tick(w, now);
		for (size_t zone = 0; zone < (w->plan.zone_count ? w->plan.zone_count : 1); zone++)
			slot_asks(w, &w->slot_head[(int64_t)zone * w->slots + minute % w->slots],
				minute, now);
		if (minute % POINT_MINUTES == 0)
			point_add(w, now);
		arena_reset(&w->session->arena);
		if (over(w, gave_up, now)) {
			point_add(w, now);
			break;
		}
	}
	w->out->got = w->pulse.succeeded;
	w->out->left = (int64_t)w->count - w->pulse.succeeded - gave_up;
}
