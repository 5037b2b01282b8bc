/* What happens to the devices of the world, minute by minute. */
#pragma once

#include "plans/simulate/world.h"

/* Room for the virtual minutes. */
void course_make(struct world *w);

/* Open a stage, and the next ones with it while they add too few devices to judge. */
void course_open_stage(struct world *w, int64_t index, int64_t now);

/* Play until the plan has stopped and nobody is under way, or the time is over. */
void course_run(struct world *w);
