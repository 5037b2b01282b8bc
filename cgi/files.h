/* Artifacts, manifests and signatures: the same for every dialect. */
#pragma once

#include "cgi/route.h"
#include "plans/door/poll.h"

enum err_code files_artifact(struct session *session, const struct request *request,
	const struct route_match *match, struct reply *reply, struct err *err);
enum err_code files_manifest(struct session *session, const struct request *request,
	const struct route_match *match, struct reply *reply, struct err *err);
enum err_code files_signature(struct session *session, const struct request *request,
	const struct route_match *match, struct reply *reply, struct err *err);

/* A signed download URL, in the arena, and when it expires. */
const char *files_url(struct session *session, const struct request *request, const char *sha256,
	const struct execution *execution, int64_t expires_at);
