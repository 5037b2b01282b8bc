/*
 * What a firmware image says of itself: ESP8266 (E9 and EA 04, with checksum and trailing CRC),
 * ESP32 (app descriptor, checksum, appended SHA-256) and MCUboot (header, TLVs, security counter).
 * Sources: Espressif's "Firmware Image Format" and esp_app_desc_t, MCUboot's design.md; the
 * ESP8266's CRC as its SDK checks it.  Anything else is IMAGE_NONE, and nothing is wrong with that.
 */
#pragma once

#include "core/err.h"

enum image_format { IMAGE_NONE, IMAGE_ESP8266, IMAGE_ESP32, IMAGE_MCUBOOT };

enum { IMAGE_VERSION = 40, IMAGE_CHIP = 16, IMAGE_FAULT = 160 };

struct image {
	enum image_format format;
	char chip[IMAGE_CHIP];	     /* "esp32s3"; "" where the format does not say */
	char version[IMAGE_VERSION]; /* as the header spells it; "" none */
	bool has_security;
	uint32_t security;  /* the counter that the boot loader enforces */
	int user;	    /* ESP8266: built for slot user1 or user2; 0 for any */
	const char *damage; /* why the boot loader would refuse it; NULL: it is whole */
};

/* Read the header and check checksums and digests; `data` is the whole file. */
void image_read(const uint8_t *data, size_t size, struct image *ret);

struct image_claim {			   /* what the operator declared */
	const char *version, *chip, *slot; /* chip and slot may be "" */
	int64_t size, slot_size;	   /* slot_size 0: not declared */
	int64_t counter, floor;
};

/* True when the image belies the claim; `ret` (IMAGE_FAULT bytes) says how. */
bool image_contradicts(const struct image *image, const struct image_claim *claim, char *ret);
