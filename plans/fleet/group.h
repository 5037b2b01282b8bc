/* Named lists of devices. */
#pragma once

#include "plans/base/session.h"

/* Put devices into a group (made where missing) or take them out. */
enum err_code group_change(struct session *session, const char *group, const char *const *names,
	size_t count, bool add, struct err *err) MUST_USE;

/* Remove a group with its members; ERR_CONFLICT while a draft or running plan names it. */
enum err_code group_drop(struct session *session, const char *group, struct err *err) MUST_USE;
