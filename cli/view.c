#include "cli/view.h"

#include "core/moment.h"

#include <assert.h>
#include <inttypes.h>

static cJSON *
text_json(const char *text)
{
	return text ? cJSON_CreateString(text) : cJSON_CreateNull();
}

static cJSON *
time_json(int64_t at)
{
	char text[MOMENT_TEXT];

	return text_json(at && at != MOMENT_NEVER ? moment_format(at, text) : NULL);
}

static cJSON *
span_json(int64_t seconds)
{
	char text[32];

	return cJSON_CreateString(moment_span(seconds, text));
}

static cJSON *
id_json(int64_t number)
{
	char text[24];

	snprintf(text, sizeof text, "%" PRId64, number);
	return cJSON_CreateString(text);
}

static cJSON *
number_json(const struct view_member *shown, int64_t number)
{
	if (shown->how == VIEW_TIME)
		return time_json(number);
	if (shown->how == VIEW_SPAN)
		return span_json(number);
	if (shown->how == VIEW_ID)
		return id_json(number);
	if ((shown->how == VIEW_MAYBE && !number) || (shown->how == VIEW_COUNT && number < 0))
		return cJSON_CreateNull();
	if (shown->member.words)
		return text_json(shown->member.words[number != 0]);
	if (shown->member.kind == MEMBER_BOOL)
		return cJSON_CreateBool(number != 0);
	return cJSON_CreateNumber((double)(number + (shown->how == VIEW_NUMBER)));
}

static cJSON *
pairs_json(const char *text)
{
	struct arena arena = { NULL };
	struct pairs pairs = pairs_parse(&arena, text);
	cJSON *ret = cJSON_CreateObject();

	for (size_t i = 0; i < pairs.count; i++)
		cJSON_AddItemToObject(ret, pairs.list[i].key, text_json(pairs.list[i].value));
	arena_done(&arena);
	return ret;
}

/* A number, a text or a word; NULL: VIEW_FILLED, and there is none. */
static cJSON *
scalar_json(const struct view_member *shown, const void *thing)
{
	const struct member *member = &shown->member;
	const char *text;

	if (!member_present(member, thing))
		return shown->how == VIEW_FILLED ? NULL : cJSON_CreateNull();
	if (member->kind != MEMBER_FIELD && member->kind != MEMBER_TEXT &&
		member->kind != MEMBER_WORD)
		return number_json(shown, member_int(member, thing));
	text = member_text(member, thing);
	if (shown->how == VIEW_PAIRS)
		return pairs_json(text);
	if (member->kind == MEMBER_WORD)
		return text_json(
			shown->how == VIEW_MAYBE && !member_int(member, thing) ? NULL : text);
	if (shown->how == VIEW_FILLED && (!text || !*text))
		return NULL;
	return text_json(shown->how == VIEW_MAYBE && text && !*text ? NULL : text);
}

static cJSON *value_json(const struct view_member *shown, const void *thing);

/* Add the members of the thing in the order of the view. */
static void
members_add(cJSON *object, const struct view *view, const void *thing)
{
	for (size_t i = 0; i < view->count; i++) {
		const struct view_member *shown = &view->list[i];
		cJSON *value;

		if (shown->how == VIEW_MEMBERS)
			members_add(object, shown->view, member_at(&shown->member, thing));
		else if ((value = value_json(shown, thing)))
			cJSON_AddItemToObject(object, shown->key, value);
	}
}

cJSON *
view_json(const struct view *view, const void *thing)
{
	cJSON *ret = cJSON_CreateObject();

	members_add(ret, view, thing);
	return ret;
}

/* A list of texts, of objects, or one object of them all. */
static cJSON *
list_json(const struct view_member *shown, const void *thing)
{
	const void *list = member_at(&shown->member, thing);
	cJSON *ret = shown->how == VIEW_MAP ? cJSON_CreateObject() : cJSON_CreateArray();
	size_t count;

	if (!shown->inside)
		memcpy(&list, list, sizeof list);
	memcpy(&count, (const char *)thing + shown->count, sizeof count);
	for (size_t i = 0; i < count; i++) {
		const void *at = (const char *)list + i * shown->size;

		if (shown->how == VIEW_TEXTS)
			cJSON_AddItemToArray(ret, text_json(((const char *const *)list)[i]));
		else if (shown->how == VIEW_LIST)
			cJSON_AddItemToArray(ret, view_json(shown->view, at));
		else
			cJSON_AddItemToObject(ret, member_text(&shown->view->list[0].member, at),
				value_json(&shown->view->list[1], at));
	}
	return ret;
}

static cJSON *
value_json(const struct view_member *shown, const void *thing)
{
	if (shown->how == VIEW_MADE)
		return shown->make(thing);
	if (shown->how == VIEW_PART)
		return view_json(shown->view, member_at(&shown->member, thing));
	if (shown->how == VIEW_TEXTS || shown->how == VIEW_LIST || shown->how == VIEW_MAP)
		return list_json(shown, thing);
	return scalar_json(shown, thing);
}

/* The titled members from the `count`th column on; how many columns there are then. */
static size_t
columns_add(struct out *out, const struct view *view, size_t count)
{
	for (size_t i = 0; i < view->count; i++) {
		const struct view_member *shown = &view->list[i];

		if (shown->how == VIEW_MEMBERS) {
			count = columns_add(out, shown->view, count);
		} else if (shown->title) {
			assert(count < OUT_COLUMNS);
			out->titled[count++] = (struct column_view){ shown->key, shown->title };
		}
	}
	return count;
}

void
out_view_begin(struct out *out, const struct view *view)
{
	out_list_begin(out, out->titled, columns_add(out, view, 0));
}

void
out_row(struct out *out, const struct view *view, const void *thing)
{
	out_list_row(out, view_json(view, thing));
}

void
out_view(struct out *out, const struct view *view, const void *list, size_t size, size_t count)
{
	out_view_begin(out, view);
	for (size_t i = 0; i < count; i++)
		out_row(out, view, (const char *)list + i * size);
	out_list_end(out);
}

void
out_show(struct out *out, const struct view *view, const void *thing)
{
	out_object(out, view_json(view, thing));
}

void
out_show_as(struct out *out, const struct view *view, const void *thing,
	void (*people)(struct out *out, const void *thing))
{
	if (out->json)
		out_show(out, view, thing);
	else
		people(out, thing);
}
