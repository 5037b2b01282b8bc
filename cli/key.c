/* key */
#include "cli/sign.h"
#include "core/str.h"
#include "plans/base/file.h"
#include "plans/packages/distrust.h"
#include "plans/packages/trust.h"
#include "run.h"

#include <inttypes.h>

static void
files_done(struct cli *cli, const struct key_files *files)
{
	cJSON *o = cJSON_CreateObject();

	put_text(o, "key_id", *files->key_id ? files->key_id : NULL);
	put_text(o, "secret", files->secret);
	out_done(&cli->out, put_text(o, "public", files->public), "made %s%s%s%s%s",
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

enum err_code
run_key_list(struct cli *cli, const struct args *args, struct err *err)
{
	static const struct column_view columns[] = { { "product", "PRODUCT" }, { "name", "NAME" },
		{ "key_id", "KEY" }, { "state", "STATE" }, { "not_after", "UNTIL" } };
	struct trust_row *list;
	size_t count;

	if (trust_list(&cli->session, args_get(args, "--product"), &list, &count, err))
		return err->code;
	out_list_begin(&cli->out, columns, COUNT(columns));
	for (size_t i = 0; i < count; i++) {
		cJSON *o = put_text(cJSON_CreateObject(), "product", list[i].product);

		put_text(o, "name", list[i].key.name);
		put_text(o, "key_id", list[i].key.key_id);
		put_text(o, "state",
			list[i].key.revoked ? "revoked"
			: list[i].key.not_after && cli->session.now >= list[i].key.not_after
				? "expired"
			: cli->session.now < list[i].key.not_before ? "not yet"
								    : "trusted");
		put_time(o, "not_before", list[i].key.not_before);
		out_list_row(&cli->out, put_time(o, "not_after", list[i].key.not_after));
	}
	out_list_end(&cli->out);
	return ERR_OK;
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

			trust_export(&list[i].key, args_flag(args, "--pem"), text);
			if (cli->out.json)
				out_object(
					&cli->out, put_text(put_text(cJSON_CreateObject(), "key_id",
								    list[i].key.key_id),
							   "public_key", text));
			else
				fputs(text, stdout);
			return ERR_OK;
		}
	err_set(err, ERR_NOT_FOUND, "there is no trusted key '%s'", QUOTE(name));
	return err_fix(err, "otactl key list shows all");
}

static enum err_code
distrusted(struct cli *cli, const char *verb, const char *name, const struct distrust *result)
{
	cJSON *o = put_text(cJSON_CreateObject(), "key", name);

	put_int(o, "products", result->keys);
	put_int(o, "quarantined", result->quarantined);
	out_done(&cli->out, o, "%s key %s; %" PRId64 " package%s quarantined", verb, name,
		result->quarantined, plural(result->quarantined));
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
