/* What becomes of one attempt, and everything that counts it. */
#pragma once

#include "plans/simulate/world.h"

/* Count a runner n times (1 or -1) in the tally, by the state of its newest attempt. */
void attempt_counts(struct world *w, const struct runner *runner, int64_t n);

/*
 * Who succeeded at `at` in a stage survives when it is heard again, a quarter of the soak later or
 * after that.
 */
void attempt_survives(struct world *w, const struct runner *runner, int stage, int64_t at);

/* A runner accepts what a stage offers it, at w->facts->now: it ends after the duration. */
void attempt_accept(struct world *w, size_t index, int stage, int64_t minute);

/*
 * An attempt comes to its end, by chance a bad one; who is not heard any more runs out of time.
 * Who failed comes back as often as it may.
 */
void attempt_ends(struct world *w, size_t index, int64_t minute, int64_t now);
