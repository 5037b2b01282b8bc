#include "cgi/route.h"

#include "cgi/files.h"
#include "cgi/native.h"
#include "core/str.h"
#include "plans/door/body.h"

static enum err_code
healthz(struct session *session, const struct request *request, const struct route_match *match,
	struct reply *reply, struct err *err)
{
	(void)request, (void)match;
	if (body_health(session, err))
		return err->code;
	reply_begin(reply, &session->arena, 200);
	reply_text(reply, "text/plain", "ok\n");
	return ERR_OK;
}

/* "*" stands for one segment.  A dialect adds its own rows. */
static const struct {
	enum method method;
	const char *pattern;
	route_handler handler;
} routes[] = {
	{ METHOD_GET, "/v1/*/plan", native_plan },
	{ METHOD_POST, "/v1/*/plan", native_plan },
	{ METHOD_POST, "/v1/*/executions/*", native_report },
	{ METHOD_POST, "/v1/*/versions", native_versions },
	{ METHOD_POST, "/v1/*/enrol", native_enrol },
	{ METHOD_GET, "/f/*", files_artifact },
	{ METHOD_GET, "/m/*", files_manifest },
	{ METHOD_GET, "/s/*", files_signature },
	{ METHOD_GET, "/healthz", healthz },
};

static bool
matches(struct arena *arena, const char *pattern, const char *path, struct route_match *ret)
{
	size_t values = 0;

	while (*pattern) {
		if (*pattern == '*') {
			size_t length = strcspn(path, "/");

			if (!length)
				return false;
			ret->values[values++] = arena_copy_n(arena, path, length);
			path += length;
			pattern++;
		} else if (*pattern++ != *path++) {
			return false;
		}
	}
	return !*path;
}

/* One handler within one read snapshot, which ends here whatever the handler did with it. */
static void
run(route_handler handler, struct session *session, const struct request *request,
	const struct route_match *match, struct reply *reply)
{
	struct err err = ERR_NONE;

	if (session_read_begin(session, &err) || handler(session, request, match, reply, &err))
		reply_error(reply, &session->arena, &err);
	session_read_end(session);
}

void
handle(struct session *session, const struct request *request, struct reply *reply)
{
	bool head = request->method == METHOD_HEAD, other_method = false;

	for (size_t i = 0; i < COUNT(routes); i++) {
		struct route_match match = { { NULL } };

		if (!matches(&session->arena, routes[i].pattern, request->path, &match))
			continue;
		if (routes[i].method != request->method &&
			!(head && routes[i].method == METHOD_GET)) {
			other_method = true;
			continue;
		}
		run(routes[i].handler, session, request, &match, reply);
		reply->head = head;
		return;
	}
	reply_begin(reply, &session->arena, other_method ? 405 : 404);
	reply_text(reply, "application/json",
		other_method ? "{\"error\":\"this method is not allowed here\"}\n"
			     : "{\"error\":\"there is nothing here\"}\n");
	reply->head = head;
}
