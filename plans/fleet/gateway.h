/* Gateways: tokens that act for every device of a product or group. */
#pragma once

#include "db/device.h"
#include "plans/base/session.h"

struct gateway_new {
	const char *name, *product, *group; /* one of product and group */
	int64_t until_at;		    /* 0: it never ends */
};

/*
 * Its token goes to `token` (TOKEN_TEXT bytes) and is shown only once.  ERR_CONFLICT: the name is
 * taken.
 */
enum err_code gateway_create(struct session *session, const struct gateway_new *new, char *token,
	struct err *err) MUST_USE;

/* Remove a gateway; its token is void at once.  ERR_NOT_FOUND. */
enum err_code gateway_drop(struct session *session, const char *name, struct err *err) MUST_USE;
