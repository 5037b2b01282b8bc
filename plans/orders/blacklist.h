/* Additions to the blacklist of a plan, whatever its state but ended. */
#pragma once

#include "plans/base/session.h"
#include "plans/orders/values.h"

enum { BLACKLISTING_SAMPLE = 10 };

struct blacklisting {
	int64_t devices;  /* that were not on it before */
	int64_t canceled; /* of them: attempts that this ended */
	int64_t going_on; /* and devices that install already: they go on */
	int64_t targets;  /* of the plan, afterwards */
	bool draft;	  /* its targets are not counted yet */
	bool unchanged;	  /* all of it was on the list: nothing was written */
	const char *sample[BLACKLISTING_SAMPLE]; /* the first of the devices, in the arena */
	size_t sample_count;
};

/*
 * Add to the blacklist of a draft, active or suspended plan: ids, @file, group:, label:,
 * plan:NAME:STATE as for `plan create`.  Groups and plans are copied now, and the group is followed
 * from now on.  In the same change the plan's counts follow, and what the devices download is
 * canceled.  Nothing is written where nothing is new.  ERR_CONFLICT: the plan has ended;
 * ERR_NOT_FOUND, ERR_INPUT, ERR_USAGE as plan_edit().
 */
enum err_code plan_blacklist(struct session *session, const char *name, const struct values *who,
	bool allow_unknown, struct blacklisting *ret, struct err *err) MUST_USE;
