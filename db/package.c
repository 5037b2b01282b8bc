#include "db/package.h"

const struct row db_package_row = ROW(package, COLUMN(package, id), COLUMN(package, version),
	WORD(package, kind, kind_words), COLUMN(package, source),
	WORD(package, state, package_state_words), COLUMN(package, reason), COLUMN(package, remark),
	COLUMN(package, manifest_sha256), COLUMN(package, created_at), COLUMN(package, expires_at),
	COLUMN(package, size), COLUMN(package, signatures), WORD(package, trial, trial_words),
	COLUMN(package, hw), COLUMN(package, requirements), COLUMN(package, component));

const struct row db_file_row =
	ROW_OF("file", 2, artifact, KEY("package"), COLUMN(artifact, position),
		COLUMN(artifact, name), COLUMN(artifact, slot), COLUMN(artifact, path),
		COLUMN(artifact, size), COLUMN(artifact, md5), COLUMN(artifact, sha1),
		COLUMN(artifact, crc32), COLUMN(artifact, sha256), COLUMN(artifact, blake2b));

const struct row db_signature_row =
	ROW_OF("signature", 2, signature_row, KEY("package"), COLUMN(signature_row, position),
		COLUMN(signature_row, key_id), COLUMN(signature_row, minisig));

struct manifest_text {
	int64_t id;
	const char *manifest;
};
static const struct row manifest_text_row = ROW_OF(
	"package", 1, manifest_text, COLUMN(manifest_text, id), COLUMN(manifest_text, manifest));

static enum err_code
files_load(struct db *db, struct arena *arena, struct package *package, struct err *err)
{
	struct artifact *files;

	if (db_row_list(db_query(db, SQL_FILE_LIST, PARAMS(INT("package", package->id))),
		    &db_file_row, arena, &files, &package->file_count, err))
		return err->code;
	package->files = files;
	return ERR_OK;
}

static enum err_code
package_take_all(struct db *db, struct arena *arena, struct stmt *stmt, struct package **ret,
	size_t *count, struct err *err)
{
	if (db_row_list(stmt, &db_package_row, arena, ret, count, err))
		return err->code;
	for (size_t i = 0; i < *count; i++)
		if (files_load(db, arena, &(*ret)[i], err))
			return err->code;
	return ERR_OK;
}

enum err_code
db_package_set_trial(struct db *db, int64_t id, enum trial trial, struct err *err)
{
	return db_run(db, SQL_PACKAGE_SET_TRIAL,
		PARAMS(TEXT("trial", trial_words[trial]), INT("id", id)), err);
}

enum err_code
db_package_expired(struct db *db, int64_t after, int64_t now, bool *ret, struct err *err)
{
	int64_t any;

	if (db_number(db, SQL_PACKAGE_EXPIRED, PARAMS(INT("after", after), INT("now", now)), 0,
		    &any, err))
		return err->code;
	*ret = any;
	return ERR_OK;
}

enum err_code
db_package_by_id(
	struct db *db, struct arena *arena, int64_t id, struct package *ret, struct err *err)
{
	if (db_row_one(db_query(db, SQL_PACKAGE_BY_ID, PARAMS(INT("id", id))), &db_package_row,
		    arena, ret, "there is no such package", err))
		return err->code;
	return files_load(db, arena, ret, err);
}

enum err_code
db_package_of_version(struct db *db, struct arena *arena, int64_t version, struct package **ret,
	size_t *count, struct err *err)
{
	return package_take_all(db, arena,
		db_query(db, SQL_PACKAGE_BY_VERSION, PARAMS(INT("version", version))), ret, count,
		err);
}

enum err_code
db_package_of_product(struct db *db, struct arena *arena, int64_t product, struct package **ret,
	size_t *count, struct err *err)
{
	return package_take_all(db, arena,
		db_query(db, SQL_PACKAGE_BY_PRODUCT, PARAMS(INT("product", product))), ret, count,
		err);
}

enum err_code
db_package_manifest_text(
	struct db *db, struct arena *arena, int64_t id, const char **ret, struct err *err)
{
	struct manifest_text text = { 0 };

	if (db_row_one(db_query(db, SQL_PACKAGE_MANIFEST, PARAMS(INT("id", id))),
		    &manifest_text_row, arena, &text, "there is no such package", err))
		return err->code;
	*ret = text.manifest;
	return ERR_OK;
}

enum err_code
db_package_by_manifest(struct db *db, struct arena *arena, const char *sha256, int64_t *id,
	const char **manifest, struct err *err)
{
	struct manifest_text text = { 0 };
	bool found;

	if (db_row_get(db_query(db, SQL_PACKAGE_MANIFEST_BY_SHA256, PARAMS(TEXT("sha256", sha256))),
		    &manifest_text_row, arena, &text, &found, err))
		return err->code;
	*id = text.id;
	if (found)
		*manifest = text.manifest;
	return ERR_OK;
}

enum err_code
db_package_insert(struct db *db, struct package *p, const char *manifest, struct err *err)
{
	if (db_row_write(db, SQL_PACKAGE_ADD, &db_package_row, p,
		    PARAMS(TEXT("manifest", manifest)), err)) {
		if (err->code == ERR_CONFLICT)
			err_set(err, ERR_CONFLICT, "there is such a package already");
		return err->code;
	}
	p->id = db_last_id(db);
	for (size_t i = 0; i < p->file_count; i++)
		if (db_row_write(db, SQL_FILE_ADD, &db_file_row, &p->files[i],
			    PARAMS(INT("package", p->id)), err))
			return err->code;
	return ERR_OK;
}

enum err_code
db_package_set_state(
	struct db *db, int64_t id, enum package_state state, const char *reason, struct err *err)
{
	return db_run(db, SQL_PACKAGE_SET_STATE,
		PARAMS(TEXT("state", package_state_words[state]), TEXT("reason", reason),
			INT("id", id)),
		err);
}

enum err_code
db_package_set_signatures(struct db *db, int64_t id, int64_t signatures, struct err *err)
{
	return db_run(db, SQL_PACKAGE_SET_SIGNATURES,
		PARAMS(INT("signatures", signatures), INT("id", id)), err);
}

enum err_code
db_package_delete(struct db *db, int64_t id, struct err *err)
{
	return db_run(db, SQL_PACKAGE_REMOVE, PARAMS(INT("id", id)), err);
}

enum err_code
db_package_in_use(struct db *db, int64_t id, bool *ret, struct err *err)
{
	int64_t uses;

	if (db_number(db, SQL_PACKAGE_USED, PARAMS(INT("id", id)), 0, &uses, err))
		return err->code;
	*ret = uses;
	return ERR_OK;
}

enum err_code
db_signature_insert(
	struct db *db, int64_t package, const struct signature_row *row, struct err *err)
{
	return db_row_write(db, SQL_SIGNATURE_ADD, &db_signature_row, row,
		PARAMS(INT("package", package)), err);
}

enum err_code
db_signature_all(struct db *db, struct arena *arena, int64_t package, struct signature_row **ret,
	size_t *count, struct err *err)
{
	return db_row_list(db_query(db, SQL_SIGNATURE_LIST, PARAMS(INT("package", package))),
		&db_signature_row, arena, ret, count, err);
}

enum err_code
db_signature_of_manifest(struct db *db, struct arena *arena, int64_t package,
	struct signature_row **ret, size_t *count, struct err *err)
{
	return db_row_list(
		db_query(db, SQL_SIGNATURE_LIST_MANIFEST, PARAMS(INT("package", package))),
		&db_signature_row, arena, ret, count, err);
}

enum err_code
db_signature_of_file(
	struct db *db, struct arena *arena, const char *sha256, const char **ret, struct err *err)
{
	return db_text_get(
		db, SQL_SIGNATURE_OF_FILE, PARAMS(TEXT("sha256", sha256)), arena, ret, err);
}
