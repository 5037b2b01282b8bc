/* Words, quoting, times, pairs, JSON: the small things everything stands on. */
#include "tests/test.h"

#include "core/doc.h"
#include "core/json.h"
#include "core/moment.h"
#include "core/pairs.h"
#include "core/str.h"

static void
names_are_what_the_rule_says(void **state)
{
	static const struct {
		enum word word;
		const char *text;
		bool good;
	} cases[] = {
		{ WORD_NAME, "spring", true }, { WORD_NAME, "0-a_b", true }, { WORD_NAME, "", false },
		{ WORD_NAME, "a/b", false }, { WORD_NAME, "a b", false }, { WORD_NAME, "-a", false },
		{ WORD_NAME, "a\x01", false }, { WORD_NAME, "a.b", false },
		{ WORD_NAME, "0123456789012345678901234567890123456789012345678901234567890123", true },
		{ WORD_NAME, "01234567890123456789012345678901234567890123456789012345678901234", false },
		{ WORD_VERSION, "1.0.0", true }, { WORD_VERSION, "_1", true }, { WORD_VERSION, ".1", false },
		{ WORD_VERSION, "EG915UEUABR03A21M08_OCPU_QPY", true }, { WORD_VERSION, "1/0", false },
		{ WORD_IDENTITY, "STM32", true }, { WORD_IDENTITY, "battery", false },
		{ WORD_IDENTITY, "token", false }, { WORD_IDENTITY, "012345678901234567890123456789012", false },
		{ WORD_DEVICE, "aa:bb:cc", true }, { WORD_DEVICE, "a/b", false }, { WORD_DEVICE, "", false },
		{ WORD_PATH, "flash/main.py", true }, { WORD_PATH, "../x", false }, { WORD_PATH, "a/../b", false },
		{ WORD_PATH, "/a", false }, { WORD_PATH, "a//b", false }, { WORD_PATH, "a/.", false },
		{ WORD_PATH, "flash/my file.py", true }, { WORD_PATH, "flash/ a", false }, { WORD_PATH, "a /b", false },
		{ WORD_PATH, "a b/c d", true }, { WORD_PATH, "flash/a(b)", false }, { WORD_PATH, "flash/a\tb", false },
		{ WORD_PATH, ".config", true }, { WORD_FILE, ".hidden", false }, { WORD_FILE, "a-1.bin", true },
		{ WORD_REPORTED, "", true }, { WORD_REPORTED, "1 0", true }, { WORD_REPORTED, "1\n", false },
		{ WORD_VALUE, "", true }, { WORD_VALUE, "a=b", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (word_is(cases[i].word, cases[i].text) != cases[i].good)
			fail_msg("'%s' should %sbe good", cases[i].text, cases[i].good ? "" : "not ");
}

static void
quotes_escape_and_cut(void **state)
{
	char longest[300];

	(void)state;
	assert_string_equal(QUOTE("a\x1b[1m\n"), "a\\x1b[1m\\x0a");
	assert_string_equal(QUOTE("a\xc2\x9b" "1\xff\xc3\xbc"), "a\\xc2\\x9b1\\xff\xc3\xbc");
	memset(longest, '\x01', sizeof longest);
	longest[sizeof longest - 1] = '\0';
	assert_true(strlen(QUOTE(longest)) < 256);
	assert_true(str_ends(QUOTE(longest), "..."));
}

static void
only_utf8_is_printable(void **state)
{
	(void)state;
	assert_true(str_printable("gr\xc3\xbc\xc3\x9f", 6));
	assert_true(str_printable("\xe4\xb8\xad\xe6\x96\x87", 6));
	assert_false(str_printable("\xc3", 1));
	assert_false(str_printable("\xc0\x80", 2));
	assert_false(str_printable("\xed\xa0\x80", 3));
	assert_false(str_printable("\xf5\x80\x80\x80", 4));
	assert_false(str_printable("a\x7f", 2));
	assert_false(str_printable("\xc2\x9b" "2J", 4));	/* C1: begins a terminal sequence */
	assert_true(str_printable("\xc2\xa0", 2));
	assert_false(str_printable("\xe2\x80\xa8", 3));	/* line separator */
	assert_false(str_printable("a\xe2\x80\xae", 4));	/* right to left override */
	assert_true(str_printable("\xe2\x80\xaf", 3));
	assert_false(str_printable("\xe2\x81\xa6", 3));	/* isolates */
	assert_false(str_printable("\xe2\x81\xa9", 3));
	assert_false(str_printable("\xef\xbb\xbf", 3));	/* byte order mark */
	assert_true(str_printable("\xf0\x9f\x9a\x80", 4));
	assert_int_equal(str_printable_step("\xf0\x9f\x9a\x80", 4), 4);
	assert_int_equal(str_printable_step("", 0), 0);
}

static void
integers_are_strict(void **state)
{
	int64_t n = 7;

	(void)state;
	assert_true(str_int("-5", -10, 10, &n));
	assert_int_equal(n, -5);
	assert_false(str_int("", 0, 10, &n));
	assert_false(str_int("5x", 0, 10, &n));
	assert_false(str_int("+5", 0, 10, &n));
	assert_false(str_int(" 5", 0, 10, &n));
	assert_false(str_int("11", 0, 10, &n));
	assert_false(str_int("99999999999999999999", 0, INT64_MAX, &n));
	assert_int_equal(n, -5);
}

static void
hundredths_have_two_places(void **state)
{
	static const struct {
		const char *text;
		int64_t value;
	} good[] = { { "0", 0 }, { "2", 200 }, { "0.5", 50 }, { "1.25", 125 }, { "1.05", 105 }, { "007", 700 },
		{ "100", 10000 } };
	static const char *const bad[] = { "", ".", ".5", "1.", "1.234", "-1", "-0", "1.-0", "+1", " 1", "1 ",
		"1.2.3", "1.5%", "100.01", "1e1", "9999999999999999999999" };
	int64_t value;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		if (!str_hundredths(good[i].text, 0, 10000, &value))
			fail_msg("'%s' was refused", good[i].text);
		assert_int_equal(value, good[i].value);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		if (str_hundredths(bad[i], 0, 10000, &value))
			fail_msg("'%s' was taken", bad[i]);
	assert_false(str_hundredths("0.99", 100, 10000, &value));
}

static void
times_survive_text_and_back(void **state)
{
	char text[MOMENT_TEXT];

	(void)state;
	for (int i = 0; i < 100000; i++) {
		int64_t at = any_below(253402300800LL), back;
		bool zoned;

		assert_true(moment_parse(moment_format(at, text), &back, &zoned));
		assert_true(zoned);
		assert_int_equal(back, at);
	}
}

static void
impossible_times_are_refused(void **state)
{
	static const char *const bad[] = { "", "2026", "2026-02-29", "2026-13-01", "2026-00-01", "2026-04-31",
		"2026-01-01T24:00:00Z", "2026-01-01T23:60Z", "2026-01-01T23:00+25:00", "2026-01-01 1:00",
		"2026-01-01T00:00:00Zx", "1969-12-31", "2100-02-29" };
	int64_t at;
	bool zoned;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(moment_parse(bad[i], &at, &zoned));
	assert_true(moment_parse("2024-02-29", &at, &zoned));
	assert_false(zoned);
	assert_true(moment_parse("2026-11-21T12:00+02:00", &at, &zoned));
	assert_int_equal(at, moment_days(2026, 11, 21) * 86400 + 10 * 3600);
}

static void
spans_have_units(void **state)
{
	int64_t s;

	(void)state;
	assert_true(moment_duration("90", &s) && s == 90);
	assert_true(moment_duration("10m", &s) && s == 600);
	assert_true(moment_duration("7d", &s) && s == 604800);
	assert_false(moment_duration("", &s));
	assert_false(moment_duration("d", &s));
	assert_false(moment_duration("-1s", &s));
	assert_false(moment_duration("1w", &s));
	assert_false(moment_duration("99999999999999999999d", &s));
}

static void
pairs_stay_sorted_and_unique(void **state)
{
	struct arena arena = { NULL };
	struct pairs pairs = { NULL, 0 };

	(void)state;
	for (int i = 0; i < 2000; i++) {
		char key[8];

		snprintf(key, sizeof key, "k%d", (int)any_below(50));
		pairs_set(&arena, &pairs, key, any_below(5) ? "v" : NULL);
		for (size_t j = 1; j < pairs.count; j++)
			assert_true(strcmp(pairs.list[j - 1].key, pairs.list[j].key) < 0);
	}
	{
		char *text = pairs_format(&arena, &pairs);
		struct pairs back = pairs_parse(&arena, text);

		assert_string_equal(pairs_format(&arena, &back), text);
	}
	arena_done(&arena);
}

static void
json_escapes_what_it_must(void **state)
{
	struct arena arena = { NULL };
	struct buf buf = { .arena = &arena };
	struct json json = { .buf = &buf };

	(void)state;
	json_object(&json, NULL);
	json_string(&json, "a\"b", "\n\\\x01");
	json_array(&json, "list");
	json_int(&json, NULL, -1);
	json_null(&json, NULL);
	json_close_array(&json);
	json_time(&json, "at", 0);
	json_close_object(&json);
	assert_string_equal(buf.text,
		"{\"a\\\"b\":\"\\u000a\\\\\\u0001\",\"list\":[-1,null],\"at\":null}");
	arena_done(&arena);
}

static void
depth_counts_brackets_outside_strings(void **state)
{
	(void)state;
	assert_int_equal(doc_depth("{\"a\":[1,{}]}", 12), 3);
	assert_int_equal(doc_depth("{\"[[[[\":\"{{\\\"{\"}", 17), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_what_the_rule_says),
		cmocka_unit_test(quotes_escape_and_cut),
		cmocka_unit_test(only_utf8_is_printable),
		cmocka_unit_test(integers_are_strict),
		cmocka_unit_test(hundredths_have_two_places),
		cmocka_unit_test(times_survive_text_and_back),
		cmocka_unit_test(impossible_times_are_refused),
		cmocka_unit_test(spans_have_units),
		cmocka_unit_test(pairs_stay_sorted_and_unique),
		cmocka_unit_test(json_escapes_what_it_must),
		cmocka_unit_test(depth_counts_brackets_outside_strings),
	};

	seed();
	return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
