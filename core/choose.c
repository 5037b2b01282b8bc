#include "core/choose.h"

#include "core/binding.h"

/* True where the package can be installed on what the device reports. */
static bool
source_fits(const struct package *package, const struct component_facts *c)
{
	if (package->kind == KIND_FULL)
		return true;
	return !c->delta_failed && c->reported && *c->reported &&
	       !strcmp(package->source, c->reported);
}

/* True where the plan takes this package, whatever its state. */
static bool
plan_allows(const struct plan *plan, const struct package *package)
{
	if (plan->trial && plan->trial != package->id)
		return false;
	return !plan->allow_kinds || plan->allow_kinds >> package->kind & 1;
}

bool
package_vouched(const struct package *package, const struct product *product, int64_t now)
{
	return package->signatures >= product->signatures &&
	       (!package->expires_at || now < package->expires_at);
}

enum verdict
package_fault(const struct facts *f, const struct package *package)
{
	if (package->state == PACKAGE_REVOKED || package->state == PACKAGE_QUARANTINED ||
		(package->state == PACKAGE_DRAFT && f->plan->trial != package->id))
		return GATE_PACKAGE_REVOKED;
	return package_vouched(package, f->product, f->now) ? VERDICT_ELIGIBLE : GATE_NOT_SIGNED;
}

/* What it is bound to comes before what it is. */
enum verdict
package_fault_for(const struct facts *f, const struct package *package)
{
	if (!f->unbound && !binding_hw_fits(f, package->hw))
		return GATE_WRONG_HARDWARE;
	if (!f->unbound && *binding_unmet(f, package->requirements))
		return GATE_REQUIREMENT_MISSING;
	return package_fault(f, package);
}

bool
choose_wanted(const struct component_facts *c)
{
	return c->reported && strcmp(c->reported, c->target->target) != 0 && !c->superseded;
}

const struct package *
choose_package(const struct facts *f, size_t component, enum verdict *why)
{
	const struct component_facts *c = &f->components[component];
	const struct package *best = NULL;

	*why = VERDICT_ELIGIBLE;
	for (size_t i = 0; i < c->target->package_count; i++) {
		const struct package *package = &c->target->packages[i];
		enum verdict fault;

		if (!source_fits(package, c) || !plan_allows(f->plan, package))
			continue;
		fault = package_fault_for(f, package);
		if (fault == VERDICT_ELIGIBLE) {
			if (!best || package->size < best->size)
				best = package;
		} else if (fault > *why) {
			*why = fault;
		}
	}
	if (best)
		*why = VERDICT_ELIGIBLE;
	else if (*why == VERDICT_ELIGIBLE)
		*why = GATE_NO_PACKAGE_FOR_VERSION;
	return best;
}
