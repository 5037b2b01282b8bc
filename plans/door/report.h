/* What a device says of an execution: accepted, refused, on its way, failed. */
#pragma once

#include "core/decide.h"
#include "core/execution.h"
#include "plans/door/offer.h"

struct report {
	enum execution_state state;
	const char *identity;	  /* NULL: all components */
	enum refusal refusal;	  /* with rejected */
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
