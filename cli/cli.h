/* What every command's run function gets: the session, and where output goes. */
#pragma once

#include "cli/out.h"
#include "plans/base/session.h"

struct cli {
	struct session session;
	struct out out;
	const struct command *commands; /* for help */
	size_t command_count;
};
