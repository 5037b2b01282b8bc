/* Pycom in-process: what its library asks, what it is answered, and all that may go wrong in between. */
#include "tests/test.h"

#include "tests/fixture.h"

#include "core/str.h"
#include "plans/fleet/device.h"
#include "plans/orders/activate.h"
#include "plans/orders/edit.h"
#include "plans/orders/lifecycle.h"
#include "plans/packages/add.h"
#include "plans/packages/sign.h"
#include "plans/packages/state.h"

#include <unistd.h>

static struct fixture f;

#define ADDRESS "REMOTE_ADDR=10.0.0.7"
#define HOST	"HTTP_HOST=192.168.1.4:8000"
#define BLOCK	"OTACTL_DIALECT=pycom", "OTACTL_PRODUCT=aroma", ADDRESS
#define ASK(method, target, ...)                                                                             \
	fixture_request_with(&f, method, target, NULL, NULL, (const char *const[]){ __VA_ARGS__, NULL })
#define LIST(version) ASK("GET", "/manifest.json?current_ver=" version, BLOCK, HOST)

static const char *const eager[] = { "stages=100%", "first_device_alone=off", "soak=0", "retry_interval=600",
	"retry_max=5", "breaker=off", NULL };

/* A version whose files are "PATH=CONTENT" numbers; the path "" is the firmware. */
static void
release(const char *version, const char *source, const char *const *paths, const unsigned *contents, size_t count)
{
	CLEANUP(signer_close) struct signer signer = { 0 };
	struct package_file files[8];
	struct package_new new = { .name = { "aroma/app", version, source, false }, .files = files,
		.file_count = count, .floor = -1 };
	struct package_view view;
	size_t changed;

	for (size_t i = 0; i < count; i++) {
		const char *path = arena_printf(&f.session.arena, "%s/%zu.bin", f.folder, i);

		files[i] = (struct package_file){
			.path = path, .place = *paths[i] ? paths[i] : NULL, .firmware = !*paths[i] };
		fixture_file(path, 1000 + contents[i], contents[i]);
	}
	fixture_good(&f, package_create(&f.session, &new, &view, &f.err));
	fixture_good(&f, signer_open(&f.session, f.secret_key, NULL, &signer, &f.err));
	fixture_good(&f, sign_package(&f.session, &view, &signer, &f.err));
	fixture_good(&f, package_publish(&f.session, &new.name, &changed, &f.err));
}
#define RELEASE(version, paths, ...)                                                                         \
	release(version, NULL, (const char *const[]) paths, (const unsigned[]){ __VA_ARGS__ },                \
		sizeof (const unsigned[]){ __VA_ARGS__ } / sizeof(unsigned))
#define P(...) { __VA_ARGS__ }

static void
device(const char *name, const char *version)
{
	fixture_device(&f, name, "1_0_0", NULL);
	(void)ASK("GET", arena_printf(&f.door.arena, "/v1/%s/plan?app=%s", name, version), ADDRESS);
}

static int
setup(void **state)
{
	struct product_change none = { .auth = "none", .signatures = -1, .max_files = -1, .max_file_mb = -1 };
	char token[TOKEN_TEXT] = "";

	(void)state;
	fixture_begin(&f);
	fixture_good(&f, product_change(&f.session, "aroma", &none, token, &f.err));
	fixture_good(&f, component_create(&f.session, "aroma", "app",
				 &(struct component_change){ .type = "app", .slot_size = -1 }, &f.err));
	RELEASE("1.0.0", P("flash/main.py", "flash/old.py", "sd/a b.txt", ""), 1, 2, 3, 4);
	RELEASE("1.0.1", P("flash/main.py", "flash/new.py", "sd/a b.txt", ""), 11, 12, 3, 4);
	device("10.0.0.7", "1.0.0");
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
roll(const char *version)
{
	fixture_plan(&f, "spring", arena_printf(&f.session.arena, "app=%s", version), eager);
}

static int64_t
tally(int which)
{
	return fixture_status(&f, "spring")->sums[which];
}

/* nginx adds 78 bytes, and a status line for "Status:". */
static void
header_fits(const struct answer *a, int line)
{
	size_t length = strlen(a->headers) + 2 - strlen("Status: ") + strlen("HTTP/1.1 ") + 56;

	if (length % 100 || length > 500)
		fail_msg("line %d: %zu bytes of header: %s", line, length, a->headers);
}

static void
says_at(const struct answer *a, int status, const char *body, int line)
{
	if (a->status != status || strcmp(a->body, body) != 0)
		fail_msg("line %d: wanted %d %s, got %s%s", line, status, body, a->headers, a->body);
	header_fits(a, line);
}

/* The body has this, and lacks that (NULL: nothing). */
static void
list_at(const struct answer *a, const char *has, const char *lacks, int line)
{
	if (a->status != 200 || !strstr(a->body, has) || (lacks && strstr(a->body, lacks)))
		fail_msg("line %d: wanted %s, got %s%s", line, has, a->headers, a->body);
	header_fits(a, line);
}
#define says(answer, status, body) says_at(answer, status, body, __LINE__)
#define list(answer, has, lacks)   list_at(answer, has, lacks, __LINE__)

/* The path of an address in the list, with its ticket; the last four live. */
static const char *
address_of(const struct answer *a, const char *path)
{
	static char kept[4][400];
	static unsigned next;
	char *ret = kept[next++ % 4];
	const char *from = strstr(a->body, arena_printf(&f.session.arena, "//192.168.1.4:8000%s?", path));

	assert_non_null(from);
	from = strchr(from + 2, '/');
	snprintf(ret, sizeof kept[0], "%.*s", (int)strcspn(from, "\""), from);
	return ret;
}

/* Another path with the same ticket. */
static const char *
with_ticket(const char *path, const char *address)
{
	static char ret[400];

	snprintf(ret, sizeof ret, "%s%s", path, strchr(address, '?'));
	return ret;
}

static void
the_list_is_the_acceptance_and_the_version_the_proof(void **state)
{
	const struct answer *a;

	(void)state;
	says(LIST("1.0.0"), 200, "null");
	roll("1.0.1");
	a = LIST("1.0.0");
	list(a, "{\"delete\":[\"flash/old.py\"],\"new\":[{\"URL\":\"http://192.168.1.4:8000/1.0.1/flash/new.py?x=", NULL);
	list(a, "\"dst_path\":\"/flash/new.py\",\"hash\":\"", "firmware");
	list(a, "],\"update\":[{\"URL\":\"http://192.168.1.4:8000/1.0.1/flash/main.py?x=", "txt");
	list(a, "],\"version\":\"1.0.1\",\"previous_version\":\"1.0.0\"}\n", NULL);
	assert_int_equal(tally(EXEC_ACCEPTED), 1);
	/* Asked again, it may have deleted already. */
	list(LIST("1.0.0"), "{\"delete\":[],\"new\":[{", NULL);
	assert_int_equal(tally(EXEC_ACCEPTED), 1);
	says(LIST("1.0.1"), 200, "null");
	assert_int_equal(tally(EXEC_SUCCEEDED), 1);
	says(LIST("1.0.1"), 200, "null");
}

static void
of_a_version_nobody_knows_every_file_is_new(void **state)
{
	const struct answer *a;

	(void)state;
	roll("1.0.1");
	a = LIST("0.9");
	list(a, "{\"delete\":[],\"firmware\":{\"URL\":\"http://192.168.1.4:8000/3.bin?x=", NULL);
	list(a, "/1.0.1/sd/a%20b.txt?x=", "update\":[{");
	list(a, "\"dst_path\":\"/sd/a b.txt\"", NULL);
	list(a, "\"previous_version\":\"0.9\"}", NULL);
	/* What is no version of ours does not come back. */
	list(LIST("1.0.0'%3Bimport%20os%3B'"), "\"previous_version\":null}", "import");
	list(LIST("%3C%3F%3E"), "\"previous_version\":null}", "<");
	list(LIST("%22,%22x"), "\"previous_version\":null}", "\"x");
	list(ASK("GET", "/manifest.json", BLOCK, HOST), "\"previous_version\":null}", NULL);
	list(LIST("1%2E0%2E0"), "\"previous_version\":\"1.0.0\"}", NULL);
	says(ASK("GET", "/manifest.json?current_ver=%0a", BLOCK, HOST), 400, "null");
	says(ASK("GET", "/manifest.json?current_ver=%", BLOCK, HOST), 400, "null");
}

static void
a_broken_update_of_another_plan_is_remembered(void **state)
{
	(void)state;
	RELEASE("1.0.2", P("flash/main.py", "sd/a b.txt"), 21, 3);
	roll("1.0.1");
	list(LIST("1.0.0"), "{\"delete\":[\"flash/old.py\"]", NULL);
	f.session.reason = "1.0.2 is better";
	fixture_good(&f, plan_terminate(&f.session, "spring", true, &f.err));
	f.session.now += 3 * 86400;
	fixture_tick(&f);
	fixture_plan(&f, "summer", "app=1.0.2", eager);
	list(LIST("1.0.0"), "{\"delete\":[],\"new\":[],\"update\":[{", NULL);
	/* Another device, which never had a list, is told. */
	device("10.0.0.8", "1.0.0");
}

static void
files_go_by_their_paths_and_tickets(void **state)
{
	const struct answer *a;
	const char *path, *firmware;

	(void)state;
	roll("1.0.1");
	a = LIST("0.9");
	path = address_of(a, "/1.0.1/flash/main.py");
	firmware = address_of(a, "/3.bin");
	a = ASK("GET", path, BLOCK);
	assert_int_equal(a->status, 200);
	assert_int_equal(a->length, 1011);
	header_fits(a, __LINE__);
	a = ASK("GET", firmware, BLOCK, "OTACTL_SENDFILE=x-accel:/protected/");
	assert_int_equal(a->length, 1004);
	header_fits(a, __LINE__);
	/* The same ticket under other names; and no ticket. */
	says(ASK("GET", with_ticket("/1.0.0/flash/main.py", path), BLOCK), 403, "");
	says(ASK("GET", with_ticket("/1.0.1/flash/none.py", path), BLOCK), 403, "");
	says(ASK("GET", with_ticket("/flash/main.py", path), BLOCK), 403, "");
	says(ASK("GET", with_ticket("/main.py", path), BLOCK), 403, "");
	says(ASK("GET", with_ticket("/1.0.1/3.bin", firmware), BLOCK), 403, "");
	says(ASK("GET", "/1.0.1/flash/main.py", BLOCK), 404, "");
	says(ASK("GET", "/", BLOCK), 404, "");
	/* It is of no use for what is named by digest, and ends. */
	says(ASK("GET", with_ticket("/f/main.py", path), BLOCK), 403, "");
	assert_int_equal(ASK("GET", with_ticket("/f/path", path), ADDRESS)->status, 404);
	f.session.now += 3601;
	says(ASK("GET", path, BLOCK), 403, "");
}

static void
what_is_lost_is_not_listed_and_has_no_body(void **state)
{
	const struct answer *a;
	const char *firmware;
	char command[256];

	(void)state;
	roll("1.0.1");
	a = LIST("0.9");
	firmware = address_of(a, "/3.bin");
	snprintf(command, sizeof command,
		"find $(dirname %s)/artifacts -size -1005c -size +1003c -exec rm {} +", f.db);
	assert_int_equal(system(command), 0);
	says(LIST("0.9"), 200, "null");
	says(ASK("GET", firmware, BLOCK), 404, "");
	says(ASK("HEAD", firmware, BLOCK), 404, "");
}

static void
a_package_that_is_no_full_one_is_not_taken(void **state)
{
	(void)state;
	release("1.0.2", "1.0.0", (const char *const[]){ "flash/main.py" }, (const unsigned[]){ 5 }, 1);
	roll("1.0.2");
	says(LIST("1.0.0"), 200, "null");
	assert_int_equal(tally(EXEC_ACCEPTED), 0);
}

static void
a_person_is_asked_first(void **state)
{
	struct plan_change change = { .product = "aroma", .timezone = "UTC", .mode = "manual",
		.upgrade = { (const char *[]){ "app=1.0.1" }, 1 }, .priority = INT64_MIN, .continuous = -1,
		.allow_downgrade = -1, .require_all = -1, .set = { eager, 4 },
		.text = { (const char *[]){ "en=New files", "zh=New files" }, 2 } };
	struct activation activation;

	(void)state;
	fixture_good(&f, plan_create(&f.session, "spring", &change, &f.err));
	fixture_good(&f, plan_activate(&f.session, "spring", -1, &activation, &f.err));
	says(LIST("1.0.0"), 200, "null");
	assert_int_equal(tally(EXEC_OFFERED), 1);
	assert_int_equal(tally(EXEC_ACCEPTED), 0);
}

static void
a_head_accepts_nothing(void **state)
{
	const struct answer *a;

	(void)state;
	roll("1.0.1");
	a = ASK("HEAD", "/manifest.json?current_ver=1.0.0", BLOCK, HOST);
	assert_int_equal(a->status, 200);
	assert_null(strstr(a->headers, "Content-Length: 4\r\n"));
	assert_int_equal(a->length, 0);
	assert_int_equal(tally(EXEC_ACCEPTED), 0);
	list(LIST("1.0.0"), "{\"delete\":[\"flash/old.py\"]", NULL);
}

static void
a_hold_ends_it(void **state)
{
	const char *path;

	(void)state;
	roll("1.0.1");
	path = address_of(LIST("1.0.0"), "/1.0.1/flash/new.py");
	f.session.reason = "on the bench";
	fixture_good(&f, device_hold(&f.session, (const char *const[]){ "10.0.0.7" }, 1, true, &f.err));
	says(ASK("GET", path, BLOCK), 403, "");
	says(LIST("1.0.0"), 200, "null");
	assert_int_equal(tally(EXEC_CANCELED), 1);
}

static void
hosts_are_host_and_port(void **state)
{
	static const char *const good[] = { "a", "A-1.example.com", "1.2.3.4", "a:1", "a:65535", "[::1]", "[fe80::1]:80" };
	static const char *const bad[] = { "", "a/b", "a:", "a:0", "a:65536", "a:-1", "a:+1", "a: 1", "a:1:2", "[::1", "::1",
		"[]", "[::1]x", "a b", "a\"b", "a<b", "a?b", "a@b", ":80" };

	char host[80], url[80];

	(void)state;
	roll("1.0.1");
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		snprintf(host, sizeof host, "HTTP_HOST=%s", good[i]);
		snprintf(url, sizeof url, "\"http://%s/1.0.1/", good[i]);
		list_at(ASK("GET", "/manifest.json?current_ver=1.0.0", BLOCK, host), url, NULL, (int)i);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		snprintf(host, sizeof host, "HTTP_HOST=%s", bad[i]);
		says_at(ASK("GET", "/manifest.json?current_ver=1.0.0", BLOCK, host), 400, "null", (int)i);
	}
	says(ASK("GET", "/manifest.json?current_ver=1.0.0", BLOCK), 400, "null");
}

static void
who_asks_must_be_known(void **state)
{
	(void)state;
	roll("1.0.1");
	says(ASK("GET", "/manifest.json?current_ver=1.0.0", "OTACTL_DIALECT=pycom", "OTACTL_PRODUCT=aroma", HOST,
		     "REMOTE_ADDR=10.0.0.99"),
		401, "null");
	says(ASK("GET", "/manifest.json?current_ver=1.0.0", "OTACTL_DIALECT=pycom", "OTACTL_PRODUCT=other", HOST,
		     ADDRESS),
		401, "null");
	says(ASK("GET", "/manifest.json?device=a/b", BLOCK, HOST), 400, "null");
	says(ASK("POST", "/manifest.json", BLOCK, HOST), 405, "null");
	list(ASK("GET", "/pycom/aroma/-/manifest.json?current_ver=1.0.0&device=10.0.0.7", HOST),
		"\"URL\":\"http://192.168.1.4:8000/pycom/aroma/-/1.0.1/flash/new.py?x=", NULL);
	/* Two apps: one version cannot speak of both. */
	fixture_good(&f, component_create(&f.session, "aroma", "app2",
				 &(struct component_change){ .type = "app", .slot_size = -1 }, &f.err));
	says(LIST("1.0.0"), 404, "null");
}

static void
a_device_may_ask_in_two_dialects(void **state)
{
	const struct answer *a;

	(void)state;
	roll("1.0.1");
	list(LIST("1.0.0"), "{\"delete\":[\"flash/old.py\"]", NULL);
	a = fixture_poll(&f, "10.0.0.7", "app=1.0.0");
	assert_string_equal(answer_text(a, "state"), "accepted");
	list(LIST("1.0.0"), "{\"delete\":[]", NULL);
	(void)fixture_poll(&f, "10.0.0.7", "app=1.0.1");
	assert_int_equal(tally(EXEC_SUCCEEDED), 1);
	says(LIST("1.0.1"), 200, "null");
}

static void
what_is_kept_follows_the_packages(void **state)
{
	(void)state;
	roll("1.0.1");
	list(LIST("0.9"), "/1.0.1/flash/new.py?", NULL);
	/* The version it runs becomes known: the list is another one. */
	RELEASE("0.9", P("flash/main.py", "flash/new.py"), 11, 77);
	list(LIST("0.9"), "\"new\":[{\"URL\":\"http://192.168.1.4:8000/1.0.1/sd/a%20b.txt?", "main.py");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_list_is_the_acceptance_and_the_version_the_proof),
		TEST(of_a_version_nobody_knows_every_file_is_new),
		TEST(a_broken_update_of_another_plan_is_remembered),
		TEST(files_go_by_their_paths_and_tickets),
		TEST(what_is_lost_is_not_listed_and_has_no_body),
		TEST(a_package_that_is_no_full_one_is_not_taken),
		TEST(a_person_is_asked_first),
		TEST(a_head_accepts_nothing),
		TEST(a_hold_ends_it),
		TEST(hosts_are_host_and_port),
		TEST(who_asks_must_be_known),
		TEST(a_device_may_ask_in_two_dialects),
		TEST(what_is_kept_follows_the_packages),
	};

	return cmocka_run_group_tests_name("pycom", tests, NULL, NULL);
}
