/* The audit chain: whatever somebody does to the table behind our back is found. */
#include "plans/packages/find.h"
#include "tests/test.h"

#include "tests/fixture.h"

#include "plans/base/audit.h"
#include "plans/keep/trace.h"

#include <sqlite3.h>

enum { ROWS = 20, TAMPERINGS = 1000 };

static struct fixture f;
static sqlite3 *db;

static void
sql(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = sqlite3_vmprintf(format, args);
	va_end(args);
	if (sqlite3_exec(db, text, NULL, NULL, NULL))
		fail_msg("%s: %s", text, sqlite3_errmsg(db));
	sqlite3_free(text);
}

static int
setup(void **state)
{
	(void)state;
	fixture_begin(&f);
	for (int i = 0; i < ROWS; i++) {
		f.session.reason = i % 3 ? "because" : NULL;
		assert_int_equal(freeze(&f.session, NULL, i % 2, &f.err), ERR_OK);
	}
	f.session.reason = NULL;
	assert_int_equal(sqlite3_open(f.db, &db), SQLITE_OK);
	sql("DROP TRIGGER audit_keeps_rows; DROP TRIGGER audit_keeps_all; DROP TRIGGER audit_keeps_order");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	sqlite3_close(db);
	fixture_end(&f);
	return 0;
}

static enum err_code
verify(const struct audit_anchor *anchor)
{
	struct err err = ERR_NONE;
	int64_t rows;

	return audit_verify(&f.session, anchor, &rows, &err);
}

static void
tamper(int64_t row, int64_t last)
{
	static const char *const columns[] = { "actor", "action", "command", "object", "detail", "reason" };
	static const char *const numbers[] = { "at", "now" };

	switch (any_below(7)) {
	case 0:
		sql("UPDATE audit SET %s = %s || 'x' WHERE id = %lld", columns[row % 6], columns[row % 6],
			(long long)row);
		break;
	case 1:
		sql("UPDATE audit SET %s = ifnull(%s, 0) + 1 WHERE id = %lld", numbers[row % 2], numbers[row % 2],
			(long long)row);
		break;
	case 2:
		sql("DELETE FROM audit WHERE id = %lld", (long long)row);
		break;
	case 3: /* out of order */
		sql("UPDATE audit SET id = 0 WHERE id = %lld; UPDATE audit SET id = %lld WHERE id = %lld; "
		    "UPDATE audit SET id = %lld WHERE id = 0",
			(long long)row, (long long)row, (long long)(row % last + 1), (long long)(row % last + 1));
		break;
	case 4: /* one too many */
		sql("INSERT INTO audit SELECT %lld, at, now, actor, action, command, object, detail, reason, hash FROM audit "
		    "WHERE id = %lld",
			(long long)last + 1, (long long)row);
		break;
	case 5: /* what stood in one column stands in another */
		sql("UPDATE audit SET object = object || detail, detail = '' WHERE id = %lld", (long long)row);
		sql("UPDATE audit SET actor = actor || ' ' WHERE id = %lld", (long long)row);
		break;
	default:
		sql("UPDATE audit SET hash = randomblob(32) WHERE id = %lld", (long long)row);
		break;
	}
}

static void
every_tampering_is_found(void **state)
{
	struct audit_anchor anchor;

	(void)state;
	assert_int_equal(audit_head(&f.session, &anchor, &f.err), ERR_OK);
	assert_int_equal(verify(&anchor), ERR_OK);
	sql("CREATE TEMP TABLE whole AS SELECT * FROM audit");
	for (int i = 0; i < TAMPERINGS; i++) {
		tamper(1 + any_below(anchor.row), anchor.row);
		assert_int_equal(verify(&anchor), ERR_FINDINGS);
		sql("DELETE FROM audit; INSERT INTO audit SELECT * FROM whole");
	}
	assert_int_equal(verify(&anchor), ERR_OK);
}

static void
a_shortened_chain_is_found_with_its_anchor(void **state)
{
	struct audit_anchor anchor;

	(void)state;
	assert_int_equal(audit_head(&f.session, &anchor, &f.err), ERR_OK);
	sql("DELETE FROM audit WHERE id > %lld", (long long)(anchor.row - 3));
	assert_int_equal(verify(NULL), ERR_OK);
	assert_int_equal(verify(&anchor), ERR_FINDINGS);
	/* Nor does an anchor of another database say anything about this one. */
	anchor.instance[0] ^= 1;
	assert_int_equal(verify(&anchor), ERR_CONFLICT);
}

static void
anchors_are_read_as_they_were_written(void **state)
{
	struct audit_anchor anchor, read;

	(void)state;
	assert_int_equal(audit_head(&f.session, &anchor, &f.err), ERR_OK);
	assert_int_equal(anchor_parse(anchor_format(&f.session, &anchor), &read, &f.err), ERR_OK);
	assert_int_equal(read.row, anchor.row);
	assert_memory_equal(read.hash, anchor.hash, sizeof read.hash);
	assert_int_equal(anchor_parse("otactl-audit-anchor: 1\n", &read, &f.err), ERR_INPUT);
}

/* Where a package went and what a device got are the same attempts, with who approved them. */
static void
traces_tell_both_directions(void **state)
{
	static const char *const sets[] = { "stages=100%", "first_device_alone=off", NULL };
	struct package_name name = { .product_component = "aroma/STM32", .version = "1_0_1" };
	struct trace device, package;

	(void)state;
	assert_int_equal(freeze(&f.session, NULL, false, &f.err), ERR_OK);
	fixture_package(&f, "1_0_1", NULL, 4096);
	fixture_device(&f, "SN1", "1_0_0", NULL);
	fixture_device(&f, "SN10", "1_0_0", NULL);
	f.session.actor = "ann";
	f.session.action = "plan activate";
	fixture_plan(&f, "spring", "1_0_1", sets);
	fixture_tick(&f);
	assert_int_equal(fixture_poll(&f, "SN1", "STM32=1_0_0&accept=1")->status, 200);
	assert_int_equal(fixture_poll(&f, "SN10", "STM32=1_0_0&accept=1")->status, 200);
	fixture_poll(&f, "SN1", "STM32=1_0_1");
	assert_int_equal(trace_device(&f.session, "SN1", 10, &device, &f.err), ERR_OK);
	assert_int_equal(device.row_count, 1);
	assert_string_equal(device.rows[0].state, "succeeded");
	assert_string_equal(device.rows[0].target, "1_0_1");
	assert_string_equal(device.rows[0].plan, "spring");
	assert_int_equal(device.plan_count, 1);
	assert_string_equal(device.plans[0].activated_by, "ann");
	for (size_t i = 0; i < device.history_count; i++)
		assert_string_not_equal(device.history[i].object, "SN10");
	assert_int_equal(trace_package(&f.session, &name, 10, &package, &f.err), ERR_OK);
	assert_int_equal(package.row_count, 2);
	assert_int_equal(package.state_count, 2);
	assert_string_equal(package.rows[1].device, "SN1");
	assert_int_equal(package.rows[1].execution, device.rows[0].execution);
	assert_int_equal(trace_package(&f.session, &name, 1, &package, &f.err), ERR_OK);
	assert_int_equal(package.row_count, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_tampering_is_found, setup, teardown),
		cmocka_unit_test_setup_teardown(a_shortened_chain_is_found_with_its_anchor, setup, teardown),
		cmocka_unit_test_setup_teardown(anchors_are_read_as_they_were_written, setup, teardown),
		cmocka_unit_test_setup_teardown(traces_tell_both_directions, setup, teardown),
	};

	seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
