/* The audit chain: whatever somebody does to the table behind our back is found. */
#include "tests/test.h"

#include "tests/fixture.h"

#include "plans/audit.h"

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
	struct err err = { ERR_OK, "", "", "" };
	int64_t rows;

	return audit_verify(&f.session, anchor, &rows, &err);
}

static void
tamper(int64_t row, int64_t last)
{
	static const char *const columns[] = { "actor", "action", "object", "detail", "reason" };
	static const char *const numbers[] = { "at", "now" };

	switch (any_below(7)) {
	case 0:
		sql("UPDATE audit SET %s = %s || 'x' WHERE id = %lld", columns[row % 5], columns[row % 5],
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
		sql("INSERT INTO audit SELECT %lld, at, now, actor, action, object, detail, reason, hash FROM audit "
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_tampering_is_found, setup, teardown),
		cmocka_unit_test_setup_teardown(a_shortened_chain_is_found_with_its_anchor, setup, teardown),
		cmocka_unit_test_setup_teardown(anchors_are_read_as_they_were_written, setup, teardown),
	};

	seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
