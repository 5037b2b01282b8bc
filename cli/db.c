/* db */
#include "cli/run.h"
#include "plans/check.h"

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
