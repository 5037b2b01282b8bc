#include "core/gates.h"

#include "core/binding.h"
#include "core/choose.h"
#include "core/clock.h"
#include "core/moment.h"
#include "core/probe.h"
#include "core/target.h"
#include "core/terms.h"

#include <inttypes.h>

/* max_unproven where it is auto: 5 % of the targets at most. */
enum { UNPROVEN_SHARE = 20 };

/* Devices under way at most before one has succeeded, however long those take. */
enum { FIRST_DEVICES_MOST = 5 };

static void describe(struct gate *gate, const char *format, ...) PRINTF(2, 3);

static void
describe(struct gate *gate, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(gate->detail, sizeof gate->detail, format, args);
	va_end(args);
}

/* The values compared.  A macro, so that a poll does not even compute them. */
#define SAY(run, gate, ...)                                                                        \
	do {                                                                                       \
		if ((run)->explain)                                                                \
			describe(gate, __VA_ARGS__);                                               \
	} while (0)

/* Devices that may be accepted and unproven, or INT64_MAX. */
static int64_t
max_unproven(const struct plan *plan, int64_t succeeded)
{
	int64_t share = plan->targets / UNPROVEN_SHARE;
	int64_t limit = succeeded < share ? succeeded : share;

	if (plan->strategy.max_unproven == STRATEGY_OFF)
		return INT64_MAX;
	if (plan->strategy.max_unproven != STRATEGY_AUTO)
		return plan->strategy.max_unproven;
	return limit > TERMS_UNPROVEN_LEAST ? limit : TERMS_UNPROVEN_LEAST;
}

static const char *
shown(const char *version)
{
	if (!version)
		return "(none)";
	return *version ? version : "(unknown)";
}

/* --- who the device is ------------------------------------------------------------------------ */

static const char *
frozen_text(const struct facts *f)
{
	if (f->old_copy)
		return f->old_copy;
	if (f->frozen)
		return "all offers are frozen";
	return f->product->frozen ? "offers of this product are frozen" : "no freeze";
}

static bool
frozen(struct gates_run *run, struct gate *gate)
{
	const struct facts *f = run->f;
	char words[CLOCK_WORDS];

	if (f->clock_by)
		SAY(run, gate, "the clock jumped by %s", clock_words(f->clock_by, words));
	else
		SAY(run, gate, "%s", frozen_text(f));
	return !f->frozen && !f->product->frozen && !f->old_copy && !f->clock_by;
}

static bool
unknown_device(struct gates_run *run, struct gate *gate)
{
	char text[MOMENT_TEXT];

	if (!run->f->device || !run->f->device->retired_at)
		return run->f->device;
	SAY(run, gate, "retired %s", moment_format(run->f->device->retired_at, text));
	gate->earliest = MOMENT_NEVER;
	return false;
}

static bool
wrong_product(struct gates_run *run, struct gate *gate)
{
	SAY(run, gate, "plan is for %s", run->f->product->name);
	return run->f->device->product == run->f->product->id;
}

static bool
device_held(struct gates_run *run, struct gate *gate)
{
	const struct device *device = run->f->device;

	SAY(run, gate, "%s%s", device->held ? "held: " : "not held", device->held_reason);
	return !device->held;
}

static bool
blacklisted(struct gates_run *run, struct gate *gate)
{
	const struct plan *plan = run->f->plan;
	bool listed = terms_listed(run->f, LIST_BLACK);

	for (size_t i = 0; !listed && i < plan->left_out_count; i++)
		if (terms_of_cohort(run->f, &plan->left_out[i])) {
			SAY(run, gate, "left out at the resume: devices %s%s",
				plan->left_out[i].package ? "that update from " : "with ",
				plan->left_out[i].text);
			return false;
		}
	SAY(run, gate, "%s", listed ? "on the blacklist" : "not on the blacklist");
	return !listed;
}

static bool
not_whitelisted(struct gates_run *run, struct gate *gate)
{
	const struct plan *plan = run->f->plan;
	bool listed;

	if (plan->whitelist_set) {
		listed = terms_listed(run->f, LIST_WHITE);
		SAY(run, gate, "%s", listed ? "on the whitelist" : "not on the whitelist");
		return listed;
	}
	if (!target_in_snapshot(plan, run->f->device)) {
		SAY(run, gate, "enrolled after the plan was activated");
		gate->earliest = MOMENT_NEVER;
		return false;
	}
	SAY(run, gate, "no whitelist: every device of the product");
	return true;
}

/* --- what it has ------------------------------------------------------------------------------ */

static bool
component_missing(struct gates_run *run, struct gate *gate)
{
	const struct plan *plan = run->f->plan;
	size_t present = 0;
	int missing = -1;

	for (size_t i = 0; i < plan->component_count; i++) {
		if (run->f->components[i].reported)
			present++;
		else if (missing < 0)
			missing = (int)i;
	}
	if (present && (missing < 0 || !plan->require_all)) {
		SAY(run, gate, "has %zu of %zu", present, plan->component_count);
		return true;
	}
	SAY(run, gate, "the device reports no %s", plan->components[missing].identity);
	gate->component = missing;
	return false;
}

/* True where every component that the device has is at its target. */
static bool
at_target(const struct gates_run *run)
{
	for (size_t i = 0; i < run->f->plan->component_count; i++)
		if (run->f->components[i].reported && !run->at_target[i])
			return false;
	return true;
}

static bool
already_at_target(struct gates_run *run, struct gate *gate)
{
	SAY(run, gate, "%s reports %s, target %s", run->f->plan->components[0].identity,
		shown(run->f->components[0].reported), run->f->plan->components[0].target);
	return !at_target(run);
}

static const char *
done_text(const struct facts *f)
{
	if (f->done_in_plan)
		return "the device succeeded in this plan before";
	return f->rejected_by_user ? "a person refused it" : "not yet";
}

static bool
done_in_plan(struct gates_run *run, struct gate *gate)
{
	SAY(run, gate, "%s", done_text(run->f));
	return !run->f->done_in_plan && !run->f->rejected_by_user;
}

static bool
superseded(struct gates_run *run, struct gate *gate)
{
	bool pass = at_target(run);

	for (size_t i = 0; !pass && i < run->f->plan->component_count; i++)
		pass = run->f->components[i].reported && !run->at_target[i] &&
		       !run->f->components[i].superseded;
	SAY(run, gate, "%s", pass ? "no later plan" : "it succeeded in a later-activated plan");
	return pass;
}

/* --- what it may get, component by component -------------------------------------------------- */

static bool
version_unknown(const struct gates_run *run, size_t i, struct gate *gate)
{
	const struct component_facts *c = &run->f->components[i];
	bool hold = run->f->plan->unknown_hold;

	SAY(run, gate, "%s reports %s; unknown versions are %s", c->target->identity,
		shown(c->reported), hold ? "held" : "allowed");
	return !hold || (*c->reported && c->counter);
}

static bool
source_not_allowed(const struct gates_run *run, size_t i, struct gate *gate)
{
	const struct plan *plan = run->f->plan;
	const struct component_facts *c = &run->f->components[i];

	SAY(run, gate, "%s is at %s; %s", c->target->identity, shown(c->reported),
		plan->from_count ? "the plan lists where it starts from" : "any version may start");
	for (size_t v = 0; v < plan->from_count; v++)
		if (!strcmp(plan->from[v], c->reported))
			return true;
	return !plan->from_count;
}

/* Of the packages to the target, the one to speak of: the first that has something to say. */
static const struct package *
bound_package(const struct component_facts *c, bool hardware)
{
	for (size_t i = 0; i < c->target->package_count; i++) {
		const struct package *p = &c->target->packages[i];
		const char *text = hardware ? p->hw : p->requirements;

		if (text && *text)
			return p;
	}
	return NULL;
}

static bool
wrong_hardware(const struct gates_run *run, size_t i, struct gate *gate)
{
	const struct component_facts *c = &run->f->components[i];
	const struct package *p = run->explain ? bound_package(c, true) : NULL;
	const char *own = p ? binding_hw(run->f) : NULL;

	if (!p)
		SAY(run, gate, "%s: no package is bound to hardware", c->target->identity);
	else
		SAY(run, gate, "%s: a package is for hw %s; the device %s%s", c->target->identity,
			p->hw, own ? "is " : "tells none, which is ",
			own				 ? own
			: run->f->plan->unknown_hw_allow ? "allowed"
							 : "held");
	return run->choice[i] != run->code;
}

static bool
requirement_missing(const struct gates_run *run, size_t i, struct gate *gate)
{
	const struct component_facts *c = &run->f->components[i];
	const struct package *p = run->explain ? bound_package(c, false) : NULL;
	const char *line = p ? binding_unmet(run->f, p->requirements) : "";
	const char *shown_line = p && !*line ? p->requirements : line;

	if (!p)
		SAY(run, gate, "%s: no package requires anything", c->target->identity);
	else
		SAY(run, gate, "%s: requires %.*s; the device is at %" PRId64, c->target->identity,
			(int)strcspn(shown_line, "\n"), shown_line,
			binding_counter(run->f, shown_line, strcspn(shown_line, " ")));
	return run->choice[i] != run->code;
}

/* Three gates: the choice says which of them stands in the way. */
static bool
package_chosen(const struct gates_run *run, size_t i, struct gate *gate)
{
	const struct component_facts *c = &run->f->components[i];
	const struct package *package = run->d->packages[i];

	if (package)
		SAY(run, gate, "%s: %s package of %" PRId64 " bytes", c->target->identity,
			kind_words[package->kind], package->size);
	else
		SAY(run, gate, "%s: no package from %s to %s can be offered", c->target->identity,
			shown(c->reported), c->target->target);
	return run->choice[i] != run->code;
}

static bool
downgrade(const struct gates_run *run, size_t i, struct gate *gate)
{
	const struct component_facts *c = &run->f->components[i];
	int64_t target = c->target->counter;

	SAY(run, gate,
		"%s: target counter %" PRId64 ", device at %" PRId64 ", proved floor %" PRId64,
		c->target->identity, target, c->counter, c->floor);
	return target >= c->floor && (run->f->plan->allow_downgrade || target > c->counter);
}

static bool
file_missing(struct gates_run *run, struct gate *gate)
{
	SAY(run, gate, "%s",
		run->f->files_missing ? "a file is not in the artifact store"
				      : "all files are in the artifact store");
	return !run->f->files_missing;
}

static bool
trial_missing(const struct gates_run *run, size_t i, struct gate *gate)
{
	const struct plan *plan = run->f->plan;
	const struct package *package = run->d->packages[i];
	bool required = plan->strategy.require_trial;

	SAY(run, gate, "%s: trial %s%s", run->f->components[i].target->identity,
		package ? trial_words[package->trial] : "unknown",
		required ? ", must have passed" : ", not required");
	return !required || plan->trial || !package || package->trial == TRIAL_PASSED;
}

/* --- its history in the plan, and the plan itself --------------------------------------------- */

static bool
retries_exhausted(struct gates_run *run, struct gate *gate)
{
	int64_t failed = run->f->attempts_failed, allowed = run->f->plan->strategy.retry_max;

	if (run->f->canceled_by_operator)
		SAY(run, gate, "an operator canceled it; otactl execution retry lets it try again");
	else
		SAY(run, gate, "%" PRId64 " attempts failed, %" PRId64 " retries allowed", failed,
			allowed);
	return failed <= allowed && !run->f->canceled_by_operator;
}

static bool
after_end(struct gates_run *run, struct gate *gate)
{
	int64_t end_at = run->f->plan->end_at;
	char text[MOMENT_TEXT];

	SAY(run, gate, "ends %s", end_at ? moment_format(end_at, text) : "never");
	return !end_at || run->f->now < end_at;
}

static bool
plan_not_active(struct gates_run *run, struct gate *gate)
{
	const struct plan *plan = run->f->plan;
	const char *state = plan_state_words[plan->state], *cause = cause_words[plan->cause];

	if (!plan->cause)
		SAY(run, gate, "the plan is %s", state);
	else if (!*plan->reason)
		SAY(run, gate, "the plan is %s, %s", state, cause);
	else
		SAY(run, gate, "the plan is %s, %s: %s", state, cause, plan->reason);
	gate->earliest = plan->state == PLAN_ENDED ? MOMENT_NEVER : 0;
	return plan->state == PLAN_ACTIVE;
}

static bool
before_start(struct gates_run *run, struct gate *gate)
{
	int64_t start_at = run->f->plan->start_at;
	char text[MOMENT_TEXT];

	SAY(run, gate, "starts %s",
		start_at ? moment_format(start_at, text) : "with its activation");
	gate->earliest = start_at;
	return !start_at || run->f->now >= start_at;
}

static bool
other_execution_open(struct gates_run *run, struct gate *gate)
{
	const struct execution *open = run->f->open;

	if (open)
		SAY(run, gate, "execution %" PRId64 " is %s", open->id,
			execution_state_words[open->state]);
	return !open;
}

/* The first moment from `at` on that is inside of a push window, where that matters. */
static int64_t
in_window(const struct facts *f, int64_t at)
{
	const struct interval *in = NULL;

	if (f->plan->windows_set && !f->by_person)
		in = terms_interval(f->plan, f->device, at);
	return in && in->opens_at > at ? in->opens_at : at;
}

static bool
retry_backoff(struct gates_run *run, struct gate *gate)
{
	const struct facts *f = run->f;
	char text[MOMENT_TEXT];
	int64_t until;

	if (!f->last_needs_wait)
		return true;
	until = f->last_closed_at + terms_backoff(f->plan->strategy.retry_interval,
					    f->last_was_passing ? 1 : f->attempts_failed);
	until = in_window(f, until);
	SAY(run, gate, "next attempt not before %s", moment_format(until, text));
	gate->earliest = until;
	return f->now >= until;
}

/* --- how far the rollout is ------------------------------------------------------------------- */

static bool
breaker_tripped(struct gates_run *run, struct gate *gate)
{
	const struct pulse *pulse = run->f->pulse;

	SAY(run, gate, "%s%s", pulse->tripped_at ? "tripped: " : "not tripped", pulse->tripped);
	return !pulse->tripped_at;
}

static bool
tick_stale(struct gates_run *run, struct gate *gate)
{
	const struct plan *plan = run->f->plan;
	int64_t limit = plan->strategy.tick_max_age;
	int64_t age = run->f->now - terms_sign_of_life(plan, run->f->tick_at);

	SAY(run, gate, "last sign of life %" PRId64 " s ago, at most %" PRId64, age, limit);
	return limit == STRATEGY_OFF || age <= limit;
}

/* When a stage may admit it, and a window is open then; 0: that may be at any moment. */
static int64_t
stage_comes(const struct facts *f, const struct stage_place *place)
{
	const struct plan *plan = f->plan;
	int64_t ret = stage_admits_from(
		plan->stages, plan->stage_count, plan->stage, place, plan->strategy.soak, f->now);

	if (ret == MOMENT_NEVER)
		return ret;
	/* For a probe stages open without a soak. */
	if (plan->probe_at)
		ret = f->now;
	ret = in_window(f, ret);
	return ret > f->now ? ret : 0;
}

static bool
stage_not_open(struct gates_run *run, struct gate *gate)
{
	const struct plan *plan = run->f->plan;
	struct stage_place place = run->f->place;
	char name[STAGE_NAME];
	int stage;

	place.unoffered = !run->f->accepting;
	stage = stage_admits(plan->stages, plan->stage_count, &place);
	run->d->stage = stage;
	if (stage >= 0 && plan->probe_at && !run->f->in_probe &&
		run->f->pulse->probe_taken >= PROBE_DEVICES) {
		SAY(run, gate, "after the resume %d devices come first, and have to soak",
			PROBE_DEVICES);
		return false;
	}
	if (stage >= 0) {
		SAY(run, gate, "in stage %d (%s)", stage + 1,
			stage_name(&plan->stages[stage], name));
		return true;
	}
	SAY(run, gate, "bucket %" PRId64 ".%02" PRId64 " %%; open up to stage %" PRId64 " of %zu",
		place.bucket / 100, place.bucket % 100, plan->stage + 1, plan->stage_count);
	gate->earliest = stage_comes(run->f, &place);
	return false;
}

/* How many may be under way before one has succeeded: the longer the first takes, the more. */
static int64_t
first_devices(const struct facts *f)
{
	int64_t span = f->plan->strategy.exec_timeout, since = f->pulse->alone_since;
	int64_t may = since && f->now > since ? 1 + (f->now - since) / span : 1;

	return may < FIRST_DEVICES_MOST ? may : FIRST_DEVICES_MOST;
}

static bool
first_device_pending(struct gates_run *run, struct gate *gate)
{
	const struct pulse *pulse = run->f->pulse;
	const struct strategy *s = &run->f->plan->strategy;
	int64_t may;

	if (!s->first_device_alone || pulse->ever_succeeded || !pulse->in_progress) {
		SAY(run, gate, "%" PRId64 " succeeded, %" PRId64 " under way",
			pulse->ever_succeeded, pulse->in_progress);
		return true;
	}
	may = first_devices(run->f);
	SAY(run, gate, "0 succeeded, %" PRId64 " under way, %" PRId64 " may be", pulse->in_progress,
		may);
	if (pulse->in_progress < FIRST_DEVICES_MOST)
		gate->earliest = pulse->alone_since + pulse->in_progress * s->exec_timeout;
	return pulse->in_progress < may;
}

static bool
too_many_in_progress(struct gates_run *run, struct gate *gate)
{
	const struct plan *plan = run->f->plan;
	int64_t now = run->f->pulse->in_progress, most = plan->strategy.max_in_progress;
	int64_t limit = max_unproven(plan, run->f->pulse->succeeded);

	if (most != STRATEGY_OFF && most < limit)
		limit = most;
	if (limit == INT64_MAX)
		SAY(run, gate, "%" PRId64 " in progress, no limit", now);
	else
		SAY(run, gate, "%" PRId64 " in progress and unproven, limit %" PRId64, now, limit);
	return now < limit;
}

static bool
rate_limited(struct gates_run *run, struct gate *gate)
{
	const struct facts *f = run->f;
	const struct strategy *s = &f->plan->strategy;
	int64_t minute = f->now / 60;
	int64_t offers = f->pulse->rate_minute == minute ? f->pulse->rate_count : 0;

	SAY(run, gate, "%" PRId64 " offers this minute, rate %s", offers, s->rate);
	gate->earliest = (minute + 1) * 60;
	/* An offer that is made again was counted when it was made first. */
	return f->accepting || f->offered_again || f->pulse->rate_minute != minute ||
	       offers < terms_rate(s, f->pulse->succeeded);
}

/* --- push windows ----------------------------------------------------------------------------- */

static bool
outside_push_window(struct gates_run *run, struct gate *gate)
{
	const struct facts *f = run->f;
	const struct interval *at;
	char text[MOMENT_TEXT];
	bool inside;

	if (!f->plan->windows_set) {
		SAY(run, gate, "no push windows");
		return true;
	}
	at = terms_interval(f->plan, f->device, f->now);
	inside = f->by_person || (at && at->opens_at <= f->now);
	if (!at)
		SAY(run, gate, "no window opens any more");
	else if (inside)
		SAY(run, gate, "open until %s", moment_format(at->closes_at, text));
	else
		SAY(run, gate, "opens %s", moment_format(at->opens_at, text));
	gate->earliest = at ? at->opens_at : MOMENT_NEVER;
	return inside;
}

/* A window shorter than the duration would never fit; what is missing then is the duration. */
static bool
window_too_short(struct gates_run *run, struct gate *gate)
{
	const struct facts *f = run->f;
	const struct strategy *s = &f->plan->strategy;
	const struct interval *at = NULL;
	int64_t left;

	if (f->plan->windows_set)
		at = terms_interval(f->plan, f->device, f->now);
	if (!at || at->opens_at > f->now)
		return true;
	left = at->closes_at - f->now;
	SAY(run, gate, "%" PRId64 " s left, %" PRId64 " s expected", left, s->duration);
	gate->earliest = at->closes_at;
	return f->by_person || f->accepting || !s->fit_window || left >= s->duration;
}

/* --- conditions of the moment ----------------------------------------------------------------- */

/* True where what the device last told of itself is young enough to be believed. */
static bool
metrics_fresh(const struct facts *f)
{
	int64_t at = f->device->metrics.at;

	return at && f->now - at <= f->plan->strategy.metric_max_age;
}

static bool
low_battery(struct gates_run *run, struct gate *gate)
{
	const struct metrics *m = &run->f->device->metrics;
	int64_t least = run->f->plan->strategy.min_battery;
	bool charging = m->has_charging && m->charging;

	if (!m->has_battery || !metrics_fresh(run->f))
		return true;
	SAY(run, gate, "%" PRId64 " %%%s, needs %" PRId64 " %%", m->battery,
		charging ? " and charging" : "", least == STRATEGY_OFF ? 0 : least);
	return least == STRATEGY_OFF || charging || m->battery >= least;
}

static bool
weak_signal(struct gates_run *run, struct gate *gate)
{
	const struct metrics *m = &run->f->device->metrics;
	int64_t least = run->f->plan->strategy.min_signal;

	if (least == STRATEGY_OFF || !m->has_signal || !metrics_fresh(run->f))
		return true;
	SAY(run, gate, "%" PRId64 " dBm, needs %" PRId64 " dBm", m->signal, least);
	return m->signal >= least;
}

static bool
low_storage(struct gates_run *run, struct gate *gate)
{
	const struct metrics *m = &run->f->device->metrics;
	int64_t need = strategy_free_needed(&run->f->plan->strategy, run->d->download_size);

	if (!m->has_free || !metrics_fresh(run->f))
		return true;
	SAY(run, gate, "%" PRId64 " bytes free, needs %" PRId64, m->free, need);
	return m->free >= need;
}

static bool
metric_missing(struct gates_run *run, struct gate *gate)
{
	const struct strategy *s = &run->f->plan->strategy;
	const struct metrics *m = &run->f->device->metrics;
	bool fresh = metrics_fresh(run->f);

	SAY(run, gate, "unknown metrics are %s", s->unknown_metric_hold ? "held" : "allowed");
	if (!s->unknown_metric_hold)
		return true;
	if (s->min_battery != STRATEGY_OFF &&
		!(fresh && (m->has_battery || (m->has_charging && m->charging))))
		return false;
	if (s->min_signal != STRATEGY_OFF && !(fresh && m->has_signal))
		return false;
	return s->min_free == STRATEGY_OFF || (fresh && m->has_free);
}

/* --- all of them ------------------------------------------------------------------------------ */

const struct gate_kind gates[GATE_MAX] = {
	[GATE_FROZEN] = { .judge = frozen, .any_device = true },
	[GATE_UNKNOWN_DEVICE] = { .judge = unknown_device, .any_device = true },
	[GATE_WRONG_PRODUCT] = { .judge = wrong_product, .lasting = true },
	[GATE_DEVICE_HELD] = { .judge = device_held, .for_good = true },
	[GATE_BLACKLISTED] = { .judge = blacklisted, .for_good = true },
	[GATE_NOT_WHITELISTED] = { .judge = not_whitelisted, .for_good = true },
	[GATE_COMPONENT_MISSING] = { .judge = component_missing, .of_device = true },
	[GATE_ALREADY_AT_TARGET] = { .judge = already_at_target, .for_good = true },
	[GATE_DONE_IN_PLAN] = { .judge = done_in_plan, .for_good = true },
	[GATE_SUPERSEDED] = { .judge = superseded, .lasting = true },
	[GATE_VERSION_UNKNOWN] = { .each = version_unknown, .of_device = true },
	[GATE_SOURCE_NOT_ALLOWED] = { .each = source_not_allowed, .of_device = true },
	[GATE_WRONG_HARDWARE] = { .each = wrong_hardware,
		.needs_packages = true,
		.of_device = true },
	[GATE_REQUIREMENT_MISSING] = { .each = requirement_missing,
		.needs_packages = true,
		.of_device = true },
	[GATE_NO_PACKAGE_FOR_VERSION] = { .each = package_chosen,
		.needs_packages = true,
		.of_device = true },
	[GATE_DOWNGRADE] = { .each = downgrade, .lasting = true },
	[GATE_PACKAGE_REVOKED] = { .each = package_chosen, .needs_packages = true },
	[GATE_NOT_SIGNED] = { .each = package_chosen, .needs_packages = true },
	[GATE_FILE_MISSING] = { .judge = file_missing },
	[GATE_TRIAL_MISSING] = { .each = trial_missing,
		.parameter = "require_trial",
		.needs_packages = true },
	[GATE_RETRIES_EXHAUSTED] = { .judge = retries_exhausted,
		.parameter = "retry_max",
		.for_good = true },
	[GATE_AFTER_END] = { .judge = after_end, .lasting = true },
	[GATE_PLAN_NOT_ACTIVE] = { .judge = plan_not_active },
	[GATE_BEFORE_START] = { .judge = before_start },
	[GATE_OTHER_EXECUTION_OPEN] = { .judge = other_execution_open },
	[GATE_RETRY_BACKOFF] = { .judge = retry_backoff, .parameter = "retry_interval" },
	[GATE_BREAKER_TRIPPED] = { .judge = breaker_tripped,
		.parameter = "breaker",
		.needs_active = true },
	[GATE_TICK_STALE] = { .judge = tick_stale,
		.parameter = "tick_max_age",
		.needs_active = true },
	[GATE_STAGE_NOT_OPEN] = { .judge = stage_not_open,
		.parameter = "stages",
		.needs_active = true },
	[GATE_FIRST_DEVICE_PENDING] = { .judge = first_device_pending,
		.parameter = "first_device_alone",
		.needs_active = true },
	[GATE_TOO_MANY_IN_PROGRESS] = { .judge = too_many_in_progress,
		.parameter = "max_unproven",
		.needs_active = true },
	[GATE_RATE_LIMITED] = { .judge = rate_limited, .parameter = "rate", .needs_active = true },
	[GATE_OUTSIDE_PUSH_WINDOW] = { .judge = outside_push_window, .needs_active = true },
	[GATE_WINDOW_TOO_SHORT] = { .judge = window_too_short,
		.parameter = "duration",
		.needs_active = true },
	[GATE_LOW_BATTERY] = { .judge = low_battery, .parameter = "min_battery" },
	[GATE_WEAK_SIGNAL] = { .judge = weak_signal, .parameter = "min_signal" },
	[GATE_LOW_STORAGE] = { .judge = low_storage,
		.parameter = "min_free",
		.needs_packages = true },
	[GATE_METRIC_MISSING] = { .judge = metric_missing, .parameter = "unknown_metric" },
};
