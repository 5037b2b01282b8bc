/* How members of a struct are shown: each meaning, with nothing, little and much in it. */
#include "tests/test.h"

#include "cli/view.h"
#include "core/model.h"
#include "core/moment.h"

enum color { COLOR_NONE, COLOR_RED };
static const char *const color_words[] = { "none", "red" };

struct part {
	const char *name;
	int64_t count;
};

struct thing {
	int64_t number, at, span;
	int index;
	bool flag, has, hold;
	enum color color;
	char field[8];
	const char *text, *pairs;
	struct part part;
	struct part *parts;
	size_t part_count;
	const char **names, *fixed[2];
	size_t name_count, fixed_count;
};

static const struct view part_view = VIEW(SHOW(part, name, "name", "NAME", VIEW_VALUE),
	SHOW(part, count, "count", "COUNT", VIEW_MAYBE));

static cJSON *
twice_made(const void *thing)
{
	return cJSON_CreateNumber((double)(2 * ((const struct thing *)thing)->number));
}

static void
expect(const struct view_member *shown, const struct thing *thing, const char *text)
{
	const struct view view = { shown, 1 };
	cJSON *object = view_json(&view, thing);
	char *got = cJSON_PrintUnformatted(object);

	assert_string_equal(got, text);
	free(got);
	cJSON_Delete(object);
}

/* The `given` thing, shown by one member, as JSON. */
#define EXPECT(given, text, ...)                                                                   \
	expect(&(const struct view_member)__VA_ARGS__, &(const struct thing)given, text)
#define THING(...)                                                                                 \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}

static void
numbers_are_what_they_mean(void **state)
{
	(void)state;
	EXPECT(THING(.number = 0), "{\"n\":0}", SHOW(thing, number, "n", NULL, VIEW_VALUE));
	EXPECT(THING(.number = -7), "{\"n\":-7}", SHOW(thing, number, "n", NULL, VIEW_MAYBE));
	EXPECT(THING(.number = 0), "{\"n\":null}", SHOW(thing, number, "n", NULL, VIEW_MAYBE));
	EXPECT(THING(.number = 0), "{\"n\":0}", SHOW(thing, number, "n", NULL, VIEW_COUNT));
	EXPECT(THING(.number = -1), "{\"n\":null}", SHOW(thing, number, "n", NULL, VIEW_COUNT));
	EXPECT(THING(.index = 0), "{\"n\":1}", SHOW(thing, index, "n", NULL, VIEW_NUMBER));
	EXPECT(THING(.number = 999999999999999), "{\"n\":999999999999999}",
		SHOW(thing, number, "n", NULL, VIEW_VALUE));
	EXPECT(THING(.number = INT64_MAX), "{\"n\":\"9223372036854775807\"}",
		SHOW(thing, number, "n", NULL, VIEW_ID));
	EXPECT(THING(.number = INT64_MIN), "{\"n\":\"-9223372036854775808\"}",
		SHOW(thing, number, "n", NULL, VIEW_ID));
	EXPECT(THING(.span = 0), "{\"s\":\"0 s\"}", SHOW(thing, span, "s", NULL, VIEW_SPAN));
	EXPECT(THING(.span = 86400), "{\"s\":\"24 h\"}", SHOW(thing, span, "s", NULL, VIEW_SPAN));
}

static void
no_moment_is_null(void **state)
{
	(void)state;
	EXPECT(THING(.at = 0), "{\"t\":null}", SHOW(thing, at, "t", NULL, VIEW_TIME));
	EXPECT(THING(.at = MOMENT_NEVER), "{\"t\":null}", SHOW(thing, at, "t", NULL, VIEW_TIME));
	EXPECT(THING(.at = 1), "{\"t\":\"1970-01-01T00:00:01Z\"}",
		SHOW(thing, at, "t", NULL, VIEW_TIME));
}

static void
truth_and_words(void **state)
{
	(void)state;
	EXPECT(THING(.flag = true), "{\"b\":true}", SHOW(thing, flag, "b", NULL, VIEW_VALUE));
	EXPECT(THING(.flag = false), "{\"b\":false}", SHOW(thing, flag, "b", NULL, VIEW_VALUE));
	EXPECT(THING(.hold = false), "{\"b\":\"allow\"}",
		SHOW_EITHER(thing, hold, "allow", "hold", "b", NULL));
	EXPECT(THING(.hold = true), "{\"b\":\"hold\"}",
		SHOW_EITHER(thing, hold, "allow", "hold", "b", NULL));
	EXPECT(THING(.color = COLOR_NONE), "{\"w\":\"none\"}",
		SHOW_WORD(thing, color, color_words, "w", NULL, VIEW_VALUE));
	EXPECT(THING(.color = COLOR_NONE), "{\"w\":null}",
		SHOW_WORD(thing, color, color_words, "w", NULL, VIEW_MAYBE));
	EXPECT(THING(.color = COLOR_RED), "{\"w\":\"red\"}",
		SHOW_WORD(thing, color, color_words, "w", NULL, VIEW_MAYBE));
}

static void
what_is_not_there_is_null_or_left_out(void **state)
{
	(void)state;
	EXPECT(THING(.has = false, .flag = true), "{\"p\":null}",
		SHOW_WHERE(thing, flag, has, "p", NULL, VIEW_VALUE));
	EXPECT(THING(.has = true), "{\"p\":false}",
		SHOW_WHERE(thing, flag, has, "p", NULL, VIEW_VALUE));
	EXPECT(THING(.has = false, .number = 3), "{}",
		SHOW_WHERE(thing, number, has, "p", NULL, VIEW_FILLED));
	EXPECT(THING(.has = true, .number = 0), "{\"p\":0}",
		SHOW_WHERE(thing, number, has, "p", NULL, VIEW_FILLED));
	EXPECT(THING(.field = ""), "{}", SHOW(thing, field, "p", NULL, VIEW_FILLED));
	EXPECT(THING(.text = NULL), "{}", SHOW(thing, text, "p", NULL, VIEW_FILLED));
}

static void
texts_are_whole(void **state)
{
	(void)state;
	EXPECT(THING(.field = ""), "{\"t\":\"\"}", SHOW(thing, field, "t", NULL, VIEW_VALUE));
	EXPECT(THING(.field = ""), "{\"t\":null}", SHOW(thing, field, "t", NULL, VIEW_MAYBE));
	EXPECT(THING(.field = "1234567"), "{\"t\":\"1234567\"}",
		SHOW(thing, field, "t", NULL, VIEW_MAYBE));
	EXPECT(THING(.text = NULL), "{\"t\":null}", SHOW(thing, text, "t", NULL, VIEW_VALUE));
	EXPECT(THING(.text = ""), "{\"t\":\"\"}", SHOW(thing, text, "t", NULL, VIEW_VALUE));
	EXPECT(THING(.text = "\""), "{\"t\":\"\\\"\"}", SHOW(thing, text, "t", NULL, VIEW_MAYBE));
	EXPECT(THING(.pairs = NULL), "{\"p\":{}}", SHOW(thing, pairs, "p", NULL, VIEW_PAIRS));
	EXPECT(THING(.pairs = ""), "{\"p\":{}}", SHOW(thing, pairs, "p", NULL, VIEW_PAIRS));
	EXPECT(THING(.pairs = "a=1\nb=\n"), "{\"p\":{\"a\":\"1\",\"b\":\"\"}}",
		SHOW(thing, pairs, "p", NULL, VIEW_PAIRS));
}

static void
lists_of_texts_lie_here_or_elsewhere(void **state)
{
	const char *names[] = { "x", NULL, "z" };

	(void)state;
	EXPECT(THING(.names = NULL), "{\"l\":[]}", SHOW_TEXTS(thing, names, name_count, "l"));
	EXPECT(THING(.names = names, .name_count = 3), "{\"l\":[\"x\",null,\"z\"]}",
		SHOW_TEXTS(thing, names, name_count, "l"));
	EXPECT(THING(.fixed = { "x", "y" }, .fixed_count = 1), "{\"l\":[\"x\"]}",
		SHOW_TEXTS(thing, fixed, fixed_count, "l"));
	EXPECT(THING(.fixed_count = 0), "{\"l\":[]}", SHOW_TEXTS(thing, fixed, fixed_count, "l"));
}

static void
nested_things_have_views_of_their_own(void **state)
{
	struct part parts[] = { { "a", 1 }, { "b", 0 } };

	(void)state;
	EXPECT(THING(.parts = NULL), "{\"l\":[]}",
		SHOW_LIST(thing, parts, part_count, "l", VIEW_LIST, &part_view));
	EXPECT(THING(.parts = parts, .part_count = 2),
		"{\"l\":[{\"name\":\"a\",\"count\":1},{\"name\":\"b\",\"count\":null}]}",
		SHOW_LIST(thing, parts, part_count, "l", VIEW_LIST, &part_view));
	EXPECT(THING(.parts = NULL), "{\"l\":{}}",
		SHOW_LIST(thing, parts, part_count, "l", VIEW_MAP, &part_view));
	EXPECT(THING(.parts = parts, .part_count = 2), "{\"l\":{\"a\":1,\"b\":null}}",
		SHOW_LIST(thing, parts, part_count, "l", VIEW_MAP, &part_view));
	EXPECT(THING(.part = { "c", 3 }), "{\"p\":{\"name\":\"c\",\"count\":3}}",
		SHOW_PART(thing, part, "p", &part_view));
	EXPECT(THING(.part = { "c", 3 }), "{\"name\":\"c\",\"count\":3}",
		SHOW_MEMBERS(thing, part, &part_view));
	EXPECT(THING(.number = 21), "{\"m\":42}", SHOW_MADE(twice_made, "m", NULL));
}

static const struct view number_view = VIEW(SHOW(thing, number, "number", "NO", VIEW_VALUE));
static const struct view whole_view =
	VIEW(SHOW_BESIDE(&number_view), SHOW(thing, field, "field", NULL, VIEW_VALUE),
		SHOW_MEMBERS(thing, part, &part_view), SHOW_BLOCK("inner", &number_view));

static void
people(struct out *out, const void *thing)
{
	out_line(out, "%s", ((const struct thing *)thing)->field);
}

/* Table, block, sentence and JSON say the same. */
static void
one_view_makes_every_output(void **state)
{
	const struct thing things[] = { { .number = 1, .field = "f", .part = { "a", 20 } },
		{ .number = 22, .part = { NULL, 0 } } };
	struct out text = { .json = false }, json = { .json = true };
	FILE *old = stdout;
	char *got = NULL;
	size_t size;

	(void)state;
	stdout = open_memstream(&got, &size);
	out_view(&text, &whole_view, things, sizeof *things, 2);
	out_view(&text, &whole_view, things, sizeof *things, 0);
	out_view(&json, &whole_view, things, sizeof *things, 1);
	out_view(&json, &whole_view, things, sizeof *things, 0);
	out_show(&text, &whole_view, things);
	out_show(&json, &number_view, things);
	out_show_as(&text, &whole_view, things, people);
	out_show_as(&json, &number_view, things, people);
	fclose(stdout);
	stdout = old;
	assert_string_equal(got, "NO  NAME  COUNT\n1   a     20\n22  -     -\n"
				 "[\n {\"number\":1,\"field\":\"f\",\"name\":\"a\",\"count\":20,"
				 "\"inner\":{\"number\":1}}\n]\n[]\n"
				 "number  1\nfield   f\nname    a\ncount   20\ninner   number=1\n"
				 "{\n\t\"number\":\t1\n}\nf\n{\n\t\"number\":\t1\n}\n");
	free(got);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_what_they_mean),
		cmocka_unit_test(no_moment_is_null),
		cmocka_unit_test(truth_and_words),
		cmocka_unit_test(what_is_not_there_is_null_or_left_out),
		cmocka_unit_test(texts_are_whole),
		cmocka_unit_test(lists_of_texts_lie_here_or_elsewhere),
		cmocka_unit_test(nested_things_have_views_of_their_own),
		cmocka_unit_test(one_view_makes_every_output),
	};

	return cmocka_run_group_tests_name("view", tests, NULL, NULL);
}
