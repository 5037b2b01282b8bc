#include "tests/test.h"

#include "tests/fixture.h"
#include "plans/door/contact.h"
#include "plans/packages/add.h"
#include "plans/packages/find.h"
#include "plans/packages/state.h"
#include "plans/orders/edit.h"
#include "plans/orders/activate.h"
#include "plans/orders/recount.h"
#include "db/check.h"

#include "plans/base/setup.h"
#include "plans/packages/sign.h"
#include "plans/rollout/tick.h"
#include "plans/packages/trust.h"

#include <sqlite3.h>
#include <unistd.h>

void
fixture_good(struct fixture *f, enum err_code code)
{
	if (code)
		fail_msg("%s: %s", f->err.what, f->err.why);
	f->session.reason = NULL;
}

void
fixture_file(const char *path, size_t size, unsigned content)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	for (size_t i = 0; i < size; i++) {
		content = content * 1103515245 + 12345;
		fputc((int)(content >> 16 & 0xff), file);
	}
	assert_int_equal(fclose(file), 0);
}

void
fixture_begin(struct fixture *f)
{
	struct product_change change = { .signatures = -1, .max_files = -1, .max_file_mb = -1 };
	struct key_files files;
	char token[TOKEN_TEXT] = "", key[96];

	/* In memory where there is such a folder: a test's figures are not about the disk. */
	*f = (struct fixture){ .folder = "" };
	snprintf(f->folder, sizeof f->folder, "%s/otactl-test-XXXXXX",
		access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
	token_init();
	assert_non_null(mkdtemp(f->folder));
	snprintf(f->db, sizeof f->db, "%s/lib/fleet.db", f->folder);
	snprintf(f->image, sizeof f->image, "%s/firmware.bin", f->folder);
	snprintf(key, sizeof key, "%s/release", f->folder);
	f->session.path = f->db;
	f->session.now = FIXTURE_NOW;
	f->session.actor = f->session.action = "test";
	fixture_good(f, setup_make(&f->session, &f->err));
	fixture_good(f, product_create(&f->session, "aroma", &change, token, &f->err));
	fixture_good(f, component_create(&f->session, "aroma", "STM32",
		      &(struct component_change){ .type = "mcu", .slot_size = -1 }, &f->err));
	fixture_good(f, sign_key_new(&f->session, key, NULL, &files, &f->err));
	f->secret_key = strdup(files.secret);
	f->public_key = strdup(files.public);
	fixture_good(f, trust_add(&f->session, files.public, "aroma", 0, 0, &f->err));
}

void
fixture_close(struct fixture *f)
{
	session_close(&f->door);
	session_close(&f->session);
}

void
fixture_end(struct fixture *f)
{
	char command[128];

	fixture_close(f);
	free((void *)(uintptr_t)f->secret_key);
	free((void *)(uintptr_t)f->public_key);
	snprintf(command, sizeof command, "rm -rf '%s'", f->folder);
	assert_int_equal(system(command), 0);
}

void
fixture_package(struct fixture *f, const char *version, const char *source, size_t size)
{
	fixture_package_for(f, version, source, size, NULL);
}

void
fixture_package_for(
	struct fixture *f, const char *version, const char *source, size_t size, const char *hw)
{
	CLEANUP(signer_close) struct signer signer = { 0 };
	struct package_file file = { .path = f->image };
	const char *slash = strchr(version, '/');
	struct package_new new = { .name = { "aroma/STM32", version, source, false }, .files = &file,
		.file_count = 1, .floor = -1, .hw = hw };
	struct package_view view;
	size_t changed;

	if (slash) {
		new.name.product_component =
			arena_printf(&f->session.arena, "aroma/%.*s", (int)(slash - version), version);
		new.name.version = slash + 1;
	}

	fixture_file(f->image, size, (unsigned)size);
	fixture_good(f, package_create(&f->session, &new, &view, &f->err));
	fixture_good(f, signer_open(&f->session, f->secret_key, NULL, &signer, &f->err));
	fixture_good(f, sign_package(&f->session, &view, &signer, &f->err));
	fixture_good(f, package_publish(&f->session, &new.name, &changed, &f->err));
}

void
fixture_device(struct fixture *f, const char *name, const char *version, const char *group)
{
	char token[160];
	struct device_new new = { .name = name, .product = "aroma", .token = token, .groups = &group,
		.group_count = group ? 1 : 0 };

	snprintf(token, sizeof token, "token-of-%s-padded", name);
	pairs_set(&f->session.arena, &new.components, "STM32", version);
	fixture_good(f, device_create(&f->session, &new, NULL, &f->err));
}

void
fixture_salt(struct fixture *f, const char *name)
{
	char *sql = sqlite3_mprintf("UPDATE plan SET salt = x'%08x%08x%08x%08x' WHERE name = %Q",
		(unsigned)random(), (unsigned)random(), (unsigned)random(), (unsigned)random(), name);
	sqlite3 *db;

	assert_int_equal(sqlite3_open(f->db, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_free(sql);
	sqlite3_close(db);
}

void
fixture_known(struct fixture *f)
{
	long long heard = (long long)f->session.now - 1;
	char *sql = sqlite3_mprintf("UPDATE device SET last_seen = %lld, gap_s = 0, gap_at = %lld, known_at = %lld",
		heard, heard, heard - GAP_LONGEST_S);
	sqlite3 *db;

	assert_int_equal(sqlite3_open(f->db, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_free(sql);
	sqlite3_close(db);
}

void
fixture_plan(struct fixture *f, const char *name, const char *version, const char *const *sets)
{
	const char *upgrade[4], *at = version;
	struct plan_change change = { .product = "aroma", .timezone = "UTC", .upgrade = { upgrade, 0 },
		.priority = INT64_MIN, .continuous = -1, .allow_downgrade = -1, .require_all = -1 };
	struct activation activation;

	for (size_t length; *at && change.upgrade.count < COUNT(upgrade); at += length + (at[length] == ' ')) {
		length = strcspn(at, " ");
		upgrade[change.upgrade.count++] = arena_printf(&f->session.arena, "%s%.*s",
			strchr(version, '=') ? "" : "STM32=", (int)length, at);
	}
	change.set.list = sets;
	while (sets && sets[change.set.count])
		change.set.count++;
	fixture_good(f, plan_create(&f->session, name, &change, &f->err));
	fixture_salt(f, name);
	fixture_good(f, plan_activate(&f->session, name, -1, &activation, &f->err));
}

/* --- requests ------------------------------------------------------------------------------------ */

struct environment {
	char names[24][32];
	const char *values[24];
	size_t count;
	const char *body;
	size_t left;
};

static const char *
variable(void *context, const char *name)
{
	struct environment *e = context;

	for (size_t i = 0; i < e->count; i++)
		if (!strcmp(e->names[i], name))
			return e->values[i];
	return NULL;
}

static size_t
body_read_some(void *context, char *ret, size_t size)
{
	struct environment *e = context;
	size_t some = e->left < size ? e->left : size;

	memcpy(ret, e->body, some);
	e->body += some;
	e->left -= some;
	return some;
}

static void
set(struct environment *e, const char *name, const char *value)
{
	size_t i = 0;

	while (i < e->count && strcmp(e->names[i], name) != 0)
		i++;
	if (i == e->count)
		e->count++;
	snprintf(e->names[i], sizeof e->names[i], "%s", name);
	e->values[i] = value;
}

static struct answer last;
static char raw[sizeof last.headers + sizeof last.body];
static size_t raw_length;

static bool
gather(void *context, const char *data, size_t size)
{
	(void)context;
	if (raw_length + size > sizeof raw)
		return false;
	memcpy(raw + raw_length, data, size);
	raw_length += size;
	return true;
}

static void
answer_cut(void)
{
	char *end = memmem(raw, raw_length, "\r\n\r\n", 4);

	assert_non_null(end);
	last = (struct answer){ 0 };
	assert_true((size_t)(end - raw) + 2 < sizeof last.headers);
	memcpy(last.headers, raw, (size_t)(end - raw) + 2);
	last.length = raw_length - (size_t)(end + 4 - raw);
	memcpy(last.body, end + 4, last.length);
	assert_int_equal(sscanf(last.headers, "Status: %d", &last.status), 1);
}

static void
door_ready(struct fixture *f)
{
	f->door.path = f->db;
	f->door.actor = "door";
	session_set_now(&f->door, f->session.now);
	f->door.now_given = f->session.now_given;
	if (!f->door.db && session_open(&f->door, DB_DOOR, &f->err))
		fail_msg("%s: %s", f->err.what, f->err.why);
}

const struct answer *
fixture_request_with(struct fixture *f, const char *method, const char *target, const char *token,
	const char *body, const char *const *variables)
{
	struct environment e = { .body = body ? body : "", .left = body ? strlen(body) : 0 };
	struct source source = { variable, body_read_some, &e };
	struct sink sink = { gather, NULL };
	char authorization[256], length[24], path[8192];
	const char *question = strchr(target, '?');
	struct err err = ERR_NONE;
	struct request request;
	struct reply reply;

	snprintf(path, sizeof path, "%.*s", (int)(question ? question - target : (int)strlen(target)), target);
	snprintf(authorization, sizeof authorization, "Bearer %s", token ? token : "");
	snprintf(length, sizeof length, "%zu", e.left);
	set(&e, "REQUEST_METHOD", method);
	set(&e, "PATH_INFO", path);
	set(&e, "QUERY_STRING", question ? question + 1 : "");
	set(&e, "OTACTL_BASE_URL", "http://door/ota");
	set(&e, "CONTENT_LENGTH", length);
	if (token)
		set(&e, "HTTP_AUTHORIZATION", authorization);
	for (; variables && *variables; variables++) {
		char name[32] = "";

		memcpy(name, *variables, strcspn(*variables, "="));
		set(&e, name, strchr(*variables, '=') + 1);
	}
	raw_length = 0;
	arena_reset(&f->session.arena);
	door_ready(f);
	if (request_read(&f->door.arena, &source, &request, &err))
		handle_error(&f->door, &request, &err, &reply);
	else
		handle(&f->door, &request, &reply);
	respond_write(&reply, &sink);
	arena_reset(&f->door.arena);
	err = ERR_NONE;
	if ((!f->busy || contacts_kept(&f->door) == CONTACTS_MAX) && contacts_store(&f->door, &err))
		fail_msg("%s: %s", err.what, err.why);
	answer_cut();
	return &last;
}

const struct answer *
fixture_request(struct fixture *f, const char *method, const char *target, const char *token,
	const char *body)
{
	return fixture_request_with(f, method, target, token, body, NULL);
}

const struct answer *
fixture_poll(struct fixture *f, const char *device, const char *query)
{
	char target[256], token[64];

	snprintf(target, sizeof target, "/v1/%s/plan?%s", device, query);
	snprintf(token, sizeof token, "token-of-%s-padded", device);
	return fixture_request(f, "GET", target, token, NULL);
}

const struct answer *
fixture_report(struct fixture *f, const char *device, const char *execution, const char *body)
{
	char target[256], token[64];

	snprintf(target, sizeof target, "/v1/%s/executions/%s", device, execution);
	snprintf(token, sizeof token, "token-of-%s-padded", device);
	return fixture_request(f, "POST", target, token, body);
}

void
fixture_tick(struct fixture *f)
{
	struct tick_result result;

	fixture_good(f, tick_run(&f->session, &result, &f->err));
}

struct plan_status *
fixture_status(struct fixture *f, const char *plan)
{
	struct plan_status *ret = arena_alloc(&f->session.arena, sizeof *ret);

	fixture_good(f, status_get(&f->session, plan, ret, &f->err));
	return ret;
}

const char *
fixture_finding(struct fixture *f)
{
	static char text[256];
	struct recount recount;
	const char **findings;
	size_t count;

	fixture_good(f, db_check_findings(f->session.db, &f->session.arena, &findings, &count, &f->err));
	fixture_good(f, recount_check(&f->session, &recount, &f->err));
	if (count) {
		snprintf(text, sizeof text, "%s", findings[0]);
		return text;
	}
	if (!recount.faults.count)
		return NULL;
	snprintf(text, sizeof text, "%s %s: %s is %lld, and the rows have %lld",
		recount.faults.list[0].table, recount.faults.list[0].row,
		recount.faults.list[0].counter, (long long)recount.faults.list[0].was,
		(long long)recount.faults.list[0].is);
	return text;
}

void
fixture_whole(struct fixture *f)
{
	const char *finding = fixture_finding(f);

	if (finding)
		fail_msg("%s", finding);
}

const char *
answer_text(const struct answer *answer, const char *key)
{
	static char values[8][1024];
	static int next;
	char *ret = values[next++ % 8], start[64];
	const char *at;

	snprintf(start, sizeof start, "\"%s\":\"", key);
	at = strstr(answer->body, start);
	*ret = '\0';
	if (at)
		snprintf(ret, 1024, "%.*s", (int)strcspn(at + strlen(start), "\""), at + strlen(start));
	return ret;
}
