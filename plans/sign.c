#include "plans/sign.h"

#include "core/str.h"
#include "plans/text.h"
#include "signing/seckey.h"

#include <inttypes.h>

enum err_code
sign_key_new(struct session *session, const char *name, const char *passphrase,
	struct key_files *ret, struct err *err)
{
	struct seckey *key = seckey_new();
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
	seckey_free(&key);
	return err->code;
}

static enum err_code
secret_read(struct session *session, const char *path, char **ret, struct err *err)
{
	return text_read_secret(&session->arena, path, SECKEY_TEXT * 2, ret, err);
}

enum err_code
sign_key_encrypted(struct session *session, const char *path, bool *ret, struct err *err)
{
	char *text;

	if (secret_read(session, path, &text, err))
		return err->code;
	(void)!seckey_encrypted(text, ret, err);
	seckey_wipe(text, strlen(text));
	return err->code;
}

enum err_code
sign_key_open(struct session *session, const char *path, const char *passphrase,
	struct seckey **ret, struct err *err)
{
	char *text;

	if (secret_read(session, path, &text, err))
		return err->code;
	(void)!seckey_parse(text, passphrase, ret, err);
	seckey_wipe(text, strlen(text));
	return err->code;
}

void
sign_key_close(struct seckey **key)
{
	seckey_free(key);
}

/*
 * The manifest's trusted comment is minisign's own custom; the image's names what it is for, so that
 * devices which check one file and no more can check that, too.
 */
static void
sign_one(struct session *session, const struct package_view *view, const struct seckey *key,
	const char *manifest, const struct artifact *file, char *minisig)
{
	uint8_t blake2b[BLAKE2B];
	const char *comment;

	if (!file) {
		minisig_blake2b(manifest, strlen(manifest), blake2b);
		comment = arena_printf(&session->arena,
			"timestamp:%" PRId64 "\tfile:manifest\tprehashed", session->now);
	} else {
		str_unhex(file->blake2b, blake2b, BLAKE2B);
		comment = arena_printf(&session->arena,
			"product:%s component:%s version:%s counter:%" PRId64, view->product.name,
			view->component.identity, view->version.name, view->version.counter);
	}
	seckey_sign(key, blake2b, comment, minisig);
}

enum err_code
sign_package(struct session *session, const struct package_view *view, const struct seckey *key,
	struct err *err)
{
	const struct package *p = &view->package;
	struct signature_row *rows =
		arena_alloc(&session->arena, (p->file_count + 1) * sizeof *rows);
	struct public_key public;
	const char *manifest;

	if (package_manifest_text(session->db, &session->arena, p->id, &manifest, err))
		return err->code;
	seckey_public(key, &public);
	for (size_t i = 0; i <= p->file_count; i++) {
		char *minisig = arena_alloc(&session->arena, MINISIG_TEXT);

		sign_one(session, view, key, manifest, i ? &p->files[i - 1] : NULL, minisig);
		rows[i] = (struct signature_row){ .position = (int)i - 1, .minisig = minisig };
		minisig_key_id(public.id, rows[i].key_id);
	}
	return package_sign(session, view, rows, p->file_count + 1, err);
}

void
sign_text(const struct seckey *key, const char *text, const char *comment, char *ret)
{
	uint8_t blake2b[BLAKE2B];

	minisig_blake2b(text, strlen(text), blake2b);
	seckey_sign(key, blake2b, comment, ret);
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
