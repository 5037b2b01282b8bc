/* The words of a command line: what is given, what is missing, what is kept for the audit. */
#include "tests/test.h"

#include "cli/command.h"
#include "core/str.h"

/* A table of its own, so that no change of the product changes what is tested here. */
static const struct arg global[] = { { "--db", ARG_FILE, 0, "PATH", "" },
	{ "--json", ARG_FLAG, 0, NULL, "" }, { .name = NULL } };
static const struct arg writing[] = { { "--dry-run", ARG_FLAG, 0, NULL, "" },
	{ "--reason", ARG_TEXT, 0, "TEXT", "" }, { .name = NULL } };
static const struct command list[] = {
	{ .path = "list", .need = NEED_READ, .args = { { "WHAT", ARG_TEXT, 0, NULL, "" } } },
	{ .path = "thing add",
		.need = NEED_WRITE,
		.args = { { "NAME", ARG_TEXT, ARG_REQUIRED, NULL, "" },
			{ "FILE", ARG_FILE, ARG_REPEAT, NULL, "" },
			{ "--count", ARG_COUNT, 0, "N", "" }, { "--wait", ARG_SPAN, 0, "TIME", "" },
			{ "--set", ARG_TEXT, ARG_REPEAT, "KEY=VALUE", "" },
			{ "--until", ARG_TIME, 0, "TIME", "" },
			{ "--number", ARG_NUMBER, 0, "N", "" },
			{ "--pin", ARG_TEXT, ARG_SECRET, "PIN", "" } } },
	{ .path = "thing list", .need = NEED_READ },
};
static const struct command_table table = { list, COUNT(list), global, writing };

static struct arena arena;

/* Parse blank-separated words; the error's code. */
static enum err_code
parse(const char *line, struct parsed *ret, struct err *err)
{
	static char text[512];
	char *argv[32], *rest = text;
	int argc = 0;

	snprintf(text, sizeof text, "%s", line);
	for (char *word; argc < 32 && (word = strsep(&rest, " "));)
		if (*word)
			argv[argc++] = word;
	*err = ERR_NONE;
	return args_parse(&arena, &table, argc, argv, ret, err);
}

static const struct args *
parsed(const char *line)
{
	struct parsed ret;
	struct err err;

	if (parse(line, &ret, &err))
		fail_msg("%s: %s", line, err.what);
	assert_non_null(ret.command);
	return ret.args;
}

static void
what_was_given_is_found(void **state)
{
	const struct args *args = parsed("thing add x a b --count 7 --set k=v --set=l=w --wait 10m "
					 "--number=-3 --dry-run -- --c");
	size_t count;
	const char *const *files = args_all(args, "FILE", &count);

	(void)state;
	assert_string_equal(args_get(args, "NAME"), "x");
	assert_int_equal(count, 3);
	assert_string_equal(files[2], "--c");
	assert_int_equal(args_int(args, "--count", 0), 7);
	assert_int_equal(args_int(args, "--wait", 0), 600);
	assert_int_equal(args_int(args, "--number", 0), -3);
	assert_string_equal(args_all(args, "--set", &count)[1], "l=w");
	assert_int_equal(count, 2);
	assert_true(args_flag(args, "--dry-run"));
	assert_false(args_flag(args, "--json"));
	assert_null(args_get(args, "--pin"));
	assert_int_equal(args_int(parsed("thing add x"), "--count", 5), 5);
}

/* A slip is named and nothing is guessed: no abbreviations, no swallowed options. */
static void
a_wrong_word_is_named(void **state)
{
	static const struct {
		const char *line, *what;
	} cases[] = {
		{ "thing", "'thing' needs another word" },
		{ "thing flub", "no command 'thing flub'" },
		{ "flub", "no command 'flub'" },
		{ "--json", "the command is missing" },
		{ "thing add", "NAME is missing" },
		{ "thing add x --count", "--count needs a value" },
		{ "thing add x --count --json", "--count needs a value" },
		{ "thing add x --count seven", "cannot read --count 'seven'" },
		{ "thing add x --count -1", "cannot read --count '-1'" },
		{ "thing add x --wait soon", "cannot read --wait 'soon'" },
		{ "thing add x --count 1 --count 2", "--count is given twice" },
		{ "thing add x --json=1", "--json takes no value" },
		{ "thing add x --coun 1", "no option '--coun'" },
		{ "list a b", "'b' is one word too many" },
		{ "list --dry-run", "no option '--dry-run'" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct parsed ret;
		struct err err;

		if (parse(cases[i].line, &ret, &err) != ERR_USAGE ||
			!strstr(err.what, cases[i].what))
			fail_msg("'%s' says: %s", cases[i].line, err.what);
	}
}

static void
global_options_may_stand_first(void **state)
{
	const struct args *args = parsed("--db here --json list this");

	(void)state;
	assert_string_equal(args_get(args, "--db"), "here");
	assert_string_equal(args_get(args, "WHAT"), "this");
	assert_true(args_flag(args, "--json"));
}

static void
help_is_asked_for_in_any_place(void **state)
{
	static const struct {
		const char *line, *topic;
	} cases[] = { { "", "" }, { "--help", "" }, { "thing --help", "thing" },
		{ "thing add --help", "thing add" }, { "thing add x -h", "thing add" } };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct parsed ret;
		struct err err;

		assert_int_equal(parse(cases[i].line, &ret, &err), ERR_OK);
		assert_null(ret.command);
		assert_string_equal(ret.topic, cases[i].topic);
	}
}

static void
times_have_a_zone(void **state)
{
	struct err err = ERR_NONE;
	int64_t at = 5;

	(void)state;
	assert_int_equal(args_time(parsed("thing add x"), "--until", &at, &err), ERR_OK);
	assert_int_equal(at, 5);
	assert_int_equal(
		args_time(parsed("thing add x --until 1970-01-01T00:01:00Z"), "--until", &at, &err),
		ERR_OK);
	assert_int_equal(at, 60);
	assert_int_equal(args_time(parsed("thing add x --until 2026-11-21"), "--until", &at, &err),
		ERR_USAGE);
}

/* The audit keeps what was typed, readable and without secrets, however long it was. */
static void
the_audit_keeps_the_words(void **state)
{
	static char huge[9000],
		typed[] = "thing|add|it's|a\nb\xc2\x9b|gr\xc3\xbcn|--pin|1234|--pin=5678|--set|";
	char *words[16], *rest = typed, *long_one[] = { huge };
	int count = 0;
	const struct args *args = parsed("thing add x");
	const char *kept;

	(void)state;
	while ((words[count] = strsep(&rest, "|")))
		count++;
	assert_string_equal(args_words(&arena, args, count, words),
		"thing add 'it'\\''s' 'a?b?"
		"?' 'gr\xc3\xbcn' --pin ... --pin=... --set ''");
	memset(huge, 'h', sizeof huge - 1);
	kept = args_words(&arena, args, 1, long_one);
	assert_true(strlen(kept) <= 4004);
	assert_true(str_ends(kept, " ..."));
}

static int
done(void **state)
{
	(void)state;
	arena_done(&arena);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_given_is_found),
		cmocka_unit_test(a_wrong_word_is_named),
		cmocka_unit_test(global_options_may_stand_first),
		cmocka_unit_test(help_is_asked_for_in_any_place),
		cmocka_unit_test(times_have_a_zone),
		cmocka_unit_test(the_audit_keeps_the_words),
	};

	return cmocka_run_group_tests_name("args", tests, NULL, done);
}
