/* One table of method, path pattern and handler; and the only entry of the door. */
#pragma once

#include "cgi/respond.h"
#include "plans/base/session.h"

/* What stood in the path's places, in order: {device} {execution} {sha256} {file}. */
struct route_match {
	const char *values[2];
};

typedef enum err_code (*route_handler)(struct session *session, const struct request *request,
	const struct route_match *match, struct reply *reply, struct err *err);

/*
 * Answer one request.  The session's database is open, its arena empty and its clock set; every
 * answer, also to an error, is in *reply.  CGI, FastCGI and the tests are the callers.
 */
void handle(struct session *session, const struct request *request, struct reply *reply);
