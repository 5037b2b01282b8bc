/* Who may come in: tokens, certificates, gateways and enrolment. */
#pragma once

#include "core/pairs.h"
#include "db/device.h"
#include "plans/base/session.h"

/*
 * A device at the door.  With no token rows and auth "token" nobody gets in.  Unknown device and wrong
 * token answer alike and take the same time: ERR_UNTRUSTED.
 */
struct credentials {
	const char *token;	 /* or NULL */
	const char *certificate; /* CN of a verified client certificate, or NULL */
};
enum err_code device_authenticate(struct session *session, const char *name,
	const struct credentials *credentials, struct device *ret, struct err *err) MUST_USE;

/* Create or re-issue a device that shows its product's enrolment token; ERR_UNTRUSTED otherwise. */
enum err_code device_enrol(struct session *session, const char *name, const char *token,
	const struct pairs *components, char *token_out, struct err *err) MUST_USE;
