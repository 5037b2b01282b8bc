/* The view of an execution that devices get. */
#pragma once

#include "plans/door/poll.h"
#include "plans/rollout/catalog.h"

/* `slot` is the one the device runs from, or "". */
enum err_code offer_view(struct session *session, const struct plan *plan,
	const struct execution *execution, const struct device *device, struct offer *ret,
	struct err *err) MUST_USE;

/* A plan by id: from the catalog while it runs, else loaded (executions outlive their plan). */
enum err_code offer_plan(struct session *session, const struct catalog *catalog, int64_t id,
	const struct plan **ret, struct err *err) MUST_USE;
