/*
 * Rows as structs.  One table of columns per struct reads, lists and writes it: the columns and the
 * parameters of a statement meet the members by name, and where they stand is found once per
 * prepared statement.
 *
 * What is read is input, not an invariant: others can write the file.  A column of a wrong type, a
 * text that its member does not hold, a word that the program does not know and a blob of another
 * length are ERR_IO that names the table, the row and the column; nothing is cut and nothing ends
 * the process.  A member without a column, or a parameter without a member, is a bug of ours
 * and is asserted.
 */
#pragma once

#include "core/member.h"
#include "db/db.h"

struct row {
	const char *table; /* of the database, for messages */
	int keys;	   /* so many first members tell a row from others; 0: there is one, id 1 */
	const struct member *members;
	size_t count;
	size_t size; /* of the struct */
};

/*
 * The table of a struct: ROW(component, COLUMN(component, id), WORD(component, type, type_words)).
 */
#define ROW(type, ...) ROW_OF(#type, 1, type, __VA_ARGS__)

/*
 * The same where the database's table has another name than the struct, or a key of several
 * columns.
 */
#define ROW_OF(name, key_columns, type, ...)                                                       \
	{                                                                                          \
		.table = (name), .keys = (key_columns),                                            \
		.members = (const struct member[]){ __VA_ARGS__ },                                 \
		.count = COUNT(((const struct member[]){ __VA_ARGS__ })),                          \
		.size = sizeof(struct type)                                                        \
	}

/* A member and the column or parameter of its name, or of another. */
#define COLUMN(type, member)		MEMBER(type, member)
#define COLUMN_AS(type, member, as)	MEMBER_AS(type, member, as)
#define MAYBE_AS(type, member, has, as) MEMBER_MAYBE(type, member, has, as)
/*
 * A column that is part of the key and no member: named in messages, given as a parameter in
 * `more`.
 */
#define KEY(as)                                                                                    \
	{                                                                                          \
		.name = (as), .kind = MEMBER_KIND_MAX                                              \
	}
/* An enum that is stored as a word, under another name too, or as its number below a limit. */
#define WORD(type, member, words)	 MEMBER_WORDS(type, member, words)
#define WORD_AS(type, member, words, as) MEMBER_WORDS_AS(type, member, words, as)
#define CODE(type, member, limit)	 MEMBER_NUMBER(type, member, limit)

/*
 * Read the present row of a statement into the struct at `ret`; what the table does not name is
 * zero.  Its texts are copied into the arena; without an arena they live until the next step.
 * ERR_IO as above: *ret is not to be used then, and the statement may be stepped on.
 */
enum err_code db_row_read(struct stmt *stmt, const struct row *row, struct arena *arena, void *ret,
	struct err *err) MUST_USE;

/* Step and read: a cursor.  DB_FAILED also where the row cannot be read. */
enum db_step db_row_next(
	struct stmt *stmt, const struct row *row, struct arena *arena, void *ret, struct err *err);

/* The first row of a statement, which is reset; *found is false and *ret untouched without one. */
enum err_code db_row_get(struct stmt *stmt, const struct row *row, struct arena *arena, void *ret,
	bool *found, struct err *err) MUST_USE;

/* The same where there has to be a row: ERR_NOT_FOUND, saying `missing`, without one. */
enum err_code db_row_one(struct stmt *stmt, const struct row *row, struct arena *arena, void *ret,
	const char *missing, struct err *err) MUST_USE;

/*
 * All rows of a statement, in the arena.  `ret` points to a pointer to the struct, which is NULL
 * where there are none.  One row that cannot be read fails the list.
 */
enum err_code db_row_list(struct stmt *stmt, const struct row *row, struct arena *arena, void *ret,
	size_t *count, struct err *err) MUST_USE;

/* Why rows were left out of a list, a line each, in the list's arena. */
struct row_unread {
	const char **list;
	size_t count;
};

/* The same, but rows that cannot be read are left out and named in `unread`; NULL: as above. */
enum err_code db_row_list_readable(struct stmt *stmt, const struct row *row, struct arena *arena,
	void *ret, size_t *count, struct row_unread *unread, struct err *err) MUST_USE;

/* Add an error to those lines. */
void db_row_unread_add(struct row_unread *unread, struct arena *arena, const struct err *err);

/*
 * Look at all rows of a statement as db_row_read() does and add a line for every value that does
 * not fit: the row, what is wrong and the statement that mends it, where one can be named.  At most
 * 100 lines, and one that counts the rest.
 */
enum err_code db_row_examine(struct stmt *stmt, const struct row *row, struct arena *arena,
	struct row_unread *out, struct err *err) MUST_USE;

/*
 * Run a statement that returns nothing with the members of the struct at `from` as its parameters.
 * What no member gives comes from `more` (PARAMS, or NULL), which goes before a member of its name.
 * A text that is NULL is stored as ''.
 */
enum err_code db_row_write(struct db *db, enum sql id, const struct row *row, const void *from,
	const struct param *more, struct err *err) MUST_USE;
