/*
 * Devices come into service and leave it.  Lists, groups and a hold mean an id: who comes under the
 * id of one that was retired is whom they mean, though nothing else of it is known.
 */
#pragma once

#include "db/device.h"
#include "plans/rollout/catalog.h"

/* What enrolments of one product share: how its plans are, read once. */
struct enrolment {
	struct session *session;
	struct fleet fleet;
	const struct catalog *catalog;
	bool counts;	 /* a running plan may mean newcomers */
	bool has_former; /* somebody was retired, and may come again */
};

/* Begin enrolling devices of a product, within a write transaction. */
enum err_code enrol_begin(
	struct session *session, int64_t product, struct enrolment *ret, struct err *err) MUST_USE;

/*
 * Add a device, which sets its id and, where a retired one of its id was held, that it is held.
 * ERR_CONFLICT: the id is in service.
 */
enum err_code enrol_add(
	struct enrolment *enrolment, struct device *device, struct err *err) MUST_USE;

/* Let the plans count it, once it is in its groups. */
enum err_code enrol_count(
	struct enrolment *enrolment, const struct device *device, struct err *err) MUST_USE;

/*
 * Take a device in service out of it: its token is void, what is open is canceled, no running plan
 * counts it any more.  Its row stays where executions, lists, groups or a hold refer to it: *kept.
 */
enum err_code enrol_retire(
	struct session *session, const struct device *device, bool *kept, struct err *err) MUST_USE;
