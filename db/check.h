/* What `db check` asks of the rows; whether the counters say the same is asked by db/recount.h. */
#pragma once

#include "db/row.h"

/*
 * Findings as texts in the arena: the engine's own check, broken references, rows that cannot be
 * read, devices with two open executions.
 */
enum err_code db_check_findings(struct db *db, struct arena *arena, const char ***ret,
	size_t *count, struct err *err) MUST_USE;

/* The rows of any table that cannot be read, a line each value, and what mends it. */
enum err_code db_check_rows(
	struct db *db, struct arena *arena, struct row_unread *out, struct err *err) MUST_USE;

/* A cursor over the distinct files of all packages. */
struct stmt *db_check_file_cursor(struct db *db);

/* The next file of that cursor; the text lives until the next step. */
enum db_step db_check_file_each(
	struct stmt *cursor, const char **sha256, int64_t *size, struct err *err);

/* The packages that hold a file. */
enum err_code db_check_packages_of(struct db *db, struct arena *arena, const char *sha256,
	int64_t **ret, size_t *count, struct err *err) MUST_USE;
