/*
 * The three operations of the device door, the same for every dialect: poll, report, ticket.
 *
 * A poll decides on a read snapshot.  Only when something must be written does it take the write lock
 * and decide again on fresh rows; a poll that changes nothing writes nothing.
 */
#pragma once

#include "core/decide.h"
#include "plans/door/offer.h"
#include "plans/door/told.h"

struct poll_answer {
	bool has_offer;
	struct offer offer;
	enum verdict verdict; /* without an offer */
	int64_t retry_after_s;
};

/*
 * Poll.  `device` was authenticated within the read snapshot of session_read_begin(); it is given up where something
 * must be written.  Answers live in the arena, the plan in the session's cache until the next request.
 */
enum err_code poll_run(struct session *session, const struct device *device,
	const struct told *told, bool accept, struct poll_answer *ret, struct err *err) MUST_USE;
