/* ESP8266 and ESP32 in-process: what their clients ask, what they are answered, and all they get wrong. */
#include "tests/test.h"

#include "tests/fixture.h"

#include "core/str.h"
#include "plans/fleet/device.h"
#include "plans/orders/activate.h"
#include "plans/orders/blacklist.h"
#include "plans/orders/edit.h"
#include "plans/orders/lifecycle.h"
#include "plans/packages/add.h"
#include "plans/packages/find.h"
#include "plans/packages/sign.h"
#include "plans/packages/state.h"

static struct fixture f;

enum { USER1 = 5000, USER2 = 5004, SPIFFS = 6000, WHOLE = 7000 };
#define ADDRESS "REMOTE_ADDR=10.0.0.7"
#define BLOCK	"OTACTL_DIALECT=esp", "OTACTL_PRODUCT=aroma", ADDRESS

static const char *const eager[] = { "stages=100%", "first_device_alone=off", "soak=0", "retry_interval=600", NULL };

/* One file of a package: of `size` bytes, for a slot or for any (NULL). */
struct part {
	size_t size;
	const char *slot;
};

static void
pack(const char *version, const struct part *parts, size_t count)
{
	CLEANUP(signer_close) struct signer signer = { 0 };
	struct package_file files[3];
	struct package_new new = { .name = { "aroma/STM32", version, NULL, false }, .files = files,
		.file_count = count, .floor = -1 };
	struct package_view view;
	size_t changed;

	for (size_t i = 0; i < count; i++) {
		files[i] = (struct package_file){
			.path = arena_printf(&f.session.arena, "%s/image%zu.bin", f.folder, i), .place = parts[i].slot };
		fixture_file(files[i].path, parts[i].size, (unsigned)parts[i].size);
	}
	fixture_good(&f, package_create(&f.session, &new, &view, &f.err));
	fixture_good(&f, signer_open(&f.session, f.secret_key, NULL, &signer, &f.err));
	fixture_good(&f, sign_package(&f.session, &view, &signer, &f.err));
	fixture_good(&f, package_publish(&f.session, &new.name, &changed, &f.err));
}

static void
set_auth(const char *auth)
{
	struct product_change change = { .auth = auth, .signatures = -1, .max_files = -1, .max_file_mb = -1 };
	char token[TOKEN_TEXT] = "";

	fixture_good(&f, product_change(&f.session, "aroma", &change, token, &f.err));
}

static void
set_chip(const char *chip)
{
	fixture_good(&f, component_change(&f.session, "aroma", "STM32",
				 &(struct component_change){ .chip = chip, .slot_size = -1 }, &f.err));
}

static int
setup(void **state)
{
	(void)state;
	fixture_begin(&f);
	fixture_package(&f, "1_0_0", NULL, 3000);
	fixture_device(&f, "SN1", "1_0_0", NULL);
	fixture_device(&f, "10.0.0.7", "1_0_0", NULL);
	fixture_device(&f, "18:FE:34:00:00:01", "1_0_0", NULL);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fixture_end(&f);
	return 0;
}

/* A rollout of an image for each slot, and one of a single image. */
static void
roll_slots(void)
{
	pack("1_0_1", (struct part[]){ { USER1, "user1" }, { USER2, "user2" } }, 2);
	fixture_plan(&f, "spring", "1_0_1", eager);
}

static void
roll_one(void)
{
	pack("1_0_1", (struct part[]){ { WHOLE, NULL } }, 1);
	fixture_plan(&f, "spring", "1_0_1", eager);
}

#define ASK(method, target, ...)                                                                             \
	fixture_request_with(&f, method, target, NULL, NULL, (const char *const[]){ __VA_ARGS__, NULL })

/* The headers of an Arduino core, of which each test changes some. */
#define ARDUINO                                                                                              \
	ADDRESS, "HTTP_USER_AGENT=ESP8266-http-Update", "HTTP_X_ESP8266_STA_MAC=18:FE:34:00:00:01",          \
		"HTTP_X_ESP8266_FREE_SPACE=1000000", "HTTP_X_ESP8266_SKETCH_SIZE=300000",                    \
		"HTTP_X_ESP8266_SKETCH_MD5=0123456789abcdef0123456789abcdef"
#define TOKEN_PATH "/esp/aroma/token-of-18:FE:34:00:00:01-padded/firmware.bin"

static const char *
header(const struct answer *a, const char *name)
{
	static char value[300];
	const char *at = strstr(a->headers, name);

	*value = '\0';
	if (at)
		sscanf(at + strlen(name), ": %299[^\r]", value);
	return value;
}

static int64_t
tally(int which)
{
	return fixture_status(&f, "spring")->sums[which];
}

/* Nothing that a client could flash, and a length that says so. */
static void
empty_at(const struct answer *a, int status, int line)
{
	if (a->status != status)
		fail_msg("line %d: wanted %d, got %s", line, status, a->headers);
	assert_int_equal(a->length, 0);
	assert_string_equal(header(a, "Content-Length"), "0");
	assert_null(strstr(a->headers, "Content-Type"));
	assert_true(strlen(a->headers) < 500);
}

static void
image_at(const struct answer *a, size_t size, int line)
{
	if (a->status != 200)
		fail_msg("line %d: wanted an image, got %s", line, a->headers);
	assert_int_equal(a->length, size);
	assert_int_equal(strlen(header(a, "X-MD5")), 32);
	/* With what nginx adds still within 511 bytes, and found in the first piece. */
	assert_true(strlen(a->headers) + 2 + 100 < 512);
	assert_true(str_starts(a->headers, "Status: 200 OK\r\nContent-Length: "));
}

#define empty(answer, status) empty_at(answer, status, __LINE__)
#define image(answer, size)   image_at(answer, size, __LINE__)

static void
the_sdk_asks_twice_and_the_get_accepts(void **state)
{
	const struct answer *a;

	(void)state;
	set_auth("none");
	roll_slots();
	/* It runs user1, and its path has no prefix of ours: a server block is its own. */
	a = ASK("HEAD", "/pato/espOtaTest/user2.app?version=1_0_0", BLOCK);
	assert_int_equal(a->status, 200);
	assert_int_equal(a->length, 0);
	assert_string_equal(header(a, "Content-Length"), "5004");
	assert_int_equal(tally(EXEC_OFFERED), 1);
	assert_int_equal(tally(EXEC_ACCEPTED), 0);
	image(ASK("GET", "/pato/espOtaTest/user2.app?version=1_0_0", BLOCK), USER2);
	assert_int_equal(tally(EXEC_ACCEPTED), 1);
	/* Again, after a break, the same. */
	image(ASK("GET", "/user2.bin?version=1_0_0", BLOCK), USER2);
	/* That it asks for one slot says from which it runs. */
	a = fixture_poll(&f, "10.0.0.7", "");
	assert_string_equal(answer_text(a, "slot"), "user2");
	assert_null(strstr(a->body, "user1"));
	assert_int_equal(tally(EXEC_ACCEPTED), 1);
	/* It tells the new version: that proves it, and there is no more. */
	empty(ASK("HEAD", "/user1.app?version=1_0_1", BLOCK), 404);
	assert_int_equal(tally(EXEC_SUCCEEDED), 1);
	empty(ASK("GET", "/user1.app?version=1_0_1", BLOCK), 404);
}

static void
a_path_without_its_slash_is_the_same(void **state)
{
	(void)state;
	set_auth("none");
	roll_slots();
	image(ASK("GET", "", BLOCK, "OTACTL_REQUEST=GET pato/espOtaTest/user1.app HTTP/1.0"), USER1);
	/* As long as it may be, and longer; with a NUL (where a variable ends); with a slash. */
	image(ASK("GET", "", BLOCK,
		      arena_printf(&f.door.arena, "OTACTL_REQUEST=GET %0300d/user1.app HTTP/1.0", 0)),
		USER1);
	empty(ASK("GET", "", BLOCK, arena_printf(&f.door.arena, "OTACTL_REQUEST=GET %04000d/user1.app HTTP/1.0", 0)),
		400);
	empty(ASK("GET", "", BLOCK, "OTACTL_REQUEST=GET user1.app"), 400);
	empty(ASK("GET", "", BLOCK, "OTACTL_REQUEST=GET /user1.app HTTP/1.0"), 400);
	empty(ASK("GET", "", BLOCK, "OTACTL_REQUEST=GET user1.app%00 HTTP/1.0"), 400);
	empty(ASK("GET", "/user1\001.app", BLOCK), 400);
	empty(ASK("GET", "/user1.app?a=%zz", BLOCK), 400);
}

static void
only_the_image_that_fits_is_taken(void **state)
{
	(void)state;
	set_auth("none");
	pack("1_0_1", (struct part[]){ { USER1, "user1" }, { SPIFFS, "spiffs" } }, 2);
	fixture_plan(&f, "spring", "1_0_1", eager);
	/* No image for this slot: offered, but never accepted, so that nobody waits for a proof. */
	empty(ASK("GET", "/user2.bin", BLOCK), 404);
	assert_int_equal(tally(EXEC_ACCEPTED), 0);
	/* Which of the two is meant by any other name cannot be known. */
	empty(ASK("GET", "/rom0.bin", BLOCK), 404);
	empty(ASK("HEAD", "/rom0.bin", BLOCK), 404);
	empty(ASK("GET", "/v1/device/rom/?is_format_simple=true", BLOCK), 404);
	empty(ASK("GET", "/", BLOCK), 404);
	assert_int_equal(tally(EXEC_ACCEPTED), 0);
	/* A file system goes to who asks for one. */
	image(ASK("GET", TOKEN_PATH, ARDUINO, "HTTP_X_ESP8266_MODE=spiffs"), SPIFFS);
	image(ASK("GET", "/user1.bin", BLOCK), USER1);
}

static void
a_delta_is_no_image(void **state)
{
	(void)state;
	set_auth("none");
	fixture_package(&f, "1_0_1", NULL, WHOLE);
	fixture_package(&f, "1_0_1", "1_0_0", 400);
	fixture_plan(&f, "spring", "1_0_1", eager);
	empty(ASK("GET", "/rom0.bin?version=1_0_0", BLOCK), 404);
	assert_int_equal(tally(EXEC_ACCEPTED), 0);
	image(ASK("GET", "/rom0.bin?version=0_9_0", BLOCK), WHOLE);
}

static void
arduino_is_updated(void **state)
{
	const struct answer *a;

	(void)state;
	roll_one();
	a = ASK("GET", TOKEN_PATH, ARDUINO, "HTTP_X_ESP8266_MODE=version", "HTTP_X_ESP8266_VERSION=1_0_0");
	assert_int_equal(a->status, 200);
	assert_int_equal(a->length, 0);
	assert_string_equal(header(a, "x-version"), "1_0_1");
	assert_int_equal(tally(EXEC_ACCEPTED), 0);
	a = ASK("GET", TOKEN_PATH, ARDUINO, "HTTP_X_ESP8266_MODE=sketch", "HTTP_X_ESP8266_VERSION=1_0_0");
	image(a, WHOLE);
	assert_int_equal(tally(EXEC_ACCEPTED), 1);
	/* After the restart. */
	a = ASK("GET", TOKEN_PATH, ARDUINO, "HTTP_X_ESP8266_MODE=sketch", "HTTP_X_ESP8266_VERSION=1_0_1");
	empty(a, 304);
	assert_int_equal(tally(EXEC_SUCCEEDED), 1);
	a = ASK("GET", TOKEN_PATH, ARDUINO, "HTTP_X_ESP8266_MODE=version", "HTTP_X_ESP8266_VERSION=1_0_1");
	assert_string_equal(header(a, "x-version"), "1_0_1");
	/* Who does not tell its version cannot be told to keep it. */
	empty(ASK("GET", TOKEN_PATH, ARDUINO, "HTTP_X_ESP8266_MODE=version"), 304);
}

static void
space_and_windows_hold(void **state)
{
	static const char *const sets[] = { "stages=100%", "first_device_alone=off", "soak=0", "min_free=100", NULL };
	const struct answer *a;

	(void)state;
	pack("1_0_1", (struct part[]){ { WHOLE, NULL } }, 1);
	fixture_plan(&f, "spring", "1_0_1", sets);
	a = ASK("GET", TOKEN_PATH, ARDUINO, "HTTP_X_ESP8266_FREE_SPACE=6999");
	empty(a, 304);
	assert_string_equal(header(a, "OTA-Verdict"), "low_storage");
	assert_true(*header(a, "Retry-After") > '0');
	fixture_good(&f, plan_suspend(&f.session, "spring", &f.err));
	empty(ASK("GET", TOKEN_PATH, ARDUINO), 304);
	assert_int_equal(tally(EXEC_OFFERED), 0);
}

static void
stages_and_lists_hold(void **state)
{
	static const char *const sets[] = { "stages=1,100%", "first_device_alone=off", NULL };
	const struct values who = { (const char *[]){ "10.0.0.7" }, 1 };
	struct blacklisting added;
	const struct answer *a;

	(void)state;
	set_auth("none");
	pack("1_0_1", (struct part[]){ { WHOLE, NULL } }, 1);
	fixture_plan(&f, "spring", "1_0_1", sets);
	image(ASK("GET", "/a.bin", BLOCK), WHOLE);
	a = ASK("GET", "/a.bin?device=SN1", BLOCK);
	empty(a, 404);
	assert_string_equal(header(a, "OTA-Verdict"), "stage_not_open");
	fixture_good(&f, plan_blacklist(&f.session, "spring", &who, false, &added, &f.err));
	a = ASK("GET", "/a.bin", BLOCK);
	empty(a, 404);
	assert_string_equal(header(a, "OTA-Verdict"), "blacklisted");
}

static void
a_hold_after_acceptance_ends_it(void **state)
{
	static const char *const held[] = { "18:FE:34:00:00:01" };
	const struct answer *a;

	(void)state;
	roll_one();
	image(ASK("GET", TOKEN_PATH, ARDUINO), WHOLE);
	fixture_good(&f, device_hold(&f.session, held, 1, true, &f.err));
	a = ASK("GET", TOKEN_PATH, ARDUINO);
	empty(a, 304);
	assert_string_equal(header(a, "OTA-Verdict"), "device_held");
	assert_int_equal(tally(EXEC_CANCELED), 1);
}

static void
headers_may_be_missing(void **state)
{
	const struct answer *a;

	(void)state;
	set_auth("none");
	roll_one();
	/* None but the agent's name: its address says who it is, its version is unknown. */
	image(ASK("GET", "/esp/aroma/-/x.bin", ADDRESS, "HTTP_X_ESP8266_MODE=sketch"), WHOLE);
	assert_int_equal(tally(EXEC_ACCEPTED), 1);
	a = ASK("GET", "/esp/aroma/-/x.bin?version=1_0_1", ADDRESS, "HTTP_USER_AGENT=ESP8266-http-Update");
	empty(a, 304);
	assert_int_equal(tally(EXEC_SUCCEEDED), 1);
	/* No address either. */
	empty(ASK("GET", "/esp/aroma/-/x.bin", "HTTP_X_ESP8266_MODE=sketch"), 400);
}

static void
an_esp32_is_no_esp8266(void **state)
{
	(void)state;
	set_auth("none");
	roll_one();
	/* Its headers name the chip: nothing for another one is even offered. */
	set_chip("esp8266");
	empty(ASK("GET", "/esp/aroma/-/x.bin", "HTTP_X_ESP32_STA_MAC=18:FE:34:00:00:01"), 403);
	empty(ASK("HEAD", "/esp/aroma/-/x.bin", "HTTP_X_ESP32_STA_MAC=18:FE:34:00:00:01"), 403);
	assert_int_equal(tally(EXEC_OFFERED), 0);
	set_chip("esp32s3");
	empty(ASK("GET", "/esp/aroma/-/x.bin", "HTTP_X_ESP8266_STA_MAC=18:FE:34:00:00:01"), 403);
	assert_int_equal(tally(EXEC_OFFERED), 0);
	/* And one that claims to be both is none. */
	empty(ASK("GET", "/esp/aroma/-/x.bin", ARDUINO, "HTTP_X_ESP32_MODE=sketch"), 400);
	image(ASK("GET", "/esp/aroma/-/x.bin", "HTTP_X_ESP32_STA_MAC=18:FE:34:00:00:01",
		      "HTTP_X_ESP32_SKETCH_SHA256=AA"),
		WHOLE);
}

static void
a_version_with_quotes_is_a_version(void **state)
{
	const struct answer *a;

	(void)state;
	roll_one();
	a = ASK("GET", TOKEN_PATH, ARDUINO, "HTTP_X_ESP8266_MODE=version", "HTTP_X_ESP8266_VERSION=1.0'\"; rm");
	assert_string_equal(header(a, "x-version"), "1_0_1");
	image(ASK("GET", TOKEN_PATH, ARDUINO, "HTTP_X_ESP8266_VERSION=1.0'\"; rm"), WHOLE);
	/* What is no version at all is refused, without a body. */
	empty(ASK("GET", TOKEN_PATH, ARDUINO, "HTTP_X_ESP8266_VERSION=1.0\xe2\x80\xae"), 400);
	empty(ASK("GET", TOKEN_PATH, ARDUINO,
		      "HTTP_X_ESP8266_VERSION=0123456789012345678901234567890123456789012345678901234567890123456789"),
		400);
	empty(ASK("GET", TOKEN_PATH, ARDUINO, "HTTP_X_ESP8266_FREE_SPACE=lots"), 400);
}

static void
who_asks_must_be_known(void **state)
{
	const struct answer *a;
	char unknown[sizeof a->headers];

	(void)state;
	roll_one();
	a = ASK("GET", "/esp/aroma/wrong-token-of-mine/x.bin", ARDUINO);
	empty(a, 401);
	snprintf(unknown, sizeof unknown, "%s", a->headers);
	a = ASK("GET", "/esp/aroma/-/x.bin?device=nobody", ADDRESS);
	assert_string_equal(a->headers, unknown);
	/* A device of another product is not known here, whatever it shows. */
	a = ASK("GET", "/esp/lamp/token-of-SN1-padded/x.bin?device=SN1", ADDRESS);
	assert_string_equal(a->headers, unknown);
	/* Nor in a server block of another product, whatever the path says. */
	a = ASK("GET", "/esp/aroma/token-of-SN1-padded/x.bin?device=SN1", "OTACTL_PRODUCT=lamp");
	assert_string_equal(a->headers, unknown);
	a = ASK("GET", "/esp/lamp/token-of-SN1-padded/x.bin?device=SN1", "OTACTL_PRODUCT=aroma");
	assert_string_equal(a->headers, unknown);
	a = ASK("GET", "/v1/SN1/plan?token=token-of-SN1-padded", "OTACTL_PRODUCT=lamp");
	assert_int_equal(a->status, 401);
	a = ASK("GET", "/v1/SN1/plan?token=token-of-SN1-padded", "OTACTL_PRODUCT=aroma");
	assert_int_equal(a->status, 200);
	image(ASK("GET", "/esp/-/token-of-SN1-padded/x.bin?device=SN1", ADDRESS), WHOLE);
	image(ASK("GET", "/x.bin?device=SN1&token=token-of-SN1-padded", BLOCK), WHOLE);
	empty(ASK("GET", "/esp/aroma/-/x.bin?device=a%2Fb", ADDRESS), 400);
	empty(ASK("GET", "/esp/aroma/-/x.bin", "HTTP_X_ESP8266_STA_MAC=18:FE:34:00:00:01 x"), 400);
	empty(ASK("POST", "/esp/aroma/-/x.bin?device=SN1", ADDRESS), 405);
	empty(ASK("GET", "/esp/aroma", ADDRESS), 404);
	empty(ASK("GET", arena_printf(&f.door.arena, "/esp/%0200d/-/x.bin", 0), ADDRESS), 400);
	empty(ASK("GET", arena_printf(&f.door.arena, "/esp/aroma/-/%0600d", 0), ADDRESS), 400);
}

static void
a_device_may_ask_in_two_dialects(void **state)
{
	char execution[16];

	(void)state;
	roll_one();
	snprintf(execution, sizeof execution, "%s", answer_text(fixture_poll(&f, "SN1", "STM32=1_0_0"), "execution"));
	/* It is one attempt of one device. */
	image(ASK("GET", "/esp/aroma/token-of-SN1-padded/x.bin?device=SN1&version=1_0_0", ADDRESS), WHOLE);
	assert_string_equal(answer_text(fixture_poll(&f, "SN1", "STM32=1_0_0"), "execution"), execution);
	assert_string_equal(answer_text(fixture_poll(&f, "SN1", "STM32=1_0_0"), "state"), "accepted");
	fixture_report(&f, "SN1", execution, "{\"state\":\"succeeded\"}");	/* verifying */
	empty(ASK("GET", "/esp/aroma/token-of-SN1-padded/x.bin?device=SN1", ADDRESS), 404);
	/* In a server block of one dialect the others' paths mean nothing: this is a file's name. */
	fixture_poll(&f, "SN1", "STM32=1_0_1");
	empty(ASK("GET", "/v1/SN1/plan?device=SN1&token=token-of-SN1-padded", BLOCK), 404);
	empty(ASK("GET", "/healthz", "OTACTL_DIALECT=esp", "OTACTL_PRODUCT=a b"), 500);
	assert_int_equal(ASK("GET", "/healthz", "OTACTL_DIALECT=nonesuch")->status, 500);
	assert_int_equal(ASK("GET", "/healthz", "OTACTL_DIALECT=native")->status, 200);
}

static void
ranges_are_one_download(void **state)
{
	const struct answer *a;

	(void)state;
	set_auth("none");
	roll_one();
	a = ASK("HEAD", "/app.bin?version=1_0_0", BLOCK);
	assert_string_equal(header(a, "Content-Length"), "7000");
	assert_string_equal(header(a, "Accept-Ranges"), "bytes");
	for (int from = 0; from < 7000; from += 2048) {
		a = ASK("GET", "/app.bin?version=1_0_0", BLOCK,
			from + 2048 < 7000 ? arena_printf(&f.door.arena, "HTTP_RANGE=bytes=%d-%d", from, from + 2047)
					   : arena_printf(&f.door.arena, "HTTP_RANGE=bytes=%d-", from));
		assert_int_equal(a->status, 206);
		assert_int_equal(a->length, from + 2048 < 7000 ? 2048 : 7000 - from);
		assert_true(str_ends(header(a, "Content-Range"), "/7000"));
	}
	empty(ASK("HEAD", "/app.bin?version=1_0_1", BLOCK), 404);
	assert_int_equal(tally(EXEC_SUCCEEDED), 1);
}

static void
nginx_may_send_it(void **state)
{
	const struct answer *a;

	(void)state;
	set_auth("none");
	roll_one();
	a = ASK("GET", "/app.bin", BLOCK, "OTACTL_SENDFILE=x-accel:/protected/");
	assert_int_equal(a->status, 200);
	assert_true(str_starts(header(a, "X-Accel-Redirect"), "/protected/"));
	assert_int_equal(a->length, 0);
	assert_int_equal(tally(EXEC_ACCEPTED), 1);
}

static void
a_person_is_asked_first(void **state)
{
	struct plan_change change = { .product = "aroma", .timezone = "UTC", .mode = "manual",
		.upgrade = { (const char *[]){ "STM32=1_0_1" }, 1 }, .priority = INT64_MIN, .continuous = -1,
		.allow_downgrade = -1, .require_all = -1, .set = { eager, 4 },
		.text = { (const char *[]){ "en=New firmware", "zh=New firmware" }, 2 } };
	struct activation activation;

	(void)state;
	set_auth("none");
	pack("1_0_1", (struct part[]){ { WHOLE, NULL } }, 1);
	fixture_good(&f, plan_create(&f.session, "spring", &change, &f.err));
	fixture_good(&f, plan_activate(&f.session, "spring", -1, &activation, &f.err));
	empty(ASK("GET", "/app.bin", BLOCK), 404);
	assert_int_equal(tally(EXEC_OFFERED), 1);
	assert_int_equal(tally(EXEC_ACCEPTED), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_sdk_asks_twice_and_the_get_accepts),
		TEST(a_path_without_its_slash_is_the_same),
		TEST(only_the_image_that_fits_is_taken),
		TEST(a_delta_is_no_image),
		TEST(arduino_is_updated),
		TEST(space_and_windows_hold),
		TEST(stages_and_lists_hold),
		TEST(a_hold_after_acceptance_ends_it),
		TEST(headers_may_be_missing),
		TEST(an_esp32_is_no_esp8266),
		TEST(a_version_with_quotes_is_a_version),
		TEST(who_asks_must_be_known),
		TEST(a_device_may_ask_in_two_dialects),
		TEST(ranges_are_one_download),
		TEST(nginx_may_send_it),
		TEST(a_person_is_asked_first),
	};

	return cmocka_run_group_tests_name("esp", tests, NULL, NULL);
}
