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
 * States in which a report of the target version still makes it succeeded (flagged late where it
 * had ended).
 */
bool execution_repairable(enum execution_state state);

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
 * Acceptance is decided by plan_accept() before; here it only moves the state.
 */
struct step execution_step(
	enum execution_state state, enum execution_state told, enum refusal refusal, bool trusted);

/*
 * The state of an execution whose components have these states: open while one is open (the least
 * advanced of the open ones), else succeeded when all succeeded, else the worst end.
 */
enum execution_state execution_combined(const enum execution_state *states, size_t count);

/* The next moment at which an open execution runs out of time. */
int64_t execution_deadline(const struct execution *execution, const struct strategy *strategy,
	bool manual, int64_t gap_s);

/* What running out of time makes of it: expired before acceptance, timed_out after. */
enum execution_state execution_overdue(const struct execution *execution);

/*
 * How many of the attempts that are counted by state ended badly: failed, timed out or regressed.
 */
int64_t execution_bad(const int64_t *counted);
