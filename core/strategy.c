#include "core/strategy.h"

#include "core/breaker.h"
#include "core/moment.h"
#include "core/stage.h"
#include "core/str.h"
#include "core/window.h"

#include <assert.h>
#include <inttypes.h>

/*
 * What kind of value a parameter has: how it is read and written, and what is said of a wrong one.
 */
struct parameter_kind {
	/* Read the text into the member, or return false and leave it. */
	bool (*parse)(const struct parameter *p, const char *text, void *member);
	/* The text that parse() takes back. */
	const char *(*format)(struct arena *arena, const struct parameter *p, const void *member);
	/* Say why a text was refused. */
	enum err_code (*rule)(const struct parameter *p, struct err *err);

	/* Those three ask: */
	bool (*read)(const char *text, int64_t low, int64_t high, int64_t *ret); /* of a number */
	bool (*check)(const char *text);					 /* of a text */
	const char *no, *yes;							 /* of a switch */
	const char *must; /* what it must be, where that is always the same */
};

/* --- numbers ---------------------------------------------------------------------------------- */

static bool
duration_read(const char *text, int64_t low, int64_t high, int64_t *ret)
{
	int64_t seconds;

	if (!moment_duration(text, &seconds) || seconds < low || seconds > high)
		return false;
	*ret = seconds;
	return true;
}

static bool
number_parse(const struct parameter *p, const char *text, void *member)
{
	int64_t *ret = member;

	if (p->can_be_off && !strcmp(text, "off"))
		*ret = STRATEGY_OFF;
	else if (p->can_be_auto && !strcmp(text, "auto"))
		*ret = STRATEGY_AUTO;
	else
		return p->kind->read(text, p->low, p->high, ret);
	return true;
}

/* The word for a number that is none, or NULL. */
static const char *
number_word(const struct parameter *p, int64_t number)
{
	if (number == STRATEGY_OFF)
		return "off";
	return p->can_be_auto && number == STRATEGY_AUTO ? "auto" : NULL;
}

static const char *
integer_format(struct arena *arena, const struct parameter *p, const void *member)
{
	int64_t number = *(const int64_t *)member;
	const char *word = number_word(p, number);

	return word ? word : arena_printf(arena, "%" PRId64, number);
}

static const char *
duration_format(struct arena *arena, const struct parameter *p, const void *member)
{
	int64_t number = *(const int64_t *)member;
	const char *word = number_word(p, number);

	return word ? word : arena_printf(arena, "%" PRId64 "s", number);
}

static const char *
factor_format(struct arena *arena, const struct parameter *p, const void *member)
{
	int64_t number = *(const int64_t *)member;
	const char *word = number_word(p, number);

	return word ? word
		    : arena_printf(arena, "%" PRId64 ".%02" PRId64, number / 100, number % 100);
}

static enum err_code
integer_rule(const struct parameter *p, struct err *err)
{
	return err_why(err, "it must be %" PRId64 " to %" PRId64 "%s%s", p->low, p->high,
		p->can_be_off ? " or off" : "", p->can_be_auto ? " or auto" : "");
}

static enum err_code
duration_rule(const struct parameter *p, struct err *err)
{
	return err_why(err,
		"it must be a time such as 90s, 10m, 6h or 7d, at least %" PRId64 " s%s", p->low,
		p->can_be_auto ? ", or auto" : "");
}

static enum err_code
factor_rule(const struct parameter *p, struct err *err)
{
	return err_why(err,
		"it must be a number with at most two decimals, %" PRId64 ".%02" PRId64
		" to %" PRId64,
		p->low / 100, p->low % 100, p->high / 100);
}

/* --- switches and texts ----------------------------------------------------------------------- */

static bool
switch_parse(const struct parameter *p, const char *text, void *member)
{
	bool yes = !strcmp(text, p->kind->yes);

	if (!yes && strcmp(text, p->kind->no) != 0)
		return false;
	*(bool *)member = yes;
	return true;
}

static const char *
switch_format(struct arena *arena, const struct parameter *p, const void *member)
{
	(void)arena;
	return *(const bool *)member ? p->kind->yes : p->kind->no;
}

static bool
text_parse(const struct parameter *p, const char *text, void *member)
{
	if (strlen(text) >= p->room || !p->kind->check(text))
		return false;
	str_copy(member, p->room, text);
	return true;
}

static const char *
text_format(struct arena *arena, const struct parameter *p, const void *member)
{
	(void)arena;
	(void)p;
	return member;
}

static enum err_code
must_rule(const struct parameter *p, struct err *err)
{
	return err_why(err, "%s", p->kind->must);
}

static bool
rate_check(const char *text)
{
	return !strcmp(text, "off") || !strcmp(text, "constant") || !strcmp(text, "exponential");
}

static bool
stages_check(const char *text)
{
	struct stage_list stages;

	return stage_list_parse(text, &stages);
}

static bool
breaker_check(const char *text)
{
	struct breaker_list rules;

	return breaker_list_parse(text, &rules);
}

static bool
label_check(const char *text)
{
	return word_is(WORD_LABEL, text);
}

static bool
window_check(const char *text)
{
	struct err ignored = { ERR_OK, "", "", "" };
	struct window window;

	return !strcmp(text, "off") || !window_parse(text, &window, &ignored);
}

/* --- the kinds -------------------------------------------------------------------------------- */

static const struct parameter_kind integer_kind = {
	.parse = number_parse,
	.format = integer_format,
	.rule = integer_rule,
	.read = str_int,
};
static const struct parameter_kind duration_kind = {
	.parse = number_parse,
	.format = duration_format,
	.rule = duration_rule,
	.read = duration_read,
};
static const struct parameter_kind factor_kind = {
	.parse = number_parse,
	.format = factor_format,
	.rule = factor_rule,
	.read = str_hundredths,
};

#define SWITCH_KIND .parse = switch_parse, .format = switch_format, .rule = must_rule
#define TEXT_KIND   .parse = text_parse, .format = text_format, .rule = must_rule

static const struct parameter_kind switch_kind = {
	SWITCH_KIND,
	.no = "off",
	.yes = "on",
	.must = "it must be on or off",
};
static const struct parameter_kind hold_kind = {
	SWITCH_KIND,
	.no = "allow",
	.yes = "hold",
	.must = "it must be allow or hold",
};
static const struct parameter_kind rate_kind = {
	TEXT_KIND,
	.check = rate_check,
	.must = "it must be off, constant or exponential",
};
static const struct parameter_kind stages_kind = {
	TEXT_KIND,
	.check = stages_check,
	.must = "stages are group:NAME, counts and rising percentages up to 100%",
};
static const struct parameter_kind breaker_kind = {
	TEXT_KIND,
	.check = breaker_check,
	.must = "a rule is WHAT:PERCENT:CONCLUDED:FAILURES:ACTION, such as failed:10:20:8:suspend",
};
static const struct parameter_kind label_kind = {
	TEXT_KIND,
	.check = label_check,
	.must = "it must be a label key or off",
};
static const struct parameter_kind window_kind = {
	TEXT_KIND,
	.check = window_check,
	.must = "it must be a window such as 'Mon-Thu 08:00-15:00', or off",
};

/* --- the parameters --------------------------------------------------------------------------- */

#define LONGEST_S (366LL * MOMENT_DAY_S)

enum {
	DEVICES_MAX = 100000000, /* more than any fleet has */
	RATE_MAX = 1000000,	 /* offers in a minute */
	ATTEMPTS_MAX = 100,
	FREE_MAX = 1000 * 100, /* hundredths: a thousand times */
	GROWTH_MAX = 100 * 100,
};

/* The offset of a member of struct strategy; a member of another type does not compile. */
#define AT(member, type)                                                                           \
	_Generic(((struct strategy *)0)->member, type : offsetof(struct strategy, member))

/* The parameter is called as its member. */
#define NUMBER(kind_, member, initial_, low_, high_, ...)                                          \
	{                                                                                          \
		.name = #member, .kind = &kind_, .offset = AT(member, int64_t),                    \
		.initial = initial_, .low = low_, .high = high_, __VA_ARGS__                       \
	}
#define INTEGER(member, initial, low, high, ...)                                                   \
	NUMBER(integer_kind, member, initial, low, high, __VA_ARGS__)
#define FACTOR(member, initial, low, high, ...)                                                    \
	NUMBER(factor_kind, member, initial, low, high, __VA_ARGS__)
#define DURATION(member, initial, low, ...)                                                        \
	NUMBER(duration_kind, member, initial, low, LONGEST_S, __VA_ARGS__)
#define SWITCH(kind_, name_, member, initial_, ...)                                                \
	{                                                                                          \
		.name = #name_, .kind = &kind_, .offset = AT(member, bool), .initial = initial_,   \
		__VA_ARGS__                                                                        \
	}
#define TEXT(kind_, member, initial_, ...)                                                         \
	{                                                                                          \
		.name = #member, .kind = &kind_, .offset = AT(member, char *),                     \
		.room = sizeof((struct strategy *)0)->member, .initial = initial_, __VA_ARGS__     \
	}

const struct parameter strategy_parameters[] = {
	INTEGER(min_battery, "30", 0, 100, .can_be_off = true,
		.help = "lowest battery charge in percent; ignored while charging"),
	INTEGER(min_signal, "off", -200, 0, .can_be_off = true,
		.help = "lowest signal strength in dBm"),
	FACTOR(min_free, "1.20", 0, FREE_MAX, .can_be_off = true,
		.help = "free space needed, as a multiple of the download size"),
	SWITCH(hold_kind, unknown_metric, unknown_metric_hold, "allow",
		.help = "what to do where a device never told a metric: allow or hold"),
	DURATION(metric_max_age, "24h", 60, .help = "an older metric counts as unknown"),
	INTEGER(retry_max, "3", 0, ATTEMPTS_MAX,
		.help = "further attempts after one that failed or timed out"),
	DURATION(retry_interval, "10m", 0,
		.help = "wait before the first further attempt; doubled each time, at most 24 h"),
	DURATION(offer_timeout, "auto", 10, .can_be_auto = true,
		.help = "an offer nobody accepts ends after this; auto: max(1h, 3 polls), manual "
			"plans 7d"),
	DURATION(exec_timeout, "6h", 10,
		.help = "an accepted device must have succeeded after this"),
	DURATION(download, "3h", 5, .help = "longest time without rising progress in the download"),
	DURATION(install, "60m", 5,
		.help = "longest time without rising progress in the installation"),
	DURATION(verify, "auto", 5, .can_be_auto = true,
		.help = "longest time until the new version is reported; auto: max(60m, 3 polls)"),
	DURATION(watch, "24h", 0,
		.help = "how long after the last stage opened successes are watched"),
	DURATION(poll_interval, "10m", 1, .help = "how often devices are asked to poll"),
	DURATION(poll_max, "6h", 1, .help = "longest time a device is told to wait"),
	DURATION(url_ttl, "1h", 10, .help = "how long a download URL is good for"),
	DURATION(tick_max_age, "60m", 60, .can_be_off = true,
		.help = "without a tick, activation or resume for so long nothing is offered"),
	TEXT(stages_kind, stages, "5,1%,10%,50%,100%",
		.help = "steps of the rollout: group:NAME, a device count, a cumulative "
			"percentage"),
	DURATION(soak, "24h", 0, .help = "wait after a stage is done before the next one opens"),
	INTEGER(advance_finished, "95", 1, 100,
		.help = "percent of the accepted devices that must have finished"),
	INTEGER(advance_success, "98", 0, 100,
		.help = "percent of the concluded devices that must have succeeded; the failures "
			"this allows are rounded up"),
	INTEGER(survived, "80", 0, 100,
		.help = "percent of the successes that must have been heard from again"),
	DURATION(stage_wait, "7d", 60,
		.help = "a stage that has not advanced after this is shown as stalled; later where "
			"it waits for sleepers"),
	SWITCH(switch_kind, approve, approve, "off",
		.help = "each further stage waits for otactl plan advance"),
	TEXT(window_kind, advance_window, "off",
		.help = "stages open only in this window of the plan's zone, such as 'Mon-Thu "
			"08:00-15:00'"),
	DURATION(complete_after, "30d", 0,
		.help = "after the last stage and its soak stragglers are served for so long"),
	SWITCH(switch_kind, require_trial, require_trial, "off",
		.help = "only packages that passed a trial"),
	TEXT(rate_kind, rate, "off", .help = "offers per minute: off, constant or exponential"),
	INTEGER(rate_base, "50", 1, RATE_MAX, .help = "offers per clock minute at the start"),
	FACTOR(rate_factor, "2.00", 100, GROWTH_MAX,
		.help = "growth of an exponential rate at each step"),
	INTEGER(rate_step, "1000", 1, DEVICES_MAX, .help = "successes that make one step"),
	INTEGER(rate_cap, "1000", 1, RATE_MAX, .help = "highest rate"),
	INTEGER(max_in_progress, "off", 1, DEVICES_MAX, .can_be_off = true,
		.help = "devices that may be between acceptance and their end"),
	INTEGER(max_unproven, "auto", 1, DEVICES_MAX, .can_be_off = true, .can_be_auto = true,
		.help = "devices that may have accepted without having succeeded; "
			"auto: max(20, min(succeeded, 5% of the targets))"),
	SWITCH(switch_kind, first_device_alone, first_device_alone, "on",
		.help = "until one device has succeeded only one may be under way, and one more "
			"each exec_timeout, at most 5"),
	SWITCH(switch_kind, trust_device_success, trust_device_success, "off",
		.help = "believe a device that says it succeeded, without its version"),
	SWITCH(switch_kind, fit_window, fit_window, "on",
		.help = "no offer when less of the window is left than the duration"),
	DURATION(duration, "1h", 0, .help = "expected time from the offer to the success"),
	TEXT(breaker_kind, breaker, "all:10:20:8:suspend",
		.help = "rules WHAT:PERCENT:CONCLUDED:FAILURES:ACTION, comma-separated"),
	TEXT(label_kind, breaker_by, "hw",
		.help = "label whose values the breaker also judges one by one"),
};
const size_t strategy_parameter_count = COUNT(strategy_parameters);

const char *const strategy_builtin_names[] = { "cautious", "fast", "all-at-once", NULL };

static const struct {
	const char *strategy, *key, *value;
} builtin_changes[] = {
	{ "fast", "stages", "10%,100%" },
	{ "fast", "soak", "8h" },
	{ "all-at-once", "stages", "100%" },
	{ "all-at-once", "soak", "0" },
	{ "all-at-once", "first_device_alone", "off" },
	{ "all-at-once", "max_unproven", "off" },
};

static enum err_code
refuse(const struct parameter *p, const char *value, struct err *err)
{
	err_set(err, ERR_USAGE, "cannot set %s to '%s'", p->name, QUOTE(value));
	return p->kind->rule(p, err);
}

const struct parameter *
strategy_parameter(const char *key)
{
	for (size_t i = 0; i < strategy_parameter_count; i++)
		if (!strcmp(strategy_parameters[i].name, key))
			return &strategy_parameters[i];
	return NULL;
}

int64_t
strategy_free_needed(const struct strategy *strategy, int64_t size)
{
	int64_t percent = strategy->min_free;

	return percent == STRATEGY_OFF ? 0
				       : size / 100 * percent + (size % 100 * percent + 99) / 100;
}

enum err_code
strategy_set(struct strategy *strategy, const char *key, const char *value, struct err *err)
{
	const struct parameter *p = strategy_parameter(key);
	struct strategy changed = *strategy;

	if (!p) {
		err_set(err, ERR_USAGE, "there is no strategy parameter '%s'", QUOTE(key));
		return err_fix(err, "otactl strategy show cautious lists them all");
	}
	if (!p->kind->parse(p, value, (char *)&changed + p->offset))
		return refuse(p, value, err);
	*strategy = changed;
	return ERR_OK;
}

static void
initial_set(struct strategy *strategy, const struct parameter *p)
{
	bool set = p->kind->parse(p, p->initial, (char *)strategy + p->offset);

	assert(set);
}

bool
strategy_builtin(const char *name, struct strategy *ret)
{
	struct err err;
	bool known = false;

	for (size_t i = 0; strategy_builtin_names[i]; i++)
		known |= !strcmp(name, strategy_builtin_names[i]);
	if (!known)
		return false;
	*ret = (struct strategy){ 0 };
	for (size_t i = 0; i < strategy_parameter_count; i++)
		initial_set(ret, &strategy_parameters[i]);
	for (size_t i = 0; i < COUNT(builtin_changes); i++)
		if (!strcmp(builtin_changes[i].strategy, name)) {
			enum err_code code = strategy_set(
				ret, builtin_changes[i].key, builtin_changes[i].value, &err);

			assert(!code);
		}
	return true;
}

const char *
strategy_get(struct arena *arena, const struct strategy *strategy, const struct parameter *p)
{
	return p->kind->format(arena, p, (const char *)strategy + p->offset);
}

char *
strategy_format(struct arena *arena, const struct strategy *strategy)
{
	struct buf buf = { .arena = arena };

	for (size_t i = 0; i < strategy_parameter_count; i++)
		buf_printf(&buf, "%s=%s\n", strategy_parameters[i].name,
			strategy_get(arena, strategy, &strategy_parameters[i]));
	return buf.text;
}

enum err_code
strategy_parse(struct arena *arena, const char *text, struct strategy *ret, struct err *err)
{
	struct pairs pairs = pairs_parse(arena, text);
	bool given[COUNT(strategy_parameters)] = { false };
	const struct parameter *p = strategy_parameters;
	struct strategy made = { 0 };

	for (size_t i = 0; i < pairs.count; i++) {
		const char *key = pairs.list[i].key, *value = pairs.list[i].value;

		/* They stand in the table's order, as strategy_format() wrote them. */
		if (p == strategy_parameters + strategy_parameter_count ||
			strcmp(p->name, key) != 0)
			p = strategy_parameter(key);
		if (!p)
			return strategy_set(&made, key, value, err);
		if (!p->kind->parse(p, value, (char *)&made + p->offset))
			return refuse(p, value, err);
		given[p++ - strategy_parameters] = true;
	}
	for (size_t i = 0; i < strategy_parameter_count; i++)
		if (!given[i])
			initial_set(&made, &strategy_parameters[i]);
	*ret = made;
	return ERR_OK;
}

/* Time for so many polls that one of them comes through, and never less than an hour. */
static int64_t
some_polls(const struct strategy *strategy)
{
	return strategy->poll_interval * 3 > 3600 ? strategy->poll_interval * 3 : 3600;
}

int64_t
strategy_offer_timeout(const struct strategy *strategy, bool manual)
{
	if (strategy->offer_timeout != STRATEGY_AUTO)
		return strategy->offer_timeout;
	return manual ? 7LL * MOMENT_DAY_S : some_polls(strategy);
}

int64_t
strategy_verify(const struct strategy *strategy)
{
	if (strategy->verify != STRATEGY_AUTO)
		return strategy->verify;
	return some_polls(strategy);
}

enum err_code
strategy_check(const struct strategy *strategy, struct err *err)
{
	int64_t steps = strategy->download + strategy->install + strategy_verify(strategy);

	if (steps > strategy->exec_timeout) {
		err_set(err, ERR_CONFLICT, "the timeouts contradict each other");
		err_why(err,
			"download, install and verify add up to %lld s, exec_timeout is %lld s",
			(long long)steps, (long long)strategy->exec_timeout);
		return err_fix(err, "--set exec_timeout=%llds", (long long)steps);
	}
	return ERR_OK;
}
