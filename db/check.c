#include "db/check.h"

#include "core/str.h"
#include "db/device.h"
#include "db/execution.h"
#include "db/fleet.h"
#include "db/package.h"
#include "db/plan.h"
#include "db/product.h"

/* Every table whose rows are read into bounded members. */
static const struct {
	enum sql id;
	const struct row *row;
} tables[] = {
	{ SQL_CHECK_ROWS_FLEET, &db_fleet_row },
	{ SQL_CHECK_ROWS_CLOCK, &db_tick_row },
	{ SQL_CHECK_ROWS_AUDIT, &db_audit_row },
	{ SQL_CHECK_ROWS_PRODUCT, &db_product_row },
	{ SQL_CHECK_ROWS_COMPONENT, &db_component_row },
	{ SQL_CHECK_ROWS_VERSION, &db_version_row },
	{ SQL_CHECK_ROWS_KEY, &db_key_row },
	{ SQL_CHECK_ROWS_PACKAGE, &db_package_row },
	{ SQL_CHECK_ROWS_FILE, &db_file_row },
	{ SQL_CHECK_ROWS_SIGNATURE, &db_signature_row },
	{ SQL_CHECK_ROWS_DEVICE, &db_device_row },
	{ SQL_CHECK_ROWS_TOKEN, &db_token_whole_row },
	{ SQL_CHECK_ROWS_STRATEGY, &db_strategy_row },
	{ SQL_CHECK_ROWS_PLAN, &db_plan_row },
	{ SQL_CHECK_ROWS_PULSE, &db_pulse_row },
	{ SQL_CHECK_ROWS_PLAN_ITEM, &db_plan_item_row },
	{ SQL_CHECK_ROWS_INTERVAL, &db_interval_row },
	{ SQL_CHECK_ROWS_PLAN_ZONE, &db_plan_zone_row },
	{ SQL_CHECK_ROWS_STAGE, &db_stage_row },
	{ SQL_CHECK_ROWS_EXECUTION, &db_execution_row },
	{ SQL_CHECK_ROWS_EXECUTION_COMPONENT, &db_execution_component_row },
	{ SQL_CHECK_ROWS_EVENT, &db_event_row },
	{ SQL_CHECK_ROWS_TALLY, &db_tally_row },
	{ SQL_CHECK_ROWS_COHORT, &db_cohort_row },
	{ SQL_CHECK_ROWS_SAMPLE, &db_sample_row },
	{ SQL_CHECK_ROWS_STRAGGLER, &db_straggler_row },
};

static void
append(struct arena *arena, struct row_unread *out, const char **more, size_t extra)
{
	for (size_t i = 0; i < extra; i++) {
		out->list = arena_room(arena, out->list, out->count, sizeof *out->list);
		out->list[out->count++] = more[i];
	}
}

enum err_code
db_check_rows(struct db *db, struct arena *arena, struct row_unread *out, struct err *err)
{
	for (size_t i = 0; i < COUNT(tables); i++)
		if (db_row_examine(
			    db_query(db, tables[i].id, NULL), tables[i].row, arena, out, err))
			return err->code;
	return ERR_OK;
}

enum err_code
db_check_findings(
	struct db *db, struct arena *arena, const char ***ret, size_t *count, struct err *err)
{
	struct row_unread out = { 0 };
	const char **some;
	size_t n;

	if (db_whole(db, arena, &some, &n, err))
		return err->code;
	append(arena, &out, some, n);
	if (db_check_rows(db, arena, &out, err))
		return err->code;
	if (db_texts(db_query(db, SQL_CHECK_OPEN, NULL), arena, &some, &n, err))
		return err->code;
	append(arena, &out, some, n);
	*ret = out.list;
	*count = out.count;
	return ERR_OK;
}

struct stmt *
db_check_file_cursor(struct db *db)
{
	return db_query(db, SQL_CHECK_FILES, NULL);
}

enum db_step
db_check_file_each(struct stmt *cursor, const char **sha256, int64_t *size, struct err *err)
{
	enum db_step step = db_step(cursor, err);

	if (step == DB_ROW) {
		*sha256 = db_text(cursor);
		*size = db_int(cursor);
	}
	return step;
}

enum err_code
db_check_packages_of(struct db *db, struct arena *arena, const char *sha256, int64_t **ret,
	size_t *count, struct err *err)
{
	return db_ints(db_query(db, SQL_CHECK_PACKAGES_OF, PARAMS(TEXT("sha256", sha256))), arena,
		ret, count, err);
}
