#include "plans/device.h"

#include "core/str.h"
#include "plans/load.h"
#include "plans/plan.h"
#include "plans/rollout.h"
#include "plans/zone.h"

static enum err_code
token_store(
	struct session *session, const struct device *device, const char *token, struct err *err)
{
	uint8_t hash[TOKEN_HASH];

	if (session_keys(session, err))
		return err->code;
	token_hash(&session->keys, token, hash);
	return token_insert(session->db,
		&(struct token_new){ .kind = TOKEN_DEVICE,
			.owner = device->id,
			.hash = hash,
			.created_at = session->now,
			.uses = -1 },
		err);
}

static enum err_code
token_check(const char *token, struct err *err)
{
	size_t length = strlen(token);

	if (length >= LIMIT_TOKEN_MIN && length <= LIMIT_TOKEN && str_printable(token, length) &&
		!strchr(token, ' '))
		return ERR_OK;
	err_set(err, ERR_INPUT, "this token is not acceptable");
	return err_why(err, "it must be 16 to 128 printable characters");
}

static enum err_code
check(const struct device_new *new, struct err *err)
{
	if (word_check(WORD_DEVICE, "device id", new->name, ERR_USAGE, err) ||
		(new->timezone &&*new->timezone &&zone_check(new->timezone, err)) ||
		(new->token &&token_check(new->token, err)))
		return err->code;
	for (size_t i = 0; i < new->components.count; i++)
		if (word_check(WORD_IDENTITY, "component identity", new->components.list[i].key,
			    ERR_USAGE, err) ||
			word_check(WORD_REPORTED, "version", new->components.list[i].value,
				ERR_USAGE, err))
			return err->code;
	for (size_t i = 0; i < new->labels.count; i++)
		if (word_check(WORD_LABEL, "label key", new->labels.list[i].key, ERR_USAGE, err) ||
			word_check(WORD_VALUE, "label value", new->labels.list[i].value, ERR_USAGE,
				err))
			return err->code;
	for (size_t i = 0; i < new->group_count; i++)
		if (word_check(WORD_NAME, "group name", new->groups[i], ERR_USAGE, err))
			return err->code;
	return ERR_OK;
}

static enum err_code
create(struct session *session, const struct device_new *new, const char *token, struct err *err)
{
	struct device d = { .enrolled_at = session->now, .attributes = "" };
	struct product product;

	if (product_get(session->db, new->product, &product, err))
		return err->code;
	d.product = product.id;
	str_copy(d.name, sizeof d.name, new->name);
	if (new->timezone)
		str_copy(d.timezone, sizeof d.timezone, new->timezone);
	d.components = pairs_format(&session->arena, &new->components);
	d.labels = pairs_format(&session->arena, &new->labels);
	for (size_t i = 0; i < new->components.count; i++) {
		struct component component;

		if (component_get(
			    session->db, &product, new->components.list[i].key, &component, err))
			return err->code;
	}
	if (device_insert(session->db, &d, err) || (token && token_store(session, &d, token, err)))
		return err->code;
	for (size_t i = 0; i < new->group_count; i++) {
		int64_t group;

		if (group_get(session->db, new->groups[i], true, &group, err) ||
			member_insert(session->db, group, d.id, err))
			return err->code;
	}
	return *d.timezone ? plan_expand_new_zones(session, err) : ERR_OK;
}

enum err_code
device_create(
	struct session *session, const struct device_new *new, char *token_out, struct err *err)
{
	const char *token = new->token;

	if (check(new, err))
		return err->code;
	if (new->make_token) {
		token_new(token_out);
		token = token_out;
	}
	if (change_begin(session, err))
		return err->code;
	return change_finish(session, create(session, new, token, err), new->name,
		arena_printf(&session->arena, "product %s", QUOTE(new->product)), err);
}

static enum err_code
change_labels(struct session *session, struct device *d, const struct device_change *change,
	struct err *err)
{
	struct pairs labels = pairs_parse(&session->arena, d->labels);

	for (size_t i = 0; i < change->label_count; i++) {
		const char *equals = strchr(change->labels[i], '=');
		const char *key;

		if (!equals) {
			err_set(err, ERR_USAGE, "cannot read the label '%s'",
				QUOTE(change->labels[i]));
			return err_fix(err, "write KEY=VALUE, or KEY= to remove it");
		}
		key = arena_copy_n(
			&session->arena, change->labels[i], (size_t)(equals - change->labels[i]));
		if (word_check(WORD_LABEL, "label key", key, ERR_USAGE, err) ||
			word_check(WORD_VALUE, "label value", equals + 1, ERR_USAGE, err))
			return err->code;
		pairs_set(&session->arena, &labels, key, equals[1] ? equals + 1 : NULL);
	}
	if (labels.count > LIMIT_PAIRS)
		return err_set(err, ERR_USAGE, "a device has at most %d labels", LIMIT_PAIRS);
	d->labels = pairs_format(&session->arena, &labels);
	return ERR_OK;
}

static enum err_code
change_apply(struct session *session, const char *name, const struct device_change *change,
	struct err *err)
{
	struct device d;

	if (device_get(session->db, &session->arena, name, &d, err) ||
		change_labels(session, &d, change, err))
		return err->code;
	if (change->timezone)
		str_copy(d.timezone, sizeof d.timezone, change->timezone);
	if (device_update(session->db, &d, err))
		return err->code;
	return change->timezone ? plan_expand_new_zones(session, err) : ERR_OK;
}

enum err_code
device_change(struct session *session, const char *name, const struct device_change *change,
	struct err *err)
{
	struct buf detail = { .arena = &session->arena };

	if (change->timezone && zone_check(change->timezone, err))
		return err->code;
	buf_printf(&detail, "%s%s", change->timezone ? "timezone=" : "",
		change->timezone ? change->timezone : "");
	for (size_t i = 0; i < change->label_count; i++)
		buf_printf(&detail, " label %s", QUOTE(change->labels[i]));
	if (change_begin(session, err))
		return err->code;
	return change_finish(
		session, change_apply(session, name, change, err), name, detail.text, err);
}

static enum err_code
rotate(struct session *session, const char *name, int64_t overlap_s, const char *token,
	struct err *err)
{
	struct token_row rows[TOKENS_MAX];
	struct device d;
	size_t count;

	if (device_get(session->db, &session->arena, name, &d, err) ||
		(overlap_s ? token_expire(
				     session->db, TOKEN_DEVICE, d.id, session->now + overlap_s, err)
			   : token_delete(session->db, TOKEN_DEVICE, d.id, err)) ||
		token_all(session->db, TOKEN_DEVICE, d.id, rows, &count, err))
		return err->code;
	if (count == TOKENS_MAX) {
		err_set(err, ERR_CONFLICT, "device '%s' has too many tokens", d.name);
		return err_fix(err, "otactl device token %s --overlap 0 ends the old ones", d.name);
	}
	return token_store(session, &d, token, err);
}

enum err_code
device_rotate(struct session *session, const char *name, int64_t overlap_s, char *token_out,
	struct err *err)
{
	token_new(token_out);
	if (change_begin(session, err))
		return err->code;
	return change_finish(session, rotate(session, name, overlap_s, token_out, err), name,
		arena_printf(&session->arena, "new token, overlap %lld s", (long long)overlap_s),
		err);
}

/* One audit row names up to a few devices and counts the rest. */
static const char *
names_text(struct session *session, const char *const *names, size_t count)
{
	if (count == 1)
		return names[0];
	return arena_printf(&session->arena, "%s and %zu more", names[0], count - 1);
}

static enum err_code
hold(struct session *session, const char *const *names, size_t count, bool on, struct err *err)
{
	for (size_t i = 0; i < count; i++) {
		struct device d;

		if (device_get(session->db, &session->arena, names[i], &d, err))
			return err->code;
		d.held = on;
		str_copy(d.held_reason, sizeof d.held_reason,
			on && session->reason ? session->reason : "");
		if (device_update(session->db, &d, err))
			return err->code;
	}
	return ERR_OK;
}

enum err_code
device_hold(
	struct session *session, const char *const *names, size_t count, bool on, struct err *err)
{
	if (session->reason && word_check(WORD_REMARK, "reason", session->reason, ERR_USAGE, err))
		return err->code;
	if (change_begin(session, err))
		return err->code;
	return change_finish(session, hold(session, names, count, on, err),
		names_text(session, names, count), "", err);
}

/* A board was exchanged: forget what the old one told and proved, and end its attempt. */
static enum err_code
reset(struct session *session, const char *name, struct err *err)
{
	struct execution *all;
	struct device d;
	struct plan plan;
	size_t count;

	if (device_get(session->db, &session->arena, name, &d, err) ||
		execution_of_device(session->db, &session->arena, d.id, &all, &count, err))
		return err->code;
	for (size_t i = 0; i < count; i++) {
		if (!execution_open(all[i].state))
			continue;
		if (plan_by_id(session->db, &session->arena, all[i].plan, &plan, err) ||
			plan_load(session, &session->arena, &plan, err) ||
			rollout_move(session, &plan, &all[i], -1, EXEC_CANCELED, "device reset",
				NULL, err))
			return err->code;
	}
	d.components = d.attributes = d.floors = "";
	d.metrics = (struct metrics){ 0 };
	d.gap_s = 0;
	return device_store_seen(session->db, &d, err);
}

enum err_code
device_reset(struct session *session, const char *name, struct err *err)
{
	if (change_needs_reason(session, err) || change_begin(session, err))
		return err->code;
	return change_finish(session, reset(session, name, err), name, "", err);
}

static enum err_code
drop(struct session *session, const char *name, struct err *err)
{
	struct device d;
	bool history;

	if (device_get(session->db, &session->arena, name, &d, err) ||
		device_has_executions(session->db, d.id, &history, err))
		return err->code;
	if (history) {
		err_set(err, ERR_CONFLICT, "cannot remove device '%s'", d.name);
		err_why(err, "it has a history of upgrades, which the audit needs");
		return err_fix(err, "otactl device hold %s keeps it from further ones", d.name);
	}
	if (token_delete(session->db, TOKEN_DEVICE, d.id, err))
		return err->code;
	return device_delete(session->db, d.id, err);
}

enum err_code
device_drop(struct session *session, const char *name, struct err *err)
{
	if (change_begin(session, err))
		return err->code;
	return change_finish(session, drop(session, name, err), name, "", err);
}

static enum err_code
group_apply(struct session *session, const char *group, const char *const *names, size_t count,
	bool add, struct err *err)
{
	int64_t id;

	if (group_get(session->db, group, add, &id, err))
		return err->code;
	for (size_t i = 0; i < count; i++) {
		struct device d;

		if (device_get(session->db, &session->arena, names[i], &d, err) ||
			(add ? member_insert(session->db, id, d.id, err)
			     : member_delete(session->db, id, d.id, err)))
			return err->code;
	}
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
		count ? names_text(session, names, count) : "", err);
}

static enum err_code
group_remove(struct session *session, const char *group, struct err *err)
{
	int64_t id;
	bool used;

	if (group_get(session->db, group, false, &id, err) ||
		group_in_use(session->db, group, &used, err))
		return err->code;
	if (used) {
		err_set(err, ERR_CONFLICT, "cannot remove group '%s'", group);
		return err_why(err, "a plan that has not ended uses it");
	}
	/* Ids come back: a new group must not inherit the gateways of this one. */
	if (token_delete(session->db, TOKEN_GATEWAY_GROUP, id, err))
		return err->code;
	return group_delete(session->db, id, err);
}

enum err_code
group_drop(struct session *session, const char *group, struct err *err)
{
	if (change_begin(session, err))
		return err->code;
	return change_finish(session, group_remove(session, group, err), group, "", err);
}

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

	/* An unknown device costs the same statement. */
	if (gateway_tokens(session->db, &session->arena, entry->found ? entry->device.product : -1,
		    entry->found ? entry->device.id : -1, &rows, &count, &open, err))
		return err->code;
	if ((token_match(session, rows, count, token) || open) && entry->found)
		return ERR_OK;
	return refuse(err);
}

enum err_code
device_authenticate(struct session *session, const char *name,
	const struct credentials *credentials, struct device *ret, struct err *err)
{
	const struct catalog *catalog = NULL;
	struct entry entry;
	bool token, certificate;

	session->has_fleet = false;
	if (session_keys(session, err) ||
		device_entry(session->db, &session->arena, name, &entry, err))
		return err->code;
	session->fleet = entry.fleet;
	session->has_fleet = true;
	/* An unknown device costs the same hash as a known one; the catalog is loaded for neither. */
	token = token_match(session, entry.tokens, entry.token_count, credentials->token);
	certificate =
		entry.found && credentials->certificate && !strcmp(credentials->certificate, name);
	if (!token && !certificate && stranger(session, &entry, credentials->token, err))
		return err->code;
	*ret = entry.device;
	if (certificate)
		return ERR_OK;
	if (catalog_get(session, &entry.fleet, entry.device.product, &catalog, err))
		return err->code;
	return catalog->product.auth == AUTH_CERTIFICATE ? refuse(err) : ERR_OK;
}

static enum err_code
enrolment_product(struct session *session, const char *token, struct product *ret,
	struct token_row *used, bool *found, struct err *err)
{
	struct product p = { .name = "" };

	for (*found = false;;) {
		struct token_row rows[TOKENS_MAX];
		const struct token_row *match;
		bool more;
		size_t count;

		if (product_next(session->db, arena_copy(&session->arena, p.name), &p, &more, err))
			return err->code;
		if (!more)
			return ERR_OK;
		if (token_all(session->db, TOKEN_ENROLMENT, p.id, rows, &count, err))
			return err->code;
		match = token_match(session, rows, count, token);
		if (p.enrol && match) {
			*ret = p;
			*used = *match;
			*found = true;
		}
	}
}

static enum err_code
enrol(struct session *session, const char *name, const char *token, const struct pairs *components,
	const char *new_token, struct err *err)
{
	struct product product = { 0 };
	struct device device = { .labels = "", .attributes = "", .enrolled_at = session->now };
	struct token_row used;
	bool found;

	if (enrolment_product(session, token, &product, &used, &found, err))
		return err->code;
	if (!found)
		return refuse(err);
	if (device_find(session->db, &session->arena, name, &device, &found, err))
		return err->code;
	/* A device that is known already keeps its token: else anybody with the enrolment token
	 * could take its place. */
	if (found) {
		err_set(err, ERR_CONFLICT, "the device is enrolled already");
		return err_fix(err, "otactl device token gives it a new token");
	}
	device.product = product.id;
	str_copy(device.name, sizeof device.name, name);
	device.components = pairs_format(&session->arena, components);
	if (device_insert(session->db, &device, err) ||
		token_use(session->db, TOKEN_ENROLMENT, product.id, used.hash, err))
		return err->code;
	return token_store(session, &device, new_token, err);
}

enum err_code
device_enrol(struct session *session, const char *name, const char *token,
	const struct pairs *components, char *token_out, struct err *err)
{
	token_new(token_out);
	if (session_keys(session, err) || db_begin(session->db, err))
		return err->code;
	return db_finish(session->db, enrol(session, name, token, components, token_out, err), err);
}
