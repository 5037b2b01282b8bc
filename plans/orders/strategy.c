/* Strategies by name: the built-in ones and those of the operator. */
#include "plans/orders/strategy.h"

#include "core/str.h"
#include "plans/base/change.h"
#include "plans/orders/values.h"
#include "plans/rollout/load.h"

static bool
is_builtin(const char *name)
{
	struct strategy unused;

	return strategy_builtin(name, &unused);
}

static enum err_code
settings_apply(struct session *session, struct strategy *strategy, const struct values *settings,
	struct err *err)
{
	for (size_t i = 0; i < settings->count; i++) {
		const char *value, *key = pairs_cut(&session->arena, settings->list[i], &value);

		if (!key) {
			err_set(err, ERR_USAGE, "cannot read --set '%s'", QUOTE(settings->list[i]));
			return err_fix(err, "write KEY=VALUE");
		}
		if (strategy_set(strategy, key, value, err))
			return err->code;
	}
	return strategy_check(strategy, err);
}

static enum err_code
store(struct session *session, const char *name, const char *from, bool make,
	const struct values *settings, struct err *err)
{
	struct strategy strategy;
	const char *params;

	if (db_strategy_stored(session->db, &session->arena, name, &params, err))
		return err->code;
	if (is_builtin(name) || (make && params)) {
		err_set(err, ERR_CONFLICT, "cannot %s strategy '%s'", make ? "add" : "change",
			name);
		err_why(err, "%s",
			is_builtin(name) ? "it is built in" : "there is one of that name already");
		return err_fix(err, "otactl strategy add NAME --from %s", name);
	}
	if (strategy_named(session, make ? from : name, &strategy, err) ||
		settings_apply(session, &strategy, settings, err))
		return err->code;
	return db_strategy_store(
		session->db, name, strategy_format(&session->arena, &strategy), err);
}

/* The settings, for the audit. */
static const char *
settings_text(struct session *session, const struct values *settings)
{
	struct buf buf = { .arena = &session->arena };

	buf_text(&buf, "");
	for (size_t i = 0; i < settings->count; i++)
		buf_printf(&buf, "%s%s", i ? " " : "", QUOTE(settings->list[i]));
	return buf.text ? buf.text : "";
}

enum err_code
strategy_make(struct session *session, const char *name, const char *from,
	const struct values *settings, struct err *err)
{
	if (word_check(WORD_NAME, "strategy name", name, ERR_USAGE, err) ||
		change_begin(session, err))
		return err->code;
	return change_finish(session, store(session, name, from, true, settings, err), name,
		arena_printf(&session->arena, "from %s %s", QUOTE(from),
			settings_text(session, settings)),
		err);
}

enum err_code
strategy_change(
	struct session *session, const char *name, const struct values *settings, struct err *err)
{
	if (change_begin(session, err))
		return err->code;
	return change_finish(session, store(session, name, name, false, settings, err), name,
		settings_text(session, settings), err);
}

static enum err_code
drop(struct session *session, const char *name, struct err *err)
{
	struct strategy unused;
	bool used;

	if (strategy_named(session, name, &unused, err) ||
		db_strategy_used(session->db, name, &used, err))
		return err->code;
	if (is_builtin(name) || used) {
		err_set(err, ERR_CONFLICT, "cannot remove strategy '%s'", name);
		return err_why(err, "%s", used ? "a draft plan uses it" : "it is built in");
	}
	return db_strategy_delete(session->db, name, err);
}

enum err_code
strategy_drop(struct session *session, const char *name, struct err *err)
{
	if (change_begin(session, err))
		return err->code;
	return change_finish(session, drop(session, name, err), name, "", err);
}
