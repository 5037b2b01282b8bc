#include "core/target.h"

#include "core/terms.h"

bool
target_reached(const struct plan *plan, const struct plan_component *component,
	const char *reported, int64_t counter)
{
	return !strcmp(reported, component->target) ||
	       (!plan->allow_downgrade && counter > component->counter);
}

/* Every component of the plan that the device has is there, and it has one. */
static bool
all_reached(const struct facts *f)
{
	size_t present = 0;

	for (size_t i = 0; i < f->plan->component_count; i++) {
		const struct component_facts *c = &f->components[i];

		if (!c->reported)
			continue;
		present++;
		if (!target_reached(f->plan, c->target, c->reported, c->counter))
			return false;
	}
	return present && (present == f->plan->component_count || !f->plan->require_all);
}

bool
target_in_snapshot(const struct plan *plan, const struct device *device)
{
	return plan->continuous || !plan->activated_at || device->id <= plan->max_device;
}

enum target_standing
target_standing_of(const struct facts *f)
{
	const struct plan *plan = f->plan;

	if (f->device->retired_at || f->device->product != plan->product)
		return TARGET_NONE;
	if (f->accepted_before || f->rejected_by_user)
		return TARGET_STARTED;
	if (terms_listed(f, LIST_BLACK) ||
		(plan->whitelist_set ? !terms_listed(f, LIST_WHITE)
				     : !target_in_snapshot(plan, f->device)))
		return TARGET_NONE;
	return all_reached(f) ? TARGET_ALREADY : TARGET_PENDING;
}

int
target_shrinks(const struct stage *stages, size_t count, int home)
{
	if (home < 0)
		return -1;
	for (size_t i = (size_t)home; i < count; i++)
		if (stages[i].size > 0 && (stages[i].kind == STAGE_SHARE || (int)i == home))
			return (int)i;
	for (size_t i = count; i--;)
		if (stages[i].size > 0 && stages[i].kind == STAGE_COUNT)
			return (int)i;
	return -1;
}

int
target_grows(const struct stage *stages, size_t count, int home)
{
	int64_t places = 0, sizes = 0;

	if (home < 0 || stages[home].kind == STAGE_GROUP)
		return home;
	for (size_t i = 0; i < count; i++) {
		if (stages[i].kind != STAGE_COUNT)
			continue;
		places = stages[i].value;
		sizes += stages[i].size;
		if (sizes < places)
			return (int)i;
	}
	return home;
}
