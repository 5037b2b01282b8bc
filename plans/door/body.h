/* Request bodies for the door, which may not touch the database itself. */
#pragma once

#include "core/doc.h"
#include "plans/base/session.h"

/* See json_read(). */
enum err_code body_read(struct session *session, const char *body, size_t length, struct doc *ret,
	struct err *err) MUST_USE;

/* ERR_OK when the database answers. */
enum err_code body_health(struct session *session, struct err *err) MUST_USE;
