#include "cgi/route.h"

#include "cgi/awsjobs.h"
#include "cgi/esp.h"
#include "cgi/files.h"
#include "cgi/native.h"
#include "cgi/pycom.h"
#include "cgi/quecthing.h"
#include "core/limits.h"
#include "core/str.h"
#include "plans/door/body.h"
#include "plans/door/jobwire.h"

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
	{ .name = "native", .routes = native_routes, .count = COUNT(native_routes) },
	{ .name = "files", .routes = files_routes, .count = COUNT(files_routes) },
	{ .name = "health", .routes = own_routes, .count = COUNT(own_routes) },
	{ .name = "esp",
		.routes = esp_routes,
		.count = COUNT(esp_routes),
		.root = "/esp/*/*",
		.bare = true },
	{ .name = "quecthing", .routes = quecthing_routes, .count = COUNT(quecthing_routes) },
	{ .name = "awsjobs",
		.routes = awsjobs_routes,
		.count = COUNT(awsjobs_routes),
		.root = "",
		.wording = jobwire_error },
	{ .name = "pycom",
		.routes = pycom_routes,
		.count = COUNT(pycom_routes),
		.root = "/pycom/*/*",
		.bare = true,
		.list = "/pycom/*/*/manifest.json",
		.no_list = "null",
		.multiple = 100 },
};

/* What stands in one place of a pattern. */
struct capture {
	const char *at;
	size_t length;
};

/* How a path and a pattern fit together. */
enum fit { FIT_NOT, FIT_MALFORMED, FIT_WELL };

/* Whether a pattern fits, and what stands in its places.  Where none fits nothing is copied. */
static enum fit
fit(const char *pattern, const char *path, struct capture *ret, size_t *count)
{
	bool well = true;

	*count = 0;
	while (*pattern) {
		bool rest = pattern[0] == '*' && pattern[1] == '*';
		size_t length = rest ? strlen(path) : strcspn(path, "/");

		if (*pattern != '*') {
			if (*pattern++ != *path++)
				return FIT_NOT;
			continue;
		}
		if (!length)
			return FIT_NOT;
		assert(*count < ROUTE_VALUES);
		ret[(*count)++] = (struct capture){ path, length };
		well = well && length <= (rest ? LIMIT_REST : LIMIT_SEGMENT) &&
		       str_printable(path, length);
		path += length;
		pattern += rest ? 2 : 1;
	}
	return *path ? FIT_NOT : well ? FIT_WELL : FIT_MALFORMED;
}

/* A request, as the table of dialects sees it. */
struct asked {
	const struct dialect *dialect; /* whose server block it is, else whose path; NULL: none's */
	bool block;		       /* no other dialect is asked */
	const char *path;
};

/* The path that a server block of a dialect stands for: its root with the product, and the path. */
static const char *
block_path(struct arena *arena, const struct dialect *dialect, const struct request *request)
{
	const char *root = dialect->root, *value = request->product;
	struct buf path = { .arena = arena };

	for (; *root; root++) {
		if (*root != '*') {
			buf_add(&path, root, 1);
			continue;
		}
		buf_text(&path, value ? value : "-");
		value = NULL;
	}
	buf_text(&path, request->path);
	return path.text;
}

/* ERR_INTERNAL: the web server's configuration names a dialect or a product that is none. */
static enum err_code
asked_read(struct arena *arena, const struct request *request, struct asked *ret, struct err *err)
{
	*ret = (struct asked){ .path = request->path };
	for (size_t i = 0; i < COUNT(route_dialects) && !ret->dialect; i++) {
		const struct dialect *d = &route_dialects[i];
		const char *first = d->routes[0].pattern;

		if (request->dialect
				? !strcmp(d->name, request->dialect)
				: d->root && !strncmp(first, request->path, strcspn(first, "*")))
			ret->dialect = d;
	}
	if (request->dialect && !ret->dialect)
		return err_set(err, ERR_INTERNAL, "OTACTL_DIALECT names no dialect");
	if (request->product && !word_is(WORD_NAME, request->product))
		return err_set(err, ERR_INTERNAL, "OTACTL_PRODUCT is no product name");
	ret->block = request->dialect && ret->dialect->root;
	if (ret->block)
		ret->path = block_path(arena, ret->dialect, request);
	return ERR_OK;
}

static bool
bare(const struct asked *asked)
{
	return asked->dialect && asked->dialect->bare;
}

static error_wording
wording(const struct asked *asked)
{
	return asked->dialect ? asked->dialect->wording : NULL;
}

/* In the place of a body that such devices would take for what they asked. */
static void
make_bare(const struct asked *asked, const char *why, struct reply *reply)
{
	const struct dialect *d = asked->dialect;
	struct capture captures[ROUTE_VALUES];
	size_t count;

	reply_bare(reply, why);
	if (d->list && fit(d->list, asked->path, captures, &count) == FIT_WELL)
		reply_text(reply, "application/json", d->no_list);
}

static void
answer_error(struct session *session, const struct asked *asked, const struct err *err,
	struct reply *reply)
{
	reply_error(reply, &session->arena, err, wording(asked));
	if (bare(asked))
		make_bare(asked, err->what, reply);
}

/* The handler of the route that fits best; the status that says why there is none, else 200. */
static int
find(const struct asked *asked, enum method method, route_handler *handler,
	struct capture *captures, size_t *count)
{
	int status = 404;

	for (size_t d = 0; d < COUNT(route_dialects); d++)
		for (size_t i = 0; i < route_dialects[d].count; i++) {
			const struct route *route = &route_dialects[d].routes[i];
			enum fit how;

			if (asked->block && &route_dialects[d] != asked->dialect)
				break;
			how = fit(route->pattern, asked->path, captures, count);
			if (how == FIT_NOT)
				continue;
			if (how == FIT_MALFORMED) {
				status = 400;
			} else if (route->method == method) {
				*handler = route->handler;
				return 200;
			} else if (status == 404) {
				status = 405;
			}
		}
	return status;
}

/* One handler within one read snapshot, which ends here whatever the handler did with it. */
static void
run(route_handler handler, struct session *session, const struct request *request,
	const struct asked *asked, const struct route_match *match, struct reply *reply)
{
	struct err err = ERR_NONE;

	if (session_read_begin(session, &err) || handler(session, request, match, reply, &err))
		answer_error(session, asked, &err, reply);
	session_read_end(session);
}

static void
answer_nobody(struct session *session, const struct asked *asked, int status, struct reply *reply)
{
	const char *why = status == 405	  ? "this method is not allowed here"
			  : status == 400 ? "the path is malformed"
					  : "there is nothing here";

	reply_begin(reply, &session->arena, status);
	if (bare(asked))
		make_bare(asked, why, reply);
	else
		reply_reason(reply, &session->arena, status == 404 ? ERR_NOT_FOUND : ERR_INPUT, why,
			wording(asked));
}

static void
answer(struct session *session, const struct request *request, const struct asked *asked,
	struct reply *reply)
{
	enum method method = request->method == METHOD_HEAD ? METHOD_GET : request->method;
	struct capture captures[ROUTE_VALUES];
	struct route_match match = { { NULL } };
	route_handler handler = NULL;
	size_t count;
	int status = find(asked, method, &handler, captures, &count);

	if (!handler) {
		answer_nobody(session, asked, status, reply);
		return;
	}
	for (size_t i = 0; i < count; i++)
		match.values[i] = arena_copy_n(&session->arena, captures[i].at, captures[i].length);
	run(handler, session, request, asked, &match, reply);
}

/* What is the same for every answer. */
static void
finish(const struct request *request, const struct asked *asked, struct reply *reply)
{
	reply->head = request->method == METHOD_HEAD;
	reply->overhead = request->overhead;
	if (asked->dialect)
		reply->multiple = asked->dialect->multiple;
}

void
handle(struct session *session, const struct request *request, struct reply *reply)
{
	struct err err = ERR_NONE;
	struct asked asked;

	if (asked_read(&session->arena, request, &asked, &err))
		answer_error(session, &asked, &err, reply);
	else
		answer(session, request, &asked, reply);
	finish(request, &asked, reply);
}

void
handle_error(struct session *session, const struct request *request, const struct err *err,
	struct reply *reply)
{
	struct err configuration = ERR_NONE;
	struct asked asked;

	(void)!asked_read(&session->arena, request, &asked, &configuration);
	answer_error(session, &asked, err, reply);
	finish(request, &asked, reply);
}
