#include "plans/packages/proof.h"

#include "core/str.h"
#include "plans/base/change.h"
#include "plans/base/file.h"
#include "plans/base/store.h"
#include "plans/packages/find.h"
#include "plans/packages/trust.h"
#include "signing/digest.h"
#include "signing/manifest.h"

#include <inttypes.h>
#include <unistd.h>

const char *
package_comment(struct session *session, const struct package_view *view)
{
	return arena_printf(&session->arena, "product:%s component:%s version:%s counter:%" PRId64,
		view->product.name, view->component.identity, view->version.name,
		view->version.counter);
}

/* A field of the expected comment that another comment has with another value; NULL: none. */
static const char *
disagreement(struct session *session, const char *expected, const char *comment)
{
	for (const char *at = expected; *at; at += strspn(at, " ")) {
		size_t length = strcspn(at, " "), name = strcspn(at, ":") + 1;
		const char *field = arena_copy_n(&session->arena, at, length), *found = comment;

		while ((found = strstr(found, arena_copy_n(&session->arena, at, name)))) {
			bool starts = found == comment || strchr(" \t", found[-1]);

			if (starts && (strncmp(found, at, length) != 0 ||
					      !memchr(" \t", found[length], 3)))
				return field;
			found++;
		}
		at += length;
	}
	return NULL;
}

/*
 * The trusted comment of an image's signature must be the whole one: a device that checks one file
 * and no more has nothing else.  That of a manifest may be anything that does not contradict.
 */
static enum err_code
comment_check(struct session *session, const struct package_view *view,
	const struct signature_state *state, struct err *err)
{
	const char *expected = package_comment(session, view);
	const char *field = disagreement(session, expected, state->comment);

	if (!field && (state->row.position < 0 || !strcmp(state->comment, expected)))
		return ERR_OK;
	err_set(err, ERR_UNTRUSTED, "cannot take the signature by key %s", state->row.key_id);
	err_why(err, "its trusted comment %s %s", field ? "disagrees with" : "must be",
		field ? field : QUOTE(expected));
	return err_fix(err, "minisign -S -t '%s' ...", expected);
}

/* Signatures that were there before stay whatever they are worth; new ones must be good. */
static enum err_code
row_check(struct session *session, const struct package_view *view,
	const struct signature_state *state, struct err *err)
{
	const char *key_id = state->row.key_id;

	if (state->valid && !state->revoked)
		return comment_check(session, view, state, err);
	err_set(err, ERR_UNTRUSTED, "cannot take the signature by key %s", key_id);
	if (!state->key_name) {
		err_why(err, "this key is not trusted for product '%s'", view->product.name);
		return err_fix(err, "otactl key trust FILE.pub --product %s", view->product.name);
	}
	return state->revoked ? err_why(err, "key '%s' was revoked", state->key_name)
			      : err_why(err, "it is not a signature of this %s",
					state->row.position < 0 ? "manifest or of one of its files"
								: "file");
}

enum err_code
package_take_rows(struct session *session, const struct package_view *view,
	const struct signature_row *rows, size_t count, struct err *err)
{
	struct signature_state *states;
	int64_t enough;
	size_t all;

	for (size_t i = 0; i < count; i++)
		if (db_signature_insert(session->db, view->package.id, &rows[i], err))
			return err->code;
	if (trust_judge(session, &view->product, &view->package, &states, &all, &enough, err))
		return err->code;
	for (size_t i = 0; i < all; i++)
		for (size_t k = 0; k < count; k++)
			if (states[i].row.position == rows[k].position &&
				!strcmp(states[i].row.key_id, rows[k].key_id) &&
				row_check(session, view, &states[i], err))
				return err->code;
	return db_package_set_signatures(session->db, view->package.id, enough, err);
}

enum err_code
package_sign(struct session *session, const struct package_view *view,
	const struct signature_row *rows, size_t count, struct err *err)
{
	if (change_begin(session, err))
		return err->code;
	return change_finish(session, package_take_rows(session, view, rows, count, err),
		package_title(session, view),
		arena_printf(&session->arena, "key %s", rows[0].key_id), err);
}

enum err_code
package_take_signatures(struct session *session, const struct package_view *view,
	const char *const *texts, size_t count, struct err *err)
{
	struct signature_row *rows = arena_alloc(&session->arena, count * sizeof *rows + 1);

	for (size_t i = 0; i < count; i++) {
		if (trust_place(session, &view->product, &view->package, texts[i], &rows[i], err))
			return err->code;
		change_note(session, rows[i].position < 0 ? "manifest signed by" : "file signed by",
			NULL, rows[i].key_id);
	}
	return count ? package_take_rows(session, view, rows, count, err) : ERR_OK;
}

enum err_code
package_sign_texts(struct session *session, const struct package_view *view,
	const char *const *texts, size_t count, struct err *err)
{
	if (change_begin(session, err))
		return err->code;
	return change_finish(session, package_take_signatures(session, view, texts, count, err),
		package_title(session, view), NULL, err);
}

static enum err_code
unproven(struct session *session, const struct package_view *view, enum err_code code,
	const char *why, struct err *err)
{
	err_set(err, code, "package %s is not what was signed", package_title(session, view));
	return err_why(err, "%s", why);
}

/* The rows that devices are served from must say what the signed manifest says. */
static enum err_code
manifest_fits(struct session *session, const struct package_view *view, struct err *err)
{
	const struct package *p = &view->package;
	const char *text;
	struct manifest m;
	bool fits;

	if (db_package_manifest_text(session->db, &session->arena, p->id, &text, err) ||
		manifest_parse(&session->arena, text, strlen(text), &m, err))
		return err->code;
	fits = !strcmp(m.product, view->product.name) &&
	       !strcmp(m.component, view->component.identity) &&
	       !strcmp(m.version, view->version.name) && m.kind == p->kind &&
	       !strcmp(m.source ? m.source : "", p->source) && m.counter == view->version.counter &&
	       m.floor == view->version.floor && m.expires_at == p->expires_at &&
	       m.file_count == p->file_count;
	for (size_t i = 0; fits && i < p->file_count; i++)
		fits = !strcmp(m.files[i].name, manifest_file_name(&p->files[i])) &&
		       m.files[i].size == p->files[i].size &&
		       !strcmp(m.files[i].sha256, p->files[i].sha256) &&
		       !strcmp(m.files[i].blake2b, p->files[i].blake2b) &&
		       !strcmp(m.files[i].slot, p->files[i].slot);
	return fits ? ERR_OK
		    : unproven(session, view, ERR_UNTRUSTED,
			      "its rows in the database do not say what its manifest says", err);
}

enum err_code
package_weigh(struct session *session, const struct package_view *view, int64_t *signatures,
	struct err *err)
{
	struct signature_state *states;
	size_t count;

	if (manifest_fits(session, view, err))
		return err->code;
	return trust_judge(
		session, &view->product, &view->package, &states, &count, signatures, err);
}

enum err_code
package_judge(struct session *session, const struct package_view *view, int64_t *signatures,
	struct err *err)
{
	if (package_weigh(session, view, signatures, err))
		return err->code;
	if (*signatures >= view->product.signatures)
		return ERR_OK;
	err_set(err, ERR_UNTRUSTED, "package %s is not signed well enough",
		package_title(session, view));
	err_why(err, "it has %" PRId64 " of %" PRId64 " trusted signatures", *signatures,
		view->product.signatures);
	return err_fix(err,
		"otactl package sign %s/%s %s KEY; otactl key trust KEY.pub --product %s",
		view->product.name, view->component.identity, view->version.name,
		view->product.name);
}

enum err_code
package_prove_files(struct session *session, const struct package_view *view, struct err *err)
{
	for (size_t i = 0; i < view->package.file_count; i++) {
		const struct artifact *file = &view->package.files[i];
		uint8_t found[64], wanted[64];
		int64_t size = 0;
		CLEANUP(fd_close) int fd = store_open(session, file->sha256, &size);
		bool same = fd >= 0 && size == file->size && digest_blake2b_of(fd, found) &&
			    str_unhex(file->blake2b, wanted, sizeof wanted) &&
			    !memcmp(found, wanted, sizeof found);

		if (same)
			continue;
		unproven(session, view, ERR_IO,
			arena_printf(&session->arena, "file %s %s", file->name,
				fd < 0 ? "is not in the artifact store" : "has other bytes"),
			err);
		return err_fix(err, "otactl db check --files");
	}
	return ERR_OK;
}

enum err_code
package_prove(struct session *session, const struct package_view *view, int64_t *signatures,
	struct err *err)
{
	if (package_judge(session, view, signatures, err))
		return err->code;
	return package_prove_files(session, view, err);
}
