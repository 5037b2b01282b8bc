#include "signing/digest.h"

#include "core/str.h"

#include <assert.h>
#include <errno.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <unistd.h>
#include <zlib.h>

enum { MD5, SHA1, SHA256, BLAKE2B, KINDS };
enum { CHUNK = 256 * 1024 };

struct digester {
	EVP_MD_CTX *contexts[KINDS];
	uLong crc32;
};

/* OpenSSL's digests use the processor's own instructions; CRC-32 is zlib's. */
struct digester *
digester_new(enum digest_set set)
{
	const EVP_MD *kinds[KINDS] = { EVP_md5(), EVP_sha1(), EVP_sha256(), EVP_blake2b512() };
	struct digester *ret = calloc(1, sizeof *ret);

	assert(ret);
	ret->crc32 = crc32(0, Z_NULL, 0);
	for (int i = 0; i < KINDS; i++) {
		int ready;

		if (!(set & (i == SHA1 ? DIGEST_SHA1 : DIGEST_OTHERS)))
			continue;
		ret->contexts[i] = EVP_MD_CTX_new();
		ready = ret->contexts[i] && EVP_DigestInit_ex(ret->contexts[i], kinds[i], NULL);
		assert(ready);
	}
	return ret;
}

void
digester_add(struct digester *digester, const void *data, size_t size)
{
	for (int i = 0; i < KINDS; i++) {
		int added = !digester->contexts[i] ||
			    EVP_DigestUpdate(digester->contexts[i], data, size);

		assert(added);
	}
	if (digester->contexts[SHA256])
		digester->crc32 = crc32_z(digester->crc32, data, size);
}

void
digester_finish(struct digester *digester, struct digests *ret)
{
	char *texts[KINDS] = { ret->md5, ret->sha1, ret->sha256, ret->blake2b };

	for (int i = 0; i < KINDS; i++) {
		uint8_t digest[EVP_MAX_MD_SIZE];
		unsigned size;
		int done;

		if (!digester->contexts[i])
			continue;
		done = EVP_DigestFinal_ex(digester->contexts[i], digest, &size);
		assert(done);
		str_hex(digest, size, texts[i]);
	}
	if (digester->contexts[SHA256])
		snprintf(ret->crc32, sizeof ret->crc32, "%08lx", digester->crc32 & 0xffffffff);
}

void
digester_free(struct digester **digester)
{
	if (!*digester)
		return;
	for (int i = 0; i < KINDS; i++)
		EVP_MD_CTX_free((*digester)->contexts[i]);
	free(*digester);
	*digester = NULL;
}

void
digest_sha256(const void *data, size_t size, char *ret)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned length;
	int done = EVP_Digest(data, size, digest, &length, EVP_sha256(), NULL);

	assert(done);
	str_hex(digest, length, ret);
}

struct digest_stream *
digest_begin(void)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	int ready = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL);

	assert(ready);
	return (struct digest_stream *)context;
}

void
digest_more(struct digest_stream *stream, const void *data, size_t size)
{
	int added = EVP_DigestUpdate((EVP_MD_CTX *)stream, data, size);

	assert(added);
}

void
digest_end(struct digest_stream *stream, char *ret)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned length;
	int done = EVP_DigestFinal_ex((EVP_MD_CTX *)stream, digest, &length);

	assert(done);
	EVP_MD_CTX_free((EVP_MD_CTX *)stream);
	str_hex(digest, length, ret);
}

void
digest_quick(const void *data, size_t size, char *ret)
{
	uint8_t digest[DIGEST_HEX / 2];

	crypto_generichash(digest, sizeof digest, data, size, NULL, 0);
	str_hex(digest, sizeof digest, ret);
}

uint32_t
digest_crc32(const void *data, size_t size)
{
	return (uint32_t)crc32_z(crc32(0, Z_NULL, 0), data, size);
}

bool
digest_blake2b_of(int fd, uint8_t ret[64])
{
	crypto_generichash_state state;
	uint8_t *chunk = malloc(CHUNK);
	ssize_t got;

	assert(chunk);
	crypto_generichash_init(&state, NULL, 0, 64);
	while ((got = read(fd, chunk, CHUNK)) > 0 || (got < 0 && errno == EINTR))
		if (got > 0)
			crypto_generichash_update(&state, chunk, (size_t)got);
	free(chunk);
	crypto_generichash_final(&state, ret, 64);
	return got == 0;
}
