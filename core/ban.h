/*
 * Emergency stops: what ends an attempt that a device has accepted, while it has not begun to
 * install.  Every ticket, the poll, a report and the tick ask here, so that no device is handed
 * the address of a file that it is refused a moment later.
 */
#pragma once

#include "core/decide.h"

/* One component of an attempt. */
struct ban_part {
	const struct package *package; /* NULL: it cannot be read, and nobody may have it */
	const char *identity;	       /* of the component */
	enum execution_state state;
};

/* True where nothing of it is installed yet: from accepted to downloaded. */
bool ban_concerns(enum execution_state state);

/*
 * Why an attempt must not go on, as it is kept with it: "frozen", "device_held", "blacklisted",
 * "package_revoked", "not_signed" or "source_changed" (a delta of a version that the device, by
 * `components`, no longer reports).  NULL: it may go on, or has come too far to be stopped.
 * Device, product, plan, lists and the freeze of the facts are read.
 */
const char *ban_reason(const struct facts *facts, const struct pairs *components,
	const struct ban_part *parts, size_t count);

/*
 * Why the packages of an offer are not for the device any more, though the plan may have others for
 * it: "wrong_hardware", "requirement_missing", or one of those above.  NULL: they are.
 */
const char *ban_offer_reason(const struct facts *facts, const struct pairs *components,
	const struct ban_part *parts, size_t count);

/*
 * True for the reasons that are gates, too: the device is offered the plan again as soon as the
 * gate lets it, without a wait of its own.
 */
bool ban_is_gate(const char *reason);
