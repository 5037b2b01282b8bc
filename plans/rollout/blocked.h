/* What stops a rollout that nobody has suspended: the one place that says so. */
#pragma once

#include "db/plan.h"
#include "db/product.h"
#include "plans/base/session.h"

struct blocked {
	const char *code; /* the gate it stands behind, or "clock", "old_copy", "zone_unreadable" */
	const char *why;  /* for people */
	int64_t since;	  /* 0: unknown */
	const char *fix;
};

struct blocked_list {
	struct blocked *list;
	size_t count;
	const char *untimed; /* no tick moves anything on: what would; NULL: they do */
};

/*
 * What keeps an active plan of the product from being offered, or will, in the arena: from what
 * concerns the whole fleet to what concerns its packages and zones.  Any other plan has nothing to
 * be kept from.  Only id and state of `plan` are looked at, the rest is read; within a read
 * snapshot.
 */
enum err_code blocked_get(struct session *session, const struct plan *plan,
	const struct product *product, struct blocked_list *ret, struct err *err) MUST_USE;
