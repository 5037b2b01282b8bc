#include "plans/door/report.h"

#include "core/ban.h"
#include "core/execution.h"
#include "core/str.h"
#include "plans/door/visit.h"
#include "plans/rollout/ban.h"
#include "plans/rollout/move.h"

/* One report on its way, under the write lock. */
struct reporting {
	struct visit v;
	const struct report *report;
	struct report_answer *out;
	const struct plan *plan;
	struct execution execution;
	struct execution_component *components;
	size_t component_count;
	struct event event;
};

/* What the report speaks of: all components, or the one that it names. */
static bool
means(const struct reporting *r, const struct execution_component *c)
{
	return !r->report->identity || !strcmp(r->report->identity, c->identity);
}

/* ERR_NOT_FOUND: it names none of the execution's components. */
static enum err_code
components_load(struct reporting *r, struct err *err)
{
	struct session *session = r->v.session;

	if (db_execution_component_all(session->db, &session->arena, r->execution.id,
		    &r->components, &r->component_count, err))
		return err->code;
	for (size_t i = 0; i < r->component_count; i++)
		if (means(r, &r->components[i]))
			return ERR_OK;
	return err_set(err, ERR_NOT_FOUND, "the execution has no such component");
}

static enum err_code
accept_offer(struct reporting *r, struct err *err)
{
	struct visit *v = &r->v;
	const char *reason;
	enum verdict verdict;

	if (r->execution.state != EXEC_OFFERED)
		return ERR_OK; /* said again */
	if (subject_load(v->session, &v->subject, err) || visit_decide(v, r->plan, true, err) ||
		visit_stale(v, &r->execution, &reason, err))
		return err->code;
	verdict = v->decision->verdict;
	if (verdict == VERDICT_ELIGIBLE && !reason)
		return move_accept(v->session, r->plan, v->facts, v->decision, &r->execution, err);
	r->out->conflict = true;
	r->out->verdict = verdict;
	if (!reason || v->session->clock_by)
		return ERR_OK;
	return move_to(
		v->session, r->plan, &r->execution, MOVE_ALL, EXEC_EXPIRED, reason, NULL, err);
}

/*
 * Nothing moves.  Of the step it is in, or must do again, progress and the device's words are kept,
 * and rising progress restarts its timer; a report that is older than that is only logged.
 */
static enum err_code
stay(struct reporting *r, const struct execution_component *c, struct err *err)
{
	struct execution *e = &r->execution;
	struct execution_component changed = *c;
	/* A success is not proven by saying so: it is verifying, and says so again. */
	enum execution_state told =
		r->report->state == EXEC_SUCCEEDED ? EXEC_VERIFYING : r->report->state;
	bool again = execution_starts_over(c->state, told);

	if (told != c->state && !again)
		return db_event_log(r->v.session->db, e->id, &r->event, err);
	if (r->report->progress > c->progress || again) {
		changed.progress =
			r->report->progress > c->progress ? r->report->progress : c->progress;
		e->changed_at = r->v.session->now;
		if (move_deadline(r->v.session, r->plan, e, err))
			return err->code;
	}
	changed.code = r->report->code;
	str_copy(changed.message, sizeof changed.message, r->report->message);
	e->version++;
	if (db_execution_component_update(r->v.session->db, &changed, err) ||
		db_execution_update(r->v.session->db, e, err))
		return err->code;
	return db_event_log(r->v.session->db, e->id, &r->event, err);
}

static enum err_code
apply_report(struct reporting *r, struct err *err)
{
	const struct report *report = r->report;
	const struct execution_component *list = r->components;
	const char *reason =
		report->state == EXEC_REJECTED ? refusal_words[report->refusal] : report->message;

	for (size_t i = 0; i < r->component_count; i++) {
		struct step step;

		if (!means(r, &list[i]))
			continue;
		step = execution_step(list[i].state, report->state, report->refusal,
			r->plan->strategy.trust_device_success);
		r->event.identity = list[i].identity;
		if (step.result == STEP_CHANGED) {
			if (move_to(r->v.session, r->plan, &r->execution, list[i].position,
				    step.state, reason, &r->event, err))
				return err->code;
		} else if (step.result == STEP_SAME) {
			if (stay(r, &list[i], err))
				return err->code;
		} else {
			r->out->conflict = true;
		}
	}
	return ERR_OK;
}

/* Close it where its time is over; that comes before anything the device says now. */
static enum err_code
close_overdue(struct reporting *r, struct err *err)
{
	struct execution *e = &r->execution;

	if (!execution_open(e->state) || e->deadline_at > r->v.session->now ||
		r->v.session->clock_by)
		return ERR_OK;
	return move_to(r->v.session, r->plan, e, MOVE_ALL, execution_overdue(e), "no word in time",
		NULL, err);
}

/*
 * Who says that it installs has come too far to be stopped.  What else somebody reports who is
 * refused the files counts for nothing: the attempt has ended.
 */
static enum err_code
close_banned(struct reporting *r, struct err *err)
{
	struct visit *v = &r->v;
	enum execution_state told = r->report->state;
	const char *reason;

	if (!ban_concerns(r->execution.state) || told == EXEC_INSTALLING ||
		told == EXEC_VERIFYING || told == EXEC_SUCCEEDED)
		return ERR_OK;
	if (subject_load(v->session, &v->subject, err) ||
		visit_banned(v, r->plan, &r->execution, &reason, err) || !reason)
		return err->code;
	return ban_execution(v->session, r->plan, &r->execution, reason, err);
}

/* However many components it moves, it is one change. */
static enum err_code
count_once(struct reporting *r, int64_t before, struct err *err)
{
	struct execution *e = &r->execution;

	if (e->version <= before + 1)
		return ERR_OK;
	e->version = before + 1;
	return db_execution_update(r->v.session->db, e, err);
}

static enum err_code
report_apply(struct reporting *r, int64_t id, struct err *err)
{
	struct session *session = r->v.session;
	struct execution *e = &r->execution;
	const struct report *report = r->report;
	int64_t before;

	if (db_execution_get(session->db, id, e, err))
		return err->code;
	if (e->device != r->v.subject.device.id)
		return err_set(err, ERR_NOT_FOUND, "there is no such execution of this device");
	if (visit_begin(&r->v, err) || offer_plan(session, r->v.catalog, e->plan, &r->plan, err) ||
		close_overdue(r, err) || close_banned(r, err))
		return err->code;
	if (report->seq >= 0 && report->seq <= e->seq)
		return ERR_OK;
	if (report->expected_version >= 0 && report->expected_version != e->version) {
		r->out->conflict = true;
		return ERR_OK;
	}
	if (!execution_open(e->state)) {
		r->out->conflict = true;
		return db_event_log(session->db, e->id, &r->event, err);
	}
	if (components_load(r, err))
		return err->code;
	if (report->seq >= 0)
		e->seq = report->seq;
	if (report->state == EXEC_ACCEPTED)
		return accept_offer(r, err);
	before = e->version;
	return apply_report(r, err) ? err->code : count_once(r, before, err);
}

enum err_code
report_run(struct session *session, const struct device *device, int64_t execution,
	const struct report *report, struct report_answer *ret, struct err *err)
{
	struct reporting r = {
		.v = { .session = session, .writing = true }, .report = report, .out = ret
	};

	*ret = (struct report_answer){ 0 };
	r.v.subject.device = *device;
	if (session_write_begin(session, err))
		return err->code;
	r.event = (struct event){ .at = session->now,
		.identity = "",
		.state = execution_state_words[report->state],
		.message = report->message,
		.progress = report->progress,
		.code = report->code };
	if (!report_apply(&r, execution, err)) {
		ret->offer = (struct offer){ .execution = r.execution, .plan = r.plan };
		/* Only who accepts gets the files; everybody else needs no more than the state. */
		if (report->state == EXEC_ACCEPTED)
			(void)!offer_view(session, r.plan, &r.execution, device, &ret->offer, err);
	}
	return db_finish(session->db, err->code, err);
}
