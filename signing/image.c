#include "signing/image.h"

#include "core/str.h"
#include "signing/digest.h"

#include <inttypes.h>
#include <stdarg.h>

static uint32_t
u16(const uint8_t *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8;
}

static uint32_t
u32(const uint8_t *at)
{
	return u16(at) | u16(at + 2) << 16;
}

/* True when the SHA-256 of the first `covered` bytes is `expected`. */
static bool
sha256_is(const uint8_t *data, size_t covered, const uint8_t *expected)
{
	char hex[DIGEST_HEX], wanted[DIGEST_HEX];

	digest_sha256(data, covered, hex);
	str_hex(expected, 32, wanted);
	return !strcmp(hex, wanted);
}

/*
 * --- Espressif ----------------------------------------------------------------------------------
 */

enum {
	ESP_MAGIC = 0xe9,
	ESP8266_HEADER = 8,
	ESP32_HEADER = 24,
	ESP_SEGMENTS = 16,
	ESP_CHECKSUM = 0xef, /* what the xor of all segment bytes starts with */
	ESP32_DESCRIPTOR = 32,
	ESP32_CHIP = 12,
	ESP32_HASHED = 23,
};
#define ESP32_DESCRIPTOR_MAGIC 0xabcd5432u

/*
 * Walk the segments of an image whose header has `header` bytes.  Returns where its padded end is,
 * behind the checksum byte; 0 when it does not fit into the file or its checksum differs.
 */
static size_t
esp_end(const uint8_t *data, size_t size, size_t header)
{
	uint8_t sum = ESP_CHECKSUM;
	size_t at = header;

	if (size < header || data[0] != ESP_MAGIC || !data[1] || data[1] > ESP_SEGMENTS)
		return 0;
	for (int i = 0; i < data[1]; i++) {
		size_t length;

		if (size - at < 8)
			return 0;
		length = u32(data + at + 4);
		at += 8;
		if (length > size - at)
			return 0;
		for (size_t k = 0; k < length; k++)
			sum ^= data[at + k];
		at += length;
	}
	at = (at | 15) + 1;
	return at <= size && data[at - 1] == sum ? at : 0;
}

static void
esp32_chip(uint32_t id, char *ret)
{
	static const struct {
		uint32_t id;
		const char *name;
	} chips[] = { { 0, "esp32" }, { 2, "esp32s2" }, { 5, "esp32c3" }, { 9, "esp32s3" },
		{ 12, "esp32c2" }, { 13, "esp32c6" }, { 16, "esp32h2" }, { 18, "esp32p4" },
		{ 20, "esp32c61" }, { 23, "esp32c5" } };

	for (size_t i = 0; i < COUNT(chips); i++)
		if (chips[i].id == id)
			str_copy(ret, IMAGE_CHIP, chips[i].name);
}

static void
esp32_read(const uint8_t *data, size_t size, size_t end, bool described, struct image *ret)
{
	ret->format = IMAGE_ESP32;
	esp32_chip(u16(data + ESP32_CHIP), ret->chip);
	if (described) {
		const uint8_t *descriptor = data + ESP32_DESCRIPTOR;
		const char *version = (const char *)descriptor + 16;
		size_t length = strnlen(version, 32);

		ret->security = u32(descriptor + 4);
		ret->has_security = ret->security != 0; /* 0: anti-rollback is not used */
		if (str_printable(version, length))
			memcpy(ret->version, version, length);
	}
	if (!end)
		ret->damage = "it is cut short or its checksum does not match";
	else if (data[ESP32_HASHED] == 1 && (size - end < 32 || !sha256_is(data, end, data + end)))
		ret->damage = "its appended SHA-256 does not match";
}

/*
 * The SDK's library compares the trailer with the magnitude of the CRC register, taken as a signed
 * number and not inverted at the end.  Images "fixed" to carry the register itself are refused by
 * it for half of all values.
 */
static const char *
esp8266_crc_fault(const uint8_t *data, size_t size)
{
	uint32_t state = ~digest_crc32(data, size - 4), found = u32(data + size - 4);
	uint32_t expected = state & 0x80000000u ? ~state + 1 : state;

	if (found == expected)
		return NULL;
	return found == state ? "its trailing CRC is the bare register, which the SDK refuses for "
				"this image"
			      : "its trailing CRC does not match";
}

/* EA 04 flags slot, entry; a segment at offset 0; then an E9 image; then the CRC. */
static void
esp8266_boot_read(const uint8_t *data, size_t size, struct image *ret)
{
	size_t inner = 16 + (size_t)u32(data + 12), end;

	ret->format = IMAGE_ESP8266;
	str_copy(ret->chip, sizeof ret->chip, "esp8266");
	ret->user = data[3];
	end = inner < size ? esp_end(data + inner, size - inner, ESP8266_HEADER) : 0;
	/* The inner image begins at a multiple of 16, so that its end is one of the whole, too. */
	if (!end || inner % 16)
		ret->damage = "it is cut short or its checksum does not match";
	else if (inner + end + 4 != size)
		ret->damage = "bytes are missing or follow behind its CRC";
	else
		ret->damage = esp8266_crc_fault(data, size);
}

static bool
esp_read(const uint8_t *data, size_t size, struct image *ret)
{
	bool described = size >= ESP32_DESCRIPTOR + 256 &&
			 u32(data + ESP32_DESCRIPTOR) == ESP32_DESCRIPTOR_MAGIC;
	size_t end;

	if (size >= 24 && data[0] == 0xea && data[1] == 4 && !data[2] &&
		(data[3] == 1 || data[3] == 2) && !u32(data + 8)) {
		esp8266_boot_read(data, size, ret);
		return true;
	}
	if (!size || data[0] != ESP_MAGIC)
		return false;
	/* E9 alone proves nothing (it is also a jump of x86): descriptor or checksum must agree. */
	end = esp_end(data, size, ESP32_HEADER);
	if (described || end) {
		esp32_read(data, size, end, described, ret);
		return true;
	}
	if (!esp_end(data, size, ESP8266_HEADER))
		return false;
	ret->format = IMAGE_ESP8266;
	str_copy(ret->chip, sizeof ret->chip, "esp8266");
	return true;
}

/*
 * --- MCUboot -------------------------------------------------------------------------------------
 */

#define MCUBOOT_MAGIC 0x96f3b83du
enum {
	MCUBOOT_HEADER = 32,
	TLV_PROTECTED = 0x6908,
	TLV_PLAIN = 0x6907,
	TLV_SHA256 = 0x10,
	TLV_SHA384 = 0x11,
	TLV_SHA512 = 0x12,
	TLV_SECURITY_COUNTER = 0x50
};

struct tlv_digest {
	const uint8_t *sha256; /* or NULL */
	bool other;	       /* a longer one, which is not checked here */
};

/* One TLV area: its bytes, or 0 when it is none. */
static size_t
mcuboot_area(const uint8_t *data, size_t size, size_t at, uint32_t magic, struct tlv_digest *digest,
	struct image *ret)
{
	size_t total, end;

	if (size - at < 4 || u16(data + at) != magic)
		return 0;
	total = u16(data + at + 2);
	if (total < 4 || total > size - at)
		return 0;
	for (end = at + total, at += 4; end - at >= 4;) {
		uint32_t type = u16(data + at), length = u16(data + at + 2);

		at += 4;
		if (length > end - at)
			return 0;
		if (type == TLV_SHA256 && length == 32)
			digest->sha256 = data + at;
		digest->other |= (type == TLV_SHA384 && length == 48) ||
				 (type == TLV_SHA512 && length == 64);
		/* Only a protected counter is covered by the image's digest. */
		if (type == TLV_SECURITY_COUNTER && length == 4 && magic == TLV_PROTECTED) {
			ret->has_security = true;
			ret->security = u32(data + at);
		}
		at += length;
	}
	return total;
}

static bool
mcuboot_read(const uint8_t *data, size_t size, struct image *ret)
{
	struct tlv_digest digest = { NULL, false };
	size_t header, body, protected, covered;

	if (size < MCUBOOT_HEADER || u32(data) != MCUBOOT_MAGIC)
		return false;
	ret->format = IMAGE_MCUBOOT;
	header = u16(data + 8);
	protected = u16(data + 10);
	body = u32(data + 12);
	snprintf(ret->version, sizeof ret->version, "%u.%u.%" PRIu32, data[20], data[21],
		u16(data + 22));
	if (u32(data + 24))
		snprintf(ret->version + strlen(ret->version),
			sizeof ret->version - strlen(ret->version), "+%" PRIu32, u32(data + 24));
	covered = header + body;
	if (header < MCUBOOT_HEADER || covered > size)
		ret->damage = "it is cut short";
	else if (protected &&
		 mcuboot_area(data, size, covered, TLV_PROTECTED, &digest, ret) != protected)
		ret->damage = "its protected TLVs are damaged";
	else if (!mcuboot_area(data, size, covered + protected, TLV_PLAIN, &digest, ret))
		ret->damage = "its TLVs are missing or damaged (imgtool sign writes them)";
	else if (!digest.sha256 && !digest.other)
		ret->damage = "it holds no digest (imgtool sign writes one)";
	else if (digest.sha256 && !sha256_is(data, covered + protected, digest.sha256))
		ret->damage = "its SHA-256 does not match";
	return true;
}

void
image_read(const uint8_t *data, size_t size, struct image *ret)
{
	*ret = (struct image){ .format = IMAGE_NONE };
	if (!mcuboot_read(data, size, ret))
		(void)esp_read(data, size, ret);
}

/*
 * --- what was declared ---------------------------------------------------------------------------
 */

/* Numbers of "1.2.3", "v1_2_3" or "1.2.3+4"; 0 when the text is something else. */
static int
numbers(const char *text, uint32_t ret[4])
{
	int count = 0;

	for (text += *text == 'v'; count < 4; text++) {
		char *end;

		if (*text < '0' || *text > '9')
			return 0;
		ret[count++] = (uint32_t)strtoul(text, &end, 10);
		text = end;
		if (!*text)
			return count;
		if (!strchr("._-+", *text))
			return 0;
	}
	return 0;
}

/*
 * ESP32 spells its version as the operator does.  MCUboot has numbers only: they are compared where
 * the declared version consists of numbers, too.
 */
static bool
version_differs(const struct image *image, const char *declared)
{
	uint32_t left[4] = { 0 }, right[4] = { 0 };

	if (!*image->version)
		return false;
	if (image->format != IMAGE_MCUBOOT)
		return strcmp(image->version, declared) != 0;
	return numbers(image->version, left) && numbers(declared, right) >= 3 &&
	       memcmp(left, right, sizeof left) != 0;
}

PRINTF(2, 3) static bool say(char *ret, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsnprintf(ret, IMAGE_FAULT, format, list);
	va_end(list);
	return true;
}

bool
image_contradicts(const struct image *image, const struct image_claim *claim, char *ret)
{
	char user[8] = "";

	if (claim->slot_size && claim->size > claim->slot_size)
		return say(ret, "it has %" PRId64 " bytes, the slot %" PRId64, claim->size,
			claim->slot_size);
	if (image->damage)
		return say(ret, "%s", image->damage);
	if (*claim->chip && *image->chip && strcmp(image->chip, claim->chip) != 0)
		return say(ret, "it is an image for %s, the component runs on %s", image->chip,
			claim->chip);
	if (str_starts(claim->chip, "esp") && !*image->chip)
		return say(ret, "it is no image for %s", claim->chip);
	if (version_differs(image, claim->version))
		return say(ret, "its header says version %.39s, the package %.64s", image->version,
			claim->version);
	if (image->user)
		snprintf(user, sizeof user, "user%d", image->user);
	if (*user && *claim->slot && strcmp(user, claim->slot) != 0)
		return say(ret, "it is built for slot %s, not for %.64s", user, claim->slot);
	if (image->has_security &&
		(image->security > claim->counter || image->security < claim->floor))
		return say(ret,
			"its security counter is %" PRIu32 ", the version has counter %" PRId64
			" and floor %" PRId64,
			image->security, claim->counter, claim->floor);
	return false;
}
