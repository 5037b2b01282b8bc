/* Devices that succeeded and were never heard again: the update may have cut them off. */
#pragma once

#include "db/execution.h"
#include "plans/base/session.h"

/*
 * *why, in the arena, when too many of the devices that succeeded in the opened stages are silent
 * now, beyond what the targets that wait explain (core/silence.h); NULL otherwise, with the breaker
 * off, and once `watch` is over after the last stage opened.  Of a stage some thousands are looked
 * at, and of the targets as many; the same each time.  The plan's stages are loaded.
 */
enum err_code silent_judge(struct session *session, const struct plan *plan,
	const struct tally *tally, const char **why, struct err *err) MUST_USE;

/*
 * At a resume after `cause`: where that was silence forgive the devices that are silent in this
 * second; after any other cause whoever was forgiven before.  They leave both numbers of every gate
 * of their stage.  The plan's stages are loaded; resumed_at is set.
 */
enum err_code silent_forgive(struct session *session, const struct plan *plan,
	enum plan_cause cause, struct err *err) MUST_USE;
