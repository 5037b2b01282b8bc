/* cmocka wants these first, in this order; and every test a seeded generator. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/err.h"

/* A number below `limit` from a seeded sequence; the seed is printed by the test's main. */
static inline int64_t
any_below(int64_t limit)
{
	return limit > 0 ? (int64_t)(((uint64_t)random() << 31 | (uint64_t)random()) % (uint64_t)limit) : 0;
}

/* Seed from $SEED, or a fixed one, and say so: a failure can be repeated. */
static inline void
seed(void)
{
	const char *given = getenv("SEED");
	unsigned value = given ? (unsigned)strtoul(given, NULL, 10) : 20261121;

	print_message("seed %u\n", value);
	srandom(value);
}
