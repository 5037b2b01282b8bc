#include "core/breaker.h"

#include "core/str.h"

enum { MARGIN_MAX = 100000 }; /* a margin that nobody waits for; also where none ever trips */

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
trips(const struct breaker_rule *rule, int64_t bad, int64_t concluded,
	const struct breaker_case *what)
{
	int64_t enough = rule->concluded;

	if (what->scope == BREAKER_STAGE && what->first_small && bad >= 2)
		return true;
	if (what->scope == BREAKER_COHORT && bad >= 5 && bad * 2 >= concluded)
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

struct breaker_verdict
breaker_judge(const struct breaker_list *rules, const struct breaker_tally *tally,
	const struct breaker_case *what)
{
	struct breaker_verdict ret = { .margin = INT64_MAX };

	for (size_t i = 0; i < rules->count; i++) {
		const struct breaker_rule *rule = &rules->list[i];
		int64_t bad = bad_devices(tally, rule->what), more;

		if (trips(rule, bad, tally->concluded, what))
			return (struct breaker_verdict){ true, rule->abort, bad, tally->concluded,
				0, rule };
		more = margin(rule, bad, tally->concluded, what);
		if (more < ret.margin)
			ret = (struct breaker_verdict){ false, rule->abort, bad, tally->concluded,
				more, rule };
	}
	return ret;
}

const char *
breaker_text(const struct breaker_verdict *verdict, const struct breaker_case *what, char *ret)
{
	const struct breaker_rule *rule = verdict->rule;
	long long bad = (long long)verdict->bad, concluded = (long long)verdict->concluded;
	const char *word = rule->what == BREAKER_ALL ? "bad" : words[rule->what];
	int used = snprintf(ret, 160, "%lld of %lld devices %s ", bad, concluded, word);

	if (used < 0 || used > 100)
		return ret;
	if (what->scope == BREAKER_STAGE && what->first_small && bad < rule->failures)
		snprintf(ret + used, (size_t)(160 - used), "(2 in a small first stage)");
	else if (what->scope == BREAKER_COHORT && bad < rule->failures)
		snprintf(ret + used, (size_t)(160 - used), "(5 that are half of a cohort)");
	else
		snprintf(ret + used, (size_t)(160 - used), "(%lld %% and %lld of at least %lld)",
			(long long)rule->percent, (long long)rule->failures,
			(long long)rule->concluded);
	return ret;
}
