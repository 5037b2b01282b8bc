/*
 * Whether a device can get a plan at all: what decide() says once everything is open that changes
 * with time.  A simulation asks it of every device, an activation of each kind of its targets.
 */
#pragma once

#include "core/decide.h"
#include "plans/rollout/catalog.h"

/* A plan with nothing in the way that changes with time. */
struct prospect {
	struct plan plan;
	struct stage stages[LIMIT_STAGES];
	bool bound; /* a package is bound to hardware, which labels and attributes tell */
};

/* Open a loaded plan; its lists stay those of the given one. */
void prospect_open(const struct plan *plan, struct prospect *ret);

/*
 * VERDICT_ELIGIBLE, or why the device never gets it.  The facts are of the opened plan; their pulse
 * is set here.  *decision holds the packages it would take.
 */
enum verdict prospect_judge(struct session *session, const struct catalog *catalog,
	struct facts *facts, struct decision *decision);
