#include "plans/door/authenticate.h"

#include "core/str.h"
#include "db/device.h"
#include "db/product.h"
#include "plans/base/now.h"
#include "plans/base/tokens.h"
#include "plans/rollout/catalog.h"
#include "plans/rollout/enrol.h"
#include "plans/rollout/load.h"

static enum err_code
refuse(struct err *err)
{
	return err_set(err, ERR_UNTRUSTED, "unknown device or wrong token");
}

/* The token that matches, compared with all of them in constant time; NULL when none does. */
static const struct token_row *
token_match(struct session *session, const struct token_row *rows, size_t count, const char *token)
{
	const struct token_row *ret = NULL;
	uint8_t hash[TOKEN_HASH];

	token_hash(&session->keys, token ? token : "", hash);
	for (size_t i = 0; i < count; i++)
		if (token_equal(rows[i].hash, hash) && rows[i].uses != 0 &&
			(!rows[i].expires_at || session->now < rows[i].expires_at))
			ret = &rows[i];
	return token ? ret : NULL;
}

/* Without credentials of its own: a gateway may act for it, or the product asks for none. */
static enum err_code
stranger(struct session *session, const struct entry *entry, const char *token, struct err *err)
{
	struct token_row *rows;
	bool open;
	size_t count;

	if (db_gateway_tokens(session->db, &session->arena, entry->device.product, entry->device.id,
		    &rows, &count, &open, err))
		return err->code;
	return token_match(session, rows, count, token) || open ? ERR_OK : refuse(err);
}

enum err_code
authenticate_device(struct session *session, const char *name,
	const struct credentials *credentials, struct device *ret, struct err *err)
{
	const struct catalog *catalog = NULL;
	struct entry entry = { .found = false };
	bool token, certificate;

	if (session_keys(session, err) ||
		db_device_entry(session->db, &session->arena, name, &entry, err))
		return err->code;
	session->fleet = entry.fleet;
	session->has_fleet = session->reading;
	now_trust(session, &entry.fleet);
	/*
	 * For an unknown device all of this is done with another one in its place: the same
	 * statements, rows and hashes.  The catalog is loaded only for who is let in.
	 */
	token = token_match(session, entry.tokens, entry.token_count, credentials->token);
	certificate =
		entry.found && credentials->certificate && !strcmp(credentials->certificate, name);
	if (!token && !certificate && stranger(session, &entry, credentials->token, err))
		return err->code;
	if (!entry.found)
		return refuse(err);
	if (entry.fleet.recount)
		return err_set(err, ERR_BUSY, "the plans are counted anew after a migration");
	*ret = entry.device;
	if (certificate && !credentials->product)
		return ERR_OK;
	if (catalog_get(session, &entry.fleet, entry.device.product, &catalog, err))
		return err->code;
	if (credentials->product && strcmp(credentials->product, catalog->product.name) != 0)
		return refuse(err);
	return catalog->product.auth == AUTH_CERTIFICATE && !certificate ? refuse(err) : ERR_OK;
}

static enum err_code
enrolment_product(struct session *session, const char *token, struct product *ret,
	struct token_row *used, bool *found, struct err *err)
{
	struct product *products;
	size_t product_count;

	*found = false;
	if (db_product_all(session->db, &session->arena, NULL, &products, &product_count, err))
		return err->code;
	for (size_t p = 0; p < product_count; p++) {
		struct token_row rows[TOKENS_MAX];
		const struct token_row *match;
		size_t count;

		if (db_token_all(session->db, TOKEN_ENROLMENT, products[p].id, rows, &count, err))
			return err->code;
		match = token_match(session, rows, count, token);
		if (products[p].enrol && match) {
			*ret = products[p];
			*used = *match;
			*found = true;
		}
	}
	return ERR_OK;
}

static enum err_code
enrol(struct session *session, const char *name, const char *token, const struct pairs *components,
	const char *new_token, struct err *err)
{
	struct product product = { 0 };
	struct enrolment enrolment;
	struct device former,
		device = { .labels = "", .attributes = "", .enrolled_at = session->now };
	struct token_row used;
	bool found;

	if (enrolment_product(session, token, &product, &used, &found, err))
		return err->code;
	if (!found)
		return refuse(err);
	if (db_device_find(session->db, &session->arena, name, &former, &found, err))
		return err->code;
	/* A device that is known already keeps its token: else anybody with the enrolment token
	 * could take its place. */
	if (found && !former.retired_at) {
		err_set(err, ERR_CONFLICT, "the device is enrolled already");
		return err_fix(err, "otactl device token gives it a new token");
	}
	device.product = product.id;
	str_copy(device.name, sizeof device.name, name);
	device.components = pairs_format(&session->arena, components);
	if (enrol_begin(session, product.id, &enrolment, err) ||
		enrol_add(&enrolment, &device, err) || enrol_count(&enrolment, &device, err) ||
		db_token_use(session->db, TOKEN_ENROLMENT, product.id, used.hash, err))
		return err->code;
	return tokens_give(session, &device, new_token, err);
}

enum err_code
authenticate_enrol(struct session *session, const char *name, const char *token,
	const struct pairs *components, char *token_out, struct err *err)
{
	token_new(token_out);
	if (session_keys(session, err) || session_write_begin(session, err))
		return err->code;
	return db_finish(session->db, enrol(session, name, token, components, token_out, err), err);
}
