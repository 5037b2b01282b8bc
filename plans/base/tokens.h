/* Tokens of devices, gateways and products, stored as keyed hashes. */
#pragma once

#include "db/device.h"
#include "plans/base/session.h"

/* Whether somebody's own token is acceptable; ERR_INPUT does not repeat it. */
enum err_code tokens_check(const char *token, struct err *err) MUST_USE;

/*
 * Store a token, hashed with the session's key, as created now; hash and created_at of `what` are
 * not looked at.
 */
enum err_code tokens_store(struct session *session, const struct token_new *what, const char *token,
	struct err *err) MUST_USE;

/* Store one more token of a device. */
enum err_code tokens_give(struct session *session, const struct device *device, const char *token,
	struct err *err) MUST_USE;
