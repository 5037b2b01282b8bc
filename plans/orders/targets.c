#include "plans/orders/targets.h"

#include "core/selector.h"
#include "db/device.h"
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

		a->added[next] -= taken;
		left -= taken;
	}
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
		if (db_stage_insert(a->session->db, a->plan.id, (int)i, stage, err))
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
	a->in_buckets[bucket]++;
	return ERR_OK;
}

/* Count the targets once: who is on the lists, and which stage adds whom. */
enum err_code
targets_count(struct activating *a, struct err *err)
{
	struct stmt *cursor = db_plan_target_cursor(a->session->db, a->plan.id, a->product.id);
	struct arena scratch = { NULL };
	struct target_row row;
	enum db_step step;

	a->selected = arena_alloc(&a->session->arena, a->plan.rule_count * sizeof *a->selected + 1);
	while ((step = db_plan_target_each(cursor, &row, err)) == DB_ROW) {
		bool white, black;
		size_t home = 0;

		arena_reset(&scratch);
		black = row.black || selected_by(a, LIST_BLACK, &row, &scratch);
		white = selected_by(a, LIST_WHITE, &row, &scratch) || row.white ||
			!a->plan.whitelist_set;
		if (!white || black)
			continue;
		/* Who has accepted once never meets a stage again. */
		if (!row.started) {
			if (home_stage(a, &row, token_bucket(a->plan.salt, row.name), &scratch,
				    &home, err))
				break;
			if (home < a->stages.count)
				a->added[home]++;
		}
		if (a->out->sample_count < ACTIVATION_SAMPLE)
			a->out->sample[a->out->sample_count++] =
				arena_copy(&a->session->arena, row.name);
		a->plan.targets++;
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
