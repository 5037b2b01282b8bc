/*
 * An arena: everything one command or one request allocates, freed at once.
 * Running out of memory ends the process with one line: the database holds all
 * state, and SQLite rolls back what was not committed.
 */
#pragma once

#include "core/err.h"

struct arena {
	struct arena_block *head; /* newest block; NULL when empty */
};

/* Return `size` zeroed bytes, aligned for any type, that live until arena_reset(). */
void *arena_alloc(struct arena *arena, size_t size);

/* Copy a string into the arena; the text may be in the same arena. */
char *arena_copy(struct arena *arena, const char *text);

/* Copy the first `length` bytes of a text, which has as many, into the arena and end them. */
char *arena_copy_n(struct arena *arena, const char *text, size_t length);

/*
 * Room for one more element behind the `count` that `list` holds: the list itself, or a copy twice
 * as long.  Start with NULL and 0.
 */
void *arena_room(struct arena *arena, void *list, size_t count, size_t size);

/* Format into the arena, as printf() does; the text is as long as it needs to be. */
char *arena_printf(struct arena *arena, const char *format, ...) PRINTF(2, 3);

/* Free everything but one block for the next request. */
void arena_reset(struct arena *arena);

/* Free everything. */
void arena_done(struct arena *arena);

/*
 * A text that grows in an arena.  Start with { .arena = &arena }; `text` is always
 * terminated once anything was added, and NULL before.
 */
struct buf {
	struct arena *arena;
	char *text;
	size_t length;
	size_t room;
};

/* Append `length` bytes; what buf->text pointed at before may be another place afterwards. */
void buf_add(struct buf *buf, const char *text, size_t length);

/* Append a string; else as buf_add(). */
void buf_text(struct buf *buf, const char *text);

/* Append what printf() would print; else as buf_add(). */
void buf_printf(struct buf *buf, const char *format, ...) PRINTF(2, 3);
