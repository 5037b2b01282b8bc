/* strategy */
#include "plans/orders/strategy.h"
#include "cli/view.h"
#include "plans/orders/values.h"
#include "plans/rollout/load.h"
#include "run.h"

struct strategy_shown {
	const char *name;
	struct strategy strategy;
};

static const struct view strategy_view =
	VIEW(SHOW(strategy_shown, name, "strategy", "STRATEGY", VIEW_VALUE),
		SHOW(strategy_shown, strategy.stages, "stages", "STAGES", VIEW_VALUE),
		SHOW(strategy_shown, strategy.soak, "soak", "SOAK", VIEW_SPAN),
		SHOW(strategy_shown, strategy.breaker, "breaker", "BREAKER", VIEW_VALUE));

enum err_code
run_strategy_list(struct cli *cli, const struct args *args, struct err *err)
{
	struct strategy_row *rows;
	struct strategy_shown shown;
	size_t count;

	(void)args;
	if (db_strategy_all(cli->session.db, &cli->session.arena, &rows, &count, err))
		return err->code;
	out_view_begin(&cli->out, &strategy_view);
	for (size_t i = 0; (shown.name = strategy_builtin_names[i]); i++) {
		strategy_builtin(shown.name, &shown.strategy);
		out_row(&cli->out, &strategy_view, &shown);
	}
	for (size_t i = 0; i < count; i++) {
		shown.name = rows[i].name;
		if (strategy_parse(&cli->session.arena, rows[i].params, &shown.strategy, err))
			break;
		out_row(&cli->out, &strategy_view, &shown);
	}
	out_list_end(&cli->out);
	return err->code;
}

struct parameter_shown {
	const char *name, *value, *help;
};

static const struct view parameter_view =
	VIEW(SHOW(parameter_shown, name, "parameter", "PARAMETER", VIEW_VALUE),
		SHOW(parameter_shown, value, "value", "VALUE", VIEW_VALUE),
		SHOW(parameter_shown, help, "help", "MEANING", VIEW_VALUE));

enum err_code
run_strategy_show(struct cli *cli, const struct args *args, struct err *err)
{
	struct strategy s;

	if (strategy_named(&cli->session, args_get(args, "STRATEGY"), &s, err))
		return err->code;
	out_view_begin(&cli->out, &parameter_view);
	for (size_t i = 0; i < strategy_parameter_count; i++) {
		const struct parameter *p = &strategy_parameters[i];
		struct parameter_shown shown = { p->name, strategy_get(&cli->session.arena, &s, p),
			p->help };

		out_row(&cli->out, &parameter_view, &shown);
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
