/*
 * Bodies as tables.  One row says of one field which member of a struct it fills, how its value
 * is parsed, within which bounds, and what is said of a value that does not fit; field_read()
 * fills a struct from a JSON object by such rows.  A dialect of the door is little more than its
 * rows (after systemd's sd_json_dispatch_field).
 *
 *	static const struct field report_fields[] = {
 *		FIELD_NUMBER(report, progress, "progress", 0, 100),
 *		FIELD_TEXT(report, message, "message", WORD_REMARK),
 *	};
 */
#pragma once

#include "core/doc.h"
#include "core/member.h"
#include "core/str.h"

struct field;

/* Take a value, which is not null, into the struct at `base`; texts are not copied.  ERR_INPUT. */
typedef enum err_code (*field_parser)(const struct field *field, const struct doc *doc,
	const struct doc_value *value, void *base, struct err *err);

enum field_flag {
	FIELD_REQUIRED = 1, /* an object without it is refused */
	FIELD_PLAIN = 2,  /* number: also a decimal, rounded down, and a text that says a number */
	FIELD_EMPTY = 4,  /* text: may be empty */
	FIELD_JSON = 8,	  /* has no form in a query */
	FIELD_TRUTH = 16, /* number: a truth value is 0 or 1; no decimal is */
};

struct field {
	struct member member; /* its name is the field's; its presence is set with a value */
	field_parser parse;
	int64_t low, high;     /* of a number */
	enum word word;	       /* of a text */
	uint64_t values;       /* of a word: those that may be said, by bit */
	const char *complaint; /* of what does not fit or is missing; NULL: made of the row */
	unsigned flags;	       /* enum field_flag */
};

/* The parser of an integer from low to high; `doc` is not looked at. */
enum err_code field_number(const struct field *field, const struct doc *doc,
	const struct doc_value *value, void *base, struct err *err);

/* The parser of a text that is a word of the field's kind; `doc` is not looked at. */
enum err_code field_text(const struct field *field, const struct doc *doc,
	const struct doc_value *value, void *base, struct err *err);

/*
 * The parser of an enum that is said by one of the member's words, if its bit is in `values`; `doc`
 * is not looked at.
 */
enum err_code field_word(const struct field *field, const struct doc *doc,
	const struct doc_value *value, void *base, struct err *err);

/* A number, a text of one kind of word, and an enum that is said by its word, as rows. */
#define FIELD_NUMBER(type, m, as, lowest, highest)                                                 \
	{                                                                                          \
		.member = MEMBER_AS(type, m, as), .parse = field_number, .low = (lowest),          \
		.high = (highest)                                                                  \
	}
#define FIELD_TEXT(type, m, as, kind)                                                              \
	{                                                                                          \
		.member = MEMBER_AS(type, m, as), .parse = field_text, .word = (kind)              \
	}
#define FIELD_WORD(type, m, as, table, mask, sentence, flag)                                       \
	{                                                                                          \
		.member = { .name = (as),                                                          \
			.kind = MEMBER_WORD,                                                       \
			.offset = offsetof(struct type, m),                                        \
			.size = MEMBER_SIZE(type, m),                                              \
			.words = (table),                                                          \
			.count = (int)COUNT(table) },                                              \
		.parse = field_word, .word = WORD_NAME, .values = (mask), .complaint = (sentence), \
		.flags = (flag)                                                                    \
	}
#define FIELD_BIT(value) (UINT64_C(1) << (value))

/* The row of a name, or NULL. */
const struct field *field_find(const struct field *fields, size_t count, const char *name);

/*
 * Take the members of an object, in their order, into the struct at `base`, which holds the
 * defaults.  Names without a row and nulls are passed over.  ERR_INPUT: the first that does not
 * fit, or a required one that is missing.  Texts stay where the document has them.  A table has
 * at most 64 rows.
 */
enum err_code field_read(const struct field *fields, size_t count, const struct doc *doc,
	const struct doc_value *object, void *base, struct err *err) MUST_USE;

/* The same for one value of a query, which is a text whatever the field is. */
enum err_code field_read_text(
	const struct field *field, const char *text, void *base, struct err *err) MUST_USE;

/* Say that a value does not fit, in the field's words; ERR_INPUT. */
enum err_code field_refuse(const struct field *field, struct err *err);
