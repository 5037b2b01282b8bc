#include "plans/trust.h"

#include "core/str.h"
#include "plans/text.h"
#include "signing/minisig.h"

static const char *
base_name(struct session *session, const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	size_t length = strlen(name);

	if (str_ends(name, ".pub"))
		length -= 4;
	return arena_copy_n(&session->arena, name, length);
}

static enum err_code
add(struct session *session, const char *product, struct key *key, struct err *err)
{
	struct product p;
	struct key *keys;
	size_t count;

	if (product_get(session->db, product, &p, err) ||
		key_all(session->db, &session->arena, p.id, &keys, &count, err))
		return err->code;
	for (size_t i = 0; i < count; i++)
		if (keys[i].revoked &&
			!memcmp(keys[i].public_key, key->public_key, sizeof key->public_key)) {
			err_set(err, ERR_UNTRUSTED, "cannot trust key '%s'", key->name);
			err_why(err, "it was revoked for product '%s'", p.name);
			return err_fix(err, "otactl key new makes another one");
		}
	key->product = p.id;
	return key_insert(session->db, key, err);
}

enum err_code
trust_add(struct session *session, const char *file, const char *product, struct err *err)
{
	struct public_key parsed;
	struct key key = { 0 };
	const char *name = base_name(session, file);
	char *text;

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
	struct product p = { .name = "" };
	bool found = true;
	size_t n = 0;

	for (;;) {
		struct key *keys;
		size_t some;

		if (product ? product_get(session->db, product, &p, err)
			    : product_next(session->db, arena_copy(&session->arena, p.name), &p,
				      &found, err))
			return err->code;
		if (!found)
			break;
		if (key_all(session->db, &session->arena, p.id, &keys, &some, err))
			return err->code;
		for (size_t i = 0; i < some; i++) {
			list = arena_room(&session->arena, list, n, sizeof *list);
			list[n].product = arena_copy(&session->arena, p.name);
			list[n++].key = keys[i];
		}
		if (product)
			break;
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

static void
judge(struct session *session, struct signature_state *state, const struct key *keys,
	size_t key_count, const uint8_t blake2b[BLAKE2B])
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
		state->trusted = state->valid && !keys[k].revoked &&
				 (!keys[k].not_before || session->now >= keys[k].not_before) &&
				 (!keys[k].not_after || session->now < keys[k].not_after);
	}
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

	if (signature_all(session->db, &session->arena, package->id, &rows, count, err) ||
		key_all(session->db, &session->arena, product->id, &keys, &key_count, err) ||
		package_manifest_text(session->db, &session->arena, package->id, &manifest, err))
		return err->code;
	list = arena_alloc(&session->arena, *count * sizeof *list + 1);
	*enough = 0;
	for (size_t i = 0; i < *count; i++) {
		uint8_t blake2b[BLAKE2B];

		list[i].row = rows[i];
		covered(package, rows[i].position, manifest, blake2b);
		judge(session, &list[i], keys, key_count, blake2b);
		/* One row per key id and one key per key id: the keys are distinct. */
		*enough += rows[i].position < 0 && list[i].trusted;
	}
	*ret = list;
	return ERR_OK;
}

void
trust_export(const struct key *key, bool pem, char *ret)
{
	struct public_key public;
	uint8_t reversed[8];

	str_unhex(key->key_id, reversed, sizeof reversed);
	for (int i = 0; i < 8; i++)
	public.id[i] = reversed[7 - i];
	memcpy(public.key, key->public_key, sizeof public.key);
	if (pem)
		public_key_pem(&public, ret);
	else
		public_key_format(&public, ret);
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

enum err_code
trust_manifest(struct session *session, const char *sha256, const char *signature, const char **ret,
	struct err *err)
{
	struct signature_row *rows;
	const char *manifest, *wanted;
	int64_t id;
	size_t count;

	*ret = NULL;
	if (package_by_manifest(session->db, &session->arena, sha256, &id, &manifest, err) || !id)
		return err->code;
	if (!signature) {
		*ret = manifest;
		return ERR_OK;
	}
	if (signature_all(session->db, &session->arena, id, &rows, &count, err))
		return err->code;
	for (size_t i = 0; i < count && !*ret; i++) {
		wanted = arena_printf(&session->arena, ".%s.minisig", rows[i].key_id);
		if (rows[i].position < 0 &&
			(!strcmp(signature, ".minisig") || !strcmp(signature, wanted)))
			*ret = rows[i].minisig;
	}
	return ERR_OK;
}
