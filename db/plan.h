/* Plans with their lists, windows and stages, and stored strategies. */
#pragma once

#include "core/decide.h"
#include "core/model.h"
#include "db/db.h"

enum plan_item_kind {
	ITEM_WHITELIST,
	ITEM_BLACKLIST,
	ITEM_PUSH,
	ITEM_BLACKOUT,
	ITEM_INSTALL,
	ITEM_TEXT,
	ITEM_FROM,
	ITEM_ALLOW,
	ITEM_MAX
};
extern const char *const plan_item_words[ITEM_MAX];

struct plan_item {
	enum plan_item_kind kind;
	const char *key, *value;
};

/* The parameters of a stored strategy, or NULL. */
enum err_code strategy_stored(struct db *db, struct arena *arena, const char *name,
	const char **ret, struct err *err) MUST_USE;

/* The row alone; plans/rollout/load.c fills in the rest.  Texts live in the arena. */
struct strategy_row {
	const char *name, *params;
};
enum err_code strategy_all(struct db *db, struct arena *arena, struct strategy_row **ret,
	size_t *count, struct err *err) MUST_USE;
/* Make or replace a stored strategy. */
enum err_code strategy_store(
	struct db *db, const char *name, const char *params, struct err *err) MUST_USE;
enum err_code strategy_delete(struct db *db, const char *name, struct err *err) MUST_USE;
/* True when a draft plan names it: activated plans keep a copy of their own. */
enum err_code strategy_used(struct db *db, const char *name, bool *ret, struct err *err) MUST_USE;

enum err_code plan_get(struct db *db, struct arena *arena, const char *name, struct plan *ret,
	struct err *err) MUST_USE; /* ERR_NOT_FOUND */
enum err_code plan_by_id(
	struct db *db, struct arena *arena, int64_t id, struct plan *ret, struct err *err) MUST_USE;
/* Name of the newest trial of a package, or NULL. */
enum err_code plan_newest_trial(struct db *db, struct arena *arena, int64_t package,
	const char **ret, struct err *err) MUST_USE;
enum err_code plan_all(struct db *db, struct arena *arena, struct plan **ret, size_t *count,
	struct err *err) MUST_USE;
/* Active and suspended plans of a product: higher priority first, then earlier activation. */
enum err_code plan_running(struct db *db, struct arena *arena, int64_t product, struct plan **ret,
	size_t *count, struct err *err) MUST_USE;
/* What a tick looks at first: plans that run, and ended ones whose devices are overdue. */
struct ticking_plan {
	int64_t plan;
	enum plan_state state;
	int64_t end_at, expanded_to, tripped_at;
	int64_t look_at;    /* until then nothing is due by the time alone; 0: something happened */
	bool overdue;	    /* an execution has run out of time */
	int64_t sampled_at; /* newest sample of its counters, or 0 */
	bool judged;	    /* for the caller: look_at is new */
};
enum err_code plan_ticking(struct db *db, struct arena *arena, int64_t now,
	struct ticking_plan **ret, size_t *count, struct err *err) MUST_USE;
/* Remember that nothing will be due before `at` unless something happens. */
enum err_code plan_look_at(struct db *db, int64_t plan, int64_t at, struct err *err) MUST_USE;
enum err_code plan_insert(struct db *db, struct plan *plan, struct err *err) MUST_USE; /* sets id */
enum err_code plan_update(struct db *db, const struct plan *plan, struct err *err) MUST_USE;
enum err_code plan_remove(struct db *db, int64_t id, struct err *err) MUST_USE;

/* What acceptances and ends change. */
struct plan_pulse {
	struct pulse pulse;
	int64_t first_accepts;
	bool tripped_abort;
};
/* Of all running plans of a product, in the arena, with their ids. */
struct running_pulse {
	int64_t plan;
	struct plan_pulse pulse;
};
enum err_code plan_pulse_running(struct db *db, struct arena *arena, int64_t product,
	struct running_pulse **ret, size_t *count, struct err *err) MUST_USE;
enum err_code plan_pulse_get(
	struct db *db, int64_t plan, struct plan_pulse *ret, struct err *err) MUST_USE;
struct pulse_delta {
	int64_t in_progress, succeeded, ever_succeeded, first_accepts;
};
enum err_code plan_pulse_add(
	struct db *db, int64_t plan, const struct pulse_delta *delta, struct err *err) MUST_USE;
enum err_code plan_pulse_rate(
	struct db *db, int64_t plan, int64_t minute, struct err *err) MUST_USE;
/* Set the latch if it is not set. */
enum err_code plan_pulse_trip(struct db *db, int64_t plan, int64_t now, const char *criterion,
	bool abort, struct err *err) MUST_USE;
enum err_code plan_pulse_resume(struct db *db, int64_t plan, struct err *err) MUST_USE;

enum err_code plan_components_set(struct db *db, int64_t plan, const struct plan_component *list,
	size_t count, struct err *err) MUST_USE;
enum err_code plan_components_get(struct db *db, struct arena *arena, int64_t plan,
	struct plan_component **ret, size_t *count, struct err *err) MUST_USE;

enum err_code plan_items_get(struct db *db, struct arena *arena, int64_t plan,
	struct plan_item **ret, size_t *count, struct err *err) MUST_USE;
/* Replace all items of one kind. */
enum err_code plan_items_set(struct db *db, int64_t plan, enum plan_item_kind kind,
	const struct plan_item *list, size_t count, struct err *err) MUST_USE;

enum err_code plan_device_add(
	struct db *db, int64_t plan, enum plan_list list, int64_t device, struct err *err) MUST_USE;
enum err_code plan_device_clear(
	struct db *db, int64_t plan, enum plan_list list, struct err *err) MUST_USE;
enum err_code plan_device_copy_group(
	struct db *db, int64_t plan, enum plan_list list, int64_t group, struct err *err) MUST_USE;
enum err_code plan_device_copy_plan(struct db *db, int64_t plan, enum plan_list list, int64_t other,
	enum execution_state state, struct err *err) MUST_USE;
/* A cursor over the entries of a plan's lists (enum plan_list). */
struct stmt *plan_device_cursor(struct db *db, int64_t plan);
enum db_step plan_device_each(struct stmt *cursor, int64_t *device, int64_t *list, struct err *err);
/* Both lists of another plan. */
enum err_code plan_device_copy(struct db *db, int64_t plan, int64_t from, struct err *err) MUST_USE;
/* How many devices are on both lists, and the name of one. */
enum err_code plan_device_on_both(struct db *db, struct arena *arena, int64_t plan, int64_t *count,
	const char **name, struct err *err) MUST_USE;
enum err_code plan_device_count(
	struct db *db, int64_t plan, enum plan_list list, int64_t *ret, struct err *err) MUST_USE;

/* A cursor over the devices of a product, with their places on the plan's lists. */
struct target_row {
	int64_t id;
	const char *name, *labels, *attributes; /* until the next step */
	bool white, black;
	bool started; /* has accepted in this plan */
};
struct stmt *plan_target_cursor(struct db *db, int64_t plan, int64_t product);
enum db_step plan_target_each(struct stmt *cursor, struct target_row *ret, struct err *err);

/* The windows of a kind (ITEM_PUSH, ITEM_INSTALL), read in a zone; "" is the plan's own. */
enum err_code interval_insert(struct db *db, int64_t plan, enum plan_item_kind kind,
	const char *zone, const struct interval *list, size_t count, struct err *err) MUST_USE;
/* Remove the intervals that close at the horizon up to which windows were expanded, in all zones. */
enum err_code interval_uncut(struct db *db, int64_t plan, enum plan_item_kind kind, int64_t at,
	struct err *err) MUST_USE;
enum err_code interval_from(struct db *db, struct arena *arena, int64_t plan,
	enum plan_item_kind kind, const char *zone, int64_t now, int64_t limit,
	struct interval **ret, size_t *count, struct err *err) MUST_USE;
/* The zones that windows were expanded for, sorted. */
enum err_code interval_zones(struct db *db, struct arena *arena, int64_t plan,
	enum plan_item_kind kind, const char ***ret, size_t *count, struct err *err) MUST_USE;
enum err_code plan_expanded_set(struct db *db, int64_t plan, int64_t to, struct err *err) MUST_USE;
enum err_code plan_expanded_get(
	struct db *db, int64_t plan, int64_t *ret, struct err *err) MUST_USE;

enum err_code stage_insert(struct db *db, int64_t plan, int position, const struct stage *stage,
	struct err *err) MUST_USE;
enum err_code stage_clear(struct db *db, int64_t plan, struct err *err) MUST_USE;
enum err_code stage_all(struct db *db, struct arena *arena, int64_t plan, struct stage **ret,
	size_t *count, struct err *err) MUST_USE;
enum err_code stage_set_open(
	struct db *db, int64_t plan, int64_t position, int64_t now, struct err *err) MUST_USE;
enum err_code stage_set_done(
	struct db *db, int64_t plan, int64_t position, int64_t now, struct err *err) MUST_USE;
enum err_code stage_take(
	struct db *db, int64_t plan, int64_t position, int64_t n, struct err *err) MUST_USE;
enum err_code stage_taken(
	struct db *db, int64_t plan, int64_t position, int64_t *ret, struct err *err) MUST_USE;
