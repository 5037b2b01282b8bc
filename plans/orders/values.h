/* What a repeatable option was given: the texts of all its uses. */
#pragma once

#include <stddef.h>

struct values {
	const char *const *list; /* NULL: not given, leave as it is */
	size_t count;
};
