/*
 * The virtual world of `plan simulate`: who can get the plan (population.c), what happens to them
 * minute by minute (course.c, trip.c), and what came of it (simulate.c).
 */
#pragma once

#include "core/breaker.h"
#include "core/moment.h"
#include "db/package.h"
#include "plans/rollout/catalog.h"
#include "plans/simulate/simulation.h"

enum {
	MINUTE_S = 60,
	POINT_MINUTES = 60,
	SLOTS_MAX = 1440, /* slots of the poll interval, a minute each */
	PROFILES_MAX = 4096,
	INTERVALS_MAX = 100000,
	LABELS_MAX = 65535,
	NONE = -1,
};

/* One device that can get the plan. */
struct runner {
	int32_t next;	  /* in whatever list it is */
	uint16_t bucket;  /* of the plan's salt */
	uint16_t profile; /* which packages it takes */
	uint16_t slot;	  /* of the poll interval */
	uint16_t zone;	  /* index of plan->push */
	uint16_t block;	  /* of 200 first acceptances */
	uint16_t label;	  /* its value of the breaker_by label: of w->labels, from 1; 0 none */
	int8_t home;	  /* the stage that opens it by group or share */
	int8_t counted;	  /* the stage it was counted in, or NONE */
	uint8_t failures;
	bool waiting; /* in a slot list */
};

/* Devices that take the same packages decide alike. */
struct profile {
	struct component_facts components[LIMIT_PLAN_COMPONENTS];
	const struct package *packages[LIMIT_PLAN_COMPONENTS];
	/* The same as the breaker sees it. */
	struct execution_component *attempt;
	size_t attempt_count;
};

/* Successes of a stage by the minute: who has survived follows from them. */
struct stage_sim {
	int64_t succeeded, failed, open, accepted;
	int64_t before; /* open ones that accepted before the stage was done */
	int64_t survived;
	int32_t *successes;
	int64_t survived_until; /* minute */
};

struct world {
	struct session *session; /* its arena is emptied after each device */
	struct arena own;	 /* what lasts */
	const struct simulation_options *options;
	struct simulation *out;
	struct plan plan; /* with the virtual state of its stages */
	struct catalog catalog;
	struct fleet fleet;
	struct facts *facts;
	struct decision decision;
	struct device device; /* stands for any of them */
	struct pairs none;

	/* Lists and groups of devices by id, two bits and stage bits. */
	uint8_t *listed;
	uint32_t *groups;
	uint8_t *known;	  /* newest execution of the plan + 1 */
	uint8_t *history; /* has executions of other plans */
	int64_t max_id;

	struct runner *runners;
	size_t count, room;
	struct profile *profiles;
	size_t profile_count;
	int64_t *package_devices; /* by profile */

	int64_t start, minutes, slots, duration;
	int32_t *slot_head; /* [zone][slot] */
	int32_t *end_head;  /* attempts that end in this minute */
	int32_t *back_head; /* who comes back after a failure */
	struct stage_sim stages[LIMIT_STAGES];
	struct pulse pulse;
	int64_t first_at[5]; /* oldest first: acceptances under way before anybody succeeded */
	bool tripped_abort;
	bool bound;	 /* a package is bound to hardware */
	int64_t already; /* targets that need nothing, from the start */
	int64_t first_accepts, offered, failed_devices, blocked_by_rate;
	struct label_list *labels; /* values of breaker_by */
	struct trip *trip;	   /* what the breaker has counted */
	enum stage_wait wait;	   /* of the newest opened stage */
	uint64_t dice;
};

/* One more remark for the operator, in w->own or for ever; what is too much is left out. */
void world_warn(struct world *w, const char *text);
