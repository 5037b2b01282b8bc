/* Products, their components and versions, and the keys trusted for them. */
#pragma once

#include "core/model.h"
#include "db/row.h"

extern const struct row db_product_row, db_component_row, db_version_row, db_key_row;

/* A product by its name; ERR_NOT_FOUND names it. */
enum err_code db_product_get(
	struct db *db, const char *name, struct product *ret, struct err *err) MUST_USE;

/* A product by its id, or ERR_NOT_FOUND. */
enum err_code db_product_by_id(
	struct db *db, int64_t id, struct product *ret, struct err *err) MUST_USE;

/* All products by name, or the one that is named, in the arena; ERR_NOT_FOUND names it. */
enum err_code db_product_all(struct db *db, struct arena *arena, const char *name,
	struct product **ret, size_t *count, struct err *err) MUST_USE;

/* Add a product and set its id; ERR_CONFLICT: the name is taken. */
enum err_code db_product_insert(struct db *db, struct product *product, struct err *err) MUST_USE;

/* Store everything of a product but its name. */
enum err_code db_product_update(
	struct db *db, const struct product *product, struct err *err) MUST_USE;

/* Remove a product; ERR_CONFLICT while something refers to it. */
enum err_code db_product_delete(struct db *db, int64_t id, struct err *err) MUST_USE;

/* A component by its identity; ERR_NOT_FOUND names it. */
enum err_code db_component_get(struct db *db, const struct product *product, const char *identity,
	struct component *ret, struct err *err) MUST_USE;

/* A component by its id, or ERR_NOT_FOUND. */
enum err_code db_component_by_id(
	struct db *db, int64_t id, struct component *ret, struct err *err) MUST_USE;

/* All components of a product in the order they were added, in the arena. */
enum err_code db_component_all(struct db *db, struct arena *arena, int64_t product,
	struct component **ret, size_t *count, struct err *err) MUST_USE;

/* The same for the door: a component that cannot be read is named in `unread` and left out. */
enum err_code db_component_readable(struct db *db, struct arena *arena, int64_t product,
	struct component **ret, size_t *count, struct row_unread *unread, struct err *err) MUST_USE;

/* Add a component and set its id; ERR_CONFLICT: the identity is taken. */
enum err_code db_component_insert(
	struct db *db, struct component *component, struct err *err) MUST_USE;

/* Store type, chip and slot size. */
enum err_code db_component_update(
	struct db *db, const struct component *component, struct err *err) MUST_USE;

/* Remove a component; ERR_CONFLICT while something refers to it. */
enum err_code db_component_delete(struct db *db, int64_t id, struct err *err) MUST_USE;

/*
 * A counter that was given, by whatever copy of this database: no version gets it or a lower one
 * again.
 */
enum err_code db_component_raise(
	struct db *db, int64_t component, int64_t counter, struct err *err) MUST_USE;

/* *found false when there is no such version (that is no error: devices report all sorts). */
enum err_code db_version_find(struct db *db, int64_t component, const char *name,
	struct version *ret, bool *found, struct err *err) MUST_USE;

/* A version by its id, or ERR_NOT_FOUND. */
enum err_code db_version_by_id(
	struct db *db, int64_t id, struct version *ret, struct err *err) MUST_USE;

/* All versions of a component by counter, in the arena. */
enum err_code db_version_all(struct db *db, struct arena *arena, int64_t component,
	struct version **ret, size_t *count, struct err *err) MUST_USE;

/* The same for the door: a version that cannot be read is named in `unread` and left out. */
enum err_code db_version_readable(struct db *db, struct arena *arena, int64_t component,
	struct version **ret, size_t *count, struct row_unread *unread, struct err *err) MUST_USE;

/* The highest counter ever given: also that of a version that is gone. */
enum err_code db_version_highest(
	struct db *db, int64_t component, int64_t *ret, struct err *err) MUST_USE;

/*
 * Floors only rise with the counter: a new version's lies between these (INT64_MAX: no limit
 * above).
 */
enum err_code db_version_floors(struct db *db, int64_t component, int64_t counter, int64_t *below,
	int64_t *above, struct err *err) MUST_USE;

/*
 * Add a version, set its id and raise its component's counter; ERR_CONFLICT: name or counter is
 * taken.
 */
enum err_code db_version_insert(struct db *db, struct version *version, struct err *err) MUST_USE;

/* Remove a version that no package and no plan refers to; one that is used stays. */
enum err_code db_version_drop_unused(struct db *db, int64_t id, struct err *err) MUST_USE;

/* The keys trusted for a product, revoked ones included, oldest first, in the arena. */
enum err_code db_key_all(struct db *db, struct arena *arena, int64_t product, struct key **ret,
	size_t *count, struct err *err) MUST_USE;

/* A revoked key with the name of its product. */
struct revoked_key {
	const char *product, *name, *key_id;
	uint8_t key[32];
};

/* The revoked keys of all products, in the arena. */
enum err_code db_key_revoked(struct db *db, struct arena *arena, struct revoked_key **ret,
	size_t *count, struct err *err) MUST_USE;

/* The highest counter that a component ever gave. */
struct high_counter {
	const char *product, *component;
	int64_t counter;
};

/* Those of all components that gave one, in the arena. */
enum err_code db_counter_all(struct db *db, struct arena *arena, struct high_counter **ret,
	size_t *count, struct err *err) MUST_USE;

/* Trust a key and set its id; ERR_CONFLICT: the product trusts it already. */
enum err_code db_key_insert(struct db *db, struct key *key, struct err *err) MUST_USE;

/* Mark a key as revoked, for good. */
enum err_code db_key_revoke(struct db *db, int64_t id, struct err *err) MUST_USE;

/* Change from when until when a key may sign; 0: open. */
enum err_code db_key_set_dates(
	struct db *db, int64_t id, int64_t not_before, int64_t not_after, struct err *err) MUST_USE;

/* Remove a key from the trust store. */
enum err_code db_key_remove(struct db *db, int64_t id, struct err *err) MUST_USE;
