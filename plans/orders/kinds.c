/*
 * The scan of the targets is the cost of an activation, so a target costs only a look at the kind
 * of the one before; fleets are of a few kinds.  Where they are not (each device has a label that
 * matters) kinds are found by a hash; what is beyond KINDS_MAX is counted by no verdict.
 */
#include "plans/orders/kinds.h"

#include "core/str.h"
#include "plans/rollout/facts.h"

void
kinds_make(struct activating *a)
{
	a->kinds = arena_alloc(&a->session->arena, sizeof *a->kinds);
	prospect_open(&a->plan, &a->kinds->open);
}

static bool
same(const struct kinds *k, const struct kind *kind, const struct target_row *row)
{
	return !strcmp(kind->components, row->components) && !strcmp(kind->floors, row->floors) &&
	       (!k->open.bound || (!strcmp(kind->labels, row->labels) &&
					  !strcmp(kind->attributes, row->attributes)));
}

static uint32_t
hash(uint32_t seed, const char *text)
{
	while (*text)
		seed = (seed ^ (uint8_t)*text++) * 16777619;
	return seed;
}

/* The kind of a target, made where it is the first of it; NULL: there are too many. */
static struct kind *
kind_of(struct activating *a, const struct target_row *row)
{
	struct kinds *k = a->kinds;
	struct arena *arena = &a->session->arena;
	uint32_t at = hash(hash(2166136261, row->components), row->floors);

	if (k->open.bound)
		at = hash(hash(at, row->labels), row->attributes);
	for (at %= COUNT(k->places); k->places[at]; at = (at + 1) % COUNT(k->places))
		if (same(k, &k->list[k->places[at] - 1], row))
			return &k->list[k->newest = k->places[at] - 1];
	if (k->count == KINDS_MAX)
		return NULL;
	k->newest = k->count++;
	k->places[at] = (uint16_t)k->count;
	k->list[k->newest] = (struct kind){ .id = row->id,
		.name = arena_copy(arena, row->name),
		.components = arena_copy(arena, row->components),
		.floors = arena_copy(arena, row->floors),
		.labels = arena_copy(arena, row->labels),
		.attributes = arena_copy(arena, row->attributes) };
	return &k->list[k->newest];
}

void
kinds_add(struct activating *a, const struct target_row *row, bool outside)
{
	struct kinds *k = a->kinds;
	struct kind *kind = k->count ? &k->list[k->newest] : NULL;

	if (row->marks & MARK_HELD) {
		if (!a->out->never[GATE_DEVICE_HELD])
			a->out->example[GATE_DEVICE_HELD] =
				arena_copy(&a->session->arena, row->name);
		a->out->never[GATE_DEVICE_HELD]++;
		return;
	}
	if (!kind || !same(k, kind, row))
		kind = kind_of(a, row);
	if (!kind)
		return;
	if (outside && !kind->outside)
		kind->outside_name = arena_copy(&a->session->arena, row->name);
	kind->inside += !outside;
	kind->outside += outside;
}

static void
never_add(struct activating *a, enum verdict verdict, int64_t n, const char *name)
{
	if (n && !a->out->never[verdict])
		a->out->example[verdict] = name;
	a->out->never[verdict] += n;
}

/* What one device of a kind hears when everything is open. */
static enum err_code
kind_judge(struct activating *a, const struct fleet *fleet, const struct catalog *catalog,
	struct facts *facts, const struct kind *kind, struct err *err)
{
	struct session *session = a->session;
	struct subject subject = { .device = { .id = kind->id, .product = a->product.id } };
	struct decision decision = { .gates = NULL };
	enum verdict verdict;

	subject.components = pairs_parse(&session->arena, kind->components);
	subject.floors = pairs_parse(&session->arena, kind->floors);
	subject.labels = pairs_parse(&session->arena, kind->labels);
	subject.attributes = pairs_parse(&session->arena, kind->attributes);
	if (facts_make(session, fleet, catalog, &a->kinds->open.plan, &subject, facts, err))
		return err->code;
	facts->place.home = 0;
	verdict = prospect_judge(session, catalog, facts, &decision);
	if (verdict != VERDICT_ELIGIBLE) {
		never_add(a, verdict, kind->inside + kind->outside, kind->name);
		return ERR_OK;
	}
	never_add(a, GATE_STAGE_NOT_OPEN, kind->outside, kind->outside_name);
	a->kinds->gets += kind->inside;
	for (size_t i = 0; i < a->plan.component_count; i++)
		if (decision.packages[i])
			a->kinds->takes[decision.packages[i]->kind] += kind->inside;
	return ERR_OK;
}

enum err_code
kinds_judge(struct activating *a, struct err *err)
{
	struct session *session = a->session;
	struct facts *facts = arena_alloc(&session->arena, sizeof *facts);
	struct catalog catalog;
	struct fleet fleet;

	prospect_open(&a->plan, &a->kinds->open);
	a->kinds->open.plan.whitelist_set = false;
	a->kinds->open.plan.rule_count = 0;
	if (db_fleet_get(session->db, &fleet, err) ||
		catalog_base(session, &session->arena, a->plan.product, &catalog, err))
		return err->code;
	for (size_t i = 0; i < a->kinds->count; i++)
		if (kind_judge(a, &fleet, &catalog, facts, &a->kinds->list[i], err))
			return err->code;
	return ERR_OK;
}
