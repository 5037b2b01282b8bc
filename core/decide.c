/*
 * In come the facts about one device and one plan, all of them read by the caller at one moment;
 * out go a verdict, the packages that were chosen and, where it is asked for, what every gate says.
 *
 * One pass over gates[], in the order of enum verdict.  For a poll it ends at the first gate that
 * fails: that gate is the verdict.  To explain, it goes on to the end and each gate also says what
 * it compared, but the verdict stays that of the first one, so that both always agree.  Packages
 * are chosen once, before the first gate that speaks of them.  A gate that cannot be judged (the
 * device is unknown, the plan is a draft) is GATE_UNKNOWN and stands in nobody's way: an earlier
 * gate has failed.
 *
 * What may never happen: that a gate looks at a clock, a database or chance; that a verdict depends
 * on being explained; that a text is formatted for a poll.
 */
#include "core/decide.h"

#include "core/choose.h"
#include "core/gates.h"
#include "core/moment.h"
#include "core/selector.h"
#include "core/str.h"

const char *const verdict_words[VERDICT_MAX] = {
	[VERDICT_ELIGIBLE] = "eligible",
	[GATE_FROZEN] = "frozen",
	[GATE_UNKNOWN_DEVICE] = "unknown_device",
	[GATE_WRONG_PRODUCT] = "wrong_product",
	[GATE_DEVICE_HELD] = "device_held",
	[GATE_BLACKLISTED] = "blacklisted",
	[GATE_NOT_WHITELISTED] = "not_whitelisted",
	[GATE_COMPONENT_MISSING] = "component_missing",
	[GATE_ALREADY_AT_TARGET] = "already_at_target",
	[GATE_DONE_IN_PLAN] = "done_in_plan",
	[GATE_SUPERSEDED] = "superseded",
	[GATE_VERSION_UNKNOWN] = "version_unknown",
	[GATE_SOURCE_NOT_ALLOWED] = "source_not_allowed",
	[GATE_WRONG_HARDWARE] = "wrong_hardware",
	[GATE_REQUIREMENT_MISSING] = "requirement_missing",
	[GATE_NO_PACKAGE_FOR_VERSION] = "no_package_for_version",
	[GATE_DOWNGRADE] = "downgrade",
	[GATE_PACKAGE_REVOKED] = "package_revoked",
	[GATE_NOT_SIGNED] = "not_signed",
	[GATE_FILE_MISSING] = "file_missing",
	[GATE_TRIAL_MISSING] = "trial_missing",
	[GATE_RETRIES_EXHAUSTED] = "retries_exhausted",
	[GATE_AFTER_END] = "after_end",
	[GATE_PLAN_NOT_ACTIVE] = "plan_not_active",
	[GATE_BEFORE_START] = "before_start",
	[GATE_OTHER_EXECUTION_OPEN] = "other_execution_open",
	[GATE_RETRY_BACKOFF] = "retry_backoff",
	[GATE_BREAKER_TRIPPED] = "breaker_tripped",
	[GATE_TICK_STALE] = "tick_stale",
	[GATE_STAGE_NOT_OPEN] = "stage_not_open",
	[GATE_FIRST_DEVICE_PENDING] = "first_device_pending",
	[GATE_TOO_MANY_IN_PROGRESS] = "too_many_in_progress",
	[GATE_RATE_LIMITED] = "rate_limited",
	[GATE_OUTSIDE_PUSH_WINDOW] = "outside_push_window",
	[GATE_WINDOW_TOO_SHORT] = "window_too_short",
	[GATE_LOW_BATTERY] = "low_battery",
	[GATE_WEAK_SIGNAL] = "weak_signal",
	[GATE_LOW_STORAGE] = "low_storage",
	[GATE_METRIC_MISSING] = "metric_missing",
	[VERDICT_NO_PLAN] = "no_plan",
};

bool
decide_of_metrics(const char *word)
{
	for (enum verdict code = GATE_LOW_BATTERY; code <= GATE_METRIC_MISSING; code++)
		if (!strcmp(word, verdict_words[code]))
			return true;
	return false;
}

bool
decide_for_good(const struct decision *decision, bool heard)
{
	enum verdict code = decision->verdict;

	if (code == VERDICT_ELIGIBLE || code >= GATE_MAX)
		return false;
	if (gates[code].of_device && !heard)
		return false;
	return gates[code].for_good || gates[code].of_device || decision->earliest == MOMENT_NEVER;
}

const char *
decide_parameter(enum verdict code, const struct strategy *strategy)
{
	if (code == GATE_TOO_MANY_IN_PROGRESS && strategy->max_in_progress != STRATEGY_OFF)
		return "max_in_progress";
	return code > VERDICT_ELIGIBLE && code < GATE_MAX ? gates[code].parameter : NULL;
}

/* The packages of the wanted components: chosen once, when the first gate needs them. */
static void
packages_chosen(struct gates_run *run)
{
	if (run->chosen)
		return;
	run->chosen = true;
	for (size_t i = 0; i < run->f->plan->component_count; i++) {
		const struct package *package;

		run->choice[i] = VERDICT_ELIGIBLE;
		if (!run->wanted[i])
			continue;
		package = choose_package(run->f, i, &run->choice[i]);
		run->d->packages[i] = package;
		if (package)
			run->d->download_size += package->size;
	}
}

static bool
each_wanted(const struct gates_run *run, const struct gate_kind *kind, struct gate *gate)
{
	for (size_t i = 0; i < run->f->plan->component_count; i++)
		if (run->wanted[i] && !kind->each(run, i, gate)) {
			gate->component = (int)i;
			return false;
		}
	return true;
}

/* Why a gate cannot be judged, or NULL: it can. */
static const char *
unknown(const struct facts *f, const struct gate_kind *kind)
{
	if (!f->device && !kind->any_device)
		return "the device is unknown";
	if (kind->needs_active && f->plan->state == PLAN_DRAFT)
		return "known once the plan is active";
	return NULL;
}

/* True where the device passes. */
static bool
passes(struct gates_run *run, const struct gate_kind *kind, struct gate *gate)
{
	return kind->each ? each_wanted(run, kind, gate) : kind->judge(run, gate);
}

/* Only the first gate that fails is asked for: what the others compared is not written down. */
static void
decide_first(struct gates_run *run)
{
	struct gate gate;

	gate.component = -1;
	gate.detail[0] = '\0';
	for (enum verdict code = GATE_FROZEN; code < GATE_MAX; code++) {
		const struct gate_kind *kind = &gates[code];

		if (kind->needs_packages)
			packages_chosen(run);
		run->code = code;
		gate.earliest = 0;
		if (unknown(run->f, kind) || passes(run, kind, &gate) || run->f->started)
			continue;
		run->d->verdict = code;
		run->d->component = gate.component;
		run->d->earliest = kind->lasting ? MOMENT_NEVER : gate.earliest;
		return;
	}
}

static void
gate_explain(struct gates_run *run, const struct gate_kind *kind, struct gate *gate)
{
	const char *why = unknown(run->f, kind);

	/* Field by field: clearing the text of every gate would be a sixth of a poll. */
	gate->result = GATE_UNKNOWN;
	gate->component = -1;
	gate->earliest = 0;
	gate->detail[0] = '\0';
	if (why) {
		str_copy(gate->detail, sizeof gate->detail, why);
	} else if (passes(run, kind, gate)) {
		gate->result = GATE_PASS;
		gate->earliest = 0;
	} else if (run->f->started) {
		gate->result = GATE_PASS;
		gate->earliest = 0;
		str_cut(gate->detail, sizeof gate->detail, "not asked: it has accepted");
	} else {
		gate->result = GATE_FAIL;
		if (kind->lasting)
			gate->earliest = MOMENT_NEVER;
	}
}

/* Judge and describe all gates; the first that fails is the verdict. */
static void
decide_all(struct gates_run *run)
{
	struct decision *d = run->d;

	for (enum verdict code = GATE_FROZEN; code < GATE_MAX; code++) {
		struct gate *gate = &d->gates[code];

		if (gates[code].needs_packages)
			packages_chosen(run);
		run->code = code;
		gate_explain(run, &gates[code], gate);
		if (gate->result != GATE_FAIL || d->verdict != VERDICT_ELIGIBLE)
			continue;
		d->verdict = code;
		d->component = gate->component;
		d->earliest = gate->earliest;
	}
}

void
decide(const struct facts *facts, struct decision *ret)
{
	struct gates_run run;

	run.f = facts;
	run.d = ret;
	run.explain = ret->gates;
	run.chosen = !facts->device;
	for (size_t i = 0; i < facts->plan->component_count; i++) {
		const struct component_facts *c = &facts->components[i];

		run.at_target[i] = c->reported && !strcmp(c->reported, c->target->target);
		run.wanted[i] = choose_wanted(c);
	}
	ret->verdict = VERDICT_ELIGIBLE;
	ret->component = ret->stage = -1;
	ret->earliest = 0;
	ret->download_size = 0;
	memset(ret->packages, 0, sizeof ret->packages);
	if (run.explain)
		decide_all(&run);
	else
		decide_first(&run);
}
