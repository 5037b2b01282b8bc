/*
 * What stops a plan comes first, so that nothing opens in the tick in which it must stop; of that,
 * the breaker's latch first, because it says most.  What a plan may be stopped for without counting
 * (the latch, the end) is asked before the counters are read: most plans of most ticks have
 * neither, and are looked at again when something happened (look_at is 0 then) or when time alone
 * may have changed something.  A done stage is remembered whether or not the next one opens.
 */
#include "core/plan.h"

#include "core/moment.h"

enum {
	SILENT_S = 3600,     /* the criterion of silence holds for so long before it stops a plan */
	LOOK_EVERY_S = 600,  /* at a plan in which nothing happens */
	COUNT_STANDS_S = 60, /* so long nobody has come back since a count */
};

static struct plan_decision
stops(enum plan_due what, enum plan_state state, enum plan_cause cause)
{
	return (struct plan_decision){ .what = what, .state = state, .cause = cause };
}

int64_t
plan_watched_until(const struct plan *plan)
{
	int64_t widened = plan->activated_at;

	if (plan->stage_count && (size_t)plan->stage + 1 >= plan->stage_count)
		widened = plan->stages[plan->stage_count - 1].opened_at;
	else if (plan->stage_count && plan->state != PLAN_ENDED)
		return MOMENT_NEVER;
	else if (plan->stage_count)
		widened = plan->ended_at;
	return widened + plan->strategy.watch;
}

int64_t
plan_tail_ends_at(const struct plan *plan, int64_t tail_at)
{
	int64_t ret = tail_at + plan->strategy.complete_after;
	int64_t watched = plan->trial ? 0 : plan_watched_until(plan);

	ret = watched > ret ? watched : ret;
	return plan->end_at && plan->end_at < ret ? plan->end_at : ret;
}

int64_t
plan_silent_stops_at(int64_t silent_at)
{
	return silent_at + SILENT_S;
}

static bool
is_last(const struct plan *plan)
{
	return plan->stage_count && (size_t)plan->stage + 1 >= plan->stage_count;
}

int64_t
plan_counts_from(const struct plan *plan, int64_t now)
{
	const struct stage *stage = &plan->stages[plan->stage];
	int64_t soak = plan->strategy.soak, opened_at, tail;

	if (plan->trial || !plan->stage_count)
		return MOMENT_NEVER;
	opened_at = stage->opened_at + stage->stood_s;
	if (!is_last(plan))
		return opened_at + plan->strategy.stage_wait;
	tail = stage_tail_from(stage, soak, now);
	if (tail)
		return tail;
	return stage->done_at ? stage->done_at + soak : opened_at + STAGE_PATIENCE_S;
}

/* The last stage, done from this second on where that is still to be remembered; false: no last. */
static bool
last_stage(const struct plan *plan, const struct plan_judgement *judgement, int64_t now,
	struct stage *ret)
{
	if (!is_last(plan))
		return false;
	*ret = plan->stages[plan->stage];
	if (!ret->done_at && judgement->stage.done && !plan->probe_at)
		ret->done_at = now;
	return true;
}

/* All who are left of a stage that was never done are away: since when it may be the tail; or 0. */
static int64_t
deserted_from(const struct stage *stage, const struct plan_left *left)
{
	if (stage->done_at || !left->counted_at || left->here)
		return 0;
	return stage->opened_at + stage->stood_s + STAGE_PATIENCE_S;
}

/* When the tail begins by the time alone; 0: never, or it has begun. */
static int64_t
tail_comes(const struct plan *plan, const struct plan_judgement *judgement, int64_t now)
{
	struct stage last;

	if (!last_stage(plan, judgement, now, &last))
		return 0;
	return last.done_at ? last.done_at + plan->strategy.soak
			    : deserted_from(&last, &judgement->left);
}

/*
 * Since when the plan is in its tail: the last stage has soaked, or whoever is left of it is away
 * for long.  0: it is not.
 */
static int64_t
tail_from(const struct plan *plan, const struct plan_judgement *judgement, int64_t now)
{
	struct stage last;
	int64_t ret, from;

	if (!last_stage(plan, judgement, now, &last))
		return 0;
	ret = stage_tail_from(&last, plan->strategy.soak, now);
	from = deserted_from(&last, &judgement->left);
	return !ret && from && now >= from ? now : ret;
}

/* How the plan ends because there is nobody more to come; PLAN_DUE_NOTHING: it does not. */
static enum plan_due
all_done(const struct plan *plan, const struct plan_judgement *judgement, int64_t tail, int64_t now)
{
	const struct plan_left *left = &judgement->left;
	bool done = judgement->done >= plan->targets;

	if (plan->continuous || !plan->targets ||
		(!done && (!tail || left->coming || now - left->counted_at >= COUNT_STANDS_S)))
		return PLAN_DUE_NOTHING;
	if (!plan->trial && is_last(plan) && now < plan_watched_until(plan))
		return PLAN_DUE_NOTHING;
	return done ? PLAN_DUE_ALL_DONE : PLAN_DUE_NOBODY_LEFT;
}

static int64_t
sooner(int64_t at, int64_t look_at, int64_t now)
{
	return at > now && at < look_at ? at : look_at;
}

/* The next moment at which time alone may make something due, while no device does anything. */
static int64_t
next_look(const struct plan *plan, const struct stage_verdict *verdict, int64_t silent_at,
	int64_t now)
{
	const struct stage *stage = &plan->stages[plan->stage];
	int64_t ret = now + LOOK_EVERY_S, at = 0;

	if (verdict->wait == STAGE_WINDOW)
		return 0;
	if (silent_at)
		ret = sooner(plan_silent_stops_at(silent_at), ret, now);
	if (verdict->wait == STAGE_SOAK)
		at = verdict->at;
	else if (verdict->wait == STAGE_NOT_DONE)
		at = stage->opened_at + stage->stood_s + STAGE_PATIENCE_S;
	return sooner(at, ret, now);
}

/* How the probe goes on; where nobody comes, the next stage opens for it alone. */
static struct plan_decision
probe_goes_on(const struct plan *plan, const struct plan_judgement *judgement,
	const struct plan_decision *so_far, int64_t now)
{
	struct plan_decision ret = *so_far;
	const struct probe_verdict *probe = &judgement->probe;
	/* A person, or a window, opens a stage for the probe no more than for all. */
	bool may_open = !plan->strategy.approve && judgement->stage.wait != STAGE_WINDOW;

	ret.look_at = sooner(plan_watched_until(plan), now + LOOK_EVERY_S, now);
	if (ret.silent_at)
		ret.look_at = sooner(plan_silent_stops_at(ret.silent_at), ret.look_at, now);
	if (probe->wait == PROBE_SOAKS)
		ret.look_at = sooner(probe->at, ret.look_at, now);
	if (probe->wait == PROBE_OVER) {
		ret.what = PLAN_DUE_PROBE_OVER;
	} else if (probe->wait == PROBE_WIDENS && may_open) {
		ret.what = PLAN_DUE_OPEN;
		ret.index = plan->stage + 1;
	} else if (probe->done && !plan->probe_done_at) {
		ret.what = PLAN_DUE_MARK;
		ret.mark_probe = true;
	}
	return ret;
}

/* How the stages go on; after the last one's soak stragglers are served for a while. */
static struct plan_decision
stages_decide(const struct plan *plan, const struct stage_verdict *verdict,
	const struct plan_decision *so_far, int64_t now)
{
	struct plan_decision ret = *so_far;
	const struct stage *stage = &plan->stages[plan->stage];

	ret.mark_done = verdict->done && !stage->done_at;
	ret.look_at = next_look(plan, verdict, ret.silent_at, now);
	if ((size_t)plan->stage + 1 < plan->stage_count) {
		if (verdict->wait == STAGE_GO) {
			ret.what = PLAN_DUE_OPEN;
			ret.index = plan->stage + 1;
			return ret;
		}
	} else if (ret.tail_at && now >= plan_tail_ends_at(plan, ret.tail_at)) {
		return stops(PLAN_DUE_TAIL_OVER, PLAN_ENDED, CAUSE_COMPLETED);
	}
	ret.what = ret.mark_done ? PLAN_DUE_MARK : PLAN_DUE_NOTHING;
	return ret;
}

/* Nothing stops the plan: how its stages go on, and what is to be remembered. */
static struct plan_decision
goes_on(const struct plan *plan, const struct plan_facts *facts, const struct plan_decision *so_far)
{
	const struct plan_judgement *judgement = facts->judgement;
	struct plan_decision ret = *so_far;

	if (plan->stage_count)
		ret = plan->probe_at ? probe_goes_on(plan, judgement, &ret, facts->now)
				     : stages_decide(plan, &judgement->stage, &ret, facts->now);
	/* While it may be that they died nobody else gets it, and no probe has passed. */
	if (ret.silent_at && (ret.what == PLAN_DUE_OPEN || ret.what == PLAN_DUE_PROBE_OVER))
		ret.what = ret.mark_done ? PLAN_DUE_MARK : PLAN_DUE_NOTHING;
	ret.look_at = sooner(plan_watched_until(plan), ret.look_at, facts->now);
	if (plan->stage_count && !ret.tail_at)
		ret.look_at =
			sooner(tail_comes(plan, judgement, facts->now), ret.look_at, facts->now);
	if (ret.what == PLAN_DUE_NOTHING &&
		(ret.silent_at != facts->silent_at ||
			(ret.tail_at && ret.tail_at != plan->stages[plan->stage].tail_at)))
		ret.what = PLAN_DUE_MARK;
	return ret;
}

/* With a judgement: what of it stops the plan, or lets it go on. */
static struct plan_decision
judged(const struct plan *plan, const struct plan_facts *facts, const struct plan_decision *so_far)
{
	const struct plan_judgement *judgement = facts->judgement;
	struct plan_decision ret = *so_far;

	ret.silent_at = !judgement->silent ? 0 : facts->silent_at ? facts->silent_at : facts->now;
	if (judgement->silent && facts->now >= plan_silent_stops_at(ret.silent_at))
		return stops(PLAN_DUE_SILENT, PLAN_SUSPENDED, CAUSE_SILENT);
	ret.tail_at = tail_from(plan, judgement, facts->now);
	ret.what = all_done(plan, judgement, ret.tail_at, facts->now);
	if (ret.what) {
		ret.state = PLAN_ENDED;
		ret.cause = CAUSE_COMPLETED;
		return ret;
	}
	return goes_on(plan, facts, &ret);
}

struct plan_decision
plan_decide(const struct plan *plan, const struct plan_facts *facts)
{
	struct plan_decision ret = {
		.state = plan->state, .cause = plan->cause, .look_at = facts->look_at
	};

	if (plan->state == PLAN_ACTIVE && facts->tripped_at)
		return facts->tripped_abort
			       ? stops(PLAN_DUE_TRIPPED, PLAN_ENDED, CAUSE_ABORTED)
			       : stops(PLAN_DUE_TRIPPED, PLAN_SUSPENDED, CAUSE_BREAKER);
	if ((plan->state == PLAN_ACTIVE || plan->state == PLAN_SUSPENDED) && plan->end_at &&
		facts->now >= plan->end_at)
		return stops(PLAN_DUE_EXPIRED, PLAN_ENDED, CAUSE_EXPIRED);
	if (plan->state != PLAN_ACTIVE)
		return ret;
	if (!facts->judgement) {
		if (facts->now >= facts->look_at)
			ret.what = PLAN_DUE_JUDGEMENT;
		return ret;
	}
	return judged(plan, facts, &ret);
}
