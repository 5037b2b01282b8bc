/* device, group */
#include "plans/fleet/device.h"
#include "cli/show.h"
#include "cli/view.h"
#include "core/str.h"
#include "plans/fleet/group.h"
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
		const char *equals = strchr(words[i], '=');

		if (!equals || equals == words[i]) {
			err_set(err, ERR_USAGE, "cannot read %s '%s'", option, QUOTE(words[i]));
			return err_fix(err, "write KEY=VALUE");
		}
		pairs_set(&cli->session.arena, ret,
			arena_copy_n(&cli->session.arena, words[i], (size_t)(equals - words[i])),
			equals + 1);
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

static cJSON *
device_json(const struct device *d)
{
	const struct metrics *m = &d->metrics;
	cJSON *o = put_text(cJSON_CreateObject(), "device", d->name), *metrics;

	put_pairs(o, "components", d->components);
	put_pairs(o, "labels", d->labels);
	put_pairs(o, "attributes", d->attributes);
	metrics = cJSON_AddObjectToObject(o, "metrics");
	if (m->has_battery)
		put_int(metrics, "battery", m->battery);
	if (m->has_charging)
		put_bool(metrics, "charging", m->charging);
	if (m->has_signal)
		put_int(metrics, "signal", m->signal);
	if (m->has_free)
		put_int(metrics, "free", m->free);
	if (*m->slot)
		put_text(metrics, "slot", m->slot);
	put_text(o, "timezone", *d->timezone ? d->timezone : NULL);
	put_text(o, "held", d->held ? *d->held_reason ? d->held_reason : "yes" : NULL);
	put_time(o, "enrolled_at", d->enrolled_at);
	return put_time(o, "last_seen", d->last_seen);
}

enum err_code
run_device_list(struct cli *cli, const struct args *args, struct err *err)
{
	static const struct column_view columns[] = { { "device", "DEVICE" },
		{ "components", "COMPONENTS" }, { "labels", "LABELS" }, { "held", "HELD" },
		{ "last_seen", "LAST SEEN" } };
	const char *name = args_get(args, "--product");
	struct arena row = { NULL };
	struct product product = { 0 };
	struct stmt *cursor;
	struct device d;

	if (name && db_product_get(cli->session.db, name, &product, err))
		return err->code;
	out_list_begin(&cli->out, columns, COUNT(columns));
	cursor = db_device_cursor(cli->session.db, 0, INT64_MAX);
	while (db_device_each(cursor, &row, &d, err) == DB_ROW) {
		if (!name || d.product == product.id)
			out_list_row(&cli->out, device_json(&d));
		arena_reset(&row);
	}
	out_list_end(&cli->out);
	arena_done(&row);
	return err->code;
}

static enum err_code
device_put(struct cli *cli, const struct device *d, cJSON *o, struct err *err)
{
	struct execution *list;
	struct product product;
	const char **groups;
	size_t count;
	cJSON *array;

	if (db_product_by_id(cli->session.db, d->product, &product, err) ||
		db_member_groups(cli->session.db, &cli->session.arena, d->id, &groups, &count, err))
		return err->code;
	put_text(o, "product", product.name);
	array = cJSON_AddArrayToObject(o, "groups");
	for (size_t i = 0; i < count; i++)
		cJSON_AddItemToArray(array, cJSON_CreateString(groups[i]));
	if (db_execution_of_device(cli->session.db, &cli->session.arena, d->id, &list, &count, err))
		return err->code;
	array = cJSON_AddArrayToObject(o, "executions");
	for (size_t i = 0; i < count; i++) {
		cJSON *item = cJSON_CreateObject();

		cJSON_AddItemToArray(array, item);
		if (execution_put(cli, &list[i], item, err))
			return err->code;
	}
	return ERR_OK;
}

enum err_code
run_device_show(struct cli *cli, const struct args *args, struct err *err)
{
	struct device d;
	cJSON *o;

	if (db_device_get(cli->session.db, &cli->session.arena, args_get(args, "DEVICE"), &d, err))
		return err->code;
	o = device_json(&d);
	(void)!device_put(cli, &d, o, err);
	out_object(&cli->out, o);
	return err->code;
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
	if (device_drop(&cli->session, args_get(args, "DEVICE"), err))
		return err->code;
	device_done(cli, "removed", args_get(args, "DEVICE"));
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

/* What happened to a device, event by event over all its executions. */
enum err_code
run_device_history(struct cli *cli, const struct args *args, struct err *err)
{
	static const struct column_view columns[] = { { "at", "AT" }, { "plan", "PLAN" },
		{ "execution", "EXECUTION" }, { "attempt", "TRY" }, { "component", "COMPONENT" },
		{ "state", "STATE" }, { "progress", "%" }, { "message", "MESSAGE" } };
	struct execution *list;
	struct device d;
	size_t count;

	if (db_device_get(
		    cli->session.db, &cli->session.arena, args_get(args, "DEVICE"), &d, err) ||
		db_execution_of_device(
			cli->session.db, &cli->session.arena, d.id, &list, &count, err))
		return err->code;
	out_list_begin(&cli->out, columns, COUNT(columns));
	for (size_t i = 0; i < count && !err->code; i++) {
		struct event *events;
		struct plan plan;
		size_t n;

		if (db_plan_by_id(cli->session.db, &cli->session.arena, list[i].plan, &plan, err) ||
			db_event_all(
				cli->session.db, &cli->session.arena, list[i].id, &events, &n, err))
			break;
		for (size_t k = 0; k < n; k++) {
			cJSON *o = put_time(cJSON_CreateObject(), "at", events[k].at);

			put_text(o, "plan", plan.name);
			put_text(o, "execution",
				arena_printf(&cli->session.arena, "%" PRId64, list[i].id));
			put_int(o, "attempt", list[i].attempt);
			put_text(o, "component", *events[k].identity ? events[k].identity : NULL);
			put_text(o, "state", events[k].state);
			put_int(o, "progress", events[k].progress);
			put_text(o, "message", *events[k].message ? events[k].message : NULL);
			out_list_row(&cli->out, o);
		}
	}
	out_list_end(&cli->out);
	return err->code;
}

enum err_code
run_device_explain(struct cli *cli, const struct args *args, struct err *err)
{
	static const struct column_view columns[] = { { "plan", "PLAN" }, { "verdict", "VERDICT" },
		{ "detail", "BECAUSE" }, { "earliest", "EARLIEST" } };
	struct explanation *list;
	size_t count;

	if (explain_device(&cli->session, args_get(args, "DEVICE"), &list, &count, err))
		return err->code;
	out_list_begin(&cli->out, columns, COUNT(columns));
	for (size_t i = 0; i < count; i++) {
		const struct decision *d = &list[i].decision;
		cJSON *o = put_text(cJSON_CreateObject(), "plan", list[i].plan);

		put_text(o, "verdict", verdict_words[d->verdict]);
		put_text(o, "detail",
			d->verdict ? d->gates[d->verdict].detail : "every gate passes");
		out_list_row(&cli->out, put_time(o, "earliest", d->earliest));
	}
	out_list_end(&cli->out);
	return ERR_OK;
}

static enum err_code
group_run(struct cli *cli, const struct args *args, bool add, struct err *err)
{
	const char *group = args_get(args, "GROUP"), **ids = NULL;
	size_t count;
	const char *const *words = args_all(args, "DEVICE", &count);

	if (!add && !count) {
		if (group_drop(&cli->session, group, err))
			return err->code;
		out_done(&cli->out, put_text(cJSON_CreateObject(), "group", group),
			"removed group %s", group);
		return ERR_OK;
	}
	if (ids_expand(&cli->session, words, count, &ids, &count, err) ||
		group_change(&cli->session, group, ids, count, add, err))
		return err->code;
	out_done(&cli->out,
		put_int(put_text(cJSON_CreateObject(), "group", group), "devices", (int64_t)count),
		add ? "added %zu device%s to group %s" : "removed %zu device%s from group %s",
		count, plural((int64_t)count), group);
	return ERR_OK;
}

enum err_code
run_group_add(struct cli *cli, const struct args *args, struct err *err)
{
	return group_run(cli, args, true, err);
}

enum err_code
run_group_remove(struct cli *cli, const struct args *args, struct err *err)
{
	return group_run(cli, args, false, err);
}

static const struct view group_view = VIEW(SHOW(group_row, name, "group", "GROUP", VIEW_VALUE),
	SHOW(group_row, members, "devices", "DEVICES", VIEW_VALUE));

enum err_code
run_group_list(struct cli *cli, const struct args *args, struct err *err)
{
	struct group_row *list;
	size_t count;

	(void)args;
	if (db_group_all(cli->session.db, &cli->session.arena, &list, &count, err))
		return err->code;
	out_view(&cli->out, &group_view, list, sizeof *list, count);
	return ERR_OK;
}

enum err_code
run_group_show(struct cli *cli, const struct args *args, struct err *err)
{
	static const struct column_view columns[] = { { "device", "DEVICE" } };
	const char **names;
	int64_t group;
	size_t count;

	if (db_group_get(cli->session.db, args_get(args, "GROUP"), false, &group, err) ||
		db_member_devices(cli->session.db, &cli->session.arena, group, &names, &count, err))
		return err->code;
	out_list_begin(&cli->out, columns, COUNT(columns));
	for (size_t i = 0; i < count; i++)
		out_list_row(&cli->out, put_text(cJSON_CreateObject(), "device", names[i]));
	out_list_end(&cli->out);
	return ERR_OK;
}
