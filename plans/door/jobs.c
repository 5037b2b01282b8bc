#include "plans/door/jobs.h"

#include "core/execution.h"
#include "db/plan.h"
#include "plans/rollout/catalog.h"

static const struct {
	const char *code, *message;
} refusals[JOBS_OUTCOME_MAX] = {
	[JOBS_NOT_FOUND] = { "ResourceNotFound", "there is no such job of this thing now" },
	[JOBS_MISMATCH] = { "VersionMismatch", "the job execution has another version" },
	[JOBS_TRANSITION] = { "InvalidStateTransition", "the job execution cannot change so" },
	[JOBS_TERMINAL] = { "TerminalStateReached", "the job execution has ended" },
};

static enum err_code
refuse(const struct jobs *jobs, enum jobs_outcome outcome, const struct offer *offer,
	struct jobs_answer *ret, struct err *err)
{
	ret->outcome = outcome;
	return jobwire_refusal(&jobs->wire, refusals[outcome].code, refusals[outcome].message,
		offer, &ret->body, err);
}

static enum err_code
show(const struct jobs *jobs, const struct offer *offer, bool document, struct jobs_answer *ret,
	struct err *err)
{
	ret->document = document && offer && offer->execution.state != EXEC_OFFERED &&
			jobwire_subject(offer);
	return jobwire_execution(&jobs->wire, offer, document, &ret->body, err);
}

static enum err_code
job_check(const char *job, struct err *err)
{
	return word_is(WORD_NAME, job) ? ERR_OK : err_set(err, ERR_INPUT, "this is no job id");
}

/* Ask for the device. */
static enum err_code
poll(const struct jobs *jobs, const struct told *told, struct poll_answer *found,
	struct jobs_answer *ret, struct err *err)
{
	*ret = (struct jobs_answer){ 0 };
	if (poll_run(jobs->wire.wire.session, jobs->device, told, false, found, err))
		return err->code;
	ret->verdict = found->verdict;
	ret->retry_after_s = found->retry_after_s;
	return ERR_OK;
}

/* The offer of a poll, unless it is to be given up. */
static const struct offer *
pending(const struct poll_answer *found)
{
	return found->has_offer && jobwire_status(&found->offer.execution) != JOB_CANCELED
		       ? &found->offer
		       : NULL;
}

/* The thing's newest execution of a job, or that of a number; ret->id 0: there is none. */
static enum err_code
execution_find(const struct jobs *jobs, const char *job, int64_t number, struct execution *ret,
	struct err *err)
{
	struct session *session = jobs->wire.wire.session;
	struct execution *list;
	struct plan plan;
	size_t count;

	*ret = (struct execution){ 0 };
	if (db_plan_get(session->db, &session->arena, job, &plan, err)) {
		if (err->code == ERR_NOT_FOUND)
			*err = ERR_NONE;
		return err->code;
	}
	if (db_execution_of_device(
		    session->db, &session->arena, jobs->device->id, &list, &count, err))
		return err->code;
	for (size_t i = 0; i < count; i++)
		if (list[i].plan == plan.id && (number < 0 || list[i].attempt == number))
			*ret = list[i];
	return ERR_OK;
}

/* An execution as it is now, in a snapshot of its own, which stays for what comes next. */
static enum err_code
look(const struct jobs *jobs, int64_t id, struct offer *ret, struct err *err)
{
	struct session *session = jobs->wire.wire.session;
	const struct catalog *catalog;
	const struct plan *plan;
	struct execution e;
	struct fleet fleet;

	session_read_end(session);
	if (session_read_begin(session, err) || session_fleet(session, &fleet, err) ||
		catalog_get(session, &fleet, jobs->device->product, &catalog, err) ||
		db_execution_get(session->db, id, &e, err) ||
		offer_plan(session, catalog, e.plan, &plan, err))
		return err->code;
	return offer_view(session, plan, &e, jobs->device, ret, err);
}

static enum err_code
list_pending(
	const struct jobs *jobs, const struct told *told, struct jobs_answer *ret, struct err *err)
{
	struct poll_answer found;

	if (poll(jobs, told, &found, ret, err))
		return err->code;
	ret->body = jobwire_pending(&jobs->wire, pending(&found));
	return ERR_OK;
}

static enum err_code
start_next(const struct jobs *jobs, const struct told *told, const struct job_request *request,
	struct jobs_answer *ret, struct err *err)
{
	struct report report = { .state = EXEC_ACCEPTED,
		.seq = -1,
		.expected_version = -1,
		.message = request->details };
	struct report_answer started;
	struct poll_answer found;
	const struct offer *offer;

	if (poll(jobs, told, &found, ret, err))
		return err->code;
	offer = pending(&found);
	if (!offer || offer->execution.state != EXEC_OFFERED)
		return show(jobs, offer, true, ret, err);
	if (!jobwire_subject(offer))
		return show(jobs, NULL, true, ret, err);
	if (report_run(jobs->wire.wire.session, jobs->device, offer->execution.id, &report,
		    &started, err))
		return err->code;
	ret->verdict = started.verdict;
	return show(jobs, started.conflict ? NULL : &started.offer, true, ret, err);
}

/* What was asked for, where that is the offer. */
static const struct offer *
asked(const struct poll_answer *found, const char *job, int64_t number)
{
	const struct offer *offer = pending(found);

	return offer && (!strcmp(job, JOBS_NEXT) || !strcmp(job, offer->plan->name)) &&
			       (number < 0 || offer->execution.attempt == number)
		       ? offer
		       : NULL;
}

static enum err_code
describe(const struct jobs *jobs, const char *job, const struct told *told,
	const struct job_request *request, struct jobs_answer *ret, struct err *err)
{
	bool next = !strcmp(job, JOBS_NEXT);
	const struct offer *offer;
	struct poll_answer found;
	struct execution e;

	if ((!next && job_check(job, err)) || poll(jobs, told, &found, ret, err))
		return err->code;
	offer = asked(&found, job, request->number);
	if (offer && request->document && offer->execution.state == EXEC_OFFERED &&
		jobwire_subject(offer)) {
		if (poll_take(jobs->wire.wire.session, jobs->device, told, &found, err))
			return err->code;
		offer = asked(&found, job, request->number);
	}
	if (offer || next)
		return show(jobs, offer, request->document, ret, err);
	if (execution_find(jobs, job, request->number, &e, err))
		return err->code;
	return refuse(jobs, e.id && !execution_open(e.state) ? JOBS_TERMINAL : JOBS_NOT_FOUND, NULL,
		ret, err);
}

/* The status of an update, as a report of a component. */
static struct report
report_of(const struct job_request *request, const struct execution *e, const char *identity)
{
	struct report ret = { .identity = identity,
		.refusal = request->refusal,
		.seq = -1,
		.expected_version = request->version,
		.progress = request->progress < 0 ? 0 : request->progress,
		.message = request->details };

	if (request->status == JOB_IN_PROGRESS) {
		ret.state = e->state == EXEC_OFFERED ? EXEC_ACCEPTED : request->step;
		/* All of it is there. */
		if (ret.state == EXEC_DOWNLOADING && request->progress == 100)
			ret.state = EXEC_DOWNLOADED;
		return ret;
	}
	if (request->status == JOB_SUCCEEDED) {
		ret.state = EXEC_SUCCEEDED;
		return ret;
	}
	/* These end the job, whatever it is about. */
	ret.identity = NULL;
	ret.state = request->status == JOB_FAILED     ? EXEC_FAILED
		    : request->status == JOB_REJECTED ? EXEC_REJECTED
						      : EXEC_CANCELED;
	return ret;
}

/* The component that the device speaks of: what it was described, else what never succeeded. */
static const struct offer_component *
spoken_of(const struct offer *offer)
{
	const struct offer_component *ret = jobwire_subject(offer);

	for (size_t i = 0; i < offer->component_count && !ret; i++)
		if (offer->components[i].component.state != EXEC_SUCCEEDED)
			ret = &offer->components[i];
	return ret ? ret : &offer->components[0];
}

/* It runs the version that it was to compare. */
static enum err_code
proven(const struct jobs *jobs, const struct execution_component *c, struct err *err)
{
	struct session *session = jobs->wire.wire.session;
	struct told told = { .arena = &session->arena };
	struct poll_answer found;

	session_read_end(session);
	if (session_read_begin(session, err) || told_component(&told, c->identity, c->target, err))
		return err->code;
	return poll_run(session, jobs->device, &told, false, &found, err);
}

/* How a report went, over the execution as it is now. */
static enum jobs_outcome
outcome_of(const struct job_request *request, const struct offer *before,
	const struct report_answer *said, const struct offer *now)
{
	const struct execution *e = &now->execution;

	if (!said->conflict)
		return JOBS_DONE;
	if (execution_open(said->offer.execution.state) && request->version >= 0 &&
		request->version != said->offer.execution.version)
		return JOBS_MISMATCH;
	/* What had ended without a proof is repaired by one. */
	return request->status == JOB_SUCCEEDED && e->state == EXEC_SUCCEEDED &&
			       before->execution.state != EXEC_SUCCEEDED
		       ? JOBS_DONE
		       : JOBS_TRANSITION;
}

static enum err_code
update(const struct jobs *jobs, const char *job, const struct job_request *request,
	struct jobs_answer *ret, struct err *err)
{
	const struct offer_component *component;
	struct report_answer said;
	struct offer before = { .plan = NULL }, now = { .plan = NULL };
	struct report report;
	struct execution e;

	*ret = (struct jobs_answer){ 0 };
	if (request->status == JOB_STATUS_MAX)
		return err_set(err, ERR_INPUT, "status is missing");
	if (job_check(job, err) || execution_find(jobs, job, request->number, &e, err))
		return err->code;
	if (!e.id)
		return refuse(jobs, JOBS_NOT_FOUND, NULL, ret, err);
	if (look(jobs, e.id, &before, err))
		return err->code;
	component = spoken_of(&before);
	report = report_of(request, &before.execution, component->component.identity);
	if (request->status == JOB_IN_PROGRESS && jobwire_status(&before.execution) == JOB_CANCELED)
		return refuse(jobs, JOBS_TRANSITION, &before, ret, err);
	if (report_run(jobs->wire.wire.session, jobs->device, e.id, &report, &said, err))
		return err->code;
	ret->verdict = said.verdict;
	ret->outcome = outcome_of(request, &before, &said, &before);
	if (request->status == JOB_SUCCEEDED && ret->outcome != JOBS_MISMATCH &&
		proven(jobs, &component->component, err))
		return err->code;
	if (look(jobs, e.id, &now, err))
		return err->code;
	ret->outcome = outcome_of(request, &before, &said, &now);
	if (ret->outcome != JOBS_DONE)
		return refuse(jobs, ret->outcome, &now, ret, err);
	return jobwire_update(&jobs->wire, request, &now, &ret->body, err);
}

enum err_code
jobs_run(const struct jobs *jobs, enum jobs_command command, const char *job,
	const struct told *told, const struct job_request *request, struct jobs_answer *ret,
	struct err *err)
{
	switch (command) {
	case JOBS_PENDING:
		return list_pending(jobs, told, ret, err);
	case JOBS_START_NEXT:
		return start_next(jobs, told, request, ret, err);
	case JOBS_DESCRIBE:
		return describe(jobs, job, told, request, ret, err);
	case JOBS_UPDATE:
	default:
		return update(jobs, job, request, ret, err);
	}
}

struct job_request
jobs_request(struct arena *arena, enum jobs_command command)
{
	return JOB_REQUEST(arena, command == JOBS_DESCRIBE);
}
