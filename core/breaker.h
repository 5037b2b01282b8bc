/*
 * The breaker: stops a plan by itself when too many devices fail.  It judges tallies in which each
 * device counts at most once as concluded and once as failed, so that neither number falls when
 * a retry repairs the device.
 */
#pragma once

#include "core/arena.h"

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

/* What is judged: a stage, a cohort of like devices, or 200 consecutive acceptances. */
enum breaker_scope { BREAKER_STAGE, BREAKER_COHORT, BREAKER_BLOCK };

struct breaker_tally {
	int64_t concluded; /* devices that came to an end at least once */
	int64_t failed, rejected, timed_out, regressed; /* at least once */
};

struct breaker_case {
	enum breaker_scope scope;
	int64_t stage_size; /* BREAKER_STAGE: devices the stage adds */
	bool first_small;   /* BREAKER_STAGE: a first stage: count, group or at most 20 devices */
};

struct breaker_verdict {
	bool tripped, abort;
	int64_t bad, concluded; /* the numbers that tripped it */
	int64_t margin; /* bad devices more that trip it, each a conclusion more; at most 100000 */
	const struct breaker_rule *rule;
};

/*
 * Judge one tally.  Trips when bad >= percent of concluded, with at least min(concluded rule, stage
 * size) concluded and `failures` bad ones; a cohort also at 5 bad ones that are half of its
 * conclusions; a small first stage at 2.
 */
struct breaker_verdict breaker_judge(const struct breaker_list *rules,
	const struct breaker_tally *tally, const struct breaker_case *what);

/*
 * Why it tripped, for people: "2 of 3 devices bad (2 in a small first stage)", "9 of 80 devices
 * failed (10 % and 8 of at least 20)".  ret holds 160 bytes; returns it.
 */
const char *breaker_text(
	const struct breaker_verdict *verdict, const struct breaker_case *what, char *ret);
