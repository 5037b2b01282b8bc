/*
 * The one error type.  A function that can fail returns enum err_code, is marked
 * MUST_USE and fills *err exactly once, where the failure is first understood;
 * callers only hand it on.  Only cli/main.c prints it, only cgi/respond.c turns it
 * into HTTP.  Each main starts with a zeroed struct err, and success leaves it so: err->code is
 * the result of everything that happened so far.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUST_USE     __attribute__((warn_unused_result))
#define PRINTF(f, a) __attribute__((format(printf, f, a)))
#define CLEANUP(fn)  __attribute__((cleanup(fn)))
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum err_code { /* also the exit status; append only */
	ERR_OK = 0,
	ERR_INTERNAL = 1,  /* a bug in otactl */
	ERR_USAGE = 2,	   /* the command line is wrong */
	ERR_NOT_FOUND = 3, /* no such device, plan, ... */
	ERR_CONFLICT = 4,  /* exists already, or in the wrong state */
	ERR_INPUT = 5,	   /* a file or request body is malformed */
	ERR_UNTRUSTED = 6, /* a signature, key or token check failed */
	ERR_BUSY = 7,	   /* the database is locked: try again */
	ERR_IO = 8,	   /* disk, network or database failure */
	ERR_FINDINGS = 9,  /* ran well and found differences or faults */
	ERR_MAX
};

struct err {
	enum err_code code;
	char what[256]; /* what did not happen */
	char why[256];	/* the cause, or empty */
	char fix[256];	/* what to do now, or empty */
};

/* Nothing went wrong so far. */
#define ERR_NONE ((struct err){ .code = ERR_OK })

/* Set code and `what`, clear the rest; return code.  Text from outside goes through str_quote(). */
enum err_code err_set(struct err *err, enum err_code code, const char *format, ...) PRINTF(3, 4);

/* Add the cause; return the code that is set. */
enum err_code err_why(struct err *err, const char *format, ...) PRINTF(2, 3);

/* Add what to do now; return the code that is set. */
enum err_code err_fix(struct err *err, const char *format, ...) PRINTF(2, 3);

/* The stable word for a code, as in JSON errors: "not_found". */
const char *err_name(enum err_code code);
