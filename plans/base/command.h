/* Run a command that the operator named, with bytes on its stdin: --sign-command. */
#pragma once

#include "core/err.h"

enum { COMMAND_WAIT_S = 120 };

/*
 * Run `command` with sh; it reads `in` and writes at most `room` bytes to `out`.  Its stderr is
 * ours.  ERR_IO when it cannot be run, fails, writes more, or takes longer than COMMAND_WAIT_S
 * (it is killed then).
 */
enum err_code command_run(const char *command, const void *in, size_t in_size, void *out,
	size_t room, size_t *got, struct err *err) MUST_USE;
