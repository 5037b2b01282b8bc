#include "plans/base/command.h"

#include "core/str.h"
#include "plans/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static enum err_code
failed(struct err *err, const char *command, const char *why)
{
	err_set(err, ERR_IO, "the command %s did not do its work", QUOTE(command));
	return err_why(err, "%s", why);
}

/* A file in memory, so that a command which does not read cannot block or break us. */
static int
input(const void *in, size_t size)
{
	int fd = memfd_create("otactl", MFD_CLOEXEC);

	if (fd >= 0 && (write(fd, in, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET)))
		fd_close(&fd);
	return fd;
}

static pid_t
start(const char *command, int in, int out)
{
	pid_t pid;

	/* Inherited as ignored, it would have the system forget how the command ended. */
	signal(SIGCHLD, SIG_DFL);
	pid = fork();
	if (pid)
		return pid;
	/* It stays in our process group: it may ask for a PIN on the terminal.  Where we were
	 * started with streams closed, these two may stand in their places, and dup2() onto
	 * itself would let them close at the exec. */
	in = fcntl(in, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	out = fcntl(out, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (in < 0 || out < 0 || dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0)
		_exit(127);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

/* Read to the end or the deadline; NULL, or what is wrong. */
static const char *
output(int fd, uint8_t *out, size_t room, size_t *got)
{
	time_t end = time(NULL) + COMMAND_WAIT_S;
	struct pollfd wait = { .fd = fd, .events = POLLIN };

	for (*got = 0;;) {
		uint8_t beyond;
		ssize_t n;

		if (time(NULL) >= end)
			return "it took too long";
		if (poll(&wait, 1, 1000) <= 0)
			continue;
		n = *got < room ? read(fd, out + *got, room - *got) : read(fd, &beyond, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? strerror(errno) : NULL;
		if (*got == room)
			return "it wrote more than was asked for";
		*got += (size_t)n;
	}
}

/* Wait for its end; fault: it is too late for a good one. */
static enum err_code
end(const char *command, pid_t pid, const char *fault, struct err *err)
{
	pid_t gone;
	int status = 0;

	if (fault)
		kill(pid, SIGKILL);
	while ((gone = waitpid(pid, &status, 0)) < 0 && errno == EINTR)
		;
	if (fault || gone < 0)
		return failed(err, command, fault ? fault : strerror(errno));
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return ERR_OK;
	failed(err, command, "");
	return WIFEXITED(status) ? err_why(err, "it ended with exit code %d", WEXITSTATUS(status))
				 : err_why(err, "it was ended by signal %d", WTERMSIG(status));
}

enum err_code
command_run(const char *command, const void *in, size_t in_size, void *out, size_t room,
	size_t *got, struct err *err)
{
	CLEANUP(fd_close) int file = input(in, in_size), ours = -1, theirs = -1;
	int pipes[2];
	pid_t pid;

	if (file < 0 || pipe2(pipes, O_CLOEXEC))
		return failed(err, command, strerror(errno));
	ours = pipes[0];
	theirs = pipes[1];
	pid = start(command, file, theirs);
	if (pid < 0)
		return failed(err, command, strerror(errno));
	fd_close(&theirs); /* or its end would never be seen */
	return end(command, pid, output(ours, out, room, got), err);
}
