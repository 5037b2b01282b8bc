/*
 * The virtual world of `plan simulate`: who can get the plan (population.c, runner.c), what happens
 * to them minute by minute (course.c, queue.c, attempt.c, trip.c), and what came of it
 * (simulate.c).  A plan that runs already begins as it is (begun.c).
 */
#pragma once

#include "core/breaker.h"
#include "core/moment.h"
#include "db/execution.h"
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
	uint16_t slot;	  /* minute of the poll interval, or of its own rhythm, in which it asks */
	uint16_t period;  /* minutes of its own rhythm: its usual gap; 0: the poll interval */
	uint16_t zone;	  /* index of plan->push */
	uint16_t block;	  /* of 200 first acceptances */
	uint16_t label;	  /* its value of the breaker_by label: of w->labels, from 1; 0 none */
	int8_t home;	  /* the stage that opens it by group or share */
	int8_t counted;	  /* the stage it was counted in, or NONE */
	uint8_t state;	  /* of its newest attempt; EXEC_STATE_MAX: it had none that counts */
	uint8_t failures;
	bool waiting : 1;  /* in a list of those that poll or come back */
	bool before : 1;   /* under way since before its stage was done */
	bool old : 1;	   /* its attempt was accepted before the newest resume */
	bool gone : 1;	   /* not heard for too long: it does not come */
	bool in_probe : 1; /* one of the probe's devices */
	bool has_concluded : 1, has_failed : 1; /* what the breaker has of it already */
};

/* Devices that take the same packages decide alike. */
struct profile {
	struct component_facts components[LIMIT_PLAN_COMPONENTS];
	const struct package *packages[LIMIT_PLAN_COMPONENTS];
	/* The same as the breaker sees it. */
	struct execution_component *attempt;
	size_t attempt_count;
};

struct world {
	struct session *session; /* its arena is emptied after each device */
	struct arena own;	 /* what lasts */
	const struct simulation_options *options;
	struct simulation *out;
	struct plan was;  /* the row of the plan before it was activated or resumed */
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
	int64_t minute;	    /* the present one */
	int32_t *slot_head; /* [zone][slot] */
	int32_t *wake_head; /* who asks by a rhythm of its own in this minute */
	int32_t *end_head;  /* attempts that end in this minute */
	int32_t *back_head; /* who comes back after a failure */
	struct tally tally; /* of the plan, as the field would have it */
	int64_t before;	    /* under way of those accepted before the newest stage was done */
	int32_t *survives[LIMIT_STAGES]; /* successes that are heard again in this minute */
	struct pulse pulse;
	int64_t first_at[5]; /* oldest first: acceptances under way before anybody succeeded */
	bool tripped_abort;
	bool bound; /* a package is bound to hardware */
	int64_t first_accepts, offered, failed_devices, blocked_by_rate;
	int64_t succeeded, gave_up; /* runners */
	int64_t absent;		    /* of them, not heard for too long and not under way */
	int64_t others;		    /* targets that are none, but may still get it by themselves, */
	int64_t others_absent;	    /* and of them, not heard for too long */
	int64_t away_s;		    /* the longest of these */
	int64_t asleep, sleep_s;    /* runners that ask by a rhythm of their own, and the slowest */
	struct breaker_row *rows;   /* what the breaker has counted before */
	size_t row_count;
	struct label_list *labels; /* values of breaker_by */
	struct trip *trip;	   /* what the breaker has counted */
	enum stage_wait wait;	   /* of the newest opened stage */
	uint64_t dice;
};

/* One more remark for the operator, in w->own or for ever; what is too much is left out. */
void world_warn(struct world *w, const char *text);
