/* Executions and the status of plans: shared by the commands that show them. */
#pragma once

#include "cli/command.h"
#include "cli/view.h"
#include "plans/packages/find.h"
#include "plans/rollout/move.h"
#include "plans/rollout/status.h"

/*
 * The package that the operands and --delta-from or --minimal-from name; ERR_USAGE when both are
 * given.
 */
enum err_code package_name_get(
	const struct args *args, struct package_name *ret, struct err *err) MUST_USE;

/* An execution as it is shown everywhere. */
struct execution_shown {
	struct execution execution;
	const char *plan, *device;
	int64_t deadline_at; /* 0: it is over */
	struct execution_component *parts;
	size_t part_count;
};
extern const struct view execution_view;

/* What is shown of an execution, in the session's arena. */
enum err_code execution_shown_get(struct cli *cli, const struct execution *execution,
	struct execution_shown *ret, struct err *err) MUST_USE;

/* Why nothing is offered (struct blocked). */
extern const struct view blocked_view;

/* The same as people see it, a line each, with what mends it. */
void blocked_people(const struct out *out, const struct blocked_list *blocked);

/* The status of a plan (struct plan_status), as `plan status --json` promises it. */
extern const struct view status_view;

/* The same as people see it: the frame of `plan status` and `plan watch`. */
void status_people(struct out *out, const void *status);
