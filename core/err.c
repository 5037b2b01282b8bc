#include "core/err.h"

static const char *const names[ERR_MAX] = {
	[ERR_OK] = "ok",
	[ERR_INTERNAL] = "internal",
	[ERR_USAGE] = "usage",
	[ERR_NOT_FOUND] = "not_found",
	[ERR_CONFLICT] = "conflict",
	[ERR_INPUT] = "input",
	[ERR_UNTRUSTED] = "untrusted",
	[ERR_BUSY] = "busy",
	[ERR_IO] = "io",
	[ERR_FINDINGS] = "findings",
};

enum err_code
err_set(struct err *err, enum err_code code, const char *format, ...)
{
	va_list args;

	*err = (struct err){ .code = code };
	va_start(args, format);
	vsnprintf(err->what, sizeof err->what, format, args);
	va_end(args);
	return code;
}

enum err_code
err_why(struct err *err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(err->why, sizeof err->why, format, args);
	va_end(args);
	return err->code;
}

enum err_code
err_fix(struct err *err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(err->fix, sizeof err->fix, format, args);
	va_end(args);
	return err->code;
}

const char *
err_name(enum err_code code)
{
	return names[code];
}
