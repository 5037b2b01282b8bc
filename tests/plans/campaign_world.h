/* What the files of the campaign share: the world of one course, and the devices in it. */
#pragma once

#include "tests/test.h"

#include "tests/fixture.h"
#include "tests/plans/campaign.h"

#include <sqlite3.h>

enum mood { IDLE, BUSY, GONE };

struct gadget {
	int64_t next_at;   /* when it does something */
	int64_t phase;	   /* of its polls */
	int64_t fate_at;   /* when the update does what it does to this one; 0: not to come */
	int64_t away_from; /* ON_HOLIDAY */
	int64_t execution;
	const struct habit *habit;
	const char *version;
	char url[256]; /* of the file it downloads, without the base */
	enum mood mood;
	uint16_t attempts, refusals, served, polls;
	bool hw_b, was_at_target, meets, installed, harmed, removed, counted;
};

struct world {
	struct fixture *f;
	const struct scenario *s;
	struct result *r;
	struct gadget *fleet;
	int count;
	int heap[CAMPAIGN_DEVICES], heap_size;
	int64_t start;	   /* of the plan */
	int64_t now, skew; /* the true time; what the controller's clock is wrong by */
	int64_t boot;
	int64_t tick_at, stopped_at;
	int64_t door_off_until, region_off_until;
	bool cron_off, cured, active, over;
	int have; /* targets that have it */
	bool done[CAMPAIGN_ACTS];
	int64_t act_at[CAMPAIGN_ACTS];
	/* Herds: polls in each 10 s from the first hour on, and who was served when half were. */
	uint16_t *moments;
	int64_t moment_count, due_polls;
	sqlite3 *db; /* looks on by itself */
	sqlite3_int64 seen_version;
	int64_t ever_succeeded, last_in_progress;
};

/* --- campaign_fleet.c: a fleet as it is just before the activation */

/*
 * Make the fixture, the fleet and its past; what is equal in two scenarios is made once and
 * copied.
 */
void fleet_make(struct world *w, unsigned seed);

/* --- campaign_device.c: what one device does */

/* When a device that is due at `at` is next switched on. */
int64_t device_awake_at(const struct world *w, int i, int64_t at);

/* Ask once, outside of any course; returns the answer. */
const struct answer *device_ask(struct world *w, int i);

/* Do what is due now, and set when something is due next. */
void device_step(struct world *w, int i);

/* --- campaign_act.c: what operators and the world do */

/* Run a command line and return its output, stderr included; *code its exit status. */
const char *act_command(struct world *w, const char *line, int *code);

/* Do what belongs before the plan, of the draft, what is due now, or what comes last. */
enum occasion { BEFORE, OF_DRAFT, IN_COURSE, AT_END };
void acts_do(struct world *w, enum occasion occasion);

/* The next moment at which an act is due, or INT64_MAX. */
int64_t acts_next(const struct world *w);

/* --- campaign_judge.c: what must never be, and what has to be */

void judge_tick(struct world *w);
void judge_end(struct world *w);
void judge_result(struct result *r, int size);

/* Remember the first thing that is wrong. */
void judge_wrong(struct world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A number from the world's own connection. */
int64_t judge_number(struct world *w, const char *sql);
