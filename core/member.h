/*
 * What a program has to know of one member of a struct to store, read back or show it: its name,
 * where it lies and what it is.  Tables of these stand beside the structs' users: db/row.h makes
 * rows of them, cli/view.h output.  The kind follows from the member's type, so a table cannot
 * say something else than the struct; a type that is not listed here does not compile.
 */
#pragma once

#include "core/err.h"

enum member_kind {
	MEMBER_INT64, /* int64_t */
	MEMBER_INT,   /* int */
	MEMBER_BOOL,  /* bool */
	MEMBER_FIELD, /* char[]: a text of at most size - 1 bytes */
	MEMBER_TEXT,  /* const char *: a text that lives elsewhere */
	MEMBER_BLOB,  /* uint8_t[]: exactly size bytes */
	MEMBER_WORD,  /* an enum, known outside by the words of a table */
	MEMBER_CODE,  /* an enum without words, known outside by its number */
	MEMBER_KIND_MAX
};

struct member {
	const char *name; /* of the column, the parameter or the JSON key */
	enum member_kind kind;
	size_t offset, size;
	const char *const *words; /* MEMBER_WORD: index = value; no word is missing */
	int count;		  /* MEMBER_WORD, MEMBER_CODE: values are below this */
	size_t presence; /* offset of a bool that says whether there is a value, + 1; 0: always */
};

/* One entry of a table: "struct TYPE has the member MEMBER". */
#define MEMBER(type, member) MEMBER_AS(type, member, #member)

/*
 * The same under another name, also for a member of a member: (device, metrics.at, "metrics_at").
 */
#define MEMBER_AS(type, member, as)                                                                \
	{                                                                                          \
		.name = (as), .kind = MEMBER_KIND(type, member),                                   \
		.offset = offsetof(struct type, member), .size = MEMBER_SIZE(type, member)         \
	}

/* A member that has a value only where the bool `has` of the same struct is true. */
#define MEMBER_MAYBE(type, member, has, as)                                                        \
	{                                                                                          \
		.name = (as), .kind = MEMBER_KIND(type, member),                                   \
		.offset = offsetof(struct type, member), .size = MEMBER_SIZE(type, member),        \
		.presence = offsetof(struct type, has) + 1                                         \
	}

/* An enum whose values are the indices of an array of words, all of them set. */
#define MEMBER_WORDS(type, member, table) MEMBER_WORDS_AS(type, member, table, #member)

/* The same under another name. */
#define MEMBER_WORDS_AS(type, member, table, as)                                                   \
	{                                                                                          \
		.name = (as), .kind = MEMBER_WORD, .offset = offsetof(struct type, member),        \
		.size = MEMBER_SIZE(type, member), .words = (table), .count = (int)COUNT(table)    \
	}

/* An enum that is stored as its number, from 0 to below `limit`. */
#define MEMBER_NUMBER(type, member, limit)                                                         \
	{                                                                                          \
		.name = #member, .kind = MEMBER_CODE, .offset = offsetof(struct type, member),     \
		.size = MEMBER_SIZE(type, member), .count = (limit)                                \
	}

#define MEMBER_SIZE(type, member) sizeof(((struct type *)0)->member)
#define MEMBER_KIND(type, member)                                                                  \
	_Generic(((struct type *)0)->member,                                                       \
		int64_t: MEMBER_INT64,                                                             \
		int: MEMBER_INT,                                                                   \
		bool: MEMBER_BOOL,                                                                 \
		char *: MEMBER_FIELD,                                                              \
		const char *: MEMBER_TEXT,                                                         \
		uint8_t *: MEMBER_BLOB)

/* Where the member lies in the struct at `base`; the blob's bytes, for one. */
static inline const void *
member_at(const struct member *member, const void *base)
{
	return (const char *)base + member->offset;
}

/* False where the member has no value: its bool says so. */
bool member_present(const struct member *member, const void *base);

/*
 * Set a number, a truth value or an enum's index, and the bool that says there is one.  The caller
 * has checked that it fits.
 */
void member_set_int(const struct member *member, void *base, int64_t value);

/*
 * Set a text, and the bool that says there is one.  A field gets a copy, which fits (asserted); a
 * text member points to `value`, which must live as long.
 */
void member_set_text(const struct member *member, void *base, const char *value);

/* The value of a number, a bool or an enum; not for texts and blobs. */
int64_t member_int(const struct member *member, const void *base);

/*
 * The text of a field, a text or an enum with words: it lives as long as the struct does, or the
 * text it points to.  NULL where a text is NULL, and for an enum's value that has no word.
 */
const char *member_text(const struct member *member, const void *base);
