/*
 * Make keys and sign with them.  A signer is a secret key file, or a command that reaches one in an
 * HSM or KMS.  The device door links nothing of this: it holds no private key.
 */
#pragma once

#include "plans/packages/find.h"
#include "signing/minisig.h"

struct seckey;

enum { PASSPHRASE_MAX = 1024 };

struct key_files {
	const char *secret, *public; /* the files written; secret is NULL for a public key alone */
	char key_id[KEY_ID_HEX];
};

/*
 * Make NAME.key (mode 0600) and NAME.pub; with a NULL passphrase the secret key is not encrypted.
 */
enum err_code sign_key_new(struct session *session, const char *name, const char *passphrase,
	struct key_files *ret, struct err *err) MUST_USE;

enum key_kind { KEY_PUBLIC, KEY_SECRET, KEY_ENCRYPTED };

/* What a key file holds: minisign's or OpenSSL's PEM. */
enum err_code sign_key_kind(
	struct session *session, const char *path, enum key_kind *ret, struct err *err) MUST_USE;

/*
 * Write the key of a file as NAME.key and NAME.pub, or as NAME.pub alone where it is public.  `old`
 * opens the file, `passphrase` covers what is written (NULL: not encrypted).
 */
enum err_code sign_key_import(struct session *session, const char *path, const char *old,
	const char *name, const char *passphrase, struct key_files *ret, struct err *err) MUST_USE;

struct signer {
	struct seckey *key;
	const char *command; /* instead of a key: gets the bytes, returns 64 bytes of signature */
	struct public_key public;
};

/*
 * Open a secret key file of minisign's; ERR_UNTRUSTED: wrong passphrase, or others may read the
 * file.
 */
enum err_code signer_open(struct session *session, const char *path, const char *passphrase,
	struct signer *ret, struct err *err) MUST_USE;

/* A signer that runs `command` for the private half of this public key file. */
enum err_code signer_command(struct session *session, const char *path, const char *command,
	struct signer *ret, struct err *err) MUST_USE;

/* Wipe and free what the signer holds; for CLEANUP.  A zeroed signer may be closed. */
void signer_close(struct signer *signer);

/*
 * A minisign signature of content by its BLAKE2b-512; ret holds MINISIG_TEXT bytes.  ERR_IO: the
 * command failed, ERR_UNTRUSTED: what it returned is no signature by the key it was said to use.
 */
enum err_code signer_sign(const struct signer *signer, const uint8_t blake2b[BLAKE2B],
	const char *comment, char *ret, struct err *err) MUST_USE;

/* The signatures of manifest and files, in the arena; nothing is stored. */
enum err_code sign_rows(struct session *session, const struct package_view *view,
	const char *manifest, const struct signer *signer, struct signature_row **ret,
	size_t *count, struct err *err) MUST_USE;

/* The same for a package in the database, and store them. */
enum err_code sign_package(struct session *session, const struct package_view *view,
	const struct signer *signer, struct err *err) MUST_USE;

/* A minisign signature of a text; ret holds MINISIG_TEXT bytes; the errors of signer_sign(). */
enum err_code sign_text(const struct signer *signer, const char *text, const char *comment,
	char *ret, struct err *err) MUST_USE;

/*
 * Check a signature of a text by the text of a public key file; ERR_INPUT: malformed,
 * ERR_UNTRUSTED.
 */
enum err_code sign_check_text(
	const char *text, const char *minisig, const char *public_key, struct err *err) MUST_USE;
