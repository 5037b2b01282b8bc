#include "db/fleet.h"

enum err_code
fleet_add(struct db *db, const char *instance, int64_t now, struct err *err)
{
	return db_run(db, SQL_FLEET_ADD, PARAMS(TEXT("instance", instance), INT("now", now)), err);
}

void
fleet_from_row(struct stmt *stmt, struct fleet *ret)
{
	ret->epoch = db_int(stmt);
	ret->frozen = db_int(stmt);
	ret->tick_at = db_int(stmt);
	ret->generation = db_int(stmt);
	ret->next_execution = db_int(stmt);
	db_field(stmt, ret->instance, sizeof ret->instance);
}

enum err_code
fleet_get(struct db *db, struct fleet *ret, struct err *err)
{
	struct stmt *stmt = db_query(db, SQL_FLEET_GET, NULL);

	if (db_step(stmt, err) != DB_ROW)
		return err->code;
	fleet_from_row(stmt, ret);
	db_reset(stmt);
	return ERR_OK;
}

enum err_code
fleet_bump(struct db *db, struct err *err)
{
	return db_run(db, SQL_FLEET_BUMP, NULL, err);
}

enum err_code
fleet_freeze(struct db *db, bool frozen, struct err *err)
{
	return db_run(db, SQL_FLEET_FREEZE, PARAMS(INT("frozen", frozen)), err);
}

enum err_code
fleet_tick(struct db *db, const struct tick_clock *c, struct err *err)
{
	return db_run(db, SQL_FLEET_TICK,
		PARAMS(INT("now", c->at), TEXT("boot", c->boot), INT("uptime", c->uptime)), err);
}

enum err_code
fleet_tick_get(struct db *db, struct tick_clock *ret, struct err *err)
{
	struct stmt *stmt = db_query(db, SQL_FLEET_TICK_GET, NULL);

	if (db_step(stmt, err) != DB_ROW)
		return err->code;
	ret->at = db_int(stmt);
	db_field(stmt, ret->boot, sizeof ret->boot);
	ret->uptime = db_int(stmt);
	db_reset(stmt);
	return ERR_OK;
}

enum err_code
fleet_adopt(
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
	while (id % 10 == 0)
		id /= 10;
	return id < 10;
}

enum err_code
fleet_take_execution(struct db *db, int64_t *ret, struct err *err)
{
	struct fleet fleet = { .next_execution = 0 };
	int64_t id;

	if (fleet_get(db, &fleet, err))
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
audit_last(struct db *db, int64_t *id, uint8_t hash[32], struct err *err)
{
	struct stmt *stmt = db_query(db, SQL_AUDIT_LAST, NULL);
	enum db_step step = db_step(stmt, err);
	size_t size;

	*id = 0;
	memset(hash, 0, 32);
	if (step == DB_FAILED)
		return err->code;
	if (step == DB_ROW) {
		*id = db_int(stmt);
		memcpy(hash, db_blob(stmt, &size), 32);
	}
	db_reset(stmt);
	return ERR_OK;
}

enum err_code
audit_insert(struct db *db, const struct audit *a, struct err *err)
{
	return db_run(db, SQL_AUDIT_ADD,
		PARAMS(INT("id", a->id), INT("at", a->at), MAYBE("now", a->now, a->now),
			TEXT("actor", a->actor), TEXT("action", a->action),
			TEXT("command", a->command), TEXT("object", a->object),
			TEXT("detail", a->detail), TEXT("reason", a->reason),
			BLOB("hash", a->hash, 32)),
		err);
}

struct stmt *
audit_rows(struct db *db, int64_t after)
{
	return db_query(db, SQL_AUDIT_LIST, PARAMS(INT("after", after)));
}

enum db_step
audit_row(struct stmt *cursor, struct audit *ret, struct err *err)
{
	enum db_step step = db_step(cursor, err);
	const void *hash;
	size_t size;

	if (step != DB_ROW)
		return step;
	ret->id = db_int(cursor);
	ret->at = db_int(cursor);
	ret->now = db_int(cursor);
	ret->actor = db_text(cursor);
	ret->action = db_text(cursor);
	ret->command = db_text(cursor);
	ret->object = db_text(cursor);
	ret->detail = db_text(cursor);
	ret->reason = db_text(cursor);
	hash = db_blob(cursor, &size);
	memset(ret->hash, 0, sizeof ret->hash);
	memcpy(ret->hash, hash, size < sizeof ret->hash ? size : sizeof ret->hash);
	return DB_ROW;
}
