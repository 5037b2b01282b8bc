/* What every command's run function gets: the session, and where output goes. */
#pragma once

#include "cli/out.h"
#include "plans/base/session.h"

struct cli {
	struct session session;
	struct arena words; /* what was typed: it outlives every look of plan watch */
	struct out out;
	const struct command_table *table; /* for help */
};
