#include "cgi/request.h"

#include "core/limits.h"
#include "core/str.h"

#include <assert.h>
#include <ctype.h>
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

/* What follows the scheme of an Authorization header, of any case (RFC 9110, 11.1); or NULL. */
static const char *
authorization(const char *header, const char *scheme)
{
	size_t length = strlen(scheme), blanks;

	if (!header || strncasecmp(header, scheme, length) != 0)
		return NULL;
	blanks = strspn(header + length, " \t");
	return blanks ? header + length + blanks : NULL;
}

/* The password of "user:password" in base64, which some libraries have and no bearer; or NULL. */
static const char *
password(struct arena *arena, const char *text)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t length = text ? strspn(text, alphabet) : 0, used = 0;
	char *pair, *colon;
	uint32_t bits = 0;

	if (!length || text[length + strspn(text + length, "=")] || length > LIMIT_TARGET)
		return NULL;
	pair = arena_alloc(arena, length + 1);
	for (size_t i = 0; i < length; i++) {
		bits = bits << 6 | (uint32_t)(strchr(alphabet, text[i]) - alphabet);
		if (i % 4)
			pair[used++] = (char)(bits >> (6 - 2 * (i % 4)));
	}
	colon = memchr(pair, ':', used);
	return colon && !memchr(pair, '\0', used) && clean(pair) ? colon + 1 : NULL;
}

/* The token of a request: in its header, a bearer's or a password, else `?token=`; or NULL. */
static const char *
token_of(struct arena *arena, const char *header, const struct request *request)
{
	const char *bearer = authorization(header, "Bearer"),
		   *basic = password(arena, authorization(header, "Basic"));

	return bearer ? bearer : basic ? basic : request_query(request, "token");
}

/* The bytes that the web server adds to the headers we write; its status line is not among them. */
static int64_t
overhead(const struct source *source)
{
	const char *given = variable(source, "OTACTL_HEADER_OVERHEAD"),
		   *software = variable(source, "SERVER_SOFTWARE");
	int64_t ret;

	if (given && str_int(given, 0, LIMIT_OVERHEAD, &ret))
		return ret;
	ret = (int64_t)strlen("Date: Thu, 01 Jan 1970 00:00:00 GMT\r\nConnection: close\r\n");
	if (software && strlen(software) < LIMIT_OVERHEAD / 2)
		ret += (int64_t)(strlen("Server: \r\n") + strlen(software));
	return ret;
}

/* What the web server's configuration says of the place that was asked, and who asks it. */
static void
place_read(struct arena *arena, const struct source *source, struct request *ret)
{
	const char *base = variable(source, "OTACTL_BASE_URL"),
		   *send = variable(source, "OTACTL_SENDFILE");

	ret->source = source;
	ret->dialect = variable(source, "OTACTL_DIALECT");
	ret->product = variable(source, "OTACTL_PRODUCT");
	ret->here = base_from_request(arena, source);
	ret->base_url = base ? base : ret->here;
	if (send && str_starts(send, "x-accel:"))
		ret->sendfile = send + strlen("x-accel:");
	ret->overhead = overhead(source);
	ret->address = variable(source, "REMOTE_ADDR");
	if (ret->address && str_starts(ret->address, "::ffff:"))
		ret->address += strlen("::ffff:");
}

static enum method
method_read(const char *word)
{
	return !strcmp(word, "GET")    ? METHOD_GET
	       : !strcmp(word, "HEAD") ? METHOD_HEAD
	       : !strcmp(word, "POST") ? METHOD_POST
	       : !strcmp(word, "PUT")  ? METHOD_PUT
				       : METHOD_OTHER;
}

/*
 * A line such as "GET pato/user2.app?version=1.0 HTTP/1.0", which no web server has decoded.  All
 * else that is wrong with a line is refused as the web server did: only a missing slash is healed.
 */
static enum err_code
line_read(struct arena *arena, const char *line, struct request *ret, const char **query,
	struct err *err)
{
	size_t method = strcspn(line, " "), target, path;
	const char *start = line + method + (line[method] == ' '), *rest;

	target = strcspn(start, " ");
	path = strcspn(start, "? ");
	rest = start + target;
	ret->method = method_read(arena_copy_n(arena, line, method));
	if ((ret->method != METHOD_GET && ret->method != METHOD_HEAD) || !path || *start == '/' ||
		!clean(line) || strlen(line) > LIMIT_TARGET || !str_starts(rest, " HTTP/1."))
		return refuse(err, "the request line is malformed");
	start = decode(arena, start, path);
	if (!start)
		return refuse(err, "the path is malformed");
	ret->path = arena_printf(arena, "/%s", start);
	*query = rest > line + method + 1 + path
			 ? arena_copy_n(arena, line + method + 2 + path, target - path - 1)
			 : NULL;
	return ERR_OK;
}

/* Method, path and the undecoded query (NULL: none). */
static enum err_code
target_read(struct arena *arena, const struct source *source, struct request *ret,
	const char **query, struct err *err)
{
	const char *method = variable(source, "REQUEST_METHOD"),
		   *path = variable(source, "PATH_INFO"),
		   *line = variable(source, "OTACTL_REQUEST");

	*query = variable(source, "QUERY_STRING");
	ret->method = method_read(method ? method : "");
	ret->path = arena_copy(arena, path ? path : "");
	if (line)
		return line_read(arena, line, ret, query, err);
	if (!clean(ret->path) || strlen(ret->path) > LIMIT_TARGET)
		return refuse(err, "the path is malformed");
	return ERR_OK;
}

enum err_code
request_read(struct arena *arena, const struct source *source, struct request *ret, struct err *err)
{
	const char *query, *token = variable(source, "HTTP_AUTHORIZATION");
	const char *dn = variable(source, "OTA_TLS_DN"),
		   *verified = variable(source, "OTA_TLS_VERIFY");

	*ret = (struct request){ .method = METHOD_OTHER };
	place_read(arena, source, ret);
	if (target_read(arena, source, ret, &query, err))
		return err->code;
	if (query && (strlen(query) > LIMIT_TARGET || !clean(query)))
		return refuse(err, "the query is malformed");
	if (query && query_read(arena, query, ret, err))
		return err->code;
	ret->token = token_of(arena, token, ret);
	if (dn && verified && !strcmp(verified, "SUCCESS"))
		ret->certificate = common_name(arena, dn);
	ret->range = variable(source, "HTTP_RANGE");
	ret->if_range = variable(source, "HTTP_IF_RANGE");
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

const char *
request_header(const struct request *request, const char *name)
{
	char key[64] = "HTTP_";
	size_t length = strlen(key);

	assert(length + strlen(name) < sizeof key);
	for (; *name; name++)
		key[length++] = *name == '-' ? '_' : (char)toupper((unsigned char)*name);
	key[length] = '\0';
	return variable(request->source, key);
}
