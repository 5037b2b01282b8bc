#include "plans/rollout/catalog.h"

#include "core/moment.h"
#include "db/package.h"
#include "plans/base/high.h"
#include "plans/base/store.h"
#include "plans/rollout/load.h"

enum {
	CACHE_PRODUCTS = 16,
	CACHE_S = MOMENT_DAY_S / 2,
	UNREAD_S = 60,
	LOOKED_S = 5,
	LOOKED_MAX = 64
};

/* Per product: its catalog and the arena it lives in. */
struct cache {
	int64_t epoch, until;
	struct {
		int64_t product;
		struct arena *arena;
		struct catalog catalog;
	} slots[CACHE_PRODUCTS];
	size_t next;
	struct looked { /* packages whose files were looked for, by id */
		int64_t package, at;
		bool missing;
	} looked[LOOKED_MAX];
};

static struct cache *
cache_of(struct session *session)
{
	struct cache *cache = session->cache;

	if (cache)
		return cache;
	cache = arena_alloc(session_arena(session), sizeof *cache);
	for (size_t i = 0; i < CACHE_PRODUCTS; i++)
		cache->slots[i].arena = session_arena(session);
	return session->cache = cache;
}

enum err_code
catalog_base(struct session *session, struct arena *arena, int64_t product, struct catalog *ret,
	struct err *err)
{
	*ret = (struct catalog){ 0 };
	if (db_product_by_id(session->db, product, &ret->product, err) ||
		db_component_readable(session->db, arena, product, &ret->components,
			&ret->component_count, &ret->unread, err))
		return err->code;
	for (size_t i = 0; i < ret->component_count; i++) {
		struct version *list, *all;
		size_t count;

		if (db_version_readable(session->db, arena, ret->components[i].id, &list, &count,
			    &ret->unread, err))
			return err->code;
		all = arena_alloc(arena, (ret->version_count + count) * sizeof *all + 1);
		if (ret->version_count)
			memcpy(all, ret->versions, ret->version_count * sizeof *all);
		if (count)
			memcpy(all + ret->version_count, list, count * sizeof *all);
		ret->versions = all;
		ret->version_count += count;
	}
	return ERR_OK;
}

static enum err_code
catalog_load(struct session *session, struct arena *arena, int64_t product, struct catalog *ret,
	struct err *err)
{
	struct plan *plans;
	size_t count;

	if (catalog_base(session, arena, product, ret, err) ||
		db_plan_running(session->db, arena, product, &plans, &count, &ret->unread, err))
		return err->code;
	ret->plans = plans;
	for (size_t i = 0; i < count; i++) {
		struct err why = { .code = ERR_OK };

		ret->plans[ret->plan_count] = plans[i];
		if (!plan_load_beside(session, arena, ret->plans, ret->plan_count,
			    &ret->plans[ret->plan_count], &why)) {
			ret->plan_count++;
			continue;
		}
		if (why.code == ERR_BUSY) {
			*err = why;
			return err->code;
		}
		db_row_unread_add(&ret->unread, arena, &why);
	}
	ret->pulses = arena_alloc(arena, ret->plan_count * sizeof *ret->pulses + 1);
	return ERR_OK;
}

enum err_code
catalog_taken(struct session *session, const struct plan *plan, struct err *err)
{
	for (size_t i = 0; i < plan->stage_count; i++)
		if (plan->stages[i].kind == STAGE_COUNT &&
			db_stage_taken(session->db, plan->id, (int64_t)i, &plan->stages[i], err))
			return err->code;
	return ERR_OK;
}

static enum err_code
pulses_read(struct session *session, struct catalog *catalog, struct err *err)
{
	struct running_pulse *list;
	size_t count;

	if (db_plan_pulse_running(
		    session->db, &session->arena, catalog->product.id, &list, &count, err))
		return err->code;
	for (size_t i = 0; i < catalog->plan_count; i++) {
		for (size_t k = 0; k < count; k++)
			if (list[k].plan == catalog->plans[i].id)
				catalog->pulses[i] = list[k].pulse;
		if (catalog_taken(session, &catalog->plans[i], err))
			return err->code;
	}
	return ERR_OK;
}

enum err_code
catalog_pulses(struct session *session, const struct catalog *catalog, struct err *err)
{
	unsigned version = db_data_version(session->db);

	if (catalog->pulses_read && catalog->data_version == version)
		return ERR_OK;
	for (size_t i = 0; i < CACHE_PRODUCTS; i++) {
		struct catalog *cached = &session->cache->slots[i].catalog;

		if (cached != catalog)
			continue;
		cached->pulses_read = false;
		if (pulses_read(session, cached, err))
			return err->code;
		cached->pulses_read = true;
		cached->data_version = version;
	}
	return ERR_OK;
}

void
catalog_pulses_stand(struct session *session, unsigned since)
{
	for (size_t i = 0; i < CACHE_PRODUCTS; i++) {
		struct catalog *cached = &session->cache->slots[i].catalog;

		if (cached->pulses_read && cached->data_version == since)
			cached->data_version = db_data_version(session->db);
	}
}

static bool
look_for_files(struct session *session, const struct package *package)
{
	for (size_t f = 0; f < package->file_count; f++)
		if (!store_has(session, package->files[f].sha256, package->files[f].size))
			return true;
	return false;
}

bool
package_missing(
	struct session *session, const struct package *package, const struct catalog *catalog)
{
	struct looked *looked;

	if (!catalog)
		return look_for_files(session, package);
	looked = &cache_of(session)->looked[(size_t)package->id % LOOKED_MAX];
	if (looked->package != package->id || session->now >= looked->at + LOOKED_S ||
		session->now < looked->at)
		*looked = (struct looked){ package->id, session->now,
			look_for_files(session, package) };
	return looked->missing;
}

static void
cache_empty(struct cache *cache)
{
	for (size_t i = 0; i < CACHE_PRODUCTS; i++) {
		arena_done(cache->slots[i].arena);
		cache->slots[i].product = 0;
	}
}

enum err_code
catalog_get(struct session *session, const struct fleet *fleet, int64_t product,
	const struct catalog **ret, struct err *err)
{
	struct cache *cache = cache_of(session);
	size_t slot;

	/* Intervals are loaded some way ahead only, so that the cache also ages. */
	if (cache->epoch != fleet->epoch || session->now >= cache->until ||
		session->now < cache->until - CACHE_S) {
		cache_empty(cache);
		cache->epoch = fleet->epoch;
		cache->until = session->now + CACHE_S;
	}
	for (slot = 0; slot < CACHE_PRODUCTS; slot++)
		if (cache->slots[slot].product == product) {
			*ret = &cache->slots[slot].catalog;
			return ERR_OK;
		}
	slot = cache->next++ % CACHE_PRODUCTS;
	arena_done(cache->slots[slot].arena);
	cache->slots[slot].product = 0;
	if (catalog_load(
		    session, cache->slots[slot].arena, product, &cache->slots[slot].catalog, err))
		return err->code;
	/* Who mends a row by hand moves no epoch: look again soon. */
	if (cache->slots[slot].catalog.unread.count && cache->until > session->now + UNREAD_S)
		cache->until = session->now + UNREAD_S;
	cache->slots[slot].catalog.old_copy = high_fault(session, fleet);
	cache->slots[slot].product = product;
	*ret = &cache->slots[slot].catalog;
	return ERR_OK;
}

const struct version *
catalog_version(const struct catalog *catalog, int64_t component, const char *name)
{
	for (size_t i = 0; i < catalog->version_count; i++)
		if (catalog->versions[i].component == component &&
			!strcmp(catalog->versions[i].name, name))
			return &catalog->versions[i];
	return NULL;
}
