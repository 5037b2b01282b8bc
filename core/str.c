#include "core/str.h"

#include "core/limits.h"

#include <assert.h>
#include <errno.h>

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS	"0123456789"

static const struct rule {
	const char *first, *rest; /* NULL first: printable text */
	size_t low, high;
	const char *words;
} rules[WORD_MAX] = {
	[WORD_NAME] = { LETTERS DIGITS, LETTERS DIGITS "_-", 1, LIMIT_NAME,
		"1 to 64 letters, digits, '_' or '-', the first a letter or digit" },
	[WORD_IDENTITY] = { LETTERS DIGITS, LETTERS DIGITS "_-", 1, LIMIT_IDENTITY,
		"1 to 32 letters, digits, '_' or '-', and no reserved word of the device "
		"protocol" },
	[WORD_VERSION] = { LETTERS DIGITS "_-", LETTERS DIGITS "._-", 1, LIMIT_VERSION,
		"1 to 64 letters, digits, '.', '_' or '-', the first no '.'" },
	[WORD_DEVICE] = { LETTERS DIGITS "._:-", LETTERS DIGITS "._:-", 1, LIMIT_DEVICE,
		"1 to 128 letters, digits, '.', '_', ':' or '-'" },
	[WORD_LABEL] = { LETTERS DIGITS, LETTERS DIGITS "._/-", 1, LIMIT_LABEL,
		"1 to 63 letters, digits, '.', '_', '/' or '-', the first a letter or digit" },
	[WORD_VALUE] = { LETTERS DIGITS "._:/-", LETTERS DIGITS "._:/-", 0, LIMIT_LABEL,
		"at most 63 letters, digits, '.', '_', ':', '/' or '-'" },
	[WORD_ATTRIBUTE] = { NULL, NULL, 0, LIMIT_ATTRIBUTE,
		"at most 128 bytes of printable UTF-8" },
	[WORD_REPORTED] = { NULL, NULL, 0, LIMIT_VERSION, "at most 64 printable characters" },
	[WORD_REMARK] = { NULL, NULL, 0, LIMIT_REMARK, "at most 200 bytes of printable UTF-8" },
	[WORD_FILE] = { LETTERS DIGITS "_", LETTERS DIGITS "._+-", 1, LIMIT_FILE_NAME,
		"1 to 128 letters, digits, '.', '_', '+' or '-', the first a letter, digit or "
		"'_'" },
	[WORD_PATH] = { LETTERS DIGITS "_.", LETTERS DIGITS "._+-/ ", 1, LIMIT_FILE_NAME,
		"a relative path of at most 128 letters, digits, '.', '_', '+' or '-', blanks only "
		"within a name, and no part '.' or '..'" },
};

/* Query parameters of the native protocol that therefore cannot be component identities. */
static const char *const reserved[] = { "battery", "charging", "signal", "free", "slot", "token",
	"accept", "wait" };

static bool
path_is_safe(const char *text)
{
	for (const char *part = text;;) {
		size_t length = strcspn(part, "/");

		if (!length || (length == 1 && part[0] == '.') ||
			(length == 2 && part[0] == '.' && part[1] == '.') || part[0] == ' ' ||
			part[length - 1] == ' ')
			return false;
		if (!part[length])
			return true;
		part += length + 1;
	}
}

bool
word_is(enum word word, const char *text)
{
	const struct rule *rule = &rules[word];
	size_t length = strlen(text);

	if (length < rule->low || length > rule->high)
		return false;
	if (!rule->first)
		return str_printable(text, length);
	if (length && (!strchr(rule->first, text[0]) || strspn(text + 1, rule->rest) != length - 1))
		return false;
	if (word == WORD_PATH)
		return path_is_safe(text);
	if (word == WORD_IDENTITY)
		for (size_t i = 0; i < COUNT(reserved); i++)
			if (!strcmp(text, reserved[i]))
				return false;
	return true;
}

enum err_code
word_check(enum word word, const char *what, const char *text, enum err_code code, struct err *err)
{
	if (word_is(word, text))
		return ERR_OK;
	err_set(err, code, "%s '%s' is not acceptable", what, QUOTE(text));
	return err_why(err, "it must be %s", rules[word].words);
}

struct quoted
str_quote(const char *text)
{
	struct quoted ret;
	size_t used = 0, taken = 0, step;

	for (; *text && taken < 60; text += step, taken += step) {
		step = str_printable_step(text, strlen(text));
		memcpy(ret.text + used, text, step);
		used += step;
		if (!step) {
			step = 1;
			used += (size_t)snprintf(ret.text + used, sizeof ret.text - used, "\\x%02x",
				(unsigned char)*text);
		}
	}
	snprintf(ret.text + used, sizeof ret.text - used, "%s", *text ? "..." : "");
	return ret;
}

bool
str_int(const char *text, int64_t low, int64_t high, int64_t *ret)
{
	char *end;
	long long value;

	if (!strchr("-" DIGITS, text[0]) || !text[0])
		return false;
	errno = 0;
	value = strtoll(text, &end, 10);
	if (*end || end == text || errno || value < low || value > high)
		return false;
	*ret = value;
	return true;
}

/* The digits of a number, without its point, and how many of them stand before that. */
struct digits {
	char list[LIMIT_NUMBER + 1];
	int count;
	int64_t before;
};

static const char *
digits_take(const char *at, struct digits *digits)
{
	const char *from = at;

	for (; *at >= '0' && *at <= '9'; at++)
		if (digits->count < LIMIT_NUMBER)
			digits->list[digits->count++] = *at;
		else
			return NULL;
	return at > from ? at : NULL;
}

/* "9[.5][e[+-]3]"; false for anything else. */
static bool
digits_parse(const char *text, struct digits *ret)
{
	const char *at = digits_take(text, ret);
	bool minus;
	int64_t exponent;

	if (!at)
		return false;
	ret->before = ret->count;
	if (*at == '.' && !(at = digits_take(at + 1, ret)))
		return false;
	if (*at == 'e' || *at == 'E') {
		at++;
		minus = *at == '-';
		at += *at == '-' || *at == '+';
		while (*at == '0' && at[1])
			at++;
		if (!str_int(at, 0, 9999, &exponent))
			return false;
		ret->before += minus ? -exponent : exponent;
		return true;
	}
	return !*at;
}

bool
str_number(const char *text, int64_t *ret, bool *whole)
{
	struct digits digits = { .count = 0 };
	const bool minus = *text == '-';
	int64_t value = 0;

	if (!digits_parse(text + minus, &digits))
		return false;
	*whole = true;
	for (int64_t i = 0; i < digits.count; i++)
		if (i >= digits.before && digits.list[i] != '0')
			*whole = false;
	for (int64_t i = 0; i < digits.before && (value || i < digits.count); i++) {
		int digit = i < digits.count ? digits.list[i] - '0' : 0;

		if (value > (INT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*ret = minus ? -value - !*whole : value;
	return true;
}

bool
str_hundredths(const char *text, int64_t low, int64_t high, int64_t *ret)
{
	size_t digits = strspn(text, DIGITS), places = 0;
	int64_t value = 0;

	/* So many digits cannot overflow, whatever they are. */
	if (!digits || digits > 15)
		return false;
	for (size_t i = 0; i < digits; i++)
		value = value * 10 + (text[i] - '0');
	value *= 100;
	text += digits;
	if (*text == '.') {
		places = strspn(++text, DIGITS);
		if (places < 1 || places > 2)
			return false;
		value += (text[0] - '0') * 10 + (places == 2 ? text[1] - '0' : 0);
	}
	if (text[places] || value < low || value > high)
		return false;
	*ret = value;
	return true;
}

void
str_copy(char *field, size_t room, const char *text)
{
	size_t length = strlen(text);

	assert(length < room);
	memcpy(field, text, length + 1);
}

void
str_cut(char *field, size_t room, const char *text)
{
	static const char dots[] = "...";
	size_t length = strlen(text);

	if (length < room) {
		memcpy(field, text, length + 1);
		return;
	}
	length = room - sizeof dots;
	while (length && ((unsigned char)text[length] & 0xc0) == 0x80)
		length--;
	memcpy(field, text, length);
	memcpy(field + length, dots, sizeof dots);
}

const char *
str_trim(struct arena *arena, const char *text)
{
	size_t length;

	text += strspn(text, " ");
	length = strlen(text);
	while (length && text[length - 1] == ' ')
		length--;
	return text[length] ? arena_copy_n(arena, text, length) : text;
}

bool
str_starts(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

bool
str_ends(const char *text, const char *suffix)
{
	size_t length = strlen(text), tail = strlen(suffix);

	return length >= tail && !strcmp(text + length - tail, suffix);
}

void
str_hex(const uint8_t *bytes, size_t size, char *ret)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < size; i++) {
		ret[2 * i] = digits[bytes[i] >> 4];
		ret[2 * i + 1] = digits[bytes[i] & 15];
	}
	ret[2 * size] = '\0';
}

bool
str_unhex(const char *text, uint8_t *ret, size_t size)
{
	static const char digits[] = "0123456789abcdef";

	if (strlen(text) != 2 * size || strspn(text, digits) != 2 * size)
		return false;
	for (size_t i = 0; i < size; i++) {
		size_t high = (size_t)(strchr(digits, text[2 * i]) - digits);
		size_t low = (size_t)(strchr(digits, text[2 * i + 1]) - digits);

		ret[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/* The length of the UTF-8 sequence at `text`, or 0 where it is malformed or over-long. */
static size_t
utf8_length(const unsigned char *text, size_t left)
{
	size_t need = text[0] < 0x80 ? 1 : text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;

	if (text[0] >= 0x80 && (text[0] < 0xc2 || text[0] > 0xf4))
		return 0;
	if (need > left)
		return 0;
	for (size_t i = 1; i < need; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	if ((text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xed && text[1] > 0x9f) ||
		(text[0] == 0xf0 && text[1] < 0x90) || (text[0] == 0xf4 && text[1] > 0x8f))
		return 0;
	return need;
}

/*
 * What moves the cursor, ends a line or turns the direction of what follows: a row of a table, or a
 * name in a message, would look like another.
 */
static const struct {
	uint32_t low, high;
} unprintable[] = {
	{ 0x00, 0x1f }, /* C0 */
	{ 0x7f, 0x9f }, /* DEL and C1; 0x9b begins the sequences of terminals */
	{ 0x2028,
		0x202e }, /* line and paragraph separators; embeddings and overrides of direction */
	{ 0x2066, 0x2069 }, /* isolates of direction */
	{ 0xfeff, 0xfeff }, /* byte order mark: nothing to see */
};

size_t
str_printable_step(const char *text, size_t length)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t step = length ? utf8_length(at, length) : 0;
	uint32_t code = step > 1 ? at[0] & (0x7fU >> step) : step ? at[0] : 0;

	for (size_t i = 1; i < step; i++)
		code = code << 6 | (at[i] & 0x3fU);
	for (size_t i = 0; i < COUNT(unprintable); i++)
		if (code >= unprintable[i].low && code <= unprintable[i].high)
			return 0;
	return step;
}

bool
str_printable(const char *text, size_t length)
{
	size_t step;

	for (; length; text += step, length -= step) {
		step = str_printable_step(text, length);
		if (!step)
			return false;
	}
	return true;
}
