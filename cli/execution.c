/* execution: confirm, cancel, retry */
#include "plans/orders/execution.h"

#include "run.h"

#include <inttypes.h>

static enum err_code
chosen(const struct args *args, struct execution_choice *ret, struct err *err)
{
	*ret = (struct execution_choice){ .what = args_get(args, "EXECUTION|PLAN"),
		.state = args_get(args, "--state") };
	ret->devices = args_all(args, "DEVICE", &ret->device_count);
	if (ret->state && ret->device_count)
		return err_set(err, ERR_USAGE, "name devices or a --state, not both");
	return ERR_OK;
}

static enum err_code
run(struct cli *cli, const struct args *args, const char *done,
	enum err_code (*verb)(
		struct session *, const struct execution_choice *, int64_t *, struct err *),
	struct err *err)
{
	struct execution_choice choice;
	int64_t count;

	if (chosen(args, &choice, err) || verb(&cli->session, &choice, &count, err))
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
	struct execution_choice choice;
	int64_t count, asked;
	cJSON *object;

	if (chosen(args, &choice, err) ||
		executions_cancel(&cli->session, &choice, &count, &asked, err))
		return err->code;
	object = put_int(cJSON_CreateObject(), "executions", count);
	put_int(object, "asked_to_stop", asked);
	if (!asked)
		out_done(&cli->out, object, "canceled %" PRId64 " execution%s", count,
			plural(count));
	else
		out_done(&cli->out, object,
			"canceled %" PRId64 " execution%s that %s offered, asked %" PRId64
			" that accepted to stop, where the device can",
			count - asked, plural(count - asked), count - asked == 1 ? "was" : "were",
			asked);
	return ERR_OK;
}

enum err_code
run_execution_retry(struct cli *cli, const struct args *args, struct err *err)
{
	return run(cli, args, "allowed a retry of", executions_retry, err);
}
