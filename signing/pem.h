/* Keys in OpenSSL's PEM, for `key import`. */
#pragma once

#include "signing/seckey.h"

/* True when a text is PEM, and whether what it holds is a private key. */
bool pem_is(const char *text, bool *private_key);

/*
 * SubjectPublicKeyInfo as RFC 8410 says; its id is made from the key.  ERR_INPUT, ERR_UNTRUSTED:
 * weak.
 */
enum err_code pem_public(const char *text, struct public_key *ret, struct err *err) MUST_USE;

/*
 * A private key (PKCS #8, plain or encrypted); its id is made from the key.  ERR_INPUT: damaged or
 * not Ed25519, ERR_UNTRUSTED: wrong or missing passphrase.  Free with seckey_free().
 */
enum err_code pem_secret(
	const char *text, const char *passphrase, struct seckey **ret, struct err *err) MUST_USE;
