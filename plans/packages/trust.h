/* The trust store, and what it says about a package's signatures. */
#pragma once

#include "db/package.h"
#include "db/product.h"
#include "plans/base/session.h"

/*
 * Trust a public key file for a product from `from` to `until` (0: open).  Dates count when a
 * package is published. A key that is trusted already gets new dates.  ERR_UNTRUSTED: it is weak or
 * was revoked, ERR_CONFLICT: another key has its id.
 */
enum err_code trust_add(struct session *session, const char *file, const char *product,
	int64_t from, int64_t until, struct err *err) MUST_USE;

struct trust_row {
	const char *product;
	struct key key;
};
/* Keys of one product, or of all where `product` is NULL. */
enum err_code trust_list(struct session *session, const char *product, struct trust_row **ret,
	size_t *count, struct err *err) MUST_USE;

enum { TRUST_KEY_TEXT = 256, TRUST_SIGNATURE_TEXT = 1024, TRUST_COMMENT = 512 };

/* The public key file of a trusted key, minisign's or PEM; ret holds TRUST_KEY_TEXT bytes. */
void trust_export(const struct key *key, bool pem, char *ret);

/* Check a .minisig text over these bytes against the whole trust store; ERR_UNTRUSTED. */
enum err_code trust_verify(struct session *session, const void *data, size_t size,
	const char *signature, struct trust_row *ret, struct err *err) MUST_USE;

/*
 * What a signature made elsewhere covers: ret->position -1 for the manifest, or the file's; -1 also
 * where it covers nothing of this package: package_take_rows() judges it.  ERR_INPUT: it is no
 * signature.
 */
enum err_code trust_place(struct session *session, const struct product *product,
	const struct package *package, const char *minisig, struct signature_row *ret,
	struct err *err) MUST_USE;

struct signature_state {
	struct signature_row row;
	bool valid;		     /* the mathematics hold, under a key of the trust store */
	bool trusted;		     /* ... which is neither revoked nor outside its dates */
	bool revoked;		     /* its key is */
	char comment[TRUST_COMMENT]; /* the trusted comment; "" where it is not valid */
	const char *key_name;	     /* or NULL */
};

/*
 * Judge all signatures of a package: the manifest's count towards *enough (distinct trusted keys).
 * The dates of keys count until a package is published; what was published while they were good
 * stays good.
 */
enum err_code trust_judge(struct session *session, const struct product *product,
	const struct package *package, struct signature_state **ret, size_t *count, int64_t *enough,
	struct err *err) MUST_USE;
