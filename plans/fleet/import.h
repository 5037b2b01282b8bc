/* Devices from a CSV file. */
#pragma once

#include "plans/base/session.h"

/*
 * Read a CSV file ("-": stdin) whole into one transaction: see otactl(1), DEVICE FILES.  A bad line
 * is named by its number and nothing is imported.  `tokens_out` (or NULL) receives generated
 * tokens.
 */
enum err_code device_import(struct session *session, const char *path, const char *product,
	const char *tokens_out, int64_t *count, struct err *err) MUST_USE;
