#include "db/copy.h"
#include "core/limits.h"
#include "core/str.h"
#include "db/db.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGES = 2000 };

static enum err_code
fail(sqlite3 *db, int code, const char *path, struct err *err)
{
	code &= 0xff;
	err_set(err, code == SQLITE_BUSY || code == SQLITE_LOCKED ? ERR_BUSY : ERR_IO,
		"cannot copy the database %s", QUOTE(path));
	return err_why(err, "%s", db ? sqlite3_errmsg(db) : sqlite3_errstr(code));
}

static enum err_code
open_one(const char *path, int flags, sqlite3 **ret, struct err *err)
{
	int code = sqlite3_open_v2(path, ret, flags | SQLITE_OPEN_NOMUTEX, NULL);

	if (code)
		return fail(*ret, code, path, err);
	sqlite3_busy_timeout(*ret, LIMIT_BUSY_CLI_MS);
	return ERR_OK;
}

/* The first value of a statement, as text in `ret`. */
static enum err_code
ask(sqlite3 *db, const char *sql, const char *path, char *ret, size_t room, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int code = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);

	if (!code && (code = sqlite3_step(stmt)) == SQLITE_ROW) {
		const char *text = (const char *)sqlite3_column_text(stmt, 0);

		snprintf(ret, room, "%s", text ? text : "");
		code = SQLITE_OK;
	}
	if (code)
		(void)!fail(db, code, path, err);
	sqlite3_finalize(stmt);
	return err->code;
}

static enum err_code
is_ours(sqlite3 *db, const char *path, struct err *err)
{
	char application[32];

	if (ask(db, "PRAGMA application_id", path, application, sizeof application, err))
		return err->code;
	if (atoi(application) == DB_APPLICATION_ID)
		return ERR_OK;
	err_set(err, ERR_CONFLICT, "cannot copy %s", QUOTE(path));
	err_why(err, "it is not a database of otactl");
	return err_fix(err, "check the name and --db");
}

/* A new file, or a database of ours. */
static enum err_code
is_replaceable(sqlite3 *db, const char *path, struct err *err)
{
	char pages[32];

	if (ask(db, "PRAGMA page_count", path, pages, sizeof pages, err))
		return err->code;
	return strcmp(pages, "0") != 0 ? is_ours(db, path, err) : ERR_OK;
}

static enum err_code
pages_copy(sqlite3 *from, sqlite3 *to, const char *path, const struct copy_progress *progress,
	struct err *err)
{
	sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
	int code;

	if (!backup)
		return fail(to, sqlite3_errcode(to), path, err);
	while ((code = sqlite3_backup_step(backup, PAGES)) == SQLITE_OK)
		if (progress && progress->tell)
			progress->tell(progress->data,
				sqlite3_backup_pagecount(backup) - sqlite3_backup_remaining(backup),
				sqlite3_backup_pagecount(backup));
	sqlite3_backup_finish(backup);
	return code == SQLITE_DONE ? ERR_OK : fail(NULL, code, path, err);
}

static enum err_code
is_whole(sqlite3 *db, const char *path, struct err *err)
{
	char answer[256];

	if (ask(db, "PRAGMA integrity_check", path, answer, sizeof answer, err))
		return err->code;
	if (!strcmp(answer, "ok"))
		return ERR_OK;
	err_set(err, ERR_IO, "%s is damaged", QUOTE(path));
	return err_why(err, "%s", answer);
}

/* One file, found whole by the engine. */
static enum err_code
seal(sqlite3 *db, const char *path, struct err *err)
{
	char answer[256];

	if (ask(db, "PRAGMA journal_mode=DELETE", path, answer, sizeof answer, err))
		return err->code;
	return is_whole(db, path, err);
}

static enum err_code
sync_file(const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool synced = fd >= 0 && !fsync(fd);

	if (fd >= 0)
		close(fd);
	if (synced)
		return ERR_OK;
	err_set(err, ERR_IO, "cannot write %s", QUOTE(path));
	return err_why(err, "%s", strerror(errno));
}

static enum err_code
copy(sqlite3 *from, const char *from_path, const char *to_path, bool single,
	const struct copy_progress *progress, struct err *err)
{
	sqlite3 *to = NULL;

	if (is_ours(from, from_path, err))
		return err->code;
	if (!open_one(to_path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &to, err) &&
		!is_replaceable(to, to_path, err) &&
		!pages_copy(from, to, to_path, progress, err) && single)
		(void)!seal(to, to_path, err);
	sqlite3_close(to);
	return err->code || !single ? err->code : sync_file(to_path, err);
}

static enum err_code
open_source(const char *path, sqlite3 **ret, struct err *err)
{
	if (!access(path, R_OK))
		return open_one(path, SQLITE_OPEN_READONLY, ret, err);
	err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "cannot read %s", QUOTE(path));
	return err_why(err, "%s", strerror(errno));
}

enum err_code
db_examine(const char *path, struct err *err)
{
	sqlite3 *db = NULL;

	if (!open_source(path, &db, err) && !is_ours(db, path, err))
		(void)!is_whole(db, path, err);
	sqlite3_close(db);
	return err->code;
}

/*
 * The first bytes of a database: who made it, and that it keeps no log beside it.  A database in
 * use keeps one from its creation on; seal() ends that in a copy.
 */
static const char *
why_no_copy(int fd)
{
	enum { WRITE_VERSION = 18, READ_VERSION = 19, APPLICATION = 68, HEADER = 100 };
	static const char magic[] = "SQLite format 3";
	uint8_t header[HEADER];
	uint32_t application = 0;
	struct stat st;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return "it is no file";
	if (pread(fd, header, sizeof header, 0) != HEADER ||
		memcmp(header, magic, sizeof magic) != 0)
		return "it exists and is no backup of otactl";
	for (int i = 0; i < 4; i++)
		application = application << 8 | header[APPLICATION + i];
	if (application != DB_APPLICATION_ID)
		return "it exists and is no backup of otactl";
	return header[WRITE_VERSION] == 1 && header[READ_VERSION] == 1 ? NULL
								       : "it is a database in use";
}

static bool
has_log(const char *path)
{
	static const char *const suffixes[] = { "-wal", "-shm", "-journal" };
	char log[PATH_MAX + 16];

	for (size_t i = 0; i < COUNT(suffixes); i++) {
		snprintf(log, sizeof log, "%s%s", path, suffixes[i]);
		if (!access(log, F_OK))
			return true;
	}
	return false;
}

enum err_code
db_copy_check(const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), error = errno;
	const char *why;

	if (fd < 0)
		why = error == ELOOP ? "it is a symbolic link" : strerror(error);
	else
		why = why_no_copy(fd);
	if (fd >= 0)
		close(fd);
	if (!why && has_log(path))
		why = "it is a database in use";
	if (!why)
		return ERR_OK;
	err_set(err, fd < 0 && error == ENOENT ? ERR_NOT_FOUND : ERR_CONFLICT,
		"%s is not written over", QUOTE(path));
	err_why(err, "%s", why);
	return err_fix(err, "name another file, or move it away");
}

enum err_code
db_copy(const char *from, const char *to, bool single, const struct copy_progress *progress,
	struct err *err)
{
	sqlite3 *db = NULL;

	if (!open_source(from, &db, err))
		(void)!copy(db, from, to, single, progress, err);
	sqlite3_close(db);
	return err->code;
}
