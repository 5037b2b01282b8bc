/* Plans before their activation: create, edit, clone, delete. */
#pragma once

#include "db/plan.h"
#include "plans/base/session.h"
#include "plans/orders/values.h"

/* What `plan create` and `plan edit` may set; NULL and -1 leave a value alone. */
struct plan_change {
	const char *product;   /* create only */
	const char *salt;      /* create only: 32 hex digits, or NULL for one of the dice */
	struct values upgrade; /* IDENTITY=VERSION */
	struct values whitelist, blacklist; /* id, @file, group:, label:, plan:NAME:STATE; none */
	struct values push, blackout, install, text, from, allow, set;
	const char *timezone, *timezone_of, *mode, *start, *end, *strategy, *unknown_version,
		*unknown_hw;
	int64_t priority; /* INT64_MIN: leave */
	int continuous, allow_downgrade, require_all;
	bool allow_unknown; /* ids that are not enrolled yet may be listed */
};

/*
 * Make a draft.  ERR_CONFLICT: the name is taken, ERR_NOT_FOUND: what it names is not there,
 * ERR_USAGE.
 */
enum err_code plan_create(struct session *session, const char *name,
	const struct plan_change *change, struct err *err) MUST_USE;

/*
 * Change what was given, of a draft; ERR_CONFLICT: the plan was activated.  Otherwise like
 * plan_create().
 */
enum err_code plan_edit(struct session *session, const char *name, const struct plan_change *change,
	struct err *err) MUST_USE;

/* Delete a draft; ERR_CONFLICT: the plan was activated. */
enum err_code plan_delete(struct session *session, const char *name, struct err *err) MUST_USE;

/* A draft with everything of another plan but its history. */
enum err_code plan_clone(
	struct session *session, const char *from, const char *name, struct err *err) MUST_USE;

/*
 * Add to the whitelist of a plan, within a change: what plan_expand() and drafts share; the errors
 * of plan_edit().
 */
enum err_code plan_whitelist_add(struct session *session, struct plan *plan,
	const struct values *values, bool allow_unknown, struct err *err) MUST_USE;

/*
 * Add to the blacklist of a plan, within a change; of an activated one groups and plans are copied
 * at once.  *entries says whether groups, selectors, plans or ids not enrolled yet are new on it;
 * the errors of plan_edit().
 */
enum err_code plan_blacklist_add(struct session *session, struct plan *plan,
	const struct values *values, bool allow_unknown, bool *entries, struct err *err) MUST_USE;
