#include "signing/manifest.h"

#include "core/moment.h"
#include "core/str.h"

#include <inttypes.h>

const char *
manifest_file_name(const struct artifact *file)
{
	return *file->path ? file->path : file->name;
}

char *
manifest_format(struct arena *arena, const struct manifest *m)
{
	struct buf buf = { .arena = arena };
	char time[MOMENT_TEXT];

	buf_printf(
		&buf, "otactl-manifest: 1\nproduct: %s\ncomponent: %s\n", m->product, m->component);
	if (m->hw)
		buf_printf(&buf, "hw: %s\n", m->hw);
	buf_printf(&buf, "version: %s\nkind: %s\n", m->version, kind_words[m->kind]);
	if (m->kind != KIND_FULL)
		buf_printf(&buf, "source: %s\n", m->source);
	buf_printf(&buf, "counter: %" PRId64 "\nfloor: %" PRId64 "\n", m->counter, m->floor);
	for (size_t i = 0; i < m->requirement_count; i++)
		buf_printf(&buf, "requires: %s\n", m->requirements[i]);
	buf_printf(&buf, "created: %s\n", moment_format(m->created_at, time));
	if (m->expires_at)
		buf_printf(&buf, "expires: %s\n", moment_format(m->expires_at, time));
	for (size_t i = 0; i < m->delete_count; i++)
		buf_printf(&buf, "delete: %s\n", m->deletes[i]);
	for (size_t i = 0; i < m->file_count; i++) {
		const struct artifact *file = &m->files[i];
		const char *name = manifest_file_name(file);

		buf_printf(&buf, "file: %s\n", name);
		if (*file->slot)
			buf_printf(&buf, "slot: %s\n", file->slot);
		buf_printf(&buf, "size: %" PRId64 "\nSHA256 (%s) = %s\nBLAKE2b-512 (%s) = %s\n",
			file->size, name, file->sha256, name, file->blake2b);
	}
	return buf.text;
}

enum field {
	FIELD_FORMAT,
	FIELD_PRODUCT,
	FIELD_COMPONENT,
	FIELD_HW,
	FIELD_VERSION,
	FIELD_KIND,
	FIELD_SOURCE,
	FIELD_COUNTER,
	FIELD_FLOOR,
	FIELD_REQUIRES,
	FIELD_CREATED,
	FIELD_EXPIRES,
	FIELD_DELETE,
	FIELD_FILE,
	FIELD_SLOT,
	FIELD_SIZE,
	FIELD_MAX
};

static const char *const field_words[FIELD_MAX] = { "otactl-manifest", "product", "component", "hw",
	"version", "kind", "source", "counter", "floor", "requires", "created", "expires", "delete",
	"file", "slot", "size" };

struct parser {
	struct arena *arena;
	struct manifest *m;
	unsigned seen;	  /* header fields, by bit */
	unsigned in_file; /* fields of the present file block */
	size_t room;
};

enum { HAS_SLOT = 1, HAS_SIZE = 2, HAS_SHA256 = 4, HAS_BLAKE2B = 8 };

/* A decimal number as we write it: no sign, no leading zero. */
static bool
number_parse(const char *text, int64_t *ret)
{
	if (*text == '-' || (*text == '0' && text[1]))
		return false;
	return str_int(text, 0, 1LL << 53, ret);
}

static bool
time_parse(const char *text, int64_t *ret)
{
	char again[MOMENT_TEXT];
	bool zoned;

	return moment_parse(text, ret, &zoned) && zoned &&
	       !strcmp(moment_format(*ret, again), text);
}

bool
manifest_hw_is(const char *text)
{
	char word[LIMIT_LABEL + 1];

	for (const char *at = text;; at++) {
		size_t length = strcspn(at, " ");

		if (!length || length >= sizeof word)
			return false;
		memcpy(word, at, length);
		word[length] = '\0';
		if (!word_is(WORD_VALUE, word))
			return false;
		at += length;
		if (!*at)
			return true;
	}
}

const char *
manifest_requirements(struct arena *arena, const struct manifest *m)
{
	struct buf buf = { .arena = arena };

	buf_text(&buf, "");
	for (size_t i = 0; i < m->requirement_count; i++)
		buf_printf(&buf, "%s\n", m->requirements[i]);
	return buf.text;
}

/* "IDENTITY >= COUNTER" */
static bool
requires_is(const char *text)
{
	char identity[LIMIT_IDENTITY + 1];
	size_t length = strcspn(text, " ");
	int64_t counter;

	if (length >= sizeof identity || !str_starts(text + length, " >= "))
		return false;
	memcpy(identity, text, length);
	identity[length] = '\0';
	return word_is(WORD_IDENTITY, identity) && number_parse(text + length + 4, &counter);
}

static const char *
file_begin(struct parser *p, const char *value)
{
	struct artifact *file;

	if (p->m->file_count && p->in_file != (p->in_file | HAS_SIZE | HAS_SHA256 | HAS_BLAKE2B))
		return "the block of the file before lacks a size or digest";
	if (!word_is(WORD_PATH, value))
		return "this is no file name";
	for (size_t i = 0; i < p->m->file_count; i++)
		if (!strcmp(p->m->files[i].name, value))
			return "a file is named twice";
	if (p->m->file_count == p->room)
		return "there are too many files";
	file = &p->m->files[p->m->file_count++];
	*file = (struct artifact){ .position = (int)p->m->file_count - 1 };
	str_copy(file->name, sizeof file->name, value);
	p->in_file = 0;
	return NULL;
}

static const char *
file_field(struct parser *p, enum field field, const char *value)
{
	struct artifact *file;
	unsigned bit = field == FIELD_SLOT ? HAS_SLOT : HAS_SIZE;

	if (field == FIELD_FILE)
		return file_begin(p, value);
	if (!p->m->file_count)
		return "this key belongs into a file block";
	if (p->in_file & bit)
		return "a key is repeated";
	p->in_file |= bit;
	file = &p->m->files[p->m->file_count - 1];
	if (field == FIELD_SIZE)
		return number_parse(value, &file->size) ? NULL : "this is no size";
	if (!word_is(WORD_NAME, value))
		return "this is no slot name";
	str_copy(file->slot, sizeof file->slot, value);
	return NULL;
}

static const char *
header_field(struct parser *p, enum field field, const char *value)
{
	struct manifest *m = p->m;
	const char *kept = arena_copy(p->arena, value);
	int kind;

	if (m->file_count)
		return "header keys stand before the first file";
	if (p->seen >> field & 1 && field != FIELD_REQUIRES && field != FIELD_DELETE)
		return "a key is repeated";
	p->seen |= 1u << field;
	switch ((int)field) {
	case FIELD_FORMAT:
		return !strcmp(value, "1") ? NULL : "only manifests of version 1 are known";
	case FIELD_PRODUCT:
		m->product = kept;
		return word_is(WORD_NAME, value) ? NULL : "this is no product name";
	case FIELD_COMPONENT:
		m->component = kept;
		return word_is(WORD_IDENTITY, value) ? NULL : "this is no component identity";
	case FIELD_HW:
		m->hw = kept;
		return manifest_hw_is(value) ? NULL : "this is no hardware name";
	case FIELD_VERSION:
		m->version = kept;
		return word_is(WORD_VERSION, value) ? NULL : "this is no version";
	case FIELD_SOURCE:
		m->source = kept;
		return word_is(WORD_VERSION, value) ? NULL : "this is no version";
	case FIELD_KIND:
		kind = WORD_INDEX(kind_words, value);
		m->kind = kind < 0 ? KIND_FULL : (enum package_kind)kind;
		return kind >= 0 ? NULL : "the kind is full, delta or minimal";
	case FIELD_COUNTER:
		return number_parse(value, &m->counter) && m->counter ? NULL : "this is no counter";
	case FIELD_FLOOR:
		return number_parse(value, &m->floor) ? NULL : "this is no floor";
	case FIELD_CREATED:
		return time_parse(value, &m->created_at) ? NULL : "this is no time in UTC";
	case FIELD_EXPIRES:
		return time_parse(value, &m->expires_at) ? NULL : "this is no time in UTC";
	case FIELD_REQUIRES:
		if (m->requirement_count == COUNT(m->requirements))
			return "there are too many requirements";
		m->requirements[m->requirement_count++] = kept;
		return requires_is(value) ? NULL : "a requirement is IDENTITY >= COUNTER";
	case FIELD_DELETE:
		if (m->delete_count == COUNT(m->deletes))
			return "there are too many files to delete";
		m->deletes[m->delete_count++] = kept;
		return word_is(WORD_PATH, value) ? NULL : "this is no safe path";
	}
	return "this key is unknown";
}

/* "SHA256 (NAME) = HEX", as BSD's tools and coreutils --tag write it. */
static const char *
digest_line(
	struct parser *p, const char *line, const char *tag, unsigned bit, char *ret, size_t hex)
{
	const struct artifact *file = p->m->file_count ? &p->m->files[p->m->file_count - 1] : NULL;
	char start[LIMIT_FILE_NAME + 32];
	size_t length;

	if (!file)
		return "a digest belongs into a file block";
	if (p->in_file & bit)
		return "a digest is repeated";
	length = (size_t)snprintf(start, sizeof start, "%s (%s) = ", tag, file->name);
	if (!str_starts(line, start) || strlen(line + length) != hex ||
		strspn(line + length, "0123456789abcdef") != hex)
		return "a digest line is TAG (NAME) = lower-case hex, with the name of its block";
	memcpy(ret, line + length, hex + 1);
	p->in_file |= bit;
	return NULL;
}

static const char *
line_parse(struct parser *p, char *line)
{
	struct artifact none, *file = p->m->file_count ? &p->m->files[p->m->file_count - 1] : &none;
	char *colon;

	if (str_starts(line, "SHA256 ("))
		return digest_line(p, line, "SHA256", HAS_SHA256, file->sha256, 64);
	if (str_starts(line, "BLAKE2b-512 ("))
		return digest_line(p, line, "BLAKE2b-512", HAS_BLAKE2B, file->blake2b, 128);
	colon = strstr(line, ": ");
	if (!colon || !colon[2])
		return "a line is KEY: VALUE";
	*colon = '\0';
	if (!p->seen && strcmp(line, "otactl-manifest") != 0)
		return "the first line must be otactl-manifest: 1";
	if (str_starts(line, "x-"))
		return NULL;
	for (int field = 0; field < FIELD_MAX; field++)
		if (!strcmp(line, field_words[field]))
			return field >= FIELD_FILE ? file_field(p, (enum field)field, colon + 2)
						   : header_field(p, (enum field)field, colon + 2);
	return "this key is unknown";
}

static const char *
whole_fault(const struct parser *p)
{
	static const enum field needed[] = { FIELD_PRODUCT, FIELD_COMPONENT, FIELD_VERSION,
		FIELD_KIND, FIELD_COUNTER, FIELD_FLOOR, FIELD_CREATED };
	bool sourced = p->seen >> FIELD_SOURCE & 1;

	for (size_t i = 0; i < COUNT(needed); i++)
		if (!(p->seen >> needed[i] & 1))
			return field_words[needed[i]];
	if (sourced != (p->m->kind != KIND_FULL))
		return "source";
	if (!p->m->file_count ||
		(p->in_file & ~(unsigned)HAS_SLOT) != (HAS_SIZE | HAS_SHA256 | HAS_BLAKE2B))
		return "file";
	return NULL;
}

static enum err_code
refuse(struct err *err, size_t line, const char *why)
{
	err_set(err, ERR_INPUT, "cannot read the manifest");
	return line ? err_why(err, "line %zu: %s", line, why) : err_why(err, "%s", why);
}

enum err_code
manifest_parse(
	struct arena *arena, const char *text, size_t length, struct manifest *ret, struct err *err)
{
	struct manifest made = { .kind = KIND_FULL };
	struct parser p = {
		.arena = arena, .m = &made, .room = LIMIT_APP_FILES + LIMIT_APP_FIRMWARE
	};
	const char *missing;
	size_t number = 0;

	if (length > LIMIT_MANIFEST)
		return refuse(
			err, 0, arena_printf(arena, "it is longer than %d bytes", LIMIT_MANIFEST));
	if (!length || text[length - 1] != '\n')
		return refuse(err, 0, "its last line does not end");
	made.files = arena_alloc(arena, p.room * sizeof *made.files);
	for (const char *at = text; at < text + length;) {
		size_t rest = (size_t)(text + length - at);
		size_t size = (size_t)((const char *)memchr(at, '\n', rest) - at);
		char *line = arena_copy_n(arena, at, size);
		const char *fault = NULL;

		number++;
		for (size_t i = 0; i < size; i++)
			if (at[i] < 0x20 || at[i] > 0x7e)
				fault = "it holds a byte that is not printable ASCII";
		if (size > LIMIT_MANIFEST_LINE)
			fault = arena_printf(
				arena, "it is longer than %d bytes", LIMIT_MANIFEST_LINE);
		if (!fault)
			fault = line_parse(&p, line);
		if (fault)
			return refuse(err, number, fault);
		at += size + 1;
	}
	missing = whole_fault(&p);
	if (missing) {
		err_set(err, ERR_INPUT, "cannot read the manifest");
		return err_why(err, "%s is missing or does not fit the kind", missing);
	}
	*ret = made;
	return ERR_OK;
}
