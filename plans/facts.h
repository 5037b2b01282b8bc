/*
 * From rows to facts: everything a decision about one device needs, read in a fixed small number
 * of queries however many plans run.
 */
#pragma once

#include "core/decide.h"
#include "db/execution.h"
#include "db/plan.h"
#include "plans/load.h"

/* What is known of one device, for all plans. */
struct subject {
	struct device device;
	struct pairs components, labels, attributes, floors;
	struct execution *executions; /* all, oldest first */
	size_t execution_count;
	struct plan_device *lists;
	size_t list_count;
	int64_t *groups;
	size_t group_count;
	struct done_component *done; /* succeeded before, by plan */
	size_t done_count;

	/* What a snapshot needs to read only once, whatever number of plans ask for it. */
	bool snapshot;
	bool pulses_read;
	struct running_pulse *pulses;
	size_t pulse_count;
	const struct package *checked[8]; /* packages whose files were looked for */
	bool missing[8];
	size_t checked_count;
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
 * Decide for real: reads what other devices change (the pulse, places taken, files present) when the
 * decision comes that far.
 */
enum err_code facts_decide(struct session *session, struct subject *subject, struct facts *facts,
	struct decision *ret, struct err *err) MUST_USE;
