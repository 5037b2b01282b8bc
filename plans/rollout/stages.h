/* Stages of a running plan: the judgement of the newest opened one, and opening the next. */
#pragma once

#include "core/decide.h"
#include "core/probe.h"
#include "core/stage.h"
#include "db/execution.h"
#include "plans/base/session.h"
#include "plans/rollout/left.h"

/* Open a stage, and the next ones with it while they add too few devices to judge. */
enum err_code stages_open(
	struct session *session, struct plan *plan, int64_t index, struct err *err) MUST_USE;

/* What the counters of a plan do not tell of its newest opened stage. */
struct stages_facts {
	int64_t before;	  /* under way of those accepted before it was done; 0 while it is not */
	struct left left; /* who is left of the plan, as far as that was counted */
	bool sick;	  /* a cohort has 3 or more failures that are half of its conclusions */
};

/* Read them for a plan whose stages are loaded. */
enum err_code stages_facts_get(struct session *session, const struct plan *plan,
	struct stages_facts *ret, struct err *err) MUST_USE;

/*
 * The judgement of the newest opened stage, together with the stages opened at the same time: what
 * tick acts on and status shows.  Health is that of every opened stage.  *size: devices that the
 * newest add.
 */
struct stage_verdict stages_judge(struct session *session, const struct plan *plan,
	const struct tally *tally, const struct stages_facts *facts, int64_t *size);

/* The judgement of the probe of a plan that has one. */
struct probe_verdict stages_probe(const struct plan *plan, const struct tally *tally,
	const struct pulse *pulse, int64_t now, struct probe_tally *ret);

/*
 * Targets that need nothing more of the plan: updated, there already, refused by a person, or gone
 * back.
 */
int64_t stages_done(const struct plan *plan, const struct tally *tally);

/*
 * The probe of a plan is over, with all that was counted for it alone.  Within a write transaction;
 * the caller stores the plan.
 */
enum err_code stages_probe_over(
	struct session *session, struct plan *plan, struct err *err) MUST_USE;
