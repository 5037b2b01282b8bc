#include "plans/door/changes.h"

#include "core/str.h"
#include "db/package.h"
#include "plans/base/store.h"
#include "plans/rollout/catalog.h"

#include <assert.h>

enum { KNOWN_MAX = 16 };

/* One answer that was given: from a version to a package. */
struct compared {
	int64_t package, epoch;
	char from[LIMIT_VERSION + 1];
	struct arena *arena;
	struct changes changes;
};

struct known_changes {
	struct compared list[KNOWN_MAX];
	size_t next;
};

static struct known_changes *
known_of(struct session *session)
{
	struct known_changes *known = session->changes;

	if (known)
		return known;
	known = arena_alloc(session_arena(session), sizeof *known);
	for (size_t i = 0; i < KNOWN_MAX; i++)
		known->list[i].arena = session_arena(session);
	return session->changes = known;
}

/* The full package of a version; *found false: there is none. */
static enum err_code
package_of(struct session *session, struct arena *arena, int64_t version, struct package *ret,
	bool *found, struct err *err)
{
	struct package *list;
	size_t count;

	*found = false;
	if (db_package_of_version(session->db, arena, version, &list, &count, err))
		return err->code;
	for (size_t i = 0; i < count && !*found; i++)
		if (list[i].kind == KIND_FULL) {
			*ret = list[i];
			*found = true;
		}
	return ERR_OK;
}

static const struct artifact *
at_path(const struct package *package, const char *path)
{
	for (size_t i = 0; i < package->file_count; i++)
		if (!strcmp(package->files[i].path, path))
			return &package->files[i];
	return NULL;
}

static const struct artifact *
firmware_of(const struct package *package)
{
	for (size_t i = 0; i < package->file_count; i++)
		if (!strcmp(package->files[i].slot, SLOT_FIRMWARE))
			return &package->files[i];
	return NULL;
}

static void
compare(struct arena *arena, const struct package *was, const struct package *now,
	struct changes *ret)
{
	const struct artifact *old = firmware_of(was);

	*ret = (struct changes){ .arena = arena, .firmware = firmware_of(now) };
	if (ret->firmware && old && !strcmp(ret->firmware->sha256, old->sha256))
		ret->firmware = NULL;
	ret->created = arena_alloc(arena, now->file_count * sizeof *ret->created + 1);
	ret->updated = arena_alloc(arena, now->file_count * sizeof *ret->updated + 1);
	ret->deleted = arena_alloc(arena, was->file_count * sizeof *ret->deleted + 1);
	for (size_t i = 0; i < now->file_count; i++) {
		const struct artifact *file = &now->files[i];

		if (!*file->path)
			continue;
		old = at_path(was, file->path);
		if (!old)
			ret->created[ret->created_count++] = file;
		else if (strcmp(old->sha256, file->sha256) != 0)
			ret->updated[ret->updated_count++] = file;
	}
	for (size_t i = 0; i < was->file_count; i++)
		if (*was->files[i].path && !at_path(now, was->files[i].path))
			ret->deleted[ret->deleted_count++] = was->files[i].path;
}

static enum err_code
make(struct session *session, int64_t package, const struct version *from, struct compared *known,
	struct err *err)
{
	struct package was = { .file_count = 0 }, now;
	bool found;

	arena_done(known->arena);
	known->package = 0;
	/* Read into the memory that the answer lives in. */
	if (db_package_by_id(session->db, known->arena, package, &now, err) ||
		(from && package_of(session, known->arena, from->id, &was, &found, err)))
		return err->code;
	compare(known->arena, &was, &now, &known->changes);
	known->package = package;
	str_copy(known->from, sizeof known->from, from ? from->name : "");
	return ERR_OK;
}

static enum err_code
catalog_of(struct session *session, const struct offer *offer, struct fleet *fleet,
	const struct catalog **ret, struct err *err)
{
	if (session_fleet(session, fleet, err))
		return err->code;
	return catalog_get(session, fleet, offer->plan->product, ret, err);
}

enum err_code
changes_get(struct session *session, const struct offer *offer,
	const struct offer_component *component, const char *from, struct changes **ret,
	struct err *err)
{
	struct known_changes *all = known_of(session);
	const struct version *version;
	const struct catalog *catalog = NULL;
	struct compared *known = NULL;
	struct fleet fleet;

	if (catalog_of(session, offer, &fleet, &catalog, err))
		return err->code;
	assert(catalog);
	/* What devices may tell is without end; what is remembered are versions that we know. */
	version = from ? catalog_version(catalog, component->component.component, from) : NULL;
	for (size_t i = 0; i < KNOWN_MAX && !known; i++)
		if (all->list[i].package == component->package.id &&
			all->list[i].epoch == fleet.epoch &&
			!strcmp(all->list[i].from, version ? version->name : ""))
			known = &all->list[i];
	if (!known) {
		known = &all->list[all->next++ % KNOWN_MAX];
		if (make(session, component->package.id, version, known, err))
			return err->code;
		known->epoch = fleet.epoch;
	}
	*ret = &known->changes;
	return ERR_OK;
}

enum err_code
changes_first(struct session *session, const struct offer *offer,
	const struct offer_component *component, const char *from, bool *ret, struct err *err)
{
	bool took;

	if (db_execution_took_from(session->db, &offer->execution, component->component.component,
		    from, &took, err))
		return err->code;
	*ret = !took;
	return ERR_OK;
}

enum err_code
changes_there(struct session *session, const struct offer *offer,
	const struct offer_component *component, bool *ret, struct err *err)
{
	const struct artifact *firmware = firmware_of(&component->package);
	const struct catalog *catalog = NULL;
	struct fleet fleet;

	if (catalog_of(session, offer, &fleet, &catalog, err))
		return err->code;
	assert(catalog);
	*ret = (!firmware || store_has(session, firmware->sha256, firmware->size)) &&
	       !package_missing(session, &component->package, catalog);
	return ERR_OK;
}
