/*
 * Whom a plan means, and who of them is done without it.
 *
 * A device that its lists mean is a target.  It is `already` while it runs what the plan leads to,
 * or something newer, and has not accepted the plan; it has started from its first acceptance on,
 * or with its user's first refusal, and is counted by what comes of it whatever the lists
 * say later; else it is pending.  How many of each there are is counted at
 * activation and kept by whatever changes one device: a poll, an enrolment, an operator.
 */
#pragma once

#include "core/decide.h"

enum target_standing { TARGET_NONE, TARGET_PENDING, TARGET_ALREADY, TARGET_STARTED };

/* True where the version that a device reports of a component is the target, or newer. */
bool target_reached(const struct plan *plan, const struct plan_component *component,
	const char *reported, int64_t counter);

/* False for a device that came after the activation of a plan that takes no newcomers. */
bool target_in_snapshot(const struct plan *plan, const struct device *device);

/* A device of whom the plan's counters tell. */
struct standing {
	enum target_standing what;
	int home; /* the stage that it is counted for, or -1: none */
};

/* How the known device stands to the plan, whatever the moment. */
struct standing target_standing_of(const struct facts *facts);

/*
 * The sizes of stages: `size` and `lent` of each stage, taken together, are the devices that it is
 * the home of, and become what it adds itself and what it lends.  Count stages take their devices
 * from the percentages behind them, the nearest first; a count that stands alone lends what is
 * beyond it to nobody.
 */
void target_sizes(struct stage *stages, size_t count);
