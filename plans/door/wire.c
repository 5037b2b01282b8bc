#include "plans/door/wire.h"

#include "core/execution.h"
#include "core/json.h"
#include "plans/door/body.h"
#include "plans/door/ticket.h"

#include <inttypes.h>

/* --- what a device says ---------------------------------------------------------------------- */

static const struct field poll_fields[] = {
	TOLD_BATTERY("battery"),
	TOLD_CHARGING("charging"),
	TOLD_SIGNAL("signal"),
	TOLD_FREE("free"),
	TOLD_SLOT("slot"),
	TOLD_COMPONENTS("components"),
	TOLD_ATTRIBUTES("attributes"),
};

enum err_code
wire_read_query(const struct pair *query, size_t count, struct told *ret, struct err *err)
{
	static const char attribute[] = "attr.";

	for (size_t i = 0; i < count; i++) {
		const char *key = query[i].key, *value = query[i].value;
		const struct field *field = field_find(poll_fields, COUNT(poll_fields), key);

		if (field && !(field->flags & FIELD_JSON)) {
			if (field_read_text(field, value, ret, err))
				return err->code;
		} else if (str_starts(key, attribute)) {
			if (told_attribute(ret, key + strlen(attribute), value, err))
				return err->code;
		} else if (told_component(ret, key, value, err)) {
			return err->code;
		}
	}
	return ERR_OK;
}

enum err_code
wire_read_poll(
	struct session *session, const char *body, size_t length, struct told *ret, struct err *err)
{
	struct doc doc;

	if (body_read(session, body, length, &doc, err))
		return err->code;
	return field_read(poll_fields, COUNT(poll_fields), &doc, &doc.list[0], ret, err);
}

enum err_code
wire_read_versions(
	struct session *session, const char *body, size_t length, struct told *ret, struct err *err)
{
	struct doc doc;

	if (body_read(session, body, length, &doc, err))
		return err->code;
	return told_components(NULL, &doc, &doc.list[0], ret, err);
}

/* A report as it comes: the names of failed files are put behind the message at the end. */
struct report_told {
	struct report report;
	const struct doc_value *failed_files;
};

static enum err_code
failed_files_told(const struct field *field, const struct doc *doc, const struct doc_value *value,
	void *base, struct err *err)
{
	(void)field, (void)doc, (void)err;
	((struct report_told *)base)->failed_files = value;
	return ERR_OK;
}

static const struct field report_fields[] = {
	FIELD_WORD(report_told, report.state, "state", execution_state_words,
		FIELD_BIT(EXEC_ACCEPTED) | FIELD_BIT(EXEC_REJECTED) | FIELD_BIT(EXEC_DOWNLOADING) |
			FIELD_BIT(EXEC_DOWNLOADED) | FIELD_BIT(EXEC_INSTALLING) |
			FIELD_BIT(EXEC_VERIFYING) | FIELD_BIT(EXEC_SUCCEEDED) |
			FIELD_BIT(EXEC_FAILED) | FIELD_BIT(EXEC_CANCELED),
		"state is missing or unknown", FIELD_REQUIRED),
	FIELD_TEXT(report_told, report.identity, "identity", WORD_IDENTITY),
	FIELD_WORD(report_told, report.refusal, "reason", refusal_words, UINT64_MAX,
		"reason must be user, battery, signal, storage, busy or other", 0),
	FIELD_TEXT(report_told, report.message, "message", WORD_REMARK),
	FIELD_NUMBER(report_told, report.seq, "seq", 0, INT64_MAX),
	FIELD_NUMBER(report_told, report.progress, "progress", 0, 100),
	FIELD_NUMBER(report_told, report.code, "code", INT32_MIN, INT32_MAX),
	FIELD_NUMBER(report_told, report.expected_version, "expected_version", 0, INT64_MAX),
	{ .member = { .name = "failed_files" }, .parse = failed_files_told },
};

/* Names that do not fit into the log are left out. */
static const char *
with_failed_files(struct arena *arena, const char *message, const struct doc *doc,
	const struct doc_value *list)
{
	struct buf buf = { .arena = arena };

	buf_text(&buf, message);
	for (size_t i = 0; i < doc->count; i++)
		if (doc->list[i].parent == list->id && doc->list[i].type == DOC_TEXT &&
			buf.length + strlen(doc->list[i].text) + 10 < LIMIT_REMARK)
			buf_printf(&buf, "%sfailed: %s", buf.length ? "; " : "", doc->list[i].text);
	return buf.text;
}

enum err_code
wire_read_report(struct session *session, const char *body, size_t length, struct report *ret,
	struct err *err)
{
	struct report_told told = { .report = { .refusal = REFUSAL_OTHER,
					    .seq = -1,
					    .expected_version = -1,
					    .message = "" } };
	struct doc doc;

	if (body_read(session, body, length, &doc, err) ||
		field_read(report_fields, COUNT(report_fields), &doc, &doc.list[0], &told, err))
		return err->code;
	*ret = told.report;
	if (told.failed_files)
		ret->message =
			with_failed_files(&session->arena, ret->message, &doc, told.failed_files);
	return ERR_OK;
}

/* --- what it is told -------------------------------------------------------------------------- */

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
		number_or_null(json, "min_free", offer_free(offer, c));
		json_close_object(json);
	}
	json_close_array(json);
}

static void
file_json(const struct wire *wire, struct json *json, const struct offer *offer,
	const struct offer_component *c, const struct artifact *f)
{
	int64_t expires_at = wire->session->now + offer->plan->strategy.url_ttl;

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
	json_string(json, "url",
		ticket_url(
			wire->session, wire->base_url, f->sha256, offer->execution.id, expires_at));
	json_time(json, "url_expires", expires_at);
	json_string(json, "signature",
		arena_printf(&wire->session->arena, "%s/s/%s", wire->base_url, f->sha256));
	json_close_object(json);
}

static void
files_json(const struct wire *wire, struct json *json, const struct offer *offer)
{
	json_array(json, "files");
	for (size_t i = 0; i < offer->component_count; i++)
		for (size_t f = 0; execution_takes_files(offer->components[i].component.state) &&
				   f < offer->components[i].file_count;
			f++)
			file_json(wire, json, offer, &offer->components[i],
				offer->components[i].files[f]);
	json_close_array(json);
}

static void
offer_json(const struct wire *wire, struct json *json, const struct offer *offer)
{
	const struct execution *e = &offer->execution;
	const struct plan *plan = offer->plan;

	json_object(json, NULL);
	json_string(json, "execution", arena_printf(&wire->session->arena, "%" PRId64, e->id));
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
	if (execution_takes_files(e->state))
		files_json(wire, json, offer);
	json_string(json, "manifest",
		arena_printf(
			&wire->session->arena, "%s/m/%s", wire->base_url, offer->manifest_sha256));
	json_array(json, "signatures");
	for (size_t i = 0; i < offer->key_id_count; i++)
		json_string(json, NULL,
			arena_printf(&wire->session->arena, "%s/m/%s.%s.minisig", wire->base_url,
				offer->manifest_sha256, offer->key_ids[i]));
	json_close_array(json);
	if (e->cancel_requested)
		json_bool(json, "cancel_requested", true);
	json_close_object(json);
}

/* The line that was written, or NULL. */
static const char *
line(struct buf *body)
{
	if (body->text)
		buf_text(body, "\n");
	return body->text;
}

const char *
wire_poll(const struct wire *wire, const struct poll_answer *answer, bool verdict)
{
	struct buf body = { .arena = &wire->session->arena };
	struct json json = { .buf = &body };

	if (answer->has_offer) {
		offer_json(wire, &json, &answer->offer);
	} else if (verdict) {
		json_object(&json, NULL);
		json_string(&json, "verdict", verdict_words[answer->verdict]);
		json_int(&json, "retry_after_s", answer->retry_after_s);
		json_close_object(&json);
	}
	return line(&body);
}

const char *
wire_report(
	const struct wire *wire, const struct report *report, const struct report_answer *answer)
{
	const struct execution *e = &answer->offer.execution;
	struct buf body = { .arena = &wire->session->arena };
	struct json json = { .buf = &body };

	json_object(&json, NULL);
	json_string(&json, "execution", arena_printf(&wire->session->arena, "%" PRId64, e->id));
	json_string(&json, "state", execution_state_words[e->state]);
	json_int(&json, "version", e->version);
	if (answer->verdict)
		json_string(&json, "verdict", verdict_words[answer->verdict]);
	if (e->cancel_requested)
		json_bool(&json, "cancel_requested", true);
	if (report->state == EXEC_ACCEPTED && !answer->conflict && execution_takes_files(e->state))
		files_json(wire, &json, &answer->offer);
	json_close_object(&json);
	return line(&body);
}

const char *
wire_token(struct session *session, const char *token)
{
	struct buf body = { .arena = &session->arena };
	struct json json = { .buf = &body };

	json_object(&json, NULL);
	json_string(&json, "token", token);
	json_close_object(&json);
	return line(&body);
}
