/*
 * A poll takes at most two passes over the same steps: load, settle, answer.
 *
 * The first is made within a read snapshot, with counts that the catalog remembers, and writes
 * nothing.  Nearly every poll ends there.  As soon as it finds something to write (a version or
 * attribute that changed, an execution to prove or to close, an offer to make, take or withdraw),
 * it stops: put_off().  The snapshot is given up, the write lock taken, the device's row read
 * again, and the second pass makes every step anew over fresh rows, now doing what it finds.  Where
 * nothing is to be stored but that the device was heard, that is kept for contacts_store().
 *
 * What must never happen: that something is written which was decided over the snapshot, since
 * others may have taken the last place, tripped the breaker or frozen the fleet in between; that
 * the first pass writes; and that one poll leaves a device with two open executions, so plans are
 * asked only when none is open.
 */
#include "plans/door/poll.h"

#include "core/ban.h"
#include "core/choose.h"
#include "core/execution.h"
#include "core/moment.h"
#include "core/retry.h"
#include "core/str.h"
#include "core/terms.h"
#include "db/device.h"
#include "plans/door/contact.h"
#include "plans/door/visit.h"
#include "plans/rollout/ban.h"
#include "plans/rollout/follow.h"
#include "plans/rollout/move.h"
#include "plans/rollout/prove.h"

enum {
	POLL_DEFAULT_S = 600, /* without any plan */
	OVERDUE_PER_OFFER = 64,
};

struct poll {
	struct visit v;
	const struct told *told;
	bool accept;
	bool must_write;   /* the first pass found something to write */
	bool stale;	   /* executions were changed since the subject was loaded */
	bool store;	   /* the device's row must be written */
	bool changed;	   /* it tells of itself what it did not before, */
	struct device was; /* as which it was stored */
	int64_t withdrew;  /* the plan whose offer this poll took back, */
	enum verdict why;  /* and what for */
	struct poll_answer *out;
};

static bool
declared(const struct catalog *catalog, const char *identity)
{
	for (size_t i = 0; i < catalog->component_count; i++)
		if (!strcmp(catalog->components[i].identity, identity))
			return true;
	return false;
}

/* Take over told pairs; true when the text changed. */
static bool
merge_pairs(struct poll *p, const struct pairs *told, bool identities, const char **text)
{
	struct arena *arena = &p->v.session->arena;
	struct pairs pairs = pairs_parse(arena, *text);
	bool changed = false;

	for (size_t i = 0; i < told->count; i++) {
		const char *key = told->list[i].key, *old = pairs_get(&pairs, key);

		if ((identities && !declared(p->v.catalog, key)) ||
			(old && !strcmp(old, told->list[i].value)) ||
			(!old && pairs.count == LIMIT_PAIRS))
			continue;
		pairs_set(arena, &pairs, key, told->list[i].value);
		changed = true;
	}
	if (changed)
		*text = pairs_format(arena, &pairs);
	return changed;
}

static void
merge_metrics(struct metrics *m, const struct metrics *told, int64_t now)
{
	if (told->has_battery) {
		m->has_battery = true;
		m->battery = told->battery;
	}
	if (told->has_charging) {
		m->has_charging = true;
		m->charging = told->charging;
	}
	if (told->has_signal) {
		m->has_signal = true;
		m->signal = told->signal;
	}
	if (told->has_free) {
		m->has_free = true;
		m->free = told->free;
	}
	if (*told->slot)
		str_copy(m->slot, sizeof m->slot, told->slot);
	if (told->has_battery || told->has_charging || told->has_signal || told->has_free)
		m->at = now;
}

/* Floors of the versions that the device runs now are proved for good. */
static void
prove_floors(struct poll *p, struct device *d)
{
	struct arena *arena = &p->v.session->arena;
	struct pairs running = pairs_parse(arena, d->components),
		     floors = pairs_parse(arena, d->floors);

	for (size_t i = 0; i < p->v.catalog->component_count; i++) {
		const struct component *c = &p->v.catalog->components[i];
		const char *name = pairs_get(&running, c->identity),
			   *old = pairs_get(&floors, c->identity);
		const struct version *v = name ? catalog_version(p->v.catalog, c->id, name) : NULL;
		int64_t floor = 0;

		if (old && !str_int(old, 0, INT64_MAX, &floor))
			floor = 0;
		if (v && v->floor > floor)
			pairs_set(arena, &floors, c->identity,
				arena_printf(arena, "%lld", (long long)v->floor));
	}
	d->floors = pairs_format(arena, &floors);
}

static void
merge(struct poll *p)
{
	struct device *d = &p->v.subject.device;
	int64_t now = p->v.session->now, gap = now - d->last_seen;
	bool changed;

	p->was = *d;
	changed = merge_pairs(p, &p->told->components, true, &d->components);
	changed |= merge_pairs(p, &p->told->attributes, false, &d->attributes);
	merge_metrics(&d->metrics, &p->told->metrics, now);
	p->changed = changed;
	p->store = changed || gap >= GAP_STORE_S;
	if (!p->store)
		return;
	if (changed)
		prove_floors(p, d);
	gaps_take(&d->gaps, d->last_seen, now);
	d->last_seen = now;
}

/* When to ask again, for who hears a verdict of the plan; NULL: no plan looks at the device. */
static int64_t
ask_again(const struct poll *p, const struct plan *plan, enum verdict verdict, int64_t earliest)
{
	static const uint8_t no_salt[16];
	const struct device *device = &p->v.subject.device;
	struct retry retry = { .now = p->v.session->now,
		.place = token_bucket(no_salt, device->name),
		.interval = plan ? plan->strategy.poll_interval : POLL_DEFAULT_S,
		.longest = plan ? plan->strategy.poll_max : POLL_DEFAULT_S,
		.earliest = earliest };
	const struct interval *in = NULL;

	/* Who waits for a rate comes in its own slot: at the next minute all would come at once. */
	if (verdict == GATE_RATE_LIMITED)
		retry.earliest = 0;
	if (retry.earliest > retry.now && retry.earliest != MOMENT_NEVER)
		in = terms_interval(plan, device, retry.earliest);
	if (in)
		retry.window = in->closes_at - in->opens_at;
	return retry_after(&retry);
}

/*
 * In the first pass: leave this, and all that would follow, to the second.  False in the second,
 * which does it.
 */
static bool
put_off(struct poll *p)
{
	p->must_write = !p->v.writing;
	return p->must_write;
}

/* Read the device's executions and the rest of the subject, unless they are as they were read. */
static enum err_code
refresh(struct poll *p, struct err *err)
{
	if (!p->stale)
		return ERR_OK;
	p->stale = false;
	return subject_load(p->v.session, &p->v.subject, err);
}

/* Other versions or attributes than before: the counts of the plans follow. */
static enum err_code
follow(struct poll *p, struct err *err)
{
	struct visit *v = &p->v;
	struct subject was = v->subject;

	if (!p->changed)
		return ERR_OK;
	was.device = p->was;
	was.components = pairs_parse(&v->session->arena, p->was.components);
	was.attributes = pairs_parse(&v->session->arena, p->was.attributes);
	if (follow_device(v->session, &v->fleet, v->catalog, &was, &v->subject, &p->stale, err))
		return err->code;
	return refresh(p, err);
}

/* Who asks, in which product, and what the poll adds to it. */
static enum err_code
load(struct poll *p, struct err *err)
{
	if (visit_begin(&p->v, err))
		return err->code;
	merge(p);
	if (p->changed && put_off(p))
		return ERR_OK;
	p->stale = true;
	if (refresh(p, err))
		return err->code;
	return p->v.writing ? follow(p, err) : catalog_pulses(p->v.session, p->v.catalog, err);
}

/*
 * Close one of the device's executions if its time is over, and see what the versions prove of
 * it.
 */
static enum err_code
settle_one(struct poll *p, const struct prove_report *report, struct execution *e, struct err *err)
{
	struct session *session = p->v.session;
	const struct plan *plan;
	struct proof proof;
	bool overdue = execution_open(e->state) && e->deadline_at <= session->now &&
		       !session->clock_by,
	     proves;

	prove_read(report, e, &proof);
	if (!overdue && !prove_asks(e, &proof))
		return ERR_OK;
	if (offer_plan(session, p->v.catalog, e->plan, &plan, err))
		return err->code;
	proves = prove_due(report, plan, e, &proof);
	if ((!proves && !overdue) || put_off(p))
		return ERR_OK;
	p->stale = true;
	if (proves && prove_versions(session, report, plan, e, &proof, err))
		return err->code;
	/* A proof closes it, too. */
	if (!execution_open(e->state) || e->deadline_at > session->now || session->clock_by)
		return ERR_OK;
	return move_to(
		session, plan, e, MOVE_ALL, execution_overdue(e), "no word in time", NULL, err);
}

/* The newest execution of each plan: earlier ones are over. */
static enum err_code
settle(struct poll *p, struct err *err)
{
	const struct subject *subject = &p->v.subject;
	struct session *session = p->v.session;
	struct prove_report report = { .catalog = p->v.catalog,
		.subject = subject,
		.told = &p->told->components,
		.now = session->now };
	struct execution_component *parts;

	if (!subject->execution_count)
		return ERR_OK;
	if (db_execution_component_of_device(session->db, &session->arena, subject->device.id,
		    &parts, &report.part_count, err))
		return err->code;
	report.parts = parts;
	for (size_t i = 0; i < subject->execution_count; i++) {
		struct execution *e = &subject->executions[i];

		if (e == subject_newest(subject, e->plan) && settle_one(p, &report, e, err))
			return err->code;
	}
	return ERR_OK;
}

static enum err_code
answer_offer(struct poll *p, const struct plan *plan, const struct execution *e, struct err *err)
{
	p->out->has_offer = true;
	p->out->verdict = VERDICT_ELIGIBLE;
	p->out->retry_after_s = plan->strategy.poll_interval;
	return offer_view(p->v.session, plan, e, &p->v.subject.device, &p->out->offer, err);
}

/* The device takes what it is offered in the same request, which only silent plans allow. */
static bool
takes(const struct poll *p, const struct plan *plan)
{
	return p->accept && plan->mode == MODE_SILENT;
}

/*
 * An offer that was made before, and must still hold: it is shown again, taken, or withdrawn.
 * While the clock is not trusted it is none of these: the device hears that it has to wait.
 */
static enum err_code
answer_standing(struct poll *p, const struct plan *plan, struct execution *e, struct err *err)
{
	struct visit *v = &p->v;
	const char *reason;
	enum verdict verdict;

	if (visit_decide(v, plan, true, err) || visit_stale(v, e, &reason, err))
		return err->code;
	verdict = v->decision->verdict;
	if (verdict == GATE_FROZEN && v->session->clock_by)
		return ERR_OK;
	if (reason) {
		if (put_off(p))
			return ERR_OK;
		p->stale = true;
		p->withdrew = plan->id;
		p->why = verdict;
		return move_to(v->session, plan, e, MOVE_ALL, EXEC_EXPIRED, reason, NULL, err);
	}
	if (verdict == VERDICT_ELIGIBLE && takes(p, plan)) {
		if (put_off(p))
			return ERR_OK;
		if (move_accept(v->session, plan, v->facts, v->decision, e, err))
			return err->code;
	}
	return answer_offer(p, plan, e, err);
}

/* Who installs is left alone; only a package that nobody may have is not handed out again. */
static enum err_code
answer_installing(struct poll *p, const struct plan *plan, struct execution *e, struct err *err)
{
	struct offer *offer = &p->out->offer;

	if (visit_facts(&p->v, plan, err) || answer_offer(p, plan, e, err))
		return err->code;
	for (size_t i = 0; i < offer->component_count; i++)
		if (package_fault(p->v.facts, &offer->components[i].package) != VERDICT_ELIGIBLE)
			offer->components[i].file_count = 0;
	return ERR_OK;
}

/*
 * What was accepted goes on, unless its files would be refused: then the device hears why, as who
 * has accepted nothing does.
 */
static enum err_code
answer_accepted(struct poll *p, const struct plan *plan, struct execution *e, struct err *err)
{
	const char *reason;

	if (visit_banned(&p->v, plan, e, &reason, err))
		return err->code;
	if (reason) {
		if (put_off(p))
			return ERR_OK;
		p->stale = true;
		if (ban_execution(p->v.session, plan, e, reason, err))
			return err->code;
		if (!execution_open(e->state))
			return ERR_OK;
	}
	return ban_concerns(e->state) ? answer_offer(p, plan, e, err)
				      : answer_installing(p, plan, e, err);
}

/* An open execution: what was accepted goes on, what is merely offered must still hold. */
static enum err_code
answer_open(struct poll *p, struct execution *e, struct err *err)
{
	const struct plan *plan;

	if (offer_plan(p->v.session, p->v.catalog, e->plan, &plan, err))
		return err->code;
	return e->state == EXEC_OFFERED ? answer_standing(p, plan, e, err)
					: answer_accepted(p, plan, e, err);
}

/*
 * Offer a plan that the device is eligible for, unless closing what has run out of time changes
 * that.
 */
static enum err_code
make_offer(struct poll *p, const struct plan *plan, struct err *err)
{
	struct visit *v = &p->v;
	struct execution e;
	int64_t closed;

	if (move_close_overdue(v->session, plan, OVERDUE_PER_OFFER, &closed, err) ||
		(closed && visit_decide(v, plan, false, err)))
		return err->code;
	if (v->decision->verdict != VERDICT_ELIGIBLE)
		return ERR_OK;
	if (move_offer(v->session, plan, v->facts, v->decision, &e, err) ||
		(takes(p, plan) && move_accept(v->session, plan, v->facts, v->decision, &e, err)))
		return err->code;
	p->store = true;
	v->subject.device.last_seen = v->session->now;
	return answer_offer(p, plan, &e, err);
}

/* Ask every running plan; the verdict of the one that came furthest is what the device hears. */
static enum err_code
ask_plans(struct poll *p, struct err *err)
{
	struct visit *v = &p->v;
	int64_t soonest = INT64_MAX;

	p->out->verdict = VERDICT_NO_PLAN;
	p->out->retry_after_s = ask_again(p, NULL, VERDICT_NO_PLAN, 0);
	for (size_t i = 0; i < v->catalog->plan_count; i++) {
		const struct plan *plan = &v->catalog->plans[i];
		enum verdict verdict;
		int64_t wait;

		if (visit_decide(v, plan, false, err))
			return err->code;
		if (v->decision->verdict == VERDICT_ELIGIBLE) {
			if (put_off(p))
				return ERR_OK;
			if (make_offer(p, plan, err) || p->out->has_offer)
				return err->code;
		}
		verdict = v->decision->verdict;
		/* What it was withdrawn for says more than that it is not offered again at once. */
		if (verdict == GATE_RETRY_BACKOFF && plan->id == p->withdrew)
			verdict = p->why;
		wait = ask_again(p, plan, verdict, v->decision->earliest);
		if (p->out->verdict == VERDICT_NO_PLAN || verdict > p->out->verdict) {
			p->out->verdict = verdict;
			p->out->retry_after_s = wait;
		}
		if (!decide_for_good(v->decision, true) && wait < soonest)
			soonest = wait;
	}
	/* Another plan may have something for it before the one that came furthest. */
	if (soonest < p->out->retry_after_s)
		p->out->retry_after_s = soonest;
	return ERR_OK;
}

/* What the device hears: its open execution, else the first plan that has something for it. */
static enum err_code
answer(struct poll *p, struct err *err)
{
	struct execution *open;

	if (refresh(p, err))
		return err->code;
	open = subject_open(&p->v.subject);
	if (open && (answer_open(p, open, err) || p->out->has_offer || p->must_write))
		return err->code;
	/* No answer came of it: the offer was withdrawn. */
	return refresh(p, err) ? err->code : ask_plans(p, err);
}

/* One pass. */
static enum err_code
look(struct poll *p, struct err *err)
{
	*p->out = (struct poll_answer){ 0 };
	if (load(p, err) || p->must_write)
		return err->code;
	if (settle(p, err) || p->must_write)
		return err->code;
	if (answer(p, err) || !p->v.writing || !p->store)
		return err->code;
	return db_device_store_seen(p->v.session->db, &p->v.subject.device, err);
}

/* The second pass: everything anew under the write lock, over the device's row as it is now. */
static enum err_code
write_pass(struct poll *p, struct err *err)
{
	struct session *session = p->v.session;
	struct device *device = &p->v.subject.device;

	p->v.writing = true;
	p->must_write = false;
	if (session_write_begin(session, err))
		return err->code;
	if (!db_device_by_id(session->db, &session->arena, device->id, device, err))
		(void)!look(p, err);
	return db_finish(session->db, err->code, err);
}

enum err_code
poll_run(struct session *session, const struct device *device, const struct told *told, bool accept,
	struct poll_answer *ret, struct err *err)
{
	struct poll p = { .v = { .session = session }, .told = told, .accept = accept, .out = ret };

	p.v.subject.device = *device;
	if (look(&p, err))
		return err->code;
	if (p.must_write)
		return write_pass(&p, err);
	return p.store ? contact_keep(session, &p.v.subject.device, err) : ERR_OK;
}

enum err_code
poll_take(struct session *session, const struct device *device, const struct told *told,
	struct poll_answer *ret, struct err *err)
{
	struct poll p = { .v = { .session = session }, .told = told, .accept = true, .out = ret };

	p.v.subject.device = *device;
	return write_pass(&p, err);
}
