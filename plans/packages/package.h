/* Operations on packages: add, sign, verify, publish, retire, revoke, remove. */
#pragma once

#include "db/package.h"
#include "db/product.h"
#include "plans/base/session.h"
#include "plans/packages/trust.h"

struct signer; /* plans/packages/sign.h */

/* Which packages a command means: PRODUCT/COMPONENT VERSION [--delta-from SOURCE]. */
struct package_name {
	const char *product_component; /* "aroma/STM32" */
	const char *version;
	const char *source; /* --delta-from or --minimal-from; NULL: the full one, or all */
	bool minimal;
};

/* A package with everything that names it. */
struct package_view {
	struct product product;
	struct component component;
	struct version version;
	struct package package;
};

struct package_file {
	const char *path;  /* where it is */
	const char *place; /* slot, or destination of an app file; NULL: none */
};

struct package_new {
	struct package_name name;
	const struct package_file *files;
	size_t file_count;
	const char *const *deletes;
	size_t delete_count;
	const char *hw, *remark;
	const char *const *requires;
	size_t requires_count;
	int64_t counter, floor; /* 0: the next one; -1: none given */
	int64_t expires_at;
	const char *files_of; /* instead of files: those of this version of the component */
	const char *manifest; /* made and signed elsewhere; NULL: it is made here */
	size_t manifest_length;
	const char *const *signatures; /* .minisig texts of manifest or files */
	size_t signature_count;
	const struct signer *signer; /* signs manifest and files; NULL: nobody does now */
	bool force; /* take images that contradict the declaration; needs a reason */
};

/*
 * Add a draft package, in add.c: files into the store, image headers read, manifest made or taken.  *ret is what
 * was added.  ERR_INPUT: a file, header or manifest does not fit, ERR_UNTRUSTED: a signature.
 */
enum err_code package_create(struct session *session, const struct package_new *new,
	struct package_view *ret, struct err *err) MUST_USE;

/*
 * The packages a name means, in the arena; ERR_NOT_FOUND when there is none.  With a source: that
 * delta or minimal one; without: the full one when `single`, else all of the version.
 */
enum err_code package_find(struct session *session, const struct package_name *name, bool single,
	struct package_view **ret, size_t *count, struct err *err) MUST_USE;

/* All packages of a product (NULL: of all), in the arena. */
enum err_code package_list(struct session *session, const char *product, struct package_view **ret,
	size_t *count, struct err *err) MUST_USE;

/*
 * Store signatures: a .minisig text each for the manifest (position -1) and any files.  ERR_UNTRUSTED when one
 * does not verify under a key trusted for the product, or its trusted comment speaks of another package.
 */
enum err_code package_sign(struct session *session, const struct package_view *view,
	const struct signature_row *rows, size_t count, struct err *err) MUST_USE;

/* The same for signatures made elsewhere: each finds out what it covers. */
enum err_code package_sign_texts(struct session *session, const struct package_view *view,
	const char *const *texts, size_t count, struct err *err) MUST_USE;

/* Within a change: what package_sign() and package_sign_texts() do. */
enum err_code package_take_rows(struct session *session, const struct package_view *view,
	const struct signature_row *rows, size_t count, struct err *err) MUST_USE;
enum err_code package_take_signatures(struct session *session, const struct package_view *view,
	const char *const *texts, size_t count, struct err *err) MUST_USE;

/*
 * Whether a package is what was signed: enough trusted signatures, a manifest that fits the package's rows, and
 * files whose stored bytes have the manifest's digests.  ERR_UNTRUSTED, ERR_IO (a file is missing or differs).
 */
enum err_code package_prove(struct session *session, const struct package_view *view,
	int64_t *signatures, struct err *err) MUST_USE;

/*
 * Without the files, so within a transaction: package_weigh() counts the trusted signatures and checks that the
 * manifest fits, package_judge() also refuses where they are too few.
 */
enum err_code package_weigh(struct session *session, const struct package_view *view,
	int64_t *signatures, struct err *err) MUST_USE;
enum err_code package_judge(struct session *session, const struct package_view *view,
	int64_t *signatures, struct err *err) MUST_USE;

/* Only the files: ERR_IO when one is missing or its stored bytes have another digest. */
enum err_code package_prove_files(
	struct session *session, const struct package_view *view, struct err *err) MUST_USE;

enum err_code package_publish(struct session *session, const struct package_name *name,
	size_t *changed, struct err *err) MUST_USE;
enum err_code package_retire(struct session *session, const struct package_name *name,
	size_t *changed, struct err *err) MUST_USE;
enum err_code package_revoke(struct session *session, const struct package_name *name,
	size_t *changed, struct err *err) MUST_USE;
/* Drafts, and packages that no plan or device ever used. */
enum err_code package_drop(
	struct session *session, const struct package_name *name, struct err *err) MUST_USE;

/* Product and component of "aroma/STM32". */
enum err_code package_component(struct session *session, const char *product_component,
	struct package_view *ret, struct err *err) MUST_USE;

enum package_kind package_kind_of(const struct package_name *name);

/* The trusted comment of an image's signature: what it is for, for devices that check one file and no more. */
const char *package_comment(struct session *session, const struct package_view *view);

/* "aroma/STM32 1_0_1 from 1_0_0", in the arena. */
const char *package_title(struct session *session, const struct package_view *view);

/* Within a change: suspend the active plans that use the package's version. */
enum err_code package_suspend_plans(struct session *session, const struct package_view *view,
	enum plan_cause cause, struct err *err) MUST_USE;
