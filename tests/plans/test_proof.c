/*
 * What a device's words prove: which sequences of reported versions end a success or an attempt,
 * and which do not; and how much of its words is kept.
 */
#include "tests/test.h"

#include "tests/fixture.h"

#include "core/str.h"
#include "db/execution.h"
#include "plans/orders/lifecycle.h"

enum { HOUR = 3600, DAY = 86400 };

static struct fixture f;
static int64_t attempt = 11; /* that is looked at */

static int
setup(void **state)
{
	(void)state;
	fixture_begin(&f);
	if (component_create(&f.session, "aroma", "radio",
		    &(struct component_change){ .type = "module", .slot_size = -1 }, &f.err))
		fail_msg("%s", f.err.what);
	fixture_package(&f, "0_9_0", NULL, 2900);
	fixture_package(&f, "1_0_0", NULL, 3000);
	fixture_package(&f, "1_0_1", NULL, 4000);
	fixture_package(&f, "1_0_2", NULL, 4100);
	fixture_package(&f, "radio/2_0", NULL, 500);
	fixture_device(&f, "SN1", "1_0_0", NULL);
	fixture_device(&f, "SN2", "1_0_0", NULL);
	f.session.now_given = true;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fixture_end(&f);
	return 0;
}

/* Two devices, one plan; the second device only keeps it going. */
static const char *const wide[] = { "stages=100%", "first_device_alone=off", "breaker=off", "max_unproven=off",
	"tick_max_age=off", "retry_interval=1s", NULL };
static const char *const narrow[] = { "stages=1,100%", "first_device_alone=off", "breaker=off",
	"max_unproven=off", "tick_max_age=off", "soak=4h", NULL };

/* What is done at a moment after the success, or after the acceptance. */
struct step {
	int64_t at;
	const char *says; /* a query; "> body": a report; "! order": what an operator does */
};

static void
order(const char *what)
{
	enum err_code code = ERR_OK;

	f.session.reason = "test"; /* a change takes it */
	if (!strcmp(what, "terminate"))
		code = plan_terminate(&f.session, "spring", false, &f.err);
	else if (!strcmp(what, "suspend"))
		code = plan_suspend(&f.session, "spring", &f.err);
	else if (!strcmp(what, "advance"))
		code = plan_advance(&f.session, "spring", &f.err);
	else
		fixture_plan(&f, what, "1_0_2", wide);
	if (code)
		fail_msg("%s: %s", f.err.what, f.err.why);
}

static void
take(const struct step *step, int64_t start)
{
	f.session.now = start + step->at;
	if (*step->says == '!')
		order(step->says + 2);
	else if (*step->says == '>')
		(void)fixture_report(&f, "SN1", "11", step->says + 2);
	else
		assert_true(fixture_poll(&f, "SN1", arena_printf(&f.session.arena, "wait=0&%s", step->says))
				    ->status < 300);
}

static void
play(const char *name, const struct step *steps, size_t count, const char *expected, const char *reason)
{
	int64_t start = f.session.now;
	const char *finding;
	struct execution e;

	for (size_t i = 0; i < count && steps[i].says; i++)
		take(&steps[i], start);
	assert_int_equal(db_execution_get(f.session.db, attempt, &e, &f.err), ERR_OK);
	if (strcmp(execution_state_words[e.state], expected) != 0 || (reason && strcmp(e.reason, reason) != 0))
		fail_msg("%s: %s, %s; not %s, %s", name, execution_state_words[e.state], e.reason, expected,
			reason ? reason : "");
	finding = fixture_finding(&f);
	if (finding)
		fail_msg("%s: %s", name, finding);
}

#define TARGET "STM32=1_0_1"
#define SOURCE "STM32=1_0_0"
#define FROM   "reports the version it came from"

static const struct {
	const char *name;
	bool narrow; /* the plan has stages to come */
	struct step steps[6];
	const char *state, *reason;
} watched[] = {
	{ "the source", false, { { 100, SOURCE }, { 160, SOURCE } }, "regressed", FROM },
	{ "a second too soon", false, { { 100, SOURCE }, { 159, SOURCE } }, "succeeded", "" },
	{ "a golden image", false, { { 100, "STM32=0_9_0" }, { 160, "STM32=0_9_0" } }, "regressed",
		"reports 0_9_0, not 1_0_1 any more" },
	{ "an unknown one", false, { { 100, "STM32=rescue" }, { 160, "STM32=rescue" } }, "regressed",
		"reports rescue, not 1_0_1 any more" },
	{ "by turns", false,
		{ { 100, "STM32=rescue" }, { 200, TARGET }, { 5000, TARGET }, { 9000, SOURCE } },
		"regressed", FROM },
	{ "once only", false, { { 100, SOURCE }, { 200, TARGET }, { 300, TARGET } }, "succeeded", "" },
	{ "blank", false, { { 100, "STM32=" }, { 160, "STM32=" } }, "regressed",
		"reports no version any more" },
	{ "blank thrice in a minute", false,
		{ { 100, "STM32=" }, { 130, "STM32=" }, { 160, "STM32=" } }, "regressed", NULL },
	{ "blank by turns", false, { { 100, "STM32=" }, { 200, TARGET }, { 300, "STM32=" } }, "succeeded",
		"" },
	{ "blank between others", false,
		{ { 100, SOURCE }, { 120, "STM32=" }, { 170, SOURCE } }, "regressed", FROM },
	{ "others between blank", false,
		{ { 100, "STM32=" }, { 150, SOURCE }, { 200, "STM32=" } }, "succeeded", "" },
	{ "blank, left out, blank", false,
		{ { 100, "STM32=" }, { 130, "battery=50" }, { 160, "STM32=" } }, "regressed", NULL },
	{ "left out", false, { { 100, SOURCE }, { 200, "battery=50" }, { 300, "radio=1" } }, "succeeded", "" },
	{ "left out from the first", false, { { 100, "battery=50" }, { 200, "battery=50" } }, "succeeded", "" },
	{ "a newer one", false, { { 100, "STM32=1_0_2" }, { 200, "STM32=1_0_2" } }, "succeeded", "" },
	{ "at the last moment", false, { { DAY - 61, SOURCE }, { DAY - 1, SOURCE } }, "regressed", FROM },
	{ "after the watch", false, { { DAY - 60, SOURCE }, { DAY, SOURCE } }, "succeeded", "" },
	{ "still widening", true, { { 9 * DAY, SOURCE }, { 9 * DAY + 60, SOURCE } }, "regressed", FROM },
	{ "widened", true, { { 2 * DAY, "! advance" }, { 3 * DAY - 61, SOURCE }, { 3 * DAY - 1, SOURCE } },
		"regressed", FROM },
	{ "widened long ago", true,
		{ { 2 * DAY, "! advance" }, { 3 * DAY, SOURCE }, { 3 * DAY + 60, SOURCE } }, "succeeded", "" },
	{ "suspended", false, { { 10, "! suspend" }, { 100, SOURCE }, { 160, SOURCE } }, "regressed", FROM },
	{ "ended", false, { { 10, "! terminate" }, { 100, SOURCE }, { 160, SOURCE } }, "regressed", FROM },
	{ "ended before it widened", true,
		{ { 5 * DAY, "! terminate" }, { 6 * DAY - 61, SOURCE }, { 6 * DAY - 1, SOURCE } },
		"regressed", FROM },
	{ "ended long ago", true,
		{ { 5 * DAY, "! terminate" }, { 6 * DAY, SOURCE }, { 6 * DAY + 60, SOURCE } }, "succeeded", "" },
	{ "another plan was taken", false,
		{ { 10, "! later" }, { 20, TARGET "&accept=1" }, { 100, SOURCE }, { 160, SOURCE } },
		"succeeded", "" },
	{ "another plan was offered", false,
		{ { 10, "! later" }, { 20, TARGET }, { 100, SOURCE }, { 160, SOURCE } }, "regressed", FROM },
};

static void
a_success_is_watched(void **state)
{
	for (size_t i = 0; i < COUNT(watched); i++) {
		if (i) {
			teardown(state);
			setup(state);
		}
		fixture_plan(&f, "spring", "1_0_1", watched[i].narrow ? narrow : wide);
		(void)fixture_poll(&f, "SN1", SOURCE "&accept=1");
		(void)fixture_poll(&f, "SN1", TARGET);
		play(watched[i].name, watched[i].steps, COUNT(watched[i].steps), watched[i].state,
			watched[i].reason);
	}
}

#define OTHER  "STM32=1_0_1b"
#define SAID   "> {\"state\":\"succeeded\"}"
#define FAILED "reports 1_0_1b after the install, not 1_0_1"

static const struct {
	const char *name;
	struct step steps[6];
	const char *state, *reason;
} verified[] = {
	{ "spelled otherwise", { { 0, SAID }, { 100, OTHER }, { 160, OTHER } }, "failed", FAILED },
	{ "a second too soon", { { 0, SAID }, { 100, OTHER }, { 159, OTHER } }, "verifying", "" },
	{ "the source", { { 0, SAID }, { 100, SOURCE }, { 160, SOURCE } }, "failed",
		"reports 1_0_0 after the install, not 1_0_1" },
	{ "a newer one", { { 0, SAID }, { 100, "STM32=1_0_2" }, { 160, "STM32=1_0_2" } }, "failed", NULL },
	{ "the source, then the target", { { 0, SAID }, { 100, SOURCE }, { 160, TARGET } }, "succeeded", "" },
	{ "too late for that", { { 0, SAID }, { 100, SOURCE }, { 160, SOURCE }, { 200, TARGET } }, "succeeded",
		"" },
	{ "blank names none", { { 0, SAID }, { 100, "STM32=" }, { 160, "STM32=" } }, "verifying", "" },
	{ "blank in between", { { 0, SAID }, { 100, OTHER }, { 130, "STM32=" }, { 160, OTHER } }, "failed",
		FAILED },
	{ "left out", { { 0, SAID }, { 100, OTHER }, { 160, "battery=50" } }, "verifying", "" },
	{ "still installing",
		{ { 0, "> {\"state\":\"installing\"}" }, { 100, OTHER }, { 160, OTHER } }, "installing", "" },
	{ "seen before it said so", { { 100, OTHER }, { 130, SAID }, { 160, OTHER } }, "verifying", "" },
	{ "seen before the success",
		{ { 0, SAID }, { 100, OTHER }, { 130, TARGET }, { 200, OTHER } }, "succeeded", "" },
};

static void
who_verifies_must_show_the_target(void **state)
{
	for (size_t i = 0; i < COUNT(verified); i++) {
		if (i) {
			teardown(state);
			setup(state);
		}
		fixture_plan(&f, "spring", "1_0_1", wide);
		(void)fixture_poll(&f, "SN1", SOURCE "&accept=1");
		play(verified[i].name, verified[i].steps, COUNT(verified[i].steps), verified[i].state,
			verified[i].reason);
	}
}

/* A device that restarts once for all its components shows no target before. */
static void
no_component_is_judged_while_another_is_loaded(void **state)
{
	static const struct step loading[] = {
		{ 0, "> {\"state\":\"verifying\",\"identity\":\"STM32\"}" },
		{ 100, SOURCE "&radio=1_0" }, { 200, SOURCE "&radio=1_0" },
	};
	static const struct step verifying[] = {
		{ 0, "> {\"state\":\"verifying\",\"identity\":\"radio\"}" },
		{ 100, OTHER "&radio=1_0" }, { 200, "radio=2_0" }, { 300, OTHER },
	};
	const struct answer *a;
	struct execution_component *list;
	size_t count;

	(void)state;
	(void)fixture_poll(&f, "SN1", SOURCE "&radio=1_0");
	fixture_plan(&f, "spring", "STM32=1_0_1 radio=2_0", wide);
	(void)fixture_poll(&f, "SN1", SOURCE "&radio=1_0&accept=1");
	play("loading", loading, COUNT(loading), "accepted", "");
	/* Who says it is done gets nothing more for that component. */
	a = fixture_poll(&f, "SN1", "battery=50");
	assert_non_null(strstr(a->body, "\"size\":500,\"md5\""));
	assert_null(strstr(a->body, "\"size\":4000,\"md5\""));
	play("verifying", verifying, COUNT(verifying), "failed", NULL);
	assert_int_equal(db_execution_component_all(f.session.db, &f.session.arena, 11, &list, &count, &f.err),
		ERR_OK);
	assert_int_equal(count, 2);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(list[i].state, strcmp(list[i].identity, "radio") ? EXEC_FAILED : EXEC_SUCCEEDED);
}

/* What is seen after a retry that brought only the radio, which had failed. */
static const struct {
	const char *name;
	struct step steps[4];
	const char *state, *reason;
} retried[] = {
	{ "well", { { 100, TARGET "&radio=2_0" }, { 200, TARGET "&radio=2_0" } }, "succeeded", "" },
	{ "the first falls back", { { 100, SOURCE "&radio=2_0" }, { 200, SOURCE "&radio=2_0" } }, "regressed", FROM },
	{ "to a golden image", { { 100, "STM32=0_9_0" }, { 200, "STM32=0_9_0" } }, "regressed",
		"reports 0_9_0, not 1_0_1 any more" },
	{ "to nothing", { { 100, "STM32=" }, { 200, "STM32=" } }, "regressed", "reports no version any more" },
	{ "to and fro", { { 100, SOURCE }, { 130, TARGET }, { 160, SOURCE } }, "regressed", FROM },
	{ "once", { { 100, SOURCE }, { 130, TARGET } }, "succeeded", "" },
	{ "newer", { { 100, "STM32=1_0_2" }, { 200, "STM32=1_0_2" } }, "succeeded", "" },
	{ "not told", { { 100, "radio=2_0" }, { 200, "radio=2_0" } }, "succeeded", "" },
	{ "the second falls back", { { 100, "radio=1_0" }, { 200, "radio=1_0" } }, "regressed", FROM },
	{ "ended", { { 10, "! terminate" }, { 100, SOURCE }, { 160, SOURCE } }, "regressed", FROM },
	{ "another plan was taken",
		{ { 10, "! later" }, { 20, TARGET "&accept=1" }, { 100, SOURCE }, { 160, SOURCE } }, "succeeded", "" },
};

static void
a_retry_answers_for_what_succeeded_before(void **state)
{
	for (size_t i = 0; i < COUNT(retried); i++) {
		if (i) {
			teardown(state);
			setup(state);
		}
		(void)fixture_poll(&f, "SN1", SOURCE "&radio=1_0");
		fixture_plan(&f, "spring", "STM32=1_0_1 radio=2_0", wide);
		(void)fixture_poll(&f, "SN1", SOURCE "&radio=1_0&accept=1");
		(void)fixture_report(&f, "SN1", "11", "{\"state\":\"failed\",\"identity\":\"radio\"}");
		(void)fixture_poll(&f, "SN1", TARGET "&radio=1_0");
		f.session.now += 2;
		(void)fixture_poll(&f, "SN1", TARGET "&radio=1_0&accept=1");
		(void)fixture_poll(&f, "SN1", TARGET "&radio=2_0");
		attempt = 12;
		play(retried[i].name, retried[i].steps, COUNT(retried[i].steps), retried[i].state,
			retried[i].reason);
		attempt = 11;
	}
}

/* --- files and clocks of the steps ---------------------------------------------------------------- */

static const struct {
	const char *said;
	bool files;
} handed_out[] = {
	{ "downloading", true },
	{ "downloaded", true },
	{ "installing", true },
	{ "verifying", false },
	{ "downloading", false }, /* nothing moves back */
	{ "failed", false },
};

static void
files_are_handed_out_up_to_installing(void **state)
{
	char url[256];

	(void)state;
	fixture_plan(&f, "spring", "1_0_1", wide);
	snprintf(url, sizeof url, "%s",
		strstr(answer_text(fixture_poll(&f, "SN1", SOURCE "&accept=1"), "url"), "/f/"));
	for (size_t i = 0; i < COUNT(handed_out); i++) {
		(void)fixture_report(&f, "SN1", "11",
			arena_printf(&f.session.arena, "{\"state\":\"%s\"}", handed_out[i].said));
		assert_int_equal(fixture_request(&f, "HEAD", url, NULL, NULL)->status,
			handed_out[i].files ? 200 : 403);
		assert_int_equal(!!strstr(fixture_poll(&f, "SN1", SOURCE)->body, "\"files\""),
			handed_out[i].files);
	}
}

static int64_t
deadline(const char *said)
{
	struct execution e;

	f.session.now += 300;
	(void)fixture_report(&f, "SN1", "11", said);
	assert_int_equal(db_execution_get(f.session.db, 11, &e, &f.err), ERR_OK);
	return e.deadline_at - f.session.now;
}

/* Who says the same, or what was before, has no more time for it. */
static void
only_a_power_loss_and_progress_restart_a_step(void **state)
{
	int64_t all;

	(void)state;
	fixture_plan(&f, "spring", "1_0_1", wide);
	(void)fixture_poll(&f, "SN1", SOURCE "&accept=1");
	all = deadline("{\"state\":\"installing\"}");
	assert_int_equal(deadline("{\"state\":\"installing\"}"), all - 300);
	assert_int_equal(deadline("{\"state\":\"downloaded\"}"), all - 600);
	assert_int_equal(deadline("{\"state\":\"downloading\"}"), all);
	assert_int_equal(deadline("{\"state\":\"installing\",\"progress\":10}"), all);
	assert_int_equal(deadline("{\"state\":\"installing\",\"progress\":10}"), all - 300);
	all = deadline("{\"state\":\"verifying\"}");
	assert_int_equal(deadline("{\"state\":\"verifying\"}"), all - 300);
	assert_int_equal(deadline("{\"state\":\"succeeded\"}"), all - 600);
	assert_int_equal(deadline("{\"state\":\"downloading\",\"progress\":50}"), all - 900);
	assert_int_equal(deadline("{\"state\":\"installing\",\"progress\":60}"), all - 1200);
	assert_int_equal(deadline("{\"state\":\"verifying\",\"progress\":5}"), all);
}

/* Who was asked to stop has the time that it was given, however it gets on. */
static void
progress_wins_no_time_before_a_stop(void **state)
{
	int64_t all;

	(void)state;
	fixture_known(&f);
	fixture_plan(&f, "spring", "1_0_1", wide);
	(void)fixture_poll(&f, "SN1", SOURCE "&accept=1");
	(void)deadline("{\"state\":\"downloading\",\"progress\":5}");
	f.session.reason = "test";
	assert_int_equal(plan_terminate(&f.session, "spring", true, &f.err), ERR_OK);
	all = deadline("{\"state\":\"downloading\",\"progress\":10}");
	assert_true(all > 0 && all <= 3600);
	assert_int_equal(deadline("{\"state\":\"downloading\",\"progress\":20}"), all - 300);
	assert_int_equal(deadline("{\"state\":\"downloaded\"}"), all - 600);
	assert_int_equal(deadline("{\"state\":\"downloading\"}"), all - 900);
}

/* --- the log ------------------------------------------------------------------------------------------ */

static struct event *
log_of(size_t *count)
{
	struct event *list;

	assert_int_equal(db_event_all(f.session.db, &f.session.arena, 11, &list, count, &f.err), ERR_OK);
	return list;
}

static void
begin_loading(void)
{
	fixture_plan(&f, "spring", "1_0_1", wide);
	(void)fixture_poll(&f, "SN1", SOURCE "&accept=1");
	(void)fixture_report(&f, "SN1", "11", "{\"state\":\"downloading\",\"progress\":50,\"message\":\"a\"}");
}

static const struct {
	const char *said;
	bool logged; /* else counted */
} again[] = {
	{ "{\"state\":\"downloading\",\"progress\":50,\"message\":\"a\"}", false },
	{ "{\"state\":\"downloading\",\"progress\":40,\"message\":\"a\"}", false },
	{ "{\"state\":\"downloading\",\"message\":\"a\"}", false },
	{ "{\"state\":\"downloading\",\"identity\":\"STM32\",\"message\":\"a\"}", false },
	{ "{\"state\":\"downloading\",\"progress\":51,\"message\":\"a\"}", true },
	{ "{\"state\":\"downloading\",\"progress\":50,\"message\":\"b\"}", true },
	{ "{\"state\":\"downloading\",\"progress\":50,\"code\":1,\"message\":\"b\"}", true },
	{ "{\"state\":\"installing\"}", true },
	{ "{\"state\":\"downloaded\"}", true },
	{ "{\"state\":\"downloaded\"}", false },
	{ "{\"state\":\"failed\",\"code\":3}", true },
	{ "{\"state\":\"failed\",\"code\":3}", true }, /* of no component: it has ended */
	{ "{\"state\":\"failed\",\"code\":3}", false },
	{ "{\"state\":\"succeeded\"}", true },
	{ "{\"state\":\"succeeded\"}", false },
};

static void
what_is_said_again_is_counted(void **state)
{
	size_t before, after;
	struct event *list;

	(void)state;
	begin_loading();
	(void)log_of(&before);
	for (size_t i = 0; i < COUNT(again); i++) {
		int64_t count;

		list = log_of(&before);
		count = list[before - 1].count;
		f.session.now += 10;
		(void)fixture_report(&f, "SN1", "11", again[i].said);
		list = log_of(&after);
		if (after != before + again[i].logged)
			fail_msg("%s: %zu entries, then %zu", again[i].said, before, after);
		assert_int_equal(list[after - 1].count, again[i].logged ? 1 : count + 1);
		assert_int_equal(list[after - 1].last_at, f.session.now);
	}
}

static void
a_log_keeps_its_beginning_and_its_end(void **state)
{
	struct event *list;
	size_t count;

	(void)state;
	begin_loading();
	for (int i = 0; i < 300; i++)
		(void)fixture_report(&f, "SN1", "11",
			arena_printf(&f.session.arena, "{\"state\":\"downloading\",\"message\":\"%d\"}", i));
	list = log_of(&count);
	assert_int_equal(count, 200);
	assert_string_equal(list[0].state, "offered");
	assert_string_equal(list[19].message, "16"); /* behind offered, accepted and the first report */
	assert_string_equal(list[20].message, "120");
	assert_string_equal(list[199].message, "299");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_success_is_watched, setup, teardown),
		cmocka_unit_test_setup_teardown(who_verifies_must_show_the_target, setup, teardown),
		cmocka_unit_test_setup_teardown(
			no_component_is_judged_while_another_is_loaded, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_retry_answers_for_what_succeeded_before, setup, teardown),
		cmocka_unit_test_setup_teardown(files_are_handed_out_up_to_installing, setup, teardown),
		cmocka_unit_test_setup_teardown(
			only_a_power_loss_and_progress_restart_a_step, setup, teardown),
		cmocka_unit_test_setup_teardown(progress_wins_no_time_before_a_stop, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_said_again_is_counted, setup, teardown),
		cmocka_unit_test_setup_teardown(a_log_keeps_its_beginning_and_its_end, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
