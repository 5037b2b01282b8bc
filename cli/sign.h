/* Secret keys on the command line: passphrases from a terminal, a file or a descriptor. */
#pragma once

#include "cli/command.h"
#include "plans/sign.h"

/*
 * A passphrase from --passphrase-file, --passphrase-fd or the terminal, into `ret` (PASSPHRASE_MAX bytes; wipe
 * it with explicit_bzero()).  With `twice` it is asked for again.
 */
enum err_code passphrase_get(struct cli *cli, const struct args *args, const char *prompt,
	bool twice, char *ret, struct err *err) MUST_USE;

/* Open a secret key file, asking for its passphrase where it has one; sign_key_close() ends it. */
enum err_code secret_key_open(struct cli *cli, const struct args *args, const char *path,
	struct seckey **ret, struct err *err) MUST_USE;
