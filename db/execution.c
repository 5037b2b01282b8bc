#include "db/execution.h"

#include <inttypes.h>

static const char *const tally_words[TALLY_MAX] = {
	EXECUTION_STATE_WORDS,
	[TALLY_SURVIVED] = "survived",
	[TALLY_LATE] = "late",
	[TALLY_FELL_BACK] = "fell_back",
	[TALLY_ALREADY] = "already",
};

const struct row db_execution_row = ROW(execution, COLUMN(execution, id), COLUMN(execution, plan),
	COLUMN(execution, device), COLUMN(execution, attempt),
	WORD(execution, state, execution_state_words), COLUMN(execution, reason),
	COLUMN(execution, stage), COLUMN(execution, version), COLUMN(execution, seq),
	COLUMN(execution, offered_at), COLUMN(execution, accepted_at),
	COLUMN(execution, changed_at), COLUMN(execution, closed_at), COLUMN(execution, deadline_at),
	COLUMN(execution, survived), COLUMN(execution, late), COLUMN(execution, fell_back),
	COLUMN(execution, newest), COLUMN(execution, cancel_requested), COLUMN(execution, counted),
	COLUMN(execution, block), COLUMN(execution, cohort), COLUMN(execution, retry));

const struct row db_execution_component_row = ROW_OF("execution_component", 2, execution_component,
	COLUMN(execution_component, execution), COLUMN(execution_component, position),
	COLUMN(execution_component, component), COLUMN(execution_component, package),
	COLUMN(execution_component, source),
	WORD(execution_component, state, execution_state_words),
	COLUMN(execution_component, progress), COLUMN(execution_component, code),
	COLUMN(execution_component, message), COLUMN(execution_component, other_at),
	COLUMN(execution_component, blank_at), COLUMN(execution_component, identity),
	COLUMN(execution_component, target));

const struct row db_event_row = ROW(event, KEY("id"), COLUMN(event, at), COLUMN(event, identity),
	COLUMN(event, state), COLUMN(event, progress), COLUMN(event, code), COLUMN(event, message),
	COLUMN(event, count), COLUMN(event, last_at));

static const struct row contact_row = ROW_OF("device", 0, contact, COLUMN(contact, last_seen),
	COLUMN_AS(contact, gaps.longest_s, "gap_s"), COLUMN_AS(contact, gaps.longest_at, "gap_at"),
	COLUMN_AS(contact, gaps.next_s, "gap_next_s"),
	COLUMN_AS(contact, gaps.next_at, "gap_next_at"),
	COLUMN_AS(contact, gaps.known_at, "known_at"), COLUMN(contact, survived),
	COLUMN(contact, closed_at));

const struct row db_tally_row =
	ROW_OF("tally", 3, tally_row, COLUMN(tally_row, plan), CODE(tally_row, stage, LIMIT_STAGES),
		WORD(tally_row, state, tally_words), COLUMN(tally_row, n), COLUMN(tally_row, base),
		COLUMN(tally_row, cured), COLUMN(tally_row, forgiven));

const struct row db_sample_row =
	ROW_OF("sample", 2, sample, KEY("plan"), COLUMN(sample, at), COLUMN(sample, offered),
		COLUMN(sample, accepted), COLUMN(sample, succeeded), COLUMN(sample, failed));

const struct row db_cohort_row = ROW_OF("cohort", 4, breaker_row, KEY("plan"),
	WORD_AS(breaker_row, cohort.scope, breaker_scope_words, "scope"),
	COLUMN_AS(breaker_row, cohort.number, "number"),
	COLUMN_AS(breaker_row, cohort.text, "text"),
	COLUMN_AS(breaker_row, tally.concluded, "concluded"),
	COLUMN_AS(breaker_row, tally.failed, "failed"),
	COLUMN_AS(breaker_row, tally.rejected, "rejected"),
	COLUMN_AS(breaker_row, tally.timed_out, "timed_out"),
	COLUMN_AS(breaker_row, tally.regressed, "regressed"),
	COLUMN_AS(breaker_row, tally.well, "well"), COLUMN_AS(breaker_row, tally.bad, "bad"),
	COLUMN_AS(breaker_row, cohort.identity, "identity"),
	COLUMN_AS(breaker_row, cohort.target, "target"));

static const struct row done_component_row =
	ROW_OF("execution_component", 2, done_component, COLUMN(done_component, component),
		COLUMN(done_component, plan), COLUMN(done_component, activation));

enum err_code
db_execution_insert(struct db *db, const struct execution *e, struct err *err)
{
	return db_row_write(db, SQL_EXECUTION_ADD, &db_execution_row, e, NULL, err);
}

enum err_code
db_execution_get(struct db *db, int64_t id, struct execution *ret, struct err *err)
{
	bool found = false;

	if (db_row_get(db_query(db, SQL_EXECUTION_BY_ID, PARAMS(INT("id", id))), &db_execution_row,
		    NULL, ret, &found, err))
		return err->code;
	if (found)
		return ERR_OK;
	return err_set(err, ERR_NOT_FOUND, "there is no execution %" PRId64, id);
}

enum err_code
db_execution_update(struct db *db, const struct execution *e, struct err *err)
{
	return db_row_write(db, SQL_EXECUTION_SET, &db_execution_row, e,
		PARAMS(INT("open", execution_open(e->state))), err);
}

enum err_code
db_execution_not_newest(struct db *db, int64_t id, struct err *err)
{
	return db_run(db, SQL_EXECUTION_NOT_NEWEST, PARAMS(INT("id", id)), err);
}

enum err_code
db_execution_of_device(struct db *db, struct arena *arena, int64_t device, struct execution **ret,
	size_t *count, struct err *err)
{
	return db_row_list(db_query(db, SQL_EXECUTION_OF_DEVICE, PARAMS(INT("device", device))),
		&db_execution_row, arena, ret, count, err);
}

enum err_code
db_execution_of_plan(struct db *db, struct arena *arena, int64_t plan, int64_t after, int64_t limit,
	struct execution **ret, size_t *count, struct err *err)
{
	return db_row_list(
		db_query(db, SQL_EXECUTION_OF_PLAN,
			PARAMS(INT("plan", plan), INT("after", after), INT("limit", limit))),
		&db_execution_row, arena, ret, count, err);
}

enum err_code
db_execution_overdue_of(struct db *db, struct arena *arena, int64_t plan, int64_t now,
	int64_t limit, struct execution **ret, size_t *count, struct err *err)
{
	return db_row_list(db_query(db, SQL_EXECUTION_OVERDUE_OF,
				   PARAMS(INT("plan", plan), INT("now", now), INT("limit", limit))),
		&db_execution_row, arena, ret, count, err);
}

enum err_code
db_execution_open_of(struct db *db, struct arena *arena, int64_t plan, struct execution **ret,
	size_t *count, struct err *err)
{
	return db_row_list(db_query(db, SQL_EXECUTION_OPEN_OF, PARAMS(INT("plan", plan))),
		&db_execution_row, arena, ret, count, err);
}

enum err_code
db_execution_stoppable(struct db *db, struct arena *arena, int64_t plan, int64_t after,
	int64_t limit, struct execution **ret, size_t *count, struct err *err)
{
	return db_row_list(
		db_query(db, SQL_EXECUTION_STOPPABLE,
			PARAMS(INT("plan", plan), INT("after", after), INT("limit", limit))),
		&db_execution_row, arena, ret, count, err);
}

enum err_code
db_execution_in_state(struct db *db, struct arena *arena, int64_t plan, enum execution_state state,
	int64_t limit, struct execution **ret, size_t *count, struct err *err)
{
	return db_row_list(
		db_query(db, SQL_EXECUTION_IN_STATE,
			PARAMS(INT("plan", plan), TEXT("state", execution_state_words[state]),
				INT("limit", limit))),
		&db_execution_row, arena, ret, count, err);
}

enum err_code
db_execution_done_components(struct db *db, struct arena *arena, int64_t device,
	struct done_component **ret, size_t *count, struct err *err)
{
	return db_row_list(
		db_query(db, SQL_EXECUTION_DONE_COMPONENTS, PARAMS(INT("device", device))),
		&done_component_row, arena, ret, count, err);
}

enum err_code
db_execution_component_insert(struct db *db, const struct execution_component *c, struct err *err)
{
	return db_row_write(
		db, SQL_EXECUTION_COMPONENT_ADD, &db_execution_component_row, c, NULL, err);
}

enum err_code
db_execution_component_all(struct db *db, struct arena *arena, int64_t execution,
	struct execution_component **ret, size_t *count, struct err *err)
{
	return db_row_list(
		db_query(db, SQL_EXECUTION_COMPONENT_LIST, PARAMS(INT("execution", execution))),
		&db_execution_component_row, arena, ret, count, err);
}

enum err_code
db_execution_component_update(struct db *db, const struct execution_component *c, struct err *err)
{
	return db_row_write(
		db, SQL_EXECUTION_COMPONENT_SET, &db_execution_component_row, c, NULL, err);
}

enum err_code
db_execution_component_of_device(struct db *db, struct arena *arena, int64_t device,
	struct execution_component **ret, size_t *count, struct err *err)
{
	return db_row_list(
		db_query(db, SQL_EXECUTION_COMPONENT_OF_DEVICE, PARAMS(INT("device", device))),
		&db_execution_component_row, arena, ret, count, err);
}

enum err_code
db_execution_took_from(struct db *db, const struct execution *execution, int64_t component,
	const char *source, bool *ret, struct err *err)
{
	int64_t took;

	if (db_number(db, SQL_EXECUTION_TOOK_FROM,
		    PARAMS(INT("device", execution->device), INT("execution", execution->id),
			    INT("component", component), TEXT("source", source)),
		    0, &took, err))
		return err->code;
	*ret = took;
	return ERR_OK;
}

enum err_code
db_event_log(struct db *db, int64_t execution, const struct event *e, struct err *err)
{
	int64_t said;

	if (db_number(db, SQL_EVENT_SAID,
		    PARAMS(INT("execution", execution),
			    TEXT("identity", e->identity ? e->identity : ""),
			    TEXT("state", e->state), INT("code", e->code),
			    TEXT("message", e->message ? e->message : ""),
			    INT("progress", e->progress)),
		    0, &said, err))
		return err->code;
	if (said)
		return db_run(db, SQL_EVENT_AGAIN, PARAMS(INT("id", said), INT("at", e->at)), err);
	if (db_row_write(
		    db, SQL_EVENT_ADD, &db_event_row, e, PARAMS(INT("execution", execution)), err))
		return err->code;
	return db_run(db, SQL_EVENT_DROP,
		PARAMS(INT("execution", execution), INT("first", EVENTS_FIRST),
			INT("most", EVENTS_FIRST + EVENTS_LAST)),
		err);
}

enum err_code
db_event_all(struct db *db, struct arena *arena, int64_t execution, struct event **ret,
	size_t *count, struct err *err)
{
	return db_row_list(db_query(db, SQL_EVENT_LIST, PARAMS(INT("execution", execution))),
		&db_event_row, arena, ret, count, err);
}

const char *
db_tally_word(int what)
{
	return tally_words[what];
}

enum err_code
db_tally_add(struct db *db, int64_t plan, int stage, int what, int64_t n, struct err *err)
{
	return db_run(db, SQL_TALLY_ADD,
		PARAMS(INT("plan", plan), INT("stage", stage), TEXT("state", tally_words[what]),
			INT("n", n)),
		err);
}

enum err_code
db_execution_started(struct db *db, int64_t plan, int64_t *ret, struct err *err)
{
	struct stmt *stmt = db_query(db, SQL_EXECUTION_STARTED, PARAMS(INT("plan", plan)));
	enum db_step step;

	while ((step = db_step(stmt, err)) == DB_ROW) {
		int64_t stage = db_int(stmt), n = db_int(stmt);

		if (stage >= 0 && stage < LIMIT_STAGES)
			ret[stage] = n;
	}
	return step == DB_DONE ? ERR_OK : err->code;
}

enum err_code
db_tally_set_already(struct db *db, int64_t plan, int stage, int64_t n, struct err *err)
{
	return db_run(db, SQL_TALLY_SET,
		PARAMS(INT("plan", plan), INT("stage", stage),
			TEXT("state", tally_words[TALLY_ALREADY]), INT("n", n)),
		err);
}

enum err_code
db_tally_add_before(
	struct db *db, int64_t plan, int stage, int what, int64_t n, bool expanded, struct err *err)
{
	return db_run(db, SQL_TALLY_ADD_BEFORE,
		PARAMS(INT("plan", plan), INT("stage", stage), TEXT("state", tally_words[what]),
			INT("n", n), INT("base", expanded ? n : 0)),
		err);
}

enum err_code
db_tally_get(struct db *db, int64_t plan, struct tally *ret, struct err *err)
{
	struct stmt *s = db_query(db, SQL_TALLY_LIST, PARAMS(INT("plan", plan)));
	struct tally_row row;
	enum db_step step;

	*ret = (struct tally){ 0 };
	while ((step = db_row_next(s, &db_tally_row, NULL, &row, err)) == DB_ROW) {
		ret->n[row.stage][row.state] = row.n;
		ret->base[row.stage][row.state] = row.base;
		ret->cured[row.stage][row.state] = row.cured;
		ret->forgiven[row.stage][row.state] = row.forgiven;
	}
	return step == DB_DONE ? ERR_OK : err->code;
}

struct stmt *
db_execution_history_cursor(struct db *db)
{
	return db_query(db, SQL_EXECUTION_HISTORY, NULL);
}

enum db_step
db_execution_history_each(struct stmt *cursor, int64_t *device, int64_t *plan, struct err *err)
{
	enum db_step step = db_step(cursor, err);

	if (step == DB_ROW) {
		*device = db_int(cursor);
		*plan = db_int(cursor);
	}
	return step;
}

struct stmt *
db_execution_contact_cursor(struct db *db, int64_t plan, int64_t stage, int64_t below)
{
	return db_query(db, SQL_EXECUTION_CONTACTS,
		PARAMS(INT("plan", plan), INT("stage", stage), INT("below", below)));
}

enum db_step
db_execution_contact_each(struct stmt *cursor, struct contact *ret, struct err *err)
{
	return db_row_next(cursor, &contact_row, NULL, ret, err);
}

enum err_code
db_tally_cure(struct db *db, int64_t plan, struct err *err)
{
	return db_run(db, SQL_TALLY_CURE, PARAMS(INT("plan", plan)), err);
}

enum err_code
db_tally_unforgive(struct db *db, int64_t plan, struct err *err)
{
	return db_run(db, SQL_TALLY_UNFORGIVE, PARAMS(INT("plan", plan)), err);
}

static enum err_code
forgiven_set(struct db *db, int64_t plan, int stage, int what, int64_t n, struct err *err)
{
	return db_run(db, SQL_TALLY_FORGIVEN,
		PARAMS(INT("plan", plan), INT("stage", stage), TEXT("state", tally_words[what]),
			INT("n", n)),
		err);
}

enum err_code
db_tally_forgive_silent(
	struct db *db, int64_t plan, int stage, int64_t devices, int64_t survived, struct err *err)
{
	return forgiven_set(db, plan, stage, EXEC_SUCCEEDED, devices, err)
		       ? err->code
		       : forgiven_set(db, plan, stage, TALLY_SURVIVED, survived, err);
}

enum err_code
db_sample_insert(struct db *db, int64_t plan, const struct sample *s, struct err *err)
{
	return db_row_write(db, SQL_SAMPLE_ADD, &db_sample_row, s, PARAMS(INT("plan", plan)), err);
}

enum err_code
db_cohort_add(struct db *db, int64_t plan, const struct breaker_cohort *cohort,
	const struct breaker_tally *delta, struct err *err)
{
	const struct breaker_row row = { *cohort, *delta };

	return db_row_write(
		db, SQL_COHORT_ADD, &db_cohort_row, &row, PARAMS(INT("plan", plan)), err);
}

enum err_code
db_cohort_get(struct db *db, int64_t plan, const struct breaker_cohort *cohort,
	struct breaker_tally *ret, struct err *err)
{
	struct breaker_row row = { .tally = { 0 } };
	bool found;

	if (db_row_get(db_query(db, SQL_COHORT_GET,
			       PARAMS(INT("plan", plan),
				       TEXT("scope", breaker_scope_words[cohort->scope]),
				       INT("number", cohort->number), TEXT("text", cohort->text))),
		    &db_cohort_row, NULL, &row, &found, err))
		return err->code;
	*ret = row.tally;
	return ERR_OK;
}

enum err_code
db_cohort_all(struct db *db, struct arena *arena, int64_t plan, struct breaker_row **ret,
	size_t *count, struct err *err)
{
	return db_row_list(db_query(db, SQL_COHORT_LIST, PARAMS(INT("plan", plan))), &db_cohort_row,
		arena, ret, count, err);
}

enum err_code
db_cohort_join(struct db *db, int64_t plan, int64_t first, int64_t last, struct err *err)
{
	const struct param params[] = { INT("plan", plan), INT("first", first), INT("last", last),
		{ .name = NULL } };

	return db_run(db, SQL_COHORT_JOIN, params, err)
		       ? err->code
		       : db_run(db, SQL_COHORT_JOINED, params, err);
}

enum err_code
db_cohort_bad(struct db *db, struct arena *arena, int64_t plan, struct breaker_row **ret,
	size_t *count, struct err *err)
{
	return db_row_list(db_query(db, SQL_COHORT_BAD, PARAMS(INT("plan", plan))), &db_cohort_row,
		arena, ret, count, err);
}

enum err_code
db_execution_before(struct db *db, int64_t plan, int64_t first, int64_t last, int64_t done,
	int64_t *ret, struct err *err)
{
	return db_number(db, SQL_EXECUTION_BEFORE,
		PARAMS(INT("plan", plan), INT("first", first), INT("last", last),
			INT("done", done)),
		0, ret, err);
}

enum err_code
db_cohort_clear(struct db *db, int64_t plan, struct err *err)
{
	return db_run(db, SQL_COHORT_CLEAR, PARAMS(INT("plan", plan)), err);
}
