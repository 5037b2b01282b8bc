/*
 * The five digests of an artifact, computed together in one pass, and the BLAKE2b-512
 * that minisign's prehashed signatures sign.
 */
#pragma once

#include "core/err.h"
#include "core/limits.h"

struct digests { /* lower-case hex */
	char md5[MD5_HEX], sha1[SHA1_HEX], crc32[CRC32_HEX], sha256[DIGEST_HEX],
		blake2b[BLAKE2B_HEX];
};

struct digester;

/* SHA-1 can be had apart: the process that copies a file has the time for it. */
enum digest_set { DIGEST_SHA1 = 1, DIGEST_OTHERS = 2, DIGEST_ALL = 3 };

/* Begin; to be freed with digester_free(). */
struct digester *digester_new(enum digest_set set);

/* The next bytes. */
void digester_add(struct digester *digester, const void *data, size_t size);

/* The digests of the set that was asked for; the others are left alone. */
void digester_finish(struct digester *digester, struct digests *ret);

/* For CLEANUP; accepts NULL. */
void digester_free(struct digester **digester);

/* SHA-256 of a text, lower-case hex; ret holds 65 bytes. */
void digest_sha256(const void *data, size_t size, char *ret);

struct digest_stream;

/* SHA-256 of what comes piece by piece; digest_end() must follow. */
struct digest_stream *digest_begin(void);

/* The next bytes. */
void digest_more(struct digest_stream *stream, const void *data, size_t size);

/* Free it; ret gets lower-case hex (DIGEST_HEX bytes). */
void digest_end(struct digest_stream *stream, char *ret);

/*
 * BLAKE2b-256 of a few kilobytes, lower-case hex (DIGEST_HEX bytes), for what only we compare: it
 * is there at once, while the first digest of OpenSSL's costs a millisecond.
 */
void digest_quick(const void *data, size_t size, char *ret);

/* CRC-32 as zlib and IEEE 802.3 have it. */
uint32_t digest_crc32(const void *data, size_t size);

/*
 * BLAKE2b-512 of what can still be read from a descriptor: what minisign signs of a file.  False
 * when reading fails.  ret holds 64 bytes.
 */
bool digest_blake2b_of(int fd, uint8_t ret[64]);
