#include "db/trace.h"

static const struct row trace_table =
	ROW_OF("execution", 1, trace_row, COLUMN(trace_row, execution), COLUMN(trace_row, plan),
		COLUMN(trace_row, device), COLUMN(trace_row, attempt), COLUMN(trace_row, state),
		COLUMN(trace_row, reason), COLUMN(trace_row, late), COLUMN(trace_row, component),
		COLUMN(trace_row, source), COLUMN(trace_row, target), COLUMN(trace_row, kind),
		COLUMN(trace_row, component_state), COLUMN(trace_row, offered_at),
		COLUMN(trace_row, accepted_at), COLUMN(trace_row, closed_at));

static const struct row state_table = ROW_OF("execution_component", 1, trace_state,
	COLUMN(trace_state, state), COLUMN(trace_state, count));

static const struct row plan_table = ROW_OF("plan", 1, trace_plan, COLUMN(trace_plan, name),
	COLUMN(trace_plan, state), COLUMN(trace_plan, activated_at));

enum err_code
db_trace_rows(struct db *db, struct arena *arena, int64_t device, int64_t version, int64_t limit,
	struct trace_row **ret, size_t *count, struct err *err)
{
	struct stmt *s = device ? db_query(db, SQL_TRACE_OF_DEVICE,
					  PARAMS(INT("device", device), INT("limit", limit)))
				: db_query(db, SQL_TRACE_OF_VERSION,
					  PARAMS(INT("version", version), INT("limit", limit)));

	return db_row_list(s, &trace_table, arena, ret, count, err);
}

enum err_code
db_trace_states(struct db *db, struct arena *arena, int64_t version, struct trace_state **ret,
	size_t *count, struct err *err)
{
	return db_row_list(db_query(db, SQL_TRACE_STATES, PARAMS(INT("version", version))),
		&state_table, arena, ret, count, err);
}

enum err_code
db_trace_plans(struct db *db, struct arena *arena, int64_t version, struct trace_plan **ret,
	size_t *count, struct err *err)
{
	return db_row_list(db_query(db, SQL_TRACE_PLANS, PARAMS(INT("version", version))),
		&plan_table, arena, ret, count, err);
}
