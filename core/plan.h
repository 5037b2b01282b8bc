/*
 * The next step of a plan: what is to be done with it now, and when to look again.  Tick does it
 * and asks beforehand whether there is anything to do, a status foretells it, a simulation plays
 * it.
 */
#pragma once

#include "core/model.h"
#include "core/probe.h"

/* What is due, from what stops a plan to what lets it go on. */
enum plan_due {
	PLAN_DUE_NOTHING,
	PLAN_DUE_JUDGEMENT,   /* unknown without a judgement: read one and ask again */
	PLAN_DUE_TRIPPED,     /* the breaker's latch is set: suspend or abort */
	PLAN_DUE_EXPIRED,     /* its end has come */
	PLAN_DUE_ALL_DONE,    /* no target needs anything more */
	PLAN_DUE_NOBODY_LEFT, /* it is in its tail, and no target can still get it */
	PLAN_DUE_SILENT,      /* too many that succeeded are not heard any more: suspend */
	PLAN_DUE_TAIL_OVER,   /* stragglers were served long enough after the last stage */
	PLAN_DUE_OPEN,	      /* the next stage may open */
	PLAN_DUE_PROBE_OVER,  /* the probe has passed: the stages go on */
	PLAN_DUE_MARK,	      /* something to remember: a stage is done, the tail, who is silent */
	PLAN_DUE_MAX
};

/* Targets that are not done, as they were counted last, since the newest stage opened. */
struct plan_left {
	int64_t counted_at; /* 0: not yet */
	int64_t coming;	    /* may still get it without anybody's doing, */
	int64_t here;	    /* and are not absent */
	int64_t until;	    /* before, those that the stage waits for have not had their time */
};

/* The part of the facts that is costly to read. */
struct plan_judgement {
	int64_t done; /* targets that need nothing more */
	struct plan_left left;
	bool silent;		    /* too many are silent now */
	struct stage_verdict stage; /* of the newest opened stage */
	struct probe_verdict probe; /* where the plan has one */
};

struct plan_facts {
	int64_t now;
	int64_t tripped_at; /* the breaker's latch, 0: not set */
	bool tripped_abort; /* and what it asks for */
	int64_t silent_at;  /* since when too many are silent, 0: they were not */
	int64_t look_at;    /* until then nothing is due by the time alone; 0: something happened */
	const struct plan_judgement *judgement; /* NULL: not read yet */
};

struct plan_decision {
	enum plan_due what;
	enum plan_state state; /* of the plan afterwards: where it is another, the plan stops */
	enum plan_cause cause; /* of that */
	bool mark_probe;       /* PLAN_DUE_OPEN, PLAN_DUE_MARK: the probe's devices have ended */
	bool mark_done;	   /* PLAN_DUE_OPEN, PLAN_DUE_MARK: the newest opened stage becomes done */
	int64_t silent_at; /* to remember, where it differs from the facts' */
	int64_t tail_at;   /* the tail has begun then: to remember, where the stage does not */
	int64_t index;	   /* PLAN_DUE_OPEN: of the stage to open */
	int64_t look_at;   /* when time alone may make something due; 0: at any moment */
};

/*
 * Until when the devices that succeeded in an activated plan are watched: `watch` after it has
 * stopped widening, that is after its last stage has opened or after its end, if that came before;
 * MOMENT_NEVER while it may still widen.  Reads its strategy and stages.
 * A plan does not end before, unless it is a trial.
 */
int64_t plan_watched_until(const struct plan *plan);

/* When a plan of which too many are silent since `silent_at` stops, unless they are heard. */
int64_t plan_silent_stops_at(int64_t silent_at);

/*
 * When a tail that began at `tail_at` is over, whoever is left: after complete_after and no sooner
 * than the plan is watched, but at its end.  Reads its strategy and stages.
 */
int64_t plan_tail_ends_at(const struct plan *plan, int64_t tail_at);

/*
 * From when on the stragglers of an active plan are to be counted now and then: in a stage that is
 * not done in the usual time, and in the tail.  MOMENT_NEVER for a trial.  Reads its strategy and
 * stages.
 */
int64_t plan_counts_from(const struct plan *plan, int64_t now);

/*
 * Decide what is due for an activated plan.  Without a judgement only state and end_at of the plan
 * are read; with one its strategy and stages, too.  Whatever the same facts with a judgement would
 * make due is due, or PLAN_DUE_JUDGEMENT, without: nothing is slept through, save until
 * facts.look_at.
 */
struct plan_decision plan_decide(const struct plan *plan, const struct plan_facts *facts);
