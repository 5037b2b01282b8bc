/*
 * A poll: what a device runs goes in, an offer or a verdict comes out.  One of the three operations
 * of the door, the same for every dialect, beside report.h and ticket.h.
 */
#pragma once

#include "core/decide.h"
#include "plans/door/offer.h"
#include "plans/door/told.h"

/* What the device hears. */
struct poll_answer {
	bool has_offer;
	struct offer offer;
	enum verdict verdict; /* without an offer */
	int64_t retry_after_s;
};

/*
 * Answer a poll of a device that was authenticated within the present read snapshot, which is given
 * up where something must be written; that is committed before this returns.  `accept`: the device
 * takes a silent offer at once.  *ret lives in the arena, the plan in the session's cache until the
 * next request.  ERR_BUSY, ERR_IO.
 */
enum err_code poll_run(struct session *session, const struct device *device,
	const struct told *told, bool accept, struct poll_answer *ret, struct err *err) MUST_USE;

/*
 * Take the silent offer that a poll has just answered with, once who asks has seen that it can:
 * the same poll over fresh rows, whose offer is accepted where it still holds.  *ret may therefore
 * be of another offer, or of none, or of one that cannot be taken now.  As poll_run() otherwise.
 */
enum err_code poll_take(struct session *session, const struct device *device,
	const struct told *told, struct poll_answer *ret, struct err *err) MUST_USE;
