/*
 * A device asks for what leads from its version to another, and gets a list of files: handing out
 * the list is the acceptance, and the version it asks with next proves the success.  It reads with
 * recv(100), which no header may end in the middle of: hence the multiple in cgi/route.c.
 */
#include "cgi/pycom.h"

#include "cgi/files.h"
#include "cgi/who.h"
#include "core/execution.h"
#include "core/str.h"
#include "plans/door/changes.h"
#include "plans/door/only.h"
#include "plans/door/poll.h"
#include "plans/door/ticket.h"

#include <inttypes.h>

/* "Up to date": the one answer without files that does not end the device's program. */
#define NOTHING "null"

/*
 * What differs from one answer to the next, in a text that is kept: where it begins, the query of
 * an address, and the version that was told.  None of these stands in a path, a version or a key.
 */
#define HERE  "<"
#define QUERY "?"
#define TOLD  ">"

static bool
port_is(const char *text)
{
	int64_t port;

	return strlen(text) <= 5 && str_int(text, 1, 65535, &port);
}

/* "192.168.1.4:8000", "ota.example.com", "[fe80::1]:8000". */
static bool
host_is(const char *text)
{
	bool six = *text == '[';
	size_t length = six ? strspn(text + 1, "0123456789abcdefABCDEF:.")
			    : strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					   "0123456789.-");

	if (!length || length > LIMIT_SEGMENT || (six && text[length + 1] != ']'))
		return false;
	text += length + (six ? 2 : 0);
	return !*text || (*text == ':' && port_is(text + 1));
}

/*
 * Where the device's files begin: at the host that it asked, since it throws away the host of an
 * address, and where its list stands.
 */
static enum err_code
here_get(struct session *session, const struct request *request, const struct route_match *match,
	const char **ret, struct err *err)
{
	const char *host = request_header(request, "Host"), *scheme = strchr(request->here, ':'),
		   *script = strchr(scheme + strlen("://"), '/');

	if (!host || !host_is(host))
		return err_set(err, ERR_INPUT, "the Host header is no host and port");
	*ret = arena_printf(&session->arena, "%.*s://%s%s", (int)(scheme - request->here),
		request->here, host, script ? script : "");
	if (!request->dialect)
		*ret = arena_printf(&session->arena, "%s/pycom/%s/%s", *ret, match->values[0],
			match->values[1]);
	return ERR_OK;
}

/* The app in an offer whose files the device can take or has taken; NULL: there is none. */
static const struct offer_component *
app_of(const struct poll_answer *answer, const struct component *app)
{
	for (size_t i = 0; answer->has_offer && i < answer->offer.component_count; i++) {
		const struct offer_component *c = &answer->offer.components[i];

		if (c->component.component == app->id && c->package.kind == KIND_FULL &&
			c->file_count &&
			(c->component.state == EXEC_OFFERED ||
				execution_takes_files(c->component.state)))
			return c;
	}
	return NULL;
}

/* --- the list --------------------------------------------------------------------------------- */

/* The address of a file; blanks are all that a path may hold and an address may not. */
static const char *
address(struct arena *arena, const char *folder, const char *path)
{
	struct buf buf = { .arena = arena };

	buf_text(&buf, HERE "/");
	if (*folder)
		buf_printf(&buf, "%s/", folder);
	for (; *path; path++)
		if (*path == ' ')
			buf_text(&buf, "%20");
		else
			buf_add(&buf, path, 1);
	buf_text(&buf, QUERY);
	return buf.text;
}

static void
files_json(struct json *json, struct arena *arena, const char *key, const char *version,
	const struct artifact *const *files, size_t count)
{
	json_array(json, key);
	for (size_t i = 0; i < count; i++) {
		json_object(json, NULL);
		json_string(json, "URL", address(arena, version, files[i]->path));
		json_string(json, "dst_path", arena_printf(arena, "/%s", files[i]->path));
		json_string(json, "hash", files[i]->sha1);
		json_close_object(json);
	}
	json_close_array(json);
}

/* The list, with the marks above in it; it is made once and lives as long as the changes. */
static const char *
list_made(struct changes *changes, const char *version, bool deletes)
{
	struct buf body = { .arena = changes->arena };
	struct json json = { .buf = &body };

	if (changes->words[deletes])
		return changes->words[deletes];
	json_object(&json, NULL);
	json_array(&json, "delete");
	for (size_t i = 0; deletes && i < changes->deleted_count; i++)
		json_string(&json, NULL, changes->deleted[i]);
	json_close_array(&json);
	if (changes->firmware) {
		json_object(&json, "firmware");
		json_string(&json, "URL", address(changes->arena, "", changes->firmware->name));
		json_string(&json, "hash", changes->firmware->sha1);
		json_close_object(&json);
	}
	files_json(&json, changes->arena, "new", version, changes->created, changes->created_count);
	files_json(
		&json, changes->arena, "update", version, changes->updated, changes->updated_count);
	json_string(&json, "version", version);
	buf_text(&body, ",\"previous_version\":" TOLD "}\n");
	return changes->words[deletes] = body.text;
}

/* The list as this device gets it. */
static const char *
list_filled(struct arena *arena, const char *list, const char *here, const char *query,
	const char *told)
{
	struct buf body = { .arena = arena };

	for (;;) {
		size_t plain = strcspn(list, HERE QUERY TOLD);

		buf_add(&body, list, plain);
		list += plain;
		if (!*list)
			return body.text;
		if (*list == *QUERY)
			buf_text(&body, QUERY);
		buf_text(&body, *list == *HERE ? here : *list == *QUERY ? query : told);
		list++;
	}
}

/* Who asks, and what it has told. */
struct asking {
	const char *here;
	const char *version; /* NULL: none */
	bool first;	     /* it took the offer with this request */
};

static enum err_code
list(struct session *session, const struct asking *asking, const struct offer *offer,
	const struct offer_component *app, const char **ret, struct err *err)
{
	const char *version =
		asking->version && word_is(WORD_VERSION, asking->version) ? asking->version : NULL;
	struct changes *changes;
	bool there, deletes = false;

	*ret = NOTHING;
	if (changes_there(session, offer, app, &there, err) || !there)
		return err->code;
	if (changes_get(session, offer, app, version, &changes, err))
		return err->code;
	/* Who asks again may have deleted already, and would fail on that for ever. */
	if (asking->first && changes->deleted_count &&
		changes_first(session, offer, app, version, &deletes, err))
		return err->code;
	*ret = list_filled(&session->arena, list_made(changes, app->component.target, deletes),
		asking->here,
		ticket_query(
			session, offer->execution.id, session->now + offer->plan->strategy.url_ttl),
		version ? arena_printf(&session->arena, "\"%s\"", version) : "null");
	return ERR_OK;
}

/* The poll; a silent offer of an app that the device can install is taken at once. */
static enum err_code
ask(struct session *session, const struct request *request, const struct device *device,
	const struct component *app, struct asking *asking, struct poll_answer *ret,
	struct err *err)
{
	struct told told = { .arena = &session->arena };

	asking->version = request_query(request, "current_ver");
	if ((asking->version && told_component(&told, app->identity, asking->version, err)) ||
		poll_run(session, device, &told, false, ret, err))
		return err->code;
	if (!app_of(ret, app) || ret->offer.execution.state != EXEC_OFFERED)
		return ERR_OK;
	asking->first = true;
	/* A HEAD accepts nothing. */
	return request->method == METHOD_HEAD ? ERR_OK
					      : poll_take(session, device, &told, ret, err);
}

static enum err_code
manifest(struct session *session, const struct request *request, const struct route_match *match,
	struct reply *reply, struct err *err)
{
	struct asking asking = { .first = false };
	const struct offer_component *offered;
	const struct component *app;
	const char *body = NOTHING;
	struct poll_answer answer = { 0 };
	struct device device;
	char seconds[24];

	if (here_get(session, request, match, &asking.here, err) ||
		who_enter(session, request, match, NULL, &device, err) ||
		only_component(session, &device, true, &app, err) ||
		ask(session, request, &device, app, &asking, &answer, err))
		return err->code;
	offered = app_of(&answer, app);
	/* An offer that was not taken now waits for a person. */
	if (offered &&
		(answer.offer.execution.state != EXEC_OFFERED || request->method == METHOD_HEAD) &&
		list(session, &asking, &answer.offer, offered, &body, err))
		return err->code;
	reply_begin(reply, &session->arena, 200);
	reply_header(reply, "Cache-Control", "no-store");
	snprintf(seconds, sizeof seconds, "%" PRId64, answer.retry_after_s);
	reply_header(reply, "Retry-After", seconds);
	reply_header(reply, "OTA-Verdict", verdict_words[answer.verdict]);
	reply_text(reply, "application/json", body);
	return ERR_OK;
}

/* --- the files -------------------------------------------------------------------------------- */

/* A file of the list, which the door sends itself: so it knows how long the header is. */
static enum err_code
file(struct session *session, const struct request *request, const struct route_match *match,
	struct reply *reply, struct err *err)
{
	const char *rest = match->values[2], *slash = strchr(rest, '/');
	const char *x = request_query(request, "x"), *e = request_query(request, "e");
	struct ticket ticket = { .path = slash ? slash + 1 : rest,
		.mac = request_query(request, "s") };
	struct artifact found;

	if (slash)
		ticket.version = arena_copy_n(&session->arena, rest, (size_t)(slash - rest));
	if (!x || !e || !ticket.mac || !str_int(x, 1, INT32_MAX, &ticket.execution) ||
		!str_int(e, 1, INT64_MAX, &ticket.expires_at))
		return err_set(err, ERR_NOT_FOUND, "there is nothing here");
	if (!ticket_check(session, &ticket, &found, err))
		return files_send(session, request, &found, true, reply, err);
	if (err->code != ERR_UNTRUSTED)
		return err->code;
	reply_begin(reply, &session->arena, 403);
	reply_bare(reply, err->what);
	*err = ERR_NONE;
	return ERR_OK;
}

const struct route pycom_routes[PYCOM_ROUTES] = {
	{ METHOD_GET, "/pycom/*/*/manifest.json", manifest },
	{ METHOD_GET, "/pycom/*/*/**", file },
};
