/* What must never be written over: the database, the files beside it, and the artifact store. */
#pragma once

#include "plans/base/session.h"

/*
 * Whether `path` is the database of the session or belongs to it, by whatever name, spelling or
 * link.
 */
bool beside_is_own(struct session *session, const char *path);

/*
 * Whether a file of the user's choice may be written at `path`, where something may be already.
 * ERR_CONFLICT: it is the session's own, also where it does not exist at the moment (FILE-wal,
 * FILE.high), or in the artifact store.  A path whose folder is missing is nobody's: ERR_OK.
 */
enum err_code beside_check(struct session *session, const char *path, struct err *err) MUST_USE;

/*
 * Write a text for everybody to read where the user says, over what is there unless beside_check()
 * protects it.
 */
enum err_code beside_write(
	struct session *session, const char *path, const char *text, struct err *err) MUST_USE;
