/*
 * Time zones: which names are zones, rules that change or cannot be read while plans run.  Each test
 * has a zone database of its own, of copied files under a tzdata.zi that lists them.
 */
#include "plans/base/zone.h"
#include "plans/fleet/import.h"
#include "plans/orders/activate.h"
#include "plans/orders/edit.h"
#include "plans/orders/lifecycle.h"
#include "plans/orders/values.h"
#include "plans/rollout/tick.h"
#include "plans/rollout/windows.h"
#include "tests/test.h"

#include "tests/fixture.h"

#include <sqlite3.h>
#include <sys/stat.h>

enum { HOUR = 3600, DAY = 86400 };
#define SYSTEM "/usr/share/zoneinfo"

static struct fixture f;

/* A command line in the folder of the zone database. */
static void
sh(const char *line)
{
	char script[600];

	snprintf(script, sizeof script, "cd '%s/tz' && %s", f.folder, line);
	assert_int_equal(system(script), 0);
}

/* ZONE has the rules of OTHER, a name of the system's database. */
static void
rules(const char *zone, const char *other)
{
	char line[400];

	snprintf(line, sizeof line, "mkdir -p $(dirname %s) && cp -L " SYSTEM "/%s new && mv new %s", zone, other, zone);
	sh(line);
}

static int
setup(void **state)
{
	char path[96];

	(void)state;
	unsetenv("TZDIR");
	fixture_begin(&f);
	fixture_package(&f, "1_0_0", NULL, 3000);
	fixture_package(&f, "1_0_1", NULL, 4000);
	snprintf(path, sizeof path, "%s/tz", f.folder);
	assert_int_equal(mkdir(path, 0755), 0);
	setenv("TZDIR", path, 1);
	sh("cp " SYSTEM "/tzdata.zi .");
	rules("Europe/Berlin", "Europe/Berlin");
	rules("Asia/Kolkata", "Asia/Kolkata");
	rules("Asia/Tokyo", "Asia/Tokyo");
	rules("UTC", "UTC");
	sh("ln -s Kolkata Asia/Calcutta");
	/* Files that a zone database holds beside its zones. */
	sh("cp UTC posixrules; mkdir right posix; cp UTC right/UTC; cp UTC posix/UTC; cp UTC Made");
	fixture_known(&f);
	f.session.now_given = true; /* the clock is the test's */
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fixture_end(&f);
	unsetenv("TZDIR");
	return 0;
}

/* --- which names are zones ---------------------------------------------------------------------- */

#define CHANGE(...) \
	{ .product = "aroma", .priority = INT64_MIN, .continuous = -1, .allow_downgrade = -1, .require_all = -1, __VA_ARGS__ }

static enum err_code
by_check(const char *zone)
{
	return zone_check(&f.session.arena, zone, &f.err);
}

/* Each thing has a name of its own. */
static const char *
fresh(void)
{
	static char name[16];
	static int number;

	snprintf(name, sizeof name, "n%d", number++);
	return name;
}

static enum err_code
plan_in(const char *name, const char *zone)
{
	const char *upgrade = "STM32=1_0_1";
	struct plan_change change = CHANGE(.timezone = zone, .upgrade = { &upgrade, 1 });

	return plan_create(&f.session, name, &change, &f.err);
}

static enum err_code
by_create(const char *zone)
{
	return plan_in(fresh(), zone);
}

static enum err_code
by_edit(const char *zone)
{
	struct plan_change change = CHANGE(.timezone = zone);

	return plan_edit(&f.session, "draft", &change, &f.err);
}

static enum err_code
by_device_add(const char *zone)
{
	struct device_new given = { .name = fresh(), .product = "aroma", .timezone = zone };

	return device_create(&f.session, &given, NULL, &f.err);
}

static enum err_code
by_device_set(const char *zone)
{
	struct device_change change = { .timezone = zone };

	return device_change(&f.session, "SN0", &change, &f.err);
}

/* The second of two lines: the zone before it is right. */
static enum err_code
by_import(const char *zone)
{
	char path[96];
	int64_t count;
	FILE *csv;

	snprintf(path, sizeof path, "%s/devices.csv", f.folder);
	csv = fopen(path, "w");
	assert_non_null(csv);
	fprintf(csv, "device,timezone\n%s,Europe/Berlin\n", fresh());
	fprintf(csv, "%s,%s\n", fresh(), zone);
	fclose(csv);
	return device_import(&f.session, path, "aroma", NULL, &count, &f.err);
}

static const struct {
	const char *what;
	enum err_code (*give)(const char *zone);
	enum err_code refused;
	bool empty_is_none;
} ways[] = {
	{ "zone_check", by_check, ERR_USAGE, false },
	{ "plan create", by_create, ERR_USAGE, false },
	{ "plan edit", by_edit, ERR_USAGE, false },
	{ "device add", by_device_add, ERR_USAGE, false },
	{ "device set", by_device_set, ERR_USAGE, false },
	{ "device import", by_import, ERR_INPUT, true },
};

static void
a_zone_is_a_name_of_the_list(void **state)
{
	static const char *const right[] = { "Europe/Berlin", "UTC", "Asia/Calcutta", "Asia/Kolkata" };
	static const char *const wrong[] = { "", "posixrules", "right/UTC", "posix/UTC", "tzdata.zi", "../../etc/passwd",
		"Europe/../UTC", "./UTC", "Europe", "Europe/", "/etc/localtime", SYSTEM "/UTC", "europe/berlin",
		"EUROPE/BERLIN", "utc", "Made", "Mars/Olympus", "UTC;", "UTC ", " UTC", ":UTC", "CET-1CEST", "R", "Z",
		"Europe/Berlin\nUTC", "Europe/BerlinEurope/BerlinEurope/BerlinEurope/Berlin" };

	(void)state;
	fixture_good(&f, plan_in("draft", "UTC"));
	fixture_device(&f, "SN0", "1_0_0", NULL);
	for (size_t w = 0; w < COUNT(ways); w++)
		for (size_t i = 0; i < COUNT(wrong) + COUNT(right); i++) {
			const char *zone = i < COUNT(wrong) ? wrong[i] : right[i - COUNT(wrong)];
			enum err_code wanted = i < COUNT(wrong) ? ways[w].refused : ERR_OK, code;

			if ((ways[w].empty_is_none && !*zone) || (ways[w].give == by_import && strchr(zone, '\n')))
				continue;
			code = ways[w].give(zone);
			if (code != wanted)
				fail_msg("%s '%s': %d %s: %s", ways[w].what, zone, code, f.err.what, f.err.why);
			if (code && !strstr(f.err.what, "there is no time zone") && !strstr(f.err.why, "there is no time zone"))
				fail_msg("%s '%s': %s: %s", ways[w].what, zone, f.err.what, f.err.why);
			f.err = (struct err){ .code = ERR_OK };
		}
}

/* What lies in the folder, or is written in the list, that would lead glibc elsewhere. */
static void
a_list_names_no_paths(void **state)
{
	static const char *const wrong[] = { "../UTC", "/etc/localtime", "UTC:", "a.b", "Zone" };

	(void)state;
	sh("printf 'Z ../UTC 0 - UTC\\nZ /etc/localtime 0 - U\\nL UTC UTC:\\nL UTC a.b\\nZ\\nL\\nL UTC\\nR Zone x\\n"
	   "Zone UTC 0 - UTC\\nLink UTC GMT\\n1 - x\\nL\\tUTC Made\\n# Z UTC' >tzdata.zi");
	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_int_equal(by_check(wrong[i]), ERR_USAGE);
	f.err = (struct err){ .code = ERR_OK };
	fixture_good(&f, by_check("UTC"));
	assert_int_equal(by_check("GMT"), ERR_IO); /* listed, and not installed */
}

/* A database that is not there, or not whole, is told from a name that is none. */
static void
a_database_that_cannot_be_read_says_what_to_install(void **state)
{
	static const char *const breaks[] = { "rm tzdata.zi", ": >tzdata.zi", "rm tzdata.zi && mkdir tzdata.zi",
		"printf 'Z \\000' >tzdata.zi", "rm Asia/Tokyo", ": >Asia/Tokyo", "rm Asia/Tokyo && mkdir Asia/Tokyo",
		"head -c 200 Asia/Tokyo >x && mv x Asia/Tokyo", "head -c 40 Asia/Tokyo >x && mv x Asia/Tokyo",
		"head -c -1 Asia/Tokyo >x && mv x Asia/Tokyo", "cp tzdata.zi Asia/Tokyo",
		"rm Asia/Tokyo && ln -s Tokyo Asia/Tokyo", "rm Asia/Tokyo && mkfifo Asia/Tokyo" };

	(void)state;
	fixture_good(&f, plan_in("draft", "UTC"));
	fixture_device(&f, "SN0", "1_0_0", NULL);
	for (size_t i = 0; i < COUNT(breaks); i++) {
		sh(breaks[i]);
		for (size_t w = 0; w < COUNT(ways); w++) {
			enum err_code code = ways[w].give("Asia/Tokyo");

			if (code != ERR_IO || !strstr(f.err.fix, "tzdata"))
				fail_msg("%s, %s: %d %s: %s", ways[w].what, breaks[i], code, f.err.what, f.err.why);
			f.err = (struct err){ .code = ERR_OK };
		}
		sh("rm -rf tzdata.zi Asia/Tokyo && cp " SYSTEM "/tzdata.zi .");
		rules("Asia/Tokyo", "Asia/Tokyo");
	}
}

/* A time that is read in a zone needs the zone. */
static void
times_are_not_read_in_utc_instead(void **state)
{
	int64_t at;

	(void)state;
	sh("rm Asia/Tokyo");
	assert_int_equal(zone_time(&f.session.arena, "2026-12-01 10:00", "Asia/Tokyo", &at, &f.err), ERR_IO);
	f.err = (struct err){ .code = ERR_OK };
	fixture_good(&f, zone_time(&f.session.arena, "2026-12-01T10:00:00Z", "Asia/Tokyo", &at, &f.err));
}

/* --- rules that change -------------------------------------------------------------------------- */

/* A plan with a push window; the clock of the test says 10:00 in UTC, 11:00 in Berlin. */
static void
plan(const char *zone, const char *window, bool of_device)
{
	const char *upgrade = "STM32=1_0_1", *sets[] = { "stages=100%", "first_device_alone=off", "fit_window=off" };
	struct plan_change change = CHANGE(.timezone = zone, .timezone_of = of_device ? "device" : NULL,
		.upgrade = { &upgrade, 1 }, .push = { &window, 1 }, .set = { sets, 3 });
	struct activation activation;

	fixture_good(&f, plan_create(&f.session, "spring", &change, &f.err));
	fixture_good(&f, plan_activate(&f.session, "spring", -1, &activation, &f.err));
}

/* What tick says; right behind it there is nothing to say. */
static const char *
tick(void)
{
	static char said[2048];
	struct tick_result result;

	said[0] = '\0';
	fixture_good(&f, tick_run(&f.session, &result, &f.err));
	for (size_t i = 0; i < result.line_count; i++)
		snprintf(said + strlen(said), sizeof said - strlen(said), "%s%s", i ? "\n" : "", result.lines[i]);
	fixture_good(&f, tick_run(&f.session, &result, &f.err));
	if (result.line_count)
		fail_msg("again: %s", result.lines[0]);
	return said;
}

/* "eligible", and it has accepted; or why not. */
static const char *
poll(const char *device)
{
	const struct answer *a = fixture_poll(&f, device, "accept=1&wait=0&STM32=1_0_0");

	return strstr(a->body, "\"files\":[") ? "eligible" : answer_text(a, "verdict");
}

static const char *
ask(const char *sql)
{
	static char ret[512];
	sqlite3_stmt *stmt;
	sqlite3 *raw;

	assert_int_equal(sqlite3_open(f.db, &raw), SQLITE_OK);
	if (sqlite3_prepare_v2(raw, sql, -1, &stmt, NULL))
		fail_msg("%s", sqlite3_errmsg(raw));
	ret[0] = '\0';
	while (sqlite3_step(stmt) == SQLITE_ROW)
		snprintf(ret + strlen(ret), sizeof ret - strlen(ret), "%s%s", *ret ? " " : "",
			(const char *)sqlite3_column_text(stmt, 0));
	sqlite3_finalize(stmt);
	sqlite3_close(raw);
	return ret;
}

static const struct blocked *
blocked(void)
{
	const struct plan_status *s = fixture_status(&f, "spring");

	for (size_t i = 0; i < s->blocked.count; i++)
		if (!strcmp(s->blocked.list[i].code, "zone_unreadable"))
			return &s->blocked.list[i];
	return NULL;
}

/* Within the old window, outside of the new one: not offered, and who is under way goes on. */
static void
windows_follow_the_rules_of_their_zone(void **state)
{
	const struct plan_status *s;
	const char *execution;

	(void)state;
	fixture_device(&f, "SN1", "1_0_0", NULL);
	fixture_device(&f, "SN2", "1_0_0", NULL);
	fixture_device(&f, "SN3", "1_0_0", NULL);
	plan("Europe/Berlin", "11:00-13:00", false);
	assert_string_equal(poll("SN1"), "eligible");
	assert_string_equal(tick(), "");
	assert_int_equal(fixture_status(&f, "spring")->changed_count, 0);

	rules("Europe/Berlin", "Asia/Tokyo"); /* where it is 19:00 */
	f.session.now += 60;
	assert_string_equal(poll("SN2"), "eligible"); /* until tick comes by */
	assert_string_equal(ask("SELECT state FROM execution ORDER BY id"), "accepted accepted");
	assert_string_equal(tick(), "spring: expanded its windows anew by other rules of Europe/Berlin");
	assert_string_equal(poll("SN3"), "outside_push_window");

	s = fixture_status(&f, "spring");
	assert_int_equal(s->changed_count, 1);
	assert_string_equal(s->changed[0].name, "Europe/Berlin");
	assert_int_equal(s->changed[0].changed_at, f.session.now);
	assert_string_equal(s->next_what, "a push window opens");
	assert_int_equal(s->next_at, FIXTURE_NOW + 16 * HOUR); /* 11:00 in Tokyo */
	assert_string_equal(ask("SELECT detail FROM audit ORDER BY id DESC LIMIT 1"),
		"expanded its windows anew by other rules of Europe/Berlin");

	execution = answer_text(fixture_poll(&f, "SN1", "STM32=1_0_0"), "execution");
	assert_int_equal(fixture_report(&f, "SN1", execution, "{\"state\":\"downloading\"}")->status, 200);
	f.session.now = FIXTURE_NOW + 16 * HOUR;
	tick();
	assert_string_equal(poll("SN3"), "eligible");
	/* What changed stays to be seen. */
	assert_int_equal(fixture_status(&f, "spring")->changed[0].changed_at, FIXTURE_NOW + 60);
}

/* Two who run tick with databases of their own undo each other's windows: each time but the first. */
static void
rules_that_swing_are_told(void **state)
{
	static const char again[] = "spring: expanded its windows anew for the second time in an hour (do cron and "
				    "operators read the same $TZDIR?) by other rules of Europe/Berlin";

	(void)state;
	fixture_device(&f, "SN1", "1_0_0", NULL);
	plan("Europe/Berlin", "11:00-13:00", false);
	for (int i = 0; i < 4; i++) {
		rules("Europe/Berlin", i % 2 ? "Europe/Berlin" : "Asia/Tokyo");
		f.session.now += 60;
		assert_string_equal(tick(), i ? again : "spring: expanded its windows anew by other rules of Europe/Berlin");
	}
	rules("Europe/Berlin", "Asia/Tokyo");
	f.session.now += HOUR;
	assert_string_equal(tick(), "spring: expanded its windows anew by other rules of Europe/Berlin");
}

/* Install windows, a plan that is suspended, and one whose device is in the zone by a link. */
static void
everything_that_was_expanded_follows(void **state)
{
	const char *upgrade = "STM32=1_0_1", *window = "11:00-13:00", *sets[] = { "stages=100%" };
	struct plan_change change = CHANGE(.timezone = "Europe/Berlin", .upgrade = { &upgrade, 1 },
		.push = { &window, 1 }, .install = { &window, 1 }, .set = { sets, 1 });
	struct activation activation;

	(void)state;
	fixture_device(&f, "SN1", "1_0_0", NULL);
	fixture_good(&f, plan_create(&f.session, "spring", &change, &f.err));
	fixture_good(&f, plan_activate(&f.session, "spring", -1, &activation, &f.err));
	f.session.reason = "wait";
	fixture_good(&f, plan_suspend(&f.session, "spring", &f.err));
	rules("Europe/Berlin", "Asia/Tokyo");
	f.session.now += 60;
	assert_string_equal(tick(), "spring: expanded its windows anew by other rules of Europe/Berlin");
	assert_string_equal(ask("SELECT kind || ' ' || count(*) || ' ' || sum(opens_at % 86400 <> 7200) FROM interval "
				"WHERE closes_at > 1795255200 GROUP BY kind"),
		"install 400 0 push 400 0");
}

static void
a_link_is_a_zone(void **state)
{
	struct device_change zone = { .timezone = "Asia/Calcutta" };

	(void)state;
	fixture_device(&f, "SN1", "1_0_0", NULL);
	fixture_good(&f, device_change(&f.session, "SN1", &zone, &f.err));
	plan("UTC", "20:00-21:00", true);
	assert_string_equal(poll("SN1"), "outside_push_window");
	rules("Asia/Kolkata", "America/Adak"); /* where the link leads to: 00:00 */
	f.session.now += 60;
	assert_string_equal(tick(), "spring: expanded its windows anew by other rules of Asia/Calcutta");
	f.session.now = FIXTURE_NOW + 10 * HOUR; /* 10:00 there, 20:00 in UTC */
	tick();
	assert_string_equal(poll("SN1"), "outside_push_window");
	f.session.now = FIXTURE_NOW + 20 * HOUR;
	tick();
	assert_string_equal(poll("SN1"), "eligible");
}

/* --- rules that cannot be read ------------------------------------------------------------------ */

/* However the zone is lost, what is expanded goes on, and everybody is told until it is back. */
static void
what_is_expanded_goes_on(void **state)
{
	static const char *const breaks[] = { "rm tzdata.zi", "grep -v 'Europe/Berlin' tzdata.zi >x && mv x tzdata.zi",
		"rm Europe/Berlin", ": >Europe/Berlin", "head -c 300 Europe/Berlin >x && mv x Europe/Berlin" };

	for (size_t i = 0; i < COUNT(breaks); i++) {
		const struct blocked *b;

		if (i) {
			teardown(state);
			setup(state);
		}
		fixture_device(&f, "SN1", "1_0_0", NULL);
		fixture_device(&f, "SN2", "1_0_0", NULL);
		plan("Europe/Berlin", "11:00-13:00", false);
		sh(breaks[i]);
		f.session.now += 60;
		assert_string_equal(tick(), "spring: cannot read the rules any more of Europe/Berlin");
		b = blocked();
		assert_non_null(b);
		assert_int_equal(b->since, FIXTURE_NOW + 60);
		if (!strstr(b->why, "windows go on as expanded until 2027-12-2") || !strstr(b->fix, "tzdata"))
			fail_msg("%s: %s", breaks[i], b->why);
		assert_string_equal(poll("SN1"), "eligible");
		f.session.now = FIXTURE_NOW + 3 * HOUR;
		assert_string_equal(tick(), "");
		assert_string_equal(poll("SN2"), "outside_push_window");
		assert_int_equal(blocked()->since, FIXTURE_NOW + 60);

		sh("cp " SYSTEM "/tzdata.zi .");
		rules("Europe/Berlin", "Europe/Berlin");
		f.session.now += 60;
		assert_string_equal(tick(), "spring: read the rules again of Europe/Berlin");
		assert_null(blocked());
		assert_int_equal(fixture_status(&f, "spring")->changed_count, 0);
	}
}

/* It comes back with other rules. */
static void
other_rules_behind_a_gap_are_followed(void **state)
{
	(void)state;
	fixture_device(&f, "SN1", "1_0_0", NULL);
	plan("Europe/Berlin", "11:00-13:00", false);
	sh("rm Europe/Berlin");
	tick();
	rules("Europe/Berlin", "Asia/Tokyo");
	assert_string_equal(tick(), "spring: expanded its windows anew by other rules of Europe/Berlin");
	assert_null(blocked());
	assert_string_equal(poll("SN1"), "outside_push_window");
}

/* The last interval has closed: nothing is offered, at no time, and the rest of the plan is moved on. */
static void
windows_that_have_run_out_stay_shut(void **state)
{
	(void)state;
	fixture_device(&f, "SN1", "1_0_0", NULL);
	fixture_device(&f, "SN2", "1_0_0", NULL);
	plan("Europe/Berlin", "11:00-13:00", false);
	sh("rm -r Europe");
	f.session.now += 399LL * DAY;
	tick();
	assert_string_equal(poll("SN1"), "eligible");
	for (f.session.now += 2LL * DAY; f.session.now < FIXTURE_NOW + 415LL * DAY; f.session.now += 12 * HOUR) {
		tick();
		assert_string_equal(poll("SN2"), "outside_push_window");
	}
	assert_non_null(strstr(blocked()->why, "have run out, and nothing is offered"));
	/* Its overdue attempt was closed meanwhile. */
	assert_string_equal(ask("SELECT state FROM execution"), "timed_out");
}

/* A stage that opens in a window of its zone does not open by the clock of UTC. */
static void
an_advance_window_stays_shut(void **state)
{
	(void)state;
	sh("rm Asia/Tokyo");
	assert_false(window_open_now(&f.session, "00:00-24:00", "Asia/Tokyo"));
	assert_true(window_open_now(&f.session, "00:00-24:00", "Europe/Berlin"));
	assert_true(window_open_now(&f.session, "off", "Asia/Tokyo"));
}

/* Only an advance window asks the zone here; what is wrong with it is told all the same. */
static void
a_plan_without_windows_tells_it_too(void **state)
{
	static const char *const sets[] = { "stages=10%,100%", "advance_window=Mon-Fri 09:00-17:00", NULL };

	(void)state;
	for (int i = 0; i < 20; i++) {
		char name[16];

		snprintf(name, sizeof name, "SN%d", i);
		fixture_device(&f, name, "1_0_0", NULL);
	}
	fixture_plan(&f, "spring", "1_0_1", sets);
	assert_string_equal(tick(), "");
	sh("rm UTC");
	assert_string_equal(tick(), "spring: cannot read the rules any more of UTC");
	assert_non_null(blocked());
}

static void
nothing_is_activated_in_a_lost_zone(void **state)
{
	const char *upgrade = "STM32=1_0_1", *window = "11:00-13:00";
	struct plan_change change = CHANGE(.timezone = "Asia/Tokyo", .upgrade = { &upgrade, 1 }, .push = { &window, 1 });
	struct activation activation;

	(void)state;
	fixture_device(&f, "SN1", "1_0_0", NULL);
	fixture_good(&f, plan_create(&f.session, "spring", &change, &f.err));
	sh("rm Asia/Tokyo");
	assert_int_equal(plan_activate(&f.session, "spring", -1, &activation, &f.err), ERR_IO);
	f.err = (struct err){ .code = ERR_OK };
	assert_int_equal(fixture_status(&f, "spring")->plan.state, PLAN_DRAFT);
	assert_string_equal(ask("SELECT count(*) FROM plan_zone"), "0");
}

/* --- zones of devices --------------------------------------------------------------------------- */

static void
moves_to(const char *device, const char *zone)
{
	struct device_change change = { .timezone = zone };

	fixture_good(&f, device_change(&f.session, device, &change, &f.err));
}

/* A device that had a zone of its own goes by the plan's again. */
static void
a_zone_is_taken_away(void **state)
{
	(void)state;
	fixture_device(&f, "SN1", "1_0_0", NULL);
	plan("UTC", "10:00-12:00", true);
	moves_to("SN1", "Asia/Tokyo");
	assert_string_equal(poll("SN1"), "outside_push_window");
	moves_to("SN1", "none");
	assert_string_equal(ask("SELECT timezone FROM device"), "");
	assert_string_equal(poll("SN1"), "eligible");
}

/* A device's zone that is lost lasts as long as its windows, then the plan's serves. */
static void
a_lost_zone_of_a_device_ends_in_the_plans(void **state)
{
	(void)state;
	fixture_device(&f, "SN1", "1_0_0", NULL);
	fixture_device(&f, "SN2", "1_0_0", NULL);
	moves_to("SN1", "Asia/Tokyo");
	plan("UTC", "10:00-11:00", true);
	assert_string_equal(poll("SN1"), "outside_push_window");
	sh("grep -v Tokyo tzdata.zi >x && mv x tzdata.zi");
	f.session.now += 60;
	assert_string_equal(tick(), "spring: cannot read the rules any more of Asia/Tokyo");
	assert_non_null(strstr(blocked()->why, "there is no time zone 'Asia/Tokyo'"));
	f.session.now = FIXTURE_NOW + DAY;
	tick();
	assert_string_equal(poll("SN1"), "outside_push_window");
	f.session.now = FIXTURE_NOW + 401LL * DAY; /* long ago tick has expanded the plan's own */
	assert_string_equal(tick(), "spring: expanded its windows further");
	assert_non_null(strstr(blocked()->why, "windows are those of the plan's zone"));
	assert_string_equal(poll("SN1"), "eligible");
}

/* A plan that begins when the zone is gone already has nothing else. */
static void
a_zone_that_is_gone_before_is_the_plans(void **state)
{
	(void)state;
	fixture_device(&f, "SN1", "1_0_0", NULL);
	fixture_device(&f, "SN2", "1_0_0", NULL);
	moves_to("SN1", "Asia/Tokyo");
	sh("rm Asia/Tokyo");
	plan("UTC", "10:00-11:00", true);
	assert_non_null(strstr(blocked()->why, "windows are those of the plan's zone"));
	assert_string_equal(poll("SN1"), "eligible");
	rules("Asia/Tokyo", "Asia/Tokyo");
	f.session.now += 60;
	assert_string_equal(tick(), "spring: read the rules again of Asia/Tokyo");
	assert_null(blocked());
	moves_to("SN2", "Asia/Tokyo");
	assert_string_equal(poll("SN2"), "outside_push_window");
}

/* The zone of a moment decides; one that nobody is in troubles nobody, and is fresh on return. */
static void
a_device_may_change_its_zone(void **state)
{
	(void)state;
	fixture_device(&f, "SN1", "1_0_0", NULL);
	plan("UTC", "19:00-20:00", true);
	assert_string_equal(poll("SN1"), "outside_push_window");
	moves_to("SN1", "Europe/Berlin");
	assert_string_equal(poll("SN1"), "outside_push_window");
	sh("rm Europe/Berlin");
	moves_to("SN1", "Asia/Tokyo");
	assert_string_equal(tick(), "");
	assert_null(blocked());
	rules("Europe/Berlin", "Asia/Tokyo");
	assert_string_equal(tick(), "");
	moves_to("SN1", "Europe/Berlin");
	assert_string_equal(tick(), "spring: expanded its windows anew by other rules of Europe/Berlin");
	assert_string_equal(poll("SN1"), "eligible");
}

/* Zones of another product's devices are none of the plan's. */
static void
zones_are_those_of_the_product(void **state)
{
	struct device_new other = { .name = "T1", .product = "tea", .timezone = "Asia/Tokyo" };
	struct product_change tea = { .signatures = -1 };

	(void)state;
	fixture_device(&f, "SN1", "1_0_0", NULL);
	fixture_good(&f, product_create(&f.session, "tea", &tea, NULL, &f.err));
	fixture_good(&f, device_create(&f.session, &other, NULL, &f.err));
	plan("UTC", "19:00-20:00", true);
	assert_string_equal(ask("SELECT count(*) FROM plan_zone"), "1");
	sh("rm Asia/Tokyo");
	assert_string_equal(tick(), "");
}

/* Each zone of the database, a device in each; then all get other rules at once. */
static void
every_zone_at_once(void **state)
{
	char path[96];
	int64_t count;

	(void)state;
	snprintf(path, sizeof path, "%s/devices.csv", f.folder);
	sh("awk '/^Z/ { print $2 } /^L/ { print $3 }' tzdata.zi >all && cp -rL " SYSTEM "/* .");
	sh("awk 'BEGIN { print \"device,token,timezone\" } "
	   "{ print \"device-\" NR \",token-of-device-\" NR \"-padded,\" $0 }' all >../devices.csv");
	fixture_good(&f, device_import(&f.session, path, "aroma", NULL, &count, &f.err));
	assert_true(count > 500);
	plan("UTC", "10:00-11:00", true);
	assert_string_equal(ask("SELECT count(*) = (SELECT count(*) FROM device) + 1 FROM plan_zone"), "1");
	assert_string_equal(tick(), "");
	assert_null(blocked());
	/* One byte of the letters in each: the same offsets under another digest. */
	sh("for zone in $(cat all); do cp " SYSTEM "/UTC $zone; done");
	f.session.now += 60;
	assert_non_null(strstr(tick(), "spring: expanded its windows anew by other rules of Africa/Abidjan"));
	assert_true(fixture_status(&f, "spring")->changed_count > 500);
	for (int64_t i = 1; i <= count; i += 37) {
		char name[16];

		snprintf(name, sizeof name, "device-%d", (int)i);
		assert_string_equal(poll(name), "eligible");
	}
	sh("rm tzdata.zi");
	tick();
	assert_non_null(strstr(blocked()->why, " more (windows go on as expanded until "));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_zone_is_a_name_of_the_list),
		TEST(a_list_names_no_paths),
		TEST(a_database_that_cannot_be_read_says_what_to_install),
		TEST(times_are_not_read_in_utc_instead),
		TEST(windows_follow_the_rules_of_their_zone),
		TEST(rules_that_swing_are_told),
		TEST(a_zone_is_taken_away),
		TEST(everything_that_was_expanded_follows),
		TEST(a_link_is_a_zone),
		TEST(what_is_expanded_goes_on),
		TEST(other_rules_behind_a_gap_are_followed),
		TEST(windows_that_have_run_out_stay_shut),
		TEST(an_advance_window_stays_shut),
		TEST(a_plan_without_windows_tells_it_too),
		TEST(nothing_is_activated_in_a_lost_zone),
		TEST(a_lost_zone_of_a_device_ends_in_the_plans),
		TEST(a_zone_that_is_gone_before_is_the_plans),
		TEST(a_device_may_change_its_zone),
		TEST(zones_are_those_of_the_product),
		TEST(every_zone_at_once),
	};

	return cmocka_run_group_tests_name("zones", tests, NULL, NULL);
}
