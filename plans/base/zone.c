/*
 * glibc takes a zone that it cannot read for UTC, and says nothing.  So a zone's name is looked up
 * in the list that belongs to the database, and its file is read and measured before glibc is asked
 * for offsets: rules_read() accepts only a file that is as long as its own headers say, as one that
 * was cut short is not.
 */
#include "plans/base/zone.h"

#include "core/moment.h"
#include "core/str.h"
#include "plans/base/file.h"
#include "signing/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum {
	PROBE_S = 3600,
	LIST_BYTES = 4 * 1024 * 1024, /* of tzdata.zi; today it has 107 KiB */
	RULES_BYTES = 64 * 1024,      /* of a zone's file; today they have up to 4 KiB */
	RULES_HEADER = 44,
};

static const char install[] = "apt-get install tzdata brings the IANA database";

/* What is known of a zone's file. */
struct rules {
	char digest[DIGEST_HEX]; /* "" it cannot be read */
	const char *fault;	 /* why */
};

struct zone {
	const char *name;
	struct rules *rules; /* NULL until somebody asks */
};

static const char *
folder(void)
{
	const char *given = getenv("TZDIR");

	return given && *given ? given : "/usr/share/zoneinfo";
}

/* --- the rules of a zone ---------------------------------------------------------------------- */

static uint64_t
number_at(const uint8_t *bytes)
{
	return (uint64_t)bytes[0] << 24 | (uint64_t)bytes[1] << 16 | (uint64_t)bytes[2] << 8 |
	       bytes[3];
}

/* The bytes that a block of RFC 8536 has with its header; moments have `width` bytes. */
static uint64_t
block_size(const uint8_t *header, uint64_t width)
{
	uint64_t marks = number_at(header + 20) + number_at(header + 24);
	uint64_t leaps = number_at(header + 28), moments = number_at(header + 32);
	uint64_t types = number_at(header + 36), letters = number_at(header + 40);

	return RULES_HEADER + moments * (width + 1) + types * 6 + letters + leaps * (width + 4) +
	       marks;
}

/* True when the bytes are a zone's rules from the first to the last. */
static bool
rules_whole(const uint8_t *bytes, size_t size)
{
	uint64_t first, both;

	if (size < RULES_HEADER || memcmp(bytes, "TZif", 4) != 0)
		return false;
	first = block_size(bytes, 4);
	if (!bytes[4])
		return first == size;
	if (first + RULES_HEADER > size || memcmp(bytes + first, "TZif", 4) != 0)
		return false;
	both = first + block_size(bytes + first, 8);
	/* The rule for all years to come stands between two ends of line. */
	return both + 2 <= size && bytes[both] == '\n' && bytes[size - 1] == '\n';
}

static ssize_t
bytes_read(int fd, uint8_t *ret, size_t room)
{
	size_t done = 0;
	ssize_t got;

	while (done < room && (got = read(fd, ret + done, room - done)) != 0) {
		if (got < 0)
			return -1;
		done += (size_t)got;
	}
	return (ssize_t)done;
}

/* The digest of the zone's file, or "" and why it cannot be read: NULL, or a text in the arena. */
static const char *
rules_read(struct arena *arena, const char *zone, char *digest)
{
	const char *path = arena_printf(arena, "%s/%s", folder(), zone);
	CLEANUP(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	uint8_t bytes[RULES_BYTES];
	ssize_t size = fd < 0 ? -1 : bytes_read(fd, bytes, sizeof bytes);

	digest[0] = '\0';
	if (size < 0)
		return arena_printf(arena, "%s: %s", path, strerror(errno));
	if (!rules_whole(bytes, (size_t)size))
		return arena_printf(arena, "%s: it holds no rules of a time zone", path);
	digest_quick(bytes, (size_t)size, digest);
	return NULL;
}

static enum err_code
rules_fault(const char *zone, const char *why, struct err *err)
{
	err_set(err, ERR_IO, "cannot read the rules of time zone '%s'", QUOTE(zone));
	err_why(err, "%s", why);
	return err_fix(err, install);
}

/* --- which zones there are -------------------------------------------------------------------- */

static int
by_name(const void *left, const void *right)
{
	const struct zone *a = left, *b = right;

	return strcmp(a->name, b->name);
}

/* The name that a line of tzdata.zi brings: "Z NAME ..." or "L TARGET NAME"; NULL: none. */
static const char *
name_of_line(struct arena *arena, const char *line)
{
	const char *at = line;
	size_t length;

	if (*line != 'Z' && *line != 'L')
		return NULL;
	at += strcspn(line, " \t\n");
	if (*at != ' ')
		return NULL;
	at += strspn(at, " \t");
	if (*line == 'L') {
		at += strcspn(at, " \t\n");
		at += strspn(at, " \t");
	}
	length = strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/");
	/* What is no such name would be something else to glibc. */
	if (!length || length > LIMIT_ZONE || *at == '/' || !strchr(" \t\n", at[length]))
		return NULL;
	return arena_copy_n(arena, at, length);
}

static void
list_read(struct zone_list *zones)
{
	const char *path = arena_printf(zones->arena, "%s/tzdata.zi", folder());
	struct err err = ERR_NONE;
	char *text;

	zones->read = true;
	if (text_read(zones->arena, path, LIST_BYTES, &text, NULL, &err)) {
		zones->fault = arena_printf(
			zones->arena, "%s%s%s", err.what, *err.why ? ": " : "", err.why);
		return;
	}
	for (const char *line = text, *end; *line; line = *end ? end + 1 : end) {
		const char *name = name_of_line(zones->arena, line);

		end = strchrnul(line, '\n');
		if (!name)
			continue;
		zones->list =
			arena_room(zones->arena, zones->list, zones->count, sizeof *zones->list);
		zones->list[zones->count++] = (struct zone){ .name = name };
	}
	if (zones->count)
		qsort(zones->list, zones->count, sizeof *zones->list, by_name);
	else
		zones->fault = arena_printf(zones->arena, "%s lists no zone", path);
}

/* No such zone; whoever spells it otherwise is told how it is spelt. */
static enum err_code
unknown(const struct zone_list *zones, const char *zone, struct err *err)
{
	const char *meant = NULL;

	for (size_t i = 0; zones->list && i < zones->count && !meant; i++)
		if (!strcasecmp(zones->list[i].name, zone))
			meant = zones->list[i].name;
	err_set(err, ERR_USAGE, "there is no time zone '%s'", QUOTE(zone));
	if (meant)
		err_why(err, "the IANA database spells it %s", meant);
	else
		err_why(err,
			"it must be a name of the IANA database, such as Europe/Berlin or UTC");
	return err_fix(err, "tzdata.zi in %s lists them all", QUOTE(folder()));
}

enum err_code
zone_list_check(struct zone_list *zones, const char *zone, char *digest, struct err *err)
{
	struct zone *found = NULL;

	if (!zones->read)
		list_read(zones);
	if (zones->fault) {
		err_set(err, ERR_IO, "cannot read the list of time zones");
		err_why(err, "%s", zones->fault);
		return err_fix(err, install);
	}
	if (zones->list)
		found = bsearch(&(struct zone){ .name = zone }, zones->list, zones->count,
			sizeof *zones->list, by_name);
	if (!found)
		return unknown(zones, zone, err);
	if (!found->rules) {
		found->rules = arena_alloc(zones->arena, sizeof *found->rules);
		found->rules->fault = rules_read(zones->arena, zone, found->rules->digest);
	}
	if (found->rules->fault)
		return rules_fault(zone, found->rules->fault, err);
	if (digest)
		memcpy(digest, found->rules->digest, DIGEST_HEX);
	return ERR_OK;
}

enum err_code
zone_check(struct arena *arena, const char *zone, struct err *err)
{
	struct zone_list zones = { .arena = arena };

	return zone_list_check(&zones, zone, NULL, err);
}

/* --- offsets ---------------------------------------------------------------------------------- */

static int64_t
offset_at(int64_t at)
{
	time_t t = (time_t)at;
	struct tm tm;

	localtime_r(&t, &tm);
	return tm.tm_gmtoff;
}

/* The first instant in (low, high] with another offset than at low. */
static int64_t
change_between(int64_t low, int64_t high)
{
	int64_t offset = offset_at(low);

	while (high - low > 1) {
		int64_t middle = low + (high - low) / 2;

		if (offset_at(middle) == offset)
			low = middle;
		else
			high = middle;
	}
	return high;
}

/* Let glibc read the zone's file, also where it knows one of that name from before. */
static enum err_code
zone_enter(struct arena *arena, const char *zone, struct err *err)
{
	char before[DIGEST_HEX], after[DIGEST_HEX];
	const char *fault = rules_read(arena, zone, before);

	if (fault)
		return rules_fault(zone, fault, err);
	setenv("TZ", "UTC0", 1);
	tzset();
	setenv("TZ", arena_printf(arena, ":%s", zone), 1);
	tzset();
	fault = rules_read(arena, zone, after);
	if (!fault && strcmp(before, after) != 0)
		fault = "they were written anew while they were read";
	return fault ? rules_fault(zone, fault, err) : ERR_OK;
}

enum err_code
zone_spans(struct arena *arena, const char *zone, int64_t from, int64_t to,
	struct offset_span **ret, size_t *count, struct err *err)
{
	struct offset_span *list = NULL;
	int64_t start = from;
	size_t n = 0;

	if (zone_enter(arena, zone, err))
		return err->code;
	while (start < to) {
		int64_t offset = offset_at(start), at = start, next, end;

		while ((next = at + PROBE_S < to ? at + PROBE_S : to) < to &&
			offset_at(next) == offset)
			at = next;
		end = offset_at(next) == offset ? to : change_between(at, next);
		list = arena_room(arena, list, n, sizeof *list);
		list[n++] = (struct offset_span){ start, end, offset };
		start = end;
	}
	*ret = list;
	*count = n;
	return ERR_OK;
}

enum err_code
zone_time(struct arena *arena, const char *text, const char *zone, int64_t *ret, struct err *err)
{
	struct offset_span *spans = NULL;
	size_t count = 0;
	int64_t at;
	bool zoned;

	if (!moment_parse(text, &at, &zoned)) {
		err_set(err, ERR_USAGE, "cannot read the time '%s'", QUOTE(text));
		return err_fix(
			err, "2026-11-21T22:00:00Z, '2026-11-21 22:00' and 2026-11-21 are times");
	}
	if (!zoned) {
		if (zone_spans(arena, zone, at - 3 * MOMENT_DAY_S, at + 3 * MOMENT_DAY_S, &spans,
			    &count, err))
			return err->code;
		at = window_to_utc(at, spans, count);
	}
	*ret = at;
	return ERR_OK;
}
