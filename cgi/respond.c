#include "cgi/respond.h"

#include "core/retry.h"

#include <inttypes.h>
#include <sys/random.h>
#include <unistd.h>

static const struct {
	int status;
	const char *line;
} lines[] = {
	{ 200, "200 OK" },
	{ 201, "201 Created" },
	{ 204, "204 No Content" },
	{ 206, "206 Partial Content" },
	{ 304, "304 Not Modified" },
	{ 400, "400 Bad Request" },
	{ 401, "401 Unauthorized" },
	{ 403, "403 Forbidden" },
	{ 404, "404 Not Found" },
	{ 405, "405 Method Not Allowed" },
	{ 409, "409 Conflict" },
	{ 410, "410 Gone" },
	{ 416, "416 Range Not Satisfiable" },
	{ 500, "500 Internal Server Error" },
	{ 503, "503 Service Unavailable" },
};

static const int status_of[ERR_MAX] = {
	[ERR_OK] = 200,
	[ERR_INTERNAL] = 500,
	[ERR_USAGE] = 400,
	[ERR_NOT_FOUND] = 404,
	[ERR_CONFLICT] = 409,
	[ERR_INPUT] = 400,
	[ERR_UNTRUSTED] = 401,
	[ERR_BUSY] = 503,
	[ERR_IO] = 503,
	[ERR_FINDINGS] = 500,
};

void
reply_begin(struct reply *reply, struct arena *arena, int status)
{
	*reply = (struct reply){ .status = status, .headers.arena = arena, .fd = -1 };
}

void
reply_header(struct reply *reply, const char *name, const char *value)
{
	buf_text(&reply->headers, name);
	buf_text(&reply->headers, ": ");
	buf_text(&reply->headers, value);
	buf_text(&reply->headers, "\r\n");
}

void
reply_text(struct reply *reply, const char *type, const char *body)
{
	reply->type = type;
	reply->body = body;
	reply->length = strlen(body);
}

void
reply_json(struct reply *reply, struct arena *arena, int status, const char *body)
{
	reply_begin(reply, arena, status);
	reply_header(reply, "Cache-Control", "no-store");
	if (body)
		reply_text(reply, "application/json", body);
}

void
reply_retry_after(struct reply *reply, int64_t seconds)
{
	char text[24];

	snprintf(text, sizeof text, "%" PRId64, seconds);
	reply_header(reply, "Retry-After", text);
}

void
reply_reason(struct reply *reply, struct arena *arena, enum err_code code, const char *reason,
	error_wording wording)
{
	struct buf body = { .arena = arena };
	struct json json = { .buf = &body };

	if (wording) {
		reply_text(reply, "application/json", wording(arena, code, reason));
		return;
	}
	json_object(&json, NULL);
	json_string(&json, "error", reason);
	json_close_object(&json);
	buf_text(&body, "\n");
	reply_text(reply, "application/json", body.text);
}

void
reply_error(struct reply *reply, struct arena *arena, const struct err *err, error_wording wording)
{
	/* What went wrong inside is not the device's business. */
	bool ours = err->code == ERR_INTERNAL || err->code == ERR_IO || err->code == ERR_BUSY;

	if (ours)
		fprintf(stderr, "otactl.cgi: %s: %s\n", err->what, err->why);
	reply_begin(reply, arena, status_of[err->code]);
	if (reply->status == 503) {
		uint64_t chance = 0;

		/* Who asks is not always known: chance spreads all of them. */
		(void)!getrandom(&chance, sizeof chance, GRND_NONBLOCK);
		reply_retry_after(reply, retry_busy(chance));
	}
	if (reply->status == 401)
		reply_header(reply, "WWW-Authenticate", "Bearer");
	reply_reason(reply, arena, err->code,
		ours ? reply->status == 503 ? "busy" : "internal" : err->what, wording);
}

void
reply_bare(struct reply *reply, const char *reason)
{
	reply->type = reply->body = NULL;
	reply->length = 0;
	if (*reason)
		reply_header(reply, "OTA-Reason", reason);
}

static const char *
status_line(int status)
{
	for (size_t i = 0; i < COUNT(lines); i++)
		if (lines[i].status == status)
			return lines[i].line;
	return "500 Internal Server Error";
}

static void
stream(struct reply *reply, const struct sink *sink)
{
	char chunk[64 * 1024];
	size_t left = reply->length;

	while (left) {
		ssize_t got = pread(
			reply->fd, chunk, left < sizeof chunk ? left : sizeof chunk, reply->offset);

		if (got <= 0 || !sink->write(sink->context, chunk, (size_t)got))
			return;
		reply->offset += got;
		left -= (size_t)got;
	}
}

/*
 * Fill up the header, of which the empty line is still missing, to a multiple of bytes as the
 * device sees it: "Status:" becomes the status line, the web server adds its own.
 */
static void
fill(const struct reply *reply, struct buf *head)
{
	int64_t length = (int64_t)head->length - (int64_t)strlen("Status: ") +
			 (int64_t)strlen("HTTP/1.1 ") + reply->overhead + (int64_t)strlen("\r\n"),
		least = (int64_t)strlen("X-Fill: \r\n"), room;

	if (!reply->multiple || length % reply->multiple == 0)
		return;
	room = reply->multiple - length % reply->multiple;
	while (room < least)
		room += reply->multiple;
	buf_text(head, "X-Fill: ");
	for (; room > least; room--)
		buf_text(head, "-");
	buf_text(head, "\r\n");
}

void
respond_write(struct reply *reply, const struct sink *sink)
{
	struct buf head = { .arena = reply->headers.arena };
	bool short_body = reply->fd < 0 && !reply->head && reply->length;

	buf_text(&head, "Status: ");
	buf_text(&head, status_line(reply->status));
	buf_text(&head, "\r\n");
	/*
	 * 204 must not have a length; the web server knows that of what it sends for us.  Devices
	 * that look at the first piece only find it there.
	 */
	if (reply->sendfile)
		buf_printf(&head, "X-Accel-Redirect: %s\r\n", reply->sendfile);
	else if (reply->status != 204)
		buf_printf(&head, "Content-Length: %zu\r\n", reply->length);
	if (reply->type)
		buf_printf(&head, "Content-Type: %s\r\n", reply->type);
	if (reply->headers.text)
		buf_text(&head, reply->headers.text);
	fill(reply, &head);
	buf_text(&head, "\r\n");
	/* Header and small bodies leave in one piece. */
	if (short_body)
		buf_add(&head, reply->body, reply->length);
	if (sink->write(sink->context, head.text, head.length) && reply->fd >= 0 && !reply->head)
		stream(reply, sink);
	if (reply->fd >= 0)
		close(reply->fd);
}
