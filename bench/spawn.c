/*
 * Run a program N times, one after the other: spawn N PROGRAM ARG... prints the mean microseconds and the
 * peak of its memory in KiB.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

int
main(int argc, char **argv)
{
	posix_spawn_file_actions_t quiet;
	struct timespec from, to;
	struct rusage usage;
	int count, status;
	pid_t pid;

	if (argc < 3 || (count = atoi(argv[1])) < 1)
		return 2;
	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (int i = 0; i < count; i++)
		if (posix_spawn(&pid, argv[2], &quiet, NULL, argv + 2, environ) || waitpid(pid, &status, 0) < 0 || status) {
			fprintf(stderr, "%s failed\n", argv[2]);
			return 1;
		}
	clock_gettime(CLOCK_MONOTONIC, &to);
	getrusage(RUSAGE_CHILDREN, &usage);
	printf("%.0f %ld\n",
		((double)(to.tv_sec - from.tv_sec) * 1e6 + (double)(to.tv_nsec - from.tv_nsec) / 1e3) / count,
		usage.ru_maxrss);
	return 0;
}
