#include "cli/out.h"

#include "cli/block.h"
#include "core/str.h"

#include <errno.h>
#include <unistd.h>

enum { ROWS_BUFFERED = 500 };

cJSON *
put_text(cJSON *object, const char *key, const char *value)
{
	if (value)
		cJSON_AddStringToObject(object, key, value);
	else
		cJSON_AddNullToObject(object, key);
	return object;
}

cJSON *
put_int(cJSON *object, const char *key, int64_t value)
{
	cJSON_AddNumberToObject(object, key, (double)value);
	return object;
}

cJSON *
put_bool(cJSON *object, const char *key, bool value)
{
	cJSON_AddBoolToObject(object, key, value);
	return object;
}

static void
json_print(cJSON *value, bool pretty)
{
	char *text = pretty ? cJSON_Print(value) : cJSON_PrintUnformatted(value);

	fputs(text, stdout);
	free(text);
}

void
out_object(struct out *out, cJSON *object)
{
	if (out->json) {
		if (out->dry_run)
			put_bool(object, "dry_run", true);
		json_print(object, true);
		putchar('\n');
	} else {
		block_print(object, 0);
	}
	cJSON_Delete(object);
}

static void
done(struct out *out, cJSON *object, const char *format, va_list args)
{
	if (out->json) {
		out_object(out, object);
		return;
	}
	cJSON_Delete(object);
	if (out->quiet)
		return;
	fputs(out->dry_run ? "would have " : "", stdout);
	vprintf(format, args);
	puts(out->dry_run ? " (dry run)" : "");
	out->told = true;
}

void
out_done(struct out *out, cJSON *object, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	done(out, object, format, args);
	va_end(args);
}

void
out_secret(struct out *out, cJSON *object, const char *key, const char *secret, const char *format,
	...)
{
	bool shown = *secret && !out->dry_run;
	va_list args;

	put_text(object, key, shown ? secret : NULL);
	va_start(args, format);
	done(out, object, format, args);
	va_end(args);
	if (!shown || out->json)
		return;
	if (out->quiet)
		puts(secret);
	else
		printf("%s (shown only now): %s\n",
			strcmp(key, "token") ? "enrolment token" : "token", secret);
}

void
out_line(const struct out *out, const char *format, ...)
{
	va_list args;

	if (out->json)
		return;
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

void
out_text(const struct out *out, const char *text)
{
	if (!out->json)
		fputs(text, stdout);
}

void
out_note(const struct out *out, const char *format, ...)
{
	va_list args;

	if (out->quiet)
		return;
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputs(out->dry_run ? " (dry run)\n" : "\n", stderr);
}

const char *
plural(int64_t count)
{
	return count == 1 ? "" : "s";
}

void
out_list_begin(struct out *out, const struct column_view *columns, size_t count)
{
	out->columns = columns;
	out->column_count = count;
	out->row_count = 0;
	out->header_done = false;
	out->printed = 0;
	out->rows = calloc(ROWS_BUFFERED, sizeof *out->rows);
	if (!out->rows)
		exit(ERR_INTERNAL);
	for (size_t i = 0; i < count; i++)
		out->widths[i] = strlen(columns[i].title);
	if (out->json)
		putchar('[');
}

static void
row_print(const struct out *out, char **row)
{
	for (size_t i = 0; i < out->column_count; i++)
		if (i + 1 < out->column_count)
			printf("%-*s  ", (int)out->widths[i], row[i]);
		else
			puts(row[i]);
}

static void
rows_flush(struct out *out)
{
	if (!out->header_done && out->row_count) {
		char *titles[OUT_COLUMNS];

		for (size_t i = 0; i < out->column_count; i++)
			titles[i] = (char *)(uintptr_t)out->columns[i].title;
		row_print(out, titles);
		out->header_done = true;
	}
	for (size_t r = 0; r < out->row_count; r++) {
		row_print(out, out->rows[r]);
		for (size_t i = 0; i < out->column_count; i++)
			free(out->rows[r][i]);
		free(out->rows[r]);
	}
	out->row_count = 0;
}

void
out_list_row(struct out *out, cJSON *object)
{
	if (out->json) {
		fputs(out->printed++ ? ",\n " : "\n ", stdout);
		json_print(object, false);
	} else {
		char **row = calloc(out->column_count, sizeof *row);

		for (size_t i = 0; row && i < out->column_count; i++) {
			row[i] = block_text(
				cJSON_GetObjectItemCaseSensitive(object, out->columns[i].key));
			if (!out->header_done && strlen(row[i]) > out->widths[i])
				out->widths[i] = strlen(row[i]);
		}
		out->rows[out->row_count++] = row;
		if (out->row_count == ROWS_BUFFERED)
			rows_flush(out);
	}
	cJSON_Delete(object);
}

void
out_list_end(struct out *out)
{
	if (out->json)
		puts(out->printed ? "\n]" : "]");
	else
		rows_flush(out);
	free(out->rows);
	out->rows = NULL;
}

enum err_code
out_finish(struct out *out, struct err *err)
{
	if (out->dry_run && !out->told && !out->quiet)
		out_line(out, "nothing was changed (dry run)");
	if (!fflush(stdout) && !ferror(stdout))
		return ERR_OK;
	err_set(err, ERR_IO, "cannot write the output");
	return err_why(err, "%s", strerror(errno));
}

void
out_progress(struct session *session, const char *what, int64_t done, int64_t all)
{
	int percent = all > 0 ? (int)(done * 100 / all) : 0;
	char bar[31];

	(void)session;
	if (!isatty(STDERR_FILENO))
		return;
	for (int i = 0; i < 30; i++)
		bar[i] = i < percent * 30 / 100 ? '#' : '.';
	bar[30] = '\0';
	fprintf(stderr, "\r%.40s [%s] %3d %%%s", QUOTE(what), bar, percent,
		done >= all ? "\n" : "");
}
