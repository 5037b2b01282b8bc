/*
 * Trials: a package goes to chosen devices before any plan may use it ("verify firmware").  A trial
 * is a plan of its own, "trial/ID", whose only package is the one under trial: it ignores windows,
 * stages and rates and obeys holds, freezes and trust as every plan does.
 */
#pragma once

#include "plans/orders/values.h"
#include "plans/packages/find.h"

/*
 * Start a trial of a draft or published package that is signed well enough.  All chosen devices
 * must have succeeded within timeout_s, or it has failed.  ERR_CONFLICT: one is running, or the
 * package cannot be offered; *name is that of the trial, in the arena.
 */
enum err_code trial_start(struct session *session, const struct package_name *package,
	const struct values *devices, int64_t timeout_s, const char **name,
	struct err *err) MUST_USE;

/* The newest trial of a package: its plan's name, or NULL where there was none. */
enum err_code trial_newest(
	struct session *session, int64_t package, const char **name, struct err *err) MUST_USE;
