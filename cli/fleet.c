/* init, freeze, tick, help */
#include "cli/view.h"
#include "core/str.h"
#include "plans/base/setup.h"
#include "plans/fleet/product.h"
#include "plans/orders/recount.h"
#include "plans/rollout/jump.h"
#include "plans/rollout/tick.h"
#include "run.h"

#include <inttypes.h>

enum err_code
run_init(struct cli *cli, const struct args *args, struct err *err)
{
	(void)args;
	if (setup_make(&cli->session, err))
		return err->code;
	out_done(&cli->out,
		put_text(put_text(cJSON_CreateObject(), "database", cli->session.path), "artifacts",
			session_store(&cli->session)),
		"created %s", cli->session.path);
	return ERR_OK;
}

static enum err_code
freeze_run(struct cli *cli, const struct args *args, bool on, struct err *err)
{
	const char *product = args_get(args, "--product");

	if (freeze(&cli->session, product, on, err))
		return err->code;
	out_done(&cli->out,
		put_bool(put_text(cJSON_CreateObject(), "product", product), "frozen", on),
		on ? "stopped all offers of %s%s until otactl freeze off"
		   : "allowed offers of %s%s again",
		product ? "product " : "the fleet", product ? product : "");
	return ERR_OK;
}

enum err_code
run_freeze_on(struct cli *cli, const struct args *args, struct err *err)
{
	return freeze_run(cli, args, true, err);
}

enum err_code
run_freeze_off(struct cli *cli, const struct args *args, struct err *err)
{
	return freeze_run(cli, args, false, err);
}

static const struct view jump_view = VIEW(SHOW(jump_result, by, "jumped_by_s", NULL, VIEW_VALUE),
	SHOW(jump_result, suspended, "suspended", NULL, VIEW_VALUE));

static void
jump_people(struct out *out, const void *thing)
{
	const struct jump_result *result = thing;
	char words[CLOCK_WORDS];

	if (!result->by)
		out_line(out, "unchanged: the clock has not jumped");
	else
		out_line(out,
			"the clock, which jumped by %s, is trusted; suspended %" PRId64 " plan%s",
			clock_words(result->by, words), result->suspended,
			plural(result->suspended));
}

static const struct view tick_view = VIEW(SHOW(tick_result, busy, "busy", NULL, VIEW_VALUE),
	SHOW(tick_result, closed, "closed", NULL, VIEW_VALUE),
	SHOW_TEXTS(tick_result, lines, line_count, "done"));

static void
tick_people(struct out *out, const void *thing)
{
	const struct tick_result *result = thing;

	if (result->busy)
		out_note(out, "another tick is at work");
	if (result->closed)
		out_line(out, "closed %" PRId64 " execution%s that ran out of time", result->closed,
			plural(result->closed));
	for (size_t i = 0; i < result->line_count; i++)
		out_line(out, "%s", result->lines[i]);
}

/* An operator's word, and nothing else: the next tick moves on. */
static enum err_code
accept_clock(struct cli *cli, struct err *err)
{
	struct jump_result result;

	if (jump_accept(&cli->session, &result, err))
		return err->code;
	out_show_as(&cli->out, &jump_view, &result, jump_people);
	return ERR_OK;
}

enum err_code
run_tick(struct cli *cli, const struct args *args, struct err *err)
{
	struct tick_result result;
	int64_t recounted;

	if (args_flag(args, "--accept-clock"))
		return accept_clock(cli, err);
	cli->session.actor = "tick";
	if (plan_recount(&cli->session, &recounted, err) || tick_run(&cli->session, &result, err))
		return err->code;
	out_show_as(&cli->out, &tick_view, &result, tick_people);
	if (result.left) {
		err_set(err, ERR_FINDINGS, "%zu plan%s could not be moved on", result.left,
			result.left == 1 ? "" : "s");
		err_fix(err, "otactl db check names the rows and what mends them");
	}
	return err->code;
}

enum err_code
run_help(struct cli *cli, const struct args *args, struct err *err)
{
	const char *format = args_get(args, "--format");
	const char *const *words;
	struct buf topic = { .arena = &cli->session.arena };
	size_t count;

	if (format && !strcmp(format, "mdoc")) {
		help_mdoc(stdout, cli->table);
		return ERR_OK;
	}
	if (format && strcmp(format, "text") != 0)
		return err_set(err, ERR_USAGE, "--format is text or mdoc");
	words = args_all(args, "COMMAND", &count);
	buf_text(&topic, "");
	for (size_t i = 0; i < count; i++)
		buf_printf(&topic, "%s%s", i ? " " : "", words[i]);
	if (help_print(stdout, cli->table, topic.text))
		return ERR_OK;
	err_set(err, ERR_USAGE, "there is no command '%s'", QUOTE(topic.text));
	return err_fix(err, "otactl help lists all");
}
