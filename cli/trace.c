/* trace */
#include "plans/keep/trace.h"
#include "cli/show.h"
#include "core/moment.h"
#include "core/str.h"
#include "plans/packages/find.h"
#include "run.h"

#include <inttypes.h>

enum { TRACE_ROWS = 1000 };

static const struct view attempt_view =
	VIEW(SHOW(trace_row, execution, "execution", "EXECUTION", VIEW_VALUE),
		SHOW(trace_row, plan, "plan", "PLAN", VIEW_VALUE),
		SHOW(trace_row, device, "device", "DEVICE", VIEW_VALUE),
		SHOW(trace_row, attempt, "attempt", "ATTEMPT", VIEW_VALUE),
		SHOW(trace_row, component, "component", "COMPONENT", VIEW_VALUE),
		SHOW(trace_row, source, "source", "FROM", VIEW_MAYBE),
		SHOW(trace_row, target, "target", "TO", VIEW_VALUE),
		SHOW(trace_row, kind, "kind", "KIND", VIEW_VALUE),
		SHOW(trace_row, state, "state", "STATE", VIEW_VALUE),
		SHOW(trace_row, component_state, "component_state", NULL, VIEW_VALUE),
		SHOW(trace_row, reason, "reason", "REASON", VIEW_MAYBE),
		SHOW(trace_row, late, "late", NULL, VIEW_VALUE),
		SHOW(trace_row, offered_at, "offered_at", NULL, VIEW_TIME),
		SHOW(trace_row, accepted_at, "accepted_at", "ACCEPTED", VIEW_TIME),
		SHOW(trace_row, closed_at, "closed_at", "CLOSED", VIEW_TIME));

static const struct view plan_view = VIEW(SHOW(trace_plan, name, "plan", "PLAN", VIEW_VALUE),
	SHOW(trace_plan, state, "state", "STATE", VIEW_VALUE),
	SHOW(trace_plan, activated_at, "activated_at", "ACTIVATED", VIEW_TIME),
	SHOW(trace_plan, activated_by, "activated_by", "BY", VIEW_VALUE),
	SHOW(trace_plan, reason, "reason", "WHY", VIEW_MAYBE));

/* When somebody says it was, where --now was given. */
static cJSON *
at_made(const void *thing)
{
	const struct audit *row = thing;
	char text[MOMENT_TEXT];

	return cJSON_CreateString(moment_format(row->now ? row->now : row->at, text));
}

static const struct view audit_view = VIEW(SHOW(audit, id, "row", "ROW", VIEW_VALUE),
	SHOW_MADE(at_made, "at", "AT"), SHOW(audit, actor, "actor", "WHO", VIEW_VALUE),
	SHOW(audit, action, "action", "WHAT", VIEW_VALUE),
	SHOW(audit, object, "object", "OBJECT", VIEW_VALUE),
	SHOW(audit, detail, "detail", "DETAIL", VIEW_MAYBE),
	SHOW(audit, reason, "reason", "WHY", VIEW_MAYBE));

/* What a device and a version have in common. */
static const struct view trace_view =
	VIEW(SHOW_LIST(trace, plans, plan_count, "plans", VIEW_LIST, &plan_view),
		SHOW_LIST(trace, rows, row_count, "executions", VIEW_LIST, &attempt_view),
		SHOW_LIST(trace, history, history_count, "history", VIEW_LIST, &audit_view));

/* A table with a heading, where there is anything in it. */
static void
section(struct out *out, const char *heading, const struct view *view, const void *list,
	size_t size, size_t count)
{
	if (!count)
		return;
	out_line(out, "\n%s", heading);
	out_view(out, view, list, size, count);
}

static void
sections(struct out *out, const struct trace *t)
{
	section(out, "Plans, and who activated them", &plan_view, t->plans, sizeof *t->plans,
		t->plan_count);
	section(out, "Attempts, the newest first", &attempt_view, t->rows, sizeof *t->rows,
		t->row_count);
	section(out, "Changes by people, cron and breaker", &audit_view, t->history,
		sizeof *t->history, t->history_count);
}

static const struct view device_view = VIEW(SHOW(trace, device.name, "device", NULL, VIEW_VALUE),
	SHOW(trace, device.components, "components", NULL, VIEW_PAIRS),
	SHOW(trace, device.last_seen, "last_seen", NULL, VIEW_TIME), SHOW_BESIDE(&trace_view));

static void
device_people(struct out *out, const void *thing)
{
	const struct trace *t = thing;
	struct arena arena = { NULL };

	out_line(out, "device %s runs %s", t->device.name,
		*t->device.components ? pairs_line(&arena, t->device.components)
				      : "nothing it has told");
	arena_done(&arena);
	sections(out, t);
}

static const struct view package_view = VIEW(
	SHOW_WORD(package_view, package.kind, kind_words, "kind", NULL, VIEW_VALUE),
	SHOW(package_view, package.source, "source", NULL, VIEW_MAYBE),
	SHOW_WORD(package_view, package.state, package_state_words, "state", NULL, VIEW_VALUE),
	SHOW(package_view, package.signatures, "signatures", NULL, VIEW_VALUE),
	SHOW(package_view, package.manifest_sha256, "manifest_sha256", NULL, VIEW_VALUE));

static const struct view state_view = VIEW(SHOW(trace_state, state, NULL, NULL, VIEW_VALUE),
	SHOW(trace_state, count, NULL, NULL, VIEW_VALUE));

struct version_traced {
	const char *package; /* "aroma/STM32 1_0_1" */
	struct trace trace;
};

static const struct view version_view = VIEW(
	SHOW(version_traced, package, "package", NULL, VIEW_VALUE),
	SHOW_LIST(version_traced, trace.packages, trace.package_count, "packages", VIEW_LIST,
		&package_view),
	SHOW_LIST(version_traced, trace.states, trace.state_count, "states", VIEW_MAP, &state_view),
	SHOW_MEMBERS(version_traced, trace, &trace_view));

static void
version_people(struct out *out, const void *thing)
{
	const struct version_traced *traced = thing;
	const struct trace *t = &traced->trace;
	struct arena arena = { NULL };
	struct buf packages = { .arena = &arena }, states = { .arena = &arena };

	for (size_t i = 0; i < t->package_count; i++) {
		const struct package *p = &t->packages[i].package;

		buf_printf(&packages, "%s %s%s%s, %s", i ? ";" : "", kind_words[p->kind],
			*p->source ? " from " : "", p->source, package_state_words[p->state]);
	}
	for (size_t i = 0; i < t->state_count; i++)
		buf_printf(&states, "%s %" PRId64 " %s", i ? "," : "", t->states[i].count,
			t->states[i].state);
	out_line(out, "package %s:%s", traced->package, packages.text ? packages.text : "");
	out_line(out, "attempts:%s", states.text ? states.text : " none");
	arena_done(&arena);
	sections(out, t);
}

static enum err_code
trace_one_device(struct cli *cli, const char *name, int64_t limit, struct err *err)
{
	struct trace t;

	if (trace_device(&cli->session, name, limit, &t, err))
		return err->code;
	out_show_as(&cli->out, &device_view, &t, device_people);
	return ERR_OK;
}

static enum err_code
trace_one_version(struct cli *cli, const struct package_name *name, int64_t limit, struct err *err)
{
	struct version_traced traced = { .package = arena_printf(&cli->session.arena, "%s %s",
						 name->product_component, name->version) };

	if (trace_package(&cli->session, name, limit, &traced.trace, err))
		return err->code;
	out_show_as(&cli->out, &version_view, &traced, version_people);
	return ERR_OK;
}

enum err_code
run_trace(struct cli *cli, const struct args *args, struct err *err)
{
	const char *what = args_get(args, "PACKAGE|DEVICE"), *version = args_get(args, "VERSION");
	int64_t limit = args_int(args, "--limit", TRACE_ROWS);
	struct package_name name = { .product_component = what, .version = version };

	if (limit == 0)
		limit = INT64_MAX;
	if (!strchr(what, '/') == !version)
		return version ? trace_one_version(cli, &name, limit, err)
			       : trace_one_device(cli, what, limit, err);
	err_set(err, ERR_USAGE, "cannot tell what '%s' is", QUOTE(what));
	return err_fix(err, "a device id, or PRODUCT/COMPONENT VERSION");
}
