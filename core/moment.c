#include "core/moment.h"

#include <assert.h>

/*
 * Days since 1970-01-01.  This and moment_civil() are days_from_civil and civil_from_days of Howard
 * Hinnant, "chrono-compatible low-level date algorithms"
 * (howardhinnant.github.io/date_algorithms.html), for the years of ours: years begin in March, so
 * that the leap day is the last of its year, and repeat in eras of 400 years, which have 146,097
 * days; 719,468 days lie before 1970-01-01.
 */
int64_t
moment_days(int year, int month, int day)
{
	int64_t y = year - (month <= 2);
	int64_t era = y / 400;
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return era * 146097 + day_of_era - 719468;
}

struct civil
moment_civil(int64_t seconds)
{
	int64_t days = seconds / MOMENT_DAY_S - (seconds % MOMENT_DAY_S < 0);
	int64_t rest = seconds - days * MOMENT_DAY_S;
	int64_t era = (days + 719468) / 146097;
	int64_t day_of_era = days + 719468 - era * 146097;
	int64_t year_of_era =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year =
		day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t from_march = (5 * day_of_year + 2) / 153; /* month, March is 0 */
	int month = (int)(from_march < 10 ? from_march + 3 : from_march - 9);

	return (struct civil){
		.year = (int)(year_of_era + era * 400 + (month <= 2)),
		.month = month,
		.day = (int)(day_of_year - (153 * from_march + 2) / 5 + 1),
		.hour = (int)(rest / 3600),
		.minute = (int)(rest / 60 % 60),
		.second = (int)(rest % 60),
		.weekday = (int)((days % 7 + 7 + 3) % 7),
	};
}

const char *
moment_format(int64_t at, char *ret)
{
	struct civil c = moment_civil(at);

	assert(c.year >= 1900 && c.year <= 9999);
	snprintf(ret, MOMENT_TEXT, "%04u-%02u-%02uT%02u:%02u:%02uZ", (unsigned)c.year % 10000,
		(unsigned)c.month % 100, (unsigned)c.day % 100, (unsigned)c.hour % 100,
		(unsigned)c.minute % 100, (unsigned)c.second % 100);
	return ret;
}

/* Read exactly `digits` digits; -1 when they are not there. */
static int
number(const char **at, int digits)
{
	int ret = 0;

	for (int i = 0; i < digits; i++, (*at)++) {
		if (**at < '0' || **at > '9')
			return -1;
		ret = ret * 10 + (**at - '0');
	}
	return ret;
}

static bool
eat(const char **at, char c)
{
	if (**at != c)
		return false;
	(*at)++;
	return true;
}

static bool
zone_parse(const char **at, int64_t *offset_s)
{
	int sign = **at == '-' ? -1 : 1, hour, minute;

	*offset_s = 0;
	if (eat(at, 'Z'))
		return true;
	if (!eat(at, '+') && !eat(at, '-'))
		return false;
	hour = number(at, 2);
	if (hour < 0 || hour > 23 || !eat(at, ':'))
		return false;
	minute = number(at, 2);
	*offset_s = sign * (hour * 3600 + minute * 60);
	return minute >= 0 && minute <= 59;
}

static bool
time_parse(const char **at, int64_t *seconds)
{
	int hour = number(at, 2), minute, second = 0;

	if (hour < 0 || hour > 23 || !eat(at, ':'))
		return false;
	minute = number(at, 2);
	if (eat(at, ':'))
		second = number(at, 2);
	*seconds = hour * 3600 + minute * 60 + second;
	return minute >= 0 && minute <= 59 && second >= 0 && second <= 59;
}

bool
moment_parse(const char *text, int64_t *ret, bool *zoned)
{
	const char *at = text;
	int year = number(&at, 4), month, day;
	int64_t days, seconds = 0, offset_s = 0;
	struct civil back;

	if (year < 1970 || !eat(&at, '-'))
		return false;
	month = number(&at, 2);
	if (month < 1 || month > 12 || !eat(&at, '-'))
		return false;
	day = number(&at, 2);
	if (day < 1)
		return false;
	days = moment_days(year, month, day);
	back = moment_civil(days * MOMENT_DAY_S);
	if (back.day != day || back.month != month)
		return false;
	*zoned = false;
	if (*at) {
		if ((!eat(&at, 'T') && !eat(&at, ' ')) || !time_parse(&at, &seconds))
			return false;
		if (*at) {
			if (!zone_parse(&at, &offset_s) || *at)
				return false;
			*zoned = true;
		}
	}
	*ret = days * MOMENT_DAY_S + seconds - offset_s;
	return *ret >= 0;
}

bool
moment_duration(const char *text, int64_t *ret)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = { { '\0', 1 }, { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	int64_t value = 0, limit = 10LL * 366 * MOMENT_DAY_S;
	const char *at = text;

	for (; *at >= '0' && *at <= '9'; at++)
		if ((value = value * 10 + (*at - '0')) > limit)
			return false;
	if (at == text || (*at && at[1]))
		return false;
	for (size_t i = 0; i < COUNT(units); i++)
		if (*at == units[i].unit && value * units[i].seconds <= limit) {
			*ret = value * units[i].seconds;
			return true;
		}
	return false;
}

const char *
moment_span(int64_t seconds, char *ret)
{
	if (seconds >= 2 * MOMENT_DAY_S)
		snprintf(ret, 32, "%lld d", (long long)(seconds / MOMENT_DAY_S));
	else if (seconds >= 2 * 3600)
		snprintf(ret, 32, "%lld h", (long long)(seconds / 3600));
	else if (seconds >= 2 * 60)
		snprintf(ret, 32, "%lld min", (long long)(seconds / 60));
	else
		snprintf(ret, 32, "%lld s", (long long)seconds);
	return ret;
}
