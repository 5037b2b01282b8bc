#include "plans/rollout/follow.h"

#include "core/execution.h"
#include "plans/rollout/move.h"

static const struct standing nowhere = { TARGET_NONE, -1 };

enum err_code
follow_standing(struct session *session, const struct fleet *fleet, const struct catalog *catalog,
	const struct plan *plan, const struct subject *subject, struct standing *ret,
	struct err *err)
{
	struct facts *facts;

	*ret = nowhere;
	if (!subject)
		return ERR_OK;
	facts = arena_alloc(&session->arena, sizeof *facts);
	if (facts_make(session, fleet, catalog, plan, subject, facts, err))
		return err->code;
	*ret = target_standing_of(facts);
	return ERR_OK;
}

/* The stage whose devices it is one of; -1: of none that adds it. */
static int
adds_it(const struct standing *s)
{
	return s->what == TARGET_PENDING || s->what == TARGET_STARTED ? s->home : -1;
}

/*
 * A device goes from one stage to another.  They are read anew: they change while the catalog
 * stands.
 */
static enum err_code
stages_follow(struct session *session, const struct plan *plan, int from, int to, struct err *err)
{
	struct stage *stages, before[LIMIT_STAGES];
	size_t count;

	if (from == to)
		return ERR_OK;
	if (db_stage_all(session->db, &session->arena, plan->id, &stages, &count, err))
		return err->code;
	if (from >= (int)count || to >= (int)count || count > LIMIT_STAGES)
		return ERR_OK;
	memcpy(before, stages, count * sizeof *stages);
	if (from >= 0 && stages[from].size + stages[from].lent > 0)
		stages[from].size--;
	if (to >= 0)
		stages[to].size++;
	target_sizes(stages, count);
	for (size_t i = 0; i < count; i++)
		if ((stages[i].size != before[i].size || stages[i].lent != before[i].lent) &&
			db_stage_size(session->db, plan->id, (int64_t)i, &stages[i], err))
			return err->code;
	return ERR_OK;
}

/* One device more or less that is at the target already. */
static enum err_code
already_follows(struct session *session, const struct plan *plan, const struct standing *s,
	int64_t n, struct err *err)
{
	int last = (int)plan->stage_count - 1;

	return s->what == TARGET_ALREADY
		       ? db_tally_add(session->db, plan->id, s->home >= 0 ? s->home : last,
				 TALLY_ALREADY, n, err)
		       : ERR_OK;
}

enum err_code
follow_count(struct session *session, const struct plan *plan, const struct standing *before,
	const struct standing *after, struct err *err)
{
	int64_t come = (after->what != TARGET_NONE) - (before->what != TARGET_NONE);

	if (!plan->stage_count || (before->what == after->what && before->home == after->home))
		return ERR_OK;
	if (already_follows(session, plan, before, -1, err) ||
		already_follows(session, plan, after, 1, err) ||
		stages_follow(session, plan, adds_it(before), adds_it(after), err) ||
		(come && db_plan_targets_add(session->db, plan->id, come, err)))
		return err->code;
	/* What tick has to look at is new. */
	return db_plan_look_at(session->db, plan->id, 0, err);
}

/*
 * Who came to the target by another way is shown as that, and who is no target any more as nothing:
 * no longer by what it was offered.
 */
static enum err_code
attempt_leaves(struct session *session, const struct plan *plan, const struct subject *subject,
	const char *reason, bool *withdrawn, struct err *err)
{
	struct execution *e = subject_newest(subject, plan->id);

	if (!e || !e->newest)
		return ERR_OK;
	*withdrawn = true;
	if (execution_open(e->state) &&
		move_to(session, plan, e, MOVE_ALL, EXEC_EXPIRED, reason, NULL, err))
		return err->code;
	return move_uncount(session, plan, e, err);
}

enum err_code
follow_device(struct session *session, const struct fleet *fleet, const struct catalog *catalog,
	const struct subject *before, const struct subject *after, bool *withdrawn, struct err *err)
{
	*withdrawn = false;
	for (size_t i = 0; i < catalog->plan_count; i++) {
		const struct plan *plan = &catalog->plans[i];
		struct standing was, is;

		if (follow_standing(session, fleet, catalog, plan, before, &was, err) ||
			follow_standing(session, fleet, catalog, plan, after, &is, err))
			return err->code;
		if (after && was.what == TARGET_PENDING &&
			(is.what == TARGET_ALREADY || is.what == TARGET_NONE) &&
			attempt_leaves(session, plan, after,
				is.what == TARGET_NONE ? "no target any more"
						       : verdict_words[GATE_ALREADY_AT_TARGET],
				withdrawn, err))
			return err->code;
		if (follow_count(session, plan, &was, &is, err))
			return err->code;
	}
	return ERR_OK;
}

enum err_code
follow_group(struct session *session, int64_t product, int64_t group, bool *ret, struct err *err)
{
	const struct catalog *catalog;
	struct fleet fleet;

	*ret = false;
	if (db_fleet_get(session->db, &fleet, err) ||
		catalog_get(session, &fleet, product, &catalog, err))
		return err->code;
	for (size_t i = 0; i < catalog->plan_count; i++) {
		const struct plan *plan = &catalog->plans[i];

		for (size_t r = 0; r < plan->rule_count; r++)
			*ret |= plan->rules[r].group == group;
		for (size_t s = 0; s < plan->stage_count; s++)
			*ret |= plan->stages[s].kind == STAGE_GROUP &&
				plan->stages[s].group_id == group;
	}
	return ERR_OK;
}

enum err_code
follow_begin(struct session *session, const struct device *device, struct following *ret,
	struct err *err)
{
	ret->before = (struct subject){ .device = *device };
	if (db_fleet_get(session->db, &ret->fleet, err) ||
		catalog_get(session, &ret->fleet, device->product, &ret->catalog, err))
		return err->code;
	return subject_load(session, &ret->before, err);
}

enum err_code
follow_finish(struct session *session, struct following *following, const struct device *device,
	struct err *err)
{
	struct subject after;
	bool withdrawn;

	if (device) {
		after = (struct subject){ .device = *device };
		if (subject_load(session, &after, err))
			return err->code;
	}
	return follow_device(session, &following->fleet, following->catalog, &following->before,
		device ? &after : NULL, &withdrawn, err);
}
