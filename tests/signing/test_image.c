/* Image headers: built here byte by byte as the formats say, read back, then damaged and belied. */
#include "tests/test.h"

#include "core/str.h"
#include "signing/digest.h"
#include "signing/image.h"
#include "signing/token.h"

struct built {
	uint8_t data[8192];
	size_t size;
};

static void
put(struct built *b, const void *data, size_t size)
{
	assert_true(b->size + size <= sizeof b->data);
	memcpy(b->data + b->size, data, size);
	b->size += size;
}

static void
put32(struct built *b, uint32_t value)
{
	uint8_t bytes[4] = { (uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16), (uint8_t)(value >> 24) };

	put(b, bytes, 4);
}

static void
put16(struct built *b, uint32_t value)
{
	put(b, (uint8_t[]){ (uint8_t)value, (uint8_t)(value >> 8) }, 2);
}

static void
put_sha256(struct built *b, size_t covered)
{
	char hex[65];
	uint8_t digest[32];

	digest_sha256(b->data, covered, hex);
	assert_true(str_unhex(hex, digest, sizeof digest));
	put(b, digest, sizeof digest);
}

/* Segments of an E9 image and its checksum; `from` is where the E9 header begins. */
static void
put_segments(struct built *b, size_t from, const uint8_t *first, size_t first_size)
{
	uint8_t sum = 0xef, segment[100];

	for (size_t i = 0; i < sizeof segment; i++)
		segment[i] = (uint8_t)(i * 7 + 3);
	for (int i = 0; i < 3; i++) {
		const uint8_t *data = i ? segment : first;
		size_t size = i ? sizeof segment : first_size;

		put32(b, 0x3ffe8000u + (uint32_t)i);
		put32(b, (uint32_t)size);
		put(b, data, size);
		for (size_t k = 0; k < size; k++)
			sum ^= data[k];
	}
	while ((b->size - from) % 16 != 15)
		put(b, "", 1);
	put(b, &sum, 1);
}

static struct built
esp32(uint32_t chip, uint32_t security)
{
	struct built b = { .size = 0 };
	uint8_t descriptor[256] = { 0x32, 0x54, 0xcd, 0xab };
	size_t end;

	put(&b, "\xe9\x03\x02\x20", 4);
	put32(&b, 0x40080000);
	put(&b, "\xee\0\0\0", 4);
	put16(&b, chip);
	put(&b, "\0\0\0\0\0\0\0\0\0", 9);
	put(&b, "\1", 1);		/* a SHA-256 is appended */
	descriptor[4] = (uint8_t)security;
	memcpy(descriptor + 16, "1_0_1", 5);
	put_segments(&b, 0, descriptor, sizeof descriptor);
	end = b.size;
	put_sha256(&b, end);
	return b;
}

/* As gen_appbin writes it for boot mode 2.  The CRC is given by its register without final inversion. */
static struct built
esp8266(int user, bool forum_fix, uint8_t salt)
{
	struct built b = { .size = 0 };
	uint8_t irom[64] = { 1, 2, salt }, small[20] = { 9 };
	uint32_t state;

	put(&b, "\xea\x04\0", 3);
	put(&b, &(uint8_t){ (uint8_t)user }, 1);
	put32(&b, 0x40100004);
	put32(&b, 0);
	put32(&b, sizeof irom);
	put(&b, irom, sizeof irom);
	put(&b, "\xe9\x03\0\0", 4);
	put32(&b, 0x40100004);
	put_segments(&b, 16 + sizeof irom, small, sizeof small);
	state = ~digest_crc32(b.data, b.size);
	put32(&b, forum_fix || (int32_t)state >= 0 ? state : 0u - state);
	return b;
}

static struct built
mcuboot(bool protected, uint32_t security)
{
	struct built b = { .size = 0 };
	uint8_t body[200];

	memset(body, 0x5a, sizeof body);
	put32(&b, 0x96f3b83d);
	put32(&b, 0);
	put16(&b, 32);
	put16(&b, protected ? 12 : 0);
	put32(&b, sizeof body);
	put32(&b, 0);
	put(&b, "\1\2", 2);		/* 1.2.3+4 */
	put16(&b, 3);
	put32(&b, 4);
	put32(&b, 0);
	put(&b, body, sizeof body);
	if (protected) {
		put16(&b, 0x6908);
		put16(&b, 12);
		put16(&b, 0x50);
		put16(&b, 4);
		put32(&b, security);
	}
	put16(&b, 0x6907);
	put16(&b, 4 + 4 + 32);
	put16(&b, 0x10);
	put16(&b, 32);
	put_sha256(&b, b.size - 8);
	return b;
}

static struct image
read_of(const struct built *b)
{
	struct image ret;

	image_read(b->data, b->size, &ret);
	return ret;
}

static void
headers_are_read(void **state)
{
	struct built b = esp32(9, 3);
	struct image image = read_of(&b);

	(void)state;
	assert_int_equal(image.format, IMAGE_ESP32);
	assert_null(image.damage);
	assert_string_equal(image.chip, "esp32s3");
	assert_string_equal(image.version, "1_0_1");
	assert_true(image.has_security && image.security == 3);
	b = esp32(0, 0);
	image = read_of(&b);
	assert_string_equal(image.chip, "esp32");
	assert_false(image.has_security);
	b = esp8266(2, false, 0);
	image = read_of(&b);
	assert_int_equal(image.format, IMAGE_ESP8266);
	assert_null(image.damage);
	assert_int_equal(image.user, 2);
	b = mcuboot(true, 7);
	image = read_of(&b);
	assert_int_equal(image.format, IMAGE_MCUBOOT);
	assert_null(image.damage);
	assert_string_equal(image.version, "1.2.3+4");
	assert_true(image.has_security && image.security == 7);
	b = mcuboot(false, 0);
	image = read_of(&b);
	assert_null(image.damage);
	assert_false(image.has_security);
}

/* The SDK's rule and the forum's "fix" differ for half of all images; only the first passes. */
static void
the_sdk_decides_about_the_crc(void **state)
{
	int same = 0, differ = 0;

	(void)state;
	for (uint8_t salt = 0; salt < 32; salt++) {
		struct built right = esp8266(1, false, salt), fixed = esp8266(1, true, salt);
		struct image image = read_of(&right);

		assert_null(image.damage);
		image = read_of(&fixed);
		if (!memcmp(right.data, fixed.data, right.size)) {
			same++;
			assert_null(image.damage);
		} else {
			differ++;
			assert_non_null(strstr(image.damage, "bare register"));
		}
	}
	assert_true(same > 4 && differ > 4);
}

/* No flipped bit goes unseen; `blind` is a byte that switches a check off and so cannot be covered by it. */
static void
flip_all(const struct built *whole, size_t blind)
{
	for (size_t at = 0; at < whole->size; at++)
		for (int bit = 0; bit < 8 && at != blind; bit++) {
			struct built b = *whole;
			struct image image;

			b.data[at] = (uint8_t)(b.data[at] ^ 1 << bit);
			image = read_of(&b);
			if (image.format != IMAGE_NONE && !image.damage)
				fail_msg("bit %d of byte %zu does not matter", bit, at);
		}
	for (size_t size = 0; size < whole->size; size++) {
		struct built b = *whole;
		struct image image;

		b.size = size;
		image = read_of(&b);
		if (image.format != IMAGE_NONE && !image.damage)
			fail_msg("an image cut at %zu passes", size);
	}
}

static void
no_flipped_bit_goes_unseen(void **state)
{
	struct built b = esp32(5, 1);

	(void)state;
	flip_all(&b, 23);
	b = esp8266(1, false, 0);
	flip_all(&b, sizeof b.data);
	b = mcuboot(true, 2);
	flip_all(&b, sizeof b.data);
}

static bool
contradicts(const struct built *b, const struct image_claim *claim, const char *word)
{
	struct image image = read_of(b);
	char fault[IMAGE_FAULT] = "";
	bool ret = image_contradicts(&image, claim, fault);

	if (ret && (!word || !strstr(fault, word)))
		fail_msg("the fault is '%s', not about '%s'", fault, word ? word : "nothing");
	return ret;
}

static void
declarations_are_held_against_the_header(void **state)
{
	struct image_claim claim = { .version = "1_0_1", .chip = "", .slot = "", .counter = 5, .floor = 1 };
	struct built s3 = esp32(9, 3), boot = mcuboot(true, 3), user2 = esp8266(2, false, 0);
	struct built random = { .data = { 0xe9, 0x03, 1, 2, 3 }, .size = 600 };

	(void)state;
	assert_false(contradicts(&s3, &claim, NULL));
	claim.chip = "esp32s3";
	assert_false(contradicts(&s3, &claim, NULL));
	claim.chip = "esp32";
	assert_true(contradicts(&s3, &claim, "runs on esp32"));
	assert_true(contradicts(&random, &claim, "no image for"));
	claim.chip = "";
	assert_false(contradicts(&random, &claim, NULL));
	claim.version = "1_0_2";
	assert_true(contradicts(&s3, &claim, "version"));
	assert_true(contradicts(&boot, &claim, "version"));
	claim.version = "spring";	/* not numbers: MCUboot's cannot belie it */
	assert_false(contradicts(&boot, &claim, NULL));
	claim.version = "v1.2.3.4";
	assert_false(contradicts(&boot, &claim, NULL));
	claim.counter = 2;
	assert_true(contradicts(&boot, &claim, "security counter"));
	claim.counter = 9;
	claim.floor = 4;
	assert_true(contradicts(&boot, &claim, "security counter"));
	claim.floor = 3;
	assert_false(contradicts(&boot, &claim, NULL));
	claim.slot = "user1";
	assert_true(contradicts(&user2, &claim, "slot"));
	claim.slot = "user2";
	assert_false(contradicts(&user2, &claim, NULL));
	claim.size = 4097;
	claim.slot_size = 4096;
	assert_true(contradicts(&random, &claim, "slot"));
}

/* Anything at all is read without harm (the suite also runs under ASan). */
static void
garbage_is_no_danger(void **state)
{
	(void)state;
	srand(1);
	for (int i = 0; i < 20000; i++) {
		struct built b = i % 3 == 0 ? esp32(0, 1) : i % 3 == 1 ? esp8266(1, false, 0) : mcuboot(true, 1);
		uint8_t *exact;
		struct image image;

		for (int k = 0; k < 3; k++)
			b.data[(size_t)rand() % (i % 2 ? 64 : b.size)] = (uint8_t)rand();
		b.size = (size_t)rand() % (b.size + 1);
		exact = malloc(b.size + !b.size);
		memcpy(exact, b.data, b.size);
		image_read(exact, b.size, &image);
		free(exact);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_are_read),
		cmocka_unit_test(the_sdk_decides_about_the_crc),
		cmocka_unit_test(no_flipped_bit_goes_unseen),
		cmocka_unit_test(declarations_are_held_against_the_header),
		cmocka_unit_test(garbage_is_no_danger),
	};

	token_init();
	return cmocka_run_group_tests_name("image", tests, NULL, NULL);
}
