/* Executions as JSON: shared by the commands that show them. */
#pragma once

#include "cli/command.h"
#include "plans/rollout.h"

/* Add everything about an execution to `object`. */
enum err_code execution_put(struct cli *cli, const struct execution *execution, cJSON *object,
	struct err *err) MUST_USE;
