/*
 * Strategy parameters: one table gives each its name, kind, default, range and help; the
 * command line, the stored text and the manual are made from it.
 */
#pragma once

#include "core/limits.h"
#include "core/pairs.h"

#define STRATEGY_OFF INT64_MIN	/* a parameter that is switched off */
#define STRATEGY_AUTO (-1)	/* max_unproven, offer_timeout, verify: computed, see the help text */

struct strategy {
	/* conditions */
	int64_t min_battery, min_signal, min_free, metric_max_age;
	bool unknown_metric_hold;
	/* retries */
	int64_t retry_max, retry_interval;
	/* timeouts, seconds */
	int64_t offer_timeout, exec_timeout, download, install, verify, watch;
	/* polling, seconds */
	int64_t poll_interval, poll_max, url_ttl, tick_max_age;
	/* stages */
	char stages[256];
	int64_t soak, advance_finished, advance_success, survived, stage_wait, complete_after;
	char advance_window[64];
	bool approve, require_trial;
	/* rate */
	char rate[16];
	int64_t rate_base, rate_factor, rate_step, rate_cap;
	int64_t max_in_progress, max_unproven;
	bool first_device_alone, trust_device_success;
	/* windows */
	bool fit_window;
	int64_t duration;
	/* breaker */
	char breaker[256];
	char breaker_by[LIMIT_LABEL + 1];
};

enum parameter_kind {
	PARAMETER_INT,
	PARAMETER_DURATION,
	PARAMETER_FACTOR,	/* hundredths, written 1.20 */
	PARAMETER_BOOL,		/* on, off */
	PARAMETER_UNKNOWN,	/* allow, hold */
	PARAMETER_RATE,		/* off, constant, exponential */
	PARAMETER_STAGES,	/* see stage.h */
	PARAMETER_BREAKER,	/* see breaker.h */
	PARAMETER_LABEL,	/* a label key */
	PARAMETER_WINDOW,	/* see window.h */
};

struct parameter {
	const char *name;
	enum parameter_kind kind;
	size_t offset;
	const char *initial;	/* the default, as text */
	int64_t low, high;	/* for numbers */
	bool can_be_off, can_be_auto;
	const char *help;
};

extern const struct parameter strategy_parameters[];
extern const size_t strategy_parameter_count;

/* The built-in strategies cautious, fast and all-at-once; false when there is none of that name. */
bool strategy_builtin(const char *name, struct strategy *ret);
extern const char *const strategy_builtin_names[];	/* ends with NULL */

/* Set one parameter from text.  ERR_USAGE names the parameter and its range. */
enum err_code strategy_set(struct strategy *strategy, const char *key, const char *value,
	struct err *err) MUST_USE;

/* The value of one parameter as text, in the arena; strategy_set() reads it back. */
const char *strategy_get(struct arena *arena, const struct strategy *strategy,
	const struct parameter *parameter);

/* All parameters as stored text (pairs.h), and back.  Missing keys take their defaults. */
char *strategy_format(struct arena *arena, const struct strategy *strategy);
enum err_code strategy_parse(struct arena *arena, const char *text, struct strategy *ret,
	struct err *err) MUST_USE;

/* Parameters that contradict each other (steps longer than the whole, ...). */
enum err_code strategy_check(const struct strategy *strategy, struct err *err) MUST_USE;

/* Timeouts with "auto" resolved. */
int64_t strategy_offer_timeout(const struct strategy *strategy, bool manual);
int64_t strategy_verify(const struct strategy *strategy);
