#include "db/execution.h"

#include "core/str.h"

/* What a stage counts beside the states. */
static const char *const more_words[TALLY_MAX - EXEC_STATE_MAX] = { "survived", "late",
	"fell_back" };

const char *
tally_word(int what)
{
	return what < EXEC_STATE_MAX ? execution_state_words[what]
				     : more_words[what - EXEC_STATE_MAX];
}

static int
tally_index(const char *word)
{
	int more = WORD_INDEX(more_words, word);

	return more >= 0 ? EXEC_STATE_MAX + more : WORD_INDEX(execution_state_words, word);
}

static void
execution_from_row(struct stmt *s, struct execution *ret)
{
	*ret = (struct execution){ 0 };
	ret->id = db_int(s);
	ret->plan = db_int(s);
	ret->device = db_int(s);
	ret->attempt = db_int(s);
	ret->state = (enum execution_state)WORD_INDEX(execution_state_words, db_text(s));
	db_field(s, ret->reason, sizeof ret->reason);
	ret->stage = (int)db_int(s);
	ret->version = db_int(s);
	ret->seq = db_int(s);
	ret->offered_at = db_int(s);
	ret->accepted_at = db_int(s);
	ret->changed_at = db_int(s);
	ret->closed_at = db_int(s);
	ret->deadline_at = db_int(s);
	ret->survived = db_int(s);
	ret->late = db_int(s);
	ret->fell_back = db_int(s);
	ret->cancel_requested = db_int(s);
	ret->counted = (unsigned)db_int(s);
	ret->block = db_int(s);
	db_field(s, ret->cohort, sizeof ret->cohort);
	ret->regress_at = db_int(s);
	ret->retry = db_int(s);
}

static enum err_code
execution_take_all(struct stmt *stmt, struct arena *arena, struct execution **ret, size_t *count,
	struct err *err)
{
	struct execution *list = NULL;
	enum db_step step;
	size_t n = 0;

	while ((step = db_step(stmt, err)) == DB_ROW) {
		list = arena_room(arena, list, n, sizeof *list);
		execution_from_row(stmt, &list[n++]);
	}
	*ret = list;
	*count = n;
	return step == DB_DONE ? ERR_OK : err->code;
}

enum err_code
execution_insert(struct db *db, const struct execution *e, struct err *err)
{
	return db_run(db, SQL_EXECUTION_ADD,
		PARAMS(INT("id", e->id), INT("plan", e->plan), INT("device", e->device),
			INT("attempt", e->attempt), INT("stage", e->stage),
			INT("offered_at", e->offered_at), INT("deadline_at", e->deadline_at),
			INT("fell_back", e->fell_back)),
		err);
}

enum err_code
execution_get(struct db *db, int64_t id, struct execution *ret, struct err *err)
{
	struct stmt *stmt = db_query(db, SQL_EXECUTION_BY_ID, PARAMS(INT("id", id)));
	enum db_step step = db_step(stmt, err);

	if (step == DB_FAILED)
		return err->code;
	if (step == DB_DONE)
		return err_set(err, ERR_NOT_FOUND, "there is no execution %lld", (long long)id);
	execution_from_row(stmt, ret);
	db_reset(stmt);
	return ERR_OK;
}

enum err_code
execution_update(struct db *db, const struct execution *e, struct err *err)
{
	return db_run(db, SQL_EXECUTION_SET,
		PARAMS(TEXT("state", execution_state_words[e->state]),
			INT("open", execution_open(e->state)), TEXT("reason", e->reason),
			INT("stage", e->stage), INT("version", e->version), INT("seq", e->seq),
			INT("accepted_at", e->accepted_at), INT("changed_at", e->changed_at),
			INT("closed_at", e->closed_at), INT("deadline_at", e->deadline_at),
			INT("survived", e->survived), INT("late", e->late),
			INT("fell_back", e->fell_back),
			INT("cancel_requested", e->cancel_requested), INT("counted", e->counted),
			INT("block", e->block), TEXT("cohort", e->cohort),
			INT("regress_at", e->regress_at), INT("retry", e->retry), INT("id", e->id)),
		err);
}

enum err_code
execution_not_newest(struct db *db, int64_t id, struct err *err)
{
	return db_run(db, SQL_EXECUTION_NOT_NEWEST, PARAMS(INT("id", id)), err);
}

enum err_code
execution_of_device(struct db *db, struct arena *arena, int64_t device, struct execution **ret,
	size_t *count, struct err *err)
{
	return execution_take_all(
		db_query(db, SQL_EXECUTION_OF_DEVICE, PARAMS(INT("device", device))), arena, ret,
		count, err);
}

enum err_code
execution_of_plan(struct db *db, struct arena *arena, int64_t plan, int64_t after, int64_t limit,
	struct execution **ret, size_t *count, struct err *err)
{
	return execution_take_all(
		db_query(db, SQL_EXECUTION_OF_PLAN,
			PARAMS(INT("plan", plan), INT("after", after), INT("limit", limit))),
		arena, ret, count, err);
}

enum err_code
execution_overdue_of(struct db *db, struct arena *arena, int64_t plan, int64_t now, int64_t limit,
	struct execution **ret, size_t *count, struct err *err)
{
	return execution_take_all(
		db_query(db, SQL_EXECUTION_OVERDUE_OF,
			PARAMS(INT("plan", plan), INT("now", now), INT("limit", limit))),
		arena, ret, count, err);
}

enum err_code
execution_open_of(struct db *db, struct arena *arena, int64_t plan, struct execution **ret,
	size_t *count, struct err *err)
{
	return execution_take_all(db_query(db, SQL_EXECUTION_OPEN_OF, PARAMS(INT("plan", plan))),
		arena, ret, count, err);
}

enum err_code
execution_in_state(struct db *db, struct arena *arena, int64_t plan, enum execution_state state,
	int64_t limit, struct execution **ret, size_t *count, struct err *err)
{
	return execution_take_all(
		db_query(db, SQL_EXECUTION_IN_STATE,
			PARAMS(INT("plan", plan), TEXT("state", execution_state_words[state]),
				INT("limit", limit))),
		arena, ret, count, err);
}

enum err_code
execution_done_components(struct db *db, struct arena *arena, int64_t device,
	struct done_component **ret, size_t *count, struct err *err)
{
	struct stmt *s = db_query(db, SQL_EXECUTION_DONE_COMPONENTS, PARAMS(INT("device", device)));
	struct done_component *list = NULL;
	enum db_step step;
	size_t n = 0;

	while ((step = db_step(s, err)) == DB_ROW) {
		list = arena_room(arena, list, n, sizeof *list);
		list[n].component = db_int(s);
		list[n].plan = db_int(s);
		list[n++].activated_at = db_int(s);
	}
	*ret = list;
	*count = n;
	return step == DB_DONE ? ERR_OK : err->code;
}

enum err_code
execution_component_insert(struct db *db, const struct execution_component *c, struct err *err)
{
	return db_run(db, SQL_EXECUTION_COMPONENT_ADD,
		PARAMS(INT("execution", c->execution), INT("position", c->position),
			INT("component", c->component), INT("package", c->package),
			TEXT("source", c->source)),
		err);
}

enum err_code
execution_component_all(struct db *db, struct arena *arena, int64_t execution,
	struct execution_component **ret, size_t *count, struct err *err)
{
	struct stmt *s =
		db_query(db, SQL_EXECUTION_COMPONENT_LIST, PARAMS(INT("execution", execution)));
	struct execution_component *list = NULL;
	enum db_step step;
	size_t n = 0;

	while ((step = db_step(s, err)) == DB_ROW) {
		struct execution_component *c;

		list = arena_room(arena, list, n, sizeof *list);
		c = &list[n++];
		c->execution = execution;
		c->position = (int)db_int(s);
		c->component = db_int(s);
		c->package = db_int(s);
		db_field(s, c->identity, sizeof c->identity);
		db_field(s, c->target, sizeof c->target);
		db_field(s, c->source, sizeof c->source);
		c->state = (enum execution_state)WORD_INDEX(execution_state_words, db_text(s));
		c->progress = db_int(s);
		c->code = db_int(s);
		db_field(s, c->message, sizeof c->message);
	}
	*ret = list;
	*count = n;
	return step == DB_DONE ? ERR_OK : err->code;
}

enum err_code
execution_component_update(struct db *db, const struct execution_component *c, struct err *err)
{
	return db_run(db, SQL_EXECUTION_COMPONENT_SET,
		PARAMS(TEXT("state", execution_state_words[c->state]), INT("progress", c->progress),
			INT("code", c->code), TEXT("message", c->message),
			INT("execution", c->execution), INT("position", c->position)),
		err);
}

enum err_code
event_insert(struct db *db, int64_t execution, const struct event *e, struct err *err)
{
	return db_run(db, SQL_EVENT_ADD,
		PARAMS(INT("execution", execution), INT("at", e->at),
			TEXT("identity", e->identity ? e->identity : ""), TEXT("state", e->state),
			INT("progress", e->progress), INT("code", e->code),
			TEXT("message", e->message ? e->message : "")),
		err);
}

enum err_code
event_all(struct db *db, struct arena *arena, int64_t execution, struct event **ret, size_t *count,
	struct err *err)
{
	struct stmt *s = db_query(db, SQL_EVENT_LIST, PARAMS(INT("execution", execution)));
	struct event *list = NULL;
	enum db_step step;
	size_t n = 0;

	while ((step = db_step(s, err)) == DB_ROW) {
		struct event *e;

		list = arena_room(arena, list, n, sizeof *list);
		e = &list[n++];
		e->at = db_int(s);
		e->identity = arena_copy(arena, db_text(s));
		e->state = arena_copy(arena, db_text(s));
		e->progress = db_int(s);
		e->code = db_int(s);
		e->message = arena_copy(arena, db_text(s));
	}
	*ret = list;
	*count = n;
	return step == DB_DONE ? ERR_OK : err->code;
}

enum err_code
tally_add(struct db *db, int64_t plan, int stage, int what, int64_t n, struct err *err)
{
	return db_run(db, SQL_TALLY_ADD,
		PARAMS(INT("plan", plan), INT("stage", stage), TEXT("state", tally_word(what)),
			INT("n", n)),
		err);
}

enum err_code
tally_get(struct db *db, int64_t plan, struct tally *ret, struct err *err)
{
	struct stmt *s = db_query(db, SQL_TALLY_LIST, PARAMS(INT("plan", plan)));
	enum db_step step;

	*ret = (struct tally){ 0 };
	while ((step = db_step(s, err)) == DB_ROW) {
		int64_t stage = db_int(s);
		int what = tally_index(db_text(s));

		if (stage >= 0 && stage < LIMIT_STAGES && what >= 0) {
			ret->n[stage][what] = db_int(s);
			ret->base[stage][what] = db_int(s);
			ret->cured[stage][what] = db_int(s);
		}
	}
	return step == DB_DONE ? ERR_OK : err->code;
}

struct stmt *
execution_history_cursor(struct db *db)
{
	return db_query(db, SQL_EXECUTION_HISTORY, NULL);
}

enum db_step
execution_history_each(struct stmt *cursor, int64_t *device, int64_t *plan, struct err *err)
{
	enum db_step step = db_step(cursor, err);

	if (step == DB_ROW) {
		*device = db_int(cursor);
		*plan = db_int(cursor);
	}
	return step;
}

enum err_code
execution_silent(struct db *db, const struct silence *s, int64_t *ret, struct err *err)
{
	return db_number(db, SQL_EXECUTION_SILENT,
		PARAMS(INT("plan", s->plan), INT("stage", s->stage), INT("since", s->since),
			INT("before", s->before), INT("now", s->now), INT("gaps", s->gaps)),
		0, ret, err);
}

enum err_code
tally_forgive(struct db *db, int64_t plan, bool restart, struct err *err)
{
	return db_run(
		db, restart ? SQL_TALLY_BASE : SQL_TALLY_CURE, PARAMS(INT("plan", plan)), err);
}

enum err_code
sample_insert(struct db *db, int64_t plan, const struct sample *s, struct err *err)
{
	return db_run(db, SQL_SAMPLE_ADD,
		PARAMS(INT("plan", plan), INT("at", s->at), INT("offered", s->offered),
			INT("accepted", s->accepted), INT("succeeded", s->succeeded),
			INT("failed", s->failed)),
		err);
}

enum err_code
cohort_add(struct db *db, int64_t plan, const char *key, const struct breaker_tally *d,
	struct err *err)
{
	return db_run(db, SQL_COHORT_ADD,
		PARAMS(INT("plan", plan), TEXT("key", key), INT("concluded", d->concluded),
			INT("failed", d->failed), INT("rejected", d->rejected),
			INT("timed_out", d->timed_out), INT("regressed", d->regressed)),
		err);
}

static void
breaker_tally_from_row(struct stmt *s, struct breaker_tally *ret)
{
	ret->concluded = db_int(s);
	ret->failed = db_int(s);
	ret->rejected = db_int(s);
	ret->timed_out = db_int(s);
	ret->regressed = db_int(s);
}

enum err_code
cohort_get(struct db *db, int64_t plan, const char *key, struct breaker_tally *ret, struct err *err)
{
	struct stmt *s = db_query(db, SQL_COHORT_GET, PARAMS(INT("plan", plan), TEXT("key", key)));
	enum db_step step = db_step(s, err);

	*ret = (struct breaker_tally){ 0 };
	if (step == DB_FAILED)
		return err->code;
	if (step == DB_ROW) {
		breaker_tally_from_row(s, ret);
		db_reset(s);
	}
	return ERR_OK;
}

enum err_code
cohort_all(struct db *db, struct arena *arena, int64_t plan, struct cohort_row **ret, size_t *count,
	struct err *err)
{
	struct stmt *s = db_query(db, SQL_COHORT_LIST, PARAMS(INT("plan", plan)));
	struct cohort_row *list = NULL;
	enum db_step step;
	size_t n = 0;

	while ((step = db_step(s, err)) == DB_ROW) {
		list = arena_room(arena, list, n, sizeof *list);
		list[n].key = arena_copy(arena, db_text(s));
		breaker_tally_from_row(s, &list[n++].tally);
	}
	*ret = list;
	*count = n;
	return step == DB_DONE ? ERR_OK : err->code;
}

enum err_code
cohort_clear(struct db *db, int64_t plan, struct err *err)
{
	return db_run(db, SQL_COHORT_CLEAR, PARAMS(INT("plan", plan)), err);
}
