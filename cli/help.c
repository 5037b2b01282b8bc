#include "cli/command.h"
#include "core/str.h"

/* --- for people ------------------------------------------------------------------------------- */

static void
usage_print(FILE *out, const struct command *command)
{
	fprintf(out, "usage: otactl %s", command->path);
	for (const struct arg *arg = command->args; arg->name; arg++) {
		bool option = arg->name[0] == '-';
		const char *dots = arg->flags & ARG_REPEAT ? "..." : "";

		if (!(arg->flags & ARG_REQUIRED) && option)
			continue;
		if (arg->flags & ARG_REQUIRED)
			fprintf(out, option ? " %s %s%s" : " %s%s%s", arg->name,
				option ? arg->value : "", dots);
		else
			fprintf(out, " [%s%s]", arg->name, dots);
	}
	fputs(" [OPTION...]\n", out);
}

static void
args_print(FILE *out, const struct arg *arg, bool options)
{
	for (; arg->name; arg++) {
		char left[64];

		if ((arg->name[0] == '-') != options)
			continue;
		snprintf(left, sizeof left, "%s%s%s%s", arg->name, arg->value ? " " : "",
			arg->value ? arg->value : "",
			options && arg->flags & ARG_REPEAT ? " ..." : "");
		fprintf(out, "  %-28s %s\n", left, arg->help);
	}
}

static void
command_print(FILE *out, const struct command_table *table, const struct command *command)
{
	usage_print(out, command);
	fprintf(out, "\n%s.\n", command->summary);
	if (command->description)
		fprintf(out, "%s\n", command->description);
	fputc('\n', out);
	args_print(out, command->args, false);
	args_print(out, command->args, true);
	if (command->need >= NEED_WRITE)
		args_print(out, table->writing, true);
	args_print(out, table->global, true);
	if (command->example)
		fprintf(out, "\nexample: %s\n", command->example);
}

bool
help_print(FILE *out, const struct command_table *table, const char *topic)
{
	size_t length = strlen(topic);
	bool found = false;

	for (size_t i = 0; i < table->count; i++)
		if (!strcmp(table->list[i].path, topic)) {
			command_print(out, table, &table->list[i]);
			return true;
		}
	if (!*topic)
		fputs("usage: otactl COMMAND [OPTION...]\n\notactl rolls firmware and software out "
		      "to fleets of "
		      "devices.\n\n",
			out);
	for (size_t i = 0; i < table->count; i++)
		if (!*topic || (str_starts(table->list[i].path, topic) &&
				       table->list[i].path[length] == ' ')) {
			if (*topic && !found)
				fprintf(out, "usage: otactl %s VERB [OPTION...]\n\n", topic);
			fprintf(out, "  %-20s %s\n", table->list[i].path, table->list[i].summary);
			found = true;
		}
	if (found)
		fputs("\notactl COMMAND --help tells all about one command; otactl(1) is the "
		      "manual.\n",
			out);
	return found;
}

/* --- for the manual --------------------------------------------------------------------------- */

/* mdoc wants each sentence on a line of its own, and no dot at the start of one. */
static void
mdoc_text(FILE *out, const char *text)
{
	bool line_start = true;

	for (; *text; text++) {
		bool sentence = *text == '.' && text[1] == ' ';

		if (line_start && (*text == '.' || *text == '\''))
			fputs("\\&", out);
		fputs(*text == '\\' ? "\\e" : (char[]){ *text, '\0' }, out);
		line_start = *text == '\n';
		if (sentence) {
			fputc('\n', out);
			line_start = true;
			text++;
		}
	}
	fputc('\n', out);
}

static void
mdoc_args(FILE *out, const struct arg *arg)
{
	for (; arg->name; arg++) {
		if (arg->name[0] == '-') {
			fprintf(out, ".It Fl \\-%s", arg->name + 2);
			if (arg->value)
				fprintf(out, " Ar %s", arg->value);
		} else {
			fprintf(out, ".It Ar %s", arg->name);
		}
		fputs(arg->flags & ARG_REPEAT ? " ...\n" : "\n", out);
		mdoc_text(out, arg->help);
	}
}

void
help_mdoc(FILE *out, const struct command_table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct command *command = &table->list[i];

		fprintf(out, ".Ss otactl %s\n", command->path);
		fprintf(out, "%s.\n", command->summary);
		if (command->description)
			mdoc_text(out, command->description);
		if (command->args[0].name) {
			fputs(".Bl -tag -width Ds -compact\n", out);
			mdoc_args(out, command->args);
			fputs(".El\n", out);
		}
		if (command->example) {
			fputs(".Pp\nExample:\n.Dl ", out);
			mdoc_text(out, command->example);
		}
	}
	fputs(".Ss Options of every command\n.Bl -tag -width Ds -compact\n", out);
	mdoc_args(out, table->global);
	fputs(".El\n.Ss Options of every command that changes something\n.Bl -tag -width Ds "
	      "-compact\n",
		out);
	mdoc_args(out, table->writing);
	fputs(".El\n", out);
}
