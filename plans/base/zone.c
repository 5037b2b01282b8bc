#include "plans/base/zone.h"

#include "core/limits.h"
#include "core/moment.h"
#include "core/str.h"

#include <sys/stat.h>

enum { PROBE_S = 3600 };

enum err_code
zone_check(const char *zone, struct err *err)
{
	char path[128];
	struct stat st;

	if (strlen(zone) <= LIMIT_ZONE && *zone != '/' && *zone && !strstr(zone, "..") &&
		strspn(zone,
			"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/") ==
			strlen(zone)) {
		snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", zone);
		if (!stat(path, &st) && S_ISREG(st.st_mode))
			return ERR_OK;
	}
	err_set(err, ERR_USAGE, "there is no time zone '%s'", QUOTE(zone));
	err_why(err, "it must be a name of the IANA database, such as Europe/Berlin or UTC");
	return err_fix(err, "apt-get install tzdata, if /usr/share/zoneinfo is empty");
}

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

struct offset_span *
zone_spans(struct arena *arena, const char *zone, int64_t from, int64_t to, size_t *count)
{
	struct offset_span *list = NULL;
	int64_t start = from;
	size_t n = 0;

	setenv("TZ", arena_printf(arena, ":%s", zone), 1);
	tzset();
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
	*count = n;
	return list;
}

enum err_code
zone_time(struct arena *arena, const char *text, const char *zone, int64_t *ret, struct err *err)
{
	struct offset_span *spans;
	size_t count;
	int64_t at;
	bool zoned;

	if (!moment_parse(text, &at, &zoned)) {
		err_set(err, ERR_USAGE, "cannot read the time '%s'", QUOTE(text));
		return err_fix(
			err, "2026-11-21T22:00:00Z, '2026-11-21 22:00' and 2026-11-21 are times");
	}
	if (!zoned) {
		spans = zone_spans(
			arena, zone, at - 3 * MOMENT_DAY_S, at + 3 * MOMENT_DAY_S, &count);
		at = window_to_utc(at, spans, count);
	}
	*ret = at;
	return ERR_OK;
}
