/* What an operator does to single attempts: confirm, cancel, retry; one or many at once. */
#pragma once

#include "core/decide.h"
#include "plans/base/session.h"

/*
 * Which ones: an execution by its id alone, or those of a plan by devices (ids, @file, @-) or by
 * state.
 */
struct execution_choice {
	const char *what; /* execution id or plan name */
	const char *const *devices;
	size_t device_count;
	const char *state; /* or NULL */
};

/*
 * Accept on behalf of the person at the device, also ahead of the offer; manual plans only.  Like
 * the two below it acts on all that are chosen or on none, and returns how many in *count.
 * ERR_NOT_FOUND: no such execution or device; ERR_CONFLICT: one is in the wrong state, or its plan
 * is.
 */
enum err_code executions_confirm(struct session *session, const struct execution_choice *choice,
	int64_t *count, struct err *err) MUST_USE;

/*
 * Close what is offered, and ask who has accepted to stop: *asked of them (or NULL), which go on
 * where their dialect knows no such request.
 */
enum err_code executions_cancel(struct session *session, const struct execution_choice *choice,
	int64_t *count, int64_t *asked, struct err *err) MUST_USE;

/* Allow one more attempt, whatever happened before; needs a reason. */
enum err_code executions_retry(struct session *session, const struct execution_choice *choice,
	int64_t *count, struct err *err) MUST_USE;
