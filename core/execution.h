/*
 * The state machine of one execution: what a report does to it.  States only move forward; a
 * report that is older than what is known changes nothing and is answered with the present state.
 */
#pragma once

#include "core/model.h"

enum refusal {
	REFUSAL_USER,
	REFUSAL_BATTERY,
	REFUSAL_SIGNAL,
	REFUSAL_STORAGE,
	REFUSAL_BUSY,
	REFUSAL_OTHER,
	REFUSAL_MAX
};
extern const char *const refusal_words[REFUSAL_MAX];

/* Accepted and not ended: nothing is proven yet. */
bool execution_under_way(enum execution_state state);

/* Ended so that it counts: canceled and expired ones count neither as success nor as failure. */
bool execution_finished(enum execution_state state);

/* An accepted attempt in this state holds its device's place in a count stage. */
bool execution_holds_place(enum execution_state state);

/*
 * When an attempt began, for whatever leaves out those before a resume or an expansion: at its
 * acceptance, or, never accepted, at its offer.
 */
int64_t execution_began_at(const struct execution *execution);

/*
 * States in which a report of the target version still makes it succeeded (flagged late where it
 * had ended).
 */
bool execution_repairable(enum execution_state state);

/* Files may be fetched by who has accepted and has not said yet that it installed them. */
bool execution_takes_files(enum execution_state state);

/* What one report says of the version of a component. */
enum sight {
	SIGHT_NOTHING, /* it leaves the component out */
	SIGHT_BLANK,   /* no version */
	SIGHT_TARGET,
	SIGHT_NEWER, /* a higher counter than the target's */
	SIGHT_OTHER, /* anything else, the version it came from included */
};

/*
 * Take a sight of a component at `now` into what was seen before.  True where the component is at
 * another version for sure: the second sight of one at least a minute behind the first, whatever
 * was seen between them; of no version, only where nothing else was seen between them.
 */
bool execution_sight(struct execution_component *component, enum sight sight, int64_t now);

/*
 * A report of `told` by which a component in `state` does not move restarts the time it has for
 * its step: after a power loss a device may have to download again what it was installing.
 */
bool execution_starts_over(enum execution_state state, enum execution_state told);

enum step_result {
	STEP_CHANGED,	/* to `state` */
	STEP_SAME,	/* accepted, nothing moves: progress, repeats, power loss */
	STEP_CLOSED,	/* the execution has ended: answer 409 with the present state */
	STEP_TOO_EARLY, /* nothing was accepted yet: answer 409 */
};

struct step {
	enum step_result result;
	enum execution_state state; /* afterwards */
};

/*
 * What a report of `told` does to a component in `state`.  "rejected" for a passing reason becomes
 * canceled; "succeeded" becomes verifying, since success is proven by version, unless `trusted`.
 * "offered" says that the offer has come, and moves nothing.  Acceptance is decided before; here it
 * only moves the state.
 */
struct step execution_step(
	enum execution_state state, enum execution_state told, enum refusal refusal, bool trusted);

/*
 * The state of an execution whose components have these states: open while one is open (the least
 * advanced of the open ones), else succeeded when all succeeded, else the worst end.
 */
enum execution_state execution_combined(const enum execution_state *states, size_t count);

/*
 * The next moment at which an open execution runs out of time; gap_s: gaps_deadline() of its
 * device, 1.5 times of which it has in any case.
 */
int64_t execution_deadline(const struct execution *execution, const struct strategy *strategy,
	bool manual, int64_t gap_s);

/* What running out of time makes of it: expired before acceptance, timed_out after. */
enum execution_state execution_overdue(const struct execution *execution);

/*
 * How many of the attempts that are counted by state ended badly: failed, timed out or regressed.
 */
int64_t execution_bad(const int64_t *counted);
