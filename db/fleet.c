#include "db/fleet.h"

const struct row db_fleet_row = ROW_OF("fleet", 0, fleet, COLUMN(fleet, epoch),
	COLUMN(fleet, frozen), COLUMN_AS(fleet, clock.last.at, "tick_at"),
	COLUMN_AS(fleet, clock.trusted.at, "clock_at"),
	COLUMN_AS(fleet, clock.trusted.boot, "clock_boot"),
	COLUMN_AS(fleet, clock.trusted.uptime, "clock_uptime"),
	COLUMN_AS(fleet, clock.jump_by, "jump_by"), COLUMN_AS(fleet, clock.jump_at, "jump_at"),
	COLUMN(fleet, generation), COLUMN(fleet, next_execution), COLUMN(fleet, instance),
	COLUMN(fleet, recount));

/* What only tick reads of the newest one: a poll does not depend on it. */
const struct row db_tick_row = ROW_OF("fleet", 0, clock_time,
	COLUMN_AS(clock_time, boot, "tick_boot"), COLUMN_AS(clock_time, uptime, "tick_uptime"));

const struct row db_audit_row = ROW(audit, COLUMN(audit, id), COLUMN(audit, at), COLUMN(audit, now),
	COLUMN(audit, actor), COLUMN(audit, action), COLUMN(audit, command), COLUMN(audit, object),
	COLUMN(audit, detail), COLUMN(audit, reason), COLUMN(audit, hash));

struct audit_tail {
	int64_t id;
	uint8_t hash[32];
};
static const struct row audit_tail_row =
	ROW_OF("audit", 1, audit_tail, COLUMN(audit_tail, id), COLUMN(audit_tail, hash));

enum err_code
db_fleet_add(struct db *db, const char *instance, int64_t now, struct err *err)
{
	return db_run(db, SQL_FLEET_ADD, PARAMS(TEXT("instance", instance), INT("now", now)), err);
}

/* The row that a database always has: without it the file is not whole. */
static enum err_code
one(struct stmt *stmt, const struct row *row, void *ret, struct err *err)
{
	bool found = false;

	if (db_row_get(stmt, row, NULL, ret, &found, err))
		return err->code;
	if (found)
		return ERR_OK;
	err_set(err, ERR_IO, "cannot read the table %s", row->table);
	return err_why(err, "its one row is missing");
}

enum err_code
db_fleet_get(struct db *db, struct fleet *ret, struct err *err)
{
	return one(db_query(db, SQL_FLEET_GET, NULL), &db_fleet_row, ret, err);
}

enum err_code
db_fleet_recounted(struct db *db, struct err *err)
{
	return db_run(db, SQL_FLEET_RECOUNTED, NULL, err);
}

enum err_code
db_fleet_bump(struct db *db, struct err *err)
{
	return db_run(db, SQL_FLEET_BUMP, NULL, err);
}

enum err_code
db_fleet_freeze(struct db *db, bool frozen, struct err *err)
{
	return db_run(db, SQL_FLEET_FREEZE, PARAMS(INT("frozen", frozen)), err);
}

enum err_code
db_fleet_tick(struct db *db, const struct clock_guard *c, struct err *err)
{
	return db_row_write(db, SQL_FLEET_TICK, &db_tick_row, &c->last,
		PARAMS(INT("tick_at", c->last.at), INT("clock_at", c->trusted.at),
			TEXT("clock_boot", c->trusted.boot), INT("clock_uptime", c->trusted.uptime),
			INT("jump_by", c->jump_by), INT("jump_at", c->jump_at)),
		err);
}

enum err_code
db_fleet_clock_get(struct db *db, struct clock_guard *ret, struct err *err)
{
	struct clock_time last;
	struct fleet fleet;

	if (db_fleet_get(db, &fleet, err) ||
		one(db_query(db, SQL_FLEET_TICK_GET, NULL), &db_tick_row, &last, err))
		return err->code;
	last.at = fleet.clock.last.at;
	*ret = fleet.clock;
	ret->last = last;
	return ERR_OK;
}

enum err_code
db_fleet_clock_shift(struct db *db, int64_t by, struct err *err)
{
	static const enum sql parts[] = { SQL_CLOCK_SHIFT_PLANS, SQL_CLOCK_SHIFT_PULSES,
		SQL_CLOCK_SHIFT_STAGES, SQL_CLOCK_SHIFT_EXECUTIONS, SQL_CLOCK_SHIFT_SIGHTS,
		SQL_CLOCK_SHIFT_DEVICES };

	for (size_t i = 0; i < COUNT(parts); i++)
		if (db_run(db, parts[i], PARAMS(INT("by", by)), err))
			return err->code;
	return ERR_OK;
}

enum err_code
db_fleet_stopped(struct db *db, int64_t epoch, struct err *err)
{
	return db_run(db, SQL_FLEET_STOPPED, PARAMS(INT("epoch", epoch)), err);
}

enum err_code
db_fleet_stopped_get(struct db *db, int64_t *ret, struct err *err)
{
	return db_number(db, SQL_FLEET_STOPPED_GET, NULL, 0, ret, err);
}

enum err_code
db_fleet_adopt(
	struct db *db, int64_t generation, int64_t epoch, int64_t next_execution, struct err *err)
{
	return db_run(db, SQL_FLEET_ADOPT,
		PARAMS(INT("generation", generation), INT("epoch", epoch),
			INT("next", next_execution)),
		err);
}

static bool
digit_then_zeros(int64_t id)
{
	while (id && id % 10 == 0)
		id /= 10;
	return id < 10;
}

enum err_code
db_fleet_take_execution(struct db *db, int64_t *ret, struct err *err)
{
	struct fleet fleet = { .next_execution = 0 };
	int64_t id;

	if (db_fleet_get(db, &fleet, err))
		return err->code;
	id = fleet.next_execution;
	while (digit_then_zeros(id))
		id++;
	if (id >= INT32_MAX)
		return err_set(err, ERR_INTERNAL, "all execution ids are used up");
	*ret = id;
	return db_run(db, SQL_FLEET_NEXT_EXECUTION, PARAMS(INT("next", id + 1)), err);
}

enum err_code
db_audit_last(struct db *db, int64_t *id, uint8_t hash[32], struct err *err)
{
	struct audit_tail tail = { 0 };
	bool found;

	if (db_row_get(
		    db_query(db, SQL_AUDIT_LAST, NULL), &audit_tail_row, NULL, &tail, &found, err))
		return err->code;
	*id = tail.id;
	memcpy(hash, tail.hash, sizeof tail.hash);
	return ERR_OK;
}

struct audit_moment {
	int64_t at;
};
static const struct row audit_moment_row =
	ROW_OF("audit", 0, audit_moment, COLUMN(audit_moment, at));

enum err_code
db_audit_newest(struct db *db, const char *action, const char *object, int64_t *at, struct err *err)
{
	struct audit_moment moment = { 0 };
	bool found;

	if (db_row_get(db_query(db, SQL_AUDIT_NEWEST,
			       PARAMS(TEXT("action", action), TEXT("object", object))),
		    &audit_moment_row, NULL, &moment, &found, err))
		return err->code;
	*at = moment.at;
	return ERR_OK;
}

enum err_code
db_audit_insert(struct db *db, const struct audit *a, struct err *err)
{
	return db_row_write(db, SQL_AUDIT_ADD, &db_audit_row, a, NULL, err);
}

struct stmt *
db_audit_rows(struct db *db, int64_t after)
{
	return db_query(db, SQL_AUDIT_LIST, PARAMS(INT("after", after)));
}

enum db_step
db_audit_each(struct stmt *cursor, struct audit *ret, struct err *err)
{
	return db_row_next(cursor, &db_audit_row, NULL, ret, err);
}
