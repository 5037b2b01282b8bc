/* Whole copies of a database by the engine's online backup: also while others read and write it. */
#pragma once

#include "core/err.h"

struct copy_progress {
	void (*tell)(void *data, int64_t done, int64_t all); /* pages; may be NULL */
	void *data;
};

/*
 * Copy the database `from` over the database `to` (made where it is missing), as one transaction.
 * With `single` the copy is one file without a log beside it, checked page by page and on the disk.
 * ERR_NOT_FOUND: no such file; ERR_CONFLICT: one of them is not a database of otactl; ERR_BUSY:
 * somebody writes for too long; ERR_IO: unreadable, damaged, full.
 */
enum err_code db_copy(const char *from, const char *to, bool single,
	const struct copy_progress *progress, struct err *err) MUST_USE;

/*
 * Whether a file is a single one that db_copy() made, which a newer copy may take the place of.
 * ERR_NOT_FOUND: there is none.  ERR_CONFLICT: it is a link, something else, or a database that
 * somebody works with.
 */
enum err_code db_copy_check(const char *path, struct err *err) MUST_USE;

/* Whether a file is a database of otactl and whole: ERR_NOT_FOUND, ERR_CONFLICT, ERR_IO. */
enum err_code db_examine(const char *path, struct err *err) MUST_USE;
