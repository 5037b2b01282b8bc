/* The one decision: every verdict is reached, the order holds, and the properties of DESIGN. */
#include "tests/test.h"

#include "core/terms.h"
#include "core/decide.h"
#include "core/gates.h"
#include "core/moment.h"

/* Several components, so that each of two faults of packages has one of its own. */
enum { COMPONENTS = 6 };

/* A device, a plan and everything between them: eligible until a case spoils something. */
struct world {
	struct device device;
	struct product product;
	struct plan plan;
	struct plan_component components[COMPONENTS];
	struct package packages[COMPONENTS][2];
	struct stage stages[2];
	struct interval interval;
	struct zone_intervals zone;
	struct pairs none;
	struct pulse pulse;
	struct execution other;
	struct facts facts;
	const char *from[1];
};

static void
good_world(struct world *w)
{
	*w = (struct world){ .device = { .id = 7, .product = 1, .name = "SN7", .metrics = { .at = 0 } },
		.product = { .id = 1, .name = "aroma", .signatures = 1 } };
	w->stages[0] = (struct stage){ .kind = STAGE_SHARE, .value = 1000, .size = 100, .opened_at = 1 };
	w->stages[1] = (struct stage){ .kind = STAGE_SHARE, .value = 10000, .size = 900 };
	w->plan = (struct plan){ .id = 3, .product = 1, .name = "spring", .state = PLAN_ACTIVE,
		.activated_at = 1000000, .max_device = 100, .targets = 1000, .components = w->components,
		.component_count = COMPONENTS, .stages = w->stages, .stage_count = 2 };
	strategy_builtin("cautious", &w->plan.strategy);
	w->pulse = (struct pulse){ .ever_succeeded = 1, .succeeded = 1 };
	w->facts = (struct facts){ .now = 1000100, .device = &w->device, .product = &w->product,
		.plan = &w->plan, .labels = &w->none, .attributes = &w->none, .tick_at = 1000090,
		.pulse = &w->pulse, .place = { .bucket = 500, .home = -1 } };
	for (int i = 0; i < COMPONENTS; i++) {
		w->packages[i][0] = (struct package){ .id = 1 + 2 * i, .kind = KIND_FULL,
			.state = PACKAGE_PUBLISHED, .signatures = 1, .size = 1000 };
		w->packages[i][1] = (struct package){ .id = 2 + 2 * i, .kind = KIND_DELTA,
			.state = PACKAGE_PUBLISHED, .signatures = 1, .size = 100, .source = "1_0_0" };
		w->components[i] = (struct plan_component){ .component = 1 + i, .version = 2,
			.identity = "STM32", .target = "1_0_1", .counter = 2,
			.packages = w->packages[i], .package_count = 2 };
		w->facts.components[i] = (struct component_facts){ .target = &w->components[i],
			.reported = "1_0_0", .counter = 1 };
	}
}

static enum verdict
verdict_of(const struct world *w)
{
	struct decision d = { .gates = NULL };

	decide(&w->facts, &d);
	return d.verdict;
}

static void
bring_to_target(struct component_facts *c)
{
	for (int i = 0; i < COMPONENTS; i++)
		if (c[i].reported)
			c[i].reported = "1_0_1";
}

static void
supersede(struct component_facts *c)
{
	for (int i = 0; i < COMPONENTS; i++)
		c[i].superseded = true;
}

static void
leave_only_a_delta(struct world *w)
{
	w->components[1].packages = &w->packages[1][1];
	w->components[1].package_count = 1;
	w->facts.components[1].reported = "0_9_9";
}

static void
open_a_short_window(struct world *w)
{
	w->plan.windows_set = true;
	w->interval = (struct interval){ 1000000, 1000200 };
	w->zone = (struct zone_intervals){ "", &w->interval, 1 };
	w->plan.push = &w->zone;
	w->plan.zone_count = 1;
}

/* Let one gate fail, and no other. */
static void
spoil(struct world *w, enum verdict code)
{
	struct strategy *s = &w->plan.strategy;
	struct metrics *m = &w->device.metrics;
	struct component_facts *c = w->facts.components;

	switch (code) {
	case GATE_FROZEN: w->facts.frozen = true; break;
	case GATE_UNKNOWN_DEVICE: w->facts.device = NULL; break;
	case GATE_WRONG_PRODUCT: w->device.product = 2; break;
	case GATE_DEVICE_HELD: w->device.held = true; break;
	case GATE_BLACKLISTED: w->facts.blacklisted_id = true; break;
	case GATE_NOT_WHITELISTED: w->plan.whitelist_set = true; break;
	case GATE_COMPONENT_MISSING: w->plan.require_all = true; c[3].reported = NULL; break;
	case GATE_ALREADY_AT_TARGET: bring_to_target(c); break;
	case GATE_DONE_IN_PLAN: w->facts.done_in_plan = true; break;
	case GATE_SUPERSEDED: supersede(c); break;
	case GATE_VERSION_UNKNOWN: w->plan.unknown_hold = true; c[0].counter = 0; break;
	case GATE_SOURCE_NOT_ALLOWED: w->from[0] = "0_9"; w->plan.from = w->from; w->plan.from_count = 1; break;
	case GATE_WRONG_HARDWARE: w->packages[4][0].hw = w->packages[4][1].hw = "B C"; break;
	case GATE_REQUIREMENT_MISSING:
		w->packages[5][0].requirements = w->packages[5][1].requirements = "boot >= 3\n"; break;
	case GATE_NO_PACKAGE_FOR_VERSION: leave_only_a_delta(w); break;
	case GATE_DOWNGRADE: c[1].counter = 2; break;
	case GATE_PACKAGE_REVOKED: w->packages[0][0].state = w->packages[0][1].state = PACKAGE_REVOKED; break;
	case GATE_NOT_SIGNED: w->packages[2][0].signatures = w->packages[2][1].signatures = 0; break;
	case GATE_FILE_MISSING: w->facts.files_missing = true; break;
	case GATE_TRIAL_MISSING: s->require_trial = true; break;
	case GATE_RETRIES_EXHAUSTED: w->facts.attempts_failed = 4; break;
	case GATE_AFTER_END: w->plan.end_at = 1000100; break;
	case GATE_PLAN_NOT_ACTIVE: w->plan.state = PLAN_SUSPENDED; break;
	case GATE_BEFORE_START: w->plan.start_at = 1000101; break;
	case GATE_OTHER_EXECUTION_OPEN: w->facts.open = &w->other; break;
	case GATE_RETRY_BACKOFF: w->facts.last_needs_wait = true; w->facts.attempts_failed = 1;
		w->facts.last_closed_at = 1000000; break;
	case GATE_BREAKER_TRIPPED: w->pulse.tripped_at = 1; break;
	case GATE_TICK_STALE: s->tick_max_age = 9; break;
	case GATE_STAGE_NOT_OPEN: w->facts.place.bucket = 1000; break;
	case GATE_FIRST_DEVICE_PENDING:
		w->pulse.ever_succeeded = 0;
		w->pulse.in_progress += 1;
		w->pulse.alone_since = 1000000;
		break;
	case GATE_TOO_MANY_IN_PROGRESS: w->pulse.in_progress = 20; break;
	case GATE_RATE_LIMITED: memcpy(s->rate, "constant", 9); s->rate_base = 3;
		w->pulse.rate_minute = w->facts.now / 60; w->pulse.rate_count = 3; break;
	case GATE_OUTSIDE_PUSH_WINDOW: w->plan.windows_set = true; break;
	case GATE_WINDOW_TOO_SHORT: open_a_short_window(w); break;
	case GATE_LOW_BATTERY: m->at = w->facts.now; m->has_battery = true; m->battery = 29; break;
	case GATE_WEAK_SIGNAL: s->min_signal = -90; m->at = w->facts.now; m->has_signal = true; m->signal = -91;
		break;
	case GATE_LOW_STORAGE: m->at = w->facts.now; m->has_free = true; m->free = 119; break;
	case GATE_METRIC_MISSING: s->unknown_metric_hold = true; break;
	case VERDICT_ELIGIBLE:
	case GATE_MAX:
	case VERDICT_MAX: break;
	}
}

/* True where both can never fail at once, a being the earlier one. */
static bool
apart(enum verdict a, enum verdict b)
{
	/* Nothing is known of an unknown device. */
	if (a == GATE_UNKNOWN_DEVICE)
		return true;
	/* Where no component is to be changed nothing about packages can stand in the way. */
	if (a == GATE_ALREADY_AT_TARGET || a == GATE_SUPERSEDED)
		return b == GATE_SUPERSEDED || b == GATE_VERSION_UNKNOWN || b == GATE_SOURCE_NOT_ALLOWED ||
		       b == GATE_WRONG_HARDWARE || b == GATE_REQUIREMENT_MISSING ||
		       b == GATE_NO_PACKAGE_FOR_VERSION || b == GATE_DOWNGRADE ||
		       b == GATE_PACKAGE_REVOKED || b == GATE_NOT_SIGNED || b == GATE_TRIAL_MISSING ||
		       b == GATE_LOW_STORAGE;
	/* Too short is a window that is open. */
	return a == GATE_OUTSIDE_PUSH_WINDOW && b == GATE_WINDOW_TOO_SHORT;
}

/* The label stands before the attribute; of several names any will do; the unknown is as the plan says. */
static void
hardware_is_the_label_or_else_the_attribute(void **state)
{
	static const struct {
		const char *bound, *label, *attribute;
		bool allow, fits;
	} cases[] = {
		{ "", NULL, NULL, false, true },
		{ "", "A", NULL, false, true },
		{ "B", "B", NULL, false, true },
		{ "B", "A", NULL, false, false },
		{ "B", "A", NULL, true, false },
		{ "B", NULL, "B", false, true },
		{ "B", "A", "B", false, false },
		{ "B", "", "B", false, true },
		{ "B", "", "", false, false },
		{ "B", NULL, NULL, false, false },
		{ "B", NULL, NULL, true, true },
		{ "B C", "C", NULL, false, true },
		{ "B C", "B", NULL, false, true },
		{ "B C", "B C", NULL, false, false },
		{ "BC", "B", NULL, false, false },
		{ "B", "BC", NULL, false, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct pair label = { "hw", cases[i].label }, attribute = { "hw", cases[i].attribute };
		struct pairs labels = { &label, cases[i].label ? 1 : 0 };
		struct pairs attributes = { &attribute, cases[i].attribute ? 1 : 0 };
		enum verdict got;
		struct world w;

		good_world(&w);
		w.facts.labels = &labels;
		w.facts.attributes = &attributes;
		w.plan.unknown_hw_allow = cases[i].allow;
		w.packages[0][0].hw = w.packages[0][1].hw = cases[i].bound;
		got = verdict_of(&w);
		if (got != (cases[i].fits ? VERDICT_ELIGIBLE : GATE_WRONG_HARDWARE))
			fail_msg("case %zu: %s", i, verdict_words[got]);
	}
}

/* Each requirement is met by the counter of a version that the server knows, of any component. */
static void
requirements_go_by_the_reported_versions(void **state)
{
	static const struct {
		const char *rules, *boot, *radio;
		bool met;
	} cases[] = {
		{ "", NULL, NULL, true },
		{ "boot >= 2\n", "b2", NULL, true },
		{ "boot >= 2\n", "b3", NULL, true },
		{ "boot >= 2\n", "b1", NULL, false },
		{ "boot >= 2\n", "b9", NULL, false },
		{ "boot >= 2\n", "", NULL, false },
		{ "boot >= 2\n", NULL, "b3", false },
		{ "boot >= 2\nradio >= 3\n", "b2", "b3", true },
		{ "boot >= 2\nradio >= 3\n", "b2", "b2", false },
		{ "radio >= 3\nboot >= 2\n", "b1", "b3", false },
		{ "boo >= 1\n", "b3", NULL, false },
		{ "boot > 1\n", "b3", NULL, false },
		{ "boot >= \n", "b3", NULL, false },
		{ "boot >= 99999999999999999999\n", "b3", NULL, false },
	};
	static const struct component components[] = { { .id = 8, .identity = "boot" },
		{ .id = 9, .identity = "radio" } };
	static const struct version versions[] = { { .component = 8, .name = "b1", .counter = 1 },
		{ .component = 8, .name = "b2", .counter = 2 }, { .component = 8, .name = "b3", .counter = 3 },
		{ .component = 9, .name = "b2", .counter = 2 }, { .component = 9, .name = "b3", .counter = 3 } };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct pair pair[2];
		struct pairs reported = { pair, 0 };
		enum verdict got;
		struct world w;

		if (cases[i].boot)
			pair[reported.count++] = (struct pair){ "boot", cases[i].boot };
		if (cases[i].radio)
			pair[reported.count++] = (struct pair){ "radio", cases[i].radio };
		good_world(&w);
		w.facts.reported = &reported;
		w.facts.known = (struct known){ components, versions, COUNT(components), COUNT(versions) };
		w.packages[0][0].requirements = w.packages[0][1].requirements = cases[i].rules;
		got = verdict_of(&w);
		if (got != (cases[i].met ? VERDICT_ELIGIBLE : GATE_REQUIREMENT_MISSING))
			fail_msg("case %zu: %s", i, verdict_words[got]);
	}
}

/* A package that is for other hardware leaves the device what is for its own. */
static void
another_package_serves_other_hardware(void **state)
{
	struct decision d = { .gates = NULL };
	struct world w;

	(void)state;
	good_world(&w);
	w.packages[0][1].hw = "B"; /* the delta, which is smaller */
	decide(&w.facts, &d);
	assert_int_equal(d.verdict, VERDICT_ELIGIBLE);
	assert_ptr_equal(d.packages[0], &w.packages[0][0]);
	w.packages[0][0].state = PACKAGE_REVOKED;
	assert_int_equal(verdict_of(&w), GATE_PACKAGE_REVOKED);
}

static void
every_gate_has_a_row_and_a_word(void **state)
{
	struct strategy cautious;

	(void)state;
	assert_true(strategy_builtin("cautious", &cautious));
	for (enum verdict code = VERDICT_ELIGIBLE; code < VERDICT_MAX; code++) {
		assert_non_null(verdict_words[code]);
		assert_int_equal(strspn(verdict_words[code], "abcdefghijklmnopqrstuvwxyz_"),
			strlen(verdict_words[code]));
		for (enum verdict other = VERDICT_ELIGIBLE; other < code; other++)
			assert_string_not_equal(verdict_words[code], verdict_words[other]);
	}
	for (enum verdict code = GATE_FROZEN; code < GATE_MAX; code++) {
		const char *parameter = decide_parameter(code, &cautious);
		bool found = !parameter;

		if (!gates[code].judge == !gates[code].each)
			fail_msg("%s has no judge, or two", verdict_words[code]);
		for (size_t i = 0; i < strategy_parameter_count; i++)
			found |= parameter && !strcmp(parameter, strategy_parameters[i].name);
		if (!found)
			fail_msg("%s compares with '%s'", verdict_words[code], parameter);
	}
	assert_null(decide_parameter(VERDICT_ELIGIBLE, &cautious));
	assert_null(decide_parameter(VERDICT_NO_PLAN, &cautious));
	assert_string_equal(decide_parameter(GATE_TOO_MANY_IN_PROGRESS, &cautious), "max_unproven");
	cautious.max_in_progress = 3;
	assert_string_equal(decide_parameter(GATE_TOO_MANY_IN_PROGRESS, &cautious), "max_in_progress");
}

static void
every_verdict_is_reached(void **state)
{
	struct world w;

	(void)state;
	good_world(&w);
	assert_int_equal(verdict_of(&w), VERDICT_ELIGIBLE);
	for (enum verdict code = GATE_FROZEN; code < GATE_MAX; code++) {
		struct gate each[GATE_MAX];
		struct decision d = { .gates = each };

		good_world(&w);
		spoil(&w, code);
		decide(&w.facts, &d);
		if (verdict_of(&w) != code || d.verdict != code)
			fail_msg("%s gave %s", verdict_words[code], verdict_words[verdict_of(&w)]);
		for (enum verdict other = GATE_FROZEN; other < GATE_MAX; other++)
			if (other != code && each[other].result == GATE_FAIL)
				fail_msg("%s lets %s fail", verdict_words[code], verdict_words[other]);
	}
}

/* Of an unknown device two gates can be judged; a draft has no rollout yet. */
static void
what_cannot_be_judged_is_unknown(void **state)
{
	struct gate each[GATE_MAX];
	struct decision d = { .gates = each };
	struct world w;

	(void)state;
	good_world(&w);
	w.facts.device = NULL;
	decide(&w.facts, &d);
	assert_int_equal(each[GATE_FROZEN].result, GATE_PASS);
	assert_int_equal(each[GATE_UNKNOWN_DEVICE].result, GATE_FAIL);
	for (enum verdict code = GATE_WRONG_PRODUCT; code < GATE_MAX; code++) {
		assert_int_equal(each[code].result, GATE_UNKNOWN);
		assert_string_equal(each[code].detail, "the device is unknown");
	}
	good_world(&w);
	w.plan.state = PLAN_DRAFT;
	decide(&w.facts, &d);
	assert_int_equal(d.verdict, GATE_PLAN_NOT_ACTIVE);
	for (enum verdict code = GATE_FROZEN; code < GATE_MAX; code++) {
		bool rollout = code >= GATE_BREAKER_TRIPPED && code <= GATE_WINDOW_TOO_SHORT;

		assert_int_equal(each[code].result == GATE_UNKNOWN, rollout);
		if (rollout)
			assert_string_equal(each[code].detail, "known once the plan is active");
	}
}

/* Alone for an exec_timeout, then one more after each, five at most; a success ends it. */
static void
who_comes_first_holds_nobody_for_long(void **state)
{
	static const struct {
		int64_t under_way, hours, succeeded;
		bool passes;
		int64_t earliest_h; /* 0: unknown */
	} rows[] = { { 0, 0, 0, true, 0 }, { 1, 0, 0, false, 6 }, { 1, 5, 0, false, 6 }, { 1, 6, 0, true, 0 },
		{ 2, 6, 0, false, 12 }, { 2, 12, 0, true, 0 }, { 4, 23, 0, false, 24 }, { 4, 24, 0, true, 0 },
		{ 5, 24, 0, false, 0 }, { 5, 900, 0, false, 0 }, { 9, 0, 1, true, 0 } };
	struct decision d = { .gates = NULL };
	struct world w;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		good_world(&w);
		w.facts.tick_at = w.facts.now;
		w.pulse.in_progress = rows[i].under_way;
		w.pulse.ever_succeeded = rows[i].succeeded;
		w.pulse.alone_since = rows[i].under_way ? w.facts.now - rows[i].hours * 3600 : 0;
		decide(&w.facts, &d);
		assert_int_equal(d.verdict, rows[i].passes ? VERDICT_ELIGIBLE : GATE_FIRST_DEVICE_PENDING);
		if (!rows[i].passes)
			assert_int_equal(d.earliest,
				rows[i].earliest_h ? w.pulse.alone_since + rows[i].earliest_h * 3600 : 0);
	}
}

/* The earliest moment at which a reason may go: never, then, or whenever somebody does something. */
static void
every_reason_says_when_it_may_go(void **state)
{
	static const int64_t earliest[GATE_MAX] = {
		[GATE_WRONG_PRODUCT] = MOMENT_NEVER,
		[GATE_SUPERSEDED] = MOMENT_NEVER,
		[GATE_DOWNGRADE] = MOMENT_NEVER,
		[GATE_AFTER_END] = MOMENT_NEVER,
		[GATE_BEFORE_START] = 1000101,
		[GATE_RETRY_BACKOFF] = 1000600,
		[GATE_STAGE_NOT_OPEN] = 1000100 + 86400,
		[GATE_FIRST_DEVICE_PENDING] = 1000000 + 21600,
		[GATE_RATE_LIMITED] = 1000140,
		[GATE_OUTSIDE_PUSH_WINDOW] = MOMENT_NEVER,
		[GATE_WINDOW_TOO_SHORT] = 1000200,
	};
	struct decision d = { .gates = NULL };
	struct world w;

	(void)state;
	for (enum verdict code = GATE_FROZEN; code < GATE_MAX; code++) {
		good_world(&w);
		spoil(&w, code);
		decide(&w.facts, &d);
		if (d.earliest != earliest[code])
			fail_msg("%s: %lld", verdict_words[code], (long long)d.earliest);
	}
	good_world(&w);
	w.plan.state = PLAN_ENDED;
	decide(&w.facts, &d);
	assert_int_equal(d.earliest, MOMENT_NEVER);
	good_world(&w);
	w.device.id = w.plan.max_device + 1;	/* enrolled too late for a snapshot */
	decide(&w.facts, &d);
	assert_int_equal(d.verdict, GATE_NOT_WHITELISTED);
	assert_int_equal(d.earliest, MOMENT_NEVER);
}

/* Of two faults the more permanent one is the reason shown, whichever two they are. */
static void
the_permanent_reason_comes_first(void **state)
{
	(void)state;
	for (enum verdict a = GATE_FROZEN; a < GATE_MAX; a++)
		for (enum verdict b = (enum verdict)(a + 1); b < GATE_MAX; b++) {
			struct gate each[GATE_MAX];
			struct decision d = { .gates = each };
			struct world w;

			good_world(&w);
			spoil(&w, b);
			spoil(&w, a);
			decide(&w.facts, &d);
			if ((each[a].result == GATE_FAIL && each[b].result == GATE_FAIL) == apart(a, b))
				fail_msg("%s and %s: %d %d", verdict_words[a], verdict_words[b],
					each[a].result, each[b].result);
			if (!apart(a, b) && (d.verdict != a || verdict_of(&w) != a))
				fail_msg("%s and %s gave %s", verdict_words[a], verdict_words[b],
					verdict_words[d.verdict]);
		}
}

/* Explain and poll are one function: the verdict is the same, and every gate has its say. */
static void
explaining_changes_nothing(void **state)
{
	(void)state;
	for (enum verdict code = GATE_FROZEN; code < GATE_MAX; code++) {
		struct gate each[GATE_MAX];
		struct decision plain = { .gates = NULL }, explained = { .gates = each };
		struct world w;

		good_world(&w);
		spoil(&w, code);
		decide(&w.facts, &plain);
		decide(&w.facts, &explained);
		assert_int_equal(plain.verdict, explained.verdict);
		assert_int_equal(plain.earliest, explained.earliest);
		if (explained.verdict)
			assert_int_equal(explained.gates[explained.verdict].result, GATE_FAIL);
	}
}

static void
the_smallest_fitting_package_is_chosen(void **state)
{
	struct decision d = { .gates = NULL };
	struct world w;

	(void)state;
	good_world(&w);
	decide(&w.facts, &d);
	assert_int_equal(d.packages[0]->id, 2);			/* the delta from 1_0_0 */
	w.facts.components[0].reported = "0_9_9";
	decide(&w.facts, &d);
	assert_int_equal(d.packages[0]->id, 1);			/* no delta fits: the full one */
	w.facts.components[0].reported = "1_0_0";
	w.facts.components[0].delta_failed = true;
	decide(&w.facts, &d);
	assert_int_equal(d.packages[0]->id, 1);
	w.facts.components[0].delta_failed = false;
	w.packages[0][1].state = PACKAGE_QUARANTINED;
	decide(&w.facts, &d);
	assert_int_equal(d.packages[0]->id, 1);
	w.plan.allow_kinds = 1 << KIND_DELTA;
	decide(&w.facts, &d);
	assert_int_equal(d.verdict, GATE_PACKAGE_REVOKED);
}

static void
the_floor_holds_even_when_downgrades_are_allowed(void **state)
{
	struct world w;

	(void)state;
	good_world(&w);
	w.facts.components[0].counter = 9;
	assert_int_equal(verdict_of(&w), GATE_DOWNGRADE);
	w.plan.allow_downgrade = true;
	assert_int_equal(verdict_of(&w), VERDICT_ELIGIBLE);
	w.facts.components[0].floor = 3;
	assert_int_equal(verdict_of(&w), GATE_DOWNGRADE);
}

static void
backoff_doubles_up_to_a_day(void **state)
{
	(void)state;
	assert_int_equal(terms_backoff(600, 1), 600);
	assert_int_equal(terms_backoff(600, 2), 1200);
	assert_int_equal(terms_backoff(600, 3), 2400);
	assert_int_equal(terms_backoff(600, 60), MOMENT_DAY_S);
}

static void
any_world(struct world *w)
{
	good_world(w);
	for (int faults = (int)any_below(4); faults > 0; faults--)
		spoil(w, (enum verdict)(GATE_FROZEN + any_below(GATE_MAX - GATE_FROZEN)));
	w->facts.place.bucket = any_below(10000);
	w->stages[1].opened_at = any_below(2);
}

/* The same inputs give the same verdict; a blacklist beats everything that is not more permanent. */
static void
decisions_repeat_and_the_blacklist_wins(void **state)
{
	(void)state;
	for (int i = 0; i < 100000; i++) {
		struct decision first = { .gates = NULL }, second = { .gates = NULL };
		struct world w;

		any_world(&w);
		decide(&w.facts, &first);
		decide(&w.facts, &second);
		assert_int_equal(first.verdict, second.verdict);
		assert_int_equal(first.earliest, second.earliest);
		w.facts.blacklisted_id = w.facts.whitelisted_id = true;
		decide(&w.facts, &first);
		assert_true(first.verdict != VERDICT_ELIGIBLE && first.verdict <= GATE_BLACKLISTED);
	}
}

/* A suspended, ended, frozen or tripped plan offers nothing; nothing is offered outside a window. */
static void
stopped_plans_offer_nothing(void **state)
{
	(void)state;
	for (int i = 0; i < 100000; i++) {
		struct decision d = { .gates = NULL };
		struct world w;

		any_world(&w);
		switch (any_below(5)) {
		case 0: w.plan.state = PLAN_SUSPENDED; break;
		case 1: w.plan.state = PLAN_ENDED; break;
		case 2: w.facts.frozen = true; break;
		case 3: w.pulse.tripped_at = 1; break;
		default:
			w.plan.windows_set = true;
			w.interval = (struct interval){ w.facts.now + 1 + any_below(1000), w.facts.now + 9000 };
			w.zone = (struct zone_intervals){ "", &w.interval, 1 };
			w.plan.push = &w.zone;
			w.plan.zone_count = 1;
		}
		decide(&w.facts, &d);
		assert_int_not_equal(d.verdict, VERDICT_ELIGIBLE);
	}
}

/* Opening a stage further never turns an eligible device away. */
static void
wider_plans_only_add(void **state)
{
	(void)state;
	for (int i = 0; i < 100000; i++) {
		struct decision narrow = { .gates = NULL }, wide = { .gates = NULL };
		struct world w;

		any_world(&w);
		w.stages[1].opened_at = 0;
		decide(&w.facts, &narrow);
		w.stages[1].opened_at = 1;
		decide(&w.facts, &wide);
		if (narrow.verdict == VERDICT_ELIGIBLE)
			assert_int_equal(wide.verdict, VERDICT_ELIGIBLE);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hardware_is_the_label_or_else_the_attribute),
		cmocka_unit_test(requirements_go_by_the_reported_versions),
		cmocka_unit_test(another_package_serves_other_hardware),
		cmocka_unit_test(every_gate_has_a_row_and_a_word),
		cmocka_unit_test(every_verdict_is_reached),
		cmocka_unit_test(what_cannot_be_judged_is_unknown),
		cmocka_unit_test(every_reason_says_when_it_may_go),
		cmocka_unit_test(who_comes_first_holds_nobody_for_long),
		cmocka_unit_test(the_permanent_reason_comes_first),
		cmocka_unit_test(explaining_changes_nothing),
		cmocka_unit_test(the_smallest_fitting_package_is_chosen),
		cmocka_unit_test(the_floor_holds_even_when_downgrades_are_allowed),
		cmocka_unit_test(backoff_doubles_up_to_a_day),
		cmocka_unit_test(decisions_repeat_and_the_blacklist_wins),
		cmocka_unit_test(stopped_plans_offer_nothing),
		cmocka_unit_test(wider_plans_only_add),
	};

	seed();
	return cmocka_run_group_tests_name("decide", tests, NULL, NULL);
}
