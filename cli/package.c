/* package */
#include "cli/show.h"
#include "cli/sign.h"
#include "cli/view.h"
#include "core/str.h"
#include "plans/base/beside.h"
#include "plans/base/file.h"
#include "plans/packages/add.h"
#include "plans/packages/find.h"
#include "plans/packages/proof.h"
#include "plans/packages/state.h"
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

static cJSON *
package_json(const struct package_view *view)
{
	const struct package *p = &view->package;
	cJSON *o = put_text(cJSON_CreateObject(), "product", view->product.name);

	put_text(o, "component", view->component.identity);
	put_text(o, "version", view->version.name);
	put_text(o, "kind", kind_words[p->kind]);
	put_text(o, "source", *p->source ? p->source : NULL);
	put_int(o, "counter", view->version.counter);
	put_int(o, "floor", view->version.floor);
	put_text(o, "state", package_state_words[p->state]);
	put_text(o, "trial", trial_words[p->trial]);
	put_text(o, "reason", *p->reason ? p->reason : NULL);
	put_text(o, "remark", *p->remark ? p->remark : NULL);
	put_int(o, "size", p->size);
	put_time(o, "created_at", p->created_at);
	put_time(o, "expires_at", p->expires_at);
	return put_text(o, "manifest_sha256", p->manifest_sha256);
}

/* "FILE" or "FILE=PLACE"; a file whose name holds a '=' can be given as ./FILE=. */
static struct package_file
file_from(struct arena *arena, const char *word)
{
	const char *equals = strrchr(word, '=');

	if (!equals)
		return (struct package_file){ word, NULL };
	return (struct package_file){ arena_copy_n(arena, word, (size_t)(equals - word)),
		equals[1] ? equals + 1 : NULL };
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

static enum err_code
new_from(struct cli *cli, const struct args *args, struct package_new *ret, struct err *err)
{
	const char *const *words;
	struct package_file *files;
	size_t count;

	*ret = (struct package_new){ .hw = args_get(args, "--hw"),
		.files_of = args_get(args, "--files-of"),
		.force = args_flag(args, "--force"),
		.remark = args_get(args, "--remark"),
		.counter = args_int(args, "--counter", 0),
		.floor = args_int(args, "--floor", -1) };
	if (package_name_get(args, &ret->name, err) ||
		args_time(args, "--expires", &ret->expires_at, err))
		return err->code;
	words = args_all(args, "FILE", &count);
	if (!count && !ret->files_of) {
		err_set(err, ERR_USAGE, "FILE is missing");
		return err_fix(err, "otactl package add --help");
	}
	files = arena_alloc(&cli->session.arena, count * sizeof *files + 1);
	for (size_t i = 0; i < count; i++)
		files[i] = file_from(&cli->session.arena, words[i]);
	ret->files = files;
	ret->file_count = count;
	ret->deletes = args_all(args, "--delete", &ret->delete_count);
	ret->requirements = args_all(args, "--requires", &ret->requirement_count);
	return given_elsewhere(cli, args, ret, err);
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
	for (size_t i = 0; i < view.package.file_count; i++)
		if (view.package.files[i].size % 4)
			out_note(&cli->out, "warning: the size of %s is not a multiple of 4",
				view.package.files[i].name);
	title = package_title(&cli->session, &view);
	out_done(&cli->out, package_json(&view), "added package %s%s, counter %" PRId64, title,
		sign || new.signature_count ? ", signed" : "", view.version.counter);
	return ERR_OK;
}

enum err_code
run_package_list(struct cli *cli, const struct args *args, struct err *err)
{
	static const struct column_view columns[] = { { "product", "PRODUCT" },
		{ "component", "COMPONENT" }, { "version", "VERSION" }, { "kind", "KIND" },
		{ "source", "SOURCE" }, { "state", "STATE" }, { "counter", "COUNTER" },
		{ "size", "SIZE" } };
	struct package_view *list;
	size_t count;

	if (package_list(&cli->session, args_get(args, "PRODUCT"), &list, &count, err))
		return err->code;
	out_list_begin(&cli->out, columns, COUNT(columns));
	for (size_t i = 0; i < count; i++)
		out_list_row(&cli->out, package_json(&list[i]));
	out_list_end(&cli->out);
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

static enum err_code
package_put(struct cli *cli, const struct package_view *view, cJSON *o, struct err *err)
{
	struct signature_state *states;
	const char *manifest;
	int64_t enough;
	size_t count;
	cJSON *array;

	if (trust_judge(
		    &cli->session, &view->product, &view->package, &states, &count, &enough, err) ||
		db_package_manifest_text(
			cli->session.db, &cli->session.arena, view->package.id, &manifest, err))
		return err->code;
	view_put_list(o, "files", &file_view, view->package.files, sizeof *view->package.files,
		view->package.file_count);
	array = cJSON_AddArrayToObject(o, "signatures");
	for (size_t i = 0; i < count; i++) {
		cJSON *s = put_text(cJSON_CreateObject(), "of",
			states[i].row.position < 0
				? "manifest"
				: view->package.files[states[i].row.position].name);

		put_text(s, "key_id", states[i].row.key_id);
		put_bool(s, "valid", states[i].valid);
		cJSON_AddItemToArray(array, put_bool(s, "trusted", states[i].trusted));
	}
	put_text(o, "manifest", manifest);
	return ERR_OK;
}

enum err_code
run_package_show(struct cli *cli, const struct args *args, struct err *err)
{
	struct package_name name;
	struct package_view *list;
	size_t count;
	cJSON *o;

	if (package_name_get(args, &name, err) ||
		package_find(&cli->session, &name, true, &list, &count, err))
		return err->code;
	o = package_json(&list[0]);
	(void)!package_put(cli, &list[0], o, err);
	out_object(&cli->out, o);
	return err->code;
}

enum err_code
run_package_sign(struct cli *cli, const struct args *args, struct err *err)
{
	CLEANUP(signer_close) struct signer signer = { 0 };
	const char *key = args_get(args, "KEY");
	const char *const *texts;
	struct package_name name;
	struct package_view *list;
	size_t count, text_count;
	int64_t enough;

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
		out_done(&cli->out, package_json(&list[0]), "signed package %s",
			package_title(&cli->session, &list[0]));
		return ERR_OK;
	}
	if (package_weigh(&cli->session, &list[0], &enough, err))
		return err->code;
	out_done(&cli->out, put_int(package_json(&list[0]), "good_signatures", enough),
		"signed package %s: %" PRId64 " of %" PRId64 " signatures",
		package_title(&cli->session, &list[0]), enough, list[0].product.signatures);
	return ERR_OK;
}

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
	out_done(&cli->out,
		put_text(put_text(cJSON_CreateObject(), "key", row.key.name), "product",
			row.product),
		"good signature by key %s, trusted for %s", row.key.name, row.product);
	return ERR_OK;
}

enum err_code
run_package_verify(struct cli *cli, const struct args *args, struct err *err)
{
	const char *manifest = args_get(args, "--manifest"),
		   *signature = args_get(args, "--signature");
	struct package_name name;
	struct package_view *list;
	size_t count;
	int64_t enough;

	if (manifest && signature)
		return verify_files(cli, manifest, signature, err);
	if (!args_get(args, "PRODUCT/COMPONENT") || !args_get(args, "VERSION")) {
		err_set(err, ERR_USAGE, "nothing to verify");
		return err_fix(
			err, "PRODUCT/COMPONENT VERSION, or --manifest FILE --signature FILE");
	}
	if (package_name_get(args, &name, err) ||
		package_find(&cli->session, &name, true, &list, &count, err) ||
		package_prove(&cli->session, &list[0], &enough, err))
		return err->code;
	out_done(&cli->out, put_int(package_json(&list[0]), "good_signatures", enough),
		"package %s: %" PRId64 " good signature%s, %zu file%s as signed",
		package_title(&cli->session, &list[0]), enough, plural(enough),
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
	return state_run(cli, args, "published", package_publish, err);
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

/* FILE.minisig is the first signature of the manifest, FILE.KEYID.minisig any other. */
static enum err_code
signatures_write(struct cli *cli, const char *file, const char *folder,
	const struct package_view *view, size_t *written, struct err *err)
{
	struct arena *arena = &cli->session.arena;
	struct signature_row *rows;
	int last = -2;
	size_t count;

	if (db_signature_all(cli->session.db, arena, view->package.id, &rows, &count, err))
		return err->code;
	for (size_t i = *written = 0; i < count; i++) {
		const char *name = file, *other = "";

		if (rows[i].position == last)
			other = arena_printf(arena, ".%s", rows[i].key_id);
		last = rows[i].position;
		if (last >= 0)
			name = folder ? arena_printf(arena, "%s/%s", folder,
						view->package.files[last].name)
				      : NULL;
		if (!name)
			continue;
		if (beside_write(&cli->session, arena_printf(arena, "%s%s.minisig", name, other),
			    rows[i].minisig, err))
			return err->code;
		++*written;
	}
	return ERR_OK;
}

enum err_code
run_package_manifest(struct cli *cli, const struct args *args, struct err *err)
{
	const char *file = args_get(args, "-o"), *folder = args_get(args, "--file-signatures");
	struct package_name name;
	struct package_view *list;
	const char *text;
	size_t count, written = 0;

	if (package_name_get(args, &name, err) ||
		package_find(&cli->session, &name, true, &list, &count, err) ||
		db_package_manifest_text(
			cli->session.db, &cli->session.arena, list[0].package.id, &text, err))
		return err->code;
	if (!file && !folder) {
		fputs(text, stdout);
		return ERR_OK;
	}
	if ((file && beside_write(&cli->session, file, text, err)) ||
		signatures_write(cli, file, folder, &list[0], &written, err))
		return err->code;
	out_done(&cli->out,
		put_int(put_text(cJSON_CreateObject(), "manifest", file), "signatures",
			(int64_t)written),
		"wrote %s%s%zu signature%s", file ? file : "", file ? " and " : "", written,
		plural((int64_t)written));
	return ERR_OK;
}
