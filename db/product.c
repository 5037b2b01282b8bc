#include "db/product.h"

#include "core/str.h"

static void
product_from_row(struct stmt *s, struct product *ret)
{
	*ret = (struct product){ 0 };
	ret->id = db_int(s);
	db_field(s, ret->name, sizeof ret->name);
	ret->auth = (enum auth_mode)WORD_INDEX(auth_words, db_text(s));
	ret->enrol = db_int(s);
	ret->frozen = db_int(s);
	ret->signatures = db_int(s);
	ret->max_files = db_int(s);
	ret->max_file_mb = db_int(s);
	db_field(s, ret->extensions, sizeof ret->extensions);
	db_field(s, ret->languages, sizeof ret->languages);
}

static enum err_code
product_take(struct stmt *stmt, struct product *ret, bool *found, struct err *err)
{
	enum db_step step = db_step(stmt, err);

	if (step == DB_FAILED)
		return err->code;
	*found = step == DB_ROW;
	if (*found) {
		product_from_row(stmt, ret);
		db_reset(stmt);
	}
	return ERR_OK;
}

enum err_code
product_get(struct db *db, const char *name, struct product *ret, struct err *err)
{
	bool found = false;

	if (product_take(db_query(db, SQL_PRODUCT_BY_NAME, PARAMS(TEXT("name", name))), ret, &found,
		    err))
		return err->code;
	if (found)
		return ERR_OK;
	err_set(err, ERR_NOT_FOUND, "there is no product '%s'", QUOTE(name));
	return err_fix(err, "otactl product list shows all");
}

enum err_code
product_by_id(struct db *db, int64_t id, struct product *ret, struct err *err)
{
	bool found = false;

	if (product_take(db_query(db, SQL_PRODUCT_BY_ID, PARAMS(INT("id", id))), ret, &found, err))
		return err->code;
	return found ? ERR_OK : err_set(err, ERR_NOT_FOUND, "there is no such product");
}

enum err_code
product_all(struct db *db, struct arena *arena, const char *name, struct product **ret,
	size_t *count, struct err *err)
{
	struct stmt *stmt;
	enum db_step step;

	*ret = NULL;
	*count = 0;
	if (name) {
		*ret = arena_alloc(arena, sizeof **ret);
		*count = 1;
		return product_get(db, name, *ret, err);
	}
	stmt = db_query(db, SQL_PRODUCT_LIST, NULL);
	while ((step = db_step(stmt, err)) == DB_ROW) {
		*ret = arena_room(arena, *ret, *count, sizeof **ret);
		product_from_row(stmt, &(*ret)[(*count)++]);
	}
	return step == DB_DONE ? ERR_OK : err->code;
}

static enum err_code
product_write(
	struct db *db, enum sql id, struct param key, const struct product *p, struct err *err)
{
	return db_run(db, id,
		PARAMS(key, TEXT("auth", auth_words[p->auth]), INT("enrol", p->enrol),
			INT("frozen", p->frozen), INT("signatures", p->signatures),
			INT("max_files", p->max_files), INT("max_file_mb", p->max_file_mb),
			TEXT("extensions", p->extensions), TEXT("languages", p->languages)),
		err);
}

enum err_code
product_insert(struct db *db, struct product *p, struct err *err)
{
	struct param key = TEXT("name", p->name);

	if (product_write(db, SQL_PRODUCT_ADD, key, p, err)) {
		if (err->code == ERR_CONFLICT)
			err_set(err, ERR_CONFLICT, "there is a product '%s' already", p->name);
		return err->code;
	}
	p->id = db_last_id(db);
	return ERR_OK;
}

enum err_code
product_update(struct db *db, const struct product *p, struct err *err)
{
	struct param key = INT("id", p->id);

	return product_write(db, SQL_PRODUCT_SET, key, p, err);
}

enum err_code
product_delete(struct db *db, int64_t id, struct err *err)
{
	return db_run(db, SQL_PRODUCT_REMOVE, PARAMS(INT("id", id)), err);
}

static void
component_from_row(struct stmt *s, struct component *ret)
{
	*ret = (struct component){ 0 };
	ret->id = db_int(s);
	ret->product = db_int(s);
	db_field(s, ret->identity, sizeof ret->identity);
	ret->type = (enum component_type)WORD_INDEX(type_words, db_text(s));
	db_field(s, ret->chip, sizeof ret->chip);
	ret->slot_size = db_int(s);
}

enum err_code
component_get(struct db *db, const struct product *product, const char *identity,
	struct component *ret, struct err *err)
{
	struct stmt *stmt = db_query(db, SQL_COMPONENT_BY_IDENTITY,
		PARAMS(INT("product", product->id), TEXT("identity", identity)));
	enum db_step step = db_step(stmt, err);

	if (step == DB_ROW) {
		component_from_row(stmt, ret);
		db_reset(stmt);
		return ERR_OK;
	}
	if (step == DB_FAILED)
		return err->code;
	err_set(err, ERR_NOT_FOUND, "product '%s' has no component '%s'", product->name,
		QUOTE(identity));
	return err_fix(err, "otactl component list %s shows all", product->name);
}

enum err_code
component_by_id(struct db *db, int64_t id, struct component *ret, struct err *err)
{
	struct stmt *stmt = db_query(db, SQL_COMPONENT_BY_ID, PARAMS(INT("id", id)));
	enum db_step step = db_step(stmt, err);

	if (step == DB_DONE)
		return err_set(err, ERR_NOT_FOUND, "there is no such component");
	if (step == DB_FAILED)
		return err->code;
	component_from_row(stmt, ret);
	db_reset(stmt);
	return ERR_OK;
}

enum err_code
component_all(struct db *db, struct arena *arena, int64_t product, struct component **ret,
	size_t *count, struct err *err)
{
	struct stmt *stmt = db_query(db, SQL_COMPONENT_LIST, PARAMS(INT("product", product)));
	struct component *list = NULL;
	enum db_step step;
	size_t n = 0;

	while ((step = db_step(stmt, err)) == DB_ROW) {
		list = arena_room(arena, list, n, sizeof *list);
		component_from_row(stmt, &list[n++]);
	}
	*ret = list;
	*count = n;
	return step == DB_DONE ? ERR_OK : err->code;
}

enum err_code
component_insert(struct db *db, struct component *c, struct err *err)
{
	if (db_run(db, SQL_COMPONENT_ADD,
		    PARAMS(INT("product", c->product), TEXT("identity", c->identity),
			    TEXT("type", type_words[c->type]), TEXT("chip", c->chip),
			    INT("slot_size", c->slot_size)),
		    err)) {
		if (err->code == ERR_CONFLICT)
			err_set(err, ERR_CONFLICT, "there is a component '%s' already",
				c->identity);
		return err->code;
	}
	c->id = db_last_id(db);
	return ERR_OK;
}

enum err_code
component_update(struct db *db, const struct component *c, struct err *err)
{
	return db_run(db, SQL_COMPONENT_SET,
		PARAMS(TEXT("type", type_words[c->type]), TEXT("chip", c->chip),
			INT("slot_size", c->slot_size), INT("id", c->id)),
		err);
}

enum err_code
component_delete(struct db *db, int64_t id, struct err *err)
{
	return db_run(db, SQL_COMPONENT_REMOVE, PARAMS(INT("id", id)), err);
}

static void
version_from_row(struct stmt *s, struct version *ret)
{
	*ret = (struct version){ 0 };
	ret->id = db_int(s);
	ret->component = db_int(s);
	db_field(s, ret->name, sizeof ret->name);
	ret->counter = db_int(s);
	ret->floor = db_int(s);
}

enum err_code
version_find(struct db *db, int64_t component, const char *name, struct version *ret, bool *found,
	struct err *err)
{
	struct stmt *stmt = db_query(
		db, SQL_VERSION_BY_NAME, PARAMS(INT("component", component), TEXT("name", name)));
	enum db_step step = db_step(stmt, err);

	if (step == DB_FAILED)
		return err->code;
	*found = step == DB_ROW;
	if (*found) {
		version_from_row(stmt, ret);
		db_reset(stmt);
	}
	return ERR_OK;
}

enum err_code
version_by_id(struct db *db, int64_t id, struct version *ret, struct err *err)
{
	struct stmt *stmt = db_query(db, SQL_VERSION_BY_ID, PARAMS(INT("id", id)));
	enum db_step step = db_step(stmt, err);

	if (step == DB_DONE)
		return err_set(err, ERR_NOT_FOUND, "there is no such version");
	if (step == DB_FAILED)
		return err->code;
	version_from_row(stmt, ret);
	db_reset(stmt);
	return ERR_OK;
}

enum err_code
version_all(struct db *db, struct arena *arena, int64_t component, struct version **ret,
	size_t *count, struct err *err)
{
	struct stmt *stmt = db_query(db, SQL_VERSION_LIST, PARAMS(INT("component", component)));
	struct version *list = NULL;
	enum db_step step;
	size_t n = 0;

	while ((step = db_step(stmt, err)) == DB_ROW) {
		list = arena_room(arena, list, n, sizeof *list);
		version_from_row(stmt, &list[n++]);
	}
	*ret = list;
	*count = n;
	return step == DB_DONE ? ERR_OK : err->code;
}

enum err_code
version_highest(struct db *db, int64_t component, int64_t *ret, struct err *err)
{
	return db_number(db, SQL_VERSION_HIGHEST, PARAMS(INT("component", component)), 0, ret, err);
}

enum err_code
component_raise(struct db *db, int64_t component, int64_t counter, struct err *err)
{
	return db_run(db, SQL_COMPONENT_RAISE,
		PARAMS(INT("component", component), INT("counter", counter)), err);
}

enum err_code
counter_all(struct db *db, struct arena *arena, struct high_counter **ret, size_t *count,
	struct err *err)
{
	struct stmt *stmt = db_query(db, SQL_COUNTER_LIST, NULL);
	struct high_counter *list = NULL;
	enum db_step step;
	size_t n = 0;

	while ((step = db_step(stmt, err)) == DB_ROW) {
		list = arena_room(arena, list, n, sizeof *list);
		list[n].product = arena_copy(arena, db_text(stmt));
		list[n].component = arena_copy(arena, db_text(stmt));
		list[n++].counter = db_int(stmt);
	}
	*ret = list;
	*count = n;
	return step == DB_DONE ? ERR_OK : err->code;
}

enum err_code
key_revoked(struct db *db, struct arena *arena, struct revoked_key **ret, size_t *count,
	struct err *err)
{
	struct stmt *stmt = db_query(db, SQL_KEY_REVOKED, NULL);
	struct revoked_key *list = NULL;
	enum db_step step;
	size_t n = 0, size;

	while ((step = db_step(stmt, err)) == DB_ROW) {
		list = arena_room(arena, list, n, sizeof *list);
		list[n].product = arena_copy(arena, db_text(stmt));
		list[n].name = arena_copy(arena, db_text(stmt));
		list[n].key_id = arena_copy(arena, db_text(stmt));
		memcpy(list[n++].key, db_blob(stmt, &size), 32);
	}
	*ret = list;
	*count = n;
	return step == DB_DONE ? ERR_OK : err->code;
}

enum err_code
version_insert(struct db *db, struct version *v, struct err *err)
{
	if (db_run(db, SQL_VERSION_ADD,
		    PARAMS(INT("component", v->component), TEXT("name", v->name),
			    INT("counter", v->counter), INT("floor", v->floor)),
		    err))
		return err->code;
	v->id = db_last_id(db);
	return component_raise(db, v->component, v->counter, err);
}

enum err_code
version_floors(struct db *db, int64_t component, int64_t counter, int64_t *below, int64_t *above,
	struct err *err)
{
	const struct param *params = PARAMS(INT("component", component), INT("counter", counter));

	if (db_number(db, SQL_VERSION_FLOOR_BELOW, params, 0, below, err))
		return err->code;
	return db_number(db, SQL_VERSION_FLOOR_ABOVE, params, INT64_MAX, above, err);
}

enum err_code
version_drop_unused(struct db *db, int64_t id, struct err *err)
{
	return db_run(db, SQL_VERSION_REMOVE_UNUSED, PARAMS(INT("id", id)), err);
}

enum err_code
key_all(struct db *db, struct arena *arena, int64_t product, struct key **ret, size_t *count,
	struct err *err)
{
	struct stmt *stmt = db_query(db, SQL_KEY_LIST, PARAMS(INT("product", product)));
	struct key *list = NULL;
	enum db_step step;
	size_t n = 0, size;

	while ((step = db_step(stmt, err)) == DB_ROW) {
		struct key *key;

		list = arena_room(arena, list, n, sizeof *list);
		key = &list[n++];
		*key = (struct key){ 0 };
		key->id = db_int(stmt);
		key->product = db_int(stmt);
		db_field(stmt, key->name, sizeof key->name);
		db_field(stmt, key->key_id, sizeof key->key_id);
		memcpy(key->public_key, db_blob(stmt, &size), sizeof key->public_key);
		key->revoked = db_int(stmt);
		key->not_before = db_int(stmt);
		key->not_after = db_int(stmt);
	}
	*ret = list;
	*count = n;
	return step == DB_DONE ? ERR_OK : err->code;
}

enum err_code
key_insert(struct db *db, struct key *key, struct err *err)
{
	if (db_run(db, SQL_KEY_ADD,
		    PARAMS(INT("product", key->product), TEXT("name", key->name),
			    TEXT("key_id", key->key_id), BLOB("public_key", key->public_key, 32),
			    INT("not_before", key->not_before), INT("not_after", key->not_after)),
		    err)) {
		if (err->code == ERR_CONFLICT)
			err_set(err, ERR_CONFLICT, "this key is trusted already");
		return err->code;
	}
	key->id = db_last_id(db);
	return ERR_OK;
}

enum err_code
key_revoke(struct db *db, int64_t id, struct err *err)
{
	return db_run(db, SQL_KEY_REVOKE, PARAMS(INT("id", id)), err);
}

enum err_code
key_remove(struct db *db, int64_t id, struct err *err)
{
	return db_run(db, SQL_KEY_REMOVE, PARAMS(INT("id", id)), err);
}

enum err_code
key_set_dates(struct db *db, int64_t id, int64_t not_before, int64_t not_after, struct err *err)
{
	return db_run(db, SQL_KEY_SET_DATES,
		PARAMS(INT("id", id), INT("not_before", not_before), INT("not_after", not_after)),
		err);
}
