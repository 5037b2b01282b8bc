/*
 * Rows as structs: what is written comes back, and what does not fit is an error that names its row:
 * in every column of every table.
 */
#include "tests/test.h"

#include "core/str.h"
#include "db/check.h"
#include "db/device.h"
#include "db/execution.h"
#include "db/fleet.h"
#include "db/package.h"
#include "db/plan.h"
#include "db/product.h"

#include <inttypes.h>
#include <limits.h>
#include <sqlite3.h>
#include <unistd.h>

static char folder[] = "/tmp/otactl-rows-XXXXXX";
static char path[64];
static struct db *db;
static sqlite3 *raw; /* another connection, which checks nothing */
static struct arena arena;
static struct err err;

static void
good(enum err_code code)
{
	if (code)
		fail_msg("%s: %s", err.what, err.why);
}

static void
shell(const char *sql)
{
	if (sqlite3_exec(raw, sql, NULL, NULL, NULL))
		fail_msg("%s: %s", sql, sqlite3_errmsg(raw));
}

/* The first value of a statement, as an SQL literal. */
static const char *
ask(const char *sql)
{
	const char *ret = "";
	sqlite3_stmt *stmt;

	if (sqlite3_prepare_v2(raw, sql, -1, &stmt, NULL))
		fail_msg("%s: %s", sql, sqlite3_errmsg(raw));
	if (sqlite3_step(stmt) == SQLITE_ROW)
		ret = arena_copy(&arena, (const char *)sqlite3_column_text(stmt, 0));
	sqlite3_finalize(stmt);
	return ret;
}

static int
setup(void **state)
{
	(void)state;
	err = (struct err){ .code = ERR_OK };
	snprintf(path, sizeof path, "%s/fleet.db", folder);
	good(db_create(path, &err));
	good(db_open(path, DB_WRITE, &db, &err));
	assert_int_equal(sqlite3_open(path, &raw), SQLITE_OK);
	shell("PRAGMA foreign_keys=OFF; PRAGMA ignore_check_constraints=ON");
	return 0;
}

static int
teardown(void **state)
{
	char command[96];

	(void)state;
	db_close(&db);
	sqlite3_close(raw);
	arena_reset(&arena);
	snprintf(command, sizeof command, "rm -f '%s'/*", folder);
	return system(command);
}

/* --- what is written comes back ------------------------------------------------------------------ */

/* The most a member holds; `turn` chooses among the words and between the two ends. */
static void
fill(const struct row *row, void *base, int turn)
{
	memset(base, 0, row->size);
	for (size_t i = 0; i < row->count; i++) {
		const struct member *m = &row->members[i];
		char *at = (char *)base + m->offset;
		int64_t number = turn % 2 ? INT64_MAX : INT64_MIN;
		int small = turn % 2 ? INT_MAX : INT_MIN, word = m->count ? turn % m->count : 0;
		const char *text = turn % 2 ? "a = b\nöäü\x7f" : "";
		bool truth = turn % 2;

		if (m->presence)
			memcpy((char *)base + m->presence - 1, &truth, sizeof truth);
		if (m->presence && !truth)
			continue;
		if (m->kind == MEMBER_INT64)
			memcpy(at, &number, sizeof number);
		else if (m->kind == MEMBER_INT)
			memcpy(at, &small, sizeof small);
		else if (m->kind == MEMBER_BOOL)
			memcpy(at, &truth, sizeof truth);
		else if (m->kind == MEMBER_WORD || m->kind == MEMBER_CODE)
			memcpy(at, &word, sizeof word);
		else if (m->kind == MEMBER_TEXT)
			memcpy(at, &text, sizeof text);
		else if (m->kind == MEMBER_BLOB)
			memset(at, turn % 2 ? 0xff : 0, m->size);
		else if (m->kind == MEMBER_FIELD && turn % 2)
			memset(at, 'x', m->size - 1);
	}
}

/* Equal in all members but those whose names stand in `but`, between blanks. */
static void
same(const struct row *row, const void *left, const void *right, const char *but)
{
	for (size_t i = 0; i < row->count; i++) {
		const struct member *m = &row->members[i];

		if (m->kind == MEMBER_KIND_MAX ||
			strstr(but, arena_printf(&arena, " %s ", m->name)))
			continue;
		if (member_present(m, left) != member_present(m, right))
			fail_msg("%s.%s is there once", row->table, m->name);
		if (m->kind == MEMBER_FIELD || m->kind == MEMBER_TEXT || m->kind == MEMBER_WORD)
			assert_string_equal(member_text(m, left), member_text(m, right));
		else if (m->kind == MEMBER_BLOB)
			assert_memory_equal(member_at(m, left), member_at(m, right), m->size);
		else if (member_present(m, left) && member_int(m, left) != member_int(m, right))
			fail_msg("%s.%s: %" PRId64 " is not %" PRId64, row->table, m->name,
				member_int(m, left), member_int(m, right));
	}
}

/* Enough turns for every word of the longest table. */
#define EACH_TURN(turn) for (int turn = 0; turn < 30; turn++)

static void
products_and_what_they_own_come_back(void **state)
{
	(void)state;
	EACH_TURN(turn)
	{
		struct product p, p2;
		struct component c, c2;
		struct version v, v2;
		struct key k, *keys;
		size_t count;
		bool found;

		fill(&db_product_row, &p, turn);
		snprintf(p.name, sizeof p.name, "%064d", turn);
		good(db_product_insert(db, &p, &err));
		good(db_product_get(db, p.name, &p2, &err));
		same(&db_product_row, &p, &p2, "");
		fill(&db_product_row, &p2, turn + 1);
		snprintf(p2.name, sizeof p2.name, "%s", p.name);
		p2.id = p.id;
		good(db_product_update(db, &p2, &err));
		good(db_product_by_id(db, p.id, &p, &err));
		same(&db_product_row, &p2, &p, "");

		fill(&db_component_row, &c, turn);
		c.product = p.id;
		good(db_component_insert(db, &c, &err));
		good(db_component_by_id(db, c.id, &c2, &err));
		same(&db_component_row, &c, &c2, "");
		c2.type = (enum component_type)((turn + 1) % TYPE_MAX);
		good(db_component_update(db, &c2, &err));
		good(db_component_get(db, &p, c.identity, &c, &err));
		same(&db_component_row, &c2, &c, "");

		fill(&db_version_row, &v, 1);
		v.component = c.id;
		good(db_version_insert(db, &v, &err));
		good(db_version_find(db, c.id, v.name, &v2, &found, &err));
		assert_true(found);
		same(&db_version_row, &v, &v2, "");

		fill(&db_key_row, &k, turn);
		k.product = p.id;
		good(db_key_insert(db, &k, &err));
		good(db_key_all(db, &arena, p.id, &keys, &count, &err));
		assert_int_equal(count, 1);
		same(&db_key_row, &k, keys, " revoked ");
		assert_false(keys[0].revoked);
		good(db_key_revoke(db, k.id, &err));
		good(db_key_all(db, &arena, p.id, &keys, &count, &err));
		assert_true(keys[0].revoked);
	}
}

static void
packages_come_back_with_files_and_signatures(void **state)
{
	struct product p;
	struct component c;

	(void)state;
	fill(&db_product_row, &p, 1);
	good(db_product_insert(db, &p, &err));
	fill(&db_component_row, &c, 1);
	c.product = p.id;
	good(db_component_insert(db, &c, &err));
	EACH_TURN(turn)
	{
		struct version v = { .component = c.id, .counter = turn + 1 };
		struct signature_row signature, *signatures;
		struct artifact files[2];
		struct package new, back;
		const char *manifest;
		size_t count;

		snprintf(v.name, sizeof v.name, "%d", turn);
		good(db_version_insert(db, &v, &err));
		fill(&db_package_row, &new, turn);
		fill(&db_file_row, &files[0], 0);
		fill(&db_file_row, &files[1], 1);
		files[0].size = 1;
		new.version = v.id;
		new.files = files;
		new.file_count = 2;
		if (new.kind != KIND_FULL)
			snprintf(new.source, sizeof new.source, "%064d", turn);
		else
			new.source[0] = '\0';
		good(db_package_insert(db, &new, "the manifest", &err));
		good(db_package_by_id(db, &arena, new.id, &back, &err));
		same(&db_package_row, &new, &back, " component state reason signatures trial ");
		assert_int_equal(back.component, c.id);
		assert_int_equal(back.file_count, 2);
		same(&db_file_row, &files[0], &back.files[0], "");
		same(&db_file_row, &files[1], &back.files[1], "");
		good(db_package_set_state(db, new.id, new.state, new.reason, &err));
		good(db_package_set_trial(db, new.id, new.trial, &err));
		good(db_package_set_signatures(db, new.id, new.signatures, &err));
		good(db_package_by_id(db, &arena, new.id, &back, &err));
		same(&db_package_row, &new, &back, " component ");
		good(db_package_manifest_text(db, &arena, new.id, &manifest, &err));
		assert_string_equal(manifest, "the manifest");

		fill(&db_signature_row, &signature, turn);
		good(db_signature_insert(db, new.id, &signature, &err));
		good(db_signature_all(db, &arena, new.id, &signatures, &count, &err));
		assert_int_equal(count, 1);
		same(&db_signature_row, &signature, signatures, "");
	}
}

static void
devices_and_tokens_come_back(void **state)
{
	static const uint8_t hash[32] = { 0xff, 0, 1, 0x80 };
	struct product p;

	(void)state;
	fill(&db_product_row, &p, 1);
	good(db_product_insert(db, &p, &err));
	good(db_fleet_add(db, "", 1, &err));
	EACH_TURN(turn)
	{
		struct token_new token = { TOKEN_DEVICE, 0, NULL, hash, INT64_MAX, INT64_MIN, turn % 2 ? -1 : INT64_MAX };
		struct device d, back;
		struct entry entry;

		fill(&db_device_row, &d, turn);
		snprintf(d.name, sizeof d.name, "%0128d", turn);
		d.product = p.id;
		d.retired_at = 0;
		good(db_device_insert(db, &d, &err));
		good(db_device_update(db, &d, &err));
		good(db_device_store_seen(db, &d, &err));
		good(db_device_get(db, &arena, d.name, &back, &err));
		same(&db_device_row, &d, &back, "");
		good(db_device_by_id(db, &arena, d.id, &back, &err));
		same(&db_device_row, &d, &back, "");
		token.owner = d.id;
		good(db_token_insert(db, &token, &err));
		good(db_device_entry(db, &arena, d.name, &entry, &err));
		assert_true(entry.found);
		same(&db_device_row, &d, &entry.device, "");
		assert_int_equal(entry.token_count, 1);
		assert_memory_equal(entry.tokens[0].hash, token.hash, 32);
		assert_true(entry.tokens[0].expires_at == token.expires_at);
		assert_true(entry.tokens[0].uses == token.uses);
	}
}

static void
left_out_comes_back(int64_t plan)
{
	struct left_out *left_out;
	size_t count;

	good(db_left_out_insert(db, plan, "package", 7, "1_0_0", &err));
	good(db_left_out_insert(db, plan, "label", 0, "hw=B", &err));
	good(db_left_out_insert(db, plan, "label", 0, "hw=B", &err));
	good(db_left_out_all(db, &arena, plan, &left_out, &count, &err));
	assert_int_equal(count, 2);
	assert_string_equal(left_out[0].text, "hw=B");
	assert_int_equal(left_out[1].package, 7);
	good(db_left_out_clear(db, plan, &err));
	good(db_left_out_all(db, &arena, plan, &left_out, &count, &err));
	assert_int_equal(count, 0);
}

static void
stragglers_come_back(int64_t plan)
{
	const struct straggler set[] = { { "device_held", 3, 2, false }, { "poll", 1, 1, true }, { "end", 4, 0, true } };
	struct straggler *list;
	int64_t at, until, *plans;
	size_t count;

	good(db_straggler_set(db, plan, set, COUNT(set), 70, 90, 80, &err));
	good(db_straggler_all(db, &arena, plan, &list, &count, &at, &until, &err));
	assert_int_equal(count, 3);
	assert_int_equal(at, 70);
	assert_int_equal(until, 90);
	assert_string_equal(list[0].need, "end"); /* who may come, the most of them first */
	assert_string_equal(list[1].need, "poll");
	assert_true(list[2].n == 3 && list[2].untried == 2 && !list[2].comes);
	good(db_straggler_set(db, plan, set, 1, 71, 0, 80, &err));
	good(db_straggler_all(db, &arena, plan, &list, &count, &at, &until, &err));
	assert_int_equal(count, 1);
	/* Not before it is due. */
	good(db_plan_uncounted(db, &arena, 79, &plans, &count, &err));
	for (size_t i = 0; i < count; i++)
		assert_int_not_equal(plans[i], plan);
}

static void
latch_comes_back(int64_t plan, int turn)
{
	const struct breaker_cohort hw_b = { .scope = BREAKER_LABEL, .text = "hw=B" };
	struct plan_pulse pulse;

	good(db_plan_pulse_trip(db, plan, turn + 1, "why", turn % 2, &hw_b, &err));
	good(db_plan_pulse_get(db, plan, &pulse, &err));
	assert_int_equal(pulse.pulse.tripped_at, turn + 1);
	assert_string_equal(pulse.pulse.tripped, "why");
	assert_int_equal(pulse.tripped_abort, turn % 2);
	assert_string_equal(pulse.tripped_scope, "label");
	assert_string_equal(pulse.tripped_text, "hw=B");
}

static void
zone_comes_back(int64_t plan, int turn)
{
	struct plan_zone zone, *zones;
	size_t count;

	fill(&db_plan_zone_row, &zone, turn);
	for (int write = 0; write < 2; write++)
		good(db_plan_zone_set(db, plan, &zone, &err));
	good(db_plan_zone_all(db, &arena, plan, &zones, &count, &err));
	assert_int_equal(count, 1);
	same(&db_plan_zone_row, &zone, zones, " name ");
}

static void
plans_come_back_with_their_lists(void **state)
{
	struct product p;

	(void)state;
	fill(&db_product_row, &p, 1);
	good(db_product_insert(db, &p, &err));
	EACH_TURN(turn)
	{
		struct interval interval = { INT64_MIN, turn % 2 ? INT64_MAX : 1 }, *intervals;
		struct plan_item item, *items;
		struct stage stage, *stages;
		struct strategy_row strategy, *strategies;
		struct plan *plan = arena_alloc(&arena, sizeof *plan), *back;
		size_t count;

		back = arena_alloc(&arena, sizeof *back);
		fill(&db_plan_row, plan, turn);
		snprintf(plan->name, sizeof plan->name, "%064d", turn);
		plan->product = p.id;
		good(db_plan_insert(db, plan, &err));
		good(db_plan_update(db, plan, &err));
		good(db_plan_get(db, &arena, plan->name, back, &err));
		same(&db_plan_row, plan, back, "");

		fill(&db_plan_item_row, &item, turn);
		good(db_plan_items_set(db, plan->id, item.kind, &item, 1, &err));
		good(db_plan_items_get(db, &arena, plan->id, &items, &count, &err));
		assert_int_equal(count, 1);
		same(&db_plan_item_row, &item, items, "");

		fill(&db_stage_row, &stage, turn);
		good(db_stage_insert(db, plan->id, 0, &stage, &err));
		good(db_stage_all(db, &arena, plan->id, &stages, &count, &err));
		assert_int_equal(count, 1);
		same(&db_stage_row, &stage, stages, " taken done_at stood_s tail_at ");

		good(db_interval_insert(db, plan->id, ITEM_PUSH, "", &interval, 1, &err));
		good(db_interval_from(db, &arena, plan->id, ITEM_PUSH, "", 0, 9, &intervals, &count, &err));
		assert_int_equal(count, 1);
		same(&db_interval_row, &interval, intervals, "");

		zone_comes_back(plan->id, turn);
		latch_comes_back(plan->id, turn);
		left_out_comes_back(plan->id);
		stragglers_come_back(plan->id);

		fill(&db_strategy_row, &strategy, turn);
		good(db_strategy_store(db, strategy.name, strategy.params, &err));
		good(db_strategy_all(db, &arena, &strategies, &count, &err));
		assert_int_equal(count, 1);
		same(&db_strategy_row, &strategy, strategies, "");
		good(db_strategy_delete(db, strategy.name, &err));
	}
}

/* The criterion of a latch is made of what devices say: it is cut where it is stored. */
static void
a_long_criterion_is_cut_where_it_is_stored(void **state)
{
	struct plan plan = { .name = "spring", .product = 1 };
	char text[500];
	struct plan_pulse pulse;

	(void)state;
	shell("INSERT INTO product (name, extensions) VALUES ('aroma', '')");
	good(db_plan_insert(db, &plan, &err));
	memset(text, 'x', sizeof text);
	memcpy(text + 196, "\xc3\xa4\xc3\xa4", 4); /* the cut falls into a character */
	text[sizeof text - 1] = '\0';
	good(db_plan_pulse_trip(db, plan.id, 7, text, true, &(struct breaker_cohort){ .scope = BREAKER_STAGE }, &err));
	good(db_plan_pulse_get(db, plan.id, &pulse, &err));
	assert_int_equal(pulse.pulse.tripped_at, 7);
	assert_int_equal(strlen(pulse.pulse.tripped), 199);
	assert_string_equal(pulse.pulse.tripped + 196, "...");
}

static void
executions_come_back_with_their_log(void **state)
{
	(void)state;
	shell("INSERT INTO product (name, extensions) VALUES ('aroma', '');"
	      "INSERT INTO component VALUES (1, 1, 'STM32', 'mcu', '', 0, 1);"
	      "INSERT INTO version VALUES (1, 1, '1_0_1', 1, 0);"
	      "INSERT INTO package (id, version, kind, state, manifest, manifest_sha256, created_at, size)"
	      "	VALUES (1, 1, 'full', 'draft', '', '', 0, 0);"
	      "INSERT INTO device VALUES (1, 'SN1', 1, '', '', '', '', '', 1, 1, 1, 1, '', 0, 0, '', 0, 0, 0, 0, 0, 0, 0, 0)");
	good(db_plan_insert(db, &(struct plan){ .name = "spring", .product = 1 }, &err));
	EACH_TURN(turn)
	{
		struct execution_component c, *components;
		struct execution e, back;
		struct event event, *events;
		size_t count;

		fill(&db_execution_row, &e, turn);
		e.id = turn + 1;
		e.plan = e.device = 1;
		good(db_execution_insert(db, &e, &err));
		good(db_execution_update(db, &e, &err));
		good(db_execution_get(db, e.id, &back, &err));
		same(&db_execution_row, &e, &back, " newest ");
		assert_true(back.newest);

		fill(&db_execution_component_row, &c, turn);
		c.execution = e.id;
		c.component = c.package = 1;
		good(db_execution_component_insert(db, &c, &err));
		good(db_execution_component_update(db, &c, &err));
		good(db_execution_component_all(db, &arena, e.id, &components, &count, &err));
		assert_int_equal(count, 1);
		same(&db_execution_component_row, &c, components, " identity target ");
		assert_string_equal(components[0].identity, "STM32");
		assert_string_equal(components[0].target, "1_0_1");

		fill(&db_event_row, &event, turn);
		good(db_event_log(db, e.id, &event, &err));
		good(db_event_all(db, &arena, e.id, &events, &count, &err));
		assert_int_equal(count, 1);
		same(&db_event_row, &event, events, " count ");
		assert_int_equal(events->count, 1);
	}
}

static void
counters_come_back(void **state)
{
	const struct breaker_tally add = { 1, 2, 3, 4, 5, 6, -7 };
	const struct breaker_cohort b = { .scope = BREAKER_LABEL, .text = "hw=B" };
	const struct breaker_cohort a = { .scope = BREAKER_LABEL, .text = "hw=A" };
	struct breaker_row *cohorts;
	struct breaker_tally back;
	struct tally tally;
	size_t count;

	(void)state;
	shell("INSERT INTO product (name, extensions) VALUES ('aroma', '')");
	good(db_plan_insert(db, &(struct plan){ .name = "spring", .product = 1 }, &err));
	for (int stage = 0; stage < LIMIT_STAGES; stage++)
		for (int what = 0; what < TALLY_MAX; what++)
			good(db_tally_add(db, 1, stage, what, stage * 100 + what, &err));
	good(db_tally_get(db, 1, &tally, &err));
	for (int stage = 0; stage < LIMIT_STAGES; stage++)
		for (int what = 0; what < TALLY_MAX; what++)
			assert_int_equal(tally.n[stage][what], stage * 100 + what);
	for (int state_ = 0; state_ < EXEC_STATE_MAX; state_++)
		assert_string_equal(db_tally_word(state_), execution_state_words[state_]);

	good(db_cohort_add(db, 1, &b, &add, &err));
	good(db_cohort_add(db, 1, &b, &add, &err));
	good(db_cohort_get(db, 1, &b, &back, &err));
	assert_int_equal(back.regressed, 10);
	good(db_cohort_get(db, 1, &a, &back, &err));
	assert_int_equal(back.concluded, 0);
	good(db_cohort_all(db, &arena, 1, &cohorts, &count, &err));
	assert_int_equal(count, 1);
	assert_int_equal(cohorts[0].cohort.scope, BREAKER_LABEL);
	assert_string_equal(cohorts[0].cohort.text, "hw=B");
	assert_int_equal(cohorts[0].tally.failed, 4);
	good(db_sample_insert(db, 1, &(struct sample){ 1, 2, 3, 4, INT64_MAX }, &err));
	assert_string_equal(ask("SELECT failed FROM sample"), "9223372036854775807");
}

static void
the_fleet_and_its_audit_come_back(void **state)
{
	struct clock_guard clock, clock_back;
	struct audit audit, back;
	struct stmt *cursor;
	struct fleet fleet;

	(void)state;
	good(db_fleet_add(db, "0123456789abcdef0123456789abcdef", 5, &err));
	good(db_fleet_get(db, &fleet, &err));
	assert_string_equal(fleet.instance, "0123456789abcdef0123456789abcdef");
	assert_int_equal(fleet.next_execution, 11);
	clock = (struct clock_guard){ { 1, "b", 2 }, { 3, "c", 4 }, 5, 6 };
	good(db_fleet_tick(db, &clock, &err));
	good(db_fleet_clock_get(db, &clock_back, &err));
	same(&db_tick_row, &clock.last, &clock_back.last, "");
	assert_int_equal(clock_back.last.at, 3);
	good(db_fleet_get(db, &fleet, &err));
	assert_int_equal(fleet.clock.trusted.at, 1);
	assert_string_equal(fleet.clock.trusted.boot, "b");
	assert_int_equal(fleet.clock.trusted.uptime, 2);
	assert_int_equal(clock_back.jump_by, 5);
	assert_int_equal(clock_back.jump_at, 6);
	fill(&db_audit_row, &audit, 1);
	audit.id = 1;
	audit.now = 0;
	good(db_audit_insert(db, &audit, &err));
	cursor = db_audit_rows(db, 0);
	assert_int_equal(db_audit_each(cursor, &back, &err), DB_ROW);
	same(&db_audit_row, &audit, &back, "");
	assert_int_equal(db_audit_each(cursor, &back, &err), DB_DONE);
}

/* --- what does not fit --------------------------------------------------------------------------- */

static const struct {
	enum sql id;
	const struct row *row;
	const char *skip; /* members that other tables hold, or SQL makes */
} tables[] = {
	{ SQL_CHECK_ROWS_FLEET, &db_fleet_row, "" },
	{ SQL_CHECK_ROWS_CLOCK, &db_tick_row, "" },
	{ SQL_CHECK_ROWS_AUDIT, &db_audit_row, "" },
	{ SQL_CHECK_ROWS_PRODUCT, &db_product_row, "" },
	{ SQL_CHECK_ROWS_COMPONENT, &db_component_row, "" },
	{ SQL_CHECK_ROWS_VERSION, &db_version_row, "" },
	{ SQL_CHECK_ROWS_KEY, &db_key_row, "" },
	{ SQL_CHECK_ROWS_PACKAGE, &db_package_row, " component " },
	{ SQL_CHECK_ROWS_FILE, &db_file_row, "" },
	{ SQL_CHECK_ROWS_SIGNATURE, &db_signature_row, "" },
	{ SQL_CHECK_ROWS_DEVICE, &db_device_row, "" },
	{ SQL_CHECK_ROWS_TOKEN, &db_token_whole_row, "" },
	{ SQL_CHECK_ROWS_STRATEGY, &db_strategy_row, "" },
	{ SQL_CHECK_ROWS_PLAN, &db_plan_row, "" },
	{ SQL_CHECK_ROWS_PULSE, &db_pulse_row, "" },
	{ SQL_CHECK_ROWS_PLAN_ITEM, &db_plan_item_row, "" },
	{ SQL_CHECK_ROWS_INTERVAL, &db_interval_row, "" },
	{ SQL_CHECK_ROWS_PLAN_ZONE, &db_plan_zone_row, " name " },
	{ SQL_CHECK_ROWS_STAGE, &db_stage_row, "" },
	{ SQL_CHECK_ROWS_EXECUTION, &db_execution_row, "" },
	{ SQL_CHECK_ROWS_EXECUTION_COMPONENT, &db_execution_component_row, " identity target " },
	{ SQL_CHECK_ROWS_EVENT, &db_event_row, "" },
	{ SQL_CHECK_ROWS_TALLY, &db_tally_row, "" },
	{ SQL_CHECK_ROWS_COHORT, &db_cohort_row, " identity target " },
	{ SQL_CHECK_ROWS_SAMPLE, &db_sample_row, "" },
};

static void
a_row_everywhere(void)
{
	shell("DROP TRIGGER audit_keeps_rows;"
	      "INSERT INTO fleet (id, instance, generation, epoch, next_execution, created_at)"
	      "	VALUES (1, '', 1, 1, 11, 0);"
	      "INSERT INTO audit VALUES (1, 0, NULL, '', '', '', '', '', '', zeroblob(32));"
	      "INSERT INTO product (id, name, extensions) VALUES (1, 'aroma', '');"
	      "INSERT INTO component VALUES (1, 1, 'STM32', 'mcu', '', 0, 1);"
	      "INSERT INTO version VALUES (1, 1, '1_0_1', 1, 0);"
	      "INSERT INTO key (id, product, name, key_id, public_key) VALUES (1, 1, 'k', '', zeroblob(32));"
	      "INSERT INTO package (id, version, kind, state, manifest, manifest_sha256, created_at, size)"
	      "	VALUES (1, 1, 'full', 'draft', '', '', 0, 0);"
	      "INSERT INTO file VALUES (1, 0, 'f', '', '', 1, '', '', '', '', '');"
	      "INSERT INTO signature VALUES (1, -1, '', '');"
	      "INSERT INTO device VALUES (1, 'SN1', 1, '', '', '', '', '', 1, 1, 1, 1, '', 0, 0, '', 0, 0, 0, 0, 0, 0, 0, 0);"
	      "INSERT INTO token VALUES ('device', 1, '', zeroblob(32), 0, 0, NULL);"
	      "INSERT INTO strategy VALUES (1, 's', '');"
	      "INSERT INTO plan VALUES (1, 'spring', 1, 'draft', 'none', '', 'silent', 0, '', 0, 0, 0, 0, 0, 0,"
	      "	0, 0, '', '', '', zeroblob(16), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '', 0);"
	      "INSERT INTO pulse VALUES (1, 1, 0, 0, '', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '', 0, '', 0, 0, 0, 0, 0);"
	      "INSERT INTO plan_item VALUES (1, 'push', 0, '', '');"
	      "INSERT INTO interval VALUES (1, 'push', '', 2, 1);"
	      "INSERT INTO plan_zone VALUES (1, '', '', 0, 0, '', 0);"
	      "INSERT INTO stage (plan, position, kind, value, size) VALUES (1, 0, 1, 1, 1);"
	      "INSERT INTO execution VALUES (11, 1, 1, 1, 'offered', 1, 1, '', 0, 1, -1, 0, 0, 0, 0, 0, 0, 0, 0,"
	      "	0, 0, -1, '', 0);"
	      "INSERT INTO execution_component VALUES (11, 0, 1, 1, '', 'offered', 0, 0, '', 0, 0);"
	      "INSERT INTO event VALUES (1, 11, 0, '', 'offered', 0, 0, '', 1, 0);"
	      "INSERT INTO tally (plan, stage, state, n) VALUES (1, 0, 'offered', 1);"
	      "INSERT INTO cohort (plan, scope, number, text) VALUES (1, 'stage', 0, '');"
	      "INSERT INTO sample VALUES (1, 0, 0, 0, 0, 0)");
}

/* A value that a member does not hold but its table takes, as SQL; NULL where there is none. */
static const char *
misfit(const struct member *m)
{
	switch (m->kind) {
	case MEMBER_FIELD:
		return arena_printf(&arena, "printf('%%0%zud', 1)", m->size);
	case MEMBER_TEXT:
		return "'a' || char(0) || 'b'";
	case MEMBER_WORD:
		return "'nonsense'";
	case MEMBER_BLOB:
		return arena_printf(&arena, "zeroblob(%zu)", m->size - 1);
	case MEMBER_BOOL:
		return "7";
	case MEMBER_CODE:
		return arena_printf(&arena, "%d", m->count);
	case MEMBER_INT:
		return "4294967296";
	case MEMBER_INT64:
	case MEMBER_KIND_MAX:
		break;
	}
	return NULL;
}

/* Plant it, and see what reading and checking say of it; then mend it as they say. */
static void
plant(size_t t, const struct member *m, const char *value)
{
	const struct row *row = tables[t].row;
	const char *old = ask(
		arena_printf(&arena, "SELECT quote(%s) FROM %s", m->name, row->table));
	void *ret = arena_alloc(&arena, row->size);
	struct row_unread out = { 0 };
	const char *update;

	shell(arena_printf(&arena, "UPDATE %s SET %s = %s", row->table, m->name, value));
	assert_int_equal(db_row_next(db_query(db, tables[t].id, NULL), row, &arena, ret, &err), DB_FAILED);
	assert_int_equal(err.code, ERR_IO);
	assert_non_null(strstr(err.what, row->table));
	assert_non_null(strstr(err.what, " = ")); /* the row's key */
	assert_non_null(strstr(err.why, arena_printf(&arena, "column %s ", m->name)));
	err = (struct err){ .code = ERR_OK };
	good(db_check_rows(db, &arena, &out, &err));
	assert_int_equal(out.count, 1);
	assert_non_null(strstr(out.list[0], arena_printf(&arena, "table %s, row ", row->table)));
	assert_non_null(strstr(out.list[0], arena_printf(&arena, "column %s ", m->name)));
	update = strstr(out.list[0], "; UPDATE ");
	/* A key that does not fit cannot name its row: only a person can mend that. */
	if (update && m - row->members >= row->keys) {
		shell(update + strlen("; "));
		out.count = 0;
		good(db_check_rows(db, &arena, &out, &err));
		if (out.count)
			fail_msg("not mended: %s", out.list[0]);
	}
	shell(arena_printf(&arena, "UPDATE %s SET %s = %s", row->table, m->name, old));
}

static void
what_does_not_fit_names_its_row(void **state)
{
	struct row_unread out = { 0 };
	size_t planted = 0;

	(void)state;
	a_row_everywhere();
	good(db_check_rows(db, &arena, &out, &err));
	if (out.count)
		fail_msg("%s", out.list[0]);
	for (size_t t = 0; t < COUNT(tables); t++)
		for (size_t i = 0; i < tables[t].row->count; i++) {
			const struct member *m = &tables[t].row->members[i];
			const char *value = misfit(m);

			if (!value ||
				strstr(tables[t].skip, arena_printf(&arena, " %s ", m->name)))
				continue;
			plant(t, m, value);
			planted++;
		}
	print_message("%zu values planted\n", planted);
	assert_true(planted > 90);
}

static void
many_findings_are_counted(void **state)
{
	struct row_unread out = { 0 };

	(void)state;
	a_row_everywhere();
	shell("WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 301)"
	      "INSERT INTO device SELECT i, 'SN' || i, 1, '', '', '', '', '', 1, 1, 1, 1, '', 0, 7, '', 0, 0, 0,"
	      "	0, 0, 0, 0, 0 FROM n");
	good(db_check_rows(db, &arena, &out, &err));
	assert_int_equal(out.count, 101);
	assert_string_equal(out.list[100], "table device: 200 more like these");
}

static const struct row wrong = ROW_OF("product", 1, version, COLUMN(version, id),
	COLUMN_AS(version, counter, "name"));

/* A column that has another type than its member; the statement can be used again. */
static void
another_type_is_an_error(void **state)
{
	struct version version;

	(void)state;
	shell("INSERT INTO product (name, extensions) VALUES ('aroma', '')");
	assert_int_equal(db_row_next(db_query(db, SQL_PRODUCT_LIST, NULL), &wrong, NULL, &version, &err),
		DB_FAILED);
	assert_string_equal(err.what, "cannot read the row id = 1 of the table product");
	assert_string_equal(err.why, "column name holds no number (product_list)");
	err = (struct err){ .code = ERR_OK };
	assert_int_equal(db_row_next(db_query(db, SQL_PRODUCT_LIST, NULL), &db_product_row, NULL,
				 &(struct product){ 0 }, &err),
		DB_ROW);
}

/* The row of a device that stands in for an unknown one is nobody's fault. */
static void
a_bad_neighbour_hides_no_unknown_device(void **state)
{
	struct entry entry;

	(void)state;
	a_row_everywhere();
	shell("UPDATE device SET held_reason = printf('%0500d', 1)");
	good(db_device_entry(db, &arena, "SN0", &entry, &err));
	assert_false(entry.found);
	assert_int_equal(db_device_entry(db, &arena, "SN1", &entry, &err), ERR_IO);
	assert_string_equal(err.what, "cannot read the row id = 1 of the table device");
}

int
main(void)
{
#define ROWS_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		ROWS_TEST(products_and_what_they_own_come_back),
		ROWS_TEST(packages_come_back_with_files_and_signatures),
		ROWS_TEST(devices_and_tokens_come_back),
		ROWS_TEST(plans_come_back_with_their_lists),
		ROWS_TEST(a_long_criterion_is_cut_where_it_is_stored),
		ROWS_TEST(executions_come_back_with_their_log),
		ROWS_TEST(counters_come_back),
		ROWS_TEST(the_fleet_and_its_audit_come_back),
		ROWS_TEST(what_does_not_fit_names_its_row),
		ROWS_TEST(many_findings_are_counted),
		ROWS_TEST(another_type_is_an_error),
		ROWS_TEST(a_bad_neighbour_hides_no_unknown_device),
	};
	int failed;

	if (!mkdtemp(folder))
		return 1;
	failed = cmocka_run_group_tests_name("rows", tests, NULL, NULL);
	arena_done(&arena);
	return rmdir(folder) ? 1 : failed;
}
