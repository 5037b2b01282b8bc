#include "cli/show.h"

#include "cli/view.h"
#include "core/execution.h"
#include "core/moment.h"
#include "plans/fleet/device.h"

#include <inttypes.h>
#include <unistd.h>

enum { BAR = 40 };

static const struct view part_view = VIEW(
	SHOW(execution_component, identity, "component", NULL, VIEW_VALUE),
	SHOW(execution_component, source, "source", NULL, VIEW_MAYBE),
	SHOW(execution_component, target, "target", NULL, VIEW_VALUE),
	SHOW_WORD(execution_component, state, execution_state_words, "state", NULL, VIEW_VALUE),
	SHOW(execution_component, progress, "progress", NULL, VIEW_VALUE),
	SHOW(execution_component, code, "code", NULL, VIEW_VALUE),
	SHOW(execution_component, message, "message", NULL, VIEW_MAYBE));

enum err_code
execution_put(struct cli *cli, const struct execution *e, cJSON *o, struct err *err)
{
	struct execution_component *list;
	struct device device;
	struct plan plan;
	size_t count;

	if (db_plan_by_id(cli->session.db, &cli->session.arena, e->plan, &plan, err) ||
		db_device_by_id(cli->session.db, &cli->session.arena, e->device, &device, err) ||
		db_execution_component_all(
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
	view_put_list(o, "components", &part_view, list, sizeof *list, count);
	return ERR_OK;
}

static void
status_counts(cJSON *o, const struct plan_status *s)
{
	int64_t succeeded = s->sums[EXEC_SUCCEEDED], bad = execution_bad(s->sums);

	put_int(o, "targeted", s->plan.targets);
	put_int(o, "pending", s->pending);
	for (int i = 0; i < EXEC_STATE_MAX; i++) {
		put_int(o, db_tally_word(i), s->sums[i]);
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

static const char *
color(const struct cli *cli, const char *code)
{
	return cli->out.color ? code : "";
}

static void
bar_line(struct cli *cli, const char *what, int64_t n, int64_t all, const char *code)
{
	int64_t filled = all > 0 ? n * BAR / all : 0;

	if (filled > BAR)
		filled = BAR;
	if (n && !filled)
		filled = 1;
	printf("  %-12s %s", what, color(cli, code));
	for (int64_t i = 0; i < BAR; i++)
		fputs(isatty(STDOUT_FILENO) ? i < filled ? "\xe2\x96\x88" : "\xc2\xb7"
			: i < filled	    ? "#"
					    : ".",
			stdout);
	printf("%s %8" PRId64 "\n", color(cli, "\033[0m"), n);
}

/* Every counter that is not nought, by its name under --json. */
static void
counters(const struct plan_status *s)
{
	bool any = false;

	for (int what = 0; what < TALLY_MAX; what++)
		if (s->sums[what]) {
			printf("%s%s %" PRId64, any ? ", " : "", db_tally_word(what),
				s->sums[what]);
			any = true;
		}
	if (any)
		putchar('\n');
}

void
status_frame(struct cli *cli, const struct plan_status *s)
{
	int64_t bad = execution_bad(s->sums);
	int64_t all = s->plan.targets;
	char name[80], at[MOMENT_TEXT];

	printf("%s, %s: %s%s%s%s%s\n", s->plan.name, s->product, plan_state_words[s->plan.state],
		s->plan.cause ? ", " : "", s->plan.cause ? cause_words[s->plan.cause] : "",
		*s->plan.reason ? ": " : "", s->plan.reason);
	if (s->plan.stage_count)
		printf("stage %" PRId64 " of %zu (%s), %" PRId64 " devices: %s%s\n",
			s->plan.stage + 1, s->plan.stage_count,
			stage_name(&s->plan.stages[s->plan.stage], name), s->stage_size,
			s->stage.stalled ? "stalled, " : "", stage_wait_words[s->stage.wait]);
	bar_line(cli, "pending", s->pending, all, "");
	bar_line(cli, "offered", s->sums[EXEC_OFFERED], all, "");
	bar_line(cli, "in progress", s->pulse.pulse.in_progress, all, "\033[1;33m");
	bar_line(cli, "succeeded", s->sums[EXEC_SUCCEEDED], all, "\033[1;32m");
	bar_line(cli, "bad", bad, all, "\033[1;31m");
	bar_line(cli, "other ends",
		s->sums[EXEC_REJECTED] + s->sums[EXEC_CANCELED] + s->sums[EXEC_EXPIRED], all, "");
	counters(s);
	if (s->pulse.pulse.tripped_at)
		printf("breaker: tripped, %s\n", s->pulse.pulse.tripped);
	else if (s->margin >= 0)
		printf("breaker: %" PRId64 " of %" PRId64 " failures left%s%s\n", s->margin,
			s->margin + s->margin_bad, *s->margin_key ? " in " : "", s->margin_key);
	if (s->next_what)
		printf("next: %s%s%s\n", s->next_what, s->next_at ? ", " : "",
			s->next_at ? moment_format(s->next_at, at) : "");
}
