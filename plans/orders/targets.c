#include "plans/orders/targets.h"

#include "core/selector.h"
#include "core/str.h"
#include "core/target.h"
#include "core/terms.h"
#include "db/device.h"
#include "db/execution.h"
#include "plans/orders/kinds.h"
#include "plans/rollout/stages.h"
#include "signing/token.h"

/*
 * A count stage draws from the buckets of the next percentage where those hold at least ten times
 * as many devices, else from all that get it in the end.
 */
static int64_t
draw_of(const struct activating *a, size_t index)
{
	const struct stage *stages = a->stages.list;
	int64_t there = 0, wanted = stages[index].value, last = 0;
	size_t next = a->stages.count;

	for (size_t i = 0; i < a->stages.count; i++) {
		if (i < index && stages[i].kind == STAGE_COUNT)
			wanted = stages[index].value - stages[i].value;
		if (stages[i].kind != STAGE_SHARE)
			continue;
		last = stages[i].value;
		next = i > index && i < next ? i : next;
	}
	if (next == a->stages.count)
		return STAGE_BUCKETS;
	for (int64_t b = 0; b < stages[next].value; b++)
		there += a->in_buckets[b];
	return there < 10 * wanted ? last : stages[next].value;
}

void
targets_sizes(const struct activating *a, struct stage *ret)
{
	memcpy(ret, a->plan.stages, a->plan.stage_count * sizeof *ret);
	for (size_t i = 0; i < a->plan.stage_count; i++) {
		ret[i].size = a->added[i];
		ret[i].lent = 0;
	}
	target_sizes(ret, a->plan.stage_count);
}

enum err_code
targets_stages(struct activating *a, struct err *err)
{
	char name[STAGE_NAME];

	targets_sizes(a, a->stages.list);
	for (size_t i = 0; i < a->stages.count; i++) {
		struct stage *stage = &a->stages.list[i];

		if (stage->kind == STAGE_COUNT)
			stage->draw = draw_of(a, i);
		if (!stage->size)
			targets_warn(
				a, arena_printf(&a->session->arena, "stage %zu (%s) adds no device",
					   i + 1, stage_name(stage, name)));
		if (db_stage_insert(a->session->db, a->plan.id, (int)i, stage, err) ||
			db_tally_set_already(
				a->session->db, a->plan.id, (int)i, a->already[i], err))
			return err->code;
	}
	return stages_open(a->session, &a->plan, 0, err);
}

void
targets_warn(struct activating *a, const char *text)
{
	if (a->out->warning_count < ACTIVATION_WARNINGS)
		a->out->warnings[a->out->warning_count++] = text;
}

/*
 * Copy groups and other plans' devices into the lists: later changes do not matter any more.  The
 * first `known` entries of the whitelist were copied before.
 */
enum err_code
targets_lists(struct activating *a, size_t known, struct err *err)
{
	struct session *session = a->session;
	struct plan_item *items;
	size_t count;

	if (db_plan_items_get(session->db, &session->arena, a->plan.id, &items, &count, err))
		return err->code;
	for (size_t i = 0; i < count; i++) {
		enum plan_list list = items[i].kind == ITEM_WHITELIST ? LIST_WHITE : LIST_BLACK;
		const char *colon = strchr(items[i].value, ':');
		struct plan other;
		int64_t group;

		if ((items[i].kind != ITEM_WHITELIST && items[i].kind != ITEM_BLACKLIST) ||
			(list == LIST_WHITE && known && known--))
			continue;
		if (!strcmp(items[i].key, "group") &&
			(db_group_get(session->db, items[i].value, false, &group, err) ||
				db_plan_device_copy_group(
					session->db, a->plan.id, list, group, err)))
			return err->code;
		if (!strcmp(items[i].key, "plan") && colon &&
			(db_plan_get(session->db, &session->arena,
				 arena_copy_n(&session->arena, items[i].value,
					 (size_t)(colon - items[i].value)),
				 &other, err) ||
				db_plan_device_copy_plan(session->db, a->plan.id, list, other.id,
					(enum execution_state)WORD_INDEX(
						execution_state_words, colon + 1),
					err)))
			return err->code;
	}
	return ERR_OK;
}

/* The counter of a version where that is above the target's; 0: it is not, or is unknown. */
static int64_t
newer_counter(const struct activating *a, const struct plan_component *c, const char *name)
{
	for (size_t i = 0; i < a->newer_count; i++)
		if (a->newer[i].component == c->component && !strcmp(a->newer[i].name, name))
			return a->newer[i].counter;
	return 0;
}

/* The versions above the targets: mostly there is none, and no device is looked up. */
static enum err_code
newer_read(struct activating *a, struct err *err)
{
	struct arena *arena = &a->session->arena;

	a->newer = NULL;
	a->newer_count = 0;
	for (size_t i = 0; i < a->plan.component_count; i++) {
		const struct plan_component *c = &a->plan.components[i];
		struct version *list;
		size_t count;

		if (db_version_all(a->session->db, arena, c->component, &list, &count, err))
			return err->code;
		for (size_t v = 0; v < count; v++) {
			if (list[v].counter <= c->counter)
				continue;
			a->newer = arena_room(arena, a->newer, a->newer_count, sizeof *a->newer);
			a->newer[a->newer_count++] = list[v];
		}
	}
	return ERR_OK;
}

enum err_code
targets_facts(struct session *session, struct arena *scratch, const struct target_row *row,
	const struct targets_asked *asked, struct device *device, struct facts *f, struct err *err)
{
	static const struct pairs none;
	int64_t *groups = NULL;

	*device = (struct device){ .id = row->id, .product = f->plan->product };
	str_copy(device->name, sizeof device->name, row->name);
	f->device = device;
	f->labels = f->attributes = &none;
	if (asked->labels) {
		struct pairs *pairs = arena_alloc(scratch, 2 * sizeof *pairs);

		pairs[0] = pairs_parse(scratch, row->labels);
		pairs[1] = pairs_parse(scratch, row->attributes);
		f->labels = &pairs[0];
		f->attributes = &pairs[1];
	}
	f->whitelisted_id = row->marks & LIST_WHITE;
	f->blacklisted_id = row->marks & LIST_BLACK;
	f->group_count = 0;
	if (asked->groups &&
		db_member_group_ids(session->db, scratch, row->id, &groups, &f->group_count, err))
		return err->code;
	f->groups = groups;
	return ERR_OK;
}

void
targets_asks(const struct plan *plan, struct targets_asked *ret)
{
	*ret = (struct targets_asked){ .labels = false };
	for (size_t i = 0; i < plan->rule_count; i++) {
		ret->labels |= plan->rules[i].selector != NULL;
		ret->groups |= plan->rules[i].group != 0;
	}
	for (size_t i = 0; i < plan->stage_count; i++)
		ret->groups |= plan->stages[i].kind == STAGE_GROUP;
}

/* Where the device stands among the stages, and what it runs of what the plan upgrades. */
static void
standing_facts(const struct activating *a, const struct target_row *row, struct arena *scratch,
	struct facts *f)
{
	f->place = (struct stage_place){ .bucket = token_bucket(a->plan.salt, row->name) };
	for (size_t s = 0; s < a->plan.stage_count; s++)
		for (size_t g = 0; a->plan.stages[s].kind == STAGE_GROUP && g < f->group_count; g++)
			if (f->groups[g] == a->plan.stages[s].group_id)
				f->place.groups |= 1u << s;
	f->begun_at = row->begun_at;
	f->begun_stage = row->begun_stage;
	for (size_t i = 0; i < a->plan.component_count; i++) {
		const struct plan_component *target = &a->plan.components[i];
		const char *reported = pairs_find(scratch, row->components, target->identity);

		f->components[i].target = target;
		f->components[i].reported = reported;
		f->components[i].counter = reported ? newer_counter(a, target, reported) : 0;
	}
}

/* Whom each selector names: one that names nobody is a mistake. */
static void
selected_count(struct activating *a, const struct facts *f)
{
	for (size_t i = 0; i < a->plan.rule_count; i++) {
		const struct plan_rule *rule = &a->plan.rules[i];

		if (rule->selector)
			a->selected[i] +=
				selector_matches(rule->selector, f->labels, f->attributes);
	}
}

/* A target goes where it is counted: to those that are there, or to the stage that adds it. */
static void
target_add(struct activating *a, const struct target_row *row, const struct facts *f)
{
	struct standing standing = target_standing_of(f);

	if (standing.what == TARGET_NONE)
		return;
	if (a->out->sample_count < ACTIVATION_SAMPLE)
		a->out->sample[a->out->sample_count++] =
			arena_copy(&a->session->arena, f->device->name);
	a->plan.targets++;
	if (standing.what == TARGET_ALREADY) {
		a->out->already++;
		if (a->plan.stage_count)
			a->already[standing.home >= 0 ? (size_t)standing.home
						      : a->plan.stage_count - 1]++;
		return;
	}
	if (a->kinds && standing.what == TARGET_PENDING)
		kinds_add(a, row, standing.home < 0 && !a->has_count);
	if (standing.home < 0)
		return;
	a->added[standing.home]++;
	if (a->plan.stages[standing.home].kind != STAGE_GROUP)
		a->in_buckets[f->place.bucket]++;
}

/* Count the targets once: who is on the lists, and which stage adds whom. */
enum err_code
targets_count(struct activating *a, struct err *err)
{
	struct facts *f = arena_alloc(&a->session->arena, sizeof *f);
	struct arena scratch = { NULL };
	bool texts;
	struct targets_asked asked;
	struct target_row row;
	struct device device;
	struct stmt *cursor;
	enum db_step step;

	if (newer_read(a, err))
		return err->code;
	a->plan.targets = a->out->already = 0;
	a->out->sample_count = 0;
	memset(a->added, 0, sizeof a->added);
	memset(a->already, 0, sizeof a->already);
	memset(a->in_buckets, 0, sizeof a->in_buckets);
	a->selected = arena_alloc(&a->session->arena, a->plan.rule_count * sizeof *a->selected + 1);
	a->has_count = false;
	for (size_t i = 0; i < a->plan.stage_count; i++)
		a->has_count |= a->plan.stages[i].kind == STAGE_COUNT;
	f->plan = &a->plan;
	targets_asks(&a->plan, &asked);
	texts = asked.labels || (a->kinds && a->kinds->open.bound);
	cursor = texts ? db_plan_target_cursor(a->session->db, a->plan.id, a->product.id)
		       : db_plan_target_short_cursor(a->session->db, a->plan.id, a->product.id);
	while ((step = texts ? db_plan_target_each(cursor, &row, err)
			     : db_plan_target_short_each(cursor, &row, err)) == DB_ROW) {
		arena_reset(&scratch);
		if (targets_facts(a->session, &scratch, &row, &asked, &device, f, err))
			break;
		standing_facts(a, &row, &scratch, f);
		if (asked.labels)
			selected_count(a, f);
		target_add(a, &row, f);
	}
	arena_done(&scratch);
	db_reset(cursor);
	return step == DB_FAILED || err->code ? err->code : ERR_OK;
}

bool
targets_unselected(const struct activating *a)
{
	for (size_t i = 0; i < a->plan.rule_count; i++)
		if (a->plan.rules[i].selector && !a->selected[i])
			return true;
	return false;
}

enum err_code
targets_groups(struct activating *a, struct err *err)
{
	for (size_t i = 0; i < a->stages.count; i++)
		if (a->stages.list[i].kind == STAGE_GROUP &&
			db_group_get(a->session->db, a->stages.list[i].group, false,
				&a->stages.list[i].group_id, err))
			return err->code;
	return ERR_OK;
}
