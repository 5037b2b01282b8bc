#include "cgi/files.h"

#include "core/str.h"
#include "plans/base/store.h"
#include "plans/door/ticket.h"

#include <inttypes.h>

/* The bytes to send, both ends included. */
struct span {
	int64_t from, to;
};

/*
 * A single "bytes=A-B", "bytes=A-" or "bytes=-N"; false, with *ret untouched, for anything else:
 * all of it is sent then.
 */
static bool
range_parse(const char *text, int64_t size, struct span *ret)
{
	struct span span = { 0, size - 1 };
	const char *dash;
	char first[24] = "";

	if (!text || !str_starts(text, "bytes="))
		return false;
	text += strlen("bytes=");
	dash = strchr(text, '-');
	if (!dash || (size_t)(dash - text) >= sizeof first)
		return false;
	memcpy(first, text, (size_t)(dash - text));
	if (!*first) {
		if (!str_int(dash + 1, 1, INT64_MAX, &span.from))
			return false;
		span.from = span.from < size ? size - span.from : 0;
	} else if (!str_int(first, 0, INT64_MAX, &span.from) ||
		   (dash[1] && !str_int(dash + 1, span.from, INT64_MAX, &span.to))) {
		return false;
	}
	if (span.to > size - 1)
		span.to = size - 1;
	*ret = span;
	return true;
}

static enum err_code
stream(struct session *session, const struct request *request, const struct artifact *file,
	struct reply *reply, struct err *err)
{
	const char *tag = arena_printf(&session->arena, "\"%s\"", file->sha256);
	/* Who continues another file gets this one whole. */
	bool same = !request->if_range || !strcmp(request->if_range, tag);
	struct span span;
	int64_t size;
	bool ranged;
	int fd = store_open(session, file->sha256, &size);

	if (fd < 0)
		return err_set(err, ERR_NOT_FOUND, "the file is not in the artifact store");
	span = (struct span){ 0, size - 1 };
	ranged = same && range_parse(request->range, size, &span);
	reply_begin(reply, &session->arena, ranged ? span.from < size ? 206 : 416 : 200);
	reply->type = "application/octet-stream";
	reply_header(reply, "Accept-Ranges", "bytes");
	reply_header(reply, "ETag", tag);
	reply_header(reply, "X-MD5", file->md5);
	reply->fd = fd;
	if (reply->status == 416) {
		reply_header(reply, "Content-Range",
			arena_printf(&session->arena, "bytes */%" PRId64, size));
		return ERR_OK;
	}
	if (ranged)
		reply_header(reply, "Content-Range",
			arena_printf(&session->arena, "bytes %" PRId64 "-%" PRId64 "/%" PRId64,
				span.from, span.to, size));
	reply->offset = span.from;
	reply->length = (size_t)(span.to - span.from + 1);
	return ERR_OK;
}

enum err_code
files_send(struct session *session, const struct request *request, const struct artifact *file,
	bool self, struct reply *reply, struct err *err)
{
	if (self || !request->sendfile)
		return stream(session, request, file, reply, err);
	reply_begin(reply, &session->arena, 200);
	reply->type = "application/octet-stream";
	reply->sendfile = arena_printf(&session->arena, "%s%s", request->sendfile, file->sha256);
	reply_header(reply, "ETag", arena_printf(&session->arena, "\"%s\"", file->sha256));
	reply_header(reply, "X-MD5", file->md5);
	return ERR_OK;
}

static enum err_code
artifact(struct session *session, const struct request *request, const struct route_match *match,
	struct reply *reply, struct err *err)
{
	const char *x = request_query(request, "x"), *e = request_query(request, "e");
	struct ticket ticket = { .sha256 = match->values[0], .mac = request_query(request, "s") };
	struct artifact file;
	uint8_t digest[32];

	if (!str_unhex(ticket.sha256, digest, sizeof digest))
		return err_set(err, ERR_NOT_FOUND, "there is nothing here");
	if (!x || !e || !ticket.mac || !str_int(x, 1, INT32_MAX, &ticket.execution) ||
		!str_int(e, 1, INT64_MAX, &ticket.expires_at) ||
		ticket_check(session, &ticket, &file, err)) {
		if (err->code && err->code != ERR_UNTRUSTED)
			return err->code;
		*err = ERR_NONE;
		reply_begin(reply, &session->arena, 403);
		reply_text(reply, "application/json",
			"{\"error\":\"this download is not allowed\"}\n");
		return ERR_OK;
	}
	return files_send(session, request, &file, false, reply, err);
}

static enum err_code
text_reply(struct session *session, struct reply *reply, const char *text, struct err *err)
{
	if (!text)
		return err_set(err, ERR_NOT_FOUND, "there is nothing here");
	reply_begin(reply, &session->arena, 200);
	reply_text(reply, "text/plain", text);
	return ERR_OK;
}

/* "SHA256", "SHA256.KEYID.minisig" or "SHA256.minisig" (the oldest valid one). */
static enum err_code
manifest(struct session *session, const struct request *request, const struct route_match *match,
	struct reply *reply, struct err *err)
{
	const char *name = match->values[0], *rest = name + strcspn(name, "."), *text;
	const char *sha256 = arena_copy_n(&session->arena, name, (size_t)(rest - name));
	uint8_t digest[32];

	(void)request;
	if (!str_unhex(sha256, digest, sizeof digest) || (*rest && !str_ends(rest, ".minisig")))
		return err_set(err, ERR_NOT_FOUND, "there is nothing here");
	if (ticket_manifest(session, sha256, !*rest ? NULL : rest, &text, err))
		return err->code;
	return text_reply(session, reply, text, err);
}

static enum err_code
signature(struct session *session, const struct request *request, const struct route_match *match,
	struct reply *reply, struct err *err)
{
	const char *text;
	uint8_t digest[32];

	(void)request;
	if (!str_unhex(match->values[0], digest, sizeof digest))
		return err_set(err, ERR_NOT_FOUND, "there is nothing here");
	if (ticket_signature(session, match->values[0], &text, err))
		return err->code;
	return text_reply(session, reply, text, err);
}

const struct route files_routes[FILES_ROUTES] = {
	{ METHOD_GET, "/f/*", artifact },
	{ METHOD_GET, "/m/*", manifest },
	{ METHOD_GET, "/s/*", signature },
};
