/*
 * When a device that got nothing is to ask again.  Each device has a place of its own in every
 * interval, by the hash of its id, so that devices that wait for the same thing do not come at
 * once, whatever they wait for and however long that is.
 */
#pragma once

#include <stdint.h>

enum { RETRY_PLACES = 10000, RETRY_BUSY_S = 5, RETRY_BUSY_SPAN_S = 60 };

struct retry {
	int64_t now;
	int64_t place;	  /* of the device: its hash, from 0 below RETRY_PLACES */
	int64_t interval; /* between its polls */
	int64_t longest;  /* it is never sent away for longer, but for its place in an interval */
	int64_t earliest; /* when asking is of use; 0: any time, MOMENT_NEVER: never */
	int64_t window;	  /* then it may be offered for so long; 0: no matter how long */
};

/* Seconds until the device is to ask again; at least 1. */
int64_t retry_after(const struct retry *retry);

/* The same for whoever finds the door busy; `chance` is any number. */
int64_t retry_busy(uint64_t chance);
