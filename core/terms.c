#include "core/terms.h"

#include "core/choose.h"
#include "core/moment.h"
#include "core/selector.h"

bool
terms_listed(const struct facts *f, enum plan_list list)
{
	if (list == LIST_WHITE ? f->whitelisted_id : f->blacklisted_id)
		return true;
	for (size_t i = 0; i < f->plan->rule_count; i++) {
		const struct plan_rule *rule = &f->plan->rules[i];

		if (rule->list != list)
			continue;
		if (rule->selector && selector_matches(rule->selector, f->labels, f->attributes))
			return true;
		if (rule->device && !strcmp(rule->device, f->device->name))
			return true;
		for (size_t g = 0; rule->group && g < f->group_count; g++)
			if (f->groups[g] == rule->group)
				return true;
	}
	return false;
}

bool
terms_of_cohort(const struct facts *f, const struct left_out *cohort)
{
	const char *by = f->plan->strategy.breaker_by, *value = pairs_get(f->labels, by);
	size_t length = strlen(by);

	if (!cohort->package)
		return value && !strncmp(cohort->text, by, length) && cohort->text[length] == '=' &&
		       !strcmp(cohort->text + length + 1, value);
	for (size_t i = 0; i < f->plan->component_count; i++) {
		const struct component_facts *c = &f->components[i];
		const struct package *package;
		enum verdict why;

		if (!choose_wanted(c) || strcmp(c->reported, cohort->text) != 0)
			continue;
		package = choose_package(f, i, &why);
		if (package && package->id == cohort->package)
			return true;
	}
	return false;
}

int64_t
terms_backoff(int64_t interval_s, int64_t failed)
{
	int64_t wait = interval_s;

	while (failed-- > 1 && wait < MOMENT_DAY_S)
		wait *= 2;
	return wait < MOMENT_DAY_S || interval_s > MOMENT_DAY_S ? wait : MOMENT_DAY_S;
}

static const struct interval *
interval_ahead(const struct zone_intervals *in, int64_t now)
{
	for (size_t i = 0; i < in->count; i++)
		if (in->list[i].closes_at > now)
			return &in->list[i];
	return NULL;
}

const struct interval *
terms_interval(const struct plan *plan, const struct device *device, int64_t now)
{
	const struct interval *ret = NULL;

	if (plan->device_zone && device && *device->timezone)
		for (size_t z = 1; z < plan->zone_count && !ret; z++)
			if (!strcmp(plan->push[z].zone, device->timezone))
				ret = interval_ahead(&plan->push[z], now);
	/* A zone that nobody knows, or no longer, is the plan's. */
	return ret || !plan->zone_count ? ret : interval_ahead(plan->push, now);
}

int64_t
terms_rate(const struct strategy *s, int64_t succeeded)
{
	if (!strcmp(s->rate, "off"))
		return INT64_MAX;
	if (!strcmp(s->rate, "constant"))
		return s->rate_base;
	return stage_rate(s->rate_base, s->rate_factor, s->rate_step, s->rate_cap, succeeded);
}

int64_t
terms_sign_of_life(const struct plan *plan, int64_t tick_at)
{
	int64_t ret = tick_at > plan->activated_at ? tick_at : plan->activated_at;

	return ret > plan->resumed_at ? ret : plan->resumed_at;
}
