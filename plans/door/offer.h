/* The view of an execution that devices get. */
#pragma once

#include "db/execution.h"
#include "plans/rollout/catalog.h"

/* One component of an offer, with its package. */
struct offer_component {
	struct execution_component component;
	struct package package;
	enum component_type type;
	const struct artifact **files; /* only those for the slot the device does not run from */
	size_t file_count;
	int64_t size;
};

/* What a device is told of an execution. */
struct offer {
	struct execution execution;
	const struct plan *plan;
	struct offer_component *components;
	size_t component_count;
	const char *manifest_sha256; /* of the first component */
	struct interval install;     /* when it may be installed; both 0: at any time */
	const char **key_ids;	     /* of its signatures */
	size_t key_id_count;
};

/*
 * The view of an execution for a device, in the arena; with the slot it runs from, only the files
 * for the others.  ERR_IO.
 */
enum err_code offer_view(struct session *session, const struct plan *plan,
	const struct execution *execution, const struct device *device, struct offer *ret,
	struct err *err) MUST_USE;

/* The free bytes that a component of an offer needs; STRATEGY_OFF: nobody asks. */
int64_t offer_free(const struct offer *offer, const struct offer_component *component);

/*
 * A plan by id: from the catalog while it runs, else loaded into the arena (executions outlive the
 * running of their plan).  ERR_NOT_FOUND, ERR_IO.
 */
enum err_code offer_plan(struct session *session, const struct catalog *catalog, int64_t id,
	const struct plan **ret, struct err *err) MUST_USE;
