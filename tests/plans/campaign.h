/*
 * A campaign: one rollout played through on a virtual clock.
 *
 * Devices with habits of their own poll, install, sleep, die and fall back through handle(), that
 * is through the real door; operators act by the real command line; tick runs in the process.  A
 * scenario is a row of data that says who takes part, what the update does to them, what operators
 * and the world do, and how it has to end.  Its result says who got what, who was harmed, when
 * each stage opened and what was told.  Nothing waits: the clock is set to whatever comes next.
 */
#pragma once

#include "core/model.h"

enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };
enum { CAMPAIGN_SIZES = 4, CAMPAIGN_HABITS = 6, CAMPAIGN_ACTS = 14, CAMPAIGN_DEVICES = 20000 };

enum hours {
	ALWAYS_ON,
	NIGHTS_OFF,   /* on from 8 to 18 h */
	WEEKENDS_OFF, /* off on Saturday and Sunday */
	OFFICE_HOURS, /* both */
	ON_HOLIDAY,   /* off for a week that begins within ten days of the activation */
};

/* How some of the devices live. */
struct habit {
	int percent;   /* of the fleet; 0: all that are left (the last row) */
	int64_t every; /* seconds between polls; 0: it never does */
	bool obeys;    /* waits as Retry-After says instead */
	bool next_wake; /* shows what it runs at its next regular poll, not at once after installing */
	enum hours hours;
	int outage; /* polls in a thousand after which it is away for 1 to 12 h */
	/*
	 * Replies lost, reports said twice (above 1000: so many times in a thousand), restarts:
	 * in a thousand.
	 */
	int lost, repeated, power;
	const char *says;    /* more of its query, such as "&battery=5" */
	const char *or_says; /* instead of `says` at every second poll */
	const char *body;    /* asks by POST with this text behind its versions */
};

enum effect {
	WORKS,
	FAILS,		    /* every attempt */
	FAILS_ONCE,	    /* the first attempt */
	FAILS_THEN_REFUSES, /* the first attempt; then "battery", at every offer */
	REFUSES,	    /* battery, at every offer */
	DECLINES,	    /* its user says no */
	BRICKS,		    /* never heard again from the download on */
	DIES,		    /* never heard again from some time after the success on */
	FALLS_BACK,	    /* shows `to` from some time after the success on; NULL: the source */
	FLAPS,		    /* shows `to` and the target by turns */
	MISSPELT,	    /* says that it succeeded, and shows `to`, never the target */
};

/* What the update does. */
struct update {
	enum effect effect;
	int64_t after, until; /* seconds from the installation, evenly between; until 0: after */
	int permille;	      /* devices that meet it; 0: all; the others are well */
	bool hw_only;	      /* only devices of hw=B meet it */
	const char *to;
};

/* Whom of the devices an act means: %w in its text; all of them, at most `count`. */
enum whom { NOBODY, WORKING, WAITING, INSTALLED, WITH_EFFECT };

enum verb {
	COMMAND,    /* a line of the command line, without "otactl" */
	CRON,	    /* text "off" or "on" */
	CLOCK,	    /* text: seconds by which the controller's clock is wrong from now on */
	DOOR_OFF,   /* nobody reaches the door for text seconds */
	REGION_OFF, /* a fifth of the fleet is off for text seconds */
	CURE,	    /* the update works from now on */
	CABLE,	    /* a technician updates these devices */
	ENROL,	    /* these devices are enrolled again under their ids */
	LOSE_FILE,  /* the artifacts vanish from the store */
	FORESEE,    /* simulate: each stage has to open within text seconds of what that says */
	TZDATA, /* text "ZONE=OTHER": ZONE has the rules of OTHER from now on; "": its own again */
};

struct act {
	int64_t at, until; /* seconds after activation; until: any time from the seed between */
	bool after_stop;   /* `at` counts from the plan's newest suspension: at each of them, too */
	enum verb verb;
	const char *text;
	enum whom whom;
	int count;
	const char *wants, *not ; /* a command's output must, must not have this */
	bool early; /* before the activation; "plan ..." of the draft, all else before that is made */
	bool at_end; /* when all is over; `at` says nothing then */
};

/* How a course may end; a set. */
enum {
	COMPLETED = 1,
	BY_BREAKER = 2,
	BY_SILENCE = 4,
	HELD = 8, /* active, its newest stage is not let on: health, survival, devices, not done */
	RUNNING = 16, /* active, on its way or in its tail */
	BY_OPERATOR = 32,
	BY_PACKAGE = 64,
	BY_CLOCK = 128,
	EXPIRED = 256,
};

struct result;

struct expect {
	int harmed[CAMPAIGN_SIZES]; /* at most so many, by size */
	unsigned ends;		    /* a set; 0: any */
	int64_t within;		    /* seconds after activation; 0: any time */
	int tenths
		[CAMPAIGN_SIZES]; /* of days until 90 % of the targets have it, by size; 0: any time */
	int least;		  /* percent of the targets that have it at the end */
	bool may_stall;
	bool may_refuse;    /* the door may answer 5xx */
	int64_t served;	    /* answers with files a device may get; 0: any number */
	int64_t rows;	    /* executions a device may have; 0: any number */
	const char *reason; /* of the suspension or the end: has this */
	const char *(*also)(const struct result *r); /* what is wrong, or NULL */
};

struct scenario {
	const char *name;
	const char *shows;	 /* the faults that it would show */
	const char *fails_today; /* the faults that it does show; NULL: it passes */
	int sizes[CAMPAIGN_SIZES];
	struct habit mix[CAMPAIGN_HABITS];
	int hw;	       /* devices in a thousand that are labelled hw=B, the others A */
	int at_target; /* devices in a hundred that run the target already */
	bool fresh;    /* imported just before activation: how they live is not known */
	bool zones;    /* devices have time zones of their own: half Tokyo, half Berlin */
	bool rare;     /* in the long form only */
	struct update update;
	const char *package; /* more words of "package add" for the target */
	const char *plan;    /* more words of "plan create" */
	struct act acts[CAMPAIGN_ACTS];
	int64_t days, hours;   /* it is watched for so long */
	int64_t settled;       /* or until so long after 90 % have it; 0: no matter */
	int64_t tick;	       /* seconds between ticks; 0: 10 min */
	int rate, in_progress; /* limits of the plan to be watched; 0: none */
	int64_t limited_at;    /* they hold from so many seconds after activation on */
	bool herd;	       /* polls are counted by moments from the first hour on */
	struct expect expect;
};

struct result {
	const struct scenario *scenario;
	unsigned seed;
	int devices, targets; /* targets: those that were not at the target from the start */
	int harmed, got;
	enum plan_state state;
	enum plan_cause cause;
	unsigned end; /* one of the set above */
	char reason[LIMIT_REMARK + 1];
	bool stalled;					    /* at any time */
	int64_t opened_at[LIMIT_STAGES], ended_at, most_at; /* after activation; -1: never */
	int64_t foreseen_at[LIMIT_STAGES], may_differ_s; /* after activation; 0: nobody asked */
	int64_t sums[EXEC_STATE_MAX], survived, pending, targeted;
	char wait[32], next[128]; /* as the status says at the end */
	int64_t executions, events,
		served; /* most of one device: executions, events, answers with files */
	int64_t polls, refused;
	/*
	 * Herds: polls against those of the poll interval (hundredths), most and mean in 10 s
	 * (hundredths).
	 */
	int64_t poll_ratio, burst, burst_mean;
	int64_t tenth_low,
		tenth_high; /* percent of a tenth of the hash range served when half were */
	char wrong[512];    /* the first thing that must never be, or that was not told */
	char miss[700];	    /* what differs from what is expected; "" nothing */
	double cpu;	    /* seconds */
};

/*
 * Play a scenario with `sizes[size]` devices; the result is judged, too.  The seed chooses who
 * is hit and when.
 */
void campaign_run(const struct scenario *scenario, int size, unsigned seed, struct result *ret);

/*
 * "suspended: breaker", "active, held at survival": how a result ended, for people; a static
 * buffer.
 */
const char *campaign_end(const struct result *result);

/* Remove the folders that campaigns left behind. */
void campaign_done(void);

/* All scenarios, in groups of one theme each. */
struct scenario_list {
	const struct scenario *list;
	size_t count;
};
extern const struct scenario_list scenarios_harm, scenarios_healthy, scenarios_faults,
	scenarios_orders, scenarios_herds, scenarios_kinds;
