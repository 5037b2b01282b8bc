/* What a package is bound to: hardware, and versions of other components. */
#pragma once

#include "core/decide.h"

/* The hardware of the known device: its label `hw`, else its attribute `hw`; NULL: unknown. */
const char *binding_hw(const struct facts *facts);

/*
 * True where the package is for the device's hardware: `hw` names it, or any ("" or NULL), or the
 * device tells none and the plan serves such ones.
 */
bool binding_hw_fits(const struct facts *facts, const char *hw);

/*
 * The first of the requirements ("IDENTITY >= COUNTER" lines, NULL is "") that the device does not
 * meet by a version the server knows; "" where it meets them all.
 */
const char *binding_unmet(const struct facts *facts, const char *requirements);

/* The counter of the version that the device reports of a component; 0: none, or unknown. */
int64_t binding_counter(const struct facts *facts, const char *identity, size_t length);
