/*
 * The counters that are kept beside the rows, against the rows.  Counted here is what the rows of
 * executions, files and stages tell:
 *
 *	execution  open, newest (beside the state and the other attempts of its device)
 *	package    size
 *	component  highest (not below the highest counter there is)
 *	fleet      next_execution (beyond every id there is)
 *	plan       stage
 *	stage      taken, tail_at
 *	tally      n, base and cured of each state, of survived, late and fell_back
 *	pulse      product, running, in_progress, succeeded, ever_succeeded, first_accepts,
 *	           probe_taken, rate_count
 *	cohort     all of it
 *
 * Who is a target, and in which stage, takes the keyed hash of a plan: plan.targets, stage.size,
 * stage.lent and the tally of `already` are counted by plans/orders/recount.h, and so are
 * stragglers.  No counters are what only a moment knew: sample, tally.forgiven, pulse.probe_last,
 * event.count, token.uses.
 */
#pragma once

#include "db/db.h"

/* A counter that is wrong; texts in the arena. */
struct recount_fault {
	const char *table, *row, *counter; /* row: for people */
	int64_t was, is;		   /* as stored, and as the rows have it */
};

struct recount_faults {
	struct recount_fault *list; /* at most RECOUNT_NAMED */
	size_t count;
	int64_t more; /* wrong ones that are not in it */
};

enum { RECOUNT_NAMED = 1000 };

/* Add a fault to those, or to the number of those that are not named. */
void recount_fault_add(
	struct recount_faults *out, struct arena *arena, const struct recount_fault *fault);

/*
 * Compare the flags of every execution.  mend: within a write transaction, and the counters become
 * right; without, at least the first RECOUNT_NAMED of a table are found.  The faults are added to
 * `out`.
 */
enum err_code db_recount_executions(struct db *db, struct arena *arena, bool mend,
	struct recount_faults *out, struct err *err) MUST_USE;

/*
 * The same of what is counted for one plan.  The flags of its executions have to be right.  label:
 * the key of the label that makes cohorts.
 */
enum err_code db_recount_plan(struct db *db, struct arena *arena, int64_t plan, const char *label,
	bool mend, struct recount_faults *out, struct err *err) MUST_USE;

/* The same of what is counted for no plan: packages, components, the fleet. */
enum err_code db_recount_rest(struct db *db, struct arena *arena, bool mend,
	struct recount_faults *out, struct err *err) MUST_USE;
