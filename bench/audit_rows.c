/* Append rows to the audit of a database, chained as any other: audit_rows DB COUNT. */
#include "plans/base/audit.h"
#include "signing/token.h"

static enum err_code
fill(struct session *session, long count, struct err *err)
{
	uint8_t previous[32];
	struct audit row = { .at = 1795255200,
		.actor = "bench",
		.action = "device set",
		.command = "device set SN0001 --label region=eu",
		.object = "SN0001",
		.detail = "labels: region=us -> region=eu",
		.reason = "moved" };

	if (db_audit_last(session->db, &row.id, previous, err))
		return err->code;
	for (long i = 0; i < count; i++) {
		row.id++;
		audit_link(session, previous, &row);
		if (db_audit_insert(session->db, &row, err))
			return err->code;
		memcpy(previous, row.hash, sizeof previous);
		arena_reset(&session->arena);
	}
	return ERR_OK;
}

int
main(int argc, char **argv)
{
	struct session session = { .path = argv[1] };
	struct err err = { ERR_OK, "", "", "" };

	token_init();
	if (argc != 3 || session_open(&session, DB_WRITE, &err) || db_begin(session.db, &err) ||
		db_finish(session.db, fill(&session, atol(argv[2]), &err), &err))
		fprintf(stderr, "%s: %s\n", err.what, err.why);
	session_close(&session);
	return (int)err.code;
}
