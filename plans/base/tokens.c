#include "plans/base/tokens.h"

#include "core/limits.h"
#include "core/str.h"

enum err_code
tokens_check(const char *token, struct err *err)
{
	size_t length = strlen(token);

	if (length >= LIMIT_TOKEN_MIN && length <= LIMIT_TOKEN && str_printable(token, length) &&
		!strchr(token, ' '))
		return ERR_OK;
	err_set(err, ERR_INPUT, "this token is not acceptable");
	return err_why(
		err, "it must be %d to %d printable characters", LIMIT_TOKEN_MIN, LIMIT_TOKEN);
}

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
	return db_token_insert(session->db, &row, err);
}

enum err_code
tokens_give(
	struct session *session, const struct device *device, const char *token, struct err *err)
{
	return tokens_store(session,
		&(struct token_new){ .kind = TOKEN_DEVICE, .owner = device->id, .uses = -1 }, token,
		err);
}
