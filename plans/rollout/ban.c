#include "plans/rollout/ban.h"

#include "core/ban.h"
#include "core/execution.h"
#include "plans/base/change.h"
#include "plans/base/high.h"
#include "plans/rollout/move.h"

#include <inttypes.h>

/* The package by its id, from those of the plan; NULL: it is none of them. */
static const struct package *
package_of(const struct plan *plan, int64_t id)
{
	for (size_t c = 0; c < plan->component_count; c++)
		for (size_t p = 0; p < plan->components[c].package_count; p++)
			if (plan->components[c].packages[p].id == id)
				return &plan->components[c].packages[p];
	return NULL;
}

enum err_code
ban_find(struct session *session, const struct subject *subject, const struct facts *facts,
	const struct execution *e, const char **ret, struct err *err)
{
	struct ban_part parts[LIMIT_PLAN_COMPONENTS];
	struct execution_component *list;
	size_t count;

	bool offered = e->state == EXEC_OFFERED;

	*ret = NULL;
	if (!offered && !ban_concerns(e->state))
		return ERR_OK;
	if (db_execution_component_all(session->db, &session->arena, e->id, &list, &count, err))
		return err->code;
	if (count > COUNT(parts))
		count = COUNT(parts);
	for (size_t i = 0; i < count; i++)
		parts[i] = (struct ban_part){ package_of(facts->plan, list[i].package),
			list[i].identity, list[i].state };
	*ret = offered ? ban_offer_reason(facts, &subject->components, parts, count)
		       : ban_reason(facts, &subject->components, parts, count);
	return ERR_OK;
}

enum err_code
ban_execution(struct session *session, const struct plan *plan, struct execution *e,
	const char *reason, struct err *err)
{
	return move_to(session, plan, e, MOVE_NOT_INSTALLING, EXEC_CANCELED, reason, NULL, err);
}

/* What is the same for all devices of a plan. */
struct view {
	struct fleet fleet;
	struct catalog catalog;
	struct facts *facts;
	const struct plan *plan;
};

static enum err_code
view_begin(struct session *session, const struct plan *plan, struct view *ret, struct err *err)
{
	if (db_fleet_get(session->db, &ret->fleet, err) ||
		catalog_base(session, &session->arena, plan->product, &ret->catalog, err))
		return err->code;
	ret->catalog.old_copy = high_fault(session, &ret->fleet);
	ret->facts = arena_alloc(&session->arena, sizeof *ret->facts);
	ret->plan = plan;
	return ERR_OK;
}

static enum err_code
one(struct session *session, struct view *view, struct execution *e, int64_t *ret, struct err *err)
{
	struct subject subject = { .execution_count = 0 };
	const char *reason;

	if (db_device_by_id(session->db, &session->arena, e->device, &subject.device, err) ||
		subject_load(session, &subject, err) ||
		facts_make(session, &view->fleet, &view->catalog, view->plan, &subject, view->facts,
			err) ||
		ban_find(session, &subject, view->facts, e, &reason, err))
		return err->code;
	if (!reason)
		return ERR_OK;
	++*ret;
	return ban_execution(session, view->plan, e, reason, err);
}

enum err_code
ban_device(struct session *session, int64_t device, int64_t *ret, struct err *err)
{
	struct execution *all;
	struct plan plan;
	struct view view;
	size_t count;

	if (db_execution_of_device(session->db, &session->arena, device, &all, &count, err))
		return err->code;
	for (size_t i = 0; i < count; i++)
		if (ban_concerns(all[i].state) &&
			(db_plan_by_id(session->db, &session->arena, all[i].plan, &plan, err) ||
				plan_load(session, &session->arena, &plan, err) ||
				view_begin(session, &plan, &view, err) ||
				one(session, &view, &all[i], ret, err)))
			return err->code;
	return ERR_OK;
}

void
ban_note(struct session *session, int64_t ended)
{
	if (ended)
		change_note(session, "canceled", NULL,
			arena_printf(&session->arena, "%" PRId64 " execution%s", ended,
				ended == 1 ? "" : "s"));
}

enum err_code
ban_plan(struct session *session, const struct plan *plan, int64_t limit, int64_t *after,
	int64_t *ret, struct err *err)
{
	struct execution *list;
	struct view view;
	size_t count;

	if (db_execution_stoppable(
		    session->db, &session->arena, plan->id, *after, limit, &list, &count, err))
		return err->code;
	if (count && view_begin(session, plan, &view, err))
		return err->code;
	for (size_t i = 0; i < count; i++)
		if (one(session, &view, &list[i], ret, err))
			return err->code;
	*after = (int64_t)count == limit ? list[count - 1].id : 0;
	return ERR_OK;
}
