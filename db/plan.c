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

enum err_code
strategy_stored(
	struct db *db, struct arena *arena, const char *name, const char **ret, struct err *err)
{
	struct stmt *stmt = db_query(db, SQL_STRATEGY_BY_NAME, PARAMS(TEXT("name", name)));
	enum db_step step = db_step(stmt, err);

	*ret = NULL;
	if (step == DB_FAILED)
		return err->code;
	if (step == DB_ROW) {
		*ret = arena_copy(arena, db_text(stmt));
		db_reset(stmt);
	}
	return ERR_OK;
}

enum err_code
strategy_all(struct db *db, struct arena *arena, struct strategy_row **ret, size_t *count,
	struct err *err)
{
	struct stmt *stmt = db_query(db, SQL_STRATEGY_LIST, NULL);
	struct strategy_row *list = NULL;
	enum db_step step;
	size_t n = 0;

	while ((step = db_step(stmt, err)) == DB_ROW) {
		list = arena_room(arena, list, n, sizeof *list);
		list[n].name = arena_copy(arena, db_text(stmt));
		list[n++].params = arena_copy(arena, db_text(stmt));
	}
	*ret = list;
	*count = n;
	return step == DB_DONE ? ERR_OK : err->code;
}

enum err_code
strategy_store(struct db *db, const char *name, const char *params, struct err *err)
{
	return db_run(
		db, SQL_STRATEGY_SET, PARAMS(TEXT("name", name), TEXT("params", params)), err);
}

enum err_code
strategy_delete(struct db *db, const char *name, struct err *err)
{
	return db_run(db, SQL_STRATEGY_REMOVE, PARAMS(TEXT("name", name)), err);
}

enum err_code
strategy_used(struct db *db, const char *name, bool *ret, struct err *err)
{
	int64_t any;

	if (db_number(db, SQL_STRATEGY_USED, PARAMS(TEXT("name", name)), 0, &any, err))
		return err->code;
	*ret = any;
	return ERR_OK;
}

static void
plan_from_row(struct stmt *s, struct arena *arena, struct plan *ret)
{
	size_t size;

	*ret = (struct plan){ 0 };
	ret->id = db_int(s);
	ret->product = db_int(s);
	db_field(s, ret->name, sizeof ret->name);
	ret->state = (enum plan_state)WORD_INDEX(plan_state_words, db_text(s));
	ret->cause = (enum plan_cause)WORD_INDEX(cause_words, db_text(s));
	db_field(s, ret->reason, sizeof ret->reason);
	ret->mode = (enum plan_mode)WORD_INDEX(mode_words, db_text(s));
	ret->priority = db_int(s);
	db_field(s, ret->timezone, sizeof ret->timezone);
	ret->device_zone = db_int(s);
	ret->start_at = db_int(s);
	ret->end_at = db_int(s);
	ret->continuous = db_int(s);
	ret->allow_downgrade = db_int(s);
	ret->unknown_hold = db_int(s);
	ret->require_all = db_int(s);
	ret->whitelist_set = db_int(s);
	db_field(s, ret->strategy_name, sizeof ret->strategy_name);
	ret->settings = arena_copy(arena, db_text(s));
	ret->params = arena_copy(arena, db_text(s));
	memcpy(ret->salt, db_blob(s, &size), sizeof ret->salt);
	ret->created_at = db_int(s);
	ret->activated_at = db_int(s);
	ret->resumed_at = db_int(s);
	ret->suspended_at = db_int(s);
	ret->ended_at = db_int(s);
	ret->max_device = db_int(s);
	ret->targets = db_int(s);
	ret->stage = db_int(s);
	ret->trial = db_int(s);
}

static enum err_code
plan_take_all(
	struct stmt *stmt, struct arena *arena, struct plan **ret, size_t *count, struct err *err)
{
	struct plan *list = NULL;
	enum db_step step;
	size_t n = 0;

	while ((step = db_step(stmt, err)) == DB_ROW) {
		list = arena_room(arena, list, n, sizeof *list);
		plan_from_row(stmt, arena, &list[n++]);
	}
	*ret = list;
	*count = n;
	return step == DB_DONE ? ERR_OK : err->code;
}

enum err_code
plan_get(struct db *db, struct arena *arena, const char *name, struct plan *ret, struct err *err)
{
	struct plan *list;
	size_t count;

	if (plan_take_all(db_query(db, SQL_PLAN_BY_NAME, PARAMS(TEXT("name", name))), arena, &list,
		    &count, err))
		return err->code;
	if (!count) {
		err_set(err, ERR_NOT_FOUND, "there is no plan '%s'", QUOTE(name));
		return err_fix(err, "otactl plan list shows all");
	}
	*ret = list[0];
	return ERR_OK;
}

enum err_code
plan_by_id(struct db *db, struct arena *arena, int64_t id, struct plan *ret, struct err *err)
{
	struct plan *list;
	size_t count;

	if (plan_take_all(
		    db_query(db, SQL_PLAN_BY_ID, PARAMS(INT("id", id))), arena, &list, &count, err))
		return err->code;
	if (!count)
		return err_set(err, ERR_NOT_FOUND, "there is no such plan");
	*ret = list[0];
	return ERR_OK;
}

enum err_code
plan_newest_trial(
	struct db *db, struct arena *arena, int64_t package, const char **ret, struct err *err)
{
	const char **list;
	size_t count;

	if (db_texts(db_query(db, SQL_PLAN_NEWEST_TRIAL, PARAMS(INT("package", package))), arena,
		    &list, &count, err))
		return err->code;
	*ret = count ? list[0] : NULL;
	return ERR_OK;
}

enum err_code
plan_all(struct db *db, struct arena *arena, struct plan **ret, size_t *count, struct err *err)
{
	return plan_take_all(db_query(db, SQL_PLAN_LIST, NULL), arena, ret, count, err);
}

enum err_code
plan_running(struct db *db, struct arena *arena, int64_t product, struct plan **ret, size_t *count,
	struct err *err)
{
	return plan_take_all(db_query(db, SQL_PLAN_RUNNING, PARAMS(INT("product", product))), arena,
		ret, count, err);
}

enum err_code
plan_ticking(struct db *db, struct arena *arena, int64_t now, struct ticking_plan **ret,
	size_t *count, struct err *err)
{
	struct stmt *stmt = db_query(db, SQL_PLAN_TICKING, PARAMS(INT("now", now)));
	struct ticking_plan *list = NULL;
	enum db_step step;
	size_t n = 0;

	while ((step = db_step(stmt, err)) == DB_ROW) {
		list = arena_room(arena, list, n, sizeof *list);
		list[n].plan = db_int(stmt);
		list[n].state = (enum plan_state)WORD_INDEX(plan_state_words, db_text(stmt));
		list[n].end_at = db_int(stmt);
		list[n].expanded_to = db_int(stmt);
		list[n].tripped_at = db_int(stmt);
		list[n].look_at = db_int(stmt);
		list[n].overdue = db_int(stmt);
		list[n++].sampled_at = db_int(stmt);
	}
	*ret = list;
	*count = n;
	return step == DB_DONE ? ERR_OK : err->code;
}

enum err_code
plan_look_at(struct db *db, int64_t plan, int64_t at, struct err *err)
{
	return db_run(db, SQL_PULSE_LOOK, PARAMS(INT("at", at), INT("plan", plan)), err);
}

enum err_code
plan_insert(struct db *db, struct plan *p, struct err *err)
{
	if (db_run(db, SQL_PLAN_ADD,
		    PARAMS(TEXT("name", p->name), INT("product", p->product),
			    TEXT("timezone", p->timezone), TEXT("strategy", p->strategy_name),
			    BLOB("salt", p->salt, sizeof p->salt),
			    INT("created_at", p->created_at)),
		    err)) {
		if (err->code == ERR_CONFLICT)
			err_set(err, ERR_CONFLICT, "there is a plan '%s' already", p->name);
		return err->code;
	}
	p->id = db_last_id(db);
	return db_run(
		db, SQL_PULSE_ADD, PARAMS(INT("plan", p->id), INT("product", p->product)), err);
}

enum err_code
plan_update(struct db *db, const struct plan *p, struct err *err)
{
	bool running = p->state == PLAN_ACTIVE || p->state == PLAN_SUSPENDED;

	if (db_run(db, SQL_PULSE_SET_RUNNING, PARAMS(INT("running", running), INT("plan", p->id)),
		    err))
		return err->code;
	return db_run(db, SQL_PLAN_SET,
		PARAMS(TEXT("state", plan_state_words[p->state]),
			TEXT("cause", cause_words[p->cause]), TEXT("reason", p->reason),
			TEXT("mode", mode_words[p->mode]), INT("priority", p->priority),
			TEXT("timezone", p->timezone), INT("device_zone", p->device_zone),
			INT("start_at", p->start_at), INT("end_at", p->end_at),
			INT("continuous", p->continuous),
			INT("allow_downgrade", p->allow_downgrade),
			INT("unknown_hold", p->unknown_hold), INT("require_all", p->require_all),
			INT("whitelist_set", p->whitelist_set), TEXT("strategy", p->strategy_name),
			TEXT("settings", p->settings), TEXT("params", p->params),
			INT("activated_at", p->activated_at), INT("resumed_at", p->resumed_at),
			INT("suspended_at", p->suspended_at), INT("ended_at", p->ended_at),
			INT("max_device", p->max_device), INT("targets", p->targets),
			INT("stage", p->stage), INT("trial", p->trial), INT("id", p->id)),
		err);
}

enum err_code
plan_remove(struct db *db, int64_t id, struct err *err)
{
	return db_run(db, SQL_PLAN_REMOVE, PARAMS(INT("id", id)), err);
}

static void
pulse_from_row(struct stmt *s, struct plan_pulse *ret)
{
	struct pulse *pulse = &ret->pulse;

	pulse->tripped_at = db_int(s);
	db_field(s, pulse->tripped, sizeof pulse->tripped);
	ret->tripped_abort = db_int(s);
	pulse->in_progress = db_int(s);
	pulse->succeeded = db_int(s);
	pulse->ever_succeeded = db_int(s);
	ret->first_accepts = db_int(s);
	pulse->rate_minute = db_int(s);
	pulse->rate_count = db_int(s);
}

enum err_code
plan_pulse_get(struct db *db, int64_t plan, struct plan_pulse *ret, struct err *err)
{
	struct stmt *s = db_query(db, SQL_PULSE_GET, PARAMS(INT("plan", plan)));

	if (db_step(s, err) != DB_ROW)
		return err->code;
	pulse_from_row(s, ret);
	db_reset(s);
	return ERR_OK;
}

enum err_code
plan_pulse_running(struct db *db, struct arena *arena, int64_t product, struct running_pulse **ret,
	size_t *count, struct err *err)
{
	struct stmt *s = db_query(db, SQL_PULSE_OF_RUNNING, PARAMS(INT("product", product)));
	struct running_pulse *list = NULL;
	enum db_step step;
	size_t n = 0;

	while ((step = db_step(s, err)) == DB_ROW) {
		list = arena_room(arena, list, n, sizeof *list);
		list[n].plan = db_int(s);
		pulse_from_row(s, &list[n++].pulse);
	}
	*ret = list;
	*count = n;
	return step == DB_DONE ? ERR_OK : err->code;
}

enum err_code
plan_pulse_add(struct db *db, int64_t plan, const struct pulse_delta *d, struct err *err)
{
	return db_run(db, SQL_PULSE_CHANGE,
		PARAMS(INT("in_progress", d->in_progress), INT("succeeded", d->succeeded),
			INT("ever_succeeded", d->ever_succeeded),
			INT("first_accepts", d->first_accepts), INT("plan", plan)),
		err);
}

enum err_code
plan_pulse_rate(struct db *db, int64_t plan, int64_t minute, struct err *err)
{
	return db_run(db, SQL_PULSE_RATE, PARAMS(INT("minute", minute), INT("plan", plan)), err);
}

enum err_code
plan_pulse_trip(struct db *db, int64_t plan, int64_t now, const char *criterion, bool abort,
	struct err *err)
{
	return db_run(db, SQL_PULSE_TRIP,
		PARAMS(INT("at", now), TEXT("criterion", criterion), INT("abort", abort),
			INT("plan", plan)),
		err);
}

enum err_code
plan_pulse_resume(struct db *db, int64_t plan, struct err *err)
{
	return db_run(db, SQL_PULSE_RESUME, PARAMS(INT("plan", plan)), err);
}

enum err_code
plan_components_set(struct db *db, int64_t plan, const struct plan_component *list, size_t count,
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
plan_components_get(struct db *db, struct arena *arena, int64_t plan, struct plan_component **ret,
	size_t *count, struct err *err)
{
	struct stmt *s = db_query(db, SQL_PLAN_COMPONENT_LIST, PARAMS(INT("plan", plan)));
	struct plan_component *list = NULL;
	enum db_step step;
	size_t n = 0;

	while ((step = db_step(s, err)) == DB_ROW) {
		struct plan_component *c;

		list = arena_room(arena, list, n, sizeof *list);
		c = &list[n++];
		c->component = db_int(s);
		c->version = db_int(s);
		db_field(s, c->identity, sizeof c->identity);
		db_field(s, c->target, sizeof c->target);
		c->type = (enum component_type)WORD_INDEX(type_words, db_text(s));
		c->counter = db_int(s);
	}
	*ret = list;
	*count = n;
	return step == DB_DONE ? ERR_OK : err->code;
}

enum err_code
plan_items_get(struct db *db, struct arena *arena, int64_t plan, struct plan_item **ret,
	size_t *count, struct err *err)
{
	struct stmt *s = db_query(db, SQL_PLAN_ITEM_LIST, PARAMS(INT("plan", plan)));
	struct plan_item *list = NULL;
	enum db_step step;
	size_t n = 0;

	while ((step = db_step(s, err)) == DB_ROW) {
		list = arena_room(arena, list, n, sizeof *list);
		list[n].kind = (enum plan_item_kind)WORD_INDEX(plan_item_words, db_text(s));
		list[n].key = arena_copy(arena, db_text(s));
		list[n++].value = arena_copy(arena, db_text(s));
	}
	*ret = list;
	*count = n;
	return step == DB_DONE ? ERR_OK : err->code;
}

enum err_code
plan_items_set(struct db *db, int64_t plan, enum plan_item_kind kind, const struct plan_item *list,
	size_t count, struct err *err)
{
	if (db_run(db, SQL_PLAN_ITEM_CLEAR,
		    PARAMS(INT("plan", plan), TEXT("kind", plan_item_words[kind])), err))
		return err->code;
	for (size_t i = 0; i < count; i++)
		if (list[i].kind == kind &&
			db_run(db, SQL_PLAN_ITEM_ADD,
				PARAMS(INT("plan", plan), TEXT("kind", plan_item_words[kind]),
					INT("position", (int64_t)i),
					TEXT("key", list[i].key ? list[i].key : ""),
					TEXT("value", list[i].value)),
				err))
			return err->code;
	return ERR_OK;
}

enum err_code
plan_device_add(struct db *db, int64_t plan, enum plan_list list, int64_t device, struct err *err)
{
	return db_run(db, SQL_PLAN_DEVICE_ADD,
		PARAMS(INT("device", device), INT("plan", plan), INT("list", list)), err);
}

enum err_code
plan_device_clear(struct db *db, int64_t plan, enum plan_list list, struct err *err)
{
	return db_run(db, SQL_PLAN_DEVICE_CLEAR, PARAMS(INT("plan", plan), INT("list", list)), err);
}

enum err_code
plan_device_copy_group(
	struct db *db, int64_t plan, enum plan_list list, int64_t group, struct err *err)
{
	return db_run(db, SQL_PLAN_DEVICE_COPY_GROUP,
		PARAMS(INT("plan", plan), INT("list", list), INT("grp", group)), err);
}

enum err_code
plan_device_copy_plan(struct db *db, int64_t plan, enum plan_list list, int64_t other,
	enum execution_state state, struct err *err)
{
	return db_run(db, SQL_PLAN_DEVICE_COPY_PLAN,
		PARAMS(INT("plan", plan), INT("list", list), INT("other", other),
			TEXT("state", execution_state_words[state])),
		err);
}

struct stmt *
plan_device_cursor(struct db *db, int64_t plan)
{
	return db_query(db, SQL_PLAN_DEVICE_LIST, PARAMS(INT("plan", plan)));
}

enum db_step
plan_device_each(struct stmt *cursor, int64_t *device, int64_t *list, struct err *err)
{
	enum db_step step = db_step(cursor, err);

	if (step == DB_ROW) {
		*device = db_int(cursor);
		*list = db_int(cursor);
	}
	return step;
}

enum err_code
plan_device_copy(struct db *db, int64_t plan, int64_t from, struct err *err)
{
	return db_run(db, SQL_PLAN_DEVICE_COPY, PARAMS(INT("plan", plan), INT("from", from)), err);
}

enum err_code
plan_device_on_both(struct db *db, struct arena *arena, int64_t plan, int64_t *count,
	const char **name, struct err *err)
{
	struct stmt *s = db_query(db, SQL_PLAN_DEVICE_BOTH, PARAMS(INT("plan", plan)));

	if (db_step(s, err) != DB_ROW)
		return err->code;
	*count = db_int(s);
	*name = *count ? arena_copy(arena, db_text(s)) : NULL;
	db_reset(s);
	return ERR_OK;
}

enum err_code
plan_device_count(struct db *db, int64_t plan, enum plan_list list, int64_t *ret, struct err *err)
{
	return db_number(db, SQL_PLAN_DEVICE_COUNT, PARAMS(INT("plan", plan), INT("list", list)), 0,
		ret, err);
}

struct stmt *
plan_target_cursor(struct db *db, int64_t plan, int64_t product)
{
	return db_query(
		db, SQL_PLAN_TARGET_SCAN, PARAMS(INT("plan", plan), INT("product", product)));
}

enum db_step
plan_target_each(struct stmt *s, struct target_row *ret, struct err *err)
{
	enum db_step step = db_step(s, err);

	if (step == DB_ROW) {
		ret->id = db_int(s);
		ret->name = db_text(s);
		ret->labels = db_text(s);
		ret->attributes = db_text(s);
		ret->white = db_int(s);
		ret->black = db_int(s);
		ret->started = db_int(s);
	}
	return step;
}

enum err_code
interval_insert(struct db *db, int64_t plan, enum plan_item_kind kind, const char *zone,
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
interval_uncut(struct db *db, int64_t plan, enum plan_item_kind kind, int64_t at, struct err *err)
{
	return db_run(db, SQL_INTERVAL_UNCUT,
		PARAMS(INT("plan", plan), TEXT("kind", plan_item_words[kind]), INT("at", at)), err);
}

enum err_code
interval_from(struct db *db, struct arena *arena, int64_t plan, enum plan_item_kind kind,
	const char *zone, int64_t now, int64_t limit, struct interval **ret, size_t *count,
	struct err *err)
{
	struct stmt *s = db_query(db, SQL_INTERVAL_NEXT,
		PARAMS(INT("plan", plan), TEXT("kind", plan_item_words[kind]), TEXT("zone", zone),
			INT("now", now), INT("limit", limit)));
	struct interval *list = NULL;
	enum db_step step;
	size_t n = 0;

	while ((step = db_step(s, err)) == DB_ROW) {
		list = arena_room(arena, list, n, sizeof *list);
		list[n].opens_at = db_int(s);
		list[n++].closes_at = db_int(s);
	}
	*ret = list;
	*count = n;
	return step == DB_DONE ? ERR_OK : err->code;
}

enum err_code
interval_zones(struct db *db, struct arena *arena, int64_t plan, enum plan_item_kind kind,
	const char ***ret, size_t *count, struct err *err)
{
	return db_texts(db_query(db, SQL_INTERVAL_ZONES,
				PARAMS(INT("plan", plan), TEXT("kind", plan_item_words[kind]))),
		arena, ret, count, err);
}

enum err_code
plan_expanded_set(struct db *db, int64_t plan, int64_t to, struct err *err)
{
	return db_run(db, SQL_PLAN_EXPANDED, PARAMS(INT("to", to), INT("id", plan)), err);
}

enum err_code
plan_expanded_get(struct db *db, int64_t plan, int64_t *ret, struct err *err)
{
	return db_number(db, SQL_PLAN_EXPANDED_GET, PARAMS(INT("id", plan)), 0, ret, err);
}

enum err_code
stage_insert(struct db *db, int64_t plan, int position, const struct stage *stage, struct err *err)
{
	return db_run(db, SQL_STAGE_ADD,
		PARAMS(INT("plan", plan), INT("position", position), INT("kind", stage->kind),
			INT("grp", stage->group_id), TEXT("grp_name", stage->group),
			INT("value", stage->value), INT("draw", stage->draw),
			INT("size", stage->size), INT("opened_at", stage->opened_at)),
		err);
}

enum err_code
stage_clear(struct db *db, int64_t plan, struct err *err)
{
	return db_run(db, SQL_STAGE_CLEAR, PARAMS(INT("plan", plan)), err);
}

enum err_code
stage_all(struct db *db, struct arena *arena, int64_t plan, struct stage **ret, size_t *count,
	struct err *err)
{
	struct stmt *s = db_query(db, SQL_STAGE_LIST, PARAMS(INT("plan", plan)));
	struct stage *list = NULL;
	enum db_step step;
	size_t n = 0;

	while ((step = db_step(s, err)) == DB_ROW) {
		struct stage *stage;

		list = arena_room(arena, list, n, sizeof *list);
		stage = &list[n++];
		stage->kind = (enum stage_kind)db_int(s);
		stage->group_id = db_int(s);
		db_field(s, stage->group, sizeof stage->group);
		stage->value = db_int(s);
		stage->draw = db_int(s);
		stage->size = db_int(s);
		stage->taken = db_int(s);
		stage->opened_at = db_int(s);
		stage->done_at = db_int(s);
	}
	*ret = list;
	*count = n;
	return step == DB_DONE ? ERR_OK : err->code;
}

enum err_code
stage_set_open(struct db *db, int64_t plan, int64_t position, int64_t now, struct err *err)
{
	return db_run(db, SQL_STAGE_OPEN,
		PARAMS(INT("now", now), INT("plan", plan), INT("position", position)), err);
}

enum err_code
stage_set_done(struct db *db, int64_t plan, int64_t position, int64_t now, struct err *err)
{
	return db_run(db, SQL_STAGE_DONE,
		PARAMS(INT("now", now), INT("plan", plan), INT("position", position)), err);
}

enum err_code
stage_take(struct db *db, int64_t plan, int64_t position, int64_t n, struct err *err)
{
	return db_run(db, SQL_STAGE_TAKE,
		PARAMS(INT("n", n), INT("plan", plan), INT("position", position)), err);
}

enum err_code
stage_taken(struct db *db, int64_t plan, int64_t position, int64_t *ret, struct err *err)
{
	return db_number(db, SQL_STAGE_TAKEN, PARAMS(INT("plan", plan), INT("position", position)),
		0, ret, err);
}
