#include "plans/orders/trial.h"

#include "core/str.h"
#include "plans/base/change.h"
#include "plans/orders/activate.h"
#include "plans/orders/edit.h"
#include "plans/orders/values.h"
#include "plans/packages/find.h"

#include <inttypes.h>

static enum err_code
cannot(const struct package_view *view, const char *why, const char *fix, struct err *err)
{
	err_set(err, ERR_CONFLICT, "cannot start a trial of %s/%s %s", view->product.name,
		view->component.identity, view->version.name);
	err_why(err, "%s", why);
	return err_fix(err, "%s", fix);
}

static enum err_code
check(const struct package_view *view, struct err *err)
{
	const struct package *p = &view->package;

	if (p->trial == TRIAL_RUNNING)
		return cannot(view, "one is running", "otactl trial show tells how far it is", err);
	if (p->state != PACKAGE_DRAFT && p->state != PACKAGE_PUBLISHED)
		return cannot(view, package_state_words[p->state],
			"only a draft or a published package can be tried", err);
	if (p->signatures < view->product.signatures)
		return cannot(
			view, "it has not enough signatures", "otactl package sign adds one", err);
	return ERR_OK;
}

/* A plan like no other: these devices, this package, at once, until the time is over. */
static enum err_code
plan_make(struct session *session, const struct package_view *view, const struct values *devices,
	int64_t timeout_s, struct plan *plan, struct err *err)
{
	struct plan_component component = { .component = view->component.id,
		.version = view->version.id };

	*plan = (struct plan){ .product = view->product.id,
		.created_at = session->now,
		.mode = MODE_SILENT,
		.priority = INT32_MAX,
		.end_at = session->now + timeout_s,
		.whitelist_set = true,
		.trial = view->package.id,
		.settings = "breaker=off\npoll_interval=60s\ntick_max_age=off\n",
		.params = "" };
	snprintf(plan->name, sizeof plan->name, "trial/%" PRId64 "-%" PRId64, view->package.id,
		session->now);
	str_copy(plan->timezone, sizeof plan->timezone, "UTC");
	str_copy(plan->strategy_name, sizeof plan->strategy_name, "all-at-once");
	token_random(plan->salt, sizeof plan->salt);
	if (db_plan_insert(session->db, plan, err) || db_plan_update(session->db, plan, err) ||
		db_plan_components_set(session->db, plan->id, &component, 1, err))
		return err->code;
	return plan_whitelist_add(session, plan, devices, false, err);
}

static enum err_code
start(struct session *session, const struct package_name *package, const struct values *devices,
	int64_t timeout_s, const char **name, struct err *err)
{
	struct activation activation;
	struct package_view *view;
	struct plan plan;
	size_t count;

	if (package_find(session, package, true, &view, &count, err) || check(view, err) ||
		plan_make(session, view, devices, timeout_s, &plan, err) ||
		db_package_set_trial(session->db, view->package.id, TRIAL_RUNNING, err))
		return err->code;
	*name = arena_copy(&session->arena, plan.name);
	if (plan_activate_within(session, *name, -1, &activation, err))
		return err->code;
	return activation.targets
		       ? ERR_OK
		       : cannot(view, "it names nobody", "--device ID, group:NAME or @FILE", err);
}

enum err_code
trial_start(struct session *session, const struct package_name *package,
	const struct values *devices, int64_t timeout_s, const char **name, struct err *err)
{
	*name = "";
	if (change_begin(session, err))
		return err->code;
	(void)!start(session, package, devices, timeout_s, name, err);
	return change_finish(session, err->code,
		arena_printf(&session->arena, "%s %s", QUOTE(package->product_component),
			QUOTE(package->version)),
		*name, err);
}

enum err_code
trial_newest(struct session *session, int64_t package, const char **name, struct err *err)
{
	return db_plan_newest_trial(session->db, &session->arena, package, name, err);
}
