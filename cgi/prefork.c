/*
 * The parent does nothing but wait.  The three signals that mean something to it are blocked and
 * taken by sigwaitinfo(), so none can come between a look and a sleep, and no handler is needed.
 * A place without a worker holds 0: what fork() answers when it fails, -1, is never kept, since
 * kill() would take it for every process of this user.
 */
#include "cgi/prefork.h"

#include "core/err.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* What cannot start, or ends at once, must not keep a processor busy. */
static const struct timespec PAUSE = { .tv_sec = 1 };

struct prefork {
	int fd;
	void (*work)(int fd);
	sigset_t end, any; /* the signals that end the server; those and SIGCHLD */
	sigset_t before;   /* what was blocked outside */
	int64_t count;
	pid_t workers[PREFORK_MAX];
};

static pid_t
worker_start(const struct prefork *prefork)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	sigprocmask(SIG_SETMASK, &prefork->before, NULL);
	prefork->work(prefork->fd);
	_exit(0);
}

/* Fill the empty places; false when one stays empty. */
static bool
workers_start(struct prefork *prefork)
{
	for (int64_t i = 0; i < prefork->count; i++) {
		pid_t pid = prefork->workers[i] ? 0 : worker_start(prefork);

		if (pid < 0) {
			fprintf(stderr, "otactl.cgi: cannot start a worker: %s\n", strerror(errno));
			return false;
		}
		if (pid)
			prefork->workers[i] = pid;
	}
	return true;
}

/* Empty the places of those that have ended; false when one ended badly. */
static bool
workers_reap(struct prefork *prefork)
{
	bool well = true;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		well = well && !status;
		for (int64_t i = 0; i < prefork->count; i++)
			if (prefork->workers[i] == pid)
				prefork->workers[i] = 0;
	}
	return well;
}

static void
workers_end(const struct prefork *prefork)
{
	for (int64_t i = 0; i < prefork->count; i++)
		if (prefork->workers[i] > 0)
			kill(prefork->workers[i], SIGTERM);
	for (int64_t i = 0; i < prefork->count; i++)
		while (prefork->workers[i] > 0 && waitpid(prefork->workers[i], NULL, 0) < 0 &&
			errno == EINTR)
			;
}

static bool
is_end(int number)
{
	return number == SIGTERM || number == SIGINT;
}

static bool
pause_ends(const struct prefork *prefork)
{
	return is_end(sigtimedwait(&prefork->end, NULL, &PAUSE));
}

void
prefork_run(int fd, int64_t count, void (*work)(int fd))
{
	struct prefork prefork = { .fd = fd, .work = work, .count = count };
	bool well, end = false;

	sigemptyset(&prefork.end);
	sigaddset(&prefork.end, SIGTERM);
	sigaddset(&prefork.end, SIGINT);
	prefork.any = prefork.end;
	sigaddset(&prefork.any, SIGCHLD);
	/* Inherited as ignored it would never come, and nobody could be waited for. */
	signal(SIGCHLD, SIG_DFL);
	sigprocmask(SIG_BLOCK, &prefork.any, &prefork.before);
	while (!end) {
		well = workers_start(&prefork);
		end = well ? is_end(sigwaitinfo(&prefork.any, NULL)) : pause_ends(&prefork);
		well = workers_reap(&prefork);
		if (!end && !well)
			end = pause_ends(&prefork);
	}
	workers_end(&prefork);
	sigprocmask(SIG_SETMASK, &prefork.before, NULL);
}
