/*
 * The gates, one row for each: what judges it and what that needs.  A gate is added by a value of
 * enum verdict, a word and a row.  decide() runs them; nobody else looks in here but the tests.
 */
#pragma once

#include "core/decide.h"

/* One run of the gates: the facts, and what was found on the way. */
struct gates_run {
	const struct facts *f;
	struct decision *d;
	bool explain;
	bool chosen;	   /* the packages are, or there is nobody to choose them for */
	enum verdict code; /* of the gate that is judged */
	enum verdict choice[LIMIT_PLAN_COMPONENTS]; /* why no package was chosen */
	bool at_target[LIMIT_PLAN_COMPONENTS];
	bool wanted[LIMIT_PLAN_COMPONENTS]; /* the device has it, elsewhere than at the target */
};

/*
 * A gate.  One that judges returns true where the device may pass; it may set gate->earliest for
 * the case that it fails, and describes what it compared.
 */
struct gate_kind {
	bool (*judge)(struct gates_run *run, struct gate *gate);
	/* Or, on each wanted component; the first that fails is named. */
	bool (*each)(const struct gates_run *run, size_t component, struct gate *gate);
	const char *parameter; /* the strategy parameter it compares with, or NULL */
	bool any_device;       /* judged of an unknown device, too */
	bool needs_active;     /* means nothing before the plan was activated */
	bool needs_packages;   /* the packages must have been chosen */
	bool lasting;	       /* where it fails waiting never helps */
	bool for_good;	       /* ... until somebody changes something, */
	bool of_device;	       /* or the device, once heard, tells something else of itself */
};

/* Indexed by enum verdict; the row of VERDICT_ELIGIBLE, which is no gate, is empty. */
extern const struct gate_kind gates[GATE_MAX];
