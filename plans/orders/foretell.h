/* What a simulation would say of a plan at once, said at its activation. */
#pragma once

#include "plans/orders/targets.h"

/*
 * Warn of targets that never get it and why, of what it names and nobody has, of windows that are
 * too short, of limits without effect or without end, and of what cannot be noticed in time.  The
 * targets are counted with their kinds, the stages sized, the windows expanded.  ERR_IO, ERR_BUSY.
 */
enum err_code foretell(struct activating *a, struct err *err) MUST_USE;
