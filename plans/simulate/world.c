#include "plans/simulate/world.h"

void
world_warn(struct world *w, const char *text)
{
	if (w->out->warning_count < SIMULATION_WARNINGS)
		w->out->warnings[w->out->warning_count++] = text;
}
