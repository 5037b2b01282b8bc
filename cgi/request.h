/*
 * A request, read once from the environment and a bounded body.  Nothing behind this file touches
 * getenv or stdin.
 */
#pragma once

#include "core/pairs.h"

/* Where a request comes from: CGI, FastCGI and the tests each have their own. */
struct source {
	const char *(*variable)(void *context, const char *name); /* NULL: not set */
	size_t (*read)(void *context, char *ret, size_t size);	  /* 0: end or error */
	void *context;
};

enum method { METHOD_GET, METHOD_HEAD, METHOD_POST, METHOD_PUT, METHOD_OTHER };

/* Made by request_read(). */
struct request {
	enum method method;
	const char *path;   /* PATH_INFO, decoded by the web server */
	struct pair *query; /* decoded, in the order given */
	size_t query_count;
	const char *token;	 /* Authorization: Bearer, Basic's password, or ?token=; NULL */
	const char *certificate; /* CN of a client certificate that nginx verified; NULL */
	const char *range;	 /* or NULL */
	const char *if_range;	 /* the entity a range is of, or NULL */
	const char *base_url;	 /* of the URLs handed out, without a slash at the end */
	const char *sendfile;	 /* "/protected/" where nginx sends files; NULL: stream */
	const char *body;
	size_t body_length;

	/* For dialects of devices that know neither our paths nor how to say who they are. */
	const char *dialect, *product; /* whose server block was asked; NULL: that of all */
	const char *here;	       /* this door as the device calls it, by its Host header */
	const char *address;	       /* the device's, an IPv4 one never as IPv6; NULL: unknown */
	int64_t overhead;	       /* bytes that the web server adds to our header */
	const struct source *source;   /* of request_header() */
};

/*
 * ERR_INPUT: control bytes, a malformed query, a body over 64 KiB or shorter than it claims.
 * Strings live in the arena, or as long as the source.  On an error *ret holds what was read
 * before: path, dialect and product in any case.
 *
 * Where the web server could not read a request line whose path lacks its slash ("GET user1.bin
 * HTTP/1.0"), it hands the line on as OTACTL_REQUEST: then that is the request.
 */
enum err_code request_read(struct arena *arena, const struct source *source, struct request *ret,
	struct err *err) MUST_USE;

/* The value of a query parameter, or NULL. */
const char *request_query(const struct request *request, const char *key);

/* What stands in a header, such as "x-ESP8266-version", of any case; NULL: nothing. */
const char *request_header(const struct request *request, const char *name);
