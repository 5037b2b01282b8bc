/* plan status, devices, explain; execution */
#include "cli/run.h"
#include "cli/show.h"
#include "core/moment.h"
#include "core/str.h"
#include "plans/fleet/device.h"
#include "plans/rollout/explain.h"
#include "plans/rollout/status.h"

#include <inttypes.h>

enum { PAGE = 1000 };

enum err_code
execution_put(struct cli *cli, const struct execution *e, cJSON *o, struct err *err)
{
	struct execution_component *list;
	struct device device;
	struct plan plan;
	size_t count;
	cJSON *array;

	if (plan_by_id(cli->session.db, &cli->session.arena, e->plan, &plan, err) ||
		device_by_id(cli->session.db, &cli->session.arena, e->device, &device, err) ||
		execution_component_all(
			cli->session.db, &cli->session.arena, e->id, &list, &count, err))
		return err->code;
	put_text(o, "execution", arena_printf(&cli->session.arena, "%" PRId64, e->id));
	put_text(o, "plan", plan.name);
	put_text(o, "device", device.name);
	put_int(o, "attempt", e->attempt);
	put_text(o, "state", execution_state_words[e->state]);
	put_text(o, "reason", *e->reason ? e->reason : NULL);
	put_int(o, "stage", e->stage + 1);
	put_time(o, "offered_at", e->offered_at);
	put_time(o, "accepted_at", e->accepted_at);
	put_time(o, "closed_at", e->closed_at);
	put_time(o, "deadline_at", execution_open(e->state) ? e->deadline_at : 0);
	put_bool(o, "survived", e->survived);
	put_bool(o, "late", e->late);
	put_bool(o, "fell_back", e->fell_back);
	array = cJSON_AddArrayToObject(o, "components");
	for (size_t i = 0; i < count; i++) {
		cJSON *c = put_text(cJSON_CreateObject(), "component", list[i].identity);

		put_text(c, "source", *list[i].source ? list[i].source : NULL);
		put_text(c, "target", list[i].target);
		put_text(c, "state", execution_state_words[list[i].state]);
		put_int(c, "progress", list[i].progress);
		put_int(c, "code", list[i].code);
		cJSON_AddItemToArray(
			array, put_text(c, "message", *list[i].message ? list[i].message : NULL));
	}
	return ERR_OK;
}

static void
status_counts(cJSON *o, const struct plan_status *s)
{
	int64_t succeeded = s->sums[EXEC_SUCCEEDED], bad;

	bad = s->sums[EXEC_FAILED] + s->sums[EXEC_TIMED_OUT] + s->sums[EXEC_REGRESSED];
	put_int(o, "targeted", s->plan.targets);
	put_int(o, "pending", s->pending);
	for (int i = 0; i < EXEC_STATE_MAX; i++) {
		put_int(o, tally_word(i), s->sums[i]);
		if (i == EXEC_SUCCEEDED)
			put_int(o, "survived", s->sums[TALLY_SURVIVED]);
	}
	put_int(o, "late", s->sums[TALLY_LATE]);
	put_int(o, "fell_back", s->sums[TALLY_FELL_BACK]);
	put_int(o, "in_progress", s->pulse.pulse.in_progress);
	put_int(o, "finished", s->finished);
	if (succeeded + bad) {
		put_int(o, "success_pct", succeeded * 100 / (succeeded + bad));
		put_int(o, "failure_pct", bad * 100 / (succeeded + bad));
	} else {
		put_null(o, "success_pct");
		put_null(o, "failure_pct");
	}
}

cJSON *
status_json(const struct plan_status *s)
{
	cJSON *o = put_text(cJSON_CreateObject(), "plan", s->plan.name), *part;
	char name[80];

	put_text(o, "product", s->product);
	put_text(o, "state", plan_state_words[s->plan.state]);
	put_text(o, "cause", s->plan.cause ? cause_words[s->plan.cause] : NULL);
	put_text(o, "reason", *s->plan.reason ? s->plan.reason : NULL);
	if (s->plan.stage_count) {
		const struct stage *stage = &s->plan.stages[s->plan.stage];
		static const char *const kinds[] = { "group", "count", "share" };

		part = cJSON_AddObjectToObject(o, "stage");
		put_int(part, "index", s->plan.stage + 1);
		put_text(part, "kind", kinds[stage->kind]);
		put_text(part, "share", stage_name(stage, name));
		put_int(part, "size", s->stage_size);
		put_time(part, "opened_at", stage->opened_at);
		put_text(part, "verdict", stage_wait_words[s->stage.wait]);
		put_bool(part, "stalled", s->stage.stalled);
	} else {
		put_null(o, "stage");
	}
	status_counts(o, s);
	part = cJSON_AddObjectToObject(o, "breaker");
	put_time(part, "tripped_at", s->pulse.pulse.tripped_at);
	put_text(part, "criterion", *s->pulse.pulse.tripped ? s->pulse.pulse.tripped : NULL);
	if (s->margin >= 0)
		put_int(part, "margin", s->margin);
	else
		put_null(part, "margin");
	part = cJSON_AddObjectToObject(o, "next_event");
	put_text(part, "what", s->next_what);
	put_time(part, "at", s->next_at);
	return o;
}

RUN(plan_status)
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
	if (plan_get(cli->session.db, &cli->session.arena, plan_name, &plan, err))
		return err->code;
	out_list_begin(&cli->out, columns, COUNT(columns));
	do {
		struct execution *list;

		if (execution_of_plan(cli->session.db, &cli->session.arena, plan.id, after, PAGE,
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

RUN(plan_devices)
{
	return executions_out(cli, args_get(args, "PLAN"), args_get(args, "--state"), err);
}

RUN(execution_list)
{
	return executions_out(cli, args_get(args, "PLAN"), args_get(args, "--state"), err);
}

RUN(execution_show)
{
	struct execution e;
	struct event *events;
	int64_t id;
	size_t count;
	cJSON *o, *array;

	if (!str_int(args_get(args, "EXECUTION"), 1, INT32_MAX, &id))
		return err_set(err, ERR_USAGE, "'%s' is no execution id",
			QUOTE(args_get(args, "EXECUTION")));
	if (execution_get(cli->session.db, id, &e, err) ||
		event_all(cli->session.db, &cli->session.arena, id, &events, &count, err))
		return err->code;
	o = cJSON_CreateObject();
	if (execution_put(cli, &e, o, err)) {
		cJSON_Delete(o);
		return err->code;
	}
	array = cJSON_AddArrayToObject(o, "log");
	for (size_t i = 0; i < count; i++) {
		cJSON *event = put_time(cJSON_CreateObject(), "at", events[i].at);

		put_text(event, "component", *events[i].identity ? events[i].identity : NULL);
		put_text(event, "state", events[i].state);
		put_int(event, "progress", events[i].progress);
		put_int(event, "code", events[i].code);
		cJSON_AddItemToArray(array,
			put_text(event, "message", *events[i].message ? events[i].message : NULL));
	}
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

RUN(plan_explain)
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
