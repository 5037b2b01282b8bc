/* Packages, their files and signatures. */
#pragma once

#include "core/model.h"
#include "db/row.h"

extern const struct row db_package_row, db_file_row, db_signature_row;

/* True when the manifest of any package has expired after `after`, up to `now`. */
enum err_code db_package_expired(
	struct db *db, int64_t after, int64_t now, bool *ret, struct err *err) MUST_USE;

/* A package by its id, with its files in the arena, or ERR_NOT_FOUND. */
enum err_code db_package_by_id(struct db *db, struct arena *arena, int64_t id, struct package *ret,
	struct err *err) MUST_USE;

/* All packages to one version, oldest first, in the arena, with their files. */
enum err_code db_package_of_version(struct db *db, struct arena *arena, int64_t version,
	struct package **ret, size_t *count, struct err *err) MUST_USE;

/* All packages of a product by component and counter, in the arena, with their files. */
enum err_code db_package_of_product(struct db *db, struct arena *arena, int64_t product,
	struct package **ret, size_t *count, struct err *err) MUST_USE;

/* The manifest as it was signed; the text lives in the arena. */
enum err_code db_package_manifest_text(
	struct db *db, struct arena *arena, int64_t id, const char **ret, struct err *err) MUST_USE;

/*
 * The package with this SHA-256 of a manifest that is no plain draft, and the manifest in the
 * arena; *id 0 when there is none.
 */
enum err_code db_package_by_manifest(struct db *db, struct arena *arena, const char *sha256,
	int64_t *id, const char **manifest, struct err *err) MUST_USE;

/* Add a draft with its files and set its id; ERR_CONFLICT: there is such a package. */
enum err_code db_package_insert(
	struct db *db, struct package *package, const char *manifest, struct err *err) MUST_USE;

/* Store the state and the reason for it. */
enum err_code db_package_set_state(struct db *db, int64_t id, enum package_state state,
	const char *reason, struct err *err) MUST_USE;

/* Store how far its trial is. */
enum err_code db_package_set_trial(
	struct db *db, int64_t id, enum trial trial, struct err *err) MUST_USE;

/* Store how many valid signatures by distinct trusted keys it has. */
enum err_code db_package_set_signatures(
	struct db *db, int64_t id, int64_t signatures, struct err *err) MUST_USE;

/* Remove a package with its files and signatures; ERR_CONFLICT while something refers to it. */
enum err_code db_package_delete(struct db *db, int64_t id, struct err *err) MUST_USE;

/* Whether a plan or an execution refers to it. */
enum err_code db_package_in_use(struct db *db, int64_t id, bool *ret, struct err *err) MUST_USE;

struct signature_row {
	int position; /* of the file, or -1 for the manifest */
	char key_id[KEY_ID_HEX];
	const char *minisig; /* the file's text */
};

/* Add a signature, or replace the one of the same key. */
enum err_code db_signature_insert(
	struct db *db, int64_t package, const struct signature_row *row, struct err *err) MUST_USE;

/* All signatures of a package by position and key, in the arena. */
enum err_code db_signature_all(struct db *db, struct arena *arena, int64_t package,
	struct signature_row **ret, size_t *count, struct err *err) MUST_USE;

/* Those of its manifest alone. */
enum err_code db_signature_of_manifest(struct db *db, struct arena *arena, int64_t package,
	struct signature_row **ret, size_t *count, struct err *err) MUST_USE;

/* A signature of the image with this SHA-256, in the arena, or NULL. */
enum err_code db_signature_of_file(struct db *db, struct arena *arena, const char *sha256,
	const char **ret, struct err *err) MUST_USE;
