#include "cli/sign.h"

#include "core/str.h"

#include <errno.h>
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

/* Read up to the end of the line; false when nothing could be read or it is too long. */
static bool
line_read(int fd, char *ret)
{
	size_t used = 0;
	char c;

	while (used < PASSPHRASE_MAX - 1) {
		ssize_t got = read(fd, &c, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0 || c == '\n') {
			ret[used] = '\0';
			return got >= 0 && (used || got);
		}
		if (c != '\r')
			ret[used++] = c;
	}
	return false;
}

static enum err_code
terminal_ask(int tty, const char *prompt, char *ret, struct err *err)
{
	struct termios old, quiet;
	bool got;

	if (tcgetattr(tty, &old))
		return err_set(err, ERR_IO, "cannot ask for a passphrase on this terminal");
	quiet = old;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(tty, TCSAFLUSH, &quiet);
	(void)!write(tty, prompt, strlen(prompt));
	got = line_read(tty, ret);
	tcsetattr(tty, TCSAFLUSH, &old);
	(void)!write(tty, "\n", 1);
	return got ? ERR_OK : err_set(err, ERR_IO, "no passphrase was given");
}

static enum err_code
terminal_get(const char *prompt, bool twice, char *ret, struct err *err)
{
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	char again[PASSPHRASE_MAX];

	if (tty < 0) {
		err_set(err, ERR_USAGE,
			"a passphrase is needed, and there is no terminal to ask on");
		return err_fix(err, "--passphrase-file FILE, --passphrase-fd N, or --no-passphrase "
				    "for a new key");
	}
	if (!terminal_ask(tty, prompt, ret, err) && twice &&
		!terminal_ask(tty, "The same again: ", again, err) && strcmp(ret, again) != 0)
		err_set(err, ERR_USAGE, "the two passphrases differ");
	explicit_bzero(again, sizeof again);
	close(tty);
	return err->code;
}

enum err_code
passphrase_ask(const char *prompt, char *ret, struct err *err)
{
	return terminal_get(prompt, false, ret, err);
}

enum err_code
passphrase_get(struct cli *cli, const struct args *args, const char *prompt, bool twice, char *ret,
	struct err *err)
{
	const char *file = args_get(args, "--passphrase-file");
	int64_t number = args_int(args, "--passphrase-fd", -1);
	int fd = (int)number;
	bool got;

	(void)cli;
	if (!file && number < 0)
		return terminal_get(prompt, twice, ret, err);
	if (file) {
		fd = open(file, O_RDONLY | O_CLOEXEC);
		if (fd < 0) {
			err_set(err, ERR_IO, "cannot read the passphrase file %s", QUOTE(file));
			return err_why(err, "%s", strerror(errno));
		}
	}
	got = line_read(fd, ret);
	if (file)
		close(fd);
	return got ? ERR_OK : err_set(err, ERR_IO, "cannot read the passphrase");
}

enum err_code
signer_get(struct cli *cli, const struct args *args, const char *path, struct signer *ret,
	struct err *err)
{
	const char *command = args_get(args, "--sign-command");
	char passphrase[PASSPHRASE_MAX] = "";
	enum key_kind kind;

	if (command)
		return signer_command(&cli->session, path, command, ret, err);
	if (sign_key_kind(&cli->session, path, &kind, err))
		return err->code;
	if (kind == KEY_PUBLIC) {
		err_set(err, ERR_INPUT, "cannot sign with %s", QUOTE(path));
		err_why(err, "it is a public key");
		return err_fix(err, "the secret key, or --sign-command CMD for an HSM or KMS");
	}
	if (kind == KEY_ENCRYPTED &&
		passphrase_get(cli, args,
			arena_printf(&cli->session.arena, "Passphrase of %s: ", QUOTE(path)), false,
			passphrase, err))
		return err->code;
	(void)!signer_open(
		&cli->session, path, kind == KEY_ENCRYPTED ? passphrase : NULL, ret, err);
	explicit_bzero(passphrase, sizeof passphrase);
	return err->code;
}
