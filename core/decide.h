/*
 * The one decision: may this device get this plan now?  The poll of a device, `plan explain`,
 * the acceptance of an offer and `plan simulate` all call decide().
 *
 * The gates run from permanent to passing, so that the first one that fails is the reason that
 * waiting will not cure.  Facts come in, a verdict goes out: no clock, no database, no randomness.
 */
#pragma once

#include "core/model.h"

enum verdict {
	VERDICT_ELIGIBLE,
	/* The gates, in their order. */
	GATE_FROZEN,
	GATE_UNKNOWN_DEVICE,
	GATE_WRONG_PRODUCT,
	GATE_DEVICE_HELD,
	GATE_BLACKLISTED,
	GATE_NOT_WHITELISTED,
	GATE_COMPONENT_MISSING,
	GATE_ALREADY_AT_TARGET,
	GATE_DONE_IN_PLAN,
	GATE_SUPERSEDED,
	GATE_VERSION_UNKNOWN,
	GATE_SOURCE_NOT_ALLOWED,
	GATE_WRONG_HARDWARE,
	GATE_REQUIREMENT_MISSING,
	GATE_NO_PACKAGE_FOR_VERSION,
	GATE_DOWNGRADE,
	GATE_PACKAGE_REVOKED,
	GATE_NOT_SIGNED,
	GATE_FILE_MISSING,
	GATE_TRIAL_MISSING,
	GATE_RETRIES_EXHAUSTED,
	GATE_AFTER_END,
	GATE_PLAN_NOT_ACTIVE,
	GATE_BEFORE_START,
	GATE_OTHER_EXECUTION_OPEN,
	GATE_RETRY_BACKOFF,
	GATE_BREAKER_TRIPPED,
	GATE_TICK_STALE,
	GATE_STAGE_NOT_OPEN,
	GATE_FIRST_DEVICE_PENDING,
	GATE_TOO_MANY_IN_PROGRESS,
	GATE_RATE_LIMITED,
	GATE_OUTSIDE_PUSH_WINDOW,
	GATE_WINDOW_TOO_SHORT,
	GATE_LOW_BATTERY,
	GATE_WEAK_SIGNAL,
	GATE_LOW_STORAGE,
	GATE_METRIC_MISSING,
	GATE_MAX,
	VERDICT_NO_PLAN = GATE_MAX, /* no plan looks at this device */
	VERDICT_MAX
};

/* The stable words of verdicts, as devices, scripts and people read them: index = value. */
extern const char *const verdict_words[VERDICT_MAX];

/* Facts about one component of the plan. */
struct component_facts {
	const struct plan_component *target;
	const char *reported; /* NULL: the device does not have it; "": version unknown */
	int64_t counter;      /* of the reported version; 0: the server has never seen it */
	int64_t floor;	      /* highest security floor the device has proved */
	bool superseded;      /* a later-activated plan succeeded for this component */
	bool delta_failed;    /* the newest attempt failed with a delta: choose the full one */
};

/* Facts that other devices change. */
struct pulse {
	int64_t tripped_at;
	char tripped[LIMIT_REMARK + 1]; /* criterion and numbers */
	int64_t in_progress;		/* accepted and not ended: nothing is proven yet */
	int64_t succeeded;		/* devices, since activation or resume */
	int64_t ever_succeeded;
	int64_t alone_since; /* oldest acceptance under way while nobody has succeeded; else 0 */
	int64_t rate_minute, rate_count; /* offers made in that clock minute */
	int64_t probe_taken, probe_last; /* devices that accepted in the probe, and when last */
};

/* The components and versions that the server knows of the product. */
struct known {
	const struct component *components;
	const struct version *versions; /* of all components */
	size_t component_count, version_count;
};

struct facts {
	int64_t now;
	bool accepting; /* judged for an acceptance, not for an offer */
	bool by_person; /* a person accepts: windows do not matter */
	bool started;	/* it has accepted and goes on, whatever the gates say now */
	bool frozen;
	int64_t clock_by;	       /* the clock is ahead by so much: not trusted */
	const char *old_copy;	       /* why this database may not offer anything; NULL: it may */
	const struct device *device;   /* NULL: unknown */
	const struct product *product; /* of the plan */
	const struct plan *plan;
	const struct pairs *labels, *attributes;
	bool whitelisted_id, blacklisted_id; /* an entry of its own in the copied lists */
	const int64_t *groups;		     /* groups the device is in */
	size_t group_count;
	struct component_facts components[LIMIT_PLAN_COMPONENTS];
	bool unbound; /* hardware and requirements were judged before */
	const struct pairs
		*reported; /* versions of all its components, also of no plan's; or NULL */
	struct known known;

	/* Its history in this plan. */
	bool done_in_plan;
	bool rejected_by_user;
	bool canceled_by_operator; /* for good: until an operator allows a retry */
	bool in_probe;		   /* it is one of the probe's devices */
	int64_t begun_at; /* when its first attempt began that was accepted or refused; 0: none */
	int begun_stage;  /* of that attempt */
	bool accepted_before;	 /* it has accepted in this plan at least once, */
	int64_t accepted_block;	 /* and counts in this block; -1: in none */
	int64_t attempts_failed; /* attempts that failed or timed out */
	bool last_needs_wait;	 /* the newest attempt ended so that the next one waits */
	bool last_was_passing;	 /* ... for a passing reason: the interval does not double */
	int64_t last_closed_at;
	bool offered_again; /* its newest offer was withdrawn for its metrics: it comes again */
	const struct execution *open; /* an open execution in another plan, or NULL */
	struct stage_place place;

	int64_t tick_at;    /* newest tick */
	bool files_missing; /* a file of a chosen package is not in the store */
	const struct pulse *pulse;
};

enum gate_result { GATE_PASS, GATE_FAIL, GATE_UNKNOWN };

struct gate {
	enum gate_result result;
	int component;	  /* index in the plan, or -1 */
	int64_t earliest; /* when it may change: 0 unknown, MOMENT_NEVER never */
	char detail[240]; /* the values compared; only when explained */
};

struct decision {
	enum verdict verdict;
	int component;	  /* of the failing gate, or -1 */
	int64_t earliest; /* of the failing gate */
	int stage;	  /* the stage that admits it, or -1 */
	/* Per component of the plan: the chosen package; NULL where nothing is to do. */
	const struct package *packages[LIMIT_PLAN_COMPONENTS];
	int64_t download_size;
	struct gate *gates; /* GATE_MAX of the caller's, where it wants them explained; else NULL */
};

/*
 * Decide.  The caller sets ret->gates; everything else of *ret is written.  Packages and facts
 * belong to the caller and are only pointed at.  Where ret->gates is set all gates are judged and
 * described there, else it stops at the first that fails.
 */
void decide(const struct facts *facts, struct decision *ret);

/*
 * True where waiting cures nothing: somebody has to change the device, its lists, the plan or what
 * there is for it.  A device that was never heard may still tell what it runs and is.
 */
bool decide_for_good(const struct decision *decision, bool heard);

/* True for the words of those gates that a device's own metrics shut. */
bool decide_of_metrics(const char *word);

/*
 * The strategy parameter that a gate compares with, a key of strategy_parameters; NULL where it
 * compares with the plan itself or the device.  Of two limits that a gate knows, the one that was
 * set.
 */
const char *decide_parameter(enum verdict code, const struct strategy *strategy);
