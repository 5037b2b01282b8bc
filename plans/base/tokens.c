#include "plans/base/tokens.h"

enum err_code
tokens_store(
	struct session *session, const struct token_new *what, const char *token, struct err *err)
{
	struct token_new row = *what;
	uint8_t hash[TOKEN_HASH];

	if (session_keys(session, err))
		return err->code;
	token_hash(&session->keys, token, hash);
	row.hash = hash;
	row.created_at = session->now;
	return token_insert(session->db, &row, err);
}

enum err_code
tokens_give(
	struct session *session, const struct device *device, const char *token, struct err *err)
{
	return tokens_store(session,
		&(struct token_new){ .kind = TOKEN_DEVICE, .owner = device->id, .uses = -1 }, token,
		err);
}
