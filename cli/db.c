/* db */
#include "plans/base/store.h"
#include "plans/keep/backup.h"
#include "plans/keep/check.h"
#include "run.h"

#include <inttypes.h>

enum err_code
run_db_check(struct cli *cli, const struct args *args, struct err *err)
{
	struct check_result result;
	cJSON *o, *array;

	if (check_run(&cli->session, args_flag(args, "--files"), &result, err))
		return err->code;
	o = cJSON_CreateObject();
	array = cJSON_AddArrayToObject(o, "findings");
	for (size_t i = 0; i < result.finding_count; i++) {
		cJSON_AddItemToArray(array, cJSON_CreateString(result.findings[i]));
		out_line(&cli->out, "%s", result.findings[i]);
	}
	put_int(o, "files", result.files);
	put_int(o, "quarantined", result.quarantined);
	if (!result.finding_count) {
		if (!cli->out.quiet)
			out_line(&cli->out, "the database is whole%s",
				args_flag(args, "--files") ? ", and so are its files" : "");
	}
	if (cli->out.json)
		out_object(&cli->out, o);
	else
		cJSON_Delete(o);
	if (!result.finding_count)
		return ERR_OK;
	err_set(err, ERR_FINDINGS, "%zu finding%s", result.finding_count,
		plural((int64_t)result.finding_count));
	if (result.quarantined)
		err_why(err, "%" PRId64 " package%s quarantined%s, plans that use them suspended",
			result.quarantined, plural(result.quarantined),
			cli->session.dry_run ? " (dry run)" : "");
	return ERR_FINDINGS;
}

static void
adopted(struct cli *cli, const struct adoption *result, const char *verb)
{
	cJSON *o = put_int(cJSON_CreateObject(), "generation", result->generation);

	put_int(o, "suspended", result->suspended);
	out_done(&cli->out, put_int(o, "revoked", result->revoked),
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
