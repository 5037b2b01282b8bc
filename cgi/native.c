#include "cgi/native.h"

#include "cgi/files.h"
#include "core/execution.h"
#include "core/str.h"
#include "plans/door/authenticate.h"
#include "plans/door/body.h"
#include "plans/door/report.h"
#include "plans/fleet/device.h"

#include <inttypes.h>

/* --- what a device says -------------------------------------------------------------------------- */

static enum err_code
refuse(struct err *err, const char *why)
{
	return err_set(err, ERR_INPUT, "%s", why);
}

static enum err_code
component_told(
	struct arena *arena, struct told *told, const char *key, const char *value, struct err *err)
{
	/* What the product does not declare is ignored later; what no product could declare, now. */
	if (!word_is(WORD_IDENTITY, key))
		return ERR_OK;
	if (!word_is(WORD_REPORTED, value))
		return refuse(err, "a version must have at most 64 printable characters");
	if (told->components.count < LIMIT_PAIRS)
		pairs_set(arena, &told->components, key, value);
	return ERR_OK;
}

static enum err_code
attribute_told(
	struct arena *arena, struct told *told, const char *key, const char *value, struct err *err)
{
	if (!word_is(WORD_LABEL, key) || !word_is(WORD_ATTRIBUTE, value))
		return refuse(err, "an attribute is malformed");
	if (told->attributes.count < LIMIT_PAIRS)
		pairs_set(arena, &told->attributes, key, value);
	return ERR_OK;
}

/* The metrics, by the name that both forms of the query use. */
static enum err_code
metric_told(struct metrics *m, const char *key, int64_t value, bool *known, struct err *err)
{
	*known = true;
	if (!strcmp(key, "battery")) {
		m->has_battery = true;
		m->battery = value;
		return value >= 0 && value <= 100 ? ERR_OK
						  : refuse(err, "battery must be 0 to 100");
	}
	if (!strcmp(key, "charging")) {
		m->has_charging = true;
		m->charging = value;
		return value == 0 || value == 1 ? ERR_OK : refuse(err, "charging must be 0 or 1");
	}
	if (!strcmp(key, "signal")) {
		m->has_signal = true;
		m->signal = value;
		return value >= -200 && value <= 200 ? ERR_OK
						     : refuse(err, "signal must be in dBm");
	}
	if (!strcmp(key, "free")) {
		m->has_free = true;
		m->free = value;
		return value >= 0 ? ERR_OK : refuse(err, "free must be a number of bytes");
	}
	*known = false;
	return ERR_OK;
}

static enum err_code
slot_told(struct metrics *m, const char *value, struct err *err)
{
	if (*value && !word_is(WORD_NAME, value))
		return refuse(err, "the slot is malformed");
	str_copy(m->slot, sizeof m->slot, value);
	return ERR_OK;
}

static enum err_code
told_from_query(
	struct session *session, const struct request *request, struct told *ret, struct err *err)
{
	for (size_t i = 0; i < request->query_count; i++) {
		const char *key = request->query[i].key, *value = request->query[i].value;
		int64_t number = 0;
		bool known;

		if (!strcmp(key, "token") || !strcmp(key, "accept") || !strcmp(key, "wait"))
			continue;
		if (!strcmp(key, "slot")) {
			if (slot_told(&ret->metrics, value, err))
				return err->code;
		} else if (str_starts(key, "attr.")) {
			if (attribute_told(&session->arena, ret, key + strlen("attr."), value, err))
				return err->code;
		} else {
			if (!str_int(value, INT64_MIN, INT64_MAX, &number))
				number = INT64_MIN;
			if (metric_told(&ret->metrics, key, number, &known, err) ||
				(!known && component_told(&session->arena, ret, key, value, err)))
				return err->code;
		}
	}
	return ERR_OK;
}

static enum err_code
texts_told(struct session *session, const struct doc *doc, const struct doc_value *object,
	struct told *ret, bool components, struct err *err)
{
	if (object->type != DOC_OBJECT)
		return refuse(err, "components and attributes must be objects");
	for (size_t i = 0; i < doc->count; i++) {
		const struct doc_value *v = &doc->list[i];

		if (v->parent != object->id || !v->key)
			continue;
		if (v->type != DOC_TEXT)
			return refuse(err, "versions and attributes must be strings");
		if (components ? component_told(&session->arena, ret, v->key, v->text, err)
			       : attribute_told(&session->arena, ret, v->key, v->text, err))
			return err->code;
	}
	return ERR_OK;
}

static enum err_code
told_from_body(
	struct session *session, const struct request *request, struct told *ret, struct err *err)
{
	struct doc doc;

	if (body_read(session, request->body, request->body_length, &doc, err))
		return err->code;
	for (size_t i = 1; i < doc.count; i++) {
		const struct doc_value *v = &doc.list[i];
		bool known;

		if (v->parent != doc.list[0].id || !v->key || v->type == DOC_NULL)
			continue;
		if (!strcmp(v->key, "components") || !strcmp(v->key, "attributes")) {
			if (texts_told(session, &doc, v, ret, *v->key == 'c', err))
				return err->code;
		} else if (!strcmp(v->key, "slot")) {
			if (v->type != DOC_TEXT || slot_told(&ret->metrics, v->text, err))
				return err->code ? err->code : refuse(err, "the slot is malformed");
		} else if (v->type == DOC_INT || v->type == DOC_BOOL) {
			if (metric_told(&ret->metrics, v->key, v->number, &known, err))
				return err->code;
		}
	}
	return ERR_OK;
}

/* --- what it is told --------------------------------------------------------------------------- */

static void
number_or_null(struct json *json, const char *key, int64_t value)
{
	if (value == STRATEGY_OFF)
		json_null(json, key);
	else
		json_int(json, key, value);
}

static void
components_json(struct json *json, const struct offer *offer)
{
	const struct strategy *s = &offer->plan->strategy;

	json_array(json, "components");
	for (size_t i = 0; i < offer->component_count; i++) {
		const struct offer_component *c = &offer->components[i];

		json_object(json, NULL);
		json_string(json, "identity", c->component.identity);
		json_string(json, "type", type_words[c->type]);
		json_string(json, "kind", kind_words[c->package.kind]);
		json_string(json, "source", *c->component.source ? c->component.source : NULL);
		json_string(json, "target", c->component.target);
		json_string(json, "state", execution_state_words[c->component.state]);
		json_int(json, "size", c->size);
		number_or_null(json, "min_battery", s->min_battery);
		number_or_null(json, "min_signal", s->min_signal);
		number_or_null(json, "min_free",
			s->min_free == STRATEGY_OFF ? STRATEGY_OFF : c->size * s->min_free / 100);
		json_close_object(json);
	}
	json_close_array(json);
}

static void
file_json(struct session *session, const struct request *request, struct json *json,
	const struct offer *offer, const struct offer_component *c, const struct artifact *f)
{
	int64_t expires_at = session->now + offer->plan->strategy.url_ttl;

	json_object(json, NULL);
	json_string(json, "identity", c->component.identity);
	json_string(json, "name", f->name);
	json_string(json, "slot", *f->slot ? f->slot : NULL);
	json_string(json, "path", *f->path ? f->path : NULL);
	json_int(json, "size", f->size);
	json_string(json, "md5", f->md5);
	json_string(json, "sha1", f->sha1);
	json_string(json, "crc32", f->crc32);
	json_string(json, "sha256", f->sha256);
	json_string(
		json, "url", files_url(session, request, f->sha256, &offer->execution, expires_at));
	json_time(json, "url_expires", expires_at);
	json_string(json, "signature",
		arena_printf(&session->arena, "%s/s/%s", request->base_url, f->sha256));
	json_close_object(json);
}

static void
files_json(struct session *session, const struct request *request, struct json *json,
	const struct offer *offer)
{
	json_array(json, "files");
	for (size_t i = 0; i < offer->component_count; i++)
		for (size_t f = 0; execution_open(offer->components[i].component.state) &&
				   f < offer->components[i].file_count;
			f++)
			file_json(session, request, json, offer, &offer->components[i],
				offer->components[i].files[f]);
	json_close_array(json);
}

/* Files are for those who have accepted and not ended. */
static bool
gets_files(const struct execution *e)
{
	return e->state != EXEC_OFFERED && execution_open(e->state);
}

static void
offer_json(struct session *session, const struct request *request, struct json *json,
	const struct offer *offer)
{
	const struct execution *e = &offer->execution;
	const struct plan *plan = offer->plan;

	json_object(json, NULL);
	json_string(json, "execution", arena_printf(&session->arena, "%" PRId64, e->id));
	json_string(json, "plan", plan->name);
	json_int(json, "attempt", e->attempt);
	json_string(json, "state", execution_state_words[e->state]);
	json_int(json, "version", e->version);
	json_string(json, "mode", mode_words[plan->mode]);
	json_time(json, "offer_expires", e->state == EXEC_OFFERED ? e->deadline_at : 0);
	components_json(json, offer);
	json_object(json, "text");
	for (size_t i = 0; i < plan->text_count; i++)
		json_string(json, plan->texts[i].language, plan->texts[i].text);
	json_close_object(json);
	json_object(json, "install");
	json_time(json, "not_before", offer->install.opens_at);
	json_time(json, "before", offer->install.closes_at);
	json_close_object(json);
	if (gets_files(e))
		files_json(session, request, json, offer);
	json_string(json, "manifest",
		arena_printf(
			&session->arena, "%s/m/%s", request->base_url, offer->manifest_sha256));
	json_array(json, "signatures");
	for (size_t i = 0; i < offer->key_id_count; i++)
		json_string(json, NULL,
			arena_printf(&session->arena, "%s/m/%s.%s.minisig", request->base_url,
				offer->manifest_sha256, offer->key_ids[i]));
	json_close_array(json);
	if (e->cancel_requested)
		json_bool(json, "cancel_requested", true);
	json_close_object(json);
}

static void
poll_reply(struct session *session, const struct request *request, const struct poll_answer *answer,
	struct reply *reply)
{
	struct buf body = { .arena = &session->arena };
	struct json json = { .buf = &body };
	const char *wait = request_query(request, "wait");
	char seconds[24];

	if (answer->has_offer) {
		offer_json(session, request, &json, &answer->offer);
	} else if (wait && !strcmp(wait, "0")) {
		json_object(&json, NULL);
		json_string(&json, "verdict", verdict_words[answer->verdict]);
		json_int(&json, "retry_after_s", answer->retry_after_s);
		json_close_object(&json);
	}
	reply_begin(reply, &session->arena, body.text ? 200 : 204);
	reply_header(reply, "Cache-Control", "no-store");
	snprintf(seconds, sizeof seconds, "%" PRId64, answer->retry_after_s);
	reply_header(reply, "Retry-After", seconds);
	reply_header(reply, "OTA-Verdict", verdict_words[answer->verdict]);
	if (body.text) {
		buf_text(&body, "\n");
		reply_text(reply, "application/json", body.text);
	}
}

/* --- the operations ------------------------------------------------------------------------------ */

/* Who asks: the device of the path, with the credentials of the request. */
static enum err_code
enter(struct session *session, const struct request *request, const struct route_match *match,
	struct device *ret, struct err *err)
{
	struct credentials credentials = { request->token, request->certificate };

	if (!word_is(WORD_DEVICE, match->values[0]))
		return refuse(err, "this is no device id");
	return device_authenticate(session, match->values[0], &credentials, ret, err);
}

static enum err_code
poll_and_reply(struct session *session, const struct request *request, const struct device *device,
	const struct told *told, struct reply *reply, struct err *err)
{
	const char *accept = request_query(request, "accept");
	struct poll_answer answer;

	if (poll_run(session, device, told, accept && !strcmp(accept, "1"), &answer, err))
		return err->code;
	poll_reply(session, request, &answer, reply);
	return ERR_OK;
}

enum err_code
native_plan(struct session *session, const struct request *request, const struct route_match *match,
	struct reply *reply, struct err *err)
{
	struct told told = { .metrics.slot = "" };
	struct device device;

	if (enter(session, request, match, &device, err))
		return err->code;
	if (request->method == METHOD_POST ? told_from_body(session, request, &told, err)
					   : told_from_query(session, request, &told, err))
		return err->code;
	return poll_and_reply(session, request, &device, &told, reply, err);
}

/* The body is {"STM32": "1_0_1"}: versions alone. */
enum err_code
native_versions(struct session *session, const struct request *request,
	const struct route_match *match, struct reply *reply, struct err *err)
{
	struct told told = { .metrics.slot = "" };
	struct poll_answer answer;
	struct device device;
	struct doc doc;

	if (enter(session, request, match, &device, err))
		return err->code;
	if (body_read(session, request->body, request->body_length, &doc, err) ||
		texts_told(session, &doc, &doc.list[0], &told, true, err))
		return err->code;
	if (poll_run(session, &device, &told, false, &answer, err))
		return err->code;
	reply_begin(reply, &session->arena, 200);
	reply_header(reply, "Cache-Control", "no-store");
	reply_text(reply, "application/json", "{}\n");
	return ERR_OK;
}

static enum err_code
text_member(
	const struct doc *doc, const char *key, enum word word, const char **ret, struct err *err)
{
	const struct doc_value *v = doc_member(doc, &doc->list[0], key);

	if (!v || v->type == DOC_NULL)
		return ERR_OK;
	if (v->type != DOC_TEXT || !word_is(word, v->text))
		return err_set(err, ERR_INPUT, "%s is malformed", key);
	*ret = v->text;
	return ERR_OK;
}

static enum err_code
int_member(const struct doc *doc, const char *key, int64_t low, int64_t high, int64_t *ret,
	struct err *err)
{
	const struct doc_value *v = doc_member(doc, &doc->list[0], key);

	if (!v || v->type == DOC_NULL)
		return ERR_OK;
	if (v->type != DOC_INT || v->number < low || v->number > high)
		return err_set(
			err, ERR_INPUT, "%s must be %" PRId64 " to %" PRId64, key, low, high);
	*ret = v->number;
	return ERR_OK;
}

/* The names of files that failed go into the log, behind the message. */
static void
failed_files_add(struct session *session, const struct doc *doc, struct report *ret)
{
	const struct doc_value *list = doc_member(doc, &doc->list[0], "failed_files");
	struct buf buf = { .arena = &session->arena };

	buf_text(&buf, ret->message);
	for (size_t i = 0; list && i < doc->count; i++)
		if (doc->list[i].parent == list->id && doc->list[i].type == DOC_TEXT &&
			buf.length + strlen(doc->list[i].text) + 10 < LIMIT_REMARK)
			buf_printf(&buf, "%sfailed: %s", buf.length ? "; " : "", doc->list[i].text);
	ret->message = buf.text;
}

static enum err_code
report_from_body(
	struct session *session, const struct request *request, struct report *ret, struct err *err)
{
	static const enum execution_state tellable[] = { EXEC_ACCEPTED, EXEC_REJECTED,
		EXEC_DOWNLOADING, EXEC_DOWNLOADED, EXEC_INSTALLING, EXEC_VERIFYING, EXEC_SUCCEEDED,
		EXEC_FAILED, EXEC_CANCELED };
	const char *state = NULL, *reason = "other";
	struct doc doc;

	*ret = (struct report){ .seq = -1, .expected_version = -1, .message = "" };
	if (body_read(session, request->body, request->body_length, &doc, err) ||
		text_member(&doc, "state", WORD_NAME, &state, err) ||
		text_member(&doc, "identity", WORD_IDENTITY, &ret->identity, err) ||
		text_member(&doc, "reason", WORD_NAME, &reason, err) ||
		text_member(&doc, "message", WORD_REMARK, &ret->message, err) ||
		int_member(&doc, "seq", 0, INT64_MAX, &ret->seq, err) ||
		int_member(&doc, "progress", 0, 100, &ret->progress, err) ||
		int_member(&doc, "code", INT32_MIN, INT32_MAX, &ret->code, err) ||
		int_member(&doc, "expected_version", 0, INT64_MAX, &ret->expected_version, err))
		return err->code;
	failed_files_add(session, &doc, ret);
	ret->refusal = WORD_INDEX(refusal_words, reason);
	if (ret->refusal < 0)
		return refuse(err, "reason must be user, battery, signal, storage, busy or other");
	for (size_t i = 0; state && i < COUNT(tellable); i++)
		if (!strcmp(state, execution_state_words[tellable[i]])) {
			ret->state = tellable[i];
			return ERR_OK;
		}
	return refuse(err, "state is missing or unknown");
}

static void
report_reply(struct session *session, const struct request *request, const struct report *report,
	const struct report_answer *answer, struct reply *reply)
{
	const struct execution *e = &answer->offer.execution;
	struct buf body = { .arena = &session->arena };
	struct json json = { .buf = &body };

	json_object(&json, NULL);
	json_string(&json, "execution", arena_printf(&session->arena, "%" PRId64, e->id));
	json_string(&json, "state", execution_state_words[e->state]);
	json_int(&json, "version", e->version);
	if (answer->verdict)
		json_string(&json, "verdict", verdict_words[answer->verdict]);
	if (e->cancel_requested)
		json_bool(&json, "cancel_requested", true);
	if (report->state == EXEC_ACCEPTED && !answer->conflict && gets_files(e))
		files_json(session, request, &json, &answer->offer);
	json_close_object(&json);
	buf_text(&body, "\n");
	reply_begin(reply, &session->arena, answer->conflict ? 409 : 200);
	reply_header(reply, "Cache-Control", "no-store");
	reply_text(reply, "application/json", body.text);
}

enum err_code
native_report(struct session *session, const struct request *request,
	const struct route_match *match, struct reply *reply, struct err *err)
{
	struct report_answer answer;
	struct report report;
	struct device device;
	int64_t execution;

	if (enter(session, request, match, &device, err))
		return err->code;
	if (report_from_body(session, request, &report, err))
		return err->code;
	if (!str_int(match->values[1], 1, INT32_MAX, &execution))
		return err_set(err, ERR_NOT_FOUND, "there is no such execution of this device");
	if (report_run(session, &device, execution, &report, &answer, err))
		return err->code;
	report_reply(session, request, &report, &answer, reply);
	return ERR_OK;
}

enum err_code
native_enrol(struct session *session, const struct request *request,
	const struct route_match *match, struct reply *reply, struct err *err)
{
	struct told told = { .metrics.slot = "" };
	struct buf body = { .arena = &session->arena };
	struct json json = { .buf = &body };
	char token[TOKEN_TEXT];

	if (!word_is(WORD_DEVICE, match->values[0]))
		return refuse(err, "this is no device id");
	if (request->body_length && told_from_body(session, request, &told, err))
		return err->code;
	if (device_enrol(session, match->values[0], request->token ? request->token : "",
		    &told.components, token, err))
		return err->code;
	json_object(&json, NULL);
	json_string(&json, "token", token);
	json_close_object(&json);
	buf_text(&body, "\n");
	reply_begin(reply, &session->arena, 201);
	reply_header(reply, "Cache-Control", "no-store");
	reply_text(reply, "application/json", body.text);
	return ERR_OK;
}
