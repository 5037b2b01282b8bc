/* db */
#include "cli/view.h"
#include "plans/base/store.h"
#include "plans/keep/backup.h"
#include "plans/keep/check.h"
#include "run.h"

#include <inttypes.h>

struct checked {
	struct check_result result;
	bool with_files;
};

static const struct view checked_view =
	VIEW(SHOW_TEXTS(checked, result.findings, result.finding_count, "findings"),
		SHOW(checked, result.files, "files", NULL, VIEW_VALUE),
		SHOW(checked, result.quarantined, "quarantined", NULL, VIEW_VALUE));

static void
checked_people(struct out *out, const void *thing)
{
	const struct checked *checked = thing;

	for (size_t i = 0; i < checked->result.finding_count; i++)
		out_line(out, "%s", checked->result.findings[i]);
	if (!checked->result.finding_count && !out->quiet)
		out_line(out, "the database is whole%s",
			checked->with_files ? ", and so are its files" : "");
}

enum err_code
run_db_check(struct cli *cli, const struct args *args, struct err *err)
{
	struct checked checked = { .with_files = args_flag(args, "--files") };
	const struct check_result *result = &checked.result;

	if (check_run(&cli->session, checked.with_files, &checked.result, err))
		return err->code;
	out_show_as(&cli->out, &checked_view, &checked, checked_people);
	if (!result->finding_count)
		return ERR_OK;
	err_set(err, ERR_FINDINGS, "%zu finding%s", result->finding_count,
		plural((int64_t)result->finding_count));
	if (result->quarantined)
		err_why(err, "%" PRId64 " package%s quarantined%s, plans that use them suspended",
			result->quarantined, plural(result->quarantined),
			cli->session.dry_run ? " (dry run)" : "");
	return ERR_FINDINGS;
}

static const struct view adoption_view =
	VIEW(SHOW(adoption, generation, "generation", NULL, VIEW_VALUE),
		SHOW(adoption, suspended, "suspended", NULL, VIEW_VALUE),
		SHOW(adoption, revoked, "revoked", NULL, VIEW_VALUE));

static void
adopted(struct cli *cli, const struct adoption *result, const char *verb)
{
	out_done(&cli->out, view_json(&adoption_view, result),
		"%s, generation %" PRId64 ": %" PRId64 " plan%s suspended, %" PRId64
		" key%s revoked again",
		verb, result->generation, result->suspended, plural(result->suspended),
		result->revoked, plural(result->revoked));
}

enum err_code
run_db_adopt(struct cli *cli, const struct args *args, struct err *err)
{
	struct adoption result;

	(void)args;
	if (backup_adopt(&cli->session, &result, err))
		return err->code;
	adopted(cli, &result, "adopted the database");
	return ERR_OK;
}

enum err_code
run_db_backup(struct cli *cli, const struct args *args, struct err *err)
{
	const char *file = args_get(args, "FILE");
	bool artifacts = args_flag(args, "--artifacts");
	int64_t files;

	if (backup_make(&cli->session, file, artifacts, &files, err))
		return err->code;
	out_done(&cli->out,
		put_int(put_text(cJSON_CreateObject(), "file", file), "artifacts", files),
		"copied the database into %s, checked and on the disk", file);
	if (artifacts && !cli->session.dry_run)
		out_note(&cli->out, "%" PRId64 " artifact%s added to %s.artifacts", files,
			plural(files), file);
	return ERR_OK;
}

enum err_code
run_db_restore(struct cli *cli, const struct args *args, struct err *err)
{
	struct adoption result;
	int64_t files;

	if (backup_restore(&cli->session, args_get(args, "FILE"), &result, &files, err))
		return err->code;
	if (cli->session.dry_run)
		out_done(&cli->out, cJSON_CreateObject(),
			"restored the database: the backup is whole");
	else
		adopted(cli, &result, "restored the database");
	return ERR_OK;
}

enum err_code
run_db_gc(struct cli *cli, const struct args *args, struct err *err)
{
	int64_t files, bytes;

	(void)args;
	if (store_collect(&cli->session, &files, &bytes, err))
		return err->code;
	out_done(&cli->out, put_int(put_int(cJSON_CreateObject(), "files", files), "bytes", bytes),
		"removed %" PRId64 " file%s with %" PRId64 " bytes", files, plural(files), bytes);
	return ERR_OK;
}

/* Opening for writing has done it. */
enum err_code
run_db_migrate(struct cli *cli, const struct args *args, struct err *err)
{
	(void)args, (void)err;
	out_done(&cli->out, put_int(cJSON_CreateObject(), "schema", db_schema()),
		"brought the database to schema %" PRId64, db_schema());
	return ERR_OK;
}
