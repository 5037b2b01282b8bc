/* Push windows, in local time, through every kind of clock change. */
#include "tests/test.h"

#include "core/moment.h"
#include "core/window.h"
#include "plans/base/zone.h"

static void
windows_are_read_or_refused(void **state)
{
	static const char *const bad[] = { "", "25:00-01:00", "Mon-", "Mon- 10:00-11:00", "10:00", "10:00-10:00",
		"10:00-25:00", "1:00-2:00", "Mon,Foo 10:00-11:00", "10:60-11:00", "24:00-01:00", "10:00-11:00 ",
		"Mon-Fri10:00-11:00", "Mon-Fri 10:00-24:01" };
	struct window w;
	struct err err = ERR_NONE;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		err = ERR_NONE;
		assert_int_equal(window_parse(bad[i], &w, &err), ERR_INPUT);
		assert_true(*err.why && *err.fix);
	}
	assert_int_equal(window_parse("Mon-Fri 22:00-04:00", &w, &err), ERR_OK);
	assert_int_equal(w.days, 0x1f);
	assert_int_equal(w.start, 22 * 60);
	assert_int_equal(w.end, 28 * 60);
	assert_int_equal(window_parse("Sat-Mon,Wed 00:00-24:00", &w, &err), ERR_OK);
	assert_int_equal(w.days, 1 << 5 | 1 << 6 | 1 | 1 << 2);
}

static void
blackouts_name_real_days(void **state)
{
	struct blackout b;
	struct err err = ERR_NONE;

	(void)state;
	assert_int_equal(blackout_parse("2026-12-24..2027-01-02", &b, &err), ERR_OK);
	assert_int_equal(b.last - b.first, 9);
	assert_int_equal(blackout_parse("2026-12-24", &b, &err), ERR_OK);
	assert_int_equal(b.last, b.first);
	assert_int_equal(blackout_parse("2026-12-24..2026-12-01", &b, &err), ERR_INPUT);
	assert_int_equal(blackout_parse("2026-02-30", &b, &err), ERR_INPUT);
}

/* Whether local wall-clock time is inside, the slow way: minute by minute. */
static bool
inside(const struct window *w, const struct blackout *b, int64_t local)
{
	int64_t day = local / 86400, minute = local % 86400 / 60;

	for (int back = 0; back <= 1; back++) {
		int64_t opened = day - back;
		int weekday = (int)((opened % 7 + 7 + 3) % 7);
		int64_t at = minute + back * 1440;

		if (w->days >> weekday & 1 && at >= w->start && at < w->end &&
			!(opened >= b->first && opened <= b->last))
			return true;
	}
	return false;
}

static void
check_zone(const char *zone, int64_t from, int days)
{
	static const char *const texts[] = { "Mon-Fri 22:00-04:00", "01:30-02:30", "Sun 00:00-24:00",
		"Sat,Wed 23:59-00:01" };
	struct arena arena = { NULL };
	int64_t to = from + (int64_t)days * 86400;
	size_t span_count, count, at, span;

	for (size_t t = 0; t < COUNT(texts); t++) {
		struct window w;
		struct blackout b = { from / 86400 + 3, from / 86400 + 4 };
		struct window_rules rules = { &w, 1, &b, 1 };
		struct err err = ERR_NONE;
		struct offset_span *spans;
		struct interval *list;

		assert_int_equal(zone_spans(&arena, zone, from, to, &spans, &span_count, &err), ERR_OK);
		assert_int_equal(window_parse(texts[t], &w, &err), ERR_OK);
		list = window_expand(&arena, &rules, spans, span_count, &count);
		at = span = 0;
		for (int64_t now = from; now < to; now += 60) {
			bool open;

			while (span + 1 < span_count && spans[span].to <= now)
				span++;
			while (at < count && list[at].closes_at <= now)
				at++;
			open = at < count && list[at].opens_at <= now;
			if (open != inside(&w, &b, now + spans[span].offset_s))
				fail_msg("%s, %s: wrong at %lld", zone, texts[t], (long long)now);
		}
		arena_reset(&arena);
	}
	arena_done(&arena);
}

/* Two weeks around a change of the clock, against the definition, minute by minute. */
static void
intervals_match_the_wall_clock(void **state)
{
	static const struct {
		const char *zone;
		int year, month, day;
	} cases[] = { { "Europe/Berlin", 2026, 3, 22 }, { "Europe/Berlin", 2026, 10, 18 },
		{ "America/New_York", 2026, 3, 1 }, { "Australia/Lord_Howe", 2026, 3, 29 },
		{ "Australia/Lord_Howe", 2026, 9, 27 }, { "Asia/Kathmandu", 2026, 6, 1 },
		{ "Pacific/Apia", 2011, 12, 24 }, { "Antarctica/Troll", 2026, 3, 22 },
		{ "America/St_Johns", 2026, 10, 25 }, { "UTC", 2026, 1, 1 } };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		check_zone(cases[i].zone, moment_days(cases[i].year, cases[i].month, cases[i].day) * 86400, 14);
}

static void
civil_times_find_their_instant(void **state)
{
	struct arena arena = { NULL };
	struct err err = ERR_NONE;
	char text[MOMENT_TEXT];
	int64_t at;

	(void)state;
	assert_int_equal(zone_time(&arena, "2026-07-01 12:00", "Europe/Berlin", &at, &err), ERR_OK);
	assert_string_equal(moment_format(at, text), "2026-07-01T10:00:00Z");
	/* Skipped: the end of the gap.  Repeated: the first one. */
	assert_int_equal(zone_time(&arena, "2026-03-29 02:30", "Europe/Berlin", &at, &err), ERR_OK);
	assert_string_equal(moment_format(at, text), "2026-03-29T01:00:00Z");
	assert_int_equal(zone_time(&arena, "2026-10-25 02:30", "Europe/Berlin", &at, &err), ERR_OK);
	assert_string_equal(moment_format(at, text), "2026-10-25T00:30:00Z");
	arena_done(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(windows_are_read_or_refused),
		cmocka_unit_test(blackouts_name_real_days),
		cmocka_unit_test(intervals_match_the_wall_clock),
		cmocka_unit_test(civil_times_find_their_instant),
	};

	return cmocka_run_group_tests_name("window", tests, NULL, NULL);
}
