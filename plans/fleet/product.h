/* Operations on products and their components. */
#pragma once

#include "db/product.h"
#include "plans/base/session.h"

/* What a command sets; NULL and -1 leave the value alone. */
struct product_change {
	const char *auth, *unknown_devices, *extensions, *languages;
	int64_t signatures, max_files, max_file_mb;
	bool enrolment_token;	    /* make a new one; the old ones end */
	int64_t enrolment_uses;	    /* devices it may create; 0: any number */
	int64_t enrolment_until_at; /* 0: it never ends */
};

/*
 * Add a product.  An enrolment token, where one was asked for, is written to `token` (TOKEN_TEXT
 * bytes) and shown only once.  ERR_CONFLICT: the name is taken, ERR_USAGE: a value breaks its rule.
 */
enum err_code product_create(struct session *session, const char *name,
	const struct product_change *change, char *token, struct err *err) MUST_USE;

/* Change what was given, of a product that exists; otherwise like product_create(). */
enum err_code product_change(struct session *session, const char *name,
	const struct product_change *change, char *token, struct err *err) MUST_USE;
/* Remove a product; ERR_CONFLICT while components, packages, devices or plans hang on it. */
enum err_code product_drop(struct session *session, const char *name, struct err *err) MUST_USE;

struct component_change {
	const char *type, *chip; /* NULL: as it is */
	int64_t slot_size;	 /* -1: as it is */
};

/* Add a component to a product.  ERR_CONFLICT: it is there, ERR_USAGE: a value breaks its rule. */
enum err_code component_create(struct session *session, const char *product, const char *identity,
	const struct component_change *change, struct err *err) MUST_USE;

/*
 * Change what was given; the type only while no package was made.  ERR_NOT_FOUND, ERR_CONFLICT,
 * ERR_USAGE.
 */
enum err_code component_change(struct session *session, const char *product, const char *identity,
	const struct component_change *change, struct err *err) MUST_USE;

/* Remove a component; ERR_CONFLICT while packages or plans hang on it. */
enum err_code component_drop(struct session *session, const char *product, const char *identity,
	struct err *err) MUST_USE;

/* Stop or allow offers: of one product, or of all where `product` is NULL. */
enum err_code freeze(
	struct session *session, const char *product, bool on, struct err *err) MUST_USE;
