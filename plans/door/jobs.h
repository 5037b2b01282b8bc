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

enum jobs_command {
	JOBS_PENDING,	 /* all pending executions: a poll with what the thing tells of itself */
	JOBS_START_NEXT, /* start the next, or show that in progress; its start is the acceptance */
	JOBS_DESCRIBE,	 /* with its document, which the device needs, a silent offer is accepted */
	JOBS_UPDATE,	 /* SUCCEEDED is the report of the version: the device has compared it */
};

/*
 * Run a command.  `job` is that of the last two, JOBS_NEXT as well where it is described, else
 * unused.  The errors are those of poll_run() and report_run(), and ERR_INPUT for a job that is
 * none.
 */
enum err_code jobs_run(const struct jobs *jobs, enum jobs_command command, const char *job,
	const struct told *told, const struct job_request *request, struct jobs_answer *ret,
	struct err *err) MUST_USE;

/* What is asked where nothing is said: a description has its document; a start always has it. */
struct job_request jobs_request(struct arena *arena, enum jobs_command command);
