/* Executions and the status of plans: shared by the commands that show them. */
#pragma once

#include "cli/run.h"
#include "plans/rollout.h"
#include "plans/status.h"

/* Add everything about an execution to `object`. */
enum err_code execution_put(struct cli *cli, const struct execution *execution, cJSON *object,
	struct err *err) MUST_USE;

/* The status of a plan: as `plan status --json` promises it, and as people see it. */
cJSON *status_json(const struct plan_status *status);
void status_frame(struct cli *cli, const struct plan_status *status);
