/* Who may come in: tokens, certificates, gateways and enrolment. */
#pragma once

#include "core/pairs.h"
#include "db/device.h"
#include "plans/base/session.h"

/* What a request brings along. */
struct credentials {
	const char *token;	 /* or NULL */
	const char *certificate; /* CN of a verified client certificate, or NULL */
	const char *product;	 /* a device of another one is unknown here; NULL: of any */
};

/*
 * The device of a name, if the credentials are its own, those of a gateway that may act for it, or
 * such as its product does not ask for.  With no token rows and auth "token" nobody gets in.
 * ERR_UNTRUSTED for an unknown device and for a wrong token, in the same words and the same time.
 * Texts of *ret live in the arena.  Within a read snapshot the fleet's row is remembered, see
 * session_fleet().
 */
enum err_code authenticate_device(struct session *session, const char *name,
	const struct credentials *credentials, struct device *ret, struct err *err) MUST_USE;

/*
 * Create a device that shows its product's enrolment token, running these versions; the read
 * snapshot is given up.  `token_out` holds TOKEN_TEXT bytes and gets the device's own token.
 * ERR_UNTRUSTED: no product takes this token, or none that is not used up.  ERR_CONFLICT: the
 * device is there already, and keeps its token.
 */
enum err_code authenticate_enrol(struct session *session, const char *name, const char *token,
	const struct pairs *components, char *token_out, struct err *err) MUST_USE;
