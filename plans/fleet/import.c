/* Import of devices from CSV (RFC 4180, one header line): fast, and all or nothing. */
#include "plans/fleet/import.h"

#include "core/moment.h"
#include "core/str.h"
#include "db/product.h"
#include "plans/base/change.h"
#include "plans/base/file.h"
#include "plans/base/tokens.h"
#include "plans/base/zone.h"
#include "plans/rollout/enrol.h"
#include "plans/rollout/windows.h"
#include "signing/digest.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>

enum { COLUMNS_MAX = 64, PROGRESS_LINES = 20000 };

enum column_kind {
	COLUMN_DEVICE,
	COLUMN_TOKEN,
	COLUMN_TIMEZONE,
	COLUMN_GROUPS,
	COLUMN_LABEL,
	COLUMN_COMPONENT
};

struct column {
	enum column_kind kind;
	const char *key; /* label key or component identity */
};

struct import {
	struct session *session;
	struct product product;
	struct enrolment enrolment;
	const char *path;
	FILE *in, *tokens;
	size_t line;
	struct column columns[COLUMNS_MAX];
	/* Indices into columns, by key: pairs texts are sorted. */
	int order[COLUMNS_MAX];
	size_t column_count;
	struct zone_list zones;
	struct arena row; /* emptied after each line */
	int64_t count, size, done;
	struct digest_stream *stream; /* of all lines, for the audit */
};

static enum err_code
bad_line(struct import *import, struct err *err, const char *why)
{
	err_set(err, ERR_INPUT, "cannot import %s: line %zu is wrong", QUOTE(import->path),
		import->line);
	err_why(err, "%s", why);
	return err_fix(err, "nothing was imported; correct the line and try again");
}

/*
 * Give an error that was met on a line the place where it was met: the column, where it is of one
 * field.
 */
static enum err_code
at_line(struct import *import, const struct column *column, struct err *err)
{
	struct err inner = *err;
	struct arena *arena = &import->session->arena;
	const char *why =
		*inner.why ? arena_printf(arena, "%s, %s", inner.what, inner.why) : inner.what;

	if (column)
		why = arena_printf(arena, "column '%s%s': %s",
			column->kind == COLUMN_LABEL ? "label:" : "", QUOTE(column->key), why);
	return bad_line(import, err, why);
}

/*
 * Cut a line into fields in place.  Returns their number, or 0 with a reason when quotes are
 * wrong or there are too many fields.
 */
static size_t
fields_cut(char *line, char **fields, const char **why)
{
	size_t n = 0;
	char *at = line;

	for (;;) {
		char *out;

		if (n == COLUMNS_MAX) {
			*why = "it has more than 64 fields";
			return 0;
		}
		if (*at != '"') {
			fields[n++] = at;
			at += strcspn(at, ",");
		} else {
			fields[n++] = out = ++at;
			for (; *at != '"' || at[1] == '"'; *out++ = *at++) {
				if (!*at) {
					*why = "a quote is not closed";
					return 0;
				}
				at += *at == '"';
			}
			*out = '\0';
			if (*++at && *at != ',') {
				*why = "something stands behind a closing quote";
				return 0;
			}
		}
		if (!*at)
			return n;
		*at++ = '\0';
	}
}

/* Read a line without its end; *end true at the end of the file. */
static enum err_code
line_read(struct import *import, char *line, bool *end, struct err *err)
{
	size_t length;

	import->line++;
	*end = !fgets(line, LIMIT_CSV_LINE, import->in);
	if (!*end)
		digest_more(import->stream, line, strlen(line));
	if (*end) {
		if (!ferror(import->in))
			return ERR_OK;
		return file_errno(err, ERR_IO, "read", import->path);
	}
	length = strlen(line);
	import->done += (int64_t)length;
	if ((!length || line[length - 1] != '\n') && !feof(import->in))
		return bad_line(import, err, "it is longer than 16 KiB, or holds a NUL byte");
	while (length && (line[length - 1] == '\n' || line[length - 1] == '\r'))
		line[--length] = '\0';
	return ERR_OK;
}

static enum err_code
column_parse(struct import *import, const char *name, struct column *ret, struct err *err)
{
	static const struct {
		const char *name;
		enum column_kind kind;
	} known[] = { { "device", COLUMN_DEVICE }, { "token", COLUMN_TOKEN },
		{ "timezone", COLUMN_TIMEZONE }, { "groups", COLUMN_GROUPS } };
	struct component component;

	for (size_t i = 0; i < COUNT(known); i++)
		if (!strcmp(name, known[i].name)) {
			*ret = (struct column){ known[i].kind, known[i].name };
			return ERR_OK;
		}
	if (str_starts(name, "label:")) {
		*ret = (struct column){ COLUMN_LABEL, name + strlen("label:") };
		return word_check(WORD_LABEL, "label key", ret->key, ERR_INPUT, err)
			       ? at_line(import, NULL, err)
			       : ERR_OK;
	}
	*ret = (struct column){ COLUMN_COMPONENT, name };
	if (db_component_get(import->session->db, &import->product, name, &component, err))
		return at_line(import, NULL, err);
	return ERR_OK;
}

static enum err_code
header_read(struct import *import, struct err *err)
{
	char *line = arena_alloc(&import->session->arena, LIMIT_CSV_LINE), *fields[COLUMNS_MAX];
	const char *why = "the file is empty";
	bool end, device = false;

	for (size_t i = 0; i < COLUMNS_MAX; i++)
		fields[i] = line;
	if (line_read(import, line, &end, err))
		return err->code;
	/* A byte-order mark is what spreadsheets put first. */
	import->column_count =
		end ? 0
		    : fields_cut(str_starts(line, "\xef\xbb\xbf") ? line + 3 : line, fields, &why);
	if (!import->column_count)
		return bad_line(import, err, why);
	if (import->column_count == 1 && strpbrk(fields[0], ";\t|"))
		return bad_line(import, err, "it is one column: separate the columns by commas");
	for (size_t i = 0; i < import->column_count; i++) {
		if (column_parse(import, fields[i], &import->columns[i], err))
			return err->code;
		device |= import->columns[i].kind == COLUMN_DEVICE;
		import->order[i] = (int)i;
		for (size_t j = i; j; j--) {
			int left = import->order[j - 1], right = import->order[j], by;

			by = strcmp(import->columns[left].key, import->columns[right].key);
			if (!by && import->columns[left].kind == import->columns[right].kind)
				return bad_line(import, err, "a column is named twice");
			if (by <= 0)
				break;
			import->order[j - 1] = right;
			import->order[j] = left;
		}
	}
	return device ? ERR_OK : bad_line(import, err, "the column 'device' is missing");
}

/* "key=value\n" lines of all columns of a kind, in the order of their keys. */
static const char *
pairs_of(struct import *import, enum column_kind kind, char **fields)
{
	struct buf buf = { .arena = &import->row };

	for (size_t i = 0; i < import->column_count; i++) {
		const struct column *column = &import->columns[import->order[i]];
		const char *value = fields[import->order[i]];

		if (column->kind != kind || !*value)
			continue;
		buf_text(&buf, column->key);
		buf_add(&buf, "=", 1);
		/* Blanks around a version are not part of it. */
		buf_text(&buf, kind == COLUMN_COMPONENT ? str_trim(&import->row, value) : value);
		buf_add(&buf, "\n", 1);
	}
	return buf.text ? buf.text : "";
}

static enum err_code
field_check(struct import *import, const struct column *column, const char *value, struct err *err)
{
	switch (column->kind) {
	case COLUMN_DEVICE:
		return word_check(WORD_DEVICE, "device id", value, ERR_USAGE, err);
	case COLUMN_COMPONENT:
		return word_check(WORD_REPORTED, "version", value, ERR_USAGE, err);
	case COLUMN_LABEL:
		return word_check(WORD_VALUE, "label value", value, ERR_USAGE, err);
	case COLUMN_TIMEZONE:
		return *value ? zone_list_check(&import->zones, value, NULL, err) : ERR_OK;
	case COLUMN_TOKEN:
		return *value ? tokens_check(value, err) : ERR_OK;
	case COLUMN_GROUPS:
		break;
	}
	return ERR_OK;
}

static enum err_code
join_groups(struct import *import, int64_t device, char *names, struct err *err)
{
	for (char *name = names; *name;) {
		size_t length = strcspn(name, ";");
		bool more = name[length];
		int64_t group;

		name[length] = '\0';
		if (word_check(WORD_NAME, "group name", name, ERR_USAGE, err) ||
			db_group_get(import->session->db, name, true, &group, err) ||
			db_member_insert(import->session->db, group, device, err))
			return err->code;
		name += length + more;
	}
	return ERR_OK;
}

static enum err_code
give_token(struct import *import, const struct device *device, const char *token, struct err *err)
{
	char made[TOKEN_TEXT];

	if (!token && !import->tokens)
		return ERR_OK;
	if (!token) {
		token_new(made);
		token = made;
		fprintf(import->tokens, "%s,%s\n", device->name, token);
	}
	return tokens_give(import->session, device, token, err);
}

/* What that reads is gone with the row. */
static enum err_code
count(struct import *import, const struct device *device, struct err *err)
{
	struct session *session = import->session;
	struct arena kept = session->arena;

	session->arena = import->row;
	(void)!enrol_count(&import->enrolment, device, err);
	import->row = session->arena;
	session->arena = kept;
	return err->code;
}

static enum err_code
row_insert(struct import *import, char **fields, struct err *err)
{
	struct device d = {
		.product = import->product.id, .attributes = "", .enrolled_at = import->session->now
	};
	char *token = NULL, *groups = NULL;

	for (size_t i = 0; i < import->column_count; i++) {
		const struct column *column = &import->columns[i];

		if (field_check(import, column, fields[i], err))
			return err->code != ERR_IO ? at_line(import, column, err) : err->code;
		if (column->kind == COLUMN_DEVICE)
			str_copy(d.name, sizeof d.name, fields[i]);
		else if (column->kind == COLUMN_TIMEZONE)
			str_copy(d.timezone, sizeof d.timezone, fields[i]);
		else if (column->kind == COLUMN_TOKEN && *fields[i])
			token = fields[i];
		else if (column->kind == COLUMN_GROUPS && *fields[i])
			groups = fields[i];
	}
	d.components = pairs_of(import, COLUMN_COMPONENT, fields);
	d.labels = pairs_of(import, COLUMN_LABEL, fields);
	if (enrol_add(&import->enrolment, &d, err))
		return err->code == ERR_CONFLICT ? at_line(import, NULL, err) : err->code;
	if (give_token(import, &d, token, err))
		return err->code;
	if (groups && join_groups(import, d.id, groups, err))
		return err->code == ERR_USAGE
			       ? at_line(import, &(struct column){ COLUMN_GROUPS, "groups" }, err)
			       : err->code;
	return count(import, &d, err);
}

static enum err_code
rows_read(struct import *import, struct err *err)
{
	char *line = arena_alloc(&import->session->arena, LIMIT_CSV_LINE), *fields[COLUMNS_MAX];

	for (size_t i = 0; i < COLUMNS_MAX; i++)
		fields[i] = line;
	for (;;) {
		const char *why = "";
		size_t n;
		bool end;

		if (line_read(import, line, &end, err) || end)
			return err->code;
		if (!*line)
			continue;
		n = fields_cut(line, fields, &why);
		if (n != import->column_count)
			return bad_line(import, err,
				n ? "it has another number of fields than the header" : why);
		if (row_insert(import, fields, err))
			return err->code;
		arena_reset(&import->row);
		if (++import->count % PROGRESS_LINES == 0 && import->session->progress)
			import->session->progress(
				import->session, "importing", import->done, import->size);
	}
}

static enum err_code
import_file(struct import *import, const char *product, struct err *err)
{
	struct session *session = import->session;
	char sha256[DIGEST_HEX];
	struct stat st;

	if (!fstat(fileno(import->in), &st))
		import->size = st.st_size;
	if (session_keys(session, err) || change_begin(session, err))
		return err->code;
	db_cache(session->db, 256);
	import->stream = digest_begin();
	if (!db_product_get(session->db, product, &import->product, err) &&
		!enrol_begin(session, import->product.id, &import->enrolment, err) &&
		!header_read(import, err))
		(void)!rows_read(import, err);
	digest_end(import->stream, sha256);
	if (!err->code)
		(void)!plan_expand_new_zones(session, err);
	if (!err->code && import->count >= PROGRESS_LINES && session->progress)
		session->progress(session, "importing", 1, 1);
	if (!err->code && import->tokens && (fflush(import->tokens) || ferror(import->tokens)))
		err_set(err, ERR_IO, "cannot write the generated tokens");
	return change_finish(session, err->code, product,
		arena_printf(&session->arena, "%" PRId64 " devices from %s, sha256 %s",
			import->count, QUOTE(import->path), sha256),
		err);
}

enum err_code
device_import(struct session *session, const char *path, const char *product,
	const char *tokens_out, int64_t *count, struct err *err)
{
	struct import import = {
		.session = session, .path = path, .zones = { .arena = &session->arena }
	};

	import.in = strcmp(path, "-") != 0 ? fopen(path, "re") : stdin;
	if (!import.in)
		return file_errno(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "read", path);
	if (tokens_out && !session->dry_run) {
		import.tokens = fopen(tokens_out, "wxe");
		if (!import.tokens) {
			file_errno(err, ERR_IO, "create", tokens_out);
		}
	}
	if (!err->code)
		(void)!import_file(&import, product, err);
	if (import.tokens) {
		fclose(import.tokens);
		if (err->code)
			remove(tokens_out);
	}
	if (import.in != stdin)
		fclose(import.in);
	arena_done(&import.row);
	*count = import.count;
	return err->code;
}
