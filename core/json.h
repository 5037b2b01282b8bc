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

void json_object(struct json *json, const char *key);
void json_array(struct json *json, const char *key);
void json_close_object(struct json *json);
void json_close_array(struct json *json);
void json_string(struct json *json, const char *key, const char *value); /* NULL: null */
void json_int(struct json *json, const char *key, int64_t value);
void json_bool(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);

/* An instant as RFC 3339, or null when it is 0. */
void json_time(struct json *json, const char *key, int64_t at);
