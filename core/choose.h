/* Which package a device gets for a component: the smallest that fits it. */
#pragma once

#include "core/decide.h"

/* True where the device has the component, elsewhere than at the target that no newer plan set. */
bool choose_wanted(const struct component_facts *component);

/*
 * Choose the package for one component of the plan, an index below its component_count: the
 * smallest published one with enough signatures that leads from the reported version to the target;
 * a delta or minimal one only where its source equals the report.  A plan on trial has its one
 * package to choose from, which may still be a draft.  The package belongs to the facts.  NULL
 * where there is none, with the gate that stands in the way in *why: of several, the last in their
 * order, since that package comes nearest; else *why is VERDICT_ELIGIBLE.
 */
const struct package *choose_package(
	const struct facts *facts, size_t component, enum verdict *why);

/* True while enough trusted keys have signed the package and its manifest has not expired. */
bool package_vouched(const struct package *package, const struct product *product, int64_t now);

/*
 * Why the device of the facts may not have a package, whatever it starts from: its hardware or
 * another component of it (GATE_WRONG_HARDWARE, GATE_REQUIREMENT_MISSING), or package_fault().
 */
enum verdict package_fault_for(const struct facts *facts, const struct package *package);

/*
 * Why nobody may have a package: GATE_PACKAGE_REVOKED, also for a draft that is not on trial in the
 * plan of the facts, GATE_NOT_SIGNED, also when its manifest has expired; else VERDICT_ELIGIBLE.
 */
enum verdict package_fault(const struct facts *facts, const struct package *package);
