/* Executions with their components and log, and the counters that go with them. */
#pragma once

#include "core/breaker.h"
#include "core/model.h"
#include "db/row.h"

extern const struct row db_execution_row, db_execution_component_row, db_event_row, db_tally_row,
	db_sample_row, db_cohort_row;

/* Add an execution that was offered, under the id, attempt, stage and deadline it has. */
enum err_code db_execution_insert(
	struct db *db, const struct execution *execution, struct err *err) MUST_USE;

/* An execution by its id; ERR_NOT_FOUND names it. */
enum err_code db_execution_get(
	struct db *db, int64_t id, struct execution *ret, struct err *err) MUST_USE;

/* Store everything of an execution that moves. */
enum err_code db_execution_update(
	struct db *db, const struct execution *execution, struct err *err) MUST_USE;

/* There is a newer attempt of its device in its plan. */
enum err_code db_execution_not_newest(struct db *db, int64_t id, struct err *err) MUST_USE;

/* All of a device, oldest first, in the arena. */
enum err_code db_execution_of_device(struct db *db, struct arena *arena, int64_t device,
	struct execution **ret, size_t *count, struct err *err) MUST_USE;

/* At most `limit` of a plan behind the id `after`, in the arena. */
enum err_code db_execution_of_plan(struct db *db, struct arena *arena, int64_t plan, int64_t after,
	int64_t limit, struct execution **ret, size_t *count, struct err *err) MUST_USE;

/* At most `limit` open ones of a plan whose deadline has passed, in the arena. */
enum err_code db_execution_overdue_of(struct db *db, struct arena *arena, int64_t plan, int64_t now,
	int64_t limit, struct execution **ret, size_t *count, struct err *err) MUST_USE;

/* All open ones of a plan by deadline, in the arena. */
enum err_code db_execution_open_of(struct db *db, struct arena *arena, int64_t plan,
	struct execution **ret, size_t *count, struct err *err) MUST_USE;

/*
 * At most `limit` of a plan behind the id `after` that were accepted and install nothing yet, by
 * their ids, in the arena.
 */
enum err_code db_execution_stoppable(struct db *db, struct arena *arena, int64_t plan,
	int64_t after, int64_t limit, struct execution **ret, size_t *count,
	struct err *err) MUST_USE;

/* At most `limit` of a plan in one state, the newest attempts of their devices, in the arena. */
enum err_code db_execution_in_state(struct db *db, struct arena *arena, int64_t plan,
	enum execution_state state, int64_t limit, struct execution **ret, size_t *count,
	struct err *err) MUST_USE;

struct done_component {
	int64_t component, plan, activation; /* the plan's */
};

/* Components that succeeded on this device, with the plan that brought them; in the arena. */
enum err_code db_execution_done_components(struct db *db, struct arena *arena, int64_t device,
	struct done_component **ret, size_t *count, struct err *err) MUST_USE;

/* Add a component of an execution, as offered. */
enum err_code db_execution_component_insert(
	struct db *db, const struct execution_component *c, struct err *err) MUST_USE;

/* All components of an execution in their order, in the arena. */
enum err_code db_execution_component_all(struct db *db, struct arena *arena, int64_t execution,
	struct execution_component **ret, size_t *count, struct err *err) MUST_USE;

/* Store what a device reported of a component. */
enum err_code db_execution_component_update(
	struct db *db, const struct execution_component *c, struct err *err) MUST_USE;

/*
 * All components of all executions of a device, in the order of the executions and then their own,
 * in the arena.
 */
enum err_code db_execution_component_of_device(struct db *db, struct arena *arena, int64_t device,
	struct execution_component **ret, size_t *count, struct err *err) MUST_USE;

/*
 * Whether a device has ever accepted an attempt, other than this one, that was to bring a component
 * from the version `source` to another.
 */
enum err_code db_execution_took_from(struct db *db, const struct execution *execution,
	int64_t component, const char *source, bool *ret, struct err *err) MUST_USE;

struct event {
	int64_t at;
	const char *identity, *state, *message; /* identity, message: NULL is "" */
	int64_t progress, code;
	int64_t count, last_at; /* once logged: how often it was said, and when for the last time */
};

enum { EVENTS_FIRST = 20, EVENTS_LAST = 180 }; /* what an execution keeps of its log */

/*
 * Log what happened to an execution, or to the component `identity` of it.  What says no more than
 * the newest entry about the same (the same state, code and message, and progress that does not
 * rise) is counted there.  Behind its first entries an execution keeps only its newest.
 */
enum err_code db_event_log(
	struct db *db, int64_t execution, const struct event *event, struct err *err) MUST_USE;

/* The log of an execution, oldest first, in the arena. */
enum err_code db_event_all(struct db *db, struct arena *arena, int64_t execution,
	struct event **ret, size_t *count, struct err *err) MUST_USE;

/*
 * Devices per stage and newest state; the last four are no states but counted alike.  Of those that
 * are `already` at the target, and never accepted, the stage is the one that would have added them.
 */
enum { TALLY_SURVIVED = EXEC_STATE_MAX, TALLY_LATE, TALLY_FELL_BACK, TALLY_ALREADY, TALLY_MAX };
struct tally {
	int64_t n[LIMIT_STAGES][TALLY_MAX];
	int64_t base[LIMIT_STAGES][TALLY_MAX];	   /* of n: before the newest expansion */
	int64_t cured[LIMIT_STAGES][TALLY_MAX];	   /* of n: before the newest resume or expansion */
	int64_t forgiven[LIMIT_STAGES][TALLY_MAX]; /* of n: silent at the newest resume */
};
struct tally_row {
	int64_t plan;
	int stage, state; /* state: below TALLY_MAX */
	int64_t n, base, cured, forgiven;
};

/* The word for what is counted, below TALLY_MAX. */
const char *db_tally_word(int what);

/* Count so many devices more in a stage and state; n may be negative. */
enum err_code db_tally_add(
	struct db *db, int64_t plan, int stage, int what, int64_t n, struct err *err) MUST_USE;

/* How many devices in service have accepted, by stage: ret has LIMIT_STAGES, all 0 before. */
enum err_code db_execution_started(
	struct db *db, int64_t plan, int64_t *ret, struct err *err) MUST_USE;

/* So many devices of a stage are at the target already. */
enum err_code db_tally_set_already(
	struct db *db, int64_t plan, int stage, int64_t n, struct err *err) MUST_USE;

/* The same of those before the newest resume; expanded: and before the newest expansion. */
enum err_code db_tally_add_before(struct db *db, int64_t plan, int stage, int what, int64_t n,
	bool expanded, struct err *err) MUST_USE;

/* All counters of a plan. */
enum err_code db_tally_get(
	struct db *db, int64_t plan, struct tally *ret, struct err *err) MUST_USE;

/* What happened so far does not speak against the health of a stage any more. */
enum err_code db_tally_cure(struct db *db, int64_t plan, struct err *err) MUST_USE;

/* Nobody is forgiven for having been silent at a resume any more. */
enum err_code db_tally_unforgive(struct db *db, int64_t plan, struct err *err) MUST_USE;

/* So many of a stage's successes were silent at the newest resume, and of them had survived. */
enum err_code db_tally_forgive_silent(struct db *db, int64_t plan, int stage, int64_t devices,
	int64_t survived, struct err *err) MUST_USE;

/* A cursor over the device and plan of all executions. */
struct stmt *db_execution_history_cursor(struct db *db);

/* The next pair of that cursor. */
enum db_step db_execution_history_each(
	struct stmt *cursor, int64_t *device, int64_t *plan, struct err *err);

/*
 * How many of the stages `first` to `last` are under way that accepted at or before `done`.
 */
enum err_code db_execution_before(struct db *db, int64_t plan, int64_t first, int64_t last,
	int64_t done, int64_t *ret, struct err *err) MUST_USE;

enum { EXECUTION_SAMPLE_ALL = 65536 };

struct contact {
	int64_t last_seen;
	struct gaps gaps;
	bool survived;
	int64_t closed_at; /* its success */
};

/*
 * A cursor over the devices that succeeded in a stage of a plan and have accepted no other plan
 * since: of EXECUTION_SAMPLE_ALL of them about `below`, spread evenly and the same each time.
 */
struct stmt *db_execution_contact_cursor(struct db *db, int64_t plan, int64_t stage, int64_t below);

/* The next contact of that cursor. */
enum db_step db_execution_contact_each(struct stmt *cursor, struct contact *ret, struct err *err);

/* The counters of one moment, for the curves. */
struct sample {
	int64_t at, offered, accepted, succeeded, failed;
};

/* Add a sample; the first of a moment stays. */
enum err_code db_sample_insert(
	struct db *db, int64_t plan, const struct sample *sample, struct err *err) MUST_USE;

/* Add to the tally of a cohort of a plan, which begins at nothing. */
enum err_code db_cohort_add(struct db *db, int64_t plan, const struct breaker_cohort *cohort,
	const struct breaker_tally *delta, struct err *err) MUST_USE;

/* The tally of a cohort; all 0 where nothing was counted. */
enum err_code db_cohort_get(struct db *db, int64_t plan, const struct breaker_cohort *cohort,
	struct breaker_tally *ret, struct err *err) MUST_USE;

/* All of a plan, in the arena: packages first, then labels, blocks and stages. */
enum err_code db_cohort_all(struct db *db, struct arena *arena, int64_t plan,
	struct breaker_row **ret, size_t *count, struct err *err) MUST_USE;

/* Those of a plan with devices that are bad now, in the arena; without the words of packages. */
enum err_code db_cohort_bad(struct db *db, struct arena *arena, int64_t plan,
	struct breaker_row **ret, size_t *count, struct err *err) MUST_USE;

/* What was counted in the stages from `first` on counts in `last` now: they opened together. */
enum err_code db_cohort_join(
	struct db *db, int64_t plan, int64_t first, int64_t last, struct err *err) MUST_USE;

/* Forget all of a plan: it was resumed. */
enum err_code db_cohort_clear(struct db *db, int64_t plan, struct err *err) MUST_USE;
