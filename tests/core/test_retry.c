/* When devices are to ask again: each in its own second, whatever they wait for. */
#include "tests/test.h"

#include "core/moment.h"
#include "core/retry.h"

enum { HOUR = 3600, NOW = 1700000000, DEVICES = 1000 };

static struct retry
waits(int64_t place, int64_t earliest)
{
	return (struct retry){ .now = NOW,
		.place = place,
		.interval = 600,
		.longest = 6 * HOUR,
		.earliest = earliest };
}

/* A thousand devices that ask in one second come back evenly between `from` and `from` + `span`. */
static void
spread(struct retry r, int64_t from, int64_t span)
{
	static int seconds[25 * HOUR];
	int most = 0;

	memset(seconds, 0, sizeof seconds);
	for (int i = 0; i < DEVICES; i++) {
		int64_t wait;

		r.place = (int64_t)i * RETRY_PLACES / DEVICES;
		wait = retry_after(&r);
		assert_true(wait >= from && wait <= from + span);
		most = ++seconds[wait] > most ? seconds[wait] : most;
	}
	assert_true(most <= DEVICES / span + 2);
}

static void
each_has_its_own_slot(void **state)
{
	(void)state;
	for (int64_t place = 0; place < RETRY_PLACES; place += 7) {
		struct retry r = waits(place, 0);

		r.now += retry_after(&r);
		assert_int_equal(r.now % 600, place * 600 / RETRY_PLACES);
		assert_int_equal(retry_after(&r), 600);
	}
	spread(waits(0, 0), 60, 600);
	spread(waits(0, NOW), 60, 600);
	/* Without a plan the longest wait is the interval: that cuts nobody's slot. */
	spread((struct retry){ .now = NOW, .interval = 600, .longest = 600 }, 60, 600);
}

static void
a_useful_time_is_spread_behind_it(void **state)
{
	struct retry r = waits(0, NOW + HOUR);

	(void)state;
	spread(r, HOUR, 600);
	r.window = 8 * HOUR;
	spread(r, HOUR, 600);
	r.window = 1200;
	spread(r, HOUR, 300);
	r.window = 2;
	r.place = RETRY_PLACES - 1;
	assert_int_equal(retry_after(&r), HOUR);
}

static void
the_longest_wait_is_spread_before_it(void **state)
{
	(void)state;
	spread(waits(0, NOW + 24 * HOUR), 6 * HOUR * 3 / 4, 6 * HOUR / 4);
	spread(waits(0, MOMENT_NEVER), 6 * HOUR * 3 / 4, 6 * HOUR / 4);
	/* Its place lies behind the longest wait: it comes before, too. */
	assert_int_equal(retry_after(&(struct retry){ .now = NOW,
				 .place = RETRY_PLACES / 2,
				 .interval = 600,
				 .longest = 6 * HOUR,
				 .earliest = NOW + 6 * HOUR }),
		6 * HOUR * 7 / 8);
}

static void
there_is_always_a_wait(void **state)
{
	struct retry r = { .now = NOW, .interval = 1, .longest = 1, .earliest = MOMENT_NEVER };

	(void)state;
	assert_int_equal(retry_after(&r), 1);
	r.earliest = 0;
	assert_true(retry_after(&r) >= 1);
	assert_int_equal(retry_busy(0), RETRY_BUSY_S);
	assert_int_equal(retry_busy(RETRY_BUSY_SPAN_S - 1), RETRY_BUSY_S + RETRY_BUSY_SPAN_S - 1);
	assert_int_equal(retry_busy(RETRY_BUSY_SPAN_S), RETRY_BUSY_S);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_its_own_slot),
		cmocka_unit_test(a_useful_time_is_spread_behind_it),
		cmocka_unit_test(the_longest_wait_is_spread_before_it),
		cmocka_unit_test(there_is_always_a_wait),
	};

	return cmocka_run_group_tests_name("retry", tests, NULL, NULL);
}
