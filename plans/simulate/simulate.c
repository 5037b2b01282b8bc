#include "plans/simulate/simulate.h"

#include "core/outlook.h"
#include "core/plan.h"
#include "core/str.h"
#include "plans/rollout/catalog.h"
#include "plans/simulate/course.h"
#include "plans/simulate/population.h"
#include "plans/simulate/trip.h"

#include <inttypes.h>

static void
packages_name(struct world *w)
{
	struct simulation *out = w->out;

	for (size_t c = 0; c < w->plan.component_count; c++) {
		const struct plan_component *component = &w->plan.components[c];

		for (size_t p = 0; p < component->package_count; p++) {
			const struct package *package = &component->packages[p];
			int64_t devices = 0;

			for (size_t i = 0; i < w->profile_count; i++)
				if (w->profiles[i].packages[c] == package)
					devices += w->package_devices[i];
			if (!devices) {
				if (package->state == PACKAGE_PUBLISHED && w->out->population)
					world_warn(
						w, arena_printf(&w->own,
							   "no device takes the %s package of %s "
							   "%s%s%s",
							   kind_words[package->kind],
							   component->identity, component->target,
							   *package->source ? " from " : "",
							   package->source));
				continue;
			}
			out->packages = arena_room(
				&w->own, out->packages, out->package_count, sizeof *out->packages);
			out->packages[out->package_count++] = (struct simulation_package){
				arena_printf(&w->own, "%s %s %s%s%s", component->identity,
					component->target, kind_words[package->kind],
					*package->source ? " from " : "", package->source),
				devices
			};
		}
	}
}

static void
warn_at_end(struct world *w)
{
	const struct zone_intervals *push = w->plan.zone_count ? w->plan.push : NULL;
	int64_t end = w->start + w->minutes * MINUTE_S;
	const char *short_one = NULL;

	if (push && (!push->count || push->list[0].opens_at >= end))
		world_warn(w, arena_printf(&w->own, "no push window opens within %" PRId64 " days",
				      w->options->days));
	if (push)
		short_one =
			outlook_too_short(&w->plan.strategy, push->list, push->count, end, &w->own);
	if (short_one)
		world_warn(w, short_one);
	if (strcmp(w->plan.strategy.rate, "off") != 0 && !w->blocked_by_rate)
		world_warn(w, "the rate has no effect: nobody ever waits for it");
	if ((size_t)w->plan.stage + 1 < w->plan.stage_count && !w->pulse.tripped_at &&
		!w->out->ends_at)
		world_warn(w,
			arena_printf(&w->own, "stage %" PRId64 " does not advance in this time: %s",
				w->plan.stage + 1, stage_wait_words[w->wait]));
	if (w->out->left > w->absent && !w->pulse.tripped_at)
		world_warn(w, arena_printf(&w->own,
				      "%" PRId64 " devices do not get it within %" PRId64 " days",
				      w->out->left - w->absent, w->options->days));
}

/* Who is left when the last stage has soaked is served for a while. */
static void
warn_of_tail(struct world *w)
{
	const struct stage *newest = &w->plan.stages[w->plan.stage];
	char at[MOMENT_TEXT];

	if (w->out->left + w->others == 0 || w->plan.state != PLAN_ACTIVE || !newest->tail_at)
		return;
	world_warn(w, arena_printf(&w->own, "its tail is open until %s for who is left",
			      moment_format(plan_tail_ends_at(&w->plan, newest->tail_at), at)));
}

/* How the plan stands when the simulation begins, and what of that is assumed. */
static void
warn_of_state(struct world *w)
{
	const struct plan *was = &w->was;

	if (was->state == PLAN_SUSPENDED)
		world_warn(w, arena_printf(&w->own,
				      "it is suspended (%s): played as if it were resumed now%s",
				      cause_words[was->cause],
				      w->plan.probe_at ? ", with its probe" : ""));
	else if (w->pulse.tripped_at)
		world_warn(w, arena_printf(&w->own,
				      "the breaker has tripped (%s): nothing is offered before "
				      "otactl plan resume",
				      w->pulse.tripped));
	if (w->out->under_way)
		world_warn(w, arena_printf(&w->own,
				      "%" PRId64 " devices are under way: taken to end like all "
				      "others, and in time",
				      w->out->under_way));
}

/* What the packages are bound to: it says why devices never get the plan. */
static void
warn_of_bindings(struct world *w)
{
	const char *remarks[OUTLOOK_BINDINGS];

	for (size_t i = 0; i < w->plan.component_count; i++) {
		const struct plan_component *c = &w->plan.components[i];

		for (size_t p = 0; p < c->package_count; p++) {
			size_t count = 0;

			if (c->packages[p].state == PACKAGE_PUBLISHED)
				count = outlook_bindings(c, &c->packages[p], &w->own, remarks);
			for (size_t r = 0; r < count; r++)
				world_warn(w, remarks[r]);
		}
	}
}

/* How the devices live, and what of that is assumed. */
static void
warn_of_habits(struct world *w)
{
	char span[32];

	if (w->out->unmeasured)
		world_warn(w, arena_printf(&w->own,
				      "%" PRId64 " devices were never measured: taken to ask every "
				      "%s, which sleepers do not",
				      w->out->unmeasured,
				      moment_span(w->plan.strategy.poll_interval, span)));
	if (w->asleep)
		world_warn(w, arena_printf(&w->own,
				      "%" PRId64 " devices ask by their own usual gap, up to every "
				      "%s",
				      w->asleep, moment_span(w->sleep_s, span)));
	if (w->out->absent)
		world_warn(
			w, arena_printf(&w->own,
				   "%" PRId64 " devices were not heard for longer than usual, up "
				   "to %s: they do not get it before they are back, and keep the "
				   "tail open",
				   w->out->absent, moment_span(w->away_s, span)));
}

/* What every virtual poll shares: the gates that depend on one device were judged before. */
static void
facts_prepare(struct world *w)
{
	struct strategy *s = &w->plan.strategy;
	struct facts *f = w->facts;

	s->min_battery = s->min_signal = s->min_free = STRATEGY_OFF;
	s->unknown_metric_hold = false;
	if (s->approve)
		world_warn(w, "every stage waits for otactl plan advance; here it comes at once");
	s->approve = false;
	w->plan.state = PLAN_ACTIVE;
	w->plan.rule_count = w->plan.from_count = 0;
	w->plan.whitelist_set = false;
	memset(f, 0, sizeof *f);
	/* One of those that the plan's snapshot has. */
	w->device = (struct device){ .id = 1, .product = w->catalog.product.id };
	f->device = &w->device;
	f->unbound = true;
	f->product = &w->catalog.product;
	f->plan = &w->plan;
	f->labels = f->attributes = &w->none;
	f->pulse = &w->pulse;
}

enum err_code
simulate_prepare(struct world *w, const char *name, struct err *err)
{
	struct session *session = w->session;

	w->start = session->now;
	if (population_prepare(w, name, err) || db_fleet_get(session->db, &w->fleet, err) ||
		catalog_base(session, &session->arena, w->plan.product, &w->catalog, err))
		return err->code;
	w->own = session->arena;
	session->arena = (struct arena){ NULL };
	w->profiles = arena_alloc(&w->own, PROFILES_MAX * sizeof *w->profiles);
	w->package_devices = arena_alloc(&w->own, PROFILES_MAX * sizeof *w->package_devices);
	w->facts = arena_alloc(&w->own, sizeof *w->facts);
	course_make(w);
	trip_make(w);
	if (population_read(w, err))
		return err->code;
	warn_of_state(w);
	warn_of_habits(w);
	warn_of_bindings(w);
	facts_prepare(w);
	return ERR_OK;
}

void
simulate_release(struct world *w)
{
	free(w->runners);
	if (w->own.head) {
		arena_done(&w->session->arena);
		w->session->arena = w->own;
	}
	w->session->now = w->out->starts_at;
}

enum err_code
simulate(struct session *session, const char *plan, const struct simulation_options *options,
	struct simulation *ret, struct err *err)
{
	struct world *w = arena_alloc(&session->arena, sizeof *w);

	*ret = (struct simulation){ .starts_at = session->now };
	w->session = session;
	w->options = options;
	w->out = ret;
	w->dice = (uint64_t)options->seed;
	if (!simulate_prepare(w, plan, err)) {
		course_run(w);
		packages_name(w);
		warn_at_end(w);
		warn_of_tail(w);
	}
	simulate_release(w);
	return err->code;
}
