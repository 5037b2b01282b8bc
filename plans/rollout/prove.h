/* What the versions that a device reports prove: success, survival, or that it fell back. */
#pragma once

#include "db/execution.h"
#include "plans/base/session.h"

/* The versions a device reports prove success, survival or a fall back; see DESIGN section 3. */
enum err_code prove_versions(struct session *session, const struct plan *plan,
	struct execution *execution, const struct pairs *reported, struct err *err) MUST_USE;

/* True when prove_versions() would change something: decides whether a poll must write. */
enum err_code prove_pending(struct session *session, const struct plan *plan,
	const struct execution *execution, const struct pairs *reported, bool *ret,
	struct err *err) MUST_USE;
