/* What is going on: the status of a plan, and the explanation for one device. */
#pragma once

#include "plans/rollout/facts.h"

struct plan_status {
	struct plan plan;
	const char *product;
	struct tally tally;
	int64_t sums[TALLY_MAX]; /* over all stages */
	struct plan_pulse pulse;
	int64_t pending;	    /* targets never offered anything */
	int64_t accepted_ever;	    /* devices whose newest attempt was accepted */
	int64_t finished;	    /* succeeded, failed, rejected, timed_out, regressed */
	struct stage_verdict stage; /* of the newest opened stage */
	int64_t stage_size;	    /* devices that the stages opened with it add */
	int64_t margin;		    /* failures until the breaker trips, -1 off */
	int64_t margin_bad;	    /* failures there already, */
	const char *margin_key;	    /* and where: "stage 1", "hw=B"; "" nothing has ended yet */
	const char *next_what;	    /* next event, or NULL */
	int64_t next_at;	    /* 0: unknown */
};
enum err_code status_get(struct session *session, const char *name, struct plan_status *ret,
	struct err *err) MUST_USE;

/*
 * The judgement of the newest opened stage, together with the stages opened at the same time: what
 * tick acts on and status shows.
 */
struct stage_verdict status_stage(
	struct session *session, const struct plan *plan, const struct tally *tally, int64_t *size);

struct explanation {
	const char *plan, *device;
	struct plan loaded;
	struct decision decision;
	const struct execution *newest; /* in this plan, or NULL */
};
enum err_code explain(struct session *session, const char *plan, const char *device,
	struct explanation *ret, struct err *err) MUST_USE;
/* Over all running plans of the device's product. */
enum err_code explain_device(struct session *session, const char *device, struct explanation **ret,
	size_t *count, struct err *err) MUST_USE;
