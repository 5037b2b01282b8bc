/* What a simulated rollout is asked, and what came of it. */
#pragma once

#include "core/decide.h"

enum { SIMULATION_WARNINGS = 32 };

struct simulation_options {
	int64_t days;	      /* from 1 to 366 */
	int64_t failure_rate; /* hundredths of a percent */
	int64_t duration;     /* seconds; -1: that of the strategy */
	int64_t seed;
};

struct simulation_point { /* sums up to this moment */
	int64_t at, offered, succeeded, failed;
	int stage; /* newest opened one, from 1 */
};

struct simulation_package {
	const char *name; /* "STM32 1_0_1 delta from 1_0_0" */
	int64_t devices;
};

struct simulation {
	int64_t population; /* devices of the product */
	int64_t eligible;   /* who gets it when all stages and windows are open, or has it */
	int64_t had;	    /* of them, from this plan when the simulation begins */
	int64_t under_way;  /* and who has accepted it then */
	int64_t absent;	    /* of them, not heard for so long that they do not come */
	int64_t unmeasured; /* whose usual gap is not known */
	int64_t excluded[VERDICT_MAX];
	const char *example[VERDICT_MAX]; /* a device for each reason */
	struct simulation_package *packages;
	size_t package_count;
	struct simulation_point *timeline; /* hourly, where something changed */
	size_t point_count;
	int64_t opened_at[LIMIT_STAGES]; /* of each stage, also before it begins; 0: it does not */
	int64_t starts_at, ends_at;	 /* ends_at 0: not within the days */
	int64_t stops_at; /* the breaker trips, and nobody else gets it; 0: it does not */
	int64_t got;	  /* devices that have it in the end */
	int64_t left;	  /* eligible ones that do not, without those that used up their attempts */
	const char *warnings[SIMULATION_WARNINGS];
	size_t warning_count;
};
