#include "plans/simulate.h"

#include "core/moment.h"
#include "core/str.h"
#include "db/package.h"
#include "plans/plan.h"
#include "plans/zone.h"

#include <inttypes.h>

enum {
	MINUTE_S = 60,
	POINT_MINUTES = 60,
	SLOTS_MAX = 1440, /* slots of the poll interval, a minute each */
	PROFILES_MAX = 4096,
	INTERVALS_MAX = 100000,
	BLOCK_SIZE = 200,
	NONE = -1,
};

/* One device that can get the plan. */
struct runner {
	int32_t next;	  /* in whatever list it is */
	uint16_t bucket;  /* of the plan's salt */
	uint16_t profile; /* which packages it takes */
	uint16_t slot;	  /* of the poll interval */
	uint16_t zone;	  /* index of plan->push */
	uint16_t block;	  /* of 200 first acceptances */
	int8_t home;	  /* the stage that opens it by group or share */
	int8_t counted;	  /* the stage it was counted in, or NONE */
	uint8_t failures;
	bool waiting; /* in a slot list */
};

/* Devices that take the same packages decide alike. */
struct profile {
	struct component_facts components[LIMIT_PLAN_COMPONENTS];
	const struct package *packages[LIMIT_PLAN_COMPONENTS];
};

/* Successes of a stage by the minute: who has survived follows from them. */
struct stage_sim {
	int64_t succeeded, failed, open, accepted;
	int64_t survived;
	int32_t *successes;
	int64_t survived_until; /* minute */
};

struct world {
	struct session *session; /* its arena is emptied after each device */
	struct arena own;	 /* what lasts */
	const struct simulation_options *options;
	struct simulation *out;
	struct plan plan; /* with the virtual state of its stages */
	struct catalog catalog;
	struct fleet fleet;
	struct facts *facts;
	struct decision decision;
	struct device device; /* stands for any of them */
	struct pairs none;

	/* Lists and groups of devices by id, two bits and stage bits. */
	uint8_t *listed;
	uint32_t *groups;
	uint8_t *known;	  /* newest execution of the plan + 1 */
	uint8_t *history; /* has executions of other plans */
	int64_t max_id;

	struct runner *runners;
	size_t count, room;
	struct profile *profiles;
	size_t profile_count;
	int64_t *package_devices; /* by profile */

	int64_t start, minutes, slots, duration;
	int32_t *slot_head; /* [zone][slot] */
	int32_t *end_head;  /* attempts that end in this minute */
	int32_t *back_head; /* who comes back after a failure */
	struct stage_sim stages[LIMIT_STAGES];
	struct pulse pulse;
	int64_t first_accepts, offered, failed_devices, blocked_by_rate;
	struct breaker_tally *blocks;
	size_t block_count;
	enum stage_wait wait; /* of the newest opened stage */
	uint64_t dice;
};

static void
warn(struct world *w, const char *text)
{
	if (w->out->warning_count < SIMULATION_WARNINGS)
		w->out->warnings[w->out->warning_count++] = text;
}

/* splitmix64: the same seed gives the same course. */
static uint64_t
roll(struct world *w)
{
	uint64_t z = w->dice += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* --- before the clock starts: who is who ---------------------------------------------------------- */

static enum err_code
intervals_load(struct world *w, struct err *err)
{
	for (size_t i = 0; i < w->plan.zone_count; i++) {
		struct interval *list;

		if (interval_from(w->session->db, &w->session->arena, w->plan.id, ITEM_PUSH,
			    w->plan.push[i].zone, w->start, INTERVALS_MAX, &list,
			    &w->plan.push[i].count, err))
			return err->code;
		w->plan.push[i].list = list;
	}
	return ERR_OK;
}

static enum err_code
marks_load(struct world *w, struct err *err)
{
	struct session *session = w->session;
	struct stmt *cursor;
	int64_t device, value;
	enum db_step step;

	if (device_newest(session->db, &w->max_id, err))
		return err->code;
	w->listed = arena_alloc(&session->arena, (size_t)w->max_id + 1);
	w->known = arena_alloc(&session->arena, (size_t)w->max_id + 1);
	w->history = arena_alloc(&session->arena, (size_t)w->max_id + 1);
	w->groups = arena_alloc(&session->arena, ((size_t)w->max_id + 1) * sizeof *w->groups);
	cursor = plan_device_cursor(session->db, w->plan.id);
	while ((step = plan_device_each(cursor, &device, &value, err)) == DB_ROW)
		w->listed[device] |= (uint8_t)value;
	if (step == DB_FAILED)
		return err->code;
	cursor = execution_history_cursor(session->db);
	while ((step = execution_history_each(cursor, &device, &value, err)) == DB_ROW) {
		if (value != w->plan.id)
			w->history[device] = 1;
		else
			w->known[device] = 1;
	}
	for (size_t s = 0; step != DB_FAILED && s < w->plan.stage_count; s++) {
		if (w->plan.stages[s].kind != STAGE_GROUP)
			continue;
		cursor = member_cursor(session->db, w->plan.stages[s].group_id);
		while ((step = member_each(cursor, &device, err)) == DB_ROW)
			w->groups[device] |= 1u << s;
	}
	return step == DB_FAILED ? err->code : ERR_OK;
}

/* Load everything that a draft would have once it is active, and undo the activation. */
static enum err_code
prepare(struct world *w, const char *name, struct err *err)
{
	struct session *session = w->session;
	struct activation activation;
	bool draft;

	if (plan_get(session->db, &session->arena, name, &w->plan, err))
		return err->code;
	draft = w->plan.state == PLAN_DRAFT;
	if (draft ? db_begin(session->db, err) : db_read_begin(session->db, err))
		return err->code;
	if (!plan_load_by_name(session, name, &w->plan, err)) {
		if (!draft || (!plan_activate_within(session, name, -1, &activation, err) &&
				      !plan_load_by_name(session, name, &w->plan, err)))
			if (!intervals_load(w, err))
				(void)!marks_load(w, err);
	}
	db_rollback(session->db);
	if (err->code)
		return err->code;
	if (w->plan.state == PLAN_ENDED) {
		err_set(err, ERR_CONFLICT, "cannot simulate plan '%s'", w->plan.name);
		return err_why(err, "it has ended");
	}
	return ERR_OK;
}

/* The plan as it is when nothing that changes with time stands in the way. */
static struct plan
open_plan(const struct plan *plan)
{
	struct plan ret = *plan;

	ret.state = PLAN_ACTIVE;
	ret.start_at = ret.end_at = 0;
	ret.windows_set = false;
	ret.strategy.tick_max_age = STRATEGY_OFF;
	ret.strategy.first_device_alone = false;
	ret.strategy.max_unproven = ret.strategy.max_in_progress = STRATEGY_OFF;
	memcpy(ret.strategy.rate, "off", sizeof "off");
	return ret;
}

static int
home_stage(const struct world *w, int64_t id, int64_t bucket)
{
	for (size_t s = 0; s < w->plan.stage_count; s++) {
		const struct stage *stage = &w->plan.stages[s];

		if ((stage->kind == STAGE_SHARE && bucket < stage->value) ||
			(stage->kind == STAGE_GROUP && w->groups[id] >> s & 1))
			return (int)s;
	}
	return NONE;
}

static size_t
profile_of(struct world *w, const struct facts *facts, const struct decision *decision)
{
	struct profile *p;

	for (size_t i = 0; i < w->profile_count; i++)
		if (!memcmp(w->profiles[i].packages, decision->packages, sizeof decision->packages))
			return i;
	if (w->profile_count == PROFILES_MAX)
		return 0;
	p = &w->profiles[w->profile_count];
	for (size_t i = 0; i < w->plan.component_count; i++) {
		p->components[i] = facts->components[i];
		if (facts->components[i].reported)
			p->components[i].reported =
				arena_copy(&w->own, facts->components[i].reported);
	}
	memcpy(p->packages, decision->packages, sizeof p->packages);
	return w->profile_count++;
}

static uint16_t
zone_of(const struct world *w, const struct device *device)
{
	for (size_t i = 1; w->plan.device_zone && i < w->plan.zone_count; i++)
		if (!strcmp(w->plan.push[i].zone, device->timezone))
			return (uint16_t)i;
	return 0;
}

static void
runner_add(struct world *w, const struct device *device, const struct facts *facts,
	const struct decision *decision)
{
	static const uint8_t no_salt[16];
	struct runner *r;

	if (w->count == w->room) {
		w->room = w->room ? w->room * 2 : 1024;
		w->runners = realloc(w->runners, w->room * sizeof *w->runners);
		if (!w->runners)
			exit(ERR_INTERNAL);
	}
	r = &w->runners[w->count++];
	*r = (struct runner){ .next = NONE,
		.bucket = (uint16_t)facts->place.bucket,
		.profile = (uint16_t)profile_of(w, facts, decision),
		.slot = (uint16_t)(token_bucket(no_salt, device->name) * w->slots / STAGE_BUCKETS),
		.zone = zone_of(w, device),
		.home = (int8_t)home_stage(w, device->id, facts->place.bucket),
		.counted = (int8_t)(facts->place.home >= 0 ? facts->place.home : NONE) };
	w->package_devices[r->profile]++;
}

/* Facts of one device without asking the database where it has no history. */
static enum err_code
facts_of(struct world *w, const struct plan *plan, struct subject *subject, struct facts *facts,
	struct err *err)
{
	struct session *session = w->session;
	int64_t id = subject->device.id;
	struct plan_device lists[2];

	if (w->known[id] || w->history[id]) {
		if (subject_load(session, subject, err))
			return err->code;
	} else {
		subject->components = pairs_parse(&session->arena, subject->device.components);
		subject->floors = pairs_parse(&session->arena, subject->device.floors);
		if (plan->rule_count) {
			subject->labels = pairs_parse(&session->arena, subject->device.labels);
			subject->attributes =
				pairs_parse(&session->arena, subject->device.attributes);
			if (device_ties(session->db, &session->arena, id, &subject->ties, err))
				return err->code;
		}
	}
	/* The lists as activation copies them. */
	subject->ties.lists = lists;
	subject->ties.list_count = 0;
	for (enum plan_list list = LIST_WHITE; list <= LIST_BLACK; list++)
		if (w->listed[id] & list)
			lists[subject->ties.list_count++] = (struct plan_device){ plan->id, list };
	return facts_make(session, &w->fleet, &w->catalog, plan, subject, facts, err);
}

static enum err_code
classify(struct world *w, const struct plan *open, const struct device *device, struct facts *facts,
	struct decision *decision, struct err *err)
{
	struct subject subject = { .device = *device };
	const struct pulse calm = { .ever_succeeded = 1 };

	if (facts_of(w, open, &subject, facts, err))
		return err->code;
	/* A draft's snapshot would be taken now. */
	facts->pulse = &calm;
	decide(facts, decision);
	if (decision->verdict == GATE_OTHER_EXECUTION_OPEN ||
		decision->verdict == GATE_RETRY_BACKOFF)
		decision->verdict = VERDICT_ELIGIBLE; /* both pass with time */
	for (size_t i = 0; decision->verdict == VERDICT_ELIGIBLE && i < open->component_count; i++)
		if (decision->packages[i] &&
			package_missing(w->session, decision->packages[i], &w->catalog))
			decision->verdict = GATE_FILE_MISSING;
	if (decision->verdict == VERDICT_ELIGIBLE) {
		runner_add(w, device, facts, decision);
		return ERR_OK;
	}
	if (!w->out->excluded[decision->verdict]++)
		w->out->example[decision->verdict] = arena_copy(&w->own, device->name);
	return ERR_OK;
}

/* Every device once: who can get it, and who never does and why. */
static enum err_code
population_read(struct world *w, struct err *err)
{
	struct session *session = w->session;
	struct plan open = open_plan(&w->plan);
	struct decision decision = { .gates = NULL };
	struct stage stages[LIMIT_STAGES];
	struct stmt *cursor;
	struct device device;

	memcpy(stages, w->plan.stages, w->plan.stage_count * sizeof *stages);
	for (size_t i = 0; i < w->plan.stage_count; i++)
		stages[i].opened_at = 1;
	open.stages = stages;
	cursor = device_of_product_cursor(session->db, w->plan.product);
	while (device_each(cursor, &session->arena, &device, err) == DB_ROW) {
		if (device.id > w->max_id)
			break; /* enrolled since the marks were read */
		w->out->population++;
		if (classify(w, &open, &device, w->facts, &decision, err))
			break;
		arena_reset(&session->arena);
		if (session->progress && w->out->population % 50000 == 0)
			session->progress(
				session, "reading devices", w->out->population, w->max_id);
	}
	db_reset(cursor);
	w->out->eligible = (int64_t)w->count;
	return err->code;
}

/* --- the clock -------------------------------------------------------------------------------------- */

static void
push(struct world *w, int32_t *head, size_t index)
{
	w->runners[index].next = *head;
	*head = (int32_t)index;
}

static void
wait_for_poll(struct world *w, size_t index)
{
	struct runner *r = &w->runners[index];

	if (r->waiting)
		return;
	r->waiting = true;
	push(w, &w->slot_head[r->zone * w->slots + r->slot], index);
}

static void
later(struct world *w, int32_t *head, int64_t minute, size_t index)
{
	if (minute < w->minutes)
		push(w, &head[minute], index);
}

/* Who may come now: the devices of a stage that opens. */
static void
stage_enters(struct world *w, int64_t index)
{
	const struct stage *stage = &w->plan.stages[index];

	if (!stage->size)
		warn(w, arena_printf(&w->own, "stage %" PRId64 " adds no device", index + 1));
	for (size_t i = 0; i < w->count; i++) {
		const struct runner *r = &w->runners[i];

		if (r->counted == NONE && !r->failures &&
			(r->home == index ||
				(stage->kind == STAGE_COUNT && r->bucket < stage->draw)))
			wait_for_poll(w, i);
	}
}

/* Saturday night is no time to widen a rollout. */
static void
warn_of_hour(struct world *w, int64_t index, int64_t now)
{
	size_t count;
	struct offset_span *spans =
		zone_spans(&w->session->arena, w->plan.timezone, now, now + MINUTE_S, &count);
	int64_t local = now + spans[0].offset_s;
	int64_t weekday = (local / MOMENT_DAY_S + 3) % 7, hour = local % MOMENT_DAY_S / 3600;
	struct civil c = moment_civil(local);

	if (weekday < 5 && hour >= 6 && hour < 20)
		return;
	warn(w, arena_printf(&w->own,
			"stage %" PRId64
			" opens on %.3s %04d-%02d-%02d %02d:%02d: set advance_window or soak",
			index + 1, &"MonTueWedThuFriSatSun"[weekday * 3], c.year, c.month, c.day,
			c.hour, c.minute));
}

static void
open_stage(struct world *w, int64_t index, int64_t now)
{
	for (;; index++) {
		w->plan.stages[index].opened_at = now;
		w->plan.stage = index;
		stage_enters(w, index);
		if (now > w->start)
			warn_of_hour(w, index, now);
		if (!stage_joins_next(&w->plan.stages[index]) ||
			(size_t)index + 1 >= w->plan.stage_count)
			return;
	}
}

/* Success s minutes ago and heard since: a quarter of the soak and a poll later. */
static void
survive(struct world *w, int64_t minute)
{
	int64_t delay = (w->plan.strategy.soak / 4 + w->plan.strategy.poll_interval) / MINUTE_S;

	for (size_t s = 0; s < w->plan.stage_count; s++)
		while (w->stages[s].survived_until <= minute - delay)
			w->stages[s].survived +=
				w->stages[s].successes[w->stages[s].survived_until++];
}

/* The real judgement of the stage, over virtual counters. */
static void
tick(struct world *w, int64_t minute, int64_t now)
{
	struct tally *tally = arena_alloc(&w->session->arena, sizeof *tally);
	struct stage *stage = &w->plan.stages[w->plan.stage];
	struct stage_verdict verdict;
	int64_t size;

	survive(w, minute);
	for (size_t s = 0; s < w->plan.stage_count; s++) {
		tally->n[s][EXEC_ACCEPTED] = w->stages[s].open;
		tally->n[s][EXEC_SUCCEEDED] = w->stages[s].succeeded;
		tally->n[s][EXEC_FAILED] = w->stages[s].failed;
		tally->n[s][TALLY_SURVIVED] = w->stages[s].survived;
	}
	w->session->now = now;
	verdict = status_stage(w->session, &w->plan, tally, &size);
	w->wait = verdict.wait;
	if (verdict.done && !stage->done_at)
		stage->done_at = now;
	if (verdict.wait == STAGE_GO && (size_t)w->plan.stage + 1 < w->plan.stage_count)
		open_stage(w, w->plan.stage + 1, now);
}

static struct breaker_tally *
block_of(struct world *w, size_t block)
{
	if (block >= w->block_count) {
		size_t count = block + 64;
		struct breaker_tally *more = arena_alloc(&w->own, count * sizeof *more);

		if (w->block_count)
			memcpy(more, w->blocks, w->block_count * sizeof *more);
		w->blocks = more;
		w->block_count = count;
	}
	return &w->blocks[block];
}

static bool
trips(struct world *w, const struct breaker_tally *tally, const struct breaker_case *what)
{
	struct breaker_list rules;

	breaker_list_parse(w->plan.strategy.breaker, &rules);
	return rules.count && breaker_judge(&rules, tally, what).tripped;
}

static void
judge(struct world *w, const struct runner *r, int64_t now)
{
	const struct stage *stage = &w->plan.stages[r->counted];
	struct stage_sim *sim = &w->stages[r->counted];
	struct breaker_tally tally = { .concluded = sim->succeeded + sim->failed,
		.failed = sim->failed };
	struct breaker_case of_stage = { .scope = BREAKER_STAGE,
		.stage_size = stage->size,
		.first_small = !r->counted && (stage->kind != STAGE_SHARE || stage->size <= 20) };
	struct breaker_case of_block = { .scope = BREAKER_BLOCK };
	char at[MOMENT_TEXT];

	if (w->pulse.tripped_at ||
		(!trips(w, &tally, &of_stage) && !trips(w, block_of(w, r->block), &of_block)))
		return;
	w->pulse.tripped_at = now;
	warn(w, arena_printf(&w->own,
			"the breaker trips at %s, after %" PRId64 " failures in stage %d",
			moment_format(now, at), sim->failed, r->counted + 1));
}

/* An attempt comes to its end. */
static void
end_attempt(struct world *w, size_t index, int64_t minute, int64_t now)
{
	struct runner *r = &w->runners[index];
	struct stage_sim *sim = &w->stages[r->counted];
	struct breaker_tally *block = block_of(w, r->block);
	bool failed = (int64_t)(roll(w) % 10000) < w->options->failure_rate;

	sim->open--;
	w->pulse.in_progress--;
	if (!r->failures)
		block->concluded++;
	if (failed) {
		if (!r->failures) {
			sim->failed++;
			block->failed++;
			w->failed_devices++;
		}
		r->failures++;
		judge(w, r, now);
		if (r->failures <= w->plan.strategy.retry_max)
			later(w, w->back_head,
				minute +
					decide_backoff(
						w->plan.strategy.retry_interval, r->failures) /
						MINUTE_S +
					1,
				index);
		return;
	}
	/* A retry that succeeds repairs the stage, though not the breaker's memory. */
	sim->failed -= r->failures ? 1 : 0;
	sim->succeeded++;
	sim->successes[minute]++;
	w->pulse.succeeded++;
	w->pulse.ever_succeeded++;
}

static void
accept(struct world *w, size_t index, int stage, int64_t minute)
{
	struct runner *r = &w->runners[index];

	if (r->counted == NONE) {
		r->counted = (int8_t)stage;
		r->block = (uint16_t)(w->first_accepts++ / BLOCK_SIZE);
		if (w->plan.stages[stage].kind == STAGE_COUNT)
			w->plan.stages[stage].taken++;
	}
	w->stages[r->counted].open++;
	w->pulse.in_progress++;
	w->offered += !r->failures;
	if (w->pulse.rate_minute != w->facts->now / MINUTE_S) {
		w->pulse.rate_minute = w->facts->now / MINUTE_S;
		w->pulse.rate_count = 0;
	}
	w->pulse.rate_count++;
	later(w, w->end_head,
		minute + (w->duration + w->plan.strategy.poll_interval) / MINUTE_S + 1, index);
}

/* The decision for one device at its poll. */
static enum verdict
ask(struct world *w, const struct runner *r, int64_t now)
{
	struct facts *f = w->facts;
	const struct profile *profile = &w->profiles[r->profile];

	memcpy(f->components, profile->components, w->plan.component_count * sizeof *f->components);
	f->now = f->tick_at = now;
	f->attempts_failed = r->failures;
	f->place = (struct stage_place){ .bucket = r->bucket, .home = r->counted };
	if (r->home != NONE && w->plan.stages[r->home].kind == STAGE_GROUP)
		f->place.groups = 1u << r->home;
	str_copy(w->device.timezone, sizeof w->device.timezone,
		r->zone ? w->plan.push[r->zone].zone : "");
	decide(f, &w->decision);
	return w->decision.verdict;
}

/* Reasons that are the same for whoever asks in this minute. */
static bool
for_all(enum verdict verdict)
{
	return verdict == GATE_PLAN_NOT_ACTIVE || verdict == GATE_BEFORE_START ||
	       verdict == GATE_AFTER_END || verdict == GATE_BREAKER_TRIPPED ||
	       verdict == GATE_FIRST_DEVICE_PENDING || verdict == GATE_TOO_MANY_IN_PROGRESS ||
	       verdict == GATE_RATE_LIMITED || verdict == GATE_OUTSIDE_PUSH_WINDOW ||
	       verdict == GATE_WINDOW_TOO_SHORT;
}

/* The devices of one zone whose slot is this minute ask. */
static void
slot_asks(struct world *w, int32_t *head, int64_t minute, int64_t now)
{
	int32_t *at = head;

	while (*at != NONE) {
		size_t index = (size_t)*at;
		struct runner *r = &w->runners[index];
		enum verdict verdict = ask(w, r, now);

		if (verdict == GATE_RATE_LIMITED)
			w->blocked_by_rate++;
		if (for_all(verdict))
			return;
		/* Offered, or out for now: a stage that fills up is no place to wait. */
		*at = r->next;
		r->waiting = false;
		if (verdict == VERDICT_ELIGIBLE)
			accept(w, index, w->decision.stage, minute);
	}
}

static void
point_add(struct world *w, int64_t now)
{
	struct simulation_point point = { now, w->offered, 0, w->failed_devices,
		(int)w->plan.stage + 1 };
	struct simulation *out = w->out;

	point.succeeded = w->pulse.succeeded;
	if (out->point_count) {
		const struct simulation_point *last = &out->timeline[out->point_count - 1];

		if (last->offered == point.offered && last->succeeded == point.succeeded &&
			last->failed == point.failed && last->stage == point.stage)
			return;
	}
	out->timeline = arena_room(&w->own, out->timeline, out->point_count, sizeof *out->timeline);
	out->timeline[out->point_count++] = point;
}

/* After the last stage stragglers are served for a while, then given up. */
static bool
tail_over(const struct world *w, int64_t now)
{
	const struct stage *last = &w->plan.stages[w->plan.stage_count - 1];
	const struct strategy *s = &w->plan.strategy;

	return last->opened_at && last->done_at &&
	       now >= last->done_at + s->soak + s->complete_after;
}

/* Nobody waits, is under way or comes back. */
static bool
all_over(const struct world *w, int64_t gave_up)
{
	return w->pulse.succeeded + gave_up >= (int64_t)w->count && !w->pulse.in_progress;
}

static void
drain(struct world *w, int32_t *head, int64_t minute, int64_t now, int64_t *gave_up, bool ends)
{
	int32_t at = *head;

	*head = NONE;
	while (at != NONE) {
		size_t index = (size_t)at;

		at = w->runners[index].next;
		if (!ends) {
			wait_for_poll(w, index);
			continue;
		}
		end_attempt(w, index, minute, now);
		*gave_up += w->runners[index].failures > w->plan.strategy.retry_max;
	}
}

static void
run(struct world *w)
{
	int64_t gave_up = 0;

	for (int64_t minute = 0; minute < w->minutes; minute++) {
		int64_t now = w->start + minute * MINUTE_S;

		drain(w, &w->end_head[minute], minute, now, &gave_up, true);
		drain(w, &w->back_head[minute], minute, now, &gave_up, false);
		tick(w, minute, now);
		for (size_t zone = 0; zone < (w->plan.zone_count ? w->plan.zone_count : 1); zone++)
			slot_asks(w, &w->slot_head[(int64_t)zone * w->slots + minute % w->slots],
				minute, now);
		if (minute % POINT_MINUTES == 0)
			point_add(w, now);
		arena_reset(&w->session->arena);
		if (all_over(w, gave_up) || tail_over(w, now) ||
			(w->pulse.tripped_at && !w->pulse.in_progress)) {
			point_add(w, now);
			w->out->ends_at = w->pulse.tripped_at ? 0 : now;
			break;
		}
	}
	w->out->left = (int64_t)w->count - w->pulse.succeeded - gave_up;
}

/* --- results -------------------------------------------------------------------------------------- */

static void
packages_name(struct world *w)
{
	struct simulation *out = w->out;

	for (size_t c = 0; c < w->plan.component_count; c++) {
		const struct plan_component *component = &w->plan.components[c];

		for (size_t p = 0; p < component->package_count; p++) {
			const struct package *package = &component->packages[p];
			int64_t devices = 0;

			for (size_t i = 0; i < w->profile_count; i++)
				if (w->profiles[i].packages[c] == package)
					devices += w->package_devices[i];
			if (!devices) {
				if (package->state == PACKAGE_PUBLISHED && w->out->population)
					warn(w, arena_printf(&w->own,
							"no device takes the %s package of %s "
							"%s%s%s",
							kind_words[package->kind],
							component->identity, component->target,
							*package->source ? " from " : "",
							package->source));
				continue;
			}
			out->packages = arena_room(
				&w->own, out->packages, out->package_count, sizeof *out->packages);
			out->packages[out->package_count++] = (struct simulation_package){
				arena_printf(&w->own, "%s %s %s%s%s", component->identity,
					component->target, kind_words[package->kind],
					*package->source ? " from " : "", package->source),
				devices
			};
		}
	}
}

static void
warn_at_end(struct world *w)
{
	const struct zone_intervals *push = w->plan.zone_count ? w->plan.push : NULL;
	int64_t end = w->start + w->minutes * MINUTE_S;

	if (push && (!push->count || push->list[0].opens_at >= end))
		warn(w, arena_printf(&w->own, "no push window opens within %" PRId64 " days",
				w->options->days));
	for (size_t i = 0; push && i < push->count && push->list[i].opens_at < end; i++)
		if (w->plan.strategy.fit_window &&
			push->list[i].closes_at - push->list[i].opens_at <
				w->plan.strategy.duration) {
			char at[MOMENT_TEXT];

			warn(w, arena_printf(&w->own,
					"the push window of %s is shorter than the expected "
					"duration: nothing is offered in it",
					moment_format(push->list[i].opens_at, at)));
			break;
		}
	if (strcmp(w->plan.strategy.rate, "off") != 0 && !w->blocked_by_rate)
		warn(w, "the rate has no effect: nobody ever waits for it");
	if ((size_t)w->plan.stage + 1 < w->plan.stage_count && !w->pulse.tripped_at)
		warn(w, arena_printf(&w->own, "stage %" PRId64 " does not advance in this time: %s",
				w->plan.stage + 1, stage_wait_words[w->wait]));
	if (w->out->left > 0 && !w->pulse.tripped_at)
		warn(w, arena_printf(&w->own,
				"%" PRId64 " devices do not get it within %" PRId64 " days",
				w->out->left, w->options->days));
}

static void
clock_make(struct world *w)
{
	const struct strategy *s = &w->plan.strategy;
	size_t zones = w->plan.zone_count ? w->plan.zone_count : 1;

	w->minutes = w->options->days * MOMENT_DAY_S / MINUTE_S;
	w->slots = s->poll_interval / MINUTE_S;
	w->slots = w->slots < 1 ? 1 : w->slots > SLOTS_MAX ? SLOTS_MAX : w->slots;
	w->duration = w->options->duration >= 0 ? w->options->duration : s->duration;
	w->slot_head = arena_alloc(&w->own, zones * (size_t)w->slots * sizeof *w->slot_head);
	w->end_head = arena_alloc(&w->own, (size_t)w->minutes * sizeof *w->end_head);
	w->back_head = arena_alloc(&w->own, (size_t)w->minutes * sizeof *w->back_head);
	memset(w->slot_head, 0xff, zones * (size_t)w->slots * sizeof *w->slot_head);
	memset(w->end_head, 0xff, (size_t)w->minutes * sizeof *w->end_head);
	memset(w->back_head, 0xff, (size_t)w->minutes * sizeof *w->back_head);
	for (size_t i = 0; i < w->plan.stage_count; i++)
		w->stages[i].successes =
			arena_alloc(&w->own, (size_t)w->minutes * sizeof *w->stages[i].successes);
}

/* What every virtual poll shares: the gates that depend on one device were judged before. */
static void
facts_prepare(struct world *w)
{
	struct strategy *s = &w->plan.strategy;
	struct facts *f = w->facts;

	s->min_battery = s->min_signal = s->min_free = STRATEGY_OFF;
	s->unknown_metric_hold = false;
	if (s->approve)
		warn(w, "every stage waits for otactl plan advance; here it comes at once");
	s->approve = false;
	w->plan.state = PLAN_ACTIVE;
	w->plan.rule_count = w->plan.from_count = 0;
	w->plan.whitelist_set = false;
	w->plan.continuous = true;
	memset(f, 0, sizeof *f);
	w->device = (struct device){ .id = 1, .product = w->catalog.product.id };
	f->device = &w->device;
	f->product = &w->catalog.product;
	f->plan = &w->plan;
	f->labels = f->attributes = &w->none;
	f->pulse = &w->pulse;
}

static enum err_code
play(struct world *w, const char *name, struct err *err)
{
	struct session *session = w->session;
	int64_t opened;

	w->start = session->now;
	if (prepare(w, name, err) || fleet_get(session->db, &w->fleet, err) ||
		catalog_base(session, &session->arena, w->plan.product, &w->catalog, err))
		return err->code;
	w->own = session->arena;
	session->arena = (struct arena){ NULL };
	w->profiles = arena_alloc(&w->own, PROFILES_MAX * sizeof *w->profiles);
	w->package_devices = arena_alloc(&w->own, PROFILES_MAX * sizeof *w->package_devices);
	w->facts = arena_alloc(&w->own, sizeof *w->facts);
	clock_make(w);
	if (population_read(w, err))
		return err->code;
	facts_prepare(w);
	for (size_t i = 0; i < w->plan.stage_count; i++)
		w->plan.stages[i].taken = w->plan.stages[i].done_at = 0;
	opened = w->plan.stage;
	for (int64_t i = 0; i < opened; i++)
		open_stage(w, i, w->start);
	open_stage(w, opened, w->start);
	/* Who has accepted before comes back for its next attempt. */
	for (size_t i = 0; i < w->count; i++)
		if (w->runners[i].counted != NONE)
			wait_for_poll(w, i);
	run(w);
	packages_name(w);
	warn_at_end(w);
	return ERR_OK;
}

enum err_code
simulate(struct session *session, const char *plan, const struct simulation_options *options,
	struct simulation *ret, struct err *err)
{
	struct world *w = arena_alloc(&session->arena, sizeof *w);

	*ret = (struct simulation){ .starts_at = session->now };
	w->session = session;
	w->options = options;
	w->out = ret;
	w->dice = (uint64_t)options->seed;
	(void)!play(w, plan, err);
	free(w->runners);
	if (w->own.head) {
		arena_done(&session->arena);
		session->arena = w->own;
	}
	session->now = ret->starts_at;
	return err->code;
}
