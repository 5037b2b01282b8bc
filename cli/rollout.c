/* plan status, devices, explain; execution */
#include "cli/show.h"
#include "core/moment.h"
#include "core/str.h"
#include "plans/fleet/device.h"
#include "plans/rollout/explain.h"
#include "plans/rollout/status.h"
#include "run.h"

#include <inttypes.h>

enum { PAGE = 1000 };

enum err_code
run_plan_status(struct cli *cli, const struct args *args, struct err *err)
{
	struct plan_status *s = arena_alloc(&cli->session.arena, sizeof *s);

	if (status_get(&cli->session, args_get(args, "PLAN"), s, err))
		return err->code;
	out_show_as(&cli->out, &status_view, s, status_people);
	return ERR_OK;
}

/* All executions of a plan, or those in the `wanted` state (-1: any), in pages. */
static enum err_code
executions_list(struct cli *cli, int64_t plan, int wanted, struct err *err)
{
	struct arena *arena = &cli->session.arena;
	struct execution_shown shown;
	struct execution *list;
	int64_t after = 0;
	size_t count;

	do {
		if (db_execution_of_plan(
			    cli->session.db, arena, plan, after, PAGE, &list, &count, err))
			return err->code;
		for (size_t i = 0; i < count; i++) {
			after = list[i].id;
			if (wanted >= 0 && list[i].state != (enum execution_state)wanted)
				continue;
			if (execution_shown_get(cli, &list[i], &shown, err))
				return err->code;
			out_row(&cli->out, &execution_view, &shown);
		}
	} while (count == PAGE);
	return ERR_OK;
}

static enum err_code
executions_out(struct cli *cli, const char *plan_name, const char *state, struct err *err)
{
	int wanted = state ? WORD_INDEX(execution_state_words, state) : -1;
	struct plan plan;

	if (state && wanted < 0) {
		err_set(err, ERR_USAGE, "there is no state '%s'", QUOTE(state));
		return err_fix(err, "offered, accepted, downloading, succeeded, failed ...");
	}
	if (db_plan_get(cli->session.db, &cli->session.arena, plan_name, &plan, err))
		return err->code;
	out_view_begin(&cli->out, &execution_view);
	(void)!executions_list(cli, plan.id, wanted, err);
	out_list_end(&cli->out);
	return err->code;
}

enum err_code
run_plan_devices(struct cli *cli, const struct args *args, struct err *err)
{
	return executions_out(cli, args_get(args, "PLAN"), args_get(args, "--state"), err);
}

enum err_code
run_execution_list(struct cli *cli, const struct args *args, struct err *err)
{
	return executions_out(cli, args_get(args, "PLAN"), args_get(args, "--state"), err);
}

static const struct view event_view = VIEW(SHOW(event, at, "at", NULL, VIEW_TIME),
	SHOW(event, identity, "component", NULL, VIEW_MAYBE),
	SHOW(event, state, "state", NULL, VIEW_VALUE),
	SHOW(event, progress, "progress", NULL, VIEW_VALUE),
	SHOW(event, code, "code", NULL, VIEW_VALUE),
	SHOW(event, message, "message", NULL, VIEW_MAYBE),
	SHOW(event, count, "count", NULL, VIEW_VALUE),
	SHOW(event, last_at, "last_at", NULL, VIEW_TIME));

/* One execution, with its log. */
struct execution_logged {
	struct execution_shown shown;
	struct event *events;
	size_t event_count;
};

static const struct view logged_view = VIEW(SHOW_MEMBERS(execution_logged, shown, &execution_view),
	SHOW_LIST(execution_logged, events, event_count, "log", VIEW_LIST, &event_view));

enum err_code
run_execution_show(struct cli *cli, const struct args *args, struct err *err)
{
	struct execution_logged logged;
	struct execution e;
	int64_t id;

	if (!str_int(args_get(args, "EXECUTION"), 1, INT32_MAX, &id)) {
		err_set(err, ERR_USAGE, "'%s' is no execution id",
			QUOTE(args_get(args, "EXECUTION")));
		return err_fix(err, "otactl execution list PLAN shows the ids");
	}
	if (db_execution_get(cli->session.db, id, &e, err) ||
		db_event_all(cli->session.db, &cli->session.arena, id, &logged.events,
			&logged.event_count, err) ||
		execution_shown_get(cli, &e, &logged.shown, err))
		return err->code;
	out_show(&cli->out, &logged_view, &logged);
	return ERR_OK;
}

/* Who set what a gate compares with: "retry_max of the plan", "rate of strategy fast", or NULL. */
static const char *
set_by(struct cli *cli, const struct explanation *e, enum verdict code)
{
	struct arena *arena = &cli->session.arena;
	const char *parameter = decide_parameter(code, &e->loaded.strategy);
	struct pairs settings = pairs_parse(arena, e->loaded.settings);

	if (!parameter)
		return NULL;
	if (pairs_get(&settings, parameter))
		return arena_printf(arena, "%s of the plan", parameter);
	return arena_printf(arena, "%s of strategy %s", parameter, e->loaded.strategy_name);
}

/* A gate, with its value and who set what it compares with. */
struct gate_shown {
	enum verdict code;
	const char *component, *detail, *set_by;
	bool known, pass;
	int64_t earliest;
};

static const struct view gate_view =
	VIEW(SHOW_WORD(gate_shown, code, verdict_words, "code", NULL, VIEW_VALUE),
		SHOW(gate_shown, component, "component", NULL, VIEW_VALUE),
		SHOW_WHERE(gate_shown, pass, known, "pass", NULL, VIEW_VALUE),
		SHOW(gate_shown, detail, "detail", NULL, VIEW_MAYBE),
		SHOW(gate_shown, set_by, "set_by", NULL, VIEW_VALUE),
		SHOW(gate_shown, earliest, "earliest", NULL, VIEW_TIME));

struct explanation_shown {
	struct explanation explanation;
	struct gate_shown *gates;
	size_t gate_count;
};

static const struct view explanation_view =
	VIEW(SHOW(explanation_shown, explanation.plan, "plan", NULL, VIEW_VALUE),
		SHOW(explanation_shown, explanation.device, "device", NULL, VIEW_VALUE),
		SHOW_WORD(explanation_shown, explanation.decision.verdict, verdict_words, "verdict",
			NULL, VIEW_VALUE),
		SHOW(explanation_shown, explanation.decision.earliest, "earliest", NULL, VIEW_TIME),
		SHOW_LIST(explanation_shown, gates, gate_count, "gates", VIEW_LIST, &gate_view));

static struct gate_shown
gate_shown_get(struct cli *cli, const struct explanation *e, enum verdict code)
{
	const struct gate *gate = &e->decision.gates[code];

	return (struct gate_shown){ .code = code,
		.component = gate->component >= 0 ? e->loaded.components[gate->component].identity
						  : NULL,
		.detail = gate->detail,
		.set_by = set_by(cli, e, code),
		.known = gate->result != GATE_UNKNOWN,
		.pass = gate->result == GATE_PASS,
		.earliest = gate->earliest };
}

static void
gate_line(const struct out *out, const struct gate_shown *gate)
{
	const char *mark = !gate->known ? "?" : gate->pass ? "pass" : "FAIL";
	bool red = out->color && gate->known && !gate->pass;

	out_line(out, "  %s%-4s%s  %-24s %s", red ? "\033[1;31m" : "", mark, red ? "\033[0m" : "",
		verdict_words[gate->code], gate->detail);
	if (gate->known && !gate->pass && gate->set_by)
		out_line(out, "        %-24s %s", "", gate->set_by);
}

static void
explanation_people(struct out *out, const void *thing)
{
	const struct explanation_shown *shown = thing;
	const struct explanation *e = &shown->explanation;
	const struct decision *d = &e->decision;
	const char *detail = d->verdict ? d->gates[d->verdict].detail : "";
	char at[MOMENT_TEXT];

	out_line(out, "%s, %s: %s%s%s", e->plan, e->device, verdict_words[d->verdict],
		*detail ? ", " : "", detail);
	if (d->earliest == MOMENT_NEVER)
		out_line(out, "this will not change by waiting");
	else if (d->earliest)
		out_line(out, "may change at %s", moment_format(d->earliest, at));
	if (e->newest)
		out_line(out, "execution %" PRId64 ", attempt %" PRId64 ": %s%s%s", e->newest->id,
			e->newest->attempt, execution_state_words[e->newest->state],
			*e->newest->reason ? ", " : "", e->newest->reason);
	for (size_t i = 0; i < shown->gate_count; i++)
		gate_line(out, &shown->gates[i]);
}

enum err_code
run_plan_explain(struct cli *cli, const struct args *args, struct err *err)
{
	struct arena *arena = &cli->session.arena;
	struct explanation_shown *shown = arena_alloc(arena, sizeof *shown);
	struct explanation *e = &shown->explanation;

	if (explain(&cli->session, args_get(args, "PLAN"), args_get(args, "DEVICE"), e, err))
		return err->code;
	shown->gates = arena_alloc(arena, GATE_MAX * sizeof *shown->gates);
	for (enum verdict code = GATE_FROZEN; code < GATE_MAX; code++)
		shown->gates[shown->gate_count++] = gate_shown_get(cli, e, code);
	out_show_as(&cli->out, &explanation_view, shown, explanation_people);
	return ERR_OK;
}
