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

/* What devices did that a rule counts, */
static const char *const deed_words[] = {
	[BREAKER_FAILED] = "failed",
	[BREAKER_REJECTED] = "were refused by their users",
	[BREAKER_TIMED_OUT] = "timed out",
	[BREAKER_REGRESSED] = "fell back",
	[BREAKER_ALL] = "went wrong",
};

/* and as something that is counted. */
static const char *const counted_words[] = {
	[BREAKER_FAILED] = "failure",
	[BREAKER_REJECTED] = "refusal",
	[BREAKER_TIMED_OUT] = "timeout",
	[BREAKER_REGRESSED] = "regression",
	[BREAKER_ALL] = "failure",
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

/* Which limit of a rule was reached. */
enum limit { LIMIT_NONE, LIMIT_RULE, LIMIT_PROBE, LIMIT_SMALL, LIMIT_JOINED, LIMIT_HALF };

/* Conclusions that a rule needs: a stage that is smaller cannot have them. */
static int64_t
enough_of(const struct breaker_rule *rule, const struct breaker_case *what)
{
	return what->scope == BREAKER_STAGE && what->stage_size < rule->concluded ? what->stage_size
										  : rule->concluded;
}

static enum limit
limit_reached(const struct breaker_rule *rule, int64_t bad, int64_t concluded,
	const struct breaker_case *what)
{
	bool share = bad * 100 >= rule->percent * concluded;

	if (what->scope == BREAKER_PROBE)
		return what->probing && bad >= PROBE_BAD ? LIMIT_PROBE : LIMIT_NONE;
	if (bad >= rule->failures && concluded >= enough_of(rule, what) && share)
		return LIMIT_RULE;
	if (what->scope == BREAKER_STAGE && what->first_small && bad >= SMALL_STAGE_BAD)
		return LIMIT_SMALL;
	if (what->scope == BREAKER_STAGE && what->first_joined && bad >= SMALL_STAGE_BAD && share)
		return LIMIT_JOINED;
	if (of_like_devices(what->scope) && bad >= COHORT_BAD && bad * 2 >= concluded)
		return LIMIT_HALF;
	return LIMIT_NONE;
}

/*
 * Bad devices more, each of them a conclusion more, until the rule trips; at most MARGIN_MAX.
 * Found by halving: no condition of limit_reached() that holds ceases to hold with more of them.
 */
static int64_t
margin(const struct breaker_rule *rule, int64_t bad, int64_t concluded,
	const struct breaker_case *what)
{
	int64_t low = 0, high = MARGIN_MAX;

	while (low < high) {
		int64_t middle = (low + high) / 2;

		if (limit_reached(rule, bad + middle, concluded + middle, what))
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

		if (!limit_reached(rule, bad, tally->concluded, what))
			continue;
		*ret = (struct breaker_verdict){ true, rule->abort, bad, tally->concluded, 0, rule,
			*tally };
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
				more, rule, *tally };
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

static int
failed_as(enum execution_state state)
{
	return state == EXEC_FAILED	 ? COUNTED_AS_FAILED
	       : state == EXEC_TIMED_OUT ? COUNTED_AS_TIMED_OUT
	       : state == EXEC_REGRESSED ? COUNTED_AS_REGRESSED
					 : COUNTED_AS_REJECTED;
}

void
breaker_end(const struct breaker_end *end, const struct plan *plan, struct breaker_count *ret)
{
	const struct execution *e = end->execution;
	bool bad = e->state != EXEC_SUCCEEDED;
	bool first_conclusion = !(end->before & COUNTED_CONCLUDED);
	bool first_failure = bad && !(end->before & COUNTED_FAILED);

	ret->cohort_count = 0;
	ret->counted = e->counted | COUNTED_CONCLUDED | (bad ? COUNTED_FAILED : 0) |
		       (first_conclusion ? COUNTED_FIRST : 0) |
		       (first_failure ? failed_as(e->state) : 0);
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
		snprintf(ret, BREAKER_WORDS, "of stage %" PRId64, cohort->number + 1);
		return ret;
	case BREAKER_BLOCK:
		snprintf(ret, BREAKER_WORDS, "that accepted as number %" PRId64 " to %" PRId64,
			cohort->number * BREAKER_BLOCK_SIZE + 1,
			(cohort->number + 1) * BREAKER_BLOCK_SIZE);
		return ret;
	case BREAKER_LABEL:
		snprintf(ret, BREAKER_WORDS, "with %s", cohort->text);
		return ret;
	case BREAKER_PACKAGE:
		snprintf(ret, BREAKER_WORDS, "that took %s %s from %s (package %" PRId64 ")",
			cohort->identity, cohort->target,
			*cohort->text ? cohort->text : "an unknown version", cohort->number);
		return ret;
	case BREAKER_PROBE:
		str_copy(ret, BREAKER_WORDS, "of the probe after the resume");
		return ret;
	case BREAKER_SCOPE_MAX:
		break;
	}
	*ret = '\0';
	return ret;
}

/* What they did: "timed out", or "went wrong (3 failed, 2 timed out)". */
static const char *
deeds(const struct breaker_verdict *v, char *ret, size_t room)
{
	const struct {
		int64_t n;
		const char *word;
	} kinds[] = { { v->tally.failed, deed_words[BREAKER_FAILED] },
		{ v->tally.timed_out, deed_words[BREAKER_TIMED_OUT] },
		{ v->tally.regressed, deed_words[BREAKER_REGRESSED] } };
	size_t used;

	snprintf(ret, room, "%s", deed_words[v->rule->what]);
	for (size_t i = 0, n = 0; v->rule->what == BREAKER_ALL && i < COUNT(kinds); i++) {
		if (!kinds[i].n)
			continue;
		used = strlen(ret);
		snprintf(ret + used, room - used, "%s%" PRId64 " %s", n++ ? ", " : " (", kinds[i].n,
			kinds[i].word);
	}
	used = strlen(ret);
	snprintf(ret + used, room - used, "%s", strchr(ret, '(') ? ")" : "");
	return ret;
}

static void
limit_words(
	const struct breaker_verdict *v, const struct breaker_case *what, char *ret, size_t room)
{
	const struct breaker_rule *rule = v->rule;

	switch (limit_reached(rule, v->bad, v->concluded, what)) {
	case LIMIT_PROBE:
		snprintf(ret, room, "%d in a probe", PROBE_BAD);
		return;
	case LIMIT_SMALL:
		snprintf(ret, room, "%d in a small first stage", SMALL_STAGE_BAD);
		return;
	case LIMIT_JOINED:
		snprintf(ret, room, "%d that are %" PRId64 " %% of a joined first stage",
			SMALL_STAGE_BAD, rule->percent);
		return;
	case LIMIT_HALF:
		snprintf(ret, room, "%d that are half of such devices", COHORT_BAD);
		return;
	case LIMIT_NONE:
	case LIMIT_RULE:
		break;
	}
	snprintf(ret, room, "%" PRId64 " that are %" PRId64 " %% of at least %" PRId64,
		rule->failures, rule->percent, enough_of(rule, what));
}

const char *
breaker_reason(const struct breaker_verdict *v, const struct breaker_case *what,
	const struct breaker_cohort *cohort, char *ret)
{
	char who[BREAKER_WORDS], did[104], limit[80], begin[64], end[LIMIT_REMARK];
	size_t used;

	limit_words(v, what, limit, sizeof limit);
	snprintf(begin, sizeof begin, "%" PRId64 " of %" PRId64 " devices ", v->bad, v->concluded);
	snprintf(end, sizeof end, " %s; the limit is %s", deeds(v, did, sizeof did), limit);
	snprintf(ret, LIMIT_REMARK + 1, "%s", begin);
	used = strlen(begin);
	str_cut(ret + used, LIMIT_REMARK + 1 - used - strlen(end),
		breaker_cohort_words(cohort, who));
	used += strlen(ret + used);
	snprintf(ret + used, LIMIT_REMARK + 1 - used, "%s", end);
	return ret;
}

const char *
breaker_margin_words(const struct breaker_margin *margin, char *ret)
{
	const char *ending = margin->margin == 1 ? "" : "s";
	char who[BREAKER_WORDS];

	if (!margin->cohort)
		snprintf(ret, BREAKER_MARGIN_WORDS,
			"trips at %" PRId64 " %s%s; no device has finished yet", margin->margin,
			counted_words[margin->what], ending);
	else
		snprintf(ret, BREAKER_MARGIN_WORDS,
			"trips at %" PRId64 " more %s%s among devices %s; so far %" PRId64
			" of %" PRId64,
			margin->margin, counted_words[margin->what], ending,
			breaker_cohort_words(margin->cohort, who), margin->bad, margin->concluded);
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
	*ret = (struct breaker_margin){ verdict.margin, verdict.bad, verdict.concluded,
		verdict.rule ? verdict.rule->what : BREAKER_ALL, cohort };
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
