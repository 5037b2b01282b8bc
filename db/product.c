#include "db/product.h"

#include "core/str.h"

const struct row db_product_row = ROW(product, COLUMN(product, id), COLUMN(product, name),
	WORD(product, auth, auth_words), COLUMN(product, enrol), COLUMN(product, frozen),
	COLUMN(product, signatures), COLUMN(product, max_files), COLUMN(product, max_file_mb),
	COLUMN(product, extensions), COLUMN(product, languages));

const struct row db_component_row = ROW(component, COLUMN(component, id),
	COLUMN(component, product), COLUMN(component, identity), WORD(component, type, type_words),
	COLUMN(component, chip), COLUMN(component, slot_size));

const struct row db_version_row = ROW(version, COLUMN(version, id), COLUMN(version, component),
	COLUMN(version, name), COLUMN(version, counter), COLUMN(version, floor));

const struct row db_key_row = ROW(key, COLUMN(key, id), COLUMN(key, product), COLUMN(key, name),
	COLUMN(key, key_id), COLUMN(key, public_key), COLUMN(key, revoked), COLUMN(key, not_before),
	COLUMN(key, not_after));

static const struct row revoked_key_row =
	ROW_OF("key", 2, revoked_key, COLUMN(revoked_key, product), COLUMN(revoked_key, name),
		COLUMN(revoked_key, key_id), COLUMN_AS(revoked_key, key, "public_key"));

static const struct row high_counter_row =
	ROW_OF("component", 2, high_counter, COLUMN(high_counter, product),
		COLUMN(high_counter, component), COLUMN(high_counter, counter));

enum err_code
db_product_get(struct db *db, const char *name, struct product *ret, struct err *err)
{
	bool found = false;

	if (db_row_get(db_query(db, SQL_PRODUCT_BY_NAME, PARAMS(TEXT("name", name))),
		    &db_product_row, NULL, ret, &found, err))
		return err->code;
	if (found)
		return ERR_OK;
	err_set(err, ERR_NOT_FOUND, "there is no product '%s'", QUOTE(name));
	return err_fix(err, "otactl product list shows all");
}

enum err_code
db_product_by_id(struct db *db, int64_t id, struct product *ret, struct err *err)
{
	return db_row_one(db_query(db, SQL_PRODUCT_BY_ID, PARAMS(INT("id", id))), &db_product_row,
		NULL, ret, "there is no such product", err);
}

enum err_code
db_product_all(struct db *db, struct arena *arena, const char *name, struct product **ret,
	size_t *count, struct err *err)
{
	if (!name)
		return db_row_list(db_query(db, SQL_PRODUCT_LIST, NULL), &db_product_row, arena,
			ret, count, err);
	*ret = arena_alloc(arena, sizeof **ret);
	*count = 1;
	return db_product_get(db, name, *ret, err);
}

enum err_code
db_product_insert(struct db *db, struct product *p, struct err *err)
{
	if (db_row_write(db, SQL_PRODUCT_ADD, &db_product_row, p, NULL, err)) {
		if (err->code == ERR_CONFLICT)
			err_set(err, ERR_CONFLICT, "there is a product '%s' already", p->name);
		return err->code;
	}
	p->id = db_last_id(db);
	return ERR_OK;
}

enum err_code
db_product_update(struct db *db, const struct product *p, struct err *err)
{
	return db_row_write(db, SQL_PRODUCT_SET, &db_product_row, p, NULL, err);
}

enum err_code
db_product_delete(struct db *db, int64_t id, struct err *err)
{
	return db_run(db, SQL_PRODUCT_REMOVE, PARAMS(INT("id", id)), err);
}

enum err_code
db_component_get(struct db *db, const struct product *product, const char *identity,
	struct component *ret, struct err *err)
{
	bool found = false;

	if (db_row_get(db_query(db, SQL_COMPONENT_BY_IDENTITY,
			       PARAMS(INT("product", product->id), TEXT("identity", identity))),
		    &db_component_row, NULL, ret, &found, err))
		return err->code;
	if (found)
		return ERR_OK;
	err_set(err, ERR_NOT_FOUND, "product '%s' has no component '%s'", product->name,
		QUOTE(identity));
	return err_fix(err, "otactl component list %s shows all", product->name);
}

enum err_code
db_component_by_id(struct db *db, int64_t id, struct component *ret, struct err *err)
{
	return db_row_one(db_query(db, SQL_COMPONENT_BY_ID, PARAMS(INT("id", id))),
		&db_component_row, NULL, ret, "there is no such component", err);
}

enum err_code
db_component_readable(struct db *db, struct arena *arena, int64_t product, struct component **ret,
	size_t *count, struct row_unread *unread, struct err *err)
{
	return db_row_list_readable(
		db_query(db, SQL_COMPONENT_LIST, PARAMS(INT("product", product))),
		&db_component_row, arena, ret, count, unread, err);
}

enum err_code
db_component_all(struct db *db, struct arena *arena, int64_t product, struct component **ret,
	size_t *count, struct err *err)
{
	return db_component_readable(db, arena, product, ret, count, NULL, err);
}

enum err_code
db_component_insert(struct db *db, struct component *c, struct err *err)
{
	if (db_row_write(db, SQL_COMPONENT_ADD, &db_component_row, c, NULL, err)) {
		if (err->code == ERR_CONFLICT)
			err_set(err, ERR_CONFLICT, "there is a component '%s' already",
				c->identity);
		return err->code;
	}
	c->id = db_last_id(db);
	return ERR_OK;
}

enum err_code
db_component_update(struct db *db, const struct component *c, struct err *err)
{
	return db_row_write(db, SQL_COMPONENT_SET, &db_component_row, c, NULL, err);
}

enum err_code
db_component_delete(struct db *db, int64_t id, struct err *err)
{
	return db_run(db, SQL_COMPONENT_REMOVE, PARAMS(INT("id", id)), err);
}

enum err_code
db_version_find(struct db *db, int64_t component, const char *name, struct version *ret,
	bool *found, struct err *err)
{
	return db_row_get(db_query(db, SQL_VERSION_BY_NAME,
				  PARAMS(INT("component", component), TEXT("name", name))),
		&db_version_row, NULL, ret, found, err);
}

enum err_code
db_version_by_id(struct db *db, int64_t id, struct version *ret, struct err *err)
{
	return db_row_one(db_query(db, SQL_VERSION_BY_ID, PARAMS(INT("id", id))), &db_version_row,
		NULL, ret, "there is no such version", err);
}

enum err_code
db_version_readable(struct db *db, struct arena *arena, int64_t component, struct version **ret,
	size_t *count, struct row_unread *unread, struct err *err)
{
	return db_row_list_readable(
		db_query(db, SQL_VERSION_LIST, PARAMS(INT("component", component))),
		&db_version_row, arena, ret, count, unread, err);
}

enum err_code
db_version_all(struct db *db, struct arena *arena, int64_t component, struct version **ret,
	size_t *count, struct err *err)
{
	return db_version_readable(db, arena, component, ret, count, NULL, err);
}

enum err_code
db_version_highest(struct db *db, int64_t component, int64_t *ret, struct err *err)
{
	return db_number(db, SQL_VERSION_HIGHEST, PARAMS(INT("component", component)), 0, ret, err);
}

enum err_code
db_component_raise(struct db *db, int64_t component, int64_t counter, struct err *err)
{
	return db_run(db, SQL_COMPONENT_RAISE,
		PARAMS(INT("component", component), INT("counter", counter)), err);
}

enum err_code
db_counter_all(struct db *db, struct arena *arena, struct high_counter **ret, size_t *count,
	struct err *err)
{
	return db_row_list(
		db_query(db, SQL_COUNTER_LIST, NULL), &high_counter_row, arena, ret, count, err);
}

enum err_code
db_key_revoked(struct db *db, struct arena *arena, struct revoked_key **ret, size_t *count,
	struct err *err)
{
	return db_row_list(
		db_query(db, SQL_KEY_REVOKED, NULL), &revoked_key_row, arena, ret, count, err);
}

enum err_code
db_version_insert(struct db *db, struct version *v, struct err *err)
{
	if (db_row_write(db, SQL_VERSION_ADD, &db_version_row, v, NULL, err))
		return err->code;
	v->id = db_last_id(db);
	return db_component_raise(db, v->component, v->counter, err);
}

enum err_code
db_version_floors(struct db *db, int64_t component, int64_t counter, int64_t *below, int64_t *above,
	struct err *err)
{
	const struct param *params = PARAMS(INT("component", component), INT("counter", counter));

	if (db_number(db, SQL_VERSION_FLOOR_BELOW, params, 0, below, err))
		return err->code;
	return db_number(db, SQL_VERSION_FLOOR_ABOVE, params, INT64_MAX, above, err);
}

enum err_code
db_version_drop_unused(struct db *db, int64_t id, struct err *err)
{
	return db_run(db, SQL_VERSION_REMOVE_UNUSED, PARAMS(INT("id", id)), err);
}

enum err_code
db_key_all(struct db *db, struct arena *arena, int64_t product, struct key **ret, size_t *count,
	struct err *err)
{
	return db_row_list(db_query(db, SQL_KEY_LIST, PARAMS(INT("product", product))), &db_key_row,
		arena, ret, count, err);
}

enum err_code
db_key_insert(struct db *db, struct key *key, struct err *err)
{
	if (db_row_write(db, SQL_KEY_ADD, &db_key_row, key, NULL, err)) {
		if (err->code == ERR_CONFLICT)
			err_set(err, ERR_CONFLICT, "this key is trusted already");
		return err->code;
	}
	key->id = db_last_id(db);
	return ERR_OK;
}

enum err_code
db_key_revoke(struct db *db, int64_t id, struct err *err)
{
	return db_run(db, SQL_KEY_REVOKE, PARAMS(INT("id", id)), err);
}

enum err_code
db_key_remove(struct db *db, int64_t id, struct err *err)
{
	return db_run(db, SQL_KEY_REMOVE, PARAMS(INT("id", id)), err);
}

enum err_code
db_key_set_dates(struct db *db, int64_t id, int64_t not_before, int64_t not_after, struct err *err)
{
	return db_run(db, SQL_KEY_SET_DATES,
		PARAMS(INT("id", id), INT("not_before", not_before), INT("not_after", not_after)),
		err);
}
