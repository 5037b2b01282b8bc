/* What is going on in a plan, on one screen. */
#pragma once

#include "core/probe.h"
#include "core/stage.h"
#include "db/execution.h"
#include "db/plan.h"
#include "plans/base/session.h"
#include "plans/rollout/blocked.h"
#include "plans/rollout/left.h"

struct plan_status {
	struct plan plan;
	const char *product;
	struct tally tally;
	int64_t sums[TALLY_MAX]; /* over all stages */
	struct plan_pulse pulse;
	/* Targets that need it and were never offered anything; in the tail: and may still come. */
	int64_t pending;
	int64_t finished;	    /* succeeded, failed, rejected, timed_out, regressed */
	struct stage_verdict stage; /* of the newest opened stage */
	struct probe_verdict probe; /* where the plan has a probe, and */
	struct probe_tally probe_tally;
	int64_t stage_size;	     /* devices that the stages opened with it add */
	int64_t margin;		     /* failures until the breaker trips, -1 off */
	const char *margin_words;    /* and where: breaker_margin_words(); "" off */
	struct blocked_list blocked; /* why nothing is offered, though it is active */
	struct plan_zone *changed;   /* its zones that got other rules while it ran */
	size_t changed_count;
	int64_t held;	       /* devices on hold that may be targets: db_device_held_of() */
	int64_t tail_at;       /* since when it is in its tail, 0: it is not; */
	int64_t tail_ends_at;  /* when it ends by itself, or ended, whoever is left */
	struct left left;      /* who is left, by what each needs: as tick counted last */
	const char *next_what; /* next event, or NULL */
	int64_t next_at;       /* 0: unknown */
};

/* The status of a plan on a read snapshot of its own, in the arena; ERR_NOT_FOUND. */
enum err_code status_get(struct session *session, const char *name, struct plan_status *ret,
	struct err *err) MUST_USE;
