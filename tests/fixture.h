/* A database in a private folder, with a product, a package, devices and a plan, for tests in C. */
#pragma once

#include "cgi/route.h"
#include "plans/fleet/device.h"
#include "plans/fleet/product.h"
#include "plans/base/session.h"
#include "plans/rollout/status.h"

enum { FIXTURE_NOW = 1795255200 };	/* 2026-11-21T10:00:00Z, a Saturday */

struct fixture {
	struct session session; /* of operators and cron */
	struct session door;	/* of the device door, opened by the first request as otactl.cgi opens it */
	char folder[64], db[96], image[96], old_image[96];
	struct err err;
	const char *secret_key, *public_key;	/* files */
	bool busy;	/* others always wait for the door: it keeps contacts as long as it may */
};

/*
 * Make folder, database, product "aroma" with component STM32, and a trusted key.  Ends the
 * test on any fault.
 */
void fixture_begin(struct fixture *f);
void fixture_end(struct fixture *f);

/* End the test where a call failed, with its error from f->err; the next has no reason of its own. */
void fixture_good(struct fixture *f, enum err_code code);

/*
 * Close both connections, before the file is exchanged or the process forks; the door opens its
 * own anew.
 */
void fixture_close(struct fixture *f);

/*
 * Add, sign and publish a package of `size` bytes; source NULL: a full one.  Of STM32, or of
 * another component as "radio/2_0".
 */
void fixture_package(struct fixture *f, const char *version, const char *source, size_t size);

/* The same, bound to hardware, as "A B". */
void fixture_package_for(
	struct fixture *f, const char *version, const char *source, size_t size, const char *hw);

/* Add a device at a version with the token "token-of-" + its name. */
void fixture_device(struct fixture *f, const char *name, const char *version, const char *group);

/*
 * Create and activate a plan with --set values (NULL ends the list) to a version of STM32, or to
 * several as "STM32=1_0_1 radio=2_0".
 */
void fixture_plan(struct fixture *f, const char *name, const char *version, const char *const *sets);

/*
 * Give a draft plan a salt from random(): who is in which stage follows from the seed and can
 * be repeated.
 */
void fixture_salt(struct fixture *f, const char *plan);

/* All devices asked often for the last eight days, up to this second: how they live is known. */
void fixture_known(struct fixture *f);

/* Write a file of pseudo-random bytes. */
void fixture_file(const char *path, size_t size, unsigned content);

/*
 * One request through handle(), over the door's own connection with its allow-list and at the
 * clock of f->session; the answer lives until the next one.  What f->session.arena holds is gone
 * afterwards.
 */
struct answer {
	int status;
	char headers[2048];
	char body[65536];
	size_t length;
};
const struct answer *fixture_request(struct fixture *f, const char *method, const char *target,
	const char *token, const char *body);

/* The same with further variables: "NAME=value", NULL ends the list. */
const struct answer *fixture_request_with(struct fixture *f, const char *method, const char *target,
	const char *token, const char *body, const char *const *variables);

/* What a device does: ask with this query, or report with this JSON body. */
const struct answer *fixture_poll(struct fixture *f, const char *device, const char *query);
const struct answer *fixture_report(struct fixture *f, const char *device, const char *execution,
	const char *body);

/* What cron and an operator do. */
void fixture_tick(struct fixture *f);
struct plan_status *fixture_status(struct fixture *f, const char *plan);

/* The first thing that `db check` finds, as a static text; NULL: nothing. */
const char *fixture_finding(struct fixture *f);
/* Fails where it finds something. */
void fixture_whole(struct fixture *f);

/* The text of a member in the answer's JSON, found by "key":"value"; "" when missing. */
const char *answer_text(const struct answer *answer, const char *key);
