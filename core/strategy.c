#include "core/strategy.h"

#include "core/breaker.h"
#include "core/moment.h"
#include "core/stage.h"
#include "core/str.h"
#include "core/window.h"

#include <assert.h>

#define AT(field) offsetof(struct strategy, field)
#define YEAR      (366LL * MOMENT_DAY_S)

const struct parameter strategy_parameters[] = {
	{ "min_battery", PARAMETER_INT, AT(min_battery), "30", 0, 100, true, false,
		"lowest battery charge in percent; ignored while charging" },
	{ "min_signal", PARAMETER_INT, AT(min_signal), "off", -200, 0, true, false,
		"lowest signal strength in dBm" },
	{ "min_free", PARAMETER_FACTOR, AT(min_free), "1.20", 0, 100000, true, false,
		"free space needed, as a multiple of the download size" },
	{ "unknown_metric", PARAMETER_UNKNOWN, AT(unknown_metric_hold), "allow", 0, 0, false, false,
		"what to do where a device never told a metric: allow or hold" },
	{ "metric_max_age", PARAMETER_DURATION, AT(metric_max_age), "24h", 60, YEAR, false, false,
		"an older metric counts as unknown" },
	{ "retry_max", PARAMETER_INT, AT(retry_max), "3", 0, 100, false, false,
		"further attempts after one that failed or timed out" },
	{ "retry_interval", PARAMETER_DURATION, AT(retry_interval), "10m", 0, YEAR, false, false,
		"wait before the first further attempt; doubled each time, at most 24 h" },
	{ "offer_timeout", PARAMETER_DURATION, AT(offer_timeout), "auto", 10, YEAR, false, true,
		"an offer nobody accepts ends after this; auto: max(1h, 3 polls), manual plans 7d" },
	{ "exec_timeout", PARAMETER_DURATION, AT(exec_timeout), "6h", 10, YEAR, false, false,
		"an accepted device must have succeeded after this" },
	{ "download", PARAMETER_DURATION, AT(download), "3h", 5, YEAR, false, false,
		"longest time without rising progress in the download" },
	{ "install", PARAMETER_DURATION, AT(install), "60m", 5, YEAR, false, false,
		"longest time without rising progress in the installation" },
	{ "verify", PARAMETER_DURATION, AT(verify), "auto", 5, YEAR, false, true,
		"longest time until the new version is reported; auto: max(60m, 3 polls)" },
	{ "watch", PARAMETER_DURATION, AT(watch), "24h", 0, YEAR, false, false,
		"how long after its success a device is watched for falling back" },
	{ "poll_interval", PARAMETER_DURATION, AT(poll_interval), "10m", 1, YEAR, false, false,
		"how often devices are asked to poll" },
	{ "poll_max", PARAMETER_DURATION, AT(poll_max), "6h", 1, YEAR, false, false,
		"longest time a device is told to wait" },
	{ "url_ttl", PARAMETER_DURATION, AT(url_ttl), "1h", 10, YEAR, false, false,
		"how long a download URL is good for" },
	{ "tick_max_age", PARAMETER_DURATION, AT(tick_max_age), "60m", 60, YEAR, true, false,
		"without a tick, activation or resume for so long nothing is offered" },
	{ "stages", PARAMETER_STAGES, AT(stages), "5,1%,10%,50%,100%", 0, 0, false, false,
		"steps of the rollout: group:NAME, a device count, a cumulative percentage" },
	{ "soak", PARAMETER_DURATION, AT(soak), "24h", 0, YEAR, false, false,
		"wait after a stage is done before the next one opens" },
	{ "advance_finished", PARAMETER_INT, AT(advance_finished), "95", 1, 100, false, false,
		"percent of the accepted devices that must have finished" },
	{ "advance_success", PARAMETER_INT, AT(advance_success), "98", 0, 100, false, false,
		"percent of the concluded devices that must have succeeded" },
	{ "survived", PARAMETER_INT, AT(survived), "80", 0, 100, false, false,
		"percent of the successes that must have been heard from again" },
	{ "stage_wait", PARAMETER_DURATION, AT(stage_wait), "7d", 60, YEAR, false, false,
		"a stage that has not advanced after this is shown as stalled" },
	{ "approve", PARAMETER_BOOL, AT(approve), "off", 0, 0, false, false,
		"each further stage waits for otactl plan advance" },
	{ "advance_window", PARAMETER_WINDOW, AT(advance_window), "off", 0, 0, true, false,
		"stages open only in this window of the plan's zone, such as 'Mon-Thu 08:00-15:00'" },
	{ "complete_after", PARAMETER_DURATION, AT(complete_after), "30d", 0, YEAR, false, false,
		"after the last stage stragglers are served for so long" },
	{ "require_trial", PARAMETER_BOOL, AT(require_trial), "off", 0, 0, false, false,
		"only packages that passed a trial" },
	{ "rate", PARAMETER_RATE, AT(rate), "off", 0, 0, false, false,
		"offers per minute: off, constant or exponential" },
	{ "rate_base", PARAMETER_INT, AT(rate_base), "50", 1, 1000000, false, false,
		"offers per clock minute at the start" },
	{ "rate_factor", PARAMETER_FACTOR, AT(rate_factor), "2.00", 100, 10000, false, false,
		"growth of an exponential rate at each step" },
	{ "rate_step", PARAMETER_INT, AT(rate_step), "1000", 1, 100000000, false, false,
		"successes that make one step" },
	{ "rate_cap", PARAMETER_INT, AT(rate_cap), "1000", 1, 1000000, false, false,
		"highest rate" },
	{ "max_in_progress", PARAMETER_INT, AT(max_in_progress), "off", 1, 100000000, true, false,
		"devices that may be between acceptance and their end" },
	{ "max_unproven", PARAMETER_INT, AT(max_unproven), "auto", 1, 100000000, true, true,
		"devices that may have accepted without having succeeded; "
		"auto: max(20, min(succeeded, 5% of the targets))" },
	{ "first_device_alone", PARAMETER_BOOL, AT(first_device_alone), "on", 0, 0, false, false,
		"until one device has succeeded only one may be under way" },
	{ "trust_device_success", PARAMETER_BOOL, AT(trust_device_success), "off", 0, 0, false, false,
		"believe a device that says it succeeded, without its version" },
	{ "fit_window", PARAMETER_BOOL, AT(fit_window), "on", 0, 0, false, false,
		"no offer when less of the window is left than the duration" },
	{ "duration", PARAMETER_DURATION, AT(duration), "1h", 0, YEAR, false, false,
		"expected time from the offer to the success" },
	{ "breaker", PARAMETER_BREAKER, AT(breaker), "all:10:20:8:suspend", 0, 0, true, false,
		"rules WHAT:PERCENT:CONCLUDED:FAILURES:ACTION, comma-separated" },
	{ "breaker_by", PARAMETER_LABEL, AT(breaker_by), "hw", 0, 0, true, false,
		"label whose values the breaker also judges one by one" },
};
const size_t strategy_parameter_count = COUNT(strategy_parameters);

const char *const strategy_builtin_names[] = { "cautious", "fast", "all-at-once", NULL };

static const struct {
	const char *strategy, *key, *value;
} builtin_changes[] = {
	{ "fast", "stages", "10%,100%" },
	{ "fast", "soak", "1h" },
	{ "all-at-once", "stages", "100%" },
	{ "all-at-once", "soak", "0" },
	{ "all-at-once", "first_device_alone", "off" },
	{ "all-at-once", "max_unproven", "off" },
};

static enum err_code
refuse(const struct parameter *p, const char *value, struct err *err)
{
	err_set(err, ERR_USAGE, "cannot set %s to '%s'", p->name, QUOTE(value));
	switch (p->kind) {
	case PARAMETER_INT:
		return err_why(err, "it must be %lld to %lld%s%s", (long long)p->low,
			(long long)p->high, p->can_be_off ? " or off" : "",
			p->can_be_auto ? " or auto" : "");
	case PARAMETER_DURATION:
		return err_why(err, "it must be a time such as 90s, 10m, 6h or 7d, at least %lld s%s",
			(long long)p->low, p->can_be_auto ? ", or auto" : "");
	case PARAMETER_FACTOR:
		return err_why(err, "it must be a number with at most two decimals, %lld.%02lld to %lld",
			(long long)(p->low / 100), (long long)(p->low % 100), (long long)(p->high / 100));
	case PARAMETER_BOOL:
		return err_why(err, "it must be on or off");
	case PARAMETER_UNKNOWN:
		return err_why(err, "it must be allow or hold");
	case PARAMETER_RATE:
		return err_why(err, "it must be off, constant or exponential");
	case PARAMETER_STAGES:
		return err_why(err, "stages are group:NAME, counts and rising percentages up to 100%%");
	case PARAMETER_BREAKER:
		return err_why(err, "a rule is WHAT:PERCENT:CONCLUDED:FAILURES:ACTION, such as "
				    "failed:10:20:8:suspend");
	case PARAMETER_LABEL:
		return err_why(err, "it must be a label key or off");
	case PARAMETER_WINDOW:
		return err_why(err, "it must be a window such as 'Mon-Thu 08:00-15:00', or off");
	}
	return err->code;
}

static bool
number_parse(const struct parameter *p, const char *value, int64_t *ret)
{
	int64_t number;
	bool read;

	if (p->can_be_off && !strcmp(value, "off")) {
		*ret = STRATEGY_OFF;
		return true;
	}
	if (p->can_be_auto && !strcmp(value, "auto")) {
		*ret = STRATEGY_AUTO;
		return true;
	}
	read = p->kind == PARAMETER_INT ? str_int(value, p->low, p->high, &number) :
	       p->kind == PARAMETER_FACTOR ? str_hundredths(value, p->low, p->high, &number) :
					     moment_duration(value, &number);
	if (!read || number < p->low || number > p->high)
		return false;
	*ret = number;
	return true;
}

static bool
one_of(const char *value, const char *first, const char *second)
{
	return !strcmp(value, first) || !strcmp(value, second);
}

static bool
value_set(char *field, const struct parameter *p, const char *value)
{
	struct stage_list stages;
	struct breaker_list breakers;
	struct window window;
	struct err ignored = { ERR_OK, "", "", "" };
	int64_t number;

	switch (p->kind) {
	case PARAMETER_INT:
	case PARAMETER_DURATION:
	case PARAMETER_FACTOR:
		if (!number_parse(p, value, &number))
			return false;
		memcpy(field, &number, sizeof number);
		return true;
	case PARAMETER_BOOL:
		*(bool *)(void *)field = !strcmp(value, "on");
		return one_of(value, "on", "off");
	case PARAMETER_UNKNOWN:
		*(bool *)(void *)field = !strcmp(value, "hold");
		return one_of(value, "allow", "hold");
	case PARAMETER_RATE:
		if (!one_of(value, "constant", "exponential") && strcmp(value, "off") != 0)
			return false;
		str_copy(field, sizeof((struct strategy *)0)->rate, value);
		return true;
	case PARAMETER_STAGES:
		if (strlen(value) > 255 || !stage_list_parse(value, &stages))
			return false;
		str_copy(field, 256, value);
		return true;
	case PARAMETER_BREAKER:
		if (strlen(value) > 255 || !breaker_list_parse(value, &breakers))
			return false;
		str_copy(field, 256, value);
		return true;
	case PARAMETER_LABEL:
		if (!word_is(WORD_LABEL, value))
			return false;
		str_copy(field, LIMIT_LABEL + 1, value);
		return true;
	case PARAMETER_WINDOW:
		if (strlen(value) > 63 || (strcmp(value, "off") != 0 && window_parse(value, &window, &ignored)))
			return false;
		str_copy(field, sizeof((struct strategy *)0)->advance_window, value);
		return true;
	}
	return false;
}

static const struct parameter *
find(const char *key)
{
	for (size_t i = 0; i < strategy_parameter_count; i++)
		if (!strcmp(strategy_parameters[i].name, key))
			return &strategy_parameters[i];
	return NULL;
}

enum err_code
strategy_set(struct strategy *strategy, const char *key, const char *value, struct err *err)
{
	const struct parameter *p = find(key);
	struct strategy changed = *strategy;

	if (!p) {
		err_set(err, ERR_USAGE, "there is no strategy parameter '%s'", QUOTE(key));
		return err_fix(err, "otactl strategy show cautious lists them all");
	}
	if (!value_set((char *)&changed + p->offset, p, value))
		return refuse(p, value, err);
	*strategy = changed;
	return ERR_OK;
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
	for (size_t i = 0; i < strategy_parameter_count; i++) {
		const struct parameter *p = &strategy_parameters[i];
		bool set = value_set((char *)ret + p->offset, p, p->initial);

		assert(set);
	}
	for (size_t i = 0; i < COUNT(builtin_changes); i++)
		if (!strcmp(builtin_changes[i].strategy, name)) {
			enum err_code code = strategy_set(ret, builtin_changes[i].key,
				builtin_changes[i].value, &err);

			assert(!code);
		}
	return true;
}

const char *
strategy_get(struct arena *arena, const struct strategy *strategy, const struct parameter *p)
{
	const char *field = (const char *)strategy + p->offset;
	int64_t number;

	switch (p->kind) {
	case PARAMETER_INT:
	case PARAMETER_DURATION:
	case PARAMETER_FACTOR:
		memcpy(&number, field, sizeof number);
		if (number == STRATEGY_OFF)
			return "off";
		if (p->can_be_auto && number == STRATEGY_AUTO)
			return "auto";
		if (p->kind == PARAMETER_FACTOR)
			return arena_printf(arena, "%lld.%02lld", (long long)(number / 100),
				(long long)(number % 100));
		return arena_printf(arena, p->kind == PARAMETER_INT ? "%lld" : "%llds",
			(long long)number);
	case PARAMETER_BOOL:
		return *(const bool *)(const void *)field ? "on" : "off";
	case PARAMETER_UNKNOWN:
		return *(const bool *)(const void *)field ? "hold" : "allow";
	case PARAMETER_RATE:
	case PARAMETER_STAGES:
	case PARAMETER_BREAKER:
	case PARAMETER_LABEL:
	case PARAMETER_WINDOW:
		return field;
	}
	return "";
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
		if (p == strategy_parameters + strategy_parameter_count || strcmp(p->name, key) != 0)
			p = find(key);
		if (!p)
			return strategy_set(&made, key, value, err);
		if (!value_set((char *)&made + p->offset, p, value))
			return refuse(p, value, err);
		given[p++ - strategy_parameters] = true;
	}
	for (size_t i = 0; i < strategy_parameter_count; i++)
		if (!given[i])
			value_set((char *)&made + strategy_parameters[i].offset, &strategy_parameters[i],
				strategy_parameters[i].initial);
	*ret = made;
	return ERR_OK;
}

int64_t
strategy_offer_timeout(const struct strategy *strategy, bool manual)
{
	if (strategy->offer_timeout != STRATEGY_AUTO)
		return strategy->offer_timeout;
	if (manual)
		return 7LL * MOMENT_DAY_S;
	return strategy->poll_interval * 3 > 3600 ? strategy->poll_interval * 3 : 3600;
}

int64_t
strategy_verify(const struct strategy *strategy)
{
	if (strategy->verify != STRATEGY_AUTO)
		return strategy->verify;
	return strategy->poll_interval * 3 > 3600 ? strategy->poll_interval * 3 : 3600;
}

enum err_code
strategy_check(const struct strategy *strategy, struct err *err)
{
	int64_t steps = strategy->download + strategy->install + strategy_verify(strategy);

	if (steps > strategy->exec_timeout) {
		err_set(err, ERR_CONFLICT, "the timeouts contradict each other");
		err_why(err, "download, install and verify add up to %lld s, exec_timeout is %lld s",
			(long long)steps, (long long)strategy->exec_timeout);
		return err_fix(err, "--set exec_timeout=%llds", (long long)steps);
	}
	return ERR_OK;
}
