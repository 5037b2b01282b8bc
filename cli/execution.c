/* execution: confirm, cancel, retry */
#include "plans/orders/execution.h"

#include "run.h"

#include <inttypes.h>

static enum err_code
run(struct cli *cli, const struct args *args, const char *done,
	enum err_code (*verb)(
		struct session *, const struct execution_choice *, int64_t *, struct err *),
	struct err *err)
{
	struct execution_choice choice = { .what = args_get(args, "EXECUTION|PLAN"),
		.state = args_get(args, "--state") };
	int64_t count;

	choice.devices = args_all(args, "DEVICE", &choice.device_count);
	if (choice.state && choice.device_count)
		return err_set(err, ERR_USAGE, "name devices or a --state, not both");
	if (verb(&cli->session, &choice, &count, err))
		return err->code;
	out_done(&cli->out, put_int(cJSON_CreateObject(), "executions", count),
		"%s %" PRId64 " execution%s", done, count, plural(count));
	return ERR_OK;
}

enum err_code
run_execution_confirm(struct cli *cli, const struct args *args, struct err *err)
{
	return run(cli, args, "confirmed", executions_confirm, err);
}

enum err_code
run_execution_cancel(struct cli *cli, const struct args *args, struct err *err)
{
	return run(cli, args, "canceled", executions_cancel, err);
}

enum err_code
run_execution_retry(struct cli *cli, const struct args *args, struct err *err)
{
	return run(cli, args, "allowed a retry of", executions_retry, err);
}
