/*
 * Instants as Unix seconds, and their two text forms.  Proleptic Gregorian calendar,
 * years 1970 to 9999, no leap seconds; the day arithmetic is the well-known
 * "days from civil" formula (400-year eras of 146,097 days).
 */
#pragma once

#include "core/arena.h"

enum { MOMENT_TEXT = 21, MOMENT_DAY_S = 86400 };

#define MOMENT_NEVER INT64_MAX

/* The civil parts of an instant, in whatever zone the seconds were shifted to. */
struct civil {
	int year, month, day; /* month and day from 1 */
	int hour, minute, second;
	int weekday; /* 0 Monday .. 6 Sunday */
};

/* The days from 1970-01-01 to a date; years from 0, month and day from 1, not checked. */
int64_t moment_days(int year, int month, int day);

/* The parts of an instant; seconds since 1970-01-01 00:00, from year 0 on. */
struct civil moment_civil(int64_t seconds);

/* "2026-11-21T09:00:00Z", for 0 <= at <= 9999-12-31; ret holds MOMENT_TEXT bytes. */
const char *moment_format(int64_t at, char *ret);

/*
 * Parse "YYYY-MM-DD[ T]HH:MM[:SS]" with "Z" or "+HH:MM" behind it, or without a zone, or the date
 * alone (midnight).  *ret is UTC where a zone was given (*zoned true), else the civil time read
 * as if it were UTC.  Days that the calendar lacks are refused.
 */
bool moment_parse(const char *text, int64_t *ret, bool *zoned);

/* "90", "90s", "10m", "6h", "7d" to seconds, 0 to 10 years. */
bool moment_duration(const char *text, int64_t *ret);

/* Seconds as people read them: "0 s", "90 s", "15 min", "6 h", "2 d"; ret holds 32 bytes. */
const char *moment_span(int64_t seconds, char *ret);
