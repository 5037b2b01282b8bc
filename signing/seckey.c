#include "signing/seckey.h"

#include "core/str.h"

#include <assert.h>
#include <sodium.h>

#define PACKED __attribute__((packed))

struct PACKED sealed { /* what scrypt's stream covers */
	uint8_t id[8], key[64], check[32];
};

struct PACKED seckey_file {
	uint8_t algorithm[2], kdf[2], check[2], salt[32], opslimit[8], memlimit[8];
	struct sealed sealed;
};

struct seckey {
	uint8_t id[8], key[64];
};

static struct seckey *
guarded(void)
{
	struct seckey *ret = sodium_malloc(sizeof *ret);

	if (!ret) {
		fputs("otactl: out of memory\n", stderr);
		exit(ERR_INTERNAL);
	}
	return ret;
}

struct seckey *
seckey_new(void)
{
	struct seckey *ret = guarded();
	uint8_t public_key[32];

	crypto_sign_keypair(public_key, ret->key);
	randombytes_buf(ret->id, sizeof ret->id);
	return ret;
}

struct seckey *
seckey_from_seed(const uint8_t seed[32])
{
	struct seckey *ret = guarded();
	uint8_t public_key[32];

	crypto_sign_seed_keypair(public_key, ret->key, seed);
	minisig_make_id(public_key, ret->id);
	return ret;
}

void
seckey_free(struct seckey **key)
{
	sodium_free(*key); /* wipes */
	*key = NULL;
}

void
seckey_public(const struct seckey *key, struct public_key *ret)
{
	memcpy(ret->id, key->id, 8);
	crypto_sign_ed25519_sk_to_pk(ret->key, key->key);
}

static void
checksum(const struct seckey_file *file, uint8_t ret[32])
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, NULL, 0, 32);
	crypto_generichash_update(&state, file->algorithm, 2);
	crypto_generichash_update(&state, file->sealed.id, 8);
	crypto_generichash_update(&state, file->sealed.key, 64);
	crypto_generichash_final(&state, ret, 32);
}

static uint64_t
little_endian(const uint8_t bytes[8])
{
	uint64_t ret = 0;

	for (int i = 7; i >= 0; i--)
		ret = ret << 8 | bytes[i];
	return ret;
}

static void
little_endian_put(uint64_t number, uint8_t ret[8])
{
	for (int i = 0; i < 8; i++)
		ret[i] = (uint8_t)(number >> 8 * i);
}

/* XOR the sealed part with scrypt's stream: encrypts and decrypts. */
static enum err_code
cover(struct seckey_file *file, const char *passphrase, struct err *err)
{
	uint64_t opslimit = little_endian(file->opslimit), memlimit = little_endian(file->memlimit);
	uint8_t stream[sizeof file->sealed], *sealed = (uint8_t *)&file->sealed;

	if (opslimit > 1ULL << 27 || memlimit > 1ULL << 32) {
		err_set(err, ERR_INPUT, "this secret key asks for unreasonable scrypt parameters");
		return err_why(err, "more than 4 GiB of memory or too many operations");
	}
	if (crypto_pwhash_scryptsalsa208sha256(stream, sizeof stream, passphrase,
		    strlen(passphrase), file->salt, opslimit, (size_t)memlimit)) {
		err_set(err, ERR_IO, "cannot derive the key from the passphrase");
		err_why(err, "scrypt needs %llu MiB of memory",
			(unsigned long long)(memlimit >> 20));
		return err_fix(err, "free memory, or use a key without passphrase on this machine");
	}
	for (size_t i = 0; i < sizeof stream; i++)
		sealed[i] ^= stream[i];
	sodium_memzero(stream, sizeof stream);
	return ERR_OK;
}

enum err_code
seckey_format(const struct seckey *key, const char *passphrase, char *ret, struct err *err)
{
	struct seckey_file file = { .algorithm = "Ed", .check = "B2" };
	char base64[256];
	enum err_code code = ERR_OK;

	memcpy(file.sealed.id, key->id, 8);
	memcpy(file.sealed.key, key->key, 64);
	checksum(&file, file.sealed.check);
	if (passphrase) {
		memcpy(file.kdf, "Sc", 2);
		randombytes_buf(file.salt, sizeof file.salt);
		little_endian_put(
			crypto_pwhash_scryptsalsa208sha256_OPSLIMIT_SENSITIVE, file.opslimit);
		little_endian_put(
			crypto_pwhash_scryptsalsa208sha256_MEMLIMIT_SENSITIVE, file.memlimit);
		code = cover(&file, passphrase, err);
	}
	if (!code) {
		sodium_bin2base64(base64, sizeof base64, (const uint8_t *)&file, sizeof file,
			sodium_base64_VARIANT_ORIGINAL);
		snprintf(ret, SECKEY_TEXT, "untrusted comment: minisign %s secret key\n%s\n",
			passphrase ? "encrypted" : "unencrypted", base64);
		sodium_memzero(base64, sizeof base64);
	}
	sodium_memzero(&file, sizeof file);
	return code;
}

static enum err_code
file_parse(const char *text, struct seckey_file *ret, struct err *err)
{
	const char *line = strchr(text, '\n'), *end;
	size_t got = 0;

	if (!str_starts(text, "untrusted comment: ") || !line ||
		sodium_base642bin((uint8_t *)ret, sizeof *ret, line + 1, strcspn(line + 1, "\n"),
			NULL, &got, &end, sodium_base64_VARIANT_ORIGINAL) ||
		got != sizeof *ret || *end != '\n' || end[1] ||
		memcmp(ret->algorithm, "Ed", 2) != 0 || memcmp(ret->check, "B2", 2) != 0) {
		err_set(err, ERR_INPUT, "this is no minisign secret key");
		return err_fix(err,
			"otactl key new NAME makes one, otactl key import takes OpenSSL's PEM");
	}
	if (memcmp(ret->kdf, "Sc", 2) != 0 && memcmp(ret->kdf, "\0\0", 2) != 0)
		return err_set(err, ERR_INPUT, "this secret key is encrypted in an unknown way");
	return ERR_OK;
}

enum err_code
seckey_encrypted(const char *text, bool *ret, struct err *err)
{
	struct seckey_file file = { .kdf = "" };
	enum err_code code = file_parse(text, &file, err);

	if (!code)
		*ret = file.kdf[0] == 'S';
	sodium_memzero(&file, sizeof file);
	return code;
}

enum err_code
seckey_parse(const char *text, const char *passphrase, struct seckey **ret, struct err *err)
{
	struct seckey_file file = { .kdf = "" };
	uint8_t check[32];
	enum err_code code = file_parse(text, &file, err);

	if (!code && file.kdf[0] == 'S')
		code = cover(&file, passphrase ? passphrase : "", err);
	if (!code) {
		checksum(&file, check);
		if (sodium_memcmp(check, file.sealed.check, sizeof check)) {
			err_set(err, ERR_UNTRUSTED, "cannot open the secret key");
			code = err_why(err, file.kdf[0] == 'S' ? "the passphrase is wrong"
							       : "its checksum does not match");
		}
	}
	if (!code) {
		*ret = guarded();
		memcpy((*ret)->id, file.sealed.id, 8);
		memcpy((*ret)->key, file.sealed.key, 64);
	}
	sodium_memzero(&file, sizeof file);
	return code;
}

void
seckey_raw(const struct seckey *key, const void *message, size_t size, uint8_t ret[64])
{
	crypto_sign_detached(ret, NULL, message, size, key->key);
}

void
seckey_wipe(void *secret, size_t size)
{
	sodium_memzero(secret, size);
}
