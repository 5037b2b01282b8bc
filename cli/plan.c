/* plan: create, edit, and what a person decides after the activation */
#include "cli/show.h"
#include "cli/view.h"
#include "core/moment.h"
#include "core/str.h"
#include "plans/fleet/product.h"
#include "plans/orders/activate.h"
#include "plans/orders/blacklist.h"
#include "plans/orders/edit.h"
#include "plans/orders/expand.h"
#include "plans/orders/lifecycle.h"
#include "plans/orders/resume.h"
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
		.unknown_hw = args_get(args, "--unknown-hw"),
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

static const struct view plan_view = VIEW(SHOW(listed_plan, plan.name, "plan", "PLAN", VIEW_VALUE),
	SHOW(listed_plan, product, "product", "PRODUCT", VIEW_VALUE),
	SHOW_WORD(listed_plan, plan.state, plan_state_words, "state", "STATE", VIEW_VALUE),
	SHOW_WORD(listed_plan, plan.cause, cause_words, "cause", "CAUSE", VIEW_MAYBE),
	SHOW(listed_plan, plan.reason, "reason", "REASON", VIEW_MAYBE),
	SHOW_WORD(listed_plan, plan.mode, mode_words, "mode", NULL, VIEW_VALUE),
	SHOW(listed_plan, plan.strategy_name, "strategy", "STRATEGY", VIEW_VALUE),
	SHOW(listed_plan, plan.priority, "priority", NULL, VIEW_VALUE),
	SHOW(listed_plan, plan.timezone, "timezone", NULL, VIEW_VALUE),
	SHOW_EITHER(listed_plan, plan.device_zone, "plan", "device", "timezone_of", NULL),
	SHOW(listed_plan, plan.start_at, "start", NULL, VIEW_TIME),
	SHOW(listed_plan, plan.end_at, "end", NULL, VIEW_TIME),
	SHOW(listed_plan, plan.created_at, "created_at", NULL, VIEW_TIME),
	SHOW(listed_plan, plan.activated_at, "activated_at", "ACTIVATED", VIEW_TIME),
	SHOW(listed_plan, plan.ended_at, "ended_at", NULL, VIEW_TIME),
	SHOW(listed_plan, plan.targets, "targets", "TARGETS", VIEW_VALUE));

/* A plan's row, and what keeps it from being offered. */
struct plan_line {
	struct listed_plan listed;
	struct blocked_list blocked;
};

static const struct view plan_line_view = VIEW(SHOW_MEMBERS(plan_line, listed, &plan_view),
	SHOW_LIST(plan_line, blocked.list, blocked.count, "blocked", VIEW_LIST, &blocked_view));

/* What is blocked comes first, each cause once. */
static void
blocked_lines(struct cli *cli, const struct plan_line *lines, size_t count)
{
	struct arena *arena = &cli->session.arena;
	struct blocked_list all = { .count = 0 };

	for (size_t i = 0; i < count; i++)
		for (size_t b = 0; b < lines[i].blocked.count; b++) {
			const struct blocked *blocked = &lines[i].blocked.list[b];
			bool known = false;

			for (size_t k = 0; k < all.count; k++)
				known |= !strcmp(all.list[k].why, blocked->why);
			if (known)
				continue;
			all.list = arena_room(arena, all.list, all.count, sizeof *all.list);
			all.list[all.count++] = *blocked;
		}
	blocked_people(&cli->out, &all);
}

/* What of a plan cannot be read says nothing here: its row is shown all the same. */
static struct plan_line *
plan_lines(struct cli *cli, const struct listed_plan *list, size_t count)
{
	struct plan_line *lines = arena_alloc(&cli->session.arena, count * sizeof *lines + 1);
	struct product product;

	for (size_t i = 0; i < count; i++) {
		struct err ignored = ERR_NONE;

		lines[i].listed = list[i];
		if (db_product_by_id(cli->session.db, list[i].plan.product, &product, &ignored) ||
			blocked_get(&cli->session, &list[i].plan, &product, &lines[i].blocked,
				&ignored))
			lines[i].blocked.count = 0;
	}
	return lines;
}

/* Rows that cannot be read are left out, and named at the end. */
enum err_code
run_plan_list(struct cli *cli, const struct args *args, struct err *err)
{
	struct row_unread unread;
	struct listed_plan *list;
	struct plan_line *lines;
	size_t count;

	(void)args;
	if (plan_load_all(&cli->session, &list, &count, &unread, err))
		return err->code;
	lines = plan_lines(cli, list, count);
	if (!cli->out.json)
		blocked_lines(cli, lines, count);
	out_view(&cli->out, &plan_line_view, lines, sizeof *lines, count);
	for (size_t i = 0; i < unread.count; i++)
		out_note(&cli->out, "%s", unread.list[i]);
	if (!unread.count)
		return ERR_OK;
	err_set(err, ERR_FINDINGS, "%zu plan%s cannot be shown", unread.count,
		plural((int64_t)unread.count));
	return err_fix(err, "otactl db check names the rows and what mends them");
}

/* A list of texts that grows. */
struct texts {
	const char **list;
	size_t count;
};

/* Everything of a plan; `items` by their kind, the lists as "label:region=eu" and "group:lab". */
struct plan_shown {
	struct listed_plan listed;
	struct texts items[ITEM_MAX];
	struct pair *texts; /* by language */
	size_t text_count;
	int64_t white_devices, black_devices; /* that are listed one by one */
	const char *parameters;
};

static const struct view upgrade_view = VIEW(SHOW(plan_component, identity, NULL, NULL, VIEW_VALUE),
	SHOW(plan_component, target, NULL, NULL, VIEW_VALUE));

static const struct view text_view =
	VIEW(SHOW(pair, key, NULL, NULL, VIEW_VALUE), SHOW(pair, value, NULL, NULL, VIEW_VALUE));

#define ITEMS(kind, as) SHOW_TEXTS(plan_shown, items[kind].list, items[kind].count, as)
#define SETTING(name)	SHOW(plan_shown, listed.plan.name, #name, NULL, VIEW_VALUE)

static const struct view plan_shown_view = VIEW(SHOW_MEMBERS(plan_shown, listed, &plan_view),
	SHOW_LIST(plan_shown, listed.plan.components, listed.plan.component_count, "upgrade",
		VIEW_MAP, &upgrade_view),
	SETTING(whitelist_set), ITEMS(ITEM_WHITELIST, "whitelist"),
	SHOW(plan_shown, white_devices, "whitelisted_devices", NULL, VIEW_VALUE),
	ITEMS(ITEM_BLACKLIST, "blacklist"),
	SHOW(plan_shown, black_devices, "blacklisted_devices", NULL, VIEW_VALUE),
	ITEMS(ITEM_PUSH, "push"), ITEMS(ITEM_BLACKOUT, "blackout"), ITEMS(ITEM_INSTALL, "install"),
	SHOW_LIST(plan_shown, texts, text_count, "text", VIEW_MAP, &text_view),
	ITEMS(ITEM_FROM, "from"), ITEMS(ITEM_ALLOW, "allow"), SETTING(continuous),
	SETTING(allow_downgrade), SETTING(require_all),
	SHOW_EITHER(plan_shown, listed.plan.unknown_hold, "allow", "hold", "unknown_version", NULL),
	SHOW_EITHER(plan_shown, listed.plan.unknown_hw_allow, "hold", "allow", "unknown_hw", NULL),
	SHOW(plan_shown, parameters, "parameters", NULL, VIEW_PAIRS));

static void
item_add(struct arena *arena, struct plan_shown *ret, const struct plan_item *item)
{
	struct texts *texts = &ret->items[item->kind];
	bool listed = item->kind == ITEM_WHITELIST || item->kind == ITEM_BLACKLIST;

	if (item->kind == ITEM_TEXT) {
		ret->texts = arena_room(arena, ret->texts, ret->text_count, sizeof *ret->texts);
		ret->texts[ret->text_count++] = (struct pair){ item->key, item->value };
		return;
	}
	texts->list = arena_room(arena, texts->list, texts->count, sizeof *texts->list);
	texts->list[texts->count++] =
		listed ? arena_printf(arena, "%s:%s", item->key, item->value) : item->value;
}

static enum err_code
plan_fill(struct cli *cli, struct plan_shown *ret, struct err *err)
{
	struct db *db = cli->session.db;
	struct arena *arena = &cli->session.arena;
	const struct plan *p = &ret->listed.plan;
	struct strategy strategy = p->strategy;
	struct product product;
	struct plan_item *items;
	size_t count;

	if (db_product_by_id(db, p->product, &product, err) ||
		db_plan_items_get(db, arena, p->id, &items, &count, err) ||
		db_plan_device_count(db, p->id, LIST_WHITE, &ret->white_devices, err) ||
		db_plan_device_count(db, p->id, LIST_BLACK, &ret->black_devices, err))
		return err->code;
	ret->listed.product = arena_copy(arena, product.name);
	for (size_t i = 0; i < count; i++)
		item_add(arena, ret, &items[i]);
	if (!*p->params && plan_strategy(&cli->session, p, &strategy, err))
		return err->code;
	ret->parameters = strategy_format(arena, &strategy);
	return ERR_OK;
}

enum err_code
run_plan_show(struct cli *cli, const struct args *args, struct err *err)
{
	struct plan_shown shown = { .texts = NULL };

	if (plan_load_by_name(&cli->session, args_get(args, "PLAN"), &shown.listed.plan, err) ||
		plan_fill(cli, &shown, err))
		return err->code;
	out_show(&cli->out, &plan_shown_view, &shown);
	return ERR_OK;
}

static void
notes_say(struct cli *cli, const struct activation *a)
{
	for (size_t i = 0; i < a->warning_count; i++)
		out_note(&cli->out, "note: %s", a->warnings[i]);
}

/* Ask on a terminal, and only there, after the facts; *asked: they were said. */
static bool
confirmed(struct cli *cli, const struct args *args, const char *name, bool *asked)
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
	*asked = true;
	notes_say(cli, &a);
	fprintf(stderr, "Activate plan %s for %" PRId64 " devices? [y/N] ", name, a.targets);
	return fgets(answer, sizeof answer, stdin) && (*answer == 'y' || *answer == 'Y');
}

struct plan_activated {
	const char *plan;
	struct activation activation;
};

/* Of the targets that wait for it: how many never get it, by the reason. */
static cJSON *
never_made(const void *thing)
{
	const struct plan_activated *done = thing;
	cJSON *ret = cJSON_CreateObject();

	for (int v = 0; v < VERDICT_MAX; v++)
		if (done->activation.never[v])
			put_int(ret, verdict_words[v], done->activation.never[v]);
	return ret;
}

static const struct view activated_view = VIEW(SHOW(plan_activated, plan, "plan", NULL, VIEW_VALUE),
	SHOW(plan_activated, activation.targets, "targets", NULL, VIEW_VALUE),
	SHOW(plan_activated, activation.already, "already", NULL, VIEW_VALUE),
	SHOW_MADE(never_made, "never", NULL),
	SHOW_TEXTS(plan_activated, activation.sample, activation.sample_count, "sample"),
	SHOW(plan_activated, activation.first_offer_at, "first_offer_at", NULL, VIEW_TIME),
	SHOW_TEXTS(plan_activated, activation.warnings, activation.warning_count, "warnings"));

enum err_code
run_plan_activate(struct cli *cli, const struct args *args, struct err *err)
{
	const char *name = args_get(args, "PLAN");
	struct plan_activated done = { .plan = name };
	const struct activation *a = &done.activation;
	bool asked = false;
	char at[MOMENT_TEXT];

	if (!confirmed(cli, args, name, &asked))
		return err_set(err, ERR_CONFLICT, "plan '%s' was not activated", name);
	if (plan_activate(
		    &cli->session, name, args_int(args, "--expect", -1), &done.activation, err))
		return err->code;
	if (!asked && !cli->out.json)
		notes_say(cli, a);
	out_done(&cli->out, view_json(&activated_view, &done),
		"activated plan %s: %" PRId64 " targets (%s%s%s), first offer from %s", name,
		a->targets, a->sample_count ? a->sample[0] : "nobody",
		a->sample_count > 1 ? ", " : "", a->sample_count > 1 ? a->sample[1] : "",
		moment_format(a->first_offer_at, at));
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

struct plan_resumed {
	const char *plan;
	struct resumption resumption;
};

static const struct view resumed_view = VIEW(SHOW(plan_resumed, plan, "plan", NULL, VIEW_VALUE),
	SHOW(plan_resumed, resumption.probe, "probe", NULL, VIEW_VALUE),
	SHOW(plan_resumed, resumption.left_out, "left_out", NULL, VIEW_MAYBE));

enum err_code
run_plan_resume(struct cli *cli, const struct args *args, struct err *err)
{
	const char *name = args_get(args, "PLAN");
	struct plan_resumed done = { .plan = name };

	if (plan_resume(
		    &cli->session, name, args_flag(args, "--with-cohort"), &done.resumption, err))
		return err->code;
	out_done(&cli->out, view_json(&resumed_view, &done), "resumed plan %s%s%s%s", name,
		done.resumption.probe ? "; a probe of a few devices comes first" : "",
		done.resumption.left_out ? "; left out: " : "",
		done.resumption.left_out ? done.resumption.left_out : "");
	return ERR_OK;
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

struct plan_throttled {
	const char *plan;
	struct throttling result;
};

static const struct view throttled_view = VIEW(SHOW(plan_throttled, plan, "plan", NULL, VIEW_VALUE),
	SHOW(plan_throttled, result.rate, "rate", NULL, VIEW_VALUE),
	SHOW(plan_throttled, result.in_progress, "max_in_progress", NULL, VIEW_VALUE),
	SHOW(plan_throttled, result.unproven, "max_unproven", NULL, VIEW_VALUE),
	SHOW(plan_throttled, result.unchanged, "unchanged", NULL, VIEW_VALUE));

enum err_code
run_plan_throttle(struct cli *cli, const struct args *args, struct err *err)
{
	struct throttle_texts texts = { .rate = args_get(args, "--rate"),
		.in_progress = args_get(args, "--max-in-progress"),
		.unproven = args_get(args, "--max-unproven") };
	struct plan_throttled done = { .plan = args_get(args, "PLAN") };
	const struct throttling *r = &done.result;

	if (plan_throttle(&cli->session, done.plan, &texts, &done.result, err))
		return err->code;
	out_done(&cli->out, view_json(&throttled_view, &done),
		"%s plan %s%s: rate %s, in progress %s, unproven %s",
		r->unchanged ? "left" : "throttled", done.plan, r->unchanged ? " unchanged" : "",
		r->rate, r->in_progress, r->unproven);
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

struct plan_expanded {
	const char *plan;
	int64_t targets;
	bool restarted;
};

static const struct view expanded_view = VIEW(SHOW(plan_expanded, plan, "plan", NULL, VIEW_VALUE),
	SHOW(plan_expanded, targets, "targets", NULL, VIEW_VALUE),
	SHOW(plan_expanded, restarted, "restarted", NULL, VIEW_VALUE));

enum err_code
run_plan_expand(struct cli *cli, const struct args *args, struct err *err)
{
	struct values whitelist = values_from(args, "--whitelist");
	const char *name = args_get(args, "PLAN");
	struct plan_expanded done = { .plan = name };

	if (plan_expand(&cli->session, name, &whitelist, args_flag(args, "--allow-unknown"),
		    &done.targets, &done.restarted, err))
		return err->code;
	out_done(&cli->out, view_json(&expanded_view, &done),
		"expanded plan %s to %" PRId64 " targets%s", name, done.targets,
		done.restarted ? "; it begins at the first stage again" : "");
	return ERR_OK;
}

struct plan_blacklisted {
	const char *plan;
	struct blacklisting result;
};

static const struct view blacklisted_view =
	VIEW(SHOW(plan_blacklisted, plan, "plan", NULL, VIEW_VALUE),
		SHOW(plan_blacklisted, result.devices, "devices", NULL, VIEW_VALUE),
		SHOW_TEXTS(plan_blacklisted, result.sample, result.sample_count, "sample"),
		SHOW(plan_blacklisted, result.canceled, "canceled", NULL, VIEW_VALUE),
		SHOW(plan_blacklisted, result.going_on, "going_on", NULL, VIEW_VALUE),
		SHOW(plan_blacklisted, result.targets, "targets", NULL, VIEW_VALUE),
		SHOW(plan_blacklisted, result.unchanged, "unchanged", NULL, VIEW_VALUE));

/* "2 devices (SN1, SN2), 1 execution canceled, 1 device goes on" */
static const char *
blast_radius(struct arena *arena, const struct blacklisting *r)
{
	struct buf buf = { .arena = arena };

	buf_printf(&buf, "%" PRId64 " device%s", r->devices, plural(r->devices));
	for (size_t i = 0; i < r->sample_count; i++)
		buf_printf(&buf, "%s%s", i ? ", " : " (", r->sample[i]);
	if (r->sample_count)
		buf_text(&buf, r->devices > (int64_t)r->sample_count ? " ...)" : ")");
	if (r->canceled)
		buf_printf(&buf, ", %" PRId64 " execution%s canceled", r->canceled,
			plural(r->canceled));
	if (r->going_on)
		buf_printf(&buf, ", %" PRId64 " under way beyond that", r->going_on);
	if (!r->draft)
		buf_printf(&buf, ", %" PRId64 " targets left", r->targets);
	return buf.text;
}

enum err_code
run_plan_blacklist(struct cli *cli, const struct args *args, struct err *err)
{
	struct values who = values_from(args, "WHO");
	const char *name = args_get(args, "PLAN");
	struct plan_blacklisted done = { .plan = name };
	const struct blacklisting *r = &done.result;

	if (plan_blacklist(&cli->session, name, &who, args_flag(args, "--allow-unknown"),
		    &done.result, err))
		return err->code;
	if (r->unchanged)
		out_done(&cli->out, view_json(&blacklisted_view, &done),
			"left the blacklist of plan %s unchanged", name);
	else
		out_done(&cli->out, view_json(&blacklisted_view, &done),
			"blacklisted in plan %s: %s", name, blast_radius(&cli->session.arena, r));
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
