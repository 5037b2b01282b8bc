/* plan simulate */
#include "plans/simulate/simulate.h"
#include "core/moment.h"
#include "core/str.h"
#include "run.h"

#include <inttypes.h>

enum { COLUMNS = 64, ROWS = 8, DAYS = 14, PERCENT_ALL = 100 * 100 };

static cJSON *
simulation_json(const struct simulation *s)
{
	cJSON *o = put_int(cJSON_CreateObject(), "population", s->population), *part, *examples;

	put_int(o, "eligible", s->eligible);
	part = cJSON_AddObjectToObject(o, "excluded");
	examples = cJSON_AddObjectToObject(o, "examples");
	for (int v = 0; v < VERDICT_MAX; v++)
		if (s->excluded[v]) {
			put_int(part, verdict_words[v], s->excluded[v]);
			put_text(examples, verdict_words[v], s->example[v]);
		}
	part = cJSON_AddObjectToObject(o, "packages");
	for (size_t i = 0; i < s->package_count; i++)
		put_int(part, s->packages[i].name, s->packages[i].devices);
	part = cJSON_AddArrayToObject(o, "timeline");
	for (size_t i = 0; i < s->point_count; i++) {
		cJSON *point = put_time(cJSON_CreateObject(), "at", s->timeline[i].at);

		put_int(point, "stage", s->timeline[i].stage);
		put_int(point, "offered", s->timeline[i].offered);
		put_int(point, "succeeded", s->timeline[i].succeeded);
		put_int(point, "failed", s->timeline[i].failed);
		cJSON_AddItemToArray(part, point);
	}
	put_time(o, "ends_at", s->ends_at);
	put_int(o, "left", s->left);
	part = cJSON_AddArrayToObject(o, "warnings");
	for (size_t i = 0; i < s->warning_count; i++)
		cJSON_AddItemToArray(part, cJSON_CreateString(s->warnings[i]));
	return o;
}

/* The successes at a moment: those of the newest point before it. */
static int64_t
succeeded_at(const struct simulation *s, int64_t at)
{
	int64_t ret = 0;

	for (size_t i = 0; i < s->point_count && s->timeline[i].at <= at; i++)
		ret = s->timeline[i].succeeded;
	return ret;
}

/* The curve of the successes, as high as the eligible devices. */
static void
curve(const struct simulation *s)
{
	int64_t end, heights[COLUMNS];
	char from[MOMENT_TEXT], to[MOMENT_TEXT];

	if (!s->point_count || !s->eligible)
		return;
	end = s->timeline[s->point_count - 1].at;
	for (int i = 0; i < COLUMNS; i++)
		heights[i] =
			succeeded_at(s, s->starts_at + (end - s->starts_at) * (i + 1) / COLUMNS) *
			ROWS * 8 / s->eligible;
	for (int row = ROWS - 1; row >= 0; row--) {
		printf("%8" PRId64 " |", s->eligible * (row + 1) / ROWS);
		for (int i = 0; i < COLUMNS; i++) {
			int64_t part = heights[i] - row * 8;

			/* U+2581 to U+2588: eighths of a block. */
			if (part <= 0)
				putchar(' ');
			else
				printf("\xe2\x96%c", (char)(0x80 + (part > 8 ? 8 : part)));
		}
		putchar('\n');
	}
	printf("         %s%*s\n", moment_format(s->starts_at, from), COLUMNS - 19,
		moment_format(end, to));
}

static void
people(const struct simulation *s, const char *plan)
{
	char at[MOMENT_TEXT], span[32];

	printf("%s: %" PRId64 " of %" PRId64 " devices get it\n", plan, s->eligible, s->population);
	for (int v = 0; v < VERDICT_MAX; v++)
		if (s->excluded[v])
			printf("  %8" PRId64 " never: %s, such as %s\n", s->excluded[v],
				verdict_words[v], s->example[v]);
	for (size_t i = 0; i < s->package_count; i++)
		printf("  %8" PRId64 " take %s\n", s->packages[i].devices, s->packages[i].name);
	for (size_t i = 0; i < s->point_count; i++)
		if (!i || s->timeline[i].stage != s->timeline[i - 1].stage)
			printf("stage %d is open by %s\n", s->timeline[i].stage,
				moment_format(s->timeline[i].at, at));
	curve(s);
	if (s->ends_at)
		printf("ends at %s, after %s\n", moment_format(s->ends_at, at),
			moment_span((s->ends_at - s->starts_at) / 60 * 60, span));
	else if (s->stops_at)
		printf("is stopped at %s, after %s: %" PRId64 " of %" PRId64 " devices have it\n",
			moment_format(s->stops_at, at),
			moment_span((s->stops_at - s->starts_at) / 60 * 60, span), s->got,
			s->eligible);
	else
		printf("does not end in this time: %" PRId64 " devices are left\n", s->left);
	for (size_t i = 0; i < s->warning_count; i++)
		printf("warning: %s\n", s->warnings[i]);
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
	if (cli->out.json)
		out_object(&cli->out, simulation_json(s));
	else
		people(s, name);
	return ERR_OK;
}
