/* Request bodies for the door, which may not touch the database itself. */
#pragma once

#include "core/doc.h"
#include "plans/base/session.h"

/*
 * Read a JSON body into the arena; ERR_INPUT where it is none, see db_json_read() for what is
 * refused.
 */
enum err_code body_read(struct session *session, const char *body, size_t length, struct doc *ret,
	struct err *err) MUST_USE;

/* ERR_OK when the database answers; ERR_IO, ERR_BUSY. */
enum err_code body_health(struct session *session, struct err *err) MUST_USE;
