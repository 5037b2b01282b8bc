#include "cli/command.h"
#include "core/moment.h"
#include "core/str.h"

#include <assert.h>

enum { COMMAND_WORDS = 4000 };

struct given {
	const struct arg *arg;
	const char **values;
	size_t count;
	int64_t number; /* of the last value, where it is one */
};

struct args {
	const struct command *command;
	struct given list[64];
	size_t count;
};

/* The index of a name in the list, or args->count. */
static size_t
find(const struct args *args, const char *name)
{
	size_t i = 0;

	while (i < args->count && strcmp(args->list[i].arg->name, name) != 0)
		i++;
	return i;
}

static const struct given *
known(const struct args *args, const char *name)
{
	size_t index = find(args, name);

	assert(index < args->count);
	return &args->list[index];
}

const char *
args_get(const struct args *args, const char *name)
{
	const struct given *given = known(args, name);

	return given->count ? given->values[given->count - 1] : NULL;
}

bool
args_flag(const struct args *args, const char *name)
{
	return known(args, name)->count;
}

int64_t
args_int(const struct args *args, const char *name, int64_t fallback)
{
	const struct given *given = known(args, name);

	return given->count ? given->number : fallback;
}

const char *const *
args_all(const struct args *args, const char *name, size_t *count)
{
	const struct given *given = known(args, name);

	*count = given->count;
	return given->values;
}

static void
learn(struct args *args, const struct arg *list)
{
	for (; list->name; list++) {
		assert(args->count < COUNT(args->list));
		args->list[args->count++].arg = list;
	}
}

static enum err_code
take(struct arena *arena, const struct command *command, struct given *given, const char *value,
	struct err *err)
{
	const struct arg *arg = given->arg;
	bool good = true;

	if (given->count && !(arg->flags & ARG_REPEAT))
		return err_set(err, ERR_USAGE, "%s is given twice", arg->name);
	if (arg->kind == ARG_COUNT)
		good = str_int(value, 0, 1LL << 53, &given->number);
	else if (arg->kind == ARG_NUMBER)
		good = str_int(value, -(1LL << 53), 1LL << 53, &given->number);
	else if (arg->kind == ARG_SPAN)
		good = moment_duration(value, &given->number);
	if (!good) {
		err_set(err, ERR_USAGE, "cannot read %s '%s'", arg->name, QUOTE(value));
		err_why(err, "it must be %s",
			arg->kind == ARG_SPAN ? "a time such as 90s, 10m, 6h or 7d"
					      : "a whole number");
		return err_fix(err, "otactl %s --help", command->path);
	}
	given->values = arena_room(arena, given->values, given->count, sizeof *given->values);
	given->values[given->count++] = value;
	return ERR_OK;
}

/* The command named by the first one or two words; *words says how many. */
static const struct command *
command_find(const struct command_table *table, int argc, char **argv, int *words)
{
	for (*words = 2; *words >= 1; --*words) {
		char path[128];

		if (argc < *words)
			continue;
		snprintf(path, sizeof path, "%s%s%s", argv[0], *words == 2 ? " " : "",
			*words == 2 ? argv[1] : "");
		for (size_t i = 0; i < table->count; i++)
			if (!strcmp(table->list[i].path, path))
				return &table->list[i];
	}
	return NULL;
}

static bool
family(const struct command_table *table, const char *word)
{
	for (size_t i = 0; i < table->count; i++)
		if (str_starts(table->list[i].path, word) &&
			table->list[i].path[strlen(word)] == ' ')
			return true;
	return false;
}

static enum err_code
unknown(const struct command_table *table, int argc, char **argv, struct err *err)
{
	if (family(table, argv[0])) {
		if (argc > 1 && argv[1][0] != '-')
			err_set(err, ERR_USAGE, "there is no command '%s %s'", argv[0],
				QUOTE(argv[1]));
		else
			err_set(err, ERR_USAGE, "'%s' needs another word", argv[0]);
		return err_fix(err, "otactl %s --help lists them", argv[0]);
	}
	err_set(err, ERR_USAGE, "there is no command '%s'", QUOTE(argv[0]));
	return err_fix(err, "otactl --help lists all");
}

static const struct arg *
next_operand(const struct args *args)
{
	for (size_t i = 0; i < args->count; i++) {
		const struct given *given = &args->list[i];

		if (given->arg->name[0] != '-' && (!given->count || given->arg->flags & ARG_REPEAT))
			return given->arg;
	}
	return NULL;
}

static enum err_code
option_take(struct arena *arena, struct args *args, int argc, char **argv, int *at, struct err *err)
{
	char *word = argv[*at], *equals = strchr(word, '=');
	const char *name = equals ? arena_copy_n(arena, word, (size_t)(equals - word)) : word;
	size_t index = find(args, name);
	struct given *given = &args->list[index];

	if (index == args->count) {
		err_set(err, ERR_USAGE, "%s has no option '%s'", args->command->path, QUOTE(name));
		return err_fix(err, "otactl %s --help lists them", args->command->path);
	}
	if (given->arg->kind == ARG_FLAG) {
		if (equals)
			return err_set(err, ERR_USAGE, "%s takes no value", name);
		return take(arena, args->command, given, "", err);
	}
	if (equals)
		return take(arena, args->command, given, equals + 1, err);
	/* A forgotten value must not swallow the next option; --name=--value gives such a one. */
	if (*at + 1 >= argc || str_starts(argv[*at + 1], "--")) {
		err_set(err, ERR_USAGE, "%s needs a value", name);
		return err_fix(err, "otactl %s --help", args->command->path);
	}
	return take(arena, args->command, given, argv[++*at], err);
}

static enum err_code
words_take(struct arena *arena, struct args *args, int argc, char **argv, struct err *err)
{
	bool options = true;

	for (int i = 0; i < argc; i++) {
		const struct arg *operand;

		if (options && !strcmp(argv[i], "--")) {
			options = false;
			continue;
		}
		if (options && argv[i][0] == '-' && argv[i][1]) {
			if (option_take(arena, args, argc, argv, &i, err))
				return err->code;
			continue;
		}
		operand = next_operand(args);
		if (!operand) {
			err_set(err, ERR_USAGE, "'%s' is one word too many", QUOTE(argv[i]));
			return err_fix(err, "otactl %s --help", args->command->path);
		}
		if (take(arena, args->command, &args->list[find(args, operand->name)], argv[i],
			    err))
			return err->code;
	}
	for (size_t i = 0; i < args->count; i++)
		if (args->list[i].arg->flags & ARG_REQUIRED && !args->list[i].count) {
			err_set(err, ERR_USAGE, "%s is missing", args->list[i].arg->name);
			return err_fix(err, "otactl %s --help", args->command->path);
		}
	return ERR_OK;
}

static bool
wants_help(int argc, char **argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return true;
	return false;
}

/* Global options may also stand before the command: move them behind it. */
static char **
commands_first(struct arena *arena, const struct command_table *table, int argc, char **argv)
{
	char **ret = arena_alloc(arena, ((size_t)argc + 1) * sizeof *ret);
	int lead = 0;

	while (lead < argc && argv[lead][0] == '-') {
		const struct arg *arg = table->global;

		while (arg->name && strcmp(arg->name, argv[lead]) != 0)
			arg++;
		lead += 1 + (arg->name && arg->kind != ARG_FLAG && lead + 1 < argc);
	}
	for (int i = 0; i < argc; i++)
		ret[i] = argv[(lead + i) % argc];
	return ret;
}

static void
word_add(struct buf *buf, const char *word)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789@%+=:,./_-";

	if (buf->length)
		buf_text(buf, " ");
	if (*word && strspn(word, plain) == strlen(word)) {
		buf_text(buf, word);
		return;
	}
	buf_text(buf, "'");
	for (size_t step; *word; word += step) {
		step = str_printable_step(word, strlen(word));
		if (*word == '\'')
			buf_text(buf, "'\\''");
		else if (step)
			buf_add(buf, word, step);
		else
			buf_text(buf, "?");
		step += !step;
	}
	buf_text(buf, "'");
}

/*
 * The option of the word, "--name" or "--name=value", where its value is a secret; *length: of its
 * name.
 */
static bool
is_secret(const struct args *args, const char *word, size_t *length)
{
	*length = strcspn(word, "=");
	for (size_t i = 0; i < args->count; i++) {
		const struct arg *arg = args->list[i].arg;

		if (arg->flags & ARG_SECRET && strlen(arg->name) == *length &&
			!strncmp(arg->name, word, *length))
			return true;
	}
	return false;
}

const char *
args_words(struct arena *arena, const struct args *args, int argc, char **argv)
{
	struct buf buf = { .arena = arena };
	size_t kept = 0, step;

	for (int i = 0; i < argc && buf.length < COMMAND_WORDS; i++) {
		if (!is_secret(args, argv[i], &step)) {
			word_add(&buf, argv[i]);
			continue;
		}
		/* A PIN may stand in it. */
		if (argv[i][step] == '=') {
			word_add(&buf, arena_printf(arena, "%.*s=...", (int)step, argv[i]));
			continue;
		}
		word_add(&buf, argv[i]);
		if (i + 1 < argc)
			word_add(&buf, "...");
		i++;
	}
	if (buf.length <= COMMAND_WORDS)
		return buf.text ? buf.text : "";
	while ((step = str_printable_step(buf.text + kept, buf.length - kept)) &&
		kept + step <= COMMAND_WORDS)
		kept += step;
	return arena_printf(arena, "%.*s ...", (int)kept, buf.text);
}

enum err_code
args_time(const struct args *args, const char *name, int64_t *ret, struct err *err)
{
	const char *text = args_get(args, name);
	bool zoned;

	if (!text || (moment_parse(text, ret, &zoned) && zoned))
		return ERR_OK;
	err_set(err, ERR_USAGE, "cannot read %s '%s'", name, QUOTE(text));
	return err_fix(err, "2026-11-21T22:00:00Z is a time");
}

enum err_code
args_parse(struct arena *arena, const struct command_table *table, int argc, char **argv,
	struct parsed *ret, struct err *err)
{
	struct args *args = arena_alloc(arena, sizeof *args);
	int words;

	*ret = (struct parsed){ .topic = "" };
	argv = commands_first(arena, table, argc, argv);
	if (!argc || argv[0][0] == '-') {
		if (!argc || wants_help(argc, argv))
			return ERR_OK;
		return err_set(err, ERR_USAGE, "the command is missing");
	}
	args->command = command_find(table, argc, argv, &words);
	if (wants_help(argc, argv)) {
		ret->topic = args->command ? args->command->path : argv[0];
		if (args->command || family(table, argv[0]))
			return ERR_OK;
	}
	if (!args->command)
		return unknown(table, argc, argv, err);
	learn(args, args->command->args);
	learn(args, table->global);
	if (args->command->need >= NEED_WRITE)
		learn(args, table->writing);
	ret->command = args->command;
	ret->args = args;
	return words_take(arena, args, argc - words, argv + words, err);
}
