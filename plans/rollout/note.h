/* A plan's row written, with old and new for the audit. */
#pragma once

#include "db/plan.h"
#include "plans/base/session.h"

/*
 * Within a change: write a plan's row, and note for the audit what is new about it
 * (plans/rollout/note.c).
 */
enum err_code plan_store(struct session *session, const struct plan *old, const struct plan *new,
	struct err *err) MUST_USE;
