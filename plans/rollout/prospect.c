#include "plans/rollout/prospect.h"

static bool
bound(const struct plan *plan)
{
	for (size_t i = 0; i < plan->component_count; i++)
		for (size_t p = 0; p < plan->components[i].package_count; p++)
			if (*plan->components[i].packages[p].hw)
				return true;
	return false;
}

void
prospect_open(const struct plan *plan, struct prospect *ret)
{
	struct plan *open = &ret->plan;

	*open = *plan;
	open->state = PLAN_ACTIVE;
	open->start_at = open->end_at = 0;
	open->windows_set = false;
	open->probe_at = 0;
	open->strategy.tick_max_age = STRATEGY_OFF;
	open->strategy.first_device_alone = false;
	open->strategy.max_unproven = open->strategy.max_in_progress = STRATEGY_OFF;
	open->strategy.min_battery = open->strategy.min_signal = STRATEGY_OFF;
	open->strategy.min_free = STRATEGY_OFF;
	open->strategy.unknown_metric_hold = false;
	memcpy(open->strategy.rate, "off", sizeof "off");
	if (plan->stage_count)
		memcpy(ret->stages, plan->stages, plan->stage_count * sizeof *ret->stages);
	for (size_t i = 0; i < plan->stage_count; i++)
		ret->stages[i].opened_at = 1;
	open->stages = ret->stages;
	ret->bound = bound(plan);
}

enum verdict
prospect_judge(struct session *session, const struct catalog *catalog, struct facts *facts,
	struct decision *decision)
{
	static const struct pulse calm = { .ever_succeeded = 1 };

	facts->pulse = &calm;
	decide(facts, decision);
	if (decision->verdict == GATE_OTHER_EXECUTION_OPEN ||
		decision->verdict == GATE_RETRY_BACKOFF)
		return VERDICT_ELIGIBLE; /* both pass with time */
	for (size_t i = 0;
		decision->verdict == VERDICT_ELIGIBLE && i < facts->plan->component_count; i++)
		if (decision->packages[i] &&
			package_missing(session, decision->packages[i], catalog))
			return GATE_FILE_MISSING;
	return decision->verdict;
}
