/*
 * Output.  A command builds one cJSON value; it is printed as JSON under --json and as a table
 * or sentence for people.  The JSON keys are a promise, the tables are not.
 */
#pragma once

#include "core/model.h"
#include "plans/base/session.h"

#include <cjson/cJSON.h>

struct column_view {
	const char *key; /* of the object */
	const char *title;
};

enum { OUT_COLUMNS = 16 };

struct out {
	bool json, quiet, color;
	bool dry_run; /* what is told has not been done */
	bool told;    /* and somebody has said so */
	/* A list on its way. */
	const struct column_view *columns;
	struct column_view titled[OUT_COLUMNS]; /* of a view */
	size_t column_count;
	char ***rows;
	size_t row_count;
	size_t widths[OUT_COLUMNS];
	bool header_done;
	int64_t printed;
};

/*
 * Add a text, or null where it is NULL; the object is returned.  What is shown has a view (view.h).
 */
cJSON *put_text(cJSON *object, const char *key, const char *value);

/* Add a number; the object is returned. */
cJSON *put_int(cJSON *object, const char *key, int64_t value);

/* Add a truth value; the object is returned. */
cJSON *put_bool(cJSON *object, const char *key, bool value);

/* Print one object: JSON, or "key: value" lines for people.  Frees it. */
void out_object(struct out *out, cJSON *object);

/*
 * Print what was done: JSON of the object (freed), or the sentence unless quiet.  Sentences of
 * commands that write begin with a participle, "added product cam": a dry run tells "would have
 * added product cam (dry run)", and the JSON has "dry_run": true.
 */
void out_done(struct out *out, cJSON *object, const char *format, ...) PRINTF(3, 4);

/*
 * The same where a secret was made, shown now and never again: member `key` of the object, a second
 * line for people, or all there is under --quiet.  "" is none (null); in a dry run it is never
 * shown, for it is good for nothing.
 */
void out_secret(struct out *out, cJSON *object, const char *key, const char *secret,
	const char *format, ...) PRINTF(5, 6);

/* A line of the answer for people, as it is; nothing under --json. */
void out_line(const struct out *out, const char *format, ...) PRINTF(2, 3);

/* A text of whole lines that is the answer, for people and pipes alike; nothing under --json. */
void out_text(const struct out *out, const char *text);

/* Remarks for people on stderr: warnings, hints.  Not under --quiet. */
void out_note(const struct out *out, const char *format, ...) PRINTF(2, 3);

/*
 * Begin a list: its rows come one by one, and the widths of its columns from the first of them, so
 * that long lists need no memory.  The columns must live until its end.
 */
void out_list_begin(struct out *out, const struct column_view *columns, size_t count);

/* One row, which is freed. */
void out_list_row(struct out *out, cJSON *object);

/* The end of the list. */
void out_list_end(struct out *out);

/*
 * The end of an answer.  A dry run that has not said so says so now: whatever a command prints,
 * people learn that nothing was done.  ERR_IO when stdout could not be written.
 */
enum err_code out_finish(struct out *out, struct err *err) MUST_USE;

/* What a noun has behind it after this number: "1 device", "2 devices". */
const char *plural(int64_t count);

/* For session->progress: a bar on stderr, and only on a terminal. */
void out_progress(struct session *session, const char *what, int64_t done, int64_t all);
