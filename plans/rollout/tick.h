/* The idempotent cron step that moves rollouts on. */
#pragma once

#include "plans/base/session.h"

struct tick_result {
	bool busy;	    /* another tick is at work; nothing was done */
	int64_t closed;	    /* executions that ran out of time */
	const char **lines; /* what else was done, a line each */
	size_t line_count;
	size_t left; /* plans that could not be moved on or counted: their lines say why */
};

/*
 * For every plan: close what is overdue, make breaker latches permanent, open at most one stage,
 * end what is over, extend windows; then move the write-ahead log into the database.  A plan whose
 * rows cannot be read is left as it is and said so; it holds up neither the others nor the sign of
 * life.
 */
enum err_code tick_run(struct session *session, struct tick_result *ret, struct err *err) MUST_USE;
