#include "plans/keep/backup.h"

#include "core/str.h"
#include "db/copy.h"
#include "db/plan.h"
#include "plans/base/beside.h"
#include "plans/base/change.h"
#include "plans/base/file.h"
#include "plans/base/high.h"
#include "plans/base/setup.h"
#include "plans/base/store.h"
#include "plans/packages/distrust.h"
#include "plans/rollout/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

enum { IDS_AHEAD = 1000000 };

static void
tell(void *data, int64_t done, int64_t all)
{
	struct session *session = data;

	if (session->progress)
		session->progress(session, "copying", done, all);
}

static bool
folder_sync(struct session *session, const char *file)
{
	int fd = open(file_folder(&session->arena, file), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool synced = fd >= 0 && !fsync(fd);

	if (fd >= 0)
		close(fd);
	return synced;
}

static enum err_code
cannot_write(const char *file, struct err *err)
{
	int error = errno;

	err_set(err, ERR_IO, "cannot write the backup %s", QUOTE(file));
	err_why(err, "%s", strerror(error));
	return err_fix(err, "a file in a folder that can be written and has room");
}

/*
 * A backup takes the place of an older backup and of nothing else: the name of the database, or of
 * a file beside it, is one slip away from that of a backup.
 */
static enum err_code
place_check(struct session *session, const char *file, const char *artifacts, struct err *err)
{
	struct stat st;

	if (beside_check(session, file, err))
		return err->code;
	if (db_copy_check(file, err) == ERR_NOT_FOUND)
		*err = (struct err){ .code = ERR_OK };
	if (err->code || !artifacts || beside_check(session, artifacts, err) ||
		lstat(artifacts, &st) || S_ISDIR(st.st_mode))
		return err->code;
	err_set(err, ERR_CONFLICT, "%s is not written over", QUOTE(artifacts));
	err_why(err, "it exists and is no folder");
	return err_fix(err, "name another file, or move it away");
}

/* Under a name that nobody has; what is not finished goes. */
static enum err_code
copy_to(struct session *session, const char *file, const char *fresh, const char *artifacts,
	int64_t *files, struct err *err)
{
	struct copy_progress progress = { tell, session };

	if (db_copy(session->path, fresh, true, &progress, err) ||
		(artifacts && store_copy(session, session_store(session), artifacts, files, err)))
		return *err->fix ? err->code
				 : err_fix(err,
					   "mend that and take the backup again; an older one is "
					   "as it was");
	if (chmod(fresh, 0640) || rename(fresh, file))
		return cannot_write(file, err);
	return folder_sync(session, file) ? ERR_OK : cannot_write(file, err);
}

enum err_code
backup_make(struct session *session, const char *file, bool with_artifacts, int64_t *files,
	struct err *err)
{
	char *fresh = arena_printf(&session->arena, "%s.XXXXXX", file);
	const char *artifacts =
		with_artifacts ? arena_printf(&session->arena, "%s.artifacts", file) : NULL;
	int fd;

	*files = 0;
	if (place_check(session, file, artifacts, err) || session->dry_run)
		return err->code;
	fd = mkostemp(fresh, O_CLOEXEC);
	if (fd < 0)
		return cannot_write(file, err);
	close(fd);
	if (copy_to(session, file, fresh, artifacts, files, err))
		unlink(fresh);
	return err->code;
}

/*
 * --- adopting -----------------------------------------------------------------------------------
 */

static enum err_code
plans_suspend(struct session *session, struct adoption *out, struct err *err)
{
	struct product *products;
	size_t product_count;

	if (db_product_all(session->db, &session->arena, NULL, &products, &product_count, err))
		return err->code;
	for (size_t p = 0; p < product_count; p++) {
		struct plan *plans;
		size_t count;

		if (db_plan_running(session->db, &session->arena, products[p].id, &plans, &count,
			    NULL, err))
			return err->code;
		for (size_t i = 0; i < count; i++) {
			if (plans[i].state != PLAN_ACTIVE)
				continue;
			change_note(session, "plan", NULL, plans[i].name);
			str_copy(plans[i].reason, sizeof plans[i].reason, session->reason);
			if (plan_stop(session, &plans[i], PLAN_SUSPENDED, CAUSE_RESTORE, err))
				return err->code;
			out->suspended++;
		}
	}
	return ERR_OK;
}

static enum err_code
key_again(struct session *session, const struct product *product, const struct revoked_key *revoked,
	struct adoption *out, struct err *err)
{
	struct distrust unused = { 0, 0 };
	struct key *keys, key = { .product = product->id };
	size_t count;

	if (db_key_all(session->db, &session->arena, product->id, &keys, &count, err))
		return err->code;
	for (size_t i = 0; i < count; i++) {
		if (memcmp(keys[i].public_key, revoked->key, sizeof revoked->key) != 0)
			continue;
		if (keys[i].revoked)
			return ERR_OK;
		out->revoked++;
		return distrust_key(session, product->name, &keys[i], &unused, err);
	}
	/* The copy has never heard of it: it must not be trusted in the future, either. */
	if (strlen(revoked->key_id) >= sizeof key.key_id || !word_is(WORD_NAME, revoked->name))
		return ERR_OK;
	str_copy(key.name, sizeof key.name, revoked->name);
	str_copy(key.key_id, sizeof key.key_id, revoked->key_id);
	memcpy(key.public_key, revoked->key, sizeof key.public_key);
	out->revoked++;
	if (db_key_insert(session->db, &key, err))
		return err->code;
	return db_key_revoke(session->db, db_last_id(session->db), err);
}

/* Products and components that the copy lacks have nothing to protect. */
static enum err_code
high_apply(struct session *session, const struct high *high, struct adoption *out, struct err *err)
{
	struct product *products;
	size_t count;

	if (db_product_all(session->db, &session->arena, NULL, &products, &count, err))
		return err->code;
	for (size_t p = 0; p < count; p++) {
		struct component *components;
		size_t some;

		for (size_t i = 0; i < high->revoked_count; i++)
			if (!strcmp(high->revoked[i].product, products[p].name) &&
				key_again(session, &products[p], &high->revoked[i], out, err))
				return err->code;
		if (db_component_all(
			    session->db, &session->arena, products[p].id, &components, &some, err))
			return err->code;
		for (size_t c = 0; c < some; c++)
			for (size_t i = 0; i < high->counter_count; i++)
				if (!strcmp(high->counters[i].product, products[p].name) &&
					!strcmp(high->counters[i].component,
						components[c].identity) &&
					db_component_raise(session->db, components[c].id,
						high->counters[i].counter, err))
					return err->code;
	}
	return ERR_OK;
}

static enum err_code
adopt(struct session *session, bool restored, struct adoption *out, struct err *err)
{
	struct high high = { .epoch = 0 };
	struct fleet fleet;
	int64_t next;
	bool found = false;

	if (db_fleet_get(session->db, &fleet, err))
		return err->code;
	if (!restored && !high_fault(session, &fleet)) {
		err_set(err, ERR_CONFLICT, "there is nothing to adopt");
		return err_why(err, "the database is the one that belongs here");
	}
	/* A damaged file protects nothing any more; who adopts says so. */
	if (high_read(session, &high, &found, err) == ERR_INPUT)
		*err = ERR_NONE;
	if (err->code || (found && high_apply(session, &high, out, err)))
		return err->code;
	out->generation =
		1 + (high.generation > fleet.generation ? high.generation : fleet.generation);
	next = fleet.next_execution + IDS_AHEAD;
	change_note_int(session, "generation", fleet.generation, out->generation);
	if (db_fleet_adopt(session->db, out->generation,
		    high.epoch > fleet.epoch ? high.epoch : fleet.epoch,
		    next < INT32_MAX ? next : fleet.next_execution, err))
		return err->code;
	return plans_suspend(session, out, err);
}

static enum err_code
adopt_change(struct session *session, bool restored, struct adoption *ret, struct err *err)
{
	*ret = (struct adoption){ 0 };
	session->adopting = true;
	if (!change_begin(session, err)) {
		(void)!adopt(session, restored, ret, err);
		change_note_int(session, "keys revoked again", 0, ret->revoked);
		change_note_int(session, "plans suspended", 0, ret->suspended);
		(void)!change_finish(session, err->code, "database", NULL, err);
	}
	session->adopting = false;
	return err->code;
}

enum err_code
backup_adopt(struct session *session, struct adoption *ret, struct err *err)
{
	if (change_needs_reason(session, err))
		return err->code;
	return adopt_change(session, false, ret, err);
}

/*
 * --- restoring ----------------------------------------------------------------------------------
 */

/* A database that comes without its token key gets a new one. */
static enum err_code
key_make(struct session *session, struct err *err)
{
	if (access(arena_printf(&session->arena, "%s.token-key", session->path), F_OK))
		return setup_token_key(session, err);
	return ERR_OK;
}

enum err_code
backup_restore(struct session *session, const char *file, struct adoption *ret, int64_t *files,
	struct err *err)
{
	struct copy_progress progress = { tell, session };
	const char *artifacts = arena_printf(&session->arena, "%s.artifacts", file);

	*files = 0;
	*ret = (struct adoption){ 0 };
	if (change_needs_reason(session, err))
		return err->code;
	if (beside_is_own(session, file)) {
		err_set(err, ERR_CONFLICT, "cannot restore from %s", QUOTE(file));
		err_why(err, "it is the database in use, or a file that belongs to it");
		return err_fix(err, "name the backup");
	}
	/* A damaged backup must not take the place of anything. */
	if (db_examine(file, err) || session->dry_run)
		return err->code;
	if ((access(session->path, F_OK) && db_create(session->path, err)) ||
		db_copy(file, session->path, false, &progress, err) || key_make(session, err) ||
		(!access(artifacts, F_OK) &&
			store_copy(session, artifacts, session_store(session), files, err)) ||
		session_open(session, DB_WRITE, err))
		return err->code;
	return adopt_change(session, true, ret, err);
}
