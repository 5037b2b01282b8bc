#include "plans/packages/state.h"

#include "core/str.h"
#include "db/package.h"
#include "plans/base/change.h"
#include "plans/packages/find.h"
#include "plans/packages/proof.h"
#include "plans/rollout/stop.h"

#include <assert.h>

static enum err_code
wrong_state(struct session *session, const struct package_view *view, const char *verb,
	const char *fix, struct err *err)
{
	err_set(err, ERR_CONFLICT, "cannot %s package %s", verb, package_title(session, view));
	err_why(err, "it is %s", package_state_words[view->package.state]);
	return fix ? err_fix(err, "%s", fix) : err->code;
}

static enum err_code
publish_one(struct session *session, const struct package_view *view, struct err *err)
{
	const struct package *p = &view->package;
	int64_t enough;

	if (p->state == PACKAGE_PUBLISHED)
		return wrong_state(session, view, "publish", NULL, err);
	if (p->state == PACKAGE_RETIRED || p->state == PACKAGE_REVOKED)
		return wrong_state(
			session, view, "publish", "add it anew under a new version", err);
	if (p->expires_at && p->expires_at <= session->now) {
		err_set(err, ERR_UNTRUSTED, "cannot publish package %s",
			package_title(session, view));
		return err_why(err, "its manifest has expired");
	}
	if (package_judge(session, view, &enough, err)) {
		/* Why and what to do stay as they are. */
		snprintf(err->what, sizeof err->what, "cannot publish package %s",
			package_title(session, view));
		return err->code;
	}
	if (db_package_set_signatures(session->db, p->id, enough, err))
		return err->code;
	return db_package_set_state(session->db, p->id, PACKAGE_PUBLISHED, "", err);
}

static enum err_code
state_one(struct session *session, const struct package_view *view, enum package_state state,
	struct err *err)
{
	const struct package *p = &view->package;

	switch (state) {
	case PACKAGE_PUBLISHED:
		change_note(session, p->kind == KIND_FULL ? "full" : p->source,
			package_state_words[p->state], package_state_words[state]);
		return publish_one(session, view, err);
	case PACKAGE_RETIRED:
		if (p->state != PACKAGE_PUBLISHED)
			return wrong_state(session, view, "retire", NULL, err);
		break;
	case PACKAGE_REVOKED:
		if (p->state == PACKAGE_REVOKED || p->state == PACKAGE_DRAFT)
			return wrong_state(session, view, "revoke", NULL, err);
		if (plan_stop_users(session, view->product.id, view->version.id, CAUSE_PACKAGE,
			    session->reason ? session->reason : "", err))
			return err->code;
		break;
	case PACKAGE_DRAFT:
	case PACKAGE_QUARANTINED:
	case PACKAGE_STATE_MAX:
		break;
	}
	change_note(session, p->kind == KIND_FULL ? "full" : p->source,
		package_state_words[p->state], package_state_words[state]);
	return db_package_set_state(
		session->db, p->id, state, session->reason ? session->reason : "", err);
}

static const char *const state_verbs[PACKAGE_STATE_MAX] = {
	[PACKAGE_DRAFT] = "withdraw",
	[PACKAGE_PUBLISHED] = "publish",
	[PACKAGE_QUARANTINED] = "quarantine",
	[PACKAGE_RETIRED] = "retire",
	[PACKAGE_REVOKED] = "revoke",
};

/* Without a source a verb acts on every package of the version that is not there already. */
static enum err_code
state_all(struct session *session, const struct package_name *name, enum package_state state,
	size_t *changed, struct err *err)
{
	struct package_view *list = NULL;
	size_t count = 0;

	*changed = 0;
	if (package_find(session, name, false, &list, &count, err))
		return err->code;
	for (size_t i = 0; i < count; i++) {
		if (list[i].package.state == state && count > 1)
			continue;
		if (state_one(session, &list[i], state, err))
			return err->code;
		++*changed;
	}
	if (!*changed && count)
		return wrong_state(session, &list[0], state_verbs[state], NULL, err);
	return ERR_OK;
}

static enum err_code
state_change(struct session *session, const struct package_name *name, enum package_state state,
	size_t *changed, struct err *err)
{
	const char *object = arena_printf(&session->arena, "%s %s%s%s",
		QUOTE(name->product_component), QUOTE(name->version), name->source ? " from " : "",
		name->source ? QUOTE(name->source) : "");

	if (change_begin(session, err))
		return err->code;
	return change_finish(
		session, state_all(session, name, state, changed, err), object, NULL, err);
}

enum err_code
package_publish(
	struct session *session, const struct package_name *name, size_t *changed, struct err *err)
{
	struct package_view *list;
	size_t count;

	/* Digesting takes long and must lock nothing; the rest is judged within the change. */
	if (package_find(session, name, false, &list, &count, err))
		return err->code;
	for (size_t i = 0; i < count; i++)
		if ((list[i].package.state == PACKAGE_DRAFT ||
			    list[i].package.state == PACKAGE_QUARANTINED) &&
			package_prove_files(session, &list[i], err))
			return err->code;
	return state_change(session, name, PACKAGE_PUBLISHED, changed, err);
}

enum err_code
package_retire(
	struct session *session, const struct package_name *name, size_t *changed, struct err *err)
{
	return state_change(session, name, PACKAGE_RETIRED, changed, err);
}

enum err_code
package_revoke(
	struct session *session, const struct package_name *name, size_t *changed, struct err *err)
{
	if (change_needs_reason(session, err))
		return err->code;
	return state_change(session, name, PACKAGE_REVOKED, changed, err);
}

static enum err_code
drop(struct session *session, const struct package_name *name, struct err *err)
{
	struct package_view *list = NULL;
	size_t count = 0;
	bool used;

	if (package_find(session, name, true, &list, &count, err))
		return err->code;
	assert(count);
	if (db_package_in_use(session->db, list->package.id, &used, err))
		return err->code;
	if (used) {
		err_set(err, ERR_CONFLICT, "cannot remove package %s",
			package_title(session, &list[0]));
		err_why(err, "a plan or a device has used it");
		return err_fix(err, "otactl package retire keeps new plans from it");
	}
	if (db_package_delete(session->db, list[0].package.id, err))
		return err->code;
	return db_version_drop_unused(session->db, list[0].version.id, err);
}

enum err_code
package_drop(struct session *session, const struct package_name *name, struct err *err)
{
	if (change_begin(session, err))
		return err->code;
	return change_finish(session, drop(session, name, err),
		arena_printf(&session->arena, "%s %s", name->product_component, name->version), "",
		err);
}
