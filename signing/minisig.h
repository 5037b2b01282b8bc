/*
 * minisign's public keys and signatures: parse and verify.  The formats are those that
 * minisign(1) documents: two or four lines, base64 of packed structs.
 *
 *   public key   "Ed" | key id 8 | public key 32
 *   signature    "ED" | key id 8 | Ed25519 over BLAKE2b-512 of the content 64
 *                global signature: Ed25519 over (signature 64 | trusted comment)
 *
 * Only the prehashed algorithm "ED" is accepted.  The key id is shown as minisign shows it:
 * the eight bytes as one little-endian number, here in lower-case hex.
 */
#pragma once

#include "core/err.h"

enum {
	MINISIG_TEXT = 1024,
	PUBLIC_KEY_TEXT = 256,
	TRUSTED_COMMENT = 512,
	BLAKE2B = 64,
	MINISIG_GLOBAL = 64 + TRUSTED_COMMENT
};

struct public_key {
	uint8_t id[8], key[32];
};

struct minisig {
	uint8_t id[8], signature[64], global[64];
	char comment[TRUSTED_COMMENT];
};

/* The key's id as 16 hex digits; ret holds 17 bytes. */
void minisig_key_id(const uint8_t id[8], char *ret);

/*
 * Parse a public key file (or its base64 line alone).  ERR_INPUT: malformed; ERR_UNTRUSTED: a weak
 * key.
 */
enum err_code public_key_parse(const char *text, struct public_key *ret, struct err *err) MUST_USE;

/* The file's text; ret holds PUBLIC_KEY_TEXT bytes. */
void public_key_format(const struct public_key *key, char *ret);

/*
 * The same for OpenSSL: SubjectPublicKeyInfo as RFC 8410 says, in PEM; ret holds PUBLIC_KEY_TEXT
 * bytes.
 */
void public_key_pem(const struct public_key *key, char *ret);

/*
 * Parse a .minisig text: a comment, the signature, the trusted comment, the global signature.  Only
 * the prehashed algorithm "ED" is taken.  ERR_INPUT: malformed.
 */
enum err_code minisig_parse(const char *text, struct minisig *ret, struct err *err) MUST_USE;

/*
 * True when `sig` is a valid signature by `key` over content with this BLAKE2b-512, comment
 * included.
 */
bool minisig_verify(
	const struct minisig *sig, const struct public_key *key, const uint8_t blake2b[BLAKE2B]);

/*
 * For who holds the private key: what the global signature covers, the signature and the comment
 * behind it.  ret holds MINISIG_GLOBAL bytes; returns how many are used.
 */
size_t minisig_global(const uint8_t signature[64], const char *comment, uint8_t *ret);

/* The .minisig text of a whole signature; ret holds MINISIG_TEXT bytes. */
void minisig_format(const struct minisig *sig, char *ret);

/* A key id for a key that comes without one: the first eight bytes of its BLAKE2b. */
void minisig_make_id(const uint8_t key[32], uint8_t ret[8]);

/* BLAKE2b-512 of a text. */
void minisig_blake2b(const void *data, size_t size, uint8_t ret[BLAKE2B]);
