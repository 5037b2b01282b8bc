/* The tables of routes: what every dialect's rows must keep to. */
#include "tests/test.h"

#include "cgi/route.h"
#include "core/str.h"

static size_t
places(const char *pattern)
{
	size_t ret = 0;

	for (; *pattern; pattern++)
		ret += *pattern == '*' && pattern[1] != '*';
	return ret;
}

/* A place is a whole segment, or at the end all the rest; a handler has room for all of them. */
static void
no_pattern_captures_more_than_fits(void **state)
{
	(void)state;
	for (size_t d = 0; d < COUNT(route_dialects); d++)
		for (size_t i = 0; i < route_dialects[d].count; i++) {
			const struct route *route = &route_dialects[d].routes[i];

			assert_non_null(route->handler);
			assert_int_equal(route->pattern[0], '/');
			assert_true(places(route->pattern) <= ROUTE_VALUES);
			for (const char *at = route->pattern; (at = strchr(at, '*')); at++)
				assert_true(at[-1] == '/' ? !at[1] || at[1] == '/' || (at[1] == '*' && !at[2])
							  : at[-1] == '*' && !at[1]);
			/* HEAD is asked of the row for GET. */
			assert_true(route->method != METHOD_HEAD && route->method != METHOD_OTHER);
		}
}

static void
no_route_stands_twice(void **state)
{
	const struct route *list[64];
	size_t count = 0;

	(void)state;
	for (size_t d = 0; d < COUNT(route_dialects); d++)
		for (size_t i = 0; i < route_dialects[d].count; i++) {
			assert_true(count < COUNT(list));
			list[count++] = &route_dialects[d].routes[i];
		}
	for (size_t a = 0; a < count; a++)
		for (size_t b = a + 1; b < count; b++)
			assert_false(list[a]->method == list[b]->method &&
				!strcmp(list[a]->pattern, list[b]->pattern));
}

/* A server block of a dialect reaches all of its routes, and none of another's. */
static void
a_dialect_keeps_to_its_root(void **state)
{
	(void)state;
	for (size_t d = 0; d < COUNT(route_dialects); d++) {
		const struct dialect *dialect = &route_dialects[d];

		for (size_t other = 0; other < d; other++) {
			const char *root = route_dialects[other].root;

			assert_string_not_equal(dialect->name, route_dialects[other].name);
			assert_false(root && dialect->root && !strcmp(root, dialect->root));
		}
		for (size_t i = 0; dialect->root && i < dialect->count; i++)
			assert_true(str_starts(dialect->routes[i].pattern, dialect->root));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_pattern_captures_more_than_fits),
		cmocka_unit_test(no_route_stands_twice),
		cmocka_unit_test(a_dialect_keeps_to_its_root),
	};

	return cmocka_run_group_tests_name("routes", tests, NULL, NULL);
}
