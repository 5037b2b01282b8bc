/* plan watch, wait: look at a plan again and again */
#include "cli/show.h"
#include "core/execution.h"
#include "core/moment.h"
#include "core/str.h"
#include "plans/rollout/status.h"
#include "run.h"

#include <inttypes.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

enum { LOOK_S = 2 };

static volatile sig_atomic_t ended;

static void
on_interrupt(int number)
{
	(void)number;
	ended = 1;
}

/* A fresh clock and fresh memory for each look. */
static void
look_again(struct cli *cli)
{
	arena_reset(&cli->session.arena);
	if (!cli->session.now_given)
		session_set_now(&cli->session, (int64_t)time(NULL));
}

static void
wait_s(int64_t seconds)
{
	struct timespec span = { .tv_sec = (time_t)seconds };

	nanosleep(&span, NULL);
}

/* One line a look, for logs. */
static void
line_out(const struct cli *cli, const struct plan_status *s)
{
	char at[MOMENT_TEXT];

	out_line(&cli->out,
		"%s %s stage %" PRId64 "/%zu %s: %" PRId64 " pending, %" PRId64
		" in progress, %" PRId64 " succeeded, %" PRId64 " bad",
		moment_format(cli->session.now, at), plan_state_words[s->plan.state],
		s->plan.stage + 1, s->plan.stage_count, stage_wait_words[s->stage.wait], s->pending,
		s->pulse.pulse.in_progress, s->sums[EXEC_SUCCEEDED], execution_bad(s->sums));
}

enum err_code
run_plan_watch(struct cli *cli, const struct args *args, struct err *err)
{
	struct sigaction action = { .sa_handler = on_interrupt };
	int64_t interval = args_int(args, "--interval", LOOK_S);
	int64_t left = args_int(args, "--count", INT64_MAX);
	const char *name = args_get(args, "PLAN");
	bool terminal = isatty(STDOUT_FILENO);
	bool over = false;

	if (interval < 1 || left < 1)
		return err_set(err, ERR_USAGE, "--interval and --count must be at least 1");
	sigaction(SIGINT, &action, NULL);
	while (!ended && !over && left-- > 0) {
		struct plan_status *s = arena_alloc(&cli->session.arena, sizeof *s);

		if (status_get(&cli->session, name, s, err))
			break;
		if (terminal)
			out_text(&cli->out, "\033[H\033[J");
		if (terminal || cli->out.json)
			out_show_as(&cli->out, &status_view, s, status_people);
		else
			line_out(cli, s);
		fflush(stdout);
		over = s->plan.state == PLAN_ENDED;
		if (!over && left > 0) {
			wait_s(interval);
			look_again(cli);
		}
	}
	return err->code;
}

/* What `plan wait` waits for. */
struct goal {
	int64_t stage; /* from 1, or 0 */
	bool completed, suspended;
};

static enum err_code
goal_parse(const char *text, struct goal *ret, struct err *err)
{
	*ret = (struct goal){ .completed = !strcmp(text, "completed"),
		.suspended = !strcmp(text, "suspended") };
	if (ret->completed || ret->suspended ||
		(str_starts(text, "stage:") &&
			str_int(text + strlen("stage:"), 1, LIMIT_STAGES, &ret->stage)))
		return ERR_OK;
	err_set(err, ERR_USAGE, "cannot wait until '%s'", QUOTE(text));
	return err_fix(err, "--until stage:N, completed or suspended");
}

enum reached { NOT_YET, REACHED, NEVER };

static enum reached
goal_reached(const struct goal *goal, const struct plan *plan)
{
	if (goal->completed && plan->state == PLAN_ENDED)
		return plan->cause == CAUSE_COMPLETED ? REACHED : NEVER;
	if (goal->suspended && plan->state == PLAN_SUSPENDED)
		return REACHED;
	if (goal->stage > (int64_t)plan->stage_count && plan->stage_count)
		return NEVER;
	if (goal->stage && plan->activated_at && plan->stage + 1 >= goal->stage)
		return REACHED;
	return plan->state == PLAN_ENDED ? NEVER : NOT_YET;
}

/* Why the wait is over without what was waited for. */
static enum err_code
not_reached(const struct plan *plan, enum reached reached, const char *until, struct err *err)
{
	if (reached == NEVER) {
		err_set(err, ERR_CONFLICT, "plan '%s' cannot come to %s any more", plan->name,
			until);
		return err_why(err, "it is %s%s%s", plan_state_words[plan->state],
			plan->cause ? ", " : "", plan->cause ? cause_words[plan->cause] : "");
	}
	err_set(err, ERR_BUSY, "plan '%s' has not come to %s in time", plan->name, until);
	err_why(err, "it is %s, stage %" PRId64, plan_state_words[plan->state], plan->stage + 1);
	return err_fix(err, "otactl plan status %s", plan->name);
}

enum err_code
run_plan_wait(struct cli *cli, const struct args *args, struct err *err)
{
	int64_t timeout = args_int(args, "--timeout", -1), start = (int64_t)time(NULL);
	const char *name = args_get(args, "PLAN"), *until = args_get(args, "--until");
	enum reached reached = NOT_YET;
	struct arena scratch = { NULL };
	struct plan plan;
	struct goal goal;

	if (goal_parse(until, &goal, err))
		return err->code;
	for (;;) {
		if (db_plan_get(cli->session.db, &scratch, name, &plan, err) ||
			db_stage_all(cli->session.db, &scratch, plan.id, &plan.stages,
				&plan.stage_count, err))
			break;
		reached = goal_reached(&goal, &plan);
		if (reached != NOT_YET || (timeout >= 0 && (int64_t)time(NULL) - start >= timeout))
			break;
		arena_reset(&scratch);
		wait_s(1);
	}
	arena_done(&scratch);
	if (err->code)
		return err->code;
	if (reached != REACHED)
		return not_reached(&plan, reached, until, err);
	out_done(&cli->out, put_text(cJSON_CreateObject(), "plan", plan.name),
		"plan %s has come to %s", plan.name, until);
	return ERR_OK;
}
