/* plan status, devices, explain; execution */
#include "cli/show.h"
#include "cli/view.h"
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
	if (cli->out.json)
		out_object(&cli->out, status_json(s));
	else
		status_frame(cli, s);
	return ERR_OK;
}

static enum err_code
executions_out(struct cli *cli, const char *plan_name, const char *state, struct err *err)
{
	static const struct column_view columns[] = { { "execution", "EXECUTION" },
		{ "device", "DEVICE" }, { "plan", "PLAN" }, { "attempt", "TRY" },
		{ "state", "STATE" }, { "reason", "REASON" }, { "stage", "STAGE" },
		{ "offered_at", "OFFERED" }, { "closed_at", "CLOSED" } };
	int wanted = state ? WORD_INDEX(execution_state_words, state) : -1;
	int64_t after = 0;
	struct plan plan;
	size_t count;

	if (state && wanted < 0) {
		err_set(err, ERR_USAGE, "there is no state '%s'", QUOTE(state));
		return err_fix(err, "offered, accepted, downloading, succeeded, failed ...");
	}
	if (db_plan_get(cli->session.db, &cli->session.arena, plan_name, &plan, err))
		return err->code;
	out_list_begin(&cli->out, columns, COUNT(columns));
	do {
		struct execution *list;

		if (db_execution_of_plan(cli->session.db, &cli->session.arena, plan.id, after, PAGE,
			    &list, &count, err))
			break;
		for (size_t i = 0; i < count && !err->code; i++) {
			cJSON *o;

			after = list[i].id;
			if (wanted >= 0 && list[i].state != (enum execution_state)wanted)
				continue;
			o = cJSON_CreateObject();
			if (execution_put(cli, &list[i], o, err))
				cJSON_Delete(o);
			else
				out_list_row(&cli->out, o);
		}
	} while (count == PAGE && !err->code);
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
	SHOW(event, message, "message", NULL, VIEW_MAYBE));

enum err_code
run_execution_show(struct cli *cli, const struct args *args, struct err *err)
{
	struct execution e;
	struct event *events;
	int64_t id;
	size_t count;
	cJSON *o;

	if (!str_int(args_get(args, "EXECUTION"), 1, INT32_MAX, &id))
		return err_set(err, ERR_USAGE, "'%s' is no execution id",
			QUOTE(args_get(args, "EXECUTION")));
	if (db_execution_get(cli->session.db, id, &e, err) ||
		db_event_all(cli->session.db, &cli->session.arena, id, &events, &count, err))
		return err->code;
	o = cJSON_CreateObject();
	if (execution_put(cli, &e, o, err)) {
		cJSON_Delete(o);
		return err->code;
	}
	view_put_list(o, "log", &event_view, events, sizeof *events, count);
	out_object(&cli->out, o);
	return ERR_OK;
}

/* Who set what a gate compares with: "retry_max of the plan", "rate of strategy fast"; NULL: nobody. */
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

static cJSON *
gate_json(struct cli *cli, const struct explanation *e, enum verdict code)
{
	const struct gate *gate = &e->decision.gates[code];
	cJSON *o = put_text(cJSON_CreateObject(), "code", verdict_words[code]);

	put_text(o, "component",
		gate->component >= 0 ? e->loaded.components[gate->component].identity : NULL);
	if (gate->result == GATE_UNKNOWN)
		put_null(o, "pass");
	else
		put_bool(o, "pass", gate->result == GATE_PASS);
	put_text(o, "detail", *gate->detail ? gate->detail : NULL);
	put_text(o, "set_by", set_by(cli, e, code));
	return put_time(o, "earliest", gate->earliest);
}

static void
explain_people(struct cli *cli, const struct explanation *e)
{
	const struct decision *d = &e->decision;
	char at[MOMENT_TEXT];

	printf("%s, %s: %s%s%s\n", e->plan, e->device, verdict_words[d->verdict],
		d->verdict && *d->gates[d->verdict].detail ? ", " : "",
		d->verdict ? d->gates[d->verdict].detail : "");
	if (d->earliest == MOMENT_NEVER)
		puts("this will not change by waiting");
	else if (d->earliest)
		printf("may change at %s\n", moment_format(d->earliest, at));
	if (e->newest)
		printf("execution %" PRId64 ", attempt %" PRId64 ": %s%s%s\n", e->newest->id,
			e->newest->attempt, execution_state_words[e->newest->state],
			*e->newest->reason ? ", " : "", e->newest->reason);
	for (enum verdict code = GATE_FROZEN; code < GATE_MAX; code++) {
		const struct gate *gate = &d->gates[code];
		const char *mark = gate->result == GATE_PASS   ? "pass"
				   : gate->result == GATE_FAIL ? "FAIL"
							       : "?";

		printf("  %s%-4s%s  %-24s %s\n",
			cli->out.color && gate->result == GATE_FAIL ? "\033[1;31m" : "", mark,
			cli->out.color && gate->result == GATE_FAIL ? "\033[0m" : "",
			verdict_words[code], gate->detail);
		if (gate->result == GATE_FAIL && set_by(cli, e, code))
			printf("        %-24s %s\n", "", set_by(cli, e, code));
	}
}

enum err_code
run_plan_explain(struct cli *cli, const struct args *args, struct err *err)
{
	struct explanation *e = arena_alloc(&cli->session.arena, sizeof *e);
	cJSON *o, *array;

	if (explain(&cli->session, args_get(args, "PLAN"), args_get(args, "DEVICE"), e, err))
		return err->code;
	if (!cli->out.json) {
		explain_people(cli, e);
		return ERR_OK;
	}
	o = put_text(cJSON_CreateObject(), "plan", e->plan);
	put_text(o, "device", e->device);
	put_text(o, "verdict", verdict_words[e->decision.verdict]);
	put_time(o, "earliest", e->decision.earliest);
	array = cJSON_AddArrayToObject(o, "gates");
	for (enum verdict code = GATE_FROZEN; code < GATE_MAX; code++)
		cJSON_AddItemToArray(array, gate_json(cli, e, code));
	out_object(&cli->out, o);
	return ERR_OK;
}
