/* The states of a package: publish, retire, revoke, remove. */
#pragma once

#include "plans/packages/find.h"

/*
 * Publish the packages a name means, once their files, manifests and signatures are proved anew.
 * *changed is how many were.  ERR_CONFLICT: the state does not allow it, ERR_UNTRUSTED: unsigned or
 * expired, ERR_IO: a file differs.
 */
enum err_code package_publish(struct session *session, const struct package_name *name,
	size_t *changed, struct err *err) MUST_USE;

/* No new plans may use them; running ones go on.  ERR_CONFLICT: not published. */
enum err_code package_retire(struct session *session, const struct package_name *name,
	size_t *changed, struct err *err) MUST_USE;

/*
 * Nobody is offered them any more, and the plans that use their version are suspended.  Final, so
 * it needs a reason.
 */
enum err_code package_revoke(struct session *session, const struct package_name *name,
	size_t *changed, struct err *err) MUST_USE;
/* Remove a package that no plan or device ever used; ERR_CONFLICT otherwise. */
enum err_code package_drop(
	struct session *session, const struct package_name *name, struct err *err) MUST_USE;
