/* Plans with their lists, windows and stages, and stored strategies. */
#pragma once

#include "core/breaker.h"
#include "core/decide.h"
#include "core/model.h"
#include "db/row.h"

extern const struct row db_plan_row, db_pulse_row, db_plan_item_row, db_interval_row,
	db_plan_zone_row, db_stage_row, db_straggler_row, db_straggler_row, db_strategy_row;

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
	const char *key, *value; /* key: NULL is "" */
};

/* The parameters of a stored strategy, in the arena, or NULL. */
enum err_code db_strategy_stored(struct db *db, struct arena *arena, const char *name,
	const char **ret, struct err *err) MUST_USE;

struct strategy_row {
	const char *name, *params;
};

/* All stored strategies by name, in the arena. */
enum err_code db_strategy_all(struct db *db, struct arena *arena, struct strategy_row **ret,
	size_t *count, struct err *err) MUST_USE;

/* Make or replace a stored strategy. */
enum err_code db_strategy_store(
	struct db *db, const char *name, const char *params, struct err *err) MUST_USE;

/* Remove a stored strategy; nothing where there is none. */
enum err_code db_strategy_delete(struct db *db, const char *name, struct err *err) MUST_USE;

/* True when a draft plan names it: activated plans keep a copy of their own. */
enum err_code db_strategy_used(
	struct db *db, const char *name, bool *ret, struct err *err) MUST_USE;

/*
 * The row of a plan by its name, its texts in the arena; plans/rollout/load.c fills in the rest.
 * ERR_NOT_FOUND names it.
 */
enum err_code db_plan_get(struct db *db, struct arena *arena, const char *name, struct plan *ret,
	struct err *err) MUST_USE;

/* The same by its id. */
enum err_code db_plan_by_id(
	struct db *db, struct arena *arena, int64_t id, struct plan *ret, struct err *err) MUST_USE;

/* The place of the newest activation among all of them, from 1; 0: there was none. */
enum err_code db_plan_newest_activation(struct db *db, int64_t *ret, struct err *err) MUST_USE;

/* Name of the newest trial of a package, in the arena, or NULL. */
enum err_code db_plan_newest_trial(struct db *db, struct arena *arena, int64_t package,
	const char **ret, struct err *err) MUST_USE;

/*
 * The rows of all plans, oldest first, in the arena.  One that cannot be read is named in `unread`
 * and left out; with NULL it is ERR_IO.
 */
enum err_code db_plan_all(struct db *db, struct arena *arena, struct plan **ret, size_t *count,
	struct row_unread *unread, struct err *err) MUST_USE;

/*
 * Active and suspended plans of a product, in the arena: higher priority first, then earlier
 * activation.  One whose row cannot be read is named in `unread` and left out; with NULL it is
 * ERR_IO.
 */
enum err_code db_plan_running(struct db *db, struct arena *arena, int64_t product,
	struct plan **ret, size_t *count, struct row_unread *unread, struct err *err) MUST_USE;

struct ticking_plan {
	int64_t plan;
	enum plan_state state;
	int64_t end_at, tripped_at, silent_at;
	int64_t look_at; /* until then nothing is due by the time alone; 0: something happened */
	int64_t in_progress; /* devices that have accepted and not ended */
	bool overdue;	     /* an execution has run out of time */
	int64_t sampled_at;  /* newest sample of its counters, or 0 */
	bool judged;	     /* for the caller: look_at is new */
};

/* What a tick looks at first, by id: plans that run, and ended ones with devices under way. */
enum err_code db_plan_ticking(struct db *db, struct arena *arena, int64_t now,
	struct ticking_plan **ret, size_t *count, struct err *err) MUST_USE;

/* Remember that nothing will be due before `at` unless something happens. */
enum err_code db_plan_look_at(struct db *db, int64_t plan, int64_t at, struct err *err) MUST_USE;

/* Running plans whose stragglers are to be counted, or looked after: their ids, in the arena. */
enum err_code db_plan_uncounted(struct db *db, struct arena *arena, int64_t now, int64_t **ret,
	size_t *count, struct err *err) MUST_USE;

/* When tick is to see again whether to count the stragglers of a plan. */
enum err_code db_plan_left_due(struct db *db, int64_t plan, int64_t at, struct err *err) MUST_USE;

/* Targets that are not done and need the same first. */
struct straggler {
	char need[LIMIT_NAME + 1]; /* a word of rollout/left.c */
	int64_t n, untried;	   /* devices; of them: never offered anything */
	bool comes;		   /* they may still get it without anybody's doing */
};

/*
 * Replace the stragglers of a plan, counted at `at`; what its newest stage waits for has not had
 * its time before `until`; to be counted again at `due`.  Tick looks at the plan anew.
 */
enum err_code db_straggler_set(struct db *db, int64_t plan, const struct straggler *list,
	size_t count, int64_t at, int64_t until, int64_t due, struct err *err) MUST_USE;

/*
 * The stragglers of a plan in the arena, who may still come and the most first; *at, *until: as
 * they were set, 0 never.
 */
enum err_code db_straggler_all(struct db *db, struct arena *arena, int64_t plan,
	struct straggler **ret, size_t *count, int64_t *at, int64_t *until,
	struct err *err) MUST_USE;

/* When the stragglers of a plan are to be counted next. */
enum err_code db_straggler_due(struct db *db, int64_t plan, int64_t *ret, struct err *err) MUST_USE;

/*
 * True where nothing has come in and nobody has done anything since a plan's stragglers were
 * counted (at): counted again they are the same.
 */
enum err_code db_straggler_stand(
	struct db *db, int64_t plan, int64_t at, bool *ret, struct err *err) MUST_USE;

/*
 * A cursor over the devices of a product that are not done in the plan (updated, fallen back or
 * refused by a person), for db_plan_target_each().  Of begun_at it tells only whether it is 0, of
 * begun_stage nothing.
 */
struct stmt *db_plan_left_cursor(struct db *db, int64_t plan, int64_t product);

/* Add a draft with its pulse and set its id; ERR_CONFLICT: the name is taken. */
enum err_code db_plan_insert(struct db *db, struct plan *plan, struct err *err) MUST_USE;

/* Store everything of a plan's row but its name, product and salt. */
enum err_code db_plan_update(struct db *db, const struct plan *plan, struct err *err) MUST_USE;

/* Keep the parameters that a plan is activated with, as text (core/strategy.h). */
enum err_code db_plan_activated_set(
	struct db *db, int64_t plan, const char *params, struct err *err) MUST_USE;

/* The same text in the arena; "" for a draft. */
enum err_code db_plan_activated_get(struct db *db, struct arena *arena, int64_t plan,
	const char **ret, struct err *err) MUST_USE;

/* Remove a plan with its lists; ERR_CONFLICT once it had executions. */
enum err_code db_plan_remove(struct db *db, int64_t id, struct err *err) MUST_USE;

/* What acceptances and ends change. */
struct plan_pulse {
	struct pulse pulse;
	int64_t first_accepts;
	bool tripped_abort;
	char tripped_scope[16], tripped_text[BREAKER_TEXT]; /* the cohort; "" none */
	int64_t tripped_number;
	int64_t silent_at;   /* since when too many devices are silent; 0: they are not */
	int64_t forgiven_at; /* who was silent then does not count; 0: nobody is forgiven */
};
struct running_pulse {
	int64_t plan;
	struct plan_pulse pulse;
};

/*
 * The pulses of all running plans of a product, in the arena, with their ids.  One that cannot be
 * read counts as tripped: nobody gets an offer while its latch is unknown.
 */
enum err_code db_plan_pulse_running(struct db *db, struct arena *arena, int64_t product,
	struct running_pulse **ret, size_t *count, struct err *err) MUST_USE;

/* The pulse of a plan, for a decision: the same holds. */
enum err_code db_plan_pulse_for_offer(
	struct db *db, int64_t plan, struct plan_pulse *ret, struct err *err) MUST_USE;

/* The pulse of a plan; ERR_IO where it cannot be read. */
enum err_code db_plan_pulse_get(
	struct db *db, int64_t plan, struct plan_pulse *ret, struct err *err) MUST_USE;

struct pulse_delta {
	int64_t in_progress, succeeded, ever_succeeded, first_accepts;
	int64_t probe, now; /* devices of the probe; when they accepted */
};

/* Add to a pulse; what tick has to look at is new then. */
enum err_code db_plan_pulse_add(
	struct db *db, int64_t plan, const struct pulse_delta *delta, struct err *err) MUST_USE;

/* Count an offer in this clock minute. */
enum err_code db_plan_pulse_rate(
	struct db *db, int64_t plan, int64_t minute, struct err *err) MUST_USE;

/*
 * Set the latch if it is not set, with the cohort that tripped; the criterion is cut to what its
 * reader takes.
 */
enum err_code db_plan_pulse_trip(struct db *db, int64_t plan, int64_t now, const char *criterion,
	bool abort, const struct breaker_cohort *cohort, struct err *err) MUST_USE;

/* Remember since when too many devices are silent; 0: they are not. */
enum err_code db_plan_pulse_silent(
	struct db *db, int64_t plan, int64_t at, struct err *err) MUST_USE;

/* Remember when silence was forgiven: who was silent then does not count any more. */
enum err_code db_plan_pulse_forgiven(
	struct db *db, int64_t plan, int64_t at, struct err *err) MUST_USE;

/* Take the latch back, and count successes anew. */
enum err_code db_plan_pulse_resume(struct db *db, int64_t plan, struct err *err) MUST_USE;

/* Nobody is counted for the probe of a plan any more. */
enum err_code db_plan_probe_clear(struct db *db, int64_t plan, struct err *err) MUST_USE;

/* The devices of a plan's probe have ended. */
enum err_code db_plan_probe_done(
	struct db *db, int64_t plan, int64_t now, struct err *err) MUST_USE;

/* Leave a cohort of a plan out from now on. */
enum err_code db_left_out_insert(struct db *db, int64_t plan, const char *scope, int64_t number,
	const char *text, struct err *err) MUST_USE;

/* The cohorts that are left out, in the arena. */
enum err_code db_left_out_all(struct db *db, struct arena *arena, int64_t plan,
	struct left_out **ret, size_t *count, struct err *err) MUST_USE;

/* Let all cohorts of a plan take part again. */
enum err_code db_left_out_clear(struct db *db, int64_t plan, struct err *err) MUST_USE;

/* The stages `first` to `last` stood still for so many seconds. */
enum err_code db_stage_stood(struct db *db, int64_t plan, int64_t first, int64_t last, int64_t s,
	struct err *err) MUST_USE;

/* Replace the components of a plan. */
enum err_code db_plan_components_set(struct db *db, int64_t plan, const struct plan_component *list,
	size_t count, struct err *err) MUST_USE;

/* The components of a plan in their order, in the arena; their packages are left empty. */
enum err_code db_plan_components_get(struct db *db, struct arena *arena, int64_t plan,
	struct plan_component **ret, size_t *count, struct err *err) MUST_USE;

/* All items of a plan by kind, in the arena. */
enum err_code db_plan_items_get(struct db *db, struct arena *arena, int64_t plan,
	struct plan_item **ret, size_t *count, struct err *err) MUST_USE;

/* Replace all items of one kind; those of other kinds in the list are left out. */
enum err_code db_plan_items_set(struct db *db, int64_t plan, enum plan_item_kind kind,
	const struct plan_item *list, size_t count, struct err *err) MUST_USE;

/* Put a device on a list of a plan; it may be on it. */
enum err_code db_plan_device_add(
	struct db *db, int64_t plan, enum plan_list list, int64_t device, struct err *err) MUST_USE;

/* Empty a list of a plan. */
enum err_code db_plan_device_clear(
	struct db *db, int64_t plan, enum plan_list list, struct err *err) MUST_USE;

/* Put all present devices of a group on a list. */
enum err_code db_plan_device_copy_group(
	struct db *db, int64_t plan, enum plan_list list, int64_t group, struct err *err) MUST_USE;

/* Put the devices whose newest attempt in another plan is in this state on a list. */
enum err_code db_plan_device_copy_plan(struct db *db, int64_t plan, enum plan_list list,
	int64_t other, enum execution_state state, struct err *err) MUST_USE;

/* Both lists of another plan. */
enum err_code db_plan_device_copy(
	struct db *db, int64_t plan, int64_t from, struct err *err) MUST_USE;

/* A cursor over the entries of a plan's lists (enum plan_list). */
struct stmt *db_plan_device_cursor(struct db *db, int64_t plan);

/* The next entry of that cursor. */
enum db_step db_plan_device_each(
	struct stmt *cursor, int64_t *device, int64_t *list, struct err *err);

/* How many devices are on both lists, and the name of one, in the arena; NULL: of none. */
enum err_code db_plan_device_on_both(struct db *db, struct arena *arena, int64_t plan,
	int64_t *count, const char **name, struct err *err) MUST_USE;

/* How many devices are on a list. */
enum err_code db_plan_device_count(
	struct db *db, int64_t plan, enum plan_list list, int64_t *ret, struct err *err) MUST_USE;

/* Beside enum plan_list: the device is held. */
enum { MARK_HELD = 4 };

struct target_row {
	int64_t id;
	const char *name, *components, *floors; /* until the next step */
	const char *labels, *attributes;	/* the same, or "" where they do not matter */
	int marks;				/* the lists that name it, and MARK_HELD, in one */
	int64_t begun_at; /* its first attempt that was accepted or refused began then; 0: none */
	int begun_stage;  /* in this stage */
};

/* A cursor over the devices of a product, with their places on the plan's lists. */
struct stmt *db_plan_target_cursor(struct db *db, int64_t plan, int64_t product);

/* The next device of that cursor. */
enum db_step db_plan_target_each(struct stmt *cursor, struct target_row *ret, struct err *err);

/* The same where labels and attributes do not matter, which is a good deal faster. */
struct stmt *db_plan_target_short_cursor(struct db *db, int64_t plan, int64_t product);

/* The next device of that cursor. */
enum db_step db_plan_target_short_each(
	struct stmt *cursor, struct target_row *ret, struct err *err);

/* Add windows of a kind (ITEM_PUSH, ITEM_INSTALL), read in a zone; "" is the plan's own. */
enum err_code db_interval_insert(struct db *db, int64_t plan, enum plan_item_kind kind,
	const char *zone, const struct interval *list, size_t count, struct err *err) MUST_USE;

/* Remove the windows of a kind that were read in a zone and close after a moment. */
enum err_code db_interval_clear(struct db *db, int64_t plan, enum plan_item_kind kind,
	const char *zone, int64_t after, struct err *err) MUST_USE;

/* At most `limit` windows of a kind and zone that close after `now`, by time, in the arena. */
enum err_code db_interval_from(struct db *db, struct arena *arena, int64_t plan,
	enum plan_item_kind kind, const char *zone, int64_t now, int64_t limit,
	struct interval **ret, size_t *count, struct err *err) MUST_USE;

/*
 * The intervals of a zone that close after `now`: those up to `until`, and the first that closes
 * later; in the arena, by time.
 */
enum err_code db_interval_near(struct db *db, struct arena *arena, int64_t plan,
	enum plan_item_kind kind, const char *zone, int64_t now, int64_t until,
	struct interval **ret, size_t *count, struct err *err) MUST_USE;

/* The zones that windows were expanded for, sorted, in the arena. */
enum err_code db_interval_zones(struct db *db, struct arena *arena, int64_t plan,
	enum plan_item_kind kind, const char ***ret, size_t *count, struct err *err) MUST_USE;

/* A zone whose windows stand among a plan's intervals, and the rules that it had then. */
struct plan_zone {
	char zone[LIMIT_ZONE + 1]; /* "" the plan's own, else a device's */
	char name[LIMIT_ZONE + 1]; /* of it, or of the plan's own */
	char digest[DIGEST_HEX];   /* of the zone's file then; "" unknown */
	int64_t expanded_to;	   /* its windows are expanded up to here; 0: never */
	int64_t changed_at;	   /* when other rules were met last; 0: never */
	char trouble[256];	   /* why the rules cannot be read now; "" they can */
	int64_t trouble_at;	   /* since when */
};

/* Store a zone of a plan, new or known; its name is the plan's or its own and is not stored. */
enum err_code db_plan_zone_set(
	struct db *db, int64_t plan, const struct plan_zone *zone, struct err *err) MUST_USE;

/* The zones of a plan, sorted, its own first, in the arena. */
enum err_code db_plan_zone_all(struct db *db, struct arena *arena, int64_t plan,
	struct plan_zone **ret, size_t *count, struct err *err) MUST_USE;

/* Of these its own, and those in which a device of its product is. */
enum err_code db_plan_zone_used(struct db *db, struct arena *arena, int64_t plan,
	struct plan_zone **ret, size_t *count, struct err *err) MUST_USE;

/* Add a stage at a position, from 0. */
enum err_code db_stage_insert(struct db *db, int64_t plan, int position, const struct stage *stage,
	struct err *err) MUST_USE;

/* Remove all stages of a plan. */
enum err_code db_stage_clear(struct db *db, int64_t plan, struct err *err) MUST_USE;

/* All stages of a plan in their order, in the arena. */
enum err_code db_stage_all(struct db *db, struct arena *arena, int64_t plan, struct stage **ret,
	size_t *count, struct err *err) MUST_USE;

/* Remember since when a stage is open. */
enum err_code db_stage_set_open(
	struct db *db, int64_t plan, int64_t position, int64_t now, struct err *err) MUST_USE;

/* Remember since when enough of a stage has finished. */
enum err_code db_stage_set_done(
	struct db *db, int64_t plan, int64_t position, int64_t now, struct err *err) MUST_USE;

/* Remember since when the last stage is its plan's tail. */
enum err_code db_stage_set_tail(
	struct db *db, int64_t plan, int64_t position, int64_t at, struct err *err) MUST_USE;

/* Take n places of a count stage; n may be negative. */
enum err_code db_stage_take(
	struct db *db, int64_t plan, int64_t position, int64_t n, struct err *err) MUST_USE;

/* Store how many devices a stage adds, and how many it lends. */
enum err_code db_stage_size(struct db *db, int64_t plan, int64_t position,
	const struct stage *stage, struct err *err) MUST_USE;

/* A plan has n targets more; n may be negative. */
enum err_code db_plan_targets_add(struct db *db, int64_t plan, int64_t n, struct err *err) MUST_USE;

/* A plan has n targets. */
enum err_code db_plan_targets_set(struct db *db, int64_t plan, int64_t n, struct err *err) MUST_USE;

/* How many places of a count stage are taken, and offers out: both are set in *ret. */
enum err_code db_stage_taken(
	struct db *db, int64_t plan, int64_t position, struct stage *ret, struct err *err) MUST_USE;
