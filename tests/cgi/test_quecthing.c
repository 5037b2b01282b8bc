/* QuecThing devices in-process: the course of an upgrade, the SDK's numbers, and all they get wrong. */
#include "tests/test.h"

#include "tests/fixture.h"

#include "core/str.h"
#include "db/execution.h"
#include "plans/fleet/device.h"
#include "plans/orders/activate.h"
#include "plans/orders/edit.h"
#include "plans/orders/lifecycle.h"
#include "plans/packages/add.h"
#include "plans/packages/sign.h"
#include "plans/packages/state.h"

static struct fixture f;

static const char *const eager[] = { "stages=100%", "first_device_alone=off", "soak=0", "retry_interval=600",
	"min_battery=30", NULL };

#define OLD "{\"components\":[{\"identity\":\"STM32\",\"version\":\"1_0_0\",\"type\":1}]," \
	    "\"battery\":80,\"signal\":-70,\"flash\":1048576}"
#define NEXT "{\"components\":[{\"identity\":\"STM32\",\"version\":\"1_0_1\",\"type\":1}]}"

static const struct answer *
quec(const char *method, const char *device, const char *rest, const char *body)
{
	char target[256], token[64];

	snprintf(target, sizeof target, "/quec/v1/%s/%s", device, rest);
	snprintf(token, sizeof token, "token-of-%s-padded", device);
	return fixture_request(&f, method, target, token, body);
}

/* What every test does in between; each ends the test where the answer has another status. */
static const struct answer *
wants_at(const struct answer *a, int status, int line)
{
	if (a->status != status)
		fail_msg("line %d: wanted %d, got %d %s", line, status, a->status, a->body);
	assert_non_null(strstr(a->headers, "Cache-Control: no-store"));
	return a;
}
#define wants(answer, status) wants_at(answer, status, __LINE__)

/* An error: in one line, that repeats nothing. */
static void
refused_at(const struct answer *a, int status, int line)
{
	if (a->status != status)
		fail_msg("line %d: wanted %d, got %d %s", line, status, a->status, a->body);
	assert_true(str_starts(a->body, "{\"error\":\""));
	assert_ptr_equal(strchr(a->body, '\n'), a->body + a->length - 1);
}
#define refused(answer, status) refused_at(answer, status, __LINE__)

static void
empty_at(const struct answer *a, const char *list, int line)
{
	char none[32];

	snprintf(none, sizeof none, "{\"%s\":[]}\n", list);
	if (a->status != 200 || strcmp(a->body, none) != 0)
		fail_msg("line %d: wanted %s, got %d %s", line, none, a->status, a->body);
	assert_non_null(strstr(a->headers, "\r\nRetry-After: "));
}
#define empty(answer, list) empty_at(answer, list, __LINE__)

static char execution[16];

/* The notice of SN1's plan, and its execution. */
static const struct answer *
notice(void)
{
	const struct answer *a = wants(quec("GET", "SN1", "plans", NULL), 200);

	snprintf(execution, sizeof execution, "%s", answer_text(a, "execution"));
	if (!*execution)
		fail_msg("no notice: %s", a->headers);
	return a;
}

static const struct answer *
says(const char *answer)
{
	char rest[64];

	snprintf(rest, sizeof rest, "plans/%s", execution);
	return quec("POST", "SN1", rest, answer);
}

static const struct answer *
code(int number, int percent)
{
	char body[160];

	snprintf(body, sizeof body,
		"{\"execution\":\"%s\",\"identity\":\"STM32\",\"code\":%d,\"percent\":%d,\"message\":\"\"}", execution,
		number, percent);
	return quec("POST", "SN1", "status", body);
}

static int64_t
tally(int which)
{
	return fixture_status(&f, "spring")->sums[which];
}

static struct event *
events(size_t *count)
{
	struct event *ret;
	int64_t id;

	assert_true(str_int(execution, 1, INT32_MAX, &id));
	fixture_good(&f, db_event_all(f.session.db, &f.session.arena, id, &ret, count, &f.err));
	return ret;
}

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

static void
roll(void)
{
	fixture_plan(&f, "spring", "1_0_1", eager);
}

static void
accepted(void)
{
	roll();
	wants(quec("POST", "SN1", "versions", OLD), 200);
	notice();
	wants(says("{\"answer\":\"accept\"}"), 200);
}

static void
one_device_from_notice_to_success(void **state)
{
	const struct answer *a;
	const char *url;

	(void)state;
	roll();
	a = wants(quec("POST", "SN1", "versions", OLD), 200);
	assert_string_equal(a->body, "{}\n");
	a = notice();
	assert_string_equal(a->body,
		arena_printf(&f.session.arena,
			"{\"plans\":[{\"execution\":\"%s\",\"plan\":\"spring\",\"mode\":\"silent\",\"identity\":\"STM32\","
			"\"type\":1,\"srcVer\":\"1_0_0\",\"dstVer\":\"1_0_1\",\"minBattery\":30,\"minFlash\":6000,"
			"\"minSignal\":null,\"text\":{}}]}\n",
			execution));
	/* Neither URL nor digest before it is accepted, however often it asks. */
	empty(quec("GET", "SN1", "info", NULL), "info");
	assert_string_equal(answer_text(notice(), "dstVer"), "1_0_1");
	assert_string_equal(wants(says("{\"answer\":\"accept\"}"), 200)->body, "{}\n");
	assert_int_equal(tally(EXEC_ACCEPTED), 1);
	a = wants(quec("GET", "SN1", "info", NULL), 200);
	assert_int_equal(strlen(answer_text(a, "fileMd5")), 32);
	assert_int_equal(strlen(answer_text(a, "fileCrc")), 8);
	assert_int_equal(strlen(answer_text(a, "fileSha256")), 64);
	assert_string_equal(answer_text(a, "identity"), "STM32");
	assert_string_equal(answer_text(a, "version"), "1_0_1");
	assert_string_equal(answer_text(a, "fileName"), "firmware.bin");
	assert_string_equal(answer_text(a, "execution"), execution);
	assert_non_null(strstr(a->body, "\"fileSize\":5000"));
	url = answer_text(a, "fileUrl");
	assert_true(str_starts(url, "http://door/ota/f/") && strlen(url) <= 255);
	a = fixture_request(&f, "GET", url + strlen("http://door/ota"), NULL, NULL);
	assert_int_equal(a->status, 200);
	assert_int_equal(a->length, 5000);
	wants(code(4, 0), 200);
	for (int percent = 10; percent <= 100; percent += 10)
		assert_string_equal(wants(code(5, percent), 200)->body, "{}\n");
	assert_int_equal(tally(EXEC_DOWNLOADING), 1);
	wants(code(8, 100), 200);
	wants(code(9, 0), 200);
	assert_int_equal(tally(EXEC_INSTALLING), 1);
	/* Its own word is no success. */
	wants(code(11, 0), 200);
	assert_int_equal(tally(EXEC_VERIFYING), 1);
	assert_int_equal(tally(EXEC_SUCCEEDED), 0);
	/* An MCU that is silent yet has no version: that proves nothing either way. */
	wants(quec("POST", "SN1", "versions", "{\"components\":[{\"identity\":\"STM32\",\"version\":\"\"}]}"), 200);
	assert_int_equal(tally(EXEC_VERIFYING), 1);
	empty(quec("GET", "SN1", "info", NULL), "info");
	empty(quec("GET", "SN1", "plans", NULL), "plans");
	wants(quec("POST", "SN1", "versions", NEXT), 200);
	assert_int_equal(tally(EXEC_SUCCEEDED), 1);
	empty(quec("GET", "SN1", "plans", NULL), "plans");
}

/* What each number makes of an execution that was accepted; the number itself is kept. */
static void
the_numbers_are_mapped_and_kept(void **state)
{
	static const struct {
		int code, status;
		enum execution_state becomes;
	} numbers[] = {
		{ 0, 200, EXEC_ACCEPTED }, { 1, 200, EXEC_ACCEPTED }, { 2, 200, EXEC_ACCEPTED },
		{ 3, 409, EXEC_ACCEPTED }, { 7, 200, EXEC_ACCEPTED }, { 10, 200, EXEC_ACCEPTED },
		{ 10700, 200, EXEC_ACCEPTED }, { 10707, 200, EXEC_ACCEPTED }, { 4, 200, EXEC_DOWNLOADING },
		{ 5, 200, EXEC_DOWNLOADING }, { 10701, 200, EXEC_DOWNLOADING }, { 10702, 200, EXEC_DOWNLOADING },
		{ 8, 200, EXEC_DOWNLOADED }, { 10703, 200, EXEC_DOWNLOADED }, { 9, 200, EXEC_INSTALLING },
		{ 10704, 200, EXEC_INSTALLING }, { 11, 200, EXEC_VERIFYING }, { 10705, 200, EXEC_VERIFYING },
		{ 6, 200, EXEC_FAILED }, { 12, 200, EXEC_FAILED }, { 10706, 200, EXEC_FAILED },
	};

	(void)state;
	fixture_end(&f);
	for (size_t i = 0; i < COUNT(numbers); i++) {
		struct event *log;
		size_t count;

		setup(NULL);
		accepted();
		wants(code(numbers[i].code, 0), numbers[i].status);
		if (tally((int)numbers[i].becomes) != 1)
			fail_msg("%d does not lead to %s", numbers[i].code, execution_state_words[numbers[i].becomes]);
		log = events(&count);
		assert_int_equal(log[count - 1].code, numbers[i].code);
		assert_string_equal(log[count - 1].identity, "STM32");
		if (i + 1 < COUNT(numbers))
			fixture_end(&f);
	}
}

static void
numbers_neither_accept_nor_refuse(void **state)
{
	static const char *const other[] = { "{\"answer\":1}", "{\"answer\":0}", "{\"answer\":true}", "{\"answer\":false}",
		"{\"answer\":\"1\"}", "{\"answer\":\"0\"}", "{\"answer\":\"TRUE\"}", "{\"answer\":\"ok\"}", "{\"answer\":null}",
		"{}", "{\"answer\":\"\"}", "{\"answer\":\"Accept\"}" };

	(void)state;
	roll();
	notice();
	for (size_t i = 0; i < COUNT(other); i++)
		refused(says(other[i]), 400);
	/* "Confirmed" and "refused" as numbers: some SDKs have them the other way round. */
	assert_string_equal(answer_text(wants(code(2, 0), 409), "state"), "offered");
	assert_string_equal(answer_text(wants(code(3, 0), 409), "state"), "offered");
	wants(code(1, 0), 200);
	assert_string_equal(answer_text(wants(code(5, 10), 409), "state"), "offered");
	assert_int_equal(tally(EXEC_OFFERED), 1);
	empty(quec("GET", "SN1", "info", NULL), "info");
	wants(says("{\"answer\":\"accept\"}"), 200);
	assert_string_equal(answer_text(wants(code(3, 0), 409), "state"), "accepted");
	wants(code(2, 0), 200);
	assert_int_equal(tally(EXEC_ACCEPTED), 1);
	refused(code(-1, 0), 400);
	refused(code(13, 0), 400);
	refused(code(10699, 0), 400);
	refused(code(10708, 0), 400);
}

static void
a_refusal_has_a_reason(void **state)
{
	static const char *const passing[] = { "{\"answer\":\"reject\",\"reason\":\"battery\"}",
		"{\"answer\":\"reject\",\"reason\":\"signal\"}", "{\"answer\":\"reject\",\"reason\":\"storage\"}",
		"{\"answer\":\"reject\",\"reason\":\"busy\"}", "{\"answer\":\"reject\",\"reason\":\"other\"}",
		"{\"answer\":\"reject\"}" };
	const struct answer *a;

	(void)state;
	f.session.now_given = true;	/* days go by in which no clock jumps */
	roll();
	for (size_t i = 0; i < COUNT(passing); i++) {
		notice();
		wants(says(passing[i]), 200);
		assert_int_equal(tally(EXEC_CANCELED), 1);
		empty(quec("GET", "SN1", "plans", NULL), "plans");
		f.session.now += 601;
		fixture_tick(&f);
	}
	notice();
	refused(says("{\"answer\":\"reject\",\"reason\":\"bored\"}"), 400);
	refused(says("{\"answer\":\"reject\",\"reason\":3}"), 400);
	wants(says("{\"answer\":\"reject\",\"reason\":\"user\"}"), 200);
	assert_int_equal(tally(EXEC_REJECTED), 1);
	f.session.now += 90000;
	fixture_tick(&f);
	a = quec("GET", "SN1", "plans", NULL);
	empty(a, "plans");
	assert_non_null(strstr(a->headers, "OTA-Verdict: done_in_plan"));
	/* The number comes behind the word, and is no news. */
	assert_string_equal(answer_text(wants(code(3, 0), 409), "state"), "rejected");
	assert_string_equal(answer_text(wants(says("{\"answer\":\"accept\"}"), 409), "state"), "rejected");
}

static void
reports_come_late_twice_and_out_of_order(void **state)
{
	size_t count;

	(void)state;
	accepted();
	wants(code(5, 40), 200);
	wants(code(5, 40), 200);
	wants(code(5, 30), 200);
	wants(code(8, 100), 200);
	wants(code(5, 90), 200);
	wants(code(2, 0), 200);
	wants(code(4, 0), 200);
	wants(says("{\"answer\":\"accept\"}"), 200);
	assert_int_equal(tally(EXEC_DOWNLOADED), 1);
	wants(code(9, 0), 200);
	wants(code(8, 100), 200);
	assert_int_equal(tally(EXEC_INSTALLING), 1);
	/* The version comes before the reports that led to it. */
	wants(quec("POST", "SN1", "versions", NEXT), 200);
	assert_int_equal(tally(EXEC_SUCCEEDED), 1);
	assert_string_equal(answer_text(wants(code(9, 0), 409), "state"), "succeeded");
	assert_string_equal(answer_text(wants(code(11, 0), 409), "state"), "succeeded");
	assert_string_equal(answer_text(wants(code(12, 0), 409), "state"), "succeeded");
	wants(says("{\"answer\":\"reject\",\"reason\":\"user\"}"), 409);
	/* Twice the same is a success once; an old report of versions is no regression. */
	wants(quec("POST", "SN1", "versions", NEXT), 200);
	wants(quec("POST", "SN1", "versions", OLD), 200);
	wants(quec("POST", "SN1", "versions", NEXT), 200);
	assert_int_equal(tally(EXEC_SUCCEEDED), 1);
	events(&count);
	assert_in_range(count, 10, 200);
}

static void
a_failure_is_repaired_by_the_version(void **state)
{
	(void)state;
	accepted();
	wants(code(12, 0), 200);
	assert_int_equal(tally(EXEC_FAILED), 1);
	wants(code(11, 0), 409);
	wants(quec("POST", "SN1", "versions", NEXT), 200);
	assert_int_equal(tally(EXEC_SUCCEEDED), 1);
	assert_int_equal(tally(EXEC_FAILED), 0);
}

static void
wrong_device_wrong_execution_wrong_component(void **state)
{
	char body[160], rest[64];

	(void)state;
	accepted();
	snprintf(rest, sizeof rest, "plans/%s", execution);
	refused(quec("POST", "SN2", rest, "{\"answer\":\"reject\",\"reason\":\"user\"}"), 404);
	snprintf(body, sizeof body, "{\"execution\":\"%s\",\"identity\":\"STM32\",\"code\":12}", execution);
	refused(quec("POST", "SN2", "status", body), 404);
	/* Another's path with one's own token, and none at all: alike. */
	refused(fixture_request(&f, "GET", "/quec/v1/SN2/plans", "token-of-SN1-padded", NULL), 401);
	refused(fixture_request(&f, "GET", "/quec/v1/SN9/plans", "token-of-SN1-padded", NULL), 401);
	refused(fixture_request(&f, "GET", "/quec/v1/SN1/info", NULL, NULL), 401);
	refused(fixture_request(&f, "GET", "/quec/v1/S%N/info", NULL, NULL), 400);
	/* A component that the plan has not, and one that nobody has. */
	fixture_good(&f, component_create(&f.session, "aroma", "radio",
				 &(struct component_change){ .type = "module", .slot_size = -1 }, &f.err));
	for (int number = 0; number <= 12; number++) {
		snprintf(body, sizeof body, "{\"execution\":\"%s\",\"identity\":\"radio\",\"code\":%d}", execution, number);
		refused(quec("POST", "SN1", "status", body), 404);
	}
	snprintf(body, sizeof body, "{\"execution\":\"%s\",\"identity\":\"nonesuch\",\"code\":12}", execution);
	refused(quec("POST", "SN1", "status", body), 404);
	refused(quec("POST", "SN1", "status", "{\"execution\":\"999\",\"identity\":\"STM32\",\"code\":12}"), 404);
	refused(quec("POST", "SN1", "status", "{\"execution\":\"11x\",\"identity\":\"STM32\",\"code\":12}"), 404);
	refused(quec("POST", "SN1", "status", "{\"execution\":\"0\",\"identity\":\"STM32\",\"code\":12}"), 404);
	refused(quec("POST", "SN1", "status", "{\"execution\":\"99999999999999999999\",\"code\":12}"), 404);
	refused(quec("POST", "SN1", "plans/x", "{\"answer\":\"accept\"}"), 404);
	assert_int_equal(tally(EXEC_ACCEPTED), 1);
	/* Methods and paths that are none. */
	assert_int_equal(quec("GET", "SN1", "versions", NULL)->status, 405);
	assert_int_equal(quec("POST", "SN1", "info", "{}")->status, 405);
	assert_int_equal(quec("GET", "SN1", "plans/11", NULL)->status, 405);
	assert_int_equal(quec("GET", "SN1", "plan", NULL)->status, 404);
}

/* Bodies that are no report of versions, and bodies that are no status. */
static void
malformed_bodies_change_nothing(void **state)
{
	static const char *const versions[] = { "", "{", "[]", "\"x\"", "{\"components\":{\"STM32\":\"1_0_1\"}}",
		"{\"components\":\"STM32\"}", "{\"components\":[\"STM32\"]}", "{\"components\":[[]]}",
		"{\"components\":[{\"identity\":\"STM32\"}]}", "{\"components\":[{\"version\":\"1_0_1\"}]}",
		"{\"components\":[{\"identity\":7,\"version\":\"1_0_1\"}]}",
		"{\"components\":[{\"identity\":\"STM32\",\"version\":101}]}",
		"{\"components\":[{\"identity\":\"STM32\",\"version\":\"1_0_1\",\"type\":\"mcu\"}]}",
		"{\"components\":[{\"identity\":\"STM32\",\"version\":\"1_0_1\",\"type\":3}]}",
		"{\"components\":[{\"identity\":\"STM32\",\"version\":\"1_0_1\",\"type\":-1}]}",
		"{\"components\":[{\"identity\":\"STM32\",\"version\":\"1_0_1\"},{\"identity\":\"STM32\",\"version\":\"1_0_0\"}]}",
		"{\"components\":[{\"identity\":\"STM32\",\"version\":\"1_0_1\",\"version\":\"1_0_0\"}]}",
		"{\"battery\":101}", "{\"battery\":\"full\"}", "{\"battery\":[80]}", "{\"signal\":-201}", "{\"flash\":-1}",
		"{\"flash\":99999999999999999999}", "{\"components\":[]} x", "{\"components\":[]}{}",
		"{\"components\":[[[[[[[[[]]]]]]]]]}",
		"{\"components\":[{\"identity\":\"STM32\",\"version\":\"1\\u0000\"}]}",
		"{\"components\":[{\"identity\":\"STM32\",\"version\":\"1\\n\"}]}",
		"{\"components\":[{\"identity\":\"STM32\",\"version\":"
		"\"12345678901234567890123456789012345678901234567890123456789012345\"}]}" };
	static const char *const wrong[] = { "\"identity\":\"STM32\"", "\"code\":\"12\"", "\"code\":12.5", "\"code\":true",
		"\"code\":[12]", "\"code\":null", "\"code\":1e400", "\"code\":9223372036854775808", "\"code\":12,\"percent\":101",
		"\"code\":12,\"percent\":-1", "\"code\":12,\"percent\":\"40\"", "\"code\":12,\"identity\":7",
		"\"code\":12,\"identity\":\"\"", "\"code\":12,\"identity\":\"a b\"", "\"code\":12,\"message\":7",
		"\"code\":12,\"identity\":\"123456789012345678901234567890123\"", "\"code\":12,\"code\":5",
		"\"code\":12,\"message\":\"a\\u0007\"" };

	(void)state;
	accepted();
	for (size_t i = 0; i < COUNT(versions); i++)
		refused(quec("POST", "SN1", "versions", versions[i]), 400);
	for (size_t i = 0; i < COUNT(wrong); i++)
		refused(quec("POST", "SN1", "status",
				arena_printf(&f.door.arena, "{\"execution\":\"%s\",%s}", execution, wrong[i])),
			400);
	refused(quec("POST", "SN1", "status", "{\"execution\":11,\"code\":12}"), 400);
	refused(quec("POST", "SN1", "status", "{\"code\":12}"), 400);
	refused(quec("POST", "SN1", "status", "{\"execution\":null,\"code\":12}"), 400);
	refused(quec("POST", "SN1", "status",
			arena_printf(&f.door.arena, "{\"execution\":\"%s\",\"code\":12,\"message\":\"%0201d\"}", execution, 0)),
		400);
	refused(quec("POST", "SN1", "status", arena_printf(&f.door.arena, "{\"execution\":\"%065d\",\"code\":12}", 0)), 400);
	refused(says(arena_printf(&f.door.arena, "{\"answer\":\"%0100d\"}", 0)), 400);
	refused(says(""), 400);
	refused(says("[\"accept\"]"), 400);
	assert_int_equal(tally(EXEC_ACCEPTED), 1);
	assert_int_equal(tally(EXEC_SUCCEEDED), 0);
}

/* Lists as long as a device may have them, and longer; with names that no product has. */
static void
long_lists_of_components(void **state)
{
	(void)state;
	accepted();
	for (int parts = LIMIT_PAIRS; parts <= LIMIT_PAIRS + 1; parts++) {
		struct buf body = { .arena = &f.door.arena };

		buf_text(&body, "{\"components\":[{\"identity\":\"STM32\",\"version\":\" 1_0_1 \"}");
		for (int i = 1; i < parts; i++)
			buf_printf(&body, ",{\"identity\":\"part %d\",\"version\":\"1\"}", i);
		buf_text(&body, "]}");
		if (parts > LIMIT_PAIRS)
			refused(quec("POST", "SN1", "versions", body.text), 400);
		else
			wants(quec("POST", "SN1", "versions", body.text), 200);
	}
	assert_int_equal(tally(EXEC_SUCCEEDED), 1);
}

/* Flip, leave out, repeat: whatever comes is answered in time, and never as a fault of ours. */
static void
mutated_bodies_are_answered(void **state)
{
	static const char spice[] = "\n\t :,{}[]\"\\0129-.eu\x7f\xc3";
	static const char *const rests[] = { "versions", "status", "plans/11" };
	const char *bodies[] = { OLD,
		"{\"execution\":\"11\",\"identity\":\"STM32\",\"code\":10702,\"percent\":40,\"message\":\"a\"}",
		"{\"answer\":\"reject\",\"reason\":\"battery\"}" };

	(void)state;
	accepted();
	for (int round = 0; round < 900; round++) {
		const char *body = bodies[round % 3];
		char text[400];
		const struct answer *a;

		snprintf(text, sizeof text, "%s", body);
		for (int64_t n = any_below(4); n >= 0; n--) {
			size_t at = (size_t)any_below((int64_t)strlen(text));

			if (any_below(2))
				text[at] = spice[any_below(sizeof spice - 1)];
			else
				memmove(text + at, text + at + 1, strlen(text + at));
		}
		a = quec("POST", "SN1", rests[round % 3], text);
		if (a->status != 200 && a->status != 400 && a->status != 404 && a->status != 409)
			fail_msg("%d to %s", a->status, text);
	}
}

/* One file of a package for what runs 1_0_0: in two parts, or as a difference. */
static void
pack(const char *component, const char *version, const char *source, bool minimal, const char *const *names,
	size_t count)
{
	CLEANUP(signer_close) struct signer signer = { 0 };
	struct package_file files[2];
	struct package_new new = { .name = { component, version, source, minimal }, .files = files, .file_count = count,
		.floor = -1 };
	struct package_view view;
	size_t changed;

	for (size_t i = 0; i < count; i++) {
		files[i] = (struct package_file){ .path = arena_printf(&f.session.arena, "%s/%s", f.folder, names[i]) };
		fixture_file(files[i].path, 200 + 10 * i, (unsigned)i + 7);
	}
	fixture_good(&f, package_create(&f.session, &new, &view, &f.err));
	fixture_good(&f, signer_open(&f.session, f.secret_key, NULL, &signer, &f.err));
	fixture_good(&f, sign_package(&f.session, &view, &signer, &f.err));
	fixture_good(&f, package_publish(&f.session, &new.name, &changed, &f.err));
}

static void
two_files_of_a_minimal_package_come_in_order(void **state)
{
	static const char *const parts[] = { "radio.mini_1", "radio.mini_2" };
	const struct answer *a;
	const char *first, *second;

	(void)state;
	fixture_good(&f, component_create(&f.session, "aroma", "radio",
				 &(struct component_change){ .type = "module", .slot_size = -1 }, &f.err));
	pack("aroma/radio", "2_0", "1_9", true, parts, 2);
	wants(quec("POST", "SN1", "versions",
		      "{\"components\":[{\"identity\":\"radio\",\"version\":\"1_9\",\"type\":0}]}"),
		200);
	fixture_plan(&f, "spring", "radio=2_0", eager);
	a = notice();
	assert_non_null(strstr(a->body, "\"identity\":\"radio\",\"type\":0,\"srcVer\":\"1_9\",\"dstVer\":\"2_0\""));
	assert_non_null(strstr(a->body, "\"minFlash\":492,"));
	wants(says("{\"answer\":\"accept\"}"), 200);
	a = wants(quec("GET", "SN1", "info", NULL), 200);
	first = strstr(a->body, "\"fileSize\":200,\"fileName\":\"radio.mini_1\"");
	second = strstr(a->body, "\"fileSize\":210,\"fileName\":\"radio.mini_2\"");
	assert_true(first && second && first < second);
}

static void
several_components_in_one_notice(void **state)
{
	static const char *const one[] = { "radio.bin" };
	const struct answer *a;
	char body[160];

	(void)state;
	fixture_good(&f, component_create(&f.session, "aroma", "radio",
				 &(struct component_change){ .type = "module", .slot_size = -1 }, &f.err));
	pack("aroma/radio", "2_0", NULL, false, one, 1);
	fixture_package(&f, "1_0_1", "1_0_0", 400);
	wants(quec("POST", "SN1", "versions",
		      "{\"components\":[{\"identity\":\"radio\",\"version\":\"1_9\",\"type\":0},"
		      "{\"identity\":\"STM32\",\"version\":\"1_0_0\",\"type\":1}],\"battery\":80}"),
		200);
	fixture_plan(&f, "spring", "STM32=1_0_1 radio=2_0", eager);
	a = notice();
	/* The difference for the one, and the whole for the other, with what each needs. */
	assert_non_null(strstr(a->body, "\"identity\":\"STM32\",\"type\":1,\"srcVer\":\"1_0_0\",\"dstVer\":\"1_0_1\","
					"\"minBattery\":30,\"minFlash\":480,"));
	assert_non_null(strstr(a->body, "\"identity\":\"radio\",\"type\":0,\"srcVer\":\"1_9\",\"dstVer\":\"2_0\","
					"\"minBattery\":30,\"minFlash\":240,"));
	wants(says("{\"answer\":\"accept\"}"), 200);
	a = wants(quec("GET", "SN1", "info", NULL), 200);
	assert_non_null(strstr(a->body, "\"identity\":\"STM32\",\"version\":\"1_0_1\""));
	assert_non_null(strstr(a->body, "\"identity\":\"radio\",\"version\":\"2_0\""));
	/* The one has come far, the other is still to be loaded. */
	wants(code(11, 0), 200);
	a = wants(quec("GET", "SN1", "info", NULL), 200);
	assert_null(strstr(a->body, "STM32"));
	assert_non_null(strstr(a->body, "\"identity\":\"radio\""));
	assert_null(strstr(notice()->body, "STM32"));
	wants(quec("POST", "SN1", "versions", NEXT), 200);
	assert_int_equal(tally(EXEC_SUCCEEDED), 0);
	snprintf(body, sizeof body, "{\"execution\":\"%s\",\"identity\":\"radio\",\"code\":10705}", execution);
	wants(quec("POST", "SN1", "status", body), 200);
	wants(quec("POST", "SN1", "versions", "{\"components\":[{\"identity\":\"radio\",\"version\":\"2_0\"}]}"), 200);
	assert_int_equal(tally(EXEC_SUCCEEDED), 1);
}

static void
thresholds_are_told_and_kept(void **state)
{
	static const char *const strict[] = { "stages=100%", "first_device_alone=off", "min_battery=off", "min_signal=-90",
		"min_free=off", NULL };
	const struct answer *a;

	(void)state;
	fixture_plan(&f, "spring", "1_0_1", strict);
	wants(quec("POST", "SN1", "versions", "{\"components\":[],\"signal\":-95}"), 200);
	a = quec("GET", "SN1", "plans", NULL);
	empty(a, "plans");
	assert_non_null(strstr(a->headers, "OTA-Verdict: weak_signal"));
	wants(quec("POST", "SN1", "versions", "{\"components\":[],\"signal\":-80}"), 200);
	assert_non_null(strstr(notice()->body, "\"minBattery\":null,\"minFlash\":null,\"minSignal\":-90"));
	/* It does not hold any more at the moment of acceptance. */
	fixture_good(&f, device_hold(&f.session, (const char *const[]){ "SN1" }, 1, true, &f.err));
	a = wants(says("{\"answer\":\"accept\"}"), 409);
	assert_string_equal(answer_text(a, "verdict"), "device_held");
	assert_string_equal(answer_text(a, "state"), "expired");
	empty(quec("GET", "SN1", "info", NULL), "info");
}

static void
who_is_to_stop_hears_it(void **state)
{
	const struct answer *a;

	(void)state;
	accepted();
	wants(code(5, 10), 200);
	f.session.reason = "wrong image";
	fixture_good(&f, plan_terminate(&f.session, "spring", true, &f.err));
	assert_string_equal(wants(code(5, 20), 200)->body, "{\"cancel_requested\":true}\n");
	a = wants(quec("GET", "SN1", "plans", NULL), 200);
	assert_non_null(strstr(a->body, "],\"cancel_requested\":true}"));
	a = wants(says("{\"answer\":\"reject\",\"reason\":\"other\"}"), 200);
	assert_int_equal(tally(EXEC_CANCELED), 1);
	empty(quec("GET", "SN1", "plans", NULL), "plans");
}

static void
a_server_block_of_one_product(void **state)
{
	static const char *const block[] = { "OTACTL_PRODUCT=lamp", NULL }, *const own[] = { "OTACTL_PRODUCT=aroma", NULL };

	(void)state;
	roll();
	refused(fixture_request_with(&f, "GET", "/quec/v1/SN1/plans", "token-of-SN1-padded", NULL, block), 401);
	wants(fixture_request_with(&f, "GET", "/quec/v1/SN1/plans?x=1", "token-of-SN1-padded", NULL, own), 200);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_device_from_notice_to_success),
		TEST(the_numbers_are_mapped_and_kept),
		TEST(numbers_neither_accept_nor_refuse),
		TEST(a_refusal_has_a_reason),
		TEST(reports_come_late_twice_and_out_of_order),
		TEST(a_failure_is_repaired_by_the_version),
		TEST(wrong_device_wrong_execution_wrong_component),
		TEST(malformed_bodies_change_nothing),
		TEST(long_lists_of_components),
		TEST(mutated_bodies_are_answered),
		TEST(two_files_of_a_minimal_package_come_in_order),
		TEST(several_components_in_one_notice),
		TEST(thresholds_are_told_and_kept),
		TEST(who_is_to_stop_hears_it),
		TEST(a_server_block_of_one_product),
	};

	seed();
	return cmocka_run_group_tests_name("quecthing", tests, NULL, NULL);
}
