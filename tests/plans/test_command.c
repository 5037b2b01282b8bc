/* Commands of the operator's: what they get, what they say, how they end. */
#include "tests/test.h"

#include "plans/base/command.h"

#include <signal.h>
#include <unistd.h>

static enum err_code
run(const char *command, char *out, size_t room, struct err *err)
{
	size_t got = 0;
	enum err_code code;

	*err = (struct err){ .code = ERR_OK };
	code = command_run(command, "abc", 3, out, room, &got, err);
	if (!code)
		out[got] = '\0';
	return code;
}

static void
a_command_reads_and_answers(void **state)
{
	char out[8];
	struct err err;

	(void)state;
	assert_int_equal(run("tr a-c x-z", out, sizeof out - 1, &err), ERR_OK);
	assert_string_equal(out, "xyz");
}

static void
its_end_is_told(void **state)
{
	char out[8];
	struct err err;

	(void)state;
	assert_int_equal(run("exit 3", out, sizeof out - 1, &err), ERR_IO);
	assert_string_equal(err.why, "it ended with exit code 3");
	assert_int_equal(run("kill -9 $$", out, sizeof out - 1, &err), ERR_IO);
	assert_string_equal(err.why, "it was ended by signal 9");
	assert_int_equal(run("echo too long", out, sizeof out - 1, &err), ERR_IO);
}

/* Who starts us may ignore the end of children, and that is inherited. */
static void
its_end_is_told_where_children_are_ignored(void **state)
{
	char out[8];
	struct err err;

	(void)state;
	signal(SIGCHLD, SIG_IGN);
	assert_int_equal(run("exit 3", out, sizeof out - 1, &err), ERR_IO);
	assert_string_equal(err.why, "it ended with exit code 3");
	signal(SIGCHLD, SIG_IGN);
	assert_int_equal(run("cat", out, sizeof out - 1, &err), ERR_OK);
	assert_string_equal(out, "abc");
	signal(SIGCHLD, SIG_DFL);
}

/* What a shell means by `<&- >&-`: the next files opened are 0 and 1. */
static void
closed_streams_do_no_harm(void **state)
{
	int in = dup(STDIN_FILENO), out = dup(STDOUT_FILENO);
	enum err_code code;
	char text[8] = "";
	struct err err;

	(void)state;
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	code = run("cat", text, sizeof text - 1, &err);
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	close(in);
	close(out);
	assert_int_equal(code, ERR_OK);
	assert_string_equal(text, "abc");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_command_reads_and_answers),
		cmocka_unit_test(its_end_is_told),
		cmocka_unit_test(its_end_is_told_where_children_are_ignored),
		cmocka_unit_test(closed_streams_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
