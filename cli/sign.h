/* Secret keys on the command line: passphrases from a terminal, a file or a descriptor. */
#pragma once

#include "cli/command.h"
#include "plans/packages/sign.h"

/*
 * A passphrase from --passphrase-file, --passphrase-fd or the terminal, into `ret` (PASSPHRASE_MAX
 * bytes; wipe it with explicit_bzero()).  With `twice` it is asked for again.
 */
enum err_code passphrase_get(struct cli *cli, const struct args *args, const char *prompt,
	bool twice, char *ret, struct err *err) MUST_USE;

/* From the terminal only. */
enum err_code passphrase_ask(const char *prompt, char *ret, struct err *err) MUST_USE;

/*
 * The signer of a key file: a secret key, asking for its passphrase where it has one; or with
 * --sign-command the public half of the key that the command reaches.  signer_close() ends it.
 */
enum err_code signer_get(struct cli *cli, const struct args *args, const char *path,
	struct signer *ret, struct err *err) MUST_USE;
