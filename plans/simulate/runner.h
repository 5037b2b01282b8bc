/* Devices as the clock needs them. */
#pragma once

#include "plans/simulate/world.h"

/* Room for what runners share.  w->own is there. */
void runner_make(struct world *w);

/* True where a device was not heard for longer than usual: it does not come. */
bool runner_gone(const struct world *w, const struct device *device);

/*
 * How a device lives: its own rhythm, where that is slower than the plan's, and whether it is gone.
 */
void runner_habits(const struct world *w, struct runner *ret, const struct device *device);

/*
 * Add a device that can get the plan, as it was decided, and count how it lives; returns its index.
 * It waits for nothing yet.
 */
size_t runner_add(struct world *w, const struct device *device, const struct facts *facts,
	const struct decision *decision);

/* The value of a runner's breaker_by label; "" none. */
const char *runner_label(const struct world *w, const struct runner *runner);
