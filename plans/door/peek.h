/* What a device would be offered if it asked now: nothing is stored, and no offer is made. */
#pragma once

#include "plans/door/offer.h"

struct peek {
	bool has_offer;
	struct offer offer; /* its plan and execution, as they are or would be; no components */
	int64_t earliest;   /* without one: when that may change by itself; MOMENT_NEVER */
};

/*
 * Look for a device, within a read snapshot.  Who has accepted something is offered nothing else
 * until that has ended.  The plan lives in the session's cache or its arena.  ERR_BUSY, ERR_IO.
 */
enum err_code peek_run(struct session *session, const struct device *device, struct peek *ret,
	struct err *err) MUST_USE;

/*
 * The next devices in service behind the id `after`, at most `limit`, in the arena; fewer: there
 * are no more.  Within a read snapshot.  ERR_IO, ERR_BUSY.
 */
enum err_code peek_page(struct session *session, int64_t after, size_t limit, struct device **ret,
	size_t *count, struct err *err) MUST_USE;
