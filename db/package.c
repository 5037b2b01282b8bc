#include "db/package.h"

static void
package_from_row(struct stmt *s, struct package *ret)
{
	*ret = (struct package){ 0 };
	ret->id = db_int(s);
	ret->component = db_int(s);
	ret->version = db_int(s);
	ret->kind = (enum package_kind)WORD_INDEX(kind_words, db_text(s));
	db_field(s, ret->source, sizeof ret->source);
	ret->state = (enum package_state)WORD_INDEX(package_state_words, db_text(s));
	db_field(s, ret->reason, sizeof ret->reason);
	db_field(s, ret->remark, sizeof ret->remark);
	db_field(s, ret->manifest_sha256, sizeof ret->manifest_sha256);
	ret->created_at = db_int(s);
	ret->expires_at = db_int(s);
	ret->size = db_int(s);
	ret->signatures = db_int(s);
	ret->trial = (enum trial)WORD_INDEX(trial_words, db_text(s));
}

static void
file_from_row(struct stmt *s, struct artifact *ret)
{
	ret->position = (int)db_int(s);
	db_field(s, ret->name, sizeof ret->name);
	db_field(s, ret->slot, sizeof ret->slot);
	db_field(s, ret->path, sizeof ret->path);
	ret->size = db_int(s);
	db_field(s, ret->md5, sizeof ret->md5);
	db_field(s, ret->sha1, sizeof ret->sha1);
	db_field(s, ret->crc32, sizeof ret->crc32);
	db_field(s, ret->sha256, sizeof ret->sha256);
	db_field(s, ret->blake2b, sizeof ret->blake2b);
}

static enum err_code
files_load(struct db *db, struct arena *arena, struct package *package, struct err *err)
{
	struct stmt *stmt = db_query(db, SQL_FILE_LIST, PARAMS(INT("package", package->id)));
	struct artifact *list = NULL;
	enum db_step step;
	size_t n = 0;

	while ((step = db_step(stmt, err)) == DB_ROW) {
		list = arena_room(arena, list, n, sizeof *list);
		file_from_row(stmt, &list[n++]);
	}
	package->files = list;
	package->file_count = n;
	return step == DB_DONE ? ERR_OK : err->code;
}

static enum err_code
package_take_all(struct db *db, struct arena *arena, struct stmt *stmt, struct package **ret,
	size_t *count, struct err *err)
{
	struct package *list = NULL;
	enum db_step step;
	size_t n = 0;

	while ((step = db_step(stmt, err)) == DB_ROW) {
		list = arena_room(arena, list, n, sizeof *list);
		package_from_row(stmt, &list[n++]);
	}
	if (step == DB_FAILED)
		return err->code;
	for (size_t i = 0; i < n; i++)
		if (files_load(db, arena, &list[i], err))
			return err->code;
	*ret = list;
	*count = n;
	return ERR_OK;
}

enum err_code
package_set_trial(struct db *db, int64_t id, enum trial trial, struct err *err)
{
	return db_run(db, SQL_PACKAGE_SET_TRIAL,
		PARAMS(TEXT("trial", trial_words[trial]), INT("id", id)), err);
}

enum err_code
package_by_id(struct db *db, struct arena *arena, int64_t id, struct package *ret, struct err *err)
{
	struct package *list;
	size_t count;

	if (package_take_all(db, arena, db_query(db, SQL_PACKAGE_BY_ID, PARAMS(INT("id", id))),
		    &list, &count, err))
		return err->code;
	if (!count)
		return err_set(err, ERR_NOT_FOUND, "there is no such package");
	*ret = list[0];
	return ERR_OK;
}

enum err_code
package_of_version(struct db *db, struct arena *arena, int64_t version, struct package **ret,
	size_t *count, struct err *err)
{
	return package_take_all(db, arena,
		db_query(db, SQL_PACKAGE_BY_VERSION, PARAMS(INT("version", version))), ret, count,
		err);
}

enum err_code
package_of_product(struct db *db, struct arena *arena, int64_t product, struct package **ret,
	size_t *count, struct err *err)
{
	return package_take_all(db, arena,
		db_query(db, SQL_PACKAGE_BY_PRODUCT, PARAMS(INT("product", product))), ret, count,
		err);
}

enum err_code
package_manifest_text(
	struct db *db, struct arena *arena, int64_t id, const char **ret, struct err *err)
{
	struct stmt *stmt = db_query(db, SQL_PACKAGE_MANIFEST, PARAMS(INT("id", id)));

	if (db_step(stmt, err) != DB_ROW)
		return err->code;
	*ret = arena_copy(arena, db_text(stmt));
	db_reset(stmt);
	return ERR_OK;
}

enum err_code
package_by_manifest(struct db *db, struct arena *arena, const char *sha256, int64_t *id,
	const char **manifest, struct err *err)
{
	struct stmt *stmt =
		db_query(db, SQL_PACKAGE_MANIFEST_BY_SHA256, PARAMS(TEXT("sha256", sha256)));
	enum db_step step = db_step(stmt, err);

	*id = 0;
	if (step == DB_FAILED)
		return err->code;
	if (step == DB_ROW) {
		*id = db_int(stmt);
		*manifest = arena_copy(arena, db_text(stmt));
		db_reset(stmt);
	}
	return ERR_OK;
}

static enum err_code
file_insert(struct db *db, int64_t package, const struct artifact *f, struct err *err)
{
	return db_run(db, SQL_FILE_ADD,
		PARAMS(INT("package", package), INT("position", f->position), TEXT("name", f->name),
			TEXT("slot", f->slot), TEXT("path", f->path), INT("size", f->size),
			TEXT("md5", f->md5), TEXT("sha1", f->sha1), TEXT("crc32", f->crc32),
			TEXT("sha256", f->sha256), TEXT("blake2b", f->blake2b)),
		err);
}

enum err_code
package_insert(struct db *db, struct package *p, const char *manifest, struct err *err)
{
	if (db_run(db, SQL_PACKAGE_ADD,
		    PARAMS(INT("version", p->version), TEXT("kind", kind_words[p->kind]),
			    TEXT("source", p->source), TEXT("remark", p->remark),
			    TEXT("manifest", manifest), TEXT("manifest_sha256", p->manifest_sha256),
			    INT("created_at", p->created_at), INT("expires_at", p->expires_at),
			    INT("size", p->size)),
		    err)) {
		if (err->code == ERR_CONFLICT)
			err_set(err, ERR_CONFLICT, "there is such a package already");
		return err->code;
	}
	p->id = db_last_id(db);
	for (size_t i = 0; i < p->file_count; i++)
		if (file_insert(db, p->id, &p->files[i], err))
			return err->code;
	return ERR_OK;
}

enum err_code
package_set_state(
	struct db *db, int64_t id, enum package_state state, const char *reason, struct err *err)
{
	return db_run(db, SQL_PACKAGE_SET_STATE,
		PARAMS(TEXT("state", package_state_words[state]), TEXT("reason", reason),
			INT("id", id)),
		err);
}

enum err_code
package_set_signatures(struct db *db, int64_t id, int64_t signatures, struct err *err)
{
	return db_run(db, SQL_PACKAGE_SET_SIGNATURES,
		PARAMS(INT("signatures", signatures), INT("id", id)), err);
}

enum err_code
package_delete(struct db *db, int64_t id, struct err *err)
{
	return db_run(db, SQL_PACKAGE_REMOVE, PARAMS(INT("id", id)), err);
}

enum err_code
package_in_use(struct db *db, int64_t id, bool *ret, struct err *err)
{
	int64_t uses;

	if (db_number(db, SQL_PACKAGE_USED, PARAMS(INT("id", id)), 0, &uses, err))
		return err->code;
	*ret = uses;
	return ERR_OK;
}

enum err_code
signature_insert(struct db *db, int64_t package, const struct signature_row *row, struct err *err)
{
	return db_run(db, SQL_SIGNATURE_ADD,
		PARAMS(INT("package", package), INT("position", row->position),
			TEXT("key_id", row->key_id), TEXT("minisig", row->minisig)),
		err);
}

enum err_code
signature_all(struct db *db, struct arena *arena, int64_t package, struct signature_row **ret,
	size_t *count, struct err *err)
{
	struct stmt *stmt = db_query(db, SQL_SIGNATURE_LIST, PARAMS(INT("package", package)));
	struct signature_row *list = NULL;
	enum db_step step;
	size_t n = 0;

	while ((step = db_step(stmt, err)) == DB_ROW) {
		list = arena_room(arena, list, n, sizeof *list);
		list[n].position = (int)db_int(stmt);
		db_field(stmt, list[n].key_id, sizeof list[n].key_id);
		list[n++].minisig = arena_copy(arena, db_text(stmt));
	}
	*ret = list;
	*count = n;
	return step == DB_DONE ? ERR_OK : err->code;
}

enum err_code
signature_of_file(
	struct db *db, struct arena *arena, const char *sha256, const char **ret, struct err *err)
{
	struct stmt *stmt = db_query(db, SQL_SIGNATURE_OF_FILE, PARAMS(TEXT("sha256", sha256)));
	enum db_step step = db_step(stmt, err);

	*ret = NULL;
	if (step == DB_FAILED)
		return err->code;
	if (step == DB_ROW) {
		*ret = arena_copy(arena, db_text(stmt));
		db_reset(stmt);
	}
	return ERR_OK;
}
