/* The one way in which a plan stops. */
#pragma once

#include "db/plan.h"
#include "plans/base/session.h"

/* End or suspend a loaded plan within a transaction: withdraw what is merely offered. */
enum err_code plan_stop(struct session *session, struct plan *plan, enum plan_state state,
	enum plan_cause cause, struct err *err) MUST_USE;
