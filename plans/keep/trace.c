#include "plans/keep/trace.h"

#include "core/str.h"
#include "db/device.h"
#include "db/plan.h"
#include "plans/base/audit.h"
#include "plans/packages/find.h"

/* What the audit is searched for. */
struct wanted {
	struct trace *out;
	const char *word;     /* a device, or "aroma/STM32 1_0_1" */
	const char **key_ids; /* of the keys that signed it */
	size_t key_count;
};

static bool
part_of_word(char c)
{
	return c && (strchr("._:-", c) || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
			    (c >= 'a' && c <= 'z'));
}

/* True when `text` holds the word, not merely as a part of a longer one. */
static bool
holds(const char *text, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = text; (at = strstr(at, word)); at++)
		if ((at == text || !part_of_word(at[-1])) && !part_of_word(at[length]))
			return true;
	return false;
}

static struct trace_plan *
plan_of(struct trace *trace, const char *name)
{
	for (size_t i = 0; i < trace->plan_count; i++)
		if (!strcmp(trace->plans[i].name, name))
			return &trace->plans[i];
	return NULL;
}

static bool
meant(const struct wanted *w, const struct audit *row)
{
	if (holds(row->object, w->word) || holds(row->detail, w->word))
		return true;
	if (str_starts(row->action, "key "))
		for (size_t i = 0; i < w->key_count; i++)
			if (holds(row->detail, w->key_ids[i]))
				return true;
	return plan_of(w->out, row->object) != NULL;
}

static struct audit
keep(struct arena *arena, const struct audit *row)
{
	struct audit ret = *row;

	ret.actor = arena_copy(arena, row->actor);
	ret.action = arena_copy(arena, row->action);
	ret.command = arena_copy(arena, row->command);
	ret.object = arena_copy(arena, row->object);
	ret.detail = arena_copy(arena, row->detail);
	ret.reason = arena_copy(arena, row->reason);
	return ret;
}

static enum err_code
history_read(struct session *session, struct wanted *w, struct err *err)
{
	struct stmt *cursor = audit_cursor(session, 0);
	struct arena *arena = &session->arena;
	struct trace *t = w->out;
	enum db_step step;
	struct audit row;

	while ((step = audit_each(cursor, &row, err)) == DB_ROW) {
		struct trace_plan *plan;

		if (!meant(w, &row))
			continue;
		t->history = arena_room(arena, t->history, t->history_count, sizeof *t->history);
		t->history[t->history_count] = keep(arena, &row);
		plan = plan_of(t, row.object);
		if (plan && !strcmp(row.action, "plan activate")) {
			plan->activated_by = t->history[t->history_count].actor;
			plan->reason = t->history[t->history_count].reason;
		}
		t->history_count++;
	}
	return step == DB_DONE ? ERR_OK : err->code;
}

/* The plans of the attempts, where they are not known from the version. */
static enum err_code
plans_of_rows(struct session *session, struct trace *t, struct err *err)
{
	for (size_t i = t->row_count; i-- > 0;) {
		struct plan plan;

		if (plan_of(t, t->rows[i].plan))
			continue;
		if (db_plan_get(session->db, &session->arena, t->rows[i].plan, &plan, err))
			return err->code;
		t->plans = arena_room(&session->arena, t->plans, t->plan_count, sizeof *t->plans);
		t->plans[t->plan_count++] = (struct trace_plan){ .name = t->rows[i].plan,
			.state = plan_state_words[plan.state],
			.activated_at = plan.activated_at };
	}
	return ERR_OK;
}

enum err_code
trace_device(struct session *session, const char *name, int64_t limit, struct trace *ret,
	struct err *err)
{
	struct wanted wanted = { .out = ret, .word = name };

	*ret = (struct trace){ .rows = NULL };
	if (db_device_get(session->db, &session->arena, name, &ret->device, err) ||
		db_trace_rows(session->db, &session->arena, ret->device.id, 0, limit, &ret->rows,
			&ret->row_count, err) ||
		plans_of_rows(session, ret, err))
		return err->code;
	return history_read(session, &wanted, err);
}

static enum err_code
keys_of(struct session *session, struct wanted *w, struct err *err)
{
	for (size_t i = 0; i < w->out->package_count; i++) {
		struct signature_row *rows;
		size_t count;

		if (db_signature_all(session->db, &session->arena, w->out->packages[i].package.id,
			    &rows, &count, err))
			return err->code;
		for (size_t k = 0; k < count; k++) {
			if (rows[k].position >= 0)
				continue;
			w->key_ids = arena_room(
				&session->arena, w->key_ids, w->key_count, sizeof *w->key_ids);
			w->key_ids[w->key_count++] = arena_copy(&session->arena, rows[k].key_id);
		}
	}
	return ERR_OK;
}

enum err_code
trace_package(struct session *session, const struct package_name *name, int64_t limit,
	struct trace *ret, struct err *err)
{
	struct wanted wanted = { .out = ret };
	struct arena *arena = &session->arena;
	int64_t version;

	*ret = (struct trace){ .rows = NULL };
	if (package_find(session, name, false, &ret->packages, &ret->package_count, err))
		return err->code;
	version = ret->packages[0].version.id;
	wanted.word = arena_printf(arena, "%s %s", name->product_component, name->version);
	if (keys_of(session, &wanted, err) ||
		db_trace_plans(session->db, arena, version, &ret->plans, &ret->plan_count, err) ||
		db_trace_states(
			session->db, arena, version, &ret->states, &ret->state_count, err) ||
		db_trace_rows(
			session->db, arena, 0, version, limit, &ret->rows, &ret->row_count, err))
		return err->code;
	return history_read(session, &wanted, err);
}
