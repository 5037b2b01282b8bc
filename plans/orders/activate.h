/* Activation: a draft becomes a plan that devices hear of. */
#pragma once

#include "core/decide.h"
#include "plans/base/session.h"

enum { ACTIVATION_SAMPLE = 5, ACTIVATION_WARNINGS = 32 };

struct activation {
	int64_t targets, already; /* already: of them, at the target or newer */
	const char *sample[ACTIVATION_SAMPLE];
	size_t sample_count;
	int64_t first_offer_at;
	int64_t never[VERDICT_MAX];	  /* pending targets that never get it, by their verdict */
	const char *example[VERDICT_MAX]; /* and one of them */
	const char *warnings[ACTIVATION_WARNINGS]; /* overlaps, empty stages, what is foreseen */
	size_t warning_count;
};

/*
 * Activate a draft.  ERR_CONFLICT names what is missing; with expect >= 0 another number of targets
 * is refused, too.
 */
enum err_code plan_activate(struct session *session, const char *name, int64_t expect,
	struct activation *ret, struct err *err) MUST_USE;

/* The same within a change of the caller's. */
enum err_code plan_activate_within(struct session *session, const char *name, int64_t expect,
	struct activation *ret, struct err *err) MUST_USE;
