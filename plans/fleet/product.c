#include "plans/fleet/product.h"

#include "core/moment.h"
#include "core/str.h"
#include "db/device.h"
#include "db/fleet.h"
#include "plans/base/change.h"
#include "plans/base/tokens.h"

#include <inttypes.h>

#define EXTENSIONS                                                                                 \
	".bin .zip .rar .pack .mini_1 .mini_2 .py .tar .tar.gz .s19 .bin_1 .bin_2 .swu .raucb"

static enum err_code
bad_word(struct err *err, const char *option, const char *value, const char *allowed)
{
	err_set(err, ERR_USAGE, "cannot set %s to '%s'", option, QUOTE(value));
	return err_why(err, "it must be %s", allowed);
}

static enum err_code
apply(struct product *p, const struct product_change *change, struct err *err)
{
	if (change->auth) {
		int auth = WORD_INDEX(auth_words, change->auth);

		if (auth < 0)
			return bad_word(err, "--auth", change->auth, "token, certificate or none");
		p->auth = (enum auth_mode)auth;
	}
	if (change->unknown_devices) {
		if (strcmp(change->unknown_devices, "enrol") != 0 &&
			strcmp(change->unknown_devices, "refuse") != 0)
			return bad_word(err, "--unknown-devices", change->unknown_devices,
				"refuse or enrol");
		p->enrol = change->unknown_devices[0] == 'e';
	}
	if (change->extensions) {
		if (strlen(change->extensions) >= sizeof p->extensions ||
			*change->extensions != '.' ||
			!str_printable(change->extensions, strlen(change->extensions)))
			return bad_word(err, "--extensions", change->extensions,
				"a list such as '.bin .tar.gz'");
		str_copy(p->extensions, sizeof p->extensions, change->extensions);
	}
	if (change->languages) {
		if (strlen(change->languages) >= sizeof p->languages ||
			strspn(change->languages,
				"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				"0123456789- ") != strlen(change->languages))
			return bad_word(err, "--languages", change->languages,
				"a list of BCP 47 tags such as 'en zh'");
		str_copy(p->languages, sizeof p->languages, change->languages);
	}
	if (change->signatures >= 0)
		p->signatures = change->signatures;
	if (change->max_files >= 0)
		p->max_files = change->max_files;
	if (change->max_file_mb >= 0)
		p->max_file_mb = change->max_file_mb;
	return ERR_OK;
}

static enum err_code
enrolment(struct session *session, const struct product *p, const struct product_change *change,
	char *token, struct err *err)
{
	char until[MOMENT_TEXT];

	if (!change->enrolment_token) {
		if (!change->enrolment_uses && !change->enrolment_until_at)
			return ERR_OK;
		err_set(err, ERR_USAGE, "nothing to limit");
		return err_fix(err, "--enrolment-token makes the token that is limited");
	}
	if (db_token_delete(session->db, TOKEN_ENROLMENT, p->id, err))
		return err->code;
	token_new(token);
	if (change->enrolment_until_at)
		change_note(session, "enrolment until", NULL,
			moment_format(change->enrolment_until_at, until));
	if (change->enrolment_uses)
		change_note(session, "enrolment uses", NULL,
			arena_printf(&session->arena, "%" PRId64, change->enrolment_uses));
	return tokens_store(session,
		&(struct token_new){ .kind = TOKEN_ENROLMENT,
			.owner = p->id,
			.expires_at = change->enrolment_until_at,
			.uses = change->enrolment_uses ? change->enrolment_uses : -1 },
		token, err);
}

static const char *
describe(struct session *session, const struct product *p)
{
	return arena_printf(&session->arena,
		"auth=%s unknown-devices=%s signatures=%" PRId64 " max-files=%" PRId64 " "
		"max-file-mb=%" PRId64 " extensions='%s' languages='%s'",
		auth_words[p->auth], p->enrol ? "enrol" : "refuse", p->signatures, p->max_files,
		p->max_file_mb, p->extensions, p->languages);
}

static enum err_code
create(struct session *session, struct product *p, const struct product_change *change, char *token,
	struct err *err)
{
	if (db_product_insert(session->db, p, err))
		return err->code;
	return enrolment(session, p, change, token, err);
}

enum err_code
product_create(struct session *session, const char *name, const struct product_change *change,
	char *token, struct err *err)
{
	struct product p = { .auth = AUTH_TOKEN,
		.signatures = 1,
		.max_files = LIMIT_FILES,
		.max_file_mb = LIMIT_FILE_MB,
		.extensions = EXTENSIONS,
		.languages = "en zh" };

	if (word_check(WORD_NAME, "product name", name, ERR_USAGE, err) || apply(&p, change, err))
		return err->code;
	str_copy(p.name, sizeof p.name, name);
	if (change_begin(session, err))
		return err->code;
	return change_finish(
		session, create(session, &p, change, token, err), name, describe(session, &p), err);
}

static void
note(struct session *session, const struct product *old, const struct product *new)
{
	change_note(session, "auth", auth_words[old->auth], auth_words[new->auth]);
	change_note(session, "unknown devices", old->enrol ? "enrol" : "refuse",
		new->enrol ? "enrol" : "refuse");
	change_note_int(session, "signatures", old->signatures, new->signatures);
	change_note_int(session, "max files", old->max_files, new->max_files);
	change_note_int(session, "max file MB", old->max_file_mb, new->max_file_mb);
	change_note(session, "extensions", old->extensions, new->extensions);
	change_note(session, "languages", old->languages, new->languages);
}

enum err_code
product_change(struct session *session, const char *name, const struct product_change *change,
	char *token, struct err *err)
{
	struct product old, p;

	if (change_begin(session, err))
		return err->code;
	if (db_product_get(session->db, name, &p, err))
		return change_finish(session, err->code, name, NULL, err);
	old = p;
	if (!apply(&p, change, err) && !db_product_update(session->db, &p, err) &&
		!enrolment(session, &p, change, token, err))
		note(session, &old, &p);
	return change_finish(session, err->code, name,
		change->enrolment_token ? "new enrolment token" : NULL, err);
}

static enum err_code
drop(struct session *session, const char *name, struct err *err)
{
	struct product p;

	if (db_product_get(session->db, name, &p, err) ||
		db_token_delete(session->db, TOKEN_ENROLMENT, p.id, err) ||
		db_token_delete(session->db, TOKEN_GATEWAY_PRODUCT, p.id, err))
		return err->code;
	if (db_product_delete(session->db, p.id, err) == ERR_CONFLICT) {
		err_set(err, ERR_CONFLICT, "cannot remove product '%s'", p.name);
		err_why(err, "it has components, keys, devices or plans");
	}
	return err->code;
}

enum err_code
product_drop(struct session *session, const char *name, struct err *err)
{
	if (change_begin(session, err))
		return err->code;
	return change_finish(session, drop(session, name, err), name, "", err);
}

/* Take over what was given. */
static enum err_code
component_take(struct component *c, const struct component_change *change, struct err *err)
{
	if (change->type) {
		int type = WORD_INDEX(type_words, change->type);

		if (type < 0)
			return bad_word(err, "--type", change->type, "module, mcu or app");
		c->type = (enum component_type)type;
	}
	if (change->chip) {
		if (*change->chip &&
			(strlen(change->chip) > LIMIT_CHIP || !word_is(WORD_NAME, change->chip)))
			return bad_word(err, "--chip", change->chip,
				"a name such as esp32s3, of at most 15 characters");
		str_copy(c->chip, sizeof c->chip, change->chip);
	}
	if (change->slot_size >= 0)
		c->slot_size = change->slot_size;
	return ERR_OK;
}

static enum err_code
component_make(struct session *session, const char *product, struct component *c,
	const struct component_change *change, struct err *err)
{
	struct product p;

	if (db_product_get(session->db, product, &p, err) || component_take(c, change, err))
		return err->code;
	c->product = p.id;
	return db_component_insert(session->db, c, err);
}

enum err_code
component_create(struct session *session, const char *product, const char *identity,
	const struct component_change *change, struct err *err)
{
	struct component c = { .type = TYPE_MCU };

	if (word_check(WORD_IDENTITY, "component identity", identity, ERR_USAGE, err))
		return err->code;
	str_copy(c.identity, sizeof c.identity, identity);
	if (change_begin(session, err))
		return err->code;
	return change_finish(session, component_make(session, product, &c, change, err),
		arena_printf(&session->arena, "%s/%s", QUOTE(product), identity), change->type,
		err);
}

static enum err_code
component_get_by_name(struct session *session, const char *product, const char *identity,
	struct component *ret, struct err *err)
{
	struct product p;

	if (db_product_get(session->db, product, &p, err))
		return err->code;
	return db_component_get(session->db, &p, identity, ret, err);
}

static enum err_code
component_apply(struct session *session, const char *product, const char *identity,
	const struct component_change *change, struct err *err)
{
	struct component old = { 0 }, c;

	if (component_get_by_name(session, product, identity, &old, err))
		return err->code;
	c = old;
	if (component_take(&c, change, err))
		return err->code;
	change_note(session, "type", type_words[old.type], type_words[c.type]);
	change_note(session, "chip", old.chip, c.chip);
	change_note_int(session, "slot size", old.slot_size, c.slot_size);
	return db_component_update(session->db, &c, err);
}

enum err_code
component_change(struct session *session, const char *product, const char *identity,
	const struct component_change *change, struct err *err)
{
	if (change_begin(session, err))
		return err->code;
	return change_finish(session, component_apply(session, product, identity, change, err),
		arena_printf(&session->arena, "%s/%s", QUOTE(product), QUOTE(identity)), NULL, err);
}

static enum err_code
component_remove(
	struct session *session, const char *product, const char *identity, struct err *err)
{
	struct component c = { 0 };

	if (component_get_by_name(session, product, identity, &c, err))
		return err->code;
	if (db_component_delete(session->db, c.id, err) == ERR_CONFLICT) {
		err_set(err, ERR_CONFLICT, "cannot remove component '%s'", c.identity);
		err_why(err, "it has packages or plans");
	}
	return err->code;
}

enum err_code
component_drop(struct session *session, const char *product, const char *identity, struct err *err)
{
	if (change_begin(session, err))
		return err->code;
	return change_finish(session, component_remove(session, product, identity, err),
		arena_printf(&session->arena, "%s/%s", QUOTE(product), QUOTE(identity)), NULL, err);
}

static enum err_code
freeze_set(struct session *session, const char *product, bool on, struct err *err)
{
	struct product p;

	if (!product)
		return db_fleet_freeze(session->db, on, err);
	if (db_product_get(session->db, product, &p, err))
		return err->code;
	p.frozen = on;
	return db_product_update(session->db, &p, err);
}

enum err_code
freeze(struct session *session, const char *product, bool on, struct err *err)
{
	if (change_begin(session, err))
		return err->code;
	return change_finish(session, freeze_set(session, product, on, err),
		product ? product : "fleet", on ? "on" : "off", err);
}
