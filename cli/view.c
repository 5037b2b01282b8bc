#include "cli/view.h"

#include <assert.h>
#include <inttypes.h>

static void
text_put(cJSON *object, const struct view_member *shown, const char *text)
{
	put_text(object, shown->key, shown->how == VIEW_MAYBE && text && !*text ? NULL : text);
}

static void
number_put(cJSON *object, const struct view_member *shown, int64_t number)
{
	struct arena arena = { NULL };

	if (shown->how == VIEW_TIME)
		put_time(object, shown->key, number);
	else if (shown->how == VIEW_ID)
		put_text(object, shown->key, arena_printf(&arena, "%" PRId64, number));
	else if (shown->how == VIEW_MAYBE && !number)
		put_null(object, shown->key);
	else
		put_int(object, shown->key, number);
	arena_done(&arena);
}

cJSON *
view_put(cJSON *object, const struct view *view, const void *thing)
{
	for (size_t i = 0; i < view->count; i++) {
		const struct view_member *shown = &view->list[i];
		const struct member *member = &shown->member;

		if (!member_present(member, thing))
			put_null(object, shown->key);
		else if (member->kind == MEMBER_FIELD || member->kind == MEMBER_TEXT ||
			 member->kind == MEMBER_WORD)
			text_put(object, shown, member_text(member, thing));
		else if (member->kind == MEMBER_BOOL)
			put_bool(object, shown->key, member_int(member, thing));
		else
			number_put(object, shown, member_int(member, thing));
	}
	return object;
}

void
view_put_list(cJSON *object, const char *key, const struct view *view, const void *list,
	size_t size, size_t count)
{
	cJSON *array = cJSON_AddArrayToObject(object, key);

	for (size_t i = 0; i < count; i++)
		cJSON_AddItemToArray(
			array, view_put(cJSON_CreateObject(), view, (const char *)list + i * size));
}

void
out_view_begin(struct out *out, const struct view *view)
{
	size_t count = 0;

	for (size_t i = 0; i < view->count; i++)
		if (view->list[i].title) {
			assert(count < OUT_COLUMNS);
			out->titled[count++] =
				(struct column_view){ view->list[i].key, view->list[i].title };
		}
	out_list_begin(out, out->titled, count);
}

void
out_row(struct out *out, const struct view *view, const void *thing)
{
	out_list_row(out, view_put(cJSON_CreateObject(), view, thing));
}

void
out_view(struct out *out, const struct view *view, const void *list, size_t size, size_t count)
{
	out_view_begin(out, view);
	for (size_t i = 0; i < count; i++)
		out_row(out, view, (const char *)list + i * size);
	out_list_end(out);
}
