#include "plans/keep/check.h"

#include "core/str.h"
#include "db/check.h"
#include "plans/base/change.h"
#include "plans/base/file.h"
#include "plans/base/store.h"
#include "plans/packages/find.h"
#include "plans/rollout/stop.h"
#include "signing/digest.h"

#include <inttypes.h>
#include <unistd.h>

enum { CHUNK = 1024 * 1024 };

static void
find(struct session *session, struct check_result *out, const char *text)
{
	out->findings = arena_room(
		&session->arena, out->findings, out->finding_count, sizeof *out->findings);
	out->findings[out->finding_count++] = text;
}

/* NULL when the stored bytes are those of the name, else what is wrong. */
static const char *
fault_of(struct session *session, const char *sha256, int64_t size)
{
	CLEANUP(digester_free) struct digester *digester = digester_new(DIGEST_ALL);
	char *chunk = arena_alloc(&session->arena, CHUNK);
	struct digests digests;
	int64_t there;
	ssize_t got;
	CLEANUP(fd_close) int fd = store_open(session, sha256, &there);

	if (fd < 0)
		return "is missing";
	while ((got = read(fd, chunk, CHUNK)) > 0)
		digester_add(digester, chunk, (size_t)got);
	if (got < 0)
		return "cannot be read";
	if (there != size)
		return "has another size";
	digester_finish(digester, &digests);
	return strcmp(digests.sha256, sha256) ? "has other bytes" : NULL;
}

static enum err_code
quarantine(struct session *session, const char *sha256, const char *fault, struct check_result *out,
	struct err *err)
{
	struct package_view *all;
	int64_t *ids;
	size_t count, all_count;

	if (db_check_packages_of(session->db, &session->arena, sha256, &ids, &count, err) ||
		package_list(session, NULL, &all, &all_count, err))
		return err->code;
	for (size_t i = 0; i < all_count; i++) {
		const struct package *p = &all[i].package;
		bool holds = false;

		for (size_t k = 0; k < count; k++)
			holds |= ids[k] == p->id;
		if (!holds || (p->state != PACKAGE_PUBLISHED && p->state != PACKAGE_RETIRED))
			continue;
		out->quarantined++;
		if (db_package_set_state(session->db, p->id, PACKAGE_QUARANTINED,
			    arena_printf(&session->arena, "file %.12s %s", sha256, fault), err) ||
			plan_stop_users(session, all[i].product.id, all[i].version.id,
				CAUSE_PACKAGE, session->reason ? session->reason : "", err))
			return err->code;
	}
	return ERR_OK;
}

struct fault {
	const char *sha256, *what;
};

static enum err_code
files_digest(struct session *session, struct fault **ret, size_t *count, struct check_result *out,
	struct err *err)
{
	struct stmt *cursor = db_check_file_cursor(session->db);
	struct fault *list = NULL;
	const char *sha256;
	int64_t size;

	*count = 0;
	while (db_check_file_each(cursor, &sha256, &size, err) == DB_ROW) {
		const char *name = arena_copy(&session->arena, sha256);
		const char *what = fault_of(session, name, size);

		out->files++;
		if (session->progress)
			session->progress(session, "digesting files", out->files, out->files);
		if (!what)
			continue;
		list = arena_room(&session->arena, list, *count, sizeof *list);
		list[(*count)++] = (struct fault){ name, what };
	}
	*ret = list;
	return err->code;
}

static enum err_code
files_check(struct session *session, struct check_result *out, struct err *err)
{
	struct fault *faults;
	size_t count;

	/* Digesting takes long and locks nothing; what follows from it is one short change. */
	if (files_digest(session, &faults, &count, out, err) || !count)
		return err->code;
	if (change_begin(session, err))
		return err->code;
	for (size_t i = 0; i < count && !err->code; i++) {
		find(session, out,
			arena_printf(&session->arena, "artifact %s %s", faults[i].sha256,
				faults[i].what));
		(void)!quarantine(session, faults[i].sha256, faults[i].what, out, err);
	}
	return change_finish(session, err->code, "artifacts",
		arena_printf(&session->arena, "%zu faulty, %" PRId64 " packages quarantined", count,
			out->quarantined),
		err);
}

enum err_code
check_run(struct session *session, bool files, struct check_result *ret, struct err *err)
{
	*ret = (struct check_result){ 0 };
	if (db_check_findings(
		    session->db, &session->arena, &ret->findings, &ret->finding_count, err))
		return err->code;
	ret->damages = ret->finding_count;
	return files ? files_check(session, ret, err) : ERR_OK;
}
