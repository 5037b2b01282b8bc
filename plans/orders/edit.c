/* Create, edit and delete plans: everything before their activation. */
#include "plans/orders/edit.h"

#include "core/selector.h"
#include "core/str.h"
#include "db/device.h"
#include "db/product.h"
#include "plans/base/change.h"
#include "plans/base/file.h"
#include "plans/base/zone.h"
#include "plans/orders/ids.h"
#include "plans/orders/values.h"
#include "plans/rollout/load.h"
#include "plans/rollout/note.h"

struct edit {
	struct session *session;
	struct plan *plan;
	struct product product;
	const struct plan_change *change;
	struct plan_item *items; /* of the list being read */
	size_t item_count;
};

static void
item_add(struct edit *edit, enum plan_item_kind kind, const char *key, const char *value)
{
	edit->items = arena_room(
		&edit->session->arena, edit->items, edit->item_count, sizeof *edit->items);
	edit->items[edit->item_count++] = (struct plan_item){ kind, key, value };
}

static enum err_code
usage(struct err *err, const char *option, const char *value, const char *form)
{
	err_set(err, ERR_USAGE, "cannot read %s '%s'", option, QUOTE(value));
	return err_fix(err, "write %s", form);
}

static enum err_code
components_set(struct edit *edit, struct err *err)
{
	const struct values *upgrade = &edit->change->upgrade;
	struct plan_component list[LIMIT_PLAN_COMPONENTS];
	struct db *db = edit->session->db;

	if (!upgrade->list)
		return ERR_OK;
	if (upgrade->count > LIMIT_PLAN_COMPONENTS)
		return err_set(err, ERR_USAGE, "a plan upgrades at most %d components",
			LIMIT_PLAN_COMPONENTS);
	for (size_t i = 0; i < upgrade->count; i++) {
		const char *target,
			*identity = pairs_cut(&edit->session->arena, upgrade->list[i], &target);
		struct component component;
		struct version version;
		bool found;

		if (!identity)
			return usage(err, "--upgrade", upgrade->list[i], "COMPONENT=VERSION");
		if (db_component_get(db, &edit->product, identity, &component, err) ||
			db_version_find(db, component.id, target, &version, &found, err))
			return err->code;
		if (!found) {
			err_set(err, ERR_NOT_FOUND, "%s/%s has no version '%s'", edit->product.name,
				identity, QUOTE(target));
			return err_fix(err, "otactl package add %s/%s %s FILE", edit->product.name,
				identity, QUOTE(target));
		}
		list[i] =
			(struct plan_component){ .component = component.id, .version = version.id };
		for (size_t j = 0; j < i; j++)
			if (list[j].component == component.id)
				return err_set(
					err, ERR_USAGE, "component '%s' is given twice", identity);
	}
	return db_plan_components_set(db, edit->plan->id, list, upgrade->count, err);
}

static enum err_code
list_device(struct edit *edit, enum plan_list list, const char *name, struct err *err)
{
	struct session *session = edit->session;
	int64_t id, product;

	if (db_device_key(session->db, name, &id, &product, err))
		return err->code;
	if (id && product != edit->product.id) {
		err_set(err, ERR_CONFLICT, "device '%s' is of another product", name);
		return err_why(err, "the plan is for '%s'", edit->product.name);
	}
	if (id)
		return db_plan_device_add(session->db, edit->plan->id, list, id, err);
	if (!edit->change->allow_unknown) {
		err_set(err, ERR_NOT_FOUND, "there is no device '%s'", QUOTE(name));
		return err_fix(err, "correct the list, or allow devices that are not enrolled yet "
				    "with --allow-unknown");
	}
	item_add(edit, list == LIST_WHITE ? ITEM_WHITELIST : ITEM_BLACKLIST, "id", name);
	return ERR_OK;
}

static enum err_code
list_group(struct edit *edit, enum plan_item_kind kind, const char *name, struct err *err)
{
	const char **members;
	int64_t id;
	size_t count;

	if (db_group_get(edit->session->db, name, false, &id, err) ||
		db_member_devices(
			edit->session->db, &edit->session->arena, id, &members, &count, err))
		return err->code;
	if (!count) {
		err_set(err, ERR_INPUT, "the group '%s' has no devices", name);
		return err_why(err, "an empty list is refused: it would protect or select nobody");
	}
	item_add(edit, kind, "group", name);
	return ERR_OK;
}

static enum err_code
list_plan(struct edit *edit, enum plan_item_kind kind, const char *value, struct err *err)
{
	const char *colon = strchr(value, ':');
	struct plan other;

	if (!colon || WORD_INDEX(execution_state_words, colon + 1) < 0)
		return usage(err, "the list entry", value,
			"plan:NAME:STATE, such as plan:pilot:succeeded");
	if (db_plan_get(edit->session->db, &edit->session->arena,
		    arena_copy_n(&edit->session->arena, value, (size_t)(colon - value)), &other,
		    err))
		return err->code;
	item_add(edit, kind, "plan", value);
	return ERR_OK;
}

static enum err_code
list_value(struct edit *edit, enum plan_list list, const char *value, struct err *err)
{
	enum plan_item_kind kind = list == LIST_WHITE ? ITEM_WHITELIST : ITEM_BLACKLIST;
	const struct selector *selector;
	const char **ids;
	size_t count;

	if (!strcmp(value, "none"))
		return ERR_OK;
	if (str_starts(value, "group:"))
		return list_group(edit, kind, value + strlen("group:"), err);
	if (str_starts(value, "plan:"))
		return list_plan(edit, kind, value + strlen("plan:"), err);
	if (str_starts(value, "label:")) {
		if (strlen(value) > LIMIT_SELECTOR) {
			err_set(err, ERR_USAGE, "cannot take the selector '%s'", QUOTE(value));
			err_why(err, "a selector has at most %d characters", LIMIT_SELECTOR);
			return err_fix(err, "otactl group add GROUP @FILE, and name the group");
		}
		if (selector_parse(&edit->session->arena, value + strlen("label:"), &selector, err))
			return err->code;
		item_add(edit, kind, "label", value + strlen("label:"));
		return ERR_OK;
	}
	if (ids_expand(edit->session, &value, 1, &ids, &count, err))
		return err->code;
	for (size_t i = 0; i < count; i++)
		if (list_device(edit, list, ids[i], err))
			return err->code;
	return ERR_OK;
}

static enum err_code
lists_set(struct edit *edit, enum plan_list list, const struct values *values, struct err *err)
{
	enum plan_item_kind kind = list == LIST_WHITE ? ITEM_WHITELIST : ITEM_BLACKLIST;
	struct session *session = edit->session;

	if (!values->list)
		return ERR_OK;
	if (list == LIST_WHITE)
		edit->plan->whitelist_set = true;
	edit->item_count = 0;
	if (db_plan_device_clear(session->db, edit->plan->id, list, err))
		return err->code;
	for (size_t i = 0; i < values->count; i++)
		if (list_value(edit, list, values->list[i], err))
			return err->code;
	return db_plan_items_set(
		session->db, edit->plan->id, kind, edit->items, edit->item_count, err);
}

/* A person reads it: lines and tabs may stand in it, nothing else that moves the cursor. */
static bool
lines_printable(const char *text)
{
	for (size_t length; *text; text += length + (text[length] != '\0')) {
		length = strcspn(text, "\r\n\t");
		if (!str_printable(text, length))
			return false;
	}
	return true;
}

static enum err_code
text_value(struct edit *edit, const char *value, struct err *err)
{
	const char *text, *language = pairs_cut(&edit->session->arena, value, &text);
	size_t length;
	char *read;

	if (!language || !*language || strlen(language) > 35 ||
		strspn(language,
			"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-") !=
			strlen(language))
		return usage(err, "--text", value,
			"LANGUAGE=TEXT or LANGUAGE=@file, such as en=@notes.txt");
	if (*text == '@') {
		if (text_read(&edit->session->arena, text + 1, LIMIT_TEXT, &read, &length, err))
			return err->code;
		while (length && (read[length - 1] == '\n' || read[length - 1] == '\r'))
			read[--length] = '\0';
		text = read;
	}
	if (!*text || strlen(text) > LIMIT_TEXT || !lines_printable(text)) {
		err_set(err, ERR_USAGE, "the text in '%s' is not acceptable", language);
		err_why(err, "it must be 1 to %d bytes of printable UTF-8 in lines", LIMIT_TEXT);
		return err_fix(err, "--text %s=TEXT, or --text %s=@FILE", language, language);
	}
	item_add(edit, ITEM_TEXT, language, text);
	return ERR_OK;
}

static enum err_code
item_value(struct edit *edit, enum plan_item_kind kind, const char *value, struct err *err)
{
	struct window window;
	struct blackout blackout;

	switch ((int)kind) {
	case ITEM_PUSH:
	case ITEM_INSTALL:
		if (window_parse(value, &window, err))
			return err->code;
		break;
	case ITEM_BLACKOUT:
		if (blackout_parse(value, &blackout, err))
			return err->code;
		break;
	case ITEM_FROM:
		if (word_check(WORD_REPORTED, "version", value, ERR_USAGE, err))
			return err->code;
		break;
	case ITEM_ALLOW:
		if (WORD_INDEX(kind_words, value) < 0)
			return usage(err, "--allow", value, "full, delta or minimal");
		break;
	case ITEM_TEXT:
		return text_value(edit, value, err);
	}
	item_add(edit, kind, "", value);
	return ERR_OK;
}

static enum err_code
items_set(struct edit *edit, enum plan_item_kind kind, const struct values *values, size_t limit,
	struct err *err)
{
	if (!values->list)
		return ERR_OK;
	if (values->count > limit)
		return err_set(err, ERR_USAGE, "at most %zu --%s may be given", limit,
			plan_item_words[kind]);
	edit->item_count = 0;
	for (size_t i = 0; i < values->count; i++)
		if (item_value(edit, kind, values->list[i], err))
			return err->code;
	return db_plan_items_set(
		edit->session->db, edit->plan->id, kind, edit->items, edit->item_count, err);
}

static enum err_code
settings_set(struct edit *edit, struct err *err)
{
	struct session *session = edit->session;
	const struct values *set = &edit->change->set;
	struct pairs settings = pairs_parse(&session->arena, edit->plan->settings);
	struct strategy strategy;

	if (edit->change->strategy) {
		if (strategy_named(session, edit->change->strategy, &strategy, err))
			return err->code;
		str_copy(edit->plan->strategy_name, sizeof edit->plan->strategy_name,
			edit->change->strategy);
	}
	for (size_t i = 0; set->list && i < set->count; i++) {
		const char *value, *key = pairs_cut(&session->arena, set->list[i], &value);

		if (!key)
			return usage(err, "--set", set->list[i], "KEY=VALUE");
		pairs_set(&session->arena, &settings, key, value);
	}
	edit->plan->settings = pairs_format(&session->arena, &settings);
	return plan_strategy(session, edit->plan, &strategy, err);
}

/* Options with two words, of which the second sets a flag. */
static enum err_code
choices_set(struct edit *edit, struct err *err)
{
	const struct plan_change *change = edit->change;
	struct plan *plan = edit->plan;
	bool manual = plan->mode == MODE_MANUAL;
	const struct {
		const char *option, *given, *no, *yes;
		bool *flag;
	} choices[] = {
		{ "--timezone-of", change->timezone_of, "plan", "device", &plan->device_zone },
		{ "--mode", change->mode, "silent", "manual", &manual },
		{ "--unknown-version", change->unknown_version, "allow", "hold",
			&plan->unknown_hold },
		{ "--unknown-hw", change->unknown_hw, "hold", "allow", &plan->unknown_hw_allow },
	};

	for (size_t i = 0; i < COUNT(choices); i++) {
		const char *given = choices[i].given;

		if (!given)
			continue;
		if (strcmp(given, choices[i].no) != 0 && strcmp(given, choices[i].yes) != 0)
			return usage(err, choices[i].option, given,
				arena_printf(&edit->session->arena, "%s or %s", choices[i].no,
					choices[i].yes));
		*choices[i].flag = !strcmp(given, choices[i].yes);
	}
	plan->mode = manual ? MODE_MANUAL : MODE_SILENT;
	return ERR_OK;
}

/* The zone comes first: start and end are read in it. */
static enum err_code
times_set(struct edit *edit, struct err *err)
{
	const struct plan_change *change = edit->change;
	struct plan *plan = edit->plan;
	struct arena *arena = &edit->session->arena;

	if (change->timezone) {
		if (zone_check(arena, change->timezone, err))
			return err->code;
		str_copy(plan->timezone, sizeof plan->timezone, change->timezone);
	}
	if ((change->start &&
		    zone_time(arena, change->start, plan->timezone, &plan->start_at, err)) ||
		(change->end && zone_time(arena, change->end, plan->timezone, &plan->end_at, err)))
		return err->code;
	if (plan->start_at && plan->end_at && plan->start_at >= plan->end_at)
		return err_set(err, ERR_USAGE, "the plan would end before it starts");
	return ERR_OK;
}

static void
flag_set(bool *flag, int given)
{
	if (given >= 0)
		*flag = given;
}

static enum err_code
scalars_set(struct edit *edit, struct err *err)
{
	const struct plan_change *change = edit->change;
	struct plan *plan = edit->plan;

	if (times_set(edit, err) || choices_set(edit, err))
		return err->code;
	if (change->priority != INT64_MIN)
		plan->priority = change->priority;
	flag_set(&plan->continuous, change->continuous);
	flag_set(&plan->allow_downgrade, change->allow_downgrade);
	flag_set(&plan->require_all, change->require_all);
	return ERR_OK;
}

static enum err_code
apply(struct session *session, struct plan *plan, const struct plan_change *change, struct err *err)
{
	struct edit edit = { .session = session, .plan = plan, .change = change };
	const struct plan before = *plan;

	if (db_product_by_id(session->db, plan->product, &edit.product, err) ||
		scalars_set(&edit, err) || settings_set(&edit, err) || components_set(&edit, err) ||
		lists_set(&edit, LIST_WHITE, &change->whitelist, err) ||
		lists_set(&edit, LIST_BLACK, &change->blacklist, err) ||
		items_set(&edit, ITEM_PUSH, &change->push, LIMIT_WINDOWS, err) ||
		items_set(&edit, ITEM_BLACKOUT, &change->blackout, LIMIT_BLACKOUTS, err) ||
		items_set(&edit, ITEM_INSTALL, &change->install, LIMIT_WINDOWS, err) ||
		items_set(&edit, ITEM_TEXT, &change->text, LIMIT_TEXTS, err) ||
		items_set(&edit, ITEM_FROM, &change->from, LIMIT_FROM, err) ||
		items_set(&edit, ITEM_ALLOW, &change->allow, KIND_MAX, err))
		return err->code;
	return plan_store(session, &before, plan, err);
}

/* Begin with what a list of the plan has already. */
static enum err_code
list_begin(struct edit *edit, enum plan_item_kind kind, struct err *err)
{
	struct session *session = edit->session;
	struct plan_item *items;
	size_t count;

	if (db_product_by_id(session->db, edit->plan->product, &edit->product, err) ||
		db_plan_items_get(
			session->db, &session->arena, edit->plan->id, &items, &count, err))
		return err->code;
	for (size_t i = 0; i < count; i++)
		if (items[i].kind == kind)
			item_add(edit, kind, items[i].key, items[i].value);
	return ERR_OK;
}

enum err_code
plan_whitelist_add(struct session *session, struct plan *plan, const struct values *values,
	bool allow_unknown, struct err *err)
{
	struct plan_change change = { .allow_unknown = allow_unknown };
	struct edit edit = { .session = session, .plan = plan, .change = &change };

	if (list_begin(&edit, ITEM_WHITELIST, err))
		return err->code;
	for (size_t i = 0; i < values->count; i++)
		if (list_value(&edit, LIST_WHITE, values->list[i], err))
			return err->code;
	return db_plan_items_set(
		session->db, plan->id, ITEM_WHITELIST, edit.items, edit.item_count, err);
}

/* Copy whom a new entry means now, where the plan was activated; drop it where it is there. */
static enum err_code
black_entry(struct edit *edit, size_t at, struct err *err)
{
	const struct plan_item *item = &edit->items[at];
	struct db *db = edit->session->db;
	const char *colon = strchr(item->value, ':');
	int64_t plan = edit->plan->id, group;
	struct plan other;

	if (edit->plan->activated_at && !strcmp(item->key, "group") &&
		(db_group_get(db, item->value, false, &group, err) ||
			db_plan_device_copy_group(db, plan, LIST_BLACK, group, err)))
		return err->code;
	if (edit->plan->activated_at && !strcmp(item->key, "plan") && colon &&
		(db_plan_get(db, &edit->session->arena,
			 arena_copy_n(
				 &edit->session->arena, item->value, (size_t)(colon - item->value)),
			 &other, err) ||
			db_plan_device_copy_plan(db, plan, LIST_BLACK, other.id,
				(enum execution_state)WORD_INDEX(execution_state_words, colon + 1),
				err)))
		return err->code;
	for (size_t i = 0; i < at; i++)
		if (!strcmp(edit->items[i].key, item->key) &&
			!strcmp(edit->items[i].value, item->value)) {
			edit->item_count--;
			return ERR_OK;
		}
	return ERR_OK;
}

enum err_code
plan_blacklist_add(struct session *session, struct plan *plan, const struct values *values,
	bool allow_unknown, bool *entries, struct err *err)
{
	struct plan_change change = { .allow_unknown = allow_unknown };
	struct edit edit = { .session = session, .plan = plan, .change = &change };
	size_t known;

	if (list_begin(&edit, ITEM_BLACKLIST, err))
		return err->code;
	known = edit.item_count;
	for (size_t i = 0; i < values->count; i++) {
		struct edit one = edit;

		one.items = NULL;
		one.item_count = 0;
		if (list_value(&one, LIST_BLACK, values->list[i], err))
			return err->code;
		for (size_t n = 0; n < one.item_count; n++) {
			item_add(&edit, ITEM_BLACKLIST, one.items[n].key, one.items[n].value);
			if (black_entry(&edit, edit.item_count - 1, err))
				return err->code;
		}
	}
	*entries = edit.item_count > known;
	return db_plan_items_set(
		session->db, plan->id, ITEM_BLACKLIST, edit.items, edit.item_count, err);
}

/* Everything an operator said of the old one, under a new name and salt. */
static enum err_code
clone(struct session *session, const char *from, const char *name, struct err *err)
{
	struct plan plan;
	struct plan_component *components;
	struct plan_item *items;
	size_t count, item_count;
	int64_t old;

	if (db_plan_get(session->db, &session->arena, from, &plan, err))
		return err->code;
	old = plan.id;
	if (db_plan_components_get(session->db, &session->arena, old, &components, &count, err) ||
		db_plan_items_get(session->db, &session->arena, old, &items, &item_count, err))
		return err->code;
	str_copy(plan.name, sizeof plan.name, name);
	token_random(plan.salt, sizeof plan.salt);
	plan.created_at = session->now;
	plan.state = PLAN_DRAFT;
	plan.cause = CAUSE_NONE;
	plan.reason[0] = '\0';
	plan.params = "";
	plan.activated_at = plan.resumed_at = plan.suspended_at = plan.ended_at = 0;
	plan.activation = plan.probe_at = plan.probe_done_at = 0;
	plan.max_device = plan.targets = plan.stage = 0;
	/* An end that has passed would only be in the way. */
	if (plan.end_at && plan.end_at <= session->now)
		plan.end_at = 0;
	if (db_plan_insert(session->db, &plan, err) || db_plan_update(session->db, &plan, err) ||
		db_plan_components_set(session->db, plan.id, components, count, err) ||
		db_plan_device_copy(session->db, plan.id, old, err))
		return err->code;
	for (enum plan_item_kind kind = ITEM_WHITELIST; kind < ITEM_MAX; kind++)
		if (db_plan_items_set(session->db, plan.id, kind, items, item_count, err))
			return err->code;
	return ERR_OK;
}

enum err_code
plan_clone(struct session *session, const char *from, const char *name, struct err *err)
{
	if (word_check(WORD_NAME, "plan name", name, ERR_USAGE, err) || change_begin(session, err))
		return err->code;
	return change_finish(session, clone(session, from, name, err), name,
		arena_printf(&session->arena, "clone of %s", QUOTE(from)), err);
}

static enum err_code
create(struct session *session, const char *name, const struct plan_change *change, struct err *err)
{
	struct plan plan = { .created_at = session->now, .settings = "", .params = "" };
	struct product product;

	if (db_product_get(session->db, change->product, &product, err) ||
		zone_check(&session->arena, change->timezone, err))
		return err->code;
	plan.product = product.id;
	str_copy(plan.name, sizeof plan.name, name);
	str_copy(plan.timezone, sizeof plan.timezone, change->timezone);
	str_copy(plan.strategy_name, sizeof plan.strategy_name, "cautious");
	token_random(plan.salt, sizeof plan.salt);
	if (change->salt && !str_unhex(change->salt, plan.salt, sizeof plan.salt)) {
		usage(err, "--salt", change->salt, "--salt HEX, or leave it to the dice");
		return err_why(err, "a salt is 32 hex digits in lower case");
	}
	if (db_plan_insert(session->db, &plan, err))
		return err->code;
	return apply(session, &plan, change, err);
}

enum err_code
plan_create(struct session *session, const char *name, const struct plan_change *change,
	struct err *err)
{
	if (word_check(WORD_NAME, "plan name", name, ERR_USAGE, err) || change_begin(session, err))
		return err->code;
	return change_finish(session, create(session, name, change, err), name,
		arena_printf(&session->arena, "product %s", QUOTE(change->product)), err);
}

static enum err_code
draft_get(struct session *session, const char *name, const char *verb, struct plan *ret,
	struct err *err)
{
	if (db_plan_get(session->db, &session->arena, name, ret, err))
		return err->code;
	if (ret->state == PLAN_DRAFT)
		return ERR_OK;
	err_set(err, ERR_CONFLICT, "cannot %s plan '%s'", verb, ret->name);
	err_why(err, "it is %s; only a draft may be changed", plan_state_words[ret->state]);
	return err_fix(err, strcmp(verb, "delete") != 0 ? "otactl plan create makes another one"
							: "otactl plan terminate ends it for good");
}

enum err_code
plan_edit(struct session *session, const char *name, const struct plan_change *change,
	struct err *err)
{
	struct plan plan;

	if (change_begin(session, err))
		return err->code;
	if (!draft_get(session, name, "edit", &plan, err))
		(void)!apply(session, &plan, change, err);
	return change_finish(session, err->code, name, "", err);
}

enum err_code
plan_delete(struct session *session, const char *name, struct err *err)
{
	struct plan plan;

	if (change_begin(session, err))
		return err->code;
	if (!draft_get(session, name, "delete", &plan, err) &&
		!db_plan_device_clear(session->db, plan.id, LIST_WHITE, err) &&
		!db_plan_device_clear(session->db, plan.id, LIST_BLACK, err))
		(void)!db_plan_remove(session->db, plan.id, err);
	return change_finish(session, err->code, name, "", err);
}
