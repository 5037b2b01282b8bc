/* Replies: complete before the first byte leaves; the one place that turns errors into HTTP. */
#pragma once

#include "cgi/request.h"

#include "core/json.h"

/* Made by reply_begin(). */
struct reply {
	int status;
	struct buf headers; /* "Name: value\r\n" lines beside those respond_write() adds */
	const char *type;   /* of the body; NULL: none */
	const char *body;
	size_t length;	      /* of body, or of what is streamed from fd */
	const char *sendfile; /* the place of a file that the web server sends instead; or NULL */
	int fd;		      /* a file to stream, or -1; closed by respond_write() */
	int64_t offset;
	bool head;	  /* only headers leave */
	int64_t overhead; /* bytes that the web server adds to the header; set by handle() */
	int64_t multiple; /* the header is filled up to a multiple of so many bytes; 0: it is not */
};

/* Where a reply goes; false ends it (the client has gone). */
struct sink {
	bool (*write)(void *context, const char *data, size_t size);
	void *context;
};

/* Start a reply anew, with nothing but its status; its headers grow in the arena. */
void reply_begin(struct reply *reply, struct arena *arena, int status);

/* Add a header; neither part may hold control bytes. */
void reply_header(struct reply *reply, const char *name, const char *value);

/* Set the body, which must live until respond_write(), and its Content-Type. */
void reply_text(struct reply *reply, const char *type, const char *body);

/* Start a reply that no cache may keep, with a line of JSON; NULL: without a body. */
void reply_json(struct reply *reply, struct arena *arena, int status, const char *body);

/* Add when to ask again. */
void reply_retry_after(struct reply *reply, int64_t seconds);

/* How a dialect words an error: a body in the arena. */
typedef const char *(*error_wording)(struct arena *arena, enum err_code code, const char *reason);

/*
 * The reply for an error: a one-line JSON reason that never repeats the request, worded by the
 * dialect; NULL: as in our own.
 */
void reply_error(
	struct reply *reply, struct arena *arena, const struct err *err, error_wording wording);

/* The body of such a reply, for who has a status of its own. */
void reply_reason(struct reply *reply, struct arena *arena, enum err_code code, const char *reason,
	error_wording wording);

/*
 * Leave out the body of a reply that was begun.  For devices that take whatever comes for what they
 * asked: an error's reason is in the header OTA-Reason instead.
 */
void reply_bare(struct reply *reply, const char *reason);

/*
 * Send a reply: status, headers with Content-Length, and the body, from memory or from its file,
 * which is closed.  Where the sink ends it, the rest is left out.
 */
void respond_write(struct reply *reply, const struct sink *sink);
