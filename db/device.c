#include "db/device.h"

#include "core/str.h"

static const char *const token_words[] = { [TOKEN_DEVICE] = "device",
	[TOKEN_ENROLMENT] = "enrolment",
	[TOKEN_GATEWAY_PRODUCT] = "gateway-product",
	[TOKEN_GATEWAY_GROUP] = "gateway-group" };

const struct row db_device_row = ROW(device, COLUMN(device, id), COLUMN(device, product),
	COLUMN(device, name), COLUMN(device, timezone), COLUMN(device, components),
	COLUMN(device, labels), COLUMN(device, attributes), COLUMN(device, floors),
	MAYBE_AS(device, metrics.battery, metrics.has_battery, "battery"),
	MAYBE_AS(device, metrics.charging, metrics.has_charging, "charging"),
	MAYBE_AS(device, metrics.signal, metrics.has_signal, "signal"),
	MAYBE_AS(device, metrics.free, metrics.has_free, "free"),
	COLUMN_AS(device, metrics.slot, "slot"), COLUMN_AS(device, metrics.at, "metrics_at"),
	COLUMN(device, held), COLUMN(device, held_reason), COLUMN(device, enrolled_at),
	COLUMN(device, last_seen), COLUMN_AS(device, gaps.longest_s, "gap_s"),
	COLUMN_AS(device, gaps.longest_at, "gap_at"), COLUMN_AS(device, gaps.next_s, "gap_next_s"),
	COLUMN_AS(device, gaps.next_at, "gap_next_at"),
	COLUMN_AS(device, gaps.known_at, "known_at"), COLUMN(device, retired_at));

static const struct row habits_row = ROW(device, COLUMN(device, id), COLUMN(device, name),
	COLUMN(device, timezone), COLUMN(device, components), COLUMN(device, labels),
	COLUMN(device, attributes), COLUMN(device, floors), COLUMN(device, held),
	COLUMN(device, enrolled_at), COLUMN(device, last_seen),
	COLUMN_AS(device, gaps.longest_s, "gap_s"), COLUMN_AS(device, gaps.longest_at, "gap_at"));

const struct row db_token_row = ROW_OF("token", 1, token_row, COLUMN(token_row, hash),
	COLUMN(token_row, expires_at), COLUMN(token_row, uses));

struct token_whole {
	enum token_kind kind;
	struct token_row token;
};
const struct row db_token_whole_row = ROW_OF("token", 2, token_whole, KEY("owner"),
	WORD(token_whole, kind, token_words), COLUMN_AS(token_whole, token.hash, "hash"),
	COLUMN_AS(token_whole, token.expires_at, "expires_at"),
	COLUMN_AS(token_whole, token.uses, "uses"));

static const struct row token_new_row = ROW_OF("token", 2, token_new,
	WORD(token_new, kind, token_words), COLUMN(token_new, owner), COLUMN(token_new, name),
	COLUMN(token_new, created_at), COLUMN(token_new, expires_at), COLUMN(token_new, uses));

struct entry_flags {
	bool has_token, found, has_device;
};
static const struct row entry_flags_row =
	ROW_OF("device", 0, entry_flags, COLUMN(entry_flags, has_token), COLUMN(entry_flags, found),
		COLUMN(entry_flags, has_device));

struct gateway_flags {
	bool has_token, open;
};
static const struct row gateway_flags_row = ROW_OF(
	"token", 0, gateway_flags, COLUMN(gateway_flags, has_token), COLUMN(gateway_flags, open));

static const struct row gateway_row =
	ROW_OF("token", 2, gateway, COLUMN(gateway, name), COLUMN(gateway, kind),
		COLUMN(gateway, scope), COLUMN(gateway, created_at), COLUMN(gateway, expires_at));

static const struct row group_list_row =
	ROW_OF("grp", 1, group_row, COLUMN(group_row, name), COLUMN(group_row, members));

enum err_code
db_device_find(struct db *db, struct arena *arena, const char *name, struct device *ret,
	bool *found, struct err *err)
{
	return db_row_get(db_query(db, SQL_DEVICE_BY_NAME, PARAMS(TEXT("name", name))),
		&db_device_row, arena, ret, found, err);
}

/* One row of the statement: a token of the device, if it has any; the rest is the same in all. */
static enum err_code
entry_read(struct stmt *stmt, struct arena *arena, struct entry *ret, struct err *err)
{
	struct entry_flags flags;
	struct err ignored;

	if (db_row_read(stmt, &entry_flags_row, NULL, &flags, err) ||
		db_row_read(stmt, &db_fleet_row, NULL, &ret->fleet, err))
		return err->code;
	ret->found = flags.found;
	/* Nobody suffers from the row of another device, which stands in for an unknown one. */
	if (!flags.found)
		err = &ignored;
	if (flags.has_device && !ret->token_count &&
		db_row_read(stmt, &db_device_row, arena, &ret->device, err))
		return flags.found ? err->code : ERR_OK;
	if (!flags.has_token)
		return ERR_OK;
	return db_row_read(stmt, &db_token_row, NULL, &ret->tokens[ret->token_count++], err) &&
			       flags.found
		       ? err->code
		       : ERR_OK;
}

enum err_code
db_device_entry(
	struct db *db, struct arena *arena, const char *name, struct entry *ret, struct err *err)
{
	struct stmt *stmt = db_query(db, SQL_DEVICE_ENTRY, PARAMS(TEXT("name", name)));
	enum db_step step = DB_DONE;

	ret->found = false;
	ret->token_count = 0;
	while (ret->token_count < TOKENS_MAX && (step = db_step(stmt, err)) == DB_ROW)
		if (entry_read(stmt, arena, ret, err)) {
			step = DB_FAILED;
			break;
		}
	db_reset(stmt);
	return step == DB_FAILED ? err->code : ERR_OK;
}

enum err_code
db_device_ties(
	struct db *db, struct arena *arena, int64_t device, struct ties *ret, struct err *err)
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
db_device_get(
	struct db *db, struct arena *arena, const char *name, struct device *ret, struct err *err)
{
	bool found = false;

	if (db_device_find(db, arena, name, ret, &found, err))
		return err->code;
	if (found)
		return ERR_OK;
	err_set(err, ERR_NOT_FOUND, "there is no device '%s'", QUOTE(name));
	return err_fix(err, "otactl device list shows all");
}

enum err_code
db_device_key(struct db *db, const char *name, int64_t *id, int64_t *product, struct err *err)
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
db_device_by_id(struct db *db, struct arena *arena, int64_t id, struct device *ret, struct err *err)
{
	return db_row_one(db_query(db, SQL_DEVICE_BY_ID, PARAMS(INT("id", id))), &db_device_row,
		arena, ret, "there is no such device", err);
}

struct probe_flags {
	bool started;
};
static const struct row probe_flags_row =
	ROW_OF("device", 0, probe_flags, COLUMN(probe_flags, started));

enum err_code
db_device_probe(struct db *db, struct arena *arena, int64_t product, int64_t from, int64_t plan,
	struct device *ret, bool *started, bool *found, struct err *err)
{
	struct stmt *s = db_query(db, SQL_DEVICE_PROBE,
		PARAMS(INT("product", product), INT("from", from), INT("plan", plan)));
	enum db_step step = db_step(s, err);
	struct probe_flags flags;

	*found = step == DB_ROW;
	if (step != DB_ROW)
		return step == DB_FAILED ? err->code : ERR_OK;
	if (!db_row_read(s, &db_device_row, arena, ret, err) &&
		!db_row_read(s, &probe_flags_row, NULL, &flags, err))
		*started = flags.started;
	db_reset(s);
	return err->code;
}

enum err_code
db_device_newest_of(struct db *db, int64_t product, int64_t *ret, struct err *err)
{
	return db_number(db, SQL_DEVICE_NEWEST_OF, PARAMS(INT("product", product)), 0, ret, err);
}

struct stmt *
db_device_of_product_cursor(struct db *db, int64_t product)
{
	return db_query(db, SQL_DEVICE_OF_PRODUCT, PARAMS(INT("product", product)));
}

struct stmt *
db_device_cursor(struct db *db, int64_t after, int64_t limit)
{
	return db_query(db, SQL_DEVICE_NEXT, PARAMS(INT("after", after), INT("limit", limit)));
}

enum db_step
db_device_each(struct stmt *cursor, struct arena *arena, struct device *ret, struct err *err)
{
	return db_row_next(cursor, &db_device_row, arena, ret, err);
}

struct stmt *
db_device_habits_cursor(struct db *db, int64_t product)
{
	return db_query(db, SQL_DEVICE_HABITS, PARAMS(INT("product", product)));
}

enum db_step
db_device_habits_each(struct stmt *cursor, struct arena *arena, struct device *ret, struct err *err)
{
	return db_row_next(cursor, &habits_row, arena, ret, err);
}

enum err_code
db_device_zones(struct db *db, struct arena *arena, int64_t product, const char ***ret,
	size_t *count, struct err *err)
{
	return db_texts(db_query(db, SQL_DEVICE_ZONES, PARAMS(INT("product", product))), arena, ret,
		count, err);
}

enum err_code
db_device_newest(struct db *db, int64_t *ret, struct err *err)
{
	return db_number(db, SQL_DEVICE_NEWEST, NULL, 0, ret, err);
}

enum err_code
db_device_held_of(struct db *db, const struct plan *plan, int64_t *ret, struct err *err)
{
	return db_number(db, SQL_DEVICE_HELD_OF,
		PARAMS(INT("product", plan->product), INT("plan", plan->id),
			INT("newest", plan->continuous ? 0 : plan->max_device),
			INT("listed", plan->whitelist_set)),
		0, ret, err);
}

enum err_code
db_device_insert(struct db *db, struct device *d, struct err *err)
{
	if (db_row_write(db, SQL_DEVICE_ADD, &db_device_row, d, NULL, err)) {
		if (err->code == ERR_CONFLICT)
			err_set(err, ERR_CONFLICT, "there is a device '%s' already", d->name);
		return err->code;
	}
	d->id = db_last_id(db);
	return ERR_OK;
}

enum err_code
db_device_update(struct db *db, const struct device *d, struct err *err)
{
	return db_row_write(db, SQL_DEVICE_SET, &db_device_row, d, NULL, err);
}

enum err_code
db_device_store_seen(struct db *db, const struct device *d, struct err *err)
{
	return db_row_write(db, SQL_DEVICE_SEEN, &db_device_row, d, NULL, err);
}

enum err_code
db_device_store_contact(struct db *db, const struct device *d, struct err *err)
{
	return db_row_write(db, SQL_DEVICE_CONTACT, &db_device_row, d, NULL, err);
}

enum err_code
db_device_delete(struct db *db, int64_t id, struct err *err)
{
	return db_run(db, SQL_DEVICE_REMOVE, PARAMS(INT("id", id)), err);
}

enum err_code
db_device_retire(struct db *db, int64_t id, int64_t now, struct err *err)
{
	return db_run(db, SQL_DEVICE_RETIRE, PARAMS(INT("now", now), INT("id", id)), err);
}

enum err_code
db_device_tied(struct db *db, int64_t id, bool *ret, struct err *err)
{
	int64_t any;

	if (db_number(db, SQL_DEVICE_TIED, PARAMS(INT("id", id)), 0, &any, err))
		return err->code;
	*ret = any;
	return ERR_OK;
}

enum err_code
db_device_any_former(struct db *db, bool *ret, struct err *err)
{
	int64_t any;

	if (db_number(db, SQL_DEVICE_ANY_FORMER, NULL, 0, &any, err))
		return err->code;
	*ret = any;
	return ERR_OK;
}

enum err_code
db_device_former(struct db *db, struct arena *arena, const char *name, struct device *ret,
	bool *found, struct err *err)
{
	return db_row_get(db_query(db, SQL_DEVICE_FORMER, PARAMS(TEXT("name", name))),
		&db_device_row, arena, ret, found, err);
}

enum err_code
db_device_hand_over(struct db *db, int64_t from, int64_t to, struct err *err)
{
	return db_run(db, SQL_DEVICE_LISTS_MOVE, PARAMS(INT("from", from), INT("to", to)), err)
		       ? err->code
		       : db_run(db, SQL_DEVICE_GROUPS_MOVE,
				 PARAMS(INT("from", from), INT("to", to)), err);
}

enum err_code
db_token_insert(struct db *db, const struct token_new *token, struct err *err)
{
	return db_row_write(db, SQL_TOKEN_ADD, &token_new_row, token,
		PARAMS(BLOB("hash", token->hash, sizeof((struct token_row *)0)->hash)), err);
}

enum err_code
db_token_use(
	struct db *db, enum token_kind kind, int64_t owner, const uint8_t hash[32], struct err *err)
{
	return db_run(db, SQL_TOKEN_USE,
		PARAMS(TEXT("kind", token_words[kind]), INT("owner", owner),
			BLOB("hash", hash, 32)),
		err);
}

enum err_code
db_token_all(struct db *db, enum token_kind kind, int64_t owner, struct token_row ret[TOKENS_MAX],
	size_t *count, struct err *err)
{
	struct stmt *stmt = db_query(
		db, SQL_TOKEN_LIST, PARAMS(TEXT("kind", token_words[kind]), INT("owner", owner)));
	enum db_step step = DB_ROW;
	size_t n = 0;

	while (n < TOKENS_MAX &&
		(step = db_row_next(stmt, &db_token_row, NULL, &ret[n], err)) == DB_ROW)
		n++;
	if (step == DB_FAILED)
		return err->code;
	db_reset(stmt);
	*count = n;
	return ERR_OK;
}

enum err_code
db_gateway_tokens(struct db *db, struct arena *arena, int64_t product, int64_t device,
	struct token_row **ret, size_t *count, bool *open, struct err *err)
{
	struct stmt *stmt = db_query(
		db, SQL_GATEWAY_TOKENS, PARAMS(INT("product", product), INT("device", device)));
	struct gateway_flags flags;
	enum db_step step;

	*ret = NULL;
	*count = 0;
	*open = false;
	while ((step = db_row_next(stmt, &gateway_flags_row, NULL, &flags, err)) == DB_ROW) {
		*open = flags.open;
		if (!flags.has_token)
			continue;
		*ret = arena_room(arena, *ret, *count, sizeof **ret);
		if (db_row_read(stmt, &db_token_row, NULL, &(*ret)[(*count)++], err)) {
			db_reset(stmt);
			return err->code;
		}
	}
	return step == DB_DONE ? ERR_OK : err->code;
}

enum err_code
db_gateway_all(
	struct db *db, struct arena *arena, struct gateway **ret, size_t *count, struct err *err)
{
	return db_row_list(
		db_query(db, SQL_GATEWAY_LIST, NULL), &gateway_row, arena, ret, count, err);
}

enum err_code
db_gateway_delete(struct db *db, const char *name, struct err *err)
{
	return db_run(db, SQL_GATEWAY_REMOVE, PARAMS(TEXT("name", name)), err);
}

enum err_code
db_token_expire(
	struct db *db, enum token_kind kind, int64_t owner, int64_t expires_at, struct err *err)
{
	return db_run(db, SQL_TOKEN_EXPIRE,
		PARAMS(TEXT("kind", token_words[kind]), INT("owner", owner),
			INT("expires_at", expires_at)),
		err);
}

enum err_code
db_token_delete(struct db *db, enum token_kind kind, int64_t owner, struct err *err)
{
	return db_run(db, SQL_TOKEN_REMOVE,
		PARAMS(TEXT("kind", token_words[kind]), INT("owner", owner)), err);
}

enum err_code
db_group_get(struct db *db, const char *name, bool create, int64_t *ret, struct err *err)
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
db_group_in_use(struct db *db, const char *name, bool *ret, struct err *err)
{
	int64_t any;

	if (db_number(db, SQL_GROUP_USED, PARAMS(TEXT("name", name)), 0, &any, err))
		return err->code;
	*ret = any;
	return ERR_OK;
}

enum err_code
db_group_delete(struct db *db, int64_t id, struct err *err)
{
	return db_run(db, SQL_GROUP_REMOVE, PARAMS(INT("id", id)), err);
}

enum err_code
db_group_all(
	struct db *db, struct arena *arena, struct group_row **ret, size_t *count, struct err *err)
{
	return db_row_list(
		db_query(db, SQL_GROUP_LIST, NULL), &group_list_row, arena, ret, count, err);
}

enum err_code
db_member_insert(struct db *db, int64_t group, int64_t device, struct err *err)
{
	return db_run(db, SQL_MEMBER_ADD, PARAMS(INT("device", device), INT("grp", group)), err);
}

enum err_code
db_member_delete(struct db *db, int64_t group, int64_t device, struct err *err)
{
	return db_run(db, SQL_MEMBER_REMOVE, PARAMS(INT("device", device), INT("grp", group)), err);
}

enum err_code
db_member_devices(struct db *db, struct arena *arena, int64_t group, const char ***ret,
	size_t *count, struct err *err)
{
	return db_texts(
		db_query(db, SQL_GROUP_MEMBERS, PARAMS(INT("grp", group))), arena, ret, count, err);
}

enum err_code
db_member_groups(struct db *db, struct arena *arena, int64_t device, const char ***ret,
	size_t *count, struct err *err)
{
	return db_texts(db_query(db, SQL_MEMBER_NAMES, PARAMS(INT("device", device))), arena, ret,
		count, err);
}

enum err_code
db_member_group_ids(struct db *db, struct arena *arena, int64_t device, int64_t **ret,
	size_t *count, struct err *err)
{
	return db_ints(
		db_query(db, SQL_MEMBER_OF, PARAMS(INT("device", device))), arena, ret, count, err);
}

struct stmt *
db_member_cursor(struct db *db, int64_t group)
{
	return db_query(db, SQL_MEMBER_LIST, PARAMS(INT("grp", group)));
}

enum db_step
db_member_each(struct stmt *cursor, int64_t *device, struct err *err)
{
	enum db_step step = db_step(cursor, err);

	if (step == DB_ROW)
		*device = db_int(cursor);
	return step;
}
