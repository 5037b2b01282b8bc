/* The next step of a plan: what stops it beats what lets it go on, and nothing is slept through. */
#include "tests/test.h"

#include "core/plan.h"
#include "core/str.h"

enum { HOUR = 3600, DAY = 86400, LONG_S = 600 };

static struct stage stages[3];
static struct plan_judgement judgement;

/* A plan in its second stage of three, in which nothing is due, and its facts at 1000000. */
static void
quiet(struct plan *plan, struct plan_facts *facts)
{
	memset(stages, 0, sizeof stages);
	stages[0].opened_at = 1000;
	stages[1].opened_at = 900000;
	*plan = (struct plan){ .state = PLAN_ACTIVE, .targets = 100, .stages = stages, .stage_count = 3, .stage = 1 };
	plan->strategy.soak = HOUR;
	plan->strategy.complete_after = DAY;
	judgement = (struct plan_judgement){ .done = 10, .stage = { .wait = STAGE_NOT_DONE } };
	*facts = (struct plan_facts){ .now = 1000000, .judgement = &judgement };
}

static struct plan_decision
due(const struct plan *plan, const struct plan_facts *facts, enum plan_due what, enum plan_state state,
	enum plan_cause cause)
{
	struct plan_decision ret = plan_decide(plan, facts);

	assert_int_equal(ret.what, what);
	assert_int_equal(ret.state, state);
	assert_int_equal(ret.cause, cause);
	return ret;
}

static void
every_stop_is_reached(void **state)
{
	struct plan_decision decision;
	struct plan_facts facts;
	struct plan plan;

	(void)state;
	quiet(&plan, &facts);
	decision = due(&plan, &facts, PLAN_DUE_NOTHING, PLAN_ACTIVE, CAUSE_NONE);
	assert_int_equal(decision.look_at, facts.now + LONG_S);
	assert_false(decision.mark_done);
	facts.judgement = NULL;
	due(&plan, &facts, PLAN_DUE_JUDGEMENT, PLAN_ACTIVE, CAUSE_NONE);
	facts.look_at = facts.now + 1;
	decision = due(&plan, &facts, PLAN_DUE_NOTHING, PLAN_ACTIVE, CAUSE_NONE);
	assert_int_equal(decision.look_at, facts.now + 1);

	quiet(&plan, &facts);
	facts.tripped_at = 5;
	due(&plan, &facts, PLAN_DUE_TRIPPED, PLAN_SUSPENDED, CAUSE_BREAKER);
	facts.tripped_abort = true;
	due(&plan, &facts, PLAN_DUE_TRIPPED, PLAN_ENDED, CAUSE_ABORTED);

	quiet(&plan, &facts);
	plan.end_at = facts.now + 1;
	due(&plan, &facts, PLAN_DUE_NOTHING, PLAN_ACTIVE, CAUSE_NONE);
	plan.end_at = facts.now;
	due(&plan, &facts, PLAN_DUE_EXPIRED, PLAN_ENDED, CAUSE_EXPIRED);

	quiet(&plan, &facts);
	judgement.done = 99;
	due(&plan, &facts, PLAN_DUE_NOTHING, PLAN_ACTIVE, CAUSE_NONE);
	judgement.done = 100;
	due(&plan, &facts, PLAN_DUE_ALL_DONE, PLAN_ENDED, CAUSE_COMPLETED);
	plan.continuous = true; /* newcomers may come */
	due(&plan, &facts, PLAN_DUE_NOTHING, PLAN_ACTIVE, CAUSE_NONE);

}

/* A plan does not end while its devices are watched, and silence stops it when it has lasted for an hour. */
static void
the_last_stage_is_watched(void **state)
{
	struct plan_decision decision;
	struct plan_facts facts;
	struct plan plan;

	(void)state;
	quiet(&plan, &facts);
	plan.stage = 2; /* the last one, whose devices are watched */
	plan.strategy.watch = DAY;
	stages[2].opened_at = facts.now - DAY + 1;
	judgement.done = 100;
	due(&plan, &facts, PLAN_DUE_NOTHING, PLAN_ACTIVE, CAUSE_NONE);
	assert_int_equal(plan_watched_until(&plan), facts.now + 1);
	plan.trial = 7;
	due(&plan, &facts, PLAN_DUE_ALL_DONE, PLAN_ENDED, CAUSE_COMPLETED);
	plan.trial = 0;
	stages[2].opened_at--;
	due(&plan, &facts, PLAN_DUE_ALL_DONE, PLAN_ENDED, CAUSE_COMPLETED);

	quiet(&plan, &facts);
	judgement.silent = true;
	decision = due(&plan, &facts, PLAN_DUE_MARK, PLAN_ACTIVE, CAUSE_NONE);
	assert_int_equal(decision.silent_at, facts.now);
	assert_false(decision.mark_done);
	facts.silent_at = facts.now - HOUR + 60;
	decision = due(&plan, &facts, PLAN_DUE_NOTHING, PLAN_ACTIVE, CAUSE_NONE);
	assert_int_equal(decision.silent_at, facts.silent_at);
	assert_int_equal(decision.look_at, facts.now + 60);
	facts.silent_at = facts.now - HOUR;
	due(&plan, &facts, PLAN_DUE_SILENT, PLAN_SUSPENDED, CAUSE_SILENT);
	judgement.silent = false;
	assert_int_equal(due(&plan, &facts, PLAN_DUE_MARK, PLAN_ACTIVE, CAUSE_NONE).silent_at, 0);
}

static void
stages_go_on_one_by_one(void **state)
{
	struct plan_decision decision;
	struct plan_facts facts;
	struct plan plan;

	(void)state;
	quiet(&plan, &facts);
	judgement.stage = (struct stage_verdict){ .wait = STAGE_SOAK, .done = true, .at = facts.now + 60 };
	decision = due(&plan, &facts, PLAN_DUE_MARK, PLAN_ACTIVE, CAUSE_NONE);
	assert_true(decision.mark_done);
	assert_int_equal(decision.look_at, facts.now + 60);
	stages[1].done_at = 950000;
	due(&plan, &facts, PLAN_DUE_NOTHING, PLAN_ACTIVE, CAUSE_NONE);
	judgement.stage.wait = STAGE_WINDOW; /* it may open at any moment */
	assert_int_equal(due(&plan, &facts, PLAN_DUE_NOTHING, PLAN_ACTIVE, CAUSE_NONE).look_at, 0);
	judgement.stage.wait = STAGE_GO;
	decision = due(&plan, &facts, PLAN_DUE_OPEN, PLAN_ACTIVE, CAUSE_NONE);
	assert_int_equal(decision.index, 2);
	assert_false(decision.mark_done);
	stages[1].done_at = 0; /* without a soak both at once */
	assert_true(due(&plan, &facts, PLAN_DUE_OPEN, PLAN_ACTIVE, CAUSE_NONE).mark_done);

	plan.stage = 2;
	stages[2] = (struct stage){ .opened_at = 900000, .done_at = facts.now - HOUR - DAY + 1 };
	decision = due(&plan, &facts, PLAN_DUE_MARK, PLAN_ACTIVE, CAUSE_NONE);
	assert_int_equal(decision.tail_at, stages[2].done_at + HOUR);
	stages[2].tail_at = decision.tail_at;
	due(&plan, &facts, PLAN_DUE_NOTHING, PLAN_ACTIVE, CAUSE_NONE);
	stages[2].tail_at--;
	due(&plan, &facts, PLAN_DUE_TAIL_OVER, PLAN_ENDED, CAUSE_COMPLETED);
}

enum { OPENED = 1000000 - 3 * DAY };

static const struct {
	int64_t opened_at, done_at, tail_at, watch;
	struct plan_left left;
	bool continuous, trial;
	enum plan_due what;
	int64_t tail; /* that is remembered then; 0: none */
} tails[] = {
	/* Not counted, or somebody is here: the stage goes on. */
	{ OPENED, 0, 0, 0, { 0, 0, 0, 0 }, false, false, PLAN_DUE_NOTHING, 0 },
	{ OPENED, 0, 0, 0, { 1000000, 5, 1, 0 }, false, false, PLAN_DUE_NOTHING, 0 },
	/* All are away: the tail begins, but no sooner than 48 h after the stage. */
	{ OPENED, 0, 0, 0, { 1000000, 5, 0, 0 }, false, false, PLAN_DUE_MARK, 1000000 },
	{ OPENED, 0, 0, 0, { 1000000 - HOUR, 5, 0, 0 }, false, false, PLAN_DUE_MARK, 1000000 },
	{ 1000000 - 2 * DAY + 1, 0, 0, 0, { 1000000, 5, 0, 0 }, false, false, PLAN_DUE_NOTHING, 0 },
	{ 1000000 - 2 * DAY, 0, 0, 0, { 1000000, 5, 0, 0 }, false, false, PLAN_DUE_MARK, 1000000 },
	/* Nobody is left who can come: the plan ends, as soon as its devices are watched no more. */
	{ OPENED, 0, 0, 0, { 1000000, 0, 0, 0 }, false, false, PLAN_DUE_NOBODY_LEFT, 0 },
	{ OPENED, 0, 0, 4 * DAY, { 1000000, 0, 0, 0 }, false, false, PLAN_DUE_MARK, 1000000 },
	{ OPENED, 1000000 - 2 * HOUR, 0, 0, { 1000000, 0, 0, 0 }, false, false, PLAN_DUE_NOBODY_LEFT, 0 },
	{ OPENED, 0, 1000000 - HOUR, 0, { 1000000, 0, 0, 0 }, false, false, PLAN_DUE_NOBODY_LEFT, 0 },
	/* In the soak it is no tail yet. */
	{ OPENED, 1000000 - HOUR + 1, 0, 0, { 1000000, 0, 0, 0 }, false, false, PLAN_DUE_NOTHING, 0 },
	{ OPENED, 1000000 - HOUR, 0, 0, { 1000000, 5, 5, 0 }, false, false, PLAN_DUE_MARK, 1000000 },
	/* An old count ends nothing: somebody may have come back. */
	{ OPENED, 0, 1000000 - HOUR, 0, { 1000000 - 60, 0, 0, 0 }, false, false, PLAN_DUE_NOTHING, 0 },
	/* A tail stays one, whoever comes back. */
	{ OPENED, 0, 1000000 - HOUR, 0, { 1000000, 5, 5, 0 }, false, false, PLAN_DUE_NOTHING, 0 },
	/* Newcomers may come to a continuous plan; its tail ends by its time. */
	{ OPENED, 0, 1000000 - HOUR, 0, { 1000000, 0, 0, 0 }, true, false, PLAN_DUE_NOTHING, 0 },
	{ OPENED, 0, 1000000 - DAY, 0, { 1000000, 0, 0, 0 }, true, false, PLAN_DUE_TAIL_OVER, 0 },
	{ OPENED, 0, 1000000 - DAY, 0, { 1000000, 5, 5, 0 }, false, false, PLAN_DUE_TAIL_OVER, 0 },
	{ OPENED, 0, 1000000 - DAY, 4 * DAY, { 1000000, 5, 5, 0 }, false, false, PLAN_DUE_NOTHING, 0 },
};

/* Who of a plan in its last stage is left decides whether that is the tail, and whether it is over. */
static void
the_tail_ends_when_nobody_can_come(void **state)
{
	struct plan_facts facts;
	struct plan plan;

	(void)state;
	for (size_t i = 0; i < COUNT(tails); i++) {
		struct plan_decision d;

		quiet(&plan, &facts);
		plan.stage = 2;
		plan.continuous = tails[i].continuous;
		plan.strategy.watch = tails[i].watch;
		stages[2] = (struct stage){ .opened_at = tails[i].opened_at, .done_at = tails[i].done_at,
			.tail_at = tails[i].tail_at, .size = 9 };
		judgement.left = tails[i].left;
		d = plan_decide(&plan, &facts);
		if (d.what != tails[i].what)
			fail_msg("row %zu: %d, not %d", i, d.what, tails[i].what);
		if (tails[i].what == PLAN_DUE_MARK)
			assert_int_equal(d.tail_at, tails[i].tail);
		/* In an earlier stage nobody's absence is an end. */
		plan.stage = 1;
		if (!tails[i].tail_at)
			due(&plan, &facts, PLAN_DUE_NOTHING, PLAN_ACTIVE, CAUSE_NONE);
	}
}

/* Stragglers are counted where that says something, and not before. */
static void
stragglers_are_counted_when_it_matters(void **state)
{
	struct plan_facts facts;
	struct plan plan;

	(void)state;
	quiet(&plan, &facts);
	plan.strategy.stage_wait = 7 * DAY;
	stages[1].stood_s = HOUR;
	assert_int_equal(plan_counts_from(&plan, facts.now), 900000 + HOUR + 7 * DAY);
	plan.stage = 2;
	stages[2] = (struct stage){ .opened_at = 900000, .stood_s = HOUR };
	assert_int_equal(plan_counts_from(&plan, facts.now), 900000 + HOUR + 2 * DAY);
	stages[2].done_at = facts.now;
	assert_int_equal(plan_counts_from(&plan, facts.now), facts.now + HOUR);
	assert_int_equal(plan_counts_from(&plan, facts.now + DAY), facts.now + HOUR);
	stages[2].tail_at = 950000;
	assert_int_equal(plan_counts_from(&plan, facts.now), 950000);
	plan.trial = 1;
	assert_int_equal(plan_counts_from(&plan, facts.now), INT64_MAX);
}

/* With everything due at once, each in its turn. */
static void
the_gravest_comes_first(void **state)
{
	static const enum plan_due order[] = { PLAN_DUE_TRIPPED, PLAN_DUE_EXPIRED, PLAN_DUE_SILENT, PLAN_DUE_ALL_DONE,
		PLAN_DUE_OPEN };
	struct plan_facts facts;
	struct plan plan;

	(void)state;
	quiet(&plan, &facts);
	facts.tripped_at = 1;
	plan.end_at = 1;
	judgement.done = 100;
	judgement.silent = true;
	facts.silent_at = 1;
	judgement.stage = (struct stage_verdict){ .wait = STAGE_GO, .done = true };
	for (size_t i = 0; i < COUNT(order); i++) {
		assert_int_equal(plan_decide(&plan, &facts).what, order[i]);
		switch (i) {
		case 0:
			facts.tripped_at = 0;
			break;
		case 1:
			plan.end_at = 0;
			break;
		case 2:
			judgement.silent = false;
			break;
		case 3:
			judgement.done = 0;
			break;
		default:
			break;
		}
	}
}

static void
plans_that_stand_only_end(void **state)
{
	struct plan_facts facts;
	struct plan plan;

	(void)state;
	quiet(&plan, &facts);
	judgement.stage = (struct stage_verdict){ .wait = STAGE_GO, .done = true };
	judgement.done = 100;
	facts.tripped_at = 1;
	plan.state = PLAN_SUSPENDED;
	plan.cause = CAUSE_OPERATOR;
	due(&plan, &facts, PLAN_DUE_NOTHING, PLAN_SUSPENDED, CAUSE_OPERATOR);
	plan.end_at = 1;
	due(&plan, &facts, PLAN_DUE_EXPIRED, PLAN_ENDED, CAUSE_EXPIRED);
	plan.state = PLAN_ENDED;
	plan.cause = CAUSE_TERMINATED;
	due(&plan, &facts, PLAN_DUE_NOTHING, PLAN_ENDED, CAUSE_TERMINATED);
	plan.state = PLAN_DRAFT;
	due(&plan, &facts, PLAN_DUE_NOTHING, PLAN_DRAFT, CAUSE_TERMINATED);
}

/* --- over anything ---------------------------------------------------------------------------------- */

struct any {
	struct plan plan;
	struct plan_facts facts;
	struct plan_judgement judgement;
	struct stage stages[3];
	struct stage_tally tally;
	struct stage_rules rules;
};

static int64_t
maybe(int64_t value)
{
	return any_below(4) ? 0 : value;
}

static void
any_make(struct any *a)
{
	memset(a, 0, sizeof *a);
	a->facts.now = 1000000;
	a->facts.tripped_at = any_below(30) ? 0 : 1;
	a->facts.tripped_abort = any_below(2);
	a->plan = (struct plan){ .state = any_below(8) ? PLAN_ACTIVE : (enum plan_state)any_below(PLAN_STATE_MAX),
		.end_at = maybe(a->facts.now + any_below(3 * DAY) - DAY),
		.continuous = any_below(2),
		.targets = any_below(200),
		.stages = a->stages,
		.stage_count = COUNT(a->stages),
		.stage = any_below(3) };
	a->plan.strategy.soak = maybe(any_below(DAY));
	a->plan.strategy.complete_after = any_below(DAY);
	for (int i = 0; i <= a->plan.stage; i++)
		a->stages[i] = (struct stage){ .kind = STAGE_SHARE, .size = any_below(100),
			.opened_at = a->facts.now - any_below(3 * DAY), .done_at = maybe(a->facts.now - any_below(DAY)) };
	a->tally = (struct stage_tally){ .open = maybe(any_below(9)), .finished = any_below(100) };
	a->tally.succeeded = a->tally.well = a->tally.survived = a->tally.finished - maybe(any_below(3));
	a->tally.bad = a->tally.finished - a->tally.well;
	a->tally.accepted = a->tally.finished + a->tally.open;
	a->rules = (struct stage_rules){ .last = a->plan.stage == 2, .soak = a->plan.strategy.soak, .advance_finished = 95,
		.advance_success = 98, .survived = 80, .stage_wait = DAY, .approve = !any_below(9),
		.window_shut = !any_below(9) };
	if (!any_below(4))
		a->stages[2].tail_at = maybe(a->facts.now - any_below(DAY));
	a->judgement.left.counted_at = maybe(a->facts.now - any_below(2) * any_below(HOUR));
	a->judgement.left.coming = any_below(3);
	a->judgement.left.here = any_below(a->judgement.left.coming + 1);
	a->judgement.done = any_below(100);
	a->judgement.silent = !any_below(30);
	a->plan.probe_at = !any_below(4);
	a->judgement.probe = (struct probe_verdict){ .wait = (enum probe_wait)any_below(PROBE_WAIT_MAX),
		.at = a->facts.now + 1 + any_below(DAY) };
	if (a->plan.stage == 2 && a->judgement.probe.wait == PROBE_WIDENS)
		a->judgement.probe.wait = PROBE_ACCEPTS; /* there is no stage to open */
	a->judgement.probe.done = a->judgement.probe.wait >= PROBE_SOAKS && a->judgement.probe.wait != PROBE_OVER;
	a->facts.silent_at = maybe(a->facts.now - any_below(2 * HOUR));
	a->plan.strategy.watch = any_below(DAY);
}

/* The decision at a moment, while no device does anything. */
static struct plan_decision
at(struct any *a, int64_t now, bool judged)
{
	a->facts.now = now;
	a->judgement.stage = stage_decide(&a->stages[a->plan.stage], &a->tally, &a->rules, now);
	a->facts.judgement = judged ? &a->judgement : NULL;
	return plan_decide(&a->plan, &a->facts);
}

/*
 * Looking cheaply finds whatever looking at everything finds.  When it says to look later, no stage could have
 * opened or become done before; anything else is late by ten minutes at most.
 */
static void
nothing_is_slept_through(void **state)
{
	bool reached[PLAN_DUE_MAX] = { false };

	(void)state;
	for (int i = 0; i < 200000; i++) {
		struct plan_decision cheap, full;
		int64_t now = 1000000, look_at;
		struct any a;

		any_make(&a);
		cheap = at(&a, now, false);
		full = at(&a, now, true);
		reached[cheap.what] = reached[full.what] = true;
		assert_true(full.what != PLAN_DUE_JUDGEMENT);
		assert_true(cheap.what == full.what || cheap.what == PLAN_DUE_JUDGEMENT);
		if (full.what != PLAN_DUE_NOTHING || full.state != PLAN_ACTIVE)
			continue;
		assert_true(!full.look_at || (full.look_at > now && full.look_at <= now + LONG_S));
		a.facts.look_at = look_at = full.look_at;
		for (int64_t later = now; later < look_at; later += 1 + any_below(60)) {
			cheap = at(&a, later, false);
			full = at(&a, later, true);
			assert_true(full.what != PLAN_DUE_OPEN && full.what != PLAN_DUE_MARK);
			if (full.what != PLAN_DUE_TAIL_OVER && full.what != PLAN_DUE_NOTHING)
				assert_true(cheap.what != PLAN_DUE_NOTHING);
		}
		assert_true(at(&a, look_at ? look_at : now, false).what != PLAN_DUE_NOTHING);
	}
	for (int what = 0; what < PLAN_DUE_MAX; what++)
		if (!reached[what])
			fail_msg("%d was not reached", what);
}

/* Within the hour that silence needs to stop a plan nobody new gets it. */
static void
nothing_widens_under_silence(void **state)
{
	int would = 0;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		enum plan_due what, heard;
		struct any a;

		any_make(&a);
		a.judgement.silent = false;
		heard = at(&a, 1000000, true).what;
		a.judgement.silent = true;
		what = at(&a, 1000000, true).what;
		assert_true(what != PLAN_DUE_OPEN && what != PLAN_DUE_PROBE_OVER);
		would += heard == PLAN_DUE_OPEN || heard == PLAN_DUE_PROBE_OVER;
	}
	assert_true(would > 100);
}

/* A plan that has stopped is not stopped again. */
static void
what_is_done_is_not_due_again(void **state)
{
	(void)state;
	for (int i = 0; i < 100000; i++) {
		struct plan_decision first, again;
		struct any a;

		any_make(&a);
		first = at(&a, 1000000, true);
		a.plan.state = first.state;
		if (first.mark_probe)
			a.plan.probe_done_at = 1000000;
		if (first.what == PLAN_DUE_PROBE_OVER)
			a.plan.probe_at = 0;
		if (first.what == PLAN_DUE_OPEN)
			a.judgement.probe.wait = PROBE_ACCEPTS;
		if (first.mark_done)
			a.stages[a.plan.stage].done_at = 1000000;
		if (first.tail_at)
			a.stages[a.plan.stage].tail_at = first.tail_at;
		if (first.what == PLAN_DUE_OPEN) {
			assert_int_equal(first.index, a.plan.stage + 1);
			a.plan.stage = first.index;
			a.stages[first.index].opened_at = 1000000;
			a.tally = (struct stage_tally){ 0 };
			a.stages[first.index].size = 10;
		}
		a.facts.silent_at = first.silent_at;
		again = at(&a, 1000000, true);
		if (first.what != PLAN_DUE_NOTHING)
			assert_true(again.what != first.what);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_stop_is_reached),
		cmocka_unit_test(the_last_stage_is_watched),
		cmocka_unit_test(stages_go_on_one_by_one),
		cmocka_unit_test(the_tail_ends_when_nobody_can_come),
		cmocka_unit_test(stragglers_are_counted_when_it_matters),
		cmocka_unit_test(the_gravest_comes_first),
		cmocka_unit_test(plans_that_stand_only_end),
		cmocka_unit_test(nothing_is_slept_through),
		cmocka_unit_test(nothing_widens_under_silence),
		cmocka_unit_test(what_is_done_is_not_due_again),
	};

	seed();
	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
