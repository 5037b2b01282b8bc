/* Strategies of an operator's own. */
#pragma once

#include "plans/base/session.h"
#include "plans/orders/values.h"

/*
 * Make a strategy of an operator's own from another one, with KEY=VALUE settings.  ERR_CONFLICT: it
 * exists or is built in, ERR_USAGE: a setting is wrong.
 */
enum err_code strategy_make(struct session *session, const char *name, const char *from,
	const struct values *settings, struct err *err) MUST_USE;

/* Change settings of one's own; plans that run keep theirs.  ERR_CONFLICT: built in. */
enum err_code strategy_change(struct session *session, const char *name,
	const struct values *settings, struct err *err) MUST_USE;

/* Remove one of one's own; ERR_CONFLICT while a draft uses it, or it is built in. */
enum err_code strategy_drop(struct session *session, const char *name, struct err *err) MUST_USE;
