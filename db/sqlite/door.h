/* What the device door may do to the database: the allow-list of table, operation and column. */
#pragma once

#include <stdbool.h>

/* For sqlite3_set_authorizer(): true when the door may do this. */
bool door_may(int action, const char *first, const char *second);
