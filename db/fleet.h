/* The fleet's one row, and the audit chain. */
#pragma once

#include "core/clock.h"
#include "core/limits.h"
#include "db/row.h"

struct fleet {
	int64_t epoch; /* rises with every change of an operator or tick: caches compare it */
	bool frozen;
	struct clock_guard clock; /* of `last` only the time: see db_fleet_clock_get() */
	int64_t generation, next_execution;
	char instance[INSTANCE_HEX];
	bool recount; /* running plans were counted by an earlier program: the door waits */
};

extern const struct row db_fleet_row;

/* The first row of a new database: generation and epoch 1, execution ids from 11. */
enum err_code db_fleet_add(
	struct db *db, const char *instance, int64_t now, struct err *err) MUST_USE;

/* A copy goes on as a database of its own: all three only rise. */
enum err_code db_fleet_adopt(struct db *db, int64_t generation, int64_t epoch,
	int64_t next_execution, struct err *err) MUST_USE;

/* The fleet's row.  ERR_IO: it is missing, or cannot be read. */
enum err_code db_fleet_get(struct db *db, struct fleet *ret, struct err *err) MUST_USE;

/* Everything was counted anew. */
enum err_code db_fleet_recounted(struct db *db, struct err *err) MUST_USE;

/* Raise the epoch, so that caches of older data are given up. */
enum err_code db_fleet_bump(struct db *db, struct err *err) MUST_USE;

/* Stop all offers to everybody, or let them go on. */
enum err_code db_fleet_freeze(struct db *db, bool frozen, struct err *err) MUST_USE;

extern const struct row db_tick_row;

/* Store the sign of life of a tick, and what it makes of the clock. */
enum err_code db_fleet_tick(
	struct db *db, const struct clock_guard *clock, struct err *err) MUST_USE;

/* The clock as the newest tick left it, whole.  ERR_IO as db_fleet_get(). */
enum err_code db_fleet_clock_get(struct db *db, struct clock_guard *ret, struct err *err) MUST_USE;

/*
 * Move what rollouts have stored of times by `by` seconds, as if the clock had always gone as it
 * goes now: running plans, their stages and executions, open executions of any, and when devices
 * were heard last.  Within a write transaction.
 */
enum err_code db_fleet_clock_shift(struct db *db, int64_t by, struct err *err) MUST_USE;

/* Remember that every attempt was looked at which a change up to this epoch may have stopped. */
enum err_code db_fleet_stopped(struct db *db, int64_t epoch, struct err *err) MUST_USE;

/* Up to which epoch that is so. */
enum err_code db_fleet_stopped_get(struct db *db, int64_t *ret, struct err *err) MUST_USE;

/*
 * Take the next execution id, within a write transaction: from 11, never a digit followed by zeros
 * only (old clients strip those), below 2^31, never reused.
 */
enum err_code db_fleet_take_execution(struct db *db, int64_t *ret, struct err *err) MUST_USE;

struct audit {
	int64_t id, at;
	int64_t now; /* --now, or 0 */
	const char *actor, *action, *command, *object, *detail, *reason;
	uint8_t hash[32];
};
extern const struct row db_audit_row;

/* Id and hash of the newest row; 0 and zeros for an empty table. */
enum err_code db_audit_last(struct db *db, int64_t *id, uint8_t hash[32], struct err *err) MUST_USE;

/*
 * Add a row whose id and hash follow the newest one's; ERR_CONFLICT: the table refuses any other.
 */
enum err_code db_audit_insert(struct db *db, const struct audit *audit, struct err *err) MUST_USE;

/* When an action was done to an object last; 0: never. */
enum err_code db_audit_newest(struct db *db, const char *action, const char *object, int64_t *at,
	struct err *err) MUST_USE;

/*
 * A cursor over the rows behind `after`, as they are stored; their texts live until the next step.
 */
struct stmt *db_audit_rows(struct db *db, int64_t after);

/* The next row of that cursor. */
enum db_step db_audit_each(struct stmt *cursor, struct audit *ret, struct err *err);
