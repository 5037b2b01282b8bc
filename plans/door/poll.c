#include "plans/door/poll.h"

#include "core/execution.h"
#include "core/moment.h"
#include "core/str.h"
#include "db/device.h"
#include "plans/door/visit.h"
#include "plans/rollout/move.h"
#include "plans/rollout/prove.h"

enum {
	STORE_EVERY_S = 3600, /* a contact is stored at least so often */
	POLL_DEFAULT_S = 600, /* without any plan */
	OVERDUE_PER_OFFER = 64,
};

/* One poll on its way: first over a snapshot, then, if need be, again under the write lock. */
struct poll {
	struct visit v;
	const struct told *told;
	bool accept;
	bool must_write; /* found while reading */
	bool store;	 /* the device's row must be written */
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
	bool changed = merge_pairs(p, &p->told->components, true, &d->components);

	changed |= merge_pairs(p, &p->told->attributes, false, &d->attributes);
	merge_metrics(&d->metrics, &p->told->metrics, now);
	p->store = changed || gap >= STORE_EVERY_S;
	if (!p->store)
		return;
	if (changed)
		prove_floors(p, d);
	/* Contacts are stored hourly: what comes sooner than two hours counts as always there. */
	if (d->last_seen && gap >= STORE_EVERY_S) {
		gap = gap < 2 * STORE_EVERY_S ? 0 : gap;
		d->gap_s = d->gap_s ? (3 * d->gap_s + gap) / 4 : gap;
	}
	d->last_seen = now;
}

/* The device's own place in an interval, so that a fleet does not arrive at once. */
static int64_t
own_share(const struct poll *p, int64_t span)
{
	static const uint8_t no_salt[16];

	return token_bucket(no_salt, p->v.subject.device.name) * span / STAGE_BUCKETS;
}

static int64_t
retry_after(const struct poll *p, const struct plan *plan, int64_t earliest)
{
	int64_t interval = plan ? plan->strategy.poll_interval : POLL_DEFAULT_S,
		now = p->v.session->now;
	int64_t longest = plan ? plan->strategy.poll_max : POLL_DEFAULT_S, wait, spread = interval;

	if (earliest > now && earliest != MOMENT_NEVER) {
		const struct interval *next = decide_interval(plan, &p->v.subject.device, earliest);

		if (next && (next->closes_at - next->opens_at) / 4 < spread)
			spread = (next->closes_at - next->opens_at) / 4;
		wait = earliest - now + own_share(p, spread);
	} else if (earliest == MOMENT_NEVER) {
		wait = longest;
	} else {
		/* Its own slot within the interval. */
		wait = interval - (now - own_share(p, interval)) % interval;
		if (wait < interval / 10)
			wait += interval;
	}
	return wait > longest ? longest : wait < 1 ? 1 : wait;
}

/* Close the device's own execution if its time is over, and see what its versions prove. */
static enum err_code
settle(struct poll *p, struct execution *e, struct err *err)
{
	const struct plan *plan;
	bool proves, overdue;

	if (offer_plan(p->v.session, p->v.catalog, e->plan, &plan, err) ||
		prove_pending(p->v.session, plan, e, &p->v.subject.components, &proves, err))
		return err->code;
	overdue = execution_open(e->state) && e->deadline_at <= p->v.session->now;
	if (!proves && !overdue)
		return ERR_OK;
	if (!p->v.writing) {
		p->must_write = true;
		return ERR_OK;
	}
	if (proves && prove_versions(p->v.session, plan, e, &p->v.subject.components, err))
		return err->code;
	if (execution_open(e->state) && e->deadline_at <= p->v.session->now)
		return move_to(p->v.session, plan, e, -1, execution_overdue(e), "no word in time",
			NULL, err);
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

/* An open execution: what was accepted goes on, what is merely offered must still hold. */
static enum err_code
open_execution(struct poll *p, struct execution *e, bool *answered, struct err *err)
{
	const struct plan *plan;

	*answered = true;
	if (offer_plan(p->v.session, p->v.catalog, e->plan, &plan, err))
		return err->code;
	if (e->state != EXEC_OFFERED)
		return answer_offer(p, plan, e, err);
	if (visit_decide(&p->v, plan, true, err))
		return err->code;
	if (p->v.decision->verdict == VERDICT_ELIGIBLE || visit_congested(p->v.decision->verdict)) {
		bool accept = p->accept && plan->mode == MODE_SILENT &&
			      p->v.decision->verdict == VERDICT_ELIGIBLE;

		if (accept && !p->v.writing) {
			p->must_write = true;
			return ERR_OK;
		}
		if (accept && move_accept(p->v.session, plan, p->v.facts, p->v.decision, e, err))
			return err->code;
		return answer_offer(p, plan, e, err);
	}
	*answered = false;
	if (!p->v.writing) {
		p->must_write = true;
		return ERR_OK;
	}
	return move_to(p->v.session, plan, e, -1, EXEC_EXPIRED,
		verdict_words[p->v.decision->verdict], NULL, err);
}

static enum err_code
make_offer(struct poll *p, const struct plan *plan, bool *made, struct err *err)
{
	struct execution e;
	int64_t closed;

	*made = false;
	if (move_close_overdue(p->v.session, plan, OVERDUE_PER_OFFER, &closed, err))
		return err->code;
	if (closed && visit_decide(&p->v, plan, false, err))
		return err->code;
	if (p->v.decision->verdict != VERDICT_ELIGIBLE)
		return ERR_OK;
	if (move_offer(p->v.session, plan, p->v.facts, p->v.decision, &e, err))
		return err->code;
	if (p->accept && plan->mode == MODE_SILENT &&
		move_accept(p->v.session, plan, p->v.facts, p->v.decision, &e, err))
		return err->code;
	*made = p->store = true;
	p->v.subject.device.last_seen = p->v.session->now;
	return answer_offer(p, plan, &e, err);
}

/* Ask every running plan; the verdict of the one that came furthest is what the device hears. */
static enum err_code
ask_plans(struct poll *p, struct err *err)
{
	p->out->verdict = VERDICT_NO_PLAN;
	p->out->retry_after_s = retry_after(p, NULL, 0);
	for (size_t i = 0; i < p->v.catalog->plan_count; i++) {
		const struct plan *plan = &p->v.catalog->plans[i];
		bool made;

		if (visit_decide(&p->v, plan, false, err))
			return err->code;
		if (p->v.decision->verdict == VERDICT_ELIGIBLE) {
			if (!p->v.writing) {
				p->must_write = true;
				return ERR_OK;
			}
			if (make_offer(p, plan, &made, err) || made)
				return err->code;
		}
		if (p->out->verdict == VERDICT_NO_PLAN ||
			p->v.decision->verdict > p->out->verdict) {
			p->out->verdict = p->v.decision->verdict;
			p->out->retry_after_s = retry_after(p, plan, p->v.decision->earliest);
		}
	}
	return ERR_OK;
}

static enum err_code
look(struct poll *p, struct err *err)
{
	struct session *session = p->v.session;
	struct execution *open;
	bool answered = false;

	*p->out = (struct poll_answer){ 0 };
	if (visit_begin(&p->v, err))
		return err->code;
	merge(p);
	if (p->store && !p->v.writing) {
		p->must_write = true;
		return ERR_OK;
	}
	if (subject_load(session, &p->v.subject, err) ||
		(!p->v.writing && catalog_pulses(session, p->v.catalog, err)))
		return err->code;
	for (size_t i = 0; i < p->v.subject.execution_count; i++) {
		struct execution *e = &p->v.subject.executions[i];

		if (e == subject_newest(&p->v.subject, e->plan) && settle(p, e, err))
			return err->code;
	}
	if (p->must_write && !p->v.writing)
		return ERR_OK;
	if (p->v.subject.execution_count && p->v.writing &&
		subject_load(session, &p->v.subject, err))
		return err->code;
	open = subject_open(&p->v.subject);
	if (open && open_execution(p, open, &answered, err))
		return err->code;
	if (!answered && !p->must_write) {
		if (open && subject_load(session, &p->v.subject, err))
			return err->code;
		if (ask_plans(p, err))
			return err->code;
	}
	return p->v.writing && p->store ? device_store_seen(session->db, &p->v.subject.device, err)
					: ERR_OK;
}

enum err_code
poll_run(struct session *session, const struct device *device, const struct told *told, bool accept,
	struct poll_answer *ret, struct err *err)
{
	struct poll p = { .v = { .session = session }, .told = told, .accept = accept, .out = ret };
	enum err_code code;

	p.v.subject.device = *device;
	code = look(&p, err);
	if (code || !p.must_write)
		return code;
	p.v.writing = true;
	p.must_write = false;
	if (session_write_begin(session, err))
		return err->code;
	if (!device_by_id(session->db, &session->arena, device->id, &p.v.subject.device, err))
		(void)!look(&p, err);
	return db_finish(session->db, err->code, err);
}
