/*
 * The native protocol, v1, over HTTP: see otactl.cgi(8).  Its words are in plans/door/wire.h.
 */
#pragma once

#include "cgi/route.h"

enum { NATIVE_ROUTES = 5 };
extern const struct route native_routes[NATIVE_ROUTES];
