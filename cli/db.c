/* db */
#include "cli/run.h"
#include "plans/base/store.h"
#include "plans/keep/backup.h"
#include "plans/keep/check.h"

#include <inttypes.h>

RUN(db_check)
{
	struct check_result result;
	cJSON *o, *array;

	if (check_run(&cli->session, args_flag(args, "--files"), &result, err))
		return err->code;
	o = cJSON_CreateObject();
	array = cJSON_AddArrayToObject(o, "findings");
	for (size_t i = 0; i < result.finding_count; i++) {
		cJSON_AddItemToArray(array, cJSON_CreateString(result.findings[i]));
		if (!cli->out.json)
			printf("%s\n", result.findings[i]);
	}
	put_int(o, "files", result.files);
	put_int(o, "quarantined", result.quarantined);
	if (!result.finding_count) {
		out_done(&cli->out, o, "the database is whole%s",
			args_flag(args, "--files") ? ", and so are its files" : "");
		return ERR_OK;
	}
	if (cli->out.json)
		out_object(&cli->out, o);
	else
		cJSON_Delete(o);
	err_set(err, ERR_FINDINGS, "%zu finding%s", result.finding_count,
		result.finding_count == 1 ? "" : "s");
	if (result.quarantined)
		err_why(err, "%" PRId64 " package%s quarantined%s, plans that use them suspended",
			result.quarantined, result.quarantined == 1 ? "" : "s",
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
		" key%s revoked again%s",
		verb, result->generation, result->suspended, result->suspended == 1 ? "" : "s",
		result->revoked, result->revoked == 1 ? "" : "s",
		cli->session.dry_run ? " (dry run)" : "");
}

RUN(db_adopt)
{
	struct adoption result;

	(void)args;
	if (backup_adopt(&cli->session, &result, err))
		return err->code;
	adopted(cli, &result, "adopted the database");
	return ERR_OK;
}

RUN(db_backup)
{
	const char *file = args_get(args, "FILE");
	bool artifacts = args_flag(args, "--artifacts");
	int64_t files;

	if (backup_make(&cli->session, file, artifacts, &files, err))
		return err->code;
	out_done(&cli->out,
		put_int(put_text(cJSON_CreateObject(), "file", file), "artifacts", files),
		cli->session.dry_run ? "would write %s" : "wrote %s, checked and on the disk",
		file);
	if (artifacts && !cli->session.dry_run)
		out_note(&cli->out, "%" PRId64 " artifacts added to %s.artifacts", files, file);
	return ERR_OK;
}

RUN(db_restore)
{
	struct adoption result;
	int64_t files;

	if (backup_restore(&cli->session, args_get(args, "FILE"), &result, &files, err))
		return err->code;
	if (cli->session.dry_run)
		out_done(&cli->out, cJSON_CreateObject(), "the backup is whole (dry run)");
	else
		adopted(cli, &result, "restored the database");
	return ERR_OK;
}

RUN(db_gc)
{
	int64_t files, bytes;

	(void)args;
	if (store_collect(&cli->session, &files, &bytes, err))
		return err->code;
	out_done(&cli->out, put_int(put_int(cJSON_CreateObject(), "files", files), "bytes", bytes),
		"%s %" PRId64 " file%s with %" PRId64 " bytes",
		cli->session.dry_run ? "would remove" : "removed", files, files == 1 ? "" : "s",
		bytes);
	return ERR_OK;
}

/* Opening for writing has done it. */
RUN(db_migrate)
{
	(void)args, (void)err;
	out_done(&cli->out, put_int(cJSON_CreateObject(), "schema", db_schema()),
		"the database has schema %" PRId64, db_schema());
	return ERR_OK;
}
