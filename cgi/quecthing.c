/*
 * The device's versions, the notice of a plan, the answer to it in words, the files of what was
 * accepted, and status by the SDK's numbers.  No number accepts or refuses: in the SDKs that one is
 * said either way round.
 */
#include "cgi/quecthing.h"

#include "cgi/who.h"
#include "core/execution.h"
#include "core/str.h"
#include "plans/door/body.h"
#include "plans/door/ticket.h"
#include "plans/door/wire.h"

#include <inttypes.h>

/* --- what a device says ---------------------------------------------------------------------- */

/* One of its components, as it says it. */
struct part {
	const char *identity, *version;
	int64_t type; /* which the product knows better */
};

static const struct field part_fields[] = {
	{ .member = MEMBER_AS(part, identity, "identity"),
		.parse = field_text,
		.word = WORD_REMARK,
		.complaint = "a component's identity must be a text",
		.flags = FIELD_REQUIRED },
	{ .member = MEMBER_AS(part, version, "version"),
		.parse = field_text,
		.word = WORD_REMARK,
		.complaint = "a component's version must be a text",
		.flags = FIELD_REQUIRED },
	{ .member = MEMBER_AS(part, type, "type"),
		.parse = field_number,
		.high = TYPE_MAX - 1,
		.complaint = "a component's type must be 0, 1 or 2" },
};

static enum err_code
part_told(const struct doc *doc, const struct doc_value *value, struct told *told, struct err *err)
{
	struct part part = { NULL, NULL, 0 };

	if (value->type != DOC_OBJECT)
		return err_set(err, ERR_INPUT, "a component must be an object");
	if (field_read(part_fields, COUNT(part_fields), doc, value, &part, err))
		return err->code;
	if (pairs_get(&told->components, part.identity))
		return err_set(err, ERR_INPUT, "a component is named twice");
	return told_component(told, part.identity, part.version, err);
}

static enum err_code
parts_told(const struct field *field, const struct doc *doc, const struct doc_value *value,
	void *base, struct err *err)
{
	size_t count = 0;

	(void)field;
	if (value->type != DOC_ARRAY)
		return err_set(err, ERR_INPUT, "components must be a list");
	for (size_t i = 0; i < doc->count; i++) {
		if (doc->list[i].parent != value->id)
			continue;
		if (++count > LIMIT_PAIRS)
			return err_set(err, ERR_INPUT, "there are too many components");
		if (part_told(doc, &doc->list[i], base, err))
			return err->code;
	}
	return ERR_OK;
}

static const struct field version_fields[] = {
	{ .member = { .name = "components" }, .parse = parts_told },
	TOLD_BATTERY("battery"),
	TOLD_CHARGING("charging"),
	TOLD_SIGNAL("signal"),
	TOLD_FREE("flash"),
};

/* The answer to a notice, for its whole list. */
enum consent { CONSENT_ACCEPT, CONSENT_REJECT };
static const char *const consent_words[] = { "accept", "reject" };

struct reaction {
	enum consent consent;
	enum refusal refusal;
};

static const struct field reaction_fields[] = {
	FIELD_WORD(reaction, consent, "answer", consent_words, UINT64_MAX,
		"answer must be accept or reject", FIELD_REQUIRED),
	FIELD_WORD(reaction, refusal, "reason", refusal_words, UINT64_MAX,
		"reason must be user, battery, signal, storage, busy or other", 0),
};

/*
 * The SDK's numbers, as status and as event of a module.  What is no step is EXEC_OFFERED: it moves
 * nothing, but is kept.
 */
enum { CODE_CONFIRMED = 2, CODE_REFUSED = 3, CODE_LAST = 12, CODE_FIRST_EVENT = 10700 };
static const enum execution_state code_states[CODE_LAST + 1] = {
	[4] = EXEC_DOWNLOADING,
	[5] = EXEC_DOWNLOADING,
	[6] = EXEC_FAILED,
	[8] = EXEC_DOWNLOADED,
	[9] = EXEC_INSTALLING,
	[11] = EXEC_SUCCEEDED,
	[12] = EXEC_FAILED,
};
static const enum execution_state event_states[] = {
	EXEC_OFFERED, /* a plan's notice has come */
	EXEC_DOWNLOADING, EXEC_DOWNLOADING, EXEC_DOWNLOADED, EXEC_INSTALLING, EXEC_SUCCEEDED,
	EXEC_FAILED, EXEC_OFFERED, /* it is the first device */
};

/* What a device says of an execution, and of which one. */
struct status_told {
	const char *execution;
	struct report report;
};

static enum err_code
code_told(const struct field *field, const struct doc *doc, const struct doc_value *value,
	void *base, struct err *err)
{
	struct report *report = &((struct status_told *)base)->report;

	if (field_number(field, doc, value, base, err))
		return err->code;
	if (report->code <= CODE_LAST)
		report->state = code_states[report->code];
	else if (report->code >= CODE_FIRST_EVENT)
		report->state = event_states[report->code - CODE_FIRST_EVENT];
	else
		return field_refuse(field, err);
	return ERR_OK;
}

static const struct field status_fields[] = {
	{ .member = MEMBER_AS(status_told, execution, "execution"),
		.parse = field_text,
		.word = WORD_NAME,
		.complaint = "execution is missing or malformed",
		.flags = FIELD_REQUIRED },
	FIELD_TEXT(status_told, report.identity, "identity", WORD_IDENTITY),
	{ .member = MEMBER_AS(status_told, report.code, "code"),
		.parse = code_told,
		.high = CODE_FIRST_EVENT + (int64_t)COUNT(event_states) - 1,
		.complaint = "code must be 0 to 12 or 10700 to 10707",
		.flags = FIELD_REQUIRED },
	FIELD_NUMBER(status_told, report.progress, "percent", 0, 100),
	FIELD_TEXT(status_told, report.message, "message", WORD_REMARK),
};

static enum err_code
body_told(struct session *session, const struct request *request, const struct field *fields,
	size_t count, void *ret, struct err *err)
{
	struct doc doc;

	if (body_read(session, request->body, request->body_length, &doc, err))
		return err->code;
	return field_read(fields, count, &doc, &doc.list[0], ret, err);
}

/* --- what it is told -------------------------------------------------------------------------- */

static void
limit_json(struct json *json, const char *key, int64_t value)
{
	if (value == STRATEGY_OFF)
		json_null(json, key);
	else
		json_int(json, key, value);
}

static const char *
id_text(struct session *session, const struct execution *execution)
{
	return arena_printf(&session->arena, "%" PRId64, execution->id);
}

static void
plan_json(struct session *session, struct json *json, const struct offer *offer,
	const struct offer_component *c)
{
	const struct plan *plan = offer->plan;

	json_object(json, NULL);
	json_string(json, "execution", id_text(session, &offer->execution));
	json_string(json, "plan", plan->name);
	json_string(json, "mode", mode_words[plan->mode]);
	json_string(json, "identity", c->component.identity);
	json_int(json, "type", c->type);
	json_string(json, "srcVer", *c->component.source ? c->component.source : NULL);
	json_string(json, "dstVer", c->component.target);
	limit_json(json, "minBattery", plan->strategy.min_battery);
	limit_json(json, "minFlash", offer_free(offer, c));
	limit_json(json, "minSignal", plan->strategy.min_signal);
	json_object(json, "text");
	for (size_t i = 0; plan->mode == MODE_MANUAL && i < plan->text_count; i++)
		json_string(json, plan->texts[i].language, plan->texts[i].text);
	json_close_object(json);
	json_close_object(json);
}

static void
info_json(struct session *session, const struct request *request, struct json *json,
	const struct offer *offer, const struct offer_component *c)
{
	int64_t expires_at = session->now + offer->plan->strategy.url_ttl;

	for (size_t i = 0; i < c->file_count; i++) {
		const struct artifact *f = c->files[i];

		json_object(json, NULL);
		json_string(json, "execution", id_text(session, &offer->execution));
		json_string(json, "identity", c->component.identity);
		json_string(json, "version", c->component.target);
		json_string(json, "fileMd5", f->md5);
		json_string(json, "fileCrc", f->crc32);
		json_string(json, "fileSha256", f->sha256);
		json_string(json, "fileUrl",
			ticket_url(session, request->base_url, f->sha256, offer->execution.id,
				expires_at));
		json_int(json, "fileSize", f->size);
		json_string(json, "fileName", *f->path ? f->path : f->name);
		json_close_object(json);
	}
}

/* The end of an answer: whoever is asked to stop hears so with each of them. */
static const char *
answer_end(struct json *json, const struct execution *execution)
{
	if (execution->cancel_requested)
		json_bool(json, "cancel_requested", true);
	json_close_object(json);
	buf_text(json->buf, "\n");
	return json->buf->text;
}

/* A list of what the device is offered, component by component, or of the files of it. */
static const char *
list_json(struct session *session, const struct request *request, const struct poll_answer *answer,
	bool files)
{
	static const struct execution none = { 0 };
	struct buf body = { .arena = &session->arena };
	struct json json = { .buf = &body };
	const struct offer *offer = &answer->offer;

	json_object(&json, NULL);
	json_array(&json, files ? "info" : "plans");
	for (size_t i = 0; answer->has_offer && i < offer->component_count; i++) {
		const struct offer_component *c = &offer->components[i];

		/* Of what is installed there is nothing to be had any more. */
		if (execution_takes_files(c->component.state) && files)
			info_json(session, request, &json, offer, c);
		else if (!files && (c->component.state == EXEC_OFFERED ||
					   execution_takes_files(c->component.state)))
			plan_json(session, &json, offer, c);
	}
	json_close_array(&json);
	return answer_end(&json, answer->has_offer ? &offer->execution : &none);
}

/* --- requests --------------------------------------------------------------------------------- */

/* A poll that tells nothing: what the device runs was said before. */
static enum err_code
ask(struct session *session, const struct request *request, const struct route_match *match,
	bool files, struct reply *reply, struct err *err)
{
	const struct told told = { .arena = &session->arena };
	struct poll_answer answer;
	struct device device;

	if (who_named(session, request, match, &device, err) ||
		poll_run(session, &device, &told, false, &answer, err))
		return err->code;
	reply_json(reply, &session->arena, 200, list_json(session, request, &answer, files));
	reply_retry_after(reply, answer.retry_after_s);
	reply_header(reply, "OTA-Verdict", verdict_words[answer.verdict]);
	return ERR_OK;
}

static enum err_code
plans(struct session *session, const struct request *request, const struct route_match *match,
	struct reply *reply, struct err *err)
{
	return ask(session, request, match, false, reply, err);
}

static enum err_code
info(struct session *session, const struct request *request, const struct route_match *match,
	struct reply *reply, struct err *err)
{
	return ask(session, request, match, true, reply, err);
}

static enum err_code
versions(struct session *session, const struct request *request, const struct route_match *match,
	struct reply *reply, struct err *err)
{
	struct told told = { .arena = &session->arena };
	struct poll_answer answer;
	struct device device;

	if (who_named(session, request, match, &device, err) ||
		body_told(session, request, version_fields, COUNT(version_fields), &told, err) ||
		poll_run(session, &device, &told, false, &answer, err))
		return err->code;
	reply_json(reply, &session->arena, 200, "{}\n");
	return ERR_OK;
}

/* A report of the device about an execution that it names. */
static enum err_code
tell(struct session *session, const struct request *request, const struct device *device,
	const char *name, const struct report *report, struct reply *reply, struct err *err)
{
	const struct wire wire = { session, request->base_url };
	struct buf body = { .arena = &session->arena };
	struct json json = { .buf = &body };
	struct report_answer answer;
	const struct execution *e = &answer.offer.execution;
	int64_t execution;

	if (!str_int(name, 1, INT32_MAX, &execution))
		return err_set(err, ERR_NOT_FOUND, "there is no such execution of this device");
	if (report_run(session, device, execution, report, &answer, err))
		return err->code;
	/* Numbers do not decide: who believes that they did hears that nothing was decided. */
	if (report->state == EXEC_OFFERED &&
		(report->code == CODE_REFUSED ||
			(report->code == CODE_CONFIRMED && e->state == EXEC_OFFERED)))
		answer.conflict = true;
	if (answer.conflict) {
		reply_json(reply, &session->arena, 409, wire_report(&wire, report, &answer));
		return ERR_OK;
	}
	json_object(&json, NULL);
	reply_json(reply, &session->arena, 200, answer_end(&json, e));
	return ERR_OK;
}

static enum err_code
consent(struct session *session, const struct request *request, const struct route_match *match,
	struct reply *reply, struct err *err)
{
	struct reaction reaction = { CONSENT_ACCEPT, REFUSAL_OTHER };
	struct report report = { .message = "", .seq = -1, .expected_version = -1 };
	struct device device;

	if (who_named(session, request, match, &device, err) ||
		body_told(
			session, request, reaction_fields, COUNT(reaction_fields), &reaction, err))
		return err->code;
	report.state = reaction.consent == CONSENT_ACCEPT ? EXEC_ACCEPTED : EXEC_REJECTED;
	report.refusal = reaction.refusal;
	return tell(session, request, &device, match->values[1], &report, reply, err);
}

static enum err_code
status(struct session *session, const struct request *request, const struct route_match *match,
	struct reply *reply, struct err *err)
{
	struct status_told told = { .report = {
					    .message = "", .seq = -1, .expected_version = -1 } };
	struct device device;

	if (who_named(session, request, match, &device, err) ||
		body_told(session, request, status_fields, COUNT(status_fields), &told, err))
		return err->code;
	return tell(session, request, &device, told.execution, &told.report, reply, err);
}

const struct route quecthing_routes[QUECTHING_ROUTES] = {
	{ METHOD_POST, "/quec/v1/*/versions", versions },
	{ METHOD_GET, "/quec/v1/*/plans", plans },
	{ METHOD_POST, "/quec/v1/*/plans/*", consent },
	{ METHOD_GET, "/quec/v1/*/info", info },
	{ METHOD_POST, "/quec/v1/*/status", status },
};
