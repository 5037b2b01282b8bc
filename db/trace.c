#include "db/trace.h"

static const char *
kept(struct stmt *s, struct arena *arena)
{
	return arena_copy(arena, db_text(s));
}

enum err_code
trace_rows(struct db *db, struct arena *arena, int64_t device, int64_t version, int64_t limit,
	struct trace_row **ret, size_t *count, struct err *err)
{
	struct stmt *s = device ? db_query(db, SQL_TRACE_OF_DEVICE,
					  PARAMS(INT("device", device), INT("limit", limit)))
				: db_query(db, SQL_TRACE_OF_VERSION,
					  PARAMS(INT("version", version), INT("limit", limit)));
	struct trace_row *list = NULL;
	enum db_step step;
	size_t n = 0;

	while ((step = db_step(s, err)) == DB_ROW) {
		struct trace_row *row;

		list = arena_room(arena, list, n, sizeof *list);
		row = &list[n++];
		row->execution = db_int(s);
		row->plan = kept(s, arena);
		row->device = kept(s, arena);
		row->attempt = db_int(s);
		row->state = kept(s, arena);
		row->reason = kept(s, arena);
		row->late = db_int(s);
		row->component = kept(s, arena);
		row->source = kept(s, arena);
		row->target = kept(s, arena);
		row->kind = kept(s, arena);
		row->component_state = kept(s, arena);
		row->offered_at = db_int(s);
		row->accepted_at = db_int(s);
		row->closed_at = db_int(s);
	}
	*ret = list;
	*count = n;
	return step == DB_DONE ? ERR_OK : err->code;
}

enum err_code
trace_states(struct db *db, struct arena *arena, int64_t version, struct trace_state **ret,
	size_t *count, struct err *err)
{
	struct stmt *s = db_query(db, SQL_TRACE_STATES, PARAMS(INT("version", version)));
	struct trace_state *list = NULL;
	enum db_step step;
	size_t n = 0;

	while ((step = db_step(s, err)) == DB_ROW) {
		list = arena_room(arena, list, n, sizeof *list);
		list[n].state = kept(s, arena);
		list[n++].count = db_int(s);
	}
	*ret = list;
	*count = n;
	return step == DB_DONE ? ERR_OK : err->code;
}

enum err_code
trace_plans(struct db *db, struct arena *arena, int64_t version, struct trace_plan **ret,
	size_t *count, struct err *err)
{
	struct stmt *s = db_query(db, SQL_TRACE_PLANS, PARAMS(INT("version", version)));
	struct trace_plan *list = NULL;
	enum db_step step;
	size_t n = 0;

	while ((step = db_step(s, err)) == DB_ROW) {
		list = arena_room(arena, list, n, sizeof *list);
		list[n] = (struct trace_plan){ .name = kept(s, arena) };
		list[n].state = kept(s, arena);
		list[n++].activated_at = db_int(s);
	}
	*ret = list;
	*count = n;
	return step == DB_DONE ? ERR_OK : err->code;
}
