/* plan: create, edit, and what a person decides after the activation */
#include "core/moment.h"
#include "core/str.h"
#include "plans/fleet/product.h"
#include "plans/orders/activate.h"
#include "plans/orders/edit.h"
#include "plans/orders/expand.h"
#include "plans/orders/lifecycle.h"
#include "plans/orders/values.h"
#include "plans/rollout/load.h"
#include "run.h"

#include <inttypes.h>
#include <unistd.h>

static struct values
values_from(const struct args *args, const char *option)
{
	struct values ret;

	ret.list = args_all(args, option, &ret.count);
	if (!ret.count)
		ret.list = NULL;
	return ret;
}

static struct plan_change
change_from(const struct args *args)
{
	return (struct plan_change){
		.upgrade = values_from(args, "--upgrade"),
		.whitelist = values_from(args, "--whitelist"),
		.blacklist = values_from(args, "--blacklist"),
		.push = values_from(args, "--push"),
		.blackout = values_from(args, "--blackout"),
		.install = values_from(args, "--install"),
		.text = values_from(args, "--text"),
		.from = values_from(args, "--from"),
		.allow = values_from(args, "--allow"),
		.set = values_from(args, "--set"),
		.timezone = args_get(args, "--timezone"),
		.timezone_of = args_get(args, "--timezone-of"),
		.mode = args_get(args, "--mode"),
		.start = args_get(args, "--start"),
		.end = args_get(args, "--end"),
		.strategy = args_get(args, "--strategy"),
		.unknown_version = args_get(args, "--unknown-version"),
		.priority = args_int(args, "--priority", INT64_MIN),
		.continuous = args_flag(args, "--continuous") ? 1 : -1,
		.allow_downgrade = args_flag(args, "--allow-downgrade") ? 1 : -1,
		.require_all = args_flag(args, "--require-all") ? 1 : -1,
		.allow_unknown = args_flag(args, "--allow-unknown"),
	};
}

static void
plan_done(struct cli *cli, const char *name, const char *verb)
{
	out_done(&cli->out, put_text(cJSON_CreateObject(), "plan", name), "%s plan %s", verb, name);
}

enum err_code
run_plan_create(struct cli *cli, const struct args *args, struct err *err)
{
	struct plan_change change = change_from(args);
	const char *name = args_get(args, "PLAN");

	change.product = args_get(args, "--product");
	change.salt = args_get(args, "--salt");
	if (plan_create(&cli->session, name, &change, err))
		return err->code;
	plan_done(cli, name, "created");
	return ERR_OK;
}

enum err_code
run_plan_edit(struct cli *cli, const struct args *args, struct err *err)
{
	struct plan_change change = change_from(args);
	const char *name = args_get(args, "PLAN");

	if (plan_edit(&cli->session, name, &change, err))
		return err->code;
	plan_done(cli, name, "changed");
	return ERR_OK;
}

static enum err_code
plan_put(struct cli *cli, const struct plan *p, cJSON *o, struct err *err)
{
	struct product product;

	if (db_product_by_id(cli->session.db, p->product, &product, err))
		return err->code;
	put_text(o, "plan", p->name);
	put_text(o, "product", product.name);
	put_text(o, "state", plan_state_words[p->state]);
	put_text(o, "cause", p->cause ? cause_words[p->cause] : NULL);
	put_text(o, "mode", mode_words[p->mode]);
	put_text(o, "strategy", p->strategy_name);
	put_int(o, "priority", p->priority);
	put_text(o, "timezone", p->timezone);
	put_text(o, "timezone_of", p->device_zone ? "device" : "plan");
	put_time(o, "start", p->start_at);
	put_time(o, "end", p->end_at);
	put_time(o, "created_at", p->created_at);
	put_time(o, "activated_at", p->activated_at);
	put_time(o, "ended_at", p->ended_at);
	put_int(o, "targets", p->targets);
	return ERR_OK;
}

enum err_code
run_plan_list(struct cli *cli, const struct args *args, struct err *err)
{
	static const struct column_view columns[] = { { "plan", "PLAN" }, { "product", "PRODUCT" },
		{ "state", "STATE" }, { "cause", "CAUSE" }, { "strategy", "STRATEGY" },
		{ "targets", "TARGETS" }, { "activated_at", "ACTIVATED" } };
	struct plan *list;
	size_t count;

	(void)args;
	if (db_plan_all(cli->session.db, &cli->session.arena, &list, &count, err))
		return err->code;
	out_list_begin(&cli->out, columns, COUNT(columns));
	for (size_t i = 0; i < count; i++) {
		cJSON *o = cJSON_CreateObject();

		(void)!plan_put(cli, &list[i], o, err);
		out_list_row(&cli->out, o);
	}
	out_list_end(&cli->out);
	return err->code;
}

/* "label:region=eu", "group:lab", and how many devices are listed one by one. */
static enum err_code
list_put(struct cli *cli, const struct plan *p, enum plan_list list, const struct plan_item *items,
	size_t count, cJSON *o, struct err *err)
{
	cJSON *array = cJSON_AddArrayToObject(o, list == LIST_WHITE ? "whitelist" : "blacklist");
	int64_t devices;

	for (size_t i = 0; i < count; i++)
		if (items[i].kind == (list == LIST_WHITE ? ITEM_WHITELIST : ITEM_BLACKLIST))
			cJSON_AddItemToArray(
				array, cJSON_CreateString(arena_printf(&cli->session.arena, "%s:%s",
					       items[i].key, items[i].value)));
	if (db_plan_device_count(cli->session.db, p->id, list, &devices, err))
		return err->code;
	put_int(o, list == LIST_WHITE ? "whitelisted_devices" : "blacklisted_devices", devices);
	return ERR_OK;
}

static enum err_code
detail_put(struct cli *cli, const struct plan *p, cJSON *o, struct err *err)
{
	struct plan_item *items;
	size_t count;
	cJSON *part;
	struct strategy strategy = p->strategy;

	if (db_plan_items_get(cli->session.db, &cli->session.arena, p->id, &items, &count, err))
		return err->code;
	part = cJSON_AddObjectToObject(o, "upgrade");
	for (size_t i = 0; i < p->component_count; i++)
		put_text(part, p->components[i].identity, p->components[i].target);
	put_bool(o, "whitelist_set", p->whitelist_set);
	if (list_put(cli, p, LIST_WHITE, items, count, o, err) ||
		list_put(cli, p, LIST_BLACK, items, count, o, err))
		return err->code;
	for (enum plan_item_kind kind = ITEM_PUSH; kind < ITEM_MAX; kind++) {
		bool texts = kind == ITEM_TEXT;

		part = texts ? cJSON_AddObjectToObject(o, plan_item_words[kind])
			     : cJSON_AddArrayToObject(o, plan_item_words[kind]);
		for (size_t i = 0; i < count; i++)
			if (items[i].kind == kind && texts)
				put_text(part, items[i].key, items[i].value);
			else if (items[i].kind == kind)
				cJSON_AddItemToArray(part, cJSON_CreateString(items[i].value));
	}
	put_bool(o, "continuous", p->continuous);
	put_bool(o, "allow_downgrade", p->allow_downgrade);
	put_bool(o, "require_all", p->require_all);
	put_text(o, "unknown_version", p->unknown_hold ? "hold" : "allow");
	if (!*p->params && plan_strategy(&cli->session, p, &strategy, err))
		return err->code;
	put_pairs(o, "parameters", strategy_format(&cli->session.arena, &strategy));
	return ERR_OK;
}

enum err_code
run_plan_show(struct cli *cli, const struct args *args, struct err *err)
{
	struct plan p;
	cJSON *o;

	if (plan_load_by_name(&cli->session, args_get(args, "PLAN"), &p, err))
		return err->code;
	o = cJSON_CreateObject();
	if (!plan_put(cli, &p, o, err))
		(void)!detail_put(cli, &p, o, err);
	out_object(&cli->out, o);
	return err->code;
}

/* Ask on a terminal, and only there. */
static bool
confirmed(struct cli *cli, const struct args *args, const char *name)
{
	struct activation a;
	struct err err = ERR_NONE;
	char answer[16];

	if (cli->session.dry_run || args_flag(args, "--yes") || !isatty(STDIN_FILENO) ||
		!isatty(STDERR_FILENO))
		return true;
	cli->session.dry_run = true;
	(void)!plan_activate(&cli->session, name, -1, &a, &err);
	cli->session.dry_run = false;
	if (err.code)
		return true; /* the real attempt tells why it cannot be */
	fprintf(stderr, "Activate plan %s for %" PRId64 " devices? [y/N] ", name, a.targets);
	return fgets(answer, sizeof answer, stdin) && (*answer == 'y' || *answer == 'Y');
}

enum err_code
run_plan_activate(struct cli *cli, const struct args *args, struct err *err)
{
	const char *name = args_get(args, "PLAN");
	struct activation a;
	char at[MOMENT_TEXT];
	cJSON *o, *array;

	if (!confirmed(cli, args, name))
		return err_set(err, ERR_CONFLICT, "plan '%s' was not activated", name);
	if (plan_activate(&cli->session, name, args_int(args, "--expect", -1), &a, err))
		return err->code;
	o = put_text(cJSON_CreateObject(), "plan", name);
	put_int(o, "targets", a.targets);
	array = cJSON_AddArrayToObject(o, "sample");
	for (size_t i = 0; i < a.sample_count; i++)
		cJSON_AddItemToArray(array, cJSON_CreateString(a.sample[i]));
	put_time(o, "first_offer_at", a.first_offer_at);
	array = cJSON_AddArrayToObject(o, "warnings");
	for (size_t i = 0; i < a.warning_count; i++)
		cJSON_AddItemToArray(array, cJSON_CreateString(a.warnings[i]));
	if (!cli->out.json)
		for (size_t i = 0; i < a.warning_count; i++)
			out_note(&cli->out, "note: %s", a.warnings[i]);
	out_done(&cli->out, o,
		"activated plan %s: %" PRId64 " targets (%s%s%s), first offer from %s", name,
		a.targets, a.sample_count ? a.sample[0] : "nobody", a.sample_count > 1 ? ", " : "",
		a.sample_count > 1 ? a.sample[1] : "", moment_format(a.first_offer_at, at));
	return ERR_OK;
}

static enum err_code
verb_run(struct cli *cli, const struct args *args, const char *done,
	enum err_code (*verb)(struct session *, const char *, struct err *), struct err *err)
{
	const char *name = args_get(args, "PLAN");

	if (verb(&cli->session, name, err))
		return err->code;
	plan_done(cli, name, done);
	return ERR_OK;
}

enum err_code
run_plan_suspend(struct cli *cli, const struct args *args, struct err *err)
{
	return verb_run(cli, args, "suspended", plan_suspend, err);
}

enum err_code
run_plan_resume(struct cli *cli, const struct args *args, struct err *err)
{
	return verb_run(cli, args, "resumed", plan_resume, err);
}

enum err_code
run_plan_terminate(struct cli *cli, const struct args *args, struct err *err)
{
	const char *name = args_get(args, "PLAN");

	if (plan_terminate(&cli->session, name, args_flag(args, "--cancel"), err))
		return err->code;
	plan_done(cli, name, "terminated");
	return ERR_OK;
}

enum err_code
run_plan_advance(struct cli *cli, const struct args *args, struct err *err)
{
	return verb_run(cli, args, "advanced", plan_advance, err);
}

enum err_code
run_plan_complete(struct cli *cli, const struct args *args, struct err *err)
{
	return verb_run(cli, args, "completed", plan_complete, err);
}

enum err_code
run_plan_throttle(struct cli *cli, const struct args *args, struct err *err)
{
	const char *name = args_get(args, "PLAN");

	if (plan_throttle(&cli->session, name, args_int(args, "--rate", -1),
		    args_int(args, "--max-in-progress", -1), err))
		return err->code;
	plan_done(cli, name, "throttled");
	return ERR_OK;
}

enum err_code
run_plan_extend(struct cli *cli, const struct args *args, struct err *err)
{
	const char *name = args_get(args, "PLAN");

	if (plan_extend(&cli->session, name, args_get(args, "--end"), err))
		return err->code;
	plan_done(cli, name, "extended");
	return ERR_OK;
}

enum err_code
run_plan_expand(struct cli *cli, const struct args *args, struct err *err)
{
	struct values whitelist = values_from(args, "--whitelist");
	const char *name = args_get(args, "PLAN");
	int64_t targets;
	bool restarted;
	cJSON *o;

	if (plan_expand(&cli->session, name, &whitelist, args_flag(args, "--allow-unknown"),
		    &targets, &restarted, err))
		return err->code;
	o = put_int(put_text(cJSON_CreateObject(), "plan", name), "targets", targets);
	out_done(&cli->out, put_bool(o, "restarted", restarted),
		"expanded plan %s to %" PRId64 " targets%s", name, targets,
		restarted ? "; it begins at the first stage again" : "");
	return ERR_OK;
}

enum err_code
run_plan_clone(struct cli *cli, const struct args *args, struct err *err)
{
	const char *name = args_get(args, "NAME");

	if (plan_clone(&cli->session, args_get(args, "PLAN"), name, err))
		return err->code;
	plan_done(cli, name, "created");
	return ERR_OK;
}

enum err_code
run_plan_delete(struct cli *cli, const struct args *args, struct err *err)
{
	return verb_run(cli, args, "deleted", plan_delete, err);
}
