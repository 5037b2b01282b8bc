/*
 * Who asks: by our own paths, which begin with the device, and in the dialects of devices that
 * cannot be taught them: where such a one does not say who it is, its source address is its id.
 */
#pragma once

#include "cgi/route.h"
#include "core/model.h"

/*
 * The device that asks by a path whose first two places are a product and a token, each "-" where
 * it is not told there.  Its id is `?device=`, else `told` (what a header of the dialect says, or
 * NULL), else its source address.  The token may also be in the Authorization header or `?token=`.
 * ERR_INPUT: the id is none; else as authenticate_device().
 */
enum err_code who_enter(struct session *session, const struct request *request,
	const struct route_match *match, const char *told, struct device *ret,
	struct err *err) MUST_USE;

/*
 * The device that the first place of the path names, with the credentials of the request.  In a
 * server block of one product, devices of others are unknown.  ERR_INPUT: the id is none; else as
 * authenticate_device().
 */
enum err_code who_named(struct session *session, const struct request *request,
	const struct route_match *match, struct device *ret, struct err *err) MUST_USE;
