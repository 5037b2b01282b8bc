/*
 * Whom a plan means, and who of them is done without it.
 *
 * A device that its lists mean is a target.  It is `already` while it runs what the plan leads to,
 * or something newer, and has not accepted the plan; it has started from its first acceptance on,
 * or with its user's refusal, and is counted by what comes of it whatever the lists
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

/* How the known device stands to the plan, whatever the moment. */
enum target_standing target_standing_of(const struct facts *facts);

/*
 * Which stage has one device less, or one more, to add when a pending device of this home (-1:
 * none) goes or comes; -1: none.  Count stages take their devices from the later ones, so these
 * are the first to shrink and the last to grow.
 */
int target_shrinks(const struct stage *stages, size_t count, int home);

/* See target_shrinks(). */
int target_grows(const struct stage *stages, size_t count, int home);
