/* What a device may download: artifacts by ticket, manifests and signatures by digest. */
#pragma once

#include "plans/base/session.h"

/*
 * What a device fetches by a manifest's SHA-256: the manifest, or a signature of it.
 * `signature` is NULL, ".KEYID.minisig" or ".minisig" (any valid one).  *ret is NULL when there
 * is none.
 */
enum err_code ticket_manifest(struct session *session, const char *sha256, const char *signature,
	const char **ret, struct err *err) MUST_USE;

/* What a download URL says. */
struct ticket {
	const char *sha256;	    /* of the file; NULL: it is named by the next two */
	const char *version, *path; /* of an app; without a version the firmware, by its name */
	int64_t execution, expires_at;
	const char *mac; /* over the others */
};

/*
 * The file of a ticket.  ERR_UNTRUSTED when the MAC is wrong, the URL has expired, or the device
 * may not have the file any more; ERR_NOT_FOUND when the store has lost it.
 */
enum err_code ticket_check(struct session *session, const struct ticket *ticket,
	struct artifact *ret, struct err *err) MUST_USE;

/*
 * The same for who was told by this very request which file of an execution it may have, and needs
 * no URL for it.
 */
enum err_code ticket_file(struct session *session, int64_t execution, const char *sha256,
	struct artifact *ret, struct err *err) MUST_USE;

/*
 * The address of an artifact for one execution, valid until `expires_at` (Unix seconds):
 * BASE/f/SHA256?x=..&e=..&s=.., in the arena.  session_keys() has been called.
 */
const char *ticket_url(struct session *session, const char *base_url, const char *sha256,
	int64_t execution, int64_t expires_at);

/*
 * What stands behind the "?" of an address of any file of one execution that is named by version
 * and path, valid until `expires_at`; else as ticket_url().
 */
const char *ticket_query(struct session *session, int64_t execution, int64_t expires_at);

/*
 * The .minisig of an image by its SHA-256: that of the newest package with these bytes, in the
 * arena; NULL when there is none.
 */
enum err_code ticket_signature(
	struct session *session, const char *sha256, const char **ret, struct err *err) MUST_USE;
