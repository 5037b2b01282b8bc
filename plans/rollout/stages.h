/* Stages of a running plan: the judgement of the newest opened one, and opening the next. */
#pragma once

#include "core/stage.h"
#include "db/execution.h"
#include "plans/base/session.h"

/* Open a stage, and the next ones with it while they add too few devices to judge. */
enum err_code stages_open(
	struct session *session, struct plan *plan, int64_t index, struct err *err) MUST_USE;

/*
 * The judgement of the newest opened stage, together with the stages opened at the same time: what
 * tick acts on and status shows.  *size: devices that these stages add.
 */
struct stage_verdict stages_judge(
	struct session *session, const struct plan *plan, const struct tally *tally, int64_t *size);

/*
 * Targets that need nothing more of the plan: updated, there already, refused by a person, or gone
 * back.
 */
int64_t stages_done(const struct plan *plan, const struct tally *tally);
