/*
 * The native protocol's words, v1: from a query or JSON to facts and reports, from answers to JSON.
 * They are the same over HTTP and over MQTT.
 */
#pragma once

#include "plans/door/poll.h"
#include "plans/door/report.h"

/*
 * Facts as a query tells them: metrics by name, attr.KEY, and every other name is a component's
 * identity.  `ret` has its arena; what is not told stays as it was.  ERR_INPUT: the first that does
 * not fit.
 */
enum err_code wire_read_query(
	const struct pair *query, size_t count, struct told *ret, struct err *err) MUST_USE;

/* The same from a JSON body.  ERR_INPUT also where it is no such body (see body_read()). */
enum err_code wire_read_poll(struct session *session, const char *body, size_t length,
	struct told *ret, struct err *err) MUST_USE;

/* Versions alone: {"STM32": "1_0_1"}.  As above. */
enum err_code wire_read_versions(struct session *session, const char *body, size_t length,
	struct told *ret, struct err *err) MUST_USE;

/* A report from a JSON body; its texts live in the arena.  ERR_INPUT as above. */
enum err_code wire_read_report(struct session *session, const char *body, size_t length,
	struct report *ret, struct err *err) MUST_USE;

/* Where an answer goes: URLs are made from the door's address, without a slash at the end. */
struct wire {
	struct session *session;
	const char *base_url;
};

/*
 * The answer to a poll, a line of JSON in the arena: the offer, else the verdict where `verdict`
 * asks for it, else NULL.  session_keys() has been called.
 */
const char *wire_poll(const struct wire *wire, const struct poll_answer *answer, bool verdict);

/* The answer to a report, likewise. */
const char *wire_report(
	const struct wire *wire, const struct report *report, const struct report_answer *answer);

/* The answer to an enrolment, likewise. */
const char *wire_token(struct session *session, const char *token);
