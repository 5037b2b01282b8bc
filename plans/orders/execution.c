#include "plans/orders/execution.h"

#include "core/str.h"
#include "plans/base/change.h"
#include "plans/orders/ids.h"
#include "plans/rollout/ban.h"
#include "plans/rollout/catalog.h"
#include "plans/rollout/facts.h"
#include "plans/rollout/load.h"
#include "plans/rollout/move.h"

#include <inttypes.h>

/* One device of the choice, with its newest execution in the plan where it has one. */
struct chosen {
	struct device device;
	bool has_execution;
	struct execution execution;
};

struct bulk {
	struct session *session;
	const struct execution_choice *choice;
	struct plan plan;
	struct chosen *list;
	size_t count;
	int64_t asked; /* cancel: have accepted, and are asked to stop */
};

typedef enum err_code (*verb)(struct bulk *bulk, struct chosen *one, struct err *err);

static enum err_code
add(struct bulk *bulk, const struct device *device, const struct execution *execution)
{
	struct chosen *one;

	bulk->list = arena_room(&bulk->session->arena, bulk->list, bulk->count, sizeof *bulk->list);
	one = &bulk->list[bulk->count++];
	one->device = *device;
	one->has_execution = execution;
	if (execution)
		one->execution = *execution;
	return ERR_OK;
}

static enum err_code
choose_one(struct bulk *bulk, int64_t id, struct err *err)
{
	struct session *session = bulk->session;
	struct execution e;
	struct device device;
	struct plan plan;

	if (db_execution_get(session->db, id, &e, err) ||
		db_device_by_id(session->db, &session->arena, e.device, &device, err) ||
		db_plan_by_id(session->db, &session->arena, e.plan, &plan, err) ||
		plan_load_by_name(
			session, arena_copy(&session->arena, plan.name), &bulk->plan, err))
		return err->code;
	return add(bulk, &device, &e);
}

static enum err_code
choose_device(struct bulk *bulk, const char *name, struct err *err)
{
	struct session *session = bulk->session;
	const struct execution *newest = NULL;
	struct execution *all;
	struct device device;
	size_t count;

	if (db_device_get(session->db, &session->arena, name, &device, err) ||
		db_execution_of_device(session->db, &session->arena, device.id, &all, &count, err))
		return err->code;
	for (size_t i = 0; i < count; i++)
		if (all[i].plan == bulk->plan.id)
			newest = &all[i];
	return add(bulk, &device, newest);
}

static enum err_code
choose_state(struct bulk *bulk, int state, struct err *err)
{
	struct session *session = bulk->session;
	struct execution *all;
	size_t count;

	if (db_execution_in_state(session->db, &session->arena, bulk->plan.id,
		    (enum execution_state)state, INT64_MAX, &all, &count, err))
		return err->code;
	for (size_t i = 0; i < count; i++) {
		struct device device;

		if (db_device_by_id(session->db, &session->arena, all[i].device, &device, err))
			return err->code;
		add(bulk, &device, &all[i]);
	}
	return ERR_OK;
}

static enum err_code
choose(struct bulk *bulk, struct err *err)
{
	const struct execution_choice *choice = bulk->choice;
	struct session *session = bulk->session;
	int state = choice->state ? WORD_INDEX(execution_state_words, choice->state) : -1;
	const char **ids;
	int64_t id;
	size_t count;

	if (choice->state && state < 0) {
		err_set(err, ERR_USAGE, "there is no state '%s'", QUOTE(choice->state));
		return err_fix(err, "offered, accepted, downloading, succeeded, failed ...");
	}
	if (!choice->device_count && !choice->state) {
		if (str_int(choice->what, 1, INT32_MAX, &id))
			return choose_one(bulk, id, err);
		err_set(err, ERR_USAGE, "'%s' is no execution id", QUOTE(choice->what));
		return err_fix(err, "name a plan together with devices, @FILE or --state");
	}
	if (plan_load_by_name(session, choice->what, &bulk->plan, err))
		return err->code;
	if (state >= 0)
		return choose_state(bulk, state, err);
	if (ids_expand(session, choice->devices, choice->device_count, &ids, &count, err))
		return err->code;
	for (size_t i = 0; i < count; i++)
		if (choose_device(bulk, ids[i], err))
			return err->code;
	return ERR_OK;
}

static enum err_code
conflict(const struct bulk *bulk, const struct chosen *one, const char *what, const char *why,
	struct err *err)
{
	err_set(err, ERR_CONFLICT, "cannot %s the upgrade of device '%s' in plan '%s'", what,
		one->device.name, bulk->plan.name);
	return err_why(err, "%s", why);
}

static enum err_code
cancel(struct bulk *bulk, struct chosen *one, struct err *err)
{
	if (!one->has_execution || !execution_open(one->execution.state))
		return conflict(bulk, one, "cancel", "nothing is offered or under way", err);
	bulk->asked += one->execution.state != EXEC_OFFERED;
	return move_cancel(bulk->session, &bulk->plan, &one->execution, err);
}

static bool
in_force(const struct plan *plan)
{
	return plan->state == PLAN_ACTIVE || plan->state == PLAN_SUSPENDED;
}

static enum err_code
retry(struct bulk *bulk, struct chosen *one, struct err *err)
{
	if (!in_force(&bulk->plan))
		return conflict(bulk, one, "retry", "the plan is not in force", err);
	if (!one->has_execution)
		return conflict(bulk, one, "retry", "there was no attempt yet", err);
	if (!one->execution.newest)
		return conflict(bulk, one, "retry", "that is not its newest attempt", err);
	if (execution_open(one->execution.state))
		return conflict(bulk, one, "retry", "an attempt is under way", err);
	one->execution.retry = true;
	return db_execution_update(bulk->session->db, &one->execution, err);
}

static enum err_code
confirm(struct bulk *bulk, struct chosen *one, struct err *err)
{
	struct session *session = bulk->session;
	struct facts *facts = arena_alloc(&session->arena, sizeof *facts);
	struct decision *decision = arena_alloc(&session->arena, sizeof *decision);
	struct subject subject = { .device = one->device };
	bool offered = one->has_execution && one->execution.state == EXEC_OFFERED;
	const char *reason = NULL;
	struct catalog catalog;
	struct fleet fleet;

	if (bulk->plan.mode != MODE_MANUAL)
		return conflict(
			bulk, one, "confirm", "the plan is silent: no person is asked", err);
	if (one->has_execution && execution_open(one->execution.state) && !offered)
		return conflict(bulk, one, "confirm", "it was accepted already", err);
	if (db_fleet_get(session->db, &fleet, err) ||
		catalog_base(session, &session->arena, bulk->plan.product, &catalog, err) ||
		subject_load(session, &subject, err) ||
		facts_make(session, &fleet, &catalog, &bulk->plan, &subject, facts, err))
		return err->code;
	facts->accepting = facts->by_person = true;
	if (facts_decide(session, NULL, facts, decision, err))
		return err->code;
	if (decision->verdict != VERDICT_ELIGIBLE)
		return conflict(bulk, one, "confirm", verdict_words[decision->verdict], err);
	if (offered && ban_find(session, &subject, facts, &one->execution, &reason, err))
		return err->code;
	/* What was offered is not for the device any more: it gets what is. */
	if (reason && move_to(session, &bulk->plan, &one->execution, MOVE_ALL, EXEC_EXPIRED, reason,
			      NULL, err))
		return err->code;
	if ((!offered || reason) &&
		move_offer(session, &bulk->plan, facts, decision, &one->execution, err))
		return err->code;
	return move_accept(session, &bulk->plan, facts, decision, &one->execution, err);
}

static enum err_code
run(struct session *session, const struct execution_choice *choice, verb act, int64_t *count,
	int64_t *asked, struct err *err)
{
	struct bulk bulk = { .session = session, .choice = choice };
	const char *object;

	*count = 0;
	if (change_begin(session, err))
		return err->code;
	if (!choose(&bulk, err))
		for (size_t i = 0; i < bulk.count && !err->code; i++)
			(void)!act(&bulk, &bulk.list[i], err);
	*count = (int64_t)bulk.count;
	if (asked)
		*asked = bulk.asked;
	object = bulk.count ? bulk.plan.name : choice->what;
	return change_finish(session, err->code, object,
		bulk.count == 1
			? arena_printf(&session->arena, "device %s", bulk.list[0].device.name)
			: arena_printf(&session->arena, "%zu devices", bulk.count),
		err);
}

enum err_code
executions_confirm(struct session *session, const struct execution_choice *choice, int64_t *count,
	struct err *err)
{
	return run(session, choice, confirm, count, NULL, err);
}

enum err_code
executions_cancel(struct session *session, const struct execution_choice *choice, int64_t *count,
	int64_t *asked, struct err *err)
{
	return run(session, choice, cancel, count, asked, err);
}

enum err_code
executions_retry(struct session *session, const struct execution_choice *choice, int64_t *count,
	struct err *err)
{
	if (change_needs_reason(session, err))
		return err->code;
	return run(session, choice, retry, count, NULL, err);
}
