/*
 * Targets that are alike: the same versions, and whatever else a plan looks at.  An activation
 * counts them while it counts its targets, and decides each kind once.
 */
#pragma once

#include "plans/orders/targets.h"
#include "plans/rollout/prospect.h"

enum { KINDS_MAX = 4096 };

struct kind {
	int64_t id; /* of the first device */
	const char *name, *components, *floors, *labels, *attributes;
	int64_t inside, outside;  /* devices; outside: no stage ever admits them */
	const char *outside_name; /* one of these */
};

struct kinds {
	struct prospect open;
	struct kind list[KINDS_MAX];
	size_t count, newest;
	uint16_t places[2 * KINDS_MAX]; /* open addressing: index of a kind + 1, or 0 */
	/* Known once they are judged. */
	int64_t gets;		 /* who gets the plan, */
	int64_t takes[KIND_MAX]; /* and with it a package of this kind */
};

/* Begin to count; the plan's packages are loaded. */
void kinds_make(struct activating *a);

/* Count a target that is pending, and whether no stage ever admits it. */
void kinds_add(struct activating *a, const struct target_row *row, bool outside);

/*
 * Decide each kind with everything open that changes with time: who never gets the plan and why, in
 * out->never and example, who does in the kinds.  The stages are sized.  ERR_IO, ERR_BUSY.
 */
enum err_code kinds_judge(struct activating *a, struct err *err) MUST_USE;
