#include "cgi/native.h"

#include "cgi/who.h"
#include "core/str.h"
#include "plans/door/authenticate.h"
#include "plans/door/wire.h"

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
	const char *body;

	if (who_named(session, request, match, &device, err))
		return err->code;
	if (request->method == METHOD_POST
			? wire_read_poll(session, request->body, request->body_length, &told, err)
			: wire_read_query(request->query, request->query_count, &told, err))
		return err->code;
	if (poll_run(session, &device, &told, query_is(request, "accept", "1"), &answer, err))
		return err->code;
	body = wire_poll(&wire, &answer, query_is(request, "wait", "0"));
	reply_json(reply, &session->arena, body ? 200 : 204, body);
	reply_retry_after(reply, answer.retry_after_s);
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

	if (who_named(session, request, match, &device, err) ||
		wire_read_versions(session, request->body, request->body_length, &told, err) ||
		poll_run(session, &device, &told, false, &answer, err))
		return err->code;
	reply_json(reply, &session->arena, 200, "{}\n");
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

	if (who_named(session, request, match, &device, err) ||
		wire_read_report(session, request->body, request->body_length, &told, err))
		return err->code;
	if (!str_int(match->values[1], 1, INT32_MAX, &execution))
		return err_set(err, ERR_NOT_FOUND, "there is no such execution of this device");
	if (report_run(session, &device, execution, &told, &answer, err))
		return err->code;
	reply_json(reply, &session->arena, answer.conflict ? 409 : 200,
		wire_report(&wire, &told, &answer));
	return ERR_OK;
}

static enum err_code
enrol(struct session *session, const struct request *request, const struct route_match *match,
	struct reply *reply, struct err *err)
{
	struct told told = { .arena = &session->arena };
	char token[TOKEN_TEXT];

	if (!word_is(WORD_DEVICE, match->values[0]))
		return err_set(err, ERR_INPUT, "this is no device id");
	if (request->body_length &&
		wire_read_poll(session, request->body, request->body_length, &told, err))
		return err->code;
	if (authenticate_enrol(session, match->values[0], request->token ? request->token : "",
		    &told.components, token, err))
		return err->code;
	reply_json(reply, &session->arena, 201, wire_token(session, token));
	return ERR_OK;
}

const struct route native_routes[NATIVE_ROUTES] = {
	{ METHOD_GET, "/v1/*/plan", plan },
	{ METHOD_POST, "/v1/*/plan", plan },
	{ METHOD_POST, "/v1/*/executions/*", report },
	{ METHOD_POST, "/v1/*/versions", versions },
	{ METHOD_POST, "/v1/*/enrol", enrol },
};
