/*
 * Every change of an execution goes one way: components_move() moves the components that are meant,
 * execution_combined() says what that makes of the whole, move_deadline() sets its next deadline,
 * and state_write() writes the row together with everything that counts it: the tally of its stage,
 * the pulse of its plan, the place it holds in a count stage, and, when it ends so that it counts,
 * the breaker (conclude()).  Then the event is logged.
 *
 * What may never happen: that a counter and the rows it counts part ways (hence one transaction,
 * the caller's), that an open execution has no deadline, and that a device is counted twice: status
 * counts devices by their newest attempt, so a new offer takes the older one out of the tally.
 */
#include "plans/rollout/move.h"

#include "core/ban.h"
#include "core/breaker.h"
#include "core/execution.h"
#include "core/moment.h"
#include "core/str.h"
#include "db/device.h"
#include "db/fleet.h"
#include "plans/rollout/conclude.h"
#include "plans/rollout/install.h"

#include <inttypes.h>

static enum err_code
log_event(struct session *session, const struct execution *e, const struct event *event,
	struct err *err)
{
	struct event made = { .at = session->now,
		.identity = "",
		.state = execution_state_words[e->state],
		.message = e->reason };

	return db_event_log(session->db, e->id, event ? event : &made, err);
}

bool
move_takes_place(const struct plan *plan, const struct execution *e)
{
	return e->accepted_at && e->stage >= 0 && (size_t)e->stage < plan->stage_count &&
	       plan->stages[e->stage].kind == STAGE_COUNT &&
	       e->accepted_at >= plan->stages[0].opened_at;
}

/*
 * A device has at most one place in a count stage: it is given back when all its attempts have come
 * to nothing, and taken again where one of them is repaired late.
 */
static enum err_code
place_follow(struct session *session, const struct plan *plan, const struct execution *e,
	enum execution_state from, struct err *err)
{
	int before = execution_holds_place(from), after = execution_holds_place(e->state);
	struct execution *all;
	size_t count;

	if (before == after || !move_takes_place(plan, e))
		return ERR_OK;
	if (db_execution_of_device(session->db, &session->arena, e->device, &all, &count, err))
		return err->code;
	for (size_t i = 0; i < count; i++)
		if (all[i].plan == plan->id && all[i].id != e->id && all[i].accepted_at &&
			execution_holds_place(all[i].state))
			return ERR_OK;
	return db_stage_take(session->db, plan->id, e->stage, after - before, err);
}

enum err_code
move_count(struct session *session, const struct plan *plan, const struct execution *e, int what,
	int64_t n, struct err *err)
{
	int64_t began = what == EXEC_OFFERED ? e->offered_at : execution_began_at(e);
	bool expanded = plan->stage_count && began < plan->stages[0].opened_at;

	if (db_tally_add(session->db, plan->id, e->stage, what, n, err))
		return err->code;
	return what <= TALLY_SURVIVED && (expanded || began < plan->resumed_at)
		       ? db_tally_add_before(
				 session->db, plan->id, e->stage, what, n, expanded, err)
		       : ERR_OK;
}

enum err_code
move_uncount(struct session *session, const struct plan *plan, const struct execution *e,
	struct err *err)
{
	if (db_execution_not_newest(session->db, e->id, err) ||
		move_count(session, plan, e, (int)e->state, -1, err) ||
		(e->survived && move_count(session, plan, e, TALLY_SURVIVED, -1, err)) ||
		(e->late && move_count(session, plan, e, TALLY_LATE, -1, err)) ||
		(e->fell_back && move_count(session, plan, e, TALLY_FELL_BACK, -1, err)))
		return err->code;
	return conclude_again(session, plan, e, err);
}

/* The same of the few that may accept in a probe after a resume. */
static enum err_code
probe_follow(struct session *session, const struct plan *plan, const struct execution *e,
	enum execution_state from, struct err *err)
{
	int before = execution_holds_place(from), after = execution_holds_place(e->state);
	struct pulse_delta delta = { .probe = after - before, .now = session->now };
	struct execution *all;
	size_t count;

	if (!plan->probe_at || e->accepted_at < plan->probe_at || before == after)
		return ERR_OK;
	if (db_execution_of_device(session->db, &session->arena, e->device, &all, &count, err))
		return err->code;
	for (size_t i = 0; i < count; i++)
		if (all[i].plan == plan->id && all[i].id != e->id &&
			all[i].accepted_at >= plan->probe_at && execution_holds_place(all[i].state))
			return ERR_OK;
	return db_plan_pulse_add(session->db, plan->id, &delta, err);
}

/*
 * Write an execution whose state went from `from` to e->state: its row, the tally of its stage, the
 * plan's pulse, the places of a count stage and the breaker.
 */
static enum err_code
state_write(struct session *session, const struct plan *plan, struct execution *e,
	enum execution_state from, struct err *err)
{
	bool was_open = execution_under_way(from);
	bool is_open = execution_under_way(e->state);
	bool first_success = e->state == EXEC_SUCCEEDED && from != EXEC_SUCCEEDED;
	struct pulse_delta delta = { .in_progress = is_open - was_open,
		.ever_succeeded = first_success && e->accepted_at,
		.succeeded =
			first_success && e->accepted_at && e->accepted_at >= plan->resumed_at };
	/* A step on the way is nothing that tick or other devices wait for. */
	bool told = was_open != is_open || execution_finished(from) || execution_finished(e->state);

	if (e->state == from)
		return db_execution_update(session->db, e, err);
	if (!execution_open(e->state))
		e->closed_at = session->now;
	if (move_count(session, plan, e, (int)from, -1, err) ||
		move_count(session, plan, e, (int)e->state, 1, err) ||
		(told && db_plan_pulse_add(session->db, plan->id, &delta, err)))
		return err->code;
	if (place_follow(session, plan, e, from, err) || probe_follow(session, plan, e, from, err))
		return err->code;
	if (execution_finished(e->state) && execution_began_at(e) >= plan->resumed_at &&
		conclude(session, plan, e, from, err))
		return err->code;
	return db_execution_update(session->db, e, err);
}

/* Who waits for an install window is not late: the clocks start when it opens. */
enum err_code
move_deadline(
	struct session *session, const struct plan *plan, struct execution *e, struct err *err)
{
	struct execution counted = *e;
	struct interval window;
	struct device device;

	if (e->cancel_requested)
		return ERR_OK; /* it was given its time */
	if (db_device_by_id(session->db, &session->arena, e->device, &device, err))
		return err->code;
	if (install_window(session, plan, &device, e->accepted_at, &window, err))
		return err->code;
	if (e->accepted_at && window.opens_at > e->accepted_at) {
		counted.accepted_at = window.opens_at;
		if (e->state <= EXEC_DOWNLOADED && window.opens_at > e->changed_at)
			counted.changed_at = window.opens_at;
	}
	/* An offer that is made again has as long as the first one. */
	if (e->state == EXEC_OFFERED)
		counted.offered_at = e->changed_at;
	e->deadline_at = execution_deadline(&counted, &plan->strategy, plan->mode == MODE_MANUAL,
		gaps_deadline(&device.gaps, device.last_seen));
	return ERR_OK;
}

enum err_code
move_accept(struct session *session, const struct plan *plan, const struct facts *facts,
	const struct decision *decision, struct execution *e, struct err *err)
{
	struct plan_pulse pulse;
	const char *cohort = pairs_get(facts->labels, plan->strategy.breaker_by);

	if (db_plan_pulse_get(session->db, plan->id, &pulse, err))
		return err->code;
	/*
	 * The stage that admits it now is where it counts, which may be a later one than at the
	 * offer.
	 */
	if (decision->stage >= 0 && decision->stage != e->stage) {
		if (move_count(session, plan, e, EXEC_OFFERED, -1, err))
			return err->code;
		e->stage = decision->stage;
		if (move_count(session, plan, e, EXEC_OFFERED, 1, err))
			return err->code;
	}
	e->block = facts->accepted_block;
	if (!facts->accepted_before) {
		struct pulse_delta delta = { .first_accepts = 1 };

		e->block = pulse.first_accepts / BREAKER_BLOCK_SIZE;
		if (db_plan_pulse_add(session->db, plan->id, &delta, err))
			return err->code;
	}
	if (cohort && *cohort)
		str_copy(e->cohort, sizeof e->cohort, cohort);
	e->accepted_at = session->now;
	return move_to(session, plan, e, MOVE_ALL, EXEC_ACCEPTED, "", NULL, err);
}

static enum err_code
components_move(struct session *session, const struct execution *e, int position,
	enum execution_state to, const struct event *event, enum execution_state *combined,
	struct err *err)
{
	enum execution_state states[LIMIT_PLAN_COMPONENTS];
	struct execution_component *list;
	size_t count;

	if (db_execution_component_all(session->db, &session->arena, e->id, &list, &count, err))
		return err->code;
	for (size_t i = 0; i < count; i++) {
		bool meant = position == MOVE_NOT_INSTALLING ? ban_concerns(list[i].state)
			     : position == MOVE_ALL	     ? true
							     : list[i].position == position;
		/* A component that came to its own end keeps it when the rest moves on. */
		bool moves = meant && (execution_open(list[i].state) || to == EXEC_OFFERED ||
					      to == EXEC_SUCCEEDED || to == EXEC_REGRESSED);

		if (moves) {
			if (list[i].state != to)
				list[i].progress = 0;
			list[i].state = to;
			/* A success is watched from here on: what was seen before says nothing. */
			if (to == EXEC_SUCCEEDED)
				list[i].other_at = list[i].blank_at = 0;
		}
		if (meant && event) {
			list[i].progress = event->progress > list[i].progress ? event->progress
									      : list[i].progress;
			list[i].code = event->code;
			str_copy(list[i].message, sizeof list[i].message, event->message);
		}
		if ((moves || (meant && event)) &&
			db_execution_component_update(session->db, &list[i], err))
			return err->code;
		states[i] = list[i].state;
	}
	*combined = execution_combined(states, count);
	return ERR_OK;
}

enum err_code
move_to(struct session *session, const struct plan *plan, struct execution *e, int position,
	enum execution_state to, const char *reason, const struct event *event, struct err *err)
{
	enum execution_state from = e->state, combined = from;

	if (components_move(session, e, position, to, event, &combined, err))
		return err->code;
	e->state = combined;
	e->version++;
	e->changed_at = session->now;
	/* What ended one component stays the reason when the last one comes to its end. */
	if (combined == EXEC_SUCCEEDED || *reason)
		str_copy(e->reason, sizeof e->reason, reason);
	if (execution_open(combined) && move_deadline(session, plan, e, err))
		return err->code;
	if (state_write(session, plan, e, from, err))
		return err->code;
	return log_event(session, e, event, err);
}

/* The same packages as were offered before: of these components, in this order. */
static bool
same_packages(const struct plan *plan, const struct decision *decision,
	const struct execution_component *list, size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < plan->component_count; i++) {
		if (!decision->packages[i])
			continue;
		if (n == count || list[n].package != decision->packages[i]->id)
			return false;
		n++;
	}
	return n == count;
}

/*
 * What was withdrawn for the device's own metrics comes back as the same execution, so that a flat
 * battery makes no history and takes nothing from the rate.
 */
static enum err_code
offered_again(struct session *session, const struct plan *plan, const struct facts *facts,
	const struct decision *decision, struct execution *ret, bool *again, struct err *err)
{
	struct execution_component *list;
	struct execution *all;
	size_t count, n;

	*again = false;
	if (!facts->offered_again)
		return ERR_OK;
	if (db_execution_of_device(
		    session->db, &session->arena, facts->device->id, &all, &count, err))
		return err->code;
	while (count && all[count - 1].plan != plan->id)
		count--;
	if (!count || !all[count - 1].newest)
		return ERR_OK;
	*ret = all[count - 1];
	if (db_execution_component_all(session->db, &session->arena, ret->id, &list, &n, err))
		return err->code;
	*again = same_packages(plan, decision, list, n);
	if (!*again)
		return ERR_OK;
	ret->closed_at = 0;
	ret->reason[0] = '\0';
	return move_to(session, plan, ret, MOVE_ALL, EXEC_OFFERED, "", NULL, err);
}

enum err_code
move_offer(struct session *session, const struct plan *plan, const struct facts *facts,
	const struct decision *decision, struct execution *ret, struct err *err)
{
	struct execution e = { .plan = plan->id,
		.device = facts->device->id,
		.attempt = 1,
		.version = 1,
		.seq = -1,
		.block = -1,
		.stage = decision->stage,
		.offered_at = session->now,
		.changed_at = session->now };
	struct execution *all;
	int position = 0;
	size_t count;
	bool again;

	if (offered_again(session, plan, facts, decision, ret, &again, err) || again)
		return err->code;
	if (db_fleet_take_execution(session->db, &e.id, err) ||
		db_execution_of_device(session->db, &session->arena, e.device, &all, &count, err))
		return err->code;
	for (size_t i = 0; i < count; i++)
		if (all[i].plan == plan->id)
			e.attempt = all[i].attempt + 1;
	for (size_t i = 0; i < count; i++)
		if (all[i].plan == plan->id && all[i].newest &&
			move_uncount(session, plan, &all[i], err))
			return err->code;
	for (size_t i = 0; i < plan->component_count; i++)
		e.fell_back |= facts->components[i].delta_failed && decision->packages[i] &&
			       decision->packages[i]->kind == KIND_FULL;
	e.deadline_at = execution_deadline(&e, &plan->strategy, plan->mode == MODE_MANUAL,
		gaps_deadline(&facts->device->gaps, facts->device->last_seen));
	if (db_execution_insert(session->db, &e, err) ||
		move_count(session, plan, &e, EXEC_OFFERED, 1, err) ||
		(e.fell_back && move_count(session, plan, &e, TALLY_FELL_BACK, 1, err)) ||
		db_plan_pulse_rate(session->db, plan->id, session->now / 60, err))
		return err->code;
	for (size_t i = 0; i < plan->component_count; i++) {
		struct execution_component c = { .execution = e.id,
			.component = plan->components[i].component };

		if (!decision->packages[i])
			continue;
		c.position = position++;
		c.package = decision->packages[i]->id;
		str_copy(c.source, sizeof c.source, facts->components[i].reported);
		if (db_execution_component_insert(session->db, &c, err))
			return err->code;
	}
	*ret = e;
	return log_event(session, &e, NULL, err);
}

enum err_code
move_close_overdue(struct session *session, const struct plan *plan, int64_t limit, int64_t *closed,
	struct err *err)
{
	struct execution *list;
	size_t count;

	if (db_execution_overdue_of(session->db, &session->arena, plan->id, session->now, limit,
		    &list, &count, err))
		return err->code;
	for (size_t i = 0; i < count; i++)
		if (move_to(session, plan, &list[i], MOVE_ALL, execution_overdue(&list[i]),
			    "no word in time", NULL, err))
			return err->code;
	*closed = (int64_t)count;
	return ERR_OK;
}

enum err_code
move_cancel(struct session *session, const struct plan *plan, struct execution *e, struct err *err)
{
	int64_t until = session->now + strategy_verify(&plan->strategy);

	e->cancel_requested = true;
	if (e->state == EXEC_OFFERED)
		return move_to(session, plan, e, MOVE_ALL, EXEC_CANCELED, "operator", NULL, err);
	e->version++;
	if (until < e->deadline_at)
		e->deadline_at = until;
	return db_execution_update(session->db, e, err);
}

enum err_code
move_withdraw(struct session *session, const struct plan *plan, const char *reason, struct err *err)
{
	struct execution *list;
	size_t count;

	if (db_execution_in_state(session->db, &session->arena, plan->id, EXEC_OFFERED, INT64_MAX,
		    &list, &count, err))
		return err->code;
	for (size_t i = 0; i < count; i++)
		if (move_to(session, plan, &list[i], MOVE_ALL, EXEC_EXPIRED, reason, NULL, err))
			return err->code;
	return ERR_OK;
}
