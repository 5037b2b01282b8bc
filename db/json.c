#include "db/json.h"

#include "core/limits.h"
#include "core/str.h"

static enum err_code
refuse(struct err *err, const char *why)
{
	return err_set(err, ERR_INPUT, "%s", why);
}

static enum doc_type
type_from(const char *word)
{
	static const struct {
		const char *word;
		enum doc_type type;
	} types[] = { { "true", DOC_BOOL }, { "false", DOC_BOOL }, { "integer", DOC_INT },
		{ "real", DOC_REAL }, { "text", DOC_TEXT }, { "array", DOC_ARRAY },
		{ "object", DOC_OBJECT } };

	for (size_t i = 0; i < COUNT(types); i++)
		if (!strcmp(word, types[i].word))
			return types[i].type;
	return DOC_NULL;
}

static enum err_code
value_take(struct stmt *s, struct arena *arena, struct doc_value *ret, struct err *err)
{
	const char *key, *atom;

	ret->id = db_int(s);
	ret->parent = db_int(s);
	key = db_text(s);
	ret->key = key ? arena_copy(arena, key) : NULL;
	ret->type = type_from(db_text(s));
	ret->text = NULL;
	ret->number = 0;
	if (ret->type == DOC_TEXT) {
		atom = db_text(s);
		ret->text = arena_copy(arena, atom);
		if (!str_printable(ret->text, strlen(ret->text)))
			return refuse(err, "a string holds control characters");
	} else if (ret->type == DOC_BOOL) {
		ret->number = db_int(s);
	} else if (ret->type == DOC_INT || ret->type == DOC_REAL) {
		atom = db_text(s);
		/* An integer that does not fit comes as a real. */
		if (!str_int(atom, INT64_MIN, INT64_MAX, &ret->number)) {
			ret->type = DOC_REAL;
			ret->text = arena_copy(arena, atom);
		}
	}
	return ERR_OK;
}

/* SQLite would end a string at an escaped NUL and say nothing of what stands behind. */
static bool
escapes_nul(const char *body)
{
	while ((body = strchr(body, '\\')) && body[1]) {
		if (!strncmp(body, "\\u0000", 6))
			return true;
		body += 2;
	}
	return false;
}

static enum err_code
check(struct db *db, const char *body, size_t length, struct err *err)
{
	int64_t number;

	if (!length)
		return refuse(err, "the body is empty");
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)body[i] < 0x20 && !strchr("\t\r\n", body[i]))
			return refuse(err, "the body holds control bytes");
	if (strlen(body) != length)
		return refuse(err, "the body holds control bytes");
	if (escapes_nul(body))
		return refuse(err, "a string holds control characters");
	if (doc_depth(body, length) > LIMIT_JSON_DEPTH)
		return refuse(err, "the JSON is too deep");
	if (db_number(db, SQL_JSON_VALID, PARAMS(TEXT("body", body)), 0, &number, err))
		return err->code;
	if (!number)
		return refuse(err, "the body is no JSON");
	if (db_number(db, SQL_JSON_DUPLICATES, PARAMS(TEXT("body", body)), 0, &number, err))
		return err->code;
	return number ? refuse(err, "the JSON has duplicate keys") : ERR_OK;
}

enum err_code
db_json_read(struct db *db, struct arena *arena, const char *body, size_t length, struct doc *ret,
	struct err *err)
{
	struct doc_value *list = NULL;
	enum db_step step;
	struct stmt *s;
	size_t n = 0;

	if (check(db, body, length, err))
		return err->code;
	s = db_query(db, SQL_JSON_TREE, PARAMS(TEXT("body", body)));
	while ((step = db_step(s, err)) == DB_ROW) {
		list = arena_room(arena, list, n, sizeof *list);
		if (value_take(s, arena, &list[n++], err)) {
			db_reset(s);
			return err->code;
		}
	}
	if (step == DB_FAILED)
		return err->code;
	if (!n || list[0].type != DOC_OBJECT)
		return refuse(err, "the body must be an object");
	*ret = (struct doc){ list, n };
	return ERR_OK;
}
