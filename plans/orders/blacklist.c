#include "plans/orders/blacklist.h"

#include "core/selector.h"
#include "core/str.h"
#include "core/terms.h"
#include "db/device.h"
#include "plans/base/change.h"
#include "plans/orders/edit.h"
#include "plans/orders/targets.h"
#include "plans/rollout/ban.h"
#include "plans/rollout/follow.h"
#include "plans/rollout/load.h"
#include "plans/rollout/note.h"

/* The devices on the blacklist at one moment, by their ids. */
struct listed {
	int64_t *ids;
	size_t count;
};

struct blacklist {
	struct session *session;
	struct plan before, plan;
	struct listed was, is;
	struct fleet fleet;
	struct catalog catalog;
	struct blacklisting *out;
};

/* Everybody of the product whom the blacklist names now. */
static enum err_code
listed_read(struct session *session, const struct plan *plan, struct listed *ret, struct err *err)
{
	struct stmt *cursor = db_plan_target_cursor(session->db, plan->id, plan->product);
	struct facts *f = arena_alloc(&session->arena, sizeof *f);
	struct arena scratch = { NULL };
	struct targets_asked asked;
	struct target_row row;
	struct device device;
	enum db_step step;

	f->plan = plan;
	targets_asks(plan, &asked);
	*ret = (struct listed){ .count = 0 };
	while ((step = db_plan_target_each(cursor, &row, err)) == DB_ROW) {
		arena_reset(&scratch);
		if (targets_facts(session, &scratch, &row, &asked, &device, f, err))
			break;
		if (!terms_listed(f, LIST_BLACK))
			continue;
		ret->ids = arena_room(&session->arena, ret->ids, ret->count, sizeof *ret->ids);
		ret->ids[ret->count++] = row.id;
	}
	arena_done(&scratch);
	db_reset(cursor);
	return step == DB_FAILED || err->code ? err->code : ERR_OK;
}

/* The subject as it stood before it was put on the list. */
static void
unlist(struct subject *subject, int64_t plan)
{
	size_t kept = 0;

	for (size_t i = 0; i < subject->ties.list_count; i++)
		if (subject->ties.lists[i].plan != plan ||
			subject->ties.lists[i].list != LIST_BLACK)
			subject->ties.lists[kept++] = subject->ties.lists[i];
	subject->ties.list_count = kept;
}

/*
 * A device leaves the plan's counts, unless it has started: then it is counted by what came of it.
 * What it downloads is canceled.
 */
static enum err_code
device_leaves(struct blacklist *b, int64_t id, struct err *err)
{
	static const struct standing nowhere = { TARGET_NONE, -1 };
	struct session *session = b->session;
	struct subject subject = { .execution_count = 0 };
	int64_t canceled = b->out->canceled;
	struct standing before;
	struct execution *open;

	if (db_device_by_id(session->db, &session->arena, id, &subject.device, err))
		return err->code;
	if (b->out->sample_count < BLACKLISTING_SAMPLE)
		b->out->sample[b->out->sample_count++] =
			arena_copy(&session->arena, subject.device.name);
	if (b->plan.state == PLAN_DRAFT)
		return ERR_OK;
	if (subject_load(session, &subject, err) || ban_device(session, id, &b->out->canceled, err))
		return err->code;
	open = subject_open(&subject);
	b->out->going_on += open && open->plan == b->plan.id && open->accepted_at &&
			    canceled == b->out->canceled;
	unlist(&subject, b->plan.id);
	if (follow_standing(session, &b->fleet, &b->catalog, &b->before, &subject, &before, err))
		return err->code;
	return before.what == TARGET_STARTED
		       ? ERR_OK
		       : follow_count(session, &b->plan, &before, &nowhere, err);
}

static enum err_code
newcomers_leave(struct blacklist *b, struct err *err)
{
	struct session *session = b->session;

	if (db_fleet_get(session->db, &b->fleet, err) ||
		catalog_base(session, &session->arena, b->plan.product, &b->catalog, err))
		return err->code;
	for (size_t i = 0, old = 0; i < b->is.count; i++) {
		while (old < b->was.count && b->was.ids[old] < b->is.ids[i])
			old++;
		if (old < b->was.count && b->was.ids[old] == b->is.ids[i])
			continue;
		b->out->devices++;
		if (device_leaves(b, b->is.ids[i], err))
			return err->code;
	}
	return ERR_OK;
}

static enum err_code
cannot(const struct blacklist *b, enum err_code code, const char *why, struct err *err)
{
	err_set(err, code, "cannot add to the blacklist of plan '%s'", b->plan.name);
	return err_why(err, "%s", why);
}

/* A broken script must not protect nobody: a selector has to name somebody. */
static enum err_code
selectors_name_somebody(struct blacklist *b, const struct values *who, struct err *err)
{
	struct plan_rule rule = { .list = LIST_BLACK };
	struct plan alone = { .product = b->plan.product, .rules = &rule, .rule_count = 1 };
	struct listed named;

	for (size_t i = 0; i < who->count; i++) {
		if (!str_starts(who->list[i], "label:"))
			continue;
		if (selector_parse(&b->session->arena, who->list[i] + strlen("label:"),
			    &rule.selector, err) ||
			listed_read(b->session, &alone, &named, err))
			return err->code;
		if (!named.count)
			return cannot(b, ERR_INPUT, "a label selector names nobody", err);
	}
	return ERR_OK;
}

static enum err_code
grow(struct blacklist *b, const char *name, const struct values *who, bool allow_unknown,
	struct err *err)
{
	struct session *session = b->session;
	int64_t entries, more;
	bool items;

	if (plan_load_by_name(session, name, &b->before, err))
		return err->code;
	b->plan = b->before;
	if (b->plan.state == PLAN_ENDED)
		return cannot(b, ERR_CONFLICT, "it has ended", err);
	for (size_t i = 0; i < who->count; i++)
		if (!strcmp(who->list[i], "none"))
			return cannot(b, ERR_USAGE, "'none' names nobody", err);
	if (db_plan_device_count(session->db, b->plan.id, LIST_BLACK, &entries, err) ||
		listed_read(session, &b->before, &b->was, err) ||
		plan_blacklist_add(session, &b->plan, who, allow_unknown, &items, err) ||
		selectors_name_somebody(b, who, err) ||
		plan_load_by_name(session, name, &b->plan, err) ||
		listed_read(session, &b->plan, &b->is, err) ||
		db_plan_device_count(session->db, b->plan.id, LIST_BLACK, &more, err))
		return err->code;
	b->out->unchanged = !items && more == entries && b->is.count == b->was.count;
	return b->out->unchanged ? ERR_OK : newcomers_leave(b, err);
}

/* Store what is left of the plan, and say so in the audit. */
static enum err_code
store(struct blacklist *b, struct err *err)
{
	struct session *session = b->session;

	/* The counts were moved device by device. */
	if (db_plan_by_id(session->db, &session->arena, b->plan.id, &b->plan, err))
		return err->code;
	b->out->targets = b->plan.targets;
	change_note_int(
		session, "blacklisted devices", (int64_t)b->was.count, (int64_t)b->is.count);
	ban_note(session, b->out->canceled);
	return plan_store(session, &b->before, &b->plan, err);
}

enum err_code
plan_blacklist(struct session *session, const char *name, const struct values *who,
	bool allow_unknown, struct blacklisting *ret, struct err *err)
{
	struct blacklist *b = arena_alloc(&session->arena, sizeof *b);

	*ret = (struct blacklisting){ .devices = 0 };
	b->session = session;
	b->out = ret;
	if (change_begin(session, err))
		return err->code;
	if (!grow(b, name, who, allow_unknown, err) && !ret->unchanged)
		(void)!store(b, err);
	ret->targets = b->plan.targets;
	ret->draft = b->plan.state == PLAN_DRAFT;
	if (err->code || !ret->unchanged)
		return change_finish(session, err->code, name, NULL, err);
	change_drop(session);
	return ERR_OK;
}
