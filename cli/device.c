/* device */
#include "plans/fleet/device.h"
#include "cli/show.h"
#include "core/str.h"
#include "plans/fleet/import.h"
#include "plans/orders/ids.h"
#include "plans/rollout/explain.h"
#include "plans/rollout/status.h"
#include "run.h"

#include <inttypes.h>

static enum err_code
pairs_from(struct cli *cli, const struct args *args, const char *option, struct pairs *ret,
	struct err *err)
{
	size_t count;
	const char *const *words = args_all(args, option, &count);

	for (size_t i = 0; i < count; i++) {
		const char *value, *key = pairs_cut(&cli->session.arena, words[i], &value);

		if (!key || !*key) {
			err_set(err, ERR_USAGE, "cannot read %s '%s'", option, QUOTE(words[i]));
			return err_fix(err, "write KEY=VALUE");
		}
		pairs_set(&cli->session.arena, ret, key, value);
	}
	return ERR_OK;
}

static void
token_done(struct cli *cli, const char *verb, const char *device, const char *token)
{
	out_secret(&cli->out, put_text(cJSON_CreateObject(), "device", device), "token", token,
		"%s device %s", verb, device);
}

enum err_code
run_device_add(struct cli *cli, const struct args *args, struct err *err)
{
	struct device_new new = { .name = args_get(args, "DEVICE"),
		.product = args_get(args, "--product"),
		.timezone = args_get(args, "--timezone"),
		.make_token = args_flag(args, "--token") };
	char token[TOKEN_TEXT] = "";

	new.groups = args_all(args, "--group", &new.group_count);
	if (pairs_from(cli, args, "--component", &new.components, err) ||
		pairs_from(cli, args, "--label", &new.labels, err) ||
		device_create(&cli->session, &new, token, err))
		return err->code;
	token_done(cli, "added", new.name, token);
	return ERR_OK;
}

enum err_code
run_device_import(struct cli *cli, const struct args *args, struct err *err)
{
	int64_t count;

	if (device_import(&cli->session, args_get(args, "FILE"), args_get(args, "--product"),
		    args_get(args, "--tokens-out"), &count, err))
		return err->code;
	out_done(&cli->out, put_int(cJSON_CreateObject(), "imported", count),
		"imported %" PRId64 " device%s", count, plural(count));
	return ERR_OK;
}

static const struct view metrics_view =
	VIEW(SHOW_WHERE(metrics, battery, has_battery, "battery", NULL, VIEW_FILLED),
		SHOW_WHERE(metrics, charging, has_charging, "charging", NULL, VIEW_FILLED),
		SHOW_WHERE(metrics, signal, has_signal, "signal", NULL, VIEW_FILLED),
		SHOW_WHERE(metrics, free, has_free, "free", NULL, VIEW_FILLED),
		SHOW(metrics, slot, "slot", NULL, VIEW_FILLED));

/* Why it is held, as far as anybody said. */
static cJSON *
held_made(const void *thing)
{
	const struct device *d = thing;

	if (!d->held)
		return cJSON_CreateNull();
	return cJSON_CreateString(*d->held_reason ? d->held_reason : "yes");
}

static const struct view device_view = VIEW(SHOW(device, name, "device", "DEVICE", VIEW_VALUE),
	SHOW(device, components, "components", "COMPONENTS", VIEW_PAIRS),
	SHOW(device, labels, "labels", "LABELS", VIEW_PAIRS),
	SHOW(device, attributes, "attributes", NULL, VIEW_PAIRS),
	SHOW_PART(device, metrics, "metrics", &metrics_view),
	SHOW(device, timezone, "timezone", NULL, VIEW_MAYBE), SHOW_MADE(held_made, "held", "HELD"),
	SHOW(device, enrolled_at, "enrolled_at", NULL, VIEW_TIME),
	SHOW(device, last_seen, "last_seen", "LAST SEEN", VIEW_TIME),
	SHOW(device, retired_at, "retired_at", NULL, VIEW_TIME));

enum err_code
run_device_list(struct cli *cli, const struct args *args, struct err *err)
{
	const char *name = args_get(args, "--product");
	struct arena row = { NULL };
	struct product product = { 0 };
	struct stmt *cursor;
	struct device d;

	if (name && db_product_get(cli->session.db, name, &product, err))
		return err->code;
	out_view_begin(&cli->out, &device_view);
	cursor = db_device_cursor(cli->session.db, 0, INT64_MAX);
	while (db_device_each(cursor, &row, &d, err) == DB_ROW) {
		if (!name || d.product == product.id)
			out_row(&cli->out, &device_view, &d);
		arena_reset(&row);
	}
	out_list_end(&cli->out);
	arena_done(&row);
	return err->code;
}

/* A device, with its groups and everything it was ever offered. */
struct device_shown {
	struct device device;
	const char *product, **groups;
	size_t group_count;
	struct execution_shown *executions;
	size_t execution_count;
};

static const struct view device_shown_view = VIEW(SHOW_MEMBERS(device_shown, device, &device_view),
	SHOW(device_shown, product, "product", NULL, VIEW_VALUE),
	SHOW_TEXTS(device_shown, groups, group_count, "groups"),
	SHOW_LIST(device_shown, executions, execution_count, "executions", VIEW_LIST,
		&execution_view));

static enum err_code
device_fill(struct cli *cli, struct device_shown *ret, struct err *err)
{
	struct db *db = cli->session.db;
	struct arena *arena = &cli->session.arena;
	struct execution *list;
	struct product product;
	size_t count;

	if (db_product_by_id(db, ret->device.product, &product, err) ||
		db_member_groups(db, arena, ret->device.id, &ret->groups, &ret->group_count, err) ||
		db_execution_of_device(db, arena, ret->device.id, &list, &count, err))
		return err->code;
	ret->product = arena_copy(arena, product.name);
	ret->executions = arena_alloc(arena, count * sizeof *ret->executions + 1);
	for (size_t i = 0; i < count; i++)
		if (execution_shown_get(cli, &list[i], &ret->executions[i], err))
			return err->code;
	ret->execution_count = count;
	return ERR_OK;
}

enum err_code
run_device_show(struct cli *cli, const struct args *args, struct err *err)
{
	struct device_shown shown = { .product = NULL };

	if (db_device_get(cli->session.db, &cli->session.arena, args_get(args, "DEVICE"),
		    &shown.device, err) ||
		device_fill(cli, &shown, err))
		return err->code;
	out_show(&cli->out, &device_shown_view, &shown);
	return ERR_OK;
}

static void
device_done(struct cli *cli, const char *verb, const char *device)
{
	out_done(&cli->out, put_text(cJSON_CreateObject(), "device", device), "%s device %s", verb,
		device);
}

enum err_code
run_device_set(struct cli *cli, const struct args *args, struct err *err)
{
	struct device_change change = { .timezone = args_get(args, "--timezone") };

	change.labels = args_all(args, "--label", &change.label_count);
	if (device_change(&cli->session, args_get(args, "DEVICE"), &change, err))
		return err->code;
	device_done(cli, "changed", args_get(args, "DEVICE"));
	return ERR_OK;
}

enum err_code
run_device_token(struct cli *cli, const struct args *args, struct err *err)
{
	char token[TOKEN_TEXT] = "";

	if (device_rotate(&cli->session, args_get(args, "DEVICE"), args_int(args, "--overlap", 0),
		    token, err))
		return err->code;
	token_done(cli, "made a new token for", args_get(args, "DEVICE"), token);
	return ERR_OK;
}

static enum err_code
hold_run(struct cli *cli, const struct args *args, bool hold, struct err *err)
{
	size_t count;
	const char *const *words = args_all(args, "DEVICE", &count);
	const char **ids;

	if (ids_expand(&cli->session, words, count, &ids, &count, err) ||
		device_hold(&cli->session, ids, count, hold, err))
		return err->code;
	out_done(&cli->out, put_int(cJSON_CreateObject(), "devices", (int64_t)count),
		"%s %zu device%s", hold ? "held" : "released", count, plural((int64_t)count));
	return ERR_OK;
}

enum err_code
run_device_hold(struct cli *cli, const struct args *args, struct err *err)
{
	return hold_run(cli, args, true, err);
}

enum err_code
run_device_release(struct cli *cli, const struct args *args, struct err *err)
{
	return hold_run(cli, args, false, err);
}

enum err_code
run_device_remove(struct cli *cli, const struct args *args, struct err *err)
{
	const char *name = args_get(args, "DEVICE");
	bool kept;

	if (device_drop(&cli->session, name, &kept, err))
		return err->code;
	if (kept && !cli->out.json)
		out_note(&cli->out,
			"note: its history stays, and lists and groups still mean its id");
	device_done(cli, kept ? "retired" : "removed", name);
	return ERR_OK;
}

enum err_code
run_device_reset(struct cli *cli, const struct args *args, struct err *err)
{
	if (device_reset(&cli->session, args_get(args, "DEVICE"), err))
		return err->code;
	device_done(cli, "reset", args_get(args, "DEVICE"));
	return ERR_OK;
}

struct history_shown {
	struct event event;
	const char *plan;
	int64_t execution, attempt;
};

static const struct view history_view = VIEW(SHOW(history_shown, event.at, "at", "AT", VIEW_TIME),
	SHOW(history_shown, plan, "plan", "PLAN", VIEW_VALUE),
	SHOW(history_shown, execution, "execution", "EXECUTION", VIEW_ID),
	SHOW(history_shown, attempt, "attempt", "TRY", VIEW_VALUE),
	SHOW(history_shown, event.identity, "component", "COMPONENT", VIEW_MAYBE),
	SHOW(history_shown, event.state, "state", "STATE", VIEW_VALUE),
	SHOW(history_shown, event.progress, "progress", "%", VIEW_VALUE),
	SHOW(history_shown, event.message, "message", "MESSAGE", VIEW_MAYBE),
	SHOW(history_shown, event.count, "count", "TIMES", VIEW_VALUE));

/* What happened to a device, event by event over all its executions. */
enum err_code
run_device_history(struct cli *cli, const struct args *args, struct err *err)
{
	struct execution *list;
	struct device d;
	size_t count;

	if (db_device_get(
		    cli->session.db, &cli->session.arena, args_get(args, "DEVICE"), &d, err) ||
		db_execution_of_device(
			cli->session.db, &cli->session.arena, d.id, &list, &count, err))
		return err->code;
	out_view_begin(&cli->out, &history_view);
	for (size_t i = 0; i < count && !err->code; i++) {
		struct event *events;
		struct plan plan;
		size_t n;

		if (db_plan_by_id(cli->session.db, &cli->session.arena, list[i].plan, &plan, err) ||
			db_event_all(
				cli->session.db, &cli->session.arena, list[i].id, &events, &n, err))
			break;
		for (size_t k = 0; k < n; k++) {
			struct history_shown shown = { events[k], plan.name, list[i].id,
				list[i].attempt };

			out_row(&cli->out, &history_view, &shown);
		}
	}
	out_list_end(&cli->out);
	return err->code;
}

struct verdict_shown {
	const char *plan, *detail;
	enum verdict verdict;
	int64_t earliest;
};

static const struct view verdict_view = VIEW(SHOW(verdict_shown, plan, "plan", "PLAN", VIEW_VALUE),
	SHOW_WORD(verdict_shown, verdict, verdict_words, "verdict", "VERDICT", VIEW_VALUE),
	SHOW(verdict_shown, detail, "detail", "BECAUSE", VIEW_VALUE),
	SHOW(verdict_shown, earliest, "earliest", "EARLIEST", VIEW_TIME));

enum err_code
run_device_explain(struct cli *cli, const struct args *args, struct err *err)
{
	struct explanation *list;
	size_t count;

	if (explain_device(&cli->session, args_get(args, "DEVICE"), &list, &count, err))
		return err->code;
	out_view_begin(&cli->out, &verdict_view);
	for (size_t i = 0; i < count; i++) {
		const struct decision *d = &list[i].decision;
		struct verdict_shown shown = { list[i].plan,
			d->verdict ? d->gates[d->verdict].detail : "every gate passes", d->verdict,
			d->earliest };

		out_row(&cli->out, &verdict_view, &shown);
	}
	out_list_end(&cli->out);
	return ERR_OK;
}
