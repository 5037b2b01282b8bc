#include "plans/rollout/left.h"

#include "core/execution.h"
#include "core/moment.h"
#include "core/str.h"
#include "core/target.h"
#include "core/terms.h"
#include "plans/rollout/catalog.h"
#include "plans/rollout/facts.h"

enum {
	EVERY_S = 3600,			  /* it is counted at most so often */
	AN_HOUR = 50000,		  /* and so many devices are looked at in an hour: */
	GLANCES = 20,			  /* so many that need but a glance are as one of them */
	EVERY_MOST_S = 30 * MOMENT_DAY_S, /* more devices than that takes there are not */
};

/* Beside the gates: what only counting stragglers tells apart. */
enum { NEED_CONTACT = VERDICT_MAX, NEED_ACCEPTANCE, NEED_END, NEED_STAGE, NEED_MAX };

static const struct {
	const char *word; /* NULL: that of the gate */
	const char *text;
} needs[NEED_MAX] = {
	[VERDICT_ELIGIBLE] = { "poll", "to ask" },
	[GATE_DEVICE_HELD] = { NULL, "otactl device release" },
	[GATE_BLACKLISTED] = { NULL, "to be on no blacklist, nor of a cohort left out" },
	[GATE_NOT_WHITELISTED] = { NULL, "to be on the whitelist" },
	[GATE_COMPONENT_MISSING] = { NULL, "to have the component" },
	[GATE_ALREADY_AT_TARGET] = { NULL, "nothing: at the target" },
	[GATE_DONE_IN_PLAN] = { NULL, "otactl execution retry" },
	[GATE_SUPERSEDED] = { NULL, "nothing: updated by a later plan" },
	[GATE_VERSION_UNKNOWN] = { NULL, "to report a version that is known" },
	[GATE_SOURCE_NOT_ALLOWED] = { NULL, "to run a version that the plan starts from" },
	[GATE_WRONG_HARDWARE] = { NULL, "a package for their hardware" },
	[GATE_REQUIREMENT_MISSING] = { NULL, "what the package requires" },
	[GATE_NO_PACKAGE_FOR_VERSION] = { NULL, "a package from what they run" },
	[GATE_DOWNGRADE] = { NULL, "nothing: newer than the target" },
	[GATE_RETRIES_EXHAUSTED] = { NULL, "otactl execution retry: given up" },
	[GATE_OTHER_EXECUTION_OPEN] = { NULL, "their attempt in another plan to end" },
	[GATE_RETRY_BACKOFF] = { NULL, "their next attempt to be due" },
	[NEED_CONTACT] = { "contact", "to be heard again: away for longer than usual" },
	[NEED_ACCEPTANCE] = { "acceptance", "to accept their offer" },
	[NEED_END] = { "end", "their attempt to end" },
	[NEED_STAGE] = { "stage", "a stage that admits them: there is none" },
};

static const char *
need_word(int need)
{
	return needs[need].word ? needs[need].word : verdict_words[need];
}

const char *
left_text(const char *need)
{
	for (int i = 0; i < NEED_MAX; i++)
		if (!strcmp(need_word(i), need))
			return needs[i].text ? needs[i].text
					     : "their gate to open: otactl plan explain";
	return "";
}

enum err_code
left_read(struct session *session, const struct plan *plan, struct left *ret, struct err *err)
{
	struct plan_left *sums = &ret->sums;
	int64_t now = plan->state == PLAN_ENDED ? plan->ended_at : session->now;

	*ret = (struct left){ .count = 0 };
	if (!plan->stage_count || plan_counts_from(plan, now) > now)
		return ERR_OK;
	if (db_straggler_all(session->db, &session->arena, plan->id, &ret->list, &ret->count,
		    &sums->counted_at, &sums->until, err))
		return err->code;
	/* An earlier stage was counted, or an earlier course of the stages. */
	if (sums->counted_at < plan->stages[plan->stage].opened_at) {
		*ret = (struct left){ .count = 0 };
		return ERR_OK;
	}
	for (size_t i = 0; i < ret->count; i++) {
		const struct straggler *s = &ret->list[i];

		sums->coming += s->comes ? s->n : 0;
		sums->here += s->comes && strcmp(s->need, need_word(NEED_CONTACT)) != 0 ? s->n : 0;
		ret->untried += s->comes ? 0 : s->untried;
	}
	return ERR_OK;
}

/* One count of one plan. */
struct counting {
	struct session *session;
	struct plan plan;
	struct fleet fleet;
	struct catalog catalog;
	struct plan_pulse pulse;
	struct facts *facts;
	bool comes[NEED_MAX];
	int64_t n[NEED_MAX], untried[NEED_MAX];
	int64_t until;
	int64_t looked, glanced;
};

/*
 * Whom the newest stage waits for has had its time 1.5 gaps and a day after it opened, or after the
 * device's own step: its acceptance, its success.
 */
static void
wait_for(struct counting *c, const struct gaps *gaps, int64_t last_seen, int64_t step_at)
{
	const struct stage *stage = &c->plan.stages[c->plan.stage];
	int64_t gap = gaps_deadline(gaps, last_seen), from = stage->opened_at + stage->stood_s;
	int64_t until = (step_at > from ? step_at : from) + gap + gap / 2 + MOMENT_DAY_S;

	if (until > c->until)
		c->until = until;
}

/* Most devices need but a glance: at the target by another way, or on no list. */
static bool
is_target(struct counting *c, const struct target_row *row)
{
	struct arena *arena = &c->session->arena;
	struct pairs labels, attributes, reported;
	struct device named = { .id = row->id };
	struct facts *f = c->facts;
	size_t there = 0, at_target = 0;

	if (row->begun_at)
		return true;
	reported = pairs_parse(arena, row->components);
	for (size_t i = 0; i < c->plan.component_count; i++) {
		const char *version = pairs_get(&reported, c->plan.components[i].identity);

		there += version != NULL;
		at_target += version && !strcmp(version, c->plan.components[i].target);
	}
	if (there == c->plan.component_count && at_target == there)
		return false;
	if (!c->plan.whitelist_set)
		return target_in_snapshot(&c->plan, &named);
	labels = pairs_parse(arena, row->labels);
	attributes = pairs_parse(arena, row->attributes);
	str_copy(named.name, sizeof named.name, row->name);
	f->plan = &c->plan;
	f->device = &named;
	f->labels = &labels;
	f->attributes = &attributes;
	f->whitelisted_id = row->marks & LIST_WHITE;
	f->group_count = 0;
	return terms_listed(f, LIST_WHITE);
}

/* What a pending or started target needs first; *comes: it may get it without anybody's doing. */
static int
need_of(struct counting *c, const struct subject *subject, const struct execution *newest,
	bool *comes)
{
	const struct device *device = &subject->device;
	int64_t heard_at = device->last_seen ? device->last_seen : device->enrolled_at;
	bool away = gaps_absent(&device->gaps, c->session->now - heard_at);
	struct decision decision = { .gates = NULL };

	*comes = true;
	if (newest && execution_under_way(newest->state))
		return away ? NEED_CONTACT : NEED_END;
	c->facts->accepting = newest && newest->state == EXEC_OFFERED;
	c->facts->pulse = &c->pulse.pulse;
	decide(c->facts, &decision);
	if (decide_for_good(&decision, device->last_seen)) {
		*comes = false;
		return decision.verdict == GATE_STAGE_NOT_OPEN ? NEED_STAGE : (int)decision.verdict;
	}
	if (away)
		return NEED_CONTACT;
	return c->facts->accepting ? NEED_ACCEPTANCE : (int)decision.verdict;
}

static enum err_code
device_count(struct counting *c, int64_t id, struct err *err)
{
	struct session *session = c->session;
	struct stage_place *place = &c->facts->place;
	const struct execution *newest;
	struct subject subject;
	enum target_standing standing;
	bool comes;
	int need;

	c->looked++;
	if (db_device_by_id(session->db, &session->arena, id, &subject.device, err) ||
		subject_load(session, &subject, err) ||
		facts_make(session, &c->fleet, &c->catalog, &c->plan, &subject, c->facts, err))
		return err->code;
	standing = target_standing_of(c->facts).what;
	if (standing == TARGET_NONE || standing == TARGET_ALREADY)
		return ERR_OK;
	newest = subject_newest(&subject, c->plan.id);
	need = need_of(c, &subject, newest, &comes);
	c->n[need]++;
	c->untried[need] += !newest;
	c->comes[need] = comes;
	if (!comes)
		return ERR_OK;
	if (newest && execution_under_way(newest->state))
		wait_for(c, &subject.device.gaps, subject.device.last_seen, newest->accepted_at);
	else if (stage_admits(c->plan.stages, c->plan.stage_count, place) >= 0)
		wait_for(c, &subject.device.gaps, subject.device.last_seen, 0);
	return ERR_OK;
}

/* Who succeeded and has not survived yet holds a stage, too. */
static enum err_code
survivors_wait(struct counting *c, struct err *err)
{
	const struct plan *plan = &c->plan;
	struct contact contact;
	struct stmt *cursor;
	enum db_step step;

	for (int64_t i = stage_joined_first(plan->stages, plan->stage); i <= plan->stage; i++) {
		cursor = db_execution_contact_cursor(
			c->session->db, plan->id, i, EXECUTION_SAMPLE_ALL);
		while ((step = db_execution_contact_each(cursor, &contact, err)) == DB_ROW)
			if (!contact.survived)
				wait_for(c, &contact.gaps, contact.last_seen, contact.closed_at);
		if (step == DB_FAILED)
			return err->code;
	}
	return ERR_OK;
}

/* What a freeze keeps back comes when it is over: it is nobody's need. */
static enum err_code
counting_begin(struct counting *c, struct err *err)
{
	struct session *session = c->session;

	if (plan_load(session, &session->arena, &c->plan, err) ||
		db_fleet_get(session->db, &c->fleet, err) ||
		catalog_base(session, &session->arena, c->plan.product, &c->catalog, err) ||
		db_plan_pulse_get(session->db, c->plan.id, &c->pulse, err))
		return err->code;
	c->fleet.frozen = c->catalog.product.frozen = false;
	c->facts = arena_alloc(&session->arena, sizeof *c->facts);
	return ERR_OK;
}

static enum err_code
devices_count(struct counting *c, struct err *err)
{
	struct session *session = c->session;
	struct stmt *cursor = db_plan_left_cursor(session->db, c->plan.id, c->plan.product);
	struct arena kept = session->arena;
	struct target_row row;

	session->arena = (struct arena){ NULL };
	while (db_plan_target_each(cursor, &row, err) == DB_ROW) {
		c->glanced++;
		if (is_target(c, &row) && device_count(c, row.id, err))
			break;
		arena_reset(&session->arena);
	}
	db_reset(cursor);
	arena_done(&session->arena);
	session->arena = kept;
	return err->code;
}

/* The needs that anybody has, in `list` of NEED_MAX; how many. */
static size_t
counted(const struct counting *c, struct straggler *list)
{
	size_t count = 0;

	for (int need = 0; need < NEED_MAX; need++) {
		if (!c->n[need])
			continue;
		list[count] = (struct straggler){
			.n = c->n[need], .untried = c->untried[need], .comes = c->comes[need]
		};
		str_copy(list[count++].need, sizeof list->need, need_word(need));
	}
	return count;
}

static enum err_code
store(struct counting *c, struct err *err)
{
	struct session *session = c->session;
	struct straggler list[NEED_MAX];
	size_t count = counted(c, list);
	int64_t every = EVERY_S + EVERY_S * (c->looked + c->glanced / GLANCES) / AN_HOUR;

	if (db_begin(session->db, err))
		return err->code;
	return db_finish(session->db,
		db_straggler_set(session->db, c->plan.id, list, count, session->now, c->until,
			session->now + every, err),
		err);
}

static enum err_code
due_store(struct session *session, int64_t plan, int64_t at, struct err *err)
{
	if (db_begin(session->db, err))
		return err->code;
	return db_finish(session->db, db_plan_left_due(session->db, plan, at, err), err);
}

static enum err_code
count(struct counting *c, struct err *err)
{
	if (counting_begin(c, err) || devices_count(c, err))
		return err->code;
	return (size_t)c->plan.stage + 1 < c->plan.stage_count ? survivors_wait(c, err) : ERR_OK;
}

static enum err_code
count_in_snapshot(struct counting *c, struct err *err)
{
	if (db_read_begin(c->session->db, err))
		return err->code;
	(void)!count(c, err);
	db_read_end(c->session->db);
	return err->code;
}

static enum err_code
plan_count(struct session *session, int64_t id, struct err *err)
{
	struct counting *c = arena_alloc(&session->arena, sizeof *c);
	int64_t from;

	*c = (struct counting){ .session = session };
	if (db_plan_by_id(session->db, &session->arena, id, &c->plan, err) ||
		plan_load_stages(session, &session->arena, &c->plan, err))
		return err->code;
	/* What changes a plan asks anew. */
	from = c->plan.state == PLAN_ACTIVE ? plan_counts_from(&c->plan, session->now)
					    : MOMENT_NEVER;
	if (from > session->now)
		return due_store(session, id, from, err);
	return count_in_snapshot(c, err) ? err->code : store(c, err);
}

int64_t
left_due_most(const struct plan *plan, int64_t counted_at, int64_t now)
{
	int64_t from = plan_counts_from(plan, now), next = counted_at + EVERY_MOST_S;

	return from > next ? from : next;
}

enum err_code
left_recount(struct session *session, int64_t plan, int64_t at, struct left *ret, struct err *err)
{
	struct counting *c = arena_alloc(&session->arena, sizeof *c);
	int64_t now = session->now;

	*c = (struct counting){ .session = session };
	if (db_plan_by_id(session->db, &session->arena, plan, &c->plan, err))
		return err->code;
	session->now = at;
	(void)!count(c, err);
	session->now = now;
	*ret = (struct left){ .sums = { .counted_at = at, .until = c->until },
		.list = arena_alloc(&session->arena, NEED_MAX * sizeof *ret->list) };
	ret->count = counted(c, ret->list);
	return err->code;
}

enum err_code
left_count(struct session *session, struct left_trouble **ret, size_t *count, struct err *err)
{
	int64_t *plans;
	size_t due;

	*count = 0;
	if (db_plan_uncounted(session->db, &session->arena, session->now, &plans, &due, err))
		return err->code;
	*ret = arena_alloc(&session->arena, due * sizeof **ret + 1);
	for (size_t i = 0; i < due; i++) {
		if (!plan_count(session, plans[i], err))
			continue;
		if (err->code == ERR_BUSY)
			return err->code;
		(*ret)[(*count)++] = (struct left_trouble){ plans[i], *err };
		*err = (struct err){ .code = ERR_OK };
	}
	return ERR_OK;
}
