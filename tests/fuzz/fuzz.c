/*
 * Throws mutated inputs at every parser that reads what people or devices send.  Best under SAN=1.
 *
 *   fuzz ROUNDS [SEED]
 *
 * A crash or a sanitizer report is the finding; the seed and round on stderr repeat it.
 */
#include "core/arena.h"
#include "core/breaker.h"
#include "core/doc.h"
#include "core/moment.h"
#include "core/selector.h"
#include "core/stage.h"
#include "core/strategy.h"
#include "core/window.h"
#include "cgi/request.h"
#include "plans/door/jobwire.h"
#include "signing/image.h"
#include "signing/manifest.h"
#include "signing/minisig.h"
#include "signing/token.h"

enum { INPUT_MAX = 2000 };

static void
try_manifest(struct arena *arena, const char *text, size_t length)
{
	struct err err = ERR_NONE;
	struct manifest m;

	/* What is taken must be written back and taken again. */
	if (!manifest_parse(arena, text, length, &m, &err)) {
		const char *again = manifest_format(arena, &m);

		if (manifest_parse(arena, again, strlen(again), &m, &err))
			abort();
	}
}

static void
try_words(struct arena *arena, const char *text, size_t length)
{
	struct err err = ERR_NONE;
	const struct selector *selector;
	struct public_key key;
	struct minisig sig;
	struct image image;
	struct window window;
	struct blackout blackout;
	struct stage_list stages;
	struct breaker_list breakers;
	struct strategy strategy;
	struct pairs none = { NULL, 0 };
	int64_t number;
	bool zoned;

	(void)doc_depth(text, length);
	(void)moment_parse(text, &number, &zoned);
	(void)moment_duration(text, &number);
	(void)stage_list_parse(text, &stages);
	(void)breaker_list_parse(text, &breakers);
	(void)!window_parse(text, &window, &err);
	(void)!blackout_parse(text, &blackout, &err);
	(void)!minisig_parse(text, &sig, &err);
	(void)!public_key_parse(text, &key, &err);
	image_read((const uint8_t *)text, length, &image);
	if (!selector_parse(arena, text, &selector, &err))
		(void)selector_matches(selector, &none, &none);
	strategy_builtin("cautious", &strategy);
	for (size_t i = 0; i < strategy_parameter_count; i++)
		(void)!strategy_set(&strategy, strategy_parameters[i].name, text, &err);
}

static const char *input;
static bool by_line; /* the web server hands on a request line that it could not read */

static const char *
variable(void *unused, const char *name)
{
	(void)unused;
	if (!strcmp(name, "OTACTL_REQUEST") && !by_line)
		return NULL;
	return !strcmp(name, "CONTENT_LENGTH") ? "7" : input;
}

static size_t
some(void *unused, char *ret, size_t size)
{
	(void)unused;
	memset(ret, '{', size);
	return size;
}

static void
try_request(struct arena *arena, const char *text, size_t length)
{
	struct source source = { variable, some, NULL };
	struct err err = ERR_NONE;
	struct request request;

	(void)length;
	input = text;
	for (int i = 0; i < 2; i++) {
		by_line = i;
		err = ERR_NONE;
		if (!request_read(arena, &source, &request, &err)) {
			struct job_request job = JOB_REQUEST(arena, true);

			(void)request_query(&request, "token");
			(void)!jobwire_read_query(request.query, request.query_count, &job, &err);
		}
		(void)request_header(&request, "x-ESP8266-version");
	}
}

static const char *const corpus[] = {
	"otactl-manifest: 1\nproduct: aroma\ncomponent: STM32\nhw: B\nversion: 1_0_1\nkind: delta\nsource: 1_0_0\n"
	"counter: 2\nfloor: 1\nrequires: module >= 4\ncreated: 2026-11-21T10:00:00Z\nexpires: 2027-11-21T10:00:00Z\n"
	"delete: a/b\nfile: f.bin\nslot: user1\nsize: 5\nSHA256 (f.bin) = "
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\nBLAKE2b-512 (f.bin) = "
	"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n",
	"region=eu,hw in (B, C),!legacy,a notin (x),attr.y!=z",
	"Mon-Fri,Sun 22:00-04:00",
	"2026-12-24..2027-01-02",
	"group:lab,5,0.25%,10%,100%",
	"all:10:20:8:suspend,rejected:50:20:8:abort",
	"STM32=1_0_0&battery=80&attr.hw=%42&token=%41b%7a&x",
	"executionNumber=1&includeJobDocument=false&expectedVersion=2.5&clientToken=a",
	"GET pato/%65spOtaTest/user2.app?version=1.0%2b&device=SN1 HTTP/1.0",
	"untrusted comment: minisign public key 4C380C5A12B38DB5\n"
	"RWQEzwZcTjMRy8UmtsjrsFaEi7xCHmDg4jKvDSLJnmukvvgQOOiuZ+N3\n",
	"untrusted comment: x\nRUQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
	"trusted comment: y\nAAAA\n",
	"{\"state\":\"failed\",\"a\":[{\"b\":\"\\\"}\"}]}",
	"1.25",
	"90s",
};

/* Flip, insert, delete, repeat or cut: a few times. */
static size_t
mutate(char *text)
{
	static const char spice[] = "\n\r\t =:,.%()!-/\"\\{}[]0129aZ\x7f\xc3\xff";
	size_t length = strlen(text);

	for (int n = (int)(random() % 6); n > 0; n--) {
		size_t at = length ? (size_t)random() % length : 0;

		switch (random() % 5) {
		case 0:
			if (length)
				text[at] = (char)(1 + random() % 255);
			break;
		case 1:
		case 2:
			if (length + 2 < INPUT_MAX) {
				memmove(text + at + 1, text + at, length - at);
				text[at] = spice[(size_t)random() % (sizeof spice - 1)];
				length++;
			}
			break;
		case 3:
			if (length) {
				memmove(text + at, text + at + 1, length - at - 1);
				length--;
			}
			break;
		default:
			if (random() % 4 == 0)
				length = at;
		}
	}
	text[length] = '\0';
	return length;
}

int
main(int argc, char **argv)
{
	long rounds = argc > 1 ? atol(argv[1]) : 20000;
	unsigned seed = argc > 2 ? (unsigned)atol(argv[2]) : 1;
	struct arena arena = { NULL };

	token_init();
	srandom(seed);
	for (long i = 0; i < rounds; i++) {
		char text[INPUT_MAX + 1];
		size_t length;

		snprintf(text, sizeof text, "%s", corpus[(size_t)random() % COUNT(corpus)]);
		length = mutate(text);
		try_manifest(&arena, text, length);
		try_words(&arena, text, length);
		try_request(&arena, text, length);
		arena_reset(&arena);
	}
	arena_done(&arena);
	printf("%ld rounds from seed %u, no finding\n", rounds, seed);
	return 0;
}
