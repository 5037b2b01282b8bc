/* Strategies of an operator's own. */
#pragma once

#include "plans/base/session.h"
#include "plans/orders/values.h"

/*
 * Make a strategy of an operator's own from another one, or change one, with KEY=VALUE settings.
 * ERR_CONFLICT: it exists (add), is built in, or a draft uses it (drop).
 */
enum err_code strategy_make(struct session *session, const char *name, const char *from,
	const struct values *settings, struct err *err) MUST_USE;
enum err_code strategy_change(struct session *session, const char *name,
	const struct values *settings, struct err *err) MUST_USE;
enum err_code strategy_drop(struct session *session, const char *name, struct err *err) MUST_USE;
