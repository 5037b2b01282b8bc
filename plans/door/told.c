#include "plans/door/told.h"

#include "core/str.h"

static enum err_code
refuse(struct err *err, const char *why)
{
	return err_set(err, ERR_INPUT, "%s", why);
}

enum err_code
told_component(struct told *told, const char *identity, const char *version, struct err *err)
{
	version = str_trim(told->arena, version);
	/*
	 * What the product does not declare is ignored later; what no product could declare, now.
	 */
	if (!word_is(WORD_IDENTITY, identity))
		return ERR_OK;
	if (!word_is(WORD_REPORTED, version))
		return refuse(err, "a version must have at most 64 printable characters");
	if (told->components.count < LIMIT_PAIRS)
		pairs_set(told->arena, &told->components, identity, version);
	return ERR_OK;
}

enum err_code
told_attribute(struct told *told, const char *key, const char *value, struct err *err)
{
	if (!word_is(WORD_LABEL, key) || !word_is(WORD_ATTRIBUTE, value))
		return refuse(err, "an attribute is malformed");
	if (told->attributes.count < LIMIT_PAIRS)
		pairs_set(told->arena, &told->attributes, key, value);
	return ERR_OK;
}

/* The texts of an object, one by one. */
static enum err_code
each_text(const struct doc *doc, const struct doc_value *object, struct told *told,
	enum err_code (*take)(struct told *, const char *, const char *, struct err *),
	struct err *err)
{
	if (object->type != DOC_OBJECT)
		return refuse(err, "components and attributes must be objects");
	for (size_t i = 0; i < doc->count; i++) {
		const struct doc_value *v = &doc->list[i];

		if (v->parent != object->id || !v->key)
			continue;
		if (v->type != DOC_TEXT)
			return refuse(err, "versions and attributes must be strings");
		if (take(told, v->key, v->text, err))
			return err->code;
	}
	return ERR_OK;
}

enum err_code
told_components(const struct field *field, const struct doc *doc, const struct doc_value *value,
	void *base, struct err *err)
{
	(void)field;
	return each_text(doc, value, base, told_component, err);
}

enum err_code
told_attributes(const struct field *field, const struct doc *doc, const struct doc_value *value,
	void *base, struct err *err)
{
	(void)field;
	return each_text(doc, value, base, told_attribute, err);
}
