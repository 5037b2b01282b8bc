/*
 * A device-side verifier for otactl manifests, to take into your own firmware.  It needs Ed25519 and BLAKE2b
 * (here libsodium's) and nothing else; otactl-manifest(5) specifies every byte.
 *
 *   cc -o verify verify.c -lsodium
 *   verify [-n NEEDED] -k KEY.pub [-k ...] -s SIGNATURE [-s ...] -p PRODUCT -c COMPONENT [-w HW]
 *          [-v VERSION] [-r COUNTER] [-f FLOOR] [-t UNIXTIME] MANIFEST FOLDER
 *
 * VERSION and COUNTER are those of what runs now, FLOOR the highest floor that ever ran; a device keeps them where
 * an attacker cannot write.  The files named by the manifest are looked for in FOLDER.  Exit 0: install it.
 */
#include <inttypes.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MANIFEST_MAX = 65536, TEXT_MAX = 2048, KEYS_MAX = 8 };

struct key {
	uint8_t id[8], key[32];
};

struct device { /* what the device knows of itself */
	const char *product, *component, *hw, *version;
	int64_t counter, floor, now;
};

struct manifest { /* what is read of it; files are checked as they come */
	bool product, component, source, delta;
	int64_t counter, floor;
	char version[65];
};

static int
refuse(const char *why)
{
	return fprintf(stderr, "refused: %s\n", why), 1;
}

/* A small file whole; -1 when it cannot be read, is too long or holds a NUL byte. */
static long
slurp(const char *path, char *ret, size_t room)
{
	FILE *file = fopen(path, "rb");
	size_t length;

	if (!file)
		return -1;
	length = fread(ret, 1, room, file);
	fclose(file);
	ret[length < room ? length : 0] = '\0';
	return length < room && !memchr(ret, '\0', length) ? (long)length : -1;
}

/* Base64 of exactly `size` bytes; one spelling only. */
static bool
unbase64(const char *text, size_t length, uint8_t *ret, size_t size)
{
	char again[256];
	size_t got;

	return length < sizeof again &&
	       !sodium_base642bin(ret, size, text, length, NULL, &got, NULL, sodium_base64_VARIANT_ORIGINAL) &&
	       got == size &&
	       sodium_bin2base64(again, sizeof again, ret, size, sodium_base64_VARIANT_ORIGINAL) &&
	       strlen(again) == length && !memcmp(again, text, length);
}

/* Cut the next line, which must start with `prefix`; NULL when it does not or does not end. */
static const char *
line(const char **at, const char *prefix, size_t *length)
{
	const char *start = *at, *end = strchr(start, '\n');

	if (!end || strncmp(start, prefix, strlen(prefix)) != 0)
		return NULL;
	*at = end + 1;
	start += strlen(prefix);
	*length = (size_t)(end - start);
	return start;
}

static bool
key_read(const char *path, struct key *ret)
{
	char text[TEXT_MAX];
	const char *at = text, *base64;
	uint8_t raw[42];
	size_t length;

	if (slurp(path, text, sizeof text) < 0 || !line(&at, "untrusted comment:", &length))
		return false;
	base64 = line(&at, "", &length);
	if (!base64 || *at || !unbase64(base64, length, raw, sizeof raw) || memcmp(raw, "Ed", 2) != 0)
		return false;
	memcpy(ret->id, raw + 2, 8);
	memcpy(ret->key, raw + 10, 32);
	/* Weak points verify signatures that nobody made. */
	return crypto_core_ed25519_is_valid_point(ret->key);
}

/* The key that made this signature of the manifest, or -1. */
static int
signature_check(const char *path, const struct key *keys, int key_count, const char *manifest, size_t manifest_length)
{
	char text[TEXT_MAX];
	const char *at = text, *body, *comment, *last;
	uint8_t raw[74], global[64], hash[64], message[64 + TEXT_MAX];
	size_t body_length, comment_length, last_length, length;

	if (slurp(path, text, sizeof text) < 0 || !line(&at, "untrusted comment: ", &length) ||
		!(body = line(&at, "", &body_length)) || !(comment = line(&at, "trusted comment: ", &comment_length)) ||
		!(last = line(&at, "", &last_length)) || *at || !unbase64(body, body_length, raw, sizeof raw) ||
		!unbase64(last, last_length, global, sizeof global) || memcmp(raw, "ED", 2) != 0)
		return -1;
	crypto_generichash(hash, sizeof hash, (const uint8_t *)manifest, manifest_length, NULL, 0);
	memcpy(message, raw + 10, 64);
	memcpy(message + 64, comment, comment_length);
	for (int i = 0; i < key_count; i++)
		if (!memcmp(keys[i].id, raw + 2, 8) &&
			!crypto_sign_verify_detached(raw + 10, hash, sizeof hash, keys[i].key) &&
			!crypto_sign_verify_detached(global, message, 64 + comment_length, keys[i].key))
			return i;
	return -1;
}

static bool
number(const char *text, int64_t *ret)
{
	char again[24];

	*ret = strtoll(text, NULL, 10);
	snprintf(again, sizeof again, "%" PRId64, *ret);
	return *ret >= 0 && *ret <= (int64_t)1 << 53 && !strcmp(again, text);
}

/* Times are all of one form, so that their order is that of their texts. */
static bool
is_past(const char *text, int64_t now)
{
	time_t at = (time_t)now;
	char today[32];

	strftime(today, sizeof today, "%Y-%m-%dT%H:%M:%SZ", gmtime(&at));
	return strlen(text) != strlen(today) || strcmp(today, text) >= 0;
}

/* True when a list with blanks between its words holds this one. */
static bool
names(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = list; *at; at += strcspn(at, " "), at += *at == ' ')
		if (strcspn(at, " ") == length && !strncmp(at, word, length))
			return true;
	return false;
}

/* What a header line binds the package to; false: not for this device, or not understood. */
static bool
header(const char *key, const char *value, const struct device *d, struct manifest *m)
{
	if (!strcmp(key, "product"))
		return (m->product = !strcmp(value, d->product));
	if (!strcmp(key, "component"))
		return (m->component = !strcmp(value, d->component));
	if (!strcmp(key, "hw"))
		return d->hw && names(value, d->hw);
	if (!strcmp(key, "version"))
		return snprintf(m->version, sizeof m->version, "%s", value) < (int)sizeof m->version;
	if (!strcmp(key, "kind"))
		return (m->delta = strcmp(value, "full") != 0) || true;
	if (!strcmp(key, "source"))
		return (m->source = d->version && !strcmp(value, d->version));
	if (!strcmp(key, "counter"))
		return number(value, &m->counter) && m->counter > d->counter && m->counter >= d->floor;
	if (!strcmp(key, "floor"))
		return number(value, &m->floor);
	if (!strcmp(key, "expires"))
		return !is_past(value, d->now);
	/* requires and delete are for who installs; x- is for whom it may concern. */
	return !strcmp(key, "otactl-manifest") || !strcmp(key, "created") || !strcmp(key, "requires") ||
	       !strcmp(key, "delete") || !strncmp(key, "x-", 2);
}

/* The file has the size and the digest of its "BLAKE2b-512 (NAME) = HEX" line. */
static bool
file_check(const char *folder, const char *name, int64_t size, const char *text)
{
	crypto_generichash_state state;
	uint8_t chunk[4096], digest[64];
	char path[1024], found[129], expected[512];
	int64_t total = 0;
	size_t got;
	FILE *file;

	if (strstr(name, "..") || *name == '/' ||
		snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path || !(file = fopen(path, "rb")))
		return false;
	crypto_generichash_init(&state, NULL, 0, sizeof digest);
	while ((got = fread(chunk, 1, sizeof chunk, file)) > 0) {
		crypto_generichash_update(&state, chunk, got);
		total += (int64_t)got;
	}
	got = (size_t)ferror(file);
	fclose(file);
	crypto_generichash_final(&state, digest, sizeof digest);
	snprintf(expected, sizeof expected, "BLAKE2b-512 (%s) = %s", name,
		sodium_bin2hex(found, sizeof found, digest, sizeof digest));
	return !got && total == size && !strcmp(text, expected);
}

/* Walk the lines of a manifest whose signature holds.  NULL: everything fits; else what does not. */
static const char *
manifest_check(char *text, const struct device *d, const char *folder, struct manifest *m)
{
	char *name = NULL, *next;
	int64_t size = -1;
	int files = 0;

	if (strncmp(text, "otactl-manifest: 1\n", 19) != 0)
		return "no manifest of version 1";
	for (char *at = text; *at; at = next) {
		char *value;

		next = strchr(at, '\n');
		if (!next)
			return "the last line does not end";
		*next++ = '\0';
		if (!strncmp(at, "SHA256 (", 8))
			continue;
		if (!strncmp(at, "BLAKE2b-512 (", 13)) {
			if (!name || size < 0 || !file_check(folder, name, size, at))
				return at;
			files++;
			size = -1;
			continue;
		}
		value = strstr(at, ": ");
		if (!value)
			return at;
		*value = '\0';
		value += 2;
		if (!strcmp(at, "file")) {
			if (size >= 0)
				return "a file has no digest";
			name = value;
		} else if (name && !strcmp(at, "size")) {
			if (!number(value, &size))
				return at;
		} else if (name ? strcmp(at, "slot") != 0 : !header(at, value, d, m))
			return at;
	}
	if (!m->product || !m->component || !m->counter || !files || size >= 0)
		return "something is missing";
	return m->delta && !m->source ? "the source version is another one" : NULL;
}

/* What the command line says. */
struct call {
	struct device device;
	struct key keys[KEYS_MAX];
	const char *signatures[KEYS_MAX];
	int key_count, signature_count, needed;
};

/* NULL, or why the options are wrong. */
static const char *
options_read(int argc, char **argv, struct call *c)
{
	struct device *d = &c->device;
	int option;

	while ((option = getopt(argc, argv, "n:k:s:p:c:w:v:r:f:t:")) != -1)
		if (option == 'n')
			c->needed = atoi(optarg);
		else if (option == 'k' && c->key_count < KEYS_MAX && key_read(optarg, &c->keys[c->key_count]))
			c->key_count++;
		else if (option == 's' && c->signature_count < KEYS_MAX)
			c->signatures[c->signature_count++] = optarg;
		else if (strchr("pcwv", option))
			*(option == 'p' ? &d->product : option == 'c' ? &d->component : option == 'w' ? &d->hw : &d->version) =
				optarg;
		else if (strchr("rft", option))
			*(option == 'r' ? &d->counter : option == 'f' ? &d->floor : &d->now) = atoll(optarg);
		else
			return option == 'k' ? "this is no public key" : "wrong options";
	return NULL;
}

/* How many different keys made a good signature of the manifest. */
static int
signatures_count(const struct call *c, const char *text, size_t length)
{
	bool signed_by[KEYS_MAX] = { false };
	int good = 0;

	for (int i = 0; i < c->signature_count; i++) {
		int key = signature_check(c->signatures[i], c->keys, c->key_count, text, length);

		/* Two signatures by one key are one; two entries of one key would be, too. */
		for (int k = 0; key >= 0 && k < c->key_count; k++)
			if (signed_by[k] && !memcmp(c->keys[k].key, c->keys[key].key, 32))
				key = -1;
		if (key >= 0)
			signed_by[key] = ++good;
	}
	return good;
}

int
main(int argc, char **argv)
{
	static struct call call = { .needed = 1 };
	static char text[MANIFEST_MAX + 1];
	struct manifest m = { .counter = 0 };
	const char *why;
	long length;

	call.device.now = (int64_t)time(NULL);
	why = options_read(argc, argv, &call);
	if (why)
		return refuse(why);
	if (optind + 2 != argc || !call.device.product || !call.device.component || call.needed < 1 ||
		sodium_init() < 0)
		return refuse("see the head of verify.c for how to call it");
	if ((length = slurp(argv[optind], text, sizeof text)) < 0)
		return refuse("the manifest cannot be read");
	if (signatures_count(&call, text, (size_t)length) < call.needed)
		return refuse("too few good signatures");
	why = manifest_check(text, &call.device, argv[optind + 1], &m);
	if (why)
		return refuse(why);
	printf("good: %s %s, counter %" PRId64 ", floor %" PRId64 "\n", call.device.component, m.version,
		m.counter, m.floor);
	return 0;
}
