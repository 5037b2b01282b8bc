/* Activation: what must be there, who the targets are, how large the stages. */
#include "core/moment.h"
#include "core/selector.h"
#include "core/str.h"
#include "db/device.h"
#include "db/execution.h"
#include "db/product.h"
#include "plans/base/change.h"
#include "plans/packages/package.h"
#include "plans/rollout/load.h"
#include "plans/rollout/plan.h"

#include <inttypes.h>

struct activating {
	struct session *session;
	struct plan plan;
	struct product product;
	struct stage_list stages;
	struct activation *out;
	int64_t added[LIMIT_STAGES];	   /* devices whose home is this stage */
	int64_t in_buckets[STAGE_BUCKETS]; /* of those not in a group stage */
	int64_t selected[64];		   /* devices each selector named */
};

static enum err_code
cannot(const struct activating *a, struct err *err, const char *why, const char *fix)
{
	err_set(err, ERR_CONFLICT, "cannot activate plan '%s'", a->plan.name);
	err_why(err, "%s", why);
	return fix ? err_fix(err, "%s", fix) : err->code;
}

static void
warn(struct activating *a, const char *text)
{
	if (a->out->warning_count < ACTIVATION_WARNINGS)
		a->out->warnings[a->out->warning_count++] = text;
}

static enum err_code
view_of(struct activating *a, const struct plan_component *c, const struct package *package,
	struct package_view *ret, struct err *err)
{
	*ret = (struct package_view){ .product = a->product, .package = *package };
	if (component_by_id(a->session->db, c->component, &ret->component, err))
		return err->code;
	return version_by_id(a->session->db, c->version, &ret->version, err);
}

/* Signatures are verified anew; should their number be another one now, the gates hear of it. */
static enum err_code
weigh(struct activating *a, const struct plan_component *c, const struct package *package,
	bool *enough, struct err *err)
{
	struct package_view view = { 0 };
	int64_t signatures = 0;

	if (view_of(a, c, package, &view, err) ||
		package_weigh(a->session, &view, &signatures, err))
		return err->code;
	*enough = signatures >= a->product.signatures;
	return signatures == package->signatures
		       ? ERR_OK
		       : package_set_signatures(a->session->db, package->id, signatures, err);
}

static enum err_code
check_packages(struct activating *a, struct err *err)
{
	struct arena *arena = &a->session->arena;

	if (!a->plan.component_count)
		return cannot(a, err, "it upgrades nothing",
			"otactl plan edit NAME --upgrade COMPONENT=VERSION");
	for (size_t i = 0; i < a->plan.component_count; i++) {
		const struct plan_component *c = &a->plan.components[i];
		size_t published = 0, signed_ones = 0, trials_missing = 0;

		for (size_t p = 0; p < c->package_count; p++) {
			const struct package *package = &c->packages[p];
			bool enough = false;

			if (package->state != PACKAGE_PUBLISHED && package->id != a->plan.trial)
				continue;
			if (weigh(a, c, package, &enough, err))
				return err->code;
			trials_missing += package->trial != TRIAL_PASSED;
			published++;
			signed_ones += enough;
			if (package->expires_at &&
				(!a->plan.end_at || a->plan.end_at > package->expires_at))
				return cannot(a, err,
					arena_printf(arena, "it would outlive a manifest of %s %s",
						c->identity, c->target),
					"give the plan an --end before the manifest expires");
		}
		if (!published)
			return cannot(a, err,
				arena_printf(arena, "%s %s has no published package", c->identity,
					c->target),
				arena_printf(arena, "otactl package publish %s/%s %s",
					a->product.name, c->identity, c->target));
		if (a->plan.strategy.require_trial && trials_missing && !a->plan.trial)
			return cannot(a, err,
				arena_printf(arena, "a package of %s %s has not passed a trial",
					c->identity, c->target),
				arena_printf(arena, "otactl trial start %s/%s %s --device ID",
					a->product.name, c->identity, c->target));
		if (!signed_ones)
			return cannot(a, err,
				arena_printf(arena, "no package of %s %s has enough signatures",
					c->identity, c->target),
				arena_printf(arena, "otactl package sign %s/%s %s KEY",
					a->product.name, c->identity, c->target));
	}
	return ERR_OK;
}

/* Languages the product requires, in manual mode. */
static enum err_code
check_texts(struct activating *a, struct err *err)
{
	const char *at = a->product.languages;

	while (a->plan.mode == MODE_MANUAL && *at) {
		size_t length = strcspn(at, " ");
		bool there = !length;

		for (size_t i = 0; i < a->plan.text_count; i++)
			there |= strlen(a->plan.texts[i].language) == length &&
				 !strncmp(a->plan.texts[i].language, at, length);
		if (!there)
			return cannot(a, err,
				arena_printf(&a->session->arena,
					"a manual plan needs an upgrade text in '%.*s'",
					(int)length, at),
				"otactl plan edit NAME --text LANGUAGE=TEXT");
		at += length + (at[length] == ' ');
	}
	return ERR_OK;
}

static enum err_code
check(struct activating *a, struct err *err)
{
	if (a->plan.state != PLAN_DRAFT)
		return cannot(a, err,
			arena_printf(
				&a->session->arena, "it is %s", plan_state_words[a->plan.state]),
			NULL);
	if (a->plan.end_at && a->plan.end_at <= a->session->now)
		return cannot(a, err, "its end has passed", "otactl plan edit NAME --end TIME");
	if (plan_strategy(a->session, &a->plan, &a->plan.strategy, err) ||
		strategy_check(&a->plan.strategy, err) || check_packages(a, err) ||
		check_texts(a, err))
		return err->code;
	stage_list_parse(a->plan.strategy.stages, &a->stages);
	return ERR_OK;
}

/*
 * Copy groups and other plans' devices into the lists: later changes do not matter any more.  The
 * first `known` entries of the whitelist were copied before.
 */
static enum err_code
lists_copy(struct activating *a, size_t known, struct err *err)
{
	struct session *session = a->session;
	struct plan_item *items;
	size_t count;

	if (plan_items_get(session->db, &session->arena, a->plan.id, &items, &count, err))
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
			(group_get(session->db, items[i].value, false, &group, err) ||
				plan_device_copy_group(session->db, a->plan.id, list, group, err)))
			return err->code;
		if (!strcmp(items[i].key, "plan") && colon &&
			(plan_get(session->db, &session->arena,
				 arena_copy_n(&session->arena, items[i].value,
					 (size_t)(colon - items[i].value)),
				 &other, err) ||
				plan_device_copy_plan(session->db, a->plan.id, list, other.id,
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
			a->selected[i < COUNT(a->selected) ? i : 0]++;
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
		if (!asked && member_group_ids(
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
static enum err_code
targets_count(struct activating *a, struct err *err)
{
	struct stmt *cursor = plan_target_cursor(a->session->db, a->plan.id, a->product.id);
	struct arena scratch = { NULL };
	struct target_row row;
	enum db_step step;

	while ((step = plan_target_each(cursor, &row, err)) == DB_ROW) {
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

static bool
selector_without_devices(const struct activating *a)
{
	for (size_t i = 0; i < a->plan.rule_count && i < COUNT(a->selected); i++)
		if (a->plan.rules[i].selector && !a->selected[i])
			return true;
	return false;
}

static enum err_code
check_targets(struct activating *a, int64_t expect, struct err *err)
{
	struct arena *arena = &a->session->arena;

	if (selector_without_devices(a))
		return cannot(a, err, "a label selector names nobody",
			"an empty list would protect or select nobody: correct the selector");
	if (expect >= 0 && a->plan.targets != expect)
		return cannot(a, err,
			arena_printf(arena,
				"it has %" PRId64 " targets, not the %" PRId64 " expected",
				a->plan.targets, expect),
			"otactl plan activate without --expect tells who they are");
	a->out->targets = a->plan.targets;
	return ERR_OK;
}

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

static enum err_code
stages_make(struct activating *a, struct err *err)
{
	int64_t counted = 0;
	char name[80];

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
			warn(a, arena_printf(&a->session->arena, "stage %zu (%s) adds no device",
					i + 1, stage_name(stage, name)));
		if (stage_insert(a->session->db, a->plan.id, (int)i, stage, err))
			return err->code;
	}
	a->plan.stages = a->stages.list;
	a->plan.stage_count = a->stages.count;
	return plan_open_stage(a->session, &a->plan, 0, err);
}

enum err_code
plan_open_stage(struct session *session, struct plan *plan, int64_t index, struct err *err)
{
	for (;; index++) {
		if (stage_set_open(session->db, plan->id, index, session->now, err))
			return err->code;
		plan->stage = index;
		if ((size_t)index + 1 >= plan->stage_count ||
			!stage_joins_next(&plan->stages[index]))
			return ERR_OK;
	}
}

static enum err_code
groups_find(struct activating *a, struct err *err)
{
	for (size_t i = 0; i < a->stages.count; i++)
		if (a->stages.list[i].kind == STAGE_GROUP &&
			group_get(a->session->db, a->stages.list[i].group, false,
				&a->stages.list[i].group_id, err))
			return err->code;
	return ERR_OK;
}

static enum err_code
overlaps_find(struct activating *a, struct err *err)
{
	struct plan *others;
	size_t count;

	if (plan_running(a->session->db, &a->session->arena, a->product.id, &others, &count, err))
		return err->code;
	for (size_t i = 0; i < count; i++)
		if (others[i].id != a->plan.id)
			warn(a, arena_printf(&a->session->arena,
					"plan '%s' runs for the same product with "
					"priority %" PRId64,
					others[i].name, others[i].priority));
	return ERR_OK;
}

static enum err_code
first_offer(struct activating *a, struct err *err)
{
	struct interval *list;
	int64_t from = a->plan.start_at > a->session->now ? a->plan.start_at : a->session->now;
	size_t count;

	a->out->first_offer_at = from;
	if (!a->plan.windows_set)
		return ERR_OK;
	if (interval_from(a->session->db, &a->session->arena, a->plan.id, ITEM_PUSH, "", from, 1,
		    &list, &count, err))
		return err->code;
	if (!count || (a->plan.end_at && list[0].opens_at >= a->plan.end_at))
		return cannot(a, err, "no push window opens before it ends",
			"otactl plan edit NAME --push WINDOW");
	if (list[0].opens_at > from)
		a->out->first_offer_at = list[0].opens_at;
	return ERR_OK;
}

static enum err_code
activate(struct activating *a, const char *name, int64_t expect, struct err *err)
{
	struct session *session = a->session;
	struct plan before;

	if (plan_load_by_name(session, name, &a->plan, err))
		return err->code;
	before = a->plan;
	if (product_by_id(session->db, a->plan.product, &a->product, err) || check(a, err) ||
		groups_find(a, err) || lists_copy(a, 0, err) || targets_count(a, err) ||
		check_targets(a, expect, err))
		return err->code;
	a->plan.params = strategy_format(&session->arena, &a->plan.strategy);
	a->plan.state = PLAN_ACTIVE;
	a->plan.activated_at = session->now;
	if (stages_make(a, err) || device_newest(session->db, &a->plan.max_device, err) ||
		overlaps_find(a, err) || plan_expand_windows(session, &a->plan, err) ||
		first_offer(a, err))
		return err->code;
	return plan_store(session, &before, &a->plan, err);
}

enum err_code
plan_activate_within(struct session *session, const char *name, int64_t expect,
	struct activation *ret, struct err *err)
{
	struct activating *a = arena_alloc(&session->arena, sizeof *a);

	*ret = (struct activation){ 0 };
	a->session = session;
	a->out = ret;
	return activate(a, name, expect, err);
}

/* What comes before the lock: the stored bytes are what the manifests say, and somebody answers for a downgrade. */
static enum err_code
prepare(struct session *session, const char *name, struct err *err)
{
	struct activating *a = arena_alloc(&session->arena, sizeof *a);

	a->session = session;
	if (plan_load_by_name(session, name, &a->plan, err) ||
		product_by_id(session->db, a->plan.product, &a->product, err))
		return err->code;
	if (a->plan.state == PLAN_DRAFT && a->plan.allow_downgrade &&
		change_needs_reason(session, err))
		return err->code;
	for (size_t i = 0; i < a->plan.component_count; i++) {
		const struct plan_component *c = &a->plan.components[i];

		for (size_t p = 0; p < c->package_count; p++) {
			struct package_view view = { 0 };

			if (c->packages[p].state == PACKAGE_PUBLISHED &&
				(view_of(a, c, &c->packages[p], &view, err) ||
					package_prove_files(session, &view, err)))
				return err->code;
		}
	}
	return ERR_OK;
}

enum err_code
plan_activate(struct session *session, const char *name, int64_t expect, struct activation *ret,
	struct err *err)
{
	if (prepare(session, name, err) || change_begin(session, err))
		return err->code;
	return change_finish(
		session, plan_activate_within(session, name, expect, ret, err), name, NULL, err);
}

/* --- more devices for an active plan ------------------------------------------------------------- */

static enum err_code
whitelist_length(struct activating *a, size_t *ret, struct err *err)
{
	struct plan_item *items;
	size_t count;

	if (plan_items_get(a->session->db, &a->session->arena, a->plan.id, &items, &count, err))
		return err->code;
	for (size_t i = *ret = 0; i < count; i++)
		*ret += items[i].kind == ITEM_WHITELIST;
	return ERR_OK;
}

static enum err_code
cannot_expand(const struct activating *a, struct err *err, const char *why)
{
	err_set(err, ERR_CONFLICT, "cannot expand plan '%s'", a->plan.name);
	return err_why(err, "%s", why);
}

static enum err_code
list_grow(struct activating *a, const struct values *whitelist, bool allow_unknown, struct err *err)
{
	struct session *session = a->session;
	struct arena *arena = &session->arena;
	int64_t both_before, both;
	const char *name;
	size_t known = 0;

	if (plan_device_on_both(session->db, arena, a->plan.id, &both_before, &name, err) ||
		whitelist_length(a, &known, err) ||
		plan_whitelist_add(session, &a->plan, whitelist, allow_unknown, err) ||
		lists_copy(a, known, err) ||
		plan_device_on_both(session->db, arena, a->plan.id, &both, &name, err))
		return err->code;
	if (both > both_before)
		return cannot_expand(a, err,
			arena_printf(
				arena, "device '%s' is on its blacklist, which beats it", name));
	return plan_load_by_name(session, arena_copy(arena, a->plan.name), &a->plan, err);
}

static enum err_code
expand(struct activating *a, const char *name, const struct values *whitelist, bool allow_unknown,
	bool *restarted, struct err *err)
{
	struct session *session = a->session;
	struct plan before;

	if (plan_load_by_name(session, name, &a->plan, err) ||
		product_by_id(session->db, a->plan.product, &a->product, err))
		return err->code;
	before = a->plan;
	if (a->plan.state != PLAN_ACTIVE && a->plan.state != PLAN_SUSPENDED)
		return cannot_expand(a, err,
			arena_printf(&session->arena, "it is %s", plan_state_words[a->plan.state]));
	if (!a->plan.whitelist_set)
		return cannot_expand(a, err, "it has no whitelist: every device is a target");
	if (list_grow(a, whitelist, allow_unknown, err))
		return err->code;
	stage_list_parse(a->plan.strategy.stages, &a->stages);
	a->plan.targets = 0;
	if (groups_find(a, err) || targets_count(a, err))
		return err->code;
	if (selector_without_devices(a))
		return cannot_expand(a, err, "a label selector names nobody");
	*restarted = (a->plan.targets - before.targets) * 10 > before.targets;
	if (*restarted && (stage_clear(session->db, a->plan.id, err) || stages_make(a, err) ||
				  tally_forgive(session->db, a->plan.id, true, err)))
		return err->code;
	return plan_store(session, &before, &a->plan, err);
}

enum err_code
plan_expand(struct session *session, const char *name, const struct values *whitelist,
	bool allow_unknown, int64_t *targets, bool *restarted, struct err *err)
{
	struct activating *a = arena_alloc(&session->arena, sizeof *a);
	struct activation out = { 0 };

	a->session = session;
	a->out = &out;
	*restarted = false;
	if (change_needs_reason(session, err) || change_begin(session, err))
		return err->code;
	(void)!expand(a, name, whitelist, allow_unknown, restarted, err);
	*targets = a->plan.targets;
	return change_finish(
		session, err->code, name, *restarted ? "from the first stage again" : NULL, err);
}
