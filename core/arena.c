#include "core/arena.h"

#include <stdalign.h>

enum { BLOCK = 64 * 1024 };

struct arena_block {
	struct arena_block *next;
	size_t used, room;
	alignas(max_align_t) char data[];
};

static struct arena_block *
block_new(size_t room)
{
	struct arena_block *block = malloc(sizeof *block + room);

	if (!block) {
		fputs("otactl: out of memory\n", stderr);
		exit(ERR_INTERNAL);
	}
	block->next = NULL;
	block->used = 0;
	block->room = room;
	return block;
}

void *
arena_alloc(struct arena *arena, size_t size)
{
	struct arena_block *block = arena->head;
	void *ret;

	size = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	if (!block || block->room - block->used < size) {
		block = block_new(size > BLOCK ? size : BLOCK);
		block->next = arena->head;
		arena->head = block;
	}
	ret = block->data + block->used;
	block->used += size;
	return memset(ret, 0, size);
}

char *
arena_copy_n(struct arena *arena, const char *text, size_t length)
{
	char *ret = arena_alloc(arena, length + 1);

	memcpy(ret, text, length);
	return ret;
}

char *
arena_copy(struct arena *arena, const char *text)
{
	return arena_copy_n(arena, text, strlen(text));
}

void *
arena_room(struct arena *arena, void *list, size_t count, size_t size)
{
	void *bigger;

	if (count && (count < 8 || count & (count - 1)))
		return list;
	bigger = arena_alloc(arena, (count ? count * 2 : 8) * size);
	if (count)
		memcpy(bigger, list, count * size);
	return bigger;
}

static char *
format_into(struct arena *arena, const char *format, va_list args)
{
	va_list again;
	int length;
	char *ret;

	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	ret = arena_alloc(arena, (size_t)length + 1);
	vsnprintf(ret, (size_t)length + 1, format, args);
	return ret;
}

char *
arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;
	char *ret;

	va_start(args, format);
	ret = format_into(arena, format, args);
	va_end(args);
	return ret;
}

void
arena_reset(struct arena *arena)
{
	struct arena_block *block = arena->head;

	if (!block)
		return;
	while (block->next) {
		struct arena_block *next = block->next;

		free(block);
		block = next;
	}
	block->used = 0;
	arena->head = block;
}

void
arena_done(struct arena *arena)
{
	arena_reset(arena);
	free(arena->head);
	arena->head = NULL;
}

void
buf_add(struct buf *buf, const char *text, size_t length)
{
	if (buf->room - buf->length <= length) {
		size_t room = (buf->length + length + 1) * 2;
		char *bigger;

		if (room < 256)
			room = 256;
		bigger = arena_alloc(buf->arena, room);
		if (buf->length)
			memcpy(bigger, buf->text, buf->length);
		buf->text = bigger;
		buf->room = room;
	}
	memcpy(buf->text + buf->length, text, length);
	buf->length += length;
	buf->text[buf->length] = '\0';
}

void
buf_text(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void
buf_printf(struct buf *buf, const char *format, ...)
{
	char small[512];
	va_list args, again;
	int length;

	va_start(args, format);
	va_copy(again, args);
	length = vsnprintf(small, sizeof small, format, args);
	va_end(args);
	if ((size_t)length < sizeof small)
		buf_add(buf, small, (size_t)length);
	else
		buf_text(buf, format_into(buf->arena, format, again));
	va_end(again);
}
