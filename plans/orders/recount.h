/* Running plans counted anew, after a migration of their database. */
#pragma once

#include "plans/base/session.h"

/*
 * Where an earlier program has counted: count targets, those already there, sizes of stages, places
 * and survivors of every running plan from their rows, in one change, and let the door answer
 * again.  *plans: how many; 0 where there was nothing to do, which leaves no audit row.
 */
enum err_code plan_recount(struct session *session, int64_t *plans, struct err *err) MUST_USE;
