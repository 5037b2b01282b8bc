#include "plans/rollout/jump.h"

#include "plans/base/change.h"
#include "plans/base/now.h"
#include "plans/rollout/stop.h"

/* Within a change: the session goes by the clock as it stands, and so does what is stored. */
static enum err_code
trust(struct session *session, const struct clock_guard *guard, int64_t by, struct err *err)
{
	session_set_now(session, guard->trusted.at);
	if (db_fleet_clock_shift(session->db, by, err))
		return err->code;
	return db_fleet_tick(session->db, guard, err);
}

static enum err_code
accept(struct session *session, struct jump_result *out, struct err *err)
{
	struct clock_time now = now_read(session);
	struct clock_guard stored, trusted = clock_accept(&now);
	char words[CLOCK_WORDS];

	if (db_fleet_clock_get(session->db, &stored, err))
		return err->code;
	out->by = clock_ahead(&stored, &now);
	if (!out->by || trust(session, &trusted, out->by, err))
		return err->code;
	clock_words(out->by, words);
	return plan_stop_all(session, CAUSE_CLOCK,
		arena_printf(&session->arena, "the clock jumped by %s", words), &out->suspended,
		err);
}

enum err_code
jump_accept(struct session *session, struct jump_result *ret, struct err *err)
{
	*ret = (struct jump_result){ 0 };
	if (change_needs_reason(session, err) || change_begin(session, err))
		return err->code;
	if (!accept(session, ret, err) && !ret->by) {
		db_rollback(session->db);
		return ERR_OK;
	}
	return change_finish(session, err->code, "clock", NULL, err);
}

enum err_code
jump_outlast(struct session *session, const struct clock_guard *guard, int64_t by, struct err *err)
{
	char words[CLOCK_WORDS];

	if (change_begin(session, err))
		return err->code;
	clock_words(by, words);
	return change_finish(session, trust(session, guard, by, err), "clock",
		arena_printf(&session->arena,
			"it jumped by %s and has stood for a day: it is trusted", words),
		err);
}
