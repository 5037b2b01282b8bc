/*
 * The probe: how a plan goes on after the breaker or silence stopped it.  A few devices come first,
 * in whatever stages are open; when they have ended and soaked, the stages go on as before.
 */
#pragma once

#include "core/model.h"

enum { PROBE_DEVICES = 5, PROBE_BAD = 2 }; /* so many accept; so many failures trip again */

/* Of the devices that accepted since the resume, by their present state. */
struct probe_tally {
	int64_t taken; /* accepted, without those whose attempts came to nothing */
	int64_t open, finished, bad;
	int64_t last;	 /* newest acceptance, 0: none */
	int64_t pending; /* devices of the opened stages that were never offered anything */
};

enum probe_wait {
	PROBE_ACCEPTS, /* too few have accepted, or not all of them have ended */
	PROBE_WIDENS,  /* nobody else comes: the next stage may open for the probe alone */
	PROBE_SOAKS,   /* they have ended, and soak */
	PROBE_FAILS,   /* it will not pass by itself: otactl plan advance */
	PROBE_OVER,    /* the stages go on */
	PROBE_WAIT_MAX
};

extern const char *const probe_wait_words[PROBE_WAIT_MAX];

struct probe_verdict {
	enum probe_wait wait;
	bool done;  /* all have ended; remembered as probe_done_at */
	int64_t at; /* PROBE_SOAKS: when it is over */
};

/*
 * Judge the probe of a plan whose strategy and stages are loaded and which has one.  Done: all that
 * accepted have ended, and they are five or, where nobody accepted for 48 h or nobody is left, at
 * least one.  Then soak; with five one failure passes, with fewer none.  In the tail there is none.
 */
struct probe_verdict probe_decide(
	const struct plan *plan, const struct probe_tally *tally, int64_t now);
