#include "plans/base/command.h"

#include "core/str.h"

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

	if (fd >= 0 && (write(fd, in, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET))) {
		close(fd);
		return -1;
	}
	return fd;
}

static pid_t
start(const char *command, int in, int out)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	/* It stays in our process group: it may ask for a PIN on the terminal. */
	if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0)
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

static enum err_code
talk(const char *command, int in, const int pipes[2], void *out, size_t room, size_t *got,
	struct err *err)
{
	pid_t pid = start(command, in, pipes[1]);
	const char *fault;
	int status;

	close(pipes[1]);
	if (pid < 0)
		return failed(err, command, strerror(errno));
	fault = output(pipes[0], out, room, got);
	if (fault)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (fault)
		return failed(err, command, fault);
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
	int fd = input(in, in_size), pipes[2];

	if (fd < 0)
		return failed(err, command, strerror(errno));
	if (pipe2(pipes, O_CLOEXEC))
		failed(err, command, strerror(errno));
	else {
		(void)!talk(command, fd, pipes, out, room, got, err);
		close(pipes[0]);
	}
	close(fd);
	return err->code;
}
