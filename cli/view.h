/*
 * A view says once how the members of a struct are shown: the key of each in the JSON, the title of its column where
 * it has one, and what its value means.  Table and JSON are both made of it.
 */
#pragma once

#include "cli/out.h"
#include "core/member.h"

/* What a value means, beyond its type. */
enum view_how {
	VIEW_VALUE, /* as it is: number, yes or no, word, text; a NULL text is null */
	VIEW_MAYBE, /* null where the text is empty or the number 0 */
	VIEW_TIME,  /* a moment, null where there is none */
	VIEW_ID,    /* a number that programs keep as a string */
};

struct view_member {
	const char *key, *title; /* title: of the column, or NULL: in the JSON only */
	enum view_how how;
	struct member member;
};

struct view {
	const struct view_member *list;
	size_t count;
};

#define VIEW(...)                                                                                  \
	{                                                                                          \
		.list = (const struct view_member[]){ __VA_ARGS__ },                               \
		.count = COUNT(((const struct view_member[]){ __VA_ARGS__ }))                      \
	}
#define SHOW(type, name, key, title, how)                                                          \
	{                                                                                          \
		key, title, how, MEMBER(type, name)                                                \
	}
#define SHOW_WORD(type, name, words, key, title)                                                   \
	{                                                                                          \
		key, title, VIEW_VALUE, MEMBER_WORDS(type, name, words)                            \
	}

/* Add the members of the thing at `thing`, in the order of the view.  Returns the object. */
cJSON *view_put(cJSON *object, const struct view *view, const void *thing);

/* Add a list of `count` things of `size` bytes each, as an array of objects under `key`. */
void view_put_list(cJSON *object, const char *key, const struct view *view, const void *list,
	size_t size, size_t count);

/* Begin a list whose columns are the titled members; its rows come through out_row() or out_list_row(). */
void out_view_begin(struct out *out, const struct view *view);

/* One row of that list. */
void out_row(struct out *out, const struct view *view, const void *thing);

/* A whole list of `count` things of `size` bytes each. */
void out_view(
	struct out *out, const struct view *view, const void *list, size_t size, size_t count);
