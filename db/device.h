/* Devices, their tokens, and groups of them. */
#pragma once

#include "core/model.h"
#include "db/fleet.h"

extern const struct row db_device_row, db_token_row, db_token_whole_row;

/*
 * The device of an id, or else the one that was retired last; *found false when there is none.  The
 * texts of the row live in the arena.
 */
enum err_code db_device_find(struct db *db, struct arena *arena, const char *name,
	struct device *ret, bool *found, struct err *err) MUST_USE;

/* The same where there has to be one; ERR_NOT_FOUND names it. */
enum err_code db_device_get(struct db *db, struct arena *arena, const char *name,
	struct device *ret, struct err *err) MUST_USE;

/*
 * The first device of a product from an id on, its texts in the arena, and whether it has accepted
 * in a plan; *found false behind the last one.
 */
enum err_code db_device_probe(struct db *db, struct arena *arena, int64_t product, int64_t from,
	int64_t plan, struct device *ret, bool *started, bool *found, struct err *err) MUST_USE;

/* The newest device of a product, or 0. */
enum err_code db_device_newest_of(
	struct db *db, int64_t product, int64_t *ret, struct err *err) MUST_USE;

/* A device by its id, or ERR_NOT_FOUND; its texts live in the arena. */
enum err_code db_device_by_id(struct db *db, struct arena *arena, int64_t id, struct device *ret,
	struct err *err) MUST_USE;

/* Id and product alone of a device in service, for long lists; *id 0 when there is none. */
enum err_code db_device_key(
	struct db *db, const char *name, int64_t *id, int64_t *product, struct err *err) MUST_USE;

enum { TOKENS_MAX = 4 }; /* per owner: rotation overlaps */
struct token_row {
	uint8_t hash[32];
	int64_t expires_at;
	int64_t uses; /* left; -1: any number */
};
struct entry {
	struct fleet fleet;
	bool found; /* else device and tokens are those of another one */
	struct device device;
	struct token_row tokens[TOKENS_MAX];
	size_t token_count;
};

/*
 * All that an entry at the door needs, in one step: the fleet's row, the device's and its tokens.
 * For an unknown device another one is read in its place, so that both take the same time; *found
 * says which it is.  ERR_IO: the row of this device cannot be read; that of another never counts.
 */
enum err_code db_device_entry(struct db *db, struct arena *arena, const char *name,
	struct entry *ret, struct err *err) MUST_USE;

struct plan_device {
	int64_t plan;
	enum plan_list list;
};
struct ties {
	struct plan_device *lists;
	size_t list_count;
	int64_t *groups;
	size_t group_count;
	bool has_executions;
};

/* What refers to a device: its places on plans' lists, its groups, whether it has executions. */
enum err_code db_device_ties(struct db *db, struct arena *arena, int64_t device, struct ties *ret,
	struct err *err) MUST_USE;

/* A cursor over all devices in service of a product by id. */
struct stmt *db_device_of_product_cursor(struct db *db, int64_t product);

/* A cursor over at most `limit` devices in service behind the id `after`. */
struct stmt *db_device_cursor(struct db *db, int64_t after, int64_t limit);

/* The next device of either cursor, its texts in the arena. */
enum db_step db_device_each(
	struct stmt *cursor, struct arena *arena, struct device *ret, struct err *err);

/*
 * The same over a product where what a device last measured does not matter: who it is, what it
 * runs, its labels, whether it is held and how it is heard (its longest usual gap alone).  The rest
 * of *ret is zero, its product as well.  Half the time of the above.
 */
struct stmt *db_device_habits_cursor(struct db *db, int64_t product);

/* The next device of that cursor, its texts in the arena. */
enum db_step db_device_habits_each(
	struct stmt *cursor, struct arena *arena, struct device *ret, struct err *err);

/* The time zones that devices of a product have, each once, sorted, in the arena. */
enum err_code db_device_zones(struct db *db, struct arena *arena, int64_t product,
	const char ***ret, size_t *count, struct err *err) MUST_USE;

/* The highest id of a device, or 0. */
enum err_code db_device_newest(struct db *db, int64_t *ret, struct err *err) MUST_USE;

/*
 * Devices on hold that may be targets of a plan, by its row alone: those that only a selector of
 * its whitelist names are not counted.
 */
enum err_code db_device_held_of(
	struct db *db, const struct plan *plan, int64_t *ret, struct err *err) MUST_USE;

/* Add a device as it was enrolled and set its id; ERR_CONFLICT: the name is taken. */
enum err_code db_device_insert(struct db *db, struct device *device, struct err *err) MUST_USE;

/* What an operator changes: product, time zone, labels, and whether it is held. */
enum err_code db_device_update(
	struct db *db, const struct device *device, struct err *err) MUST_USE;

/* What a device itself changes: versions, attributes, floors, metrics, contact. */
enum err_code db_device_store_seen(
	struct db *db, const struct device *device, struct err *err) MUST_USE;

/* That it was heard and its metrics alone; unless the row tells of a later contact already. */
enum err_code db_device_store_contact(
	struct db *db, const struct device *device, struct err *err) MUST_USE;

/* Remove a device with its memberships and places on lists. */
enum err_code db_device_delete(struct db *db, int64_t id, struct err *err) MUST_USE;

/* Take a device out of service: its row stays, under a time that no other of its id has. */
enum err_code db_device_retire(struct db *db, int64_t id, int64_t now, struct err *err) MUST_USE;

/* Whether executions, lists of plans or groups refer to a device. */
enum err_code db_device_tied(struct db *db, int64_t id, bool *ret, struct err *err) MUST_USE;

/* Whether a device of any product was ever retired. */
enum err_code db_device_any_former(struct db *db, bool *ret, struct err *err) MUST_USE;

/* The device that was retired last under this id, its texts in the arena; *found false: none. */
enum err_code db_device_former(struct db *db, struct arena *arena, const char *name,
	struct device *ret, bool *found, struct err *err) MUST_USE;

/* Whoever names the one device by its id names the other from now on: lists of plans, groups. */
enum err_code db_device_hand_over(
	struct db *db, int64_t from, int64_t to, struct err *err) MUST_USE;

enum token_kind { TOKEN_DEVICE, TOKEN_ENROLMENT, TOKEN_GATEWAY_PRODUCT, TOKEN_GATEWAY_GROUP };
struct token_new {
	enum token_kind kind;
	int64_t owner;
	const char *name; /* of a gateway, or NULL */
	const uint8_t *hash;
	int64_t created_at, expires_at; /* expires_at 0: never */
	int64_t uses;			/* -1: any number */
};

/* Store the hash of a new token; ERR_CONFLICT: the owner has it already. */
enum err_code db_token_insert(
	struct db *db, const struct token_new *token, struct err *err) MUST_USE;

/* One use less of the token with this hash, where its number is limited. */
enum err_code db_token_use(struct db *db, enum token_kind kind, int64_t owner,
	const uint8_t hash[32], struct err *err) MUST_USE;

/* The tokens of an owner, expired ones included, at most TOKENS_MAX. */
enum err_code db_token_all(struct db *db, enum token_kind kind, int64_t owner,
	struct token_row ret[TOKENS_MAX], size_t *count, struct err *err) MUST_USE;

/* Let all present tokens of the owner end at this time. */
enum err_code db_token_expire(struct db *db, enum token_kind kind, int64_t owner,
	int64_t expires_at, struct err *err) MUST_USE;

/* Remove all tokens of the owner. */
enum err_code db_token_delete(
	struct db *db, enum token_kind kind, int64_t owner, struct err *err) MUST_USE;

/*
 * The tokens of gateways that may act for a device (its id, and its product's), in the arena; *open
 * is true where the product asks for no credentials at all.
 */
enum err_code db_gateway_tokens(struct db *db, struct arena *arena, int64_t product, int64_t device,
	struct token_row **ret, size_t *count, bool *open, struct err *err) MUST_USE;

struct gateway {
	const char *name, *kind, *scope; /* scope: name of the product or group, or "" */
	int64_t created_at, expires_at;
};

/* The tokens of all gateways by name, in the arena. */
enum err_code db_gateway_all(struct db *db, struct arena *arena, struct gateway **ret,
	size_t *count, struct err *err) MUST_USE;

/* Remove all tokens of the gateway. */
enum err_code db_gateway_delete(struct db *db, const char *name, struct err *err) MUST_USE;

/* The group's id; with `create` it is made where it is missing, else ERR_NOT_FOUND. */
enum err_code db_group_get(
	struct db *db, const char *name, bool create, int64_t *ret, struct err *err) MUST_USE;

/* Whether a plan that has not ended names the group. */
enum err_code db_group_in_use(struct db *db, const char *name, bool *ret, struct err *err) MUST_USE;

/* Remove a group; its devices stay. */
enum err_code db_group_delete(struct db *db, int64_t id, struct err *err) MUST_USE;

struct group_row {
	const char *name;
	int64_t members;
};

/* All groups by name, in the arena. */
enum err_code db_group_all(struct db *db, struct arena *arena, struct group_row **ret,
	size_t *count, struct err *err) MUST_USE;

/* Put a device into a group; it may be in it. */
enum err_code db_member_insert(
	struct db *db, int64_t group, int64_t device, struct err *err) MUST_USE;

/* Take a device out of a group; it may not be in it. */
enum err_code db_member_delete(
	struct db *db, int64_t group, int64_t device, struct err *err) MUST_USE;

/* The names of a group's devices, sorted, in the arena. */
enum err_code db_member_devices(struct db *db, struct arena *arena, int64_t group,
	const char ***ret, size_t *count, struct err *err) MUST_USE;

/* The names of a device's groups, sorted, in the arena. */
enum err_code db_member_groups(struct db *db, struct arena *arena, int64_t device,
	const char ***ret, size_t *count, struct err *err) MUST_USE;

/* The ids of a device's groups, in the arena. */
enum err_code db_member_group_ids(struct db *db, struct arena *arena, int64_t device, int64_t **ret,
	size_t *count, struct err *err) MUST_USE;

/* A cursor over the ids of a group's devices. */
struct stmt *db_member_cursor(struct db *db, int64_t group);

/* The next id of that cursor. */
enum db_step db_member_each(struct stmt *cursor, int64_t *device, struct err *err);
