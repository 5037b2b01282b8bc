#include "signing/pem.h"

#include "core/str.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sodium.h>

bool
pem_is(const char *text, bool *private_key)
{
	*private_key = strstr(text, "PRIVATE KEY-----") != NULL;
	return str_starts(text, "-----BEGIN ");
}

static enum err_code
not_ed25519(struct err *err, const char *what)
{
	err_set(err, ERR_INPUT, "cannot read the %s key from PEM", what);
	err_why(err, "it is damaged, or no Ed25519 key");
	return err_fix(err, "openssl genpkey -algorithm ed25519 makes one");
}

enum err_code
pem_public(const char *text, struct public_key *ret, struct err *err)
{
	BIO *bio = BIO_new_mem_buf(text, -1);
	EVP_PKEY *key = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
	struct public_key read;
	size_t size = sizeof read.key;
	bool taken = key && EVP_PKEY_id(key) == EVP_PKEY_ED25519 &&
		     EVP_PKEY_get_raw_public_key(key, read.key, &size) && size == sizeof read.key;

	EVP_PKEY_free(key);
	BIO_free(bio);
	if (!taken)
		return not_ed25519(err, "public");
	if (!crypto_core_ed25519_is_valid_point(read.key))
		return err_set(err, ERR_UNTRUSTED, "this public key is weak and is never accepted");
	minisig_make_id(read.key, read.id);
	*ret = read;
	return ERR_OK;
}

struct asked {
	const char *passphrase;
	bool was; /* the key is encrypted */
};

static int
give_passphrase(char *room, int size, int writing, void *data)
{
	struct asked *asked = data;
	size_t length = asked->passphrase ? strlen(asked->passphrase) : 0;

	(void)writing;
	asked->was = true;
	if (!length || length > (size_t)size)
		return -1;
	memcpy(room, asked->passphrase, length);
	return (int)length;
}

enum err_code
pem_secret(const char *text, const char *passphrase, struct seckey **ret, struct err *err)
{
	struct asked asked = { passphrase, false };
	BIO *bio = BIO_new_mem_buf(text, -1);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, give_passphrase, &asked);
	uint8_t seed[32];
	size_t size = sizeof seed;
	bool taken = key && EVP_PKEY_id(key) == EVP_PKEY_ED25519 &&
		     EVP_PKEY_get_raw_private_key(key, seed, &size) && size == sizeof seed;

	EVP_PKEY_free(key);
	BIO_free(bio);
	if (taken)
		*ret = seckey_from_seed(seed);
	sodium_memzero(seed, sizeof seed);
	if (taken)
		return ERR_OK;
	if (!asked.was || key)
		return not_ed25519(err, "private");
	err_set(err, ERR_UNTRUSTED, "cannot open the private key");
	return err_why(err, passphrase ? "the passphrase is wrong" : "it is encrypted");
}
