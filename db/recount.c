#include "db/recount.h"

#include "core/str.h"

enum { BATCH = RECOUNT_NAMED, COLUMNS = 24 };

/* A statement that finds the wrong rows of a table, and one that mends such a row. */
struct counted {
	const char *table;
	enum sql find, mend;
};

/* A wrong row: its columns by name, as the statement gave them. */
struct wrong {
	struct param columns[COLUMNS];
	int count;
};

void
recount_fault_add(
	struct recount_faults *out, struct arena *arena, const struct recount_fault *fault)
{
	if (out->count == RECOUNT_NAMED) {
		out->more++;
		return;
	}
	out->list = arena_room(arena, out->list, out->count, sizeof *out->list);
	out->list[out->count++] = *fault;
}

static void
wrong_read(struct stmt *stmt, struct arena *arena, struct wrong *ret)
{
	ret->count = db_column_count(stmt);
	for (int i = 0; i < ret->count && i < COLUMNS; i++) {
		struct db_value value = db_column(stmt, i);
		struct param *column = &ret->columns[i];

		*column = (struct param){ .name = arena_copy(arena, db_column_name(stmt, i)),
			.kind = value.type == VALUE_TEXT ? PARAM_TEXT : PARAM_INT,
			.number = value.type == VALUE_INT ? value.number : 0 };
		if (value.type == VALUE_TEXT)
			column->data = arena_copy(arena, value.data);
	}
}

static const struct param *
column_of(const struct wrong *row, const char *name)
{
	for (int i = 0; i < row->count; i++)
		if (!strcmp(row->columns[i].name, name))
			return &row->columns[i];
	return NULL;
}

/* Each counter stands under its own name, and behind "found_" as it has to be. */
static void
wrong_name(
	const char *table, const struct wrong *row, struct arena *arena, struct recount_faults *out)
{
	for (int i = 0; i < row->count; i++) {
		const struct param *is = &row->columns[i], *was;

		if (!str_starts(is->name, "found_"))
			continue;
		was = column_of(row, is->name + strlen("found_"));
		if (was && was->number != is->number)
			recount_fault_add(out, arena,
				&(struct recount_fault){ table, column_of(row, "who")->data,
					was->name, was->number, is->number });
	}
}

/* A statement with the values that it asks for. */
static struct stmt *
ask(struct db *db, enum sql id, const struct wrong *values)
{
	struct stmt *stmt = db_query(db, id, NULL);

	for (int i = 1; i <= db_param_count(stmt); i++)
		db_bind(stmt, i, column_of(values, db_param_name(stmt, i) + strlen(":")));
	return stmt;
}

/* Mended, the wrong rows come in batches, until there are none. */
static enum err_code
compare(struct db *db, struct arena *arena, const struct counted *what, int64_t plan,
	const char *label, bool mend, struct recount_faults *out, struct err *err)
{
	const struct wrong given = { .count = 3,
		.columns = { { .name = "plan", .number = plan },
			{ .name = "label", .kind = PARAM_TEXT, .data = label },
			{ .name = "limit", .number = BATCH } } };
	size_t count;

	do {
		struct stmt *stmt = ask(db, what->find, &given);
		struct wrong *rows = NULL;
		enum db_step step;

		count = 0;
		while ((step = db_step(stmt, err)) == DB_ROW) {
			rows = arena_room(arena, rows, count, sizeof *rows);
			wrong_read(stmt, arena, &rows[count++]);
		}
		if (step == DB_FAILED)
			return err->code;
		for (size_t i = 0; i < count; i++) {
			wrong_name(what->table, &rows[i], arena, out);
			if (mend && db_step(ask(db, what->mend, &rows[i]), err) == DB_FAILED)
				return err->code;
		}
	} while (mend && count == BATCH);
	return ERR_OK;
}

enum err_code
db_recount_executions(
	struct db *db, struct arena *arena, bool mend, struct recount_faults *out, struct err *err)
{
	static const struct counted flags = { "execution", SQL_RECOUNT_EXECUTION,
		SQL_MEND_EXECUTION };

	return compare(db, arena, &flags, 0, "", mend, out, err);
}

enum err_code
db_recount_rest(
	struct db *db, struct arena *arena, bool mend, struct recount_faults *out, struct err *err)
{
	static const struct counted all[] = {
		{ "package", SQL_RECOUNT_PACKAGE, SQL_MEND_PACKAGE },
		{ "component", SQL_RECOUNT_COMPONENT, SQL_MEND_COMPONENT },
		{ "fleet", SQL_RECOUNT_FLEET, SQL_MEND_FLEET },
	};

	for (size_t i = 0; i < COUNT(all); i++)
		if (compare(db, arena, &all[i], 0, "", mend, out, err))
			return err->code;
	return ERR_OK;
}

enum err_code
db_recount_plan(struct db *db, struct arena *arena, int64_t plan, const char *label, bool mend,
	struct recount_faults *out, struct err *err)
{
	static const struct counted all[] = {
		{ "plan", SQL_RECOUNT_PLAN, SQL_MEND_PLAN },
		{ "stage", SQL_RECOUNT_PLACES, SQL_MEND_PLACES },
		{ "stage", SQL_RECOUNT_TAIL, SQL_MEND_TAIL },
		{ "tally", SQL_RECOUNT_TALLY, SQL_MEND_TALLY },
		{ "pulse", SQL_RECOUNT_PULSE, SQL_MEND_PULSE },
		{ "cohort", SQL_RECOUNT_COHORT, SQL_MEND_COHORT },
	};

	for (size_t i = 0; i < COUNT(all); i++)
		if (compare(db, arena, &all[i], plan, label, mend, out, err))
			return err->code;
	return ERR_OK;
}
