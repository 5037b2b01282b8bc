#include "plans/packages/distrust.h"

#include "core/str.h"
#include "plans/base/change.h"
#include "plans/packages/find.h"
#include "plans/packages/trust.h"
#include "plans/rollout/stop.h"

#include <inttypes.h>

/* Judge every package of a product anew: who lost a needed signature is offered to nobody. */
static enum err_code
packages_judge(struct session *session, const char *product, const char *key, struct distrust *ret,
	struct err *err)
{
	struct package_view *list;
	size_t count;

	if (package_list(session, product, &list, &count, err))
		return err->code;
	for (size_t i = 0; i < count; i++) {
		const struct package *p = &list[i].package;
		bool usable = p->state == PACKAGE_PUBLISHED || p->state == PACKAGE_RETIRED;
		struct signature_state *states;
		int64_t enough;
		size_t n;

		if (trust_judge(session, &list[i].product, p, &states, &n, &enough, err) ||
			db_package_set_signatures(session->db, p->id, enough, err))
			return err->code;
		if (!usable || enough >= list[i].product.signatures)
			continue;
		ret->quarantined++;
		if (db_package_set_state(session->db, p->id, PACKAGE_QUARANTINED,
			    arena_printf(&session->arena, "key %s is not trusted any more", key),
			    err) ||
			plan_stop_users(session, list[i].product.id, list[i].version.id, CAUSE_KEY,
				session->reason ? session->reason : "", err))
			return err->code;
	}
	return ERR_OK;
}

enum err_code
distrust_key(struct session *session, const char *product, const struct key *key,
	struct distrust *ret, struct err *err)
{
	ret->keys++;
	if (db_key_revoke(session->db, key->id, err))
		return err->code;
	return packages_judge(session, product, key->name, ret, err);
}

static enum err_code
withdraw(struct session *session, const char *name, const char *product, bool revoke,
	struct distrust *ret, struct err *err)
{
	struct trust_row *list;
	size_t count;
	bool known = false;

	if (trust_list(session, product, &list, &count, err))
		return err->code;
	for (size_t i = 0; i < count; i++) {
		const struct key *key = &list[i].key;

		if (strcmp(key->name, name) != 0 && strcmp(key->key_id, name) != 0)
			continue;
		known = true;
		if (key->revoked)
			continue;
		ret->keys++;
		if ((revoke ? db_key_revoke(session->db, key->id, err)
			    : db_key_remove(session->db, key->id, err)) ||
			packages_judge(session, list[i].product, key->name, ret, err))
			return err->code;
	}
	if (ret->keys)
		return ERR_OK;
	if (known) {
		err_set(err, ERR_CONFLICT, "key '%s' is revoked already", QUOTE(name));
		return err_why(
			err, "a revoked key stays in the list, so that nobody trusts it again");
	}
	err_set(err, ERR_NOT_FOUND, "there is no trusted key '%s'", QUOTE(name));
	return err_fix(err, "otactl key list shows all");
}

static enum err_code
change(struct session *session, const char *key, const char *product, bool revoke,
	struct distrust *ret, struct err *err)
{
	*ret = (struct distrust){ 0 };
	if (change_begin(session, err))
		return err->code;
	(void)!withdraw(session, key, product, revoke, ret, err);
	return change_finish(session, err->code, key,
		arena_printf(&session->arena, "product %s, %" PRId64 " packages quarantined",
			product ? QUOTE(product) : "all", ret->quarantined),
		err);
}

enum err_code
key_revoke_trust(struct session *session, const char *key, const char *product,
	struct distrust *ret, struct err *err)
{
	if (change_needs_reason(session, err))
		return err->code;
	return change(session, key, product, true, ret, err);
}

enum err_code
key_untrust(struct session *session, const char *key, const char *product, struct distrust *ret,
	struct err *err)
{
	return change(session, key, product, false, ret, err);
}
