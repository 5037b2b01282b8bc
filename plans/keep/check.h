/* Look whether the database and the artifact store are whole. */
#pragma once

#include "plans/base/session.h"

struct check_result {
	const char **findings;
	size_t finding_count;
	size_t damages;	     /* of them: of the database, not of files */
	int64_t files;	     /* that were digested */
	int64_t quarantined; /* packages, because a file differs or is missing */
};

/*
 * Check the database: its pages, its references, its rows; of its counters plans/orders/recount.h
 * tells.  With `files` every artifact is digested, too; a package whose file differs or is missing
 * is quarantined and its plans are suspended.  Findings are no error: the caller says so.
 */
enum err_code check_run(
	struct session *session, bool files, struct check_result *ret, struct err *err) MUST_USE;
