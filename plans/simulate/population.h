/* Who is in the world before its clock starts. */
#pragma once

#include "plans/simulate/world.h"

/* Load everything that a draft would have once it is active, and undo the activation. */
enum err_code population_prepare(struct world *w, const char *name, struct err *err) MUST_USE;

/* Every device once: who can get it, and who never does and why. */
enum err_code population_read(struct world *w, struct err *err) MUST_USE;
