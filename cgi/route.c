#include "cgi/route.h"

#include "cgi/files.h"
#include "cgi/native.h"
#include "plans/door/body.h"

#include <assert.h>

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

static const struct route own_routes[] = {
	{ METHOD_GET, "/healthz", healthz },
};

const struct dialect route_dialects[ROUTE_DIALECTS] = {
	{ "native", native_routes, COUNT(native_routes) },
	{ "files", files_routes, COUNT(files_routes) },
	{ "health", own_routes, COUNT(own_routes) },
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
			assert(values < ROUTE_VALUES);
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

/* The route that fits; *other_method: one would, asked by another method. */
static const struct route *
find(struct arena *arena, const struct request *request, struct route_match *match,
	bool *other_method)
{
	enum method method = request->method == METHOD_HEAD ? METHOD_GET : request->method;

	for (size_t d = 0; d < COUNT(route_dialects); d++)
		for (size_t i = 0; i < route_dialects[d].count; i++) {
			const struct route *route = &route_dialects[d].routes[i];

			if (!matches(arena, route->pattern, request->path, match))
				continue;
			if (route->method == method)
				return route;
			*other_method = true;
		}
	return NULL;
}

void
handle(struct session *session, const struct request *request, struct reply *reply)
{
	struct route_match match = { { NULL } };
	bool other_method = false;
	const struct route *route = find(&session->arena, request, &match, &other_method);

	if (route) {
		run(route->handler, session, request, &match, reply);
	} else {
		reply_begin(reply, &session->arena, other_method ? 405 : 404);
		reply_text(reply, "application/json",
			other_method ? "{\"error\":\"this method is not allowed here\"}\n"
				     : "{\"error\":\"there is nothing here\"}\n");
	}
	reply->head = request->method == METHOD_HEAD;
}
