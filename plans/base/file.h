/*
 * Handles that close themselves, small files read and written whole (keys, signatures, manifests,
 * texts), and the parts of a path.
 */
#pragma once

#include "core/arena.h"

/* Close a handle where there is one, and leave -1 in its place; errno stays as it is.  For
 * CLEANUP. */
void fd_close(int *fd);

/*
 * The file's bytes in the arena, terminated.  ERR_NOT_FOUND, ERR_IO; ERR_INPUT when it is longer
 * than `limit` or holds a NUL byte.  `length` may be NULL.
 */
enum err_code text_read(struct arena *arena, const char *path, size_t limit, char **ret,
	size_t *length, struct err *err) MUST_USE;

/* The same for a secret: no symlink is followed and nobody else may read it (ERR_UNTRUSTED). */
enum err_code text_read_secret(
	struct arena *arena, const char *path, size_t limit, char **ret, struct err *err) MUST_USE;

/* Write a new file with this mode; ERR_CONFLICT when it exists and may not be replaced. */
enum err_code text_write(
	const char *path, const char *text, unsigned mode, bool replace, struct err *err) MUST_USE;

/* The name behind the last slash of a path, within it. */
const char *file_base(const char *path);

/* The folder that a path lies in, in the arena: "." where it has no slash, "/" for the root. */
char *file_folder(struct arena *arena, const char *path);

/*
 * "cannot WHAT 'PATH'", because of errno, which must not have changed since the call that failed.
 * Returns code.
 */
enum err_code file_errno(struct err *err, enum err_code code, const char *what, const char *path);
