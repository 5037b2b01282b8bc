#include "plans/fleet/device.h"

#include "core/moment.h"
#include "core/str.h"
#include "plans/base/change.h"
#include "plans/base/tokens.h"
#include "plans/base/zone.h"
#include "plans/rollout/ban.h"
#include "plans/rollout/enrol.h"
#include "plans/rollout/follow.h"
#include "plans/rollout/load.h"
#include "plans/rollout/move.h"
#include "plans/rollout/windows.h"
#include "signing/digest.h"

#include <inttypes.h>

static enum err_code
check(struct session *session, const struct device_new *given, struct err *err)
{
	if (word_check(WORD_DEVICE, "device id", given->name, ERR_USAGE, err) ||
		(given->timezone && zone_check(&session->arena, given->timezone, err)) ||
		(given->token && tokens_check(given->token, err)))
		return err->code;
	for (size_t i = 0; i < given->components.count; i++)
		if (word_check(WORD_IDENTITY, "component identity", given->components.list[i].key,
			    ERR_USAGE, err) ||
			word_check(WORD_REPORTED, "version", given->components.list[i].value,
				ERR_USAGE, err))
			return err->code;
	for (size_t i = 0; i < given->labels.count; i++)
		if (word_check(
			    WORD_LABEL, "label key", given->labels.list[i].key, ERR_USAGE, err) ||
			word_check(WORD_VALUE, "label value", given->labels.list[i].value,
				ERR_USAGE, err))
			return err->code;
	for (size_t i = 0; i < given->group_count; i++)
		if (word_check(WORD_NAME, "group name", given->groups[i], ERR_USAGE, err))
			return err->code;
	return ERR_OK;
}

static enum err_code
create(struct session *session, const struct device_new *given, const char *token, struct err *err)
{
	struct device d = { .enrolled_at = session->now, .attributes = "" };
	struct pairs running = { .count = 0 };
	struct enrolment enrolment;
	struct product product;

	if (db_product_get(session->db, given->product, &product, err))
		return err->code;
	/* Blanks around a version are not part of it. */
	for (size_t i = 0; i < given->components.count; i++)
		pairs_set(&session->arena, &running, given->components.list[i].key,
			str_trim(&session->arena, given->components.list[i].value));
	d.product = product.id;
	str_copy(d.name, sizeof d.name, given->name);
	if (given->timezone)
		str_copy(d.timezone, sizeof d.timezone, given->timezone);
	d.components = pairs_format(&session->arena, &running);
	d.labels = pairs_format(&session->arena, &given->labels);
	for (size_t i = 0; i < given->components.count; i++) {
		struct component component;

		if (db_component_get(
			    session->db, &product, given->components.list[i].key, &component, err))
			return err->code;
	}
	if (enrol_begin(session, product.id, &enrolment, err) || enrol_add(&enrolment, &d, err) ||
		(token && tokens_give(session, &d, token, err)))
		return err->code;
	for (size_t i = 0; i < given->group_count; i++) {
		int64_t group;

		if (db_group_get(session->db, given->groups[i], true, &group, err) ||
			db_member_insert(session->db, group, d.id, err))
			return err->code;
	}
	if (enrol_count(&enrolment, &d, err))
		return err->code;
	return *d.timezone ? plan_expand_new_zones(session, err) : ERR_OK;
}

enum err_code
device_create(
	struct session *session, const struct device_new *given, char *token_out, struct err *err)
{
	const char *token = given->token;

	if (check(session, given, err))
		return err->code;
	if (given->make_token) {
		token_new(token_out);
		token = token_out;
	}
	if (change_begin(session, err))
		return err->code;
	return change_finish(session, create(session, given, token, err), given->name,
		arena_printf(&session->arena, "product %s", QUOTE(given->product)), err);
}

/* The device of an id in service: of one that was retired nothing can be changed but the hold. */
static enum err_code
in_service(struct session *session, const char *name, struct device *ret, struct err *err)
{
	char at[MOMENT_TEXT];

	if (db_device_get(session->db, &session->arena, name, ret, err) || !ret->retired_at)
		return err->code;
	err_set(err, ERR_NOT_FOUND, "there is no device '%s' any more", ret->name);
	err_why(err, "it was removed %s", moment_format(ret->retired_at, at));
	return err_fix(err, "otactl device add %s enrols it again", ret->name);
}

static enum err_code
change_labels(struct session *session, struct device *d, const struct device_change *change,
	struct err *err)
{
	struct pairs labels = pairs_parse(&session->arena, d->labels);

	for (size_t i = 0; i < change->label_count; i++) {
		const char *value, *key = pairs_cut(&session->arena, change->labels[i], &value);

		if (!key) {
			err_set(err, ERR_USAGE, "cannot read the label '%s'",
				QUOTE(change->labels[i]));
			return err_fix(err, "write KEY=VALUE, or KEY= to remove it");
		}
		if (word_check(WORD_LABEL, "label key", key, ERR_USAGE, err) ||
			word_check(WORD_VALUE, "label value", value, ERR_USAGE, err))
			return err->code;
		pairs_set(&session->arena, &labels, key, *value ? value : NULL);
	}
	if (labels.count > LIMIT_PAIRS)
		return err_set(err, ERR_USAGE, "a device has at most %d labels", LIMIT_PAIRS);
	d->labels = pairs_format(&session->arena, &labels);
	return ERR_OK;
}

/* An operator takes a device's zone away: its windows are the plan's. */
static bool
zone_none(const char *given)
{
	return !strcmp(given, "none");
}

static enum err_code
change_apply(struct session *session, const char *name, const struct device_change *change,
	struct err *err)
{
	struct following following;
	struct device d, old;
	int64_t stopped = 0;

	if (in_service(session, name, &d, err) || follow_begin(session, &d, &following, err))
		return err->code;
	old = d;
	if (change_labels(session, &d, change, err))
		return err->code;
	if (change->timezone)
		str_copy(d.timezone, sizeof d.timezone,
			zone_none(change->timezone) ? "" : change->timezone);
	change_note(session, "labels", pairs_line(&session->arena, old.labels),
		pairs_line(&session->arena, d.labels));
	change_note(session, "time zone", old.timezone, d.timezone);
	/* A blacklist may go by labels. */
	if (db_device_update(session->db, &d, err) || follow_finish(session, &following, &d, err) ||
		ban_device(session, d.id, &stopped, err))
		return err->code;
	ban_note(session, stopped);
	return change->timezone ? plan_expand_new_zones(session, err) : ERR_OK;
}

enum err_code
device_change(struct session *session, const char *name, const struct device_change *change,
	struct err *err)
{
	if (change->timezone && !zone_none(change->timezone) &&
		zone_check(&session->arena, change->timezone, err))
		return err->code;
	if (change_begin(session, err))
		return err->code;
	return change_finish(session, change_apply(session, name, change, err), name, NULL, err);
}

static enum err_code
rotate(struct session *session, const char *name, int64_t overlap_s, const char *token,
	struct err *err)
{
	struct token_row rows[TOKENS_MAX];
	struct device d;
	size_t count;

	if (in_service(session, name, &d, err) ||
		(overlap_s ? db_token_expire(
				     session->db, TOKEN_DEVICE, d.id, session->now + overlap_s, err)
			   : db_token_delete(session->db, TOKEN_DEVICE, d.id, err)) ||
		db_token_all(session->db, TOKEN_DEVICE, d.id, rows, &count, err))
		return err->code;
	if (count == TOKENS_MAX) {
		err_set(err, ERR_CONFLICT, "device '%s' has too many tokens", d.name);
		return err_fix(err, "otactl device token %s --overlap 0 ends the old ones", d.name);
	}
	return tokens_give(session, &d, token, err);
}

enum err_code
device_rotate(struct session *session, const char *name, int64_t overlap_s, char *token_out,
	struct err *err)
{
	token_new(token_out);
	if (change_begin(session, err))
		return err->code;
	return change_finish(session, rotate(session, name, overlap_s, token_out, err), name,
		arena_printf(&session->arena, "new token, overlap %" PRId64 " s", overlap_s), err);
}

enum { NAMES_SHOWN = 20 };

/* One audit row names the first devices, and the digest of all of them where there are more. */
const char *
device_names(struct session *session, const char *const *names, size_t count)
{
	struct digest_stream *stream = digest_begin();
	struct buf buf = { .arena = &session->arena };
	char sha256[DIGEST_HEX];

	for (size_t i = 0; i < count; i++) {
		if (i < NAMES_SHOWN)
			buf_printf(&buf, "%s%s", i ? " " : "", names[i]);
		digest_more(stream, names[i], strlen(names[i]));
		digest_more(stream, "\n", 1);
	}
	digest_end(stream, sha256);
	if (count > NAMES_SHOWN)
		buf_printf(&buf, " and %zu more, sha256 %s", count - NAMES_SHOWN, sha256);
	return buf.text;
}

static enum err_code
hold(struct session *session, const char *const *names, size_t count, bool on, struct err *err)
{
	int64_t stopped = 0;

	for (size_t i = 0; i < count; i++) {
		struct device d;

		if (db_device_get(session->db, &session->arena, names[i], &d, err))
			return err->code;
		if (count == 1)
			change_note(session, "held", d.held ? "yes" : "no", on ? "yes" : "no");
		d.held = on;
		str_copy(d.held_reason, sizeof d.held_reason,
			on && session->reason ? session->reason : "");
		if (db_device_update(session->db, &d, err) ||
			(on && ban_device(session, d.id, &stopped, err)))
			return err->code;
	}
	ban_note(session, stopped);
	return ERR_OK;
}

enum err_code
device_hold(
	struct session *session, const char *const *names, size_t count, bool on, struct err *err)
{
	if (change_begin(session, err))
		return err->code;
	return change_finish(session, hold(session, names, count, on, err),
		device_names(session, names, count), "", err);
}

/* A board was exchanged: forget what the old one told and proved, and end its attempt. */
static enum err_code
reset(struct session *session, const char *name, struct err *err)
{
	struct following following;
	struct execution *all;
	struct device d;
	struct plan plan;
	size_t count;

	if (in_service(session, name, &d, err) || follow_begin(session, &d, &following, err) ||
		db_execution_of_device(session->db, &session->arena, d.id, &all, &count, err))
		return err->code;
	for (size_t i = 0; i < count; i++) {
		if (!execution_open(all[i].state))
			continue;
		if (db_plan_by_id(session->db, &session->arena, all[i].plan, &plan, err) ||
			plan_load(session, &session->arena, &plan, err) ||
			move_to(session, &plan, &all[i], MOVE_ALL, EXEC_CANCELED, "device reset",
				NULL, err))
			return err->code;
	}
	d.components = d.attributes = d.floors = "";
	d.metrics = (struct metrics){ 0 };
	d.gaps = (struct gaps){ .known_at = d.last_seen };
	return db_device_store_seen(session->db, &d, err)
		       ? err->code
		       : follow_finish(session, &following, &d, err);
}

enum err_code
device_reset(struct session *session, const char *name, struct err *err)
{
	if (change_needs_reason(session, err) || change_begin(session, err))
		return err->code;
	return change_finish(session, reset(session, name, err), name, "", err);
}

enum err_code
device_drop(struct session *session, const char *name, bool *kept, struct err *err)
{
	struct device d;

	*kept = false;
	if (change_begin(session, err))
		return err->code;
	if (!in_service(session, name, &d, err))
		(void)!enrol_retire(session, &d, kept, err);
	return change_finish(session, err->code, name, *kept ? "retired" : "", err);
}
