#include "plans/orders/ids.h"

#include "core/str.h"
#include "plans/base/change.h"
#include "plans/base/file.h"
#include "signing/digest.h"

#include <errno.h>
#include <stdlib.h>

static void
close_file(FILE **file)
{
	if (*file && *file != stdin)
		fclose(*file);
}

/* A bulk command is one row of the audit, with the digest of its input. */
static void
note_input(struct session *session, const char *path, size_t count, struct digest_stream *stream)
{
	char sha256[DIGEST_HEX];

	digest_end(stream, sha256);
	change_note(session, QUOTE(path), NULL,
		arena_printf(&session->arena, "%zu ids, sha256 %s", count, sha256));
}

/* The id on a line, or NULL for blank lines and comments. */
static char *
id_of(char *line)
{
	char *start = line + strspn(line, " \t");
	size_t length = strcspn(start, "#");

	while (length && (start[length - 1] == ' ' || start[length - 1] == '\t'))
		length--;
	start[length] = '\0';
	return length ? start : NULL;
}

/*
 * The next line without its end, which is LF, CR LF, or the CR alone of old spreadsheets.  False at
 * the end of the file.  *whole is false where a NUL byte or a length beyond `room` must not let it
 * pass for a shorter id.
 */
static bool
line_next(FILE *file, struct digest_stream *stream, char *line, size_t room, bool *whole)
{
	size_t length = 0;
	int c;

	*whole = true;
	while ((c = getc_unlocked(file)) != EOF && c != '\n' && c != '\r') {
		*whole = *whole && c && length + 1 < room;
		if (*whole)
			line[length++] = (char)c;
	}
	line[length] = '\0';
	digest_more(stream, line, length);
	if (c == EOF)
		return length || !*whole;
	digest_more(stream, c == '\r' ? "\r" : "\n", 1);
	if (c == '\r') {
		c = getc_unlocked(file);
		if (c == '\n')
			digest_more(stream, "\n", 1);
		else if (c != EOF)
			ungetc(c, file);
	}
	return true;
}

static enum err_code
lines_read(struct session *session, FILE *file, const char *path, struct digest_stream *stream,
	const char ***ret, size_t *count, struct err *err)
{
	static const char mark[] =
		"\xef\xbb\xbf"; /* the byte-order mark that spreadsheets put first */
	const char **list = NULL;
	char line[1024];
	size_t n = 0, number = 0;
	bool whole;

	while (line_next(file, stream, line, sizeof line, &whole)) {
		char *id = id_of(line + (!number && str_starts(line, mark) ? strlen(mark) : 0));

		number++;
		if (whole && !id)
			continue;
		if (!whole || !word_is(WORD_DEVICE, id)) {
			err_set(err, ERR_INPUT, "cannot read line %zu of %s", number, QUOTE(path));
			return whole ? err_why(err, "'%s' is no device id", QUOTE(id))
				     : err_why(err, "it holds a NUL byte or is far too long");
		}
		list = arena_room(&session->arena, list, n, sizeof *list);
		list[n++] = arena_copy(&session->arena, id);
	}
	*ret = list;
	*count = n;
	return ERR_OK;
}

static enum err_code
ids_read(struct session *session, const char *path, const char ***ret, size_t *count,
	struct err *err)
{
	CLEANUP(close_file) FILE *file = strcmp(path, "-") != 0 ? fopen(path, "re") : stdin;
	struct digest_stream *stream;
	const char **list = NULL;
	size_t n = 0;

	if (!file)
		return file_errno(
			err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "read the list", path);
	stream = digest_begin();
	(void)!lines_read(session, file, path, stream, &list, &n, err);
	note_input(session, path, n, stream);
	if (err->code)
		return err->code;
	if (ferror(file))
		return file_errno(err, ERR_IO, "read the list", path);
	if (!list) {
		err_set(err, ERR_INPUT, "the list %s names nobody", QUOTE(path));
		return err_why(
			err, "an empty list is refused: a broken script must not select nobody");
	}
	*ret = list;
	*count = n;
	return ERR_OK;
}

struct place {
	const char *id;
	size_t at;
};

static int
by_id(const void *left, const void *right)
{
	const struct place *a = left, *b = right;
	int order = strcmp(a->id, b->id);

	return order ? order : a->at < b->at ? -1 : a->at > b->at;
}

/* An id that is given twice is meant once. */
static size_t
drop_repeats(struct arena *arena, const char **list, size_t count)
{
	struct place *places = arena_alloc(arena, count * sizeof *places + 1);
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		places[i] = (struct place){ list[i], i };
	qsort(places, count, sizeof *places, by_id);
	for (size_t i = 1; i < count; i++)
		if (!strcmp(places[i - 1].id, places[i].id))
			list[places[i].at] = NULL;
	for (size_t i = 0; i < count; i++)
		if (list[i])
			list[kept++] = list[i];
	return kept;
}

enum err_code
ids_expand(struct session *session, const char *const *values, size_t value_count,
	const char ***ret, size_t *count, struct err *err)
{
	const char **list = NULL;
	size_t n = 0;

	for (size_t i = 0; i < value_count; i++) {
		const char **some = (const char *[]){ values[i] };
		size_t some_count = 1;

		if (*values[i] == '@') {
			if (ids_read(session, values[i] + 1, &some, &some_count, err))
				return err->code;
		} else if (word_check(WORD_DEVICE, "device id", values[i], ERR_USAGE, err)) {
			return err->code;
		}
		for (size_t j = 0; j < some_count; j++) {
			list = arena_room(&session->arena, list, n, sizeof *list);
			list[n++] = some[j];
		}
	}
	*ret = list;
	*count = drop_repeats(&session->arena, list, n);
	return ERR_OK;
}
