#include "plans/rollout/enrol.h"

#include "core/execution.h"
#include "core/str.h"
#include "plans/rollout/follow.h"
#include "plans/rollout/load.h"
#include "plans/rollout/move.h"

enum err_code
enrol_begin(struct session *session, int64_t product, struct enrolment *ret, struct err *err)
{
	ret->session = session;
	ret->counts = false;
	if (db_fleet_get(session->db, &ret->fleet, err) ||
		catalog_get(session, &ret->fleet, product, &ret->catalog, err) ||
		db_device_any_former(session->db, &ret->has_former, err))
		return err->code;
	for (size_t i = 0; i < ret->catalog->plan_count; i++)
		ret->counts |=
			ret->catalog->plans[i].continuous || ret->catalog->plans[i].whitelist_set;
	return ERR_OK;
}

enum err_code
enrol_add(struct enrolment *enrolment, struct device *device, struct err *err)
{
	struct session *session = enrolment->session;
	struct device former;
	bool found = false;

	if (enrolment->has_former &&
		db_device_former(session->db, &session->arena, device->name, &former, &found, err))
		return err->code;
	if (found && former.held) {
		device->held = true;
		str_copy(device->held_reason, sizeof device->held_reason, former.held_reason);
	}
	if (db_device_insert(session->db, device, err))
		return err->code;
	return found ? db_device_hand_over(session->db, former.id, device->id, err) : ERR_OK;
}

enum err_code
enrol_count(struct enrolment *enrolment, const struct device *device, struct err *err)
{
	struct subject subject = { .device = *device };
	bool withdrawn;

	if (!enrolment->counts)
		return ERR_OK;
	if (subject_load(enrolment->session, &subject, err))
		return err->code;
	return follow_device(enrolment->session, &enrolment->fleet, enrolment->catalog, NULL,
		&subject, &withdrawn, err);
}

static const struct plan *
running(const struct catalog *catalog, int64_t plan)
{
	for (size_t i = 0; i < catalog->plan_count; i++)
		if (catalog->plans[i].id == plan)
			return &catalog->plans[i];
	return NULL;
}

static enum err_code
open_ends(struct session *session, struct execution *e, struct err *err)
{
	struct plan plan;

	if (!execution_open(e->state))
		return ERR_OK;
	if (db_plan_by_id(session->db, &session->arena, e->plan, &plan, err) ||
		plan_load(session, &session->arena, &plan, err))
		return err->code;
	return move_to(session, &plan, e, MOVE_ALL, EXEC_CANCELED, "device removed", NULL, err);
}

/* Out of the counters of a running plan: its newest state, its survival, its place. */
static enum err_code
attempts_leave(struct session *session, const struct plan *plan, const struct subject *subject,
	struct err *err)
{
	const struct execution *place = NULL;

	for (size_t i = 0; i < subject->execution_count; i++) {
		const struct execution *e = &subject->executions[i];

		if (e->plan != plan->id)
			continue;
		if (!place && e->accepted_at && execution_holds_place(e->state))
			place = e;
		if (!e->newest)
			continue;
		if (move_uncount(session, plan, e, err))
			return err->code;
	}
	return place && move_takes_place(plan, place)
		       ? db_stage_take(session->db, plan->id, place->stage, -1, err)
		       : ERR_OK;
}

enum err_code
enrol_retire(struct session *session, const struct device *device, bool *kept, struct err *err)
{
	struct following following;
	struct subject *s = &following.before;

	if (db_token_delete(session->db, TOKEN_DEVICE, device->id, err) ||
		db_device_tied(session->db, device->id, kept, err) ||
		follow_begin(session, device, &following, err))
		return err->code;
	*kept |= device->held;
	for (size_t i = 0; i < s->execution_count; i++)
		if (open_ends(session, &s->executions[i], err))
			return err->code;
	if (follow_finish(session, &following, NULL, err))
		return err->code;
	for (size_t i = 0; i < s->execution_count; i++) {
		const struct execution *e = &s->executions[i];
		const struct plan *plan = running(following.catalog, e->plan);

		if (plan && e == subject_newest(s, e->plan) &&
			attempts_leave(session, plan, s, err))
			return err->code;
	}
	return *kept ? db_device_retire(session->db, device->id, session->now, err)
		     : db_device_delete(session->db, device->id, err);
}
