/*
 * The rules of the vendor's console, Q-1 to Q-32, as they hold here: each test is named after its rule.  Where the two
 * differ, otactl.cgi(8) says why.
 */
#include "tests/test.h"

#include "tests/fixture.h"

#include "core/str.h"
#include "plans/fleet/device.h"
#include "plans/keep/trace.h"
#include "plans/orders/activate.h"
#include "plans/orders/edit.h"
#include "plans/orders/execution.h"
#include "plans/orders/lifecycle.h"
#include "plans/orders/resume.h"
#include "plans/orders/trial.h"
#include "plans/packages/add.h"
#include "plans/packages/sign.h"
#include "plans/packages/state.h"

static struct fixture f;

static const char *const to_next[] = { "STM32=1_0_1" }, *const both_texts[] = { "en=New firmware", "zh=New firmware" },
		  *const all_at_once[] = { "stages=100%", "first_device_alone=off", "soak=0", "complete_after=30d" };

/* A plan of STM32 to 1_0_1 for everybody at once, of which each test changes some. */
#define CHANGE                                                                                                   \
	{                                                                                                        \
		.product = "aroma", .timezone = "UTC", .upgrade = { to_next, 1 }, .priority = INT64_MIN,         \
		.continuous = -1, .allow_downgrade = -1, .require_all = -1, .set = { all_at_once, 4 }            \
	}
#define LIST(...) { (const char *const[]){ __VA_ARGS__ }, COUNT(((const char *const[]){ __VA_ARGS__ })) }

static int
setup(void **state)
{
	(void)state;
	fixture_begin(&f);
	f.session.now_given = true;	/* the clock is the test's */
	fixture_package(&f, "1_0_0", NULL, 3000);
	fixture_package(&f, "1_0_1", NULL, 5000);
	for (int i = 1; i <= 3; i++)
		fixture_device(&f, arena_printf(&f.session.arena, "SN%d", i), "1_0_0", NULL);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fixture_end(&f);
	return 0;
}

/* It must not succeed, and why is told. */
static void
denied_at(enum err_code code, enum err_code wanted, int line)
{
	if (code != wanted)
		fail_msg("line %d: wanted %d, got %d: %s %s", line, wanted, code, f.err.what, f.err.why);
	assert_true(*f.err.what);
	f.err = (struct err){ .code = ERR_OK };
	f.session.reason = NULL;
}
#define denied(call, code) denied_at(call, code, __LINE__)

static const struct answer *
quec(const char *method, const char *device, const char *rest, const char *body)
{
	char target[256], token[64];

	snprintf(target, sizeof target, "/quec/v1/%s/%s", device, rest);
	snprintf(token, sizeof token, "token-of-%s-padded", device);
	return fixture_request(&f, method, target, token, body);
}

static const struct answer *
versions(const char *device, const char *version)
{
	char body[160];

	snprintf(body, sizeof body, "{\"components\":[{\"identity\":\"STM32\",\"version\":\"%s\",\"type\":1}]}", version);
	return quec("POST", device, "versions", body);
}

/* The execution that the device has a notice of; "" none. */
static const char *
notice(const char *device)
{
	return answer_text(quec("GET", device, "plans", NULL), "execution");
}

static void
offered_at(const char *device, bool expected, int line)
{
	if (!*notice(device) == expected)
		fail_msg("line %d: %s is %soffered", line, device, expected ? "not " : "");
}
#define offered(device, expected) offered_at(device, expected, __LINE__)

static int
says(const char *device, const char *execution, const char *answer)
{
	char rest[64];

	snprintf(rest, sizeof rest, "plans/%s", execution);
	return quec("POST", device, rest, answer)->status;
}

static int
code(const char *device, const char *execution, int number, int percent)
{
	char body[160];

	snprintf(body, sizeof body, "{\"execution\":\"%s\",\"identity\":\"STM32\",\"code\":%d,\"percent\":%d}", execution,
		number, percent);
	return quec("POST", device, "status", body)->status;
}

static char taken[16];

/* The device accepts its notice. */
static void
accepts(const char *device)
{
	snprintf(taken, sizeof taken, "%s", notice(device));
	assert_int_equal(says(device, taken, "{\"answer\":\"accept\"}"), 200);
}

static void
rolls(const struct plan_change *change)
{
	struct activation activation;

	fixture_good(&f, plan_create(&f.session, "spring", change, &f.err));
	fixture_good(&f, plan_activate(&f.session, "spring", -1, &activation, &f.err));
}

static int64_t
tally(int which)
{
	return fixture_status(&f, "spring")->sums[which];
}

static enum plan_state
state_of_plan(void)
{
	return fixture_status(&f, "spring")->plan.state;
}

static void
reasoned(const char *reason)
{
	f.session.reason = reason;
}

/* A draft package of STM32 with these files, each of `size` bytes. */
static enum err_code
pack(const char *version, const char *source, const char *remark, size_t size, const char *const *names, size_t count)
{
	struct package_file files[7];
	struct package_new given = { .name = { "aroma/STM32", version, source, false }, .files = files, .file_count = count,
		.floor = -1, .remark = remark };
	struct package_view view;

	for (size_t i = 0; i < count; i++) {
		files[i] = (struct package_file){ .path = arena_printf(&f.session.arena, "%s/%s", f.folder, names[i]) };
		fixture_file(files[i].path, size, (unsigned)i + 7);
	}
	return package_create(&f.session, &given, &view, &f.err);
}

static const char *const image[] = { "image.bin" };

/* --- version package -------------------------------------------------------------------------------------------- */

static void
q_1_a_package_has_one_name_for_good(void **state)
{
	(void)state;
	denied(pack("1_0_1", NULL, NULL, 700, image, 1), ERR_CONFLICT);
	fixture_good(&f, pack("1_0_1", "1_0_0", NULL, 700, image, 1));
	denied(pack(arena_printf(&f.session.arena, "%065d", 0), NULL, NULL, 700, image, 1), ERR_USAGE);
	fixture_good(&f, pack(arena_printf(&f.session.arena, "%064d", 0), NULL, NULL, 700, image, 1));
}

static void
q_2_a_package_belongs_to_a_product(void **state)
{
	struct product_change change = { .signatures = -1, .max_files = -1, .max_file_mb = -1 };
	struct package_name other = { "lamp/STM32", "1_0_1", NULL, false };
	struct plan_change plan = CHANGE;
	char token[TOKEN_TEXT] = "";
	struct package_view *view;
	size_t count;

	(void)state;
	fixture_good(&f, product_create(&f.session, "lamp", &change, token, &f.err));
	fixture_good(&f, component_create(&f.session, "lamp", "STM32",
				 &(struct component_change){ .type = "mcu", .slot_size = -1 }, &f.err));
	denied(package_find(&f.session, &other, true, &view, &count, &f.err), ERR_NOT_FOUND);
	plan.product = "lamp";
	denied(plan_create(&f.session, "spring", &plan, &f.err), ERR_NOT_FOUND);
}

static void
q_3_a_component_is_what_the_device_calls_it(void **state)
{
	struct plan_change change = CHANGE;

	(void)state;
	denied(component_create(&f.session, "aroma", "radio", &(struct component_change){ .type = "modem", .slot_size = -1 },
		       &f.err),
		ERR_USAGE);
	fixture_good(&f, component_create(&f.session, "aroma", "radio",
				 &(struct component_change){ .type = "module", .slot_size = -1 }, &f.err));
	rolls(&change);
	accepts("SN1");
	assert_int_equal(quec("POST", "SN1", "versions",
				 "{\"components\":[{\"identity\":\"stm32\",\"version\":\"1_0_1\",\"type\":1},"
				 "{\"identity\":\"STM32 \",\"version\":\"1_0_1\",\"type\":1}]}")
				 ->status,
		200);
	assert_int_equal(tally(EXEC_ACCEPTED), 1);
	versions("SN1", "1_0_1");
	assert_int_equal(tally(EXEC_SUCCEEDED), 1);
}

static void
q_4_packages_are_full_or_delta(void **state)
{
	struct plan_change change = CHANGE;
	const struct answer *a;

	(void)state;
	fixture_package(&f, "1_0_1", "1_0_0", 400);
	rolls(&change);
	accepts("SN1");
	a = quec("GET", "SN1", "info", NULL);
	assert_non_null(strstr(a->body, "\"fileSize\":400"));
	versions("SN2", "0_9_0");
	accepts("SN2");
	a = quec("GET", "SN2", "info", NULL);
	assert_non_null(strstr(a->body, "\"fileSize\":5000"));
}

static void
q_5_versions_have_letters_digits_and_three_signs(void **state)
{
	static const char *const wrong[] = { "", "1 0", "1/0", "1:0", "1+0", "v\xc3\xa9", "1\n0" };

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		denied(pack(wrong[i], NULL, NULL, 700, image, 1), ERR_USAGE);
		denied(pack("3_0", wrong[i], NULL, 700, image, 1), ERR_USAGE);
	}
	fixture_good(&f, pack("Az09_-.x", NULL, NULL, 700, image, 1));
	fixture_good(&f, pack("Az09_-.y", "Az09_-.x", NULL, 700, image, 1));
}

static void
q_6_a_package_has_one_to_five_files(void **state)
{
	static const char *const names[] = { "a.bin", "b.bin", "c.bin", "d.bin", "e.bin", "f.bin" };
	struct product_change change = { .signatures = -1, .max_files = -1, .max_file_mb = 1 };
	char token[TOKEN_TEXT] = "";
	struct package_view view;

	(void)state;
	fixture_good(&f, package_component(&f.session, "aroma/STM32", &view, &f.err));
	assert_int_equal(view.product.max_files, 5);
	assert_int_equal(view.product.max_file_mb, 100);
	denied(pack("3_0", NULL, NULL, 700, names, 0), ERR_INPUT);
	denied(pack("3_0", NULL, NULL, 700, names, 6), ERR_INPUT);
	fixture_good(&f, pack("3_0", NULL, NULL, 700, names, 5));
	fixture_good(&f, product_change(&f.session, "aroma", &change, token, &f.err));
	denied(pack("3_1", NULL, NULL, (1 << 20) + 1, names, 1), ERR_INPUT);
	fixture_good(&f, pack("3_1", NULL, NULL, 1 << 20, names, 1));
}

static void
q_7_files_have_one_of_these_extensions(void **state)
{
	static const char *const good[] = { "a.bin", "a.zip", "a.rar", "a.pack", "a.mini_1", "a.mini_2", "a.py", "a.tar",
		"a.tar.gz", "a.s19", "a.bin_1", "a.bin_2" }, *const wrong[] = { "a.exe", "a", "bin", "a.bin_3", "a.gz" };

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		fixture_good(&f, pack(arena_printf(&f.session.arena, "3_%zu", i), NULL, NULL, 700, &good[i], 1));
	for (size_t i = 0; i < COUNT(wrong); i++)
		denied(pack("4_0", NULL, NULL, 700, &wrong[i], 1), ERR_INPUT);
}

static void
q_8_remarks_have_200_bytes(void **state)
{
	(void)state;
	denied(pack("3_0", NULL, arena_printf(&f.session.arena, "%0201d", 0), 700, image, 1), ERR_USAGE);
	fixture_good(&f, pack("3_0", NULL, arena_printf(&f.session.arena, "%0200d", 0), 700, image, 1));
}

static enum trial
trial_of(const struct package_name *name)
{
	struct package_view *view;
	size_t count;

	fixture_good(&f, package_find(&f.session, name, true, &view, &count, &f.err));
	return view->package.trial;
}

static void
q_9_a_package_is_verified_on_one_device(void **state)
{
	struct package_name name = { "aroma/STM32", "1_0_1", NULL, false };
	struct values devices = LIST("SN1");
	const char *trial;

	(void)state;
	assert_int_equal(trial_of(&name), TRIAL_NONE);
	fixture_good(&f, trial_start(&f.session, &name, &devices, 3600, &trial, &f.err));
	assert_int_equal(trial_of(&name), TRIAL_RUNNING);
	offered("SN2", false);
	accepts("SN1");
	f.session.now += 3601;
	fixture_tick(&f);
	assert_int_equal(trial_of(&name), TRIAL_FAILED);
	fixture_good(&f, trial_start(&f.session, &name, &devices, 3600, &trial, &f.err));
	offered("SN1", true);
	versions("SN1", "1_0_1");
	fixture_tick(&f);
	assert_int_equal(trial_of(&name), TRIAL_PASSED);
}

static void
q_10_only_an_unused_package_is_removed(void **state)
{
	struct package_name used = { "aroma/STM32", "1_0_1", NULL, false }, other = { "aroma/STM32", "3_0", NULL, false };
	struct plan_change change = CHANGE;

	(void)state;
	fixture_good(&f, plan_create(&f.session, "spring", &change, &f.err));
	denied(package_drop(&f.session, &used, &f.err), ERR_CONFLICT);
	fixture_good(&f, pack("3_0", NULL, NULL, 700, image, 1));
	fixture_good(&f, package_drop(&f.session, &other, &f.err));
}

/* --- upgrade plan ----------------------------------------------------------------------------------------------- */

static void
q_11_a_plan_has_one_name_and_stays_as_it_was_activated(void **state)
{
	struct plan_change change = CHANGE, priority = { .priority = 5, .continuous = -1, .allow_downgrade = -1,
						    .require_all = -1 };

	(void)state;
	rolls(&change);
	denied(plan_create(&f.session, "spring", &change, &f.err), ERR_CONFLICT);
	denied(plan_create(&f.session, arena_printf(&f.session.arena, "p%064d", 0), &change, &f.err), ERR_USAGE);
	denied(plan_edit(&f.session, "spring", &priority, &f.err), ERR_CONFLICT);
}

static void
q_12_a_plan_keeps_its_product(void **state)
{
	struct product_change product = { .signatures = -1, .max_files = -1, .max_file_mb = -1 };
	struct plan_change change = CHANGE, other = { .product = "lamp", .priority = INT64_MIN, .continuous = -1,
						    .allow_downgrade = -1, .require_all = -1 };
	char token[TOKEN_TEXT] = "";

	(void)state;
	fixture_good(&f, product_create(&f.session, "lamp", &product, token, &f.err));
	fixture_good(&f, plan_create(&f.session, "spring", &change, &f.err));
	(void)!plan_edit(&f.session, "spring", &other, &f.err);
	f.err = (struct err){ .code = ERR_OK };
	assert_string_equal(fixture_status(&f, "spring")->product, "aroma");
}

static void
q_13_the_blacklist_wins(void **state)
{
	struct plan_change change = CHANGE, later = { .priority = INT64_MIN, .continuous = -1, .allow_downgrade = -1,
						    .require_all = -1, .whitelist = LIST("SN3") };

	(void)state;
	change.whitelist = (struct values)LIST("SN1", "SN2");
	change.blacklist = (struct values)LIST("SN2");
	rolls(&change);
	offered("SN1", true);
	offered("SN2", false);
	offered("SN3", false);
	denied(plan_edit(&f.session, "spring", &later, &f.err), ERR_CONFLICT);
	/* Neither of them: everybody. */
	change.whitelist = change.blacklist = (struct values){ NULL, 0 };
	fixture_good(&f, plan_create(&f.session, "summer", &change, &f.err));
	fixture_good(&f, plan_activate(&f.session, "summer", 3, &(struct activation){ 0 }, &f.err));
	offered("SN2", true);
	offered("SN3", true);
}

static void
q_14_a_plan_has_a_time_zone(void **state)
{
	struct plan_change change = CHANGE;

	(void)state;
	/* That one is given sees the command's table to. */
	change.timezone = "";
	denied(plan_create(&f.session, "spring", &change, &f.err), ERR_USAGE);
	change.timezone = "Europe/Nowhere";
	denied(plan_create(&f.session, "spring", &change, &f.err), ERR_USAGE);
	/* At ten in the morning of UTC it is five in the afternoon in Ho Chi Minh City. */
	change.timezone = "Asia/Ho_Chi_Minh";
	change.push = (struct values)LIST("16:30-18:30");
	rolls(&change);
	offered("SN1", true);
}

static void
q_15_a_plan_has_a_start_and_an_end(void **state)
{
	struct plan_change change = CHANGE;

	(void)state;
	change.start = "2026-11-21T12:00";
	change.end = "2026-11-22T12:00";
	rolls(&change);
	offered("SN1", false);
	f.session.now += 2 * 3600;
	fixture_tick(&f);
	offered("SN1", true);
	snprintf(taken, sizeof taken, "%s", notice("SN1"));
	f.session.now += 86400;
	fixture_tick(&f);
	assert_int_equal(state_of_plan(), PLAN_ENDED);
	assert_int_equal(says("SN1", taken, "{\"answer\":\"accept\"}"), 409);
	offered("SN2", false);
}

static void
q_16_a_push_period_is_optional(void **state)
{
	struct plan_change change = CHANGE;

	(void)state;
	change.push = (struct values)LIST("22:00-04:00");
	rolls(&change);
	offered("SN1", false);
	f.session.now += 12 * 3600;
	fixture_tick(&f);
	offered("SN1", true);
}

static void
q_17_a_plan_is_silent_or_manual(void **state)
{
	struct plan_change change = CHANGE;
	struct execution_choice choice = { .what = "spring", .devices = (const char *const[]){ "SN2" }, .device_count = 1 };
	int64_t count;

	(void)state;
	change.mode = "manual";
	change.text = (struct values){ both_texts, 2 };
	rolls(&change);
	assert_non_null(strstr(quec("GET", "SN1", "plans", NULL)->body,
		"\"mode\":\"manual\",\"identity\":\"STM32\",\"type\":1,\"srcVer\":\"1_0_0\",\"dstVer\":\"1_0_1\",\"minBattery\":30,"
		"\"minFlash\":6000,\"minSignal\":null,\"text\":{\"en\":\"New firmware\",\"zh\":\"New firmware\"}"));
	accepts("SN1");
	/* Or on the device's page, which is the server's. */
	fixture_good(&f, executions_confirm(&f.session, &choice, &count, &f.err));
	assert_non_null(strstr(quec("GET", "SN2", "info", NULL)->body, "fileUrl"));
	assert_null(strstr(quec("GET", "SN3", "info", NULL)->body, "fileUrl"));
}

static void
q_18_a_strategy_is_the_default_or_ones_own(void **state)
{
	struct plan_change change = CHANGE;

	(void)state;
	change.set = (struct values)LIST("stages=100%");
	rolls(&change);
	assert_non_null(strstr(quec("GET", "SN1", "plans", NULL)->body, "\"minBattery\":30,"));
	change.set = (struct values)LIST("stages=100%", "min_battery=55");
	change.priority = 5;
	fixture_good(&f, plan_create(&f.session, "summer", &change, &f.err));
	fixture_good(&f, plan_activate(&f.session, "summer", -1, &(struct activation){ 0 }, &f.err));
	assert_non_null(strstr(quec("GET", "SN2", "plans", NULL)->body, "\"minBattery\":55,"));
	change.strategy = "nonesuch";
	denied(plan_create(&f.session, "autumn", &change, &f.err), ERR_NOT_FOUND);
}

static void
q_19_a_component_is_once_in_a_plan(void **state)
{
	struct plan_change change = CHANGE;

	(void)state;
	change.upgrade = (struct values)LIST("STM32=1_0_1", "STM32=1_0_0");
	denied(plan_create(&f.session, "spring", &change, &f.err), ERR_USAGE);
	fixture_good(&f, component_create(&f.session, "aroma", "radio",
				 &(struct component_change){ .type = "module", .slot_size = -1 }, &f.err));
	fixture_package(&f, "radio/2_0", NULL, 700);
	change.upgrade = (struct values)LIST("STM32=1_0_1", "radio=2_0");
	fixture_good(&f, plan_create(&f.session, "spring", &change, &f.err));
}

static void
q_20_a_manual_plan_has_both_texts(void **state)
{
	struct plan_change change = CHANGE;
	struct activation activation;

	(void)state;
	change.text = (struct values){ both_texts, 1 };
	rolls(&change);
	change.mode = "manual";
	fixture_good(&f, plan_create(&f.session, "summer", &change, &f.err));
	denied(plan_activate(&f.session, "summer", -1, &activation, &f.err), ERR_CONFLICT);
	/* Of a silent plan the device hears no text. */
	assert_non_null(strstr(quec("GET", "SN1", "plans", NULL)->body, "\"text\":{}"));
}

static void
q_21_a_plan_goes_from_draft_to_its_end(void **state)
{
	struct plan_change change = CHANGE;
	struct resumption resumption;

	(void)state;
	fixture_good(&f, plan_create(&f.session, "winter", &change, &f.err));
	fixture_good(&f, plan_delete(&f.session, "winter", &f.err));
	rolls(&change);
	denied(plan_delete(&f.session, "spring", &f.err), ERR_CONFLICT);
	fixture_good(&f, plan_suspend(&f.session, "spring", &f.err));
	assert_int_equal(state_of_plan(), PLAN_SUSPENDED);
	reasoned("go on");
	fixture_good(&f, plan_resume(&f.session, "spring", false, &resumption, &f.err));
	assert_int_equal(state_of_plan(), PLAN_ACTIVE);
	reasoned("enough");
	fixture_good(&f, plan_terminate(&f.session, "spring", false, &f.err));
	assert_int_equal(state_of_plan(), PLAN_ENDED);
	reasoned("again");
	denied(plan_resume(&f.session, "spring", false, &resumption, &f.err), ERR_CONFLICT);
}

static void
q_22_who_is_under_way_goes_on_in_a_suspended_plan(void **state)
{
	struct plan_change change = CHANGE;
	struct resumption resumption;

	(void)state;
	rolls(&change);
	accepts("SN1");
	offered("SN2", true);
	fixture_good(&f, plan_suspend(&f.session, "spring", &f.err));
	offered("SN2", false);
	offered("SN3", false);
	assert_non_null(strstr(quec("GET", "SN1", "info", NULL)->body, "fileUrl"));
	reasoned("go on");
	fixture_good(&f, plan_resume(&f.session, "spring", false, &resumption, &f.err));
	offered("SN3", true);
	reasoned("enough");
	fixture_good(&f, plan_terminate(&f.session, "spring", false, &f.err));
	offered("SN3", false);
	assert_int_equal(code("SN1", taken, 9, 0), 200);
	versions("SN1", "1_0_1");
	assert_int_equal(tally(EXEC_SUCCEEDED), 1);
}

static void
q_23_what_failed_is_tried_again_from_its_source_version(void **state)
{
	struct execution_choice choice = { .what = "spring", .devices = (const char *const[]){ "SN1" }, .device_count = 1 };
	struct plan_change change = CHANGE;
	int64_t count;

	(void)state;
	fixture_package(&f, "1_0_1", "1_0_0", 400);
	change.set = (struct values)LIST("stages=100%", "first_device_alone=off", "retry_max=0", "breaker=off");
	change.allow = (struct values)LIST("delta");
	rolls(&change);
	accepts("SN1");
	assert_int_equal(code("SN1", taken, 12, 0), 200);
	f.session.now += 3600;
	fixture_tick(&f);
	offered("SN1", false);
	reasoned("the battery was flat");
	fixture_good(&f, executions_retry(&f.session, &choice, &count, &f.err));
	versions("SN1", "0_9_0");
	offered("SN1", false);
	versions("SN1", "1_0_0");
	offered("SN1", true);
}

/* --- issuing and progress --------------------------------------------------------------------------------------- */

static void
q_24_a_device_asks_every_ten_minutes(void **state)
{
	struct plan_change change = CHANGE;
	const struct answer *a;
	int seconds = 0;

	(void)state;
	rolls(&change);
	a = quec("GET", "SN1", "plans", NULL);
	assert_int_equal(sscanf(strstr(a->headers, "\r\nRetry-After:"), "\r\nRetry-After: %d", &seconds), 1);
	assert_int_equal(seconds, 600);
}

static void
q_25_a_refusal_is_recorded_and_not_asked_again(void **state)
{
	struct execution_choice choice = { .what = "spring", .devices = (const char *const[]){ "SN1" }, .device_count = 1 };
	struct plan_change change = CHANGE;
	int64_t count;

	(void)state;
	rolls(&change);
	assert_int_equal(says("SN1", notice("SN1"), "{\"answer\":\"reject\",\"reason\":\"user\"}"), 200);
	assert_int_equal(tally(EXEC_REJECTED), 1);
	f.session.now += 86400;
	fixture_tick(&f);
	offered("SN1", false);
	reasoned("the user has changed his mind");
	fixture_good(&f, executions_retry(&f.session, &choice, &count, &f.err));
	offered("SN1", true);
}

static void
q_26_the_firmware_is_told_with_its_digests(void **state)
{
	static const char *const keys[] = { "\"execution\":\"", "\"identity\":\"STM32\"", "\"version\":\"1_0_1\"",
		"\"fileMd5\":\"", "\"fileCrc\":\"", "\"fileSha256\":\"", "\"fileUrl\":\"http", "\"fileSize\":5000",
		"\"fileName\":\"firmware.bin\"" };
	struct plan_change change = CHANGE;
	const struct answer *a;

	(void)state;
	rolls(&change);
	accepts("SN1");
	a = quec("GET", "SN1", "info", NULL);
	for (size_t i = 0; i < COUNT(keys); i++)
		assert_non_null(strstr(a->body, keys[i]));
}

/* What is stored of the only component of SN1's newest attempt. */
static struct trace_row
component(void)
{
	struct trace trace;

	fixture_good(&f, trace_device(&f.session, "SN1", 10, &trace, &f.err));
	assert_true(trace.row_count > 0);
	return trace.rows[0];
}

static int64_t
progress(void)
{
	struct execution_component *list;
	size_t count;

	fixture_good(&f, db_execution_component_all(
				 f.session.db, &f.session.arena, component().execution, &list, &count, &f.err));
	return list[0].progress;
}

static void
q_27_progress_is_told_each_tenth(void **state)
{
	struct plan_change change = CHANGE;

	(void)state;
	rolls(&change);
	accepts("SN1");
	for (int percent = 0; percent <= 100; percent += 10) {
		assert_int_equal(code("SN1", taken, 5, percent), 200);
		assert_int_equal(progress(), percent);
	}
}

static void
q_28_the_version_is_the_proof(void **state)
{
	struct plan_change change = CHANGE;

	(void)state;
	rolls(&change);
	accepts("SN1");
	assert_int_equal(code("SN1", taken, 11, 100), 200);
	assert_int_equal(tally(EXEC_SUCCEEDED), 0);
	versions("SN1", "1_0_1x");
	assert_int_equal(tally(EXEC_SUCCEEDED), 0);
	versions("SN1", "1_0_1");
	assert_int_equal(tally(EXEC_SUCCEEDED), 1);
}

static void
q_29_a_component_has_a_state(void **state)
{
	static const struct {
		int code;
		const char *state;
	} steps[] = { { 1, "accepted" }, { 4, "downloading" }, { 8, "downloaded" }, { 9, "installing" },
		{ 11, "verifying" } };
	struct plan_change change = CHANGE;

	(void)state;
	rolls(&change);
	offered("SN1", true);
	assert_string_equal(component().component_state, "offered");
	accepts("SN1");
	for (size_t i = 0; i < COUNT(steps); i++) {
		assert_int_equal(code("SN1", taken, steps[i].code, 0), 200);
		assert_string_equal(component().component_state, steps[i].state);
	}
	versions("SN1", "1_0_1");
	assert_string_equal(component().component_state, "succeeded");
}

static void
q_30_a_device_has_a_state(void **state)
{
	struct plan_change change = CHANGE;
	struct plan_status *status;

	(void)state;
	fixture_device(&f, "SN4", "1_0_1", NULL);	/* no update required */
	fixture_device(&f, "SN5", "1_0_0", NULL);
	rolls(&change);
	accepts("SN1");
	accepts("SN2");
	assert_int_equal(code("SN2", taken, 6, 0), 200);
	accepts("SN3");
	versions("SN3", "1_0_1");
	offered("SN4", false);
	status = fixture_status(&f, "spring");
	assert_int_equal(status->pending, 1);
	assert_int_equal(status->sums[EXEC_ACCEPTED], 1);
	assert_int_equal(status->sums[EXEC_FAILED], 1);
	assert_int_equal(status->sums[EXEC_SUCCEEDED], 1);
	assert_int_equal(status->sums[TALLY_ALREADY], 1);
}

static void
q_31_a_plan_is_counted_by_who_has_finished(void **state)
{
	struct plan_change change = CHANGE;
	struct plan_status *status;

	(void)state;
	rolls(&change);
	accepts("SN1");
	versions("SN1", "1_0_1");
	accepts("SN2");
	status = fixture_status(&f, "spring");
	assert_int_equal(status->finished, 1);
	assert_int_equal(status->sums[EXEC_SUCCEEDED] * 100 / status->finished, 100);
}

static void
q_32_a_device_has_a_history(void **state)
{
	struct plan_change change = CHANGE;
	struct trace trace;

	(void)state;
	rolls(&change);
	accepts("SN1");
	versions("SN1", "1_0_1");
	fixture_good(&f, trace_device(&f.session, "SN1", 10, &trace, &f.err));
	assert_int_equal(trace.row_count, 1);
	assert_string_equal(trace.rows[0].plan, "spring");
	assert_string_equal(trace.rows[0].source, "1_0_0");
	assert_string_equal(trace.rows[0].target, "1_0_1");
	assert_string_equal(trace.rows[0].state, "succeeded");
	assert_string_equal(pairs_find(&f.session.arena, trace.device.components, "STM32"), "1_0_1");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(q_1_a_package_has_one_name_for_good),
		TEST(q_2_a_package_belongs_to_a_product),
		TEST(q_3_a_component_is_what_the_device_calls_it),
		TEST(q_4_packages_are_full_or_delta),
		TEST(q_5_versions_have_letters_digits_and_three_signs),
		TEST(q_6_a_package_has_one_to_five_files),
		TEST(q_7_files_have_one_of_these_extensions),
		TEST(q_8_remarks_have_200_bytes),
		TEST(q_9_a_package_is_verified_on_one_device),
		TEST(q_10_only_an_unused_package_is_removed),
		TEST(q_11_a_plan_has_one_name_and_stays_as_it_was_activated),
		TEST(q_12_a_plan_keeps_its_product),
		TEST(q_13_the_blacklist_wins),
		TEST(q_14_a_plan_has_a_time_zone),
		TEST(q_15_a_plan_has_a_start_and_an_end),
		TEST(q_16_a_push_period_is_optional),
		TEST(q_17_a_plan_is_silent_or_manual),
		TEST(q_18_a_strategy_is_the_default_or_ones_own),
		TEST(q_19_a_component_is_once_in_a_plan),
		TEST(q_20_a_manual_plan_has_both_texts),
		TEST(q_21_a_plan_goes_from_draft_to_its_end),
		TEST(q_22_who_is_under_way_goes_on_in_a_suspended_plan),
		TEST(q_23_what_failed_is_tried_again_from_its_source_version),
		TEST(q_24_a_device_asks_every_ten_minutes),
		TEST(q_25_a_refusal_is_recorded_and_not_asked_again),
		TEST(q_26_the_firmware_is_told_with_its_digests),
		TEST(q_27_progress_is_told_each_tenth),
		TEST(q_28_the_version_is_the_proof),
		TEST(q_29_a_component_has_a_state),
		TEST(q_30_a_device_has_a_state),
		TEST(q_31_a_plan_is_counted_by_who_has_finished),
		TEST(q_32_a_device_has_a_history),
	};

	return cmocka_run_group_tests_name("quecthing_rules", tests, NULL, NULL);
}
