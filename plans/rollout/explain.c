#include "plans/rollout/explain.h"

#include "core/execution.h"
#include "db/device.h"
#include "plans/base/high.h"
#include "plans/rollout/ban.h"
#include "plans/rollout/catalog.h"
#include "plans/rollout/load.h"

static enum err_code
explain_loaded(struct session *session, const struct fleet *fleet, const struct catalog *catalog,
	struct subject *subject, bool known, struct explanation *ret, struct err *err)
{
	struct facts *facts = arena_alloc(&session->arena, sizeof *facts);
	const char *banned = NULL;

	if (facts_make(session, fleet, catalog, &ret->loaded, subject, facts, err))
		return err->code;
	if (!known)
		facts->device = NULL;
	ret->newest = subject_newest(subject, ret->loaded.id);
	ret->decision.gates = arena_alloc(&session->arena, GATE_MAX * sizeof *ret->decision.gates);
	/* Who has an offer of this plan is judged as at its acceptance; who accepted, as below. */
	facts->accepting = ret->newest && execution_open(ret->newest->state);
	facts->by_person = facts->accepting && ret->loaded.mode == MODE_MANUAL;
	if (ret->newest && execution_under_way(ret->newest->state)) {
		if (ban_find(session, subject, facts, ret->newest, &banned, err))
			return err->code;
		facts->started = !banned;
	}
	return facts_decide(session, NULL, facts, &ret->decision, err);
}

static enum err_code
explain_in_snapshot(struct session *session, const char *plan, const char *device,
	struct explanation *ret, struct err *err)
{
	struct catalog catalog;
	struct subject subject = { 0 };
	struct fleet fleet;
	bool known;

	if (plan_load_by_name(session, plan, &ret->loaded, err) ||
		/* A draft is judged with the parameters it would be activated with. */
		(ret->loaded.state == PLAN_DRAFT &&
			plan_strategy(session, &ret->loaded, &ret->loaded.strategy, err)) ||
		db_fleet_get(session->db, &fleet, err) ||
		catalog_base(session, &session->arena, ret->loaded.product, &catalog, err) ||
		db_device_find(
			session->db, &session->arena, device, &subject.device, &known, err) ||
		subject_load(session, &subject, err))
		return err->code;
	catalog.old_copy = high_fault(session, &fleet);
	ret->plan = arena_copy(&session->arena, ret->loaded.name);
	ret->device = device;
	return explain_loaded(session, &fleet, &catalog, &subject, known, ret, err);
}

enum err_code
explain(struct session *session, const char *plan, const char *device, struct explanation *ret,
	struct err *err)
{
	if (db_read_begin(session->db, err))
		return err->code;
	(void)!explain_in_snapshot(session, plan, device, ret, err);
	db_read_end(session->db);
	return err->code;
}

enum err_code
explain_device(struct session *session, const char *device, struct explanation **ret, size_t *count,
	struct err *err)
{
	struct device found;
	struct plan *plans;

	if (db_device_get(session->db, &session->arena, device, &found, err) ||
		db_plan_running(
			session->db, &session->arena, found.product, &plans, count, NULL, err))
		return err->code;
	*ret = arena_alloc(&session->arena, *count * sizeof **ret + 1);
	for (size_t i = 0; i < *count; i++)
		if (explain(session, plans[i].name, device, &(*ret)[i], err))
			return err->code;
	return ERR_OK;
}
