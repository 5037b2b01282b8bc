/* Manifests and minisign files: what we write is read back, what is altered is refused. */
#include "tests/test.h"

#include "core/str.h"
#include "signing/digest.h"
#include "signing/manifest.h"
#include "plans/packages/sign.h"
#include "signing/seckey.h"
#include "signing/token.h"

/* By the one path that packages are signed on. */
static void
sign_as_packages_are(struct seckey *secret, const uint8_t blake2b[BLAKE2B], const char *comment, char *ret)
{
	struct signer signer = { .key = secret };
	struct err err = ERR_NONE;

	seckey_public(secret, &signer.public);
	assert_int_equal(signer_sign(&signer, blake2b, comment, ret, &err), ERR_OK);
}

static char *
good_manifest(struct arena *arena)
{
	static struct artifact file = { .name = "firmware.bin", .size = 5, .slot = "user1" };
	struct manifest m = { .product = "aroma", .component = "STM32", .version = "1_0_1", .source = "1_0_0",
		.kind = KIND_DELTA, .counter = 2, .floor = 1, .created_at = 1795255200,
		.expires_at = 1895255200, .files = &file, .file_count = 1, .requirements = { "module >= 4" },
		.requirement_count = 1 };

	memset(file.sha256, 'a', 64);
	memset(file.blake2b, 'b', 128);
	return manifest_format(arena, &m);
}

static void
manifests_are_read_back(void **state)
{
	struct arena arena = { NULL };
	struct err err = ERR_NONE;
	struct manifest m;
	char *text = good_manifest(&arena);

	(void)state;
	assert_int_equal(manifest_parse(&arena, text, strlen(text), &m, &err), ERR_OK);
	assert_string_equal(m.source, "1_0_0");
	assert_int_equal(m.counter, 2);
	assert_int_equal(m.files[0].size, 5);
	assert_string_equal(manifest_format(&arena, &m), text);
	arena_done(&arena);
}

/* Replace the first `from` by `to` in a good manifest. */
static bool
takes(const char *from, const char *to)
{
	struct arena arena = { NULL };
	struct err err = ERR_NONE;
	struct manifest m;
	char *text = good_manifest(&arena), *at = strstr(text, from), *changed;
	bool ret;

	assert_non_null(at);
	changed = arena_printf(&arena, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	ret = !manifest_parse(&arena, changed, strlen(changed), &m, &err);
	if (!ret)
		assert_true(err.code == ERR_INPUT && *err.why);
	arena_done(&arena);
	return ret;
}

static void
strange_manifests_are_refused(void **state)
{
	static const char *const changes[][2] = {
		{ "otactl-manifest: 1", "otactl-manifest: 2" }, { "otactl-manifest: 1\n", "" },
		{ "counter: 2", "counter: 02" }, { "counter: 2", "counter: -2" }, { "counter: 2", "counter: 0" },
		{ "counter: 2", "counter: 9007199254740993" }, { "counter: 2\n", "" },
		{ "counter: 2", "counter: 2\ncounter: 2" }, { "floor: 1", "floor:1" }, { "floor: 1", "floor: " },
		{ "product: aroma", "product: ar/oma" }, { "product: aroma", "product: aroma\r" },
		{ "product: aroma", "product: \xc3\xa4" }, { "kind: delta", "kind: full" },
		{ "kind: delta", "kind: partial" }, { "source: 1_0_0\n", "" },
		{ "created: 2026", "created: 26" }, { "created: 2026-11-21T10:00:00Z", "created: 2026-11-21" },
		{ "size: 5", "size: 5\nsize: 5" }, { "SHA256 (firmware.bin)", "SHA256 (other.bin)" },
		{ "SHA256 (firmware.bin) = a", "SHA256 (firmware.bin) = A" },
		{ "SHA256 (firmware.bin) = aa", "SHA256 (firmware.bin) = a" },
		{ "file: firmware.bin", "file: ../firmware.bin" }, { "requires: module >= 4", "requires: module > 4" },
		{ "expires:", "expiry:" }, { "BLAKE2b-512 (firmware.bin)", "x-BLAKE" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(changes); i++)
		if (takes(changes[i][0], changes[i][1]))
			fail_msg("'%s' for '%s' was taken", changes[i][1], changes[i][0]);
	assert_true(takes("counter: 2", "x-built-by: ci\ncounter: 2"));
}

static void
a_manifest_must_end_and_fit(void **state)
{
	struct arena arena = { NULL };
	struct manifest m;
	char *text = good_manifest(&arena), *large = arena_alloc(&arena, 70000);

	(void)state;
	for (size_t length = 0; length < strlen(text); length++) {
		struct err err = ERR_NONE;

		if (!manifest_parse(&arena, text, length, &m, &err))
			fail_msg("a manifest cut at %zu was taken", length);
	}
	memset(large, '\n', 69999);
	assert_int_equal(manifest_parse(&arena, large, 69999, &m, &ERR_NONE), ERR_INPUT);
	arena_done(&arena);
}

static void
signatures_verify_and_no_flipped_bit_does(void **state)
{
	struct seckey *key = seckey_new();
	struct err err = ERR_NONE;
	struct public_key public;
	struct minisig sig;
	uint8_t blake2b[BLAKE2B];
	char text[MINISIG_TEXT];
	size_t length;

	(void)state;
	minisig_blake2b("firmware", 8, blake2b);
	sign_as_packages_are(key, blake2b, "product:aroma version:1_0_1", text);
	seckey_public(key, &public);
	assert_int_equal(minisig_parse(text, &sig, &err), ERR_OK);
	assert_true(minisig_verify(&sig, &public, blake2b));
	length = strlen(text);
	for (size_t at = strlen("untrusted comment: signed by otactl\n"); at < length; at++)
		for (int bit = 0; bit < 8; bit++) {
			char changed[MINISIG_TEXT];

			memcpy(changed, text, length + 1);
			changed[at] = (char)(changed[at] ^ 1 << bit);
			err = ERR_NONE;
			if (!minisig_parse(changed, &sig, &err) && minisig_verify(&sig, &public, blake2b))
				fail_msg("bit %d of byte %zu does not matter", bit, at);
		}
	blake2b[0] ^= 1;
	assert_int_equal(minisig_parse(text, &sig, &err), ERR_OK);
	assert_false(minisig_verify(&sig, &public, blake2b));
	seckey_free(&key);
}

/* S + L verifies under a careless verifier: two spellings of one signature. */
static void
malleable_signatures_are_refused(void **state)
{
	/* The order of the group, little-endian (RFC 8032). */
	static const uint8_t order[32] = { 0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde,
		0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10 };
	struct seckey *key = seckey_new();
	struct err err = ERR_NONE;
	struct public_key public;
	struct minisig sig, other;
	uint8_t blake2b[BLAKE2B];
	char text[MINISIG_TEXT];
	unsigned carry = 0;

	(void)state;
	minisig_blake2b("firmware", 8, blake2b);
	sign_as_packages_are(key, blake2b, "x", text);
	seckey_public(key, &public);
	assert_int_equal(minisig_parse(text, &sig, &err), ERR_OK);
	other = sig;
	for (int i = 0; i < 32; i++) {
		carry += (unsigned)sig.signature[32 + i] + order[i];
		other.signature[32 + i] = (uint8_t)carry;
		carry >>= 8;
	}
	assert_int_equal(carry, 0);
	assert_true(minisig_verify(&sig, &public, blake2b));
	assert_false(minisig_verify(&other, &public, blake2b));
	seckey_free(&key);
}

/* Every bit of a public key counts: its id finds it, its bytes verify. */
static void
no_flipped_bit_of_a_key_goes_unseen(void **state)
{
	struct seckey *key = seckey_new();
	struct err err = ERR_NONE;
	struct public_key public, other;
	struct minisig sig;
	uint8_t blake2b[BLAKE2B];
	char text[MINISIG_TEXT], key_text[PUBLIC_KEY_TEXT];
	size_t start;

	(void)state;
	minisig_blake2b("firmware", 8, blake2b);
	sign_as_packages_are(key, blake2b, "x", text);
	seckey_public(key, &public);
	public_key_format(&public, key_text);
	assert_int_equal(minisig_parse(text, &sig, &err), ERR_OK);
	start = (size_t)(strchr(key_text, '\n') - key_text) + 1;
	for (size_t at = start; at < strlen(key_text); at++)
		for (int bit = 0; bit < 8; bit++) {
			char changed[PUBLIC_KEY_TEXT];

			memcpy(changed, key_text, sizeof changed);
			changed[at] = (char)(changed[at] ^ 1 << bit);
			if (!public_key_parse(changed, &other, &err) && minisig_verify(&sig, &other, blake2b))
				fail_msg("bit %d of byte %zu does not matter", bit, at - start);
		}
	seckey_free(&key);
}

static void
weak_and_legacy_keys_are_refused(void **state)
{
	struct err err = ERR_NONE;
	struct public_key key = { { 1 }, { 0 } }, back;
	char text[PUBLIC_KEY_TEXT];

	(void)state;
	public_key_format(&key, text);
	assert_int_equal(public_key_parse(text, &back, &err), ERR_UNTRUSTED);
	memset(key.key, 0, 32);
	key.key[0] = 1;		/* the neutral element */
	public_key_format(&key, text);
	assert_int_equal(public_key_parse(text, &back, &err), ERR_UNTRUSTED);
	assert_int_equal(public_key_parse("", &back, &err), ERR_INPUT);
	assert_int_equal(public_key_parse("untrusted comment: x\nabc\n", &back, &err), ERR_INPUT);
}

static void
plain_secret_keys_survive_their_file(void **state)
{
	struct seckey *key = seckey_new(), *back = NULL;
	struct public_key left, right;
	struct err err = ERR_NONE;
	char text[SECKEY_TEXT];
	bool encrypted;

	(void)state;
	assert_int_equal(seckey_format(key, NULL, text, &err), ERR_OK);
	assert_int_equal(seckey_encrypted(text, &encrypted, &err), ERR_OK);
	assert_false(encrypted);
	assert_int_equal(seckey_parse(text, NULL, &back, &err), ERR_OK);
	seckey_public(key, &left);
	seckey_public(back, &right);
	assert_memory_equal(&left, &right, sizeof left);
	seckey_free(&back);
	text[150] = text[150] == 'A' ? 'B' : 'A';
	assert_int_not_equal(seckey_parse(text, NULL, &back, &err), ERR_OK);
	seckey_free(&key);
}

static void
digests_match_known_answers(void **state)
{
	struct digester *digester = digester_new(DIGEST_ALL);
	struct digests d;

	(void)state;
	digester_add(digester, "ab", 2);
	digester_add(digester, "c", 1);
	digester_finish(digester, &d);
	assert_string_equal(d.md5, "900150983cd24fb0d6963f7d28e17f72");
	assert_string_equal(d.sha1, "a9993e364706816aba3e25717850c26c9cd0d89d");
	assert_string_equal(d.crc32, "352441c2");
	assert_string_equal(d.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_true(str_starts(d.blake2b, "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"));
	digester_free(&digester);
}

static void
url_macs_bind_everything(void **state)
{
	uint8_t secret[TOKEN_KEY] = { 1 };
	struct token_key key;
	char mac[URL_MAC];

	(void)state;
	token_key_derive(secret, &key);
	token_url_mac(&key, "aa", 12, 3456, mac);
	assert_true(token_url_check(&key, "aa", 12, 3456, mac));
	assert_false(token_url_check(&key, "ab", 12, 3456, mac));
	assert_false(token_url_check(&key, "aa", 13, 3456, mac));
	assert_false(token_url_check(&key, "aa", 12, 3457, mac));
	assert_false(token_url_check(&key, "aa", 12, 3456, ""));
	mac[3] ^= 1;
	assert_false(token_url_check(&key, "aa", 12, 3456, mac));
}

/* Buckets are even: no stage of 1 % is twice as large as it says. */
static void
buckets_are_even(void **state)
{
	uint8_t salt[16] = { 7 };
	int64_t below = 0;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		char name[16];
		int64_t bucket;

		snprintf(name, sizeof name, "SN%d", i);
		bucket = token_bucket(salt, name);
		assert_in_range(bucket, 0, 9999);
		below += bucket < 100;
	}
	assert_in_range(below, 850, 1150);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(manifests_are_read_back),
		cmocka_unit_test(strange_manifests_are_refused),
		cmocka_unit_test(a_manifest_must_end_and_fit),
		cmocka_unit_test(signatures_verify_and_no_flipped_bit_does),
		cmocka_unit_test(malleable_signatures_are_refused),
		cmocka_unit_test(no_flipped_bit_of_a_key_goes_unseen),
		cmocka_unit_test(weak_and_legacy_keys_are_refused),
		cmocka_unit_test(plain_secret_keys_survive_their_file),
		cmocka_unit_test(digests_match_known_answers),
		cmocka_unit_test(url_macs_bind_everything),
		cmocka_unit_test(buckets_are_even),
	};

	token_init();
	return cmocka_run_group_tests_name("signing", tests, NULL, NULL);
}
