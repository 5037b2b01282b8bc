/*
 * A view says once how the members of a struct are shown: the key of each in the JSON, the title of
 * its column where it has one, and what its value means.  Table, block and JSON are all made of it.
 *
 * How: view_json() walks the view and makes a JSON value of each member, so that what people read
 * cannot say something else than what programs read.  A member is a value (number, text, word,
 * yes or no, time), or it is nested: an object or a list of objects by a view of its own, a list of
 * texts, an object whose keys are data.  Under --json the object is printed as it is.  For people a
 * row of a list shows the titled members in the order of the view (out_row), and one thing is a
 * line for each member with blocks and tables for what is nested (out_show, cli/block.h).  What is
 * shown but stands in no single struct is gathered in a small one beside the command that shows it;
 * a value that no table can describe is made by a function.
 */
#pragma once

#include "cli/out.h"
#include "core/member.h"

/* What a member means, beyond its type. */
enum view_how {
	VIEW_VALUE,   /* as it is: number, yes or no, word, text; a NULL text is null */
	VIEW_MAYBE,   /* null where the text is empty or the number (of a word: its value) 0 */
	VIEW_FILLED,  /* no member at all where there is no value or the text is empty */
	VIEW_COUNT,   /* null where the number is below 0: it is off */
	VIEW_NUMBER,  /* an index from 0, shown from 1 */
	VIEW_TIME,    /* a moment, null where there is none */
	VIEW_SPAN,    /* seconds, as "24 h" */
	VIEW_ID,      /* a number that programs keep as a string */
	VIEW_PAIRS,   /* a pairs text, as an object */
	VIEW_TEXTS,   /* a list of texts */
	VIEW_LIST,    /* a list of objects by another view */
	VIEW_MAP,     /* a list as an object: the two members of its view are key and value */
	VIEW_PART,    /* an object by another view */
	VIEW_MEMBERS, /* the members of another view, among these */
	VIEW_MADE,    /* made by a function */
	VIEW_HOW_MAX
};

struct view {
	const struct view_member *list;
	size_t count;
};

struct view_member {
	const char *key, *title; /* title: of the column, or NULL: in no table */
	enum view_how how;
	struct member member; /* where it lies; of a list: its first thing or the pointer to it */
	const struct view *view;	   /* of what is nested */
	bool inside;			   /* a list whose things lie in the struct itself */
	size_t count, size;		   /* of a list: offset of its count, size of a thing */
	cJSON *(*make)(const void *thing); /* the value; null is cJSON_CreateNull() */
};

#define VIEW(...)                                                                                  \
	{                                                                                          \
		.list = (const struct view_member[]){ __VA_ARGS__ },                               \
		.count = COUNT(((const struct view_member[]){ __VA_ARGS__ }))                      \
	}

/* The member `name` of struct `type`, under the key `as` and in the column `titled`. */
#define SHOW(type, name, as, titled, means)                                                        \
	{                                                                                          \
		.key = (as), .title = (titled), .how = (means), .member = MEMBER(type, name)       \
	}

/* The same of an enum, by its words. */
#define SHOW_WORD(type, name, table, as, titled, means)                                            \
	{                                                                                          \
		.key = (as), .title = (titled), .how = (means),                                    \
		.member = MEMBER_WORDS(type, name, table)                                          \
	}

/* The same where the bool `has` says whether there is a value. */
#define SHOW_WHERE(type, name, has, as, titled, means)                                             \
	{                                                                                          \
		.key = (as), .title = (titled), .how = (means),                                    \
		.member = MEMBER_MAYBE(type, name, has, #name)                                     \
	}

/* A bool as one of two words. */
#define SHOW_EITHER(type, name, no, yes, as, titled)                                               \
	{                                                                                          \
		.key = (as), .title = (titled), .how = VIEW_VALUE, .member = {                     \
			.kind = MEMBER_BOOL,                                                       \
			.offset = offsetof(struct type, name),                                     \
			.words = (const char *const[2]){ no, yes },                                \
			.count = 2                                                                 \
		}                                                                                  \
	}

/* VIEW_LIST and VIEW_MAP of the `counter` things that the member points to. */
#define SHOW_LIST(type, name, counter, as, means, by)                                              \
	{                                                                                          \
		.key = (as), .how = (means), .member = SHOW_AT(type, name), .view = (by),          \
		.count = offsetof(struct type, counter), .size = sizeof *((struct type *)0)->name  \
	}

/* A list of texts: an array in the struct, or a pointer to one. */
#define SHOW_TEXTS(type, name, counter, as)                                                        \
	{                                                                                          \
		.key = (as), .how = VIEW_TEXTS, .member = SHOW_AT(type, name),                     \
		.inside = SHOW_INSIDE(type, name), .count = offsetof(struct type, counter)         \
	}

/* VIEW_PART of a struct within the struct. */
#define SHOW_PART(type, name, as, by)                                                              \
	{                                                                                          \
		.key = (as), .how = VIEW_PART, .member = SHOW_AT(type, name), .view = (by)         \
	}

/* VIEW_MEMBERS of a struct within the struct. */
#define SHOW_MEMBERS(type, name, by)                                                               \
	{                                                                                          \
		.how = VIEW_MEMBERS, .member = SHOW_AT(type, name), .view = (by)                   \
	}

/* VIEW_MEMBERS of the same struct: what several views have in common. */
#define SHOW_BESIDE(by)                                                                            \
	{                                                                                          \
		.how = VIEW_MEMBERS, .view = (by)                                                  \
	}

/* VIEW_PART of members of the same struct: they are an object only when they are shown. */
#define SHOW_BLOCK(as, by)                                                                         \
	{                                                                                          \
		.key = (as), .how = VIEW_PART, .view = (by)                                        \
	}

/* What a function makes of the whole thing. */
#define SHOW_MADE(function, as, titled)                                                            \
	{                                                                                          \
		.key = (as), .title = (titled), .how = VIEW_MADE, .make = (function)               \
	}

#define SHOW_AT(type, name)                                                                        \
	{                                                                                          \
		.kind = MEMBER_KIND_MAX, .offset = offsetof(struct type, name)                     \
	}
#define SHOW_INSIDE(type, name)                                                                    \
	_Generic(&((struct type *)0)->name,                                                        \
		const char ***: false,                                                             \
		const char *const **: false,                                                       \
		default: true)

/* The thing as a JSON object, the caller's. */
cJSON *view_json(const struct view *view, const void *thing);

/* Begin a list whose columns are the titled members; its rows come through out_row(). */
void out_view_begin(struct out *out, const struct view *view);

/* One row of that list. */
void out_row(struct out *out, const struct view *view, const void *thing);

/* A whole list of `count` things of `size` bytes each. */
void out_view(
	struct out *out, const struct view *view, const void *list, size_t size, size_t count);

/* One thing: its JSON, or for people a line, a block or a table for each member. */
void out_show(struct out *out, const struct view *view, const void *thing);

/* The same where people read sentences, which `people` prints with out_line() and out_view(). */
void out_show_as(struct out *out, const struct view *view, const void *thing,
	void (*people)(struct out *out, const void *thing));
