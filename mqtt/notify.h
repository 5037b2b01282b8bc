/*
 * Telling things that there is something for them: MQTT 3.1.1 tells no bridge who is connected, so
 * that is said to all that were heard within 30 days, and a broker drops what nobody listens to.
 * All are looked at when an operator or tick has changed something, and one by one when the time
 * comes that the last look named.
 */
#pragma once

#include "mqtt/bridge.h"

/* What is known of one thing. */
struct notify_thing {
	int64_t device, plan; /* the plan it was told of last; 0: none */
	int64_t due;	      /* when to look again */
};

/* By device, each once. */
struct notify_list {
	struct notify_thing *list;
	size_t count, room;
};

struct notify {
	struct notify_list things, fresh; /* `fresh` while all are looked at */
	int64_t epoch;			  /* as of which all were looked at; 0: none */
	int64_t scanned;		  /* the epoch of the look under way; 0: none is */
	int64_t after;			  /* up to which device it has come */
};

/* Look at some things, and tell those for which there is something new; not for long. */
void notify_step(struct notify *notify, struct bridge *bridge);

/* A thing was heard, and may have ended a job: then look at it at once. */
void notify_heard(struct notify *notify, int64_t device, bool ended);

/* Free what is known. */
void notify_end(struct notify *notify);
