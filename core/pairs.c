#include "core/pairs.h"

struct pairs
pairs_parse(struct arena *arena, const char *text)
{
	struct pairs ret = { NULL, 0 };
	size_t lines = 0;

	if (!text || !*text)
		return ret;
	for (const char *at = text; (at = strchr(at, '\n')); at++)
		lines++;
	ret.list = arena_alloc(arena, lines * sizeof *ret.list);
	for (const char *at = text; *at; at++) {
		const char *equals = strchr(at, '='), *end = strchr(at, '\n');

		if (!end || !equals || equals > end)
			break;
		ret.list[ret.count].key = arena_copy_n(arena, at, (size_t)(equals - at));
		ret.list[ret.count++].value =
			arena_copy_n(arena, equals + 1, (size_t)(end - equals - 1));
		at = end;
	}
	return ret;
}

const char *
pairs_get(const struct pairs *pairs, const char *key)
{
	for (size_t i = 0; i < pairs->count; i++)
		if (!strcmp(pairs->list[i].key, key))
			return pairs->list[i].value;
	return NULL;
}

const char *
pairs_find(struct arena *arena, const char *text, const char *key)
{
	size_t length = strlen(key);

	for (const char *at = text; *at; at += strcspn(at, "\n"), at += *at == '\n')
		if (!strncmp(at, key, length) && at[length] == '=')
			return arena_copy_n(arena, at + length + 1, strcspn(at + length + 1, "\n"));
	return NULL;
}

void
pairs_set(struct arena *arena, struct pairs *pairs, const char *key, const char *value)
{
	struct pair *list = arena_alloc(arena, (pairs->count + 1) * sizeof *list);
	size_t count = 0, i = 0;

	while (i < pairs->count && strcmp(pairs->list[i].key, key) < 0)
		list[count++] = pairs->list[i++];
	if (value)
		list[count++] = (struct pair){ arena_copy(arena, key), arena_copy(arena, value) };
	for (; i < pairs->count; i++)
		if (strcmp(pairs->list[i].key, key) != 0)
			list[count++] = pairs->list[i];
	*pairs = (struct pairs){ list, count };
}

char *
pairs_format(struct arena *arena, const struct pairs *pairs)
{
	struct buf buf = { .arena = arena };

	buf_text(&buf, "");
	for (size_t i = 0; i < pairs->count; i++)
		buf_printf(&buf, "%s=%s\n", pairs->list[i].key, pairs->list[i].value);
	return buf.text;
}

char *
pairs_cut(struct arena *arena, const char *text, const char **value)
{
	const char *equals = strchr(text, '=');

	if (!equals)
		return NULL;
	*value = equals + 1;
	return arena_copy_n(arena, text, (size_t)(equals - text));
}

char *
pairs_line(struct arena *arena, const char *text)
{
	char *ret = arena_copy(arena, text);

	for (char *at = ret; *at; at++)
		if (*at == '\n')
			*at = at[1] ? ' ' : '\0';
	return ret;
}
