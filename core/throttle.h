/*
 * What an active plan may be slowed down to: its rate and how many devices may be under way.  At
 * once and for free downwards; up again only as far as the plan was activated with.
 */
#pragma once

#include "core/strategy.h"

/* One wished limit: nothing said, a number from 1, or STRATEGY_OFF or STRATEGY_AUTO. */
enum { THROTTLE_KEEP = 0 };

struct throttle {
	int64_t rate;	     /* offers per clock minute; or STRATEGY_OFF */
	int64_t in_progress; /* max_in_progress; or STRATEGY_OFF */
	int64_t unproven;    /* max_unproven; or STRATEGY_OFF or STRATEGY_AUTO */
};

/* From what is nothing to what is refused. */
enum throttle_way {
	THROTTLE_SAME,
	THROTTLE_LOWER,
	THROTTLE_RAISE, /* something is allowed that is not now, but was when it was activated */
	THROTTLE_ABOVE, /* more than it was activated with */
};

/*
 * Apply the wishes to *strategy, which is the plan's present one, and return the riskiest way that
 * any of them goes.  Of an exponential rate the number becomes the highest rate, and the first one
 * where that was higher, so that after any number of successes no more is offered than before.
 * With THROTTLE_ABOVE *strategy stays as it was, and *key is the parameter that would be above.
 */
enum throttle_way throttle_apply(const struct strategy *activated, const struct throttle *wish,
	struct strategy *strategy, const char **key);

/* The highest rate that a strategy ever reaches, in offers per clock minute, or STRATEGY_OFF. */
int64_t throttle_highest(const struct strategy *strategy);
