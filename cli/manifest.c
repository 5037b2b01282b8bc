/* package manifest: what a package signs, and its signatures, as files */
#include "cli/show.h"
#include "plans/base/beside.h"
#include "run.h"

/* FILE.minisig is the first signature of the manifest, FILE.KEYID.minisig any other. */
static enum err_code
signatures_write(struct cli *cli, const char *file, const char *folder,
	const struct package_view *view, size_t *written, struct err *err)
{
	struct arena *arena = &cli->session.arena;
	struct signature_row *rows;
	int last = -2;
	size_t count;

	if (db_signature_all(cli->session.db, arena, view->package.id, &rows, &count, err))
		return err->code;
	for (size_t i = *written = 0; i < count; i++) {
		const char *name = file, *other = "";

		if (rows[i].position == last)
			other = arena_printf(arena, ".%s", rows[i].key_id);
		last = rows[i].position;
		if (last >= 0)
			name = folder ? arena_printf(arena, "%s/%s", folder,
						view->package.files[last].name)
				      : NULL;
		if (!name)
			continue;
		if (beside_write(&cli->session, arena_printf(arena, "%s%s.minisig", name, other),
			    rows[i].minisig, err))
			return err->code;
		++*written;
	}
	return ERR_OK;
}

enum err_code
run_package_manifest(struct cli *cli, const struct args *args, struct err *err)
{
	const char *file = args_get(args, "-o"), *folder = args_get(args, "--file-signatures");
	struct package_name name;
	struct package_view *list;
	const char *text;
	size_t count, written = 0;

	if (package_name_get(args, &name, err) ||
		package_find(&cli->session, &name, true, &list, &count, err) ||
		db_package_manifest_text(
			cli->session.db, &cli->session.arena, list[0].package.id, &text, err))
		return err->code;
	if (!file && !folder) {
		fputs(text, stdout);
		return ERR_OK;
	}
	if ((file && beside_write(&cli->session, file, text, err)) ||
		signatures_write(cli, file, folder, &list[0], &written, err))
		return err->code;
	out_done(&cli->out,
		put_int(put_text(cJSON_CreateObject(), "manifest", file), "signatures",
			(int64_t)written),
		"wrote %s%s%zu signature%s", file ? file : "", file ? " and " : "", written,
		plural((int64_t)written));
	return ERR_OK;
}
