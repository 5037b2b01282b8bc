/* The states of a package: publish, retire, revoke, remove. */
#pragma once

#include "plans/packages/find.h"

enum err_code package_publish(struct session *session, const struct package_name *name,
	size_t *changed, struct err *err) MUST_USE;
enum err_code package_retire(struct session *session, const struct package_name *name,
	size_t *changed, struct err *err) MUST_USE;
enum err_code package_revoke(struct session *session, const struct package_name *name,
	size_t *changed, struct err *err) MUST_USE;
/* Drafts, and packages that no plan or device ever used. */
enum err_code package_drop(
	struct session *session, const struct package_name *name, struct err *err) MUST_USE;

/* Within a change: suspend the active plans that use the package's version. */
enum err_code package_suspend_plans(struct session *session, const struct package_view *view,
	enum plan_cause cause, struct err *err) MUST_USE;
