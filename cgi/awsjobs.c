#include "cgi/awsjobs.h"

#include "cgi/who.h"
#include "plans/door/jobs.h"

/* What a request brings along: the thing, what it tells of itself, and what it wants of a job. */
struct asked {
	struct device device;
	struct told told;
	struct job_request job;
};

static enum err_code
asked_read(struct session *session, const struct request *request, const struct route_match *match,
	enum jobs_command command, struct asked *ret, struct err *err)
{
	*ret = (struct asked){ .told = { .arena = &session->arena },
		.job = jobs_request(&session->arena, command) };
	if (who_named(session, request, match, &ret->device, err) ||
		wire_read_query(request->query, request->query_count, &ret->told, err) ||
		jobwire_read_query(request->query, request->query_count, &ret->job, err))
		return err->code;
	return jobwire_read(session, request->body, request->body_length, &ret->job, err);
}

static enum err_code
send(struct session *session, const struct jobs_answer *answer, struct reply *reply)
{
	static const int statuses[JOBS_OUTCOME_MAX] = {
		[JOBS_DONE] = 200,
		[JOBS_NOT_FOUND] = 404,
		[JOBS_MISMATCH] = 409,
		[JOBS_TRANSITION] = 409,
		[JOBS_TERMINAL] = 410,
	};

	reply_json(reply, &session->arena, statuses[answer->outcome], answer->body);
	if (answer->retry_after_s)
		reply_retry_after(reply, answer->retry_after_s);
	if (answer->retry_after_s || answer->verdict)
		reply_header(reply, "OTA-Verdict", verdict_words[answer->verdict]);
	return ERR_OK;
}

/* One of the commands, for the thing and, where there is one, the job of the path. */
static enum err_code
answer(struct session *session, const struct request *request, const struct route_match *match,
	enum jobs_command command, struct reply *reply, struct err *err)
{
	struct jobs_answer found;
	struct asked asked;
	struct jobs jobs;

	if (asked_read(session, request, match, command, &asked, err))
		return err->code;
	/* A question accepts nothing that its answer does not hold. */
	if (request->method == METHOD_HEAD)
		asked.job.document = false;
	jobs = (struct jobs){ .wire = { .wire = { session, request->base_url },
				      .thing = match->values[0] },
		.device = &asked.device };
	if (jobs_run(&jobs, command, match->values[1], &asked.told, &asked.job, &found, err))
		return err->code;
	return send(session, &found, reply);
}

static enum err_code
pending(struct session *session, const struct request *request, const struct route_match *match,
	struct reply *reply, struct err *err)
{
	return answer(session, request, match, JOBS_PENDING, reply, err);
}

static enum err_code
start_next(struct session *session, const struct request *request, const struct route_match *match,
	struct reply *reply, struct err *err)
{
	return answer(session, request, match, JOBS_START_NEXT, reply, err);
}

static enum err_code
describe(struct session *session, const struct request *request, const struct route_match *match,
	struct reply *reply, struct err *err)
{
	return answer(session, request, match, JOBS_DESCRIBE, reply, err);
}

static enum err_code
update(struct session *session, const struct request *request, const struct route_match *match,
	struct reply *reply, struct err *err)
{
	return answer(session, request, match, JOBS_UPDATE, reply, err);
}

const struct route awsjobs_routes[AWSJOBS_ROUTES] = {
	{ METHOD_GET, "/things/*/jobs", pending },
	{ METHOD_PUT, "/things/*/jobs/$next", start_next },
	{ METHOD_GET, "/things/*/jobs/*", describe },
	{ METHOD_POST, "/things/*/jobs/*", update },
};
