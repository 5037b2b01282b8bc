#include "db/plan.h"

#include "core/str.h"

const char *const plan_item_words[ITEM_MAX] = {
	[ITEM_WHITELIST] = "whitelist",
	[ITEM_BLACKLIST] = "blacklist",
	[ITEM_PUSH] = "push",
	[ITEM_BLACKOUT] = "blackout",
	[ITEM_INSTALL] = "install",
	[ITEM_TEXT] = "text",
	[ITEM_FROM] = "from",
	[ITEM_ALLOW] = "allow",
};

const struct row db_strategy_row = ROW_OF(
	"strategy", 1, strategy_row, COLUMN(strategy_row, name), COLUMN(strategy_row, params));

const struct row db_plan_row = ROW(plan, COLUMN(plan, id), COLUMN(plan, product),
	COLUMN(plan, name), WORD(plan, state, plan_state_words), WORD(plan, cause, cause_words),
	COLUMN(plan, reason), WORD(plan, mode, mode_words), COLUMN(plan, priority),
	COLUMN(plan, timezone), COLUMN(plan, device_zone), COLUMN(plan, start_at),
	COLUMN(plan, end_at), COLUMN(plan, continuous), COLUMN(plan, allow_downgrade),
	COLUMN(plan, unknown_hold), COLUMN(plan, unknown_hw_allow), COLUMN(plan, require_all),
	COLUMN(plan, whitelist_set), COLUMN_AS(plan, strategy_name, "strategy"),
	COLUMN(plan, settings), COLUMN(plan, params), COLUMN(plan, salt), COLUMN(plan, created_at),
	COLUMN(plan, activated_at), COLUMN(plan, resumed_at), COLUMN(plan, suspended_at),
	COLUMN(plan, ended_at), COLUMN(plan, max_device), COLUMN(plan, targets),
	COLUMN(plan, stage), COLUMN(plan, trial), COLUMN(plan, probe_at),
	COLUMN(plan, probe_done_at), COLUMN(plan, activation));

static const struct row ticking_plan_row =
	ROW_OF("plan", 1, ticking_plan, COLUMN_AS(ticking_plan, plan, "id"),
		WORD(ticking_plan, state, plan_state_words), COLUMN(ticking_plan, end_at),
		COLUMN(ticking_plan, tripped_at), COLUMN(ticking_plan, silent_at),
		COLUMN(ticking_plan, look_at), COLUMN(ticking_plan, in_progress),
		COLUMN(ticking_plan, overdue), COLUMN(ticking_plan, sampled_at));

const struct row db_pulse_row = ROW_OF("pulse", 1, running_pulse, COLUMN(running_pulse, plan),
	COLUMN_AS(running_pulse, pulse.pulse.tripped_at, "tripped_at"),
	COLUMN_AS(running_pulse, pulse.pulse.tripped, "tripped"),
	COLUMN_AS(running_pulse, pulse.tripped_abort, "tripped_abort"),
	COLUMN_AS(running_pulse, pulse.pulse.in_progress, "in_progress"),
	COLUMN_AS(running_pulse, pulse.pulse.succeeded, "succeeded"),
	COLUMN_AS(running_pulse, pulse.pulse.ever_succeeded, "ever_succeeded"),
	COLUMN_AS(running_pulse, pulse.first_accepts, "first_accepts"),
	COLUMN_AS(running_pulse, pulse.pulse.rate_minute, "rate_minute"),
	COLUMN_AS(running_pulse, pulse.pulse.rate_count, "rate_count"),
	COLUMN_AS(running_pulse, pulse.pulse.probe_taken, "probe_taken"),
	COLUMN_AS(running_pulse, pulse.pulse.probe_last, "probe_last"),
	COLUMN_AS(running_pulse, pulse.tripped_scope, "tripped_scope"),
	COLUMN_AS(running_pulse, pulse.tripped_number, "tripped_number"),
	COLUMN_AS(running_pulse, pulse.tripped_text, "tripped_text"),
	COLUMN_AS(running_pulse, pulse.silent_at, "silent_at"),
	COLUMN_AS(running_pulse, pulse.forgiven_at, "forgiven_at"));

static const struct row left_out_row =
	ROW_OF("left_out", 2, left_out, COLUMN(left_out, package), COLUMN(left_out, text));

static const struct row plan_component_row = ROW_OF("plan_component", 2, plan_component,
	KEY("plan"), COLUMN(plan_component, component), COLUMN(plan_component, version),
	COLUMN(plan_component, identity), COLUMN(plan_component, target),
	WORD(plan_component, type, type_words), COLUMN(plan_component, counter));

const struct row db_plan_item_row =
	ROW_OF("plan_item", 3, plan_item, KEY("plan"), WORD(plan_item, kind, plan_item_words),
		KEY("position"), COLUMN(plan_item, key), COLUMN(plan_item, value));

struct both {
	int64_t count;
	const char *name;
};
static const struct row both_row =
	ROW_OF("plan_device", 0, both, COLUMN(both, count), COLUMN(both, name));

static const struct row target_row_row = ROW_OF("device", 1, target_row, COLUMN(target_row, id),
	COLUMN(target_row, name), COLUMN(target_row, components), COLUMN(target_row, labels),
	COLUMN(target_row, attributes), COLUMN(target_row, floors), COLUMN(target_row, marks),
	COLUMN(target_row, begun_at), COLUMN(target_row, begun_stage));

static const struct row target_short_row = ROW_OF("device", 1, target_row, COLUMN(target_row, id),
	COLUMN(target_row, name), COLUMN(target_row, components), COLUMN(target_row, floors),
	COLUMN(target_row, marks), COLUMN(target_row, begun_at), COLUMN(target_row, begun_stage));

const struct row db_interval_row = ROW_OF("interval", 2, interval, KEY("plan"), KEY("kind"),
	COLUMN(interval, opens_at), COLUMN(interval, closes_at));

const struct row db_plan_zone_row = ROW_OF("plan_zone", 2, plan_zone, KEY("plan"),
	COLUMN(plan_zone, zone), COLUMN(plan_zone, digest), COLUMN(plan_zone, expanded_to),
	COLUMN(plan_zone, changed_at), COLUMN(plan_zone, trouble), COLUMN(plan_zone, trouble_at),
	COLUMN(plan_zone, name));

const struct row db_stage_row = ROW_OF("stage", 2, stage, KEY("plan"), KEY("position"),
	CODE(stage, kind, STAGE_SHARE + 1), COLUMN_AS(stage, group_id, "grp"),
	COLUMN_AS(stage, group, "grp_name"), COLUMN(stage, value), COLUMN(stage, draw),
	COLUMN(stage, size), COLUMN(stage, lent), COLUMN(stage, taken), COLUMN(stage, opened_at),
	COLUMN(stage, done_at), COLUMN(stage, stood_s), COLUMN(stage, tail_at));

const struct row db_straggler_row =
	ROW_OF("straggler", 2, straggler, KEY("plan"), COLUMN(straggler, need),
		COLUMN(straggler, n), COLUMN(straggler, untried), COLUMN(straggler, comes));

struct uncounted {
	int64_t plan;
};
static const struct row uncounted_row = ROW_OF("pulse", 1, uncounted, COLUMN(uncounted, plan));

struct counted {
	int64_t at, until;
};
static const struct row counted_row = ROW_OF("pulse", 0, counted, COLUMN_AS(counted, at, "left_at"),
	COLUMN_AS(counted, until, "left_until"));

struct places {
	int64_t taken, offered;
};
static const struct row places_row =
	ROW_OF("stage", 0, places, COLUMN(places, taken), COLUMN(places, offered));

enum err_code
db_strategy_stored(
	struct db *db, struct arena *arena, const char *name, const char **ret, struct err *err)
{
	return db_text_get(db, SQL_STRATEGY_BY_NAME, PARAMS(TEXT("name", name)), arena, ret, err);
}

enum err_code
db_strategy_all(struct db *db, struct arena *arena, struct strategy_row **ret, size_t *count,
	struct err *err)
{
	return db_row_list(
		db_query(db, SQL_STRATEGY_LIST, NULL), &db_strategy_row, arena, ret, count, err);
}

enum err_code
db_strategy_store(struct db *db, const char *name, const char *params, struct err *err)
{
	return db_run(
		db, SQL_STRATEGY_SET, PARAMS(TEXT("name", name), TEXT("params", params)), err);
}

enum err_code
db_strategy_delete(struct db *db, const char *name, struct err *err)
{
	return db_run(db, SQL_STRATEGY_REMOVE, PARAMS(TEXT("name", name)), err);
}

enum err_code
db_strategy_used(struct db *db, const char *name, bool *ret, struct err *err)
{
	int64_t any;

	if (db_number(db, SQL_STRATEGY_USED, PARAMS(TEXT("name", name)), 0, &any, err))
		return err->code;
	*ret = any;
	return ERR_OK;
}

enum err_code
db_plan_get(struct db *db, struct arena *arena, const char *name, struct plan *ret, struct err *err)
{
	bool found = false;

	if (db_row_get(db_query(db, SQL_PLAN_BY_NAME, PARAMS(TEXT("name", name))), &db_plan_row,
		    arena, ret, &found, err))
		return err->code;
	if (found)
		return ERR_OK;
	err_set(err, ERR_NOT_FOUND, "there is no plan '%s'", QUOTE(name));
	return err_fix(err, "otactl plan list shows all");
}

enum err_code
db_plan_by_id(struct db *db, struct arena *arena, int64_t id, struct plan *ret, struct err *err)
{
	return db_row_one(db_query(db, SQL_PLAN_BY_ID, PARAMS(INT("id", id))), &db_plan_row, arena,
		ret, "there is no such plan", err);
}

enum err_code
db_plan_newest_activation(struct db *db, int64_t *ret, struct err *err)
{
	return db_number(db, SQL_PLAN_NEWEST_ACTIVATION, NULL, 0, ret, err);
}

enum err_code
db_plan_newest_trial(
	struct db *db, struct arena *arena, int64_t package, const char **ret, struct err *err)
{
	return db_text_get(
		db, SQL_PLAN_NEWEST_TRIAL, PARAMS(INT("package", package)), arena, ret, err);
}

enum err_code
db_plan_activated_set(struct db *db, int64_t plan, const char *params, struct err *err)
{
	return db_run(
		db, SQL_PLAN_ACTIVATED_SET, PARAMS(INT("id", plan), TEXT("params", params)), err);
}

enum err_code
db_plan_activated_get(
	struct db *db, struct arena *arena, int64_t plan, const char **ret, struct err *err)
{
	return db_text_get(db, SQL_PLAN_ACTIVATED_GET, PARAMS(INT("id", plan)), arena, ret, err);
}

enum err_code
db_plan_all(struct db *db, struct arena *arena, struct plan **ret, size_t *count,
	struct row_unread *unread, struct err *err)
{
	return db_row_list_readable(
		db_query(db, SQL_PLAN_LIST, NULL), &db_plan_row, arena, ret, count, unread, err);
}

enum err_code
db_plan_running(struct db *db, struct arena *arena, int64_t product, struct plan **ret,
	size_t *count, struct row_unread *unread, struct err *err)
{
	return db_row_list_readable(db_query(db, SQL_PLAN_RUNNING, PARAMS(INT("product", product))),
		&db_plan_row, arena, ret, count, unread, err);
}

enum err_code
db_plan_ticking(struct db *db, struct arena *arena, int64_t now, struct ticking_plan **ret,
	size_t *count, struct err *err)
{
	return db_row_list(db_query(db, SQL_PLAN_TICKING, PARAMS(INT("now", now))),
		&ticking_plan_row, arena, ret, count, err);
}

enum err_code
db_plan_look_at(struct db *db, int64_t plan, int64_t at, struct err *err)
{
	return db_run(db, SQL_PULSE_LOOK, PARAMS(INT("at", at), INT("plan", plan)), err);
}

enum err_code
db_plan_uncounted(struct db *db, struct arena *arena, int64_t now, int64_t **ret, size_t *count,
	struct err *err)
{
	struct uncounted *list;

	if (db_row_list(db_query(db, SQL_PLAN_UNCOUNTED, PARAMS(INT("now", now))), &uncounted_row,
		    arena, &list, count, err))
		return err->code;
	*ret = arena_alloc(arena, *count * sizeof **ret + 1);
	for (size_t i = 0; i < *count; i++)
		(*ret)[i] = list[i].plan;
	return ERR_OK;
}

enum err_code
db_plan_left_due(struct db *db, int64_t plan, int64_t at, struct err *err)
{
	return db_run(db, SQL_PULSE_LEFT_DUE, PARAMS(INT("at", at), INT("plan", plan)), err);
}

enum err_code
db_straggler_set(struct db *db, int64_t plan, const struct straggler *list, size_t count,
	int64_t at, int64_t until, int64_t due, struct err *err)
{
	if (db_run(db, SQL_STRAGGLER_CLEAR, PARAMS(INT("plan", plan)), err))
		return err->code;
	for (size_t i = 0; i < count; i++)
		if (db_row_write(db, SQL_STRAGGLER_ADD, &db_straggler_row, &list[i],
			    PARAMS(INT("plan", plan)), err))
			return err->code;
	return db_run(db, SQL_PULSE_LEFT,
		PARAMS(INT("at", at), INT("until", until), INT("due", due), INT("plan", plan)),
		err);
}

enum err_code
db_straggler_all(struct db *db, struct arena *arena, int64_t plan, struct straggler **ret,
	size_t *count, int64_t *at, int64_t *until, struct err *err)
{
	struct counted counted;

	if (db_row_one(db_query(db, SQL_PULSE_LEFT_GET, PARAMS(INT("plan", plan))), &counted_row,
		    NULL, &counted, "the plan has no pulse", err))
		return err->code;
	*at = counted.at;
	*until = counted.until;
	return db_row_list(db_query(db, SQL_STRAGGLER_LIST, PARAMS(INT("plan", plan))),
		&db_straggler_row, arena, ret, count, err);
}

enum err_code
db_straggler_due(struct db *db, int64_t plan, int64_t *ret, struct err *err)
{
	return db_number(db, SQL_STRAGGLER_DUE, PARAMS(INT("plan", plan)), 0, ret, err);
}

enum err_code
db_straggler_stand(struct db *db, int64_t plan, int64_t at, bool *ret, struct err *err)
{
	int64_t stand;

	if (db_number(db, SQL_STRAGGLER_STAND, PARAMS(INT("plan", plan), INT("at", at)), 0, &stand,
		    err))
		return err->code;
	*ret = stand;
	return ERR_OK;
}

struct stmt *
db_plan_left_cursor(struct db *db, int64_t plan, int64_t product)
{
	return db_query(db, SQL_PLAN_LEFT_SCAN, PARAMS(INT("plan", plan), INT("product", product)));
}

enum err_code
db_plan_insert(struct db *db, struct plan *p, struct err *err)
{
	if (db_row_write(db, SQL_PLAN_ADD, &db_plan_row, p, NULL, err)) {
		if (err->code == ERR_CONFLICT)
			err_set(err, ERR_CONFLICT, "there is a plan '%s' already", p->name);
		return err->code;
	}
	p->id = db_last_id(db);
	return db_run(
		db, SQL_PULSE_ADD, PARAMS(INT("plan", p->id), INT("product", p->product)), err);
}

enum err_code
db_plan_update(struct db *db, const struct plan *p, struct err *err)
{
	bool running = p->state == PLAN_ACTIVE || p->state == PLAN_SUSPENDED;

	if (db_run(db, SQL_PULSE_SET_RUNNING, PARAMS(INT("running", running), INT("plan", p->id)),
		    err))
		return err->code;
	return db_row_write(db, SQL_PLAN_SET, &db_plan_row, p, NULL, err);
}

enum err_code
db_plan_remove(struct db *db, int64_t id, struct err *err)
{
	return db_run(db, SQL_PLAN_REMOVE, PARAMS(INT("id", id)), err);
}

enum err_code
db_plan_pulse_get(struct db *db, int64_t plan, struct plan_pulse *ret, struct err *err)
{
	struct running_pulse row;

	if (db_row_one(db_query(db, SQL_PULSE_GET, PARAMS(INT("plan", plan))), &db_pulse_row, NULL,
		    &row, "the plan has no pulse", err))
		return err->code;
	*ret = row.pulse;
	return ERR_OK;
}

/* An unknown latch counts as set: tick names the row, and nobody is offered anything meanwhile. */
static void
pulse_take(struct stmt *s, struct running_pulse *ret)
{
	struct err why;

	if (!db_row_read(s, &db_pulse_row, NULL, ret, &why))
		return;
	*ret = (struct running_pulse){ .plan = ret->plan };
	ret->pulse.pulse.tripped_at = 1;
	str_copy(ret->pulse.pulse.tripped, sizeof ret->pulse.pulse.tripped,
		"its counters cannot be read: otactl db check says why");
}

/* Who comes first is alone for a while: only then it matters since when. */
static enum err_code
alone_since_read(struct db *db, int64_t plan, struct pulse *pulse, struct err *err)
{
	if (pulse->ever_succeeded || !pulse->in_progress)
		return ERR_OK;
	return db_number(
		db, SQL_PULSE_ALONE_SINCE, PARAMS(INT("plan", plan)), 0, &pulse->alone_since, err);
}

enum err_code
db_plan_pulse_for_offer(struct db *db, int64_t plan, struct plan_pulse *ret, struct err *err)
{
	struct stmt *s = db_query(db, SQL_PULSE_GET, PARAMS(INT("plan", plan)));
	enum db_step step = db_step(s, err);
	struct running_pulse row;

	if (step == DB_FAILED)
		return err->code;
	if (step == DB_DONE)
		return err_set(err, ERR_NOT_FOUND, "the plan has no pulse");
	pulse_take(s, &row);
	db_reset(s);
	*ret = row.pulse;
	return alone_since_read(db, plan, &ret->pulse, err);
}

enum err_code
db_plan_pulse_running(struct db *db, struct arena *arena, int64_t product,
	struct running_pulse **ret, size_t *count, struct err *err)
{
	struct stmt *s = db_query(db, SQL_PULSE_OF_RUNNING, PARAMS(INT("product", product)));
	struct running_pulse *list = NULL;
	enum db_step step;
	size_t n = 0;

	while ((step = db_step(s, err)) == DB_ROW) {
		list = arena_room(arena, list, n, sizeof *list);
		pulse_take(s, &list[n++]);
	}
	*ret = list;
	*count = n;
	for (size_t i = 0; step == DB_DONE && i < n; i++)
		if (alone_since_read(db, list[i].plan, &list[i].pulse.pulse, err))
			return err->code;
	return step == DB_DONE ? ERR_OK : err->code;
}

enum err_code
db_plan_pulse_add(struct db *db, int64_t plan, const struct pulse_delta *d, struct err *err)
{
	return db_run(db, SQL_PULSE_CHANGE,
		PARAMS(INT("in_progress", d->in_progress), INT("succeeded", d->succeeded),
			INT("ever_succeeded", d->ever_succeeded),
			INT("first_accepts", d->first_accepts), INT("probe", d->probe),
			INT("now", d->now), INT("plan", plan)),
		err);
}

enum err_code
db_plan_pulse_rate(struct db *db, int64_t plan, int64_t minute, struct err *err)
{
	return db_run(db, SQL_PULSE_RATE, PARAMS(INT("minute", minute), INT("plan", plan)), err);
}

enum err_code
db_plan_pulse_trip(struct db *db, int64_t plan, int64_t now, const char *criterion, bool abort,
	const struct breaker_cohort *cohort, struct err *err)
{
	struct running_pulse row = { plan,
		{ .pulse = { .tripped_at = now }, .tripped_abort = abort } };

	str_cut(row.pulse.pulse.tripped, sizeof row.pulse.pulse.tripped, criterion);
	str_copy(row.pulse.tripped_scope, sizeof row.pulse.tripped_scope,
		breaker_scope_words[cohort->scope]);
	str_copy(row.pulse.tripped_text, sizeof row.pulse.tripped_text, cohort->text);
	row.pulse.tripped_number = cohort->number;
	return db_row_write(db, SQL_PULSE_TRIP, &db_pulse_row, &row, NULL, err);
}

enum err_code
db_plan_pulse_silent(struct db *db, int64_t plan, int64_t at, struct err *err)
{
	return db_run(db, SQL_PULSE_SILENT, PARAMS(INT("at", at), INT("plan", plan)), err);
}

enum err_code
db_plan_pulse_forgiven(struct db *db, int64_t plan, int64_t at, struct err *err)
{
	return db_run(db, SQL_PULSE_FORGIVEN, PARAMS(INT("at", at), INT("plan", plan)), err);
}

enum err_code
db_plan_pulse_resume(struct db *db, int64_t plan, struct err *err)
{
	return db_run(db, SQL_PULSE_RESUME, PARAMS(INT("plan", plan)), err);
}

enum err_code
db_plan_probe_clear(struct db *db, int64_t plan, struct err *err)
{
	return db_run(db, SQL_PROBE_CLEAR_PULSE, PARAMS(INT("plan", plan)), err)
		       ? err->code
		       : db_run(db, SQL_PROBE_CLEAR_COHORT, PARAMS(INT("plan", plan)), err);
}

enum err_code
db_plan_probe_done(struct db *db, int64_t plan, int64_t now, struct err *err)
{
	return db_run(db, SQL_PLAN_PROBE_DONE, PARAMS(INT("plan", plan), INT("now", now)), err);
}

enum err_code
db_left_out_insert(struct db *db, int64_t plan, const char *scope, int64_t number, const char *text,
	struct err *err)
{
	return db_run(db, SQL_LEFT_OUT_ADD,
		PARAMS(INT("plan", plan), TEXT("scope", scope), INT("number", number),
			TEXT("text", text)),
		err);
}

enum err_code
db_left_out_all(struct db *db, struct arena *arena, int64_t plan, struct left_out **ret,
	size_t *count, struct err *err)
{
	return db_row_list(db_query(db, SQL_LEFT_OUT_LIST, PARAMS(INT("plan", plan))),
		&left_out_row, arena, ret, count, err);
}

enum err_code
db_left_out_clear(struct db *db, int64_t plan, struct err *err)
{
	return db_run(db, SQL_LEFT_OUT_CLEAR, PARAMS(INT("plan", plan)), err);
}

enum err_code
db_stage_stood(struct db *db, int64_t plan, int64_t first, int64_t last, int64_t s, struct err *err)
{
	return db_run(db, SQL_STAGE_STOOD,
		PARAMS(INT("plan", plan), INT("first", first), INT("last", last), INT("s", s)),
		err);
}

enum err_code
db_plan_components_set(struct db *db, int64_t plan, const struct plan_component *list, size_t count,
	struct err *err)
{
	if (db_run(db, SQL_PLAN_COMPONENT_CLEAR, PARAMS(INT("plan", plan)), err))
		return err->code;
	for (size_t i = 0; i < count; i++)
		if (db_run(db, SQL_PLAN_COMPONENT_ADD,
			    PARAMS(INT("plan", plan), INT("position", (int64_t)i),
				    INT("component", list[i].component),
				    INT("version", list[i].version)),
			    err))
			return err->code;
	return ERR_OK;
}

enum err_code
db_plan_components_get(struct db *db, struct arena *arena, int64_t plan,
	struct plan_component **ret, size_t *count, struct err *err)
{
	return db_row_list(db_query(db, SQL_PLAN_COMPONENT_LIST, PARAMS(INT("plan", plan))),
		&plan_component_row, arena, ret, count, err);
}

enum err_code
db_plan_items_get(struct db *db, struct arena *arena, int64_t plan, struct plan_item **ret,
	size_t *count, struct err *err)
{
	return db_row_list(db_query(db, SQL_PLAN_ITEM_LIST, PARAMS(INT("plan", plan))),
		&db_plan_item_row, arena, ret, count, err);
}

enum err_code
db_plan_items_set(struct db *db, int64_t plan, enum plan_item_kind kind,
	const struct plan_item *list, size_t count, struct err *err)
{
	if (db_run(db, SQL_PLAN_ITEM_CLEAR,
		    PARAMS(INT("plan", plan), TEXT("kind", plan_item_words[kind])), err))
		return err->code;
	for (size_t i = 0; i < count; i++)
		if (list[i].kind == kind &&
			db_row_write(db, SQL_PLAN_ITEM_ADD, &db_plan_item_row, &list[i],
				PARAMS(INT("plan", plan), INT("position", (int64_t)i)), err))
			return err->code;
	return ERR_OK;
}

enum err_code
db_plan_device_add(
	struct db *db, int64_t plan, enum plan_list list, int64_t device, struct err *err)
{
	return db_run(db, SQL_PLAN_DEVICE_ADD,
		PARAMS(INT("device", device), INT("plan", plan), INT("list", list)), err);
}

enum err_code
db_plan_device_clear(struct db *db, int64_t plan, enum plan_list list, struct err *err)
{
	return db_run(db, SQL_PLAN_DEVICE_CLEAR, PARAMS(INT("plan", plan), INT("list", list)), err);
}

enum err_code
db_plan_device_copy_group(
	struct db *db, int64_t plan, enum plan_list list, int64_t group, struct err *err)
{
	return db_run(db, SQL_PLAN_DEVICE_COPY_GROUP,
		PARAMS(INT("plan", plan), INT("list", list), INT("grp", group)), err);
}

enum err_code
db_plan_device_copy_plan(struct db *db, int64_t plan, enum plan_list list, int64_t other,
	enum execution_state state, struct err *err)
{
	return db_run(db, SQL_PLAN_DEVICE_COPY_PLAN,
		PARAMS(INT("plan", plan), INT("list", list), INT("other", other),
			TEXT("state", execution_state_words[state])),
		err);
}

struct stmt *
db_plan_device_cursor(struct db *db, int64_t plan)
{
	return db_query(db, SQL_PLAN_DEVICE_LIST, PARAMS(INT("plan", plan)));
}

enum db_step
db_plan_device_each(struct stmt *cursor, int64_t *device, int64_t *list, struct err *err)
{
	enum db_step step = db_step(cursor, err);

	if (step == DB_ROW) {
		*device = db_int(cursor);
		*list = db_int(cursor);
	}
	return step;
}

enum err_code
db_plan_device_copy(struct db *db, int64_t plan, int64_t from, struct err *err)
{
	return db_run(db, SQL_PLAN_DEVICE_COPY, PARAMS(INT("plan", plan), INT("from", from)), err);
}

enum err_code
db_plan_device_on_both(struct db *db, struct arena *arena, int64_t plan, int64_t *count,
	const char **name, struct err *err)
{
	struct both row = { 0 };

	if (db_row_one(db_query(db, SQL_PLAN_DEVICE_BOTH, PARAMS(INT("plan", plan))), &both_row,
		    arena, &row, "the plan has no lists", err))
		return err->code;
	*count = row.count;
	*name = row.count ? row.name : NULL;
	return ERR_OK;
}

enum err_code
db_plan_device_count(
	struct db *db, int64_t plan, enum plan_list list, int64_t *ret, struct err *err)
{
	return db_number(db, SQL_PLAN_DEVICE_COUNT, PARAMS(INT("plan", plan), INT("list", list)), 0,
		ret, err);
}

struct stmt *
db_plan_target_cursor(struct db *db, int64_t plan, int64_t product)
{
	return db_query(
		db, SQL_PLAN_TARGET_SCAN, PARAMS(INT("plan", plan), INT("product", product)));
}

enum db_step
db_plan_target_each(struct stmt *s, struct target_row *ret, struct err *err)
{
	return db_row_next(s, &target_row_row, NULL, ret, err);
}

struct stmt *
db_plan_target_short_cursor(struct db *db, int64_t plan, int64_t product)
{
	return db_query(
		db, SQL_PLAN_TARGET_SHORT, PARAMS(INT("plan", plan), INT("product", product)));
}

enum db_step
db_plan_target_short_each(struct stmt *s, struct target_row *ret, struct err *err)
{
	enum db_step step = db_row_next(s, &target_short_row, NULL, ret, err);

	ret->labels = ret->attributes = "";
	return step;
}

enum err_code
db_interval_insert(struct db *db, int64_t plan, enum plan_item_kind kind, const char *zone,
	const struct interval *list, size_t count, struct err *err)
{
	for (size_t i = 0; i < count; i++)
		if (db_run(db, SQL_INTERVAL_ADD,
			    PARAMS(INT("plan", plan), TEXT("kind", plan_item_words[kind]),
				    TEXT("zone", zone), INT("closes_at", list[i].closes_at),
				    INT("opens_at", list[i].opens_at)),
			    err))
			return err->code;
	return ERR_OK;
}

enum err_code
db_interval_clear(struct db *db, int64_t plan, enum plan_item_kind kind, const char *zone,
	int64_t after, struct err *err)
{
	return db_run(db, SQL_INTERVAL_CLEAR,
		PARAMS(INT("plan", plan), TEXT("kind", plan_item_words[kind]), TEXT("zone", zone),
			INT("after", after)),
		err);
}

enum err_code
db_interval_from(struct db *db, struct arena *arena, int64_t plan, enum plan_item_kind kind,
	const char *zone, int64_t now, int64_t limit, struct interval **ret, size_t *count,
	struct err *err)
{
	return db_row_list(
		db_query(db, SQL_INTERVAL_NEXT,
			PARAMS(INT("plan", plan), TEXT("kind", plan_item_words[kind]),
				TEXT("zone", zone), INT("now", now), INT("limit", limit))),
		&db_interval_row, arena, ret, count, err);
}

enum err_code
db_interval_near(struct db *db, struct arena *arena, int64_t plan, enum plan_item_kind kind,
	const char *zone, int64_t now, int64_t until, struct interval **ret, size_t *count,
	struct err *err)
{
	return db_row_list(
		db_query(db, SQL_INTERVAL_NEAR,
			PARAMS(INT("plan", plan), TEXT("kind", plan_item_words[kind]),
				TEXT("zone", zone), INT("now", now), INT("until", until))),
		&db_interval_row, arena, ret, count, err);
}

enum err_code
db_interval_zones(struct db *db, struct arena *arena, int64_t plan, enum plan_item_kind kind,
	const char ***ret, size_t *count, struct err *err)
{
	return db_texts(db_query(db, SQL_INTERVAL_ZONES,
				PARAMS(INT("plan", plan), TEXT("kind", plan_item_words[kind]))),
		arena, ret, count, err);
}

enum err_code
db_plan_zone_set(struct db *db, int64_t plan, const struct plan_zone *zone, struct err *err)
{
	return db_row_write(
		db, SQL_PLAN_ZONE_SET, &db_plan_zone_row, zone, PARAMS(INT("plan", plan)), err);
}

enum err_code
db_plan_zone_all(struct db *db, struct arena *arena, int64_t plan, struct plan_zone **ret,
	size_t *count, struct err *err)
{
	return db_row_list(db_query(db, SQL_PLAN_ZONE_LIST, PARAMS(INT("plan", plan))),
		&db_plan_zone_row, arena, ret, count, err);
}

enum err_code
db_plan_zone_used(struct db *db, struct arena *arena, int64_t plan, struct plan_zone **ret,
	size_t *count, struct err *err)
{
	return db_row_list(db_query(db, SQL_PLAN_ZONE_USED, PARAMS(INT("plan", plan))),
		&db_plan_zone_row, arena, ret, count, err);
}

enum err_code
db_stage_insert(
	struct db *db, int64_t plan, int position, const struct stage *stage, struct err *err)
{
	return db_row_write(db, SQL_STAGE_ADD, &db_stage_row, stage,
		PARAMS(INT("plan", plan), INT("position", position)), err);
}

enum err_code
db_stage_clear(struct db *db, int64_t plan, struct err *err)
{
	return db_run(db, SQL_STAGE_CLEAR, PARAMS(INT("plan", plan)), err);
}

enum err_code
db_stage_all(struct db *db, struct arena *arena, int64_t plan, struct stage **ret, size_t *count,
	struct err *err)
{
	return db_row_list(db_query(db, SQL_STAGE_LIST, PARAMS(INT("plan", plan))), &db_stage_row,
		arena, ret, count, err);
}

enum err_code
db_stage_set_open(struct db *db, int64_t plan, int64_t position, int64_t now, struct err *err)
{
	return db_run(db, SQL_STAGE_OPEN,
		PARAMS(INT("now", now), INT("plan", plan), INT("position", position)), err);
}

enum err_code
db_stage_set_done(struct db *db, int64_t plan, int64_t position, int64_t now, struct err *err)
{
	return db_run(db, SQL_STAGE_DONE,
		PARAMS(INT("now", now), INT("plan", plan), INT("position", position)), err);
}

enum err_code
db_stage_set_tail(struct db *db, int64_t plan, int64_t position, int64_t at, struct err *err)
{
	return db_run(db, SQL_STAGE_TAIL,
		PARAMS(INT("at", at), INT("plan", plan), INT("position", position)), err);
}

enum err_code
db_stage_take(struct db *db, int64_t plan, int64_t position, int64_t n, struct err *err)
{
	return db_run(db, SQL_STAGE_TAKE,
		PARAMS(INT("n", n), INT("plan", plan), INT("position", position)), err);
}

enum err_code
db_stage_size(
	struct db *db, int64_t plan, int64_t position, const struct stage *stage, struct err *err)
{
	return db_run(db, SQL_STAGE_SIZE,
		PARAMS(INT("size", stage->size), INT("lent", stage->lent), INT("plan", plan),
			INT("position", position)),
		err);
}

enum err_code
db_plan_targets_add(struct db *db, int64_t plan, int64_t n, struct err *err)
{
	return db_run(db, SQL_PLAN_TARGETS_ADD, PARAMS(INT("n", n), INT("plan", plan)), err);
}

enum err_code
db_plan_targets_set(struct db *db, int64_t plan, int64_t n, struct err *err)
{
	return db_run(db, SQL_PLAN_TARGETS_SET, PARAMS(INT("n", n), INT("plan", plan)), err);
}

enum err_code
db_stage_taken(struct db *db, int64_t plan, int64_t position, struct stage *ret, struct err *err)
{
	struct places places;

	if (db_row_one(db_query(db, SQL_STAGE_TAKEN,
			       PARAMS(INT("plan", plan), INT("position", position))),
		    &places_row, NULL, &places, "the plan has no such stage", err))
		return err->code;
	ret->taken = places.taken;
	ret->offered = places.offered;
	return ERR_OK;
}
