/*
 * Time zones: names of the IANA database, and the stretches of constant offset that windows need.
 */
#pragma once

#include "core/window.h"

/* ERR_USAGE when the zone database has no such zone (glibc would silently take UTC). */
enum err_code zone_check(const char *zone, struct err *err) MUST_USE;

/* The stretches of constant offset within [from, to), in the arena. */
struct offset_span *zone_spans(
	struct arena *arena, const char *zone, int64_t from, int64_t to, size_t *count);

/*
 * Parse a time given by an operator: RFC 3339, or a civil time read in the zone.  ERR_USAGE.
 */
enum err_code zone_time(struct arena *arena, const char *text, const char *zone, int64_t *ret,
	struct err *err) MUST_USE;
