/* Lists of ids: operands and options may name one, or "@file", or "@-" for stdin. */
#pragma once

#include "plans/base/session.h"

/*
 * Expand `values` into ids, each once and in their order, in the arena.  Files hold one id a line;
 * blank lines and "#" comments are skipped.  ERR_INPUT names a bad line by number; an empty file is
 * refused.
 */
enum err_code ids_expand(struct session *session, const char *const *values, size_t value_count,
	const char ***ret, size_t *count, struct err *err) MUST_USE;
