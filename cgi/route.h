/* Tables of method, path pattern and handler, one a dialect; and the only entry of the door. */
#pragma once

#include "cgi/respond.h"
#include "plans/base/session.h"

enum { ROUTE_VALUES = 3 };

/*
 * What stood in the path's places, in order.  A "*" gets one segment of 1 to LIMIT_SEGMENT bytes,
 * "**" at the end all that is left of the path, of 1 to LIMIT_REST; all of it printable, nothing of
 * it checked otherwise.
 */
struct route_match {
	const char *values[ROUTE_VALUES];
};

/*
 * Answer a request, complete, in *reply; on an error it is left alone.  Within a read snapshot,
 * which session_write_begin() gives up.
 */
typedef enum err_code (*route_handler)(struct session *session, const struct request *request,
	const struct route_match *match, struct reply *reply, struct err *err);

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
	/*
	 * What the root of a server block of this dialect alone (OTACTL_DIALECT) stands for:
	 * "/esp/" and two places, the first for OTACTL_PRODUCT.  All its patterns begin so, and
	 * there the other dialects are not asked; "": the path is that of its patterns.  NULL: it
	 * needs no block of its own.
	 */
	const char *root;
	bool bare; /* its devices take any body for what they asked: errors have none, */
	const char *list, *no_list; /* but where this pattern fits this one; NULL: nowhere */
	int64_t multiple;	    /* of so many bytes is each of its headers; 0: of any number */
	error_wording wording;	    /* of its errors; NULL: as in our own */
};

/* All of them, asked in this order; the first route that fits answers. */
enum { ROUTE_DIALECTS = 7 };
extern const struct dialect route_dialects[ROUTE_DIALECTS];

/*
 * Answer one request.  The session's database is open, its arena empty and its clock set; every
 * answer, also to an error, is in *reply.  CGI, FastCGI and the tests are the callers.  The contact
 * that a poll leaves is kept: contacts_store(), once the answer is on its way.
 */
void handle(struct session *session, const struct request *request, struct reply *reply);

/*
 * The answer to a request that cannot be handled: it could not be read, or there is no database.
 */
void handle_error(struct session *session, const struct request *request, const struct err *err,
	struct reply *reply);
