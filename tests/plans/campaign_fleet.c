/*
 * Fleets.  A fleet with a past is one that has asked for eight days and a half (fifteen, where
 * some sleep for long) before the plan begins: its gaps are measured by the door itself, not
 * written into rows.  That takes longer than most courses, so the database of each fleet is kept
 * beside the others and copied for every course of it; only fates and hash places come from the
 * seed.
 */
#include "tests/plans/campaign_world.h"

#include "plans/fleet/import.h"

#include <inttypes.h>

enum { FLEETS = 250, PAST = 17 * DAY / 2, LONG_PAST = 15 * DAY, CONTACT = 110 * MINUTE };

static struct fixture fixture;
static struct gadget gadgets[CAMPAIGN_DEVICES];

/* What makes a fleet: two scenarios that agree in it share its past. */
static struct fleet_kind {
	int devices, hw, at_target;
	bool fresh, zones;
	const char *package;
	struct habit mix[CAMPAIGN_HABITS];
} kinds[FLEETS];
static int kind_count;

static void
shell(const char *format, ...)
{
	char command[512];
	va_list values;

	va_start(values, format);
	vsnprintf(command, sizeof command, format, values);
	va_end(values);
	assert_int_equal(system(command), 0);
}

/* The row of the mix that a device belongs to: each part is spread evenly over the fleet. */
static const struct habit *
habit_of(const struct scenario *s, int i)
{
	int place = (int)((int64_t)i * 61 % 100), below = 0;

	for (int h = 0; h < CAMPAIGN_HABITS - 1; h++) {
		below += s->mix[h].percent;
		if (!s->mix[h].percent || place < below)
			return &s->mix[h];
	}
	return &s->mix[CAMPAIGN_HABITS - 1];
}

/* All that the seed has no part in. */
static void
gadget_make(struct world *w, int i)
{
	struct gadget *g = &w->fleet[i];
	const struct scenario *s = w->s;

	*g = (struct gadget){ .habit = habit_of(s, i), .version = "1_0_0", .next_at = INT64_MAX };
	g->hw_b = (int64_t)i * 7919 % 1000 < s->hw;
	g->was_at_target = (int64_t)i * 37 % 100 < s->at_target;
	if (g->was_at_target)
		g->version = "1_0_1";
	if (g->habit->every)
		g->phase =
			(int64_t)i * 2654435761 % (g->habit->obeys ? 10 * MINUTE : g->habit->every);
	else
		g->mood = GONE;
}

static void
import(struct world *w)
{
	char path[128];
	int64_t imported;
	FILE *csv;

	snprintf(path, sizeof path, "%s/devices.csv", w->f->folder);
	csv = fopen(path, "w");
	assert_non_null(csv);
	fprintf(csv, "device,token,STM32,label:hw%s\n", w->s->zones ? ",timezone" : "");
	for (int i = 0; i < w->count; i++)
		fprintf(csv, "d%05d,token-of-d%05d-padded,%s,%c%s\n", i, i, w->fleet[i].version,
			w->fleet[i].hw_b ? 'B' : 'A',
			!w->s->zones ? ""
			: i % 2	     ? ",Asia/Tokyo"
				     : ",Europe/Berlin");
	assert_int_equal(fclose(csv), 0);
	assert_int_equal(
		device_import(&w->f->session, path, "aroma", NULL, &imported, &w->f->err), ERR_OK);
	assert_int_equal(imported, w->count);
}

/*
 * First contact of a device in its past; later ones follow its rhythm, at most every 110
 * minutes: still always on.
 */
static void
live_through(struct world *w, int64_t from, int64_t to)
{
	for (int i = 0; i < w->count; i++) {
		const struct habit *h = w->fleet[i].habit;
		int64_t every = h->every > CONTACT && !h->obeys ? h->every : CONTACT, at;

		if (!h->every)
			continue;
		for (at = from + w->fleet[i].phase % every; at < to; at += every) {
			at = device_awake_at(w, i, at);
			if (at >= to)
				break;
			w->f->session.now = at;
			(void)device_ask(w, i);
		}
	}
}

static int64_t
past_of(const struct scenario *s)
{
	for (int h = 0; h < CAMPAIGN_HABITS; h++)
		if (s->mix[h].every > 2 * DAY)
			return LONG_PAST;
	return PAST;
}

static void
target_package(struct world *w)
{
	char line[256], image[128];
	int code;

	if (!w->s->package) {
		fixture_package(w->f, "1_0_1", NULL, 4000);
		return;
	}
	snprintf(image, sizeof image, "%s/target.bin", w->f->folder);
	fixture_file(image, 4000, 17);
	snprintf(line, sizeof line, "package add aroma/STM32 1_0_1 %s --sign %s %s", image,
		w->f->secret_key, w->s->package);
	if (!strstr(act_command(w, line, &code), "1_0_1") || code)
		fail_msg("%s: exit %d", line, code);
	(void)act_command(w, "package publish aroma/STM32 1_0_1", &code);
	assert_int_equal(code, 0);
}

/* Make the fleet of a kind from nothing and keep it as lib.N. */
static void
kind_make(struct world *w, int kind)
{
	if (!*fixture.folder) {
		fixture_begin(&fixture);
	} else {
		fixture_close(&fixture);
		shell("rm -rf '%s/lib' && cp -a '%s/lib.bare' '%s/lib'", fixture.folder,
			fixture.folder, fixture.folder);
	}
	fixture_close(&fixture);
	if (!kind)
		shell("cp -a '%s/lib' '%s/lib.bare'", fixture.folder, fixture.folder);
	fixture.session.now = w->start - past_of(w->s) - HOUR;
	assert_int_equal(session_open(&fixture.session, DB_WRITE, &fixture.err), ERR_OK);
	fixture_package(w->f, "0_9_0", NULL, 2000);
	fixture_package(w->f, "1_0_0", NULL, 3000);
	target_package(w);
	if (w->s->fresh)
		w->f->session.now = w->start - MINUTE;
	import(w);
	if (!w->s->fresh)
		live_through(w, w->start - past_of(w->s), w->start);
	fixture_close(&fixture);
	shell("rm -rf '%s/lib.%d' && cp -a '%s/lib' '%s/lib.%d'", fixture.folder, kind,
		fixture.folder, fixture.folder, kind);
}

static int
kind_find(const struct world *w)
{
	struct fleet_kind wanted;
	int kind = 0;

	memset(&wanted, 0, sizeof wanted);
	wanted.devices = w->count;
	wanted.hw = w->s->hw;
	wanted.at_target = w->s->at_target;
	wanted.fresh = w->s->fresh;
	wanted.zones = w->s->zones;
	wanted.package = w->s->package;
	/* A fleet that is not known has no past: how it lives makes no difference to the database. */
	if (!w->s->fresh)
		memcpy(wanted.mix, w->s->mix, sizeof wanted.mix);
	while (kind < kind_count && memcmp(&kinds[kind], &wanted, sizeof wanted) != 0)
		kind++;
	assert_true(kind < FLEETS);
	kinds[kind] = wanted;
	return kind;
}

/* What the seed decides: who meets the update's effect, and who goes on holiday when. */
static void
fates_set(struct world *w, unsigned seed)
{
	const struct update *u = &w->s->update;

	srandom(seed);
	for (int i = 0; i < w->count; i++) {
		struct gadget *g = &w->fleet[i];

		g->meets = u->hw_only ? g->hw_b : !u->permille || any_below(1000) < u->permille;
		g->away_from = w->start + any_below(10 * DAY);
		if (!g->habit->every)
			continue;
		g->next_at = w->start + g->phase - (w->start + g->phase) % 1;
		g->next_at = device_awake_at(w, i, g->next_at);
	}
}

void
fleet_make(struct world *w, unsigned seed)
{
	int kind;

	w->f = &fixture;
	w->fleet = gadgets;
	for (int i = 0; i < w->count; i++)
		gadget_make(w, i);
	kind = kind_find(w);
	if (kind == kind_count) {
		kind_make(w, kind);
		kind_count++;
	}
	fixture_close(&fixture);
	shell("rm -rf '%s/lib' && cp -a '%s/lib.%d' '%s/lib'", fixture.folder, fixture.folder, kind,
		fixture.folder);
	fixture.session.now = w->start;
	fixture.session.now_given = false;
	assert_int_equal(session_open(&fixture.session, DB_WRITE, &fixture.err), ERR_OK);
	fates_set(w, seed);
}

void
campaign_done(void)
{
	if (*fixture.folder)
		fixture_end(&fixture);
	fixture.folder[0] = '\0';
	kind_count = 0;
}
