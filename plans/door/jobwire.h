/*
 * The words of AWS IoT Jobs: from JSON to what is asked of a job, from an offer to a job execution.
 * They are the same over HTTP and over MQTT; a plan is a job, an attempt its execution.
 */
#pragma once

#include "plans/door/poll.h"
#include "plans/door/report.h"
#include "plans/door/wire.h"

/* What a job execution is said to be; a device says only some of them. */
enum job_status {
	JOB_QUEUED,
	JOB_IN_PROGRESS,
	JOB_SUCCEEDED,
	JOB_FAILED,
	JOB_TIMED_OUT,
	JOB_REJECTED,
	JOB_REMOVED,
	JOB_CANCELED,
	JOB_STATUS_MAX
};

/* What a request says beside its thing and its job.  Begin with JOB_REQUEST. */
struct job_request {
	struct arena *arena;	   /* of the details; set by who makes one */
	enum job_status status;	   /* JOB_STATUS_MAX: none was told */
	int64_t number, version;   /* executionNumber and expectedVersion; -1: none */
	bool document, state;	   /* includeJobDocument, includeJobExecutionState */
	const char *details;	   /* what fits into a remark of statusDetails, as JSON; "" */
	int64_t progress;	   /* percent, as the details say; -1: they do not */
	enum execution_state step; /* and how far it has come: "step", else downloading */
	enum refusal refusal;	   /* and why it is rejected: "reason", else the user's will */
	const char *client_token;  /* given back over MQTT; NULL */
};

/* Nothing said; with or without the job document, where that is not asked for or refused. */
#define JOB_REQUEST(memory, with_document)                                                         \
	(struct job_request)                                                                       \
	{                                                                                          \
		.arena = (memory), .status = JOB_STATUS_MAX, .number = -1, .version = -1,          \
		.document = (with_document), .details = "", .progress = -1,                        \
		.step = EXEC_DOWNLOADING, .refusal = REFUSAL_USER                                  \
	}

/*
 * Take what a JSON body says, which may be empty; its texts live in the session's arena.
 * ERR_INPUT: it is no such body (see body_read()), or the first value that does not fit.
 */
enum err_code jobwire_read(struct session *session, const char *body, size_t length,
	struct job_request *ret, struct err *err) MUST_USE;

/* Take what a query says of these; other names are passed over.  ERR_INPUT as above. */
enum err_code jobwire_read_query(
	const struct pair *query, size_t count, struct job_request *ret, struct err *err) MUST_USE;

/* Where an answer goes: as over HTTP, or with the time and the token of who asked, as over MQTT. */
struct job_wire {
	struct wire wire;
	const char *thing;
	bool stamped;
	const char *client_token; /* or NULL */
};

/* What is said of an execution: it was canceled also where the device has yet to say so. */
enum job_status jobwire_status(const struct execution *execution);

/*
 * The component of an offer that its job document is about, the first that has not ended: firmware
 * and scripts cannot be upgraded at once.  NULL: there is none, or it has no files of that kind.
 */
const struct offer_component *jobwire_subject(const struct offer *offer);

/*
 * The answer with one execution, a line of JSON in the arena, with its job document where that is
 * wished and there is one; without any where the offer is NULL.  session_keys() has been called.
 * ERR_IO, ERR_BUSY.
 */
enum err_code jobwire_execution(const struct job_wire *wire, const struct offer *offer,
	bool document, const char **ret, struct err *err) MUST_USE;

/* The answer with all pending ones, of which there is at most this, or NULL.  Likewise. */
const char *jobwire_pending(const struct job_wire *wire, const struct offer *offer);

/* What a thing is told without having asked: this is pending.  Likewise. */
const char *jobwire_notice(const struct job_wire *wire, const struct offer *offer);

/* The answer to an update: of the offer what the request wishes to see.  Likewise. */
enum err_code jobwire_update(const struct job_wire *wire, const struct job_request *request,
	const struct offer *offer, const char **ret, struct err *err) MUST_USE;

/*
 * The answer to what is refused, with a code such as "VersionMismatch" and the present state of an
 * execution, or NULL.  Likewise.
 */
enum err_code jobwire_refusal(const struct job_wire *wire, const char *code, const char *message,
	const struct offer *offer, const char **ret, struct err *err) MUST_USE;

/* The same for an error that is no job's, as a line of JSON in the arena. */
const char *jobwire_error(struct arena *arena, enum err_code code, const char *message);
