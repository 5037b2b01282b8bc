/* The device door in-process: the whole native protocol, and everything a device may get wrong. */
#include "plans/packages/find.h"
#include "plans/packages/state.h"
#include "plans/packages/trust.h"
#include "plans/fleet/group.h"
#include "plans/orders/edit.h"
#include "plans/orders/activate.h"
#include "plans/orders/lifecycle.h"
#include "plans/orders/resume.h"
#include "tests/test.h"

#include "tests/fixture.h"

#include "plans/keep/backup.h"
#include "plans/packages/distrust.h"
#include "plans/fleet/gateway.h"

#include "core/str.h"

#include <malloc.h>
#include <unistd.h>

static struct fixture f;

#define TOKEN(n) "token-of-" n "-padded"

static int
setup(void **state)
{
	static const char *const sets[] = { "stages=100%", "first_device_alone=off", "soak=0", "watch=1d",
		"retry_max=1", "retry_interval=600", NULL };

	(void)state;
	fixture_begin(&f);
	fixture_package(&f, "1_0_0", NULL, 3000);
	fixture_package(&f, "1_0_1", NULL, 4000);
	fixture_package(&f, "1_0_1", "1_0_0", 400);
	fixture_device(&f, "SN1", "1_0_0", "lab");
	fixture_device(&f, "SN2", "0_9_9", NULL);
	fixture_device(&f, "SN3", "1_0_0", NULL);
	fixture_plan(&f, "spring", "1_0_1", sets);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fixture_end(&f);
	return 0;
}

static const struct answer *
poll(const char *device, const char *query)
{
	return fixture_poll(&f, device, query);
}

static const struct answer *
report(const char *device, const char *execution, const char *body)
{
	return fixture_report(&f, device, execution, body);
}

static struct plan_status *
status(void)
{
	return fixture_status(&f, "spring");
}

static void
tick(void)
{
	fixture_tick(&f);
}

static void
a_device_is_updated_in_two_steps(void **state)
{
	const struct answer *a = poll("SN1", "STM32=1_0_0&battery=90");
	char execution[16], url[300];

	(void)state;
	assert_int_equal(a->status, 200);
	assert_string_equal(answer_text(a, "state"), "offered");
	assert_string_equal(answer_text(a, "kind"), "delta");
	assert_null(strstr(a->body, "\"files\""));
	snprintf(execution, sizeof execution, "%s", answer_text(a, "execution"));
	assert_string_equal(execution, "11");
	/* The same execution again, not another one. */
	assert_string_equal(answer_text(poll("SN1", "STM32=1_0_0"), "execution"), "11");

	a = report("SN1", execution, "{\"state\":\"accepted\"}");
	assert_int_equal(a->status, 200);
	snprintf(url, sizeof url, "%s", answer_text(a, "url") + strlen("http://door/ota"));
	assert_true(strlen(answer_text(a, "url")) <= 255);
	a = fixture_request(&f, "GET", url, NULL, NULL);
	assert_int_equal(a->status, 200);
	assert_int_equal(a->length, 400);

	assert_int_equal(report("SN1", execution, "{\"state\":\"downloading\",\"progress\":40}")->status, 200);
	assert_int_equal(report("SN1", execution, "{\"state\":\"installing\"}")->status, 200);
	/* A device's own word is no proof. */
	assert_string_equal(answer_text(report("SN1", execution, "{\"state\":\"succeeded\"}"), "state"), "verifying");
	assert_int_equal(status()->sums[EXEC_SUCCEEDED], 0);
	assert_int_equal(poll("SN1", "STM32=1_0_1")->status, 204);
	assert_int_equal(status()->sums[EXEC_SUCCEEDED], 1);
	assert_int_equal(status()->pulse.pulse.in_progress, 0);
	/* The next contact marks it survived. */
	f.session.now += 10;
	poll("SN1", "STM32=1_0_1");
	assert_int_equal(status()->sums[TALLY_SURVIVED], 1);
}

static void
accept_1_takes_one_step(void **state)
{
	const struct answer *a = poll("SN2", "STM32=0_9_9&accept=1");

	(void)state;
	assert_int_equal(a->status, 200);
	assert_string_equal(answer_text(a, "state"), "accepted");
	assert_string_equal(answer_text(a, "kind"), "full");	/* no delta fits */
	assert_non_null(strstr(a->body, "\"files\":[{"));
	assert_int_equal(status()->pulse.pulse.in_progress, 1);
}

static void
versions_alone_prove_success(void **state)
{
	(void)state;
	poll("SN1", "STM32=1_0_0&accept=1");
	assert_int_equal(fixture_request(&f, "POST", "/v1/SN1/versions", TOKEN("SN1"), "{\"STM32\":\"1_0_1\"}")->status,
		200);
	assert_int_equal(status()->sums[EXEC_SUCCEEDED], 1);
}

static void
a_poll_that_changes_nothing_writes_nothing(void **state)
{
	struct fleet before, after;
	struct err err = ERR_NONE;
	struct device d;
	bool found;

	(void)state;
	poll("SN1", "STM32=1_0_1");
	assert_int_equal(db_fleet_get(f.session.db, &before, &err), ERR_OK);
	f.session.now += 60;
	assert_string_equal(answer_text(poll("SN1", "STM32=1_0_1&wait=0"), "verdict"), "already_at_target");
	assert_int_equal(db_fleet_get(f.session.db, &after, &err), ERR_OK);
	assert_int_equal(db_device_find(f.session.db, &f.session.arena, "SN1", &d, &found, &err), ERR_OK);
	assert_int_equal(d.last_seen, FIXTURE_NOW);
	assert_int_equal(before.next_execution, after.next_execution);
	f.session.now += 3600;
	poll("SN1", "STM32=1_0_1");
	assert_int_equal(db_device_find(f.session.db, &f.session.arena, "SN1", &d, &found, &err), ERR_OK);
	assert_int_equal(d.last_seen, f.session.now);
}

static void
unknown_and_wrong_answer_alike(void **state)
{
	char unknown[64];
	const struct answer *a = fixture_request(&f, "GET", "/v1/SN999/plan", TOKEN("SN1"), NULL);

	(void)state;
	assert_int_equal(a->status, 401);
	str_copy(unknown, sizeof unknown, a->body);
	a = fixture_request(&f, "GET", "/v1/SN1/plan", "wrong", NULL);
	assert_int_equal(a->status, 401);
	assert_string_equal(a->body, unknown);
	assert_int_equal(fixture_request(&f, "GET", "/v1/SN1/plan", NULL, NULL)->status, 401);
	assert_int_equal(fixture_request(&f, "GET", "/v1/SN1/plan?token=" TOKEN("SN1"), NULL, NULL)->status, 200);
}

/* For an unknown device another one is read in its place: neither its token nor its product's freedom lets in. */
static void
nobody_comes_in_for_the_device_read_instead(void **state)
{
	static const char *const names[] = { "SN0", "SN10", "SN1x", "A", "zzz", "SN" };
	static const char *const tokens[] = { TOKEN("SN1"), TOKEN("SN2"), TOKEN("SN3"), NULL };
	struct product_change change = { .auth = "none", .signatures = -1, .max_files = -1, .max_file_mb = -1 };
	char token[TOKEN_TEXT], target[64];

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (size_t n = 0; n < COUNT(names); n++)
			for (size_t t = 0; t < COUNT(tokens); t++) {
				snprintf(target, sizeof target, "/v1/%s/plan", names[n]);
				assert_int_equal(fixture_request(&f, "GET", target, tokens[t], NULL)->status, 401);
			}
		assert_int_equal(product_change(&f.session, "aroma", &change, token, &f.err), ERR_OK);
	}
}

static void
a_verified_certificate_stands_for_a_token(void **state)
{
	static const char *const good[] = { "OTA_TLS_VERIFY=SUCCESS", "OTA_TLS_DN=CN=SN1,O=x", NULL };
	static const char *const other[] = { "OTA_TLS_VERIFY=SUCCESS", "OTA_TLS_DN=CN=SN2,O=x", NULL };
	static const char *const failed[] = { "OTA_TLS_VERIFY=FAILED", "OTA_TLS_DN=CN=SN1,O=x", NULL };

	(void)state;
	assert_int_equal(fixture_request_with(&f, "GET", "/v1/SN1/plan", NULL, NULL, good)->status, 200);
	assert_int_equal(fixture_request_with(&f, "GET", "/v1/SN1/plan", NULL, NULL, other)->status, 401);
	assert_int_equal(fixture_request_with(&f, "GET", "/v1/SN1/plan", NULL, NULL, failed)->status, 401);
}

static void
malformed_requests_get_400_and_change_nothing(void **state)
{
	static const char *const bodies[] = { "", "{", "[]", "{}x", "{\"state\":\"accepted\",\"state\":\"failed\"}",
		"{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":{\"g\":{\"h\":1}}}}}}}}", "{\"state\":\"flying\"}",
		"{\"state\":7}", "{\"state\":\"failed\",\"progress\":101}", "{\"state\":\"failed\",\"seq\":-1}",
		"{\"state\":\"failed\",\"st\\u0061te\":\"canceled\"}", "{\"state\":\"rejected\",\"reason\":\"mood\"}",
		"{\"state\":\"failed\",\"message\":\"a\\u0001b\"}", "{\"state\":\"failed\",\"message\":\"\x01\"}",
		"{'state':'failed'}", "{\"state\":\"failed\",}", "\"x\"", "null" };

	(void)state;
	poll("SN1", "STM32=1_0_0&accept=1");
	for (size_t i = 0; i < COUNT(bodies); i++) {
		const struct answer *a = report("SN1", "11", bodies[i]);

		if (a->status != 400)
			fail_msg("%s: %d", bodies[i], a->status);
		assert_non_null(strstr(a->body, "{\"error\":\""));
	}
	assert_string_equal(answer_text(poll("SN1", "STM32=1_0_0"), "state"), "accepted");
	assert_int_equal(poll("SN1", "STM32=%zz")->status, 400);
	assert_int_equal(poll("SN1", "STM32=%00")->status, 400);
	assert_int_equal(poll("SN1", "STM32=%0a")->status, 400);
	assert_int_equal(poll("SN1", "battery=101")->status, 400);
	assert_int_equal(poll("SN1", "battery=full")->status, 400);
	assert_int_equal(fixture_request(&f, "GET", "/v1/SN 1/plan", TOKEN("SN1"), NULL)->status, 400);
	assert_int_equal(fixture_request(&f, "GET", "/v1/SN1\x01/plan", TOKEN("SN1"), NULL)->status, 400);
	assert_int_equal(fixture_request(&f, "GET", "", TOKEN("SN1"), NULL)->status, 404);
	assert_int_equal(fixture_request(&f, "GET", "/v1/SN1/x/plan", TOKEN("SN1"), NULL)->status, 404);
	assert_int_equal(fixture_request(&f, "DELETE", "/v1/SN1/plan", TOKEN("SN1"), NULL)->status, 405);
}

/* Whatever the answer was: the read snapshot of its request has ended, and the next one may write. */
static void
no_answer_leaves_a_snapshot_behind(void **state)
{
	static const struct {
		const char *method, *target, *body;
		int status;
	} requests[] = {
		{ "GET", "/healthz", NULL, 200 },
		{ "GET", "/v1/SN1/plan?STM32=0_9_8", NULL, 200 },
		{ "GET", "/v1/SN1/plan?STM32=1_0_1", NULL, 204 },
		{ "GET", "/v1/SN1/plan?battery=101", NULL, 400 },
		{ "GET", "/v1/SN%1/plan", NULL, 400 },
		{ "GET", "/v1/SN999/plan", NULL, 401 },
		{ "GET", "/f/abc", NULL, 404 },
		{ "GET", "/nothing", NULL, 404 },
		{ "DELETE", "/v1/SN1/plan", NULL, 405 },
		{ "POST", "/v1/SN1/plan", "{", 400 },
		{ "POST", "/v1/SN1/versions", "[]", 400 },
		{ "POST", "/v1/SN1/versions", "{}", 200 },
		{ "POST", "/v1/SN1/executions/x", "{\"state\":\"failed\"}", 404 },
		{ "POST", "/v1/SN1/executions/12", "{\"state\":\"failed\"}", 404 },
		{ "POST", "/v1/SN1/executions/11", "{\"state\":\"flying\"}", 400 },
		{ "POST", "/v1/SN1/executions/11", "{\"state\":\"failed\"}", 409 },
		{ "POST", "/v1/NEW1/enrol", "{}", 401 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(requests); i++) {
		const struct answer *a = fixture_request(
			&f, requests[i].method, requests[i].target, TOKEN("SN1"), requests[i].body);

		if (a->status != requests[i].status)
			fail_msg("%s: %d", requests[i].target, a->status);
		assert_false(f.session.reading || f.session.has_fleet);
		assert_int_equal(db_begin(f.session.db, &f.err), ERR_OK);
		db_rollback(f.session.db);
	}
}

static void
lying_lengths_are_refused(void **state)
{
	static const char *const longer[] = { "CONTENT_LENGTH=500", NULL };
	static const char *const huge[] = { "CONTENT_LENGTH=65537", NULL };
	static const char *const silly[] = { "CONTENT_LENGTH=1e3", NULL };
	static const char *const negative[] = { "CONTENT_LENGTH=-1", NULL };
	const char *body = "{\"STM32\":\"1_0_1\"}";

	(void)state;
	assert_int_equal(fixture_request_with(&f, "POST", "/v1/SN1/versions", TOKEN("SN1"), body, longer)->status, 400);
	assert_int_equal(fixture_request_with(&f, "POST", "/v1/SN1/versions", TOKEN("SN1"), body, huge)->status, 400);
	assert_int_equal(fixture_request_with(&f, "POST", "/v1/SN1/versions", TOKEN("SN1"), body, silly)->status, 400);
	assert_int_equal(fixture_request_with(&f, "POST", "/v1/SN1/versions", TOKEN("SN1"), body, negative)->status, 400);
}

static void
nobody_reports_for_another(void **state)
{
	(void)state;
	poll("SN1", "STM32=1_0_0&accept=1");
	assert_int_equal(report("SN2", "11", "{\"state\":\"failed\"}")->status, 404);
	assert_int_equal(report("SN1", "12", "{\"state\":\"failed\"}")->status, 404);
	assert_int_equal(report("SN1", "x", "{\"state\":\"failed\"}")->status, 404);
	assert_int_equal(report("SN1", "11", "{\"state\":\"failed\",\"identity\":\"other\"}")->status, 404);
	assert_string_equal(answer_text(poll("SN1", "STM32=1_0_0"), "state"), "accepted");
}

static void
repeated_and_late_reports_are_harmless(void **state)
{
	(void)state;
	poll("SN1", "STM32=1_0_0&accept=1");
	assert_int_equal(report("SN1", "11", "{\"state\":\"installing\",\"seq\":5}")->status, 200);
	assert_string_equal(answer_text(report("SN1", "11", "{\"state\":\"downloading\",\"seq\":4}"), "state"),
		"installing");
	assert_string_equal(answer_text(report("SN1", "11", "{\"state\":\"failed\",\"seq\":5}"), "state"),
		"installing");
	/* Power loss: the state stays. */
	assert_string_equal(answer_text(report("SN1", "11", "{\"state\":\"downloading\"}"), "state"), "installing");
	assert_int_equal(report("SN1", "11", "{\"state\":\"verifying\",\"expected_version\":1}")->status, 409);
	assert_int_equal(report("SN1", "11", "{\"state\":\"failed\",\"code\":-7}")->status, 200);
	assert_int_equal(report("SN1", "11", "{\"state\":\"installing\"}")->status, 409);
	assert_int_equal(report("SN3", "11", "{\"state\":\"accepted\"}")->status, 404);
}

static void
reports_before_acceptance_are_refused(void **state)
{
	(void)state;
	poll("SN1", "STM32=1_0_0");
	assert_int_equal(report("SN1", "11", "{\"state\":\"downloading\"}")->status, 409);
	/* Nobody accepts in the name of a component that is not in it. */
	assert_int_equal(report("SN1", "11", "{\"state\":\"accepted\",\"identity\":\"radio\"}")->status, 404);
	assert_string_equal(answer_text(poll("SN1", "STM32=1_0_0"), "state"), "offered");
	assert_int_equal(report("SN1", "11", "{\"state\":\"failed\"}")->status, 409);
	assert_string_equal(answer_text(poll("SN1", "STM32=1_0_0"), "state"), "offered");
}

static void
refusals_are_final_only_from_a_person(void **state)
{
	(void)state;
	poll("SN1", "STM32=1_0_0");
	assert_string_equal(answer_text(report("SN1", "11", "{\"state\":\"rejected\",\"reason\":\"battery\"}"), "state"),
		"canceled");
	assert_string_equal(answer_text(poll("SN1", "STM32=1_0_0&wait=0"), "verdict"), "retry_backoff");
	f.session.now += 601;
	assert_string_equal(answer_text(poll("SN1", "STM32=1_0_0"), "execution"), "12");
	report("SN1", "12", "{\"state\":\"rejected\",\"reason\":\"user\"}");
	f.session.now += 86400;
	tick();
	assert_string_equal(answer_text(poll("SN1", "STM32=1_0_0&wait=0"), "verdict"), "done_in_plan");
}

static void
failures_are_retried_with_the_full_package(void **state)
{
	const struct answer *a;

	(void)state;
	poll("SN1", "STM32=1_0_0&accept=1");
	report("SN1", "11", "{\"state\":\"failed\",\"code\":510}");
	assert_string_equal(answer_text(poll("SN1", "STM32=1_0_0&wait=0"), "verdict"), "retry_backoff");
	f.session.now += 601;
	a = poll("SN1", "STM32=1_0_0&accept=1");
	assert_string_equal(answer_text(a, "kind"), "full");
	assert_int_equal(status()->sums[TALLY_FELL_BACK], 1);
	report("SN1", "12", "{\"state\":\"failed\"}");
	f.session.now += 90000;
	tick();
	assert_string_equal(answer_text(poll("SN1", "STM32=1_0_0&wait=0"), "verdict"), "retries_exhausted");
}

static void
silence_is_failure_and_late_proof_repairs(void **state)
{
	(void)state;
	fixture_known(&f);
	poll("SN1", "STM32=1_0_0&accept=1");
	f.session.now += 3 * 3600 + 1;
	tick();
	assert_int_equal(status()->sums[EXEC_TIMED_OUT], 1);
	poll("SN1", "STM32=1_0_1");
	assert_int_equal(status()->sums[EXEC_TIMED_OUT], 0);
	assert_int_equal(status()->sums[EXEC_SUCCEEDED], 1);
	assert_int_equal(status()->sums[TALLY_LATE], 1);
}

static void
falling_back_is_a_regression(void **state)
{
	(void)state;
	poll("SN1", "STM32=1_0_0&accept=1");
	poll("SN1", "STM32=1_0_1");
	assert_int_equal(status()->sums[EXEC_SUCCEEDED], 1);
	f.session.now += 100;
	poll("SN1", "STM32=1_0_0");		/* once may be an accident */
	assert_int_equal(status()->sums[EXEC_REGRESSED], 0);
	f.session.now += 61;
	poll("SN1", "STM32=1_0_0");
	assert_int_equal(status()->sums[EXEC_REGRESSED], 1);
	assert_string_equal(answer_text(poll("SN1", "STM32=1_0_0&wait=0"), "verdict"), "done_in_plan");
}

static void
two_early_failures_trip_the_breaker_at_once(void **state)
{
	(void)state;
	poll("SN1", "STM32=1_0_0&accept=1");
	poll("SN3", "STM32=1_0_0&accept=1");
	report("SN1", "11", "{\"state\":\"failed\"}");
	report("SN3", "12", "{\"state\":\"failed\"}");
	/* No tick has run: the latch alone stops the next offer. */
	assert_string_equal(answer_text(poll("SN2", "STM32=0_9_9&wait=0"), "verdict"), "breaker_tripped");
	tick();
	assert_int_equal(status()->plan.state, PLAN_SUSPENDED);
	assert_int_equal(status()->plan.cause, CAUSE_BREAKER);
	/* A later success does not untrip it. */
	poll("SN1", "STM32=1_0_1");
	assert_string_equal(answer_text(poll("SN2", "STM32=0_9_9&wait=0"), "verdict"), "plan_not_active");
	f.session.reason = "seen";
	assert_int_equal(
		plan_resume(&f.session, "spring", false, &(struct resumption){ 0 }, &f.err), ERR_OK);
	f.session.now += 5;
	assert_int_equal(poll("SN2", "STM32=0_9_9")->status, 200);
}

static void
suspension_withdraws_offers_but_not_downloads(void **state)
{
	char url[300];

	(void)state;
	poll("SN3", "STM32=1_0_0");
	snprintf(url, sizeof url, "%s", answer_text(poll("SN1", "STM32=1_0_0&accept=1"), "url") + 15);
	assert_int_equal(plan_suspend(&f.session, "spring", &f.err), ERR_OK);
	assert_int_equal(status()->sums[EXEC_EXPIRED], 1);
	assert_int_equal(report("SN3", "11", "{\"state\":\"accepted\"}")->status, 409);
	assert_int_equal(fixture_request(&f, "GET", url, NULL, NULL)->status, 200);
	assert_string_equal(answer_text(poll("SN1", "STM32=1_0_0"), "state"), "accepted");
}

static void
bad_tickets_are_refused(void **state)
{
	struct package_name name = { "aroma/STM32", "1_0_1", NULL, false };
	const char *hold[] = { "SN1" };
	char url[300], altered[300];
	size_t changed;

	(void)state;
	snprintf(url, sizeof url, "%s", answer_text(poll("SN1", "STM32=1_0_0&accept=1"), "url") + 15);
	assert_int_equal(fixture_request(&f, "HEAD", url, NULL, NULL)->status, 200);
	for (size_t i = strlen("/f/"); url[i]; i++) {
		const struct answer *a;

		snprintf(altered, sizeof altered, "%s", url);
		altered[i] = altered[i] == 'a' ? 'b' : 'a';
		if (altered[i] == url[i] || strchr("?&=", url[i]))
			continue;
		a = fixture_request(&f, "GET", altered, NULL, NULL);
		assert_true(a->status == 403 || a->status == 404);
	}
	assert_int_equal(device_hold(&f.session, hold, 1, true, &f.err), ERR_OK);
	assert_int_equal(fixture_request(&f, "GET", url, NULL, NULL)->status, 403);
	/* The attempt has ended with that; the next one has addresses of its own. */
	assert_int_equal(device_hold(&f.session, hold, 1, false, &f.err), ERR_OK);
	assert_int_equal(fixture_request(&f, "GET", url, NULL, NULL)->status, 403);
	snprintf(url, sizeof url, "%s", answer_text(poll("SN1", "STM32=1_0_0&accept=1"), "url") + 15);
	assert_int_equal(fixture_request(&f, "GET", url, NULL, NULL)->status, 200);
	f.session.reason = "bad";
	assert_int_equal(package_revoke(&f.session, &name, &changed, &f.err), ERR_OK);
	assert_int_equal(fixture_request(&f, "GET", url, NULL, NULL)->status, 403);
	assert_int_equal(status()->plan.state, PLAN_SUSPENDED);
	f.session.now += 3601;
	assert_int_equal(fixture_request(&f, "GET", url, NULL, NULL)->status, 403);
}

/* A key is gone from one request to the next: no offer, no download, and its plans stand. */
static void
a_revoked_key_stops_the_next_poll(void **state)
{
	struct trust_row *keys;
	struct distrust result;
	char url[300];
	size_t count;

	(void)state;
	snprintf(url, sizeof url, "%s", answer_text(poll("SN1", "STM32=1_0_0&accept=1"), "url") + 15);
	assert_int_equal(fixture_request(&f, "GET", url, NULL, NULL)->status, 200);
	assert_int_equal(trust_list(&f.session, "aroma", &keys, &count, &f.err), ERR_OK);
	assert_int_equal(count, 1);
	f.session.reason = "the laptop was stolen";
	assert_int_equal(key_revoke_trust(&f.session, arena_copy(&f.session.arena, keys[0].key.name), NULL, &result,
		&f.err), ERR_OK);
	assert_true(result.quarantined > 0);
	assert_int_equal(fixture_request(&f, "GET", url, NULL, NULL)->status, 403);
	assert_int_equal(poll("SN3", "STM32=1_0_0")->status, 204);
	assert_int_equal(status()->plan.state, PLAN_SUSPENDED);
	assert_int_equal(status()->plan.cause, CAUSE_KEY);
}

/* Yesterday's copy in the place of the database offers nothing until somebody adopts it. */
static void
an_old_copy_offers_nothing(void **state)
{
	struct adoption adoption;
	char command[400], url[300];
	int64_t files;

	(void)state;
	snprintf(command, sizeof command, "%s/yesterday.db", f.folder);
	assert_int_equal(backup_make(&f.session, command, false, &files, &f.err), ERR_OK);
	snprintf(url, sizeof url, "%s", answer_text(poll("SN1", "STM32=1_0_0&accept=1"), "url") + 15);
	assert_int_equal(freeze(&f.session, "aroma", true, &f.err), ERR_OK);
	assert_int_equal(freeze(&f.session, "aroma", false, &f.err), ERR_OK);
	assert_int_equal(poll("SN3", "STM32=1_0_0&wait=0")->status, 200);
	fixture_close(&f);
	snprintf(command, sizeof command, "cp '%s/yesterday.db' '%s' && rm -f '%s-wal' '%s-shm'", f.folder, f.db, f.db,
		f.db);
	assert_int_equal(system(command), 0);
	assert_int_equal(session_open(&f.session, DB_WRITE, &f.err), ERR_OK);
	assert_string_equal(answer_text(poll("SN3", "STM32=1_0_0&wait=0"), "verdict"), "frozen");
	assert_int_equal(fixture_request(&f, "GET", url, NULL, NULL)->status, 403);
	assert_int_equal(freeze(&f.session, "aroma", true, &f.err), ERR_CONFLICT);
	f.err = ERR_NONE;
	f.session.reason = "disk failure";
	assert_int_equal(backup_adopt(&f.session, &adoption, &f.err), ERR_OK);
	assert_int_equal(adoption.suspended, 1);
	assert_string_equal(answer_text(poll("SN3", "STM32=1_0_0&wait=0"), "verdict"), "plan_not_active");
	assert_int_equal(
		plan_resume(&f.session, "spring", false, &(struct resumption){ 0 }, &f.err), ERR_OK);
	/* Execution ids never come back: the one that the copy does not know was given to SN1. */
	assert_true(atoll(answer_text(poll("SN1", "STM32=1_0_0"), "execution")) > 1000000);
}

/* Who reads the windows in each device's own zone asks for the zones known: the door may do so. */
static void
windows_open_in_the_devices_own_zone(void **state)
{
	static const char *const upgrade = "STM32=1_0_1", *const push = "19:00-21:00";
	const struct plan_change change = { .product = "aroma", .timezone = "UTC", .timezone_of = "device",
		.upgrade = { &upgrade, 1 }, .push = { &push, 1 }, .priority = 5, .continuous = -1,
		.allow_downgrade = -1, .require_all = -1, .strategy = "all-at-once" };
	struct activation activation;

	(void)state;
	/* At 10:00Z it is 19:00 in Tokyo and 11:00 in Berlin. */
	assert_int_equal(device_change(&f.session, "SN1", &(struct device_change){ .timezone = "Asia/Tokyo" },
		&f.err), ERR_OK);
	assert_int_equal(device_change(&f.session, "SN3",
		&(struct device_change){ .timezone = "Europe/Berlin" }, &f.err), ERR_OK);
	assert_int_equal(plan_terminate(&f.session, "spring", false, &f.err), ERR_OK);
	assert_int_equal(plan_create(&f.session, "zones", &change, &f.err), ERR_OK);
	assert_int_equal(plan_activate(&f.session, "zones", -1, &activation, &f.err), ERR_OK);
	assert_int_equal(poll("SN1", "STM32=1_0_0")->status, 200);
	assert_string_equal(answer_text(poll("SN3", "STM32=1_0_0&wait=0"), "verdict"), "outside_push_window");
}

static void
files_are_streamed_with_ranges(void **state)
{
	static const char *const middle[] = { "HTTP_RANGE=bytes=10-19", NULL };
	static const char *const tail[] = { "HTTP_RANGE=bytes=-5", NULL };
	static const char *const open_end[] = { "HTTP_RANGE=bytes=390-", NULL };
	static const char *const past[] = { "HTTP_RANGE=bytes=400-", NULL };
	static const char *const many[] = { "HTTP_RANGE=bytes=0-1,5-6", NULL };
	const struct answer *a;
	char url[300], whole[401];

	(void)state;
	snprintf(url, sizeof url, "%s", answer_text(poll("SN1", "STM32=1_0_0&accept=1"), "url") + 15);
	a = fixture_request(&f, "GET", url, NULL, NULL);
	memcpy(whole, a->body, 400);
	assert_non_null(strstr(a->headers, "Content-Length: 400\r\n"));
	assert_true(strlen(a->headers) < 512);
	a = fixture_request(&f, "HEAD", url, NULL, NULL);
	assert_int_equal(a->length, 0);
	assert_non_null(strstr(a->headers, "Content-Length: 400\r\n"));
	a = fixture_request_with(&f, "GET", url, NULL, NULL, middle);
	assert_int_equal(a->status, 206);
	assert_memory_equal(a->body, whole + 10, 10);
	assert_non_null(strstr(a->headers, "Content-Range: bytes 10-19/400\r\n"));
	a = fixture_request_with(&f, "GET", url, NULL, NULL, tail);
	assert_memory_equal(a->body, whole + 395, 5);
	assert_int_equal(fixture_request_with(&f, "GET", url, NULL, NULL, open_end)->length, 10);
	assert_int_equal(fixture_request_with(&f, "GET", url, NULL, NULL, past)->status, 416);
	assert_int_equal(fixture_request_with(&f, "GET", url, NULL, NULL, many)->status, 200);
}

/*
 * Whatever is no single range that can be served is answered with the whole file, never with a part
 * under status 200: several ranges, reversed and malformed ones, and a range of another file.
 */
static void
what_is_no_range_gets_the_whole_file(void **state)
{
	static const char *const ranges[] = { "bytes=5-10,20-30", "bytes=5-3", "bytes=450-1",
		"bytes=7-x", "bytes=7-9x", "bytes=-x", "bytes=-", "bytes=x-9", "bytes=7", "bytes= 7-9",
		"bytes=99999999999999999999-", "bytes=0-1,5-6", "lines=7-9", "bytes=-0" };
	static const char *const other_file[] = { "HTTP_RANGE=bytes=7-9", "HTTP_IF_RANGE=\"other\"", NULL };
	static const char *const other_day[] = { "HTTP_RANGE=bytes=7-9",
		"HTTP_IF_RANGE=Wed, 21 Oct 2026 07:28:00 GMT", NULL };
	char url[300], variable[80], tag[128], whole[401];
	const char *const this_file[] = { "HTTP_RANGE=bytes=7-9", tag, NULL };
	const char *sent[] = { variable, NULL };
	const struct answer *a;

	(void)state;
	snprintf(url, sizeof url, "%s", answer_text(poll("SN1", "STM32=1_0_0&accept=1"), "url") + 15);
	a = fixture_request(&f, "GET", url, NULL, NULL);
	memcpy(whole, a->body, 400);
	assert_int_equal(sscanf(strstr(a->headers, "ETag: "), "ETag: %80[^\r]", variable), 1);
	snprintf(tag, sizeof tag, "HTTP_IF_RANGE=%s", variable);
	for (size_t i = 0; i < COUNT(ranges); i++) {
		snprintf(variable, sizeof variable, "HTTP_RANGE=%s", ranges[i]);
		a = fixture_request_with(&f, "GET", url, NULL, NULL, sent);
		if (a->status != 200 || a->length != 400 || memcmp(a->body, whole, 400) != 0 ||
			!strstr(a->headers, "Content-Length: 400\r\n"))
			fail_msg("%s: %d, %zu bytes", ranges[i], a->status, a->length);
	}
	assert_int_equal(fixture_request_with(&f, "GET", url, NULL, NULL, other_file)->length, 400);
	assert_int_equal(fixture_request_with(&f, "GET", url, NULL, NULL, other_day)->length, 400);
	a = fixture_request_with(&f, "GET", url, NULL, NULL, this_file);
	assert_int_equal(a->status, 206);
	assert_memory_equal(a->body, whole + 7, 3);
}

/* The scheme is a word of HTTP: its case does not matter, nor how many blanks follow it. */
static void
the_scheme_of_a_token_may_be_spelt_otherwise(void **state)
{
	static const char *const good[] = { "Bearer ", "bearer ", "BEARER ", "Bearer   ", "bearer\t" };
	static const char *const wrong[] = { "Bearer", "Bear ", "Basic ", "", "Bearer-" };
	char variable[128];
	const char *sent[] = { variable, NULL };

	(void)state;
	for (size_t i = 0; i < COUNT(good) + COUNT(wrong); i++) {
		bool is_good = i < COUNT(good);
		const char *scheme = is_good ? good[i] : wrong[i - COUNT(good)];
		int status;

		snprintf(variable, sizeof variable, "HTTP_AUTHORIZATION=%s%s", scheme, TOKEN("SN1"));
		status = fixture_request_with(&f, "GET", "/v1/SN1/plan?STM32=1_0_0", NULL, NULL, sent)->status;
		if (status != (is_good ? 200 : 401))
			fail_msg("'%s': %d", scheme, status);
	}
}

static void
a_lost_file_is_never_offered(void **state)
{
	char command[160], url[300];

	(void)state;
	snprintf(url, sizeof url, "%s", answer_text(poll("SN1", "STM32=1_0_0&accept=1"), "url") + 15);
	snprintf(command, sizeof command, "rm -f '%s'/lib/artifacts/*", f.folder);
	assert_int_equal(system(command), 0);
	assert_int_equal(fixture_request(&f, "GET", url, NULL, NULL)->status, 404);
	assert_string_equal(answer_text(poll("SN3", "STM32=1_0_0&wait=0"), "verdict"), "file_missing");
}

static void
manifest_and_signatures_are_served(void **state)
{
	const struct answer *a = poll("SN1", "STM32=1_0_0");
	char manifest[200], signature[260];

	(void)state;
	snprintf(manifest, sizeof manifest, "%s", answer_text(a, "manifest") + 15);
	a = fixture_request(&f, "GET", manifest, NULL, NULL);
	assert_int_equal(a->status, 200);
	assert_non_null(strstr(a->body, "\nkind: delta\n"));
	snprintf(signature, sizeof signature, "%s.minisig", manifest);
	assert_true(str_starts(fixture_request(&f, "GET", signature, NULL, NULL)->body, "untrusted comment: "));
	snprintf(signature, sizeof signature, "%s.0000000000000000.minisig", manifest);
	assert_int_equal(fixture_request(&f, "GET", signature, NULL, NULL)->status, 404);
	assert_int_equal(fixture_request(&f, "GET", "/m/xyz", NULL, NULL)->status, 404);
	assert_int_equal(fixture_request(&f, "GET", "/healthz", NULL, NULL)->status, 200);
}

static void
devices_enrol_with_the_products_token(void **state)
{
	struct product_change change = { .unknown_devices = "enrol", .enrolment_token = true, .signatures = -1,
		.max_files = -1, .max_file_mb = -1 };
	char token[TOKEN_TEXT], own[64];
	const struct answer *a;

	(void)state;
	assert_int_equal(product_change(&f.session, "aroma", &change, token, &f.err), ERR_OK);
	assert_int_equal(fixture_request(&f, "POST", "/v1/NEW1/enrol", "wrong", "{}")->status, 401);
	a = fixture_request(&f, "POST", "/v1/NEW1/enrol", token, "{\"components\":{\"STM32\":\"1_0_0\"}}");
	assert_int_equal(a->status, 201);
	snprintf(own, sizeof own, "%s", answer_text(a, "token"));
	/* Enrolled after activation: the plan is a snapshot. */
	assert_string_equal(answer_text(fixture_request(&f, "GET", "/v1/NEW1/plan?wait=0", own, NULL), "verdict"),
		"not_whitelisted");
	/* Nobody takes the place of a device that is there. */
	assert_int_equal(fixture_request(&f, "POST", "/v1/SN1/enrol", token, "{}")->status, 409);
	change = (struct product_change){ .unknown_devices = "refuse", .signatures = -1, .max_files = -1,
		.max_file_mb = -1 };
	assert_int_equal(product_change(&f.session, "aroma", &change, token, &f.err), ERR_OK);
	assert_int_equal(fixture_request(&f, "POST", "/v1/NEW2/enrol", token, "{}")->status, 401);
}

static void
enrolment_tokens_count_and_end(void **state)
{
	struct product_change change = { .unknown_devices = "enrol", .enrolment_token = true, .signatures = -1,
		.max_files = -1, .max_file_mb = -1, .enrolment_uses = 2, .enrolment_until_at = f.session.now + 100 };
	char token[TOKEN_TEXT];

	(void)state;
	assert_int_equal(product_change(&f.session, "aroma", &change, token, &f.err), ERR_OK);
	assert_int_equal(fixture_request(&f, "POST", "/v1/CNT1/enrol", token, "{}")->status, 201);
	/* A refusal uses nothing up. */
	assert_int_equal(fixture_request(&f, "POST", "/v1/CNT1/enrol", token, "{}")->status, 409);
	assert_int_equal(fixture_request(&f, "POST", "/v1/CNT2/enrol", token, "{}")->status, 201);
	assert_int_equal(fixture_request(&f, "POST", "/v1/CNT3/enrol", token, "{}")->status, 401);
	assert_int_equal(product_change(&f.session, "aroma", &change, token, &f.err), ERR_OK);
	f.session.now += 100;
	assert_int_equal(fixture_request(&f, "POST", "/v1/CNT4/enrol", token, "{}")->status, 401);
	f.session.now -= 100;
	assert_int_equal(fixture_request(&f, "POST", "/v1/CNT4/enrol", token, "{}")->status, 201);
	change = (struct product_change){ .unknown_devices = "refuse", .signatures = -1, .max_files = -1,
		.max_file_mb = -1 };
	assert_int_equal(product_change(&f.session, "aroma", &change, token, &f.err), ERR_OK);
}

static void
gateways_act_within_their_scope(void **state)
{
	char product[TOKEN_TEXT], other[TOKEN_TEXT];

	(void)state;
	fixture_device(&f, "BEHIND1", "1_0_0", "hall");
	fixture_device(&f, "BEHIND2", "1_0_0", NULL);
	assert_int_equal(gateway_create(&f.session, &(struct gateway_new){ "all", "aroma", NULL, 0 }, product, &f.err),
		ERR_OK);
	assert_int_equal(gateway_create(&f.session, &(struct gateway_new){ "all", "aroma", NULL, 0 }, other, &f.err),
		ERR_CONFLICT);
	assert_int_equal(gateway_create(&f.session, &(struct gateway_new){ "x", "aroma", "hall", 0 }, other, &f.err),
		ERR_USAGE);
	assert_int_equal(fixture_request(&f, "GET", "/v1/BEHIND1/plan?wait=0", product, NULL)->status, 200);
	assert_int_equal(fixture_request(&f, "GET", "/v1/BEHIND2/plan?wait=0", product, NULL)->status, 200);
	assert_int_equal(fixture_request(&f, "GET", "/v1/SN999/plan?wait=0", product, NULL)->status, 401);
	assert_int_equal(gateway_drop(&f.session, "all", &f.err), ERR_OK);
	assert_int_equal(fixture_request(&f, "GET", "/v1/BEHIND2/plan?wait=0", product, NULL)->status, 401);
	assert_int_equal(gateway_drop(&f.session, "all", &f.err), ERR_NOT_FOUND);
}

static void
a_groups_gateway_ends_with_it(void **state)
{
	char token[TOKEN_TEXT];

	(void)state;
	fixture_device(&f, "BEHIND1", "1_0_0", "hall");
	fixture_device(&f, "BEHIND2", "1_0_0", NULL);
	assert_int_equal(gateway_create(&f.session,
		&(struct gateway_new){ "hall-8", NULL, "hall", f.session.now + 100 }, token, &f.err), ERR_OK);
	assert_int_equal(fixture_request(&f, "GET", "/v1/BEHIND1/plan?wait=0", token, NULL)->status, 200);
	assert_int_equal(fixture_request(&f, "GET", "/v1/BEHIND2/plan?wait=0", token, NULL)->status, 401);
	f.session.now += 100;
	assert_int_equal(fixture_request(&f, "GET", "/v1/BEHIND1/plan?wait=0", token, NULL)->status, 401);
	f.session.now -= 100;
	assert_int_equal(group_drop(&f.session, "hall", &f.err), ERR_OK);
	assert_int_equal(fixture_request(&f, "GET", "/v1/BEHIND1/plan?wait=0", token, NULL)->status, 401);
	assert_int_equal(gateway_drop(&f.session, "hall-8", &f.err), ERR_NOT_FOUND);
}

/* With --auth certificate a token is not enough, with none nothing is asked for. */
static void
the_products_auth_decides_what_counts(void **state)
{
	static const char *const good[] = { "OTA_TLS_VERIFY=SUCCESS", "OTA_TLS_DN=CN=SN1,O=x", NULL };
	struct product_change change = { .auth = "certificate", .signatures = -1, .max_files = -1, .max_file_mb = -1 };
	char token[TOKEN_TEXT];

	(void)state;
	assert_int_equal(product_change(&f.session, "aroma", &change, token, &f.err), ERR_OK);
	assert_int_equal(fixture_request(&f, "GET", "/v1/SN1/plan?wait=0", TOKEN("SN1"), NULL)->status, 401);
	assert_int_equal(fixture_request_with(&f, "GET", "/v1/SN1/plan?wait=0", NULL, NULL, good)->status, 200);
	change.auth = "none";
	assert_int_equal(product_change(&f.session, "aroma", &change, token, &f.err), ERR_OK);
	assert_int_equal(fixture_request(&f, "GET", "/v1/SN1/plan?wait=0", NULL, NULL)->status, 200);
	assert_int_equal(fixture_request(&f, "GET", "/v1/SN1/plan?wait=0", "wrong", NULL)->status, 200);
	assert_int_equal(fixture_request(&f, "GET", "/v1/SN999/plan?wait=0", NULL, NULL)->status, 401);
	change.auth = "token";
	assert_int_equal(product_change(&f.session, "aroma", &change, token, &f.err), ERR_OK);
	assert_int_equal(fixture_request(&f, "GET", "/v1/SN1/plan?wait=0", NULL, NULL)->status, 401);
}

static void
tokens_rotate_with_overlap(void **state)
{
	char token[TOKEN_TEXT];

	(void)state;
	assert_int_equal(device_rotate(&f.session, "SN1", 60, token, &f.err), ERR_OK);
	assert_int_equal(fixture_request(&f, "GET", "/v1/SN1/plan", TOKEN("SN1"), NULL)->status, 200);
	assert_int_equal(fixture_request(&f, "GET", "/v1/SN1/plan", token, NULL)->status, 200);
	f.session.now += 60;
	assert_int_equal(fixture_request(&f, "GET", "/v1/SN1/plan", TOKEN("SN1"), NULL)->status, 401);
	assert_int_equal(fixture_request(&f, "GET", "/v1/SN1/plan", token, NULL)->status, 200);
	assert_int_equal(device_rotate(&f.session, "SN1", 0, token, &f.err), ERR_OK);
}

static void
a_dead_cron_stops_offers(void **state)
{
	(void)state;
	f.session.now += 3601;
	assert_string_equal(answer_text(poll("SN1", "STM32=1_0_0&wait=0"), "verdict"), "tick_stale");
	tick();
	assert_int_equal(poll("SN1", "STM32=1_0_0")->status, 200);
}

/* Windows gate the offer of a manual plan, too; a person may accept outside of them. */
static void
a_manual_plan_is_offered_in_its_window(void **state)
{
	const char *const upgrade[] = { "STM32=1_0_1" }, *const push[] = { "10:30-13:00" };
	const char *const text[] = { "en=better", "zh=geng-hao" };
	struct plan_change change = { .product = "aroma", .timezone = "UTC", .mode = "manual",
		.upgrade = { upgrade, 1 }, .push = { push, 1 }, .text = { text, 2 }, .priority = 5,
		.strategy = "all-at-once", .continuous = -1, .allow_downgrade = -1, .require_all = -1 };
	struct activation activation;
	const struct answer *a;
	char id[16];

	(void)state;
	assert_int_equal(plan_suspend(&f.session, "spring", &f.err), ERR_OK);
	assert_int_equal(plan_create(&f.session, "asked", &change, &f.err), ERR_OK);
	assert_int_equal(plan_activate(&f.session, "asked", -1, &activation, &f.err), ERR_OK);
	assert_int_equal(activation.first_offer_at, FIXTURE_NOW + 1800);
	assert_string_equal(answer_text(poll("SN1", "STM32=1_0_0&wait=0"), "verdict"), "outside_push_window");
	f.session.now += 1800;
	/* accept=1 is for silent plans. */
	a = poll("SN1", "STM32=1_0_0&accept=1");
	assert_string_equal(answer_text(a, "state"), "offered");
	assert_string_equal(answer_text(a, "en"), "better");
	snprintf(id, sizeof id, "%s", answer_text(a, "execution"));
	f.session.now += 3 * 3600;
	tick();
	assert_string_equal(answer_text(report("SN1", id, "{\"state\":\"accepted\"}"), "state"), "accepted");
}

static void
the_poll_body_says_the_same_as_the_query(void **state)
{
	const struct answer *a = fixture_request(&f, "POST", "/v1/SN1/plan?wait=0", TOKEN("SN1"),
		"{\"components\":{\"STM32\":\"1_0_0\",\"foo\":\"9\"},\"battery\":12,\"charging\":false,"
		"\"signal\":-70,\"free\":1048576,\"slot\":\"user1\",\"attributes\":{\"hw\":\"B\"}}");
	struct err err = ERR_NONE;
	struct device d;
	bool found;

	(void)state;
	assert_string_equal(answer_text(a, "verdict"), "low_battery");
	assert_int_equal(db_device_find(f.session.db, &f.session.arena, "SN1", &d, &found, &err), ERR_OK);
	assert_string_equal(d.attributes, "hw=B\n");
	assert_string_equal(d.components, "STM32=1_0_0\n");
	assert_int_equal(d.metrics.battery, 12);
	assert_string_equal(d.metrics.slot, "user1");
}

/* A worker that is asked while there is no database asks again with every request, and keeps nothing of it. */
static void
a_missing_database_costs_no_memory(void **state)
{
	struct session session = { .cache_mb = 1 };
	char path[128];
	size_t before = 0;

	(void)state;
	snprintf(path, sizeof path, "%s/nowhere/fleet.db", f.folder);
	for (int i = 0; i < 1000; i++) {
		struct err err = ERR_NONE;

		assert_int_equal(session_open_at(&session, path, DB_DOOR, &err), ERR_NOT_FOUND);
		assert_null(session.path);
		if (i == 10)
			before = mallinfo2().uordblks;
	}
	assert_int_equal(mallinfo2().uordblks, before);
	assert_int_equal(session_open_at(&session, f.db, DB_DOOR, &f.err), ERR_OK);
	assert_string_equal(session.path, f.db);
	session_close(&session);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_device_is_updated_in_two_steps),
		TEST(accept_1_takes_one_step),
		TEST(versions_alone_prove_success),
		TEST(a_poll_that_changes_nothing_writes_nothing),
		TEST(unknown_and_wrong_answer_alike),
		TEST(nobody_comes_in_for_the_device_read_instead),
		TEST(a_verified_certificate_stands_for_a_token),
		TEST(malformed_requests_get_400_and_change_nothing),
		TEST(no_answer_leaves_a_snapshot_behind),
		TEST(lying_lengths_are_refused),
		TEST(nobody_reports_for_another),
		TEST(repeated_and_late_reports_are_harmless),
		TEST(reports_before_acceptance_are_refused),
		TEST(refusals_are_final_only_from_a_person),
		TEST(failures_are_retried_with_the_full_package),
		TEST(silence_is_failure_and_late_proof_repairs),
		TEST(falling_back_is_a_regression),
		TEST(two_early_failures_trip_the_breaker_at_once),
		TEST(suspension_withdraws_offers_but_not_downloads),
		TEST(bad_tickets_are_refused),
		TEST(a_revoked_key_stops_the_next_poll),
		TEST(an_old_copy_offers_nothing),
		TEST(windows_open_in_the_devices_own_zone),
		TEST(files_are_streamed_with_ranges),
		TEST(what_is_no_range_gets_the_whole_file),
		TEST(the_scheme_of_a_token_may_be_spelt_otherwise),
		TEST(a_lost_file_is_never_offered),
		TEST(manifest_and_signatures_are_served),
		TEST(devices_enrol_with_the_products_token),
		TEST(enrolment_tokens_count_and_end),
		TEST(gateways_act_within_their_scope),
		TEST(a_groups_gateway_ends_with_it),
		TEST(the_products_auth_decides_what_counts),
		TEST(tokens_rotate_with_overlap),
		TEST(a_dead_cron_stops_offers),
		TEST(a_manual_plan_is_offered_in_its_window),
		TEST(the_poll_body_says_the_same_as_the_query),
		TEST(a_missing_database_costs_no_memory),
	};

	return cmocka_run_group_tests_name("door", tests, NULL, NULL);
}
