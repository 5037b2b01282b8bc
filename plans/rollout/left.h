/*
 * Who is left of a plan: the targets that are not done, counted by what each of them needs first.
 *
 * Only tick counts, in a read snapshot and at most once an hour (less often where many are left),
 * and only what plan_counts_from() says is worth it: a stage that does not get on, and the tail.
 * Whoever judges a plan or shows it reads the counters.
 */
#pragma once

#include "core/plan.h"
#include "db/plan.h"
#include "plans/base/session.h"

struct left {
	struct plan_left sums;
	struct straggler *list; /* who may still come and the most first, in the arena */
	size_t count;
	int64_t untried; /* devices never offered anything that cannot get it as things stand */
};

/* What was counted last of a plan whose stages are loaded; all 0 where that says nothing now. */
enum err_code left_read(struct session *session, const struct plan *plan, struct left *ret,
	struct err *err) MUST_USE;

/* A plan whose stragglers could not be counted, and why. */
struct left_trouble {
	int64_t plan;
	struct err why;
};

/*
 * Count the stragglers of the plans where it is time to.  What cannot be read holds up its own plan
 * only, which is named in *ret, *count of them in the arena; ERR_BUSY ends it all.
 */
enum err_code left_count(struct session *session, struct left_trouble **ret, size_t *count,
	struct err *err) MUST_USE;

/* No count of an active plan is due later than this, after one at counted_at (0: none). */
int64_t left_due_most(const struct plan *plan, int64_t counted_at, int64_t now);

/*
 * Count the stragglers of a plan as of a moment by the rows as they are now, within the caller's
 * transaction and without storing them: list, count, sums.counted_at and sums.until are set.
 */
enum err_code left_recount(struct session *session, int64_t plan, int64_t at, struct left *ret,
	struct err *err) MUST_USE;

/* What a straggler with this need would need, in words for people; "" where that is no need. */
const char *left_text(const char *need);
