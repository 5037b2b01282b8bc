/*
 * In come the windows and black-outs of a plan and, from the zone database, the stretches of time
 * in which the zone's offset stays the same; out go the UTC intervals in which at least one window
 * is open.  Decisions only ever read those intervals.
 *
 * window_expand() goes through the spans, through the local days that may touch one, and through
 * the windows that open on such a day.  Within a span local time is UTC plus a constant, so an
 * interval is two additions, cut to the span; a part that another span holds is found there, with
 * that span's offset.  So a skipped hour loses its part and a repeated hour appears twice, without
 * a rule for it. At last the intervals are sorted and those that touch are merged.
 *
 * What may never happen: that two intervals of a result overlap, or that one leaves the spans.
 */
#include "core/window.h"

#include "core/moment.h"
#include "core/str.h"

/* Windows are expanded further when less is left. */
enum { EXPAND_BELOW_S = 60 * MOMENT_DAY_S };

static const char day_names[7][4] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };

static int
day_parse(const char **at)
{
	for (int i = 0; i < 7; i++)
		if (str_starts(*at, day_names[i])) {
			*at += 3;
			return i;
		}
	return -1;
}

/* "Mon-Fri,Sun "; false when it is no list of days. */
static bool
days_parse(const char **at, uint8_t *ret)
{
	do {
		int first = day_parse(at), last = first;

		if (first < 0)
			return false;
		if (**at == '-') {
			(*at)++;
			last = day_parse(at);
			if (last < 0)
				return false;
		}
		for (int day = first;; day = (day + 1) % 7) {
			*ret |= (uint8_t)(1 << day);
			if (day == last)
				break;
		}
	} while (*(*at)++ == ',');
	return (*at)[-1] == ' ';
}

/* "HH:MM" as minutes of the day, at most `highest`; -1 when it is none. */
static int
minutes_parse(const char **at, int highest)
{
	const char *t = *at;
	int ret;

	if (strspn(t, "0123456789") != 2 || t[2] != ':' || strspn(t + 3, "0123456789") != 2)
		return -1;
	ret = ((t[0] - '0') * 10 + t[1] - '0') * 60 + (t[3] - '0') * 10 + t[4] - '0';
	*at += 5;
	return t[3] > '5' || ret > highest ? -1 : ret;
}

/* What is wrong with the text of a window, or NULL and the window. */
static const char *
window_fault(const char *text, struct window *ret)
{
	const char *at = text;

	*ret = (struct window){ 0 };
	if (*at < '0' || *at > '9') {
		if (!days_parse(&at, &ret->days))
			return "the days are Mon Tue Wed Thu Fri Sat Sun, as in 'Mon-Fri,Sun '";
	} else {
		ret->days = 0x7f;
	}
	ret->start = minutes_parse(&at, 23 * 60 + 59);
	if (ret->start < 0)
		return "the start must be 00:00 to 23:59";
	if (*at++ != '-')
		return "a '-' must stand between start and end";
	ret->end = minutes_parse(&at, 24 * 60);
	if (ret->end < 0)
		return "the end must be 00:00 to 24:00";
	if (*at)
		return "something stands behind the end";
	if (ret->start == ret->end)
		return "start and end are the same";
	if (ret->end < ret->start)
		ret->end += 24 * 60;
	return NULL;
}

enum err_code
window_parse(const char *text, struct window *ret, struct err *err)
{
	const char *fault = window_fault(text, ret);

	if (!fault)
		return ERR_OK;
	err_set(err, ERR_INPUT, "cannot read the push window '%s'", QUOTE(text));
	err_why(err, "%s", fault);
	return err_fix(err, "'Mon-Fri 22:00-04:00' is a push window");
}

enum err_code
blackout_parse(const char *text, struct blackout *ret, struct err *err)
{
	const char *dots = strstr(text, "..");
	char first[16] = "";
	int64_t from, to;
	bool zoned;

	if (strlen(text) == 10 || (dots == text + 10 && strlen(text) == 22)) {
		memcpy(first, text, 10);
		if (moment_parse(first, &from, &zoned) &&
			moment_parse(dots ? dots + 2 : first, &to, &zoned) && from <= to) {
			*ret = (struct blackout){ from / MOMENT_DAY_S, to / MOMENT_DAY_S };
			return ERR_OK;
		}
	}
	err_set(err, ERR_INPUT, "cannot read the black-out '%s'", QUOTE(text));
	return err_fix(err, "'2026-12-24' and '2026-12-24..2027-01-02' are black-outs");
}

static bool
blacked_out(const struct window_rules *rules, int64_t day)
{
	for (size_t i = 0; i < rules->blackout_count; i++)
		if (day >= rules->blackouts[i].first && day <= rules->blackouts[i].last)
			return true;
	return false;
}

static int
by_start(const void *left, const void *right)
{
	const struct interval *a = left, *b = right;

	return (a->opens_at > b->opens_at) - (a->opens_at < b->opens_at);
}

/* Sort the intervals and join those that touch or overlap; returns how many are left. */
static size_t
merge(struct interval *list, size_t count)
{
	size_t kept = 0;

	qsort(list, count, sizeof *list, by_start);
	for (size_t i = 0; i < count; i++) {
		if (kept && list[i].opens_at <= list[kept - 1].closes_at) {
			if (list[i].closes_at > list[kept - 1].closes_at)
				list[kept - 1].closes_at = list[i].closes_at;
		} else {
			list[kept++] = list[i];
		}
	}
	return kept;
}

struct interval *
window_expand(struct arena *arena, const struct window_rules *rules,
	const struct offset_span *spans, size_t span_count, size_t *count)
{
	struct interval *ret;
	size_t room = 0, found = 0;

	for (size_t i = 0; i < span_count; i++)
		room += (size_t)((spans[i].to - spans[i].from) / MOMENT_DAY_S + 4) *
			rules->window_count;
	ret = arena_alloc(arena, room * sizeof *ret + 1);
	for (size_t i = 0; i < span_count; i++) {
		const struct offset_span *span = &spans[i];
		/* A window opens up to two local days before it closes. */
		int64_t day = (span->from + span->offset_s) / MOMENT_DAY_S - 2;
		int64_t last = (span->to + span->offset_s) / MOMENT_DAY_S;

		for (; day <= last; day++) {
			int weekday = (int)((day % 7 + 7 + 3) % 7);

			for (size_t w = 0; w < rules->window_count; w++) {
				const struct window *window = &rules->windows[w];
				int64_t midnight = day * MOMENT_DAY_S - span->offset_s;
				int64_t from = midnight + window->start * 60;
				int64_t to = midnight + window->end * 60;

				if (!(window->days >> weekday & 1) || blacked_out(rules, day))
					continue;
				if (from < span->from)
					from = span->from;
				if (to > span->to)
					to = span->to;
				if (from < to)
					ret[found++] = (struct interval){ from, to };
			}
		}
	}
	*count = merge(ret, found);
	return ret;
}

bool
window_stale(const char *then, const char *today, int64_t expanded_to, int64_t now)
{
	return expanded_to - now < EXPAND_BELOW_S || strcmp(then, today) != 0;
}

int64_t
window_to_utc(int64_t civil, const struct offset_span *spans, size_t span_count)
{
	for (size_t i = 0; i < span_count; i++)
		if (civil - spans[i].offset_s < spans[i].to)
			return civil - spans[i].offset_s > spans[i].from ? civil - spans[i].offset_s
									 : spans[i].from;
	return span_count ? civil - spans[span_count - 1].offset_s : civil;
}
