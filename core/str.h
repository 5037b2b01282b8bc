/* Strings: checks of names from outside, quoting for messages, numbers, lines. */
#pragma once

#include "core/arena.h"

/* The kinds of words people and devices choose; each has a character set and a length. */
enum word {
	WORD_NAME, /* [A-Za-z0-9][A-Za-z0-9_-]{0,63}: products, plans, groups, strategies, keys */
	WORD_IDENTITY,	/* the same, at most 32, and no reserved word of the native protocol */
	WORD_VERSION,	/* [A-Za-z0-9_-][A-Za-z0-9._-]{0,63} */
	WORD_DEVICE,	/* [A-Za-z0-9._:-]{1,128} */
	WORD_LABEL,	/* label key: [A-Za-z0-9][A-Za-z0-9._/-]{0,62} */
	WORD_VALUE,	/* label value: [A-Za-z0-9._:/-]{0,63} */
	WORD_ATTRIBUTE, /* printable UTF-8 without control characters, at most 128 bytes */
	WORD_REPORTED,	/* a version a device reports: printable ASCII, at most 64, may be empty */
	WORD_REMARK,	/* printable UTF-8 without control characters, at most 200 bytes */
	WORD_FILE,	/* file name: [A-Za-z0-9_][A-Za-z0-9._+-]{0,127} */
	WORD_PATH,	/* relative path of such names, also with blanks in them or a dot first */
	WORD_MAX
};

/* True when `text` is such a word. */
bool word_is(enum word word, const char *text);

/*
 * ERR_OK, or ERR_USAGE/ERR_INPUT as given, with the rule in words; `what` names the thing ("plan
 * name").
 */
enum err_code word_check(enum word word, const char *what, const char *text, enum err_code code,
	struct err *err) MUST_USE;

/*
 * What goes into a message for text from outside: what is not printable escaped, cut after 60
 * bytes.
 */
struct quoted {
	char text[256];
};
/* Quote a text so; it may hold anything. */
struct quoted str_quote(const char *text);
#define QUOTE(string) (str_quote(string).text)

/* True when `text` is a decimal integer within [low, high]; no blanks, no plus sign. */
bool str_int(const char *text, int64_t low, int64_t high, int64_t *ret);

/*
 * True when `text` is a decimal number, such as "9", "-9.5" or "1e3", that fits when it is rounded
 * down; that is *ret.  *whole tells whether that is all of it.
 */
bool str_number(const char *text, int64_t *ret, bool *whole);

/*
 * True when `text` is a decimal number with at most two places, "1", "1.2" or "1.25", whose
 * hundredths are within [low, high]; they are *ret.  No sign, no blanks, a digit on each side of
 * the point.
 */
bool str_hundredths(const char *text, int64_t low, int64_t high, int64_t *ret);

/* Copy into a fixed field; the caller has checked the length (asserted). */
void str_copy(char *field, size_t room, const char *text);

/*
 * Copy what fits into a fixed field of at least 4 bytes.  What does not fit ends in "..." and holds
 * no half of a UTF-8 character: for texts of our own that hold others.
 */
void str_cut(char *field, size_t room, const char *text);

/* The text without the blanks around it; in the arena where it has to be cut. */
const char *str_trim(struct arena *arena, const char *text);

/* True when the text begins with the prefix, which may be all of it. */
bool str_starts(const char *text, const char *prefix);

/* True when the text ends with the suffix, which may be all of it. */
bool str_ends(const char *text, const char *suffix);

/* Lower-case hex of `size` bytes into ret, which holds 2*size+1. */
void str_hex(const uint8_t *bytes, size_t size, char *ret);

/* Parse exactly `size` bytes of lower-case hex. */
bool str_unhex(const char *text, uint8_t *ret, size_t size);

/*
 * The bytes of the printable character that `length` bytes begin with; 0: they begin with none.
 * Printable is UTF-8 that stays in its place: no control characters (C0, DEL, C1), no line
 * separators, no marks of direction or order.
 */
size_t str_printable_step(const char *text, size_t length);

/* True when `length` bytes are such characters throughout. */
bool str_printable(const char *text, size_t length);
