/*
 * What the versions that a device reports prove of one of its executions: success, survival, that
 * it fell back, or that it came up with something else than what was installed (DESIGN section 3).
 *
 * prove_read() compares, without looking at the plan, which a poll would have to load for every
 * update that a device ever had; prove_asks() says whether the plan matters at all, prove_due()
 * whether anything changes by it, which decides whether a poll must write, and prove_versions()
 * does it.
 */
#pragma once

#include "core/execution.h"
#include "plans/rollout/facts.h"

/* One report and who makes it. */
struct prove_report {
	const struct catalog *catalog;		 /* of the device's product */
	const struct subject *subject;		 /* with what the report adds */
	const struct pairs *told;		 /* only what it says itself */
	const struct execution_component *parts; /* of all executions of the subject, in order */
	size_t part_count;
	int64_t now;
};

/* What it says of the components of one execution, its `parts`. */
struct proof {
	const struct execution_component *parts;
	size_t count;
	enum sight sights[LIMIT_PLAN_COMPONENTS];
	size_t at_target; /* so many run their target now, as far as is known, */
	size_t newly;	  /* and of them so many had not succeeded yet */

	/* Of components that succeeded in an earlier attempt, so that this one left them out. */
	const struct execution_component *earlier[LIMIT_PLAN_COMPONENTS];
	enum sight earlier_sights[LIMIT_PLAN_COMPONENTS];
	size_t earlier_count;
};

/* Compare what a report says with an execution of its subject; points into the report. */
void prove_read(
	const struct prove_report *report, const struct execution *execution, struct proof *ret);

/* False where the report changes nothing, whatever the plan is. */
bool prove_asks(const struct execution *execution, const struct proof *proof);

/* True where prove_versions() would change something.  The plan has its strategy and stages. */
bool prove_due(const struct prove_report *report, const struct plan *plan,
	const struct execution *execution, const struct proof *proof);

/*
 * Do what the report proves of the execution, within a write transaction.  What it changes is not
 * read back into the report.  ERR_IO, ERR_BUSY.
 */
enum err_code prove_versions(struct session *session, const struct prove_report *report,
	const struct plan *plan, struct execution *execution, const struct proof *proof,
	struct err *err) MUST_USE;
