/* JSON bodies, read by the engine's own strict parser. */
#pragma once

#include "core/doc.h"
#include "db/db.h"

/*
 * Parse a body into the arena.  ERR_INPUT: malformed, deeper than 8, duplicate keys (also where one
 * is escaped), control bytes, not UTF-8, anything behind the document.  Messages never repeat the
 * body.
 */
enum err_code db_json_read(struct db *db, struct arena *arena, const char *body, size_t length,
	struct doc *ret, struct err *err) MUST_USE;
