/* package */
#include "cli/show.h"
#include "cli/sign.h"
#include "cli/view.h"
#include "core/str.h"
#include "plans/base/file.h"
#include "plans/packages/add.h"
#include "plans/packages/find.h"
#include "plans/packages/proof.h"
#include "plans/packages/state.h"
#include "plans/packages/tree.h"
#include "plans/packages/trust.h"
#include "run.h"

#include <inttypes.h>

enum err_code
package_name_get(const struct args *args, struct package_name *ret, struct err *err)
{
	const char *delta = args_get(args, "--delta-from"),
		   *minimal = args_get(args, "--minimal-from");

	if (delta && minimal)
		return err_set(err, ERR_USAGE, "a package is a delta or a minimal one, not both");
	*ret = (struct package_name){ .product_component = args_get(args, "PRODUCT/COMPONENT"),
		.version = args_get(args, "VERSION"),
		.source = delta ? delta : minimal,
		.minimal = minimal };
	return ERR_OK;
}

/* The parts of a text between these characters; NULL has none. */
static cJSON *
parts(const char *text, const char *between)
{
	struct arena arena = { NULL };
	cJSON *ret = cJSON_CreateArray();

	for (const char *at = text ? text : ""; *at; at += strcspn(at, between), at += !!*at)
		cJSON_AddItemToArray(
			ret, cJSON_CreateString(arena_copy_n(&arena, at, strcspn(at, between))));
	arena_done(&arena);
	return ret;
}

/* The hardware it is bound to. */
static cJSON *
hw_made(const void *thing)
{
	return parts(((const struct package_view *)thing)->package.hw, " ");
}

/* What it requires of other components. */
static cJSON *
requires_made(const void *thing)
{
	return parts(((const struct package_view *)thing)->package.requirements, "\n");
}

static const struct view package_view = VIEW(
	SHOW(package_view, product.name, "product", "PRODUCT", VIEW_VALUE),
	SHOW(package_view, component.identity, "component", "COMPONENT", VIEW_VALUE),
	SHOW(package_view, version.name, "version", "VERSION", VIEW_VALUE),
	SHOW_WORD(package_view, package.kind, kind_words, "kind", "KIND", VIEW_VALUE),
	SHOW(package_view, package.source, "source", "SOURCE", VIEW_MAYBE),
	SHOW(package_view, version.counter, "counter", "COUNTER", VIEW_VALUE),
	SHOW(package_view, version.floor, "floor", NULL, VIEW_VALUE),
	SHOW_WORD(package_view, package.state, package_state_words, "state", "STATE", VIEW_VALUE),
	SHOW_WORD(package_view, package.trial, trial_words, "trial", NULL, VIEW_VALUE),
	SHOW(package_view, package.reason, "reason", NULL, VIEW_MAYBE),
	SHOW_MADE(hw_made, "hw", NULL), SHOW_MADE(requires_made, "requires", NULL),
	SHOW(package_view, package.remark, "remark", NULL, VIEW_MAYBE),
	SHOW(package_view, package.size, "size", "SIZE", VIEW_VALUE),
	SHOW(package_view, package.created_at, "created_at", NULL, VIEW_TIME),
	SHOW(package_view, package.expires_at, "expires_at", NULL, VIEW_TIME),
	SHOW(package_view, package.manifest_sha256, "manifest_sha256", NULL, VIEW_VALUE));

/* A package whose signatures were weighed. */
struct package_weighed {
	struct package_view package;
	int64_t enough;
};

static const struct view weighed_view = VIEW(SHOW_MEMBERS(package_weighed, package, &package_view),
	SHOW(package_weighed, enough, "good_signatures", NULL, VIEW_VALUE));

/* "FILE" or "FILE=PLACE"; a file whose name holds a '=' can be given as ./FILE=. */
static struct package_file
file_from(struct arena *arena, const char *word)
{
	const char *equals = strrchr(word, '=');

	if (!equals)
		return (struct package_file){ .path = word };
	return (struct package_file){ .path = arena_copy_n(arena, word, (size_t)(equals - word)),
		.place = equals[1] ? equals + 1 : NULL };
}

/* The texts of all --signature files. */
static enum err_code
signature_texts(struct cli *cli, const struct args *args, const char *const **ret, size_t *count,
	struct err *err)
{
	struct arena *arena = &cli->session.arena;
	const char *const *files = args_all(args, "--signature", count);
	const char **texts = arena_alloc(arena, *count * sizeof *texts + 1);

	for (size_t i = 0; i < *count; i++) {
		char *text;

		if (text_read(arena, files[i], TRUST_SIGNATURE_TEXT, &text, NULL, err))
			return err->code;
		texts[i] = text;
	}
	*ret = texts;
	return ERR_OK;
}

/* --manifest and --signature: made and signed on another machine. */
static enum err_code
given_elsewhere(struct cli *cli, const struct args *args, struct package_new *ret, struct err *err)
{
	static const char *const said[] = { "--counter", "--floor", "--hw", "--requires",
		"--delete", "--expires" };
	const char *file = args_get(args, "--manifest");
	char *text;

	if (signature_texts(cli, args, &ret->signatures, &ret->signature_count, err))
		return err->code;
	if (!file && ret->signature_count)
		return err_set(err, ERR_USAGE, "--signature needs the --manifest that it signs");
	if (!file)
		return ERR_OK;
	for (size_t i = 0; i < COUNT(said); i++)
		if (args_get(args, said[i]))
			return err_set(err, ERR_USAGE, "%s is said by the manifest", said[i]);
	if (text_read(&cli->session.arena, file, LIMIT_MANIFEST, &text, &ret->manifest_length, err))
		return err->code;
	ret->manifest = text;
	return ERR_OK;
}

/* All values of an option on one line, or NULL. */
static const char *
words_join(struct cli *cli, const struct args *args, const char *option)
{
	struct buf buf = { .arena = &cli->session.arena };
	size_t count;
	const char *const *words = args_all(args, option, &count);

	for (size_t i = 0; i < count; i++)
		buf_printf(&buf, "%s%s", i ? " " : "", words[i]);
	return buf.text;
}

/* The files: as they are named one by one, those of --tree, or those of another version. */
static enum err_code
files_from(struct cli *cli, const struct args *args, struct package_new *ret, struct err *err)
{
	const char *tree = args_get(args, "--tree");
	struct package_file *files;
	size_t count;
	const char *const *words = args_all(args, "FILE", &count);

	ret->files_of = args_get(args, "--files-of");
	if (tree && (count || ret->files_of)) {
		err_set(err, ERR_USAGE, "files are given twice");
		return err_fix(err, "a FILE list, --tree or --files-of");
	}
	if (tree) {
		ret->tree = true;
		return tree_read(
			&cli->session, tree, ret->name.version, &ret->files, &ret->file_count, err);
	}
	if (!count && !ret->files_of) {
		err_set(err, ERR_USAGE, "FILE is missing");
		return err_fix(err, "otactl package add --help");
	}
	files = arena_alloc(&cli->session.arena, count * sizeof *files + 1);
	for (size_t i = 0; i < count; i++)
		files[i] = file_from(&cli->session.arena, words[i]);
	ret->files = files;
	ret->file_count = count;
	return ERR_OK;
}

static enum err_code
new_from(struct cli *cli, const struct args *args, struct package_new *ret, struct err *err)
{
	*ret = (struct package_new){ .hw = words_join(cli, args, "--hw"),
		.force = args_flag(args, "--force"),
		.remark = args_get(args, "--remark"),
		.counter = args_int(args, "--counter", 0),
		.floor = args_int(args, "--floor", -1) };
	if (package_name_get(args, &ret->name, err) ||
		args_time(args, "--expires", &ret->expires_at, err) ||
		files_from(cli, args, ret, err))
		return err->code;
	ret->deletes = args_all(args, "--delete", &ret->delete_count);
	ret->requirements = args_all(args, "--requires", &ret->requirement_count);
	return given_elsewhere(cli, args, ret, err);
}

/* Directories that devices of older versions lack, and cannot make. */
static enum err_code
folders_warn(struct cli *cli, const struct package_view *view, struct err *err)
{
	struct tree_folder *list;
	size_t count;

	if (tree_new_folders(&cli->session, view, &list, &count, err))
		return err->code;
	for (size_t i = 0; i < count; i++)
		out_note(&cli->out,
			"warning: version %s has no directory %s, and a Pycom device makes none: "
			"from there it cannot install this",
			list[i].versions, list[i].folder);
	return ERR_OK;
}

enum err_code
run_package_add(struct cli *cli, const struct args *args, struct err *err)
{
	CLEANUP(signer_close) struct signer signer = { 0 };
	const char *sign = args_get(args, "--sign"), *title;
	struct package_new new;
	struct package_view view;

	if (new_from(cli, args, &new, err) || (sign && signer_get(cli, args, sign, &signer, err)))
		return err->code;
	new.signer = sign ? &signer : NULL;
	if (package_create(&cli->session, &new, &view, err))
		return err->code;
	if (folders_warn(cli, &view, err))
		return err->code;
	for (size_t i = 0; i < view.package.file_count; i++)
		if (view.package.files[i].size % 4 && !*view.package.files[i].path)
			out_note(&cli->out, "warning: the size of %s is not a multiple of 4",
				view.package.files[i].name);
	title = package_title(&cli->session, &view);
	out_done(&cli->out, view_json(&package_view, &view), "added package %s%s, counter %" PRId64,
		title, sign || new.signature_count ? ", signed" : "", view.version.counter);
	return ERR_OK;
}

enum err_code
run_package_list(struct cli *cli, const struct args *args, struct err *err)
{
	struct package_view *list;
	size_t count;

	if (package_list(&cli->session, args_get(args, "PRODUCT"), &list, &count, err))
		return err->code;
	out_view(&cli->out, &package_view, list, sizeof *list, count);
	return ERR_OK;
}

static const struct view file_view = VIEW(SHOW(artifact, name, "name", NULL, VIEW_VALUE),
	SHOW(artifact, slot, "slot", NULL, VIEW_MAYBE),
	SHOW(artifact, path, "path", NULL, VIEW_MAYBE),
	SHOW(artifact, size, "size", NULL, VIEW_VALUE),
	SHOW(artifact, md5, "md5", NULL, VIEW_VALUE),
	SHOW(artifact, sha1, "sha1", NULL, VIEW_VALUE),
	SHOW(artifact, crc32, "crc32", NULL, VIEW_VALUE),
	SHOW(artifact, sha256, "sha256", NULL, VIEW_VALUE),
	SHOW(artifact, blake2b, "blake2b", NULL, VIEW_VALUE));

struct signature_shown {
	const char *of; /* "manifest", or the file's name */
	struct signature_state state;
};

static const struct view signature_view = VIEW(SHOW(signature_shown, of, "of", NULL, VIEW_VALUE),
	SHOW(signature_shown, state.row.key_id, "key_id", NULL, VIEW_VALUE),
	SHOW(signature_shown, state.valid, "valid", NULL, VIEW_VALUE),
	SHOW(signature_shown, state.trusted, "trusted", NULL, VIEW_VALUE));

/* A package, with its files, its signatures and what they sign. */
struct package_shown {
	struct package_view package;
	struct signature_shown *signatures;
	size_t signature_count;
	const char *manifest;
};

static const struct view package_shown_view =
	VIEW(SHOW_MEMBERS(package_shown, package, &package_view),
		SHOW_LIST(package_shown, package.package.files, package.package.file_count, "files",
			VIEW_LIST, &file_view),
		SHOW_LIST(package_shown, signatures, signature_count, "signatures", VIEW_LIST,
			&signature_view),
		SHOW(package_shown, manifest, "manifest", NULL, VIEW_VALUE));

static enum err_code
package_fill(struct cli *cli, struct package_shown *ret, struct err *err)
{
	const struct package_view *view = &ret->package;
	struct signature_state *states;
	int64_t enough;
	size_t count;

	if (trust_judge(
		    &cli->session, &view->product, &view->package, &states, &count, &enough, err) ||
		db_package_manifest_text(cli->session.db, &cli->session.arena, view->package.id,
			&ret->manifest, err))
		return err->code;
	ret->signatures = arena_alloc(&cli->session.arena, count * sizeof *ret->signatures + 1);
	for (size_t i = 0; i < count; i++) {
		int position = states[i].row.position;

		ret->signatures[i] = (struct signature_shown){
			position < 0 ? "manifest" : view->package.files[position].name, states[i]
		};
	}
	ret->signature_count = count;
	return ERR_OK;
}

enum err_code
run_package_show(struct cli *cli, const struct args *args, struct err *err)
{
	struct package_shown shown = { .signature_count = 0 };
	struct package_name name;
	struct package_view *list;
	size_t count;

	if (package_name_get(args, &name, err) ||
		package_find(&cli->session, &name, true, &list, &count, err))
		return err->code;
	shown.package = list[0];
	if (package_fill(cli, &shown, err))
		return err->code;
	out_show(&cli->out, &package_shown_view, &shown);
	return ERR_OK;
}

enum err_code
run_package_sign(struct cli *cli, const struct args *args, struct err *err)
{
	CLEANUP(signer_close) struct signer signer = { 0 };
	const char *key = args_get(args, "KEY");
	const char *const *texts;
	struct package_name name;
	struct package_weighed weighed;
	struct package_view *list;
	size_t count, text_count;

	if (package_name_get(args, &name, err) ||
		signature_texts(cli, args, &texts, &text_count, err))
		return err->code;
	if (!key == !text_count) {
		err_set(err, ERR_USAGE, "nothing to sign with, or too much");
		return err_fix(err, "a KEY, or --signature FILE for what was signed elsewhere");
	}
	if ((key && signer_get(cli, args, key, &signer, err)) ||
		package_find(&cli->session, &name, true, &list, &count, err) ||
		(key ? sign_package(&cli->session, &list[0], &signer, err)
		     : package_sign_texts(&cli->session, &list[0], texts, text_count, err)))
		return err->code;
	if (cli->session.dry_run) {
		out_done(&cli->out, view_json(&package_view, &list[0]), "signed package %s",
			package_title(&cli->session, &list[0]));
		return ERR_OK;
	}
	if (package_weigh(&cli->session, &list[0], &weighed.enough, err))
		return err->code;
	weighed.package = list[0];
	out_done(&cli->out, view_json(&weighed_view, &weighed),
		"signed package %s: %" PRId64 " of %" PRId64 " signatures",
		package_title(&cli->session, &list[0]), weighed.enough, list[0].product.signatures);
	return ERR_OK;
}

static const struct view trusted_view = VIEW(SHOW(trust_row, key.name, "key", NULL, VIEW_VALUE),
	SHOW(trust_row, product, "product", NULL, VIEW_VALUE));

/* --manifest FILE --signature FILE: against every key of the trust store. */
static enum err_code
verify_files(
	struct cli *cli, const char *manifest_file, const char *signature_file, struct err *err)
{
	char *manifest, *signature;
	struct trust_row row;
	size_t length;

	if (text_read(
		    &cli->session.arena, manifest_file, LIMIT_MANIFEST, &manifest, &length, err) ||
		text_read(&cli->session.arena, signature_file, TRUST_SIGNATURE_TEXT, &signature,
			NULL, err) ||
		trust_verify(&cli->session, manifest, length, signature, &row, err))
		return err->code;
	out_done(&cli->out, view_json(&trusted_view, &row),
		"good signature by key %s, trusted for %s", row.key.name, row.product);
	return ERR_OK;
}

enum err_code
run_package_verify(struct cli *cli, const struct args *args, struct err *err)
{
	const char *manifest = args_get(args, "--manifest"),
		   *signature = args_get(args, "--signature");
	struct package_name name;
	struct package_weighed weighed;
	struct package_view *list;
	size_t count;

	if (manifest && signature)
		return verify_files(cli, manifest, signature, err);
	if (!args_get(args, "PRODUCT/COMPONENT") || !args_get(args, "VERSION")) {
		err_set(err, ERR_USAGE, "nothing to verify");
		return err_fix(
			err, "PRODUCT/COMPONENT VERSION, or --manifest FILE --signature FILE");
	}
	if (package_name_get(args, &name, err) ||
		package_find(&cli->session, &name, true, &list, &count, err) ||
		package_prove(&cli->session, &list[0], &weighed.enough, err))
		return err->code;
	weighed.package = list[0];
	out_done(&cli->out, view_json(&weighed_view, &weighed),
		"package %s: %" PRId64 " good signature%s, %zu file%s as signed",
		package_title(&cli->session, &list[0]), weighed.enough, plural(weighed.enough),
		list[0].package.file_count, plural((int64_t)list[0].package.file_count));
	return ERR_OK;
}

static enum err_code
state_run(struct cli *cli, const struct args *args, const char *verb,
	enum err_code (*change)(
		struct session *, const struct package_name *, size_t *, struct err *),
	struct err *err)
{
	struct package_name name;
	size_t changed;

	if (package_name_get(args, &name, err) || change(&cli->session, &name, &changed, err))
		return err->code;
	out_done(&cli->out, put_int(cJSON_CreateObject(), "packages", (int64_t)changed),
		"%s %zu package%s of %s %s", verb, changed, plural((int64_t)changed),
		name.product_component, name.version);
	return ERR_OK;
}

enum err_code
run_package_publish(struct cli *cli, const struct args *args, struct err *err)
{
	struct package_name name;
	struct package_view *list;
	size_t count;

	if (state_run(cli, args, "published", package_publish, err) ||
		package_name_get(args, &name, err) ||
		package_find(&cli->session, &name, false, &list, &count, err))
		return err->code;
	for (size_t i = 0; i < count; i++)
		if (folders_warn(cli, &list[i], err))
			return err->code;
	return ERR_OK;
}

enum err_code
run_package_retire(struct cli *cli, const struct args *args, struct err *err)
{
	return state_run(cli, args, "retired", package_retire, err);
}

enum err_code
run_package_revoke(struct cli *cli, const struct args *args, struct err *err)
{
	return state_run(cli, args, "revoked", package_revoke, err);
}

enum err_code
run_package_remove(struct cli *cli, const struct args *args, struct err *err)
{
	struct package_name name;

	if (package_name_get(args, &name, err) || package_drop(&cli->session, &name, err))
		return err->code;
	out_done(&cli->out, put_text(cJSON_CreateObject(), "version", name.version),
		"removed package %s %s", name.product_component, name.version);
	return ERR_OK;
}
