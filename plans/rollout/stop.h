/* The one way in which a plan stops. */
#pragma once

#include "db/plan.h"
#include "plans/base/session.h"

/*
 * End or suspend a plan whose stages are loaded and whose reason is set, within a change that is
 * about it: what is merely offered is withdrawn, a trial that ends has passed or failed.
 */
enum err_code plan_stop(struct session *session, struct plan *plan, enum plan_state state,
	enum plan_cause cause, struct err *err) MUST_USE;

/*
 * Suspend every active plan, within a change that is about the fleet; *count: so many.  One that
 * cannot be read is left: nobody is offered it.
 */
enum err_code plan_stop_all(struct session *session, enum plan_cause cause, const char *reason,
	int64_t *count, struct err *err) MUST_USE;

/*
 * The same for what can be offered no more: suspend every active plan of a product that upgrades to
 * a version, by their ids.  Within a change that is about a package or a key.  `reason` is a
 * checked remark, "" where nobody gave one.
 */
enum err_code plan_stop_users(struct session *session, int64_t product, int64_t version,
	enum plan_cause cause, const char *reason, struct err *err) MUST_USE;
