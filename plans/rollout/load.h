/* A plan whole, from its row and its lists, and the strategy it runs or would run with. */
#pragma once

#include "db/plan.h"
#include "plans/base/session.h"

/* Fill in all lists of a plan whose row was read. */
enum err_code plan_load(
	struct session *session, struct arena *arena, struct plan *plan, struct err *err) MUST_USE;

/*
 * The same beside `count` others that were loaded into the same arena: packages that one of them
 * has are shared with it.
 */
enum err_code plan_load_beside(struct session *session, struct arena *arena,
	const struct plan *others, size_t count, struct plan *plan, struct err *err) MUST_USE;

/* Only what the rollout needs: strategy and stages. */
enum err_code plan_load_stages(
	struct session *session, struct arena *arena, struct plan *plan, struct err *err) MUST_USE;

/* Row and lists of a plan by name, in the session's arena. */
enum err_code plan_load_by_name(
	struct session *session, const char *name, struct plan *ret, struct err *err) MUST_USE;

/* A plan's row, with the name of its product. */
struct listed_plan {
	struct plan plan;
	const char *product;
};

/*
 * The rows of all plans, oldest first, in the session's arena.  One that cannot be read is left out
 * and named in `unread`.
 */
enum err_code plan_load_all(struct session *session, struct listed_plan **ret, size_t *count,
	struct row_unread *unread, struct err *err) MUST_USE;

/* The strategy a plan would run with: its named one and its own settings. */
enum err_code plan_strategy(struct session *session, const struct plan *plan, struct strategy *ret,
	struct err *err) MUST_USE;
/* A strategy by name: stored or built in; ERR_NOT_FOUND. */
enum err_code strategy_named(
	struct session *session, const char *name, struct strategy *ret, struct err *err) MUST_USE;
