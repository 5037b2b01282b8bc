/* Signatures taken, and whether a package is what was signed. */
#pragma once

#include "plans/packages/find.h"

/*
 * Store signatures: a .minisig text each for the manifest (position -1) and any files.
 * ERR_UNTRUSTED when one does not verify under a key trusted for the product, or its trusted
 * comment speaks of another package.
 */
enum err_code package_sign(struct session *session, const struct package_view *view,
	const struct signature_row *rows, size_t count, struct err *err) MUST_USE;

/* The same for signatures made elsewhere: each finds out what it covers. */
enum err_code package_sign_texts(struct session *session, const struct package_view *view,
	const char *const *texts, size_t count, struct err *err) MUST_USE;

/* Within a change: what package_sign() does. */
enum err_code package_take_rows(struct session *session, const struct package_view *view,
	const struct signature_row *rows, size_t count, struct err *err) MUST_USE;

/* Within a change: what package_sign_texts() does. */
enum err_code package_take_signatures(struct session *session, const struct package_view *view,
	const char *const *texts, size_t count, struct err *err) MUST_USE;

/*
 * Whether a package is what was signed: enough trusted signatures, a manifest that fits the
 * package's rows, and files whose stored bytes have the manifest's digests.  ERR_UNTRUSTED, ERR_IO
 * (a file is missing or differs).
 */
enum err_code package_prove(struct session *session, const struct package_view *view,
	int64_t *signatures, struct err *err) MUST_USE;

/*
 * Without the files, so within a transaction: check that the manifest says what the rows say, and
 * count the trusted signatures.  ERR_UNTRUSTED: it does not fit.
 */
enum err_code package_weigh(struct session *session, const struct package_view *view,
	int64_t *signatures, struct err *err) MUST_USE;

/* The same, and ERR_UNTRUSTED where the signatures are fewer than the product asks for. */
enum err_code package_judge(struct session *session, const struct package_view *view,
	int64_t *signatures, struct err *err) MUST_USE;

/* Only the files: ERR_IO when one is missing or its stored bytes have another digest. */
enum err_code package_prove_files(
	struct session *session, const struct package_view *view, struct err *err) MUST_USE;

/*
 * The trusted comment of an image's signature: what it is for, for devices that check one file and
 * no more.
 */
const char *package_comment(struct session *session, const struct package_view *view);
