/*
 * A tick works in three passes, once it has counted stragglers where that is due (left_count()).
 * look() takes one read snapshot of the plans that run, and asks for each whether anything is due:
 * mostly its one row says that nothing is, and nothing else is read.  Then each plan with something
 * due gets transactions of its own: what ran out of time is closed, a few devices at once; then the
 * plan is decided anew (plan_decide()) under the write lock, because devices reported meanwhile,
 * and what is due is done.  remember() is the sign of life, and keeps when to look again.
 *
 * What may never happen: that two ticks are at work (the lock file); that a device waits long for a
 * tick (small transactions); that anything is moved on while the clock has jumped; that a plan is
 * slept through: when to look again is kept only where nobody has written since the snapshot, and
 * whatever devices do sets it back to 0.
 */
#include "plans/rollout/tick.h"

#include "core/execution.h"
#include "core/plan.h"
#include "core/str.h"
#include "db/fleet.h"
#include "db/package.h"
#include "plans/base/change.h"
#include "plans/base/file.h"
#include "plans/base/now.h"
#include "plans/rollout/ban.h"
#include "plans/rollout/jump.h"
#include "plans/rollout/left.h"
#include "plans/rollout/load.h"
#include "plans/rollout/move.h"
#include "plans/rollout/silence.h"
#include "plans/rollout/stages.h"
#include "plans/rollout/stop.h"
#include "plans/rollout/windows.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	CLOSE_AT_ONCE = 200,
	SAMPLE_EVERY_S = 600,
	LOG_BYTES = 1024 * 1024, /* a shorter write-ahead log may wait for a later tick */
};

/* What one tick found, in one read snapshot. */
struct view {
	struct clock_step clock;
	int64_t last_at; /* of the tick before */
	int64_t epoch;
	bool stops; /* something happened that may forbid what was accepted */
	struct ticking_plan *plans;
	bool *due, *left; /* of the plans: something is to be done; could not be */
	size_t count;
	struct left_trouble *uncounted; /* plans whose stragglers could not be counted */
	size_t uncounted_count;
	unsigned data_version;
	struct zone_list zones;
};

static void
say(struct session *session, struct tick_result *out, const char *line)
{
	out->lines = arena_room(&session->arena, out->lines, out->line_count, sizeof *out->lines);
	out->lines[out->line_count++] = line;
}

/* In small transactions, so that devices never wait long. */
static enum err_code
close_overdue(
	struct session *session, const struct plan *plan, struct tick_result *out, struct err *err)
{
	int64_t closed;

	do {
		if (db_begin(session->db, err))
			return err->code;
		closed = 0;
		(void)!move_close_overdue(session, plan, CLOSE_AT_ONCE, &closed, err);
		if (session->dry_run)
			db_rollback(session->db);
		else if (db_finish(session->db, err->code, err))
			return err->code;
		out->closed += closed;
	} while (closed == CLOSE_AT_ONCE && !session->dry_run);
	return ERR_OK;
}

/* End the attempts that a change since the last look forbids, of devices that do not ask. */
static enum err_code
end_banned(
	struct session *session, const struct plan *plan, struct tick_result *out, struct err *err)
{
	int64_t after = 0, ended = 0;

	do {
		if (db_begin(session->db, err))
			return err->code;
		(void)!ban_plan(session, plan, CLOSE_AT_ONCE, &after, &ended, err);
		if (session->dry_run)
			db_rollback(session->db);
		else if (db_finish(session->db, err->code, err))
			return err->code;
		if (err->code)
			return err->code;
	} while (after);
	if (ended)
		say(session, out,
			arena_printf(&session->arena, "%s: canceled %" PRId64 " of its executions",
				plan->name, ended));
	return ERR_OK;
}

/* The moment whose sample stands for this one. */
static int64_t
sample_at(int64_t now)
{
	return now / SAMPLE_EVERY_S * SAMPLE_EVERY_S;
}

/* The curves of a plan: its counters, every ten minutes while it runs. */
static enum err_code
sample(struct session *session, const struct plan *plan, struct err *err)
{
	struct sample s = { .at = sample_at(session->now) };
	struct plan_pulse pulse;
	struct tally tally;

	if (plan->state != PLAN_ACTIVE)
		return ERR_OK;
	if (db_tally_get(session->db, plan->id, &tally, err) ||
		db_plan_pulse_get(session->db, plan->id, &pulse, err))
		return err->code;
	for (int stage = 0; stage < LIMIT_STAGES; stage++) {
		const int64_t *n = tally.n[stage];

		for (int state = 0; state < EXEC_STATE_MAX; state++)
			s.offered += n[state];
		s.succeeded += n[EXEC_SUCCEEDED];
		s.failed += execution_bad(n);
	}
	s.accepted = pulse.first_accepts;
	return db_sample_insert(session->db, plan->id, &s, err);
}

/*
 * The costly facts: every counter of the plan, and who fell silent.  Reads the plan's row and
 * stages anew.
 */
static enum err_code
judge(struct session *session, struct plan *plan, struct plan_judgement *ret, const char **silent,
	struct err *err)
{
	struct stages_facts facts;
	struct plan_pulse pulse;
	struct probe_tally probe;
	struct tally tally;
	int64_t size;

	if (db_plan_by_id(session->db, &session->arena, plan->id, plan, err) ||
		plan_load_stages(session, &session->arena, plan, err) ||
		db_tally_get(session->db, plan->id, &tally, err) ||
		stages_facts_get(session, plan, &facts, err) ||
		db_plan_pulse_get(session->db, plan->id, &pulse, err) ||
		silent_judge(session, plan, &tally, silent, err))
		return err->code;
	*ret = (struct plan_judgement){ .done = stages_done(plan, &tally),
		.left = facts.left.sums,
		.silent = *silent,
		.stage = stages_judge(session, plan, &tally, &facts, &size) };
	if (plan->probe_at)
		ret->probe = stages_probe(plan, &tally, &pulse.pulse, session->now, &probe);
	return ERR_OK;
}

/* What is due for a plan, of which id, state and end are known; *silent tells who fell silent. */
static enum err_code
due_get(struct session *session, struct plan *plan, struct plan_facts *facts,
	struct plan_decision *ret, const char **silent, struct err *err)
{
	struct plan_judgement judgement;

	*silent = NULL;
	*ret = plan_decide(plan, facts);
	if (ret->what != PLAN_DUE_JUDGEMENT)
		return ERR_OK;
	if (judge(session, plan, &judgement, silent, err))
		return err->code;
	facts->judgement = &judgement;
	*ret = plan_decide(plan, facts);
	facts->judgement = NULL;
	return ERR_OK;
}

/* What a decision remembers without a word: a stage is done, the tail begun, a probe ended. */
static enum err_code
mark(struct session *session, const struct plan *plan, const struct plan_decision *d,
	struct err *err)
{
	/* Either may begin the time in which stragglers are counted. */
	if (d->mark_done &&
		(db_stage_set_done(session->db, plan->id, plan->stage, session->now, err) ||
			db_plan_left_due(session->db, plan->id, 0, err)))
		return err->code;
	if (d->tail_at && plan->stages[plan->stage].tail_at != d->tail_at &&
		db_stage_set_tail(session->db, plan->id, plan->stage, d->tail_at, err))
		return err->code;
	return d->mark_probe ? db_plan_probe_done(session->db, plan->id, session->now, err)
			     : ERR_OK;
}

/* Do what is due, and say so in *did; what is only to be remembered is said nowhere. */
static enum err_code
apply(struct session *session, struct plan *plan, const struct plan_decision *d, const char *why,
	const char **did, struct err *err)
{
	struct arena *arena = &session->arena;
	char name[STAGE_NAME];

	if (mark(session, plan, d, err))
		return err->code;
	switch (d->what) {
	case PLAN_DUE_TRIPPED:
		*did = arena_printf(arena, "%s: the breaker tripped: %s",
			d->state == PLAN_ENDED ? "aborted" : "suspended", why);
		break;
	case PLAN_DUE_EXPIRED:
		*did = "ended: its end has come";
		break;
	case PLAN_DUE_ALL_DONE:
		*did = "ended: every target is done";
		break;
	case PLAN_DUE_NOBODY_LEFT:
		*did = "ended: nobody is left who can still get it";
		break;
	case PLAN_DUE_SILENT:
		*did = arena_printf(arena, "suspended: silent: %s", why);
		break;
	case PLAN_DUE_TAIL_OVER:
		*did = "ended: its tail is over, stragglers are given up";
		break;
	case PLAN_DUE_PROBE_OVER:
		*did = "the probe has passed, the stages go on";
		return stages_probe_over(session, plan, err)
			       ? err->code
			       : db_plan_update(session->db, plan, err);
	case PLAN_DUE_OPEN:
		if (stages_open(session, plan, d->index, err))
			return err->code;
		*did = arena_printf(arena, "opened stage %" PRId64 " (%s)%s", plan->stage + 1,
			stage_name(&plan->stages[plan->stage], name),
			plan->probe_at ? " for the probe" : "");
		return db_plan_update(session->db, plan, err);
	case PLAN_DUE_NOTHING:
	case PLAN_DUE_JUDGEMENT:
	case PLAN_DUE_MARK:
	case PLAN_DUE_MAX:
		return ERR_OK;
	}
	if (why && *why)
		str_copy(plan->reason, sizeof plan->reason, why);
	return plan_stop(session, plan, d->state, d->cause, err);
}

/*
 * What is due for one plan, decided anew under the write lock; *did says what was done, or stays
 * NULL.
 */
static enum err_code
step(struct session *session, int64_t id, const char **did, struct err *err)
{
	struct plan_decision decision;
	struct plan_pulse pulse;
	struct plan_facts facts = { .now = session->now };
	struct plan plan;
	const char *why;

	if (db_plan_by_id(session->db, &session->arena, id, &plan, err) ||
		db_plan_pulse_get(session->db, id, &pulse, err))
		return err->code;
	facts.tripped_at = pulse.pulse.tripped_at;
	facts.tripped_abort = pulse.tripped_abort;
	facts.silent_at = pulse.silent_at;
	if (due_get(session, &plan, &facts, &decision, &why, err))
		return err->code;
	if (decision.what == PLAN_DUE_NOTHING)
		return ERR_OK;
	if (db_plan_by_id(session->db, &session->arena, id, &plan, err) ||
		plan_load(session, &session->arena, &plan, err))
		return err->code;
	if (decision.silent_at != pulse.silent_at &&
		db_plan_pulse_silent(session->db, id, decision.silent_at, err))
		return err->code;
	if (decision.what != PLAN_DUE_SILENT)
		why = decision.what == PLAN_DUE_TRIPPED ? pulse.pulse.tripped : "";
	return apply(session, &plan, &decision, why, did, err);
}

/* Let the windows of a plan follow their zones. */
static enum err_code
follow_zones(struct session *session, const struct plan *plan, struct zone_list *zones,
	struct tick_result *out, struct err *err)
{
	const char *did;

	do {
		if (windows_follow(session, plan->id, zones, &did, err))
			return err->code;
		if (did)
			say(session, out, arena_printf(&session->arena, "%s: %s", plan->name, did));
	} while (did && !session->dry_run);
	return ERR_OK;
}

static enum err_code
tick_plan(struct session *session, int64_t id, struct view *view, struct tick_result *out,
	struct err *err)
{
	struct plan *plan = arena_alloc(&session->arena, sizeof *plan);
	const char *did = NULL, *name;

	if (db_plan_by_id(session->db, &session->arena, id, plan, err) ||
		plan_load(session, &session->arena, plan, err) ||
		close_overdue(session, plan, out, err) ||
		(view->stops && end_banned(session, plan, out, err)))
		return err->code;
	name = arena_copy(&session->arena, plan->name);
	if (plan->state == PLAN_ENDED)
		return ERR_OK; /* it only closes what was accepted */
	if (follow_zones(session, plan, &view->zones, out, err))
		return err->code;
	if (change_begin(session, err))
		return err->code;
	if (!sample(session, plan, err))
		(void)!step(session, id, &did, err);
	/* Most plans have nothing due: then neither audit nor epoch move. */
	if (!did && !err->code && !session->dry_run)
		return db_finish(session->db, ERR_OK, err);
	if (!did) {
		db_rollback(session->db);
		return err->code;
	}
	if (change_finish(session, err->code, name, did, err))
		return err->code;
	say(session, out, arena_printf(&session->arena, "%s: %s", name, did));
	return ERR_OK;
}

static void
say_left(struct session *session, int64_t plan, const char *what, const struct err *why,
	struct tick_result *out)
{
	out->left++;
	say(session, out,
		arena_printf(&session->arena, "plan %" PRId64 " %s: %s%s%s", plan, what, why->what,
			*why->why ? ": " : "", why->why));
}

/* One plan that cannot be read or moved on stops nobody else; only a busy database does. */
static enum err_code
leave(struct session *session, int64_t plan, struct tick_result *out, struct err *err)
{
	struct err why = *err;

	if (why.code == ERR_BUSY)
		return why.code;
	*err = (struct err){ .code = ERR_OK };
	say_left(session, plan, "is left as it is", &why, out);
	return ERR_OK;
}

/* Plans of which nobody knows who is left; one that was left as it is has been told. */
static void
say_uncounted(struct session *session, const struct view *view, struct tick_result *out)
{
	for (size_t i = 0; i < view->uncounted_count; i++) {
		const struct left_trouble *trouble = &view->uncounted[i];
		bool told = false;

		for (size_t p = 0; p < view->count; p++)
			told |= view->left[p] && view->plans[p].plan == trouble->plan;
		if (!told)
			say_left(session, trouble->plan, "cannot be counted", &trouble->why, out);
	}
}

static bool
log_is_long(struct session *session)
{
	struct stat st;

	return stat(arena_printf(&session->arena, "%s-wal", session->path), &st) ||
	       st.st_size > LOG_BYTES;
}

/*
 * True when a tick has something to do for a plan; most of the time nothing is due, and nothing
 * read beyond the one row that lists it.
 */
static enum err_code
is_due(struct session *session, struct ticking_plan *t, struct view *view, bool *ret,
	struct err *err)
{
	struct plan_facts facts = { .now = session->now,
		.tripped_at = t->tripped_at,
		.silent_at = t->silent_at,
		.look_at = t->look_at };
	struct plan plan = { .id = t->plan, .state = t->state, .end_at = t->end_at };
	struct plan_decision decision;
	const char *silent;

	*ret = t->overdue || (view->stops && t->in_progress) ||
	       (t->state == PLAN_ACTIVE && t->sampled_at < sample_at(session->now));
	if (!*ret && t->state != PLAN_ENDED &&
		windows_stale(session, t->plan, &view->zones, ret, err))
		return err->code;
	if (*ret)
		return ERR_OK;
	if (due_get(session, &plan, &facts, &decision, &silent, err))
		return err->code;
	*ret = decision.what != PLAN_DUE_NOTHING;
	t->judged = decision.look_at != t->look_at;
	t->look_at = decision.look_at;
	return ERR_OK;
}

/* A clock that cannot be read is as good as none, and is stored anew at the end. */
static enum err_code
clock_look(struct session *session, struct view *view, struct err *err)
{
	struct clock_time now = now_read(session);
	struct clock_guard guard;

	if (db_fleet_clock_get(session->db, &guard, err) == ERR_IO) {
		guard = (struct clock_guard){ 0 };
		*err = (struct err){ .code = ERR_OK };
	}
	if (err->code)
		return err->code;
	view->last_at = guard.last.at;
	view->clock = clock_tick(&guard, &now);
	return ERR_OK;
}

/* A change may have stopped who was accepted, and so may a manifest that has expired. */
static enum err_code
stops_read(struct session *session, int64_t last, struct view *view, struct err *err)
{
	struct fleet fleet;
	int64_t stopped;
	bool expired;

	if (db_fleet_get(session->db, &fleet, err) ||
		db_fleet_stopped_get(session->db, &stopped, err) ||
		db_package_expired(session->db, last, session->now, &expired, err))
		return err->code;
	view->epoch = fleet.epoch;
	view->stops = stopped != fleet.epoch || expired;
	return ERR_OK;
}

/* What to make of the clock: false, and nothing is to be moved on, while it is not trusted. */
static enum err_code
clock_mind(struct session *session, struct view *view, bool *trusted, struct tick_result *out,
	struct err *err)
{
	const struct clock_step *clock = &view->clock;
	char words[CLOCK_WORDS];

	if (clock_look(session, view, err))
		return err->code;
	*trusted = !clock->by;
	if (clock->by) {
		say(session, out,
			arena_printf(&session->arena,
				"the clock jumped by %s: nothing is moved on until it is back, or "
				"otactl tick --accept-clock",
				clock_words(clock->by, words)));
	} else if (clock->lasted) {
		say(session, out,
			arena_printf(&session->arena,
				"the clock jumped by %s and has stood for a day: it is trusted",
				clock_words(clock->lasted, words)));
		return jump_outlast(session, &clock->guard, clock->lasted, err);
	}
	return ERR_OK;
}

static enum err_code
look(struct session *session, struct view *view, struct err *err)
{
	if (db_read_begin(session->db, err))
		return err->code;
	if (!stops_read(session, view->last_at, view, err) &&
		!db_plan_ticking(session->db, &session->arena, session->now, &view->plans,
			&view->count, err)) {
		view->due = arena_alloc(&session->arena, view->count + 1);
		view->left = arena_alloc(&session->arena, view->count + 1);
		for (size_t i = 0; i < view->count && err->code != ERR_BUSY; i++)
			/* A plan that cannot be judged is taken up, where it is told apart. */
			if (is_due(session, &view->plans[i], view, &view->due[i], err) &&
				err->code != ERR_BUSY) {
				*err = (struct err){ .code = ERR_OK };
				view->due[i] = true;
			}
		view->data_version = db_data_version(session->db);
	}
	db_read_end(session->db);
	return err->code;
}

/*
 * The sign of life, and when to look again where nobody has done anything since.  `all`: no plan
 * was left as it is.
 */
static enum err_code
remember(struct session *session, const struct view *view, bool all, struct err *err)
{
	if (db_fleet_tick(session->db, &view->clock.guard, err) ||
		(view->stops && all && db_fleet_stopped(session->db, view->epoch, err)))
		return err->code;
	for (size_t i = 0; i < view->count; i++)
		if (view->plans[i].judged && !view->due[i] &&
			db_data_version(session->db) == view->data_version &&
			db_plan_look_at(
				session->db, view->plans[i].plan, view->plans[i].look_at, err))
			return err->code;
	return ERR_OK;
}

static enum err_code
tick_all(struct session *session, struct tick_result *out, struct err *err)
{
	struct view view = { .zones = { .arena = &session->arena } };
	bool trusted = false, all;

	if (clock_mind(session, &view, &trusted, out, err) ||
		(trusted && !session->dry_run &&
			left_count(session, &view.uncounted, &view.uncounted_count, err)) ||
		(trusted && look(session, &view, err)))
		return err->code;
	for (size_t i = 0; i < view.count; i++) {
		view.left[i] =
			view.due[i] && tick_plan(session, view.plans[i].plan, &view, out, err);
		if (view.left[i] && leave(session, view.plans[i].plan, out, err))
			return err->code;
	}
	all = !out->left;
	say_uncounted(session, &view, out);
	if (session->dry_run)
		return ERR_OK;
	if (db_begin(session->db, err))
		return err->code;
	if (db_finish(session->db, remember(session, &view, all, err), err))
		return err->code;
	if (log_is_long(session))
		db_checkpoint(session->db);
	return ERR_OK;
}

enum err_code
tick_run(struct session *session, struct tick_result *ret, struct err *err)
{
	const char *path = arena_printf(&session->arena, "%s.tick", session->path);
	CLEANUP(fd_close) int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0660);

	*ret = (struct tick_result){ 0 };
	if (fd < 0)
		return file_errno(err, ERR_IO, "open", path);
	ret->busy = flock(fd, LOCK_EX | LOCK_NB);
	if (!ret->busy)
		return tick_all(session, ret, err);
	return ERR_OK;
}
