/*
 * The counts of a running plan follow its devices: what a poll, an enrolment or an operator changes
 * of one device moves the targets, those already there and the size of a stage by one.
 */
#pragma once

#include "core/target.h"
#include "plans/rollout/facts.h"

/*
 * The standing of a loaded subject in a plan; who is not enrolled has none: { TARGET_NONE, -1 }.
 * ERR_IO, ERR_BUSY.
 */
enum err_code follow_standing(struct session *session, const struct fleet *fleet,
	const struct catalog *catalog, const struct plan *plan, const struct subject *subject,
	struct standing *ret, struct err *err) MUST_USE;

/* Count a device of a plan from one standing into another.  Within a write transaction. */
enum err_code follow_count(struct session *session, const struct plan *plan,
	const struct standing *before, const struct standing *after, struct err *err) MUST_USE;

/* Whether a running plan of the product looks at who is in a group now. */
enum err_code follow_group(struct session *session, int64_t product, int64_t group, bool *ret,
	struct err *err) MUST_USE;

/* A device whose row is about to change, as it was before. */
struct following {
	struct fleet fleet;
	const struct catalog *catalog; /* of its product */
	struct subject before;
};

/* Remember a device as it is.  Within a write transaction, as are the next two. */
enum err_code follow_begin(struct session *session, const struct device *device,
	struct following *ret, struct err *err) MUST_USE;

/* Let the plans of its product follow what was made of it; NULL: it is out of service. */
enum err_code follow_finish(struct session *session, struct following *following,
	const struct device *device, struct err *err) MUST_USE;

/*
 * Let all running plans of the catalog follow a device that was as `before` says (NULL: it was not
 * enrolled) and is as `after` says (NULL: it is not any more); both are loaded.  What such a plan
 * had offered to who is there by another way is withdrawn and leaves its counters: *withdrawn says
 * that executions were changed.  Within a write transaction.
 */
enum err_code follow_device(struct session *session, const struct fleet *fleet,
	const struct catalog *catalog, const struct subject *before, const struct subject *after,
	bool *withdrawn, struct err *err) MUST_USE;
