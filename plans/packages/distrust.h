/* Take trust back from a key, with all that follows in the same transaction. */
#pragma once

#include "db/product.h"
#include "plans/base/session.h"

struct distrust {
	int64_t keys;	     /* of how many products */
	int64_t quarantined; /* packages with too few signatures now; their plans are suspended */
};

/*
 * Revoke a key (by name or id) for good, in one product or, with NULL, in all: it can never be
 * trusted again.  Needs a reason.  ERR_NOT_FOUND; ERR_CONFLICT when it is revoked already.
 */
enum err_code key_revoke_trust(struct session *session, const char *key, const char *product,
	struct distrust *ret, struct err *err) MUST_USE;

/* Within a change: revoke this key of a product and judge the packages of the product. */
enum err_code distrust_key(struct session *session, const char *product, const struct key *key,
	struct distrust *ret, struct err *err) MUST_USE;

/* Stop trusting a key for a product; it may be trusted again. */
enum err_code key_untrust(struct session *session, const char *key, const char *product,
	struct distrust *ret, struct err *err) MUST_USE;
