#include "db/device.h"

#include "core/str.h"

#include <assert.h>

static const char *
text_copy(struct stmt *s, struct arena *arena)
{
	const char *text = db_text(s);

	return *text ? arena_copy(arena, text) : "";
}

static void
metrics_from_row(struct stmt *s, struct metrics *ret)
{
	ret->has_battery = !db_null(s);
	ret->battery = db_int(s);
	ret->has_charging = !db_null(s);
	ret->charging = db_int(s);
	ret->has_signal = !db_null(s);
	ret->signal = db_int(s);
	ret->has_free = !db_null(s);
	ret->free = db_int(s);
	db_field(s, ret->slot, sizeof ret->slot);
	ret->at = db_int(s);
}

static void
device_from_row(struct stmt *s, struct arena *arena, struct device *ret)
{
	ret->id = db_int(s);
	ret->product = db_int(s);
	db_field(s, ret->name, sizeof ret->name);
	db_field(s, ret->timezone, sizeof ret->timezone);
	ret->components = text_copy(s, arena);
	ret->labels = text_copy(s, arena);
	ret->attributes = text_copy(s, arena);
	ret->floors = text_copy(s, arena);
	metrics_from_row(s, &ret->metrics);
	ret->held = db_int(s);
	db_field(s, ret->held_reason, sizeof ret->held_reason);
	ret->enrolled_at = db_int(s);
	ret->last_seen = db_int(s);
	ret->gap_s = db_int(s);
}

static enum err_code
device_take(
	struct stmt *stmt, struct arena *arena, struct device *ret, bool *found, struct err *err)
{
	enum db_step step = db_step(stmt, err);

	if (step == DB_FAILED)
		return err->code;
	*found = step == DB_ROW;
	if (*found) {
		device_from_row(stmt, arena, ret);
		db_reset(stmt);
	}
	return ERR_OK;
}

enum err_code
device_find(struct db *db, struct arena *arena, const char *name, struct device *ret, bool *found,
	struct err *err)
{
	return device_take(db_query(db, SQL_DEVICE_BY_NAME, PARAMS(TEXT("name", name))), arena, ret,
		found, err);
}

enum err_code
device_entry(
	struct db *db, struct arena *arena, const char *name, struct entry *ret, struct err *err)
{
	struct stmt *stmt = db_query(db, SQL_DEVICE_ENTRY, PARAMS(TEXT("name", name)));
	enum db_step step;
	bool read = false;
	size_t size;

	ret->found = false;
	ret->token_count = 0;
	while ((step = db_step(stmt, err)) == DB_ROW && ret->token_count < TOKENS_MAX) {
		struct token_row *token = &ret->tokens[ret->token_count];
		const void *hash;

		fleet_from_row(stmt, &ret->fleet);
		hash = db_blob(stmt, &size);
		if (hash) {
			memcpy(token->hash, hash, sizeof token->hash);
			token->uses = -1;
			ret->token_count++;
		}
		token->expires_at = db_int(stmt);
		ret->found = db_int(stmt);
		if (!read && !db_null(stmt)) {
			read = true;
			device_from_row(stmt, arena, &ret->device);
		}
	}
	db_reset(stmt);
	return step == DB_FAILED ? err->code : ERR_OK;
}

enum err_code
device_ties(struct db *db, struct arena *arena, int64_t device, struct ties *ret, struct err *err)
{
	struct stmt *stmt = db_query(db, SQL_DEVICE_TIES, PARAMS(INT("device", device)));
	enum db_step step;

	*ret = (struct ties){ 0 };
	while ((step = db_step(stmt, err)) == DB_ROW) {
		int64_t what = db_int(stmt), id = db_int(stmt);

		if (what == 1) {
			ret->lists =
				arena_room(arena, ret->lists, ret->list_count, sizeof *ret->lists);
			ret->lists[ret->list_count].plan = id;
			ret->lists[ret->list_count++].list = (enum plan_list)db_int(stmt);
		} else if (what == 2) {
			ret->groups = arena_room(
				arena, ret->groups, ret->group_count, sizeof *ret->groups);
			ret->groups[ret->group_count++] = id;
		} else {
			ret->has_executions = true;
		}
	}
	return step == DB_FAILED ? err->code : ERR_OK;
}

enum err_code
device_get(
	struct db *db, struct arena *arena, const char *name, struct device *ret, struct err *err)
{
	bool found = false;

	if (device_find(db, arena, name, ret, &found, err))
		return err->code;
	if (found)
		return ERR_OK;
	err_set(err, ERR_NOT_FOUND, "there is no device '%s'", QUOTE(name));
	return err_fix(err, "otactl device list shows all");
}

enum err_code
device_key(struct db *db, const char *name, int64_t *id, int64_t *product, struct err *err)
{
	struct stmt *stmt = db_query(db, SQL_DEVICE_KEY, PARAMS(TEXT("name", name)));
	enum db_step step = db_step(stmt, err);

	*id = *product = 0;
	if (step == DB_FAILED)
		return err->code;
	if (step == DB_ROW) {
		*id = db_int(stmt);
		*product = db_int(stmt);
		db_reset(stmt);
	}
	return ERR_OK;
}

enum err_code
device_by_id(struct db *db, struct arena *arena, int64_t id, struct device *ret, struct err *err)
{
	bool found = false;

	if (device_take(
		    db_query(db, SQL_DEVICE_BY_ID, PARAMS(INT("id", id))), arena, ret, &found, err))
		return err->code;
	return found ? ERR_OK : err_set(err, ERR_NOT_FOUND, "there is no such device");
}

struct stmt *
device_of_product_cursor(struct db *db, int64_t product)
{
	return db_query(db, SQL_DEVICE_OF_PRODUCT, PARAMS(INT("product", product)));
}

struct stmt *
device_cursor(struct db *db, int64_t after, int64_t limit)
{
	return db_query(db, SQL_DEVICE_NEXT, PARAMS(INT("after", after), INT("limit", limit)));
}

enum db_step
device_each(struct stmt *cursor, struct arena *arena, struct device *ret, struct err *err)
{
	enum db_step step = db_step(cursor, err);

	if (step == DB_ROW)
		device_from_row(cursor, arena, ret);
	return step;
}

enum err_code
device_zones(struct db *db, struct arena *arena, const char ***ret, size_t *count, struct err *err)
{
	return db_texts(db_query(db, SQL_DEVICE_ZONES, NULL), arena, ret, count, err);
}

enum err_code
device_newest(struct db *db, int64_t *ret, struct err *err)
{
	return db_number(db, SQL_DEVICE_NEWEST, NULL, 0, ret, err);
}

enum err_code
device_insert(struct db *db, struct device *d, struct err *err)
{
	if (db_run(db, SQL_DEVICE_ADD,
		    PARAMS(TEXT("name", d->name), INT("product", d->product),
			    TEXT("timezone", d->timezone), TEXT("components", d->components),
			    TEXT("labels", d->labels), TEXT("attributes", d->attributes),
			    INT("enrolled_at", d->enrolled_at)),
		    err)) {
		if (err->code == ERR_CONFLICT)
			err_set(err, ERR_CONFLICT, "there is a device '%s' already", d->name);
		return err->code;
	}
	d->id = db_last_id(db);
	return ERR_OK;
}

enum err_code
device_update(struct db *db, const struct device *d, struct err *err)
{
	return db_run(db, SQL_DEVICE_SET,
		PARAMS(INT("product", d->product), TEXT("timezone", d->timezone),
			TEXT("labels", d->labels), INT("held", d->held),
			TEXT("held_reason", d->held_reason), INT("id", d->id)),
		err);
}

enum err_code
device_store_seen(struct db *db, const struct device *d, struct err *err)
{
	const struct metrics *m = &d->metrics;

	return db_run(db, SQL_DEVICE_SEEN,
		PARAMS(TEXT("components", d->components), TEXT("attributes", d->attributes),
			TEXT("floors", d->floors), MAYBE("battery", m->has_battery, m->battery),
			MAYBE("charging", m->has_charging, m->charging),
			MAYBE("signal", m->has_signal, m->signal),
			MAYBE("free", m->has_free, m->free), TEXT("slot", m->slot),
			INT("metrics_at", m->at), INT("last_seen", d->last_seen),
			INT("gap_s", d->gap_s), INT("id", d->id)),
		err);
}

enum err_code
device_delete(struct db *db, int64_t id, struct err *err)
{
	return db_run(db, SQL_DEVICE_REMOVE, PARAMS(INT("id", id)), err);
}

enum err_code
device_has_executions(struct db *db, int64_t id, bool *ret, struct err *err)
{
	int64_t any;

	if (db_number(db, SQL_DEVICE_HAS_EXECUTIONS, PARAMS(INT("id", id)), 0, &any, err))
		return err->code;
	*ret = any;
	return ERR_OK;
}

static const char *const token_words[] = { [TOKEN_DEVICE] = "device",
	[TOKEN_ENROLMENT] = "enrolment",
	[TOKEN_GATEWAY_PRODUCT] = "gateway-product",
	[TOKEN_GATEWAY_GROUP] = "gateway-group" };

enum err_code
token_insert(struct db *db, const struct token_new *token, struct err *err)
{
	return db_run(db, SQL_TOKEN_ADD,
		PARAMS(TEXT("kind", token_words[token->kind]), INT("owner", token->owner),
			TEXT("name", token->name ? token->name : ""), BLOB("hash", token->hash, 32),
			INT("created_at", token->created_at), INT("expires_at", token->expires_at),
			MAYBE("uses", token->uses >= 0, token->uses)),
		err);
}

enum err_code
token_use(
	struct db *db, enum token_kind kind, int64_t owner, const uint8_t hash[32], struct err *err)
{
	return db_run(db, SQL_TOKEN_USE,
		PARAMS(TEXT("kind", token_words[kind]), INT("owner", owner),
			BLOB("hash", hash, 32)),
		err);
}

static void
token_from_row(struct stmt *stmt, struct token_row *ret)
{
	size_t size;

	memcpy(ret->hash, db_blob(stmt, &size), sizeof ret->hash);
	ret->expires_at = db_int(stmt);
	ret->uses = db_null(stmt) ? -1 : 0;
	ret->uses += db_int(stmt);
}

enum err_code
token_all(struct db *db, enum token_kind kind, int64_t owner, struct token_row ret[TOKENS_MAX],
	size_t *count, struct err *err)
{
	struct stmt *stmt = db_query(
		db, SQL_TOKEN_LIST, PARAMS(TEXT("kind", token_words[kind]), INT("owner", owner)));
	enum db_step step = DB_ROW;
	size_t n = 0;

	while (n < TOKENS_MAX && (step = db_step(stmt, err)) == DB_ROW)
		token_from_row(stmt, &ret[n++]);
	if (step == DB_FAILED)
		return err->code;
	db_reset(stmt);
	*count = n;
	return ERR_OK;
}

enum err_code
gateway_tokens(struct db *db, struct arena *arena, int64_t product, int64_t device,
	struct token_row **ret, size_t *count, bool *open, struct err *err)
{
	struct stmt *stmt = db_query(
		db, SQL_GATEWAY_TOKENS, PARAMS(INT("product", product), INT("device", device)));
	struct token_row *list = NULL;
	enum db_step step;

	*count = 0;
	*open = false;
	while ((step = db_step(stmt, err)) == DB_ROW) {
		bool token = !db_null(stmt);

		list = arena_room(arena, list, *count, sizeof *list);
		if (token)
			token_from_row(stmt, &list[(*count)++]);
		else
			for (int i = 0; i < 3; i++)
				(void)db_int(stmt);
		*open = db_int(stmt);
	}
	*ret = list;
	return step == DB_DONE ? ERR_OK : err->code;
}

enum err_code
gateway_all(
	struct db *db, struct arena *arena, struct gateway **ret, size_t *count, struct err *err)
{
	struct stmt *stmt = db_query(db, SQL_GATEWAY_LIST, NULL);
	struct gateway *list = NULL;
	enum db_step step;
	size_t n = 0;

	while ((step = db_step(stmt, err)) == DB_ROW) {
		list = arena_room(arena, list, n, sizeof *list);
		list[n].name = arena_copy(arena, db_text(stmt));
		list[n].kind = arena_copy(arena, db_text(stmt));
		list[n].scope = arena_copy(arena, db_text(stmt));
		list[n].created_at = db_int(stmt);
		list[n++].expires_at = db_int(stmt);
	}
	*ret = list;
	*count = n;
	return step == DB_DONE ? ERR_OK : err->code;
}

enum err_code
gateway_delete(struct db *db, const char *name, struct err *err)
{
	return db_run(db, SQL_GATEWAY_REMOVE, PARAMS(TEXT("name", name)), err);
}

enum err_code
token_expire(
	struct db *db, enum token_kind kind, int64_t owner, int64_t expires_at, struct err *err)
{
	return db_run(db, SQL_TOKEN_EXPIRE,
		PARAMS(TEXT("kind", token_words[kind]), INT("owner", owner),
			INT("expires_at", expires_at)),
		err);
}

enum err_code
token_delete(struct db *db, enum token_kind kind, int64_t owner, struct err *err)
{
	return db_run(db, SQL_TOKEN_REMOVE,
		PARAMS(TEXT("kind", token_words[kind]), INT("owner", owner)), err);
}

enum err_code
group_get(struct db *db, const char *name, bool create, int64_t *ret, struct err *err)
{
	if (db_number(db, SQL_GROUP_BY_NAME, PARAMS(TEXT("name", name)), 0, ret, err) || *ret)
		return *ret ? ERR_OK : err->code;
	if (create) {
		if (db_run(db, SQL_GROUP_ADD, PARAMS(TEXT("name", name)), err))
			return err->code;
		*ret = db_last_id(db);
		return ERR_OK;
	}
	err_set(err, ERR_NOT_FOUND, "there is no group '%s'", QUOTE(name));
	return err_fix(err, "otactl group list shows all");
}

enum err_code
group_in_use(struct db *db, const char *name, bool *ret, struct err *err)
{
	int64_t any;

	if (db_number(db, SQL_GROUP_USED, PARAMS(TEXT("name", name)), 0, &any, err))
		return err->code;
	*ret = any;
	return ERR_OK;
}

enum err_code
group_delete(struct db *db, int64_t id, struct err *err)
{
	return db_run(db, SQL_GROUP_REMOVE, PARAMS(INT("id", id)), err);
}

enum err_code
group_all(
	struct db *db, struct arena *arena, struct group_row **ret, size_t *count, struct err *err)
{
	struct stmt *stmt = db_query(db, SQL_GROUP_LIST, NULL);
	struct group_row *list = NULL;
	enum db_step step;
	size_t n = 0;

	while ((step = db_step(stmt, err)) == DB_ROW) {
		list = arena_room(arena, list, n, sizeof *list);
		list[n].name = arena_copy(arena, db_text(stmt));
		list[n++].members = db_int(stmt);
	}
	*ret = list;
	*count = n;
	return step == DB_DONE ? ERR_OK : err->code;
}

enum err_code
member_insert(struct db *db, int64_t group, int64_t device, struct err *err)
{
	return db_run(db, SQL_MEMBER_ADD, PARAMS(INT("device", device), INT("grp", group)), err);
}

enum err_code
member_delete(struct db *db, int64_t group, int64_t device, struct err *err)
{
	return db_run(db, SQL_MEMBER_REMOVE, PARAMS(INT("device", device), INT("grp", group)), err);
}

enum err_code
member_devices(struct db *db, struct arena *arena, int64_t group, const char ***ret, size_t *count,
	struct err *err)
{
	return db_texts(
		db_query(db, SQL_GROUP_MEMBERS, PARAMS(INT("grp", group))), arena, ret, count, err);
}

enum err_code
member_groups(struct db *db, struct arena *arena, int64_t device, const char ***ret, size_t *count,
	struct err *err)
{
	return db_texts(db_query(db, SQL_MEMBER_NAMES, PARAMS(INT("device", device))), arena, ret,
		count, err);
}

enum err_code
member_group_ids(struct db *db, struct arena *arena, int64_t device, int64_t **ret, size_t *count,
	struct err *err)
{
	return db_ints(
		db_query(db, SQL_MEMBER_OF, PARAMS(INT("device", device))), arena, ret, count, err);
}

struct stmt *
member_cursor(struct db *db, int64_t group)
{
	return db_query(db, SQL_MEMBER_LIST, PARAMS(INT("grp", group)));
}

enum db_step
member_each(struct stmt *cursor, int64_t *device, struct err *err)
{
	enum db_step step = db_step(cursor, err);

	if (step == DB_ROW)
		*device = db_int(cursor);
	return step;
}
