/* trial */
#include "plans/orders/trial.h"
#include "cli/show.h"
#include "core/moment.h"
#include "plans/orders/values.h"
#include "plans/packages/find.h"
#include "run.h"

#include <inttypes.h>

enum { TIMEOUT_S = 3600 };

enum err_code
run_trial_start(struct cli *cli, const struct args *args, struct err *err)
{
	struct package_name package;
	struct values devices;
	const char *name;
	char span[32];
	int64_t timeout = args_int(args, "--timeout", TIMEOUT_S);

	devices.list = args_all(args, "--device", &devices.count);
	if (timeout < 1)
		return err_set(err, ERR_USAGE, "--timeout must be at least 1 s");
	if (package_name_get(args, &package, err) ||
		trial_start(&cli->session, &package, &devices, timeout, &name, err))
		return err->code;
	out_done(&cli->out, put_text(cJSON_CreateObject(), "trial", name),
		"started %s of %s %s: all devices must succeed within %s", name,
		package.product_component, package.version, moment_span(timeout, span));
	return ERR_OK;
}

/* One row per chosen device, with its newest attempt. */
static enum err_code
devices_put(struct cli *cli, const struct plan *plan, cJSON *array, struct err *err)
{
	struct session *session = &cli->session;
	struct target_row *rows = NULL, row;
	struct stmt *cursor = db_plan_target_cursor(session->db, plan->id, plan->product);
	size_t count = 0;

	while (db_plan_target_each(cursor, &row, err) == DB_ROW)
		if (row.white) {
			rows = arena_room(&session->arena, rows, count, sizeof *rows);
			rows[count] = row;
			rows[count++].name = arena_copy(&session->arena, row.name);
		}
	for (size_t i = 0; i < count && !err->code; i++) {
		cJSON *o = put_text(cJSON_CreateObject(), "device", rows[i].name);
		const struct execution *newest = NULL;
		struct execution *all;
		size_t n;

		cJSON_AddItemToArray(array, o);
		if (db_execution_of_device(session->db, &session->arena, rows[i].id, &all, &n, err))
			break;
		for (size_t k = 0; k < n; k++)
			if (all[k].plan == plan->id)
				newest = &all[k];
		put_text(o, "state", newest ? execution_state_words[newest->state] : "pending");
		put_int(o, "attempt", newest ? newest->attempt : 0);
		put_text(o, "reason", newest && *newest->reason ? newest->reason : NULL);
		put_time(o, "closed_at", newest ? newest->closed_at : 0);
	}
	return err->code;
}

enum err_code
run_trial_show(struct cli *cli, const struct args *args, struct err *err)
{
	static const struct column_view columns[] = { { "device", "DEVICE" }, { "state", "STATE" },
		{ "attempt", "TRY" }, { "reason", "REASON" }, { "closed_at", "CLOSED" } };
	struct package_name package;
	struct package_view *view;
	struct plan plan;
	const char *name;
	cJSON *o, *array, *row;
	char until[MOMENT_TEXT];
	size_t count;

	if (package_name_get(args, &package, err) ||
		package_find(&cli->session, &package, true, &view, &count, err) ||
		trial_newest(&cli->session, view->package.id, &name, err))
		return err->code;
	if (!name) {
		err_set(err, ERR_NOT_FOUND, "%s %s was never under trial",
			package.product_component, package.version);
		return err_fix(err, "otactl trial start %s %s --device ID",
			package.product_component, package.version);
	}
	if (db_plan_get(cli->session.db, &cli->session.arena, name, &plan, err))
		return err->code;
	o = put_text(cJSON_CreateObject(), "trial", name);
	put_text(o, "result", trial_words[view->package.trial]);
	put_time(o, "started_at", plan.activated_at);
	put_time(o, "until", plan.end_at);
	put_time(o, "ended_at", plan.ended_at);
	array = cJSON_AddArrayToObject(o, "devices");
	if (devices_put(cli, &plan, array, err) || cli->out.json) {
		out_object(&cli->out, o);
		return err->code;
	}
	printf("%s: %s, until %s\n", name, trial_words[view->package.trial],
		moment_format(plan.end_at, until));
	out_list_begin(&cli->out, columns, COUNT(columns));
	while ((row = cJSON_DetachItemFromArray(array, 0)))
		out_list_row(&cli->out, row);
	out_list_end(&cli->out);
	cJSON_Delete(o);
	return ERR_OK;
}
