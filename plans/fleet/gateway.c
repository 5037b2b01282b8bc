#include "plans/fleet/gateway.h"

#include "core/str.h"
#include "db/product.h"
#include "plans/base/change.h"
#include "plans/base/tokens.h"

static enum err_code
find(struct session *session, const char *name, bool *found, struct err *err)
{
	struct gateway *list;
	size_t count;

	*found = false;
	if (db_gateway_all(session->db, &session->arena, &list, &count, err))
		return err->code;
	for (size_t i = 0; i < count; i++)
		*found |= !strcmp(list[i].name, name);
	return ERR_OK;
}

static enum err_code
create(struct session *session, const struct gateway_new *new, const char *token, struct err *err)
{
	struct token_new row = { .name = new->name,
		.created_at = session->now,
		.expires_at = new->until_at,
		.uses = -1 };
	struct product product;
	bool found;

	if (find(session, new->name, &found, err))
		return err->code;
	if (found) {
		err_set(err, ERR_CONFLICT, "there is a gateway '%s' already", new->name);
		return err_fix(err, "otactl gateway remove %s ends its token", new->name);
	}
	if (new->product) {
		if (db_product_get(session->db, new->product, &product, err))
			return err->code;
		row.kind = TOKEN_GATEWAY_PRODUCT;
		row.owner = product.id;
	} else {
		if (db_group_get(session->db, new->group, false, &row.owner, err))
			return err->code;
		row.kind = TOKEN_GATEWAY_GROUP;
	}
	return tokens_store(session, &row, token, err);
}

enum err_code
gateway_create(struct session *session, const struct gateway_new *new, char *token, struct err *err)
{
	if (word_check(WORD_NAME, "gateway name", new->name, ERR_USAGE, err))
		return err->code;
	if (!new->product == !new->group)
		return err_set(err, ERR_USAGE, "a gateway acts for --product or --group");
	token_new(token);
	if (change_begin(session, err))
		return err->code;
	return change_finish(session, create(session, new, token, err), new->name,
		arena_printf(&session->arena, "%s %s", new->product ? "product" : "group",
			new->product ? new->product : new->group),
		err);
}

static enum err_code
drop(struct session *session, const char *name, struct err *err)
{
	bool found;

	if (find(session, name, &found, err))
		return err->code;
	if (found)
		return db_gateway_delete(session->db, name, err);
	err_set(err, ERR_NOT_FOUND, "there is no gateway '%s'", QUOTE(name));
	return err_fix(err, "otactl gateway list shows all");
}

enum err_code
gateway_drop(struct session *session, const char *name, struct err *err)
{
	if (change_begin(session, err))
		return err->code;
	return change_finish(session, drop(session, name, err), name, NULL, err);
}
