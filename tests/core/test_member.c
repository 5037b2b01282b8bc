/* Members of structs: the kind follows from the type, values and texts come back as they stand. */
#include "tests/test.h"

#include "core/member.h"

enum colour { RED, GREEN, BLUE, COLOUR_MAX };
static const char *const colour_words[COLOUR_MAX] = { "red", "green", "blue" };

struct inner {
	bool has_charge;
	int64_t charge;
};

struct thing {
	int64_t id;
	int small;
	bool on;
	char name[8];
	const char *remark;
	uint8_t key[4];
	enum colour colour, number;
	struct inner inner;
};

enum { ID, SMALL, ON, NAME, REMARK, KEY, COLOUR, NUMBER, CHARGE, MEMBERS };
static const struct member members[MEMBERS] = {
	[ID] = MEMBER(thing, id),
	[SMALL] = MEMBER(thing, small),
	[ON] = MEMBER(thing, on),
	[NAME] = MEMBER_AS(thing, name, "title"),
	[REMARK] = MEMBER(thing, remark),
	[KEY] = MEMBER(thing, key),
	[COLOUR] = MEMBER_WORDS(thing, colour, colour_words),
	[NUMBER] = MEMBER_NUMBER(thing, number, COLOUR_MAX),
	[CHARGE] = MEMBER_MAYBE(thing, inner.charge, inner.has_charge, "charge"),
};

static void
the_kind_follows_from_the_type(void **state)
{
	static const enum member_kind kinds[MEMBERS] = { MEMBER_INT64, MEMBER_INT, MEMBER_BOOL,
		MEMBER_FIELD, MEMBER_TEXT, MEMBER_BLOB, MEMBER_WORD, MEMBER_CODE, MEMBER_INT64 };

	(void)state;
	for (int i = 0; i < MEMBERS; i++)
		assert_int_equal(members[i].kind, kinds[i]);
	assert_int_equal(members[NAME].size, 8);
	assert_int_equal(members[KEY].size, 4);
	assert_int_equal(members[COLOUR].count, COLOUR_MAX);
	assert_string_equal(members[ID].name, "id");
	assert_string_equal(members[NAME].name, "title");
	assert_string_equal(members[CHARGE].name, "charge");
}

static void
values_are_set_where_they_lie(void **state)
{
	struct thing thing = { .id = 1 };
	const char *remark = "elsewhere";

	(void)state;
	member_set_int(&members[ID], &thing, INT64_MIN);
	member_set_int(&members[SMALL], &thing, -7);
	member_set_int(&members[ON], &thing, 1);
	member_set_int(&members[COLOUR], &thing, BLUE);
	member_set_text(&members[NAME], &thing, "seven c");
	member_set_text(&members[REMARK], &thing, remark);
	assert_false(thing.inner.has_charge);
	member_set_int(&members[CHARGE], &thing, 0);
	assert_true(thing.id == INT64_MIN && thing.small == -7 && thing.on && thing.colour == BLUE);
	assert_string_equal(thing.name, "seven c");
	assert_ptr_equal(thing.remark, remark);
	assert_true(thing.inner.has_charge);
}

static void
values_are_read_where_they_lie(void **state)
{
	const struct thing thing = { .id = INT64_MIN,
		.small = -7,
		.on = true,
		.name = "seven c",
		.remark = "elsewhere",
		.key = { 1, 2, 3, 255 },
		.colour = BLUE,
		.number = GREEN,
		.inner = { true, INT64_MAX } };

	(void)state;
	assert_true(member_int(&members[ID], &thing) == INT64_MIN);
	assert_int_equal(member_int(&members[SMALL], &thing), -7);
	assert_int_equal(member_int(&members[ON], &thing), 1);
	assert_string_equal(member_text(&members[NAME], &thing), "seven c");
	assert_ptr_equal(member_text(&members[REMARK], &thing), thing.remark);
	assert_memory_equal(member_at(&members[KEY], &thing), thing.key, 4);
	assert_int_equal(member_int(&members[COLOUR], &thing), BLUE);
	assert_string_equal(member_text(&members[COLOUR], &thing), "blue");
	assert_int_equal(member_int(&members[NUMBER], &thing), GREEN);
	assert_true(member_int(&members[CHARGE], &thing) == INT64_MAX);
}

static void
what_is_not_there_says_so(void **state)
{
	struct thing thing = { .colour = COLOUR_MAX };

	(void)state;
	assert_false(member_present(&members[CHARGE], &thing));
	thing.inner.has_charge = true;
	assert_true(member_present(&members[CHARGE], &thing));
	assert_true(member_present(&members[ID], &thing));
	assert_null(member_text(&members[REMARK], &thing));
	assert_null(member_text(&members[COLOUR], &thing));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kind_follows_from_the_type),
		cmocka_unit_test(values_are_set_where_they_lie),
		cmocka_unit_test(values_are_read_where_they_lie),
		cmocka_unit_test(what_is_not_there_says_so),
	};

	return cmocka_run_group_tests_name("member", tests, NULL, NULL);
}
