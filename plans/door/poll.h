/*
 * The three operations of the device door, the same for every dialect: poll, report, ticket.
 *
 * A poll decides on a read snapshot.  Only when something must be written does it take the write lock
 * and decide again on fresh rows; a poll that changes nothing writes nothing.
 */
#pragma once

#include "plans/rollout/facts.h"
#include "plans/rollout/move.h"

/* What a device says of itself. */
struct told {
	struct pairs components; /* identity=version; identities the product lacks are ignored */
	struct pairs attributes;
	struct metrics metrics; /* the has_ bits say which; slot "" unknown */
};

/* One component of an offer, with its package. */
struct offer_component {
	struct execution_component component;
	struct package package;
	enum component_type type;
	const struct artifact **files; /* only those for the slot the device does not run from */
	size_t file_count;
	int64_t size;
};

struct offer {
	struct execution execution;
	const struct plan *plan;
	struct offer_component *components;
	size_t component_count;
	const char *manifest_sha256; /* of the first component */
	struct interval install;     /* when it may be installed; both 0: at any time */
	const char **key_ids;	     /* of its signatures */
	size_t key_id_count;
};

struct poll_answer {
	bool has_offer;
	struct offer offer;
	enum verdict verdict; /* without an offer */
	int64_t retry_after_s;
};

/*
 * Poll.  `device` was authenticated within the read snapshot of session_read_begin(); it is given up where something
 * must be written.  Answers live in the arena, the plan in the session's cache until the next request.
 */
enum err_code poll_run(struct session *session, const struct device *device,
	const struct told *told, bool accept, struct poll_answer *ret, struct err *err) MUST_USE;

struct report {
	enum execution_state state;
	const char *identity;	  /* NULL: all components */
	int refusal;		  /* with rejected: enum refusal */
	int64_t seq;		  /* -1: none */
	int64_t expected_version; /* -1: none */
	int64_t progress, code;
	const char *message;
};

struct report_answer {
	bool conflict;	      /* 409: closed, wrong version, or the acceptance does not hold */
	enum verdict verdict; /* why an acceptance does not hold, else VERDICT_ELIGIBLE */
	struct offer offer;   /* in its present state; components only after an acceptance */
};

/* ERR_NOT_FOUND: no such execution of this device.  The read snapshot is given up.  Committed before it returns. */
enum err_code report_run(struct session *session, const struct device *device, int64_t execution,
	const struct report *report, struct report_answer *ret, struct err *err) MUST_USE;
