/*
 * The breaker: stops a plan by itself when too many devices fail.  It judges tallies in which each
 * device counts at most once as concluded and once as failed, so that neither number falls when a
 * retry repairs the device.
 *
 * What an end counts for (breaker_end()), how that is judged (breaker_case_of(), breaker_judge())
 * and what it is called (breaker_cohort_words()) is said here alone: a rollout, its status and a
 * simulation differ only in where they keep the tallies.
 */
#pragma once

#include "core/model.h"

enum breaker_what {
	BREAKER_FAILED,
	BREAKER_REJECTED,
	BREAKER_TIMED_OUT,
	BREAKER_REGRESSED,
	BREAKER_ALL
};

struct breaker_rule {
	enum breaker_what what; /* BREAKER_ALL: failed + timed_out + regressed */
	int64_t percent;	/* 1..100 */
	int64_t concluded;	/* not judged with fewer, or fewer than the stage's size */
	int64_t failures;	/* nor with fewer of these */
	bool abort;		/* else suspend */
};

struct breaker_list {
	struct breaker_rule list[8];
	size_t count;
};

/* "all:10:20:8:suspend,rejected:50:20:8:abort", or "off". */
bool breaker_list_parse(const char *text, struct breaker_list *ret);

/*
 * Whose tallies are judged: those of a stage, of a block of 200 consecutive first acceptances, and
 * of like devices, which have a label's value in common or take the same package from the same
 * version.
 */
enum breaker_scope {
	BREAKER_STAGE,
	BREAKER_BLOCK,
	BREAKER_LABEL,
	BREAKER_PACKAGE,
	BREAKER_PROBE, /* who accepts first after a resume */
	BREAKER_SCOPE_MAX
};
extern const char *const breaker_scope_words[BREAKER_SCOPE_MAX];

enum { BREAKER_TEXT = 2 * LIMIT_LABEL + 2, BREAKER_BLOCK_SIZE = 200 };

/* One of them; scope, number and text tell it from all others of its plan. */
struct breaker_cohort {
	enum breaker_scope scope;
	int64_t number; /* of the stage or block, from 0; of the package; BREAKER_LABEL: 0 */
	char text[BREAKER_TEXT]; /* BREAKER_LABEL: "hw=B"; BREAKER_PACKAGE: from; "" unknown */
	/* BREAKER_PACKAGE: what the package brings, for people. */
	char identity[LIMIT_IDENTITY + 1], target[LIMIT_VERSION + 1];
};

struct breaker_tally {
	int64_t concluded; /* devices that came to an end at least once */
	int64_t failed, rejected, timed_out, regressed; /* at least once */
	/* For health: devices by their present state; these fall where a retry repairs. */
	int64_t well, bad;
};

/* A cohort and what was counted in it. */
struct breaker_row {
	struct breaker_cohort cohort;
	struct breaker_tally tally;
};

enum { BREAKER_WORDS = LIMIT_IDENTITY + LIMIT_VERSION + BREAKER_TEXT + 48 };

/*
 * Whose devices a cohort's are, for people: "of stage 1", "that accepted as number 601 to 800",
 * "with hw=B", "that took STM32 1_0_1 from 1_0_0 (package 7)".  ret holds BREAKER_WORDS bytes;
 * returns it.
 */
const char *breaker_cohort_words(const struct breaker_cohort *cohort, char *ret);

/* An attempt that came to its end, and what the breaker has of the device already. */
struct breaker_end {
	const struct execution *execution; /* in its last state */
	enum execution_state from;	   /* and the one before */
	const struct execution_component *components;
	size_t component_count; /* at most LIMIT_PLAN_COMPONENTS */
	int before; /* COUNTED_* of the device's attempts accepted since the last resume */
};

/*
 * What it counts for: `delta` is to be added to the tally of each cohort, which is then to be
 * judged.
 */
struct breaker_count {
	int counted; /* COUNTED_* that this attempt stands for from now on */
	struct breaker_tally delta;
	struct breaker_cohort cohorts[4 + LIMIT_PLAN_COMPONENTS];
	size_t cohort_count;
	bool news; /* the device was not counted for this before: the tallies are to be judged */
};

/*
 * Count an end that is execution_finished(): the device once as concluded and once as failed, in
 * its stage, its block (execution->block >= 0), the value of its `breaker_by` label
 * (execution->cohort) and each package with the version it came from.  Strategy and stages of the
 * plan are read: stages that were opened together count as one, under the last of them.
 */
void breaker_end(const struct breaker_end *end, const struct plan *plan, struct breaker_count *ret);

/* Take back what an end said of its device's present state: a newer attempt begins. */
void breaker_again(
	const struct breaker_end *end, const struct plan *plan, struct breaker_count *ret);

enum { BREAKER_SICK = 3 }; /* bad devices of a cohort by their present state, and half of it */

/* True where a cohort of like devices is so sick that no further stage may open. */
bool breaker_sick(const struct breaker_row *row);

/* How a tally is judged. */
struct breaker_case {
	enum breaker_scope scope;
	int64_t stage_size; /* BREAKER_STAGE: devices the stage adds */
	bool first_small;   /* BREAKER_STAGE: a first stage: count, group or at most 20 devices */
	bool probing;	    /* BREAKER_PROBE: the probe goes on */
	bool first_joined;  /* BREAKER_STAGE: a first stage made of several that are too small */
};

/* The case of a stage by its kind, its index from 0 and the devices it adds. */
struct breaker_case breaker_case_of_stage(enum stage_kind kind, int64_t index, int64_t size);

/*
 * The case of any cohort of a plan whose stages are loaded; stages that were opened together are
 * judged as one.
 */
struct breaker_case breaker_case_of(const struct plan *plan, const struct breaker_cohort *cohort);

struct breaker_verdict {
	bool tripped, abort;
	int64_t bad, concluded; /* the numbers that tripped it */
	int64_t margin; /* bad devices more that trip it, each a conclusion more; at most 100000 */
	const struct breaker_rule *rule;
	struct breaker_tally tally; /* that was judged */
};

/*
 * Judge one tally.  Trips when bad >= percent of concluded, with at least min(concluded rule, stage
 * size) concluded and `failures` bad ones; a cohort also at 5 bad ones that are half of its
 * conclusions; a small first stage at 2, as a probe; a joined first stage at 2 that are that
 * percentage.
 */
struct breaker_verdict breaker_judge(const struct breaker_list *rules,
	const struct breaker_tally *tally, const struct breaker_case *what);

/*
 * The same where the margin does not matter: true with *ret when it trips, else *ret is untouched.
 */
bool breaker_trips(const struct breaker_list *rules, const struct breaker_tally *tally,
	const struct breaker_case *what, struct breaker_verdict *ret);

/*
 * Why it tripped, for people: "5 of 5 devices that took STM32 1_0_1 from 1_0_0 (package 7) went
 * wrong (3 failed, 2 timed out); the limit is 5 that are half of such devices".  ret holds
 * LIMIT_REMARK + 1 bytes, for which whose devices they are is cut where it must be; returns it.
 */
const char *breaker_reason(const struct breaker_verdict *verdict, const struct breaker_case *what,
	const struct breaker_cohort *cohort, char *ret);

/* How far a plan is from tripping. */
struct breaker_margin {
	int64_t margin;		/* the fewest failures more that trip; -1: it is off */
	int64_t bad, concluded; /* failures there already, of so many ends, */
	enum breaker_what what; /* of the kind that its rule counts, */
	const struct breaker_cohort
		*cohort; /* and where, one of the rows; NULL: nothing ended yet */
};

enum { BREAKER_MARGIN_WORDS = BREAKER_WORDS + 100 };

/*
 * A margin, which must not be -1, for people: "trips at 2 more failures among devices with hw=B; so
 * far 3 of 40".  ret holds BREAKER_MARGIN_WORDS bytes; returns it.
 */
const char *breaker_margin_words(const struct breaker_margin *margin, char *ret);

/*
 * The margin of a plan whose strategy and stages are loaded, by the rows counted so far.  Opened
 * stages without a row count as well, and so does, before anything has ended, the package of the
 * first end.
 */
struct breaker_margin breaker_margin(
	const struct plan *plan, const struct breaker_row *rows, size_t count);
