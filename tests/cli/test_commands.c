/*
 * The command table, held to what it promises: its own shape, every example, and --dry-run.
 *
 * Examples run in a copy of a prepared folder, as a reader of the manual would type them.  What has to
 * be true before one of them stands in `cases`; every other command finds the prepared fleet.
 */
#include "tests/test.h"

#include "cli/command.h"
#include "core/str.h"

#include <cjson/cJSON.h>
#include <libgen.h>
#include <limits.h>
#include <unistd.h>

static char work[] = "/tmp/otactl-commands-XXXXXX";

/* Words of the shell that each script begins with, and the prepared folders. */
static const char preamble[] =
	"otactl() { \"$OTACTL\" --now 2026-11-21T10:00:00Z \"$@\"; }\n"
	"quiet() { otactl --quiet \"$@\" >quiet.out 2>&1 || { cat quiet.out; exit 99; }; }\n"
	"export OTACTL_DB=lib/fleet.db TZ=UTC LC_ALL=C\n";
static const char nothing[] =
	"mkdir -p lib backup nothing; umask 077\n"
	"head -c 4096 /dev/zero >firmware.bin\n"
	"{ echo device,STM32,groups; for i in 1 2 3 4 5 6 7 8 9; do echo SN000$i,1_0_0,lab; done\n"
	"  for i in $(seq 101 591); do echo SN0$i,1_0_0,; done; } >devices.csv\n"
	"echo SN0002 >more.txt\n"
	"openssl genpkey -algorithm ed25519 -out hsm.pem 2>openssl.out\n"
	"quiet key new release --no-passphrase\n";
static const char empty[] = "rm -rf lib; quiet init; quiet product add aroma\n";
static const char bare[] = "quiet component add aroma STM32 --type mcu\n"
			   "quiet key trust release.pub --product aroma\n";
static const char fleet[] =
	"quiet component add aroma ESP32 --type module\n"
	"quiet package add aroma/STM32 1_0_1 firmware.bin --sign release.key\n"
	"quiet package publish aroma/STM32 1_0_1\n"
	"quiet package add aroma/STM32 1_0_2 firmware.bin\n"
	"quiet device import devices.csv --product aroma\n"
	"quiet device add SN0099 --product aroma\n"
	"quiet device remove SN0591\n"
	"quiet strategy add night --from fast\n"
	"quiet plan create spring --product aroma --upgrade STM32=1_0_1 --timezone UTC "
	"--strategy all-at-once\n";

#define CONFIRMED                                                                                  \
	"quiet plan edit spring --mode manual --text en=new --text zh=xin\n"                       \
	"quiet plan activate spring; quiet execution confirm spring SN0007\n"

enum start { FLEET, BARE, EMPTY, NOTHING };

static const struct special {
	const char *path;
	enum start start;
	const char *before; /* commands of the shell */
	const char *also;   /* words after those of the example: what a test cannot type */
} cases[] = {
	{ "audit verify", FLEET, "quiet audit anchor -o head.txt --sign release.key", "" },
	{ "component add", EMPTY, "", "" },
	{ "db adopt", FLEET, "echo nonsense >lib/fleet.db.high", "" },
	{ "db restore", FLEET, "quiet db backup backup/fleet.db", "" },
	{ "device add", BARE, "", "" },
	{ "device import", BARE, "", "" },
	{ "execution cancel", FLEET, CONFIRMED, "" },
	{ "execution confirm", FLEET,
		"quiet plan edit spring --mode manual --text en=new --text zh=xin; "
		"quiet plan activate spring",
		"" },
	{ "execution retry", FLEET, CONFIRMED "quiet execution cancel spring SN0007", "" },
	{ "execution show", FLEET, CONFIRMED, "" },
	{ "gateway remove", FLEET, "quiet gateway add hall-7 --group lab", "" },
	{ "init", NOTHING, "", "" },
	{ "key import", FLEET, "", " --no-passphrase" },
	{ "key new", FLEET, "rm release.*", " --no-passphrase" },
	{ "key trust", EMPTY, "", "" },
	{ "package add", BARE, "", "" },
	{ "package publish", BARE,
		"quiet package add aroma/STM32 1_0_1 firmware.bin --sign release.key", "" },
	{ "plan advance", FLEET,
		"quiet plan edit spring --strategy cautious; quiet plan activate spring", "" },
	{ "plan complete", FLEET, "quiet plan activate spring", "" },
	{ "plan create", FLEET, "quiet plan delete spring", "" },
	{ "plan expand", FLEET,
		"quiet plan edit spring --whitelist SN0001; quiet plan activate spring", "" },
	{ "plan extend", FLEET,
		"quiet plan edit spring --end 2026-12-01; quiet plan activate spring", "" },
	{ "plan resume", FLEET, "quiet plan activate spring; quiet plan suspend spring", "" },
	{ "plan suspend", FLEET, "quiet plan activate spring", "" },
	{ "plan terminate", FLEET, "quiet plan activate spring", "" },
	{ "plan throttle", FLEET, "quiet plan activate spring", "" },
	{ "plan wait", FLEET, "quiet plan activate spring; quiet plan complete spring", "" },
	{ "plan watch", FLEET, "quiet plan activate spring; quiet plan complete spring", "" },
	{ "product add", EMPTY, "quiet product remove aroma", "" },
	{ "product remove", EMPTY, "", "" },
	{ "strategy add", BARE, "", "" },
	{ "trial show", FLEET, "quiet trial start aroma/STM32 1_0_1 --device SN0001", "" },
};

static const struct special *
special_of(const struct command *command)
{
	static const struct special none = { NULL, FLEET, "", "" };

	for (size_t i = 0; i < COUNT(cases); i++)
		if (!strcmp(cases[i].path, command->path))
			return &cases[i];
	return &none;
}

/* Run a script in a folder; its output in `ret`.  The exit code. */
static int
shell(const char *folder, const char *script, char *ret, size_t room)
{
	char path[600];
	size_t used = 0, got;
	FILE *file, *pipe;
	int status;

	snprintf(path, sizeof path, "%s/script", work);
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file, "cd %s/%s || exit 98\n%s%s\n", work, folder, preamble, script);
	fclose(file);
	snprintf(path, sizeof path, "sh %s/script </dev/null", work);
	pipe = popen(path, "r");
	assert_non_null(pipe);
	while ((got = fread(ret + used, 1, room - 1 - used, pipe)))
		used += got;
	ret[used] = '\0';
	status = pclose(pipe);
	return status >= 0 && !(status & 0x7f) ? status >> 8 & 0xff : 97;
}

static void
must(const char *folder, const char *script, char *ret, size_t room)
{
	int code = shell(folder, script, ret, room);

	if (code)
		fail_msg("%s\nin %s ended with %d:\n%s", script, folder, code, ret);
}

/* The folders that cases begin with, each a copy of the one before with more in it. */
static int
prepare(void **state)
{
	static const struct {
		const char *begin, *script;
	} steps[] = { { "mkdir nothing; cd nothing", nothing },
		{ "cp -a nothing empty; cd empty", empty }, { "cp -a empty bare; cd bare", bare },
		{ "cp -a bare fleet; cd fleet", fleet } };
	char out[4096], script[4096];

	(void)state;
	assert_non_null(mkdtemp(work));
	for (size_t i = 0; i < COUNT(steps); i++) {
		snprintf(script, sizeof script, "%s\n%s", steps[i].begin, steps[i].script);
		must(".", script, out, sizeof out);
	}
	return 0;
}

static int
clear(void **state)
{
	char command[256];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", work);
	return system(command);
}

/* A fresh folder in which the example of a command is ready to run. */
static void
ready(const struct command *command, const char *folder)
{
	static const char *const names[] = { "fleet", "bare", "empty", "nothing" };
	const struct special *special = special_of(command);
	char script[4096], out[8192];

	snprintf(script, sizeof script, "rm -rf %s; cp -a %s %s; cd %s; %s", folder,
		names[special->start], folder, folder, special->before);
	must(".", script, out, sizeof out);
}

/* The example of a command, /backup as a folder here, with more words after it. */
static const char *
example(const struct command *command, const char *more)
{
	static char ret[1024];
	const char *root = strstr(command->example, " /backup/");

	snprintf(ret, sizeof ret, "%.*s%s%s%s",
		root ? (int)(root + 1 - command->example) : (int)strlen(command->example),
		command->example, root ? root + 2 : "", special_of(command)->also, more);
	return ret;
}

static bool
is_option(const struct arg *arg)
{
	return arg->name[0] == '-';
}

static void
paths_are_sorted_and_unique(void **state)
{
	(void)state;
	for (size_t i = 1; i < command_table.count; i++)
		if (strcmp(command_table.list[i - 1].path, command_table.list[i].path) >= 0)
			fail_msg("%s stands before %s", command_table.list[i - 1].path,
				command_table.list[i].path);
}

/* A summary is one line in the imperative without a full stop; descriptions are sentences. */
static void
every_command_is_described(void **state)
{
	(void)state;
	for (size_t i = 0; i < command_table.count; i++) {
		const struct command *c = &command_table.list[i];

		if (!c->summary || !*c->summary || strlen(c->summary) > 80 ||
			str_ends(c->summary, ".") || strchr(c->summary, '\n'))
			fail_msg("%s: its summary is no line", c->path);
		if (c->description && !str_ends(c->description, "."))
			fail_msg("%s: its description is no sentence", c->path);
		if (!c->run)
			fail_msg("%s: nothing runs it", c->path);
		for (const struct arg *arg = c->args; arg->name; arg++)
			if (!arg->help || !*arg->help ||
				(is_option(arg) && (arg->kind == ARG_FLAG) != !arg->value))
				fail_msg("%s %s: its help or value is missing", c->path, arg->name);
	}
}

/* What a word stands for decides what completes it; a required operand never follows an optional one. */
static void
operands_have_kinds_and_an_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < command_table.count; i++) {
		const char *optional = NULL, *repeated = NULL;

		for (const struct arg *arg = command_table.list[i].args; arg->name; arg++) {
			if ((unsigned)arg->kind >= ARG_KIND_MAX)
				fail_msg("%s %s: no such kind", command_table.list[i].path,
					arg->name);
			for (const struct arg *other = command_table.list[i].args; other < arg;
				other++)
				if (!strcmp(other->name, arg->name))
					fail_msg("%s has %s twice", command_table.list[i].path,
						arg->name);
			if (is_option(arg))
				continue;
			if (arg->kind == ARG_FLAG || (arg->flags & ARG_REQUIRED && optional) ||
				repeated)
				fail_msg("%s: %s cannot stand where it stands",
					command_table.list[i].path, arg->name);
			if (!(arg->flags & ARG_REQUIRED))
				optional = arg->name;
			if (arg->flags & ARG_REPEAT)
				repeated = arg->name;
		}
	}
}

/* Examples are what people copy: each is there, is its command, and works. */
static void
every_example_works(void **state)
{
	char out[65536];

	(void)state;
	for (size_t i = 0; i < command_table.count; i++) {
		const struct command *c = &command_table.list[i];
		size_t length = strlen(c->path);
		int code;

		if (!c->example || !str_starts(c->example, "otactl ") ||
			strncmp(c->example + 7, c->path, length) != 0 ||
			!strchr(" ", c->example[7 + length]))
			fail_msg("%s has no example", c->path);
		ready(c, "run");
		code = shell("run", example(c, " 2>&1"), out, sizeof out);
		if (code)
			fail_msg("%s ended with %d:\n%s", c->example, code, out);
		if (strstr(out, "(dry run)"))
			fail_msg("%s says that it did nothing:\n%s", c->example, out);
	}
}

/* Digests of every file; logs that hold nothing and locks say nothing. */
static void
look(char *ret, size_t room)
{
	must("run",
		"find . -type f -size +0 ! -name '*-shm' ! -name '*.out' -exec sha256sum {} + | "
		"sort -k 2",
		ret, room);
}

static void
no_secret_in(const struct command *c, const char *json)
{
	static const char *const secrets[] = { "token", "enrolment_token" };
	cJSON *o = cJSON_Parse(json);

	if (!o || !cJSON_IsTrue(cJSON_GetObjectItem(o, "dry_run")))
		fail_msg("%s does not say dry_run: %s", c->path, json);
	for (size_t i = 0; i < COUNT(secrets); i++)
		if (cJSON_IsString(cJSON_GetObjectItem(o, secrets[i])))
			fail_msg("%s shows a secret: %s", c->path, json);
	cJSON_Delete(o);
}

/* Whoever asks what would happen changes nothing, sees no secret, and is told that nothing happened. */
static void
a_dry_run_says_so_and_changes_nothing(void **state)
{
	char before[65536], after[65536], out[65536];
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < command_table.count; i++) {
		const struct command *c = &command_table.list[i];

		if (c->need < NEED_WRITE || !c->example)
			continue;
		ready(c, "run");
		look(before, sizeof before);
		must("run", example(c, " --dry-run 2>errors.out"), out, sizeof out);
		if (!str_ends(out, "(dry run)\n") || strstr(out, "shown only now"))
			fail_msg("%s --dry-run says: %s", c->example, out);
		must("run", example(c, " --dry-run --json 2>errors.out"), out, sizeof out);
		no_secret_in(c, out);
		look(after, sizeof after);
		if (strcmp(before, after) != 0)
			fail_msg("%s --dry-run changed files:\n%s\n%s", c->example, before, after);
		count++;
	}
	assert_true(count > 50);
}

/* Files that commands write beside the database. */
static void
a_dry_run_writes_no_file(void **state)
{
	static const char *const lines[] = {
		"otactl device import others.csv --product aroma --tokens-out tokens.csv",
		"otactl product set aroma --enrolment-token",
		"otactl gateway add hall-8 --product aroma",
		"otactl key new other --no-passphrase",
		"otactl db backup backup/second.db --artifacts",
		"otactl package add aroma/STM32 1_0_3 other.bin --sign release.key",
	};
	char before[65536], after[65536], out[65536], line[256];
	const struct command *any = &command_table.list[0];

	(void)state;
	ready(any, "run");
	must("run",
		"echo device,STM32 >others.csv; echo other1,1_0_0 >>others.csv; head -c 8192 "
		"/dev/zero >other.bin",
		out, sizeof out);
	look(before, sizeof before);
	for (size_t i = 0; i < COUNT(lines); i++) {
		snprintf(line, sizeof line, "%s --dry-run 2>errors.out", lines[i]);
		must("run", line, out, sizeof out);
		if (!str_ends(out, "(dry run)\n") || strstr(out, "shown only now"))
			fail_msg("%s says: %s", line, out);
	}
	look(after, sizeof after);
	assert_string_equal(after, before);
}

/* Nothing that only reads, or writes where -o says, takes --dry-run and then does it all the same. */
static void
who_cannot_run_dry_refuses(void **state)
{
	char out[65536];

	(void)state;
	for (size_t i = 0; i < command_table.count; i++) {
		if (command_table.list[i].need >= NEED_WRITE ||
			command_table.list[i].need == NEED_NOTHING)
			continue;
		ready(&command_table.list[i], "run");
		assert_int_equal(shell("run", example(&command_table.list[i], " --dry-run 2>&1"),
					 out, sizeof out),
			ERR_USAGE);
	}
}

/* A database of an older program is not brought up to date by somebody who only asks. */
static void
a_dry_run_migrates_nothing(void **state)
{
	static const char old[] =
		"import sqlite3; c = sqlite3.connect('lib/fleet.db', isolation_level=None); "
		"c.execute('pragma user_version=1')";
	char before[65536], after[65536], out[65536], script[512];

	(void)state;
	ready(&command_table.list[0], "run");
	snprintf(script, sizeof script, "python3 -c \"%s\"", old);
	must("run", script, out, sizeof out);
	look(before, sizeof before);
	assert_int_equal(
		shell("run", "otactl group add lab SN0101 --dry-run 2>&1", out, sizeof out),
		ERR_CONFLICT);
	assert_non_null(strstr(out, "db migrate"));
	look(after, sizeof after);
	assert_string_equal(after, before);
}

/* The example of a command without the reason it gives. */
static const char *
without_reason(const struct command *command)
{
	static char ret[1024];
	char *reason;

	snprintf(ret, sizeof ret, "%s", example(command, ""));
	reason = strstr(ret, " --reason ");
	if (reason)
		*reason = '\0';
	return ret;
}

/* What is kept with plans and packages and in the audit has a bound, and cannot look like something else. */
static void
every_reason_is_checked(void **state)
{
	static const char *const reasons[] = { "$(printf 'r%.0s' $(seq 201))",
		"$(printf 'fine\\n99  2026-11-24T23:59:59Z  alice')", "$(printf '\\302\\2332J')",
		"$(printf '\\342\\200\\256')", "$(printf '\\377')" };
	char before[65536], after[65536], out[65536], line[2048];

	(void)state;
	for (size_t i = 0; i < command_table.count; i++) {
		const struct command *c = &command_table.list[i];
		int code;

		if (c->need < NEED_WRITE)
			continue;
		ready(c, "run");
		look(before, sizeof before);
		snprintf(line, sizeof line, "%s --reason \"%s\" 2>&1", without_reason(c),
			reasons[i % COUNT(reasons)]);
		code = shell("run", line, out, sizeof out);
		if (code != ERR_USAGE || !strstr(out, "reason") || !strstr(out, "  because: ") ||
			!strstr(out, "  try: "))
			fail_msg("%s ended with %d: %s", line, code, out);
		look(after, sizeof after);
		if (strcmp(before, after) != 0)
			fail_msg("%s changed files", line);
	}
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_are_sorted_and_unique),
		cmocka_unit_test(every_command_is_described),
		cmocka_unit_test(operands_have_kinds_and_an_order),
		cmocka_unit_test(every_example_works),
		cmocka_unit_test(a_dry_run_says_so_and_changes_nothing),
		cmocka_unit_test(a_dry_run_writes_no_file),
		cmocka_unit_test(who_cannot_run_dry_refuses),
		cmocka_unit_test(a_dry_run_migrates_nothing),
		cmocka_unit_test(every_reason_is_checked),
	};
	char self[PATH_MAX], program[PATH_MAX + 32];

	/* This is BUILD/tests/cli/test_commands; the program is BUILD/otactl. */
	(void)argc;
	snprintf(self, sizeof self, "%s", argv[0]);
	snprintf(program, sizeof program, "%s/../../otactl", dirname(self));
	setenv("OTACTL", realpath(program, self), 1);
	return cmocka_run_group_tests_name("commands", tests, prepare, clear);
}
