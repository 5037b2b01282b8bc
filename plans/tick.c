#include "plans/tick.h"

#include "core/moment.h"
#include "core/str.h"
#include "db/fleet.h"
#include "plans/load.h"
#include "plans/plan.h"
#include "plans/rollout.h"
#include "plans/silence.h"
#include "plans/status.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	CLOSE_AT_ONCE = 200,
	EXTEND_BELOW_S = 60 * MOMENT_DAY_S,
	SAMPLE_EVERY_S = 600,
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
		(void)!rollout_close_overdue(session, plan, CLOSE_AT_ONCE, &closed, err);
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
	struct stage_verdict verdict = status_stage(session, plan, tally, &size);
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
	if (plan_open_stage(session, plan, plan->stage + 1, err))
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
		s.failed += n[EXEC_FAILED] + n[EXEC_TIMED_OUT] + n[EXEC_REGRESSED];
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
	if (plan->windows_set && expanded - session->now < EXTEND_BELOW_S) {
		*did = "expanded its push windows further";
		return plan_expand_windows(session, plan, err);
	}
	return advance(session, plan, &tally, did, err);
}

static enum err_code
tick_plan(struct session *session, struct plan *plan, struct tick_result *out, struct err *err)
{
	const char *did = NULL, *name = arena_copy(&session->arena, plan->name);

	if (plan_load(session, &session->arena, plan, err) ||
		close_overdue(session, plan, out, err))
		return err->code;
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
	FILE *file = session->now_given ? NULL : fopen("/proc/sys/kernel/random/boot_id", "re");

	if (!file)
		return ret;
	if (fscanf(file, "%36s", ret.boot) == 1 && !clock_gettime(CLOCK_BOOTTIME, &since))
		ret.uptime = (int64_t)since.tv_sec;
	else
		ret.boot[0] = '\0';
	fclose(file);
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

/* True when a tick has something to do for a plan: most of the time nothing is due, and nothing written. */
static enum err_code
is_due(struct session *session, struct ticking_plan *t, bool *ret, struct err *err)
{
	struct plan *plan = &t->plan;
	struct stage_verdict verdict;
	const char *silent;
	struct tally tally;
	int64_t size, sample_at = session->now / SAMPLE_EVERY_S * SAMPLE_EVERY_S;
	bool last, ends = plan->end_at && session->now >= plan->end_at;

	*ret = t->overdue || (plan->state != PLAN_ENDED && ends);
	if (*ret || plan->state != PLAN_ACTIVE)
		return ERR_OK;
	*ret = t->tripped_at || t->sampled_at < sample_at ||
	       (t->expanded_to && t->expanded_to - session->now < EXTEND_BELOW_S);
	if (*ret)
		return ERR_OK;
	if (plan_load_stages(session, &session->arena, plan, err) ||
		tally_get(session->db, plan->id, &tally, err) ||
		silent_judge(session, plan, &tally, &silent, err))
		return err->code;
	verdict = status_stage(session, plan, &tally, &size);
	last = (size_t)plan->stage + 1 >= plan->stage_count;
	*ret = silent || all_done(plan, &tally) || (verdict.wait == STAGE_GO && !last) ||
	       (verdict.done && !plan->stages[plan->stage].done_at) ||
	       (last && tail_over(session, plan));
	return ERR_OK;
}

/* Which plans are due, in one read snapshot; clock says what the time is. */
static enum err_code
look(struct session *session, const struct tick_clock *now, struct tick_result *out,
	struct ticking_plan **due, size_t *count, struct err *err)
{
	struct ticking_plan *plans;
	struct tick_clock last;
	int64_t by;
	size_t all;

	*count = 0;
	if (db_read_begin(session->db, err))
		return err->code;
	if (!fleet_tick_get(session->db, &last, err) &&
		!plan_ticking(session->db, &session->arena, session->now, &plans, &all, err)) {
		if (clock_jumped(&last, now, &by)) {
			say(session, out,
				arena_printf(&session->arena,
					"the clock jumped by %lld s since the last tick: nothing "
					"is moved on",
					(long long)by));
			all = 0;
		}
		for (size_t i = 0; i < all && !err->code; i++) {
			bool is;

			if (!is_due(session, &plans[i], &is, err) && is)
				plans[(*count)++] = plans[i];
		}
		*due = plans;
	}
	db_read_end(session->db);
	return err->code;
}

static enum err_code
tick_all(struct session *session, struct tick_result *out, struct err *err)
{
	struct tick_clock now = clock_read(session);
	struct ticking_plan *due = NULL;
	size_t count;

	if (look(session, &now, out, &due, &count, err))
		return err->code;
	for (size_t i = 0; i < count; i++)
		if (tick_plan(session, &due[i].plan, out, err))
			return err->code;
	if (session->dry_run)
		return ERR_OK;
	if (db_begin(session->db, err))
		return err->code;
	if (db_finish(session->db, fleet_tick(session->db, &now, err), err))
		return err->code;
	if (log_is_long(session))
		db_checkpoint(session->db);
	return ERR_OK;
}

enum err_code
tick_run(struct session *session, struct tick_result *ret, struct err *err)
{
	const char *path = arena_printf(&session->arena, "%s.tick", session->path);
	int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0660);

	*ret = (struct tick_result){ 0 };
	if (fd < 0) {
		err_set(err, ERR_IO, "cannot open %s", QUOTE(path));
		return err_why(err, "%s", strerror(errno));
	}
	ret->busy = flock(fd, LOCK_EX | LOCK_NB);
	if (!ret->busy)
		(void)!tick_all(session, ret, err);
	close(fd);
	return err->code;
}
