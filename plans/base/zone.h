/*
 * Time zones: the zones and links of the IANA database that is installed ($TZDIR, else
 * /usr/share/zoneinfo), and the stretches of constant offset that windows need.  A zone is a name
 * that its tzdata.zi lists, not any file of the folder: "posixrules" and "right/UTC" are none.
 */
#pragma once

#include "core/limits.h"
#include "core/window.h"

struct zone;

/*
 * What the database lists, read at the first question and kept in the arena; so is what was asked
 * about a zone.  Begins as { .arena = ... }; for one command, one import, one tick.
 */
struct zone_list {
	struct arena *arena;
	bool read;
	const char *fault; /* why it cannot be read, or NULL */
	struct zone *list; /* by name */
	size_t count;
};

/*
 * ERR_OK where the zone is listed and its rules can be read; `digest` (DIGEST_HEX bytes, or NULL)
 * then gets that of its file.  ERR_USAGE: there is no such zone (glibc would silently take UTC).
 * ERR_IO: the list or the rules cannot be read.
 */
enum err_code zone_list_check(
	struct zone_list *zones, const char *zone, char *digest, struct err *err) MUST_USE;

/* The same for a single zone, from a list of its own; memory is the arena's. */
enum err_code zone_check(struct arena *arena, const char *zone, struct err *err) MUST_USE;

/*
 * The stretches of constant offset within [from, to), in the arena.  ERR_IO where the zone's rules
 * cannot be read; that the zone is listed is not asked again.
 */
enum err_code zone_spans(struct arena *arena, const char *zone, int64_t from, int64_t to,
	struct offset_span **ret, size_t *count, struct err *err) MUST_USE;

/*
 * Parse a time given by an operator: RFC 3339, or a civil time read in the zone.  ERR_USAGE; ERR_IO
 * where the zone's rules cannot be read.
 */
enum err_code zone_time(struct arena *arena, const char *text, const char *zone, int64_t *ret,
	struct err *err) MUST_USE;
