/* The clock of this machine, and whether it is trusted (core/clock.h). */
#pragma once

#include "plans/base/session.h"

/* The wall clock of the session; the boot is "" where it cannot be told or --now was given. */
struct clock_time now_read(struct session *session);

/*
 * Let the session go by the time that is trusted, whatever its clock says: session->now is set
 * back and session->clock_by says by how much.  With --now, which is a what-if, only what the
 * newest tick found counts, and the time stays as given.
 */
void now_trust(struct session *session, const struct fleet *fleet);
