/* The view of an execution that devices get: components, packages, the files for their slot. */
#include "plans/door/offer.h"

#include "core/str.h"
#include "db/package.h"
#include "db/product.h"
#include "plans/rollout/catalog.h"
#include "plans/rollout/install.h"
#include "plans/rollout/load.h"

/* A device that runs from user1 must get the file for user2, and the reverse. */
static void
files_for_slot(struct session *session, struct offer_component *c, const char *running)
{
	const struct package *p = &c->package;

	c->files = arena_alloc(&session->arena, p->file_count * sizeof *c->files);
	for (size_t i = 0; i < p->file_count; i++) {
		if (*p->files[i].slot && *running && !strcmp(p->files[i].slot, running))
			continue;
		c->files[c->file_count++] = &p->files[i];
		c->size += p->files[i].size;
	}
}

/* What the plan holds of a component: a package that was made does not change. */
static bool
component_held(const struct plan *plan, struct offer_component *c)
{
	for (size_t i = 0; i < plan->component_count; i++)
		for (size_t p = 0; p < plan->components[i].package_count; p++)
			if (plan->components[i].packages[p].id == c->component.package) {
				c->package = plan->components[i].packages[p];
				c->type = plan->components[i].type;
				return true;
			}
	return false;
}

static enum err_code
component_view(struct session *session, const struct plan *plan, const char *slot,
	struct offer_component *c, struct err *err)
{
	struct component component;

	if (!component_held(plan, c)) {
		if (db_package_by_id(
			    session->db, &session->arena, c->component.package, &c->package, err) ||
			db_component_by_id(session->db, c->component.component, &component, err))
			return err->code;
		c->type = component.type;
	}
	files_for_slot(session, c, slot);
	return ERR_OK;
}

enum err_code
offer_view(struct session *session, const struct plan *plan, const struct execution *execution,
	const struct device *device, struct offer *ret, struct err *err)
{
	struct execution_component *list;
	struct signature_row *signatures;
	size_t count;

	*ret = (struct offer){ .execution = *execution, .plan = plan };
	if (install_window(session, plan, device, session->now, &ret->install, err))
		return err->code;
	if (db_execution_component_all(
		    session->db, &session->arena, execution->id, &list, &count, err))
		return err->code;
	ret->components = arena_alloc(&session->arena, count * sizeof *ret->components + 1);
	ret->component_count = count;
	for (size_t i = 0; i < count; i++) {
		ret->components[i].component = list[i];
		if (component_view(session, plan, device->metrics.slot, &ret->components[i], err))
			return err->code;
	}
	ret->manifest_sha256 = ret->components[0].package.manifest_sha256;
	if (db_signature_of_manifest(
		    session->db, &session->arena, list[0].package, &signatures, &count, err))
		return err->code;
	ret->key_ids = arena_alloc(&session->arena, count * sizeof *ret->key_ids + 1);
	for (size_t i = 0; i < count; i++)
		ret->key_ids[ret->key_id_count++] = signatures[i].key_id;
	return ERR_OK;
}

int64_t
offer_free(const struct offer *offer, const struct offer_component *component)
{
	const struct strategy *s = &offer->plan->strategy;

	return s->min_free == STRATEGY_OFF ? STRATEGY_OFF
					   : strategy_free_needed(s, component->size);
}

enum err_code
offer_plan(struct session *session, const struct catalog *catalog, int64_t id,
	const struct plan **ret, struct err *err)
{
	struct plan *plan;

	for (size_t i = 0; i < catalog->plan_count; i++)
		if (catalog->plans[i].id == id) {
			*ret = &catalog->plans[i];
			return ERR_OK;
		}
	plan = arena_alloc(&session->arena, sizeof *plan);
	if (db_plan_by_id(session->db, &session->arena, id, plan, err) ||
		plan_load(session, &session->arena, plan, err))
		return err->code;
	*ret = plan;
	return ERR_OK;
}
