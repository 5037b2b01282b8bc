#include "plans/door/peek.h"

#include "core/moment.h"
#include "db/device.h"
#include "plans/door/visit.h"

static int64_t
attempts(const struct subject *subject, int64_t plan)
{
	const struct execution *newest = subject_newest(subject, plan);

	return newest ? newest->attempt : 0;
}

/* What the first plan for the device would make. */
static enum err_code
would(struct visit *v, struct peek *ret, struct err *err)
{
	for (size_t i = 0; i < v->catalog->plan_count && !ret->has_offer; i++) {
		const struct plan *plan = &v->catalog->plans[i];

		if (visit_decide(v, plan, false, err))
			return err->code;
		if (v->decision->verdict == VERDICT_ELIGIBLE) {
			ret->has_offer = true;
			ret->offer.plan = plan;
			ret->offer.execution = (struct execution){ .plan = plan->id,
				.device = v->subject.device.id,
				.attempt = attempts(&v->subject, plan->id) + 1,
				.version = 1,
				.offered_at = v->session->now,
				.changed_at = v->session->now };
		} else if (v->decision->earliest > v->session->now &&
			   v->decision->earliest < ret->earliest) {
			ret->earliest = v->decision->earliest;
		}
	}
	return ERR_OK;
}

enum err_code
peek_run(struct session *session, const struct device *device, struct peek *ret, struct err *err)
{
	struct visit v = { .session = session };
	const struct execution *open;

	*ret = (struct peek){ .earliest = MOMENT_NEVER };
	v.subject.device = *device;
	if (visit_begin(&v, err) || subject_load(session, &v.subject, err) ||
		catalog_pulses(session, v.catalog, err))
		return err->code;
	open = subject_open(&v.subject);
	if (!open)
		return would(&v, ret, err);
	if (open->state != EXEC_OFFERED)
		return ERR_OK;
	ret->has_offer = true;
	ret->offer.execution = *open;
	return offer_plan(session, v.catalog, open->plan, &ret->offer.plan, err);
}

enum err_code
peek_page(struct session *session, int64_t after, size_t limit, struct device **ret, size_t *count,
	struct err *err)
{
	struct stmt *cursor = db_device_cursor(session->db, after, (int64_t)limit);

	*ret = arena_alloc(&session->arena, limit * sizeof **ret);
	*count = 0;
	while (*count < limit &&
		db_device_each(cursor, &session->arena, &(*ret)[*count], err) == DB_ROW)
		(*count)++;
	db_reset(cursor);
	return err->code;
}
