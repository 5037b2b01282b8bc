/* A few processes that serve one socket, each started again when it ends. */
#pragma once

#include <stdint.h>

enum { PREFORK_MAX = 64 };

/*
 * Keep `count` workers, 1 to PREFORK_MAX, each a process of its own that runs work(fd) and ends
 * when that returns.  Returns when SIGTERM or SIGINT came and every worker has ended.
 *
 * A worker that cannot be started is said on stderr, one that ended badly is not; both are tried
 * again after a second.  Takes the process's children and its SIGCHLD for itself.
 */
void prefork_run(int fd, int64_t count, void (*work)(int fd));
