/*
 * Play a plan through: the decision that devices hear, for every device of the product and over a
 * virtual clock that moves by minutes.  Nothing is kept.
 *
 * A draft is played as if it were activated now, a suspended plan as if it were resumed now; one
 * that runs goes on from its stages, places, attempts, probe and breaker as they are.
 *
 * What is assumed: devices ask at their own slot of the poll interval, or by their usual gap where
 * that is longer, accept at once, come to their end after `duration`, fail with the given
 * probability in each attempt, and report the new version a poll interval later.  Who was not heard
 * for longer than usual does not come.
 */
#pragma once

#include "plans/base/session.h"
#include "plans/simulate/simulation.h"

/*
 * ERR_NOT_FOUND, what activation or resumption refuses, or ERR_CONFLICT for an ended plan or a
 * trial.
 */
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
