/* What a device says of an execution: accepted, refused, on its way, failed. */
#pragma once

#include "core/decide.h"
#include "core/execution.h"
#include "plans/door/offer.h"

/* As it was said. */
struct report {
	enum execution_state state;
	const char *identity;	  /* NULL: all components */
	enum refusal refusal;	  /* with rejected */
	int64_t seq;		  /* -1: none */
	int64_t expected_version; /* -1: none */
	int64_t progress, code;
	const char *message;
};

/* What it came to. */
struct report_answer {
	bool conflict;	      /* 409: closed, wrong version, or the acceptance does not hold */
	enum verdict verdict; /* why an acceptance does not hold, else VERDICT_ELIGIBLE */
	struct offer offer;   /* in its present state; components only after an acceptance */
};

/*
 * Apply a report of a device that was authenticated within the present read snapshot, which is
 * given up; what it comes to is committed before this returns.  The report has a message.
 * ERR_NOT_FOUND: no such execution of this device, or no such component in it; ERR_BUSY, ERR_IO.
 */
enum err_code report_run(struct session *session, const struct device *device, int64_t execution,
	const struct report *report, struct report_answer *ret, struct err *err) MUST_USE;
