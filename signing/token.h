/*
 * Keyed hashes: device tokens, signed download URLs, buckets, the audit chain.  All keys derive
 * from one 32-byte secret in a file beside the database; it signs no packages.
 */
#pragma once

#include "core/err.h"

enum { TOKEN_KEY = 32, TOKEN_HASH = 32, TOKEN_TEXT = 44, URL_MAC = 23, CHAIN_HASH = 32 };

struct token_key {
	uint8_t tokens[32], urls[32];
};

/* Make libsodium ready; every main calls it once before anything else here. */
void token_init(void);

/* Fill with the system's randomness. */
void token_random(void *ret, size_t size);

/*
 * A new device token: 256 random bits in base64url without padding, TOKEN_TEXT bytes with the end.
 */
void token_new(char *ret);

/* Derive the working keys from the secret. */
void token_key_derive(const uint8_t secret[TOKEN_KEY], struct token_key *ret);

/* BLAKE2b-256 of the token, keyed; what the database keeps. */
void token_hash(const struct token_key *key, const char *token, uint8_t ret[TOKEN_HASH]);

/* Compare in constant time. */
bool token_equal(const uint8_t left[TOKEN_HASH], const uint8_t right[TOKEN_HASH]);

/* The MAC of a download URL: 128 bits of keyed BLAKE2b in base64url, URL_MAC bytes with the end. */
void token_url_mac(const struct token_key *key, const char *sha256, int64_t execution,
	int64_t expires_at, char *ret);

/* True when `mac` is the one that token_url_mac() makes; compared in constant time. */
bool token_url_check(const struct token_key *key, const char *sha256, int64_t execution,
	int64_t expires_at, const char *mac);

/* SipHash-2-4 of (salt, device id) mod 10000: a device's place in a rollout, see stage.h. */
int64_t token_bucket(const uint8_t salt[16], const char *device);

/* hash = BLAKE2b-256(previous hash | row text): one link of the audit chain. */
void token_chain(const uint8_t previous[CHAIN_HASH], const char *text, uint8_t ret[CHAIN_HASH]);
