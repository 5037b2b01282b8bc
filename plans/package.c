#include "plans/package.h"

#include "core/str.h"
#include "db/execution.h"
#include "db/plan.h"
#include "plans/store.h"
#include "signing/digest.h"
#include "signing/manifest.h"

#include <assert.h>

const char *
package_title(struct session *session, const struct package_view *view)
{
	const struct package *p = &view->package;

	return arena_printf(&session->arena, "%s/%s %s%s%s", view->product.name,
		view->component.identity, view->version.name, p->kind == KIND_FULL ? "" : " from ",
		p->source);
}

static enum err_code
component_find(struct session *session, const char *product_component, struct package_view *ret,
	struct err *err)
{
	const char *slash = strchr(product_component, '/');

	if (!slash) {
		err_set(err, ERR_USAGE, "cannot tell which component '%s' is",
			QUOTE(product_component));
		return err_fix(err, "write PRODUCT/COMPONENT, such as aroma/STM32");
	}
	if (product_get(session->db,
		    arena_copy_n(&session->arena, product_component,
			    (size_t)(slash - product_component)),
		    &ret->product, err))
		return err->code;
	return component_get(session->db, &ret->product, slash + 1, &ret->component, err);
}

static enum package_kind
kind_of(const struct package_name *name)
{
	return !name->source ? KIND_FULL : name->minimal ? KIND_MINIMAL : KIND_DELTA;
}

static bool
meant(const struct package_name *name, bool single, const struct package *p)
{
	if (!name->source)
		return !single || p->kind == KIND_FULL;
	return p->kind == kind_of(name) && !strcmp(p->source, name->source);
}

enum err_code
package_find(struct session *session, const struct package_name *name, bool single,
	struct package_view **ret, size_t *count, struct err *err)
{
	struct package_view base = { 0 }, *list = NULL;
	struct package *packages = NULL;
	bool found = false;
	size_t some = 0, n = 0;

	if (component_find(session, name->product_component, &base, err) ||
		version_find(session->db, base.component.id, name->version, &base.version, &found,
			err) ||
		(found && package_of_version(session->db, &session->arena, base.version.id,
				  &packages, &some, err)))
		return err->code;
	for (size_t i = 0; i < some; i++)
		if (meant(name, single, &packages[i])) {
			list = arena_room(&session->arena, list, n, sizeof *list);
			list[n] = base;
			list[n++].package = packages[i];
		}
	if (!n) {
		err_set(err, ERR_NOT_FOUND, "there is no %s package %s %s",
			kind_words[kind_of(name)], QUOTE(name->product_component),
			QUOTE(name->version));
		return err_fix(err, "otactl package list shows all");
	}
	*ret = list;
	*count = n;
	return ERR_OK;
}

enum err_code
package_list(struct session *session, const char *product, struct package_view **ret, size_t *count,
	struct err *err)
{
	struct package_view *list = NULL;
	struct product p = { .name = "" };
	bool found = true;
	size_t n = 0;

	for (;;) {
		struct package *packages;
		size_t some;

		if (product ? product_get(session->db, product, &p, err)
			    : product_next(session->db, arena_copy(&session->arena, p.name), &p,
				      &found, err))
			return err->code;
		if (!found)
			break;
		if (package_of_product(session->db, &session->arena, p.id, &packages, &some, err))
			return err->code;
		for (size_t i = 0; i < some; i++) {
			list = arena_room(&session->arena, list, n, sizeof *list);
			list[n].product = p;
			list[n].package = packages[i];
			if (component_by_id(
				    session->db, packages[i].component, &list[n].component, err) ||
				version_by_id(
					session->db, packages[i].version, &list[n].version, err))
				return err->code;
			n++;
		}
		if (product)
			break;
	}
	*ret = list;
	*count = n;
	return ERR_OK;
}

static enum err_code
refuse_files(struct err *err, const char *why)
{
	err_set(err, ERR_INPUT, "cannot add the package");
	return err_why(err, "%s", why);
}

static bool
extension_allowed(const struct product *product, const char *name)
{
	const char *at = product->extensions;

	while (*at) {
		char extension[64];
		size_t length = strcspn(at, " ");

		if (length && length < sizeof extension) {
			memcpy(extension, at, length);
			extension[length] = '\0';
			if (str_ends(name, extension) && strlen(name) > length)
				return true;
		}
		at += length + (at[length] == ' ');
	}
	return false;
}

static enum err_code
file_name(const struct package_view *view, const struct package_file *file, struct artifact *ret,
	struct err *err)
{
	const char *slash = strrchr(file->path, '/'), *name = slash ? slash + 1 : file->path;
	bool app = view->component.type == TYPE_APP;

	if (word_check(WORD_FILE, "file name", name, ERR_INPUT, err))
		return err->code;
	str_copy(ret->name, sizeof ret->name, name);
	if (app) {
		const char *place = file->place ? file->place : name;

		if (word_check(WORD_PATH, "destination path", place, ERR_INPUT, err))
			return err->code;
		str_copy(ret->path, sizeof ret->path, place);
		return ERR_OK;
	}
	if (!extension_allowed(&view->product, name)) {
		err_set(err, ERR_INPUT, "cannot take the file %s", QUOTE(file->path));
		err_why(err, "product '%s' allows only %s", view->product.name,
			view->product.extensions);
		return err_fix(err, "otactl product set %s --extensions LIST", view->product.name);
	}
	if (!file->place)
		return ERR_OK;
	if (word_check(WORD_NAME, "slot name", file->place, ERR_INPUT, err))
		return err->code;
	str_copy(ret->slot, sizeof ret->slot, file->place);
	return ERR_OK;
}

static enum err_code
check_shape(const struct package_view *view, const struct package_new *new, struct err *err)
{
	bool app = view->component.type == TYPE_APP;
	size_t limit = app ? LIMIT_APP_FILES : (size_t)view->product.max_files;

	if (word_check(WORD_VERSION, "version", new->name.version, ERR_USAGE, err) ||
		(new->name.source &&word_check(
			WORD_VERSION, "source version", new->name.source, ERR_USAGE, err)) ||
		(new->remark &&word_check(WORD_REMARK, "remark", new->remark, ERR_USAGE, err)) ||
		(new->hw &&word_check(WORD_VALUE, "hardware name", new->hw, ERR_USAGE, err)))
		return err->code;
	if (new->name.source && !strcmp(new->name.source, new->name.version))
		return refuse_files(err, "source and target version are the same");
	if (!new->file_count)
		return refuse_files(err, "a package has at least one file");
	if (new->file_count > limit) {
		refuse_files(err, "");
		return err_why(
			err, "it has %zu files, at most %zu are allowed", new->file_count, limit);
	}
	if (new->name.minimal &&new->file_count != 2)
		return refuse_files(err, "a minimal package has two files");
	return ERR_OK;
}

static enum err_code
files_take(struct session *session, const struct package_new *new, struct package_view *view,
	struct err *err)
{
	struct artifact *files = arena_alloc(&session->arena, new->file_count * sizeof *files);

	for (size_t i = 0; i < new->file_count; i++) {
		files[i].position = (int)i;
		if (file_name(view, &new->files[i], &files[i], err))
			return err->code;
		for (size_t j = 0; j < i; j++)
			if (!strcmp(manifest_file_name(&files[j]), manifest_file_name(&files[i])))
				return refuse_files(err, "two files have the same name");
	}
	for (size_t i = 0; i < new->file_count; i++) {
		if (store_add(session, new->files[i].path, view->product.max_file_mb << 20,
			    &files[i], err))
			return err->code;
		view->package.size += files[i].size;
	}
	view->package.files = files;
	view->package.file_count = new->file_count;
	return ERR_OK;
}

/* The version's row: there already, or made with the next counter. */
static enum err_code
version_make(struct session *session, const struct package_new *new, struct package_view *view,
	struct err *err)
{
	struct version *v = &view->version;
	int64_t highest;
	bool found;

	if (version_find(session->db, view->component.id, new->name.version, v, &found, err) ||
		version_highest(session->db, view->component.id, &highest, err))
		return err->code;
	if (found) {
		if ((!new->counter || new->counter == v->counter) &&
			(new->floor < 0 || new->floor == v->floor))
			return ERR_OK;
		err_set(err, ERR_CONFLICT, "cannot change counter or floor of version %s", v->name);
		return err_why(err,
			"it has counter %lld and floor %lld, shared by all its packages",
			(long long)v->counter, (long long)v->floor);
	}
	*v = (struct version){ .component = view->component.id,
		.counter = new->counter ? new->counter : highest + 1,
		.floor = new->floor < 0 ? 0 : new->floor };
	str_copy(v->name, sizeof v->name, new->name.version);
	if (v->floor > v->counter) {
		err_set(err, ERR_USAGE, "the floor may not exceed the counter");
		return err_why(err, "floor %lld, counter %lld", (long long)v->floor,
			(long long)v->counter);
	}
	if (version_insert(session->db, v, err) == ERR_CONFLICT) {
		err_set(err, ERR_CONFLICT, "counter %lld is taken by another version",
			(long long)v->counter);
		err_fix(err, "counters never repeat; the highest so far is %lld",
			(long long)highest);
	}
	return err->code;
}

static const char *
manifest_make(
	struct session *session, const struct package_new *new, const struct package_view *view)
{
	struct manifest m = { .product = view->product.name,
		.component = view->component.identity,
		.hw = new->hw,
		.version = view->version.name,
		.source = view->package.source,
		.kind = view->package.kind,
		.counter = view->version.counter,
		.floor = view->version.floor,
		.created_at = session->now,
		.expires_at = new->expires_at };

	m.files = arena_alloc(&session->arena, view->package.file_count * sizeof *m.files);
	memcpy(m.files, view->package.files, view->package.file_count * sizeof *m.files);
	m.file_count = view->package.file_count;
	for (; m.requires_count < new->requires_count; m.requires_count++)
	m.requires[m.requires_count] = new->requires[m.requires_count];
	for (; m.delete_count < new->delete_count; m.delete_count++)
		m.deletes[m.delete_count] = new->deletes[m.delete_count];
	return manifest_format(&session->arena, &m);
}

static enum err_code
create(struct session *session, const struct package_new *new, struct package_view *view,
	struct err *err)
{
	struct package *p = &view->package;
	struct manifest checked;
	const char *text;

	err->code = ERR_OK;
	if (version_make(session, new, view, err))
		return err->code;
	p->version = view->version.id;
	p->component = view->component.id;
	text = manifest_make(session, new, view);
	/* What we write must be what the strict parser takes: it also checks requires and delete. */
	if (manifest_parse(&session->arena, text, strlen(text), &checked, err))
		return err->code;
	digest_sha256(text, strlen(text), p->manifest_sha256);
	return package_insert(session->db, p, text, err);
}

enum err_code
package_create(struct session *session, const struct package_new *new, struct package_view *ret,
	struct err *err)
{
	struct package_view view = { 0 };
	struct package *p = &view.package;
	const char *title;

	if (component_find(session, new->name.product_component, &view, err) ||
		check_shape(&view, new, err) || files_take(session, new, &view, err))
		return err->code;
	p->kind = kind_of(&new->name);
	if (new->name.source)
		str_copy(p->source, sizeof p->source, new->name.source);
	if (new->remark)
		str_copy(p->remark, sizeof p->remark, new->remark);
	p->created_at = session->now;
	p->expires_at = new->expires_at;
	title = arena_printf(
		&session->arena, "%s %s", new->name.product_component, new->name.version);
	if (change_begin(session, err))
		return err->code;
	if (change_finish(session, create(session, new, &view, err), title,
		    arena_printf(&session->arena, "%s, %zu files, manifest %s", kind_words[p->kind],
			    p->file_count, p->manifest_sha256),
		    err))
		return err->code;
	*ret = view;
	return ERR_OK;
}

static enum err_code
sign_rows(struct session *session, const struct package_view *view,
	const struct signature_row *rows, size_t count, struct err *err)
{
	struct signature_state *states;
	int64_t enough;
	size_t all;

	for (size_t i = 0; i < count; i++)
		if (signature_insert(session->db, view->package.id, &rows[i], err))
			return err->code;
	if (trust_judge(session, &view->product, &view->package, &states, &all, &enough, err))
		return err->code;
	for (size_t i = 0; i < all; i++)
		if (!states[i].valid) {
			err_set(err, ERR_UNTRUSTED, "cannot take the signature by key %s",
				states[i].row.key_id);
			if (!states[i].key_name) {
				err_why(err, "this key is not trusted for product '%s'",
					view->product.name);
				return err_fix(err, "otactl key trust FILE.pub --product %s",
					view->product.name);
			}
			return err_why(err, "it is not a signature of this %s",
				states[i].row.position < 0 ? "manifest" : "file");
		}
	return package_set_signatures(session->db, view->package.id, enough, err);
}

enum err_code
package_sign(struct session *session, const struct package_view *view,
	const struct signature_row *rows, size_t count, struct err *err)
{
	if (change_begin(session, err))
		return err->code;
	return change_finish(session, sign_rows(session, view, rows, count, err),
		package_title(session, view),
		arena_printf(&session->arena, "key %s", rows[0].key_id), err);
}

/* Plans that run with this package stop: what is merely offered is withdrawn at the next poll. */
enum err_code
package_suspend_plans(struct session *session, const struct package_view *view,
	enum plan_cause cause, struct err *err)
{
	struct plan *plans;
	size_t count;

	if (plan_running(session->db, &session->arena, view->product.id, &plans, &count, err))
		return err->code;
	for (size_t i = 0; i < count; i++) {
		struct plan_component *components;
		size_t some;
		bool uses = false;

		if (plan_components_get(
			    session->db, &session->arena, plans[i].id, &components, &some, err))
			return err->code;
		for (size_t c = 0; c < some; c++)
			uses |= components[c].version == view->version.id;
		if (!uses || plans[i].state != PLAN_ACTIVE)
			continue;
		plans[i].state = PLAN_SUSPENDED;
		plans[i].cause = cause;
		str_copy(plans[i].reason, sizeof plans[i].reason,
			session->reason ? session->reason : "");
		plans[i].suspended_at = session->now;
		if (plan_update(session->db, &plans[i], err))
			return err->code;
	}
	return ERR_OK;
}

static enum err_code
wrong_state(struct session *session, const struct package_view *view, const char *verb,
	const char *fix, struct err *err)
{
	err_set(err, ERR_CONFLICT, "cannot %s package %s", verb, package_title(session, view));
	err_why(err, "it is %s", package_state_words[view->package.state]);
	return fix ? err_fix(err, "%s", fix) : err->code;
}

static enum err_code
publish_one(struct session *session, const struct package_view *view, struct err *err)
{
	const struct package *p = &view->package;
	struct signature_state *states;
	int64_t enough;
	size_t count;

	if (p->state == PACKAGE_PUBLISHED)
		return wrong_state(session, view, "publish", NULL, err);
	if (p->state == PACKAGE_RETIRED || p->state == PACKAGE_REVOKED)
		return wrong_state(
			session, view, "publish", "add it anew under a new version", err);
	if (trust_judge(session, &view->product, p, &states, &count, &enough, err))
		return err->code;
	if (enough < view->product.signatures) {
		err_set(err, ERR_UNTRUSTED, "cannot publish package %s",
			package_title(session, view));
		err_why(err, "it has %lld of %lld trusted signatures", (long long)enough,
			(long long)view->product.signatures);
		return err_fix(err,
			"otactl package sign %s/%s %s KEY; otactl key trust KEY.pub --product %s",
			view->product.name, view->component.identity, view->version.name,
			view->product.name);
	}
	for (size_t i = 0; i < p->file_count; i++)
		if (!store_has(session, p->files[i].sha256, p->files[i].size)) {
			err_set(err, ERR_IO, "cannot publish package %s",
				package_title(session, view));
			return err_why(
				err, "file %s is not in the artifact store", p->files[i].name);
		}
	if (package_set_signatures(session->db, p->id, enough, err))
		return err->code;
	return package_set_state(session->db, p->id, PACKAGE_PUBLISHED, "", err);
}

static enum err_code
state_one(struct session *session, const struct package_view *view, enum package_state state,
	struct err *err)
{
	const struct package *p = &view->package;

	switch (state) {
	case PACKAGE_PUBLISHED:
		return publish_one(session, view, err);
	case PACKAGE_RETIRED:
		if (p->state != PACKAGE_PUBLISHED)
			return wrong_state(session, view, "retire", NULL, err);
		break;
	case PACKAGE_REVOKED:
		if (p->state == PACKAGE_REVOKED || p->state == PACKAGE_DRAFT)
			return wrong_state(session, view, "revoke", NULL, err);
		if (package_suspend_plans(session, view, CAUSE_PACKAGE, err))
			return err->code;
		break;
	case PACKAGE_DRAFT:
	case PACKAGE_QUARANTINED:
	case PACKAGE_STATE_MAX:
		break;
	}
	return package_set_state(
		session->db, p->id, state, session->reason ? session->reason : "", err);
}

static const char *const state_verbs[PACKAGE_STATE_MAX] = {
	[PACKAGE_DRAFT] = "withdraw",
	[PACKAGE_PUBLISHED] = "publish",
	[PACKAGE_QUARANTINED] = "quarantine",
	[PACKAGE_RETIRED] = "retire",
	[PACKAGE_REVOKED] = "revoke",
};

/* Without a source a verb acts on every package of the version that is not there already. */
static enum err_code
state_all(struct session *session, const struct package_name *name, enum package_state state,
	size_t *changed, struct err *err)
{
	struct package_view *list = NULL;
	size_t count = 0;

	*changed = 0;
	if (package_find(session, name, false, &list, &count, err))
		return err->code;
	for (size_t i = 0; i < count; i++) {
		if (list[i].package.state == state && count > 1)
			continue;
		if (state_one(session, &list[i], state, err))
			return err->code;
		++*changed;
	}
	if (!*changed && count)
		return wrong_state(session, &list[0], state_verbs[state], NULL, err);
	return ERR_OK;
}

static enum err_code
state_change(struct session *session, const struct package_name *name, enum package_state state,
	size_t *changed, struct err *err)
{
	const char *object = arena_printf(&session->arena, "%s %s%s%s",
		QUOTE(name->product_component), QUOTE(name->version), name->source ? " from " : "",
		name->source ? QUOTE(name->source) : "");

	if (change_begin(session, err))
		return err->code;
	return change_finish(session, state_all(session, name, state, changed, err), object,
		package_state_words[state], err);
}

enum err_code
package_publish(
	struct session *session, const struct package_name *name, size_t *changed, struct err *err)
{
	return state_change(session, name, PACKAGE_PUBLISHED, changed, err);
}

enum err_code
package_retire(
	struct session *session, const struct package_name *name, size_t *changed, struct err *err)
{
	return state_change(session, name, PACKAGE_RETIRED, changed, err);
}

enum err_code
package_revoke(
	struct session *session, const struct package_name *name, size_t *changed, struct err *err)
{
	if (change_needs_reason(session, err))
		return err->code;
	return state_change(session, name, PACKAGE_REVOKED, changed, err);
}

static enum err_code
drop(struct session *session, const struct package_name *name, struct err *err)
{
	struct package_view *list = NULL;
	size_t count = 0;
	bool used;

	if (package_find(session, name, true, &list, &count, err))
		return err->code;
	assert(count);
	if (package_in_use(session->db, list->package.id, &used, err))
		return err->code;
	if (used) {
		err_set(err, ERR_CONFLICT, "cannot remove package %s",
			package_title(session, &list[0]));
		err_why(err, "a plan or a device has used it");
		return err_fix(err, "otactl package retire keeps new plans from it");
	}
	if (package_delete(session->db, list[0].package.id, err))
		return err->code;
	return version_drop_unused(session->db, list[0].version.id, err);
}

enum err_code
package_drop(struct session *session, const struct package_name *name, struct err *err)
{
	if (change_begin(session, err))
		return err->code;
	return change_finish(session, drop(session, name, err),
		arena_printf(&session->arena, "%s %s", name->product_component, name->version), "",
		err);
}
