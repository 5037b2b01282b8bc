/* The auditor's question in both directions: what went where, who approved it, what happened. */
#pragma once

#include "db/fleet.h"
#include "db/trace.h"
#include "plans/packages/find.h"

struct trace {
	struct device device;	       /* of a device */
	struct package_view *packages; /* of a version: all that lead to it */
	size_t package_count;
	struct trace_state *states; /* of a version: all its attempts */
	size_t state_count;
	struct trace_plan *plans;
	size_t plan_count;
	struct trace_row *rows; /* the newest attempts */
	size_t row_count;
	struct audit *history; /* every change to it, its keys and its plans, oldest first */
	size_t history_count;
};

/* What happened to a device, in the session's arena; at most `limit` attempts. */
enum err_code trace_device(struct session *session, const char *name, int64_t limit,
	struct trace *ret, struct err *err) MUST_USE;

/* What happened with a version: its packages, who approved them, and who got it. */
enum err_code trace_package(struct session *session, const struct package_name *name, int64_t limit,
	struct trace *ret, struct err *err) MUST_USE;
