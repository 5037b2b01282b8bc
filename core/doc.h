/*
 * A JSON document that was read: a flat list of its values, each with its parent.  The engine's own
 * parser fills it (db/json.c), so that the device door needs no second one.
 */
#pragma once

#include "core/arena.h"

enum doc_type { DOC_NULL, DOC_BOOL, DOC_INT, DOC_REAL, DOC_TEXT, DOC_ARRAY, DOC_OBJECT };

struct doc_value {
	int64_t id, parent;
	const char *key; /* of a member of an object, else NULL */
	enum doc_type type;
	const char *text; /* of a text; of a real, which an integer is that does not fit */
	int64_t number;	  /* of an integer or boolean */
};

struct doc {
	struct doc_value *list; /* the outermost value first */
	size_t count;
};

/* The member of an object, or NULL. */
const struct doc_value *doc_member(
	const struct doc *doc, const struct doc_value *object, const char *key);

/* The nesting of brackets outside strings: what is refused before any parser sees it. */
int doc_depth(const char *text, size_t length);
