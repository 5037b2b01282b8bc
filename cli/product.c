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

static const struct view product_view = VIEW(SHOW(product, name, "product", "PRODUCT", VIEW_VALUE),
	SHOW_WORD(product, auth, auth_words, "auth", "AUTH", VIEW_VALUE),
	SHOW_EITHER(product, enrol, "refuse", "enrol", "unknown_devices", "UNKNOWN"),
	SHOW(product, frozen, "frozen", "FROZEN", VIEW_VALUE),
	SHOW(product, signatures, "signatures", "SIGNATURES", VIEW_VALUE),
	SHOW(product, max_files, "max_files", NULL, VIEW_VALUE),
	SHOW(product, max_file_mb, "max_file_mb", NULL, VIEW_VALUE),
	SHOW(product, extensions, "extensions", NULL, VIEW_VALUE),
	SHOW(product, languages, "languages", NULL, VIEW_VALUE));

enum err_code
run_product_list(struct cli *cli, const struct args *args, struct err *err)
{
	struct product *list;
	size_t count;

	(void)args;
	if (db_product_all(cli->session.db, &cli->session.arena, NULL, &list, &count, err))
		return err->code;
	out_view(&cli->out, &product_view, list, sizeof *list, count);
	return ERR_OK;
}

static const struct view component_view =
	VIEW(SHOW(component, identity, "component", "COMPONENT", VIEW_VALUE),
		SHOW_WORD(component, type, type_words, "type", "TYPE", VIEW_VALUE),
		SHOW(component, chip, "chip", "CHIP", VIEW_MAYBE),
		SHOW(component, slot_size, "slot_size", "SLOT SIZE", VIEW_MAYBE));

struct product_shown {
	struct product product;
	struct component *components;
	size_t component_count;
};

static const struct view product_shown_view =
	VIEW(SHOW_MEMBERS(product_shown, product, &product_view),
		SHOW_LIST(product_shown, components, component_count, "components", VIEW_LIST,
			&component_view));

enum err_code
run_product_show(struct cli *cli, const struct args *args, struct err *err)
{
	struct product_shown shown;

	if (db_product_get(cli->session.db, args_get(args, "PRODUCT"), &shown.product, err) ||
		db_component_all(cli->session.db, &cli->session.arena, shown.product.id,
			&shown.components, &shown.component_count, err))
		return err->code;
	out_show(&cli->out, &product_shown_view, &shown);
	return ERR_OK;
}

/* Versions count per component. */
struct version_shown {
	const char *component;
	struct version version;
};

static const struct view version_view =
	VIEW(SHOW(version_shown, component, "component", "COMPONENT", VIEW_VALUE),
		SHOW(version_shown, version.name, "version", "VERSION", VIEW_VALUE),
		SHOW(version_shown, version.counter, "counter", "COUNTER", VIEW_VALUE),
		SHOW(version_shown, version.floor, "floor", "FLOOR", VIEW_VALUE));

enum err_code
run_product_versions(struct cli *cli, const struct args *args, struct err *err)
{
	struct component *list;
	struct product p;
	size_t count;

	if (db_product_get(cli->session.db, args_get(args, "PRODUCT"), &p, err) ||
		db_component_all(cli->session.db, &cli->session.arena, p.id, &list, &count, err))
		return err->code;
	out_view_begin(&cli->out, &version_view);
	for (size_t i = 0; i < count; i++) {
		struct version *versions;
		size_t some;

		if (db_version_all(cli->session.db, &cli->session.arena, list[i].id, &versions,
			    &some, err))
			break;
		for (size_t v = 0; v < some; v++) {
			struct version_shown shown = { list[i].identity, versions[v] };

			out_row(&cli->out, &version_view, &shown);
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
