/*
 * The engine behind one narrow header: open, statement by id, bind by name, step, column, begin,
 * finish.  The files beside it (device.c, plan.c ...) speak to it; nothing above db/ knows that it
 * is SQLite.  Statements are the "-- name:" blocks of db/<aggregate>.sql; their ids are generated.
 */
#pragma once

#include "core/arena.h"
#include "sql.h" /* generated: enum sql */

struct db;
struct stmt;

enum { DB_APPLICATION_ID = 0x4f544131 }; /* "OTA1": marks the file as ours */

enum db_mode {
	DB_READ,  /* the command line, reading */
	DB_WRITE, /* the command line and cron, writing */
	DB_DOOR,  /* the device door: an allow-list of tables and columns, see door.c */
};

/*
 * Create a database with the newest schema, mode 0660.  ERR_CONFLICT when the file exists, ERR_IO
 * on a network file system (SQLite's locks do not hold there).
 */
enum err_code db_create(const char *path, struct err *err) MUST_USE;

/*
 * Open.  ERR_NOT_FOUND: no such file; ERR_CONFLICT: another application's database, or one newer
 * than this program; ERR_IO: not a database.  DB_WRITE applies pending migrations.
 */
enum err_code db_open(
	const char *path, enum db_mode mode, struct db **ret, struct err *err) MUST_USE;
void db_close(struct db **db); /* for CLEANUP */

/* A value to bind; the list ends with an entry without a name. */
struct param {
	const char *name;
	enum { PARAM_INT, PARAM_TEXT, PARAM_BLOB, PARAM_NULL } kind;
	int64_t number;
	const void *data;
	size_t size;
};
#define INT(n, v)                                                                                  \
	{                                                                                          \
		.name = ":" n, .kind = PARAM_INT, .number = (v)                                    \
	}
#define TEXT(n, v)                                                                                 \
	{                                                                                          \
		.name = ":" n, .kind = PARAM_TEXT, .data = (v)                                     \
	}
#define BLOB(n, v, s)                                                                              \
	{                                                                                          \
		.name = ":" n, .kind = PARAM_BLOB, .data = (v), .size = (s)                        \
	}
#define MAYBE(n, has, v)                                                                           \
	{                                                                                          \
		.name = ":" n, .kind = (has) ? PARAM_INT : PARAM_NULL, .number = (v)               \
	}
#define PARAMS(...) ((const struct param[]){ __VA_ARGS__, { .name = NULL } })

/*
 * The statement, reset and with these values bound; prepared at first use.  Texts and blobs are not
 * copied: they must live until the last step.
 */
struct stmt *db_query(struct db *db, enum sql id, const struct param *params);

enum db_step { DB_ROW, DB_DONE, DB_FAILED };

/*
 * The next row of a statement; DB_FAILED: *err says why, ERR_BUSY or ERR_IO.  NULL is a failed
 * statement.
 */
enum db_step db_step(struct stmt *stmt, struct err *err);

/*
 * End a statement before its last row, so that it holds no snapshot; one that came to its end is
 * reset already.
 */
void db_reset(struct stmt *stmt);

/* One value of the present row, as it is stored; data is without meaning behind the next step. */
struct db_value {
	enum { VALUE_NULL, VALUE_INT, VALUE_REAL, VALUE_TEXT, VALUE_BLOB } type;
	int64_t number;	  /* VALUE_INT */
	const void *data; /* VALUE_TEXT, with a zero byte behind it; VALUE_BLOB */
	size_t size;	  /* of the data, without that byte */
};

/* The value of a column, from 0. */
struct db_value db_column(struct stmt *stmt, int at);

/* How many columns a statement gives; 0 where it cannot be prepared. */
int db_column_count(struct stmt *stmt);

/* How a column is called, from 0. */
const char *db_column_name(struct stmt *stmt, int at);

/* How many parameters a statement takes. */
int db_param_count(struct stmt *stmt);

/* How a parameter is called, from 1: with the ':' it begins with. */
const char *db_param_name(struct stmt *stmt, int at);

/* Bind one value to a parameter by its number; the value's name is not looked at. */
void db_bind(struct stmt *stmt, int at, const struct param *value);

/* The name under which a statement stands in the .sql files, for messages. */
const char *db_statement_name(struct stmt *stmt);

/*
 * `count` numbers that are kept beside a statement under the address `of`: where the members of a
 * row stand in it (row.c).  They live as long as the connection; *fresh is true, and they are
 * zero, at the first call.
 */
int16_t *db_places(struct stmt *stmt, const void *of, size_t count, bool *fresh);

/*
 * The next column as a number, from left to right, for statements that give numbers alone: 0 for
 * what is none.
 */
int64_t db_int(struct stmt *stmt);

/* The next column as a text until the next step; NULL for what is none, NULLs included. */
const char *db_text(struct stmt *stmt);

/* The next column as a text in the arena.  ERR_IO, naming the statement: it is no text. */
enum err_code db_text_copy(
	struct stmt *stmt, struct arena *arena, const char **ret, struct err *err) MUST_USE;

/*
 * Run a statement that returns nothing.  ERR_BUSY, ERR_IO, ERR_CONFLICT: a constraint forbids it.
 */
enum err_code db_run(
	struct db *db, enum sql id, const struct param *params, struct err *err) MUST_USE;

/* The rowid of the last insert of this connection. */
int64_t db_last_id(struct db *db);

/* The schema that this program makes and needs. */
int64_t db_schema(void);

/* What the engine's own check finds wrong, as texts in the arena. */
enum err_code db_whole(struct db *db, struct arena *arena, const char ***ret, size_t *count,
	struct err *err) MUST_USE;

/* The first column of all rows, in the arena. */
enum err_code db_texts(struct stmt *stmt, struct arena *arena, const char ***ret, size_t *count,
	struct err *err) MUST_USE;

/* The same where it is a number. */
enum err_code db_ints(struct stmt *stmt, struct arena *arena, int64_t **ret, size_t *count,
	struct err *err) MUST_USE;

/* One number, or `fallback` when there is no row. */
enum err_code db_number(struct db *db, enum sql id, const struct param *params, int64_t fallback,
	int64_t *ret, struct err *err) MUST_USE;

/* One text in the arena, or NULL when there is no row. */
enum err_code db_text_get(struct db *db, enum sql id, const struct param *params,
	struct arena *arena, const char **ret, struct err *err) MUST_USE;

/* Begin a read snapshot, for several statements that must agree; db_read_end() must follow. */
enum err_code db_read_begin(struct db *db, struct err *err) MUST_USE;

/* End the snapshot. */
void db_read_end(struct db *db);

/* Take the write lock at once; ERR_BUSY after the engine's time-out.  db_finish() must follow. */
enum err_code db_begin(struct db *db, struct err *err) MUST_USE;

/*
 * Commit when `code` is ERR_OK, and wait until that is on the disk; roll back on anything else.
 * Returns the first error.
 */
enum err_code db_finish(struct db *db, enum err_code code, struct err *err) MUST_USE;

/*
 * As db_finish(), but a connection of mode DB_DOOR does not wait for the disk: for what may be lost
 * when the power goes, such as when a device was last heard.  It becomes durable with the next
 * commit that waits, of whichever process, or with a checkpoint.
 */
enum err_code db_finish_unsynced(struct db *db, enum err_code code, struct err *err) MUST_USE;

/* Undo everything since db_begin(): what --dry-run ends with. */
void db_rollback(struct db *db);

/*
 * A number that changes with every commit to the database, by whomever; right within a transaction
 * that has read something.
 */
unsigned db_data_version(struct db *db);

/* Keep so much of the database in this connection's memory; 2 MB where nothing is said. */
void db_cache(struct db *db, int megabytes);

/* Move the write-ahead log into the database (tick). */
void db_checkpoint(struct db *db);

/* A file system on which locks and shared memory cannot be trusted, by statfs() type. */
bool db_network_type(unsigned long type);

/* Prepare every statement; the name of the first that fails goes into err.  For the tests. */
enum err_code db_prepare_all(struct db *db, struct err *err) MUST_USE;
