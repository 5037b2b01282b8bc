#include "signing/minisig.h"

#include "core/str.h"

#include <assert.h>
#include <sodium.h>

void
minisig_key_id(const uint8_t id[8], char *ret)
{
	uint8_t reversed[8];

	for (int i = 0; i < 8; i++)
		reversed[i] = id[7 - i];
	str_hex(reversed, 8, ret);
}

#define BASE64 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="

/*
 * Decode exactly `size` bytes from `length` characters of padded base64.  libsodium 1.0.18 ignores
 * the top bit of a character; a signature must have one spelling only, so the alphabet is checked
 * here.
 */
static bool
decode(const char *text, size_t length, uint8_t *ret, size_t size)
{
	const char *end;
	size_t got;

	return strspn(text, BASE64) >= length &&
	       !sodium_base642bin(
		       ret, size, text, length, NULL, &got, &end, sodium_base64_VARIANT_ORIGINAL) &&
	       got == size && end == text + length;
}

/* Step over a line that starts with `prefix`; its rest is [*line, *line + *length). */
static bool
line_cut(const char **at, const char *prefix, const char **line, size_t *length)
{
	if (!str_starts(*at, prefix))
		return false;
	*line = *at + strlen(prefix);
	*length = strcspn(*line, "\n");
	*at = *line + *length;
	if (**at == '\n')
		(*at)++;
	return !memchr(*line, '\r', *length);
}

enum err_code
public_key_parse(const char *text, struct public_key *ret, struct err *err)
{
	const char *at = text, *line;
	uint8_t raw[42];
	size_t length;

	if (str_starts(at, "untrusted comment:") &&
		!line_cut(&at, "untrusted comment:", &line, &length))
		return err_set(err, ERR_INPUT, "this is no minisign public key");
	if (!line_cut(&at, "", &line, &length) || *at || !decode(line, length, raw, sizeof raw) ||
		memcmp(raw, "Ed", 2) != 0) {
		err_set(err, ERR_INPUT, "this is no minisign public key");
		return err_why(err, "a comment line and 56 characters of base64 are expected");
	}
	memcpy(ret->id, raw + 2, 8);
	memcpy(ret->key, raw + 10, 32);
	/* All-zero, small-order and non-canonical points would verify signatures nobody made. */
	if (!crypto_core_ed25519_is_valid_point(ret->key))
		return err_set(err, ERR_UNTRUSTED, "this public key is weak and is never accepted");
	return ERR_OK;
}

void
public_key_format(const struct public_key *key, char *ret)
{
	char id[17], base64[64];
	uint8_t raw[42] = "Ed";

	memcpy(raw + 2, key->id, 8);
	memcpy(raw + 10, key->key, 32);
	sodium_bin2base64(base64, sizeof base64, raw, sizeof raw, sodium_base64_VARIANT_ORIGINAL);
	minisig_key_id(key->id, id);
	for (int i = 0; id[i]; i++)
		if (id[i] >= 'a')
			id[i] = (char)(id[i] - 'a' + 'A');
	snprintf(ret, PUBLIC_KEY_TEXT, "untrusted comment: minisign public key %s\n%s\n", id,
		base64);
}

void
public_key_pem(const struct public_key *key, char *ret)
{
	/* SEQUENCE { SEQUENCE { OID 1.3.101.112 } BIT STRING of 32 bytes } */
	uint8_t der[44] = { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21,
		0x00 };
	char base64[64];

	memcpy(der + 12, key->key, 32);
	sodium_bin2base64(base64, sizeof base64, der, sizeof der, sodium_base64_VARIANT_ORIGINAL);
	snprintf(ret, PUBLIC_KEY_TEXT, "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n",
		base64);
}

static enum err_code
malformed(struct err *err, const char *why)
{
	err_set(err, ERR_INPUT, "this is no minisign signature");
	return err_why(err, "%s", why);
}

enum err_code
minisig_parse(const char *text, struct minisig *ret, struct err *err)
{
	const char *at = text, *line;
	uint8_t raw[74];
	size_t length;

	if (!line_cut(&at, "untrusted comment: ", &line, &length))
		return malformed(err, "line 1 must be an untrusted comment");
	if (!line_cut(&at, "", &line, &length) || !decode(line, length, raw, sizeof raw))
		return malformed(err, "line 2 must be 100 characters of base64");
	if (!memcmp(raw, "Ed", 2))
		return malformed(err,
			"its algorithm is minisign's legacy one; sign prehashed (minisign -H)");
	if (memcmp(raw, "ED", 2) != 0)
		return malformed(err, "its algorithm is unknown");
	memcpy(ret->id, raw + 2, 8);
	memcpy(ret->signature, raw + 10, 64);
	if (!line_cut(&at, "trusted comment: ", &line, &length) || length >= TRUSTED_COMMENT)
		return malformed(err, "line 3 must be a trusted comment");
	memcpy(ret->comment, line, length);
	ret->comment[length] = '\0';
	if (!line_cut(&at, "", &line, &length) || !decode(line, length, ret->global, 64) || *at)
		return malformed(err, "line 4 must be 88 characters of base64, and the last");
	return ERR_OK;
}

size_t
minisig_global(const uint8_t signature[64], const char *comment, uint8_t *ret)
{
	size_t length = strlen(comment);

	assert(length < TRUSTED_COMMENT && !strchr(comment, '\n'));
	memcpy(ret, signature, 64);
	memcpy(ret + 64, comment, length);
	return 64 + length;
}

void
minisig_format(const struct minisig *sig, char *ret)
{
	char line[128], global_line[128];
	uint8_t raw[74] = "ED";

	memcpy(raw + 2, sig->id, 8);
	memcpy(raw + 10, sig->signature, 64);
	sodium_bin2base64(line, sizeof line, raw, sizeof raw, sodium_base64_VARIANT_ORIGINAL);
	sodium_bin2base64(global_line, sizeof global_line, sig->global, sizeof sig->global,
		sodium_base64_VARIANT_ORIGINAL);
	snprintf(ret, MINISIG_TEXT,
		"untrusted comment: signed by otactl\n%s\ntrusted comment: %s\n%s\n", line,
		sig->comment, global_line);
}

void
minisig_make_id(const uint8_t key[32], uint8_t ret[8])
{
	uint8_t hash[BLAKE2B];

	minisig_blake2b(key, 32, hash);
	memcpy(ret, hash, 8);
}

bool
minisig_verify(
	const struct minisig *sig, const struct public_key *key, const uint8_t blake2b[BLAKE2B])
{
	uint8_t global[MINISIG_GLOBAL];

	if (memcmp(sig->id, key->id, 8) != 0 ||
		crypto_sign_verify_detached(sig->signature, blake2b, BLAKE2B, key->key))
		return false;
	return !crypto_sign_verify_detached(sig->global, global,
		minisig_global(sig->signature, sig->comment, global), key->key);
}

void
minisig_blake2b(const void *data, size_t size, uint8_t ret[BLAKE2B])
{
	crypto_generichash(ret, BLAKE2B, data, size, NULL, 0);
}
