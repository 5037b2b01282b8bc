/* trace */
#include "plans/keep/trace.h"
#include "cli/show.h"
#include "cli/view.h"
#include "core/str.h"
#include "plans/packages/find.h"
#include "run.h"

#include <inttypes.h>

enum { TRACE_ROWS = 1000 };

static const struct view attempt_view =
	VIEW(SHOW(trace_row, execution, "execution", NULL, VIEW_VALUE),
		SHOW(trace_row, plan, "plan", NULL, VIEW_VALUE),
		SHOW(trace_row, device, "device", NULL, VIEW_VALUE),
		SHOW(trace_row, attempt, "attempt", NULL, VIEW_VALUE),
		SHOW(trace_row, component, "component", NULL, VIEW_VALUE),
		SHOW(trace_row, source, "source", NULL, VIEW_MAYBE),
		SHOW(trace_row, target, "target", NULL, VIEW_VALUE),
		SHOW(trace_row, kind, "kind", NULL, VIEW_VALUE),
		SHOW(trace_row, state, "state", NULL, VIEW_VALUE),
		SHOW(trace_row, component_state, "component_state", NULL, VIEW_VALUE),
		SHOW(trace_row, reason, "reason", NULL, VIEW_MAYBE),
		SHOW(trace_row, late, "late", NULL, VIEW_VALUE),
		SHOW(trace_row, offered_at, "offered_at", NULL, VIEW_TIME),
		SHOW(trace_row, accepted_at, "accepted_at", NULL, VIEW_TIME),
		SHOW(trace_row, closed_at, "closed_at", NULL, VIEW_TIME));
static const struct view plan_view = VIEW(SHOW(trace_plan, name, "plan", NULL, VIEW_VALUE),
	SHOW(trace_plan, state, "state", NULL, VIEW_VALUE),
	SHOW(trace_plan, activated_at, "activated_at", NULL, VIEW_TIME),
	SHOW(trace_plan, activated_by, "activated_by", NULL, VIEW_VALUE),
	SHOW(trace_plan, reason, "reason", NULL, VIEW_MAYBE));

static cJSON *
audit_json(const struct audit *row)
{
	cJSON *o = put_int(cJSON_CreateObject(), "row", row->id);

	put_time(o, "at", row->now ? row->now : row->at);
	put_text(o, "actor", row->actor);
	put_text(o, "action", row->action);
	put_text(o, "object", row->object);
	put_text(o, "detail", *row->detail ? row->detail : NULL);
	return put_text(o, "reason", *row->reason ? row->reason : NULL);
}

static void
trace_put(const struct trace *t, cJSON *o)
{
	cJSON *history;

	view_put_list(o, "plans", &plan_view, t->plans, sizeof *t->plans, t->plan_count);
	view_put_list(o, "executions", &attempt_view, t->rows, sizeof *t->rows, t->row_count);
	history = cJSON_AddArrayToObject(o, "history");
	for (size_t i = 0; i < t->history_count; i++)
		cJSON_AddItemToArray(history, audit_json(&t->history[i]));
}

/* Print one array of the object as a table with a heading. */
static void
section(struct cli *cli, cJSON *o, const char *key, const char *heading,
	const struct column_view *columns, size_t count)
{
	cJSON *array = cJSON_GetObjectItem(o, key);

	if (!array->child)
		return;
	printf("\n%s\n", heading);
	out_list_begin(&cli->out, columns, count);
	while (array->child)
		out_list_row(&cli->out, cJSON_DetachItemFromArray(array, 0));
	out_list_end(&cli->out);
}

static void
show(struct cli *cli, cJSON *o)
{
	static const struct column_view plans[] = { { "plan", "PLAN" }, { "state", "STATE" },
		{ "activated_at", "ACTIVATED" }, { "activated_by", "BY" }, { "reason", "WHY" } };
	static const struct column_view rows[] = { { "execution", "EXECUTION" },
		{ "device", "DEVICE" }, { "plan", "PLAN" }, { "attempt", "ATTEMPT" },
		{ "component", "COMPONENT" }, { "source", "FROM" }, { "target", "TO" },
		{ "kind", "KIND" }, { "state", "STATE" }, { "reason", "REASON" },
		{ "accepted_at", "ACCEPTED" }, { "closed_at", "CLOSED" } };
	static const struct column_view history[] = { { "row", "ROW" }, { "at", "AT" },
		{ "actor", "WHO" }, { "action", "WHAT" }, { "object", "OBJECT" },
		{ "detail", "DETAIL" }, { "reason", "WHY" } };

	if (cli->out.json) {
		out_object(&cli->out, o);
		return;
	}
	section(cli, o, "plans", "Plans, and who activated them", plans, COUNT(plans));
	section(cli, o, "executions", "Attempts, the newest first", rows, COUNT(rows));
	section(cli, o, "history", "Changes by people, cron and breaker", history, COUNT(history));
	cJSON_Delete(o);
}

static enum err_code
trace_one_device(struct cli *cli, const char *name, int64_t limit, struct err *err)
{
	struct trace t;
	cJSON *o;

	if (trace_device(&cli->session, name, limit, &t, err))
		return err->code;
	o = put_text(cJSON_CreateObject(), "device", name);
	put_pairs(o, "components", t.device.components);
	put_time(o, "last_seen", t.device.last_seen);
	trace_put(&t, o);
	if (!cli->out.json) {
		const char *at = t.device.components;

		printf("device %s runs", name);
		for (size_t length; *at; at += length + (at[length] == '\n')) {
			length = strcspn(at, "\n");
			printf(" %.*s", (int)length, at);
		}
		puts(*t.device.components ? "" : " nothing it has told");
	}
	show(cli, o);
	return ERR_OK;
}

static enum err_code
trace_one_version(struct cli *cli, const struct package_name *name, int64_t limit, struct err *err)
{
	struct trace t;
	cJSON *o, *packages, *states;

	if (trace_package(&cli->session, name, limit, &t, err))
		return err->code;
	o = put_text(cJSON_CreateObject(), "package",
		arena_printf(&cli->session.arena, "%s %s", name->product_component, name->version));
	packages = cJSON_AddArrayToObject(o, "packages");
	for (size_t i = 0; i < t.package_count; i++) {
		const struct package *p = &t.packages[i].package;
		cJSON *one = put_text(cJSON_CreateObject(), "kind", kind_words[p->kind]);

		put_text(one, "source", *p->source ? p->source : NULL);
		put_text(one, "state", package_state_words[p->state]);
		put_int(one, "signatures", p->signatures);
		cJSON_AddItemToArray(
			packages, put_text(one, "manifest_sha256", p->manifest_sha256));
	}
	states = cJSON_AddObjectToObject(o, "states");
	for (size_t i = 0; i < t.state_count; i++)
		put_int(states, t.states[i].state, t.states[i].count);
	trace_put(&t, o);
	if (!cli->out.json) {
		printf("package %s %s:", name->product_component, name->version);
		for (size_t i = 0; i < t.package_count; i++)
			printf("%s %s%s%s, %s", i ? ";" : "",
				kind_words[t.packages[i].package.kind],
				*t.packages[i].package.source ? " from " : "",
				t.packages[i].package.source,
				package_state_words[t.packages[i].package.state]);
		printf("\nattempts:");
		for (size_t i = 0; i < t.state_count; i++)
			printf("%s %" PRId64 " %s", i ? "," : "", t.states[i].count,
				t.states[i].state);
		puts(t.state_count ? "" : " none");
	}
	show(cli, o);
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
