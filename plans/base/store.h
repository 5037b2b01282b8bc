/*
 * The artifact store: one folder, each file under its SHA-256, stored once.  A file enters by copy
 * to a temporary name, fsync, rename, fsync of the folder; the database row comes after.  A crash
 * leaves at most an orphan.
 */
#pragma once

#include "plans/base/session.h"

/*
 * In ingest.c: copy a regular file of 1 to `limit` bytes into the store, digesting it on the way.
 * ERR_INPUT: empty, too large, a directory, FIFO or device; ERR_IO: cannot be read or stored.  In a
 * dry run it is digested but not kept.
 */
enum err_code store_add(struct session *session, const char *path, int64_t limit,
	struct artifact *ret, struct err *err) MUST_USE;

/* In ingest.c: the size of a file that store_add() would take; its errors, and nothing stored. */
enum err_code store_look(const char *path, int64_t limit, int64_t *size, struct err *err) MUST_USE;

/* True when an artifact of this size is there. */
bool store_has(struct session *session, const char *sha256, int64_t size);

/* Open for reading; -1 when it is not there. */
int store_open(struct session *session, const char *sha256, int64_t *size);

/*
 * In collect.c: remove what no package names and nobody has touched for an hour; a dry run only
 * counts.
 */
enum err_code store_collect(
	struct session *session, int64_t *files, int64_t *bytes, struct err *err) MUST_USE;

/* In collect.c: bring artifacts that `to` lacks from folder `from`; *files is how many. */
enum err_code store_copy(struct session *session, const char *from, const char *to, int64_t *files,
	struct err *err) MUST_USE;
