/* gateway */
#include "plans/fleet/gateway.h"
#include "cli/view.h"
#include "core/str.h"
#include "run.h"

enum err_code
run_gateway_add(struct cli *cli, const struct args *args, struct err *err)
{
	struct gateway_new new = { .name = args_get(args, "NAME"),
		.product = args_get(args, "--product"),
		.group = args_get(args, "--group") };
	char token[TOKEN_TEXT];

	if (args_time(args, "--until", &new.until_at, err) ||
		gateway_create(&cli->session, &new, token, err))
		return err->code;
	out_secret(&cli->out, put_text(cJSON_CreateObject(), "gateway", new.name), "token", token,
		"added gateway %s", new.name);
	return ERR_OK;
}

/* "product" of the kind "gateway-product". */
static cJSON *
scope_made(const void *thing)
{
	const struct gateway *gateway = thing;

	return cJSON_CreateString(strchr(gateway->kind, '-') + 1);
}

static const struct view gateway_view = VIEW(SHOW(gateway, name, "gateway", "GATEWAY", VIEW_VALUE),
	SHOW_MADE(scope_made, "scope", "SCOPE"), SHOW(gateway, scope, "of", "OF", VIEW_VALUE),
	SHOW(gateway, created_at, "created_at", NULL, VIEW_TIME),
	SHOW(gateway, expires_at, "expires_at", "UNTIL", VIEW_TIME));

enum err_code
run_gateway_list(struct cli *cli, const struct args *args, struct err *err)
{
	struct gateway *list;
	size_t count;

	(void)args;
	if (db_gateway_all(cli->session.db, &cli->session.arena, &list, &count, err))
		return err->code;
	out_view(&cli->out, &gateway_view, list, sizeof *list, count);
	return ERR_OK;
}

enum err_code
run_gateway_remove(struct cli *cli, const struct args *args, struct err *err)
{
	const char *name = args_get(args, "NAME");

	if (gateway_drop(&cli->session, name, err))
		return err->code;
	out_done(&cli->out, put_text(cJSON_CreateObject(), "gateway", name),
		"removed gateway %s: its token is good no more", name);
	return ERR_OK;
}
