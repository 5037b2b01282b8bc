#include "plans/base/beside.h"

#include "core/str.h"
#include "plans/base/file.h"

#include <sys/stat.h>

/* The engine's files, and ours: high.c, setup.c, tick.c. */
static const char *const suffixes[] = { "", "-wal", "-shm", "-journal", ".high", ".high.new",
	".token-key", ".tick" };

static bool
same(const char *path, const char *other)
{
	struct stat a, b;

	return !stat(path, &a) && !stat(other, &b) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* The same file, or the same name in the same folder. */
static bool
meets(struct arena *arena, const char *path, const char *other)
{
	return same(path, other) ||
	       (!strcmp(file_base(path), file_base(other)) &&
		       same(file_folder(arena, path), file_folder(arena, other)));
}

/* Beside the database as it is called, and beside the file that a link of this name leads to. */
bool
beside_is_own(struct session *session, const char *path)
{
	char *real = realpath(session->path, NULL);
	const char *names[] = { session->path,
		real ? arena_copy(&session->arena, real) : session->path };

	free(real);
	for (size_t n = 0; n < COUNT(names); n++)
		for (size_t i = 0; i < COUNT(suffixes); i++)
			if (meets(&session->arena, path,
				    arena_printf(&session->arena, "%s%s", names[n], suffixes[i])))
				return true;
	return false;
}

enum err_code
beside_check(struct session *session, const char *path, struct err *err)
{
	const char *store = session_store(session), *why;

	if (beside_is_own(session, path))
		why = "it is the database in use, or a file that belongs to it";
	else if (same(path, store) || same(file_folder(&session->arena, path), store))
		why = "that is the artifact store";
	else
		return ERR_OK;
	err_set(err, ERR_CONFLICT, "%s is not written over", QUOTE(path));
	err_why(err, "%s", why);
	return err_fix(err, "name another file, best in another folder");
}

enum err_code
beside_write(struct session *session, const char *path, const char *text, struct err *err)
{
	if (beside_check(session, path, err))
		return err->code;
	return text_write(path, text, 0644, true, err);
}
