/* The clock: every minute of a simulated rollout. */
#include "core/str.h"
#include "plans/base/zone.h"
#include "plans/rollout/stages.h"
#include "plans/simulate/world.h"

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

/* The real judgement of the stage, over virtual counters. */
static void
tick(struct world *w, int64_t minute, int64_t now)
{
	struct tally *tally = arena_alloc(&w->session->arena, sizeof *tally);
	struct stage *stage = &w->plan.stages[w->plan.stage];
	struct stage_verdict verdict;
	int64_t size;

	survive(w, minute);
	for (size_t s = 0; s < w->plan.stage_count; s++) {
		tally->n[s][EXEC_ACCEPTED] = w->stages[s].open;
		tally->n[s][EXEC_SUCCEEDED] = w->stages[s].succeeded;
		tally->n[s][EXEC_FAILED] = w->stages[s].failed;
		tally->n[s][TALLY_SURVIVED] = w->stages[s].survived;
	}
	w->session->now = now;
	verdict = stages_judge(w->session, &w->plan, tally, &size);
	w->wait = verdict.wait;
	if (verdict.done && !stage->done_at)
		stage->done_at = now;
	if (verdict.wait == STAGE_GO && (size_t)w->plan.stage + 1 < w->plan.stage_count)
		course_open_stage(w, w->plan.stage + 1, now);
}

static struct breaker_tally *
block_of(struct world *w, size_t block)
{
	if (block >= w->block_count) {
		size_t count = block + 64;
		struct breaker_tally *more = arena_alloc(&w->own, count * sizeof *more);

		if (w->block_count)
			memcpy(more, w->blocks, w->block_count * sizeof *more);
		w->blocks = more;
		w->block_count = count;
	}
	return &w->blocks[block];
}

static bool
trips(struct world *w, const struct breaker_tally *tally, const struct breaker_case *what)
{
	struct breaker_list rules;

	breaker_list_parse(w->plan.strategy.breaker, &rules);
	return rules.count && breaker_judge(&rules, tally, what).tripped;
}

static void
judge(struct world *w, const struct runner *r, int64_t now)
{
	const struct stage *stage = &w->plan.stages[r->counted];
	struct stage_sim *sim = &w->stages[r->counted];
	struct breaker_tally tally = { .concluded = sim->succeeded + sim->failed,
		.failed = sim->failed };
	struct breaker_case of_stage = { .scope = BREAKER_STAGE,
		.stage_size = stage->size,
		.first_small = !r->counted && (stage->kind != STAGE_SHARE || stage->size <= 20) };
	struct breaker_case of_block = { .scope = BREAKER_BLOCK };
	char at[MOMENT_TEXT];

	if (w->pulse.tripped_at ||
		(!trips(w, &tally, &of_stage) && !trips(w, block_of(w, r->block), &of_block)))
		return;
	w->pulse.tripped_at = now;
	world_warn(w, arena_printf(&w->own,
			      "the breaker trips at %s, after %" PRId64 " failures in stage %d",
			      moment_format(now, at), sim->failed, r->counted + 1));
}

/* An attempt comes to its end. */
static void
end_attempt(struct world *w, size_t index, int64_t minute, int64_t now)
{
	struct runner *r = &w->runners[index];
	struct stage_sim *sim = &w->stages[r->counted];
	struct breaker_tally *block = block_of(w, r->block);
	bool failed = (int64_t)(roll(w) % 10000) < w->options->failure_rate;

	sim->open--;
	w->pulse.in_progress--;
	if (!r->failures)
		block->concluded++;
	if (failed) {
		if (!r->failures) {
			sim->failed++;
			block->failed++;
			w->failed_devices++;
		}
		r->failures++;
		judge(w, r, now);
		if (r->failures <= w->plan.strategy.retry_max)
			later(w, w->back_head,
				minute +
					decide_backoff(
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
		r->block = (uint16_t)(w->first_accepts++ / BLOCK_SIZE);
		if (w->plan.stages[stage].kind == STAGE_COUNT)
			w->plan.stages[stage].taken++;
	}
	w->stages[r->counted].open++;
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

/* After the last stage stragglers are served for a while, then given up. */
static bool
tail_over(const struct world *w, int64_t now)
{
	const struct stage *last = &w->plan.stages[w->plan.stage_count - 1];
	const struct strategy *s = &w->plan.strategy;

	return last->opened_at && last->done_at &&
	       now >= last->done_at + s->soak + s->complete_after;
}

/* Nobody waits, is under way or comes back. */
static bool
all_over(const struct world *w, int64_t gave_up)
{
	return w->pulse.succeeded + gave_up >= (int64_t)w->count && !w->pulse.in_progress;
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
		tick(w, minute, now);
		for (size_t zone = 0; zone < (w->plan.zone_count ? w->plan.zone_count : 1); zone++)
			slot_asks(w, &w->slot_head[(int64_t)zone * w->slots + minute % w->slots],
				minute, now);
		if (minute % POINT_MINUTES == 0)
			point_add(w, now);
		arena_reset(&w->session->arena);
		if (all_over(w, gave_up) || tail_over(w, now) ||
			(w->pulse.tripped_at && !w->pulse.in_progress)) {
			point_add(w, now);
			w->out->ends_at = w->pulse.tripped_at ? 0 : now;
			break;
		}
	}
	w->out->left = (int64_t)w->count - w->pulse.succeeded - gave_up;
}
