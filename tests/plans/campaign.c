/*
 * The course of a campaign.
 *
 * Three things happen, whichever comes first: a device is due (a heap by the next moment of each),
 * an act of the scenario is due, cron ticks.  The clock is set to that moment, it happens, and so
 * on until the plan has ended, the watched days are over, or nothing more can be learned
 * (`settled`).  True time and the controller's clock are two: acts make the latter wrong, and the
 * monotonic clock, which the program asks by clock_gettime(), follows the true one (the linker
 * leads those calls here).  After each tick the counters are recounted by SQL that shares nothing
 * with the program.
 */
#include "tests/plans/campaign_world.h"

#include <unistd.h>

enum { TICK = 10 * MINUTE, HERD_MOMENTS = 24 * 360 * 4 };

static struct world world;
static uint16_t moments[HERD_MOMENTS];

int __wrap_clock_gettime(clockid_t id, struct timespec *ret);
int __real_clock_gettime(clockid_t id, struct timespec *ret);

int
__wrap_clock_gettime(clockid_t id, struct timespec *ret)
{
	if ((id != CLOCK_BOOTTIME && id != CLOCK_MONOTONIC) || !world.active)
		return __real_clock_gettime(id, ret);
	*ret = (struct timespec){ .tv_sec = (time_t)(world.now - world.boot) };
	return 0;
}

/* --- a heap of devices by their next moment */

static void
sift(struct world *w, int at)
{
	for (;;) {
		int least = at, other;

		for (int child = 2 * at + 1; child <= 2 * at + 2 && child < w->heap_size; child++)
			if (w->fleet[w->heap[child]].next_at < w->fleet[w->heap[least]].next_at)
				least = child;
		if (least == at)
			return;
		other = w->heap[at];
		w->heap[at] = w->heap[least];
		w->heap[least] = other;
		at = least;
	}
}

static void
heap_make(struct world *w)
{
	w->heap_size = w->count;
	for (int i = 0; i < w->count; i++)
		w->heap[i] = i;
	for (int i = w->count / 2; i >= 0; i--)
		sift(w, i);
}

/* --- the plan */

static bool
activates_itself(const struct scenario *s)
{
	for (int i = 0; i < CAMPAIGN_ACTS; i++)
		if (s->acts[i].early && s->acts[i].text && strstr(s->acts[i].text, "plan activate"))
			return true;
	return false;
}

static void
plan_begin(struct world *w)
{
	char line[1024];
	const char *out;
	int code;

	acts_do(w, BEFORE);
	snprintf(line, sizeof line,
		"plan create spring --product aroma --upgrade STM32=1_0_1 %s %s",
		w->s->plan && strstr(w->s->plan, "--timezone ") ? "" : "--timezone UTC",
		w->s->plan ? w->s->plan : "");
	out = act_command(w, line, &code);
	if (code)
		fail_msg("%s: %s", line, out);
	fixture_salt(w->f, "spring");
	acts_do(w, OF_DRAFT);
	if (!activates_itself(w->s)) {
		out = act_command(w, "plan activate spring --yes", &code);
		if (code)
			judge_wrong(w, "the activation exits with %d: %.200s", code, out);
	}
	for (int i = 0; i < CAMPAIGN_ACTS; i++) {
		const struct act *act = &w->s->acts[i];

		w->act_at[i] = act->at + (act->until ? any_below(act->until - act->at) : 0);
	}
}

/* Acts that follow a stop follow every stop. */
static void
stopped(struct world *w)
{
	w->stopped_at = w->now;
	for (int i = 0; i < CAMPAIGN_ACTS; i++)
		if (w->s->acts[i].after_stop)
			w->done[i] = false;
}

static void
look(struct world *w)
{
	struct plan_status *s = fixture_status(w->f, "spring");
	struct result *r = w->r;

	if (s->plan.state == PLAN_SUSPENDED && r->state != PLAN_SUSPENDED)
		stopped(w);
	if (s->plan.state == PLAN_ACTIVE)
		w->stopped_at = 0;
	r->state = s->plan.state;
	r->cause = s->plan.cause;
	snprintf(r->reason, sizeof r->reason, "%s", s->plan.reason);
	r->stalled |= s->plan.state == PLAN_ACTIVE && s->stage.stalled;
	if (s->plan.stage_count)
		snprintf(r->wait, sizeof r->wait, "%s", stage_wait_words[s->stage.wait]);
	snprintf(r->next, sizeof r->next, "%s", s->next_what ? s->next_what : "");
	r->survived = s->sums[TALLY_SURVIVED];
	memcpy(r->sums, s->sums, sizeof r->sums);
	r->pending = s->pending;
	r->targeted = s->plan.targets;
	for (size_t i = 0; i < s->plan.stage_count; i++)
		if (r->opened_at[i] < 0 && s->plan.stages[i].opened_at)
			r->opened_at[i] = w->now - w->start;
	w->ever_succeeded = s->pulse.pulse.succeeded > w->ever_succeeded ? s->pulse.pulse.succeeded
									 : w->ever_succeeded;
	if (s->plan.state != PLAN_ACTIVE && r->ended_at < 0)
		r->ended_at = w->now - w->start;
}

static void
cron(struct world *w)
{
	w->tick_at += w->s->tick ? w->s->tick : TICK;
	w->f->session.now = w->now + w->skew;
	if (!w->cron_off)
		fixture_tick(w->f);
	look(w);
	judge_tick(w);
	arena_reset(&w->f->session.arena);
}

/* Nothing more is to be seen: ended, or stopped with nobody to resume it. */
static bool
settled(const struct world *w)
{
	const struct result *r = w->r;

	if (r->state == PLAN_ENDED || r->state == PLAN_DRAFT)
		return true;
	if (r->state == PLAN_SUSPENDED && acts_next(w) == INT64_MAX)
		return true;
	return w->s->settled && r->most_at >= 0 && w->now > w->start + r->most_at + w->s->settled;
}

static void
course(struct world *w)
{
	int64_t end = w->start + w->s->days * DAY + w->s->hours * HOUR;

	while (w->now < end && !settled(w)) {
		int64_t device_at = w->fleet[w->heap[0]].next_at, act_at = acts_next(w),
			next = device_at;

		next = act_at < next ? act_at : next;
		next = w->tick_at < next ? w->tick_at : next;
		w->now = next > w->now ? next : w->now;
		w->f->session.now = w->now + w->skew;
		if (w->now >= act_at) {
			acts_do(w, IN_COURSE);
			look(w);
		} else if (w->now >= w->tick_at) {
			cron(w);
		} else {
			device_step(w, w->heap[0]);
			sift(w, 0);
		}
		if (w->r->most_at < 0 && w->have * 10 >= w->r->targets * 9)
			w->r->most_at = w->now - w->start;
	}
}

static void
world_make(const struct scenario *s, int size, struct result *r)
{
	world = (struct world){ .s = s, .r = r, .count = s->sizes[size] };
	/* The Monday after next, so that there is room for the fleet's past. */
	world.start = FIXTURE_NOW + 16 * DAY;
	world.now = world.start;
	world.boot = FIXTURE_NOW - 100 * DAY;
	*r = (struct result){
		.scenario = s, .devices = world.count, .ended_at = -1, .most_at = -1
	};
	memset(r->opened_at, -1, sizeof r->opened_at);
}

void
campaign_run(const struct scenario *scenario, int size, unsigned seed, struct result *ret)
{
	struct world *w = &world;
	clock_t before;

	world_make(scenario, size, ret);
	ret->seed = seed;
	fleet_make(w, seed);
	before = clock();
	assert_int_equal(sqlite3_open(w->f->db, &w->db), SQLITE_OK);
	for (int i = 0; i < w->count; i++)
		ret->targets += !w->fleet[i].was_at_target;
	plan_begin(w);
	w->active = true;
	w->tick_at = w->start + MINUTE;
	if (scenario->herd) {
		memset(moments, 0, sizeof moments);
		w->moments = moments;
		w->moment_count = (scenario->days * DAY + (scenario->hours - 1) * HOUR) / 10;
		w->moment_count = w->moment_count < HERD_MOMENTS ? w->moment_count : HERD_MOMENTS;
	}
	heap_make(w);
	look(w);
	course(w);
	look(w);
	acts_do(w, AT_END);
	judge_end(w);
	w->active = false;
	sqlite3_close(w->db);
	judge_result(ret, size);
	ret->cpu = (double)(clock() - before) / CLOCKS_PER_SEC;
}
