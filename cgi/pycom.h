/*
 * Pycom's OTA library, as its tutorial's server is asked: see otactl.cgi(8).
 */
#pragma once

#include "cgi/route.h"

enum { PYCOM_ROUTES = 2 };
extern const struct route pycom_routes[PYCOM_ROUTES];
