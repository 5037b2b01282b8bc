/* otactl: find the command, parse its words, open what it needs, run it, print its error. */
#include "cli/command.h"
#include "cli/view.h"
#include "core/str.h"
#include "plans/base/now.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_DB "/var/lib/otactl/fleet.db"

static cJSON *
code_made(const void *thing)
{
	const struct err *err = thing;

	return cJSON_CreateString(err_name(err->code));
}

static const struct view error_view =
	VIEW(SHOW_MADE(code_made, "code", NULL), SHOW(err, what, "what", NULL, VIEW_VALUE),
		SHOW(err, why, "why", NULL, VIEW_MAYBE), SHOW(err, fix, "fix", NULL, VIEW_MAYBE));

static const struct view answer_view = VIEW(SHOW_BLOCK("error", &error_view));

static void
error_json(const struct err *err)
{
	cJSON *all = view_json(&answer_view, err);
	char *text = cJSON_PrintUnformatted(all);

	fprintf(stderr, "%s\n", text);
	free(text);
	cJSON_Delete(all);
}

static int
error_print(const struct err *err, bool json)
{
	if (!err->code || !*err->what)
		return (int)err->code;
	if (json) {
		error_json(err);
		return (int)err->code;
	}
	fprintf(stderr, "otactl: %s\n", err->what);
	if (*err->why)
		fprintf(stderr, "  because: %s\n", err->why);
	if (*err->fix)
		fprintf(stderr, "  try: %s\n", err->fix);
	return (int)err->code;
}

static const char *
login_name(struct arena *arena)
{
	const char *sudo = getenv("SUDO_USER");
	const struct passwd *user;

	/* Only sudo's word counts: anybody may set a variable. */
	if (!getuid())
		return sudo && *sudo && word_is(WORD_REMARK, sudo) ? sudo : "root";
	user = getpwuid(getuid());
	return user ? arena_copy(arena, user->pw_name)
		    : arena_printf(arena, "uid %u", (unsigned)getuid());
}

/*
 * Who is at work, for the audit: the person behind sudo or the login name, and the CI job that says
 * it runs us.
 */
static const char *
actor_name(struct arena *arena)
{
	static const char *const jobs[] = { "OTACTL_JOB", "CI_JOB_URL", "BUILD_URL",
		"GITHUB_RUN_ID" };
	const char *name = login_name(arena);

	for (size_t i = 0; i < COUNT(jobs); i++) {
		const char *job = getenv(jobs[i]);

		if (job && *job && word_is(WORD_REMARK, job))
			return arena_printf(arena, "%s, job %s", name, job);
	}
	return name;
}

/*
 * Reasons are kept with plans, packages, devices and in the audit: what is stored is bounded here,
 * once.
 */
static enum err_code
reason_check(const struct args *args, struct err *err)
{
	const char *reason = args_get(args, "--reason");

	if (!reason || !word_check(WORD_REMARK, "--reason", reason, ERR_USAGE, err))
		return ERR_OK;
	return err_fix(err, "--reason 'what you know', on one line");
}

/* A fleet that cannot be read is told by who needs it. */
static void
trust_clock(struct session *session)
{
	struct err ignored = ERR_NONE;
	struct fleet fleet;

	if (!db_fleet_get(session->db, &fleet, &ignored))
		now_trust(session, &fleet);
}

static enum err_code
prepare(struct cli *cli, const struct parsed *parsed, const char *words, struct err *err)
{
	const struct command *command = parsed->command;
	const struct args *args = parsed->args;
	struct session *session = &cli->session;
	const char *path = args_get(args, "--db");

	session->path = path ? path : getenv("OTACTL_DB") ? getenv("OTACTL_DB") : DEFAULT_DB;
	session_set_now(session, (int64_t)time(NULL));
	session->now_given = args_get(args, "--now");
	if (args_time(args, "--now", &session->now, err))
		return err->code;
	session->who = actor_name;
	session->action = command->path;
	session->command = words;
	session->progress = args_flag(args, "--quiet") ? NULL : out_progress;
	if (command->need >= NEED_WRITE) {
		if (reason_check(args, err))
			return err->code;
		session->reason = args_get(args, "--reason");
		session->dry_run = cli->out.dry_run = args_flag(args, "--dry-run");
	}
	cli->out.quiet = args_flag(args, "--quiet");
	cli->out.color =
		isatty(STDOUT_FILENO) && !getenv("NO_COLOR") && !args_flag(args, "--no-color");
	if (command->need == NEED_NOTHING || command->need == NEED_FILES)
		return ERR_OK;
	/* Opening for writing migrates; a dry run needs a database that needs no migration. */
	if (session->dry_run && session_open(session, DB_READ, err))
		return err->code;
	if (session_open(session, command->need == NEED_READ ? DB_READ : DB_WRITE, err))
		return err->code;
	trust_clock(session);
	return ERR_OK;
}

/* Known before the words are parsed, so that their errors come as JSON, too. */
static bool
asks_json(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], "--json"))
			return true;
	return false;
}

int
main(int argc, char **argv)
{
	struct cli cli = { .out.json = asks_json(argc, argv), .table = &command_table };
	struct parsed parsed = { .command = NULL };
	struct err err = ERR_NONE;

	umask(007);
	session_init();
	if (argc == 2 && !strcmp(argv[1], "--version")) {
		puts("otactl " OTACTL_VERSION);
		return 0;
	}
	if (!args_parse(&cli.words, cli.table, argc - 1, argv + 1, &parsed, &err)) {
		if (!parsed.command)
			help_print(argc > 1 ? stdout : stderr, cli.table, parsed.topic);
		else if (!prepare(&cli, &parsed,
				 args_words(&cli.words, parsed.args, argc - 1, argv + 1), &err))
			(void)!parsed.command->run(&cli, parsed.args, &err);
		if (!parsed.command && argc == 1)
			err.code = ERR_USAGE;
	}
	if (!err.code || err.code == ERR_FINDINGS) {
		struct err late = ERR_NONE;

		if (out_finish(&cli.out, &late))
			err = late;
	}
	/* A reader has nothing to put away: the system frees faster than we could. */
	if (parsed.command && parsed.command->need == NEED_READ) {
		fflush(stdout);
		_exit(error_print(&err, cli.out.json));
	}
	session_close(&cli.session);
	arena_done(&cli.words);
	return error_print(&err, cli.out.json);
}
