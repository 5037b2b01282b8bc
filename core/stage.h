/*
 * Stages: which devices a rollout has reached, and when it may go on.
 *
 * A device's place is a hash, not a row: bucket = keyed hash of (plan salt, device id) mod 10000,
 * and a percentage stage admits bucket < share.  So opening a stage is one row update however large
 * the fleet, and raising a share only ever adds devices.
 */
#pragma once

#include "core/arena.h"
#include "core/limits.h"

enum {
	STAGE_BUCKETS = 10000,
	STAGE_JOIN_BELOW = 5,
	STAGE_OFFERS = 3,	      /* for each place of a count stage that is left */
	STAGE_PATIENCE_S = 48 * 3600, /* then a tenth of the stage is enough */
};

enum stage_kind { STAGE_GROUP, STAGE_COUNT, STAGE_SHARE };

struct stage {
	enum stage_kind kind;
	char group[LIMIT_NAME + 1]; /* STAGE_GROUP */
	int64_t value;		    /* STAGE_COUNT: devices; STAGE_SHARE: hundredths of a percent */

	/* Known once the plan is active. */
	int64_t group_id;
	int64_t draw;	   /* STAGE_COUNT: buckets below this may take a place */
	int64_t size;	   /* devices this stage adds */
	int64_t lent;	   /* more whose stage it is, but whom count stages add, or nobody */
	int64_t taken;	   /* STAGE_COUNT: places taken */
	int64_t offered;   /* STAGE_COUNT: offers that nobody has accepted yet */
	int64_t opened_at; /* 0: closed */
	int64_t done_at;   /* 0: not done; later by what the plan stood still since */
	int64_t stood_s;   /* it stood still for so long since it opened, suspended */
	int64_t tail_at;   /* of the last stage: it is the tail since; 0: not, or not yet noted */
};

/* Bytes of a stage's name, the end included. */
enum { STAGE_NAME = LIMIT_NAME + 16 };

struct stage_list {
	struct stage list[LIMIT_STAGES];
	size_t count;
};

/* "group:lab,5,1%,0.5%,100%": shares rise; ends with a share (devices behind it never get it). */
bool stage_list_parse(const char *text, struct stage_list *ret);

/* "group:lab", "5", "0.5%"; ret holds STAGE_NAME bytes. */
const char *stage_name(const struct stage *stage, char *ret);

/* What of a device the stages ask. */
struct stage_place {
	int64_t bucket;	 /* 0..9999 */
	uint32_t groups; /* bit i: a member of the group of stage i */
	int home;	 /* the stage it was counted in when it first accepted, or -1 */
	bool unoffered;	 /* it has no offer yet: a count stage makes only so many at a time */
};

/*
 * The index of the first opened stage that admits the device, or -1.  A device with a home is
 * always admitted.  A count stage has at most STAGE_OFFERS offers out for each place left, so that
 * few are told of what they cannot have any more; who has an offer may take any place.
 */
int stage_admits(const struct stage *stages, size_t count, const struct stage_place *place);

/*
 * A percentage that adds too few devices to judge opens together with the next stage; named groups
 * and counts were somebody's choice and stand alone.
 */
bool stage_joins_next(const struct stage *stage);

/* The first of the stages that were opened together with the opened stage `index`. */
int64_t stage_joined_first(const struct stage *stages, int64_t index);

/* The last of them, of `count` stages. */
int64_t stage_joined_last(const struct stage *stages, size_t count, int64_t index);

/* The first stage that will admit it once everything is open, or -1 (never). */
int stage_later(const struct stage *stages, size_t count, const struct stage_place *place);

/*
 * When a device that no opened stage admits may be admitted at the soonest, with the sizes that the
 * stages have now: `newest` is the newest opened one, and none opens before whoever it waits for is
 * done and has soaked.  At `now` where it may be at any moment, MOMENT_NEVER where no stage will.
 * What a person opens comes sooner.
 */
int64_t stage_admits_from(const struct stage *stages, size_t count, int64_t newest,
	const struct stage_place *place, int64_t soak, int64_t now);

/* The newest state of the devices a stage added (each device once). */
struct stage_tally {
	int64_t accepted; /* ever accepted in this stage, without canceled and expired ones */
	int64_t open;	  /* accepted and not ended, */
	int64_t before;	  /* and accepted before it was done: all of them while it is not */
	int64_t finished; /* succeeded, failed, timed_out, rejected, regressed */
	int64_t succeeded;
	int64_t survived;
	/* Of those accepted since the newest resume: succeeded; failed, timed out or regressed. */
	int64_t well, bad;
	bool sick; /* so is another opened stage, or a cohort of like devices */
};

struct stage_rules {
	int64_t soak, advance_finished, advance_success, survived, stage_wait;
	int64_t until; /* before, those that it waits for have not had their time; 0: they have */
	bool approve;  /* a person opens the next stage */
	bool last;     /* there is none: its tail follows, whatever its health */
	bool window_shut; /* stages open in a window only, and it is not open now */
};

enum stage_wait {
	STAGE_GO,	    /* the next stage may open */
	STAGE_NOT_DONE,	    /* too few have finished */
	STAGE_OPEN_DEVICES, /* somebody accepted before it was done is still under way */
	STAGE_SOAK,
	STAGE_HEALTH,
	STAGE_SURVIVAL,
	STAGE_WINDOW,
	STAGE_APPROVAL,
	STAGE_TAIL,  /* the last stage has soaked: stragglers are served */
	STAGE_PROBE, /* a few devices come first after a resume: see probe.h */
	STAGE_WAIT_MAX
};

struct stage_verdict {
	enum stage_wait wait;
	bool done;    /* finished enough; remembered as done_at */
	bool stalled; /* longer than stage_wait and whom it waits for take, for whatever reason */
	int64_t at;   /* STAGE_SOAK: when it is over */
};

/*
 * True where so few of a stage of `size` devices ended badly that it may go on: at most what
 * `percent` allows, rounded up, and one always from 5 devices on.
 */
bool stage_healthy(int64_t size, int64_t well, int64_t bad, int64_t percent);

/*
 * Judge the newest opened stage.  One that adds nobody goes on at once.  Done: finished >=
 * advance_finished of accepted, and finished >= size/2 or, once open for 48 h, >= size/10 and at
 * least 1.  Then nobody under way who accepted
 * before it was done, soak since done, health >= advance_success here and in whatever else may be
 * sick, enough survivors, an open window, and somebody's approval where the rules ask for it.  The
 * last stage has its tail instead once it has soaked, and is not stalled there.
 */
struct stage_verdict stage_decide(const struct stage *stage, const struct stage_tally *tally,
	const struct stage_rules *rules, int64_t now);

/* Since when the last stage is its plan's tail: as was noted, or since its soak; 0: it is not. */
int64_t stage_tail_from(const struct stage *last, int64_t soak, int64_t now);

extern const char *const stage_wait_words[STAGE_WAIT_MAX];

/* Offers allowed in this clock minute: base * factor^floor(successes/step), at most cap. */
int64_t stage_rate(
	int64_t base, int64_t factor_hundredths, int64_t step, int64_t cap, int64_t successes);
