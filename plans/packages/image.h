/* What a stored image says of itself, against what was declared for it. */
#pragma once

#include "plans/packages/find.h"

/*
 * Look at one file of a full package.  *fault tells, in the arena, how its header contradicts the
 * declaration; NULL when it does not.  `path` is read where a dry run has stored nothing.
 */
enum err_code image_judge(struct session *session, const struct package_view *view,
	const struct artifact *file, const char *path, const char **fault,
	struct err *err) MUST_USE;
