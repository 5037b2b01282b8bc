/* Requests as web servers hand them over, and the header of a reply to the byte. */
#include "tests/test.h"

#include "cgi/respond.h"

static struct arena arena;
static const char *const *variables; /* "NAME=value", NULL ends the list */

static const char *
variable(void *unused, const char *name)
{
	size_t length = strlen(name);

	(void)unused;
	for (const char *const *v = variables; *v; v++)
		if (!strncmp(*v, name, length) && (*v)[length] == '=')
			return *v + length + 1;
	return NULL;
}

static size_t
nothing(void *unused, char *ret, size_t size)
{
	(void)unused, (void)ret, (void)size;
	return 0;
}

static const struct source source = { variable, nothing, NULL };

static int
done(void **state)
{
	(void)state;
	arena_done(&arena);
	return 0;
}

static enum err_code
read_request(const char *const *list, struct request *ret)
{
	struct err err = ERR_NONE;

	variables = list;
	return request_read(&arena, &source, ret, &err);
}

static enum err_code
read_line(const char *line, struct request *ret)
{
	return read_request((const char *const[]){ arena_printf(&arena, "OTACTL_REQUEST=%s", line),
				    "REQUEST_METHOD=GET", "PATH_INFO=/error", NULL },
		ret);
}

static void
a_line_without_its_slash_is_a_request(void **state)
{
	struct request r;

	(void)state;
	assert_int_equal(read_line("GET pato/espOtaTest/user2.app HTTP/1.0", &r), ERR_OK);
	assert_int_equal(r.method, METHOD_GET);
	assert_string_equal(r.path, "/pato/espOtaTest/user2.app");
	assert_int_equal(r.query_count, 0);
	assert_int_equal(read_line("HEAD user1.bin?version=1%2E0&device=SN1 HTTP/1.1", &r), ERR_OK);
	assert_int_equal(r.method, METHOD_HEAD);
	assert_string_equal(r.path, "/user1.bin");
	assert_string_equal(request_query(&r, "version"), "1.0");
	assert_string_equal(request_query(&r, "device"), "SN1");
	/* Nobody has decoded it: it is decoded once. */
	assert_int_equal(read_line("GET a%2520b HTTP/1.0", &r), ERR_OK);
	assert_string_equal(r.path, "/a%20b");
	assert_int_equal(read_line("GET a? HTTP/1.0", &r), ERR_OK);
	assert_string_equal(r.path, "/a");
}

static void
nothing_else_is_healed(void **state)
{
	static const char *const lines[] = { "GET /user1.bin HTTP/1.0", "GET user1.bin",
		"GET user1.bin FTP/1.0", "GET  user1.bin HTTP/1.0", "GET", "GET ", " ", "GET ?a HTTP/1.0",
		"POST user1.bin HTTP/1.0", "get user1.bin HTTP/1.0", "GET user1.bin\tHTTP/1.0 HTTP/1.0",
		"GET user1%0.bin HTTP/1.0", "GET user1%00.bin HTTP/1.0", "GET user1%0a.bin HTTP/1.0",
		"GET a?b=%zz HTTP/1.0", "GET a\001b HTTP/1.0" };
	struct request r;

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++)
		if (read_line(lines[i], &r) != ERR_INPUT)
			fail_msg("taken: %s", lines[i]);
}

static void
a_line_of_4_kb_is_read_one_of_9_is_not(void **state)
{
	char line[9100];
	struct request r;

	(void)state;
	memset(line, 'a', sizeof line);
	memcpy(line, "GET ", 4);
	snprintf(line + 4096, 16, " HTTP/1.0");
	assert_int_equal(read_line(line, &r), ERR_OK);
	assert_int_equal(strlen(r.path), 4093);
	memset(line + 4096, 'a', 4900);
	snprintf(line + 9000, 16, " HTTP/1.0");
	assert_int_equal(read_line(line, &r), ERR_INPUT);
}

static void
headers_have_no_case(void **state)
{
	struct request r;

	(void)state;
	assert_int_equal(read_request((const char *const[]){ "HTTP_X_ESP8266_STA_MAC=18:FE:34:00:00:01",
					      "HTTP_X_ESP8266_VERSION=", NULL },
				 &r),
		ERR_OK);
	assert_string_equal(request_header(&r, "x-esp8266-sta-MAC"), "18:FE:34:00:00:01");
	assert_null(request_header(&r, "x-ESP8266-version")); /* empty */
	assert_null(request_header(&r, "x-ESP8266-mode"));
}

static void
a_token_has_several_places(void **state)
{
	static const struct {
		const char *header, *token;
	} cases[] = {
		{ "Bearer abc", "abc" },
		{ "bearer \t abc", "abc" },
		{ "Basic dXNlcjpwYXNz", "pass" },		      /* user:pass */
		{ "basic OnRva2VuLW9mLVNOMS1wYWRkZWQ=", "token-of-SN1-padded" }, /* :token... */
		{ "Basic YTpiOmM=", "b:c" },			      /* a:b:c */
		{ "Basic YTpiOmM", "b:c" },			      /* not padded */
		{ "Basic dXNlcg==", "query" },			      /* no colon */
		{ "Basic YTpiAGM=", "query" },			      /* a:b NUL c */
		{ "Basic YToBYg==", "query" },			      /* a control byte */
		{ "Basic dXNlcjpw YXNz", "query" },
		{ "Basic ====", "query" },
		{ "Basic", "query" },
		{ "Digest dXNlcjpwYXNz", "query" },
	};
	struct request r;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *header = arena_printf(&arena, "HTTP_AUTHORIZATION=%s", cases[i].header);

		assert_int_equal(read_request((const char *const[]){ header, "QUERY_STRING=token=query", NULL }, &r),
			ERR_OK);
		assert_string_equal(r.token, cases[i].token);
	}
}

static void
the_place_that_was_asked(void **state)
{
	struct request r;

	(void)state;
	assert_int_equal(read_request((const char *const[]){ "HTTP_HOST=10.0.0.1:8070",
					      "REMOTE_ADDR=::ffff:10.0.0.7", "OTACTL_DIALECT=pycom",
					      "OTACTL_PRODUCT=tag", "OTACTL_BASE_URL=https://ota/x", NULL },
				 &r),
		ERR_OK);
	assert_string_equal(r.here, "http://10.0.0.1:8070");
	assert_string_equal(r.base_url, "https://ota/x");
	assert_string_equal(r.address, "10.0.0.7");
	assert_string_equal(r.dialect, "pycom");
	assert_string_equal(r.product, "tag");
	/* Also where the request cannot be read: the answer is the dialect's. */
	assert_int_equal(read_request((const char *const[]){ "PATH_INFO=/a\001", "OTACTL_DIALECT=esp",
					      "HTTP_HOST=a/b", NULL },
				 &r),
		ERR_INPUT);
	assert_string_equal(r.dialect, "esp");
	assert_string_equal(r.here, "http://localhost");
}

static void
what_the_web_server_adds(void **state)
{
	struct request r;

	(void)state;
	assert_int_equal(
		read_request((const char *const[]){ "SERVER_SOFTWARE=nginx/1.22.1", NULL }, &r), ERR_OK);
	assert_int_equal(r.overhead, 22 + 37 + 19);
	assert_int_equal(read_request((const char *const[]){ "SERVER_SOFTWARE=nginx/1.22.1",
					      "OTACTL_HEADER_OVERHEAD=71", NULL },
				 &r),
		ERR_OK);
	assert_int_equal(r.overhead, 71);
	assert_int_equal(read_request((const char *const[]){ "OTACTL_HEADER_OVERHEAD=many", NULL }, &r),
		ERR_OK);
	assert_int_equal(r.overhead, 37 + 19);
}

static char sent[8192];
static size_t sent_length;

static bool
gather(void *unused, const char *data, size_t size)
{
	(void)unused;
	assert_true(sent_length + size < sizeof sent);
	memcpy(sent + sent_length, data, size);
	sent_length += size;
	sent[sent_length] = '\0';
	return true;
}

/* The bytes of the header that a device gets: the status line in place of "Status:", all that is added. */
static size_t
device_header(const struct reply *reply)
{
	size_t ours = (size_t)(strstr(sent, "\r\n\r\n") + 4 - sent);

	return ours - strlen("Status: ") + strlen("HTTP/1.1 ") + (size_t)reply->overhead;
}

static void
a_header_is_filled_up(void **state)
{
	static const struct sink sink = { gather, NULL };

	(void)state;
	/* Every length of what is there before comes to the same multiple. */
	for (int more = 0; more < 230; more++) {
		struct reply reply;

		reply_begin(&reply, &arena, 200);
		reply_header(&reply, "X", arena_printf(&arena, "%0*d", more, 0));
		reply_text(&reply, "application/json", "null");
		reply.overhead = 78;
		reply.multiple = 100;
		sent_length = 0;
		respond_write(&reply, &sink);
		assert_int_equal(device_header(&reply) % 100, 0);
		assert_string_equal(sent + sent_length - 8, "\r\n\r\nnull");
		assert_true(strstr(sent, "\r\nContent-Length: 4\r\n") == sent + strlen("Status: 200 OK"));
	}
}

static void
a_bare_error_has_a_length_and_no_body(void **state)
{
	static const struct sink sink = { gather, NULL };
	struct err err = ERR_NONE;
	struct reply reply;

	(void)state;
	err_set(&err, ERR_UNTRUSTED, "unknown device or wrong token");
	reply_error(&reply, &arena, &err, NULL);
	reply_bare(&reply, err.what);
	sent_length = 0;
	respond_write(&reply, &sink);
	assert_true(strstr(sent, "Status: 401 Unauthorized\r\nContent-Length: 0\r\n") == sent);
	assert_non_null(strstr(sent, "\r\nOTA-Reason: unknown device or wrong token\r\n\r\n"));
	assert_string_equal(sent + sent_length - 4, "\r\n\r\n");
	assert_null(strstr(sent, "Content-Type"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_without_its_slash_is_a_request),
		cmocka_unit_test(nothing_else_is_healed),
		cmocka_unit_test(a_line_of_4_kb_is_read_one_of_9_is_not),
		cmocka_unit_test(headers_have_no_case),
		cmocka_unit_test(a_token_has_several_places),
		cmocka_unit_test(the_place_that_was_asked),
		cmocka_unit_test(what_the_web_server_adds),
		cmocka_unit_test(a_header_is_filled_up),
		cmocka_unit_test(a_bare_error_has_a_length_and_no_body),
	};

	return cmocka_run_group_tests_name("request", tests, NULL, done);
}
