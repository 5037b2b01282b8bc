/*
 * The four commands of AWS IoT Jobs over the operations of the door.  They are the same over HTTP
 * and over MQTT: whoever has read a thing, a job and a body calls one of them and sends the answer.
 */
#pragma once

#include "plans/door/jobwire.h"

/* The thing that asks, authenticated within the present read snapshot, and where answers go. */
struct jobs {
	struct job_wire wire;
	const struct device *device;
};

enum jobs_outcome {
	JOBS_DONE,
	JOBS_NOT_FOUND,	 /* no such job of this thing, or not yet */
	JOBS_MISMATCH,	 /* it has another version than was expected */
	JOBS_TRANSITION, /* from its status there is no way to the one that was told */
	JOBS_TERMINAL,	 /* what has ended is described no more */
	JOBS_OUTCOME_MAX
};

/* What a command came to. */
struct jobs_answer {
	enum jobs_outcome outcome;
	const char *body;      /* JSON in the arena, also where it is refused */
	bool document;	       /* it holds a job document */
	enum verdict verdict;  /* why nothing is pending, else VERDICT_ELIGIBLE */
	int64_t retry_after_s; /* when to ask again; 0: nothing was asked */
};

/* The job that is next, whatever its name. */
#define JOBS_NEXT "$next"

/*
 * All pending executions of the thing: a poll with what it tells of itself.  The errors of this and
 * the others are those of poll_run() and report_run(), and ERR_INPUT for a job that is none.
 */
enum err_code jobs_pending(const struct jobs *jobs, const struct told *told,
	struct jobs_answer *ret, struct err *err) MUST_USE;

/* Start the next one, or show that which is in progress; its start is the acceptance. */
enum err_code jobs_start_next(const struct jobs *jobs, const struct told *told,
	const struct job_request *request, struct jobs_answer *ret, struct err *err) MUST_USE;

/*
 * Describe a job, or JOBS_NEXT.  With its document, which the device needs to go on, a silent offer
 * is accepted.
 */
enum err_code jobs_describe(const struct jobs *jobs, const char *job, const struct told *told,
	const struct job_request *request, struct jobs_answer *ret, struct err *err) MUST_USE;

/*
 * Update a job.  That it succeeded says a device which has compared its version with the document:
 * it is the report of that version.
 */
enum err_code jobs_update(const struct jobs *jobs, const char *job,
	const struct job_request *request, struct jobs_answer *ret, struct err *err) MUST_USE;
