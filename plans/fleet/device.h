/* Operations on devices. */
#pragma once

#include "db/device.h"
#include "db/product.h"
#include "plans/base/session.h"

struct device_new {
	const char *name, *product, *timezone;
	struct pairs components, labels;
	const char *const *groups;
	size_t group_count;
	const char *token; /* given, or NULL */
	bool make_token;   /* make one and write it to token_out */
};

/*
 * Add a device.  A token that was asked for is written to `token_out` (TOKEN_TEXT bytes) and shown
 * only once. ERR_CONFLICT: the id is taken, ERR_NOT_FOUND: no such product, ERR_USAGE: a value
 * breaks its rule.
 */
enum err_code device_create(struct session *session, const struct device_new *given,
	char *token_out, struct err *err) MUST_USE;

struct device_change {
	const char *timezone;	   /* NULL: leave; "none": it has none of its own */
	const char *const *labels; /* KEY=VALUE, KEY= removes */
	size_t label_count;
};

/* Change what was given; ERR_NOT_FOUND, ERR_USAGE: a value breaks its rule. */
enum err_code device_change(struct session *session, const char *name,
	const struct device_change *change, struct err *err) MUST_USE;

/* A new token; the old ones end after `overlap_s`. */
enum err_code device_rotate(struct session *session, const char *name, int64_t overlap_s,
	char *token_out, struct err *err) MUST_USE;

/* Hold or release each of these devices; an unknown one is named and nothing changes. */
enum err_code device_hold(struct session *session, const char *const *names, size_t count,
	bool hold, struct err *err) MUST_USE;

/*
 * A device's board was exchanged: forget versions, attributes, metrics and proved floors, and
 * cancel its open execution.  Needs a reason: the floors are what keeps old firmware away.
 */
enum err_code device_reset(struct session *session, const char *name, struct err *err) MUST_USE;

/*
 * Remove a device: see enrol_retire().  *kept: it is retired, because it has a history or lists
 * name its id.  ERR_NOT_FOUND.
 */
enum err_code device_drop(
	struct session *session, const char *name, bool *kept, struct err *err) MUST_USE;

/* The first names of a list and how many more there are, for the audit; in the arena. */
const char *device_names(struct session *session, const char *const *names, size_t count);
