#include "plans/orders/ids.h"

#include "core/str.h"
#include "plans/base/change.h"
#include "plans/base/file.h"
#include "signing/digest.h"

#include <errno.h>

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
	size_t length = strcspn(start, "#\r\n");

	while (length && (start[length - 1] == ' ' || start[length - 1] == '\t'))
		length--;
	start[length] = '\0';
	return length ? start : NULL;
}

static enum err_code
lines_read(struct session *session, FILE *file, const char *path, struct digest_stream *stream,
	const char ***ret, size_t *count, struct err *err)
{
	const char **list = NULL;
	char line[1024];
	size_t n = 0, number = 0;

	while (fgets(line, sizeof line, file)) {
		/* A NUL byte or a line beyond the buffer must not pass for a shorter id. */
		bool whole = strchr(line, '\n') || feof(file);
		char *id;

		digest_more(stream, line, strlen(line));
		id = id_of(line);
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
	*count = n;
	return ERR_OK;
}
