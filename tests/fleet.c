/*
 * A small fleet: devices that poll the door over HTTP, download, check, report progress, reboot and
 * report their version, all with libcurl against a real server.  Used by the demo and by the tests.
 *
 *   fleet --base URL --devices CSV --otactl PATH --plan NAME --rounds N
 *         [--image VERSION=FILE]... [--fail ID]... [--fail-percent N] [--low-battery ID]... [--quiet]
 *
 * CSV lines are "device,token,version".  In each round every device takes one step and otactl
 * ticks; where that changed how far the plan is, a line of the table shows it.  Ends early when nothing
 * can change any more.
 */
#include "core/err.h"

#include <cjson/cJSON.h>
#include <curl/curl.h>
#include <openssl/evp.h>
#include <unistd.h>

enum { DEVICES_MAX = 1000, LIST_MAX = 16 };

enum step { POLL, ACCEPT, DOWNLOAD, INSTALL, REBOOT };

struct device {
	char id[64], token[64], version[64];
	enum step step;
	char execution[16], target[64], kind[16];
	bool fails, low_battery;
};

struct blob {
	char *data;
	size_t size;
};

static struct {
	const char *base, *otactl, *plan;
	struct device devices[DEVICES_MAX];
	size_t count;
	const char *images[LIST_MAX], *fail[LIST_MAX], *low[LIST_MAX];
	size_t image_count, fail_count, low_count, fail_percent;
	CURL *curl;
	int rounds, faults;
	bool quiet;
} fleet;

static void
fault(const struct device *d, const char *what)
{
	fprintf(stderr, "fleet: %s: %s\n", d->id, what);
	fleet.faults++;
}

static size_t
collect(char *data, size_t size, size_t n, void *into)
{
	struct blob *blob = into;
	char *bigger = realloc(blob->data, blob->size + size * n + 1);

	if (!bigger)
		return 0;
	blob->data = bigger;
	memcpy(blob->data + blob->size, data, size * n);
	blob->size += size * n;
	blob->data[blob->size] = '\0';
	return size * n;
}

/* GET, or POST with a body.  Returns the status; the answer is malloc'd. */
static long
request(const struct device *d, const char *url, const char *body, const char *range, struct blob *ret)
{
	struct curl_slist *headers = NULL;
	char authorization[128];
	long status = 0;

	*ret = (struct blob){ NULL, 0 };
	snprintf(authorization, sizeof authorization, "Authorization: Bearer %s", d->token);
	headers = curl_slist_append(headers, authorization);
	curl_easy_reset(fleet.curl);
	curl_easy_setopt(fleet.curl, CURLOPT_URL, url);
	curl_easy_setopt(fleet.curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(fleet.curl, CURLOPT_WRITEFUNCTION, collect);
	curl_easy_setopt(fleet.curl, CURLOPT_WRITEDATA, ret);
	curl_easy_setopt(fleet.curl, CURLOPT_TIMEOUT, 20L);
	if (body)
		curl_easy_setopt(fleet.curl, CURLOPT_POSTFIELDS, body);
	if (range)
		curl_easy_setopt(fleet.curl, CURLOPT_RANGE, range);
	if (curl_easy_perform(fleet.curl) == CURLE_OK)
		curl_easy_getinfo(fleet.curl, CURLINFO_RESPONSE_CODE, &status);
	curl_slist_free_all(headers);
	return status;
}

static const char *
text(const cJSON *object, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

	return cJSON_IsString(item) ? item->valuestring : "";
}

static long
report(struct device *d, const char *body, struct blob *ret)
{
	char url[256];

	snprintf(url, sizeof url, "%s/v1/%s/executions/%s", fleet.base, d->id, d->execution);
	return request(d, url, body, NULL, ret);
}

static void
tell(struct device *d, const char *body)
{
	struct blob answer;
	long status = report(d, body, &answer);

	if (status != 200)
		fault(d, "a report was refused");
	free(answer.data);
}

static bool
sha256_is(const struct blob *blob, const char *expected)
{
	uint8_t digest[32];
	char hex[65];

	EVP_Digest(blob->data, blob->size, digest, NULL, EVP_sha256(), NULL);
	for (int i = 0; i < 32; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	return !strcmp(hex, expected);
}

static const char *
image_of(const char *version)
{
	size_t length = strlen(version);

	for (size_t i = 0; i < fleet.image_count; i++)
		if (!strncmp(fleet.images[i], version, length) && fleet.images[i][length] == '=')
			return fleet.images[i] + length + 1;
	return NULL;
}

/* What installing a delta means: the old image and the delta must make the new image, byte by byte. */
static bool
delta_applies(struct device *d, const struct blob *delta)
{
	const char *old = image_of(d->version), *new = image_of(d->target);
	char file[] = "/tmp/fleet-delta-XXXXXX", command[1024];
	int fd = mkstemp(file);
	bool good = old && new && fd >= 0;

	snprintf(command, sizeof command, "xdelta3 -d -c -s '%s' '%s' | cmp -s - '%s'", old, file, new);
	good = good && write(fd, delta->data, delta->size) == (ssize_t)delta->size && !system(command);
	close(fd);
	unlink(file);
	return good;
}

static void
poll_step(struct device *d)
{
	struct blob answer;
	cJSON *offer;
	char url[512];
	long status;

	snprintf(url, sizeof url, "%s/v1/%s/plan?STM32=%s&battery=%d&signal=-60", fleet.base, d->id, d->version,
		d->low_battery ? 12 : 90);
	status = request(d, url, NULL, NULL, &answer);
	if (status != 200 && status != 204)
		fault(d, "the poll failed");
	offer = status == 200 ? cJSON_Parse(answer.data) : NULL;
	if (offer) {
		const cJSON *component =
			cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(offer, "components"), 0);

		snprintf(d->execution, sizeof d->execution, "%s", text(offer, "execution"));
		snprintf(d->target, sizeof d->target, "%s", text(component, "target"));
		snprintf(d->kind, sizeof d->kind, "%s", text(component, "kind"));
		d->step = strcmp(text(offer, "state"), "offered") != 0 ? DOWNLOAD : ACCEPT;
	}
	cJSON_Delete(offer);
	free(answer.data);
}

/* In two ranges, as small modules do. */
static void
download(struct device *d, const cJSON *file)
{
	int64_t size = (int64_t)cJSON_GetObjectItemCaseSensitive(file, "size")->valuedouble;
	struct blob first, second;
	char range[64];
	long one, two;

	snprintf(range, sizeof range, "0-%lld", (long long)size / 2);
	one = request(d, text(file, "url"), NULL, range, &first);
	tell(d, "{\"state\":\"downloading\",\"progress\":50}");
	snprintf(range, sizeof range, "%lld-", (long long)size / 2 + 1);
	two = request(d, text(file, "url"), NULL, range, &second);
	if (one != 206 || two != 206)
		fault(d, "a range was not served");
	if (second.data)
		collect(second.data, 1, second.size, &first);
	if (!first.data || !sha256_is(&first, text(file, "sha256"))) {
		fault(d, "the download is damaged");
		tell(d, "{\"state\":\"failed\",\"code\":7,\"message\":\"bad digest\"}");
	} else if (!strcmp(d->kind, "delta") && !delta_applies(d, &first)) {
		fault(d, "the delta does not make the new image");
	}
	free(first.data);
	free(second.data);
}

static void
accept_step(struct device *d)
{
	struct blob answer;
	long status = report(d, "{\"state\":\"accepted\"}", &answer);
	cJSON *accepted = status == 200 ? cJSON_Parse(answer.data) : NULL;
	const cJSON *file = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(accepted, "files"), 0);

	/* 409: not now; the offer stands or comes again. */
	d->step = file ? INSTALL : POLL;
	if (status != 200 && status != 409)
		fault(d, "the acceptance failed");
	if (file) {
		download(d, file);
		tell(d, "{\"state\":\"downloaded\",\"progress\":100}");
	}
	cJSON_Delete(accepted);
	free(answer.data);
}

static void
step(struct device *d)
{
	switch (d->step) {
	case POLL:
		poll_step(d);
		break;
	case ACCEPT:
	case DOWNLOAD:
		accept_step(d);
		break;
	case INSTALL:
		tell(d, "{\"state\":\"installing\"}");
		d->step = REBOOT;
		break;
	case REBOOT:
		if (d->fails) {
			tell(d, "{\"state\":\"failed\",\"code\":42,\"message\":\"flash write error\"}");
		} else {
			snprintf(d->version, sizeof d->version, "%s", d->target);
			tell(d, "{\"state\":\"succeeded\"}");
		}
		d->step = POLL;
		break;
	}
}

static long
number(const cJSON *object, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

	return cJSON_IsNumber(item) ? (long)item->valuedouble : 0;
}

/* A line of the table, unless nothing has changed since the last one. */
static void
line_print(int round, const cJSON *status, const char *ended)
{
	static char last[128];
	static int lines;
	char line[sizeof last];

	snprintf(line, sizeof line, "  %5ld  %7ld  %7ld  %9ld  %9ld  %8ld  %6ld%s%s",
		number(cJSON_GetObjectItemCaseSensitive(status, "stage"), "index"), number(status, "pending"),
		number(status, "offered"), number(status, "in_progress"), number(status, "succeeded"),
		number(status, "survived"), number(status, "failed"), *ended ? "  " : "", ended);
	if (!strcmp(line, last))
		return;
	if (lines++ % 15 == 0)
		puts("round  stage  pending  offered  under way  succeeded  survived  failed");
	printf("%5d%s\n", round, line);
	fflush(stdout);
	memcpy(last, line, sizeof last);
}

/* Show how far the plan is; true when it has ended. */
static bool
status_line(int round)
{
	char command[1024], buffer[16384];
	size_t got;
	cJSON *status;
	bool ended;
	FILE *pipe;

	snprintf(command, sizeof command, "%s plan status %s --json", fleet.otactl, fleet.plan);
	pipe = popen(command, "r");
	if (!pipe)
		return true;
	got = fread(buffer, 1, sizeof buffer - 1, pipe);
	buffer[got] = '\0';
	pclose(pipe);
	status = cJSON_Parse(buffer);
	ended = !status || strcmp(text(status, "state"), "active") != 0;
	if (!fleet.quiet)
		line_print(round, status, ended ? text(status, "state") : "");
	cJSON_Delete(status);
	return ended;
}

static bool
listed(const char *const *list, size_t count, const char *id)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(list[i], id))
			return true;
	return false;
}

static bool
devices_read(const char *path)
{
	FILE *file = fopen(path, "r");
	char line[512];

	while (file && fgets(line, sizeof line, file) && fleet.count < DEVICES_MAX) {
		struct device *d = &fleet.devices[fleet.count];

		if (sscanf(line, "%63[^,],%63[^,],%63[^,\n]", d->id, d->token, d->version) != 3)
			continue;
		d->fails = listed(fleet.fail, fleet.fail_count, d->id) ||
			fleet.count * 37 % 100 < fleet.fail_percent;
		d->low_battery = listed(fleet.low, fleet.low_count, d->id);
		fleet.count++;
	}
	if (file)
		fclose(file);
	return fleet.count;
}

/* The options; returns the file of devices, NULL when there is none. */
static const char *
options_read(int argc, char **argv)
{
	const char *devices = NULL;

	for (int i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : "";

		if (!strcmp(argv[i], "--quiet")) {
			fleet.quiet = true;
			continue;
		}
		i++;
		if (!strcmp(argv[i - 1], "--base"))
			fleet.base = value;
		else if (!strcmp(argv[i - 1], "--devices"))
			devices = value;
		else if (!strcmp(argv[i - 1], "--otactl"))
			fleet.otactl = value;
		else if (!strcmp(argv[i - 1], "--plan"))
			fleet.plan = value;
		else if (!strcmp(argv[i - 1], "--rounds"))
			fleet.rounds = atoi(value);
		else if (!strcmp(argv[i - 1], "--image") && fleet.image_count < LIST_MAX)
			fleet.images[fleet.image_count++] = value;
		else if (!strcmp(argv[i - 1], "--fail") && fleet.fail_count < LIST_MAX)
			fleet.fail[fleet.fail_count++] = value;
		else if (!strcmp(argv[i - 1], "--fail-percent"))
			fleet.fail_percent = (size_t)atoi(value);
		else if (!strcmp(argv[i - 1], "--low-battery") && fleet.low_count < LIST_MAX)
			fleet.low[fleet.low_count++] = value;
	}
	return devices;
}

int
main(int argc, char **argv)
{
	const char *devices = options_read(argc, argv);
	char tick[512];

	if (!fleet.base || !fleet.otactl || !fleet.plan || !devices || !devices_read(devices)) {
		fputs("usage: see the head of tests/fleet.c\n", stderr);
		return 2;
	}
	curl_global_init(CURL_GLOBAL_DEFAULT);
	fleet.curl = curl_easy_init();
	snprintf(tick, sizeof tick, "%s --quiet tick >/dev/null", fleet.otactl);
	for (int round = 1; round <= fleet.rounds; round++) {
		for (size_t i = 0; i < fleet.count; i++)
			step(&fleet.devices[i]);
		if (system(tick))
			fleet.faults++;
		if (status_line(round))
			break;
	}
	curl_easy_cleanup(fleet.curl);
	if (fleet.faults)
		fprintf(stderr, "fleet: %d faults\n", fleet.faults);
	return fleet.faults ? 1 : 0;
}
