#include "core/field.h"

#include "core/model.h"

#include <assert.h>
#include <inttypes.h>

enum err_code
field_refuse(const struct field *field, struct err *err)
{
	if (field->complaint)
		return err_set(err, ERR_INPUT, "%s", field->complaint);
	if (field->parse == field_number)
		return err_set(err, ERR_INPUT, "%s must be %" PRId64 " to %" PRId64,
			field->member.name, field->low, field->high);
	return err_set(err, ERR_INPUT, "%s is malformed", field->member.name);
}

/* True where the value says a number in a way that the field takes. */
static bool
number_is(const struct field *field, const struct doc_value *value, int64_t *ret)
{
	const bool truth = field->flags & FIELD_TRUTH;
	bool whole = true;

	if (value->type == DOC_INT || (truth && value->type == DOC_BOOL))
		return true;
	if (!(field->flags & FIELD_PLAIN) || (value->type != DOC_REAL && value->type != DOC_TEXT) ||
		!str_number(value->text, ret, &whole))
		return false;
	/* 100.5 is above 100. */
	return whole || (!truth && *ret < field->high);
}

enum err_code
field_number(const struct field *field, const struct doc *doc, const struct doc_value *value,
	void *base, struct err *err)
{
	int64_t number = value->number;

	(void)doc;
	if (!number_is(field, value, &number) || number < field->low || number > field->high)
		return field_refuse(field, err);
	member_set_int(&field->member, base, number);
	return ERR_OK;
}

enum err_code
field_text(const struct field *field, const struct doc *doc, const struct doc_value *value,
	void *base, struct err *err)
{
	(void)doc;
	if (value->type != DOC_TEXT)
		return field_refuse(field, err);
	if (!word_is(field->word, value->text) && (*value->text || !(field->flags & FIELD_EMPTY)))
		return field_refuse(field, err);
	member_set_text(&field->member, base, value->text);
	return ERR_OK;
}

enum err_code
field_word(const struct field *field, const struct doc *doc, const struct doc_value *value,
	void *base, struct err *err)
{
	int index;

	(void)doc;
	if (value->type != DOC_TEXT || !word_is(field->word, value->text))
		return err_set(err, ERR_INPUT, "%s is malformed", field->member.name);
	index = word_index(field->member.words, field->member.count, value->text);
	if (index < 0 || !(field->values & FIELD_BIT(index)))
		return field_refuse(field, err);
	member_set_int(&field->member, base, index);
	return ERR_OK;
}

const struct field *
field_find(const struct field *fields, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(fields[i].member.name, name))
			return &fields[i];
	return NULL;
}

enum err_code
field_read(const struct field *fields, size_t count, const struct doc *doc,
	const struct doc_value *object, void *base, struct err *err)
{
	uint64_t seen = 0;

	assert(count <= 64);
	for (size_t i = 0; i < doc->count; i++) {
		const struct doc_value *value = &doc->list[i];
		const struct field *field;

		if (value->parent != object->id || !value->key || value->type == DOC_NULL)
			continue;
		field = field_find(fields, count, value->key);
		if (!field)
			continue;
		if (field->parse(field, doc, value, base, err))
			return err->code;
		seen |= FIELD_BIT(field - fields);
	}
	for (size_t i = 0; i < count; i++)
		if ((fields[i].flags & FIELD_REQUIRED) && !(seen & FIELD_BIT(i)))
			return field_refuse(&fields[i], err);
	return ERR_OK;
}

enum err_code
field_read_text(const struct field *field, const char *text, void *base, struct err *err)
{
	struct doc_value value = { .type = DOC_TEXT, .text = text };

	if (field->parse == field_number && !(field->flags & FIELD_PLAIN)) {
		value.type = DOC_INT;
		if (!str_int(text, field->low, field->high, &value.number))
			return field_refuse(field, err);
	}
	return field->parse(field, NULL, &value, base, err);
}
