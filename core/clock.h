/*
 * The guard against a clock that jumps.  The wall clock has jumped when it and the time since boot
 * disagree about how much time has passed since the newest moment that is trusted, or, where the
 * boot is another one or cannot be told, when it went back.  A reboot alone is no jump, and cron
 * may have been dead for a week.
 *
 * The jump stands until the clock is back, until somebody accepts it, or until it has stood for
 * CLOCK_LASTS_S without another one.  As long as it stands, the time that is trusted goes on beside
 * the clock: all that is stored is stamped with it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
	CLOCK_DRIFT_S = 120,   /* what ntp may correct */
	CLOCK_LASTS_S = 86400, /* a jump that stood so long is no jump any more */
	CLOCK_BOOT = 40,
	CLOCK_WORDS = 32,
};

/* One moment, by the wall clock and by the time since boot; at 0: never. */
struct clock_time {
	int64_t at;
	char boot[CLOCK_BOOT]; /* id of the boot; "" where it cannot be told */
	int64_t uptime;
};

struct clock_guard {
	struct clock_time trusted; /* the newest tick whose clock was trusted */
	struct clock_time last;	   /* the newest tick; its `at` by the clock that is trusted */
	int64_t jump_by;	   /* seconds by which the clock is ahead; 0: it is right */
	int64_t jump_at;	   /* since when, by the clock that jumped */
};

/* What a tick makes of it. */
struct clock_step {
	struct clock_guard guard; /* to be stored */
	int64_t by;		  /* the clock is ahead by so much: nothing is moved on; 0: go on */
	int64_t lasted;		  /* the clock that is trusted from now on was ahead by so much */
};

/*
 * Seconds by which `now` is ahead of the time that is trusted, negative where it is behind; 0: it
 * is trusted.
 */
int64_t clock_ahead(const struct clock_guard *guard, const struct clock_time *now);

/* One tick at `now`, which is the wall clock as it stands. */
struct clock_step clock_tick(const struct clock_guard *guard, const struct clock_time *now);

/* From now on the clock is trusted as it stands at `now`. */
struct clock_guard clock_accept(const struct clock_time *now);

/* "26 h", "-10 d", "3 min": about so much, by its largest unit; ret holds CLOCK_WORDS bytes. */
const char *clock_words(int64_t by, char *ret);
