/* What went where: attempts by device or by version, newest first. */
#pragma once

#include "core/model.h"
#include "db/row.h"

struct trace_row {
	int64_t execution, attempt;
	const char *plan, *device, *state, *reason;
	bool late;
	const char *component, *source, *target, *kind, *component_state;
	int64_t offered_at, accepted_at, closed_at;
};

/* Of one device, or of all packages to a version (the other id is 0); in the arena. */
enum err_code db_trace_rows(struct db *db, struct arena *arena, int64_t device, int64_t version,
	int64_t limit, struct trace_row **ret, size_t *count, struct err *err) MUST_USE;

struct trace_state {
	const char *state;
	int64_t count;
};

/* How many attempts at a version are in which state, in the arena. */
enum err_code db_trace_states(struct db *db, struct arena *arena, int64_t version,
	struct trace_state **ret, size_t *count, struct err *err) MUST_USE;

struct trace_plan {
	const char *name, *state;
	int64_t activated_at;
	const char *activated_by, *reason; /* from the audit; NULL: not activated */
};

/* The plans that bring a version, oldest first, in the arena; who activated them is left empty. */
enum err_code db_trace_plans(struct db *db, struct arena *arena, int64_t version,
	struct trace_plan **ret, size_t *count, struct err *err) MUST_USE;
