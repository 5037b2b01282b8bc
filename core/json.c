#include "core/json.h"

#include "core/moment.h"

static void
string(struct buf *buf, const char *text)
{
	buf_text(buf, "\"");
	for (const char *at = text; *at;) {
		size_t plain = 0;

		while ((unsigned char)at[plain] >= 0x20 && at[plain] != '"' && at[plain] != '\\')
			plain++;
		buf_add(buf, at, plain);
		at += plain;
		if (*at) {
			if (*at == '"' || *at == '\\')
				buf_printf(buf, "\\%c", *at);
			else
				buf_printf(buf, "\\u%04x", (unsigned)*at);
			at++;
		}
	}
	buf_text(buf, "\"");
}

static void
lead(struct json *json, const char *key)
{
	if (json->comma)
		buf_text(json->buf, ",");
	if (key) {
		string(json->buf, key);
		buf_text(json->buf, ":");
	}
	json->comma = true;
}

void
json_object(struct json *json, const char *key)
{
	lead(json, key);
	buf_text(json->buf, "{");
	json->comma = false;
}

void
json_array(struct json *json, const char *key)
{
	lead(json, key);
	buf_text(json->buf, "[");
	json->comma = false;
}

void
json_close_object(struct json *json)
{
	buf_text(json->buf, "}");
	json->comma = true;
}

void
json_close_array(struct json *json)
{
	buf_text(json->buf, "]");
	json->comma = true;
}

void
json_string(struct json *json, const char *key, const char *value)
{
	lead(json, key);
	if (value)
		string(json->buf, value);
	else
		buf_text(json->buf, "null");
}

void
json_int(struct json *json, const char *key, int64_t value)
{
	lead(json, key);
	buf_printf(json->buf, "%lld", (long long)value);
}

void
json_bool(struct json *json, const char *key, bool value)
{
	lead(json, key);
	buf_text(json->buf, value ? "true" : "false");
}

void
json_null(struct json *json, const char *key)
{
	lead(json, key);
	buf_text(json->buf, "null");
}

void
json_time(struct json *json, const char *key, int64_t at)
{
	char text[MOMENT_TEXT];

	json_string(json, key, at ? moment_format(at, text) : NULL);
}
