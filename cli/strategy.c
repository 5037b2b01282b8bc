/* strategy */
#include "plans/orders/strategy.h"
#include "core/moment.h"
#include "plans/orders/values.h"
#include "plans/rollout/load.h"
#include "run.h"

static void
strategy_row(struct cli *cli, const char *name, const struct strategy *s)
{
	cJSON *o = put_text(cJSON_CreateObject(), "strategy", name);
	char span[32];

	put_text(o, "stages", s->stages);
	put_text(o, "soak", moment_span(s->soak, span));
	out_list_row(&cli->out, put_text(o, "breaker", s->breaker));
}

enum err_code
run_strategy_list(struct cli *cli, const struct args *args, struct err *err)
{
	static const struct column_view columns[] = { { "strategy", "STRATEGY" },
		{ "stages", "STAGES" }, { "soak", "SOAK" }, { "breaker", "BREAKER" } };

	struct strategy_row *rows;
	struct strategy s;
	size_t count;

	(void)args;
	if (db_strategy_all(cli->session.db, &cli->session.arena, &rows, &count, err))
		return err->code;
	out_list_begin(&cli->out, columns, COUNT(columns));
	for (size_t i = 0; strategy_builtin_names[i]; i++) {
		strategy_builtin(strategy_builtin_names[i], &s);
		strategy_row(cli, strategy_builtin_names[i], &s);
	}
	for (size_t i = 0; i < count && !err->code; i++)
		if (!strategy_parse(&cli->session.arena, rows[i].params, &s, err))
			strategy_row(cli, rows[i].name, &s);
	out_list_end(&cli->out);
	return err->code;
}

enum err_code
run_strategy_show(struct cli *cli, const struct args *args, struct err *err)
{
	static const struct column_view columns[] = { { "parameter", "PARAMETER" },
		{ "value", "VALUE" }, { "help", "MEANING" } };
	struct strategy s;

	if (strategy_named(&cli->session, args_get(args, "STRATEGY"), &s, err))
		return err->code;
	out_list_begin(&cli->out, columns, COUNT(columns));
	for (size_t i = 0; i < strategy_parameter_count; i++) {
		const struct parameter *p = &strategy_parameters[i];
		cJSON *o = put_text(cJSON_CreateObject(), "parameter", p->name);

		put_text(o, "value", strategy_get(&cli->session.arena, &s, p));
		out_list_row(&cli->out, put_text(o, "help", p->help));
	}
	out_list_end(&cli->out);
	return ERR_OK;
}

static struct values
settings_from(const struct args *args)
{
	struct values ret;

	ret.list = args_all(args, "--set", &ret.count);
	return ret;
}

static enum err_code
strategy_done(struct cli *cli, const char *verb, const char *name)
{
	out_done(&cli->out, put_text(cJSON_CreateObject(), "strategy", name), "%s strategy %s",
		verb, name);
	return ERR_OK;
}

enum err_code
run_strategy_add(struct cli *cli, const struct args *args, struct err *err)
{
	struct values settings = settings_from(args);
	const char *name = args_get(args, "STRATEGY"), *from = args_get(args, "--from");

	if (strategy_make(&cli->session, name, from ? from : "cautious", &settings, err))
		return err->code;
	return strategy_done(cli, "added", name);
}

enum err_code
run_strategy_set(struct cli *cli, const struct args *args, struct err *err)
{
	struct values settings = settings_from(args);
	const char *name = args_get(args, "STRATEGY");

	if (strategy_change(&cli->session, name, &settings, err))
		return err->code;
	return strategy_done(cli, "changed", name);
}

enum err_code
run_strategy_remove(struct cli *cli, const struct args *args, struct err *err)
{
	const char *name = args_get(args, "STRATEGY");

	if (strategy_drop(&cli->session, name, err))
		return err->code;
	return strategy_done(cli, "removed", name);
}
