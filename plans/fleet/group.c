#include "plans/fleet/group.h"

#include "core/str.h"
#include "db/device.h"
#include "plans/base/change.h"
#include "plans/fleet/device.h"
#include "plans/rollout/ban.h"
#include "plans/rollout/follow.h"

static enum err_code
member_change(struct session *session, int64_t group, const char *name, bool add, int64_t *stopped,
	struct err *err)
{
	struct following following;
	struct device d;
	bool matters;

	if (db_device_get(session->db, &session->arena, name, &d, err) ||
		follow_group(session, d.product, group, &matters, err) ||
		(matters && follow_begin(session, &d, &following, err)) ||
		(add ? db_member_insert(session->db, group, d.id, err)
		     : db_member_delete(session->db, group, d.id, err)) ||
		(add && ban_device(session, d.id, stopped, err)))
		return err->code;
	return matters ? follow_finish(session, &following, &d, err) : ERR_OK;
}

static enum err_code
group_apply(struct session *session, const char *group, const char *const *names, size_t count,
	bool add, struct err *err)
{
	int64_t id, stopped = 0;

	if (db_group_get(session->db, group, add, &id, err))
		return err->code;
	for (size_t i = 0; i < count; i++)
		if (member_change(session, id, names[i], add, &stopped, err))
			return err->code;
	ban_note(session, stopped);
	return ERR_OK;
}

enum err_code
group_change(struct session *session, const char *group, const char *const *names, size_t count,
	bool add, struct err *err)
{
	if (word_check(WORD_NAME, "group name", group, ERR_USAGE, err) ||
		change_begin(session, err))
		return err->code;
	return change_finish(session, group_apply(session, group, names, count, add, err), group,
		count ? device_names(session, names, count) : "", err);
}

static enum err_code
group_remove(struct session *session, const char *group, struct err *err)
{
	int64_t id;
	bool used;

	if (db_group_get(session->db, group, false, &id, err) ||
		db_group_in_use(session->db, group, &used, err))
		return err->code;
	if (used) {
		err_set(err, ERR_CONFLICT, "cannot remove group '%s'", group);
		return err_why(err, "a plan that has not ended uses it");
	}
	/* Ids come back: a new group must not inherit the gateways of this one. */
	if (db_token_delete(session->db, TOKEN_GATEWAY_GROUP, id, err))
		return err->code;
	return db_group_delete(session->db, id, err);
}

enum err_code
group_drop(struct session *session, const char *group, struct err *err)
{
	if (change_begin(session, err))
		return err->code;
	return change_finish(session, group_remove(session, group, err), group, "", err);
}
