/*
 * The running plans of a product in memory: an operator changes them rarely, devices ask all the
 * time.  What is kept is right as long as the fleet's epoch stands still.
 */
#pragma once

#include "db/fleet.h"
#include "db/plan.h"
#include "db/product.h"
#include "plans/base/session.h"

/* What a poll needs of a product. */
struct catalog {
	const char *old_copy; /* why nothing may be offered (plans/base/high.h); NULL: it may */
	struct product product;
	struct component *components;
	size_t component_count;
	struct version *versions; /* of all components */
	size_t version_count;
	struct plan *plans; /* running: higher priority first, then earlier activation */
	size_t plan_count;
	struct row_unread unread; /* why rows are left out, and plans that need them */

	/* See catalog_pulses(). */
	struct plan_pulse *pulses; /* of the plans, in their order */
	bool pulses_read;
	unsigned data_version;
};

/* The catalog of a product, from the cache where the epoch allows.  Within a transaction. */
enum err_code catalog_get(struct session *session, const struct fleet *fleet, int64_t product,
	const struct catalog **ret, struct err *err) MUST_USE;

/*
 * Let the pulses and the places taken be those of the present read snapshot: nothing is read while
 * the database has not changed.
 */
enum err_code catalog_pulses(
	struct session *session, const struct catalog *catalog, struct err *err) MUST_USE;

/*
 * What catalog_pulses() holds, of all products, still stands: since the data version `since`, of
 * the transaction that has just ended, this session alone has written, and neither pulses nor
 * stages.
 */
void catalog_pulses_stand(struct session *session, unsigned since);

/* Read the places taken in a plan's count stages. */
enum err_code catalog_taken(
	struct session *session, const struct plan *plan, struct err *err) MUST_USE;

/*
 * True when a file of the package is not in the store.  With a catalog the answer may be some
 * seconds old, which is enough for a reason shown but not for an offer.
 */
bool package_missing(
	struct session *session, const struct package *package, const struct catalog *catalog);

/*
 * Components and versions only, in the session's arena, for explain and for plans that do not run.
 */
enum err_code catalog_base(struct session *session, struct arena *arena, int64_t product,
	struct catalog *ret, struct err *err) MUST_USE;

/* A version the server knows, or NULL. */
const struct version *catalog_version(
	const struct catalog *catalog, int64_t component, const char *name);
