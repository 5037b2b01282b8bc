/* gateway */
#include "plans/fleet/gateway.h"
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

enum err_code
run_gateway_list(struct cli *cli, const struct args *args, struct err *err)
{
	static const struct column_view columns[] = { { "gateway", "GATEWAY" },
		{ "scope", "SCOPE" }, { "of", "OF" }, { "expires_at", "UNTIL" } };
	struct gateway *list;
	size_t count;

	(void)args;
	if (db_gateway_all(cli->session.db, &cli->session.arena, &list, &count, err))
		return err->code;
	out_list_begin(&cli->out, columns, COUNT(columns));
	for (size_t i = 0; i < count; i++) {
		cJSON *o = put_text(cJSON_CreateObject(), "gateway", list[i].name);

		put_text(o, "scope", strchr(list[i].kind, '-') + 1);
		put_text(o, "of", list[i].scope);
		put_time(o, "created_at", list[i].created_at);
		out_list_row(&cli->out, put_time(o, "expires_at", list[i].expires_at));
	}
	out_list_end(&cli->out);
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
