#include "plans/door/visit.h"

#include "core/ban.h"
#include "plans/base/now.h"
#include "plans/rollout/ban.h"

enum err_code
visit_begin(struct visit *visit, struct err *err)
{
	struct session *session = visit->session;

	if (session_fleet(session, &visit->fleet, err))
		return err->code;
	now_trust(session, &visit->fleet);
	return catalog_get(
		session, &visit->fleet, visit->subject.device.product, &visit->catalog, err);
}

enum err_code
visit_facts(struct visit *visit, const struct plan *plan, struct err *err)
{
	struct session *session = visit->session;

	if (!visit->facts)
		visit->facts = arena_alloc(&session->arena, sizeof *visit->facts);
	return facts_make(
		session, &visit->fleet, visit->catalog, plan, &visit->subject, visit->facts, err);
}

enum err_code
visit_decide(struct visit *visit, const struct plan *plan, bool accepting, struct err *err)
{
	struct session *session = visit->session;

	if (visit_facts(visit, plan, err))
		return err->code;
	if (!visit->decision)
		visit->decision = arena_alloc(&session->arena, sizeof *visit->decision);
	visit->facts->accepting = accepting;
	/* Windows gate every offer; a person may accept outside of them. */
	visit->facts->by_person = accepting && plan->mode == MODE_MANUAL;
	return facts_decide(session, visit->writing ? NULL : visit->catalog, visit->facts,
		visit->decision, err);
}

enum err_code
visit_banned(struct visit *visit, const struct plan *plan, const struct execution *execution,
	const char **ret, struct err *err)
{
	*ret = NULL;
	if (!ban_concerns(execution->state))
		return ERR_OK;
	if (visit_facts(visit, plan, err))
		return err->code;
	return ban_find(visit->session, &visit->subject, visit->facts, execution, ret, err);
}

enum err_code
visit_stale(struct visit *visit, const struct execution *offer, const char **ret, struct err *err)
{
	enum verdict verdict = visit->decision->verdict;

	*ret = NULL;
	if (verdict != VERDICT_ELIGIBLE && !visit_congested(verdict)) {
		*ret = verdict_words[verdict];
		return ERR_OK;
	}
	return ban_find(visit->session, &visit->subject, visit->facts, offer, ret, err);
}

bool
visit_congested(enum verdict verdict)
{
	return verdict == GATE_FIRST_DEVICE_PENDING || verdict == GATE_TOO_MANY_IN_PROGRESS ||
	       verdict == GATE_RATE_LIMITED;
}
