#include "signing/token.h"

#include "core/stage.h"

#include <assert.h>
#include <inttypes.h>
#include <sodium.h>

void
token_init(void)
{
	int ready = sodium_init();

	assert(ready >= 0);
}

void
token_random(void *ret, size_t size)
{
	randombytes_buf(ret, size);
}

void
token_new(char *ret)
{
	uint8_t raw[32];

	randombytes_buf(raw, sizeof raw);
	sodium_bin2base64(
		ret, TOKEN_TEXT, raw, sizeof raw, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

void
token_key_derive(const uint8_t secret[TOKEN_KEY], struct token_key *ret)
{
	crypto_kdf_derive_from_key(ret->tokens, sizeof ret->tokens, 1, "otatoken", secret);
	crypto_kdf_derive_from_key(ret->urls, sizeof ret->urls, 2, "otatoken", secret);
}

void
token_hash(const struct token_key *key, const char *token, uint8_t ret[TOKEN_HASH])
{
	crypto_generichash(ret, TOKEN_HASH, (const uint8_t *)token, strlen(token), key->tokens,
		sizeof key->tokens);
}

bool
token_equal(const uint8_t left[TOKEN_HASH], const uint8_t right[TOKEN_HASH])
{
	return !sodium_memcmp(left, right, TOKEN_HASH);
}

void
token_url_mac(const struct token_key *key, const char *sha256, int64_t execution,
	int64_t expires_at, char *ret)
{
	char text[128];
	uint8_t mac[16];
	int length = snprintf(
		text, sizeof text, "%s|%" PRId64 "|%" PRId64, sha256, execution, expires_at);

	crypto_generichash(mac, sizeof mac, (const uint8_t *)text, (unsigned)length, key->urls,
		sizeof key->urls);
	sodium_bin2base64(ret, URL_MAC, mac, sizeof mac, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

bool
token_url_check(const struct token_key *key, const char *sha256, int64_t execution,
	int64_t expires_at, const char *mac)
{
	char right[URL_MAC];

	token_url_mac(key, sha256, execution, expires_at, right);
	return strlen(mac) == URL_MAC - 1 && !sodium_memcmp(right, mac, URL_MAC - 1);
}

int64_t
token_bucket(const uint8_t salt[16], const char *device)
{
	uint8_t hash[crypto_shorthash_BYTES];
	uint64_t number = 0;

	crypto_shorthash(hash, (const uint8_t *)device, strlen(device), salt);
	for (int i = 7; i >= 0; i--)
		number = number << 8 | hash[i];
	return (int64_t)(number % STAGE_BUCKETS);
}

void
token_chain(const uint8_t previous[CHAIN_HASH], const char *text, uint8_t ret[CHAIN_HASH])
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, NULL, 0, CHAIN_HASH);
	crypto_generichash_update(&state, previous, CHAIN_HASH);
	crypto_generichash_update(&state, (const uint8_t *)text, strlen(text));
	crypto_generichash_final(&state, ret, CHAIN_HASH);
}
