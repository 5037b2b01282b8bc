/* Tables of method, path pattern and handler, one a dialect; and the only entry of the door. */
#pragma once

#include "cgi/respond.h"
#include "plans/base/session.h"

enum { ROUTE_VALUES = 2 };

/* What stood in the path's places, in order: {device} {execution} {sha256} {file}. */
struct route_match {
	const char *values[ROUTE_VALUES];
};

/*
 * Answer a request, complete, in *reply; on an error it is left alone.  Within a read snapshot,
 * which session_write_begin() gives up.
 */
typedef enum err_code (*route_handler)(struct session *session, const struct request *request,
	const struct route_match *match, struct reply *reply, struct err *err);

/* "*" in a pattern stands for one segment, of which a handler gets at most ROUTE_VALUES. */
struct route {
	enum method method; /* HEAD goes where GET does */
	const char *pattern;
	route_handler handler;
};

/*
 * A dialect translates: requests to the operations of plans/door, their answers to its own words.
 */
struct dialect {
	const char *name;
	const struct route *routes;
	size_t count;
};

/* All of them, asked in this order; the first route that fits answers. */
enum { ROUTE_DIALECTS = 3 };
extern const struct dialect route_dialects[ROUTE_DIALECTS];

/*
 * Answer one request.  The session's database is open, its arena empty and its clock set; every
 * answer, also to an error, is in *reply.  CGI, FastCGI and the tests are the callers.  The contact
 * that a poll leaves is kept: contacts_store(), once the answer is on its way.
 */
void handle(struct session *session, const struct request *request, struct reply *reply);
