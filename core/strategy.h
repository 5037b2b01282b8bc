/*
 * Strategy parameters: one table gives each its name, kind, member, default, bounds and help; the
 * command line, the stored text and the manual are made from it.  A parameter is added by a member
 * and a row.
 */
#pragma once

#include "core/limits.h"
#include "core/pairs.h"

#define STRATEGY_OFF  INT64_MIN /* a parameter that is switched off */
#define STRATEGY_AUTO (-1) /* max_unproven, offer_timeout, verify: computed, see the help text */

enum { STRATEGY_RATE_TEXT = 16 }; /* "exponential" and its end */

/* Times are seconds, shares percent, factors hundredths. */
struct strategy {
	/* conditions */
	int64_t min_battery, min_signal, min_free, metric_max_age;
	bool unknown_metric_hold;
	/* retries */
	int64_t retry_max, retry_interval;
	/* timeouts */
	int64_t offer_timeout, exec_timeout, download, install, verify, watch;
	/* polling */
	int64_t poll_interval, poll_max, url_ttl, tick_max_age;
	/* stages */
	char stages[LIMIT_RULES + 1]; /* see stage.h */
	int64_t soak, advance_finished, advance_success, survived, stage_wait, complete_after;
	char advance_window[LIMIT_WINDOW_TEXT + 1]; /* see window.h, or off */
	bool approve, require_trial;
	/* rate */
	char rate[STRATEGY_RATE_TEXT]; /* off, constant, exponential */
	int64_t rate_base, rate_factor, rate_step, rate_cap;
	int64_t max_in_progress, max_unproven;
	bool first_device_alone, trust_device_success;
	/* windows */
	bool fit_window;
	int64_t duration;
	/* breaker */
	char breaker[LIMIT_RULES + 1];	  /* see breaker.h */
	char breaker_by[LIMIT_LABEL + 1]; /* a label key, or off */
};

struct parameter_kind;

struct parameter {
	const char *name;
	const struct parameter_kind *kind; /* how it is read and written; strategy.c knows them */
	size_t offset;			   /* of its member */
	size_t room;			   /* of a text's member, with the end */
	const char *initial;		   /* the default, as text */
	int64_t low, high;		   /* the bounds of a number, both allowed */
	bool can_be_off, can_be_auto;	   /* a number that may also be one of these words */
	const char *help;
};

/* All parameters in the order in which they are stored and shown. */
extern const struct parameter strategy_parameters[];
extern const size_t strategy_parameter_count;

/* The parameter of that name, or NULL. */
const struct parameter *strategy_parameter(const char *key);

/* The names of the strategies that need no database: cautious, fast and all-at-once, then NULL. */
extern const char *const strategy_builtin_names[];

/* Set *ret to the built-in strategy of that name; false, and *ret as it was, when there is none. */
bool strategy_builtin(const char *name, struct strategy *ret);

/*
 * The bytes that must be free on a device for a download of `size` bytes, rounded up; 0 where the
 * strategy asks for none.
 */
int64_t strategy_free_needed(const struct strategy *strategy, int64_t size);

/*
 * Set one parameter from text.  ERR_USAGE where there is none of that name or the value is not
 * allowed, with the rule in words; the strategy stays as it was.
 */
enum err_code strategy_set(
	struct strategy *strategy, const char *key, const char *value, struct err *err) MUST_USE;

/*
 * The value of one parameter as text, which strategy_set() reads back.  It is the arena's, the
 * strategy's or a constant: good as long as both live.
 */
const char *strategy_get(
	struct arena *arena, const struct strategy *strategy, const struct parameter *parameter);

/* All parameters as the text that is stored (pairs.h), in the arena. */
char *strategy_format(struct arena *arena, const struct strategy *strategy);

/*
 * Read such a text; parameters that it lacks take their defaults.  ERR_USAGE, as strategy_set(),
 * names the first that is unknown or wrong; *ret stays as it was.  The arena holds what is cut on
 * the way.
 */
enum err_code strategy_parse(
	struct arena *arena, const char *text, struct strategy *ret, struct err *err) MUST_USE;

/* ERR_CONFLICT where the steps of an update may take longer than exec_timeout, with the cure. */
enum err_code strategy_check(const struct strategy *strategy, struct err *err) MUST_USE;

/*
 * Seconds until an offer expires, "auto" resolved: 7 days in manual plans, else 3 polls, 1 h at
 * least.
 */
int64_t strategy_offer_timeout(const struct strategy *strategy, bool manual);

/* Seconds until the new version must be reported, "auto" resolved: 3 polls, 1 h at least. */
int64_t strategy_verify(const struct strategy *strategy);
