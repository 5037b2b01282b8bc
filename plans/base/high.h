/*
 * The high-water file beside the database: what must not go back when an old copy is put in its
 * place.  It holds the instance, the machine, generation and epoch, the head of the audit, the
 * revoked keys and the highest counters. Every change writes it after its commit, so that it is
 * never ahead of the database it belongs to.
 *
 *   otactl-high-water: 1     instance: HEX     machine: HEX or -     generation: N     epoch: N
 *   audit: ROW HEX
 *   revoked: PRODUCT NAME KEYID HEX (repeatable)     counter: PRODUCT/COMPONENT N (repeatable)
 */
#pragma once

#include "db/product.h"
#include "plans/base/session.h"

struct high {
	char instance[INSTANCE_HEX],
		machine[DIGEST_HEX]; /* machine: keyed hash of its id; "-" where it has none */
	int64_t generation, epoch, audit_row;
	struct revoked_key *revoked;
	size_t revoked_count;
	struct high_counter *counters;
	size_t counter_count;
};

/* Read it, in the session's arena; *found false when there is none.  ERR_INPUT: it is damaged. */
enum err_code high_read(
	struct session *session, struct high *ret, bool *found, struct err *err) MUST_USE;

/*
 * Whether the database is the one that the file belongs to, and not behind it.  NULL: it is; else
 * why not, as a sentence's end ("it is an old copy ...").
 */
const char *high_fault(struct session *session, const struct fleet *fleet);

/* Write it from the database. */
enum err_code high_store(struct session *session, struct err *err) MUST_USE;
