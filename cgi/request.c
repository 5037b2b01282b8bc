#include "cgi/request.h"

#include "core/limits.h"
#include "core/str.h"

#include <assert.h>
#include <strings.h>

static const char *
variable(const struct source *source, const char *name)
{
	const char *value = source->variable(source->context, name);

	return value && *value ? value : NULL;
}

static enum err_code
refuse(struct err *err, const char *why)
{
	return err_set(err, ERR_INPUT, "%s", why);
}

static bool
clean(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return false;
	return true;
}

static int
hex_value(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

/* Percent-decode; NULL when malformed or when a control byte comes out.  '+' stays a plus sign. */
static const char *
decode(struct arena *arena, const char *text, size_t length)
{
	char *ret = arena_alloc(arena, length + 1);
	size_t used = 0;

	for (size_t i = 0; i < length; i++) {
		int high, low;

		if (text[i] != '%') {
			ret[used++] = text[i];
			continue;
		}
		if (i + 2 >= length || (high = hex_value(text[i + 1])) < 0 ||
			(low = hex_value(text[i + 2])) < 0)
			return NULL;
		ret[used++] = (char)(high << 4 | low);
		i += 2;
	}
	return memchr(ret, '\0', used) || !clean(ret) ? NULL : ret;
}

static enum err_code
query_read(struct arena *arena, const char *text, struct request *ret, struct err *err)
{
	while (*text) {
		size_t length = strcspn(text, "&"), key = strcspn(text, "=&");
		struct pair pair = { decode(arena, text, key), "" };

		if (key < length)
			pair.value = decode(arena, text + key + 1, length - key - 1);
		if (!pair.key || !pair.value)
			return refuse(err, "the query is malformed");
		if (ret->query_count == LIMIT_PAIRS)
			return refuse(err, "the query has too many parameters");
		if (*pair.key) {
			ret->query =
				arena_room(arena, ret->query, ret->query_count, sizeof *ret->query);
			ret->query[ret->query_count++] = pair;
		}
		text += length + (text[length] == '&');
	}
	return ERR_OK;
}

static enum err_code
body_take(struct arena *arena, const struct source *source, struct request *ret, struct err *err)
{
	const char *claimed = variable(source, "CONTENT_LENGTH");
	int64_t length = 0;
	char *body;

	if (claimed && !str_int(claimed, 0, INT64_MAX, &length))
		return refuse(err, "Content-Length is no number");
	if (length > LIMIT_BODY)
		return refuse(
			err, arena_printf(arena, "the body is longer than %d bytes", LIMIT_BODY));
	body = arena_alloc(arena, (size_t)length + 1);
	while (ret->body_length < (size_t)length) {
		size_t got = source->read(source->context, body + ret->body_length,
			(size_t)length - ret->body_length);

		if (!got)
			return refuse(err, "the body is shorter than its Content-Length");
		ret->body_length += got;
	}
	ret->body = body;
	return ERR_OK;
}

/*
 * The common name of a subject as RFC 2253 writes it: "CN=SN1,O=fleet".  Commas within values
 * are escaped, so that only what stands at the start of a part counts.  NULL where there is
 * none, more than one, or one with an escape.
 */
static const char *
common_name(struct arena *arena, const char *dn)
{
	const char *ret = NULL;

	while (*dn) {
		const char *start = dn;
		bool escaped = false;

		for (; *dn && *dn != ',' && *dn != '+'; dn++)
			if (*dn == '\\' && dn[1]) {
				escaped = true;
				dn++;
			}
		if (str_starts(start, "CN=")) {
			if (ret || escaped)
				return NULL;
			ret = arena_copy_n(arena, start + 3, (size_t)(dn - start - 3));
		}
		dn += *dn != '\0';
	}
	return ret;
}

static const char *
base_from_request(struct arena *arena, const struct source *source)
{
	const char *host = variable(source, "HTTP_HOST"), *script = variable(source, "SCRIPT_NAME");
	const char *https = variable(source, "HTTPS");

	if (!host ||
		strspn(host,
			"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.:-[]") !=
			strlen(host))
		host = "localhost";
	return arena_printf(
		arena, "%s://%s%s", https ? "https" : "http", host, script ? script : "");
}

/* The token of an Authorization header, whose scheme is of any case (RFC 9110, 11.1); or NULL. */
static const char *
bearer(const char *header)
{
	size_t scheme = strlen("Bearer"), blanks;

	if (!header || strncasecmp(header, "Bearer", scheme) != 0)
		return NULL;
	blanks = strspn(header + scheme, " \t");
	return blanks ? header + scheme + blanks : NULL;
}

enum err_code
request_read(struct arena *arena, const struct source *source, struct request *ret, struct err *err)
{
	const char *method = variable(source, "REQUEST_METHOD"),
		   *path = variable(source, "PATH_INFO");
	const char *query = variable(source, "QUERY_STRING"),
		   *token = variable(source, "HTTP_AUTHORIZATION");
	const char *dn = variable(source, "OTA_TLS_DN"),
		   *verified = variable(source, "OTA_TLS_VERIFY");
	const char *base = variable(source, "OTACTL_BASE_URL"),
		   *send = variable(source, "OTACTL_SENDFILE");

	*ret = (struct request){ .method = METHOD_OTHER };
	if (method)
		ret->method = !strcmp(method, "GET")	? METHOD_GET
			      : !strcmp(method, "HEAD") ? METHOD_HEAD
			      : !strcmp(method, "POST") ? METHOD_POST
							: METHOD_OTHER;
	ret->path = arena_copy(arena, path ? path : "");
	if (!clean(ret->path) || strlen(ret->path) > LIMIT_TARGET)
		return refuse(err, "the path is malformed");
	if (query && (strlen(query) > LIMIT_TARGET || !clean(query)))
		return refuse(err, "the query is malformed");
	if (query && query_read(arena, query, ret, err))
		return err->code;
	ret->token = bearer(token);
	if (!ret->token)
		ret->token = request_query(ret, "token");
	if (dn && verified && !strcmp(verified, "SUCCESS"))
		ret->certificate = common_name(arena, dn);
	ret->range = variable(source, "HTTP_RANGE");
	ret->if_range = variable(source, "HTTP_IF_RANGE");
	ret->base_url = base ? base : base_from_request(arena, source);
	if (send && str_starts(send, "x-accel:"))
		ret->sendfile = send + strlen("x-accel:");
	return body_take(arena, source, ret, err);
}

const char *
request_query(const struct request *request, const char *key)
{
	for (size_t i = 0; i < request->query_count; i++)
		if (!strcmp(request->query[i].key, key))
			return request->query[i].value;
	return NULL;
}
