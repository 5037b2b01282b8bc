/* Executions and the status of plans: shared by the commands that show them. */
#pragma once

#include "cli/command.h"
#include "plans/packages/find.h"
#include "plans/rollout/move.h"
#include "plans/rollout/status.h"

/* The package that the operands and --delta-from or --minimal-from name; ERR_USAGE when both are given. */
enum err_code package_name_get(
	const struct args *args, struct package_name *ret, struct err *err) MUST_USE;

/* Add everything about an execution to `object`. */
enum err_code execution_put(struct cli *cli, const struct execution *execution, cJSON *object,
	struct err *err) MUST_USE;

/* The status of a plan: as `plan status --json` promises it, and as people see it. */
cJSON *status_json(const struct plan_status *status);
void status_frame(struct cli *cli, const struct plan_status *status);
