/* Activation: what must be there, who the targets are, how large the stages. */
#include "plans/orders/activate.h"

#include "core/moment.h"
#include "core/outlook.h"
#include "core/selector.h"
#include "core/str.h"
#include "db/device.h"
#include "db/execution.h"
#include "db/product.h"
#include "plans/base/change.h"
#include "plans/orders/foretell.h"
#include "plans/orders/kinds.h"
#include "plans/orders/targets.h"
#include "plans/packages/find.h"
#include "plans/packages/proof.h"
#include "plans/rollout/load.h"
#include "plans/rollout/note.h"
#include "plans/rollout/windows.h"

#include <inttypes.h>

enum { WINDOWS_LOOKED_AT = 400 };

static enum err_code
cannot(const struct activating *a, struct err *err, const char *why, const char *fix)
{
	err_set(err, ERR_CONFLICT, "cannot activate plan '%s'", a->plan.name);
	err_why(err, "%s", why);
	return fix ? err_fix(err, "%s", fix) : err->code;
}

static enum err_code
view_of(struct activating *a, const struct plan_component *c, const struct package *package,
	struct package_view *ret, struct err *err)
{
	*ret = (struct package_view){ .product = a->product, .package = *package };
	if (db_component_by_id(a->session->db, c->component, &ret->component, err))
		return err->code;
	return db_version_by_id(a->session->db, c->version, &ret->version, err);
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
		       : db_package_set_signatures(a->session->db, package->id, signatures, err);
}

static void
bindings_say(struct activating *a, const struct plan_component *c, const struct package *package)
{
	const char *remarks[OUTLOOK_BINDINGS];
	size_t count = outlook_bindings(c, package, &a->session->arena, remarks);

	for (size_t i = 0; i < count; i++)
		targets_warn(a, remarks[i]);
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
			bindings_say(a, c, package);
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
	a->plan.stages = a->stages.list;
	a->plan.stage_count = a->stages.count;
	return ERR_OK;
}

static enum err_code
check_targets(struct activating *a, int64_t expect, struct err *err)
{
	struct arena *arena = &a->session->arena;

	if (targets_unselected(a))
		return cannot(a, err, "a label selector names nobody",
			"an empty list would protect or select nobody: correct the selector");
	if (expect >= 0 && a->plan.targets != expect)
		return cannot(a, err,
			arena_printf(arena,
				"it has %" PRId64 " targets, not the %" PRId64 " expected",
				a->plan.targets, expect),
			"otactl plan activate without --expect tells who they are");
	a->out->targets = a->plan.targets;
	if (a->out->already)
		targets_warn(a, arena_printf(arena,
					"%" PRId64 " of %" PRId64
					" targets are not offered it: already_at_target",
					a->out->already, a->plan.targets));
	return ERR_OK;
}

static enum err_code
overlaps_find(struct activating *a, struct err *err)
{
	struct plan *others;
	size_t count;

	if (db_plan_running(
		    a->session->db, &a->session->arena, a->product.id, &others, &count, NULL, err))
		return err->code;
	for (size_t i = 0; i < count; i++)
		if (others[i].id != a->plan.id)
			targets_warn(a, arena_printf(&a->session->arena,
						"plan '%s' runs for the same product with "
						"priority %" PRId64,
						others[i].name, others[i].priority));
	return ERR_OK;
}

/*
 * The first window in which anything can be offered: what is left of it is longer than an update
 * takes.  *longest: of all of them, in seconds; 0: there is none.
 */
static const struct interval *
first_fitting(const struct activating *a, const struct interval *list, size_t count, int64_t from,
	int64_t *longest)
{
	const struct strategy *s = &a->plan.strategy;
	int64_t needed = s->fit_window ? s->duration : 0;
	const struct interval *ret = NULL;

	*longest = 0;
	for (size_t i = 0; i < count; i++) {
		int64_t opens = list[i].opens_at > from ? list[i].opens_at : from;
		int64_t left = list[i].closes_at - opens;

		if (a->plan.end_at && opens >= a->plan.end_at)
			break;
		*longest = left > *longest ? left : *longest;
		if (!ret && left > needed)
			ret = &list[i];
	}
	return ret;
}

/* Who asks more seldom than a window leaves time for is likely to miss it. */
static void
short_window(struct activating *a, int64_t longest)
{
	const struct strategy *s = &a->plan.strategy;
	int64_t room = longest - (s->fit_window ? s->duration : 0);
	char left[32], interval[32];

	if (room < s->poll_interval)
		targets_warn(a,
			arena_printf(&a->session->arena,
				"a push window leaves %s for offers, and devices ask "
				"every %s: many will miss it",
				moment_span(room, left), moment_span(s->poll_interval, interval)));
}

static enum err_code
first_offer(struct activating *a, struct err *err)
{
	const struct interval *first;
	struct interval *list;
	int64_t longest;
	char words[32];
	int64_t from = a->plan.start_at > a->session->now ? a->plan.start_at : a->session->now;
	size_t count;

	a->out->first_offer_at = from;
	if (!a->plan.windows_set)
		return ERR_OK;
	if (db_interval_from(a->session->db, &a->session->arena, a->plan.id, ITEM_PUSH, "", from,
		    WINDOWS_LOOKED_AT, &list, &count, err))
		return err->code;
	first = first_fitting(a, list, count, from, &longest);
	if (!longest)
		return cannot(a, err, "no push window opens before it ends",
			"otactl plan edit NAME --push WINDOW");
	if (!first)
		return cannot(a, err,
			arena_printf(&a->session->arena,
				"no push window is longer than the expected duration of %s: "
				"nothing could ever be offered",
				moment_span(a->plan.strategy.duration, words)),
			"a longer --push WINDOW, or a shorter --set duration=TIME");
	short_window(a, longest);
	if (first->opens_at > from)
		a->out->first_offer_at = first->opens_at;
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
	if (db_product_by_id(session->db, a->plan.product, &a->product, err) || check(a, err) ||
		targets_groups(a, err) || targets_lists(a, 0, err))
		return err->code;
	kinds_make(a);
	if (targets_count(a, err) || check_targets(a, expect, err))
		return err->code;
	a->plan.params = strategy_format(&session->arena, &a->plan.strategy);
	a->plan.state = PLAN_ACTIVE;
	a->plan.activated_at = session->now;
	if (db_plan_newest_activation(session->db, &a->plan.activation, err))
		return err->code;
	a->plan.activation++;
	if (targets_stages(a, err) || db_device_newest(session->db, &a->plan.max_device, err) ||
		overlaps_find(a, err) || plan_expand_windows(session, &a->plan, err) ||
		first_offer(a, err) || foretell(a, err) ||
		db_plan_activated_set(session->db, a->plan.id, a->plan.params, err))
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

/*
 * What comes before the lock: the stored bytes are what the manifests say, and somebody answers for
 * a downgrade.
 */
static enum err_code
prepare(struct session *session, const char *name, struct err *err)
{
	struct activating *a = arena_alloc(&session->arena, sizeof *a);

	a->session = session;
	if (plan_load_by_name(session, name, &a->plan, err) ||
		db_product_by_id(session->db, a->plan.product, &a->product, err))
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

/*
 * --- more devices for an active plan -------------------------------------------------------------
 */
