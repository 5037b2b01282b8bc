#include "core/retry.h"

#include "core/moment.h"

/* The device's own place in a span. */
static int64_t
own_share(const struct retry *r, int64_t span)
{
	return r->place * span / RETRY_PLACES;
}

/* Its own second of every interval; who has just asked waits for the one after. */
static int64_t
own_slot(const struct retry *r)
{
	int64_t wait = r->interval - (r->now - own_share(r, r->interval)) % r->interval;

	return wait < r->interval / 10 ? wait + r->interval : wait;
}

int64_t
retry_after(const struct retry *r)
{
	int64_t spread = r->interval, wait, last = r->longest / 4;

	if (r->earliest != MOMENT_NEVER && r->earliest <= r->now) {
		wait = own_slot(r);
	} else {
		if (r->window && r->window / 4 < spread)
			spread = r->window / 4;
		/* The last quarter of the longest wait is spread, too. */
		if (r->earliest == MOMENT_NEVER ||
			r->earliest - r->now + own_share(r, spread) > r->longest)
			wait = r->longest - last + own_share(r, last);
		else
			wait = r->earliest - r->now + own_share(r, spread);
	}
	return wait < 1 ? 1 : wait;
}

int64_t
retry_busy(uint64_t chance)
{
	return RETRY_BUSY_S + (int64_t)(chance % RETRY_BUSY_SPAN_S);
}
