/* The breaker of the world: counted and judged as in the field, kept in memory. */
#pragma once

#include "plans/simulate/world.h"

/* Begin with what was counted before: w->rows.  The plan is loaded. */
void trip_make(struct world *w);

/*
 * Count the end of a runner's attempt, r->state, and trip where that crosses a threshold:
 * w->pulse.tripped_at and tripped, as in the field.  One from before the newest resume counts for
 * nothing.
 */
void trip_count(struct world *w, struct runner *r, int64_t now);

/* A new attempt begins: what the end of the one before, r->state, said of health is taken back. */
void trip_again(struct world *w, const struct runner *r);

/* True where a cohort of like devices is too sick for the next stage, as in the field. */
bool trip_sick(const struct world *w);
