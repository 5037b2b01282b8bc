/* A new installation: database, token key, artifact store, high-water file. */
#pragma once

#include "plans/base/session.h"

/*
 * Make a database with its token key (mode 0440) and artifact store beside it.  ERR_CONFLICT when
 * any of them exists.
 */
enum err_code setup_make(struct session *session, struct err *err) MUST_USE;

/* The token key of a database that comes without one: every device needs a new token. */
enum err_code setup_token_key(struct session *session, struct err *err) MUST_USE;
