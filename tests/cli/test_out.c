/* What people see of a thing, and what programs see: from the same object. */
#include "tests/test.h"

#include "cli/block.h"
#include "cli/out.h"

/* What `print` writes to stdout; free() it. */
static char *
printed(struct out *out, const char *json, void (*print)(struct out *, cJSON *))
{
	FILE *old = stdout;
	char *ret = NULL;
	size_t size;
	cJSON *object = cJSON_Parse(json);

	assert_non_null(object);
	stdout = open_memstream(&ret, &size);
	assert_non_null(stdout);
	print(out, object);
	fclose(stdout);
	stdout = old;
	return ret;
}

static void
expect(struct out *out, const char *json, void (*print)(struct out *, cJSON *), const char *text)
{
	char *got = printed(out, json, print);

	assert_string_equal(got, text);
	free(got);
}

static void
done(struct out *out, cJSON *object)
{
	out_done(out, object, "added %s", "cam");
}

static void
secret(struct out *out, cJSON *object)
{
	out_secret(out, object, "enrolment_token", "s3cret", "added %s", "cam");
}

static void
list(struct out *out, cJSON *array)
{
	static const struct column_view columns[] = { { "name", "NAME" }, { "held", "HELD" } };

	out_list_begin(out, columns, COUNT(columns));
	while (array->child)
		out_list_row(out, cJSON_DetachItemFromArray(array, 0));
	out_list_end(out);
	cJSON_Delete(array);
}

/* Nobody reading the answer of a dry run can take it for the deed, in either form. */
static void
a_dry_run_is_marked(void **state)
{
	struct out people = { .dry_run = true }, programs = { .dry_run = true, .json = true };
	struct out real = { .json = false };

	(void)state;
	expect(&real, "{}", done, "added cam\n");
	expect(&people, "{}", done, "would have added cam (dry run)\n");
	assert_true(people.told);
	expect(&programs, "{\"a\":1}", done, "{\n\t\"a\":\t1,\n\t\"dry_run\":\ttrue\n}\n");
}

static void
a_secret_is_shown_once_or_never(void **state)
{
	struct out people = { .json = false }, quiet = { .quiet = true }, dry = { .dry_run = true };
	struct out dry_programs = { .dry_run = true, .json = true },
		   dry_quiet = { .dry_run = true, .quiet = true };

	(void)state;
	expect(&people, "{}", secret, "added cam\nenrolment token (shown only now): s3cret\n");
	expect(&quiet, "{}", secret, "s3cret\n");
	expect(&dry, "{}", secret, "would have added cam (dry run)\n");
	expect(&dry_quiet, "{}", secret, "");
	expect(&dry_programs, "{}", secret,
		"{\n\t\"enrolment_token\":\tnull,\n\t\"dry_run\":\ttrue\n}\n");
}

static void
nested_things_are_blocks_and_tables(void **state)
{
	struct out people = { .json = false };

	(void)state;
	expect(&people,
		"{\"device\":\"SN1\",\"labels\":{\"a\":\"b\"},\"held\":null,\"log\":[{\"at\":1,"
		"\"by\":null,\"state\":\"x\"},"
		"{\"at\":20,\"by\":null,\"state\":\"yy\"}],\"text\":\"a\\nb\"}",
		out_object,
		"device  SN1\nlabels  a=b\nheld    -\nlog:\n  AT  STATE\n  1   x\n  20  "
		"yy\ntext:\n  a\n  b\n");
	expect(&people, "{\"list\":[{\"a\":1,\"parts\":[{\"p\":2}]},{\"a\":3,\"parts\":[]}]}",
		out_object, "list:\n  a  1\n  parts:\n    P\n    2\n\n  a      3\n  parts  -\n");
}

/* A row cannot look like two, whatever a device or an old database says. */
static void
text_from_outside_stays_in_its_cell(void **state)
{
	struct out people = { .json = false };

	(void)state;
	expect(&people, "[{\"name\":\"a\\nb\\u001b[2J\",\"held\":true},{\"name\":\"\\u202ex\"}]",
		list, "NAME           HELD\na\\x0ab\\x1b[2J  yes\n\\xe2\\x80\\xaex  -\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_dry_run_is_marked),
		cmocka_unit_test(a_secret_is_shown_once_or_never),
		cmocka_unit_test(nested_things_are_blocks_and_tables),
		cmocka_unit_test(text_from_outside_stays_in_its_cell),
	};

	return cmocka_run_group_tests_name("out", tests, NULL, NULL);
}
