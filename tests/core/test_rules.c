/* Selectors, stages, the state machine, strategy parameters. */
#include "tests/test.h"

#include "core/execution.h"
#include "core/moment.h"
#include "core/selector.h"
#include "core/stage.h"
#include "core/strategy.h"

static bool
selects(const char *text, const char *labels, const char *attributes)
{
	struct arena arena = { NULL };
	struct err err = ERR_NONE;
	const struct selector *selector;
	struct pairs l = pairs_parse(&arena, labels), a = pairs_parse(&arena, attributes);
	bool ret;

	assert_int_equal(selector_parse(&arena, text, &selector, &err), ERR_OK);
	ret = selector_matches(selector, &l, &a);
	arena_done(&arena);
	return ret;
}

static void
selectors_follow_kubernetes(void **state)
{
	(void)state;
	assert_true(selects("region=eu", "region=eu\n", ""));
	assert_true(selects("region==eu,hw in (B, C)", "hw=C\nregion=eu\n", ""));
	assert_false(selects("region=eu,hw in (B,C)", "hw=D\nregion=eu\n", ""));
	assert_true(selects("!legacy", "region=eu\n", ""));
	assert_false(selects("!legacy", "legacy=1\n", ""));
	assert_true(selects("legacy", "legacy=\n", ""));
	/* Absent keys satisfy the negative forms. */
	assert_true(selects("hw!=B", "", ""));
	assert_true(selects("hw notin (B,C)", "", ""));
	assert_false(selects("hw notin (B,C)", "hw=B\n", ""));
	assert_true(selects("attr.hw=B", "hw=A\n", "hw=B\n"));
	assert_false(selects("hw=B", "hw=A\n", "hw=B\n"));
}

static void
broken_selectors_are_refused(void **state)
{
	static const char *const bad[] = { "", "=", "a=b=c", "a in", "a in (", "a in (b", "a in ()", "!", "a,,b",
		"a=b,", "a in (b,)", "a b", "a=/ /" };
	struct arena arena = { NULL };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct err err = ERR_NONE;
		const struct selector *selector;

		if (selector_parse(&arena, bad[i], &selector, &err) != ERR_INPUT)
			fail_msg("'%s' was taken", bad[i]);
	}
	arena_done(&arena);
}

static void
stage_lists_rise(void **state)
{
	static const char *const bad[] = { "", "0%", "101%", "5%,5%", "10%,5%", "0", "-1", "1.234%", "%", "5,",
		"group:", "group:a b,100%", "10,5,100%", "abc" };
	struct stage_list list;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		if (stage_list_parse(bad[i], &list))
			fail_msg("'%s' was taken", bad[i]);
	assert_true(stage_list_parse("group:lab,5,0.25%,1%,100%", &list));
	assert_int_equal(list.count, 5);
	assert_int_equal(list.list[2].value, 25);
	assert_int_equal(list.list[4].value, STAGE_BUCKETS);
}

/* Opening a stage further never takes the update away from a device. */
static void
wider_stages_only_add(void **state)
{
	(void)state;
	for (int i = 0; i < 100000; i++) {
		struct stage stages[4] = {
			{ .kind = STAGE_GROUP },
			{ .kind = STAGE_COUNT, .value = 5, .size = 5, .draw = any_below(10001), .taken = any_below(6),
				.offered = any_below(20) },
			{ .kind = STAGE_SHARE, .value = 1 + any_below(5000) },
			{ .kind = STAGE_SHARE, .value = 10000 },
		};
		struct stage_place place = { any_below(10000), (uint32_t)any_below(2), -1, any_below(2) };
		int before;

		for (int s = 0; s < 4; s++)
			stages[s].opened_at = any_below(2);
		before = stage_admits(stages, 4, &place);
		stages[any_below(4)].opened_at = 1;
		if (before >= 0)
			assert_true(stage_admits(stages, 4, &place) >= 0);
	}
}

static void
a_full_count_stage_admits_nobody_more(void **state)
{
	struct stage stage = { .kind = STAGE_COUNT, .value = 2, .size = 2, .draw = 10000, .opened_at = 1 };
	struct stage_place place = { 17, 0, -1, false };

	(void)state;
	stage.taken = 1;
	assert_int_equal(stage_admits(&stage, 1, &place), 0);
	stage.taken = 2;
	assert_int_equal(stage_admits(&stage, 1, &place), -1);
	/* Who has accepted once never meets the stage gate again. */
	place.home = 0;
	assert_int_equal(stage_admits(&stage, 1, &place), 0);
}

static void
a_count_stage_offers_to_three_times_the_places_left(void **state)
{
	static const struct {
		int64_t size, taken, offered;
		bool offers;
	} table[] = {
		{ 5, 0, 0, true }, { 5, 0, 14, true }, { 5, 0, 15, false }, { 5, 0, 200, false },
		{ 5, 2, 8, true }, { 5, 2, 9, false }, { 5, 4, 2, true }, { 5, 4, 3, false },
		{ 5, 5, 0, false }, { 1, 0, 2, true }, { 1, 0, 3, false }, { 0, 0, 0, false },
	};
	struct stage stages[2] = { { .kind = STAGE_COUNT, .draw = 10000, .opened_at = 1 },
		{ .kind = STAGE_SHARE, .value = 10000 } };

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct stage_place without = { 17, 0, -1, true }, with = { 17, 0, -1, false };

		stages[0].value = stages[0].size = table[i].size;
		stages[0].taken = table[i].taken;
		stages[0].offered = table[i].offered;
		stages[1].opened_at = 0;
		assert_int_equal(stage_admits(stages, 2, &without), table[i].offers ? 0 : -1);
		/* Who has its offer may take any place that is left. */
		assert_int_equal(stage_admits(stages, 2, &with), table[i].taken < table[i].size ? 0 : -1);
		/* A later stage that is open takes whom this one leaves. */
		stages[1].opened_at = 2;
		assert_int_equal(stage_admits(stages, 2, &without), table[i].offers ? 0 : 1);
	}
}

static void
stages_wait_for_the_right_things(void **state)
{
	struct stage stage = { .kind = STAGE_SHARE, .value = 1000, .size = 100, .opened_at = 1000 };
	struct stage_rules rules = { .soak = 3600, .advance_finished = 95, .advance_success = 98,
		.survived = 80 };
	struct stage_tally t = { .accepted = 60, .open = 10, .finished = 50, .succeeded = 50, .survived = 50 };

	(void)state;
	assert_int_equal(stage_decide(&stage, &t, &rules, 2000).wait, STAGE_NOT_DONE);
	t = (struct stage_tally){ .accepted = 50, .finished = 50, .succeeded = 50, .survived = 50, .well = 50 };
	assert_true(stage_decide(&stage, &t, &rules, 2000).done);
	assert_int_equal(stage_decide(&stage, &t, &rules, 2000).wait, STAGE_SOAK);
	stage.done_at = 2000;
	assert_int_equal(stage_decide(&stage, &t, &rules, 2000 + 3600).wait, STAGE_GO);
	t.open = 9;	/* who accepted after it was done holds nobody */
	assert_int_equal(stage_decide(&stage, &t, &rules, 2000 + 3600).wait, STAGE_GO);
	t.before = 1;
	assert_int_equal(stage_decide(&stage, &t, &rules, 2000 + 3600).wait, STAGE_OPEN_DEVICES);
	t.open = t.before = 0;
	t.survived = 39;
	assert_int_equal(stage_decide(&stage, &t, &rules, 9000).wait, STAGE_SURVIVAL);
	t.survived = 40;
	t.bad = 1;	/* one failure is always allowed from 5 devices on */
	assert_int_equal(stage_decide(&stage, &t, &rules, 9000).wait, STAGE_GO);
	t.bad = 2;	/* 2 % of 52, rounded up */
	assert_int_equal(stage_decide(&stage, &t, &rules, 9000).wait, STAGE_GO);
	t.bad = 3;
	assert_int_equal(stage_decide(&stage, &t, &rules, 9000).wait, STAGE_HEALTH);
	t.bad = 0;
	t.sick = true;	/* another stage, or a cohort */
	assert_int_equal(stage_decide(&stage, &t, &rules, 9000).wait, STAGE_HEALTH);
	rules.last = true;	/* nothing holds the last stage back from its tail */
	t.before = 1;
	assert_int_equal(stage_decide(&stage, &t, &rules, 2000 + 3599).wait, STAGE_SOAK);
	assert_int_equal(stage_decide(&stage, &t, &rules, 9000).wait, STAGE_TAIL);
	assert_false(stage_decide(&stage, &t, &rules, 9000).stalled);
	rules.last = t.sick = false;
	t.before = 0;
	rules.window_shut = true;
	assert_int_equal(stage_decide(&stage, &t, &rules, 9000).wait, STAGE_WINDOW);
	rules.window_shut = false;
	rules.approve = true;
	assert_int_equal(stage_decide(&stage, &t, &rules, 9000).wait, STAGE_APPROVAL);
	assert_true(stage_decide(&stage, &t, &rules, 9000).stalled);	/* stage_wait is 0 */
	rules.stage_wait = 8001;
	assert_false(stage_decide(&stage, &t, &rules, 9000).stalled);
}

/* --- when a stage comes --------------------------------------------------------------------------------- */

struct course {
	struct stage stages[5];
	size_t count;
	int64_t newest, soak, now, finish_at;
};

/* Kinds and sizes by chance, also of nobody and of too few to stand alone. */
static void
course_make(struct course *c)
{
	*c = (struct course){ .count = 1 + (size_t)any_below(5), .soak = any_below(4) * 3600, .now = 1000000 };
	for (size_t i = 0; i < c->count; i++) {
		struct stage *s = &c->stages[i];

		s->kind = i + 1 < c->count ? (enum stage_kind)any_below(3) : STAGE_SHARE;
		s->value = s->kind == STAGE_SHARE ? (int64_t)(i + 1) * 1900 : 5;
		s->draw = any_below(2) ? 10000 : 1900;
		s->size = any_below(3) ? any_below(40) : any_below(5);
	}
}

static void
course_open(struct course *c, int64_t index)
{
	for (;; index++) {
		c->stages[index].opened_at = c->now;
		c->newest = index;
		if (!stage_joins_next(&c->stages[index]) || (size_t)index + 1 >= c->count)
			break;
	}
	c->finish_at = c->now + any_below(3) * any_below(7200);
}

/* What tick does: the newest stages are finished some day, done, have soaked, and the next opens. */
static void
course_tick(struct course *c)
{
	struct stage joined = c->stages[c->newest], *newest = &c->stages[c->newest];
	struct stage_tally t = { .accepted = 0 };
	const struct stage_rules rules = { .soak = c->soak, .advance_finished = 95, .advance_success = 98,
		.survived = 80, .last = (size_t)c->newest + 1 >= c->count };
	struct stage_verdict verdict;

	joined.size = 0;
	for (int64_t i = stage_joined_first(c->stages, c->newest); i <= c->newest; i++) {
		joined.size += c->stages[i].size;
		if (c->now >= c->finish_at)
			c->stages[i].taken = c->stages[i].size;
	}
	if (c->now >= c->finish_at)
		t = (struct stage_tally){ joined.size, 0, 0, joined.size, joined.size, joined.size, joined.size, 0, 0 };
	verdict = stage_decide(&joined, &t, &rules, c->now);
	if (verdict.done && !newest->done_at)
		newest->done_at = c->now;
	if (verdict.wait == STAGE_GO && !rules.last)
		course_open(c, c->newest + 1);
}

/* No device is sent away beyond the moment at which its stage opens. */
static void
no_stage_opens_before_it_is_said_to(void **state)
{
	int never = 0, waited = 0;

	(void)state;
	for (int n = 0; n < 20000; n++) {
		struct stage_place place = { any_below(10000), (uint32_t)any_below(32), -1, any_below(2) };
		struct course c;
		int64_t latest = 0, end;

		course_make(&c);
		course_open(&c, 0);
		for (end = c.now + 5 * 86400; c.now < end; c.now += 1 + any_below(1800)) {
			int64_t from;

			course_tick(&c);
			if (stage_admits(c.stages, c.count, &place) >= 0)
				break;
			from = stage_admits_from(c.stages, c.count, c.newest, &place, c.soak, c.now);
			assert_true(from >= c.now);
			latest = from > latest ? from : latest;
			never += from == MOMENT_NEVER;
			waited += from > c.now && from != MOMENT_NEVER;
		}
		if (c.now < end)
			assert_true(latest <= c.now);
	}
	assert_true(never && waited);
}

static void
a_stage_comes_after_the_soaks_before_it(void **state)
{
	enum { NOW = 100000, SOAK = 3600 };
	static const struct {
		int64_t sizes[4], done_at; /* of 5, 10%, 50%, 100%: the first is open */
		int64_t bucket, from;
	} table[] = {
		{ { 5, 10, 40, 50 }, 0, 999, NOW + SOAK },
		{ { 5, 10, 40, 50 }, NOW - 600, 999, NOW + 3000 },
		{ { 5, 10, 40, 50 }, NOW - SOAK, 999, NOW }, /* something else holds it */
		{ { 5, 10, 40, 50 }, NOW - 9999, 999, NOW },
		{ { 5, 10, 40, 50 }, NOW - 600, 1000, NOW + 3000 + SOAK },
		{ { 5, 10, 40, 50 }, NOW - 600, 5000, NOW + 3000 + 2 * SOAK },
		/* Too few stand not alone. */
		{ { 5, 4, 40, 50 }, NOW - 600, 1000, NOW + 3000 },
		{ { 5, 4, 0, 50 }, NOW - 600, 9999, NOW + 3000 },
		/* Of nobody nothing is waited for. */
		{ { 0, 10, 40, 50 }, 0, 999, NOW },
		{ { 0, 10, 40, 50 }, 0, 1000, NOW + SOAK },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct stage stages[4] = { { .kind = STAGE_COUNT, .value = 5, .draw = 1000, .opened_at = 1 },
			{ .kind = STAGE_SHARE, .value = 1000 }, { .kind = STAGE_SHARE, .value = 5000 },
			{ .kind = STAGE_SHARE, .value = 10000 } };
		struct stage_place place = { table[i].bucket, 0, -1, true };

		for (int s = 0; s < 4; s++)
			stages[s].size = table[i].sizes[s];
		stages[0].taken = stages[0].size;
		stages[0].done_at = table[i].done_at;
		assert_int_equal(stage_admits_from(stages, 4, 0, &place, SOAK, NOW), table[i].from);
		/* A place is left, for which offers are out: one may come back at any moment. */
		if (stages[0].size) {
			stages[0].taken--;
			assert_int_equal(stage_admits_from(stages, 4, 0, &place, SOAK, NOW),
				table[i].bucket < 1000 ? NOW : table[i].from);
		}
		assert_true(stage_admits_from(stages, 3, 0, &place, SOAK, NOW) == MOMENT_NEVER ||
			    table[i].bucket < 5000);
	}
}

/* Failures above the limit never open a stage. */
static void
sick_stages_never_advance(void **state)
{
	(void)state;
	for (int i = 0; i < 100000; i++) {
		struct stage stage = { .size = 5 + any_below(1000), .opened_at = 1, .done_at = 1 };
		struct stage_rules rules = { .advance_finished = 95, .advance_success = 98, .survived = 80 };
		struct stage_tally t = { .succeeded = any_below(500), .bad = any_below(45) };

		t.well = t.succeeded;
		t.finished = t.accepted = t.succeeded + t.bad;
		t.survived = t.succeeded;
		/* The failures that 98 % allow are rounded up, and one is always allowed. */
		if (t.bad > 1 && t.bad > (t.succeeded + t.bad + 49) / 50)
			assert_int_not_equal(stage_decide(&stage, &t, &rules, 1000000).wait, STAGE_GO);
		else
			assert_int_equal(stage_decide(&stage, &t, &rules, 1000000).wait, STAGE_GO);
	}
}

/* States only move forward; what has ended stays as it is. */
static void
states_never_move_backward(void **state)
{
	(void)state;
	for (int from = 0; from < EXEC_STATE_MAX; from++)
		for (int told = 0; told < EXEC_STATE_MAX; told++)
			for (int refusal = 0; refusal < REFUSAL_MAX; refusal++) {
				struct step step = execution_step((enum execution_state)from,
					(enum execution_state)told, (enum refusal)refusal, refusal == 1);

				if (!execution_open((enum execution_state)from)) {
					assert_int_equal(step.result, STEP_CLOSED);
					assert_int_equal(step.state, from);
				} else if (execution_open(step.state)) {
					assert_true((int)step.state >= from);
				}
				/* A device's own word is no success unless it is trusted. */
				if (refusal != 1)
					assert_true(step.state != EXEC_SUCCEEDED || from == EXEC_SUCCEEDED);
			}
}

static void
only_a_persons_refusal_is_final(void **state)
{
	(void)state;
	assert_int_equal(execution_step(EXEC_OFFERED, EXEC_REJECTED, REFUSAL_USER, false).state, EXEC_REJECTED);
	assert_int_equal(execution_step(EXEC_OFFERED, EXEC_REJECTED, REFUSAL_BATTERY, false).state, EXEC_CANCELED);
	assert_int_equal(execution_step(EXEC_OFFERED, EXEC_DOWNLOADING, REFUSAL_USER, false).result, STEP_TOO_EARLY);
}

/* That the offer has come is no step, at whatever time that is heard. */
static void
an_offer_that_has_come_moves_nothing(void **state)
{
	(void)state;
	for (int from = EXEC_OFFERED; from <= EXEC_VERIFYING; from++) {
		struct step step = execution_step((enum execution_state)from, EXEC_OFFERED, REFUSAL_USER, true);

		assert_int_equal(step.result, STEP_SAME);
		assert_int_equal(step.state, from);
	}
	assert_int_equal(execution_step(EXEC_FAILED, EXEC_OFFERED, REFUSAL_USER, true).result, STEP_CLOSED);
}

static void
components_combine_to_the_least_advanced(void **state)
{
	enum execution_state two[2] = { EXEC_VERIFYING, EXEC_DOWNLOADING };

	(void)state;
	assert_int_equal(execution_combined(two, 2), EXEC_DOWNLOADING);
	two[1] = EXEC_SUCCEEDED;
	assert_int_equal(execution_combined(two, 2), EXEC_VERIFYING);
	two[0] = EXEC_FAILED;
	assert_int_equal(execution_combined(two, 2), EXEC_FAILED);
	two[0] = EXEC_SUCCEEDED;
	assert_int_equal(execution_combined(two, 2), EXEC_SUCCEEDED);
}

static void
deadlines_respect_sleepers(void **state)
{
	struct strategy s;
	struct execution e = { .state = EXEC_ACCEPTED, .offered_at = 1000, .accepted_at = 1000, .changed_at = 1000 };

	(void)state;
	assert_true(strategy_builtin("cautious", &s));
	assert_int_equal(execution_deadline(&e, &s, false, 0), 1000 + 3 * 3600);
	e.state = EXEC_INSTALLING;
	assert_int_equal(execution_deadline(&e, &s, false, 0), 1000 + 3600);
	assert_int_equal(execution_deadline(&e, &s, false, 86400), 1000 + 86400 + 43200);
	e.state = EXEC_OFFERED;
	assert_int_equal(execution_deadline(&e, &s, true, 0), 1000 + 7 * 86400);
}

static void
every_parameter_reads_its_own_text(void **state)
{
	struct arena arena = { NULL };
	struct err err = ERR_NONE;

	(void)state;
	for (size_t n = 0; strategy_builtin_names[n]; n++) {
		struct strategy s, back;
		char *text;

		assert_true(strategy_builtin(strategy_builtin_names[n], &s));
		text = strategy_format(&arena, &s);
		assert_int_equal(strategy_parse(&arena, text, &back, &err), ERR_OK);
		assert_string_equal(strategy_format(&arena, &back), text);
		assert_int_equal(strategy_check(&s, &err), ERR_OK);
	}
	assert_false(strategy_builtin("reckless", &(struct strategy){ 0 }));
	arena_done(&arena);
}

/* Every row has a name of its own, and numbers are taken from the lowest to the highest and no further. */
static void
every_parameter_keeps_its_bounds(void **state)
{
	struct arena arena = { NULL };
	struct err err;
	struct strategy s;

	(void)state;
	assert_true(strategy_builtin("cautious", &s));
	for (size_t i = 0; i < strategy_parameter_count; i++) {
		const struct parameter *p = &strategy_parameters[i];
		int64_t *member = (int64_t *)(void *)((char *)&s + p->offset);
		const int64_t numbers[] = { p->low, p->high, p->low - 1, p->high + 1 };

		assert_true(p->name && p->kind && *p->initial && *p->help);
		for (size_t j = 0; j < i; j++) {
			assert_string_not_equal(p->name, strategy_parameters[j].name);
			assert_int_not_equal(p->offset, strategy_parameters[j].offset);
		}
		for (size_t n = 0; p->low < p->high && n < COUNT(numbers); n++) {
			const char *text;

			/* -1 is a word in some of them. */
			if (numbers[n] == STRATEGY_AUTO && p->can_be_auto)
				continue;
			*member = numbers[n];
			text = strategy_get(&arena, &s, p);
			*member = p->low;
			if ((strategy_set(&s, p->name, text, &err) == ERR_OK) != (n < 2) ||
				*member != (n < 2 ? numbers[n] : p->low))
				fail_msg("%s=%s", p->name, text);
		}
	}
	arena_done(&arena);
}

/* Texts are as long as their members at most. */
static void
long_texts_are_refused(void **state)
{
	static const char name[] = "group:a234567890123456789012345678901234567890123456789012345678901234";
	char text[LIMIT_RULES + 64] = "";
	struct strategy s, before;
	struct err err;
	size_t used = 0;

	(void)state;
	assert_true(strategy_builtin("cautious", &s));
	for (int i = 0; i < 3; i++)
		used += (size_t)snprintf(text + used, sizeof text - used, "%s,", name);
	/* 213 so far: one stage more fits exactly, then it is one too long. */
	snprintf(text + used, sizeof text - used, "group:%0*d,100%%", LIMIT_RULES - (int)used - 11, 1);
	assert_int_equal(strlen(text), LIMIT_RULES);
	assert_int_equal(strategy_set(&s, "stages", text, &err), ERR_OK);
	assert_string_equal(s.stages, text);
	before = s;
	snprintf(text + used, sizeof text - used, "group:%0*d,100%%", LIMIT_RULES - (int)used - 10, 1);
	assert_int_equal(strategy_set(&s, "stages", text, &err), ERR_USAGE);
	assert_memory_equal(&s, &before, sizeof s);
}

static void
bad_parameters_change_nothing(void **state)
{
	static const struct {
		const char *key, *value;
	} bad[] = { { "soak", "-1" }, { "soak", "1w" }, { "min_battery", "101" }, { "rate", "fast" },
		{ "rate_base", "0" }, { "advance_success", "101" }, { "stages", "50%,10%" }, { "breaker", "x" },
		{ "first_device_alone", "yes" }, { "no_such", "1" }, { "min_free", "1.234" },
		{ "max_in_progress", "0" }, { "soak", "off" } };
	struct strategy s, before;

	(void)state;
	assert_true(strategy_builtin("cautious", &s));
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct err err = ERR_NONE;

		before = s;
		if (strategy_set(&s, bad[i].key, bad[i].value, &err) != ERR_USAGE)
			fail_msg("%s=%s was taken", bad[i].key, bad[i].value);
		assert_memory_equal(&s, &before, sizeof s);
	}
}

static void
rates_grow_to_their_cap(void **state)
{
	(void)state;
	assert_int_equal(stage_rate(50, 200, 1000, 1000, 0), 50);
	assert_int_equal(stage_rate(50, 200, 1000, 1000, 999), 50);
	assert_int_equal(stage_rate(50, 200, 1000, 1000, 1000), 100);
	assert_int_equal(stage_rate(50, 200, 1000, 1000, 4000), 800);
	assert_int_equal(stage_rate(50, 200, 1000, 1000, 1000000000), 1000);
	assert_int_equal(stage_rate(50, 100, 1, 1000, 1000000000), 50);
}

/* A byte too few is too few. */
static void
free_space_is_rounded_up(void **state)
{
	static const struct {
		const char *factor;
		int64_t size, needed;
	} cases[] = {
		{ "1.20", 41288, 49546 }, { "1.20", 100, 120 }, { "1.20", 1, 2 }, { "1.20", 0, 0 },
		{ "1.00", 41288, 41288 }, { "1.01", 99, 100 }, { "off", 41288, 0 },
		{ "2.50", 4294967295, 10737418238 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct err err = ERR_NONE;
		struct strategy s;

		assert_true(strategy_builtin("cautious", &s));
		assert_int_equal(strategy_set(&s, "min_free", cases[i].factor, &err), ERR_OK);
		assert_int_equal(strategy_free_needed(&s, cases[i].size), cases[i].needed);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(free_space_is_rounded_up),
		cmocka_unit_test(selectors_follow_kubernetes),
		cmocka_unit_test(broken_selectors_are_refused),
		cmocka_unit_test(stage_lists_rise),
		cmocka_unit_test(wider_stages_only_add),
		cmocka_unit_test(a_full_count_stage_admits_nobody_more),
		cmocka_unit_test(a_count_stage_offers_to_three_times_the_places_left),
		cmocka_unit_test(stages_wait_for_the_right_things),
		cmocka_unit_test(no_stage_opens_before_it_is_said_to),
		cmocka_unit_test(a_stage_comes_after_the_soaks_before_it),
		cmocka_unit_test(sick_stages_never_advance),
		cmocka_unit_test(states_never_move_backward),
		cmocka_unit_test(only_a_persons_refusal_is_final),
		cmocka_unit_test(an_offer_that_has_come_moves_nothing),
		cmocka_unit_test(components_combine_to_the_least_advanced),
		cmocka_unit_test(deadlines_respect_sleepers),
		cmocka_unit_test(every_parameter_reads_its_own_text),
		cmocka_unit_test(every_parameter_keeps_its_bounds),
		cmocka_unit_test(long_texts_are_refused),
		cmocka_unit_test(bad_parameters_change_nothing),
		cmocka_unit_test(rates_grow_to_their_cap),
	};

	seed();
	return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
