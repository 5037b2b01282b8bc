#include "plans/rollout/blocked.h"

#include "core/choose.h"
#include "core/clock.h"
#include "core/decide.h"
#include "core/moment.h"
#include "core/terms.h"
#include "plans/base/high.h"
#include "plans/rollout/catalog.h"
#include "plans/rollout/load.h"

static void
add(struct session *session, struct blocked_list *out, struct blocked blocked)
{
	out->list = arena_room(&session->arena, out->list, out->count, sizeof *out->list);
	out->list[out->count++] = blocked;
}

static void
clock_blocks(struct session *session, const struct fleet *fleet, struct blocked_list *out)
{
	char words[CLOCK_WORDS];

	if (!session->clock_by)
		return;
	out->untimed = "the clock is right again, or accepted";
	add(session, out,
		(struct blocked){ "clock",
			arena_printf(&session->arena, "the clock jumped by %s",
				clock_words(session->clock_by, words)),
			fleet->clock.jump_by ? fleet->clock.jump_at - fleet->clock.jump_by : 0,
			"set the clock right, or otactl tick --accept-clock --reason WHY" });
}

/* A copy of the database, and a freeze of the fleet or the product. */
static enum err_code
fleet_blocks(struct session *session, const struct fleet *fleet, const struct product *product,
	struct blocked_list *out, struct err *err)
{
	const char *fault = high_fault(session, fleet);
	int64_t at;

	if (fault)
		add(session, out,
			(struct blocked){ "old_copy", fault, 0,
				"otactl db adopt --reason WHY, if this is the one to go on with" });
	clock_blocks(session, fleet, out);
	if (fleet->frozen) {
		if (db_audit_newest(session->db, "freeze on", "fleet", &at, err))
			return err->code;
		add(session, out,
			(struct blocked){ verdict_words[GATE_FROZEN], "all offers are frozen", at,
				"otactl freeze off" });
	}
	if (product->frozen) {
		if (db_audit_newest(session->db, "freeze on", product->name, &at, err))
			return err->code;
		add(session, out,
			(struct blocked){ verdict_words[GATE_FROZEN],
				arena_printf(&session->arena, "offers of product %s are frozen",
					product->name),
				at,
				arena_printf(&session->arena, "otactl freeze off --product %s",
					product->name) });
	}
	return ERR_OK;
}

/* The same comparison as the gate's (core/gates.c). */
static void
cron_blocks(struct session *session, const struct fleet *fleet, const struct plan *plan,
	struct blocked_list *out)
{
	int64_t last = terms_sign_of_life(plan, fleet->clock.last.at);
	int64_t limit = plan->strategy.tick_max_age;
	char at[MOMENT_TEXT];

	if (limit == STRATEGY_OFF || session->now - last <= limit)
		return;
	if (!out->untimed)
		out->untimed = "cron runs otactl tick again";
	add(session, out,
		(struct blocked){ verdict_words[GATE_TICK_STALE],
			arena_printf(&session->arena, "the newest tick was at %s",
				moment_format(last, at)),
			last, "let cron run otactl tick every minute" });
}

/* Packages that nobody can be given. */
static void
component_blocks(struct session *session, const struct plan_component *c,
	const struct product *product, struct blocked_list *out)
{
	size_t published = 0, missing = 0, weak = 0;
	const char *name =
		arena_printf(&session->arena, "%s/%s %s", product->name, c->identity, c->target);
	int64_t expired_at = 0;

	for (size_t p = 0; p < c->package_count; p++) {
		const struct package *package = &c->packages[p];

		if (package->state != PACKAGE_PUBLISHED)
			continue;
		published++;
		missing += package_missing(session, package, NULL);
		if (package->expires_at && session->now >= package->expires_at)
			expired_at = package->expires_at;
		weak += !package_vouched(package, product, session->now);
	}
	if (published && missing)
		add(session, out,
			(struct blocked){ verdict_words[GATE_FILE_MISSING],
				arena_printf(&session->arena,
					"a file of %s is not in the artifact store", name),
				0, "bring it back from a backup: otactl db check names it" });
	if (published && weak == published)
		add(session, out,
			(struct blocked){ verdict_words[GATE_NOT_SIGNED],
				arena_printf(&session->arena,
					expired_at ? "the manifest of %s has expired"
						   : "no package of %s has enough signatures",
					name),
				expired_at,
				arena_printf(&session->arena, "otactl package sign %s --key FILE",
					name) });
}

/* Zones whose rules cannot be read: what is expanded goes on, and ends one day. */
static enum err_code
zone_blocks(
	struct session *session, const struct plan *plan, struct blocked_list *out, struct err *err)
{
	struct blocked b = { "zone_unreadable", NULL, 0,
		"apt-get install --reinstall tzdata; the next tick reads them again" };
	const struct plan_zone *first = NULL;
	int64_t ends_at = INT64_MAX;
	struct plan_zone *list;
	size_t count, troubled = 0;
	char at[MOMENT_TEXT];

	if (db_plan_zone_used(session->db, &session->arena, plan->id, &list, &count, err))
		return err->code;
	for (size_t i = 0; i < count; i++) {
		if (!*list[i].trouble)
			continue;
		troubled++;
		first = first ? first : &list[i];
		b.since = !b.since || list[i].trouble_at < b.since ? list[i].trouble_at : b.since;
		ends_at = list[i].expanded_to < ends_at ? list[i].expanded_to : ends_at;
	}
	if (!first)
		return ERR_OK;
	b.why = arena_printf(&session->arena, "%s%s (windows %s%s)", first->trouble,
		troubled > 1 ? arena_printf(&session->arena, ", and %zu more", troubled - 1) : "",
		ends_at > session->now ? "go on as expanded until "
		: *first->zone	       ? "are those of the plan's zone"
				       : "have run out, and nothing is offered",
		ends_at > session->now ? moment_format(ends_at, at) : "");
	add(session, out, b);
	return ERR_OK;
}

enum err_code
blocked_get(struct session *session, const struct plan *plan, const struct product *product,
	struct blocked_list *ret, struct err *err)
{
	struct plan *whole = arena_alloc(&session->arena, sizeof *whole);
	struct fleet fleet;

	*ret = (struct blocked_list){ .count = 0 };
	if (plan->state != PLAN_ACTIVE)
		return ERR_OK;
	if (db_fleet_get(session->db, &fleet, err) ||
		fleet_blocks(session, &fleet, product, ret, err) ||
		db_plan_by_id(session->db, &session->arena, plan->id, whole, err) ||
		plan_load(session, &session->arena, whole, err))
		return err->code;
	cron_blocks(session, &fleet, whole, ret);
	for (size_t i = 0; i < whole->component_count; i++)
		component_blocks(session, &whole->components[i], product, ret);
	return zone_blocks(session, plan, ret, err);
}
