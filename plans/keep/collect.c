/*
 * The artifact store as a folder: what nobody needs is removed, what is missing is brought from a
 * backup.
 */
#include "core/str.h"
#include "db/check.h"
#include "plans/base/change.h"
#include "plans/base/file.h"
#include "plans/base/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

enum { UNTOUCHED_S = 3600 };

static void
close_folder(DIR **folder)
{
	if (*folder)
		closedir(*folder);
}

static bool
is_artifact(const char *name)
{
	return strlen(name) == 64 && strspn(name, "0123456789abcdef") == 64;
}

static int
by_text(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* The digests that packages name, sorted. */
static enum err_code
named(struct session *session, const char ***ret, size_t *count, struct err *err)
{
	struct stmt *cursor = db_check_file_cursor(session->db);
	const char **list = NULL, *sha256;
	enum db_step step;
	int64_t size;
	size_t n = 0;

	while ((step = db_check_file_each(cursor, &sha256, &size, err)) == DB_ROW) {
		list = arena_room(&session->arena, list, n, sizeof *list);
		list[n++] = arena_copy(&session->arena, sha256);
	}
	if (n)
		qsort(list, n, sizeof *list, by_text);
	*ret = list;
	*count = n;
	return step == DB_DONE ? ERR_OK : err->code;
}

/*
 * An orphan, or what a killed package add left.  What is young may belong to an add that is under
 * way.
 */
static bool
is_waste(int folder, const char *name, const char **list, size_t count, struct stat *st)
{
	bool temporary = str_starts(name, ".new-");

	if ((!temporary && !is_artifact(name)) || fstatat(folder, name, st, AT_SYMLINK_NOFOLLOW) ||
		!S_ISREG(st->st_mode) || st->st_mtime > time(NULL) - UNTOUCHED_S)
		return false;
	return temporary || !count || !bsearch(&name, list, count, sizeof *list, by_text);
}

static enum err_code
collect(struct session *session, int64_t *files, int64_t *bytes, struct err *err)
{
	const char *path = session_store(session), **list;
	CLEANUP(close_folder) DIR *folder = opendir(path);
	struct dirent *entry;
	size_t count;

	if (!folder)
		return file_errno(err, ERR_IO, "read the folder", path);
	if (named(session, &list, &count, err))
		return err->code;
	while ((entry = readdir(folder))) {
		struct stat st;

		if (!is_waste(dirfd(folder), entry->d_name, list, count, &st))
			continue;
		if (!session->dry_run && unlinkat(dirfd(folder), entry->d_name, 0))
			return file_errno(err, ERR_IO, "remove", entry->d_name);
		++*files;
		*bytes += st.st_size;
	}
	return ERR_OK;
}

/*
 * A change like any other: an old copy of the database, which knows less, must not remove what it
 * does not name.
 */
enum err_code
store_collect(struct session *session, int64_t *files, int64_t *bytes, struct err *err)
{
	*files = *bytes = 0;
	if (change_begin(session, err))
		return err->code;
	(void)!collect(session, files, bytes, err);
	return change_finish(session, err->code, "artifacts",
		arena_printf(
			&session->arena, "%" PRId64 " files, %" PRId64 " bytes", *files, *bytes),
		err);
}

static bool
bytes_copy(int from, int to)
{
	char chunk[65536];
	ssize_t got;

	while ((got = read(from, chunk, sizeof chunk)) > 0)
		for (ssize_t done = 0, some; done < got; done += some)
			if ((some = write(to, chunk + done, (size_t)(got - done))) < 0)
				return false;
	return !got && !fchmod(to, 0440) && !fsync(to);
}

/*
 * A link where both are on one file system: artifacts never change.  Else a copy under a temporary
 * name.
 */
static enum err_code
artifact_copy(struct session *session, const char *from, const char *to, struct err *err)
{
	const char *fresh = arena_printf(&session->arena, "%s.new", to);
	CLEANUP(fd_close) int in = -1, out = -1;

	if (!link(from, to))
		return ERR_OK;
	in = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	out = in < 0 ? -1 : open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0440);
	if (out >= 0 && bytes_copy(in, out) && !rename(fresh, to))
		return ERR_OK;
	file_errno(err, ERR_IO, "copy", to);
	unlink(fresh);
	return err->code;
}

enum err_code
store_copy(
	struct session *session, const char *from, const char *to, int64_t *files, struct err *err)
{
	CLEANUP(close_folder) DIR *folder = opendir(from);
	struct dirent *entry;

	*files = 0;
	if (!folder)
		return file_errno(err, ERR_IO, "read the folder", from);
	if (mkdir(to, 02770) && errno != EEXIST)
		return file_errno(err, ERR_IO, "create the folder", to);
	while ((entry = readdir(folder))) {
		const char *there = arena_printf(&session->arena, "%s/%s", to, entry->d_name);

		if (!is_artifact(entry->d_name) || !access(there, F_OK))
			continue;
		if (artifact_copy(session,
			    arena_printf(&session->arena, "%s/%s", from, entry->d_name), there,
			    err))
			return err->code;
		++*files;
	}
	return ERR_OK;
}
