#include "cli/block.h"

#include "core/str.h"

#include <ctype.h>

enum { STEP = 2, COLUMNS = 32, LINE = 60, PAGE = 120 };

/* Text from outside, each unprintable byte as \xNN. */
static void
escaped(struct buf *buf, const char *text)
{
	for (size_t step; *text; text += step) {
		step = str_printable_step(text, strlen(text));
		if (step)
			buf_add(buf, text, step);
		else
			buf_printf(buf, "\\x%02x", (unsigned char)*text);
		step += !step;
	}
}

static void
text_add(struct buf *buf, const cJSON *value)
{
	const cJSON *item;

	if (!value || cJSON_IsNull(value) ||
		((cJSON_IsArray(value) || cJSON_IsObject(value)) && !value->child)) {
		buf_text(buf, "-");
	} else if (cJSON_IsString(value)) {
		escaped(buf, value->valuestring);
	} else if (cJSON_IsBool(value)) {
		buf_text(buf, cJSON_IsTrue(value) ? "yes" : "no");
	} else if (cJSON_IsNumber(value)) {
		char *number = cJSON_PrintUnformatted(value);

		buf_text(buf, number);
		free(number);
	} else {
		cJSON_ArrayForEach(item, value)
		{
			if (item != value->child)
				buf_text(buf, " ");
			if (item->string)
				buf_printf(buf, "%s=", item->string);
			text_add(buf, item);
		}
	}
}

char *
block_text(const cJSON *value)
{
	struct arena arena = { NULL };
	struct buf buf = { .arena = &arena };
	char *ret;

	text_add(&buf, value);
	ret = strdup(buf.text ? buf.text : "");
	arena_done(&arena);
	return ret;
}

/* A list of objects, or an object that is too long for a line. */
static bool
is_nested(const cJSON *value)
{
	char *text;
	bool ret;

	if (!cJSON_IsObject(value))
		return cJSON_IsArray(value) && cJSON_IsObject(value->child);
	text = block_text(value);
	ret = strlen(text) > LINE;
	free(text);
	return ret;
}

static bool
is_flat(const cJSON *object)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, object)
	{
		if (is_nested(item))
			return false;
	}
	return true;
}

/* The names of the members that some object of the list fills, in their order; how many. */
static int
columns_of(const cJSON *list, const char **names)
{
	const cJSON *item, *object;
	int count = 0;

	cJSON_ArrayForEach(item, list->child)
	{
		cJSON_ArrayForEach(object, list)
		{
			const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, item->string);

			if (!value || cJSON_IsNull(value) || count == COLUMNS)
				continue;
			names[count++] = item->string;
			break;
		}
	}
	return count;
}

/* A column's name as the title of a table. */
static char *
title(const char *name)
{
	char *ret = strdup(name);

	for (char *at = ret; at && *at; at++)
		*at = *at == '_' ? ' ' : (char)toupper((unsigned char)*at);
	return ret;
}

static int
wider(int width, const char *text)
{
	int length = (int)strlen(text);

	return length > width ? length : width;
}

/* The cell of the row `object`, or the title where it is NULL: malloc'd. */
static char *
cell(const cJSON *object, const char *name)
{
	return object ? block_text(cJSON_GetObjectItemCaseSensitive(object, name)) : title(name);
}

static void
row_print(const cJSON *object, const char *const *names, const int *widths, int count, int indent)
{
	printf("%*s", indent, "");
	for (int i = 0; i < count; i++) {
		char *text = cell(object, names[i]);

		if (i + 1 < count)
			printf("%-*s  ", widths[i], text);
		else
			puts(text);
		free(text);
	}
}

/* False, and nothing is printed, where the rows would be too wide to be read. */
static bool
table_print(const cJSON *list, int indent)
{
	const char *names[COLUMNS];
	int widths[COLUMNS] = { 0 }, count = columns_of(list, names), all = indent;
	const cJSON *object;

	for (int i = 0; i < count; i++) {
		widths[i] = (int)strlen(names[i]);
		cJSON_ArrayForEach(object, list)
		{
			char *text = cell(object, names[i]);

			widths[i] = wider(widths[i], text);
			free(text);
		}
		all += widths[i] + STEP;
	}
	if (all > PAGE)
		return false;
	row_print(NULL, names, widths, count, indent);
	cJSON_ArrayForEach(object, list)
	{
		row_print(object, names, widths, count, indent);
	}
	return true;
}

static void
list_print(const cJSON *list, int indent)
{
	const cJSON *object;
	bool flat = true;

	cJSON_ArrayForEach(object, list)
	{
		flat = flat && is_flat(object);
	}
	if (flat && table_print(list, indent))
		return;
	cJSON_ArrayForEach(object, list)
	{
		if (object != list->child)
			putchar('\n');
		block_print(object, indent);
	}
}

static void
lines_print(const char *text, int indent)
{
	struct arena arena = { NULL };

	for (size_t length; *text; text += length + (text[length] == '\n')) {
		struct buf buf = { .arena = &arena };

		length = strcspn(text, "\n");
		escaped(&buf, arena_copy_n(&arena, text, length));
		printf("%*s%s\n", indent, "", buf.text ? buf.text : "");
	}
	arena_done(&arena);
}

static bool
has_lines(const cJSON *value)
{
	return cJSON_IsString(value) && strchr(value->valuestring, '\n');
}

void
block_print(const cJSON *object, int indent)
{
	const cJSON *item;
	int width = 0;

	cJSON_ArrayForEach(item, object)
	{
		if (!is_nested(item) && !has_lines(item))
			width = wider(width, item->string);
	}
	cJSON_ArrayForEach(item, object)
	{
		if (is_nested(item) || has_lines(item)) {
			printf("%*s%s:\n", indent, "", item->string);
			if (cJSON_IsArray(item))
				list_print(item, indent + STEP);
			else if (cJSON_IsObject(item))
				block_print(item, indent + STEP);
			else
				lines_print(item->valuestring, indent + STEP);
		} else {
			char *text = block_text(item);

			printf("%*s%-*s  %s\n", indent, "", width, item->string, text);
			free(text);
		}
	}
}
