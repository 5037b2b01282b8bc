/*
 * Included before every source file (see the Makefile): names whose use has cost
 * others dearly become compile errors.  Use str.h, moment.h or the _r variants.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf strtok
#pragma GCC poison gmtime localtime asctime ctime
