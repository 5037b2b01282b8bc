/*
 * What can be said of a plan before it begins, by its strategy and a few numbers alone: what it
 * cannot notice in time, limits that limit nothing, an end that comes too soon.
 */
#pragma once

#include "core/model.h"

enum { OUTLOOK_MAX = 8 };

struct outlook_facts {
	int64_t pending; /* targets that have yet to get it */
	int64_t lasts_s; /* from its start to its end; 0: it has none */
	int64_t open_s;	 /* of that, inside of push windows */
};

/*
 * The remarks, in the arena: at most OUTLOOK_MAX, returns how many.  The plan's strategy and the
 * sizes of its stages are known.
 */
size_t outlook(const struct plan *plan, const struct outlook_facts *facts, struct arena *arena,
	const char **ret);

/*
 * A remark, in the arena, on the first of the sorted intervals, opening before `until`, in which
 * nothing is ever offered; NULL: there is none.
 */
const char *outlook_too_short(const struct strategy *strategy, const struct interval *list,
	size_t count, int64_t until, struct arena *arena);

enum { OUTLOOK_BINDINGS = 2 };

/*
 * What a package is bound to, which the server looks at and a device that is not told to does not:
 * at most OUTLOOK_BINDINGS remarks in the arena, returns how many.
 */
size_t outlook_bindings(const struct plan_component *component, const struct package *package,
	struct arena *arena, const char **ret);
