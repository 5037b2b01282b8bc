/* audit: log, verify, anchor, export */
#include "plans/base/audit.h"

#include "cli/sign.h"
#include "cli/view.h"
#include "core/str.h"
#include "plans/base/beside.h"
#include "plans/base/file.h"
#include "run.h"

#include <inttypes.h>

enum { LOG_ROWS = 50, ANCHOR_TEXT = 1024 };

static const struct view audit_view = VIEW(SHOW(audit, id, "row", "ROW", VIEW_VALUE),
	SHOW(audit, at, "at", "AT", VIEW_TIME), SHOW(audit, now, "now", NULL, VIEW_TIME),
	SHOW(audit, actor, "actor", "WHO", VIEW_VALUE),
	SHOW(audit, action, "action", "WHAT", VIEW_VALUE),
	SHOW(audit, command, "command", NULL, VIEW_VALUE),
	SHOW(audit, object, "object", "OBJECT", VIEW_VALUE),
	SHOW(audit, detail, "detail", "DETAIL", VIEW_MAYBE),
	SHOW(audit, reason, "reason", "WHY", VIEW_MAYBE));

static bool
row_meant(const struct audit *row, const char *object, const char *action)
{
	return (!object || !strcmp(object, row->object)) &&
	       (!action || str_starts(row->action, action));
}

/* Rows are read from the oldest on; a limit is for the newest. */
static enum err_code
rows_count(struct cli *cli, const char *object, const char *action, int64_t *ret, struct err *err)
{
	struct stmt *cursor = audit_cursor(&cli->session, 0);
	struct audit row;

	for (*ret = 0; audit_each(cursor, &row, err) == DB_ROW;)
		*ret += row_meant(&row, object, action);
	return err->code;
}

enum err_code
run_audit_log(struct cli *cli, const struct args *args, struct err *err)
{
	const char *object = args_get(args, "--object"), *action = args_get(args, "--action");
	bool filtered = object || action;
	struct audit_anchor head;
	struct stmt *cursor;
	struct audit row;
	int64_t limit = args_int(args, "--limit", filtered ? INT64_MAX : LOG_ROWS), left = 0;

	if (audit_head(&cli->session, &head, err) ||
		(filtered && rows_count(cli, object, action, &left, err)))
		return err->code;
	out_view_begin(&cli->out, &audit_view);
	cursor = audit_cursor(&cli->session, filtered || head.row < limit ? 0 : head.row - limit);
	while (audit_each(cursor, &row, err) == DB_ROW)
		if (row_meant(&row, object, action) && left-- <= limit)
			out_row(&cli->out, &audit_view, &row);
	out_list_end(&cli->out);
	return err->code;
}

static cJSON *
hash_made(const void *thing)
{
	const struct audit *row = thing;
	char hash[2 * sizeof row->hash + 1];

	str_hex(row->hash, sizeof row->hash, hash);
	return cJSON_CreateString(hash);
}

static const struct view export_view =
	VIEW(SHOW_BESIDE(&audit_view), SHOW_MADE(hash_made, "hash", NULL));

/* One object a line, with the hashes: for other tools, and for keeps. */
enum err_code
run_audit_export(struct cli *cli, const struct args *args, struct err *err)
{
	struct stmt *cursor = audit_cursor(&cli->session, 0);
	struct audit row;

	(void)args;
	while (audit_each(cursor, &row, err) == DB_ROW) {
		cJSON *o = view_json(&export_view, &row);
		char *text = cJSON_PrintUnformatted(o);

		puts(text);
		free(text);
		cJSON_Delete(o);
	}
	return err->code;
}

static enum err_code
anchor_read(struct cli *cli, const struct args *args, struct audit_anchor *ret, struct err *err)
{
	struct arena *arena = &cli->session.arena;
	const char *path = args_get(args, "--anchor"), *key = args_get(args, "--key");
	char *text, *signature, *public;
	size_t length;

	if (text_read(arena, path, ANCHOR_TEXT, &text, &length, err) ||
		anchor_parse(text, ret, err))
		return err->code;
	if (!key)
		return ERR_OK;
	if (text_read(arena, arena_printf(arena, "%s.minisig", path), ANCHOR_TEXT, &signature,
		    &length, err) ||
		text_read(arena, key, ANCHOR_TEXT, &public, &length, err))
		return err->code;
	return sign_check_text(text, signature, public, err);
}

enum err_code
run_audit_verify(struct cli *cli, const struct args *args, struct err *err)
{
	const char *path = args_get(args, "--anchor");
	struct audit_anchor anchor;
	int64_t rows;

	if (args_get(args, "--key") && !path)
		return err_set(err, ERR_USAGE, "--key checks the signature of an --anchor");
	if ((path && anchor_read(cli, args, &anchor, err)) ||
		audit_verify(&cli->session, path ? &anchor : NULL, &rows, err))
		return err->code;
	out_done(&cli->out, put_int(cJSON_CreateObject(), "rows", rows),
		"%" PRId64 " rows, each behind the one before it%s", rows,
		path ? ", and the anchor among them" : "");
	return ERR_OK;
}

static enum err_code
anchor_sign(struct cli *cli, const struct args *args, const char *path, const char *text,
	struct err *err)
{
	CLEANUP(signer_close) struct signer signer = { 0 };
	char signature[ANCHOR_TEXT];

	if (signer_get(cli, args, args_get(args, "--sign"), &signer, err) ||
		sign_text(&signer, text, "otactl audit anchor", signature, err))
		return err->code;
	return beside_write(&cli->session, arena_printf(&cli->session.arena, "%s.minisig", path),
		signature, err);
}

enum err_code
run_audit_anchor(struct cli *cli, const struct args *args, struct err *err)
{
	const char *path = args_get(args, "-o");
	struct audit_anchor anchor;
	const char *text;

	if (args_get(args, "--sign") && !path)
		return err_set(err, ERR_USAGE, "--sign writes a signature beside -o FILE");
	if (audit_head(&cli->session, &anchor, err))
		return err->code;
	text = anchor_format(&cli->session, &anchor);
	if (!path) {
		fputs(text, stdout);
		return ERR_OK;
	}
	if (beside_write(&cli->session, path, text, err) ||
		(args_get(args, "--sign") && anchor_sign(cli, args, path, text, err)))
		return err->code;
	out_done(&cli->out,
		put_int(put_text(cJSON_CreateObject(), "file", path), "row", anchor.row),
		"wrote the anchor of row %" PRId64 " to %s: keep it elsewhere", anchor.row, path);
	return ERR_OK;
}
