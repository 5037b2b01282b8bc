#include "plans/base/audit.h"

#include "core/str.h"

#include <inttypes.h>

void
audit_link(struct session *session, const uint8_t previous[32], struct audit *row)
{
	/* Lengths keep "ab" + "c" apart from "a" + "bc". */
	const char *text = arena_printf(&session->arena,
		"%" PRId64 "|%" PRId64 "|%" PRId64 "|%zu:%s|%zu:%s|%zu:%s|%zu:%s|%zu:%s|%zu:%s",
		row->id, row->at, row->now, strlen(row->actor), row->actor, strlen(row->action),
		row->action, strlen(row->command), row->command, strlen(row->object), row->object,
		strlen(row->detail), row->detail, strlen(row->reason), row->reason);

	token_chain(previous, text, row->hash);
}

struct stmt *
audit_cursor(struct session *session, int64_t after)
{
	return db_audit_rows(session->db, after);
}

enum db_step
audit_each(struct stmt *cursor, struct audit *ret, struct err *err)
{
	return db_audit_each(cursor, ret, err);
}

enum err_code
audit_head(struct session *session, struct audit_anchor *ret, struct err *err)
{
	struct fleet fleet;

	if (db_fleet_get(session->db, &fleet, err) ||
		db_audit_last(session->db, &ret->row, ret->hash, err))
		return err->code;
	str_copy(ret->instance, sizeof ret->instance, fleet.instance);
	return ERR_OK;
}

char *
anchor_format(struct session *session, const struct audit_anchor *anchor)
{
	char hex[DIGEST_HEX];

	str_hex(anchor->hash, sizeof anchor->hash, hex);
	return arena_printf(&session->arena,
		"otactl-audit-anchor: 1\ninstance: %s\nrow: %" PRId64 "\nhash: %s\n",
		anchor->instance, anchor->row, hex);
}

enum err_code
anchor_parse(const char *text, struct audit_anchor *ret, struct err *err)
{
	char instance[40], row[24], hash[72];

	*ret = (struct audit_anchor){ .row = 0 };
	if (sscanf(text, "otactl-audit-anchor: 1\ninstance: %39s\nrow: %23s\nhash: %71s", instance,
		    row, hash) != 3 ||
		strlen(instance) != 32 || !str_int(row, 0, INT64_MAX, &ret->row) ||
		!str_unhex(hash, ret->hash, sizeof ret->hash)) {
		err_set(err, ERR_INPUT, "this is no anchor of an audit chain");
		return err_fix(err, "otactl audit anchor writes one");
	}
	str_copy(ret->instance, sizeof ret->instance, instance);
	return ERR_OK;
}

static enum err_code
finding(struct err *err, int64_t row, const char *why)
{
	err_set(err, ERR_FINDINGS, "the audit table was tampered with");
	return err_why(err, "row %" PRId64 " %s", row, why);
}

static enum err_code
walk(struct session *session, const struct audit_anchor *anchor, int64_t *rows, struct err *err)
{
	struct stmt *cursor = audit_cursor(session, 0);
	uint8_t previous[32] = { 0 }, stored[32];
	bool anchored = !anchor || !anchor->row;
	struct audit row;
	enum db_step step;

	while ((step = audit_each(cursor, &row, err)) == DB_ROW) {
		if (row.id != *rows + 1)
			return finding(err, *rows + 1, "is missing");
		memcpy(stored, row.hash, sizeof stored);
		audit_link(session, previous, &row);
		if (memcmp(stored, row.hash, sizeof stored) != 0)
			return finding(err, row.id, "does not fit what its hash says");
		memcpy(previous, stored, sizeof previous);
		(*rows)++;
		if (anchor && row.id == anchor->row) {
			if (memcmp(stored, anchor->hash, sizeof stored) != 0)
				return finding(err, row.id, "is not the one of the anchor");
			anchored = true;
		}
		arena_reset(&session->arena);
	}
	if (step == DB_FAILED)
		return err->code;
	return anchored ? ERR_OK : finding(err, *rows + 1, "is missing: the anchor knows it");
}

enum err_code
audit_verify(
	struct session *session, const struct audit_anchor *anchor, int64_t *rows, struct err *err)
{
	struct arena kept = session->arena;
	struct fleet fleet;

	*rows = 0;
	if (db_fleet_get(session->db, &fleet, err))
		return err->code;
	if (anchor && strcmp(anchor->instance, fleet.instance) != 0) {
		err_set(err, ERR_CONFLICT, "this anchor is of another database");
		return err_why(
			err, "it names %s, this one is %s", anchor->instance, fleet.instance);
	}
	/* Each row's text is forgotten before the next. */
	session->arena = (struct arena){ NULL };
	(void)!walk(session, anchor, rows, err);
	arena_done(&session->arena);
	session->arena = kept;
	return err->code;
}
