#include "plans/door/poll.h"

#include "core/execution.h"
#include "core/moment.h"
#include "core/str.h"
#include "db/device.h"
#include "plans/door/offer.h"
#include "plans/rollout/catalog.h"
#include "plans/rollout/prove.h"

enum {
	STORE_EVERY_S = 3600, /* a contact is stored at least so often */
	POLL_DEFAULT_S = 600, /* without any plan */
	OVERDUE_PER_OFFER = 64,
};

/* One poll on its way: first over a snapshot, then, if need be, again under the write lock. */
struct poll {
	struct session *session;
	const struct told *told;
	bool accept;
	bool writing;
	bool must_write; /* found while reading */
	struct fleet fleet;
	const struct catalog *catalog;
	struct subject subject;
	bool store; /* the device's row must be written */
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
	struct arena *arena = &p->session->arena;
	struct pairs pairs = pairs_parse(arena, *text);
	bool changed = false;

	for (size_t i = 0; i < told->count; i++) {
		const char *key = told->list[i].key, *old = pairs_get(&pairs, key);

		if ((identities && !declared(p->catalog, key)) ||
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
	struct arena *arena = &p->session->arena;
	struct pairs running = pairs_parse(arena, d->components),
		     floors = pairs_parse(arena, d->floors);

	for (size_t i = 0; i < p->catalog->component_count; i++) {
		const struct component *c = &p->catalog->components[i];
		const char *name = pairs_get(&running, c->identity),
			   *old = pairs_get(&floors, c->identity);
		const struct version *v = name ? catalog_version(p->catalog, c->id, name) : NULL;
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
	struct device *d = &p->subject.device;
	int64_t now = p->session->now, gap = now - d->last_seen;
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

	return token_bucket(no_salt, p->subject.device.name) * span / STAGE_BUCKETS;
}

static int64_t
retry_after(const struct poll *p, const struct plan *plan, int64_t earliest)
{
	int64_t interval = plan ? plan->strategy.poll_interval : POLL_DEFAULT_S,
		now = p->session->now;
	int64_t longest = plan ? plan->strategy.poll_max : POLL_DEFAULT_S, wait, spread = interval;

	if (earliest > now && earliest != MOMENT_NEVER) {
		const struct interval *next = decide_interval(plan, &p->subject.device, earliest);

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

	if (offer_plan(p->session, p->catalog, e->plan, &plan, err) ||
		prove_pending(p->session, plan, e, &p->subject.components, &proves, err))
		return err->code;
	overdue = execution_open(e->state) && e->deadline_at <= p->session->now;
	if (!proves && !overdue)
		return ERR_OK;
	if (!p->writing) {
		p->must_write = true;
		return ERR_OK;
	}
	if (proves && prove_versions(p->session, plan, e, &p->subject.components, err))
		return err->code;
	if (execution_open(e->state) && e->deadline_at <= p->session->now)
		return move_to(p->session, plan, e, -1, execution_overdue(e), "no word in time",
			NULL, err);
	return ERR_OK;
}

static enum err_code
answer_offer(struct poll *p, const struct plan *plan, const struct execution *e, struct err *err)
{
	p->out->has_offer = true;
	p->out->verdict = VERDICT_ELIGIBLE;
	p->out->retry_after_s = plan->strategy.poll_interval;
	return offer_view(p->session, plan, e, &p->subject.device, &p->out->offer, err);
}

/* Gates that others cause for a moment: an offer stands while they last, only acceptance waits. */
static bool
congestion(enum verdict verdict)
{
	return verdict == GATE_FIRST_DEVICE_PENDING || verdict == GATE_TOO_MANY_IN_PROGRESS ||
	       verdict == GATE_RATE_LIMITED;
}

static enum err_code
redecide(struct session *session, const struct fleet *fleet, const struct catalog *catalog,
	bool writing, const struct plan *plan, struct subject *subject, bool accepting,
	struct facts *facts, struct decision *ret, struct err *err)
{
	if (facts_make(session, fleet, catalog, plan, subject, facts, err))
		return err->code;
	facts->accepting = accepting;
	/* Windows gate every offer; a person may accept outside of them. */
	facts->by_person = accepting && plan->mode == MODE_MANUAL;
	return facts_decide(session, writing ? NULL : catalog, facts, ret, err);
}

/* An open execution: what was accepted goes on, what is merely offered must still hold. */
static enum err_code
open_execution(struct poll *p, struct execution *e, bool *answered, struct err *err)
{
	struct facts *facts = arena_alloc(&p->session->arena, sizeof *facts);
	struct decision *decision = arena_alloc(&p->session->arena, sizeof *decision);
	const struct plan *plan;

	*answered = true;
	if (offer_plan(p->session, p->catalog, e->plan, &plan, err))
		return err->code;
	if (e->state != EXEC_OFFERED)
		return answer_offer(p, plan, e, err);
	if (redecide(p->session, &p->fleet, p->catalog, p->writing, plan, &p->subject, true, facts,
		    decision, err))
		return err->code;
	if (decision->verdict == VERDICT_ELIGIBLE || congestion(decision->verdict)) {
		bool accept = p->accept && plan->mode == MODE_SILENT &&
			      decision->verdict == VERDICT_ELIGIBLE;

		if (accept && !p->writing) {
			p->must_write = true;
			return ERR_OK;
		}
		if (accept && move_accept(p->session, plan, facts, decision, e, err))
			return err->code;
		return answer_offer(p, plan, e, err);
	}
	*answered = false;
	if (!p->writing) {
		p->must_write = true;
		return ERR_OK;
	}
	return move_to(
		p->session, plan, e, -1, EXEC_EXPIRED, verdict_words[decision->verdict], NULL, err);
}

static enum err_code
make_offer(struct poll *p, const struct plan *plan, struct facts *facts, struct decision *decision,
	bool *made, struct err *err)
{
	struct execution e;
	int64_t closed;

	*made = false;
	if (move_close_overdue(p->session, plan, OVERDUE_PER_OFFER, &closed, err))
		return err->code;
	if (closed && redecide(p->session, &p->fleet, p->catalog, p->writing, plan, &p->subject,
			      false, facts, decision, err))
		return err->code;
	if (decision->verdict != VERDICT_ELIGIBLE)
		return ERR_OK;
	if (move_offer(p->session, plan, facts, decision, &e, err))
		return err->code;
	if (p->accept && plan->mode == MODE_SILENT &&
		move_accept(p->session, plan, facts, decision, &e, err))
		return err->code;
	*made = p->store = true;
	p->subject.device.last_seen = p->session->now;
	return answer_offer(p, plan, &e, err);
}

/* Ask every running plan; the verdict of the one that came furthest is what the device hears. */
static enum err_code
ask_plans(struct poll *p, struct err *err)
{
	struct facts *facts = arena_alloc(&p->session->arena, sizeof *facts);
	struct decision *decision = arena_alloc(&p->session->arena, sizeof *decision);

	p->out->verdict = VERDICT_NO_PLAN;
	p->out->retry_after_s = retry_after(p, NULL, 0);
	for (size_t i = 0; i < p->catalog->plan_count; i++) {
		const struct plan *plan = &p->catalog->plans[i];
		bool made;

		if (redecide(p->session, &p->fleet, p->catalog, p->writing, plan, &p->subject,
			    false, facts, decision, err))
			return err->code;
		if (decision->verdict == VERDICT_ELIGIBLE) {
			if (!p->writing) {
				p->must_write = true;
				return ERR_OK;
			}
			if (make_offer(p, plan, facts, decision, &made, err) || made)
				return err->code;
		}
		if (p->out->verdict == VERDICT_NO_PLAN || decision->verdict > p->out->verdict) {
			p->out->verdict = decision->verdict;
			p->out->retry_after_s = retry_after(p, plan, decision->earliest);
		}
	}
	return ERR_OK;
}

static enum err_code
look(struct poll *p, struct err *err)
{
	struct session *session = p->session;
	struct execution *open;
	bool answered = false;

	*p->out = (struct poll_answer){ 0 };
	if (session_fleet(session, &p->fleet, err) ||
		catalog_get(session, &p->fleet, p->subject.device.product, &p->catalog, err))
		return err->code;
	merge(p);
	if (p->store && !p->writing) {
		p->must_write = true;
		return ERR_OK;
	}
	if (subject_load(session, &p->subject, err) ||
		(!p->writing && catalog_pulses(session, p->catalog, err)))
		return err->code;
	for (size_t i = 0; i < p->subject.execution_count; i++) {
		struct execution *e = &p->subject.executions[i];

		if (e == subject_newest(&p->subject, e->plan) && settle(p, e, err))
			return err->code;
	}
	if (p->must_write && !p->writing)
		return ERR_OK;
	if (p->subject.execution_count && p->writing && subject_load(session, &p->subject, err))
		return err->code;
	open = subject_open(&p->subject);
	if (open && open_execution(p, open, &answered, err))
		return err->code;
	if (!answered && !p->must_write) {
		if (open && subject_load(session, &p->subject, err))
			return err->code;
		if (ask_plans(p, err))
			return err->code;
	}
	return p->writing && p->store ? device_store_seen(session->db, &p->subject.device, err)
				      : ERR_OK;
}

enum err_code
poll_run(struct session *session, const struct device *device, const struct told *told, bool accept,
	struct poll_answer *ret, struct err *err)
{
	struct poll p = { .session = session, .told = told, .accept = accept, .out = ret };
	enum err_code code;

	p.subject.device = *device;
	code = look(&p, err);
	if (code || !p.must_write)
		return code;
	p.writing = true;
	p.must_write = false;
	if (session_write_begin(session, err))
		return err->code;
	if (!device_by_id(session->db, &session->arena, device->id, &p.subject.device, err))
		(void)!look(&p, err);
	return db_finish(session->db, err->code, err);
}

/* --- report -------------------------------------------------------------------------------------- */

struct reporting {
	struct session *session;
	const struct report *report;
	struct report_answer *out;
	struct fleet fleet;
	const struct catalog *catalog;
	const struct plan *plan;
	struct subject subject;
	struct execution execution;
	struct event event;
};

static enum err_code
accept_offer(struct reporting *r, struct err *err)
{
	struct facts *facts = arena_alloc(&r->session->arena, sizeof *facts);
	struct decision *decision = arena_alloc(&r->session->arena, sizeof *decision);

	if (r->execution.state != EXEC_OFFERED)
		return ERR_OK; /* said again */
	if (subject_load(r->session, &r->subject, err) ||
		redecide(r->session, &r->fleet, r->catalog, true, r->plan, &r->subject, true, facts,
			decision, err))
		return err->code;
	if (decision->verdict == VERDICT_ELIGIBLE)
		return move_accept(r->session, r->plan, facts, decision, &r->execution, err);
	r->out->conflict = true;
	r->out->verdict = decision->verdict;
	if (congestion(decision->verdict))
		return ERR_OK;
	return move_to(r->session, r->plan, &r->execution, -1, EXEC_EXPIRED,
		verdict_words[decision->verdict], NULL, err);
}

/* Nothing moves: keep progress and the device's words; rising progress restarts the step's timer. */
static enum err_code
stay(struct reporting *r, const struct execution_component *c, struct err *err)
{
	struct execution *e = &r->execution;
	struct execution_component changed = *c;

	if (r->report->progress > c->progress || r->report->state != c->state) {
		changed.progress =
			r->report->progress > c->progress ? r->report->progress : c->progress;
		e->changed_at = r->session->now;
		e->deadline_at = execution_deadline(e, &r->plan->strategy,
			r->plan->mode == MODE_MANUAL, r->subject.device.gap_s);
	}
	changed.code = r->report->code;
	str_copy(changed.message, sizeof changed.message, r->report->message);
	e->version++;
	if (execution_component_update(r->session->db, &changed, err) ||
		execution_update(r->session->db, e, err))
		return err->code;
	return event_insert(r->session->db, e->id, &r->event, err);
}

static enum err_code
apply_report(struct reporting *r, struct err *err)
{
	const struct report *report = r->report;
	struct execution_component *list;
	const char *reason =
		report->state == EXEC_REJECTED ? refusal_words[report->refusal] : report->message;
	size_t count, meant = 0;

	if (execution_component_all(
		    r->session->db, &r->session->arena, r->execution.id, &list, &count, err))
		return err->code;
	for (size_t i = 0; i < count; i++) {
		struct step step;

		if (report->identity && strcmp(report->identity, list[i].identity) != 0)
			continue;
		meant++;
		step = execution_step(list[i].state, report->state, (enum refusal)report->refusal,
			r->plan->strategy.trust_device_success);
		r->event.identity = list[i].identity;
		if (step.result == STEP_CHANGED) {
			if (move_to(r->session, r->plan, &r->execution, list[i].position,
				    step.state, reason, &r->event, err))
				return err->code;
		} else if (step.result == STEP_SAME) {
			if (stay(r, &list[i], err))
				return err->code;
		} else {
			r->out->conflict = true;
		}
	}
	return meant ? ERR_OK : err_set(err, ERR_NOT_FOUND, "the execution has no such component");
}

static enum err_code
report_apply(struct reporting *r, int64_t id, struct err *err)
{
	struct execution *e = &r->execution;
	const struct report *report = r->report;

	if (execution_get(r->session->db, id, e, err))
		return err->code;
	if (e->device != r->subject.device.id)
		return err_set(err, ERR_NOT_FOUND, "there is no such execution of this device");
	if (fleet_get(r->session->db, &r->fleet, err) ||
		catalog_get(r->session, &r->fleet, r->subject.device.product, &r->catalog, err) ||
		offer_plan(r->session, r->catalog, e->plan, &r->plan, err))
		return err->code;
	if (execution_open(e->state) && e->deadline_at <= r->session->now &&
		move_to(r->session, r->plan, e, -1, execution_overdue(e), "no word in time", NULL,
			err))
		return err->code;
	if (report->seq >= 0 && report->seq <= e->seq)
		return ERR_OK;
	if (report->expected_version >= 0 && report->expected_version != e->version) {
		r->out->conflict = true;
		return ERR_OK;
	}
	if (!execution_open(e->state)) {
		r->out->conflict = true;
		return event_insert(r->session->db, e->id, &r->event, err);
	}
	if (report->seq >= 0)
		e->seq = report->seq;
	return report->state == EXEC_ACCEPTED ? accept_offer(r, err) : apply_report(r, err);
}

enum err_code
report_run(struct session *session, const struct device *device, int64_t execution,
	const struct report *report, struct report_answer *ret, struct err *err)
{
	struct reporting r = { .session = session, .report = report, .out = ret };

	*ret = (struct report_answer){ 0 };
	r.subject.device = *device;
	r.event = (struct event){ session->now, "", execution_state_words[report->state],
		report->message, report->progress, report->code };
	if (session_write_begin(session, err))
		return err->code;
	if (!report_apply(&r, execution, err)) {
		ret->offer = (struct offer){ .execution = r.execution, .plan = r.plan };
		/* Only who accepts gets the files; everybody else needs no more than the state. */
		if (report->state == EXEC_ACCEPTED)
			(void)!offer_view(session, r.plan, &r.execution, device, &ret->offer, err);
	}
	return db_finish(session->db, err->code, err);
}
