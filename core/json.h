/*
 * A JSON writer for the device door: it appends to a buffer, keeps the commas and escapes
 * the strings.  Start with { .buf = &buf }.  A key is NULL inside arrays and for the
 * outermost value.  (The command line builds its output with cJSON, which the door must not link.)
 */
#pragma once

#include "core/arena.h"

struct json {
	struct buf *buf;
	bool comma; /* something stands before the next value */
};

/* Begin an object; the members follow, then json_close_object(). */
void json_object(struct json *json, const char *key);

/* Begin an array; the elements follow, then json_close_array(). */
void json_array(struct json *json, const char *key);

/* End the object that was begun last and is still open. */
void json_close_object(struct json *json);

/* End the array that was begun last and is still open. */
void json_close_array(struct json *json);

/* A string, escaped; null where it is NULL. */
void json_string(struct json *json, const char *key, const char *value);

/* A whole number. */
void json_int(struct json *json, const char *key, int64_t value);

/* true or false. */
void json_bool(struct json *json, const char *key, bool value);

/* null. */
void json_null(struct json *json, const char *key);

/* An instant as RFC 3339, or null when it is 0. */
void json_time(struct json *json, const char *key, int64_t at);
