/*
 * What one device does when it is due.  A device knows nothing of the controller: it asks,
 * installs what it is given, and shows what it runs.  Idle it polls; busy it downloads and
 * installs; gone it is for good.  What the update does to it (its fate) shows when it is looked at
 * next.
 */
#include "tests/plans/campaign_world.h"

static bool
chance(int thousandths)
{
	return thousandths && any_below(1000) < thousandths;
}

/* On from 8 to 18 h; a fleet is switched on within half an hour. */
static int64_t
morning_after(const struct gadget *g, int64_t at)
{
	int64_t day = at - at % DAY;

	return (at % DAY < 8 * HOUR ? day : day + DAY) + 8 * HOUR + g->phase % (30 * MINUTE);
}

static bool
weekend(int64_t at)
{
	int64_t day = (at / DAY + 4) % 7; /* the epoch was a Thursday */

	return day == 0 || day == 6;
}

int64_t
device_awake_at(const struct world *w, int i, int64_t at)
{
	const struct gadget *g = &w->fleet[i];
	enum hours hours = g->habit->hours;

	/* A fifth, by what has nothing to do with who asks first, and another with each seed. */
	if (at < w->region_off_until &&
		(((unsigned)i ^ w->r->seed << 16) * 2246822519U >> 16) % 5 == 0)
		at = w->region_off_until + g->phase % HOUR;
	if (hours == ON_HOLIDAY && at >= g->away_from && at < g->away_from + 7 * DAY)
		at = g->away_from + 7 * DAY;
	for (int turn = 0; turn < 4; turn++) {
		if ((hours == NIGHTS_OFF || hours == OFFICE_HOURS) &&
			(at % DAY < 8 * HOUR || at % DAY >= 18 * HOUR))
			at = morning_after(g, at);
		if ((hours == WEEKENDS_OFF || hours == OFFICE_HOURS) && weekend(at))
			at = at - at % DAY + DAY + g->phase % (30 * MINUTE);
	}
	return at;
}

static void
name_of(int i, char name[16], char token[40])
{
	snprintf(name, 16, "d%05d", i);
	snprintf(token, 40, "token-of-d%05d-padded", i);
}

const struct answer *
device_ask(struct world *w, int i)
{
	const struct gadget *g = &w->fleet[i];
	const char *says = g->polls % 2 && g->habit->or_says ? g->habit->or_says : g->habit->says;
	char name[16], token[40], target[256], body[256];

	name_of(i, name, token);
	if (g->habit->body) {
		snprintf(target, sizeof target, "/v1/%s/plan?accept=1", name);
		snprintf(body, sizeof body, "{\"components\":{\"STM32\":\"%s\"}%s}", g->version,
			g->habit->body);
		return fixture_request(w->f, "POST", target, token, body);
	}
	snprintf(target, sizeof target, "/v1/%s/plan?accept=1&STM32=%s%s", name, g->version,
		says ? says : "");
	return fixture_request(w->f, "GET", target, token, NULL);
}

static void
tell(struct world *w, int i, int64_t execution, const char *state)
{
	const struct gadget *g = &w->fleet[i];
	char name[16], token[40], target[96], body[96];

	name_of(i, name, token);
	snprintf(target, sizeof target, "/v1/%s/executions/%lld", name, (long long)execution);
	snprintf(body, sizeof body, "{%s}", state);
	(void)fixture_request(w->f, "POST", target, token, body);
	for (int more = g->habit->repeated; more > 0; more -= 1000)
		if (chance(more))
			(void)fixture_request(w->f, "POST", target, token, body);
}

static int64_t
told_to_wait(const struct answer *a)
{
	const char *at = strstr(a->headers, "Retry-After: ");

	return at ? atoll(at + strlen("Retry-After: ")) : 600;
}

static void
have(struct world *w, struct gadget *g)
{
	w->have += !g->counted && !g->was_at_target;
	g->counted = true;
}

/* What was due to happen to it since it was last looked at. */
static void
meet_fate(struct world *w, struct gadget *g)
{
	const struct update *u = &w->s->update;

	if (!g->fate_at || w->now < g->fate_at)
		return;
	switch (u->effect) {
	case DIES:
		g->mood = GONE;
		break;
	case FALLS_BACK:
		g->version = u->to ? u->to : "1_0_0";
		g->fate_at = 0;
		break;
	case FLAPS:
		g->version = !strcmp(g->version, "1_0_1") ? u->to : "1_0_1";
		break;
	case WORKS:
	case FAILS:
	case FAILS_ONCE:
	case FAILS_THEN_REFUSES:
	case REFUSES:
	case DECLINES:
	case BRICKS:
	case MISSPELT:
		break;
	}
}

/* The update is in: from here on it does what it does. */
static void
install(struct world *w, struct gadget *g)
{
	const struct update *u = &w->s->update;
	int64_t span = u->until > u->after ? u->until - u->after : 1;
	bool bad = g->meets && !w->cured;

	g->version = bad && u->effect == MISSPELT ? u->to : "1_0_1";
	g->installed = true;
	g->fate_at = 0;
	if (bad && (u->effect == DIES || u->effect == FALLS_BACK || u->effect == FLAPS)) {
		g->fate_at = w->now + u->after + any_below(span);
		g->harmed = true;
	}
	g->harmed |= bad && u->effect == MISSPELT;
	/* What is not made for it. */
	g->harmed |= w->s->package && strstr(w->s->package, "--hw B") && !g->hw_b;
	if (!g->harmed)
		have(w, g);
}

static bool
attempt_fails(const struct world *w, const struct gadget *g)
{
	enum effect effect = w->s->update.effect;

	return g->meets && !w->cured &&
	       (effect == FAILS || ((effect == FAILS_ONCE || effect == FAILS_THEN_REFUSES) &&
					   g->attempts == 1));
}

/* It says no to what it is offered; true when it does. */
static bool
refuses(struct world *w, int i, int64_t execution)
{
	const struct gadget *g = &w->fleet[i];
	enum effect effect = g->meets && !w->cured ? w->s->update.effect : WORKS;

	if (effect == REFUSES || (effect == FAILS_THEN_REFUSES && g->attempts))
		tell(w, i, execution, "\"state\":\"rejected\",\"reason\":\"battery\"");
	else if (effect == DECLINES)
		tell(w, i, execution, "\"state\":\"rejected\",\"reason\":\"user\"");
	else
		return false;
	return true;
}

/* It has files: the work begins. */
static void
begin(struct world *w, int i, const struct answer *a, int64_t execution)
{
	struct gadget *g = &w->fleet[i];
	const char *url = answer_text(a, "url");

	if (++g->served > w->r->served)
		w->r->served = g->served;
	if (!strcmp(g->version, "1_0_1"))
		return; /* the success is proven with this very answer */
	if (g->execution != execution)
		g->attempts++;
	g->execution = execution;
	snprintf(g->url, sizeof g->url, "%s", strstr(url, "/f/") ? strstr(url, "/f/") : "");
	if (g->meets && !w->cured && w->s->update.effect == BRICKS) {
		g->harmed = true;
		g->mood = GONE;
		return;
	}
	g->mood = BUSY;
	g->next_at = device_awake_at(w, i, w->now + 10 * MINUTE + any_below(20 * MINUTE));
	tell(w, i, g->execution, "\"state\":\"downloading\"");
}

static void
count_poll(struct world *w, const struct answer *a, bool known)
{
	int64_t since = w->now - w->start - HOUR;

	if (!w->active)
		return;
	w->r->polls++;
	if (a->status >= 500 || (a->status >= 400 && known))
		w->r->refused++;
	if (w->moments && since >= 0 && since / 10 < w->moment_count)
		w->moments[since / 10]++;
}

static void
poll_once(struct world *w, int i)
{
	struct gadget *g = &w->fleet[i];
	const struct habit *h = g->habit;
	const struct answer *a = device_ask(w, i);
	int64_t execution;

	g->polls++;
	count_poll(w, a, !g->removed);
	g->next_at = w->now + (h->obeys ? told_to_wait(a) : h->every);
	if (chance(h->lost)) {
		g->next_at = w->now + 30; /* the reply never came: it asks again */
		return;
	}
	if (chance(h->outage))
		g->next_at = w->now + HOUR + any_below(11 * HOUR);
	g->next_at = device_awake_at(w, i, g->next_at);
	if (a->status != 200)
		return;
	execution = atoll(answer_text(a, "execution"));
	if (!refuses(w, i, execution) && strstr(a->body, "\"files\":["))
		begin(w, i, a, execution);
}

/*
 * The downloads ask for their tickets; refused, the URL may be too old: ask anew, and give up
 * at the second time.
 */
static bool
download(struct world *w, int i)
{
	struct gadget *g = &w->fleet[i];

	if (!*g->url || fixture_request(w->f, "HEAD", g->url, NULL, NULL)->status < 400) {
		g->refusals = 0;
		return true;
	}
	if (++g->refusals % 2 == 0)
		tell(w, i, g->execution, "\"state\":\"failed\",\"message\":\"HTTP 403\"");
	g->next_at = w->now + MINUTE;
	return false;
}

static void
work(struct world *w, int i)
{
	struct gadget *g = &w->fleet[i];
	int64_t regular = g->next_at;

	g->mood = IDLE;
	g->next_at = w->now + MINUTE;
	if (chance(g->habit->power) || !download(w, i))
		return; /* power loss: it starts over and finds its execution again */
	g->next_at = w->now + 1;
	if (attempt_fails(w, g)) {
		g->harmed |= w->s->update.effect == FAILS;
		tell(w, i, g->execution, "\"state\":\"failed\"");
		g->next_at = device_awake_at(w, i, w->now + g->habit->every);
		return;
	}
	if (chance(g->habit->repeated)) { /* late and out of order */
		tell(w, i, g->execution, "\"state\":\"installing\"");
		tell(w, i, g->execution, "\"state\":\"downloaded\"");
	}
	install(w, g);
	/* It shows another version than it was given, and says that all is well. */
	if (w->s->update.effect == MISSPELT && g->meets && !w->cured)
		tell(w, i, g->execution, "\"state\":\"succeeded\"");
	if (g->habit->next_wake)
		g->next_at = device_awake_at(w, i, regular - 20 * MINUTE + g->habit->every);
}

void
device_step(struct world *w, int i)
{
	struct gadget *g = &w->fleet[i];
	int64_t awake = device_awake_at(w, i, w->now);

	meet_fate(w, g);
	if (g->mood == GONE) {
		g->next_at = INT64_MAX;
	} else if (awake > w->now) {
		g->next_at = awake;
	} else if (w->now < w->door_off_until) {
		g->next_at = w->now + (g->habit->every < HOUR ? g->habit->every : HOUR);
	} else if (g->mood == BUSY) {
		work(w, i);
	} else {
		poll_once(w, i);
		if (g->mood == GONE)
			g->next_at = INT64_MAX;
	}
}
