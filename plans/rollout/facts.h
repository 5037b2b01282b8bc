/*
 * From rows to facts: everything a decision about one device needs, read in a fixed small number
 * of queries however many plans run.
 */
#pragma once

#include "core/decide.h"
#include "db/device.h"
#include "db/execution.h"
#include "db/plan.h"
#include "plans/rollout/catalog.h"
#include "plans/rollout/load.h"

/* What is known of one device, for all plans. */
struct subject {
	struct device device;
	struct pairs components, labels, attributes, floors;
	struct execution *executions; /* all, oldest first */
	size_t execution_count;
	struct ties ties;
	struct done_component *done; /* succeeded before, by plan */
	size_t done_count;
};

/* Read the rest of a subject whose device is set; its texts are parsed into the arena. */
enum err_code subject_load(
	struct session *session, struct subject *subject, struct err *err) MUST_USE;

/* The newest execution of the subject in a plan, or NULL. */
struct execution *subject_newest(const struct subject *subject, int64_t plan);

/* The open execution, in whatever plan, or NULL. */
struct execution *subject_open(const struct subject *subject);

/* Put together the facts for one plan. */
enum err_code facts_make(struct session *session, const struct fleet *fleet,
	const struct catalog *catalog, const struct plan *plan, const struct subject *subject,
	struct facts *ret, struct err *err) MUST_USE;

/*
 * Decide for real, with what other devices change: the pulse, places taken, files present.  With a
 * catalog they come from its memory of the present read snapshot, which only an offer may not
 * trust; with NULL they are read.
 */
enum err_code facts_decide(struct session *session, const struct catalog *catalog,
	struct facts *facts, struct decision *ret, struct err *err) MUST_USE;
