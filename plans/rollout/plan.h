/* Plans: create, edit, activate, suspend, resume, terminate, delete. */
#pragma once

#include "db/plan.h"
#include "plans/base/session.h"

struct values {
	const char *const *list; /* NULL: not given, leave as it is */
	size_t count;
};

/* What `plan create` and `plan edit` may set; NULL and -1 leave a value alone. */
struct plan_change {
	const char *product;		    /* create only */
	struct values upgrade;		    /* IDENTITY=VERSION */
	struct values whitelist, blacklist; /* id, @file, group:, label:, plan:NAME:STATE; none */
	struct values push, blackout, install, text, from, allow, set;
	const char *timezone, *timezone_of, *mode, *start, *end, *strategy, *unknown_version;
	int64_t priority; /* INT64_MIN: leave */
	int continuous, allow_downgrade, require_all;
	bool allow_unknown; /* ids that are not enrolled yet may be listed */
};

enum err_code plan_create(struct session *session, const char *name,
	const struct plan_change *change, struct err *err) MUST_USE;
enum err_code plan_edit(struct session *session, const char *name, const struct plan_change *change,
	struct err *err) MUST_USE;
enum err_code plan_delete(struct session *session, const char *name, struct err *err) MUST_USE;

/* The strategy a plan would run with: its named one and its own settings. */
enum err_code plan_strategy(struct session *session, const struct plan *plan, struct strategy *ret,
	struct err *err) MUST_USE;
/* A strategy by name: stored or built in; ERR_NOT_FOUND. */
enum err_code strategy_named(
	struct session *session, const char *name, struct strategy *ret, struct err *err) MUST_USE;

/*
 * Make a strategy of an operator's own from another one, or change one, with KEY=VALUE settings.
 * ERR_CONFLICT: it exists (add), is built in, or a draft uses it (drop).
 */
enum err_code strategy_make(struct session *session, const char *name, const char *from,
	const struct values *settings, struct err *err) MUST_USE;
enum err_code strategy_change(struct session *session, const char *name,
	const struct values *settings, struct err *err) MUST_USE;
enum err_code strategy_drop(struct session *session, const char *name, struct err *err) MUST_USE;

enum { ACTIVATION_SAMPLE = 5, ACTIVATION_WARNINGS = 16 };

struct activation {
	int64_t targets;
	const char *sample[ACTIVATION_SAMPLE];
	size_t sample_count;
	int64_t first_offer_at;
	const char *warnings[ACTIVATION_WARNINGS]; /* overlaps with other plans, empty stages */
	size_t warning_count;
};

/*
 * Activate a draft.  ERR_CONFLICT names what is missing; with expect >= 0 another number of targets is
 * refused, too.
 */
enum err_code plan_activate(struct session *session, const char *name, int64_t expect,
	struct activation *ret, struct err *err) MUST_USE;

/* The same within a change of the caller's. */
enum err_code plan_activate_within(struct session *session, const char *name, int64_t expect,
	struct activation *ret, struct err *err) MUST_USE;

enum err_code plan_suspend(struct session *session, const char *name, struct err *err) MUST_USE;
enum err_code plan_resume(struct session *session, const char *name, struct err *err) MUST_USE;
/* With `cancel`, devices that have accepted are asked to stop. */
enum err_code plan_terminate(
	struct session *session, const char *name, bool cancel, struct err *err) MUST_USE;

/* Open the next stage; ERR_USAGE without a reason where more than the approval is missing. */
enum err_code plan_advance(struct session *session, const char *name, struct err *err) MUST_USE;
/* End a plan whose last stage is open; stragglers are given up. */
enum err_code plan_complete(struct session *session, const char *name, struct err *err) MUST_USE;
/* Slow down: offers per minute, devices in progress; -1 leaves one alone. */
enum err_code plan_throttle(struct session *session, const char *name, int64_t rate,
	int64_t in_progress, struct err *err) MUST_USE;
enum err_code plan_extend(
	struct session *session, const char *name, const char *end, struct err *err) MUST_USE;

/*
 * Add to the whitelist of an active plan.  By more than 10 % of its targets the rollout begins at
 * the first stage again: *restarted.  Blacklisted devices are refused.
 */
enum err_code plan_expand(struct session *session, const char *name, const struct values *whitelist,
	bool allow_unknown, int64_t *targets, bool *restarted, struct err *err) MUST_USE;

/* A draft with everything of another plan but its history. */
enum err_code plan_clone(
	struct session *session, const char *from, const char *name, struct err *err) MUST_USE;

/* Add to the whitelist of a plan, within a change: what plan_expand() and drafts share. */
enum err_code plan_whitelist_add(struct session *session, struct plan *plan,
	const struct values *values, bool allow_unknown, struct err *err) MUST_USE;

/* Within a change: write a plan's row, and note for the audit what is new about it (plans/rollout/note.c). */
enum err_code plan_store(struct session *session, const struct plan *old, const struct plan *new,
	struct err *err) MUST_USE;

/* End or suspend a loaded plan within a transaction: withdraw what is merely offered. */
enum err_code plan_stop(struct session *session, struct plan *plan, enum plan_state state,
	enum plan_cause cause, struct err *err) MUST_USE;

/*
 * Expand push and install windows up to about a year ahead, from what is expanded already, in the
 * plan's zone and, where it says so, in those of the devices.
 */
enum err_code plan_expand_windows(
	struct session *session, const struct plan *plan, struct err *err) MUST_USE;

/* Within a change that may have brought a device's zone that no running plan knows yet. */
enum err_code plan_expand_new_zones(struct session *session, struct err *err) MUST_USE;

/*
 * The install window open at `at` or the next one, in the device's zone where the plan says so; both
 * bounds 0 where the plan has none.
 */
enum err_code install_window(struct session *session, const struct plan *plan,
	const struct device *device, int64_t at, struct interval *ret, struct err *err) MUST_USE;

/* True when a window ("off": always) is open now in the zone. */
bool window_open_now(struct session *session, const char *window, const char *zone);

/* Open a stage, and the next ones with it while they add too few devices to judge. */
enum err_code plan_open_stage(
	struct session *session, struct plan *plan, int64_t index, struct err *err) MUST_USE;
