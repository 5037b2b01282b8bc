/* For dialects whose devices know of one component only, and of no identities. */
#pragma once

#include "core/model.h"
#include "plans/base/session.h"

/*
 * The one component of the device's product that is an app, or with `app` false the one that is
 * none; it lives as long as the session's cache, until the next request.  ERR_NOT_FOUND: there is
 * none, or more than one.  ERR_IO, ERR_BUSY.
 */
enum err_code only_component(struct session *session, const struct device *device, bool app,
	const struct component **ret, struct err *err) MUST_USE;
