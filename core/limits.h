/* Every quantity that a person, a file or a device can choose has its limit here. */
#pragma once

enum {
	LIMIT_NAME = 64,		/* products, plans, groups, strategies, keys */
	LIMIT_IDENTITY = 32,		/* component identities */
	LIMIT_CHIP = 15,		/* a component's chip, as image headers name it */
	LIMIT_VERSION = 64,		/* versions, ours and reported ones */
	LIMIT_DEVICE = 128,		/* device ids */
	LIMIT_REMARK = 200,		/* remarks, reasons, messages of devices */
	LIMIT_ZONE = 48,		/* IANA time zone names */
	LIMIT_LABEL = 63,		/* label keys and values */
	LIMIT_SELECTOR = 1000,		/* one label selector of a list */
	LIMIT_PAIRS = 64,		/* labels, attributes or components of one device */
	LIMIT_ATTRIBUTE = 128,		/* value of a device's own attribute */
	LIMIT_FILE_NAME = 128,		/* artifact names and destination paths */
	LIMIT_FILES = 5,		/* files of a module or mcu package (product setting) */
	LIMIT_APP_FILES = 200,		/* files of an app package, */
	LIMIT_APP_FIRMWARE = 1,		/* and beside them the firmware they run on */
	LIMIT_FILE_MB = 100,		/* size of one file, MiB (product setting) */
	LIMIT_MANIFEST_LINE = 1000,	/* one line of it, bytes */
	LIMIT_MANIFEST = 65536,		/* manifest, bytes */
	LIMIT_PLAN_COMPONENTS = 20,	/* components one plan upgrades */
	LIMIT_STAGES = 20,		/* stages of one strategy */
	LIMIT_RULES = 255,		/* stages or breaker rules of a strategy, as text */
	LIMIT_WINDOW_TEXT = 63,		/* the window in which stages open, as text */
	LIMIT_WINDOWS = 32,		/* push windows of one plan */
	LIMIT_BLACKOUTS = 64,		/* black-out ranges of one plan */
	LIMIT_TEXTS = 32,		/* languages of one plan's texts */
	LIMIT_FROM = 256,		/* source versions one plan lists */
	LIMIT_TEXT = 4000,		/* an upgrade text, bytes */
	LIMIT_TOKEN_MIN = 16,		/* a device token, printable characters */
	LIMIT_TOKEN = 128,
	LIMIT_BODY = 65536,		/* request body, bytes */
	LIMIT_JSON_DEPTH = 8,		/* nesting of a request body */
	LIMIT_TARGET = 8192,		/* path and query of a request, bytes */
	LIMIT_SEGMENT = 128,		/* one place in a route: an id, a token, a file's name */
	LIMIT_REST = 512,		/* the rest of a path behind a route's places */
	LIMIT_OVERHEAD = 1000,		/* what a web server adds to a header, bytes */
	LIMIT_NUMBER = 64,		/* digits of a number that a device tells */
	LIMIT_CSV_LINE = 16384,		/* one line of an import file, bytes */
	LIMIT_BUSY_MS = 2000,		/* the door waits this long for the database */
	LIMIT_BUSY_CLI_MS = 10000,	/* and the command line this long */
};

enum {	/* hex digits of digests and ids, with the NUL */
	MD5_HEX = 33,
	SHA1_HEX = 41,
	CRC32_HEX = 9,
	DIGEST_HEX = 65, /* SHA-256 */
	BLAKE2B_HEX = 129,
	KEY_ID_HEX = 17,
	INSTANCE_HEX = 33,
};
