/*
 * Who of the world waits for which minute.  A runner is in one list at a time: of its slot of the
 * poll interval, of the minute in which it wakes by its own rhythm, of that in which its attempt
 * ends, or of that in which it comes back after a failure.
 */
#pragma once

#include "plans/simulate/world.h"

/* Room for the virtual minutes: w->minutes and w->slots are set. */
void queue_make(struct world *w);

/*
 * Put a runner where it polls next, at w->minute or later; who waits already stays, and who is not
 * heard any more comes never.
 */
void queue_wait(struct world *w, size_t index);

/* Let its attempt end in that minute; behind the last one nothing happens. */
void queue_end(struct world *w, size_t index, int64_t minute);

/* Let it come back to wait in that minute. */
void queue_back(struct world *w, size_t index, int64_t minute);

/* The first minute from `from` on in which a runner with a rhythm of its own is awake. */
int64_t queue_wakes_at(const struct runner *runner, int64_t from);

/* Take the first of a list, or -1. */
int32_t queue_take(struct world *w, int32_t *head);
