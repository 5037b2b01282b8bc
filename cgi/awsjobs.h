/*
 * AWS IoT Jobs over HTTPS, as its clients ask: see otactl.cgi(8).
 */
#pragma once

#include "cgi/route.h"

enum { AWSJOBS_ROUTES = 4 };
extern const struct route awsjobs_routes[AWSJOBS_ROUTES];
