/* The native protocol, v1: see otactl.cgi(8). */
#pragma once

#include "cgi/route.h"

enum err_code native_plan(struct session *session, const struct request *request,
	const struct route_match *match, struct reply *reply, struct err *err);
enum err_code native_report(struct session *session, const struct request *request,
	const struct route_match *match, struct reply *reply, struct err *err);
enum err_code native_versions(struct session *session, const struct request *request,
	const struct route_match *match, struct reply *reply, struct err *err);
enum err_code native_enrol(struct session *session, const struct request *request,
	const struct route_match *match, struct reply *reply, struct err *err);
