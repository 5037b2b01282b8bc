/* group */
#include "plans/fleet/group.h"
#include "cli/view.h"
#include "db/device.h"
#include "plans/orders/ids.h"
#include "run.h"

static enum err_code
group_run(struct cli *cli, const struct args *args, bool add, struct err *err)
{
	const char *group = args_get(args, "GROUP"), **ids = NULL;
	size_t count;
	const char *const *words = args_all(args, "DEVICE", &count);

	if (!add && !count) {
		if (group_drop(&cli->session, group, err))
			return err->code;
		out_done(&cli->out, put_text(cJSON_CreateObject(), "group", group),
			"removed group %s", group);
		return ERR_OK;
	}
	if (ids_expand(&cli->session, words, count, &ids, &count, err) ||
		group_change(&cli->session, group, ids, count, add, err))
		return err->code;
	out_done(&cli->out,
		put_int(put_text(cJSON_CreateObject(), "group", group), "devices", (int64_t)count),
		add ? "added %zu device%s to group %s" : "removed %zu device%s from group %s",
		count, plural((int64_t)count), group);
	return ERR_OK;
}

enum err_code
run_group_add(struct cli *cli, const struct args *args, struct err *err)
{
	return group_run(cli, args, true, err);
}

enum err_code
run_group_remove(struct cli *cli, const struct args *args, struct err *err)
{
	return group_run(cli, args, false, err);
}

static const struct view group_view = VIEW(SHOW(group_row, name, "group", "GROUP", VIEW_VALUE),
	SHOW(group_row, members, "devices", "DEVICES", VIEW_VALUE));

enum err_code
run_group_list(struct cli *cli, const struct args *args, struct err *err)
{
	struct group_row *list;
	size_t count;

	(void)args;
	if (db_group_all(cli->session.db, &cli->session.arena, &list, &count, err))
		return err->code;
	out_view(&cli->out, &group_view, list, sizeof *list, count);
	return ERR_OK;
}

struct member_shown {
	const char *device;
};

static const struct view member_view =
	VIEW(SHOW(member_shown, device, "device", "DEVICE", VIEW_VALUE));

enum err_code
run_group_show(struct cli *cli, const struct args *args, struct err *err)
{
	const char **names;
	int64_t group;
	size_t count;

	if (db_group_get(cli->session.db, args_get(args, "GROUP"), false, &group, err) ||
		db_member_devices(cli->session.db, &cli->session.arena, group, &names, &count, err))
		return err->code;
	out_view_begin(&cli->out, &member_view);
	for (size_t i = 0; i < count; i++)
		out_row(&cli->out, &member_view, &(struct member_shown){ names[i] });
	out_list_end(&cli->out);
	return ERR_OK;
}
