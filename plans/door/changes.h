/*
 * From one version of an app to another: what is new, what is another, what is gone.  For devices
 * that are told every single file.
 */
#pragma once

#include "plans/door/offer.h"

/*
 * The files of a package, beside those of the version that a device runs.  Made by changes_get().
 */
struct changes {
	const struct artifact **created, **updated; /* by position in the package */
	size_t created_count, updated_count;
	const char **deleted; /* paths of the version it runs */
	size_t deleted_count;
	const struct artifact *firmware; /* NULL: none, or the very same */

	/*
	 * What a dialect has made of this: for its second and later use, with and without what is
	 * deleted.  NULL: not yet; in `arena`, which lives as long.
	 */
	const char *words[2];
	struct arena *arena;
};

/*
 * What brings a device that runs the version `from` (any text; NULL: it did not tell) to the
 * package of an offer's component.  Where the server has no full package of that version nothing
 * is known of it: every file is new then.  *ret is remembered, in memory that outlives the request,
 * as long as the fleet's epoch stands still, and until many others were asked for.  ERR_IO,
 * ERR_BUSY.
 */
enum err_code changes_get(struct session *session, const struct offer *offer,
	const struct offer_component *component, const char *from, struct changes **ret,
	struct err *err) MUST_USE;

/*
 * Whether the device of an offer, which it has just accepted, may be told to delete what its
 * version `from` had: not when it took an earlier attempt from there, which may have deleted some
 * of that already.  ERR_IO, ERR_BUSY.
 */
enum err_code changes_first(struct session *session, const struct offer *offer,
	const struct offer_component *component, const char *from, bool *ret,
	struct err *err) MUST_USE;

/*
 * Whether every file of an offer's component is in the store: the firmware at this moment, the
 * others some seconds ago.  ERR_IO, ERR_BUSY.
 */
enum err_code changes_there(struct session *session, const struct offer *offer,
	const struct offer_component *component, bool *ret, struct err *err) MUST_USE;
