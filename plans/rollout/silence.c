#include "plans/rollout/silence.h"

#include "db/execution.h"

#include <inttypes.h>

enum { SILENT_LEAST = 3, SILENT_PERCENT = 10, SILENT_S = 6 * 3600, GAPS = 3, POLLS = 3 };

enum err_code
silent_judge(struct session *session, const struct plan *plan, const struct tally *tally,
	const char **why, struct err *err)
{
	int64_t span = POLLS * plan->strategy.poll_interval, silent;
	int64_t succeeded = plan->stage_count ? tally->n[plan->stage][EXEC_SUCCEEDED] : 0;
	struct silence silence = { .plan = plan->id,
		.stage = plan->stage,
		.since = plan->resumed_at,
		.now = session->now,
		.gaps = GAPS };

	*why = NULL;
	if (succeeded < SILENT_LEAST || !strcmp(plan->strategy.breaker, "off"))
		return ERR_OK;
	silence.before = session->now - (span > SILENT_S ? span : SILENT_S);
	if (db_execution_silent(session->db, &silence, &silent, err))
		return err->code;
	if (silent >= SILENT_LEAST && silent * 100 > SILENT_PERCENT * succeeded)
		*why = arena_printf(&session->arena,
			"silent: %" PRId64 " of %" PRId64
			" devices that succeeded were not heard since",
			silent, succeeded);
	return ERR_OK;
}
