#include "plans/door/jobwire.h"

#include "core/execution.h"
#include "core/json.h"
#include "plans/door/body.h"
#include "plans/door/ticket.h"

#include <inttypes.h>

enum { DETAILS_MAX = 10, DETAIL_KEY = 128, DETAIL_VALUE = 1024 };

static const char *const status_words[JOB_STATUS_MAX] = {
	[JOB_QUEUED] = "QUEUED",
	[JOB_IN_PROGRESS] = "IN_PROGRESS",
	[JOB_SUCCEEDED] = "SUCCEEDED",
	[JOB_FAILED] = "FAILED",
	[JOB_TIMED_OUT] = "TIMED_OUT",
	[JOB_REJECTED] = "REJECTED",
	[JOB_REMOVED] = "REMOVED",
	[JOB_CANCELED] = "CANCELED",
};

/* --- what a device says ----------------------------------------------------------------------- */

static bool
key_is(const char *key)
{
	size_t length = strspn(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789:_-");

	return length && !key[length] && length <= DETAIL_KEY;
}

/* A detail is a text by the book; what real clients say is also a number.  NULL: neither. */
static const char *
detail_text(struct arena *arena, const struct doc_value *value)
{
	if (value->type == DOC_INT)
		return arena_printf(arena, "%" PRId64, value->number);
	return value->type == DOC_TEXT || value->type == DOC_REAL ? value->text : NULL;
}

/* Details with a meaning of their own here. */
static void
detail_meant(const char *key, const char *text, struct job_request *ret)
{
	int64_t number;
	bool whole;
	int word;

	if (!strcmp(key, "progress") && str_number(text, &number, &whole) && number >= 0 &&
		number <= 100)
		ret->progress = number;
	if (!strcmp(key, "step")) {
		word = WORD_INDEX(execution_state_words, text);
		if (word >= EXEC_DOWNLOADING && word <= EXEC_VERIFYING)
			ret->step = (enum execution_state)word;
	}
	if (!strcmp(key, "reason")) {
		word = WORD_INDEX(refusal_words, text);
		if (word >= 0)
			ret->refusal = (enum refusal)word;
	}
}

/* Keep a detail as JSON, as long as all of them fit into a remark. */
static void
detail_keep(struct job_request *ret, const char *key, const char *text)
{
	struct buf body = { .arena = ret->arena };
	struct json json = { .buf = &body };
	size_t length = strlen(ret->details);

	json_object(&json, NULL);
	json_string(&json, key, text);
	json_close_object(&json);
	/* {"a":"1"} and {"b":"2"} are {"a":"1","b":"2"}. */
	if (length + body.length <= LIMIT_REMARK)
		ret->details = !length ? body.text
				       : arena_printf(ret->arena, "%.*s,%s", (int)length - 1,
						 ret->details, body.text + 1);
}

static enum err_code
details_told(const struct field *field, const struct doc *doc, const struct doc_value *value,
	void *base, struct err *err)
{
	struct job_request *ret = base;
	size_t count = 0;

	(void)field;
	if (value->type != DOC_OBJECT)
		return err_set(err, ERR_INPUT, "statusDetails must be an object");
	for (size_t i = 0; i < doc->count; i++) {
		const struct doc_value *detail = &doc->list[i];
		const char *text;

		if (detail->parent != value->id || !detail->key)
			continue;
		text = detail_text(ret->arena, detail);
		if (++count > DETAILS_MAX)
			return err_set(err, ERR_INPUT, "statusDetails has more than 10 pairs");
		if (!key_is(detail->key) || !text || strlen(text) > DETAIL_VALUE)
			return err_set(err, ERR_INPUT, "a pair of statusDetails is malformed");
		detail_meant(detail->key, text, ret);
		detail_keep(ret, detail->key, text);
	}
	return ERR_OK;
}

/* true or false, in a query as a word. */
static enum err_code
truth_told(const struct field *field, const struct doc *doc, const struct doc_value *value,
	void *base, struct err *err)
{
	bool truth = value->type == DOC_BOOL
			     ? value->number
			     : value->type == DOC_TEXT && !strcmp(value->text, "true");

	(void)doc;
	if (value->type != DOC_BOOL && !truth &&
		(value->type != DOC_TEXT || strcmp(value->text, "false") != 0))
		return err_set(err, ERR_INPUT, "%s must be true or false", field->member.name);
	member_set_int(&field->member, base, truth);
	return ERR_OK;
}

#define NUMBER(m, as, least)                                                                       \
	{                                                                                          \
		.member = MEMBER_AS(job_request, m, as), .parse = field_number, .low = (least),    \
		.high = INT32_MAX, .flags = FIELD_PLAIN                                            \
	}
#define TRUTH(m, as)                                                                               \
	{                                                                                          \
		.member = MEMBER_AS(job_request, m, as), .parse = truth_told                       \
	}

static const struct field request_fields[] = {
	FIELD_WORD(job_request, status, "status", status_words,
		FIELD_BIT(JOB_IN_PROGRESS) | FIELD_BIT(JOB_SUCCEEDED) | FIELD_BIT(JOB_FAILED) |
			FIELD_BIT(JOB_REJECTED) | FIELD_BIT(JOB_CANCELED),
		"status must be IN_PROGRESS, SUCCEEDED, FAILED, REJECTED or CANCELED", FIELD_JSON),
	NUMBER(version, "expectedVersion", 0),
	NUMBER(number, "executionNumber", 1),
	TRUTH(document, "includeJobDocument"),
	TRUTH(state, "includeJobExecutionState"),
	FIELD_TEXT(job_request, client_token, "clientToken", WORD_NAME),
	{ .member = { .name = "statusDetails" }, .parse = details_told, .flags = FIELD_JSON },
};

enum err_code
jobwire_read(struct session *session, const char *body, size_t length, struct job_request *ret,
	struct err *err)
{
	struct doc doc;

	if (!length)
		return ERR_OK;
	if (body_read(session, body, length, &doc, err))
		return err->code;
	if (doc.list[0].type != DOC_OBJECT)
		return err_set(err, ERR_INPUT, "the request must be an object");
	return field_read(request_fields, COUNT(request_fields), &doc, &doc.list[0], ret, err);
}

enum err_code
jobwire_read_query(const struct pair *query, size_t count, struct job_request *ret, struct err *err)
{
	for (size_t i = 0; i < count; i++) {
		const struct field *field =
			field_find(request_fields, COUNT(request_fields), query[i].key);

		if (field && !(field->flags & FIELD_JSON) &&
			field_read_text(field, query[i].value, ret, err))
			return err->code;
	}
	return ERR_OK;
}

/* --- what it is told -------------------------------------------------------------------------- */

enum job_status
jobwire_status(const struct execution *e)
{
	static const enum job_status status_of[EXEC_STATE_MAX] = {
		[EXEC_OFFERED] = JOB_QUEUED,
		[EXEC_ACCEPTED] = JOB_IN_PROGRESS,
		[EXEC_DOWNLOADING] = JOB_IN_PROGRESS,
		[EXEC_DOWNLOADED] = JOB_IN_PROGRESS,
		[EXEC_INSTALLING] = JOB_IN_PROGRESS,
		[EXEC_VERIFYING] = JOB_IN_PROGRESS,
		[EXEC_SUCCEEDED] = JOB_SUCCEEDED,
		[EXEC_FAILED] = JOB_FAILED,
		[EXEC_REJECTED] = JOB_REJECTED,
		[EXEC_TIMED_OUT] = JOB_TIMED_OUT,
		[EXEC_CANCELED] = JOB_CANCELED,
		[EXEC_EXPIRED] = JOB_REMOVED,
		[EXEC_REGRESSED] = JOB_FAILED,
	};

	/* Who has downloaded it may be at the new version already, and is still to say so. */
	if (e->cancel_requested && e->state < EXEC_DOWNLOADED)
		return JOB_CANCELED;
	return status_of[e->state];
}

const struct offer_component *
jobwire_subject(const struct offer *offer)
{
	const struct offer_component *ret = NULL;

	for (size_t i = 0; i < offer->component_count && !ret; i++)
		if (execution_open(offer->components[i].component.state))
			ret = &offer->components[i];
	if (!ret || !ret->file_count)
		return NULL;
	/* Scripts beside the firmware that they run on. */
	for (size_t f = 0; f < ret->file_count; f++)
		if (ret->type == TYPE_APP && !strcmp(ret->files[f]->slot, SLOT_FIRMWARE))
			return NULL;
	return ret;
}

/* Scripts lie below /usr, which a path of ours may name or not. */
static const char *
file_name(struct arena *arena, const struct offer_component *c, const struct artifact *f)
{
	const char *path = *f->path ? f->path : f->name;

	if (c->type != TYPE_APP)
		return f->name;
	return arena_printf(arena, str_starts(path, "usr/") ? "/%s" : "/usr/%s", path);
}

static void
document_json(const struct wire *wire, struct json *json, const struct offer *offer,
	const struct offer_component *c)
{
	struct arena *arena = &wire->session->arena;
	int64_t expires_at = wire->session->now + offer->plan->strategy.url_ttl;

	json_array(json, "jobDocument");
	json_object(json, NULL);
	json_string(json, "operation", c->type == TYPE_APP ? "app_fota" : "FOTA");
	json_array(json, "files");
	for (size_t i = 0; i < c->file_count; i++) {
		const struct artifact *f = c->files[i];

		json_object(json, NULL);
		json_string(json, "fileName", file_name(arena, c, f));
		json_string(json, "fileVersion", c->component.target);
		json_int(json, "fileSize", f->size);
		json_string(json, "sha256", f->sha256);
		/* Who verifies it compares the version, and needs the file no more. */
		if (execution_takes_files(c->component.state)) {
			json_object(json, "fileSource");
			json_string(json, "url",
				ticket_url(wire->session, wire->base_url, f->sha256,
					offer->execution.id, expires_at));
			json_close_object(json);
		}
		json_close_object(json);
	}
	json_close_array(json);
	json_close_object(json);
	json_close_array(json);
}

/* What a device said last of its details; what we said ourselves is a reason. */
static enum err_code
details_json(struct session *session, struct json *json, const struct offer *offer, struct err *err)
{
	const struct offer_component *c = jobwire_subject(offer);
	const char *message = c			       ? c->component.message
			      : offer->component_count ? offer->components[0].component.message
						       : "";
	struct doc doc = { .count = 0 };

	json_object(json, "statusDetails");
	if (*message == '{') {
		/* What a device of another dialect says need not be JSON. */
		if (body_read(session, message, strlen(message), &doc, err) &&
			err->code != ERR_INPUT)
			return err->code;
		*err = ERR_NONE;
	} else if (*message) {
		json_string(json, "reason", message);
	} else if (*offer->execution.reason) {
		json_string(json, "reason", offer->execution.reason);
	}
	for (size_t i = 1; i < doc.count; i++)
		if (doc.list[i].parent == doc.list[0].id && doc.list[i].type == DOC_TEXT)
			json_string(json, doc.list[i].key, doc.list[i].text);
	json_close_object(json);
	return ERR_OK;
}

static void
times_json(const struct job_wire *wire, struct json *json, const struct offer *offer)
{
	const struct execution *e = &offer->execution;

	json_string(json, "jobId", offer->plan->name);
	json_string(json, "thingName", wire->thing);
	json_int(json, "queuedAt", e->offered_at);
	if (e->accepted_at)
		json_int(json, "startedAt", e->accepted_at);
	json_int(json, "lastUpdatedAt", e->changed_at);
	json_int(json, "versionNumber", e->version);
	json_int(json, "executionNumber", e->attempt);
}

static const char *
answer_end(const struct job_wire *wire, struct json *json)
{
	if (wire->stamped) {
		if (wire->client_token)
			json_string(json, "clientToken", wire->client_token);
		json_int(json, "timestamp", wire->wire.session->now);
	}
	json_close_object(json);
	buf_text(json->buf, "\n");
	return json->buf->text;
}

enum err_code
jobwire_execution(const struct job_wire *wire, const struct offer *offer, bool document,
	const char **ret, struct err *err)
{
	struct buf body = { .arena = &wire->wire.session->arena };
	struct json json = { .buf = &body };
	const struct offer_component *subject = offer && document ? jobwire_subject(offer) : NULL;

	json_object(&json, NULL);
	if (offer) {
		json_object(&json, "execution");
		times_json(wire, &json, offer);
		json_string(&json, "status", status_words[jobwire_status(&offer->execution)]);
		if (details_json(wire->wire.session, &json, offer, err))
			return err->code;
		/* What is merely offered has no URLs yet. */
		if (subject && offer->execution.state != EXEC_OFFERED)
			document_json(&wire->wire, &json, offer, subject);
		json_close_object(&json);
	}
	*ret = answer_end(wire, &json);
	return ERR_OK;
}

const char *
jobwire_pending(const struct job_wire *wire, const struct offer *offer)
{
	struct buf body = { .arena = &wire->wire.session->arena };
	struct json json = { .buf = &body };
	enum job_status status = offer ? jobwire_status(&offer->execution) : JOB_STATUS_MAX;

	json_object(&json, NULL);
	for (int queued = 0; queued < 2; queued++) {
		json_array(&json, queued ? "queuedJobs" : "inProgressJobs");
		if (status == (queued ? JOB_QUEUED : JOB_IN_PROGRESS)) {
			json_object(&json, NULL);
			times_json(wire, &json, offer);
			json_close_object(&json);
		}
		json_close_array(&json);
	}
	return answer_end(wire, &json);
}

const char *
jobwire_notice(const struct job_wire *wire, const struct offer *offer)
{
	struct buf body = { .arena = &wire->wire.session->arena };
	struct json json = { .buf = &body };

	json_object(&json, NULL);
	json_object(&json, "jobs");
	json_array(&json, status_words[jobwire_status(&offer->execution)]);
	json_object(&json, NULL);
	times_json(wire, &json, offer);
	json_close_object(&json);
	json_close_array(&json);
	json_close_object(&json);
	return answer_end(wire, &json);
}

static enum err_code
state_json(
	const struct job_wire *wire, struct json *json, const struct offer *offer, struct err *err)
{
	json_object(json, "executionState");
	json_string(json, "status", status_words[jobwire_status(&offer->execution)]);
	if (details_json(wire->wire.session, json, offer, err))
		return err->code;
	json_int(json, "versionNumber", offer->execution.version);
	json_close_object(json);
	return ERR_OK;
}

enum err_code
jobwire_update(const struct job_wire *wire, const struct job_request *request,
	const struct offer *offer, const char **ret, struct err *err)
{
	struct buf body = { .arena = &wire->wire.session->arena };
	struct json json = { .buf = &body };
	const struct offer_component *subject = jobwire_subject(offer);

	json_object(&json, NULL);
	if (request->state && state_json(wire, &json, offer, err))
		return err->code;
	if (request->document && subject && offer->execution.state != EXEC_OFFERED)
		document_json(&wire->wire, &json, offer, subject);
	*ret = answer_end(wire, &json);
	return ERR_OK;
}

enum err_code
jobwire_refusal(const struct job_wire *wire, const char *code, const char *message,
	const struct offer *offer, const char **ret, struct err *err)
{
	struct buf body = { .arena = &wire->wire.session->arena };
	struct json json = { .buf = &body };

	json_object(&json, NULL);
	json_string(&json, "code", code);
	json_string(&json, "message", message);
	if (offer && state_json(wire, &json, offer, err))
		return err->code;
	*ret = answer_end(wire, &json);
	return ERR_OK;
}

const char *
jobwire_error(struct arena *arena, enum err_code code, const char *message)
{
	static const char *const codes[ERR_MAX] = {
		[ERR_INTERNAL] = "InternalError",
		[ERR_USAGE] = "InvalidRequest",
		[ERR_NOT_FOUND] = "ResourceNotFound",
		[ERR_CONFLICT] = "InvalidStateTransition",
		[ERR_INPUT] = "InvalidRequest",
		[ERR_UNTRUSTED] = "CertificateValidation",
		[ERR_BUSY] = "ServiceUnavailable",
		[ERR_IO] = "ServiceUnavailable",
		[ERR_FINDINGS] = "InternalError",
	};
	struct buf body = { .arena = arena };
	struct json json = { .buf = &body };

	json_object(&json, NULL);
	json_string(&json, "code", codes[code] ? codes[code] : "InternalError");
	json_string(&json, "message", message);
	json_close_object(&json);
	buf_text(&body, "\n");
	return body.text;
}
