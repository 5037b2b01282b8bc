/* Operations on devices and groups. */
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

enum err_code device_create(struct session *session, const struct device_new *new, char *token_out,
	struct err *err) MUST_USE;

/*
 * Read a CSV file ("-": stdin) whole into one transaction: see otactl(1), DEVICE FILES.  A bad line is
 * named by its number and nothing is imported.  `tokens_out` (or NULL) receives generated tokens.
 */
enum err_code device_import(struct session *session, const char *path, const char *product,
	const char *tokens_out, int64_t *count, struct err *err) MUST_USE;

struct device_change {
	const char *timezone;	   /* NULL: leave */
	const char *const *labels; /* KEY=VALUE, KEY= removes */
	size_t label_count;
};
enum err_code device_change(struct session *session, const char *name,
	const struct device_change *change, struct err *err) MUST_USE;

/* A new token; the old ones end after `overlap_s`. */
enum err_code device_rotate(struct session *session, const char *name, int64_t overlap_s,
	char *token_out, struct err *err) MUST_USE;

/* Hold or release each of these devices; an unknown one is named and nothing changes. */
enum err_code device_hold(struct session *session, const char *const *names, size_t count,
	bool hold, struct err *err) MUST_USE;

/*
 * A device's board was exchanged: forget versions, attributes, metrics and proved floors, and cancel
 * its open execution.  Needs a reason: the floors are what keeps old firmware away.
 */
enum err_code device_reset(struct session *session, const char *name, struct err *err) MUST_USE;

/* ERR_CONFLICT while it has a history; hold it then. */
enum err_code device_drop(struct session *session, const char *name, struct err *err) MUST_USE;

/* Put devices into a group (made where missing) or take them out. */
enum err_code group_change(struct session *session, const char *group, const char *const *names,
	size_t count, bool add, struct err *err) MUST_USE;
enum err_code group_drop(struct session *session, const char *group, struct err *err) MUST_USE;

/* In authenticate.c, and all that the door links of this: */

/* Store one more token of a device, hashed. */
enum err_code device_give_token(struct session *session, const struct device *device,
	const char *token, struct err *err) MUST_USE;

/*
 * A device at the door.  With no token rows and auth "token" nobody gets in.  Unknown device and wrong
 * token answer alike and take the same time: ERR_UNTRUSTED.
 */
struct credentials {
	const char *token;	 /* or NULL */
	const char *certificate; /* CN of a verified client certificate, or NULL */
};
enum err_code device_authenticate(struct session *session, const char *name,
	const struct credentials *credentials, struct device *ret, struct err *err) MUST_USE;

/* Create or re-issue a device that shows its product's enrolment token; ERR_UNTRUSTED otherwise. */
enum err_code device_enrol(struct session *session, const char *name, const char *token,
	const struct pairs *components, char *token_out, struct err *err) MUST_USE;
