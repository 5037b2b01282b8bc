/*
 * Modules of Quectel's and the MCUs behind them, in the fields, numbers and words of the QuecThing
 * SDK: see otactl.cgi(8).
 */
#pragma once

#include "cgi/route.h"

enum { QUECTHING_ROUTES = 5 };
extern const struct route quecthing_routes[QUECTHING_ROUTES];
