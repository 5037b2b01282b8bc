#include "core/selector.h"

#include "core/str.h"

enum operation { OP_EXISTS, OP_ABSENT, OP_IN, OP_NOT_IN };

struct selector {
	struct selector *next;
	enum operation operation;
	bool attribute; /* reads attributes, not labels */
	const char *key;
	const char *values[64]; /* NULL behind the last */
};

static const char *
skip(const char *at)
{
	return at + strspn(at, " \t");
}

/* Cut a word of label characters at *at; NULL when there is none. */
static char *
word_cut(struct arena *arena, const char **at)
{
	size_t length = strcspn(*at, " \t,=!()");
	char *ret = arena_copy_n(arena, *at, length);

	*at = skip(*at + length);
	return length ? ret : NULL;
}

static bool
set_parse(struct arena *arena, const char **at, struct selector *ret)
{
	size_t count = 0;

	if (*(*at)++ != '(')
		return false;
	do {
		const char *value;

		*at = skip(*at);
		value = word_cut(arena, at);
		if (!value || !word_is(WORD_VALUE, value) || count + 1 == COUNT(ret->values))
			return false;
		ret->values[count++] = value;
	} while (*(*at)++ == ',');
	return (*at)[-1] == ')';
}

static bool
operation_parse(struct arena *arena, const char **at, struct selector *ret)
{
	if (!**at || **at == ',') {
		ret->operation = OP_EXISTS;
		return true;
	}
	if (**at == '=' || str_starts(*at, "!=")) {
		ret->operation = **at == '=' ? OP_IN : OP_NOT_IN;
		*at = skip(*at + (str_starts(*at, "=") && (*at)[1] != '=' ? 1 : 2));
		ret->values[0] = word_cut(arena, at);
		if (!ret->values[0])
			ret->values[0] = "";
		return word_is(WORD_VALUE, ret->values[0]);
	}
	if (str_starts(*at, "in") || str_starts(*at, "notin")) {
		ret->operation = **at == 'i' ? OP_IN : OP_NOT_IN;
		*at = skip(*at + (**at == 'i' ? 2 : 5));
		return set_parse(arena, at, ret);
	}
	return false;
}

static bool
requirement_parse(struct arena *arena, const char **at, struct selector *ret)
{
	bool absent = **at == '!';
	char *key;

	if (absent)
		*at = skip(*at + 1);
	key = word_cut(arena, at);
	if (!key)
		return false;
	ret->attribute = str_starts(key, "attr.");
	ret->key = ret->attribute ? key + strlen("attr.") : key;
	if (!word_is(WORD_LABEL, ret->key))
		return false;
	if (absent) {
		ret->operation = OP_ABSENT;
		return true;
	}
	return operation_parse(arena, at, ret);
}

enum err_code
selector_parse(struct arena *arena, const char *text, const struct selector **ret, struct err *err)
{
	struct selector *first = NULL, **last = &first;
	const char *at = text;

	do {
		struct selector *one = arena_alloc(arena, sizeof *one);
		const char *start = skip(at);

		at = start;
		if (!requirement_parse(arena, &at, one) || (*(at = skip(at)) && *at != ',')) {
			err_set(err, ERR_INPUT, "cannot read the selector '%s'", QUOTE(text));
			err_why(err, "it is malformed at '%s'", QUOTE(start));
			return err_fix(err, "region=eu,hw in (B,C),!legacy is a selector");
		}
		*last = one;
		last = &one->next;
	} while (*at++ == ',');
	*ret = first;
	return ERR_OK;
}

static bool
value_in(const struct selector *one, const char *value)
{
	for (size_t i = 0; one->values[i]; i++)
		if (!strcmp(one->values[i], value))
			return true;
	return false;
}

bool
selector_matches(
	const struct selector *selector, const struct pairs *labels, const struct pairs *attributes)
{
	for (const struct selector *one = selector; one; one = one->next) {
		const char *value = pairs_get(one->attribute ? attributes : labels, one->key);
		bool holds = false;

		switch (one->operation) {
		case OP_EXISTS:
			holds = value;
			break;
		case OP_ABSENT:
			holds = !value;
			break;
		case OP_IN:
			holds = value && value_in(one, value);
			break;
		case OP_NOT_IN:
			holds = !value || !value_in(one, value);
			break;
		}
		if (!holds)
			return false;
	}
	return true;
}
