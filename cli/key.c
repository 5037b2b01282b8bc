/* key */
#include "cli/sign.h"
#include "cli/view.h"
#include "core/str.h"
#include "plans/base/file.h"
#include "plans/packages/distrust.h"
#include "plans/packages/trust.h"
#include "run.h"

#include <inttypes.h>

static const struct view files_view = VIEW(SHOW(key_files, key_id, "key_id", NULL, VIEW_MAYBE),
	SHOW(key_files, secret, "secret", NULL, VIEW_VALUE),
	SHOW(key_files, public, "public", NULL, VIEW_VALUE));

static void
files_done(struct cli *cli, const struct key_files *files)
{
	out_done(&cli->out, view_json(&files_view, files), "made %s%s%s%s%s",
		files->secret ? files->secret : "", files->secret ? " (keep it secret) and " : "",
		files->public, *files->key_id ? ", key " : "", files->key_id);
}

enum err_code
run_key_new(struct cli *cli, const struct args *args, struct err *err)
{
	const char *name = args_get(args, "NAME");
	char passphrase[PASSPHRASE_MAX];
	bool plain = args_flag(args, "--no-passphrase");
	struct key_files files;

	if (word_check(WORD_NAME, "key name", file_base(name), ERR_USAGE, err))
		return err->code;
	if (!plain &&
		passphrase_get(cli, args, "Passphrase for the new key: ", true, passphrase, err))
		return err->code;
	if (!plain && !*passphrase)
		return err_set(err, ERR_USAGE,
			"an empty passphrase protects nothing; say --no-passphrase");
	(void)!sign_key_new(&cli->session, name, plain ? NULL : passphrase, &files, err);
	explicit_bzero(passphrase, sizeof passphrase);
	if (err->code)
		return err->code;
	/* The key of a dry run is thrown away, and its number with it. */
	if (cli->session.dry_run)
		*files.key_id = '\0';
	files_done(cli, &files);
	return ERR_OK;
}

/* A passphrase for a file other than the one that is written. */
static enum err_code
old_passphrase_get(
	struct cli *cli, const struct args *args, const char *path, char *ret, struct err *err)
{
	const char *file = args_get(args, "--from-passphrase-file");
	char *text;

	if (!file)
		return passphrase_ask(
			arena_printf(&cli->session.arena, "Passphrase of %s: ", QUOTE(path)), ret,
			err);
	if (text_read(&cli->session.arena, file, PASSPHRASE_MAX - 1, &text, NULL, err))
		return err->code;
	text[strcspn(text, "\r\n")] = '\0';
	str_copy(ret, PASSPHRASE_MAX, text);
	explicit_bzero(text, strlen(text));
	return ERR_OK;
}

enum err_code
run_key_import(struct cli *cli, const struct args *args, struct err *err)
{
	const char *path = args_get(args, "FILE"), *name = args_get(args, "NAME");
	char old[PASSPHRASE_MAX] = "", new[PASSPHRASE_MAX] = "";
	bool plain = args_flag(args, "--no-passphrase");
	struct key_files files;
	enum key_kind kind;

	if (word_check(WORD_NAME, "key name", file_base(name), ERR_USAGE, err) ||
		sign_key_kind(&cli->session, path, &kind, err))
		return err->code;
	if ((kind != KEY_ENCRYPTED || !old_passphrase_get(cli, args, path, old, err)) &&
		(plain || kind == KEY_PUBLIC ||
			!passphrase_get(
				cli, args, "Passphrase for the new file: ", true, new, err)))
		(void)!sign_key_import(&cli->session, path, kind == KEY_ENCRYPTED ? old : NULL,
			name, *new ? new : NULL, &files, err);
	explicit_bzero(old, sizeof old);
	explicit_bzero(new, sizeof new);
	if (err->code)
		return err->code;
	files_done(cli, &files);
	return ERR_OK;
}

enum err_code
run_key_trust(struct cli *cli, const struct args *args, struct err *err)
{
	const char *file = args_get(args, "FILE"), *product = args_get(args, "--product");
	int64_t from = 0, until = 0;

	if (args_time(args, "--from", &from, err) || args_time(args, "--until", &until, err) ||
		trust_add(&cli->session, file, product, from, until, err))
		return err->code;
	out_done(&cli->out,
		put_text(put_text(cJSON_CreateObject(), "product", product), "file", file),
		"allowed %s to sign packages of %s", file, product);
	return ERR_OK;
}

struct key_shown {
	struct trust_row row;
	const char *state;
};

static const struct view key_view =
	VIEW(SHOW(key_shown, row.product, "product", "PRODUCT", VIEW_VALUE),
		SHOW(key_shown, row.key.name, "name", "NAME", VIEW_VALUE),
		SHOW(key_shown, row.key.key_id, "key_id", "KEY", VIEW_VALUE),
		SHOW(key_shown, state, "state", "STATE", VIEW_VALUE),
		SHOW(key_shown, row.key.not_before, "not_before", NULL, VIEW_TIME),
		SHOW(key_shown, row.key.not_after, "not_after", "UNTIL", VIEW_TIME));

static const char *
key_state(const struct key *key, int64_t now)
{
	if (key->revoked)
		return "revoked";
	if (key->not_after && now >= key->not_after)
		return "expired";
	return now < key->not_before ? "not yet" : "trusted";
}

enum err_code
run_key_list(struct cli *cli, const struct args *args, struct err *err)
{
	struct trust_row *list;
	size_t count;

	if (trust_list(&cli->session, args_get(args, "--product"), &list, &count, err))
		return err->code;
	out_view_begin(&cli->out, &key_view);
	for (size_t i = 0; i < count; i++) {
		struct key_shown shown = { list[i], key_state(&list[i].key, cli->session.now) };

		out_row(&cli->out, &key_view, &shown);
	}
	out_list_end(&cli->out);
	return ERR_OK;
}

struct key_exported {
	const char *key_id, *text;
};

static const struct view export_view = VIEW(SHOW(key_exported, key_id, "key_id", NULL, VIEW_VALUE),
	SHOW(key_exported, text, "public_key", NULL, VIEW_VALUE));

/* The file itself, as other programs read it. */
static void
export_people(struct out *out, const void *thing)
{
	const struct key_exported *shown = thing;

	out_text(out, shown->text);
}

enum err_code
run_key_export(struct cli *cli, const struct args *args, struct err *err)
{
	const char *name = args_get(args, "KEY");
	struct trust_row *list;
	size_t count;

	if (trust_list(&cli->session, args_get(args, "--product"), &list, &count, err))
		return err->code;
	for (size_t i = 0; i < count; i++)
		if (!strcmp(list[i].key.name, name) || !strcmp(list[i].key.key_id, name)) {
			char text[TRUST_KEY_TEXT];
			struct key_exported shown = { list[i].key.key_id, text };

			trust_export(&list[i].key, args_flag(args, "--pem"), text);
			out_show_as(&cli->out, &export_view, &shown, export_people);
			return ERR_OK;
		}
	err_set(err, ERR_NOT_FOUND, "there is no trusted key '%s'", QUOTE(name));
	return err_fix(err, "otactl key list shows all");
}

struct key_distrusted {
	const char *key;
	struct distrust result;
};

static const struct view distrust_view = VIEW(SHOW(key_distrusted, key, "key", NULL, VIEW_VALUE),
	SHOW(key_distrusted, result.keys, "products", NULL, VIEW_VALUE),
	SHOW(key_distrusted, result.quarantined, "quarantined", NULL, VIEW_VALUE));

static enum err_code
distrusted(struct cli *cli, const char *verb, const char *name, const struct distrust *result)
{
	struct key_distrusted shown = { name, *result };

	out_done(&cli->out, view_json(&distrust_view, &shown),
		"%s key %s; %" PRId64 " package%s quarantined", verb, name, result->quarantined,
		plural(result->quarantined));
	return ERR_OK;
}

enum err_code
run_key_revoke(struct cli *cli, const struct args *args, struct err *err)
{
	const char *name = args_get(args, "KEY");
	struct distrust result;

	if (key_revoke_trust(&cli->session, name, args_get(args, "--product"), &result, err))
		return err->code;
	return distrusted(cli, "revoked", name, &result);
}

enum err_code
run_key_untrust(struct cli *cli, const struct args *args, struct err *err)
{
	const char *name = args_get(args, "KEY");
	struct distrust result;

	if (key_untrust(&cli->session, name, args_get(args, "--product"), &result, err))
		return err->code;
	return distrusted(cli, "untrusted", name, &result);
}
