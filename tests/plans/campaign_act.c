/*
 * What operators and the world do in a course: command lines through the real program, and
 * accidents.
 */
#include "tests/plans/campaign_world.h"

#include "plans/simulate/simulate.h"

#include <inttypes.h>
#include <sys/wait.h>
#include <unistd.h>

static char output[65536];

/* The program lies beside the tests' folder: build/plain/tests/plans/test_campaign. */
static const char *
program(void)
{
	static char path[512];
	ssize_t length = readlink("/proc/self/exe", path, sizeof path - 16);

	assert_true(length > 0);
	path[length] = '\0';
	for (int up = 0; up < 3; up++)
		*strrchr(path, '/') = '\0';
	memcpy(path + strlen(path), "/otactl", sizeof "/otactl");
	return path;
}

const char *
act_command(struct world *w, const char *line, int *code)
{
	char command[2048];
	size_t length;
	FILE *pipe;
	time_t now = (time_t)w->f->session.now;
	char at[32];
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(at, sizeof at, "%Y-%m-%dT%H:%M:%SZ", &tm);
	snprintf(command, sizeof command, "cd '%s' && '%s' --db '%s' --now %s %s </dev/null 2>&1",
		w->f->folder, program(), w->f->db, at, line);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	length = fread(output, 1, sizeof output - 1, pipe);
	output[length] = '\0';
	*code = WEXITSTATUS(pclose(pipe));
	return output;
}

static bool
meant(const struct gadget *g, enum whom whom)
{
	switch (whom) {
	case NOBODY:
		return false;
	case WORKING:
		return g->mood == BUSY;
	case WAITING:
		return !g->served && !g->was_at_target && g->mood == IDLE && !g->removed;
	case INSTALLED:
		return g->installed && g->mood == IDLE;
	case WITH_EFFECT:
		return g->meets;
	}
	return false;
}

/* Do something to each device meant. */
static void
each(struct world *w, const struct act *act, void (*what)(struct world *w, int i))
{
	int left = act->count;

	for (int i = 0; i < w->count && left; i++)
		if (act->verb == ENROL ? w->fleet[i].removed : meant(&w->fleet[i], act->whom)) {
			what(w, i);
			left--;
		}
}

static char chosen[1024];

static void
choose(struct world *w, int i)
{
	size_t length = strlen(chosen);

	(void)w;
	snprintf(chosen + length, sizeof chosen - length, "%sd%05d", length ? " " : "", i);
}

/* The devices that a line names are no longer enrolled. */
static void
take_away(struct world *w, const char *line)
{
	for (const char *at = strstr(line, " d0"); at; at = strstr(at + 1, " d0"))
		w->fleet[atoi(at + 2)].removed = true;
}

static void
by_cable(struct world *w, int i)
{
	w->fleet[i].version = "1_0_1";
	w->fleet[i].was_at_target = true;
}

static void
enrol(struct world *w, int i)
{
	char name[16];

	snprintf(name, sizeof name, "d%05d", i);
	fixture_device(w->f, name, w->fleet[i].version, NULL);
	w->fleet[i].removed = false;
}

static void
run(struct world *w, const struct act *act)
{
	const char *hole = strstr(act->text, "%w"), *out;
	char line[1400];
	int code;

	chosen[0] = '\0';
	each(w, act, choose);
	if (hole)
		snprintf(line, sizeof line, "%.*s%s%s", (int)(hole - act->text), act->text, chosen,
			hole + 2);
	else
		snprintf(line, sizeof line, "%s", act->text);
	out = act_command(w, line, &code);
	if (act->wants && !strstr(out, act->wants))
		judge_wrong(w, "'%s' does not say '%s': %.160s", line, act->wants, out);
	if (act->not &&strstr(out, act->not ))
		judge_wrong(w, "'%s' says '%s'", line, act->not );
	if (code && code != ERR_FINDINGS && !act->wants)
		judge_wrong(w, "'%s' exits with %d: %.200s", line, code, out);
	if (!strncmp(line, "device remove", strlen("device remove")) && !code)
		take_away(w, line);
}

/* What a simulation says now of when the stages open; a device installs in 10 to 30 min. */
static void
foresee(struct world *w, int64_t may_differ_s)
{
	const struct simulation_options options = {
		.days = w->s->days + 30, .duration = 10 * MINUTE, .seed = 1
	};
	struct simulation simulation;
	struct err err = ERR_NONE;

	if (simulate(&w->f->session, "spring", &options, &simulation, &err))
		fail_msg("%s: %s", err.what, err.why);
	for (int i = 0; i < LIMIT_STAGES; i++)
		w->r->foreseen_at[i] =
			simulation.opened_at[i] ? simulation.opened_at[i] - w->start : -1;
	w->r->may_differ_s = may_differ_s;
}

/* "ZONE=OTHER": a folder of zone files in which ZONE has the rules of OTHER; "": the usual one. */
static void
zone_rules(const struct world *w, const char *text)
{
	char command[1200], folder[80];
	int length = (int)strcspn(text, "=");

	unsetenv("TZDIR");
	if (!*text)
		return;
	snprintf(folder, sizeof folder, "%s/tz", w->f->folder);
	snprintf(command, sizeof command,
		"rm -rf %s && mkdir -p %s/%.*s && rmdir %s/%.*s && cp "
		"/usr/share/zoneinfo/tzdata.zi /usr/share/zoneinfo/UTC %s && "
		"cp /usr/share/zoneinfo/%s %s/%.*s",
		folder, folder, length, text, folder, length, text, folder, text + length + 1,
		folder, length, text);
	assert_int_equal(system(command), 0);
	setenv("TZDIR", folder, 1);
}

static void
perform(struct world *w, const struct act *act)
{
	char command[160];
	int64_t number = act->text ? atoll(act->text) : 0;

	switch (act->verb) {
	case COMMAND:
		run(w, act);
		break;
	case CRON:
		w->cron_off = !strcmp(act->text, "off");
		break;
	case CLOCK:
		w->skew = number;
		break;
	case DOOR_OFF:
		w->door_off_until = w->now + number;
		break;
	case REGION_OFF:
		w->region_off_until = w->now + number;
		break;
	case CURE:
		w->cured = true;
		break;
	case CABLE:
		each(w, act, by_cable);
		break;
	case ENROL:
		each(w, act, enrol);
		break;
	case LOSE_FILE:
		snprintf(command, sizeof command, "mv '%s/lib/artifacts' '%s/lib/lost'",
			w->f->folder, w->f->folder);
		assert_int_equal(system(command), 0);
		break;
	case FORESEE:
		foresee(w, number);
		break;
	case TZDATA:
		zone_rules(w, act->text);
		break;
	}
}

/* When an act is due: INT64_MAX where it never is, or was. */
static int64_t
due_at(const struct world *w, int i)
{
	const struct act *act = &w->s->acts[i];

	if (w->done[i] || act->early || act->at_end || (!act->text && !act->verb))
		return INT64_MAX;
	if (!act->after_stop)
		return w->start + w->act_at[i];
	return w->stopped_at ? w->stopped_at + w->act_at[i] : INT64_MAX;
}

int64_t
acts_next(const struct world *w)
{
	int64_t ret = INT64_MAX;

	for (int i = 0; i < CAMPAIGN_ACTS; i++)
		if (due_at(w, i) < ret)
			ret = due_at(w, i);
	return ret;
}

static bool
belongs(const struct world *w, int i, enum occasion occasion)
{
	const struct act *act = &w->s->acts[i];
	bool of_plan = act->verb == FORESEE || (act->text && !strncmp(act->text, "plan ", 5));

	switch (occasion) {
	case BEFORE:
		return act->early && !of_plan;
	case OF_DRAFT:
		return act->early && of_plan;
	case AT_END:
		return act->at_end;
	case IN_COURSE:
		break;
	}
	return due_at(w, i) <= w->now;
}

void
acts_do(struct world *w, enum occasion occasion)
{
	for (int i = 0; i < CAMPAIGN_ACTS; i++) {
		if (!belongs(w, i, occasion))
			continue;
		w->done[i] = true;
		w->f->session.now = w->now + w->skew;
		perform(w, &w->s->acts[i]);
	}
}
