#include "cgi/native.h"

#include "core/str.h"
#include "plans/door/authenticate.h"
#include "plans/door/wire.h"

#include <inttypes.h>

/* ERR_INPUT for a path whose device is none. */
static enum err_code
device_check(const struct route_match *match, struct err *err)
{
	if (!word_is(WORD_DEVICE, match->values[0]))
		return err_set(err, ERR_INPUT, "this is no device id");
	return ERR_OK;
}

/* Who asks: the device of the path, with the credentials of the request. */
static enum err_code
enter(struct session *session, const struct request *request, const struct route_match *match,
	struct device *ret, struct err *err)
{
	struct credentials credentials = { request->token, request->certificate, NULL };

	if (device_check(match, err))
		return err->code;
	return authenticate_device(session, match->values[0], &credentials, ret, err);
}

/* A reply with this JSON, or without a body. */
static void
reply_json(struct reply *reply, struct session *session, int status, const char *body)
{
	reply_begin(reply, &session->arena, status);
	reply_header(reply, "Cache-Control", "no-store");
	if (body)
		reply_text(reply, "application/json", body);
}

static bool
query_is(const struct request *request, const char *key, const char *value)
{
	const char *given = request_query(request, key);

	return given && !strcmp(given, value);
}

static enum err_code
plan(struct session *session, const struct request *request, const struct route_match *match,
	struct reply *reply, struct err *err)
{
	const struct wire wire = { session, request->base_url };
	struct told told = { .arena = &session->arena };
	struct poll_answer answer;
	struct device device;
	char seconds[24];
	const char *body;

	if (enter(session, request, match, &device, err))
		return err->code;
	if (request->method == METHOD_POST
			? wire_read_poll(session, request->body, request->body_length, &told, err)
			: wire_read_query(request->query, request->query_count, &told, err))
		return err->code;
	if (poll_run(session, &device, &told, query_is(request, "accept", "1"), &answer, err))
		return err->code;
	body = wire_poll(&wire, &answer, query_is(request, "wait", "0"));
	reply_json(reply, session, body ? 200 : 204, body);
	snprintf(seconds, sizeof seconds, "%" PRId64, answer.retry_after_s);
	reply_header(reply, "Retry-After", seconds);
	reply_header(reply, "OTA-Verdict", verdict_words[answer.verdict]);
	return ERR_OK;
}

static enum err_code
versions(struct session *session, const struct request *request, const struct route_match *match,
	struct reply *reply, struct err *err)
{
	struct told told = { .arena = &session->arena };
	struct poll_answer answer;
	struct device device;

	if (enter(session, request, match, &device, err) ||
		wire_read_versions(session, request->body, request->body_length, &told, err) ||
		poll_run(session, &device, &told, false, &answer, err))
		return err->code;
	reply_json(reply, session, 200, "{}\n");
	return ERR_OK;
}

static enum err_code
report(struct session *session, const struct request *request, const struct route_match *match,
	struct reply *reply, struct err *err)
{
	const struct wire wire = { session, request->base_url };
	struct report_answer answer;
	struct report told;
	struct device device;
	int64_t execution;

	if (enter(session, request, match, &device, err) ||
		wire_read_report(session, request->body, request->body_length, &told, err))
		return err->code;
	if (!str_int(match->values[1], 1, INT32_MAX, &execution))
		return err_set(err, ERR_NOT_FOUND, "there is no such execution of this device");
	if (report_run(session, &device, execution, &told, &answer, err))
		return err->code;
	reply_json(reply, session, answer.conflict ? 409 : 200, wire_report(&wire, &told, &answer));
	return ERR_OK;
}

static enum err_code
enrol(struct session *session, const struct request *request, const struct route_match *match,
	struct reply *reply, struct err *err)
{
	struct told told = { .arena = &session->arena };
	char token[TOKEN_TEXT];

	if (device_check(match, err))
		return err->code;
	if (request->body_length &&
		wire_read_poll(session, request->body, request->body_length, &told, err))
		return err->code;
	if (authenticate_enrol(session, match->values[0], request->token ? request->token : "",
		    &told.components, token, err))
		return err->code;
	reply_json(reply, session, 201, wire_token(session, token));
	return ERR_OK;
}

const struct route native_routes[NATIVE_ROUTES] = {
	{ METHOD_GET, "/v1/*/plan", plan },
	{ METHOD_POST, "/v1/*/plan", plan },
	{ METHOD_POST, "/v1/*/executions/*", report },
	{ METHOD_POST, "/v1/*/versions", versions },
	{ METHOD_POST, "/v1/*/enrol", enrol },
};
