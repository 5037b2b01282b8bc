/*
 * Play a plan through: the decision that devices hear, for every device of the product and over a
 * virtual clock that moves by minutes.  Nothing is kept.
 *
 * What is assumed: devices ask at their own slot of the poll interval, accept at once, come to
 * their end after `duration`, fail with the given probability in each attempt, and report the new
 * version when they ask next.
 */
#pragma once

#include "plans/base/session.h"
#include "plans/simulate/simulation.h"

/* ERR_NOT_FOUND, or what activation refuses where the plan is a draft. */
enum err_code simulate(struct session *session, const char *plan,
	const struct simulation_options *options, struct simulation *ret, struct err *err) MUST_USE;

struct world;

/*
 * What simulate() does before its clock starts: everybody is there, the first stages are open.
 * w->session, w->options and w->out are set.  The session's arena belongs to the world until
 * simulate_release(), which is called whatever comes of it.
 */
enum err_code simulate_prepare(struct world *w, const char *plan, struct err *err) MUST_USE;

/* Give the memory of the world back, also where simulate_prepare() failed. */
void simulate_release(struct world *w);
