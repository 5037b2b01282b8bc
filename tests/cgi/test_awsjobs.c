/* AWS IoT Jobs over HTTPS in-process: what its clients ask, what they are answered, and all they get wrong. */
#include "tests/test.h"

#include "tests/fixture.h"

#include "core/str.h"
#include "plans/orders/execution.h"
#include "plans/orders/lifecycle.h"
#include "plans/packages/add.h"
#include "plans/packages/find.h"
#include "plans/packages/sign.h"
#include "plans/packages/state.h"

static struct fixture f;

#define TOKEN "token-of-SN1-padded"
#define JOBS  "/things/SN1/jobs"

static const char *const eager[] = { "stages=100%", "first_device_alone=off", "soak=0", "retry_interval=600", NULL };

static int
setup(void **state)
{
	(void)state;
	fixture_begin(&f);
	fixture_package(&f, "1_0_0", NULL, 3000);
	fixture_package(&f, "1_0_1", NULL, 5000);
	fixture_device(&f, "SN1", "1_0_0", NULL);
	fixture_device(&f, "SN2", "1_0_0", NULL);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fixture_end(&f);
	return 0;
}

/* Scripts beside the firmware: a component of type app, and a version of two files. */
static void
scripts(void)
{
	CLEANUP(signer_close) struct signer signer = { 0 };
	struct package_file files[2] = { { f.image, "usr/a.py", false }, { NULL, "lib/b.py", false } };
	struct package_new new = { .name = { "aroma/scripts", "2_0", NULL, false }, .files = files,
		.file_count = 2, .floor = -1 };
	struct package_view view;
	size_t changed;

	files[1].path = arena_printf(&f.session.arena, "%s/b.py", f.folder);
	fixture_good(&f, component_create(&f.session, "aroma", "scripts",
				 &(struct component_change){ .type = "app", .slot_size = -1 }, &f.err));
	fixture_file(files[0].path, 700, 7);
	fixture_file(files[1].path, 800, 8);
	fixture_good(&f, package_create(&f.session, &new, &view, &f.err));
	fixture_good(&f, signer_open(&f.session, f.secret_key, NULL, &signer, &f.err));
	fixture_good(&f, sign_package(&f.session, &view, &signer, &f.err));
	fixture_good(&f, package_publish(&f.session, &new.name, &changed, &f.err));
	/* Who never says which scripts it runs is not given any. */
	fixture_poll(&f, "SN1", "STM32=1_0_0&scripts=1_0");
}

static void
roll(void)
{
	fixture_plan(&f, "jobfota", "1_0_1", eager);
}

static const struct answer *
ask(const char *method, const char *target, const char *body)
{
	return fixture_request(&f, method, target, TOKEN, body);
}

static void
says_at(const struct answer *a, int status, const char *part, int line)
{
	if (a->status != status || !strstr(a->body, part))
		fail_msg("line %d: wanted %d and %s, got %s%s", line, status, part, a->headers, a->body);
	/* It is complete, and no device has to take it for an image. */
	assert_non_null(strstr(a->headers, "Content-Type: application/json"));
	assert_non_null(strstr(a->headers, "Content-Length: "));
}
#define says(answer, status, part) says_at(answer, status, part, __LINE__)
#define silent(answer, part)	   assert_null(strstr((answer)->body, part))

static int64_t
tally(const char *plan, int which)
{
	return fixture_status(&f, plan)->sums[which];
}

/* The version that the answer before told, as text. */
static const char *
version_of(const struct answer *a)
{
	static char ret[24];

	assert_non_null(strstr(a->body, "\"versionNumber\":"));
	sscanf(strstr(a->body, "\"versionNumber\":"), "\"versionNumber\":%23[0-9]", ret);
	return ret;
}

static const char *
updating(const char *status, const char *version, const char *rest)
{
	static char body[300];

	snprintf(body, sizeof body, "{\"status\":\"%s\",\"expectedVersion\":%s%s}", status, version, rest);
	return body;
}

/* The client of the document: describe by the job's name, download, restart, describe, succeed. */
static void
firmware_is_described_downloaded_and_proven(void **state)
{
	const struct answer *a;
	char url[400];

	(void)state;
	roll();
	says(ask("GET", JOBS, NULL), 200,
		"\"inProgressJobs\":[],\"queuedJobs\":[{\"jobId\":\"jobfota\",\"thingName\":\"SN1\"");
	assert_int_equal(tally("jobfota", EXEC_ACCEPTED), 0);
	a = ask("GET", JOBS "/jobfota", NULL);
	says(a, 200,
		"\"jobDocument\":[{\"operation\":\"FOTA\",\"files\":[{\"fileName\":\"firmware.bin\",\"fileVersion\":\"1_0_1\"");
	says(a, 200, "\"status\":\"IN_PROGRESS\",\"statusDetails\":{}");
	says(a, 200, "\"startedAt\":1795255200,\"lastUpdatedAt\":1795255200");
	says(a, 200, "\"executionNumber\":1");
	snprintf(url, sizeof url, "%s", answer_text(a, "url"));
	assert_true(str_starts(url, "http://door/ota/f/") && strlen(url) < 256);
	assert_int_equal(tally("jobfota", EXEC_ACCEPTED), 1);
	/* Its URL is the file, from any place on, and past its end. */
	a = fixture_request(&f, "GET", url + strlen("http://door/ota"), NULL, NULL);
	assert_int_equal(a->status, 200);
	assert_int_equal(a->length, 5000);
	a = fixture_request_with(&f, "GET", url + strlen("http://door/ota"), NULL, NULL,
		(const char *const[]){ "HTTP_RANGE=bytes=0-", NULL });
	assert_int_equal(a->status, 206);
	a = fixture_request_with(&f, "GET", url + strlen("http://door/ota"), NULL, NULL,
		(const char *const[]){ "HTTP_RANGE=bytes=5000-", NULL });
	assert_int_equal(a->status, 416);
	/* Numbers, as the document says them; {} is the answer unless more is wished. */
	says(ask("POST", JOBS "/jobfota",
		"{\"status\":\"IN_PROGRESS\",\"statusDetails\":{\"progress\":50,\"step\":\"downloading\"}}"),
		200, "{}\n");
	assert_int_equal(tally("jobfota", EXEC_DOWNLOADING), 1);
	says(ask("POST", JOBS "/jobfota",
		"{\"status\":\"IN_PROGRESS\",\"statusDetails\":{\"progress\":100,\"step\":\"downloading\"}}"),
		200, "{}");
	assert_int_equal(tally("jobfota", EXEC_DOWNLOADED), 1);
	/* After the restart it is still described, with what was said of it, by a fresh URL. */
	f.session.now += 100;
	a = ask("GET", JOBS "/jobfota", NULL);
	says(a, 200, "\"statusDetails\":{\"progress\":\"100\",\"step\":\"downloading\"}");
	assert_string_not_equal(answer_text(a, "url"), url);
	says(ask("POST", JOBS "/jobfota", "{\"status\":\"SUCCEEDED\",\"statusDetails\":{\"operation\":\"install\","
		"\"state\":\"package installed and started\"}}"), 200, "{}");
	assert_int_equal(tally("jobfota", EXEC_SUCCEEDED), 1);
	/* And not any more. */
	says(ask("GET", JOBS "/jobfota", NULL), 410, "\"code\":\"TerminalStateReached\"");
	says(ask("GET", JOBS, NULL), 200, "{\"inProgressJobs\":[],\"queuedJobs\":[]}\n");
	says(ask("GET", JOBS "/$next", NULL), 200, "{}\n");
	says(ask("PUT", JOBS "/$next", "{}"), 200, "{}\n");
	/* It is the version that it runs. */
	says(ask("POST", JOBS "/jobfota", "{\"status\":\"SUCCEEDED\"}"), 409, "\"code\":\"InvalidStateTransition\"");
	says(ask("POST", JOBS "/jobfota", "{\"status\":\"SUCCEEDED\"}"), 409, "\"executionState\":{\"status\":\"SUCCEEDED\"");
}

static void
scripts_come_once_the_firmware_is_there(void **state)
{
	const struct answer *a;

	(void)state;
	scripts();
	roll();
	fixture_plan(&f, "jobappota", "scripts=2_0", eager);
	says(ask("GET", JOBS "/jobappota", NULL), 404, "\"code\":\"ResourceNotFound\"");
	assert_int_equal(tally("jobfota", EXEC_ACCEPTED), 0);
	says(ask("GET", JOBS "/jobfota", NULL), 200, "\"FOTA\"");
	says(ask("GET", JOBS "/jobappota", NULL), 404, "\"code\":\"ResourceNotFound\"");
	says(ask("POST", JOBS "/jobappota", "{\"status\":\"IN_PROGRESS\"}"), 404, "\"code\":\"ResourceNotFound\"");
	says(ask("POST", JOBS "/jobfota", "{\"status\":\"SUCCEEDED\"}"), 200, "{}");
	a = ask("GET", JOBS "/jobappota", NULL);
	says(a, 200,
		"\"jobDocument\":[{\"operation\":\"app_fota\",\"files\":["
		"{\"fileName\":\"/usr/a.py\",\"fileVersion\":\"2_0\",\"fileSize\":700,");
	says(a, 200, "{\"fileName\":\"/usr/lib/b.py\",\"fileVersion\":\"2_0\",\"fileSize\":800,");
	says(ask("POST", JOBS "/jobappota",
		"{\"status\":\"IN_PROGRESS\",\"statusDetails\":{\"progress\":100,\"step\":\"downloading\"}}"),
		200, "{}");
	says(ask("POST", JOBS "/jobappota", "{\"status\":\"SUCCEEDED\"}"), 200, "{}");
	assert_int_equal(tally("jobappota", EXEC_SUCCEEDED), 1);
}

/* One job with both: one after the other, and no success before the second has come. */
static void
a_job_with_both_is_two_documents(void **state)
{
	const struct answer *a;

	(void)state;
	scripts();
	fixture_plan(&f, "both", "STM32=1_0_1 scripts=2_0", eager);
	a = ask("GET", JOBS "/both", NULL);
	says(a, 200, "\"operation\":\"FOTA\"");
	silent(a, "app_fota");
	/* One update is one version, however many components it is about. */
	a = ask("POST", JOBS "/both", updating("SUCCEEDED", version_of(a), ",\"includeJobExecutionState\":true"));
	says(a, 200, "\"executionState\":{\"status\":\"IN_PROGRESS\"");
	a = ask("GET", JOBS "/$next", NULL);
	says(a, 200, "\"operation\":\"app_fota\"");
	silent(a, "FOTA\"");
	says(ask("POST", JOBS "/both", updating("SUCCEEDED", version_of(a), "")), 200, "{}");
	assert_int_equal(tally("both", EXEC_SUCCEEDED), 1);
}

static void
versions_rise_by_one_and_lock(void **state)
{
	const struct answer *a;
	char version[40];

	(void)state;
	scripts();
	fixture_plan(&f, "both", "STM32=1_0_1 scripts=2_0", eager);
	a = ask("PUT", JOBS "/$next", "{\"statusDetails\":{\"who\":\"me\"},\"stepTimeoutInMinutes\":5}");
	says(a, 200, "\"jobId\":\"both\"");
	snprintf(version, sizeof version, "%s", version_of(a));
	/* Started already: the same again. */
	assert_string_equal(version_of(ask("PUT", JOBS "/$next", "")), version);
	a = ask("POST", JOBS "/both", updating("IN_PROGRESS", "99", ""));
	says(a, 409, "\"code\":\"VersionMismatch\"");
	says(a, 409, "\"executionState\":{\"status\":\"IN_PROGRESS\"");
	assert_string_equal(version_of(a), version);
	a = ask("POST", JOBS "/both", updating("IN_PROGRESS", version, ",\"includeJobExecutionState\":true"));
	says(a, 200, "\"status\":\"IN_PROGRESS\"");
	assert_int_equal(atoi(version_of(a)), atoi(version) + 1);
	/* Said again with the version of before. */
	says(ask("POST", JOBS "/both", updating("SUCCEEDED", version, "")), 409, "\"VersionMismatch\"");
	assert_int_equal(tally("both", EXEC_SUCCEEDED), 0);
	/* A text is a number, too; failing ends all components with one version. */
	a = ask("GET", JOBS "/both?includeJobDocument=false", NULL);
	silent(a, "jobDocument");
	snprintf(version, sizeof version, "\"%s\"", version_of(a));
	a = ask("POST", JOBS "/both", updating("FAILED", version, ",\"includeJobExecutionState\":true"));
	says(a, 200, "\"status\":\"FAILED\"");
	assert_int_equal(atoi(version_of(a)), atoi(version + 1) + 1);
}

static void
a_failure_is_tried_again_when_the_plan_says(void **state)
{
	const struct answer *a;

	(void)state;
	roll();
	says(ask("GET", JOBS "/jobfota", NULL), 200, "\"executionNumber\":1");
	a = ask("POST", JOBS "/jobfota",
		"{\"status\":\"FAILED\",\"statusDetails\":{\"progress\":100},\"includeJobExecutionState\":true}");
	says(a, 200, "\"status\":\"FAILED\",\"statusDetails\":{\"progress\":\"100\"}");
	a = ask("GET", JOBS "/jobfota", NULL);
	says(a, 410, "\"TerminalStateReached\"");
	assert_non_null(strstr(a->headers, "OTA-Verdict: retry_backoff"));
	assert_non_null(strstr(a->headers, "Retry-After: "));
	f.session.now += 700;
	fixture_tick(&f);
	says(ask("GET", JOBS "/jobfota?executionNumber=1", NULL), 410, "\"TerminalStateReached\"");
	says(ask("GET", JOBS "/jobfota?executionNumber=3", NULL), 404, "\"ResourceNotFound\"");
	says(ask("GET", JOBS "/jobfota?executionNumber=2", NULL), 200, "\"executionNumber\":2");
	says(ask("POST", JOBS "/jobfota", "{\"status\":\"SUCCEEDED\",\"executionNumber\":2}"), 200, "{}");
	assert_int_equal(tally("jobfota", EXEC_SUCCEEDED), 1);
}

/* Only who asks for the document takes the job; what a person is asked for is started by one. */
static void
looking_accepts_nothing(void **state)
{
	const struct answer *a;

	(void)state;
	roll();
	a = ask("GET", JOBS "/jobfota?includeJobDocument=false", NULL);
	says(a, 200, "\"status\":\"QUEUED\"");
	silent(a, "jobDocument");
	silent(a, "startedAt");
	a = ask("HEAD", JOBS "/jobfota", NULL);
	assert_int_equal(a->status, 200);
	assert_int_equal(a->length, 0);
	assert_int_equal(tally("jobfota", EXEC_OFFERED), 1);
	a = ask("POST", JOBS "/jobfota",
		"{\"status\":\"IN_PROGRESS\",\"includeJobDocument\":true,\"includeJobExecutionState\":true}");
	says(a, 200, "\"executionState\":{\"status\":\"IN_PROGRESS\"");
	says(a, 200, "\"jobDocument\":[{\"operation\":\"FOTA\"");
	assert_int_equal(tally("jobfota", EXEC_ACCEPTED), 1);
	/* An update has a document only where one is asked for. */
	a = ask("POST", JOBS "/jobfota", "{\"status\":\"IN_PROGRESS\",\"includeJobExecutionState\":true}");
	says(a, 200, "\"executionState\":{\"status\":\"IN_PROGRESS\"");
	silent(a, "jobDocument");
}

static void
what_is_refused_is_put_off_or_given_up(void **state)
{
	(void)state;
	roll();
	says(ask("GET", JOBS "/jobfota", NULL), 200, "FOTA");
	says(ask("POST", JOBS "/jobfota",
		"{\"status\":\"REJECTED\",\"statusDetails\":{\"reason\":\"battery\"},\"includeJobExecutionState\":true}"),
		200, "\"status\":\"CANCELED\"");
	assert_int_equal(tally("jobfota", EXEC_CANCELED), 1);
	fixture_request(&f, "GET", "/things/SN2/jobs/jobfota", "token-of-SN2-padded", NULL);
	says(fixture_request(&f, "POST", "/things/SN2/jobs/jobfota", "token-of-SN2-padded",
		"{\"status\":\"REJECTED\",\"includeJobExecutionState\":true}"), 200, "\"status\":\"REJECTED\"");
	assert_int_equal(tally("jobfota", EXEC_REJECTED), 1);
}

static void
what_the_operator_cancels_is_over(void **state)
{
	const struct answer *a;

	(void)state;
	roll();
	says(ask("GET", JOBS "/jobfota", NULL), 200, "FOTA");
	f.session.reason = "test";
	fixture_good(&f, plan_terminate(&f.session, "jobfota", true, &f.err));
	says(ask("GET", JOBS "/jobfota", NULL), 404, "ResourceNotFound");
	says(ask("GET", JOBS, NULL), 200, "\"inProgressJobs\":[],\"queuedJobs\":[]");
	a = ask("POST", JOBS "/jobfota", "{\"status\":\"IN_PROGRESS\"}");
	says(a, 409, "InvalidStateTransition");
	says(a, 409, "\"status\":\"CANCELED\"");
	says(ask("POST", JOBS "/jobfota", "{\"status\":\"CANCELED\"}"), 200, "{}");
	assert_int_equal(tally("jobfota", EXEC_CANCELED), 1);
}

static void
a_success_repairs_what_timed_out(void **state)
{
	(void)state;
	roll();
	says(ask("GET", JOBS "/jobfota", NULL), 200, "FOTA");
	f.session.now += 20 * 86400;
	fixture_tick(&f);
	assert_int_equal(tally("jobfota", EXEC_TIMED_OUT), 1);
	says(ask("POST", JOBS "/jobfota", "{\"status\":\"SUCCEEDED\",\"includeJobExecutionState\":true}"), 200,
		"\"status\":\"SUCCEEDED\"");
	assert_int_equal(tally("jobfota", EXEC_SUCCEEDED), 1);
}

/* What it tells of itself counts as in our own protocol. */
static void
facts_come_with_the_query(void **state)
{
	const struct answer *a;

	(void)state;
	fixture_plan(&f, "jobfota", "1_0_1", (const char *const[]){ "stages=100%", "first_device_alone=off",
		"min_battery=30", NULL });
	a = ask("GET", JOBS "/jobfota?battery=10", NULL);
	says(a, 404, "ResourceNotFound");
	assert_non_null(strstr(a->headers, "OTA-Verdict: low_battery"));
	a = ask("GET", JOBS "/jobfota?STM32=1_0_1", NULL);
	assert_non_null(strstr(a->headers, "OTA-Verdict: already_at_target"));
	says(ask("GET", JOBS "/jobfota?battery=lots", NULL), 400, "\"code\":\"InvalidRequest\"");
}

static void
what_is_malformed_changes_nothing(void **state)
{
	static const struct {
		const char *target, *body;
		int status;
		const char *code;
	} cases[] = {
		{ "/things/SN1/jobs/jobfota", "{\"status\":5}", 400, "InvalidRequest" },
		{ "/things/SN1/jobs/jobfota", "{\"status\":\"DONE\"}", 400, "InvalidRequest" },
		{ "/things/SN1/jobs/jobfota", "{\"status\":\"QUEUED\"}", 400, "InvalidRequest" },
		{ "/things/SN1/jobs/jobfota", "{\"status\":\"TIMED_OUT\"}", 400, "InvalidRequest" },
		{ "/things/SN1/jobs/jobfota", "{}", 400, "InvalidRequest" },
		{ "/things/SN1/jobs/jobfota", "", 400, "InvalidRequest" },
		{ "/things/SN1/jobs/jobfota", "[]", 400, "InvalidRequest" },
		{ "/things/SN1/jobs/jobfota", "{", 400, "InvalidRequest" },
		{ "/things/SN1/jobs/jobfota", "{\"status\":\"FAILED\"} x", 400, "InvalidRequest" },
		{ "/things/SN1/jobs/jobfota", "{\"status\":\"FAILED\",\"status\":\"FAILED\"}", 400, "InvalidRequest" },
		{ "/things/SN1/jobs/jobfota", "{\"status\":\"FAILED\",\"expectedVersion\":\"x\"}", 400, "InvalidRequest" },
		{ "/things/SN1/jobs/jobfota", "{\"status\":\"FAILED\",\"expectedVersion\":-1}", 400, "InvalidRequest" },
		{ "/things/SN1/jobs/jobfota", "{\"status\":\"FAILED\",\"executionNumber\":0}", 400, "InvalidRequest" },
		{ "/things/SN1/jobs/jobfota", "{\"status\":\"FAILED\",\"includeJobDocument\":\"yes\"}", 400, "InvalidRequest" },
		{ "/things/SN1/jobs/jobfota", "{\"status\":\"FAILED\",\"includeJobExecutionState\":1}", 400, "InvalidRequest" },
		{ "/things/SN1/jobs/jobfota", "{\"status\":\"FAILED\",\"statusDetails\":7}", 400, "InvalidRequest" },
		{ "/things/SN1/jobs/jobfota", "{\"status\":\"FAILED\",\"statusDetails\":\"x\"}", 400, "InvalidRequest" },
		{ "/things/SN1/jobs/jobfota", "{\"status\":\"FAILED\",\"statusDetails\":{\"a\":true}}", 400, "InvalidRequest" },
		{ "/things/SN1/jobs/jobfota", "{\"status\":\"FAILED\",\"statusDetails\":{\"a\":{}}}", 400, "InvalidRequest" },
		{ "/things/SN1/jobs/jobfota", "{\"status\":\"FAILED\",\"statusDetails\":{\"a b\":1}}", 400, "InvalidRequest" },
		{ "/things/SN1/jobs/jobfota", "{\"status\":\"FAILED\",\"statusDetails\":{\"\":1}}", 400, "InvalidRequest" },
		{ "/things/SN1/jobs/jobfota", "{\"status\":\"FAILED\",\"statusDetails\":{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,"
			"\"f\":1,\"g\":1,\"h\":1,\"i\":1,\"j\":1,\"k\":1}}", 400, "InvalidRequest" },
		{ "/things/SN1/jobs/jobfota?executionNumber=x", "{\"status\":\"FAILED\"}", 400, "InvalidRequest" },
		{ "/things/SN1/jobs/jobfota?includeJobDocument=1", "{\"status\":\"FAILED\"}", 400, "InvalidRequest" },
		{ "/things/SN1/jobs/jobfota?executionNumber=2", "{\"status\":\"FAILED\"}", 404, "ResourceNotFound" },
		{ "/things/SN1/jobs/unknown", "{\"status\":\"FAILED\"}", 404, "ResourceNotFound" },
		{ "/things/SN1/jobs/a.b", "{\"status\":\"FAILED\"}", 400, "InvalidRequest" },
		{ "/things/SN1/jobs/$next", "{\"status\":\"FAILED\"}", 400, "InvalidRequest" },
		{ "/things/SN 1/jobs/jobfota", "{\"status\":\"FAILED\"}", 400, "InvalidRequest" },
		{ "/things/SN1/jobs/jobfota/more", "{\"status\":\"FAILED\"}", 404, "ResourceNotFound" },
		{ "/things/SN2/jobs/jobfota", "{\"status\":\"FAILED\"}", 401, "CertificateValidation" },
		{ "/things/nobody/jobs/jobfota", "{\"status\":\"FAILED\"}", 401, "CertificateValidation" },
	};

	(void)state;
	roll();
	says(ask("GET", JOBS "/jobfota", NULL), 200, "FOTA");
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct answer *a = ask("POST", cases[i].target, cases[i].body);

		if (a->status != cases[i].status || !strstr(a->body, cases[i].code) || !strstr(a->body, "\"message\":\""))
			fail_msg("%s %s: got %s%s", cases[i].target, cases[i].body, a->headers, a->body);
	}
	assert_int_equal(tally("jobfota", EXEC_ACCEPTED), 1);
}

static void
ids_have_limits(void **state)
{
	char target[400];

	(void)state;
	roll();
	snprintf(target, sizeof target, JOBS "/%064d", 0);
	says(ask("GET", target, NULL), 404, "ResourceNotFound");
	snprintf(target, sizeof target, JOBS "/%065d", 0);
	says(ask("GET", target, NULL), 400, "InvalidRequest");
	snprintf(target, sizeof target, "/things/%0128d/jobs", 0);
	says(ask("GET", target, NULL), 401, "CertificateValidation");
	snprintf(target, sizeof target, "/things/%0129d/jobs", 0);
	says(ask("GET", target, NULL), 400, "InvalidRequest");
	/* Methods that are none here, in the words of the dialect; and paths that are none. */
	says(ask("DELETE", JOBS "/jobfota", NULL), 405, "InvalidRequest");
	says(ask("PUT", JOBS "/jobfota", NULL), 405, "InvalidRequest");
	says(ask("POST", JOBS, "{}"), 405, "InvalidRequest");
	says(ask("GET", "/things/SN1", NULL), 404, "ResourceNotFound");
}

/* Details are kept as far as they fit. */
static void
details_of_any_length_are_taken(void **state)
{
	const struct answer *a;
	char body[1400];

	(void)state;
	roll();
	says(ask("GET", JOBS "/jobfota", NULL), 200, "FOTA");
	snprintf(body, sizeof body, "{\"status\":\"IN_PROGRESS\",\"includeJobExecutionState\":true,"
		"\"statusDetails\":{\"a\":\"%01024d\",\"b\":\"q\\\"\",\"c\":-1.5,\"progress\":-1}}", 0);
	says(ask("POST", JOBS "/jobfota", body), 200,
		"\"statusDetails\":{\"b\":\"q\\\"\",\"c\":\"-1.5\",\"progress\":\"-1\"}");
	snprintf(body, sizeof body, "{\"status\":\"IN_PROGRESS\",\"statusDetails\":{\"a\":\"%01025d\"}}", 0);
	says(ask("POST", JOBS "/jobfota", body), 400, "InvalidRequest");
	says(ask("POST", JOBS "/jobfota", "{\"status\":\"IN_PROGRESS\",\"statusDetails\":{\"a\":\"\\n\"}}"), 400,
		"InvalidRequest");
	/* What another dialect says of the same attempt. */
	fixture_report(&f, "SN1", "11", "{\"state\":\"downloading\",\"message\":\"{oops\"}");
	a = ask("GET", JOBS "/jobfota", NULL);
	says(a, 200, "\"statusDetails\":{}");
	fixture_report(&f, "SN1", "11", "{\"state\":\"downloading\",\"message\":\"oops\"}");
	says(ask("GET", JOBS "/jobfota", NULL), 200, "\"statusDetails\":{\"reason\":\"oops\"}");
	says(fixture_poll(&f, "SN1", "STM32=1_0_0"), 200, "\"state\":\"downloading\"");
}

/* A certificate's name is the thing's; and in a server block of its own no other dialect is heard. */
static void
a_certificate_names_the_thing(void **state)
{
#define CERTIFIED(target, ...) \
	fixture_request_with(&f, "GET", target, NULL, NULL, (const char *const[]){ __VA_ARGS__, NULL })
	struct product_change change = { .auth = "certificate", .signatures = -1, .max_files = -1, .max_file_mb = -1 };
	char token[TOKEN_TEXT] = "";

	(void)state;
	roll();
	fixture_good(&f, product_change(&f.session, "aroma", &change, token, &f.err));
	says(CERTIFIED(JOBS, "OTA_TLS_VERIFY=SUCCESS", "OTA_TLS_DN=CN=SN1", "OTACTL_DIALECT=awsjobs"), 200, "jobfota");
	says(CERTIFIED(JOBS, "OTA_TLS_VERIFY=SUCCESS", "OTA_TLS_DN=CN=SN2", "OTACTL_DIALECT=awsjobs"), 401,
		"CertificateValidation");
	says(CERTIFIED(JOBS, "OTA_TLS_VERIFY=NONE", "OTACTL_DIALECT=awsjobs"), 401, "CertificateValidation");
	says(CERTIFIED("/v1/SN1/plan", "OTA_TLS_VERIFY=SUCCESS", "OTA_TLS_DN=CN=SN1", "OTACTL_DIALECT=awsjobs"), 404,
		"ResourceNotFound");
	says(CERTIFIED(JOBS, "OTA_TLS_VERIFY=SUCCESS", "OTA_TLS_DN=CN=SN1", "OTACTL_DIALECT=awsjobs",
		"OTACTL_PRODUCT=aroma"), 200, "jobfota");
	says(CERTIFIED(JOBS, "OTA_TLS_VERIFY=SUCCESS", "OTA_TLS_DN=CN=SN1", "OTACTL_DIALECT=awsjobs",
		"OTACTL_PRODUCT=lamp"), 401,
		"CertificateValidation");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(firmware_is_described_downloaded_and_proven),
		TEST(scripts_come_once_the_firmware_is_there),
		TEST(a_job_with_both_is_two_documents),
		TEST(versions_rise_by_one_and_lock),
		TEST(a_failure_is_tried_again_when_the_plan_says),
		TEST(looking_accepts_nothing),
		TEST(what_is_refused_is_put_off_or_given_up),
		TEST(what_the_operator_cancels_is_over),
		TEST(a_success_repairs_what_timed_out),
		TEST(facts_come_with_the_query),
		TEST(what_is_malformed_changes_nothing),
		TEST(ids_have_limits),
		TEST(details_of_any_length_are_taken),
		TEST(a_certificate_names_the_thing),
	};

	return cmocka_run_group_tests_name("awsjobs", tests, NULL, NULL);
}
