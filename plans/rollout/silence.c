/*
 * Reads the facts of the judgement and leaves it to core/silence.c.  It is taken whenever a tick
 * looks at a plan, so what it may read is bounded: of each opened stage a sample of its successes,
 * and only where those alone would be too many a sample of the targets, by probing ids at equal
 * distances.  Both are the same from one tick to the next, so that the criterion does not flicker.
 */
#include "plans/rollout/silence.h"

#include "core/plan.h"
#include "core/silence.h"
#include "plans/rollout/follow.h"
#include "plans/rollout/load.h"

#include <inttypes.h>

enum { SAMPLE = 2000, PROBES = 2000 };

/* Count the succeeded of a stage, of large ones every second, fourth ... */
static enum err_code
stage_count(struct session *session, const struct plan *plan, int64_t stage, int64_t succeeded,
	const struct silence_terms *terms, struct silence_group *ret, struct err *err)
{
	int64_t weight = 1;
	struct contact contact;
	struct stmt *cursor;
	enum db_step step;

	while (succeeded / weight > SAMPLE && weight < EXECUTION_SAMPLE_ALL)
		weight *= 2;
	cursor = db_execution_contact_cursor(
		session->db, plan->id, stage, EXECUTION_SAMPLE_ALL / weight);
	while ((step = db_execution_contact_each(cursor, &contact, err)) == DB_ROW)
		silence_add(ret, &contact.gaps, contact.last_seen, terms, weight);
	return step == DB_FAILED ? err->code : ERR_OK;
}

/* A target that waits for its update and was heard in the time of the plan. */
static enum err_code
waits(struct session *session, const struct fleet *fleet, const struct catalog *catalog,
	const struct plan *plan, struct subject *subject, bool *ret, struct err *err)
{
	struct standing standing;

	*ret = false;
	if (subject->device.last_seen < plan->activated_at || subject_load(session, subject, err) ||
		follow_standing(session, fleet, catalog, plan, subject, &standing, err))
		return err->code;
	*ret = standing.what == TARGET_PENDING;
	return ERR_OK;
}

/* Count the control, of a large product at equal distances of its devices' ids. */
static enum err_code
control_count(struct session *session, const struct plan *plan, const struct silence_terms *terms,
	struct silence_group *ret, struct err *err)
{
	struct arena kept;
	struct plan whole = *plan;
	struct catalog catalog;
	struct fleet fleet;
	int64_t newest, from = 1, step = 1;

	*ret = (struct silence_group){ 0 };
	if (plan_load(session, &session->arena, &whole, err) ||
		db_fleet_get(session->db, &fleet, err) ||
		catalog_base(session, &session->arena, plan->product, &catalog, err) ||
		db_device_newest_of(session->db, plan->product, &newest, err))
		return err->code;
	kept = session->arena;
	session->arena = (struct arena){ NULL };
	while (from <= newest) {
		struct subject subject;
		bool found, started, counts = false;

		if (db_device_probe(session->db, &session->arena, plan->product, from, plan->id,
			    &subject.device, &started, &found, err) ||
			!found ||
			(!started &&
				waits(session, &fleet, &catalog, &whole, &subject, &counts, err)))
			break;
		if (counts)
			silence_add(ret, &subject.device.gaps, subject.device.last_seen, terms, 1);
		if (from == 1)
			step = (newest - subject.device.id) / PROBES + 1;
		from += step;
		if (from <= subject.device.id)
			from = subject.device.id - (subject.device.id - from) % step + step;
		arena_reset(&session->arena);
	}
	arena_done(&session->arena);
	session->arena = kept;
	return err->code;
}

static const char *
reason(struct session *session, const struct silence_verdict *v)
{
	struct arena *arena = &session->arena;
	const char *where = v->where == SILENCE_EVERYWHERE
				    ? "all stages"
				    : arena_printf(arena, "stage %d", v->where + 1);
	const char *beside =
		v->control.judged
			? arena_printf(arena, ", and %" PRId64 " of %" PRId64 " that wait",
				  v->control.unheard, v->control.judged)
			: "";

	return arena_printf(arena,
		"%s: %" PRId64 " of %" PRId64
		" devices that succeeded were not heard for longer than usual%s",
		where, v->there.unheard, v->there.judged, beside);
}

static enum err_code
terms_of(struct session *session, const struct plan *plan, struct silence_terms *ret,
	struct err *err)
{
	struct plan_pulse pulse;

	if (db_plan_pulse_get(session->db, plan->id, &pulse, err))
		return err->code;
	*ret = (struct silence_terms){ .now = session->now,
		.span = silence_span(plan->strategy.poll_interval),
		.forgiven_at = pulse.forgiven_at };
	return ERR_OK;
}

enum err_code
silent_judge(struct session *session, const struct plan *plan, const struct tally *tally,
	const char **why, struct err *err)
{
	struct silence_group stages[LIMIT_STAGES] = { 0 }, control;
	size_t opened = plan->stage_count ? (size_t)plan->stage + 1 : 0;
	struct silence_verdict verdict;
	struct silence_terms terms;

	*why = NULL;
	if (!strcmp(plan->strategy.breaker, "off") || session->now >= plan_watched_until(plan))
		return ERR_OK;
	if (terms_of(session, plan, &terms, err))
		return err->code;
	for (size_t i = 0; i < opened; i++)
		if (tally->n[i][EXEC_SUCCEEDED] &&
			stage_count(session, plan, (int64_t)i, tally->n[i][EXEC_SUCCEEDED], &terms,
				&stages[i], err))
			return err->code;
	if (!silence_possible(stages, opened))
		return ERR_OK;
	if (control_count(session, plan, &terms, &control, err))
		return err->code;
	if (silence_decide(stages, opened, &control, &verdict))
		*why = reason(session, &verdict);
	return ERR_OK;
}

enum err_code
silent_forgive(
	struct session *session, const struct plan *plan, enum plan_cause cause, struct err *err)
{
	struct silence_terms terms;

	/* Who resumes a plan that stood for another reason was not told: silence stops it again. */
	if ((cause == CAUSE_SILENT &&
		    db_plan_pulse_forgiven(session->db, plan->id, plan->resumed_at, err)) ||
		terms_of(session, plan, &terms, err))
		return err->code;
	for (size_t i = 0; plan->stage_count && i <= (size_t)plan->stage; i++) {
		struct stmt *cursor = db_execution_contact_cursor(
			session->db, plan->id, (int64_t)i, EXECUTION_SAMPLE_ALL);
		int64_t devices = 0, survived = 0;
		struct contact contact;
		enum db_step step;

		while ((step = db_execution_contact_each(cursor, &contact, err)) == DB_ROW)
			if (silence_forgiven(contact.last_seen, &terms)) {
				devices++;
				survived += contact.survived;
			}
		if (step == DB_FAILED || db_tally_forgive_silent(session->db, plan->id, (int)i,
						 devices, survived, err))
			return err->code;
	}
	return ERR_OK;
}
