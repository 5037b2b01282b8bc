/*
 * minisign's secret keys: make, save, load, sign.  This is the only code that touches a private
 * key, and the device door does not link it.
 *
 *   secret key   "Ed" | kdf "Sc" or 0 0 | "B2" | salt 32 | opslimit 8 | memlimit 8
 *                | (key id 8 | secret key 64 | BLAKE2b-256 of "Ed", id and key 32)
 *                  xor scrypt stream
 *
 * The key lives in libsodium's guarded memory and is wiped by seckey_free().
 */
#pragma once

#include "signing/minisig.h"

struct seckey;

enum { SECKEY_TEXT = 512 }; /* bytes of the file's text */

/* A new key pair from the system's randomness. */
struct seckey *seckey_new(void);

/* The key pair of an Ed25519 seed; its id is made from the public key. */
struct seckey *seckey_from_seed(const uint8_t seed[32]);

/* Wipe and free; for CLEANUP.  Accepts NULL. */
void seckey_free(struct seckey **key);

/* The public half, with the key's id. */
void seckey_public(const struct seckey *key, struct public_key *ret);

/*
 * The file's text, encrypted under scrypt with minisign's parameters (about 1 GiB of memory and a
 * few seconds), or plain where `passphrase` is NULL.  ret holds SECKEY_TEXT bytes.  ERR_IO when
 * memory does not allow scrypt.
 */
enum err_code seckey_format(
	const struct seckey *key, const char *passphrase, char *ret, struct err *err) MUST_USE;

/* Whether the text is an encrypted key (so that a passphrase must be asked for). */
enum err_code seckey_encrypted(const char *text, bool *ret, struct err *err) MUST_USE;

/* Load; ERR_INPUT: malformed, ERR_UNTRUSTED: wrong passphrase.  Free with seckey_free(). */
enum err_code seckey_parse(
	const char *text, const char *passphrase, struct seckey **ret, struct err *err) MUST_USE;

/* The Ed25519 signature of a message. */
void seckey_raw(const struct seckey *key, const void *message, size_t size, uint8_t ret[64]);

/* Wipe a passphrase or a key text. */
void seckey_wipe(void *secret, size_t size);
