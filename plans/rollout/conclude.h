/* The end of an attempt, counted for the breaker, which latches in the same transaction. */
#pragma once

#include "db/execution.h"
#include "plans/base/session.h"

/*
 * Count the end of an execution: each device once as concluded and once as failed in this plan, in
 * its stage, the cohorts it belongs to and its block of 200 first acceptances; trip the breaker
 * where that crosses a threshold.  `from` is the state it had before.  Sets e->counted; the caller
 * stores the execution.  Within a write transaction.
 */
enum err_code conclude(struct session *session, const struct plan *plan, struct execution *e,
	enum execution_state from, struct err *err) MUST_USE;

/* A newer attempt of its device begins: its end is not the device's present state any more. */
enum err_code conclude_again(struct session *session, const struct plan *plan,
	const struct execution *e, struct err *err) MUST_USE;
