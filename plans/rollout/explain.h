/* Why a device gets a plan now, or not: all gates, as its poll would hear them. */
#pragma once

#include "plans/rollout/facts.h"

struct explanation {
	const char *plan, *device;
	struct plan loaded;
	struct decision decision;
	const struct execution *newest; /* in this plan, or NULL */
};

/*
 * Judge one device for one plan on a read snapshot of its own, all gates with their values.  A
 * device that is unknown is explained, too.  ERR_NOT_FOUND: no such plan.
 */
enum err_code explain(struct session *session, const char *plan, const char *device,
	struct explanation *ret, struct err *err) MUST_USE;
/*
 * The same for all running plans of the device's product, in the arena; ERR_NOT_FOUND: no such
 * device.
 */
enum err_code explain_device(struct session *session, const char *device, struct explanation **ret,
	size_t *count, struct err *err) MUST_USE;
