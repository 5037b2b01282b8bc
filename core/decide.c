#include "core/decide.h"

#include "core/choose.h"
#include "core/moment.h"
#include "core/selector.h"

#include <inttypes.h>

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

/* One run of the gates: the facts, what was found on the way, and where words go. */
struct run {
	const struct facts *f;
	struct decision *d;
	bool explain;
	enum verdict choice[LIMIT_PLAN_COMPONENTS]; /* why no package was chosen */
	bool at_target[LIMIT_PLAN_COMPONENTS];
	bool wanted[LIMIT_PLAN_COMPONENTS]; /* the device has it, elsewhere than at the target */
};

#define SAY(gate, ...)                                                                             \
	do {                                                                                       \
		if (run->explain)                                                                  \
			snprintf((gate)->detail, sizeof(gate)->detail, __VA_ARGS__);               \
	} while (0)

/* Result, with the earliest time at which a failure may change. */
static void
judge(struct gate *gate, bool pass, int64_t earliest)
{
	gate->result = pass ? GATE_PASS : GATE_FAIL;
	gate->earliest = pass ? 0 : earliest;
}

bool
decide_listed(const struct facts *f, enum plan_list list)
{
	if (list == LIST_WHITE ? f->whitelisted_id : f->blacklisted_id)
		return true;
	for (size_t i = 0; i < f->plan->rule_count; i++) {
		const struct plan_rule *rule = &f->plan->rules[i];

		if (rule->list != list)
			continue;
		if (rule->selector && selector_matches(rule->selector, f->labels, f->attributes))
			return true;
		if (rule->device && !strcmp(rule->device, f->device->name))
			return true;
		for (size_t g = 0; rule->group && g < f->group_count; g++)
			if (f->groups[g] == rule->group)
				return true;
	}
	return false;
}

int64_t
decide_backoff(int64_t interval_s, int64_t failed)
{
	int64_t wait = interval_s;

	while (failed-- > 1 && wait < MOMENT_DAY_S)
		wait *= 2;
	return wait < MOMENT_DAY_S || interval_s > MOMENT_DAY_S ? wait : MOMENT_DAY_S;
}

const struct interval *
decide_interval(const struct plan *plan, const struct device *device, int64_t now)
{
	const struct zone_intervals *in = plan->zone_count ? plan->push : NULL;

	if (plan->device_zone && device && *device->timezone)
		for (size_t z = 1; z < plan->zone_count; z++)
			if (!strcmp(plan->push[z].zone, device->timezone))
				in = &plan->push[z];
	for (size_t i = 0; in && i < in->count; i++)
		if (in->list[i].closes_at > now)
			return &in->list[i];
	return NULL;
}

int64_t
decide_rate(const struct strategy *s, int64_t succeeded)
{
	if (!strcmp(s->rate, "off"))
		return INT64_MAX;
	if (!strcmp(s->rate, "constant"))
		return s->rate_base;
	return stage_rate(s->rate_base, s->rate_factor, s->rate_step, s->rate_cap, succeeded);
}

int64_t
decide_max_unproven(const struct plan *plan, int64_t succeeded)
{
	int64_t share = plan->targets / 20;
	int64_t limit = succeeded < share ? succeeded : share;

	if (plan->strategy.max_unproven == STRATEGY_OFF)
		return INT64_MAX;
	if (plan->strategy.max_unproven != STRATEGY_AUTO)
		return plan->strategy.max_unproven;
	return limit > 20 ? limit : 20;
}

static const char *
shown(const char *version)
{
	return !version ? "(none)" : *version ? version : "(unknown)";
}

static void
gate_identity(struct run *run, enum verdict code, struct gate *gate)
{
	const struct facts *f = run->f;

	switch ((int)code) {
	case GATE_FROZEN:
		judge(gate, !f->frozen && !f->product->frozen && !f->old_copy, 0);
		SAY(gate, "%s",
			f->old_copy	     ? f->old_copy
			: f->frozen	     ? "all offers are frozen"
			: f->product->frozen ? "offers of this product are frozen"
					     : "no freeze");
		break;
	case GATE_UNKNOWN_DEVICE:
		judge(gate, f->device, 0);
		break;
	case GATE_WRONG_PRODUCT:
		judge(gate, f->device->product == f->product->id, MOMENT_NEVER);
		SAY(gate, "plan is for %s", f->product->name);
		break;
	case GATE_DEVICE_HELD:
		judge(gate, !f->device->held, 0);
		SAY(gate, "%s%s", f->device->held ? "held: " : "not held", f->device->held_reason);
		break;
	case GATE_BLACKLISTED:
		judge(gate, !decide_listed(f, LIST_BLACK), 0);
		SAY(gate, "%s",
			gate->result == GATE_PASS ? "not on the blacklist" : "on the blacklist");
		break;
	case GATE_NOT_WHITELISTED: {
		bool late = !f->plan->whitelist_set && !f->plan->continuous &&
			    f->plan->activated_at && f->device->id > f->plan->max_device;

		judge(gate, !late && (!f->plan->whitelist_set || decide_listed(f, LIST_WHITE)),
			late ? MOMENT_NEVER : 0);
		SAY(gate, "%s",
			late			    ? "enrolled after the plan was activated"
			: !f->plan->whitelist_set   ? "no whitelist: every device of the product"
			: gate->result == GATE_PASS ? "on the whitelist"
						    : "not on the whitelist");
		break;
	}
	}
}

static void
gate_component_missing(struct run *run, struct gate *gate)
{
	const struct facts *f = run->f;
	size_t present = 0;

	judge(gate, true, 0);
	for (size_t i = 0; i < f->plan->component_count; i++) {
		if (f->components[i].reported)
			present++;
		else if (gate->component < 0)
			gate->component = (int)i;
	}
	if (present && (present == f->plan->component_count || !f->plan->require_all)) {
		gate->component = -1;
		SAY(gate, "has %zu of %zu", present, f->plan->component_count);
		return;
	}
	judge(gate, false, 0);
	SAY(gate, "the device reports no %s", f->plan->components[gate->component].identity);
}

/* Judge a condition on each wanted component; the first that fails is named. */
static void
each_wanted(struct run *run, struct gate *gate, enum verdict code)
{
	const struct facts *f = run->f;

	judge(gate, true, 0);
	for (size_t i = 0; i < f->plan->component_count; i++) {
		const struct component_facts *c = &f->components[i];
		bool listed = !f->plan->from_count, pass = true;
		int64_t earliest = 0;

		if (!run->wanted[i])
			continue;
		switch ((int)code) {
		case GATE_VERSION_UNKNOWN:
			pass = !f->plan->unknown_hold || (*c->reported && c->counter);
			SAY(gate, "%s reports %s; unknown versions are %s", c->target->identity,
				shown(c->reported), f->plan->unknown_hold ? "held" : "allowed");
			break;
		case GATE_SOURCE_NOT_ALLOWED:
			for (size_t v = 0; v < f->plan->from_count; v++)
				listed |= !strcmp(f->plan->from[v], c->reported);
			pass = listed;
			SAY(gate, "%s is at %s; %s", c->target->identity, shown(c->reported),
				f->plan->from_count ? "the plan lists where it starts from"
						    : "any version may start");
			break;
		case GATE_DOWNGRADE:
			pass = c->target->counter >= c->floor &&
			       (f->plan->allow_downgrade || c->target->counter > c->counter);
			earliest = MOMENT_NEVER;
			SAY(gate,
				"%s: target counter %" PRId64 ", device at %" PRId64
				", proved floor %" PRId64,
				c->target->identity, c->target->counter, c->counter, c->floor);
			break;
		case GATE_TRIAL_MISSING:
			pass = !f->plan->strategy.require_trial || f->plan->trial ||
			       !run->d->packages[i] || run->d->packages[i]->trial == TRIAL_PASSED;
			SAY(gate, "%s: trial %s%s", c->target->identity,
				run->d->packages[i] ? trial_words[run->d->packages[i]->trial]
						    : "unknown",
				f->plan->strategy.require_trial ? ", must have passed"
								: ", not required");
			break;
		default:
			/* The package gates: the choice says which of them stands in the way. */
			pass = run->choice[i] != code;
			if (run->d->packages[i])
				SAY(gate, "%s: %s package of %" PRId64 " bytes",
					c->target->identity, kind_words[run->d->packages[i]->kind],
					run->d->packages[i]->size);
			else
				SAY(gate, "%s: no package from %s to %s can be offered",
					c->target->identity, shown(c->reported), c->target->target);
			break;
		}
		if (!pass) {
			judge(gate, false, earliest);
			gate->component = (int)i;
			return;
		}
	}
}

static void
gate_target(struct run *run, enum verdict code, struct gate *gate)
{
	const struct facts *f = run->f;
	bool at = true, superseded = true;

	for (size_t i = 0; i < f->plan->component_count; i++) {
		const struct component_facts *c = &f->components[i];

		at &= !c->reported || run->at_target[i];
		superseded &= !c->reported || run->at_target[i] || c->superseded;
	}
	switch ((int)code) {
	case GATE_ALREADY_AT_TARGET:
		judge(gate, !at, 0);
		SAY(gate, "%s reports %s, target %s", f->plan->components[0].identity,
			shown(f->components[0].reported), f->plan->components[0].target);
		break;
	case GATE_DONE_IN_PLAN:
		judge(gate, !f->done_in_plan && !f->rejected_by_user, 0);
		SAY(gate, "%s",
			f->done_in_plan	      ? "the device succeeded in this plan before"
			: f->rejected_by_user ? "a person refused it"
					      : "not yet");
		break;
	case GATE_SUPERSEDED:
		judge(gate, at || !superseded, MOMENT_NEVER);
		SAY(gate, "%s",
			gate->result == GATE_PASS ? "no later plan"
						  : "it succeeded in a later-activated plan");
		break;
	}
}

static void
gate_time(struct run *run, enum verdict code, struct gate *gate)
{
	const struct facts *f = run->f;
	const struct plan *plan = f->plan;
	const struct interval *in;
	char text[MOMENT_TEXT] = "any time";
	int64_t until;

	switch ((int)code) {
	case GATE_RETRIES_EXHAUSTED:
		judge(gate, f->attempts_failed <= plan->strategy.retry_max, 0);
		SAY(gate, "%" PRId64 " attempts failed, %" PRId64 " retries allowed",
			f->attempts_failed, plan->strategy.retry_max);
		break;
	case GATE_AFTER_END:
		judge(gate, !plan->end_at || f->now < plan->end_at, MOMENT_NEVER);
		SAY(gate, "ends %s", plan->end_at ? moment_format(plan->end_at, text) : "never");
		break;
	case GATE_PLAN_NOT_ACTIVE:
		judge(gate, plan->state == PLAN_ACTIVE,
			plan->state == PLAN_ENDED ? MOMENT_NEVER : 0);
		SAY(gate, "the plan is %s%s%s%s%s", plan_state_words[plan->state],
			plan->cause ? ", " : "", plan->cause ? cause_words[plan->cause] : "",
			plan->cause && *plan->reason ? ": " : "", plan->cause ? plan->reason : "");
		break;
	case GATE_BEFORE_START:
		judge(gate, !plan->start_at || f->now >= plan->start_at, plan->start_at);
		SAY(gate, "starts %s",
			plan->start_at ? moment_format(plan->start_at, text)
				       : "with its activation");
		break;
	case GATE_OTHER_EXECUTION_OPEN:
		judge(gate, !f->open, 0);
		if (f->open)
			SAY(gate, "execution %" PRId64 " is %s", f->open->id,
				execution_state_words[f->open->state]);
		break;
	case GATE_RETRY_BACKOFF:
		until = f->last_closed_at + decide_backoff(plan->strategy.retry_interval,
						    f->last_was_passing ? 1 : f->attempts_failed);
		in = plan->windows_set && !f->by_person ? decide_interval(plan, f->device, until)
							: NULL;
		if (in && in->opens_at > until)
			until = in->opens_at;
		judge(gate, !f->last_needs_wait || f->now >= until, until);
		if (f->last_needs_wait)
			SAY(gate, "next attempt not before %s", moment_format(until, text));
		break;
	}
}

static void
gate_rollout(struct run *run, enum verdict code, struct gate *gate)
{
	const struct facts *f = run->f;
	const struct plan *plan = f->plan;
	const struct strategy *s = &plan->strategy;
	const struct pulse *pulse = f->pulse;
	int64_t sign_of_life = f->tick_at, limit;
	char name[80];

	if (plan->activated_at > sign_of_life)
		sign_of_life = plan->activated_at;
	if (plan->resumed_at > sign_of_life)
		sign_of_life = plan->resumed_at;
	switch ((int)code) {
	case GATE_BREAKER_TRIPPED:
		judge(gate, !pulse->tripped_at, 0);
		SAY(gate, "%s%s", pulse->tripped_at ? "tripped: " : "not tripped", pulse->tripped);
		break;
	case GATE_TICK_STALE:
		judge(gate,
			s->tick_max_age == STRATEGY_OFF || f->now - sign_of_life <= s->tick_max_age,
			0);
		SAY(gate, "last sign of life %" PRId64 " s ago, at most %" PRId64,
			f->now - sign_of_life, s->tick_max_age);
		break;
	case GATE_STAGE_NOT_OPEN:
		run->d->stage = stage_admits(plan->stages, plan->stage_count, &f->place);
		judge(gate, run->d->stage >= 0,
			stage_later(plan->stages, plan->stage_count, &f->place) < 0 ? MOMENT_NEVER
										    : 0);
		if (run->d->stage >= 0)
			SAY(gate, "in stage %d (%s)", run->d->stage + 1,
				stage_name(&plan->stages[run->d->stage], name));
		else
			SAY(gate,
				"bucket %" PRId64 ".%02" PRId64 " %%; open up to stage %" PRId64
				" of %zu",
				f->place.bucket / 100, f->place.bucket % 100, plan->stage + 1,
				plan->stage_count);
		break;
	case GATE_FIRST_DEVICE_PENDING:
		judge(gate, !s->first_device_alone || pulse->ever_succeeded || !pulse->in_progress,
			0);
		SAY(gate, "%" PRId64 " succeeded, %" PRId64 " under way", pulse->ever_succeeded,
			pulse->in_progress);
		break;
	case GATE_TOO_MANY_IN_PROGRESS:
		limit = decide_max_unproven(plan, pulse->succeeded);
		judge(gate,
			(s->max_in_progress == STRATEGY_OFF ||
				pulse->in_progress < s->max_in_progress) &&
				pulse->in_progress < limit,
			0);
		if (s->max_in_progress != STRATEGY_OFF && s->max_in_progress < limit)
			limit = s->max_in_progress;
		if (limit == INT64_MAX)
			SAY(gate, "%" PRId64 " in progress, no limit", pulse->in_progress);
		else
			SAY(gate, "%" PRId64 " in progress and unproven, limit %" PRId64,
				pulse->in_progress, limit);
		break;
	case GATE_RATE_LIMITED:
		limit = decide_rate(s, pulse->succeeded);
		judge(gate,
			f->accepting || pulse->rate_minute != f->now / 60 ||
				pulse->rate_count < limit,
			(f->now / 60 + 1) * 60);
		SAY(gate, "%" PRId64 " offers this minute, rate %s",
			pulse->rate_minute == f->now / 60 ? pulse->rate_count : 0, s->rate);
		break;
	}
}

static void
gate_window(struct run *run, enum verdict code, struct gate *gate)
{
	const struct facts *f = run->f;
	const struct plan *plan = f->plan;
	const struct interval *at = decide_interval(plan, f->device, f->now);
	bool inside = !plan->windows_set || f->by_person || (at && at->opens_at <= f->now);
	char text[MOMENT_TEXT];

	if (code == GATE_OUTSIDE_PUSH_WINDOW) {
		judge(gate, inside, at ? at->opens_at : MOMENT_NEVER);
		SAY(gate, "%s%s",
			!plan->windows_set ? "no push windows"
			: !at		   ? "no window opens any more"
			: inside	   ? "open until "
					   : "opens ",
			!plan->windows_set || !at
				? ""
				: moment_format(inside ? at->closes_at : at->opens_at, text));
		return;
	}
	/* A window shorter than the duration would never fit; what is missing then is the duration. */
	inside = !plan->windows_set || f->by_person || f->accepting || !plan->strategy.fit_window ||
		 !at || at->opens_at > f->now || at->closes_at - f->now >= plan->strategy.duration;
	judge(gate, inside, at ? at->closes_at : 0);
	if (plan->windows_set && at && at->opens_at <= f->now)
		SAY(gate, "%" PRId64 " s left, %" PRId64 " s expected", at->closes_at - f->now,
			plan->strategy.duration);
}

static void
gate_metric(struct run *run, enum verdict code, struct gate *gate)
{
	const struct facts *f = run->f;
	const struct strategy *s = &f->plan->strategy;
	const struct metrics *m = &f->device->metrics;
	bool fresh = m->at && f->now - m->at <= s->metric_max_age;
	bool battery = fresh && m->has_battery, signal = fresh && m->has_signal;
	bool space = fresh && m->has_free, charging = fresh && m->has_charging && m->charging;
	int64_t need = s->min_free == STRATEGY_OFF ? 0 : run->d->download_size * s->min_free / 100;

	switch ((int)code) {
	case GATE_LOW_BATTERY:
		judge(gate,
			s->min_battery == STRATEGY_OFF || !battery || charging ||
				m->battery >= s->min_battery,
			0);
		if (battery)
			SAY(gate, "%" PRId64 " %%%s, needs %" PRId64 " %%", m->battery,
				charging ? " and charging" : "",
				s->min_battery == STRATEGY_OFF ? 0 : s->min_battery);
		break;
	case GATE_WEAK_SIGNAL:
		judge(gate, s->min_signal == STRATEGY_OFF || !signal || m->signal >= s->min_signal,
			0);
		if (signal && s->min_signal != STRATEGY_OFF)
			SAY(gate, "%" PRId64 " dBm, needs %" PRId64 " dBm", m->signal,
				s->min_signal);
		break;
	case GATE_LOW_STORAGE:
		judge(gate, !space || m->free >= need, 0);
		if (space)
			SAY(gate, "%" PRId64 " bytes free, needs %" PRId64, m->free, need);
		break;
	case GATE_METRIC_MISSING:
		judge(gate,
			!s->unknown_metric_hold ||
				((battery || charging || s->min_battery == STRATEGY_OFF) &&
					(signal || s->min_signal == STRATEGY_OFF) &&
					(space || s->min_free == STRATEGY_OFF)),
			0);
		SAY(gate, "unknown metrics are %s", s->unknown_metric_hold ? "held" : "allowed");
		break;
	}
}

static void
gate_run(struct run *run, enum verdict code, struct gate *gate)
{
	const struct facts *f = run->f;

	/* Field by field: clearing the text of every gate would be a sixth of a poll. */
	gate->result = GATE_PASS;
	gate->component = -1;
	gate->earliest = 0;
	gate->detail[0] = '\0';
	if (code > GATE_UNKNOWN_DEVICE && !f->device) {
		gate->result = GATE_UNKNOWN;
		SAY(gate, "the device is unknown");
	} else if (f->plan->state == PLAN_DRAFT && code >= GATE_BREAKER_TRIPPED &&
		   code <= GATE_WINDOW_TOO_SHORT) {
		gate->result = GATE_UNKNOWN;
		SAY(gate, "known once the plan is active");
	} else if (code <= GATE_NOT_WHITELISTED) {
		gate_identity(run, code, gate);
	} else if (code == GATE_COMPONENT_MISSING) {
		gate_component_missing(run, gate);
	} else if (code <= GATE_SUPERSEDED) {
		gate_target(run, code, gate);
	} else if (code == GATE_FILE_MISSING) {
		judge(gate, !f->files_missing, 0);
		SAY(gate, "%s",
			f->files_missing ? "a file is not in the artifact store"
					 : "all files are in the artifact store");
	} else if (code <= GATE_TRIAL_MISSING) {
		each_wanted(run, gate, code);
	} else if (code <= GATE_RETRY_BACKOFF) {
		gate_time(run, code, gate);
	} else if (code <= GATE_RATE_LIMITED) {
		gate_rollout(run, code, gate);
	} else if (code <= GATE_WINDOW_TOO_SHORT) {
		gate_window(run, code, gate);
	} else {
		gate_metric(run, code, gate);
	}
}

static void
choose_packages(struct run *run)
{
	const struct facts *f = run->f;

	for (size_t i = 0; f->device && i < f->plan->component_count; i++) {
		run->choice[i] = VERDICT_ELIGIBLE;
		if (!run->wanted[i])
			continue;
		run->d->packages[i] = choose_package(f, i, &run->choice[i]);
		if (run->d->packages[i])
			run->d->download_size += run->d->packages[i]->size;
	}
}

void
decide(const struct facts *facts, struct decision *ret)
{
	const bool explain = ret->gates;
	struct run run;
	bool chosen = false;

	run.f = facts;
	run.d = ret;
	run.explain = explain;
	for (size_t i = 0; i < facts->plan->component_count; i++) {
		const struct component_facts *c = &facts->components[i];

		run.at_target[i] = c->reported && !strcmp(c->reported, c->target->target);
		run.wanted[i] = c->reported && !run.at_target[i] && !c->superseded;
	}

	ret->verdict = VERDICT_ELIGIBLE;
	ret->component = ret->stage = -1;
	ret->earliest = 0;
	ret->download_size = 0;
	memset(ret->packages, 0, sizeof ret->packages);
	for (enum verdict code = GATE_FROZEN; code < GATE_MAX; code++) {
		struct gate scratch, *gate = explain ? &ret->gates[code] : &scratch;

		if (code == GATE_NO_PACKAGE_FOR_VERSION && !chosen) {
			choose_packages(&run);
			chosen = true;
		}
		gate_run(&run, code, gate);
		if (gate->result != GATE_FAIL || ret->verdict != VERDICT_ELIGIBLE)
			continue;
		ret->verdict = code;
		ret->component = gate->component;
		ret->earliest = gate->earliest;
		if (!explain)
			return;
	}
}
