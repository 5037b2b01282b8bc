/* The breaker of the world: counted and judged as in the field, kept in memory. */
#pragma once

#include "plans/simulate/world.h"

/* Nothing counted yet.  The plan is loaded. */
void trip_make(struct world *w);

/*
 * Count the end of a runner's attempt (r->failures: those before it) and trip where that crosses a
 * threshold: w->pulse.tripped_at and tripped, as in the field.
 */
void trip_count(struct world *w, const struct runner *r, bool failed, int64_t now);

/* True where a cohort of like devices is too sick for the next stage, as in the field. */
bool trip_sick(const struct world *w);
