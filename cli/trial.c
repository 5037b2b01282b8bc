/* trial */
#include "plans/orders/trial.h"
#include "cli/show.h"
#include "core/moment.h"
#include "core/str.h"
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

/* A chosen device, with its newest attempt in the trial. */
struct trial_device {
	const char *device, *state;
	int64_t attempt, closed_at;
	char reason[LIMIT_REMARK + 1];
};

static const struct view trial_device_view =
	VIEW(SHOW(trial_device, device, "device", "DEVICE", VIEW_VALUE),
		SHOW(trial_device, state, "state", "STATE", VIEW_VALUE),
		SHOW(trial_device, attempt, "attempt", "TRY", VIEW_VALUE),
		SHOW(trial_device, reason, "reason", "REASON", VIEW_MAYBE),
		SHOW(trial_device, closed_at, "closed_at", "CLOSED", VIEW_TIME));

struct trial_shown {
	struct plan plan;
	enum trial result;
	struct trial_device *devices;
	size_t device_count;
};

static const struct view trial_view = VIEW(SHOW(trial_shown, plan.name, "trial", NULL, VIEW_VALUE),
	SHOW_WORD(trial_shown, result, trial_words, "result", NULL, VIEW_VALUE),
	SHOW(trial_shown, plan.activated_at, "started_at", NULL, VIEW_TIME),
	SHOW(trial_shown, plan.end_at, "until", NULL, VIEW_TIME),
	SHOW(trial_shown, plan.ended_at, "ended_at", NULL, VIEW_TIME),
	SHOW_LIST(trial_shown, devices, device_count, "devices", VIEW_LIST, &trial_device_view));

/* The newest attempt of a device in the trial. */
static enum err_code
attempt_get(struct session *session, int64_t plan, int64_t device, struct trial_device *ret,
	struct err *err)
{
	struct execution *all;
	size_t count;

	if (db_execution_of_device(session->db, &session->arena, device, &all, &count, err))
		return err->code;
	ret->state = "pending";
	for (size_t i = 0; i < count; i++)
		if (all[i].plan == plan) {
			ret->state = execution_state_words[all[i].state];
			ret->attempt = all[i].attempt;
			ret->closed_at = all[i].closed_at;
			str_copy(ret->reason, sizeof ret->reason, all[i].reason);
		}
	return ERR_OK;
}

static enum err_code
devices_get(struct session *session, struct trial_shown *ret, struct err *err)
{
	struct arena *arena = &session->arena;
	struct stmt *cursor = db_plan_target_cursor(session->db, ret->plan.id, ret->plan.product);
	int64_t *ids = NULL;
	struct target_row row;
	size_t count = 0;

	while (db_plan_target_each(cursor, &row, err) == DB_ROW)
		if (row.marks & LIST_WHITE) {
			ids = arena_room(arena, ids, count, sizeof *ids);
			ret->devices = arena_room(arena, ret->devices, count, sizeof *ret->devices);
			ids[count] = row.id;
			ret->devices[count++] =
				(struct trial_device){ .device = arena_copy(arena, row.name) };
		}
	for (size_t i = 0; i < count && !err->code; i++)
		(void)!attempt_get(session, ret->plan.id, ids[i], &ret->devices[i], err);
	ret->device_count = count;
	return err->code;
}

static void
trial_people(struct out *out, const void *thing)
{
	const struct trial_shown *shown = thing;
	char until[MOMENT_TEXT];

	out_line(out, "%s: %s, until %s", shown->plan.name, trial_words[shown->result],
		moment_format(shown->plan.end_at, until));
	out_view(out, &trial_device_view, shown->devices, sizeof *shown->devices,
		shown->device_count);
}

enum err_code
run_trial_show(struct cli *cli, const struct args *args, struct err *err)
{
	struct trial_shown shown = { .devices = NULL };
	struct package_name package;
	struct package_view *view;
	const char *name;
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
	shown.result = view->package.trial;
	if (db_plan_get(cli->session.db, &cli->session.arena, name, &shown.plan, err) ||
		devices_get(&cli->session, &shown, err))
		return err->code;
	out_show_as(&cli->out, &trial_view, &shown, trial_people);
	return ERR_OK;
}
