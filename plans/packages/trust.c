#include "plans/packages/trust.h"

#include "core/moment.h"
#include "core/str.h"
#include "plans/base/change.h"
#include "plans/base/file.h"
#include "signing/minisig.h"

static const char *
base_name(struct session *session, const char *path)
{
	const char *name = file_base(path);
	size_t length = strlen(name);

	if (str_ends(name, ".pub"))
		length -= 4;
	return arena_copy_n(&session->arena, name, length);
}

/* The key with these bytes, or the one that has the same id; NULL when there is none. */
static const struct key *
same_key(const struct key *keys, size_t count, const struct key *key, bool by_id)
{
	for (size_t i = 0; i < count; i++)
		if (by_id ? !strcmp(keys[i].key_id, key->key_id)
			  : !memcmp(keys[i].public_key, key->public_key, sizeof key->public_key))
			return &keys[i];
	return NULL;
}

static const char *
date(struct session *session, int64_t at)
{
	char text[MOMENT_TEXT];

	return at ? arena_copy(&session->arena, moment_format(at, text)) : "open";
}

static enum err_code
set_dates(struct session *session, const struct key *old, const struct key *key, struct err *err)
{
	if (old->not_before == key->not_before && old->not_after == key->not_after) {
		err_set(err, ERR_CONFLICT, "key '%s' is trusted already", old->name);
		return err_why(err, "with these dates");
	}
	change_note(
		session, "from", date(session, old->not_before), date(session, key->not_before));
	change_note(session, "until", date(session, old->not_after), date(session, key->not_after));
	return db_key_set_dates(session->db, old->id, key->not_before, key->not_after, err);
}

static enum err_code
add(struct session *session, const char *product, struct key *key, struct err *err)
{
	const struct key *old;
	struct product p;
	struct key *keys;
	size_t count;

	if (db_product_get(session->db, product, &p, err) ||
		db_key_all(session->db, &session->arena, p.id, &keys, &count, err))
		return err->code;
	old = same_key(keys, count, key, false);
	if (old && old->revoked) {
		err_set(err, ERR_UNTRUSTED, "cannot trust key '%s'", key->name);
		err_why(err, "it was revoked for product '%s'", p.name);
		return err_fix(err, "otactl key new makes another one");
	}
	if (old)
		return set_dates(session, old, key, err);
	if (same_key(keys, count, key, true)) {
		err_set(err, ERR_CONFLICT, "cannot trust key '%s'", key->name);
		return err_why(err, "another trusted key has its id %s", key->key_id);
	}
	key->product = p.id;
	change_note(session, "until", NULL, key->not_after ? date(session, key->not_after) : NULL);
	return db_key_insert(session->db, key, err);
}

enum err_code
trust_add(struct session *session, const char *file, const char *product, int64_t from,
	int64_t until, struct err *err)
{
	struct public_key parsed;
	struct key key = { .not_before = from, .not_after = until };
	const char *name = base_name(session, file);
	char *text;

	if (until && until <= from)
		return err_set(err, ERR_USAGE, "--until must lie behind --from");
	if (text_read(&session->arena, file, PUBLIC_KEY_TEXT * 4, &text, NULL, err) ||
		public_key_parse(text, &parsed, err) ||
		word_check(WORD_NAME, "key name", name, ERR_USAGE, err))
		return err->code;
	str_copy(key.name, sizeof key.name, name);
	minisig_key_id(parsed.id, key.key_id);
	memcpy(key.public_key, parsed.key, sizeof key.public_key);
	if (change_begin(session, err))
		return err->code;
	return change_finish(session, add(session, product, &key, err), product,
		arena_printf(&session->arena, "key %s %s", key.name, key.key_id), err);
}

enum err_code
trust_list(struct session *session, const char *product, struct trust_row **ret, size_t *count,
	struct err *err)
{
	struct trust_row *list = NULL;
	struct product *products;
	size_t product_count, n = 0;

	if (db_product_all(session->db, &session->arena, product, &products, &product_count, err))
		return err->code;
	for (size_t p = 0; p < product_count; p++) {
		struct key *keys;
		size_t some;

		if (db_key_all(session->db, &session->arena, products[p].id, &keys, &some, err))
			return err->code;
		for (size_t i = 0; i < some; i++) {
			list = arena_room(&session->arena, list, n, sizeof *list);
			list[n].product = products[p].name;
			list[n++].key = keys[i];
		}
	}
	*ret = list;
	*count = n;
	return ERR_OK;
}

/* The BLAKE2b-512 that a signature of this row must cover. */
static void
covered(const struct package *package, int position, const char *manifest, uint8_t ret[BLAKE2B])
{
	memset(ret, 0, BLAKE2B);
	if (position < 0)
		minisig_blake2b(manifest, strlen(manifest), ret);
	for (size_t i = 0; position >= 0 && i < package->file_count; i++)
		if (package->files[i].position == position)
			str_unhex(package->files[i].blake2b, ret, BLAKE2B);
}

static bool
in_dates(const struct key *key, int64_t now)
{
	return (!key->not_before || now >= key->not_before) &&
	       (!key->not_after || now < key->not_after);
}

static void
judge(struct session *session, struct signature_state *state, const struct key *keys,
	size_t key_count, const uint8_t blake2b[BLAKE2B], bool dated)
{
	struct minisig sig;
	struct err ignored;

	if (minisig_parse(state->row.minisig, &sig, &ignored))
		return;
	for (size_t k = 0; k < key_count && !state->valid; k++) {
		struct public_key key;

		if (strcmp(keys[k].key_id, state->row.key_id) != 0)
			continue;
		memcpy(key.id, sig.id, sizeof key.id);
		memcpy(key.key, keys[k].public_key, sizeof key.key);
		state->valid = minisig_verify(&sig, &key, blake2b);
		state->key_name = arena_copy(&session->arena, keys[k].name);
		state->revoked = keys[k].revoked;
		if (state->valid)
			memcpy(state->comment, sig.comment, sizeof state->comment);
		state->trusted = state->valid && !keys[k].revoked &&
				 (!dated || in_dates(&keys[k], session->now));
	}
}

enum err_code
trust_place(struct session *session, const struct product *product, const struct package *package,
	const char *minisig, struct signature_row *ret, struct err *err)
{
	struct signature_state state = { .row = { .minisig = minisig } };
	struct minisig sig;
	const char *manifest;
	struct key *keys;
	size_t count;

	if (minisig_parse(minisig, &sig, err) ||
		db_key_all(session->db, &session->arena, product->id, &keys, &count, err) ||
		db_package_manifest_text(session->db, &session->arena, package->id, &manifest, err))
		return err->code;
	minisig_key_id(sig.id, state.row.key_id);
	for (int position = -1; position < (int)package->file_count && !state.valid; position++) {
		uint8_t blake2b[BLAKE2B];

		covered(package, position, manifest, blake2b);
		judge(session, &state, keys, count, blake2b, false);
		state.row.position = position;
	}
	*ret = state.row;
	/* What covers nothing is taken for a manifest's, and refused as that. */
	if (!state.valid)
		ret->position = -1;
	return ERR_OK;
}

enum err_code
trust_judge(struct session *session, const struct product *product, const struct package *package,
	struct signature_state **ret, size_t *count, int64_t *enough, struct err *err)
{
	struct signature_row *rows;
	struct signature_state *list;
	struct key *keys;
	const char *manifest;
	size_t key_count;

	if (db_signature_all(session->db, &session->arena, package->id, &rows, count, err) ||
		db_key_all(session->db, &session->arena, product->id, &keys, &key_count, err) ||
		db_package_manifest_text(session->db, &session->arena, package->id, &manifest, err))
		return err->code;
	list = arena_alloc(&session->arena, *count * sizeof *list + 1);
	*enough = 0;
	for (size_t i = 0; i < *count; i++) {
		uint8_t blake2b[BLAKE2B];

		list[i].row = rows[i];
		covered(package, rows[i].position, manifest, blake2b);
		judge(session, &list[i], keys, key_count, blake2b,
			package->state == PACKAGE_DRAFT || package->state == PACKAGE_QUARANTINED);
		/* One row per key id and one key per key id: the keys are distinct. */
		*enough += rows[i].position < 0 && list[i].trusted;
	}
	*ret = list;
	return ERR_OK;
}

void
trust_export(const struct key *key, bool pem, char *ret)
{
	struct public_key half;
	uint8_t reversed[8];

	str_unhex(key->key_id, reversed, sizeof reversed);
	for (int i = 0; i < 8; i++)
		half.id[i] = reversed[7 - i];
	memcpy(half.key, key->public_key, sizeof half.key);
	if (pem)
		public_key_pem(&half, ret);
	else
		public_key_format(&half, ret);
}

enum err_code
trust_verify(struct session *session, const void *data, size_t size, const char *signature,
	struct trust_row *ret, struct err *err)
{
	char key_id[KEY_ID_HEX];
	uint8_t blake2b[BLAKE2B];
	struct trust_row *keys;
	struct minisig sig;
	size_t count = 0;

	if (minisig_parse(signature, &sig, err) || trust_list(session, NULL, &keys, &count, err))
		return err->code;
	minisig_blake2b(data, size, blake2b);
	minisig_key_id(sig.id, key_id);
	for (size_t i = 0; i < count; i++) {
		struct public_key key;

		memcpy(key.id, sig.id, sizeof key.id);
		memcpy(key.key, keys[i].key.public_key, sizeof key.key);
		if (!strcmp(keys[i].key.key_id, key_id) && !keys[i].key.revoked &&
			minisig_verify(&sig, &key, blake2b)) {
			*ret = keys[i];
			return ERR_OK;
		}
	}
	err_set(err, ERR_UNTRUSTED, "the signature does not verify");
	return err_why(err, "no key of the trust store with id %s signed these bytes", key_id);
}
