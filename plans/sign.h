/*
 * Sign packages with a minisign secret key.  The device door links nothing of this: it holds no
 * private key.
 */
#pragma once

#include "plans/package.h"

struct seckey;

enum { PASSPHRASE_MAX = 1024 };

struct key_files {
	const char *secret, *public; /* the files written */
	char key_id[KEY_ID_HEX];
};

/* Make NAME.key (mode 0600) and NAME.pub; with a NULL passphrase the secret key is not encrypted. */
enum err_code sign_key_new(struct session *session, const char *name, const char *passphrase,
	struct key_files *ret, struct err *err) MUST_USE;

/* Whether a secret key file needs a passphrase. */
enum err_code sign_key_encrypted(
	struct session *session, const char *path, bool *ret, struct err *err) MUST_USE;

/* Open a secret key file; ERR_UNTRUSTED: wrong passphrase, or others may read the file. */
enum err_code sign_key_open(struct session *session, const char *path, const char *passphrase,
	struct seckey **ret, struct err *err) MUST_USE;
void sign_key_close(struct seckey **key); /* for CLEANUP; wipes */

/* Sign manifest and files of a package, and store the signatures. */
enum err_code sign_package(struct session *session, const struct package_view *view,
	const struct seckey *key, struct err *err) MUST_USE;

/* Sign a text, and check a signature by a public key file; ret holds MINISIG_TEXT bytes. */
void sign_text(const struct seckey *key, const char *text, const char *comment, char *ret);
enum err_code sign_check_text(
	const char *text, const char *minisig, const char *public_key, struct err *err) MUST_USE;
