/*
 * The nouns.  Small rows are plain values whose fields are as long as the limits that the
 * schema checks; lists belong to an arena.  The words are explained in otactl(1).
 */
#pragma once

#include "core/gaps.h"
#include "core/limits.h"
#include "core/pairs.h"
#include "core/stage.h"
#include "core/strategy.h"
#include "core/window.h"

enum component_type { TYPE_MODULE, TYPE_MCU, TYPE_APP, TYPE_MAX };
enum package_kind { KIND_FULL, KIND_DELTA, KIND_MINIMAL, KIND_MAX };
enum package_state {
	PACKAGE_DRAFT, PACKAGE_PUBLISHED, PACKAGE_QUARANTINED, PACKAGE_RETIRED, PACKAGE_REVOKED,
	PACKAGE_STATE_MAX
};
enum plan_state { PLAN_DRAFT, PLAN_ACTIVE, PLAN_SUSPENDED, PLAN_ENDED, PLAN_STATE_MAX };
enum plan_cause {	/* why a plan is suspended, or how it ended */
	CAUSE_NONE, CAUSE_OPERATOR, CAUSE_BREAKER, CAUSE_SILENT, CAUSE_PACKAGE, CAUSE_KEY,
	CAUSE_RESTORE, CAUSE_CLOCK, CAUSE_COMPLETED, CAUSE_EXPIRED, CAUSE_TERMINATED, CAUSE_ABORTED,
	CAUSE_MAX
};
enum plan_mode { MODE_SILENT, MODE_MANUAL, MODE_MAX };
enum execution_state {
	EXEC_OFFERED, EXEC_ACCEPTED, EXEC_DOWNLOADING, EXEC_DOWNLOADED, EXEC_INSTALLING,
	EXEC_VERIFYING,		/* up to here an execution is open */
	EXEC_SUCCEEDED, EXEC_FAILED, EXEC_REJECTED, EXEC_TIMED_OUT, EXEC_CANCELED, EXEC_EXPIRED,
	EXEC_REGRESSED, EXEC_STATE_MAX
};
enum trial { TRIAL_NONE, TRIAL_RUNNING, TRIAL_PASSED, TRIAL_FAILED, TRIAL_MAX };
enum auth_mode { AUTH_TOKEN, AUTH_CERTIFICATE, AUTH_NONE, AUTH_MAX };

/* The words of an enum, as stored, shown and read back: index = value. */
extern const char *const type_words[TYPE_MAX], *const kind_words[KIND_MAX],
	*const package_state_words[PACKAGE_STATE_MAX], *const plan_state_words[PLAN_STATE_MAX],
	*const cause_words[CAUSE_MAX], *const mode_words[MODE_MAX],
	*const execution_state_words[EXEC_STATE_MAX], *const auth_words[AUTH_MAX],
	*const trial_words[TRIAL_MAX];

/* Of executions, for tables that hold more than those. */
#define EXECUTION_STATE_WORDS \
	[EXEC_OFFERED] = "offered", \
	[EXEC_ACCEPTED] = "accepted", \
	[EXEC_DOWNLOADING] = "downloading", \
	[EXEC_DOWNLOADED] = "downloaded", \
	[EXEC_INSTALLING] = "installing", \
	[EXEC_VERIFYING] = "verifying", \
	[EXEC_SUCCEEDED] = "succeeded", \
	[EXEC_FAILED] = "failed", \
	[EXEC_REJECTED] = "rejected", \
	[EXEC_TIMED_OUT] = "timed_out", \
	[EXEC_CANCELED] = "canceled", \
	[EXEC_EXPIRED] = "expired", \
	[EXEC_REGRESSED] = "regressed"

/* The value for a word, or -1. */
int word_index(const char *const *words, int count, const char *word);
#define WORD_INDEX(words, word) word_index(words, (int)COUNT(words), word)

struct product {
	int64_t id;
	char name[LIMIT_NAME + 1];
	enum auth_mode auth;
	bool enrol;		/* unknown devices with the enrolment token are created */
	bool frozen;		/* no offers for this product */
	int64_t signatures;	/* distinct trusted signatures that a package needs; 0: none */
	int64_t max_files, max_file_mb;
	char extensions[256];	/* ".bin .zip ..."; longest suffix decides */
	char languages[64];	/* texts a manual plan needs: "en zh" */
};

struct component {
	int64_t id, product;
	char identity[LIMIT_IDENTITY + 1];
	enum component_type type;
	char chip[LIMIT_CHIP + 1];	/* what images must be made for; "" any */
	int64_t slot_size;		/* bytes an image may have; 0: not declared */
};

struct version {
	int64_t id, component;
	char name[LIMIT_VERSION + 1];
	int64_t counter;	/* orders versions, never repeats; from 1 */
	int64_t floor;		/* security floor, <= counter */
};

/* The slot of the firmware in a package of app files. */
#define SLOT_FIRMWARE "firmware"

struct artifact {		/* one file of a package */
	int position;		/* from 0, in order */
	char name[LIMIT_FILE_NAME + 1], slot[LIMIT_NAME + 1], path[LIMIT_FILE_NAME + 1];
	int64_t size;
	char md5[MD5_HEX], sha1[SHA1_HEX], crc32[CRC32_HEX];
	char sha256[DIGEST_HEX], blake2b[BLAKE2B_HEX];
};

struct package {
	int64_t id, component, version;
	enum package_kind kind;
	char source[LIMIT_VERSION + 1];		/* delta and minimal */
	enum package_state state;
	char reason[LIMIT_REMARK + 1];		/* why quarantined or revoked */
	char remark[LIMIT_REMARK + 1];
	char manifest_sha256[DIGEST_HEX];
	int64_t created_at, expires_at;		/* expires_at 0: never */
	int64_t size;				/* of all files together */
	int64_t signatures;			/* by distinct trusted keys, when last judged */
	enum trial trial;
	const char *hw;				/* hardware it is for, "B C"; "" or NULL: any */
	const char *requirements;		/* "IDENTITY >= COUNTER" lines; "" or NULL: none */
	const struct artifact *files;
	size_t file_count;
};

struct key {
	int64_t id, product;
	char name[LIMIT_NAME + 1], key_id[KEY_ID_HEX];
	uint8_t public_key[32];
	bool revoked;
	int64_t not_before, not_after;		/* 0: open */
};

struct metrics {		/* as a device tells them; known bits say which */
	bool has_battery, has_charging, has_signal, has_free;
	bool charging;
	int64_t battery, signal, free;		/* percent, dBm, bytes */
	char slot[LIMIT_NAME + 1];
	int64_t at;				/* when they were told; 0: never */
};

struct device {
	int64_t id, product;
	char name[LIMIT_DEVICE + 1];
	char timezone[LIMIT_ZONE + 1];
	const char *components, *labels, *attributes, *floors;	/* pairs texts, in the arena */
	struct metrics metrics;
	bool held;
	char held_reason[LIMIT_REMARK + 1];
	int64_t enrolled_at, last_seen;
	struct gaps gaps;			/* between its contacts */
	int64_t retired_at;			/* taken out of service; 0: in service */
};

struct plan_component {
	int64_t component, version;
	char identity[LIMIT_IDENTITY + 1], target[LIMIT_VERSION + 1];
	enum component_type type;
	int64_t counter;			/* of the target */
	const struct package *packages;		/* all packages to the target version */
	size_t package_count;
};

enum plan_list { LIST_WHITE = 1, LIST_BLACK = 2 };

/* One live entry of the white or blacklist; ids are rows of their own. */
struct plan_rule {
	enum plan_list list;
	const struct selector *selector;	/* label:SELECTOR */
	int64_t group;				/* group:NAME, or 0 */
	const char *device;			/* an id not enrolled yet */
};

/* A cohort that gets nothing more, as if blacklisted. */
struct left_out {
	int64_t package;			/* 0: a label */
	const char *text;			/* "hw=B", or the version the package starts from */
};

struct zone_intervals {
	const char *zone;			/* "" the plan's own */
	const struct interval *list;		/* from about now on */
	size_t count;
};

struct plan_text {
	const char *language, *text;
};

struct plan {
	int64_t id, product;
	char name[LIMIT_NAME + 1];
	enum plan_state state;
	enum plan_cause cause;
	enum plan_mode mode;
	char reason[LIMIT_REMARK + 1];
	int64_t priority;
	char timezone[LIMIT_ZONE + 1];
	bool device_zone;			/* windows are read in each device's own zone */
	int64_t start_at, end_at;		/* 0: open */
	bool continuous, allow_downgrade, unknown_hold, require_all;
	bool unknown_hw_allow;			/* serve who tells no hardware */
	bool whitelist_set;			/* a whitelist was given, also an empty one */
	char strategy_name[LIMIT_NAME + 1];
	const char *settings;			/* pairs text: the --set overrides */
	const char *params;			/* pairs text, frozen at activation */
	uint8_t salt[16];
	int64_t created_at, activated_at, resumed_at, suspended_at, ended_at;
	int64_t activation;			/* its place in their order; 0: a draft */
	int64_t max_device;			/* snapshot: newest device at activation */
	int64_t targets;			/* counted at activation */
	int64_t stage;				/* index of the newest opened stage */
	int64_t trial;				/* the package under trial; 0: an ordinary plan */
	int64_t probe_at;			/* the resume whose probe goes on; 0: none */
	int64_t probe_done_at;			/* its devices have ended; 0: not yet */

	/* Filled by plan_load(). */
	struct strategy strategy;
	struct plan_component *components;
	size_t component_count;
	struct plan_rule *rules;
	size_t rule_count;
	struct plan_text *texts;
	size_t text_count;
	struct left_out *left_out;		/* cohorts that a resume left out */
	size_t left_out_count;
	const char **from;			/* versions updates may start from */
	size_t from_count;
	unsigned allow_kinds;			/* bit per package_kind; 0: all */
	bool windows_set, install_set;
	struct zone_intervals *push;		/* by zone; [0] is the plan's own */
	size_t zone_count;
	struct stage *stages;
	size_t stage_count;
};

struct execution {
	int64_t id, plan, device;
	int64_t attempt;			/* from 1 */
	enum execution_state state;
	char reason[LIMIT_REMARK + 1];
	int stage;				/* where it was counted */
	int64_t version;			/* rises with every change */
	int64_t seq;				/* newest report's number, or -1 */
	int64_t offered_at, accepted_at, changed_at, closed_at, deadline_at;
	bool survived, late, fell_back;
	bool newest;				/* the device's newest attempt in the plan counts */
	bool cancel_requested;
	int counted;				/* COUNTED_*: what the breaker has of it */
	int64_t block;				/* 200 consecutive first acceptances */
	char cohort[LIMIT_LABEL + 1];		/* value of the breaker_by label when accepted */
	bool retry;				/* an operator allows one more attempt */
};

/*
 * What of an attempt the breaker has seen, and what of it counts: its device's first conclusion and
 * first failure since the newest resume.  The cohorts of the breaker can be recounted by these.
 */
enum {
	COUNTED_CONCLUDED = 1,
	COUNTED_FAILED = 2,
	COUNTED_FIRST = 4, /* it counts as the conclusion of its device, */
	COUNTED_AS_FAILED = 8, /* and as the failure, in the state it came to */
	COUNTED_AS_REJECTED = 16,
	COUNTED_AS_TIMED_OUT = 32,
	COUNTED_AS_REGRESSED = 64,
};

struct execution_component {
	int64_t execution, component, package;
	int position;
	char identity[LIMIT_IDENTITY + 1], target[LIMIT_VERSION + 1];
	char source[LIMIT_VERSION + 1];		/* version reported when offered; "" unknown */
	enum execution_state state;
	int64_t progress;			/* percent */
	int64_t code;				/* the device's own number */
	char message[LIMIT_REMARK + 1];
	int64_t other_at;			/* first sight of another version; 0: none */
	int64_t blank_at;			/* and of no version, without a break */
};

/* True for the ends that speak against an update: failed, timed out, regressed. */
bool execution_is_bad(enum execution_state state);

/* True for the states in which an execution goes on. */
static inline bool
execution_open(enum execution_state state)
{
	return state <= EXEC_VERIFYING;
}
