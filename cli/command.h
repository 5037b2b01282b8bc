/*
 * The command table.  cli/commands.c holds it and nothing else: dispatch, help and the manual
 * all walk it.
 */
#pragma once

#include "cli/cli.h"

enum arg_kind {
	ARG_FLAG, /* an option without a value */
	ARG_TEXT,
	ARG_COUNT,  /* a number from 0 */
	ARG_NUMBER, /* any integer */
	ARG_SPAN,   /* seconds, or 90s, 10m, 6h, 7d */
	ARG_TIME,
	ARG_FILE,
	ARG_PRODUCT,
	ARG_COMPONENT,
	ARG_DEVICE,
	ARG_GROUP,
	ARG_PLAN,
	ARG_STRATEGY,
	ARG_KIND_MAX,
};

enum { ARG_REQUIRED = 1, ARG_REPEAT = 2 };

struct arg {
	const char *name; /* "--stage" is an option, "PLAN" an operand; NULL ends the list */
	enum arg_kind kind;
	int flags;
	const char *value; /* what the value of an option is called, NULL for flags */
	const char *help;
};

enum need {
	NEED_NOTHING,
	NEED_READ,
	NEED_SCRATCH, /* writes, but everything is undone */
	NEED_WRITE,
	NEED_FILES, /* writes files of its own; no database is open */
};

struct args;

struct command {
	const char *path;	 /* "plan activate" */
	const char *summary;	 /* one line, imperative, no full stop */
	const char *description; /* paragraphs for --help and the manual */
	const char *example;	 /* one working line, or NULL */
	enum need need;
	enum err_code (*run)(struct cli *, const struct args *, struct err *);
	struct arg args[28];
};

extern const struct command commands[];
extern const size_t command_count;

/* Options that every command takes, and those that every writing command takes. */
extern const struct arg global_args[], writing_args[];

/* What was given.  Names are those of the table; asking for one that it lacks is a bug. */
const char *args_get(const struct args *args, const char *name); /* NULL: not given */
bool args_flag(const struct args *args, const char *name);
int64_t args_int(const struct args *args, const char *name, int64_t fallback);
const char *const *args_all(const struct args *args, const char *name, size_t *count);
/* The words of the command, for the audit: shell quoting where needed, the value of --sign-command left out. */
const char *args_words(struct arena *arena, int argc, char **argv);
/* A time with its zone; *ret is left alone where none was given. */
enum err_code args_time(
	const struct args *args, const char *name, int64_t *ret, struct err *err) MUST_USE;

/*
 * Find the command that the words name and parse the rest.  ERR_USAGE names the bad word.
 * *command is NULL where only help was asked for, with the words of its topic in `topic`.
 */
enum err_code args_parse(struct arena *arena, int argc, char **argv, const struct command **command,
	struct args **ret, const char **topic, struct err *err) MUST_USE;

/* Help for the whole program (""), a family ("plan") or a command; false when there is no such topic. */
bool help_print(FILE *out, const char *topic);

/* The COMMANDS section of otactl(1). */
void help_mdoc(FILE *out);
