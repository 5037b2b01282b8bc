#include "plans/packages/add.h"

#include "core/str.h"
#include "plans/base/change.h"
#include "plans/base/file.h"
#include "plans/base/store.h"
#include "plans/packages/find.h"
#include "plans/packages/image.h"
#include "plans/packages/proof.h"
#include "plans/packages/sign.h"
#include "signing/digest.h"
#include "signing/manifest.h"

#include <inttypes.h>

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
	const char *name = file_base(file->path);
	bool app = view->component.type == TYPE_APP;

	/* A file of an app may be called as on the device, where names begin with a dot, too. */
	if (word_check(app ? WORD_PATH : WORD_FILE, "file name", name, ERR_INPUT, err))
		return err->code;
	str_copy(ret->name, sizeof ret->name, name);
	if (app && file->firmware) {
		str_copy(ret->slot, sizeof ret->slot, SLOT_FIRMWARE);
		return ERR_OK;
	}
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
check_shape(const struct package_view *view, const struct package_new *given, struct err *err)
{
	bool app = view->component.type == TYPE_APP;
	bool firmware = given->file_count && given->files[given->file_count - 1].firmware;
	size_t limit = !app	  ? (size_t)view->product.max_files
		       : firmware ? LIMIT_APP_FILES + LIMIT_APP_FIRMWARE
				  : LIMIT_APP_FILES;

	if (word_check(WORD_VERSION, "version", given->name.version, ERR_USAGE, err) ||
		(given->name.source && word_check(WORD_VERSION, "source version",
					       given->name.source, ERR_USAGE, err)) ||
		(given->remark && word_check(WORD_REMARK, "remark", given->remark, ERR_USAGE, err)))
		return err->code;
	if (given->hw && !manifest_hw_is(given->hw)) {
		err_set(err, ERR_USAGE, "'%s' is no hardware name", QUOTE(given->hw));
		return err_why(err, "a name has letters, digits and ._:/-");
	}
	if (given->name.source && !strcmp(given->name.source, given->name.version))
		return refuse_files(err, "source and target version are the same");
	if (given->requirement_count > COUNT(((struct manifest *)0)->requirements) ||
		given->delete_count > LIMIT_APP_FILES)
		return refuse_files(err, "it has too many requirements or files to delete");
	if (given->tree && !app) {
		refuse_files(err, "only app components take a tree of files");
		return err_fix(err, "otactl component add %s NAME --type app", view->product.name);
	}
	if (given->files_of)
		return given->file_count ? refuse_files(err, "files are given twice") : ERR_OK;
	if (!given->file_count)
		return refuse_files(err, "a package has at least one file");
	if (given->file_count > limit) {
		refuse_files(err, "");
		return err_why(
			err, "it has %zu files, at most %zu are allowed", given->file_count, limit);
	}
	if (given->name.minimal && given->file_count != 2)
		return refuse_files(err, "a minimal package has two files");
	return ERR_OK;
}

static const char *
manifest_make(
	struct session *session, const struct package_new *given, const struct package_view *view)
{
	struct manifest m = { .product = view->product.name,
		.component = view->component.identity,
		.hw = given->hw,
		.version = view->version.name,
		.source = view->package.source,
		.kind = view->package.kind,
		.counter = view->version.counter,
		.floor = view->version.floor,
		.created_at = session->now,
		.expires_at = given->expires_at };

	m.files = arena_alloc(&session->arena, view->package.file_count * sizeof *m.files);
	memcpy(m.files, view->package.files, view->package.file_count * sizeof *m.files);
	m.file_count = view->package.file_count;
	for (; m.requirement_count < given->requirement_count; m.requirement_count++)
		m.requirements[m.requirement_count] = given->requirements[m.requirement_count];
	for (; m.delete_count < given->delete_count; m.delete_count++)
		m.deletes[m.delete_count] = given->deletes[m.delete_count];
	return manifest_format(&session->arena, &m);
}

/*
 * Whether the files can be taken at all, before the first of them is: nothing is half stored for a
 * file that is too large, or a manifest that is.
 */
static enum err_code
files_look(struct session *session, const struct package_new *given,
	const struct package_view *view, struct err *err)
{
	struct package_view looked = *view;
	struct artifact *files = arena_alloc(&session->arena, given->file_count * sizeof *files);
	size_t length;

	for (size_t i = 0; i < given->file_count; i++) {
		files[i] = view->package.files[i];
		if (store_look(given->files[i].path, view->product.max_file_mb << 20,
			    &files[i].size, err))
			return err->code;
		memset(files[i].sha256, '0', DIGEST_HEX - 1);
		memset(files[i].blake2b, '0', BLAKE2B_HEX - 1);
	}
	if (given->manifest)
		return ERR_OK;
	looked.package.files = files;
	length = strlen(manifest_make(session, given, &looked));
	if (length <= LIMIT_MANIFEST)
		return ERR_OK;
	refuse_files(err, "");
	err_why(err, "its manifest would have %zu bytes, at most %d are allowed", length,
		LIMIT_MANIFEST);
	return err_fix(err, "fewer files, or shorter paths");
}

static enum err_code
files_take(struct session *session, const struct package_new *given, struct package_view *view,
	struct err *err)
{
	struct artifact *files = arena_alloc(&session->arena, given->file_count * sizeof *files);

	for (size_t i = 0; i < given->file_count; i++) {
		files[i].position = (int)i;
		if (file_name(view, &given->files[i], &files[i], err))
			return err->code;
		for (size_t j = 0; j < i; j++)
			if (!strcmp(manifest_file_name(&files[j]), manifest_file_name(&files[i])))
				return refuse_files(err, "two files have the same name");
	}
	view->package.files = files;
	view->package.file_count = given->file_count;
	if (files_look(session, given, view, err))
		return err->code;
	for (size_t i = 0; i < given->file_count; i++) {
		if (store_add(session, given->files[i].path, view->product.max_file_mb << 20,
			    &files[i], err))
			return err->code;
		view->package.size += files[i].size;
	}
	return ERR_OK;
}

/* The files of another version of the component, as they lie in the store. */
static enum err_code
files_again(struct session *session, const struct package_new *given, struct package_view *view,
	struct err *err)
{
	struct package_name name = given->name;
	struct package_view *list = NULL;
	size_t count;

	name.version = given->files_of;
	if (package_find(session, &name, true, &list, &count, err))
		return err->code;
	if (package_prove_files(session, &list[0], err))
		return err->code;
	view->package.files = list[0].package.files;
	view->package.file_count = list[0].package.file_count;
	view->package.size = list[0].package.size;
	return ERR_OK;
}

static enum err_code
misfit(struct err *err, const char *what, const char *said, const char *given)
{
	err_set(err, ERR_INPUT, "this manifest is of another package");
	return err_why(err, "it says %s %s, the command %s", what, QUOTE(said), QUOTE(given));
}

/* A manifest from elsewhere must say what the command says; the rest is taken from it. */
static enum err_code
manifest_take(struct session *session, const struct package_view *view, struct package_new *given,
	struct manifest *m, struct err *err)
{
	enum package_kind kind = package_kind_of(&given->name);

	if (manifest_parse(&session->arena, given->manifest, given->manifest_length, m, err))
		return err->code;
	if (strcmp(m->product, view->product.name) != 0)
		return misfit(err, "product", m->product, view->product.name);
	if (strcmp(m->component, view->component.identity) != 0)
		return misfit(err, "component", m->component, view->component.identity);
	if (strcmp(m->version, given->name.version) != 0)
		return misfit(err, "version", m->version, given->name.version);
	if (m->kind != kind)
		return misfit(err, "kind", kind_words[m->kind], kind_words[kind]);
	if (kind != KIND_FULL && strcmp(m->source, given->name.source) != 0)
		return misfit(err, "source", m->source, given->name.source);
	if (m->expires_at && m->expires_at <= session->now)
		return err_set(err, ERR_UNTRUSTED, "this manifest has expired");
	given->counter = m->counter;
	given->floor = m->floor;
	given->expires_at = m->expires_at;
	return ERR_OK;
}

/* Files in the manifest's order, with its slots; each must have the bytes it names. */
static enum err_code
manifest_match(struct session *session, const struct manifest *m, struct package_view *view,
	struct err *err)
{
	struct package *p = &view->package;
	struct artifact *files = arena_alloc(&session->arena, m->file_count * sizeof *files);

	for (size_t i = 0; i < m->file_count; i++) {
		const struct artifact *block = &m->files[i], *file = NULL;

		for (size_t k = 0; k < p->file_count && !file; k++)
			if (!strcmp(manifest_file_name(&p->files[k]), block->name))
				file = &p->files[k];
		if (!file)
			return refuse_files(
				err, arena_printf(&session->arena,
					     "the manifest names file %s, which is not given",
					     block->name));
		if (file->size != block->size || strcmp(file->sha256, block->sha256) != 0 ||
			strcmp(file->blake2b, block->blake2b) != 0 ||
			(*file->slot && strcmp(file->slot, block->slot) != 0))
			return refuse_files(
				err, arena_printf(&session->arena,
					     "size, digest or slot of %s is not the manifest's",
					     block->name));
		files[i] = *file;
		files[i].position = (int)i;
		str_copy(files[i].slot, sizeof files[i].slot, block->slot);
	}
	if (p->file_count != m->file_count)
		return refuse_files(err, "a file is given that the manifest does not name");
	p->files = files;
	return ERR_OK;
}

/* A floor only rises: by default it stays where it is. */
static enum err_code
floor_plan(struct session *session, const struct package_new *given, struct version *v,
	struct err *err)
{
	int64_t below, above;

	if (db_version_floors(session->db, v->component, v->counter, &below, &above, err))
		return err->code;
	v->floor = given->floor < 0 ? below : given->floor;
	if (v->floor > v->counter) {
		err_set(err, ERR_USAGE, "the floor may not exceed the counter");
		return err_why(err, "floor %" PRId64 ", counter %" PRId64, v->floor, v->counter);
	}
	if (v->floor >= below && v->floor <= above)
		return ERR_OK;
	err_set(err, ERR_USAGE, "floors only rise with the counter");
	return v->floor < below ? err_why(err, "an older version has floor %" PRId64, below)
				: err_why(err, "a newer version has floor %" PRId64, above);
}

/* The version as it is, or as it would be made: with the next counter. */
static enum err_code
version_plan(struct session *session, const struct package_new *given, struct package_view *view,
	bool *found, struct err *err)
{
	struct version *v = &view->version;
	int64_t highest;

	if (db_version_find(session->db, view->component.id, given->name.version, v, found, err) ||
		db_version_highest(session->db, view->component.id, &highest, err))
		return err->code;
	if (*found) {
		if ((!given->counter || given->counter == v->counter) &&
			(given->floor < 0 || given->floor == v->floor))
			return ERR_OK;
		err_set(err, ERR_CONFLICT, "cannot change counter or floor of version %s", v->name);
		return err_why(err,
			"it has counter %" PRId64 " and floor %" PRId64
			", shared by all its packages",
			v->counter, v->floor);
	}
	*v = (struct version){ .component = view->component.id,
		.counter = given->counter ? given->counter : highest + 1 };
	str_copy(v->name, sizeof v->name, given->name.version);
	return floor_plan(session, given, v, err);
}

static enum err_code
version_make(struct session *session, const struct package_new *given, struct package_view *view,
	struct err *err)
{
	int64_t highest;
	bool found;

	if (version_plan(session, given, view, &found, err) || found)
		return err->code;
	if (db_version_insert(session->db, &view->version, err) != ERR_CONFLICT)
		return err->code;
	if (!db_version_highest(session->db, view->component.id, &highest, err)) {
		err_set(err, ERR_CONFLICT, "counter %" PRId64 " is taken by another version",
			view->version.counter);
		err_fix(err, "counters never repeat; the highest so far is %" PRId64, highest);
	}
	return err->code;
}

/* Where a file came from; the manifest may have changed their order. */
static const char *
path_of(const struct package_new *given, const char *name)
{
	for (size_t i = 0; i < given->file_count; i++)
		if (!strcmp(file_base(given->files[i].path), name))
			return given->files[i].path;
	return NULL;
}

/* Images are read outside of the transaction; what was forced goes into its audit row. */
static enum err_code
images_judge(struct session *session, const struct package_new *given,
	const struct package_view *view, const char **forced, struct err *err)
{
	const struct package *p = &view->package;
	struct buf buf = { .arena = &session->arena };

	for (size_t i = 0;
		i < p->file_count && p->kind == KIND_FULL && view->component.type != TYPE_APP;
		i++) {
		const char *fault = NULL;

		if (image_judge(session, view, &p->files[i], path_of(given, p->files[i].name),
			    &fault, err))
			return err->code;
		if (!fault)
			continue;
		if (!given->force) {
			err_set(err, ERR_INPUT, "cannot take the image %s", p->files[i].name);
			err_why(err, "%s", fault);
			return err_fix(err, "give the right file, or insist: --force --reason WHY");
		}
		buf_printf(&buf, "; forced %s: %s", p->files[i].name, fault);
	}
	*forced = buf.length ? buf.text : "";
	return ERR_OK;
}

/* A package on its way: what is made before the lock is taken. */
struct adding {
	struct package_new given;
	struct package_view view;
	const char *manifest, *forced;
	struct signature_row *rows;
	size_t row_count;
};

static enum err_code
insert(struct session *session, struct adding *a, struct err *err)
{
	struct package *p = &a->view.package;
	int64_t counter = a->view.version.counter;

	if (version_make(session, &a->given, &a->view, err))
		return err->code;
	if (a->view.version.counter != counter) {
		err_set(err, ERR_CONFLICT, "cannot add the package");
		err_why(err, "another version took its counter at this moment");
		return err_fix(err, "the same command again");
	}
	p->version = a->view.version.id;
	p->component = a->view.component.id;
	if (db_package_insert(session->db, p, a->manifest, err) ||
		(a->row_count && package_take_rows(session, &a->view, a->rows, a->row_count, err)))
		return err->code;
	return package_take_signatures(
		session, &a->view, a->given.signatures, a->given.signature_count, err);
}

static enum err_code
manifest_settle(struct session *session, struct adding *a, struct err *err)
{
	struct manifest checked;

	a->manifest =
		a->given.manifest ? a->given.manifest : manifest_make(session, &a->given, &a->view);
	digest_sha256(a->manifest, strlen(a->manifest), a->view.package.manifest_sha256);
	/*
	 * What we write must be what the strict parser takes: it also checks requires and delete.
	 */
	if (manifest_parse(&session->arena, a->manifest, strlen(a->manifest), &checked, err))
		return err->code;
	a->view.package.hw = checked.hw ? checked.hw : "";
	a->view.package.requirements = manifest_requirements(&session->arena, &checked);
	return ERR_OK;
}

/* All that needs no lock: files into the store, what they and the manifest say, signatures. */
static enum err_code
prepare(struct session *session, struct adding *a, struct err *err)
{
	struct package_view *view = &a->view;
	struct package_new *given = &a->given;
	struct package *p = &view->package;
	struct manifest m = { .kind = KIND_FULL };
	bool found;

	if (package_component(session, given->name.product_component, view, err) ||
		check_shape(view, given, err) ||
		(given->manifest && manifest_take(session, view, given, &m, err)))
		return err->code;
	p->kind = package_kind_of(&given->name);
	if (given->name.source)
		str_copy(p->source, sizeof p->source, given->name.source);
	if (given->remark)
		str_copy(p->remark, sizeof p->remark, given->remark);
	p->created_at = session->now;
	p->expires_at = given->expires_at;
	if (version_plan(session, given, view, &found, err) ||
		(given->files_of ? files_again(session, given, view, err)
				 : files_take(session, given, view, err)) ||
		(given->manifest && manifest_match(session, &m, view, err)) ||
		images_judge(session, given, view, &a->forced, err) ||
		manifest_settle(session, a, err))
		return err->code;
	return given->signer ? sign_rows(session, view, a->manifest, given->signer, &a->rows,
				       &a->row_count, err)
			     : ERR_OK;
}

enum err_code
package_create(struct session *session, const struct package_new *given, struct package_view *ret,
	struct err *err)
{
	struct adding a = { .given = *given };
	const struct package *p = &a.view.package;

	if ((given->force && change_needs_reason(session, err)) || prepare(session, &a, err) ||
		change_begin(session, err))
		return err->code;
	if (a.row_count)
		change_note(session, "signed by", NULL, a.rows[0].key_id);
	if (change_finish(session, insert(session, &a, err),
		    arena_printf(&session->arena, "%s %s", given->name.product_component,
			    given->name.version),
		    arena_printf(&session->arena, "%s, %zu file%s, manifest %s%s",
			    kind_words[p->kind], p->file_count, p->file_count == 1 ? "" : "s",
			    p->manifest_sha256, a.forced),
		    err))
		return err->code;
	*ret = a.view;
	return ERR_OK;
}
