#include "plans/door/ticket.h"

#include "core/choose.h"
#include "core/execution.h"
#include "core/str.h"
#include "db/device.h"
#include "db/package.h"
#include "plans/base/now.h"
#include "plans/base/store.h"
#include "plans/door/offer.h"
#include "plans/door/visit.h"
#include "plans/rollout/ban.h"

#include <assert.h>
#include <inttypes.h>

static enum err_code
refuse(struct err *err, const char *why)
{
	err_set(err, ERR_UNTRUSTED, "this download is not allowed");
	return err_why(err, "%s", why);
}

/* In the place of a SHA-256: every file of the execution, by its path. */
static const char by_path[] = "path";

static bool
named(const struct ticket *wanted, const struct offer_component *c, const struct artifact *file)
{
	if (wanted->sha256)
		return !strcmp(file->sha256, wanted->sha256);
	assert(wanted->path);
	if (wanted->version)
		return *file->path && !strcmp(file->path, wanted->path) &&
		       !strcmp(c->component.target, wanted->version);
	return !strcmp(file->slot, SLOT_FIRMWARE) && !strcmp(file->name, wanted->path);
}

/* The component of an execution that is still to be loaded and whose package holds the file. */
static const struct offer_component *
component_with(const struct offer *offer, const struct ticket *wanted, const struct artifact **file)
{
	for (size_t i = 0; i < offer->component_count; i++)
		for (size_t f = 0; execution_takes_files(offer->components[i].component.state) &&
				   f < offer->components[i].package.file_count;
			f++)
			if (named(wanted, &offer->components[i],
				    &offer->components[i].package.files[f])) {
				*file = &offer->components[i].package.files[f];
				return &offer->components[i];
			}
	return NULL;
}

/*
 * Ends an attempt whose files are refused, decided anew under the write lock: the device may have
 * begun to install in between.
 */
static enum err_code
end_banned(struct visit *v, int64_t id, struct err *err)
{
	struct session *session = v->session;
	struct execution e = { 0 };
	const struct plan *plan;
	const char *reason;

	v->writing = true;
	if (session_write_begin(session, err))
		return err->code;
	if (!db_execution_get(session->db, id, &e, err) &&
		!db_device_by_id(session->db, &session->arena, e.device, &v->subject.device, err) &&
		!visit_begin(v, err) && !offer_plan(session, v->catalog, e.plan, &plan, err) &&
		!subject_load(session, &v->subject, err) &&
		!visit_banned(v, plan, &e, &reason, err) && reason)
		(void)!ban_execution(session, plan, &e, reason, err);
	return db_finish(session->db, err->code, err);
}

/*
 * From acceptance on, suspension and the end of a window do not stop a device; a blacklist entry, a
 * hold, a freeze, a bad package, a lost key and a source version that is no longer there do: the
 * attempt has ended with this.  Who installs already is left alone, but gets no bad package.
 */
static enum err_code
still_allowed(struct visit *v, const struct offer *offer, const struct offer_component *c,
	struct err *err)
{
	const struct execution *e = &offer->execution;
	enum verdict fault;
	const char *reason;

	if (subject_load(v->session, &v->subject, err) ||
		visit_banned(v, offer->plan, e, &reason, err))
		return err->code;
	if (reason)
		return end_banned(v, e->id, err) ? err->code : refuse(err, reason);
	if (visit_facts(v, offer->plan, err))
		return err->code;
	fault = package_fault(v->facts, &c->package);
	return fault == VERDICT_ELIGIBLE ? ERR_OK : refuse(err, verdict_words[fault]);
}

/* A ticket of ours that still holds. */
static enum err_code
ticket_read(struct session *session, const struct ticket *ticket, struct err *err)
{
	if (session_keys(session, err))
		return err->code;
	if (!token_url_check(&session->keys, ticket->sha256 ? ticket->sha256 : by_path,
		    ticket->execution, ticket->expires_at, ticket->mac))
		return refuse(err, "the URL is not one of ours");
	return session->now < ticket->expires_at ? ERR_OK : refuse(err, "the URL has expired");
}

/* The file of an execution, once the time is known; ERR_UNTRUSTED: its device may not have it. */
static enum err_code
file_of(struct visit *v, const struct ticket *wanted, struct artifact *ret, struct err *err)
{
	static const struct device any_slot = { 0 };
	struct session *session = v->session;
	const struct offer_component *c;
	const struct artifact *file;
	const struct plan *plan;
	struct execution e = { 0 };
	struct offer offer;

	if (db_execution_get(session->db, wanted->execution, &e, err) ||
		db_device_by_id(session->db, &session->arena, e.device, &v->subject.device, err))
		return err->code == ERR_NOT_FOUND ? refuse(err, "the execution is gone")
						  : err->code;
	if (!execution_takes_files(e.state))
		return refuse(err, execution_state_words[e.state]);
	if (visit_begin(v, err) || offer_plan(session, v->catalog, e.plan, &plan, err) ||
		offer_view(session, plan, &e, &any_slot, &offer, err))
		return err->code;
	c = component_with(&offer, wanted, &file);
	if (!c)
		return refuse(err, "the file is not part of this upgrade");
	if (still_allowed(v, &offer, c, err))
		return err->code;
	if (!store_has(session, file->sha256, file->size))
		return err_set(err, ERR_NOT_FOUND, "the file is not in the artifact store");
	*ret = *file;
	return ERR_OK;
}

enum err_code
ticket_check(
	struct session *session, const struct ticket *ticket, struct artifact *ret, struct err *err)
{
	struct visit v = { .session = session };

	if (session_fleet(session, &v.fleet, err))
		return err->code;
	now_trust(session, &v.fleet);
	return ticket_read(session, ticket, err) ? err->code : file_of(&v, ticket, ret, err);
}

enum err_code
ticket_file(struct session *session, int64_t execution, const char *sha256, struct artifact *ret,
	struct err *err)
{
	const struct ticket wanted = { .sha256 = sha256, .execution = execution };
	struct visit v = { .session = session };

	return file_of(&v, &wanted, ret, err);
}

enum err_code
ticket_manifest(struct session *session, const char *sha256, const char *signature,
	const char **ret, struct err *err)
{
	struct signature_row *rows;
	const char *manifest, *wanted;
	int64_t id;
	size_t count;

	*ret = NULL;
	if (db_package_by_manifest(session->db, &session->arena, sha256, &id, &manifest, err) ||
		!id)
		return err->code;
	if (!signature) {
		*ret = manifest;
		return ERR_OK;
	}
	if (db_signature_all(session->db, &session->arena, id, &rows, &count, err))
		return err->code;
	for (size_t i = 0; i < count && !*ret; i++) {
		wanted = arena_printf(&session->arena, ".%s.minisig", rows[i].key_id);
		if (rows[i].position < 0 &&
			(!strcmp(signature, ".minisig") || !strcmp(signature, wanted)))
			*ret = rows[i].minisig;
	}
	return ERR_OK;
}

enum err_code
ticket_signature(struct session *session, const char *sha256, const char **ret, struct err *err)
{
	return db_signature_of_file(session->db, &session->arena, sha256, ret, err);
}

const char *
ticket_url(struct session *session, const char *base_url, const char *sha256, int64_t execution,
	int64_t expires_at)
{
	char mac[URL_MAC];

	token_url_mac(&session->keys, sha256, execution, expires_at, mac);
	return arena_printf(&session->arena, "%s/f/%s?x=%" PRId64 "&e=%" PRId64 "&s=%s", base_url,
		sha256, execution, expires_at, mac);
}

const char *
ticket_query(struct session *session, int64_t execution, int64_t expires_at)
{
	char mac[URL_MAC];

	token_url_mac(&session->keys, by_path, execution, expires_at, mac);
	return arena_printf(
		&session->arena, "x=%" PRId64 "&e=%" PRId64 "&s=%s", execution, expires_at, mac);
}
