/*
 * Stock minisign and OpenSSL agree with us in both directions: a thousand random files including empty ones, and
 * one of more than 4 GiB (sparse).
 */
#include "tests/test.h"

#include "core/str.h"
#include "signing/digest.h"
#include "plans/packages/sign.h"
#include "signing/seckey.h"
#include "signing/token.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES = 1000, BATCH = 100, LARGEST = 20000 };

/* By the one path that packages are signed on. */
static void
sign_as_packages_are(struct seckey *secret, const uint8_t blake2b[BLAKE2B], const char *comment, char *ret)
{
	struct signer signer = { .key = secret };
	struct err err = ERR_NONE;

	seckey_public(secret, &signer.public);
	assert_int_equal(signer_sign(&signer, blake2b, comment, ret, &err), ERR_OK);
}

static char folder[] = "/tmp/otactl-vectors-XXXXXX";
static struct seckey *key;
static struct public_key public;
static EVP_PKEY *openssl_key;

static int PRINTF(1, 2)
run(const char *format, ...)
{
	char command[16384];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(command, sizeof command, format, args);
	va_end(args);
	assert_in_range(length, 1, sizeof command - 1);
	return system(command);
}

static void
file_write(const char *name, const void *data, size_t size)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static void
file_digest(const char *name, uint8_t ret[BLAKE2B])
{
	char path[128];
	int fd;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_true(digest_blake2b_of(fd, ret));
	close(fd);
}

static void
file_text(const char *name, char *ret, size_t room)
{
	char path[128];
	size_t got;
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	file = fopen(path, "rb");
	assert_non_null(file);
	got = fread(ret, 1, room - 1, file);
	ret[got] = '\0';
	fclose(file);
}

static int
setup(void **state)
{
	uint8_t seed[32];
	char text[SECKEY_TEXT];
	struct err err = ERR_NONE;

	(void)state;
	srand(20261121);
	for (size_t i = 0; i < sizeof seed; i++)
		seed[i] = (uint8_t)rand();
	assert_non_null(mkdtemp(folder));
	key = seckey_from_seed(seed);
	seckey_public(key, &public);
	openssl_key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, sizeof seed);
	assert_non_null(openssl_key);
	public_key_format(&public, text);
	file_write("k.pub", text, strlen(text));
	assert_int_equal(seckey_format(key, NULL, text, &err), ERR_OK);
	file_write("k.key", text, strlen(text));
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	EVP_PKEY_free(openssl_key);
	seckey_free(&key);
	return run("rm -rf '%s'", folder);
}

/* Ours, into NAME.minisig: minisign must take it. */
static void
we_sign_minisign_verifies(const char *name, const uint8_t blake2b[BLAKE2B])
{
	char text[MINISIG_TEXT], file[64];

	sign_as_packages_are(key, blake2b, "product:aroma component:STM32 version:1_0_1 counter:7", text);
	snprintf(file, sizeof file, "%s.minisig", name);
	file_write(file, text, strlen(text));
	if (run("cd '%s' && minisign -V -q -p k.pub -m %s", folder, name))
		fail_msg("minisign refuses our signature of %s", name);
}

/* minisign's, from NAME.theirs. */
static void
minisign_signs_we_verify(const char *name, const uint8_t blake2b[BLAKE2B])
{
	struct err err = ERR_NONE;
	char text[MINISIG_TEXT], file[64];
	uint8_t other[BLAKE2B];
	struct minisig sig;

	snprintf(file, sizeof file, "%s.minisig", name);
	file_text(file, text, sizeof text);
	assert_int_equal(minisig_parse(text, &sig, &err), ERR_OK);
	assert_true(minisig_verify(&sig, &public, blake2b));
	memcpy(other, blake2b, sizeof other);
	other[rand() % BLAKE2B] ^= (uint8_t)(1 << rand() % 8);
	assert_false(minisig_verify(&sig, &public, other));
}

/* Ed25519 is deterministic: OpenSSL's signature is ours, byte for byte, and verifies both ways. */
static void
openssl_agrees(const uint8_t blake2b[BLAKE2B])
{
	uint8_t ours[64], theirs[64];
	size_t size = sizeof theirs;
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	seckey_raw(key, blake2b, BLAKE2B, ours);
	assert_int_equal(EVP_DigestSignInit(context, NULL, NULL, NULL, openssl_key), 1);
	assert_int_equal(EVP_DigestSign(context, theirs, &size, blake2b, BLAKE2B), 1);
	assert_memory_equal(ours, theirs, sizeof ours);
	EVP_MD_CTX_free(context);
	context = EVP_MD_CTX_new();
	assert_int_equal(EVP_DigestVerifyInit(context, NULL, NULL, NULL, openssl_key), 1);
	assert_int_equal(EVP_DigestVerify(context, ours, sizeof ours, blake2b, BLAKE2B), 1);
	EVP_MD_CTX_free(context);
}

static void
a_thousand_files(void **state)
{
	static uint8_t content[LARGEST], digests[FILES][BLAKE2B];
	char name[16];

	(void)state;
	for (int i = 0; i < FILES; i++) {
		/* Every twentieth is empty; the rest has any size. */
		size_t size = i % 20 ? (size_t)rand() % LARGEST : 0;

		for (size_t k = 0; k < size; k++)
			content[k] = (uint8_t)rand();
		snprintf(name, sizeof name, "f%d", i);
		file_write(name, content, size);
		file_digest(name, digests[i]);
		we_sign_minisign_verifies(name, digests[i]);
		openssl_agrees(digests[i]);
	}
	/* minisign signs many files at once. */
	for (int i = 0; i < FILES; i += BATCH)
		assert_int_equal(run("cd '%s' && minisign -S -W -s k.key -m $(seq -f 'f%%g' %d %d) >/dev/null </dev/null",
			folder, i, i + BATCH - 1), 0);
	for (int i = 0; i < FILES; i++) {
		snprintf(name, sizeof name, "f%d", i);
		minisign_signs_we_verify(name, digests[i]);
	}
}

static void
a_file_beyond_4_gib(void **state)
{
	uint8_t blake2b[BLAKE2B];
	char path[128];
	int fd;

	(void)state;
	snprintf(path, sizeof path, "%s/large", folder);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, "end", 3, (4LL << 30) + 5), 3);
	close(fd);
	file_digest("large", blake2b);
	we_sign_minisign_verifies("large", blake2b);
	assert_int_equal(run("cd '%s' && minisign -S -W -s k.key -m large >/dev/null </dev/null", folder), 0);
	minisign_signs_we_verify("large", blake2b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_thousand_files),
		cmocka_unit_test(a_file_beyond_4_gib),
	};

	token_init();
	return cmocka_run_group_tests_name("vectors", tests, setup, teardown);
}
