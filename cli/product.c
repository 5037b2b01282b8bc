/* product, component */
#include "plans/fleet/product.h"
#include "cli/view.h"
#include "core/str.h"
#include "run.h"

static enum err_code
change_from(const struct args *args, struct product_change *ret, struct err *err)
{
	*ret = (struct product_change){
		.auth = args_get(args, "--auth"),
		.unknown_devices = args_get(args, "--unknown-devices"),
		.extensions = args_get(args, "--extensions"),
		.languages = args_get(args, "--languages"),
		.signatures = args_int(args, "--signatures", -1),
		.max_files = args_int(args, "--max-files", -1),
		.max_file_mb = args_int(args, "--max-file-mb", -1),
		.enrolment_token = args_flag(args, "--enrolment-token"),
		.enrolment_uses = args_int(args, "--enrolment-uses", 0),
	};
	return args_time(args, "--enrolment-until", &ret->enrolment_until_at, err);
}

static void
done(struct cli *cli, const char *name, const char *verb, const char *token)
{
	out_secret(&cli->out, put_text(cJSON_CreateObject(), "product", name), "enrolment_token",
		token, "%s product %s", verb, name);
}

enum err_code
run_product_add(struct cli *cli, const struct args *args, struct err *err)
{
	struct product_change change;
	const char *name = args_get(args, "PRODUCT");
	char token[TOKEN_TEXT] = "";

	if (change_from(args, &change, err) ||
		product_create(&cli->session, name, &change, token, err))
		return err->code;
	done(cli, name, "added", token);
	return ERR_OK;
}

enum err_code
run_product_set(struct cli *cli, const struct args *args, struct err *err)
{
	struct product_change change;
	const char *name = args_get(args, "PRODUCT");
	char token[TOKEN_TEXT] = "";

	if (change_from(args, &change, err) ||
		product_change(&cli->session, name, &change, token, err))
		return err->code;
	if (change.auth && !strcmp(change.auth, "none"))
		out_note(&cli->out, "warning: every client may now act for every device of %s",
			name);
	if (!change.signatures)
		out_note(&cli->out, "warning: unsigned packages of %s can now be published", name);
	done(cli, name, "changed", token);
	return ERR_OK;
}

enum err_code
run_product_remove(struct cli *cli, const struct args *args, struct err *err)
{
	const char *name = args_get(args, "PRODUCT");

	if (product_drop(&cli->session, name, err))
		return err->code;
	done(cli, name, "removed", "");
	return ERR_OK;
}

static cJSON *
product_json(const struct product *p)
{
	cJSON *o = put_text(cJSON_CreateObject(), "product", p->name);

	put_text(o, "auth", auth_words[p->auth]);
	put_text(o, "unknown_devices", p->enrol ? "enrol" : "refuse");
	put_bool(o, "frozen", p->frozen);
	put_int(o, "signatures", p->signatures);
	put_int(o, "max_files", p->max_files);
	put_int(o, "max_file_mb", p->max_file_mb);
	put_text(o, "extensions", p->extensions);
	return put_text(o, "languages", p->languages);
}

enum err_code
run_product_list(struct cli *cli, const struct args *args, struct err *err)
{
	static const struct column_view columns[] = { { "product", "PRODUCT" }, { "auth", "AUTH" },
		{ "signatures", "SIGNATURES" }, { "unknown_devices", "UNKNOWN" },
		{ "frozen", "FROZEN" } };
	struct product *list;
	size_t count;

	(void)args;
	if (db_product_all(cli->session.db, &cli->session.arena, NULL, &list, &count, err))
		return err->code;
	out_list_begin(&cli->out, columns, COUNT(columns));
	for (size_t i = 0; i < count; i++)
		out_list_row(&cli->out, product_json(&list[i]));
	out_list_end(&cli->out);
	return ERR_OK;
}

static const struct view component_view =
	VIEW(SHOW(component, identity, "component", "COMPONENT", VIEW_VALUE),
		SHOW_WORD(component, type, type_words, "type", "TYPE", VIEW_VALUE),
		SHOW(component, chip, "chip", "CHIP", VIEW_MAYBE),
		SHOW(component, slot_size, "slot_size", "SLOT SIZE", VIEW_MAYBE));

enum err_code
run_product_show(struct cli *cli, const struct args *args, struct err *err)
{
	struct component *list;
	struct product p;
	size_t count;
	cJSON *object;

	if (db_product_get(cli->session.db, args_get(args, "PRODUCT"), &p, err) ||
		db_component_all(cli->session.db, &cli->session.arena, p.id, &list, &count, err))
		return err->code;
	object = product_json(&p);
	view_put_list(object, "components", &component_view, list, sizeof *list, count);
	out_object(&cli->out, object);
	return ERR_OK;
}

enum err_code
run_product_versions(struct cli *cli, const struct args *args, struct err *err)
{
	static const struct column_view columns[] = { { "component", "COMPONENT" },
		{ "version", "VERSION" }, { "counter", "COUNTER" }, { "floor", "FLOOR" } };
	struct component *list;
	struct product p;
	size_t count;

	if (db_product_get(cli->session.db, args_get(args, "PRODUCT"), &p, err) ||
		db_component_all(cli->session.db, &cli->session.arena, p.id, &list, &count, err))
		return err->code;
	out_list_begin(&cli->out, columns, COUNT(columns));
	for (size_t i = 0; i < count; i++) {
		struct version *versions;
		size_t some;

		if (db_version_all(cli->session.db, &cli->session.arena, list[i].id, &versions,
			    &some, err))
			break;
		for (size_t v = 0; v < some; v++) {
			cJSON *o = put_text(cJSON_CreateObject(), "component", list[i].identity);

			put_text(o, "version", versions[v].name);
			put_int(o, "counter", versions[v].counter);
			out_list_row(&cli->out, put_int(o, "floor", versions[v].floor));
		}
	}
	out_list_end(&cli->out);
	return err->code;
}

static void
component_done(struct cli *cli, const struct args *args, const char *verb)
{
	const char *product = args_get(args, "PRODUCT"), *identity = args_get(args, "IDENTITY");

	out_done(&cli->out,
		put_text(put_text(cJSON_CreateObject(), "product", product), "component", identity),
		"%s component %s/%s", verb, product, identity);
}

static struct component_change
component_change_from(const struct args *args)
{
	return (struct component_change){ .type = args_get(args, "--type"),
		.chip = args_get(args, "--chip"),
		.slot_size = args_int(args, "--slot-size", -1) };
}

enum err_code
run_component_add(struct cli *cli, const struct args *args, struct err *err)
{
	struct component_change change = component_change_from(args);

	if (component_create(&cli->session, args_get(args, "PRODUCT"), args_get(args, "IDENTITY"),
		    &change, err))
		return err->code;
	component_done(cli, args, "added");
	return ERR_OK;
}

enum err_code
run_component_set(struct cli *cli, const struct args *args, struct err *err)
{
	struct component_change change = component_change_from(args);

	if (component_change(&cli->session, args_get(args, "PRODUCT"), args_get(args, "IDENTITY"),
		    &change, err))
		return err->code;
	component_done(cli, args, "changed");
	return ERR_OK;
}

enum err_code
run_component_remove(struct cli *cli, const struct args *args, struct err *err)
{
	if (component_drop(
		    &cli->session, args_get(args, "PRODUCT"), args_get(args, "IDENTITY"), err))
		return err->code;
	component_done(cli, args, "removed");
	return ERR_OK;
}

enum err_code
run_component_list(struct cli *cli, const struct args *args, struct err *err)
{
	struct component *list;
	struct product p;
	size_t count;

	if (db_product_get(cli->session.db, args_get(args, "PRODUCT"), &p, err) ||
		db_component_all(cli->session.db, &cli->session.arena, p.id, &list, &count, err))
		return err->code;
	out_view(&cli->out, &component_view, list, sizeof *list, count);
	return ERR_OK;
}
