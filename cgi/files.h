/* Artifacts, manifests and signatures: the same for every dialect. */
#pragma once

#include "cgi/route.h"
#include "core/model.h"

/*
 * The reply that sends a file which the device may have, with ETag and X-MD5.  The web server
 * sends it where it can, with HEAD and Range; with `self`, or where it cannot, the door does, which
 * then owns the length of the header.  ERR_NOT_FOUND: the store has lost it.
 */
enum err_code files_send(struct session *session, const struct request *request,
	const struct artifact *file, bool self, struct reply *reply, struct err *err) MUST_USE;

enum { FILES_ROUTES = 3 };
extern const struct route files_routes[FILES_ROUTES];
