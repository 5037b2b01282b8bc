/* plan simulate */
#include "plans/simulate/simulate.h"
#include "cli/view.h"
#include "core/moment.h"
#include "core/str.h"
#include "run.h"

#include <inttypes.h>

enum { COLUMNS = 64, ROWS = 8, EIGHTHS = 8, DAYS = 14, PERCENT_ALL = 100 * 100 };

/* Why devices never get it: how many for each reason, or one of them as an example. */
static cJSON *
excluded_made(const void *thing)
{
	const struct simulation *s = thing;
	cJSON *ret = cJSON_CreateObject();

	for (int v = 0; v < VERDICT_MAX; v++)
		if (s->excluded[v])
			put_int(ret, verdict_words[v], s->excluded[v]);
	return ret;
}

static cJSON *
examples_made(const void *thing)
{
	const struct simulation *s = thing;
	cJSON *ret = cJSON_CreateObject();

	for (int v = 0; v < VERDICT_MAX; v++)
		if (s->excluded[v])
			put_text(ret, verdict_words[v], s->example[v]);
	return ret;
}

static const struct view package_view = VIEW(SHOW(simulation_package, name, NULL, NULL, VIEW_VALUE),
	SHOW(simulation_package, devices, NULL, NULL, VIEW_VALUE));

static const struct view point_view = VIEW(SHOW(simulation_point, at, "at", NULL, VIEW_TIME),
	SHOW(simulation_point, stage, "stage", NULL, VIEW_VALUE),
	SHOW(simulation_point, offered, "offered", NULL, VIEW_VALUE),
	SHOW(simulation_point, succeeded, "succeeded", NULL, VIEW_VALUE),
	SHOW(simulation_point, failed, "failed", NULL, VIEW_VALUE));

static const struct view simulation_view = VIEW(
	SHOW(simulation, population, "population", NULL, VIEW_VALUE),
	SHOW(simulation, eligible, "eligible", NULL, VIEW_VALUE),
	SHOW_MADE(excluded_made, "excluded", NULL), SHOW_MADE(examples_made, "examples", NULL),
	SHOW_LIST(simulation, packages, package_count, "packages", VIEW_MAP, &package_view),
	SHOW_LIST(simulation, timeline, point_count, "timeline", VIEW_LIST, &point_view),
	SHOW(simulation, ends_at, "ends_at", NULL, VIEW_TIME),
	SHOW(simulation, left, "left", NULL, VIEW_VALUE),
	SHOW(simulation, had, "had", NULL, VIEW_VALUE),
	SHOW(simulation, under_way, "under_way", NULL, VIEW_VALUE),
	SHOW(simulation, absent, "absent", NULL, VIEW_VALUE),
	SHOW(simulation, unmeasured, "unmeasured", NULL, VIEW_VALUE),
	SHOW_TEXTS(simulation, warnings, warning_count, "warnings"));

/* The successes at a moment: those of the newest point before it. */
static int64_t
succeeded_at(const struct simulation *s, int64_t at)
{
	int64_t ret = 0;

	for (size_t i = 0; i < s->point_count && s->timeline[i].at <= at; i++)
		ret = s->timeline[i].succeeded;
	return ret;
}

/* One line of the curve: what reaches above `row`, in eighths of a line. */
static void
curve_line(const struct out *out, const int64_t *heights, int row, int64_t devices)
{
	struct arena arena = { NULL };
	struct buf line = { .arena = &arena };

	for (int i = 0; i < COLUMNS; i++) {
		int64_t part = heights[i] - row * EIGHTHS;

		/* U+2581 to U+2588: eighths of a block. */
		if (part <= 0)
			buf_text(&line, " ");
		else
			buf_printf(&line, "\xe2\x96%c",
				(char)(0x80 + (part > EIGHTHS ? EIGHTHS : part)));
	}
	out_line(out, "%8" PRId64 " |%s", devices, line.text);
	arena_done(&arena);
}

/* The curve of the successes, as high as the eligible devices. */
static void
curve(const struct out *out, const struct simulation *s)
{
	int64_t end, heights[COLUMNS];
	char from[MOMENT_TEXT], to[MOMENT_TEXT];

	if (!s->point_count || !s->eligible)
		return;
	end = s->timeline[s->point_count - 1].at;
	for (int i = 0; i < COLUMNS; i++)
		heights[i] =
			succeeded_at(s, s->starts_at + (end - s->starts_at) * (i + 1) / COLUMNS) *
			ROWS * EIGHTHS / s->eligible;
	for (int row = ROWS - 1; row >= 0; row--)
		curve_line(out, heights, row, s->eligible * (row + 1) / ROWS);
	out_line(out, "         %s%*s", moment_format(s->starts_at, from), COLUMNS - 19,
		moment_format(end, to));
}

static void
who_gets_it(const struct out *out, const struct simulation *s)
{
	if (s->had)
		out_line(out, "  %8" PRId64 " have it already", s->had);
	for (int v = 0; v < VERDICT_MAX; v++)
		if (s->excluded[v])
			out_line(out, "  %8" PRId64 " never: %s, such as %s", s->excluded[v],
				verdict_words[v], s->example[v]);
	for (size_t i = 0; i < s->package_count; i++)
		out_line(
			out, "  %8" PRId64 " take %s", s->packages[i].devices, s->packages[i].name);
}

static void
simulation_people(struct out *out, const void *thing)
{
	const struct simulation *s = thing;
	char at[MOMENT_TEXT], span[32];

	who_gets_it(out, s);
	for (size_t i = 0; i < s->point_count; i++)
		if (!i || s->timeline[i].stage != s->timeline[i - 1].stage)
			out_line(out, "stage %d is open by %s", s->timeline[i].stage,
				moment_format(s->timeline[i].at, at));
	curve(out, s);
	if (s->ends_at)
		out_line(out, "ends at %s, after %s", moment_format(s->ends_at, at),
			moment_span((s->ends_at - s->starts_at) / 60 * 60, span));
	else if (s->stops_at)
		out_line(out,
			"is stopped at %s, after %s: %" PRId64 " of %" PRId64 " devices have it",
			moment_format(s->stops_at, at),
			moment_span((s->stops_at - s->starts_at) / 60 * 60, span), s->got,
			s->eligible);
	else if (s->left)
		out_line(out, "does not end in this time: %" PRId64 " devices are left", s->left);
	else
		out_line(out, "does not end in this time: nobody is left to get it");
	for (size_t i = 0; i < s->warning_count; i++)
		out_line(out, "warning: %s", s->warnings[i]);
}

enum err_code
run_plan_simulate(struct cli *cli, const struct args *args, struct err *err)
{
	struct simulation_options options = { .days = args_int(args, "--days", DAYS),
		.duration = args_int(args, "--duration", -1),
		.seed = args_int(args, "--seed", 1) };
	const char *name = args_get(args, "PLAN"), *rate = args_get(args, "--failure-rate");
	struct simulation *s = arena_alloc(&cli->session.arena, sizeof *s);

	if (options.days < 1 || options.days > 366)
		return err_set(err, ERR_USAGE, "--days must be 1 to 366");
	if (rate && !str_hundredths(rate, 0, PERCENT_ALL, &options.failure_rate)) {
		err_set(err, ERR_USAGE, "cannot read --failure-rate '%s'", QUOTE(rate));
		return err_fix(err, "a percentage such as 2 or 0.5");
	}
	if (simulate(&cli->session, name, &options, s, err))
		return err->code;
	out_line(&cli->out, "%s: %" PRId64 " of %" PRId64 " devices get it", name, s->eligible,
		s->population);
	out_show_as(&cli->out, &simulation_view, s, simulation_people);
	return ERR_OK;
}
