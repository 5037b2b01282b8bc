/* Artifacts, manifests and signatures: the same for every dialect. */
#pragma once

#include "cgi/route.h"

enum { FILES_ROUTES = 3 };
extern const struct route files_routes[FILES_ROUTES];
