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

static enum target_standing
what_of(const struct facts *f)
{
	const struct plan *plan = f->plan;

	if (f->device->retired_at || f->device->product != plan->product)
		return TARGET_NONE;
	if (f->begun_at)
		return TARGET_STARTED;
	if (terms_listed(f, LIST_BLACK) ||
		(plan->whitelist_set ? !terms_listed(f, LIST_WHITE)
				     : !target_in_snapshot(plan, f->device)))
		return TARGET_NONE;
	return all_reached(f) ? TARGET_ALREADY : TARGET_PENDING;
}

/*
 * Where it began is its home, unless it has a place in a count stage, which takes it from its home.
 * Who began before the stages did is counted for none.
 */
static int
home_of(const struct facts *f)
{
	const struct stage *stages = f->plan->stages;
	size_t count = f->plan->stage_count;

	if (!count || (f->begun_at && f->begun_at < stages[0].opened_at))
		return -1;
	if (f->begun_at && f->begun_stage >= 0 && (size_t)f->begun_stage < count &&
		stages[f->begun_stage].kind != STAGE_COUNT)
		return f->begun_stage;
	return count == 1 && stages[0].kind == STAGE_COUNT ? 0
							   : stage_later(stages, count, &f->place);
}

struct standing
target_standing_of(const struct facts *f)
{
	return (struct standing){ what_of(f), home_of(f) };
}

/* A count stage takes what it can get of the devices of the percentages behind it. */
static int64_t
borrow(struct stage *stages, size_t count, size_t at, int64_t wanted)
{
	int64_t ret = 0;

	for (size_t i = at + 1; i < count && ret < wanted; i++) {
		int64_t some = stages[i].size < wanted - ret ? stages[i].size : wanted - ret;

		if (stages[i].kind != STAGE_SHARE)
			continue;
		stages[i].size -= some;
		stages[i].lent += some;
		ret += some;
	}
	return ret;
}

void
target_sizes(struct stage *stages, size_t count)
{
	int64_t places = 0;

	for (size_t i = 0; i < count; i++) {
		stages[i].size += stages[i].lent;
		stages[i].lent = 0;
	}
	if (count == 1 && stages[0].kind == STAGE_COUNT && stages[0].size > stages[0].value) {
		stages[0].lent = stages[0].size - stages[0].value;
		stages[0].size = stages[0].value;
	}
	for (size_t i = 0; count > 1 && i < count; i++) {
		if (stages[i].kind != STAGE_COUNT)
			continue;
		stages[i].size = borrow(stages, count, i, stages[i].value - places);
		places += stages[i].size;
	}
}
