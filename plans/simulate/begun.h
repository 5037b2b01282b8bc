/* What a plan that runs already brings along into the world. */
#pragma once

#include "plans/rollout/facts.h"
#include "plans/simulate/world.h"

/*
 * Its counters, its pulse and what the breaker has counted, within a read of the loaded plan.  Of a
 * draft that was just activated all of that is nothing.
 */
enum err_code begun_load(struct world *w, struct err *err) MUST_USE;

/* The newest attempt of a loaded device in the plan, or NULL. */
const struct execution *begun_newest(const struct world *w, const struct subject *subject);

/*
 * Let a runner go on where its device is: under way, waiting after a failure, with its place and
 * what the breaker has of it.  Subject and facts are those of the device.
 */
void begun_take(
	struct world *w, size_t index, const struct subject *subject, const struct facts *facts);

/* A device that has the update from this plan: it may have yet to survive. */
void begun_has(struct world *w, const struct runner *as, const struct execution *newest);
