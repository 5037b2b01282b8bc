/*
 * How long a device sleeps: its usual gap, the longest between its contacts of the last 8 days.
 *
 * A longer gap counts at once, a shorter one only when no longer one ended in the last 8 days.  Of
 * all gaps in that time two are enough: the longest, and the longest of those that ended after it.
 * When the longest is 8 days old the other takes its place, and what was shorter than both and
 * older than either is forgotten: a gap can be missed by that only where three of them came in
 * falling order, and is measured anew as soon as the device sleeps so long again.
 *
 * Contacts are stored hourly, so a gap is known to the hour, and rather too long than too short;
 * what is shorter than two hours may be a device that is always there, and counts as 0.  What is
 * shorter than an hour is not measured: a device under way asks oftener than it usually does.  A
 * gap of more than 8 days is an absence: it counts for nothing, as if the time had stood still.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
	GAP_STORE_S = 3600,	   /* a contact is stored at least so often */
	GAP_PROMPT_S = 2 * 3600,   /* what is shorter counts as always there */
	GAP_LONGEST_S = 8 * 86400, /* what is longer is an absence */
	GAP_YOUNG_S = 48 * 3600,   /* of a device known for less than GAP_LONGEST_S, at least */
};

struct gaps {
	int64_t longest_s, longest_at; /* longest_at: when it ended; 0: never measured */
	int64_t next_s, next_at;       /* of those that ended later; next_at 0: none did */
	int64_t known_at; /* the first contact, later by all absences; 0: never heard */
};

/* Take in a contact at `now` after one at `last_seen` (0: none), which is not later. */
void gaps_take(struct gaps *gaps, int64_t last_seen, int64_t now);

/* True when a usual gap was ever measured; else gaps->longest_s says nothing. */
bool gaps_measured(const struct gaps *gaps);

/* True when contacts of at least 8 days, up to the newest one at `last_seen`, are known. */
bool gaps_known(const struct gaps *gaps, int64_t last_seen);

/*
 * The usual gap that deadlines go by: 8 days for a device that was never measured, at least 48 h
 * for one that is known for less than 8 days.
 */
int64_t gaps_deadline(const struct gaps *gaps, int64_t last_seen);

/*
 * True when a device that was not heard for `away_s` is away for longer than it usually sleeps:
 * 48 h at least, and 1.5 times its usual gap; 8 days where that was never measured.
 */
bool gaps_absent(const struct gaps *gaps, int64_t away_s);
