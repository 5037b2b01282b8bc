#include "plans/orders/foretell.h"

#include "core/moment.h"
#include "core/outlook.h"
#include "db/device.h"
#include "plans/orders/kinds.h"

#include <inttypes.h>

enum {
	WINDOWS = 400, /* of a year; nobody waits longer */
	PROBES = 100,  /* devices that are looked at for how well they are known */
};

static bool
somebody_runs(const struct activating *a, const char *version)
{
	struct arena scratch = { NULL };
	bool ret = false;

	for (size_t i = 0; i < a->kinds->count && !ret; i++)
		for (size_t c = 0; c < a->plan.component_count && !ret; c++) {
			const char *reported = pairs_find(&scratch, a->kinds->list[i].components,
				a->plan.components[c].identity);

			ret = reported && !strcmp(reported, version);
		}
	arena_done(&scratch);
	return ret;
}

/* What the plan names and nobody has. */
static void
nobody_say(struct activating *a)
{
	struct arena *arena = &a->session->arena;
	const struct kinds *k = a->kinds;

	for (size_t i = 0; i < a->plan.from_count && k->count < KINDS_MAX; i++)
		if (!somebody_runs(a, a->plan.from[i]))
			targets_warn(a,
				arena_printf(arena, "no target that waits for it runs %s (--from)",
					a->plan.from[i]));
	for (int kind = 0; kind < KIND_MAX; kind++)
		if (a->plan.allow_kinds >> kind & 1 && !k->takes[kind])
			targets_warn(
				a, arena_printf(arena, "no target takes a %s package (--allow)",
					   kind_words[kind]));
}

static void
never_say(struct activating *a)
{
	for (int v = 0; v < VERDICT_MAX; v++)
		if (a->out->never[v])
			targets_warn(
				a, arena_printf(&a->session->arena,
					   "never: %" PRId64 " because %s, such as %s",
					   a->out->never[v], verdict_words[v], a->out->example[v]));
	if (!a->kinds->gets && a->kinds->count < KINDS_MAX)
		targets_warn(a, "as things are nobody gets it");
}

/* Push windows from the start on, up to a year ahead. */
static enum err_code
windows_get(
	struct activating *a, int64_t from, struct interval **ret, size_t *count, struct err *err)
{
	*count = 0;
	return a->plan.windows_set
		       ? db_interval_from(a->session->db, &a->session->arena, a->plan.id, ITEM_PUSH,
				 "", from, WINDOWS, ret, count, err)
		       : ERR_OK;
}

static int64_t
open_for(const struct plan *plan, const struct interval *list, size_t count, int64_t from)
{
	int64_t ret = 0;

	if (!plan->windows_set)
		return plan->end_at - from;
	for (size_t i = 0; i < count && list[i].opens_at < plan->end_at; i++) {
		int64_t opens = list[i].opens_at > from ? list[i].opens_at : from;
		int64_t closes =
			list[i].closes_at < plan->end_at ? list[i].closes_at : plan->end_at;

		ret += closes > opens ? closes - opens : 0;
	}
	return ret;
}

/* Devices that were never measured, of a large product at equal distances of its devices' ids. */
static enum err_code
fresh_count(struct activating *a, int64_t *probed, int64_t *fresh, struct err *err)
{
	struct session *session = a->session;
	struct arena scratch = { NULL };
	int64_t newest, from = 1;
	bool found = true, started;

	*probed = *fresh = 0;
	if (db_device_newest_of(session->db, a->product.id, &newest, err))
		return err->code;
	while (from <= newest && found) {
		struct device device;

		if (db_device_probe(session->db, &scratch, a->product.id, from, a->plan.id, &device,
			    &started, &found, err) ||
			!found)
			break;
		*probed += 1;
		*fresh += !gaps_measured(&device.gaps);
		from += newest / PROBES;
		from = from > device.id ? from : device.id + 1;
		arena_reset(&scratch);
	}
	arena_done(&scratch);
	return err->code;
}

static enum err_code
fresh_say(struct activating *a, struct err *err)
{
	int64_t probed, fresh;

	if (fresh_count(a, &probed, &fresh, err))
		return err->code;
	if (fresh * 10 >= probed && fresh)
		targets_warn(
			a, arena_printf(&a->session->arena,
				   "%" PRId64 " %% of the devices were never measured: who of them "
				   "falls silent in the first days may not be missed",
				   fresh * 100 / probed));
	return ERR_OK;
}

/* What follows from strategy, windows and numbers alone. */
static enum err_code
outlook_say(struct activating *a, struct err *err)
{
	const struct plan *plan = &a->plan;
	int64_t from = plan->start_at > a->session->now ? plan->start_at : a->session->now;
	struct outlook_facts f = { .pending = a->kinds->gets };
	const char *short_one;
	const char *remarks[OUTLOOK_MAX];
	struct interval *list = NULL;
	size_t count;

	if (windows_get(a, from, &list, &count, err))
		return err->code;
	if (plan->end_at) {
		f.lasts_s = plan->end_at - from;
		f.open_s = open_for(plan, list, count, from);
	}
	short_one = outlook_too_short(&plan->strategy, list, count,
		plan->end_at ? plan->end_at : MOMENT_NEVER, &a->session->arena);
	if (short_one)
		targets_warn(a, short_one);
	count = outlook(plan, &f, &a->session->arena, remarks);
	for (size_t i = 0; i < count; i++)
		targets_warn(a, remarks[i]);
	return ERR_OK;
}

enum err_code
foretell(struct activating *a, struct err *err)
{
	if (kinds_judge(a, err))
		return err->code;
	never_say(a);
	nobody_say(a);
	return fresh_say(a, err) ? err->code : outlook_say(a, err);
}
