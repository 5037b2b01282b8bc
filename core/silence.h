/*
 * Silence: devices that succeeded and are not heard any more, told from a fleet that sleeps.
 *
 * Whoever asks counts the succeeded of every opened stage, and as a control targets that are not
 * updated yet.  What silences both (a door that was down, a region without power, a holiday) is
 * not the update's doing, so 1.5 times the control's share is taken off before the succeeded are
 * judged.  Each device is counted by three measures at once, because which of them holds depends
 * on the control as a whole.
 */
#pragma once

#include "core/gaps.h"

#include <stddef.h>

enum silence_measure {
	SILENCE_AWAKE, /* the span for every device: the fleet is awake, who sleeps is missed */
	SILENCE_USUAL, /* its usual gap and 6 h, at least the span; never measured: not judged */
	SILENCE_KNOWN, /* the same, of devices known for 8 days */
	SILENCE_MEASURES
};

struct silence_terms {
	int64_t now;
	int64_t span;	     /* silence_span() of the plan */
	int64_t forgiven_at; /* who was silent for the span then is forgiven; 0: nobody */
};

struct silence_count {
	int64_t judged, unheard; /* devices */
};

/* Devices of one stage, or of the control. */
struct silence_group {
	struct silence_count by[SILENCE_MEASURES];
};

enum { SILENCE_EVERYWHERE = -1 };

struct silence_verdict {
	enum silence_measure measure; /* the one that held */
	int where;		      /* index of the group that is silent, or SILENCE_EVERYWHERE */
	struct silence_count there, control;
};

/* How long who is always there may be unheard: 6 h or 3 polls, whichever is longer. */
int64_t silence_span(int64_t poll_interval);

/* True where a device last heard at `last_seen` was silent already when silence was forgiven. */
bool silence_forgiven(int64_t last_seen, const struct silence_terms *terms);

/* Count a device that stands for `weight` devices, unless it is forgiven. */
void silence_add(struct silence_group *group, const struct gaps *gaps, int64_t last_seen,
	const struct silence_terms *terms, int64_t weight);

/*
 * True when at least 3 and more than 10 % of the judged in any group, or in all together, are
 * unheard by any measure: only then can silence_decide() find anything.
 */
bool silence_possible(const struct silence_group *groups, size_t count);

/*
 * Judge the groups of succeeded devices beside the control, which holds no weights.  True, with
 * *ret, when in any group, or in all together, at least 3 and more than 10 % are unheard beyond 1.5
 * times the share that is unheard in the control.  The measure is SILENCE_AWAKE while of at least
 * 20 in the control fewer than a tenth are unheard for the span; else SILENCE_KNOWN with fewer than
 * 5 in the control who can be judged by their gaps; else SILENCE_USUAL.  False: *ret is untouched.
 */
bool silence_decide(const struct silence_group *groups, size_t count,
	const struct silence_group *control, struct silence_verdict *ret);
