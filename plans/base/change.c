#include "plans/base/change.h"

#include "core/str.h"
#include "db/fleet.h"
#include "plans/base/audit.h"
#include "plans/base/high.h"

#include <inttypes.h>

enum err_code
change_begin(struct session *session, struct err *err)
{
	struct fleet fleet;
	const char *fault;

	if (db_begin(session->db, err))
		return err->code;
	if (session->adopting)
		return ERR_OK;
	if (db_fleet_get(session->db, &fleet, err))
		return db_finish(session->db, err->code, err);
	fault = high_fault(session, &fleet);
	if (!fault)
		return ERR_OK;
	db_rollback(session->db);
	err_set(err, ERR_CONFLICT, "nothing is changed in this database");
	err_why(err, "%s", fault);
	return err_fix(err, "otactl db adopt --reason WHY, if this is the one to go on with");
}

void
change_note(struct session *session, const char *what, const char *old, const char *new)
{
	const char *left = old ? old : "", *right = new ? new : "";
	size_t used = strlen(session->notes);

	if (strcmp(left, right) != 0)
		snprintf(session->notes + used, sizeof session->notes - used, "%s%s: %s%s%s",
			used ? "; " : "", what, *left || !old ? left : "none", old ? " -> " : "",
			*right ? right : "none");
}

void
change_note_int(struct session *session, const char *what, int64_t old, int64_t new)
{
	change_note(session, what, arena_printf(&session->arena, "%" PRId64, old),
		arena_printf(&session->arena, "%" PRId64, new));
}

/* What the caller says and what was noted on the way, as one line. */
static const char *
detail_text(struct session *session, const char *detail)
{
	bool both = detail && *detail && *session->notes;

	return arena_printf(
		&session->arena, "%s%s%s", detail ? detail : "", both ? "; " : "", session->notes);
}

static enum err_code
audit_append(struct session *session, const char *object, const char *detail, struct err *err)
{
	struct audit row = { .at = (int64_t)time(NULL),
		.now = session->now_given ? session->now : 0,
		.actor = session->actor ? session->actor : session->who(&session->arena),
		.action = session->action,
		.command = session->command ? session->command : session->action,
		.object = object,
		.detail = detail_text(session, detail),
		.reason = session->reason ? session->reason : "" };
	uint8_t previous[32];

	if (db_audit_last(session->db, &row.id, previous, err))
		return err->code;
	row.id++;
	audit_link(session, previous, &row);
	return db_audit_insert(session->db, &row, err);
}

enum err_code
change_finish(struct session *session, enum err_code code, const char *object, const char *detail,
	struct err *err)
{
	if (!code && !session->dry_run)
		code = db_fleet_bump(session->db, err);
	if (!code && !session->dry_run)
		code = audit_append(session, object, detail, err);
	session->notes[0] = '\0';
	if (session->dry_run) {
		db_rollback(session->db);
		return code;
	}
	if (db_finish(session->db, code, err))
		return err->code;
	return high_store(session, err);
}

void
change_drop(struct session *session)
{
	session->notes[0] = '\0';
	db_rollback(session->db);
}

enum err_code
change_needs_reason(const struct session *session, struct err *err)
{
	if (session->reason && *session->reason)
		return ERR_OK;
	err_set(err, ERR_USAGE, "%s needs a reason", session->action);
	err_why(err, "it may raise the risk for devices, so the audit keeps why it was done");
	return err_fix(err, "--reason 'what you know'");
}
