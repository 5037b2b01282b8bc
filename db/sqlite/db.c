#include "db/db.h"

#include "core/limits.h"
#include "core/str.h"
#include "db/sqlite/door.h"
#include "schema.h" /* generated: schema_text[] */

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { PARAMS_REMEMBERED = 24 };

struct stmt {
	sqlite3_stmt *stmt;
	struct db *db;
	int column;
	/* Where each name was found: a call site gives the same literals every time. */
	struct {
		const char *name;
		int at;
	} params[PARAMS_REMEMBERED];
	struct places *places;
};

struct places {
	const void *of;
	struct places *next;
	int16_t at[];
};

struct db {
	sqlite3 *sqlite;
	bool own_syncs;	      /* its commits do not wait for the disk by themselves, */
	sqlite3_int64 synced; /* and this much of its changes is on it */
	struct stmt cache[SQL_MAX];
};

static enum err_code
fail(struct db *db, struct err *err)
{
	int code = sqlite3_extended_errcode(db->sqlite);

	switch (code & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		err_set(err, ERR_BUSY, "the database is in use");
		err_why(err, "another process holds its write lock");
		return err_fix(err, "try again in a moment");
	case SQLITE_FULL:
		err_set(err, ERR_IO, "cannot write to the database");
		err_why(err, "the disk is full");
		return err_fix(err, "free some space; nothing was changed");
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		err_set(err, ERR_IO, "cannot write to the database");
		err_why(err, "%s", sqlite3_errmsg(db->sqlite));
		return err_fix(err, "check who owns the database file and its folder");
	case SQLITE_CONSTRAINT:
		err_set(err, ERR_CONFLICT, "the database refuses this");
		return err_why(err, "%s", sqlite3_errmsg(db->sqlite));
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
		err_set(err, ERR_IO, "cannot read the database");
		err_why(err, "%s", sqlite3_errmsg(db->sqlite));
		return err_fix(err, "check --db, or restore a backup");
	default:
		err_set(err, (code & 0xff) == SQLITE_ERROR ? ERR_INTERNAL : ERR_IO,
			"the database reports an error");
		return err_why(err, "%s (%d)", sqlite3_errmsg(db->sqlite), code);
	}
}

bool
db_network_type(unsigned long type)
{
	static const unsigned long network[] = { 0x6969 /* NFS */, 0x517b /* SMB */,
		0xff534d42 /* CIFS */, 0xfe534d42 /* SMB2 */, 0x564c /* NCP */,
		0x5346414f /* AFS */, 0x73757245 /* Coda */, 0x00c36400 /* Ceph */,
		0x01021997 /* 9P */, 0x47504653 /* GPFS */, 0x0bd00bd0 /* Lustre */ };

	for (size_t i = 0; i < COUNT(network); i++)
		if (type == network[i])
			return true;
	return false;
}

static enum err_code
exec(struct db *db, const char *sql, struct err *err)
{
	return sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL) ? fail(db, err) : ERR_OK;
}

static enum err_code
pragma(struct db *db, const char *sql, int64_t *ret, struct err *err)
{
	sqlite3_stmt *stmt;

	if (sqlite3_prepare_v2(db->sqlite, sql, -1, &stmt, NULL))
		return fail(db, err);
	if (sqlite3_step(stmt) != SQLITE_ROW) {
		sqlite3_finalize(stmt);
		return fail(db, err);
	}
	*ret = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return ERR_OK;
}

static int
authorize(void *unused, int action, const char *first, const char *second, const char *schema,
	const char *trigger)
{
	(void)unused, (void)schema, (void)trigger;
	return door_may(action, first, second) ? SQLITE_OK : SQLITE_DENY;
}

/* What refers to a row that is not there, once all migrations are through. */
static enum err_code
references_check(struct db *db, struct err *err)
{
	int64_t broken = 0;

	if (pragma(db, "SELECT count(*) FROM pragma_foreign_key_check", &broken, err) || !broken)
		return err->code;
	err_set(err, ERR_IO, "cannot bring the database up to date");
	return err_why(err, "%lld rows refer to others that are missing", (long long)broken);
}

/*
 * Each migration is one transaction that also sets user_version.  References are not enforced
 * meanwhile: a table that is made anew would take with it whatever refers to it.
 */
static enum err_code
migrate(struct db *db, int64_t from, struct err *err)
{
	sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_ENABLE_FKEY, 0, NULL);
	for (int64_t i = from; i < SCHEMA_MAX; i++) {
		char after[96];

		snprintf(after, sizeof after,
			"PRAGMA application_id=%d; PRAGMA user_version=%lld; COMMIT",
			DB_APPLICATION_ID, (long long)i + 1);
		if (exec(db, "BEGIN IMMEDIATE", err) || exec(db, schema_text[i], err) ||
			exec(db, after, err)) {
			sqlite3_exec(db->sqlite, "ROLLBACK", NULL, NULL, NULL);
			return err->code;
		}
	}
	sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
	return references_check(db, err);
}

static enum err_code
check_version(struct db *db, const char *path, enum db_mode mode, struct err *err)
{
	int64_t application = 0, version = 0;

	if (pragma(db, "PRAGMA application_id", &application, err) ||
		pragma(db, "PRAGMA user_version", &version, err))
		return err->code;
	if (application != DB_APPLICATION_ID) {
		err_set(err, ERR_CONFLICT, "cannot use %s", QUOTE(path));
		err_why(err, "it is not a database of otactl");
		return err_fix(err, "check --db or $OTACTL_DB; otactl init makes a new one");
	}
	if (version > SCHEMA_MAX) {
		err_set(err, ERR_CONFLICT, "cannot use %s", QUOTE(path));
		err_why(err, "it has schema %lld, this program knows %d", (long long)version,
			SCHEMA_MAX);
		return err_fix(err, "install the otactl that wrote it, or a newer one");
	}
	if (version == SCHEMA_MAX)
		return ERR_OK;
	if (mode == DB_WRITE)
		return migrate(db, version, err);
	err_set(err, ERR_CONFLICT, "cannot use %s yet", QUOTE(path));
	err_why(err, "it has schema %lld, this program needs %d", (long long)version, SCHEMA_MAX);
	return err_fix(err, "otactl db migrate brings it up to date");
}

static enum err_code
connect(const char *path, enum db_mode mode, struct db **ret, struct err *err)
{
	static const char *const settings[] = {
		"PRAGMA synchronous=FULL; PRAGMA recursive_triggers=ON",
		"PRAGMA synchronous=NORMAL; PRAGMA recursive_triggers=ON"
	};
	struct db *db = calloc(1, sizeof *db);
	int flags = mode == DB_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;

	assert(db);
	*ret = db;
	/* One thread uses the engine; says so once, before its first use in the process. */
	(void)sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	if (sqlite3_open_v2(path, &db->sqlite, flags | SQLITE_OPEN_NOMUTEX, NULL))
		return fail(db, err);
	sqlite3_busy_timeout(db->sqlite, mode == DB_DOOR ? LIMIT_BUSY_MS : LIMIT_BUSY_CLI_MS);
	if (mode == DB_DOOR) {
		sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
		sqlite3_wal_autocheckpoint(db->sqlite, 0);
	}
	sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
	sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	/* The door says itself which of its commits must wait for the disk. */
	db->own_syncs = mode == DB_DOOR;
	return exec(db, settings[db->own_syncs], err);
}

static enum err_code
no_database(const char *path, struct err *err)
{
	int error = errno;

	err_set(err, error == ENOENT ? ERR_NOT_FOUND : ERR_IO, "cannot open the database %s",
		QUOTE(path));
	err_why(err, "%s", strerror(error));
	return err_fix(err, "otactl init makes one; --db and $OTACTL_DB name another");
}

enum err_code
db_open(const char *path, enum db_mode mode, struct db **ret, struct err *err)
{
	struct db *db = NULL;

	if (access(path, R_OK))
		return no_database(path, err);
	if (connect(path, mode, &db, err) || check_version(db, path, mode, err)) {
		db_close(&db);
		return err->code;
	}
	if (mode == DB_DOOR)
		sqlite3_set_authorizer(db->sqlite, authorize, NULL);
	*ret = db;
	return ERR_OK;
}

static enum err_code
refuse_network(const char *path, struct err *err)
{
	char folder[4096];
	const char *slash = strrchr(path, '/');
	struct statfs fs;

	snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path + 1) : 1,
		slash ? path : ".");
	if (statfs(folder, &fs)) {
		err_set(err, ERR_IO, "cannot create the database %s", QUOTE(path));
		return err_why(err, "%s", strerror(errno));
	}
	if (!db_network_type((unsigned long)fs.f_type & 0xffffffff))
		return ERR_OK;
	err_set(err, ERR_IO, "cannot create the database %s", QUOTE(path));
	err_why(err, "it would lie on a network file system, whose locks cannot be trusted");
	return err_fix(err, "use a local disk");
}

enum err_code
db_create(const char *path, struct err *err)
{
	struct db *db = NULL;
	int fd;

	if (refuse_network(path, err))
		return err->code;
	/* Made by us and closed before SQLite sees it: SQLite alone never sets group write. */
	fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0660);
	if (fd < 0) {
		err_set(err, errno == EEXIST ? ERR_CONFLICT : ERR_IO,
			"cannot create the database %s", QUOTE(path));
		return err_why(err, "%s", strerror(errno));
	}
	(void)!fchmod(fd, 0660);
	close(fd);
	if (connect(path, DB_WRITE, &db, err) || exec(db, "PRAGMA journal_mode=WAL", err) ||
		migrate(db, 0, err)) {
		db_close(&db);
		unlink(path);
		return err->code;
	}
	db_close(&db);
	return ERR_OK;
}

static void
statement_done(struct stmt *stmt)
{
	sqlite3_finalize(stmt->stmt);
	while (stmt->places) {
		struct places *places = stmt->places;

		stmt->places = places->next;
		free(places);
	}
}

void
db_close(struct db **db)
{
	if (!*db)
		return;
	for (int i = 0; i < SQL_MAX; i++)
		statement_done(&(*db)->cache[i]);
	sqlite3_close((*db)->sqlite);
	free(*db);
	*db = NULL;
}

static int
param_index(struct stmt *stmt, const struct param *param, int position)
{
	int at;

	if (position < PARAMS_REMEMBERED && stmt->params[position].name == param->name)
		return stmt->params[position].at;
	at = sqlite3_bind_parameter_index(stmt->stmt, param->name);
	assert(at > 0);
	if (position < PARAMS_REMEMBERED) {
		stmt->params[position].name = param->name;
		stmt->params[position].at = at;
	}
	return at;
}

static void
bind(sqlite3_stmt *stmt, const struct param *param, int at)
{
	int code = SQLITE_ERROR;

	switch (param->kind) {
	case PARAM_INT:
		code = sqlite3_bind_int64(stmt, at, param->number);
		break;
	case PARAM_TEXT:
		code = sqlite3_bind_text(stmt, at, param->data, -1, SQLITE_STATIC);
		break;
	case PARAM_BLOB:
		code = sqlite3_bind_blob64(stmt, at, param->data, param->size, SQLITE_STATIC);
		break;
	case PARAM_NULL:
		code = sqlite3_bind_null(stmt, at);
		break;
	}
	assert(!code);
}

static int
prepare(struct db *db, enum sql id)
{
	struct stmt *stmt = &db->cache[id];

	stmt->db = db;
	if (stmt->stmt)
		return SQLITE_OK;
	return sqlite3_prepare_v3(
		db->sqlite, sql_text[id], -1, SQLITE_PREPARE_PERSISTENT, &stmt->stmt, NULL);
}

struct stmt *
db_query(struct db *db, enum sql id, const struct param *params)
{
	struct stmt *stmt = &db->cache[id];

	/* A failed preparation shows at the first step, as any other error. */
	if (prepare(db, id))
		return stmt;
	sqlite3_reset(stmt->stmt);
	for (int i = 0; params && params[i].name; i++)
		bind(stmt->stmt, &params[i], param_index(stmt, &params[i], i));
	return stmt;
}

enum db_step
db_step(struct stmt *stmt, struct err *err)
{
	int code = stmt->stmt ? sqlite3_step(stmt->stmt) : SQLITE_ERROR;

	stmt->column = 0;
	if (code == SQLITE_ROW)
		return DB_ROW;
	if (code == SQLITE_DONE) {
		sqlite3_reset(stmt->stmt);
		return DB_DONE;
	}
	fail(stmt->db, err);
	if (stmt->stmt)
		sqlite3_reset(stmt->stmt);
	return DB_FAILED;
}

void
db_reset(struct stmt *stmt)
{
	sqlite3_reset(stmt->stmt);
}

struct db_value
db_column(struct stmt *stmt, int at)
{
	sqlite3_value *value = sqlite3_column_value(stmt->stmt, at);

	switch (sqlite3_value_type(value)) {
	case SQLITE_INTEGER:
		return (struct db_value){ .type = VALUE_INT, .number = sqlite3_value_int64(value) };
	case SQLITE_TEXT:
		return (struct db_value){ VALUE_TEXT, 0, sqlite3_value_text(value),
			(size_t)sqlite3_value_bytes(value) };
	case SQLITE_BLOB:
		return (struct db_value){ VALUE_BLOB, 0, sqlite3_value_blob(value),
			(size_t)sqlite3_value_bytes(value) };
	case SQLITE_FLOAT:
		return (struct db_value){ .type = VALUE_REAL };
	default:
		return (struct db_value){ .type = VALUE_NULL };
	}
}

int
db_column_count(struct stmt *stmt)
{
	return sqlite3_column_count(stmt->stmt);
}

const char *
db_column_name(struct stmt *stmt, int at)
{
	return sqlite3_column_name(stmt->stmt, at);
}

int
db_param_count(struct stmt *stmt)
{
	return sqlite3_bind_parameter_count(stmt->stmt);
}

const char *
db_param_name(struct stmt *stmt, int at)
{
	return sqlite3_bind_parameter_name(stmt->stmt, at);
}

void
db_bind(struct stmt *stmt, int at, const struct param *value)
{
	bind(stmt->stmt, value, at);
}

const char *
db_statement_name(struct stmt *stmt)
{
	return sql_name[stmt - stmt->db->cache];
}

int16_t *
db_places(struct stmt *stmt, const void *of, size_t count, bool *fresh)
{
	struct places *places = stmt->places;

	while (places && places->of != of)
		places = places->next;
	*fresh = !places;
	if (!places) {
		places = calloc(1, sizeof *places + count * sizeof places->at[0]);
		assert(places);
		places->of = of;
		places->next = stmt->places;
		stmt->places = places;
	}
	return places->at;
}

int64_t
db_int(struct stmt *stmt)
{
	return sqlite3_column_int64(stmt->stmt, stmt->column++);
}

const char *
db_text(struct stmt *stmt)
{
	struct db_value value = db_column(stmt, stmt->column++);

	return value.type == VALUE_TEXT ? value.data : NULL;
}

enum err_code
db_text_copy(struct stmt *stmt, struct arena *arena, const char **ret, struct err *err)
{
	const char *text = db_text(stmt);

	if (text) {
		*ret = arena_copy(arena, text);
		return ERR_OK;
	}
	err_set(err, ERR_IO, "cannot read a row of the database");
	return err_why(err, "column %d of the statement %s is no text", stmt->column,
		db_statement_name(stmt));
}

enum err_code
db_run(struct db *db, enum sql id, const struct param *params, struct err *err)
{
	enum db_step step = db_step(db_query(db, id, params), err);

	assert(step != DB_ROW);
	return step == DB_DONE ? ERR_OK : err->code;
}

int64_t
db_last_id(struct db *db)
{
	return sqlite3_last_insert_rowid(db->sqlite);
}

enum err_code
db_ints(struct stmt *stmt, struct arena *arena, int64_t **ret, size_t *count, struct err *err)
{
	int64_t *list = NULL;
	enum db_step step;
	size_t n = 0;

	while ((step = db_step(stmt, err)) == DB_ROW) {
		list = arena_room(arena, list, n, sizeof *list);
		list[n++] = db_int(stmt);
	}
	*ret = list;
	*count = n;
	return step == DB_DONE ? ERR_OK : err->code;
}

enum err_code
db_texts(struct stmt *stmt, struct arena *arena, const char ***ret, size_t *count, struct err *err)
{
	const char **list = NULL;
	enum db_step step;
	size_t n = 0;

	while ((step = db_step(stmt, err)) == DB_ROW) {
		list = arena_room(arena, list, n, sizeof *list);
		if (db_text_copy(stmt, arena, &list[n++], err)) {
			db_reset(stmt);
			return err->code;
		}
	}
	*ret = list;
	*count = n;
	return step == DB_DONE ? ERR_OK : err->code;
}

/* The rows of a pragma that reports faults; "ok" is none. */
static enum err_code
faults(struct db *db, struct arena *arena, const char *sql, const char *what, const char ***list,
	size_t *count, struct err *err)
{
	sqlite3_stmt *stmt;
	int code;

	if (sqlite3_prepare_v2(db->sqlite, sql, -1, &stmt, NULL))
		return fail(db, err);
	while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
		const char *text = (const char *)sqlite3_column_text(stmt, 0);

		if (!text || !strcmp(text, "ok"))
			continue;
		*list = arena_room(arena, *list, *count, sizeof **list);
		(*list)[(*count)++] = arena_printf(arena, "%s%s", what, text);
	}
	sqlite3_finalize(stmt);
	return code == SQLITE_DONE ? ERR_OK : fail(db, err);
}

int64_t
db_schema(void)
{
	return SCHEMA_MAX;
}

enum err_code
db_whole(struct db *db, struct arena *arena, const char ***ret, size_t *count, struct err *err)
{
	*ret = NULL;
	*count = 0;
	if (faults(db, arena, "PRAGMA integrity_check", "", ret, count, err))
		return err->code;
	return faults(db, arena, "PRAGMA foreign_key_check", "a reference leads nowhere: table ",
		ret, count, err);
}

enum err_code
db_number(struct db *db, enum sql id, const struct param *params, int64_t fallback, int64_t *ret,
	struct err *err)
{
	struct stmt *stmt = db_query(db, id, params);
	enum db_step step = db_step(stmt, err);

	if (step == DB_FAILED)
		return err->code;
	*ret = step == DB_ROW ? db_int(stmt) : fallback;
	db_reset(stmt);
	return ERR_OK;
}

enum err_code
db_text_get(struct db *db, enum sql id, const struct param *params, struct arena *arena,
	const char **ret, struct err *err)
{
	const char **list = NULL;
	size_t count = 0;

	if (db_texts(db_query(db, id, params), arena, &list, &count, err))
		return err->code;
	*ret = count ? list[0] : NULL;
	return ERR_OK;
}

enum err_code
db_read_begin(struct db *db, struct err *err)
{
	return db_run(db, SQL_BEGIN_READ, NULL, err);
}

void
db_read_end(struct db *db)
{
	struct err err;

	if (!sqlite3_get_autocommit(db->sqlite))
		(void)!db_run(db, SQL_COMMIT, NULL, &err);
}

enum err_code
db_begin(struct db *db, struct err *err)
{
	return db_run(db, SQL_BEGIN_WRITE, NULL, err);
}

void
db_rollback(struct db *db)
{
	struct err ignored;

	/* After some errors (a full disk) SQLite has rolled back already. */
	if (!sqlite3_get_autocommit(db->sqlite))
		(void)!db_run(db, SQL_ROLLBACK, NULL, &ignored);
}

/*
 * Wait until the log is on the disk.  In WAL mode synchronous=NORMAL leaves out this sync of each
 * commit, and nothing else of what FULL does.  Without a log (a copy that nobody has written to)
 * the commit has synced the database itself.
 */
static enum err_code
log_sync(struct db *db, struct err *err)
{
	sqlite3_int64 changes = sqlite3_total_changes64(db->sqlite);
	sqlite3_file *log = NULL;

	if (!db->own_syncs || changes == db->synced)
		return ERR_OK;
	(void)sqlite3_file_control(db->sqlite, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
	if (log && log->pMethods && log->pMethods->xSync(log, SQLITE_SYNC_NORMAL)) {
		err_set(err, ERR_IO, "cannot write to the database");
		return err_why(err, "its log cannot be brought to the disk");
	}
	db->synced = changes;
	return ERR_OK;
}

enum err_code
db_finish_unsynced(struct db *db, enum err_code code, struct err *err)
{
	if (!code)
		code = db_run(db, SQL_COMMIT, NULL, err);
	if (code)
		db_rollback(db);
	return code;
}

enum err_code
db_finish(struct db *db, enum err_code code, struct err *err)
{
	code = db_finish_unsynced(db, code, err);
	return code ? code : log_sync(db, err);
}

unsigned
db_data_version(struct db *db)
{
	unsigned ret = 0;

	(void)sqlite3_file_control(db->sqlite, NULL, SQLITE_FCNTL_DATA_VERSION, &ret);
	return ret;
}

void
db_cache(struct db *db, int megabytes)
{
	char sql[48];

	snprintf(sql, sizeof sql, "PRAGMA cache_size=-%d", megabytes * 1024);
	sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL);
}

void
db_checkpoint(struct db *db)
{
	sqlite3_wal_checkpoint_v2(db->sqlite, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}

enum err_code
db_prepare_all(struct db *db, struct err *err)
{
	for (int i = 0; i < SQL_MAX; i++)
		if (prepare(db, (enum sql)i)) {
			fail(db, err);
			return err_fix(err, "%s", sql_name[i]);
		}
	return ERR_OK;
}
