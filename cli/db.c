/* db */
#include "cli/view.h"
#include "plans/base/change.h"
#include "plans/base/store.h"
#include "plans/keep/backup.h"
#include "plans/keep/check.h"
#include "plans/orders/recount.h"
#include "run.h"

#include <inttypes.h>

struct checked {
	struct check_result result;
	struct recount recount;
	const char **findings; /* of both, but for what was mended */
	size_t finding_count;
	int64_t repaired;
	bool with_files, with_repair, mended; /* mended: and nothing kept it from that */
};

static const struct view fault_view = VIEW(SHOW(recount_fault, table, "table", NULL, VIEW_VALUE),
	SHOW(recount_fault, row, "row", NULL, VIEW_VALUE),
	SHOW(recount_fault, counter, "counter", NULL, VIEW_VALUE),
	SHOW(recount_fault, was, "was", NULL, VIEW_VALUE),
	SHOW(recount_fault, is, "is", NULL, VIEW_VALUE));

static const struct view checked_view =
	VIEW(SHOW_TEXTS(checked, findings, finding_count, "findings"),
		SHOW(checked, result.files, "files", NULL, VIEW_VALUE),
		SHOW(checked, result.quarantined, "quarantined", NULL, VIEW_VALUE),
		SHOW_LIST(checked, recount.faults.list, recount.faults.count, "counters", VIEW_LIST,
			&fault_view),
		SHOW(checked, repaired, "repaired", NULL, VIEW_VALUE));

static void
checked_people(struct out *out, const void *thing)
{
	const struct checked *checked = thing;
	const struct recount_faults *faults = &checked->recount.faults;

	for (size_t i = 0; i < checked->finding_count; i++)
		out_line(out, "%s", checked->findings[i]);
	for (size_t i = 0; checked->mended && i < faults->count; i++) {
		const struct recount_fault *f = &faults->list[i];

		out_line(out, "%s %s: %s %" PRId64 " -> %" PRId64, f->table, f->row, f->counter,
			f->was, f->is);
	}
	if (!checked->finding_count && !checked->repaired && !out->quiet)
		out_line(out, "the database is whole%s",
			checked->with_files ? ", and so are its files" : "");
}

static void
finding_add(struct cli *cli, struct checked *c, const char *text)
{
	c->findings =
		arena_room(&cli->session.arena, c->findings, c->finding_count, sizeof *c->findings);
	c->findings[c->finding_count++] = text;
}

/* What is wrong and stays so, as a line each. */
static void
findings_make(struct cli *cli, struct checked *c)
{
	struct arena *arena = &cli->session.arena;
	const struct recount_faults *faults = &c->recount.faults;

	for (size_t i = 0; i < c->result.finding_count; i++)
		finding_add(cli, c, c->result.findings[i]);
	for (size_t i = 0; i < c->recount.unread.count; i++)
		finding_add(cli, c, c->recount.unread.list[i]);
	for (size_t i = 0; !c->mended && i < faults->count; i++) {
		const struct recount_fault *f = &faults->list[i];

		finding_add(cli, c,
			arena_printf(arena, "%s %s: %s is %" PRId64 ", and the rows have %" PRId64,
				f->table, f->row, f->counter, f->was, f->is));
	}
	if (!c->mended && faults->more)
		finding_add(cli, c,
			arena_printf(
				arena, "and at least %" PRId64 " counters more", faults->more));
	if (c->mended)
		c->repaired = (int64_t)faults->count + faults->more;
}

static void
remarks_make(struct cli *cli, const struct checked *c)
{
	if (c->recount.due)
		out_note(&cli->out, "no counter is compared: after the migration the next otactl "
				    "tick counts anew");
	if (c->recount.partly)
		out_note(&cli->out, "some counters are compared only when those are mended");
	if (c->repaired)
		out_note(&cli->out, "%" PRId64 " counter%s mended", c->repaired,
			plural(c->repaired));
}

static enum err_code
findings_tell(struct cli *cli, const struct checked *c, struct err *err)
{
	const struct check_result *result = &c->result;

	err_set(err, ERR_FINDINGS, "%zu finding%s", c->finding_count,
		plural((int64_t)c->finding_count));
	if (c->with_repair && !c->mended) {
		err_why(err, "nothing is mended: %zu of them %s", result->damages,
			result->damages == 1 ? "is no counter" : "are no counters");
		return err_fix(err, "otactl db restore FILE, from the last good backup");
	}
	if (result->quarantined)
		err_why(err, "%" PRId64 " package%s quarantined%s, plans that use them suspended",
			result->quarantined, plural(result->quarantined),
			cli->session.dry_run ? " (dry run)" : "");
	if (c->recount.faults.count && !c->mended && !result->damages)
		err_fix(err, "otactl db check --repair --reason WHY mends counters");
	return ERR_FINDINGS;
}

enum err_code
run_db_check(struct cli *cli, const struct args *args, struct err *err)
{
	struct checked checked = { .with_files = args_flag(args, "--files"),
		.with_repair = args_flag(args, "--repair") };

	if (checked.with_repair && change_needs_reason(&cli->session, err))
		return err->code;
	if (check_run(&cli->session, checked.with_files, &checked.result, err))
		return err->code;
	/* Counters are mended by the rows: only where those are whole. */
	checked.mended = checked.with_repair && !checked.result.damages;
	if (checked.mended ? recount_repair(&cli->session, &checked.recount, err)
			   : recount_check(&cli->session, &checked.recount, err))
		return err->code;
	findings_make(cli, &checked);
	out_show_as(&cli->out, &checked_view, &checked, checked_people);
	remarks_make(cli, &checked);
	return checked.finding_count ? findings_tell(cli, &checked, err) : ERR_OK;
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
