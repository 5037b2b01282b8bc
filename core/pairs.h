/*
 * Key-value pairs as one stored text: "key=value\n" lines, sorted by key, each key once.
 * Components, labels and attributes of a device and the parameters of a strategy are kept
 * so: one row holds them, equality of texts is equality of content, and no parser is needed
 * beyond a search for '=' and newline.  Keys hold no '=', values no newline (the word rules
 * of str.h see to that before anything gets here).
 */
#pragma once

#include "core/arena.h"

struct pair {
	const char *key, *value;
};

struct pairs {
	struct pair *list; /* sorted by key */
	size_t count;
};

/* Parse a stored text; a NULL or empty text has no pairs. */
struct pairs pairs_parse(struct arena *arena, const char *text);

/* The value for a key, or NULL. */
const char *pairs_get(const struct pairs *pairs, const char *key);

/* The value for a key of a stored text that is not parsed otherwise, in the arena, or NULL. */
const char *pairs_find(struct arena *arena, const char *text, const char *key);

/* Set or, with a NULL value, remove one key; `pairs` is replaced by a changed copy. */
void pairs_set(struct arena *arena, struct pairs *pairs, const char *key, const char *value);

/*
 * Cut "KEY=VALUE" at its first '=': the key in the arena, *value within `text`; NULL where there is
 * no '='.
 */
char *pairs_cut(struct arena *arena, const char *text, const char **value);

/* A stored text on one line, for messages and the audit: "a=1 b=2". */
char *pairs_line(struct arena *arena, const char *text);

/* The stored text; "" for none. */
char *pairs_format(struct arena *arena, const struct pairs *pairs);
