/*
 * Push windows: "[days] HH:MM-HH:MM" in local wall-clock time, such as "Mon-Fri 22:00-04:00" or
 * "Sat,Sun 00:00-24:00".  No days means every day; the weekday is the day the window opens; an
 * end before the start lies on the next day; equal times are refused.  Black-out dates name
 * opening days.
 *
 * Windows are expanded once into UTC intervals over stretches of constant offset, which the caller
 * takes from the zone database.  So each rule of DESIGN follows by itself: a window in the
 * skipped hour has no length that day, the repeated hour counts twice.
 */
#pragma once

#include "core/arena.h"

struct window {
	uint8_t days;	/* bit 0 Monday .. bit 6 Sunday: the day it opens */
	int start, end; /* minutes of the day, 0..1439 and 1..2880; end > start */
};

struct blackout {
	int64_t first, last; /* days since 1970-01-01, both included */
};

/* A stretch of time in which the zone's offset does not change. */
struct offset_span {
	int64_t from, to; /* UTC, to excluded */
	int64_t offset_s; /* local minus UTC */
};

struct interval {
	int64_t opens_at, closes_at; /* UTC, closes_at excluded */
};

/* Read one window as above; ERR_INPUT says what is wrong with it. */
enum err_code window_parse(const char *text, struct window *ret, struct err *err) MUST_USE;

/* Read "YYYY-MM-DD" or "YYYY-MM-DD..YYYY-MM-DD", the first not later; ERR_INPUT otherwise. */
enum err_code blackout_parse(const char *text, struct blackout *ret, struct err *err) MUST_USE;

/* All windows and black-outs of a plan; the lists are the caller's. */
struct window_rules {
	const struct window *windows;
	size_t window_count;
	const struct blackout *blackouts;
	size_t blackout_count;
};

/*
 * The intervals in which at least one window is open within the spans, sorted, disjoint and
 * merged where they touch.  Spans are sorted and adjoin.  The list is the arena's.
 */
struct interval *window_expand(struct arena *arena, const struct window_rules *rules,
	const struct offset_span *spans, size_t span_count, size_t *count);

/*
 * Whether windows that were expanded up to `expanded_to` by rules of the digest `then` are to be
 * expanded anew, now that the rules have the digest `today`: they are others, or too little is
 * left.
 */
bool window_stale(const char *then, const char *today, int64_t expanded_to, int64_t now);

/*
 * The UTC instant of a civil time (as moment_parse() returns it without a zone).  In the repeated
 * hour the first one counts; a skipped time moves to the end of the gap.
 */
int64_t window_to_utc(int64_t civil, const struct offset_span *spans, size_t span_count);
