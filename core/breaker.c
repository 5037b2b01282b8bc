/*
 * What comes in is the end of an attempt.  It is worked on in four passes: breaker_end() says which
 * cohorts it counts for and what it adds there (nothing, where the device was counted before); the
 * caller adds that to the tallies it keeps; breaker_case_of() says by which measure each of them is
 * judged; breaker_judge() holds it against the rules of the strategy.  The first rule that trips
 * wins.
 *
 * A tally never falls, so a trip is never undone by what comes later: only a resume begins anew,
 * with empty tallies and without the attempts accepted before it.  Nothing here may depend on who
 * asks: what the door latches, a status foretells and a simulation plays must come out the same.
 */
#include "core/breaker.h"

#include "core/probe.h"
#include "core/str.h"

#include <inttypes.h>

enum {
	MARGIN_MAX = 100000, /* a margin that nobody waits for; also where none ever trips */
	SMALL_STAGE = 20,    /* devices of a first stage that trips at SMALL_STAGE_BAD */
	SMALL_STAGE_BAD = 2,
	COHORT_BAD = 5, /* in a cohort of like devices, when they are half of it */
};

const char *const breaker_scope_words[BREAKER_SCOPE_MAX] = {
	[BREAKER_STAGE] = "stage",
	[BREAKER_BLOCK] = "block",
	[BREAKER_LABEL] = "label",
	[BREAKER_PACKAGE] = "package",
	[BREAKER_PROBE] = "probe",
};

static const char *const words[] = {
	[BREAKER_FAILED] = "failed",
	[BREAKER_REJECTED] = "rejected",
	[BREAKER_TIMED_OUT] = "timed_out",
	[BREAKER_REGRESSED] = "regressed",
	[BREAKER_ALL] = "all",
};

/* Cut the next ':'-separated field into `field`; false at the end or when too long. */
static bool
field_cut(const char **at, char *field, size_t room)
{
	size_t length = strcspn(*at, ":");

	if (!length || length >= room)
		return false;
	memcpy(field, *at, length);
	field[length] = '\0';
	*at += length + ((*at)[length] == ':');
	return true;
}

static bool
rule_parse(const char *text, struct breaker_rule *ret)
{
	char field[5][16];
	const char *at = text;
	size_t what = 0;

	for (int i = 0; i < 5; i++)
		if (!field_cut(&at, field[i], sizeof field[i]))
			return false;
	while (what < COUNT(words) && strcmp(field[0], words[what]) != 0)
		what++;
	if (*at || what == COUNT(words) || !str_int(field[1], 1, 100, &ret->percent) ||
		!str_int(field[2], 1, 1000000, &ret->concluded) ||
		!str_int(field[3], 1, 1000000, &ret->failures))
		return false;
	ret->what = (enum breaker_what)what;
	ret->abort = !strcmp(field[4], "abort");
	return ret->abort || !strcmp(field[4], "suspend");
}

bool
breaker_list_parse(const char *text, struct breaker_list *ret)
{
	*ret = (struct breaker_list){ 0 };
	if (!strcmp(text, "off"))
		return true;
	for (;;) {
		char rule[80];
		size_t length = strcspn(text, ",");

		if (length >= sizeof rule || ret->count == COUNT(ret->list))
			return false;
		memcpy(rule, text, length);
		rule[length] = '\0';
		if (!rule_parse(rule, &ret->list[ret->count]))
			return false;
		ret->count++;
		if (!text[length])
			return true;
		text += length + 1;
	}
}

static int64_t
bad_devices(const struct breaker_tally *tally, enum breaker_what what)
{
	switch (what) {
	case BREAKER_FAILED:
		return tally->failed;
	case BREAKER_REJECTED:
		return tally->rejected;
	case BREAKER_TIMED_OUT:
		return tally->timed_out;
	case BREAKER_REGRESSED:
		return tally->regressed;
	case BREAKER_ALL:
		return tally->failed + tally->timed_out + tally->regressed;
	}
	return 0;
}

static bool
of_like_devices(enum breaker_scope scope)
{
	return scope == BREAKER_LABEL || scope == BREAKER_PACKAGE;
}

static bool
trips(const struct breaker_rule *rule, int64_t bad, int64_t concluded,
	const struct breaker_case *what)
{
	int64_t enough = rule->concluded;

	if (what->scope == BREAKER_PROBE)
		return what->probing && bad >= PROBE_BAD;
	if (what->scope == BREAKER_STAGE && what->first_small && bad >= SMALL_STAGE_BAD)
		return true;
	if (what->scope == BREAKER_STAGE && what->first_joined && bad >= SMALL_STAGE_BAD &&
		bad * 100 >= rule->percent * concluded)
		return true;
	if (of_like_devices(what->scope) && bad >= COHORT_BAD && bad * 2 >= concluded)
		return true;
	if (what->scope == BREAKER_STAGE && what->stage_size < enough)
		enough = what->stage_size;
	return bad >= rule->failures && concluded >= enough &&
	       bad * 100 >= rule->percent * concluded;
}

/*
 * Bad devices more, each of them a conclusion more, until the rule trips; at most MARGIN_MAX.
 * Found by halving: no condition of trips() that holds ceases to hold with more of them.
 */
static int64_t
margin(const struct breaker_rule *rule, int64_t bad, int64_t concluded,
	const struct breaker_case *what)
{
	int64_t low = 0, high = MARGIN_MAX;

	while (low < high) {
		int64_t middle = (low + high) / 2;

		if (trips(rule, bad + middle, concluded + middle, what))
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

bool
breaker_trips(const struct breaker_list *rules, const struct breaker_tally *tally,
	const struct breaker_case *what, struct breaker_verdict *ret)
{
	for (size_t i = 0; i < rules->count; i++) {
		const struct breaker_rule *rule = &rules->list[i];
		int64_t bad = bad_devices(tally, rule->what);

		if (!trips(rule, bad, tally->concluded, what))
			continue;
		*ret = (struct breaker_verdict){ true, rule->abort, bad, tally->concluded, 0,
			rule };
		return true;
	}
	return false;
}

struct breaker_verdict
breaker_judge(const struct breaker_list *rules, const struct breaker_tally *tally,
	const struct breaker_case *what)
{
	struct breaker_verdict ret = { .margin = INT64_MAX };

	if (breaker_trips(rules, tally, what, &ret))
		return ret;
	for (size_t i = 0; i < rules->count; i++) {
		const struct breaker_rule *rule = &rules->list[i];
		int64_t bad = bad_devices(tally, rule->what);
		int64_t more = margin(rule, bad, tally->concluded, what);

		if (more < ret.margin)
			ret = (struct breaker_verdict){ false, rule->abort, bad, tally->concluded,
				more, rule };
	}
	return ret;
}

static struct breaker_cohort *
cohort_add(struct breaker_count *count, enum breaker_scope scope, int64_t number, const char *text)
{
	struct breaker_cohort *ret = &count->cohorts[count->cohort_count++];

	ret->scope = scope;
	ret->number = number;
	str_copy(ret->text, sizeof ret->text, text);
	*ret->identity = *ret->target = '\0';
	return ret;
}

/* "hw=B"; not printed, because a simulation comes here for each device of a fleet. */
static void
label_add(struct breaker_count *count, const char *key, const char *value)
{
	struct breaker_cohort *cohort = cohort_add(count, BREAKER_LABEL, 0, key);
	size_t length = strlen(key);

	cohort->text[length++] = '=';
	str_copy(cohort->text + length, sizeof cohort->text - length, value);
}

/* The bounds of the stages that were opened together with one of them. */
static void
joined(const struct plan *plan, int64_t index, int64_t *first, int64_t *last)
{
	*first = *last = index;
	if (!plan->stages[index].opened_at)
		return;
	*first = stage_joined_first(plan->stages, index);
	*last = stage_joined_last(plan->stages, plan->stage_count, index);
}

static bool
has_stage(const struct plan *plan, int64_t index)
{
	return index >= 0 && (size_t)index < plan->stage_count;
}

static void
cohorts_find(const struct breaker_end *end, const struct plan *plan, struct breaker_count *ret)
{
	const struct execution *e = end->execution;
	int64_t first, stage = e->stage;

	if (has_stage(plan, stage))
		joined(plan, stage, &first, &stage);
	cohort_add(ret, BREAKER_STAGE, stage, "");
	if (plan->probe_at && e->accepted_at >= plan->probe_at)
		cohort_add(ret, BREAKER_PROBE, 0, "");
	if (e->block >= 0)
		cohort_add(ret, BREAKER_BLOCK, e->block, "");
	if (*e->cohort)
		label_add(ret, plan->strategy.breaker_by, e->cohort);
	for (size_t i = 0; i < end->component_count && i < LIMIT_PLAN_COMPONENTS; i++) {
		const struct execution_component *c = &end->components[i];
		struct breaker_cohort *cohort =
			cohort_add(ret, BREAKER_PACKAGE, c->package, c->source);

		str_copy(cohort->identity, sizeof cohort->identity, c->identity);
		str_copy(cohort->target, sizeof cohort->target, c->target);
	}
}

void
breaker_end(const struct breaker_end *end, const struct plan *plan, struct breaker_count *ret)
{
	const struct execution *e = end->execution;
	bool bad = e->state != EXEC_SUCCEEDED;
	bool first_conclusion = !(end->before & COUNTED_CONCLUDED);
	bool first_failure = bad && !(end->before & COUNTED_FAILED);

	ret->cohort_count = 0;
	ret->counted = e->counted | COUNTED_CONCLUDED | (bad ? COUNTED_FAILED : 0);
	ret->news = first_conclusion || first_failure;
	ret->delta = (struct breaker_tally){ .concluded = first_conclusion,
		.well = (e->state == EXEC_SUCCEEDED) - (end->from == EXEC_SUCCEEDED),
		.bad = execution_is_bad(e->state) - execution_is_bad(end->from) };
	if (!ret->news && !ret->delta.well && !ret->delta.bad)
		return;
	if (first_failure) {
		ret->delta.failed = e->state == EXEC_FAILED;
		ret->delta.timed_out = e->state == EXEC_TIMED_OUT;
		ret->delta.regressed = e->state == EXEC_REGRESSED;
		ret->delta.rejected = e->state == EXEC_REJECTED;
	}
	cohorts_find(end, plan, ret);
}

void
breaker_again(const struct breaker_end *end, const struct plan *plan, struct breaker_count *ret)
{
	enum execution_state state = end->execution->state;

	ret->cohort_count = 0;
	ret->counted = end->execution->counted;
	ret->news = false;
	ret->delta = (struct breaker_tally){ .well = -(state == EXEC_SUCCEEDED),
		.bad = -execution_is_bad(state) };
	if (ret->delta.well || ret->delta.bad)
		cohorts_find(end, plan, ret);
}

bool
breaker_sick(const struct breaker_row *row)
{
	const struct breaker_tally *t = &row->tally;

	return of_like_devices(row->cohort.scope) && t->bad >= BREAKER_SICK &&
	       t->bad * 2 >= t->well + t->bad;
}

struct breaker_case
breaker_case_of_stage(enum stage_kind kind, int64_t index, int64_t size)
{
	return (struct breaker_case){ .scope = BREAKER_STAGE,
		.stage_size = size,
		.first_small = !index && (kind != STAGE_SHARE || size <= SMALL_STAGE) };
}

struct breaker_case
breaker_case_of(const struct plan *plan, const struct breaker_cohort *cohort)
{
	struct breaker_case ret = { .scope = BREAKER_STAGE };
	int64_t first, last;

	if (cohort->scope != BREAKER_STAGE)
		return (struct breaker_case){ .scope = cohort->scope, .probing = plan->probe_at };
	if (!has_stage(plan, cohort->number))
		return (struct breaker_case){ .scope = BREAKER_STAGE, .stage_size = INT64_MAX };
	joined(plan, cohort->number, &first, &last);
	if (first == last)
		return breaker_case_of_stage(
			plan->stages[first].kind, first, plan->stages[first].size);
	for (int64_t i = first; i <= last; i++)
		ret.stage_size += plan->stages[i].size;
	ret.first_small = !first && ret.stage_size <= SMALL_STAGE;
	ret.first_joined = !first;
	return ret;
}

const char *
breaker_cohort_words(const struct breaker_cohort *cohort, char *ret)
{
	switch (cohort->scope) {
	case BREAKER_STAGE:
	case BREAKER_BLOCK:
		snprintf(ret, BREAKER_WORDS, "%s %" PRId64, breaker_scope_words[cohort->scope],
			cohort->number + 1);
		return ret;
	case BREAKER_LABEL:
		str_copy(ret, BREAKER_WORDS, cohort->text);
		return ret;
	case BREAKER_PACKAGE:
		snprintf(ret, BREAKER_WORDS, "%s %s package %" PRId64 " from %s", cohort->identity,
			cohort->target, cohort->number, *cohort->text ? cohort->text : "unknown");
		return ret;
	case BREAKER_PROBE:
		str_copy(ret, BREAKER_WORDS, "the probe");
		return ret;
	case BREAKER_SCOPE_MAX:
		break;
	}
	*ret = '\0';
	return ret;
}

const char *
breaker_reason(const struct breaker_verdict *verdict, const struct breaker_case *what,
	const struct breaker_cohort *cohort, char *ret)
{
	const struct breaker_rule *rule = verdict->rule;
	const char *word = rule->what == BREAKER_ALL ? "bad" : words[rule->what];
	char name[BREAKER_WORDS], limits[80], numbers[80];
	size_t room;

	if (what->scope == BREAKER_PROBE)
		snprintf(limits, sizeof limits, "%d in the probe after a resume", PROBE_BAD);
	else if (what->scope == BREAKER_STAGE && what->first_small && verdict->bad < rule->failures)
		snprintf(limits, sizeof limits, "%d in a small first stage", SMALL_STAGE_BAD);
	else if (what->scope == BREAKER_STAGE && what->first_joined &&
		 verdict->bad < rule->failures)
		snprintf(limits, sizeof limits, "%" PRId64 " %% and %d in a joined first stage",
			rule->percent, SMALL_STAGE_BAD);
	else if (of_like_devices(what->scope) && verdict->bad < rule->failures)
		snprintf(limits, sizeof limits, "%d that are half of a cohort", COHORT_BAD);
	else
		snprintf(limits, sizeof limits,
			"%" PRId64 " %% and %" PRId64 " of at least %" PRId64, rule->percent,
			rule->failures, rule->concluded);
	snprintf(numbers, sizeof numbers, "%" PRId64 " of %" PRId64 " devices %s", verdict->bad,
		verdict->concluded, word);
	breaker_cohort_words(cohort, name);
	room = LIMIT_REMARK - strlen(": ") - strlen(numbers) - strlen(" ()") - strlen(limits);
	str_cut(ret, room + 1, name);
	room = strlen(ret);
	snprintf(ret + room, LIMIT_REMARK + 1 - room, ": %s (%s)", numbers, limits);
	return ret;
}

static void
margin_lower(struct breaker_margin *ret, const struct breaker_list *rules,
	const struct breaker_tally *tally, const struct breaker_case *what,
	const struct breaker_cohort *cohort)
{
	struct breaker_verdict verdict = breaker_judge(rules, tally, what);

	if (ret->margin >= 0 && verdict.margin >= ret->margin)
		return;
	*ret = (struct breaker_margin){ verdict.margin, verdict.bad, cohort };
}

struct breaker_margin
breaker_margin(const struct plan *plan, const struct breaker_row *rows, size_t count)
{
	static const struct breaker_case package = { .scope = BREAKER_PACKAGE };
	static const struct breaker_case probe = { .scope = BREAKER_PROBE, .probing = true };
	static const struct breaker_tally none;
	struct breaker_margin ret = { .margin = -1 };
	struct breaker_list rules;
	uint32_t counted = 0; /* bit i: stage i */
	bool probed = false;

	breaker_list_parse(plan->strategy.breaker, &rules);
	if (!rules.count)
		return ret;
	for (size_t i = 0; i < count; i++) {
		const struct breaker_cohort *cohort = &rows[i].cohort;
		struct breaker_case what = breaker_case_of(plan, cohort);

		margin_lower(&ret, &rules, &rows[i].tally, &what, cohort);
		probed |= cohort->scope == BREAKER_PROBE;
		if (cohort->scope == BREAKER_STAGE && cohort->number >= 0 &&
			cohort->number < LIMIT_STAGES)
			counted |= 1u << cohort->number;
	}
	for (size_t i = 0; i < plan->stage_count; i++) {
		struct breaker_case what = breaker_case_of(plan,
			&(struct breaker_cohort){ .scope = BREAKER_STAGE, .number = (int64_t)i });
		int64_t first, last;

		joined(plan, (int64_t)i, &first, &last);
		if (plan->stages[i].opened_at && last == (int64_t)i && !(counted >> i & 1))
			margin_lower(&ret, &rules, &none, &what, NULL);
	}
	if (plan->probe_at && !probed)
		margin_lower(&ret, &rules, &none, &probe, NULL);
	if (!count)
		margin_lower(&ret, &rules, &none, &package, NULL);
	return ret;
}
