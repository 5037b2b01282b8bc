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

enum { ARG_REQUIRED = 1, ARG_REPEAT = 2, ARG_SECRET = 4 /* its value is kept out of the audit */ };

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

/*
 * All commands, sorted by path; and the options that every command takes, also before its words,
 * and every writing command.  Only main() names the one of commands.c: whoever needs it is handed
 * it.
 */
struct command_table {
	const struct command *list;
	size_t count;
	const struct arg *global, *writing;
};
extern const struct command_table command_table;

/*
 * The value given for a name, the last of several; NULL: none.  A name that the command lacks is a
 * bug (asserted).
 */
const char *args_get(const struct args *args, const char *name);

/* Whether a flag, or any option, was given. */
bool args_flag(const struct args *args, const char *name);

/* The number given, or `fallback`: for ARG_COUNT, ARG_NUMBER and ARG_SPAN (seconds). */
int64_t args_int(const struct args *args, const char *name, int64_t fallback);

/* All values of an ARG_REPEAT, in their order. */
const char *const *args_all(const struct args *args, const char *name, size_t *count);

/*
 * The words as they were typed, for the audit: printable, with shell quoting where needed, cut
 * after COMMAND_WORDS bytes; the value of an ARG_SECRET is left out.
 */
const char *args_words(struct arena *arena, const struct args *args, int argc, char **argv);

/* A time with its zone; *ret is left alone where none was given.  ERR_USAGE. */
enum err_code args_time(
	const struct args *args, const char *name, int64_t *ret, struct err *err) MUST_USE;

/* What the words of a command line are. */
struct parsed {
	const struct command *command; /* NULL: only help was asked for */
	const char *topic;	       /* what help was asked about, "" for all */
	struct args *args;	       /* in the arena */
};

/*
 * Find the command of the table that the words name and parse the rest.  ERR_USAGE names the bad
 * word.
 */
enum err_code args_parse(struct arena *arena, const struct command_table *table, int argc,
	char **argv, struct parsed *ret, struct err *err) MUST_USE;

/*
 * Help for the whole program (""), a family ("plan") or a command; false when there is no such
 * topic.
 */
bool help_print(FILE *out, const struct command_table *table, const char *topic);

/* The COMMANDS section of otactl(1). */
void help_mdoc(FILE *out, const struct command_table *table);
