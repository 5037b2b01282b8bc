#include "plans/orders/targets.h"

#include "core/selector.h"
#include "core/target.h"
#include "db/device.h"
#include "db/execution.h"
#include "plans/orders/kinds.h"
#include "plans/rollout/stages.h"
#include "signing/token.h"

/*
 * A count stage draws from the buckets of the next percentage where those hold at least ten
 * times as many devices, else from all; what it takes the later stage does not add.
 */
static void
size_count_stage(struct activating *a, size_t index, int64_t before)
{
	struct stage *stage = &a->stages.list[index];
	size_t next = index + 1;
	int64_t there = 0, left = stage->value - before;

	while (next < a->stages.count && a->stages.list[next].kind != STAGE_SHARE)
		next++;
	stage->draw = next < a->stages.count ? a->stages.list[next].value : STAGE_BUCKETS;
	for (int64_t b = 0; b < stage->draw; b++)
		there += a->in_buckets[b];
	if (there < 10 * left) {
		stage->draw = STAGE_BUCKETS;
		for (int64_t b = there = 0; b < STAGE_BUCKETS; b++)
			there += a->in_buckets[b];
		there -= before;
	}
	stage->size = left < there ? left : there > 0 ? there : 0;
	for (left = stage->size; left > 0 && next < a->stages.count; next++) {
		int64_t taken = a->added[next] < left ? a->added[next] : left;

		if (a->stages.list[next].kind == STAGE_GROUP)
			continue;
		a->added[next] -= taken;
		left -= taken;
	}
}

/* Who is there already and in no stage at all counts in the last one. */
static int64_t
already_of(const struct activating *a, size_t stage)
{
	return a->already[stage] + (stage + 1 == a->stages.count ? a->already[LIMIT_STAGES] : 0);
}

enum err_code
targets_stages(struct activating *a, struct err *err)
{
	int64_t counted = 0;
	char name[STAGE_NAME];

	for (size_t i = 0; i < a->stages.count; i++) {
		struct stage *stage = &a->stages.list[i];

		if (stage->kind == STAGE_COUNT) {
			size_count_stage(a, i, counted);
			counted += stage->size;
		}
	}
	for (size_t i = 0; i < a->stages.count; i++) {
		struct stage *stage = &a->stages.list[i];

		if (stage->kind != STAGE_COUNT)
			stage->size = a->added[i];
		if (!stage->size)
			targets_warn(
				a, arena_printf(&a->session->arena, "stage %zu (%s) adds no device",
					   i + 1, stage_name(stage, name)));
		if (db_stage_insert(a->session->db, a->plan.id, (int)i, stage, err) ||
			db_tally_set_already(
				a->session->db, a->plan.id, (int)i, already_of(a, i), err))
			return err->code;
	}
	a->plan.stages = a->stages.list;
	a->plan.stage_count = a->stages.count;
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

static bool
selected_by(struct activating *a, enum plan_list list, const struct target_row *row,
	struct arena *scratch)
{
	struct pairs labels = { 0 }, attributes = { 0 };
	bool parsed = false, ret = false;

	for (size_t i = 0; i < a->plan.rule_count; i++) {
		const struct plan_rule *rule = &a->plan.rules[i];

		if (rule->list != list || !rule->selector)
			continue;
		if (!parsed) {
			labels = pairs_parse(scratch, row->labels);
			attributes = pairs_parse(scratch, row->attributes);
			parsed = true;
		}
		if (selector_matches(rule->selector, &labels, &attributes)) {
			a->selected[i]++;
			ret = true;
		}
	}
	return ret;
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

static bool
is_there(const struct activating *a, const struct target_row *row, struct arena *scratch)
{
	const struct plan *plan = &a->plan;
	size_t present = 0;

	for (size_t i = 0; i < plan->component_count; i++) {
		const struct plan_component *c = &plan->components[i];
		const char *reported = pairs_find(scratch, row->components, c->identity);

		if (!reported)
			continue;
		present++;
		if (!target_reached(plan, c, reported, newer_counter(a, c, reported)))
			return false;
	}
	return present && (present == plan->component_count || !plan->require_all);
}

/* The stage that opens it by group or share, or the number of stages. */
static enum err_code
home_stage(struct activating *a, const struct target_row *row, int64_t bucket,
	struct arena *scratch, size_t *ret, struct err *err)
{
	int64_t *groups = NULL;
	size_t group_count = 0, i;
	bool asked = false;

	for (i = 0; i < a->stages.count; i++) {
		const struct stage *stage = &a->stages.list[i];

		if (stage->kind == STAGE_SHARE && bucket < stage->value)
			break;
		if (stage->kind != STAGE_GROUP)
			continue;
		if (!asked && db_member_group_ids(
				      a->session->db, scratch, row->id, &groups, &group_count, err))
			return err->code;
		asked = true;
		for (size_t g = 0; g < group_count; g++)
			if (groups[g] == stage->group_id) {
				*ret = i;
				return ERR_OK;
			}
	}
	*ret = i;
	return ERR_OK;
}

/* A target goes where it is counted: to those that are there, or to the stage that adds it. */
static enum err_code
target_add(
	struct activating *a, const struct target_row *row, struct arena *scratch, struct err *err)
{
	int64_t bucket = token_bucket(a->plan.salt, row->name);
	size_t home = 0;

	if (a->out->sample_count < ACTIVATION_SAMPLE)
		a->out->sample[a->out->sample_count++] = arena_copy(&a->session->arena, row->name);
	a->plan.targets++;
	/* Who has accepted once never meets a stage again. */
	if (row->marks & MARK_STARTED)
		return ERR_OK;
	if (home_stage(a, row, bucket, scratch, &home, err))
		return err->code;
	if (is_there(a, row, scratch)) {
		a->already[home < a->stages.count ? home : LIMIT_STAGES]++;
		a->out->already++;
		return ERR_OK;
	}
	if (a->kinds)
		kinds_add(a, row, home == a->stages.count && !a->has_count);
	if (home == a->stages.count || a->stages.list[home].kind != STAGE_GROUP)
		a->in_buckets[bucket]++;
	if (home < a->stages.count)
		a->added[home]++;
	return ERR_OK;
}

/* Count the targets once: who is on the lists, and which stage adds whom. */
enum err_code
targets_count(struct activating *a, struct err *err)
{
	struct arena scratch = { NULL };
	bool texts = a->plan.rule_count || (a->kinds && a->kinds->open.bound);
	struct target_row row;
	struct stmt *cursor;
	enum db_step step;

	if (newer_read(a, err))
		return err->code;
	a->plan.targets = a->out->already = 0;
	a->out->sample_count = 0;
	memset(a->added, 0, sizeof a->added);
	memset(a->already, 0, sizeof a->already);
	memset(a->in_buckets, 0, sizeof a->in_buckets);
	a->has_count = false;
	for (size_t i = 0; i < a->stages.count; i++)
		a->has_count |= a->stages.list[i].kind == STAGE_COUNT;
	cursor = texts ? db_plan_target_cursor(a->session->db, a->plan.id, a->product.id)
		       : db_plan_target_short_cursor(a->session->db, a->plan.id, a->product.id);
	a->selected = arena_alloc(&a->session->arena, a->plan.rule_count * sizeof *a->selected + 1);
	while ((step = texts ? db_plan_target_each(cursor, &row, err)
			     : db_plan_target_short_each(cursor, &row, err)) == DB_ROW) {
		bool white, black;

		arena_reset(&scratch);
		black = (row.marks & LIST_BLACK) || selected_by(a, LIST_BLACK, &row, &scratch);
		white = selected_by(a, LIST_WHITE, &row, &scratch) || (row.marks & LIST_WHITE) ||
			!a->plan.whitelist_set;
		if (!white || black ||
			(!a->plan.whitelist_set &&
				!target_in_snapshot(&a->plan, &(struct device){ .id = row.id })))
			continue;
		if (target_add(a, &row, &scratch, err))
			break;
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
