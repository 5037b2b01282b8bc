#include "plans/rollout/tick.h"

#include "core/execution.h"
#include "core/moment.h"
#include "core/str.h"
#include "db/fleet.h"
#include "plans/base/change.h"
#include "plans/base/file.h"
#include "plans/rollout/load.h"
#include "plans/rollout/move.h"
#include "plans/rollout/silence.h"
#include "plans/rollout/stages.h"
#include "plans/rollout/status.h"
#include "plans/rollout/stop.h"
#include "plans/rollout/windows.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	CLOSE_AT_ONCE = 200,
	EXTEND_BELOW_S = 60 * MOMENT_DAY_S,
	SAMPLE_EVERY_S = 600,
	LOOK_EVERY_S = 600,	 /* at a plan in which nothing happens */
	DRIFT_S = 120,		 /* what ntp may correct between two ticks */
	LOG_BYTES = 1024 * 1024, /* a shorter write-ahead log may wait for a later tick */
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

static bool
all_done(const struct plan *plan, const struct tally *tally)
{
	int64_t done = 0;

	for (size_t i = 0; i < plan->stage_count; i++)
		done += tally->n[i][EXEC_SUCCEEDED] + tally->n[i][EXEC_REJECTED] +
			tally->n[i][EXEC_REGRESSED];
	return !plan->continuous && plan->targets && done >= plan->targets;
}

/* After the last stage's soak stragglers are served for a while. */
static bool
tail_over(const struct session *session, const struct plan *plan)
{
	const struct stage *stage = &plan->stages[plan->stage];

	return stage->done_at &&
	       session->now >= stage->done_at + plan->strategy.soak + plan->strategy.complete_after;
}

static enum err_code
advance(struct session *session, struct plan *plan, const struct tally *tally, const char **did,
	struct err *err)
{
	int64_t size;
	struct stage_verdict verdict = stages_judge(session, plan, tally, &size);
	bool last = (size_t)plan->stage + 1 >= plan->stage_count;
	char name[80];

	if (verdict.done && !plan->stages[plan->stage].done_at &&
		stage_set_done(session->db, plan->id, plan->stage, session->now, err))
		return err->code;
	if (last && tail_over(session, plan)) {
		*did = "ended: its tail is over, stragglers are given up";
		return plan_stop(session, plan, PLAN_ENDED, CAUSE_COMPLETED, err);
	}
	if (last || verdict.wait != STAGE_GO)
		return ERR_OK;
	if (stages_open(session, plan, plan->stage + 1, err))
		return err->code;
	*did = arena_printf(&session->arena, "opened stage %lld (%s)", (long long)plan->stage + 1,
		stage_name(&plan->stages[plan->stage], name));
	return plan_update(session->db, plan, err);
}

/* The curves of a plan: its counters, every ten minutes while it runs. */
static enum err_code
sample(struct session *session, const struct plan *plan, struct err *err)
{
	struct sample s = { .at = session->now / SAMPLE_EVERY_S * SAMPLE_EVERY_S };
	struct plan_pulse pulse;
	struct tally tally;

	if (plan->state != PLAN_ACTIVE)
		return ERR_OK;
	if (tally_get(session->db, plan->id, &tally, err) ||
		plan_pulse_get(session->db, plan->id, &pulse, err))
		return err->code;
	for (int stage = 0; stage < LIMIT_STAGES; stage++) {
		const int64_t *n = tally.n[stage];

		for (int state = 0; state < EXEC_STATE_MAX; state++)
			s.offered += n[state];
		s.succeeded += n[EXEC_SUCCEEDED];
		s.failed += execution_bad(n);
	}
	s.accepted = pulse.first_accepts;
	return sample_insert(session->db, plan->id, &s, err);
}

/* What is due for one plan; *did says what was done, or stays NULL. */
static enum err_code
step(struct session *session, struct plan *plan, const char **did, struct err *err)
{
	const char *silent = NULL;
	struct plan_pulse pulse;
	struct tally tally;
	int64_t expanded;

	if (plan_by_id(session->db, &session->arena, plan->id, plan, err) ||
		plan_load(session, &session->arena, plan, err) ||
		plan_pulse_get(session->db, plan->id, &pulse, err) ||
		tally_get(session->db, plan->id, &tally, err) ||
		plan_expanded_get(session->db, plan->id, &expanded, err))
		return err->code;
	if (plan->state == PLAN_ACTIVE && pulse.pulse.tripped_at) {
		str_copy(plan->reason, sizeof plan->reason, pulse.pulse.tripped);
		*did = arena_printf(&session->arena, "%s: the breaker tripped: %s",
			pulse.tripped_abort ? "aborted" : "suspended", pulse.pulse.tripped);
		return plan_stop(session, plan, pulse.tripped_abort ? PLAN_ENDED : PLAN_SUSPENDED,
			pulse.tripped_abort ? CAUSE_ABORTED : CAUSE_BREAKER, err);
	}
	if (plan->end_at && session->now >= plan->end_at) {
		*did = "ended: its end has come";
		return plan_stop(session, plan, PLAN_ENDED, CAUSE_EXPIRED, err);
	}
	if (plan->state != PLAN_ACTIVE)
		return ERR_OK;
	if (all_done(plan, &tally)) {
		*did = "ended: every target is done";
		return plan_stop(session, plan, PLAN_ENDED, CAUSE_COMPLETED, err);
	}
	if (silent_judge(session, plan, &tally, &silent, err))
		return err->code;
	if (silent) {
		str_copy(plan->reason, sizeof plan->reason, silent);
		*did = arena_printf(&session->arena, "suspended: %s", silent);
		return plan_stop(session, plan, PLAN_SUSPENDED, CAUSE_SILENT, err);
	}
	if (expanded && expanded - session->now < EXTEND_BELOW_S) {
		*did = "expanded its windows further";
		return plan_expand_windows(session, plan, err);
	}
	return advance(session, plan, &tally, did, err);
}

static enum err_code
tick_plan(struct session *session, int64_t id, struct tick_result *out, struct err *err)
{
	struct plan *plan = arena_alloc(&session->arena, sizeof *plan);
	const char *did = NULL, *name;

	if (plan_by_id(session->db, &session->arena, id, plan, err) ||
		plan_load(session, &session->arena, plan, err) ||
		close_overdue(session, plan, out, err))
		return err->code;
	name = arena_copy(&session->arena, plan->name);
	if (plan->state == PLAN_ENDED)
		return ERR_OK; /* it only closes what was accepted */
	if (change_begin(session, err))
		return err->code;
	if (!sample(session, plan, err))
		(void)!step(session, plan, &did, err);
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

/* One plan that cannot be read or moved on stops nobody else; only a busy database does. */
static enum err_code
leave(struct session *session, int64_t plan, struct tick_result *out, struct err *err)
{
	struct err why = *err;

	if (why.code == ERR_BUSY)
		return why.code;
	*err = (struct err){ .code = ERR_OK };
	out->left++;
	say(session, out,
		arena_printf(&session->arena, "plan %" PRId64 " is left as it is: %s%s%s", plan,
			why.what, *why.why ? ": " : "", why.why));
	return ERR_OK;
}

static bool
log_is_long(struct session *session)
{
	struct stat st;

	return stat(arena_printf(&session->arena, "%s-wal", session->path), &st) ||
	       st.st_size > LOG_BYTES;
}

/* The id of this boot and the time since; "" where it cannot be told or --now was given. */
static struct tick_clock
clock_read(const struct session *session)
{
	struct tick_clock ret = { .at = session->now };
	struct timespec since;
	CLEANUP(fd_close) int fd = -1;

	if (!session->now_given)
		fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && read(fd, ret.boot, 36) == 36 && !clock_gettime(CLOCK_BOOTTIME, &since))
		ret.uptime = (int64_t)since.tv_sec;
	else
		ret.boot[0] = '\0';
	return ret;
}

/*
 * The wall clock has jumped when it went back, or when it and the time since boot disagree about how
 * long ago the last tick was.  Cron may have been dead for a week: that alone is no jump.
 */
static bool
clock_jumped(const struct tick_clock *last, const struct tick_clock *now, int64_t *by)
{
	int64_t passed = now->at - last->at;

	*by = passed;
	if (last->at && passed < -DRIFT_S)
		return true;
	if (!*now->boot || strcmp(now->boot, last->boot) != 0)
		return false;
	*by = passed - (now->uptime - last->uptime);
	return *by > DRIFT_S || *by < -DRIFT_S;
}

/* The next moment at which time alone may make something due, while no device does anything. */
static int64_t
next_look(
	const struct session *session, const struct plan *plan, const struct stage_verdict *verdict)
{
	const struct stage *stage = &plan->stages[plan->stage];
	int64_t ret = session->now + LOOK_EVERY_S, at = 0;

	if (verdict->wait == STAGE_WINDOW)
		return 0;
	if (verdict->wait == STAGE_SOAK)
		at = verdict->at;
	else if (verdict->wait == STAGE_NOT_DONE)
		at = stage->opened_at + STAGE_PATIENCE_S;
	return at > session->now && at < ret ? at : ret;
}

/* Judge a plan in which something happened, or for which a timer has run out. */
static enum err_code
judge(struct session *session, struct ticking_plan *t, bool *due, struct err *err)
{
	struct stage_verdict verdict;
	const char *silent;
	struct tally tally;
	struct plan plan;
	int64_t size;
	bool last;

	if (plan_by_id(session->db, &session->arena, t->plan, &plan, err) ||
		plan_load_stages(session, &session->arena, &plan, err) ||
		tally_get(session->db, t->plan, &tally, err) ||
		silent_judge(session, &plan, &tally, &silent, err))
		return err->code;
	verdict = stages_judge(session, &plan, &tally, &size);
	last = (size_t)plan.stage + 1 >= plan.stage_count;
	*due = silent || all_done(&plan, &tally) || (verdict.wait == STAGE_GO && !last) ||
	       (verdict.done && !plan.stages[plan.stage].done_at) ||
	       (last && tail_over(session, &plan));
	t->look_at = next_look(session, &plan, &verdict);
	t->judged = true;
	return ERR_OK;
}

/* True when a tick has something to do for a plan; most of the time nothing is due, and nothing read. */
static enum err_code
is_due(struct session *session, struct ticking_plan *t, bool *ret, struct err *err)
{
	*ret = t->overdue || (t->state != PLAN_ENDED && t->end_at && session->now >= t->end_at);
	if (*ret || t->state != PLAN_ACTIVE)
		return ERR_OK;
	*ret = t->tripped_at || t->sampled_at < session->now / SAMPLE_EVERY_S * SAMPLE_EVERY_S ||
	       (t->expanded_to && t->expanded_to - session->now < EXTEND_BELOW_S);
	if (*ret || session->now < t->look_at)
		return ERR_OK;
	return judge(session, t, ret, err);
}

/* What one tick found, in one read snapshot. */
struct view {
	struct tick_clock clock;
	struct ticking_plan *plans;
	bool *due; /* of the plans */
	size_t count;
	unsigned data_version;
};

/* A clock that cannot be read is as good as none, and is stored anew at the end. */
static enum err_code
last_clock(struct session *session, struct tick_clock *ret, struct err *err)
{
	if (fleet_tick_get(session->db, ret, err) == ERR_IO) {
		*ret = (struct tick_clock){ 0 };
		*err = (struct err){ .code = ERR_OK };
	}
	return err->code;
}

static enum err_code
look(struct session *session, struct view *view, struct tick_result *out, struct err *err)
{
	struct tick_clock last;
	int64_t by;

	view->clock = clock_read(session);
	if (db_read_begin(session->db, err))
		return err->code;
	if (!last_clock(session, &last, err) &&
		!plan_ticking(session->db, &session->arena, session->now, &view->plans,
			&view->count, err)) {
		if (clock_jumped(&last, &view->clock, &by)) {
			say(session, out,
				arena_printf(&session->arena,
					"the clock jumped by %lld s since the last tick: nothing "
					"is moved on",
					(long long)by));
			view->count = 0;
		}
		view->due = arena_alloc(&session->arena, view->count + 1);
		for (size_t i = 0; i < view->count && err->code != ERR_BUSY; i++)
			/* A plan that cannot be judged is taken up, where it is told apart. */
			if (is_due(session, &view->plans[i], &view->due[i], err) &&
				err->code != ERR_BUSY) {
				*err = (struct err){ .code = ERR_OK };
				view->due[i] = true;
			}
		view->data_version = db_data_version(session->db);
	}
	db_read_end(session->db);
	return err->code;
}

/* The sign of life, and when to look again where nobody has done anything since. */
static enum err_code
remember(struct session *session, const struct view *view, struct err *err)
{
	if (fleet_tick(session->db, &view->clock, err))
		return err->code;
	for (size_t i = 0; i < view->count; i++)
		if (view->plans[i].judged && !view->due[i] &&
			db_data_version(session->db) == view->data_version &&
			plan_look_at(session->db, view->plans[i].plan, view->plans[i].look_at, err))
			return err->code;
	return ERR_OK;
}

static enum err_code
tick_all(struct session *session, struct tick_result *out, struct err *err)
{
	struct view view = { .count = 0 };

	if (look(session, &view, out, err))
		return err->code;
	for (size_t i = 0; i < view.count; i++)
		if (view.due[i] && tick_plan(session, view.plans[i].plan, out, err) &&
			leave(session, view.plans[i].plan, out, err))
			return err->code;
	if (session->dry_run)
		return ERR_OK;
	if (db_begin(session->db, err))
		return err->code;
	if (db_finish(session->db, remember(session, &view, err), err))
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
