/* Replies: complete before the first byte leaves; the one place that turns errors into HTTP. */
#pragma once

#include "cgi/request.h"

#include "core/json.h"

struct reply {
	int status;
	struct buf headers; /* "Name: value\r\n" lines beside those respond_write() adds */
	const char *type;   /* of the body; NULL: none */
	const char *body;
	size_t length;	      /* of body, or of what is streamed from fd */
	const char *sendfile; /* the place of a file that the web server sends instead; or NULL */
	int fd;		      /* a file to stream, or -1; closed by respond_write() */
	int64_t offset;
	bool head; /* only headers leave */
};

/* Where a reply goes; false ends it (the client has gone). */
struct sink {
	bool (*write)(void *context, const char *data, size_t size);
	void *context;
};

void reply_begin(struct reply *reply, struct arena *arena, int status);
void reply_header(struct reply *reply, const char *name, const char *value);
void reply_text(struct reply *reply, const char *type, const char *body);

/* The reply for an error: a one-line JSON reason that never repeats the request. */
void reply_error(struct reply *reply, struct arena *arena, const struct err *err);

void respond_write(struct reply *reply, const struct sink *sink);
