#include "cli/show.h"

#include "core/execution.h"
#include "core/moment.h"
#include "plans/fleet/device.h"

#include <inttypes.h>
#include <unistd.h>

enum { BAR = 40, ZONES_SHOWN = 5 };

static const struct view part_view = VIEW(
	SHOW(execution_component, identity, "component", NULL, VIEW_VALUE),
	SHOW(execution_component, source, "source", NULL, VIEW_MAYBE),
	SHOW(execution_component, target, "target", NULL, VIEW_VALUE),
	SHOW_WORD(execution_component, state, execution_state_words, "state", NULL, VIEW_VALUE),
	SHOW(execution_component, progress, "progress", NULL, VIEW_VALUE),
	SHOW(execution_component, code, "code", NULL, VIEW_VALUE),
	SHOW(execution_component, message, "message", NULL, VIEW_MAYBE));

const struct view execution_view =
	VIEW(SHOW(execution_shown, execution.id, "execution", "EXECUTION", VIEW_ID),
		SHOW(execution_shown, plan, "plan", "PLAN", VIEW_VALUE),
		SHOW(execution_shown, device, "device", "DEVICE", VIEW_VALUE),
		SHOW(execution_shown, execution.attempt, "attempt", "TRY", VIEW_VALUE),
		SHOW_WORD(execution_shown, execution.state, execution_state_words, "state", "STATE",
			VIEW_VALUE),
		SHOW(execution_shown, execution.reason, "reason", "REASON", VIEW_MAYBE),
		SHOW(execution_shown, execution.stage, "stage", "STAGE", VIEW_NUMBER),
		SHOW(execution_shown, execution.offered_at, "offered_at", "OFFERED", VIEW_TIME),
		SHOW(execution_shown, execution.accepted_at, "accepted_at", NULL, VIEW_TIME),
		SHOW(execution_shown, execution.closed_at, "closed_at", "CLOSED", VIEW_TIME),
		SHOW(execution_shown, deadline_at, "deadline_at", NULL, VIEW_TIME),
		SHOW(execution_shown, execution.survived, "survived", NULL, VIEW_VALUE),
		SHOW(execution_shown, execution.late, "late", NULL, VIEW_VALUE),
		SHOW(execution_shown, execution.fell_back, "fell_back", NULL, VIEW_VALUE),
		SHOW_LIST(execution_shown, parts, part_count, "components", VIEW_LIST, &part_view));

enum err_code
execution_shown_get(struct cli *cli, const struct execution *execution, struct execution_shown *ret,
	struct err *err)
{
	struct db *db = cli->session.db;
	struct arena *arena = &cli->session.arena;
	struct device device;
	struct plan plan;

	*ret = (struct execution_shown){ .execution = *execution,
		.deadline_at = execution_open(execution->state) ? execution->deadline_at : 0 };
	if (db_plan_by_id(db, arena, execution->plan, &plan, err) ||
		db_device_by_id(db, arena, execution->device, &device, err) ||
		db_execution_component_all(
			db, arena, execution->id, &ret->parts, &ret->part_count, err))
		return err->code;
	ret->plan = arena_copy(arena, plan.name);
	ret->device = arena_copy(arena, device.name);
	return ERR_OK;
}

struct stage_shown {
	int64_t index, size, opened_at;
	const char *kind, *share;
	enum stage_wait wait;
	bool stalled;
};

static const struct view stage_view = VIEW(SHOW(stage_shown, index, "index", NULL, VIEW_NUMBER),
	SHOW(stage_shown, kind, "kind", NULL, VIEW_VALUE),
	SHOW(stage_shown, share, "share", NULL, VIEW_VALUE),
	SHOW(stage_shown, size, "size", NULL, VIEW_VALUE),
	SHOW(stage_shown, opened_at, "opened_at", NULL, VIEW_TIME),
	SHOW_WORD(stage_shown, wait, stage_wait_words, "verdict", NULL, VIEW_VALUE),
	SHOW(stage_shown, stalled, "stalled", NULL, VIEW_VALUE));

/* The newest opened stage; a draft has none. */
static cJSON *
stage_made(const void *thing)
{
	static const char *const kinds[] = { "group", "count", "share" };
	const struct plan_status *s = thing;
	const struct stage *stage = &s->plan.stages[s->plan.stage];
	char name[STAGE_NAME];

	if (!s->plan.stage_count)
		return cJSON_CreateNull();
	return view_json(&stage_view, &(struct stage_shown){ .index = s->plan.stage,
					      .kind = kinds[stage->kind],
					      .share = stage_name(stage, name),
					      .size = s->stage_size,
					      .opened_at = stage->opened_at,
					      .wait = s->stage.wait,
					      .stalled = s->stage.stalled });
}

/* `part` of all that ended well or badly, in percent. */
static cJSON *
percent_made(const struct plan_status *s, int64_t part)
{
	int64_t all = s->sums[EXEC_SUCCEEDED] + execution_bad(s->sums);

	return all ? cJSON_CreateNumber((double)(part * 100 / all)) : cJSON_CreateNull();
}

static cJSON *
success_made(const void *thing)
{
	const struct plan_status *s = thing;

	return percent_made(s, s->sums[EXEC_SUCCEEDED]);
}

static cJSON *
failure_made(const void *thing)
{
	const struct plan_status *s = thing;

	return percent_made(s, execution_bad(s->sums));
}

const struct view blocked_view = VIEW(SHOW(blocked, code, "code", NULL, VIEW_VALUE),
	SHOW(blocked, why, "why", NULL, VIEW_VALUE), SHOW(blocked, since, "since", NULL, VIEW_TIME),
	SHOW(blocked, fix, "fix", NULL, VIEW_VALUE));

void
blocked_people(const struct out *out, const struct blocked_list *blocked)
{
	for (size_t i = 0; i < blocked->count; i++) {
		const struct blocked *b = &blocked->list[i];
		char at[MOMENT_TEXT];

		out_line(out, "blocked: %s: %s%s%s", b->code, b->why, b->since ? ", since " : "",
			b->since ? moment_format(b->since, at) : "");
		out_line(out, "  try: %s", b->fix);
	}
}

static const struct view changed_view = VIEW(SHOW(plan_zone, name, "zone", NULL, VIEW_VALUE),
	SHOW(plan_zone, changed_at, "since", NULL, VIEW_TIME));

static const struct view breaker_view =
	VIEW(SHOW(plan_status, pulse.pulse.tripped_at, "tripped_at", NULL, VIEW_TIME),
		SHOW(plan_status, pulse.pulse.tripped, "criterion", NULL, VIEW_MAYBE),
		SHOW(plan_status, margin, "margin", NULL, VIEW_COUNT),
		SHOW(plan_status, margin_words, "nearest", NULL, VIEW_MAYBE));

static const struct view probe_view =
	VIEW(SHOW(plan_status, plan.probe_at, "since", NULL, VIEW_TIME),
		SHOW(plan_status, probe_tally.taken, "accepted", NULL, VIEW_VALUE),
		SHOW(plan_status, probe_tally.finished, "finished", NULL, VIEW_VALUE),
		SHOW(plan_status, probe_tally.bad, "failed", NULL, VIEW_VALUE),
		SHOW_WORD(plan_status, probe.wait, probe_wait_words, "verdict", NULL, VIEW_VALUE),
		SHOW(plan_status, probe.at, "soaked_at", NULL, VIEW_TIME));

/* The probe after a resume; most plans have none. */
static cJSON *
probe_made(const void *thing)
{
	const struct plan_status *s = thing;

	return s->plan.probe_at ? view_json(&probe_view, s) : cJSON_CreateNull();
}

/* The cohorts that get nothing more. */
static cJSON *
left_out_made(const void *thing)
{
	const struct plan_status *s = thing;
	cJSON *ret = cJSON_CreateArray();

	for (size_t i = 0; i < s->plan.left_out_count; i++)
		cJSON_AddItemToArray(ret, cJSON_CreateString(s->plan.left_out[i].text));
	return ret;
}

static const struct view need_view = VIEW(SHOW(straggler, need, "need", NULL, VIEW_VALUE),
	SHOW(straggler, n, "devices", NULL, VIEW_VALUE),
	SHOW(straggler, comes, "comes", NULL, VIEW_VALUE));

static const struct view tail_view = VIEW(SHOW(plan_status, tail_at, "since", NULL, VIEW_TIME),
	SHOW(plan_status, tail_ends_at, "ends_at", NULL, VIEW_TIME),
	SHOW(plan_status, left.sums.counted_at, "counted_at", NULL, VIEW_TIME),
	SHOW(plan_status, left.sums.coming, "waits_for", NULL, VIEW_VALUE),
	SHOW_LIST(plan_status, left.list, left.count, "left", VIEW_LIST, &need_view));

/* The tail, in which stragglers are served; null before. */
static cJSON *
tail_made(const void *thing)
{
	const struct plan_status *s = thing;

	return s->tail_at ? view_json(&tail_view, s) : cJSON_CreateNull();
}

static const struct view next_view = VIEW(SHOW(plan_status, next_what, "what", NULL, VIEW_VALUE),
	SHOW(plan_status, next_at, "at", NULL, VIEW_TIME));

/* One row a counter. */
#define SUM(what, as) SHOW(plan_status, sums[what], as, NULL, VIEW_VALUE)
_Static_assert(TALLY_MAX == 17, "a counter that is not shown");

const struct view status_view = VIEW(SHOW(plan_status, plan.name, "plan", NULL, VIEW_VALUE),
	SHOW(plan_status, product, "product", NULL, VIEW_VALUE),
	SHOW_WORD(plan_status, plan.state, plan_state_words, "state", NULL, VIEW_VALUE),
	SHOW_WORD(plan_status, plan.cause, cause_words, "cause", NULL, VIEW_MAYBE),
	SHOW(plan_status, plan.reason, "reason", NULL, VIEW_MAYBE),
	SHOW_MADE(stage_made, "stage", NULL),
	SHOW(plan_status, plan.targets, "targeted", NULL, VIEW_VALUE),
	SUM(TALLY_ALREADY, "already"), SHOW(plan_status, pending, "pending", NULL, VIEW_VALUE),
	SUM(EXEC_OFFERED, "offered"), SUM(EXEC_ACCEPTED, "accepted"),
	SUM(EXEC_DOWNLOADING, "downloading"), SUM(EXEC_DOWNLOADED, "downloaded"),
	SUM(EXEC_INSTALLING, "installing"), SUM(EXEC_VERIFYING, "verifying"),
	SUM(EXEC_SUCCEEDED, "succeeded"), SUM(TALLY_SURVIVED, "survived"),
	SUM(EXEC_FAILED, "failed"), SUM(EXEC_REJECTED, "rejected"),
	SUM(EXEC_TIMED_OUT, "timed_out"), SUM(EXEC_CANCELED, "canceled"),
	SUM(EXEC_EXPIRED, "expired"), SUM(EXEC_REGRESSED, "regressed"), SUM(TALLY_LATE, "late"),
	SUM(TALLY_FELL_BACK, "fell_back"),
	SHOW(plan_status, pulse.pulse.in_progress, "in_progress", NULL, VIEW_VALUE),
	SHOW(plan_status, finished, "finished", NULL, VIEW_VALUE),
	SHOW_MADE(success_made, "success_pct", NULL), SHOW_MADE(failure_made, "failure_pct", NULL),
	SHOW_BLOCK("breaker", &breaker_view), SHOW_MADE(probe_made, "probe", NULL),
	SHOW_MADE(left_out_made, "left_out", NULL), SHOW_MADE(tail_made, "tail", NULL),
	SHOW_BLOCK("next_event", &next_view),
	SHOW_LIST(plan_status, blocked.list, blocked.count, "blocked", VIEW_LIST, &blocked_view),
	SHOW_LIST(plan_status, changed, changed_count, "zones_changed", VIEW_LIST, &changed_view),
	SHOW(plan_status, held, "held", NULL, VIEW_VALUE));

static const char *
color(const struct out *out, const char *code)
{
	return out->color ? code : "";
}

static void
bar_line(const struct out *out, const char *what, int64_t n, int64_t all, const char *code)
{
	bool terminal = isatty(STDOUT_FILENO);
	const char *full = terminal ? "\xe2\x96\x88" : "#", *empty = terminal ? "\xc2\xb7" : ".";
	int64_t filled = all > 0 ? n * BAR / all : 0;
	struct arena arena = { NULL };
	struct buf bar = { .arena = &arena };

	if (filled > BAR)
		filled = BAR;
	if (n && !filled)
		filled = 1;
	for (int64_t i = 0; i < BAR; i++)
		buf_text(&bar, i < filled ? full : empty);
	out_line(out, "  %-12s %s%s%s %8" PRId64, what, color(out, code), bar.text,
		color(out, "\033[0m"), n);
	arena_done(&arena);
}

/* Every counter that is not nought, by its name under --json. */
static void
counters(const struct out *out, const struct plan_status *s)
{
	struct arena arena = { NULL };
	struct buf line = { .arena = &arena };

	for (int what = 0; what < TALLY_MAX; what++)
		if (s->sums[what])
			buf_printf(&line, "%s%s %" PRId64, line.text ? ", " : "",
				db_tally_word(what), s->sums[what]);
	if (line.text)
		out_line(out, "%s", line.text);
	arena_done(&arena);
}

static void
bars(const struct out *out, const struct plan_status *s)
{
	int64_t all = s->plan.targets;

	bar_line(out, "pending", s->pending, all, "");
	bar_line(out, "offered", s->sums[EXEC_OFFERED], all, "");
	bar_line(out, "in progress", s->pulse.pulse.in_progress, all, "\033[1;33m");
	bar_line(out, "succeeded", s->sums[EXEC_SUCCEEDED], all, "\033[1;32m");
	bar_line(out, "bad", execution_bad(s->sums), all, "\033[1;31m");
	bar_line(out, "other ends",
		s->sums[EXEC_REJECTED] + s->sums[EXEC_CANCELED] + s->sums[EXEC_EXPIRED], all, "");
}

/* The tail in words: whom it waits for, what each of them would need, and when it is over. */
static void
tail_people(const struct out *out, const struct plan_status *s)
{
	char since[MOMENT_TEXT], until[MOMENT_TEXT];
	int64_t coming = s->left.sums.coming;

	moment_format(s->tail_at, since);
	moment_format(s->tail_ends_at, until);
	if (s->plan.state == PLAN_ENDED)
		out_line(out, "in its tail from %s until its end at %s", since, until);
	else if (s->left.sums.counted_at)
		out_line(out,
			"in its tail since %s: waits for %" PRId64
			" device%s, ends by itself at %s",
			since, coming, coming == 1 ? "" : "s", until);
	else
		out_line(out, "in its tail since %s, ends by itself at %s", since, until);
	for (size_t i = 0; i < s->left.count; i++) {
		const struct straggler *left = &s->left.list[i];
		const char *what = s->plan.state == PLAN_ENDED
					   ? "did not get it, they would have needed"
				   : left->comes ? "need"
						 : "are not waited for, they would need";

		out_line(out, "  %8" PRId64 " %s %s: %s", left->n, what, left->need,
			left_text(left->need));
	}
}

/* Zones that got other rules; where there are many the first ones. */
static void
changed_zones(const struct out *out, const struct plan_status *s)
{
	char at[MOMENT_TEXT];

	for (size_t i = 0; i < s->changed_count && i < ZONES_SHOWN; i++)
		out_line(out, "zone %s: other rules since %s, its windows were expanded anew",
			s->changed[i].name, moment_format(s->changed[i].changed_at, at));
	if (s->changed_count > ZONES_SHOWN)
		out_line(out, "and %zu zones more", s->changed_count - ZONES_SHOWN);
}

static void
left_out_line(const struct out *out, const struct left_out *cohort)
{
	if (cohort->package)
		out_line(out, "left out: devices that take package %" PRId64 " from %s",
			cohort->package, *cohort->text ? cohort->text : "an unknown version");
	else
		out_line(out, "left out: devices with %s", cohort->text);
}

void
status_people(struct out *out, const void *thing)
{
	const struct plan_status *s = thing;
	char name[STAGE_NAME], at[MOMENT_TEXT];

	blocked_people(out, &s->blocked);
	out_line(out, "%s, %s: %s%s%s%s%s", s->plan.name, s->product,
		plan_state_words[s->plan.state], s->plan.cause ? ", " : "",
		s->plan.cause ? cause_words[s->plan.cause] : "", *s->plan.reason ? ": " : "",
		s->plan.reason);
	if (s->plan.stage_count)
		out_line(out, "stage %" PRId64 " of %zu (%s), %" PRId64 " devices: %s%s",
			s->plan.stage + 1, s->plan.stage_count,
			stage_name(&s->plan.stages[s->plan.stage], name), s->stage_size,
			s->stage.stalled ? "stalled, " : "", stage_wait_words[s->stage.wait]);
	bars(out, s);
	counters(out, s);
	if (s->plan.probe_at)
		out_line(out,
			"probe since the resume: %" PRId64 " of %d accepted, %" PRId64 " failed",
			s->probe_tally.taken, PROBE_DEVICES, s->probe_tally.bad);
	for (size_t i = 0; i < s->plan.left_out_count; i++)
		out_line(out, "left out: %s%s", s->plan.left_out[i].package ? "package from " : "",
			s->plan.left_out[i].text);
	if (s->tail_at)
		tail_people(out, s);
	changed_zones(out, s);
	for (size_t i = 0; i < s->plan.left_out_count; i++)
		left_out_line(out, &s->plan.left_out[i]);
	if (s->held)
		out_line(out, "%" PRId64 " of the targets %s held", s->held,
			s->held == 1 ? "is" : "are");
	if (s->pulse.pulse.tripped_at)
		out_line(out, "breaker: tripped, %s", s->pulse.pulse.tripped);
	else if (s->margin >= 0)
		out_line(out, "breaker: %s", s->margin_words);
	if (s->next_what)
		out_line(out, "next: %s%s%s", s->next_what, s->next_at ? ", " : "",
			s->next_at ? moment_format(s->next_at, at) : "");
}
