#include "plans/packages/sign.h"

#include "core/str.h"
#include "plans/base/command.h"
#include "plans/base/file.h"
#include "plans/packages/find.h"
#include "plans/packages/proof.h"
#include "signing/pem.h"
#include "signing/seckey.h"

#include <inttypes.h>

enum { PEM_TEXT = 4096 };

/* Write both halves, or neither. */
static enum err_code
key_write(struct session *session, const struct seckey *key, const char *name,
	const char *passphrase, struct key_files *ret, struct err *err)
{
	char secret[SECKEY_TEXT], public[PUBLIC_KEY_TEXT];
	struct public_key half;

	ret->secret = arena_printf(&session->arena, "%s.key", name);
	ret->public = arena_printf(&session->arena, "%s.pub", name);
	seckey_public(key, &half);
	public_key_format(&half, public);
	minisig_key_id(half.id, ret->key_id);
	if (!session->dry_run && !seckey_format(key, passphrase, secret, err) &&
		!text_write(ret->secret, secret, 0600, false, err) &&
		text_write(ret->public, public, 0644, false, err))
		remove(ret->secret);
	seckey_wipe(secret, sizeof secret);
	return err->code;
}

enum err_code
sign_key_new(struct session *session, const char *name, const char *passphrase,
	struct key_files *ret, struct err *err)
{
	CLEANUP(seckey_free) struct seckey *key = seckey_new();

	return key_write(session, key, name, passphrase, ret, err);
}

/* A secret key of either format; the caller wipes the text. */
static enum err_code
secret_parse(const char *text, const char *passphrase, struct seckey **ret, struct err *err)
{
	bool private_key;

	return pem_is(text, &private_key) ? pem_secret(text, passphrase, ret, err)
					  : seckey_parse(text, passphrase, ret, err);
}

/* minisign's secret keys are longer than its public ones; no other file of its begins so. */
static bool
minisign_secret(const char *text)
{
	const char *line = strchr(text, '\n');

	return str_starts(text, "untrusted comment:") && line && strlen(line) > 100;
}

static enum err_code
key_read(struct session *session, const char *path, char **ret, bool *secret, struct err *err)
{
	/* The first look does not ask who else may read the file: public keys are for everybody. */
	if (text_read(&session->arena, path, PEM_TEXT, ret, NULL, err))
		return err->code;
	if (!pem_is(*ret, secret))
		*secret = minisign_secret(*ret);
	if (!*secret)
		return ERR_OK;
	seckey_wipe(*ret, strlen(*ret));
	return text_read_secret(&session->arena, path, PEM_TEXT, ret, err);
}

static enum err_code
public_parse(const char *text, struct public_key *ret, struct err *err)
{
	bool ignored;

	return pem_is(text, &ignored) ? pem_public(text, ret, err)
				      : public_key_parse(text, ret, err);
}

enum err_code
sign_key_kind(struct session *session, const char *path, enum key_kind *ret, struct err *err)
{
	bool secret = false, pem, covered = false;
	struct public_key public;
	char *text;

	if (key_read(session, path, &text, &secret, err))
		return err->code;
	if (!secret) {
		*ret = KEY_PUBLIC;
		if (public_parse(text, &public, err) == ERR_INPUT)
			return err_set(err, ERR_INPUT, "%s is no key file", QUOTE(path));
		return err->code;
	}
	if (pem_is(text, &pem))
		covered = str_starts(text, "-----BEGIN ENCRYPTED");
	else
		(void)!seckey_encrypted(text, &covered, err);
	seckey_wipe(text, strlen(text));
	*ret = covered ? KEY_ENCRYPTED : KEY_SECRET;
	return err->code;
}

static enum err_code
public_import(struct session *session, const char *text, const char *name, struct key_files *ret,
	struct err *err)
{
	char public[PUBLIC_KEY_TEXT];
	struct public_key key;

	if (public_parse(text, &key, err))
		return err->code;
	ret->secret = NULL;
	ret->public = arena_printf(&session->arena, "%s.pub", name);
	public_key_format(&key, public);
	minisig_key_id(key.id, ret->key_id);
	return session->dry_run ? ERR_OK : text_write(ret->public, public, 0644, false, err);
}

enum err_code
sign_key_import(struct session *session, const char *path, const char *old, const char *name,
	const char *passphrase, struct key_files *ret, struct err *err)
{
	CLEANUP(seckey_free) struct seckey *key = NULL;
	bool secret = false;
	char *text;

	if (key_read(session, path, &text, &secret, err))
		return err->code;
	if (!secret)
		return public_import(session, text, name, ret, err);
	(void)!secret_parse(text, old, &key, err);
	seckey_wipe(text, strlen(text));
	return err->code ? err->code : key_write(session, key, name, passphrase, ret, err);
}

enum err_code
signer_open(struct session *session, const char *path, const char *passphrase, struct signer *ret,
	struct err *err)
{
	struct seckey *key;
	char *text;

	if (text_read_secret(&session->arena, path, SECKEY_TEXT * 2, &text, err))
		return err->code;
	(void)!seckey_parse(text, passphrase, &key, err);
	seckey_wipe(text, strlen(text));
	if (err->code)
		return err->code;
	*ret = (struct signer){ .key = key };
	seckey_public(key, &ret->public);
	return ERR_OK;
}

enum err_code
signer_command(struct session *session, const char *path, const char *command, struct signer *ret,
	struct err *err)
{
	struct signer signer = { .command = command };
	char *text;

	if (text_read(&session->arena, path, PUBLIC_KEY_TEXT * 4, &text, NULL, err))
		return err->code;
	if (public_key_parse(text, &signer.public, err))
		return err_fix(err, "with --sign-command the key file is the public key");
	*ret = signer;
	return ERR_OK;
}

void
signer_close(struct signer *signer)
{
	if (signer->key)
		seckey_free(&signer->key);
}

static enum err_code
raw_sign(const struct signer *signer, const void *message, size_t size, uint8_t ret[64],
	struct err *err)
{
	size_t got;

	if (signer->key) {
		seckey_raw(signer->key, message, size, ret);
		return ERR_OK;
	}
	if (command_run(signer->command, message, size, ret, 64, &got, err))
		return err->code;
	if (got == 64)
		return ERR_OK;
	err_set(err, ERR_UNTRUSTED, "the sign command returned no signature");
	return err_why(err, "64 raw bytes are expected, it wrote %zu", got);
}

enum err_code
signer_sign(const struct signer *signer, const uint8_t blake2b[BLAKE2B], const char *comment,
	char *ret, struct err *err)
{
	uint8_t message[MINISIG_GLOBAL];
	struct minisig sig;

	memcpy(sig.id, signer->public.id, sizeof sig.id);
	str_copy(sig.comment, sizeof sig.comment, comment);
	if (raw_sign(signer, blake2b, BLAKE2B, sig.signature, err) ||
		raw_sign(signer, message, minisig_global(sig.signature, comment, message),
			sig.global, err))
		return err->code;
	if (!minisig_verify(&sig, &signer->public, blake2b)) {
		err_set(err, ERR_UNTRUSTED, "the sign command returned no valid signature");
		return err_why(err, "it does not verify under the public key that was given");
	}
	minisig_format(&sig, ret);
	return ERR_OK;
}

/*
 * The manifest's trusted comment is minisign's own custom; the image's names what it is for, so
 * that devices which check one file and no more can check that, too.
 */
static enum err_code
sign_one(struct session *session, const struct package_view *view, const struct signer *signer,
	const char *manifest, const struct artifact *file, char *minisig, struct err *err)
{
	uint8_t blake2b[BLAKE2B];
	const char *comment;

	if (!file) {
		minisig_blake2b(manifest, strlen(manifest), blake2b);
		comment = arena_printf(&session->arena,
			"timestamp:%" PRId64 "\tfile:manifest\tprehashed", session->now);
	} else {
		str_unhex(file->blake2b, blake2b, BLAKE2B);
		comment = package_comment(session, view);
	}
	return signer_sign(signer, blake2b, comment, minisig, err);
}

enum err_code
sign_rows(struct session *session, const struct package_view *view, const char *manifest,
	const struct signer *signer, struct signature_row **ret, size_t *count, struct err *err)
{
	const struct package *p = &view->package;
	struct signature_row *rows =
		arena_alloc(&session->arena, (p->file_count + 1) * sizeof *rows);

	for (size_t i = 0; i <= p->file_count; i++) {
		char *minisig = arena_alloc(&session->arena, MINISIG_TEXT);

		if (sign_one(session, view, signer, manifest, i ? &p->files[i - 1] : NULL, minisig,
			    err))
			return err->code;
		rows[i] = (struct signature_row){ .position = (int)i - 1, .minisig = minisig };
		minisig_key_id(signer->public.id, rows[i].key_id);
	}
	*ret = rows;
	*count = p->file_count + 1;
	return ERR_OK;
}

enum err_code
sign_package(struct session *session, const struct package_view *view, const struct signer *signer,
	struct err *err)
{
	struct signature_row *rows = NULL;
	const char *manifest = "";
	size_t count = 0;

	if (db_package_manifest_text(
		    session->db, &session->arena, view->package.id, &manifest, err) ||
		sign_rows(session, view, manifest, signer, &rows, &count, err))
		return err->code;
	return package_sign(session, view, rows, count, err);
}

enum err_code
sign_text(const struct signer *signer, const char *text, const char *comment, char *ret,
	struct err *err)
{
	uint8_t blake2b[BLAKE2B];

	minisig_blake2b(text, strlen(text), blake2b);
	return signer_sign(signer, blake2b, comment, ret, err);
}

enum err_code
sign_check_text(const char *text, const char *minisig, const char *public_key, struct err *err)
{
	uint8_t blake2b[BLAKE2B];
	struct public_key key;
	struct minisig sig;

	if (public_key_parse(public_key, &key, err) || minisig_parse(minisig, &sig, err))
		return err->code;
	minisig_blake2b(text, strlen(text), blake2b);
	if (minisig_verify(&sig, &key, blake2b))
		return ERR_OK;
	err_set(err, ERR_UNTRUSTED, "the signature is not valid");
	return err_why(err, "the text or the signature was changed, or another key signed it");
}
