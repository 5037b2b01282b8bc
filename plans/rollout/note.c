/* Old and new of a plan, for the audit: one list of fields for every verb. */
#include "plans/rollout/note.h"

#include "core/moment.h"
#include "core/pairs.h"
#include "plans/base/change.h"

static const char *
date(struct session *session, int64_t at)
{
	char text[MOMENT_TEXT];

	return at ? arena_copy(&session->arena, moment_format(at, text)) : "";
}

static const char *
yes(bool value)
{
	return value ? "yes" : "no";
}

static const char *
state(struct session *session, const struct plan *plan)
{
	return arena_printf(&session->arena, "%s%s%s", plan_state_words[plan->state],
		plan->cause ? "/" : "", plan->cause ? cause_words[plan->cause] : "");
}

enum err_code
plan_store(struct session *session, const struct plan *old, const struct plan *new, struct err *err)
{
	change_note(session, "state", state(session, old), state(session, new));
	change_note_int(session, "stage", old->stage + 1, new->stage + 1);
	change_note(session, "strategy", old->strategy_name, new->strategy_name);
	change_note(session, "settings", pairs_line(&session->arena, old->settings),
		pairs_line(&session->arena, new->settings));
	change_note(session, "mode", mode_words[old->mode], mode_words[new->mode]);
	change_note_int(session, "priority", old->priority, new->priority);
	change_note(session, "time zone", old->timezone, new->timezone);
	change_note(session, "time zone of", old->device_zone ? "device" : "plan",
		new->device_zone ? "device" : "plan");
	change_note(session, "start", date(session, old->start_at), date(session, new->start_at));
	change_note(session, "end", date(session, old->end_at), date(session, new->end_at));
	change_note(session, "continuous", yes(old->continuous), yes(new->continuous));
	change_note(
		session, "allow downgrade", yes(old->allow_downgrade), yes(new->allow_downgrade));
	change_note(
		session, "hold unknown versions", yes(old->unknown_hold), yes(new->unknown_hold));
	change_note(session, "allow unknown hardware", yes(old->unknown_hw_allow),
		yes(new->unknown_hw_allow));
	change_note(session, "require all", yes(old->require_all), yes(new->require_all));
	change_note_int(session, "targets", old->targets, new->targets);
	return db_plan_update(session->db, new, err);
}
