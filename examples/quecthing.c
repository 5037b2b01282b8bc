/* The adapter of quecthing.h.  It keeps what it could not report and sends that later. */
#include "quecthing.h"

#include <cjson/cJSON.h>
#include <curl/curl.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARTS_MAX = 20, KEPT_MAX = 32, BODY_MAX = 65536, TIMEOUT_S = 30 };
enum { CODE_RECEIVED = 1, CODE_CONFIRMED, CODE_REFUSED, CODE_START, CODE_LOADING, CODE_LOAD_ERROR, CODE_LOADED = 8,
	CODE_UPDATING, CODE_UPDATED = 11, CODE_UPDATE_ERROR };

static const char *base, *device, *token;
static qint32_t battery = QTH_NONE, strength = QTH_NONE, flash = QTH_NONE;
static Qth_otaEventCb_t cb;
static Qth_mcuInfo_t module, parts[PARTS_MAX];
static int part_count;
static bool untold; /* the versions */

/* The plan that is under way. */
static struct {
	char execution[16];
	Qth_otaPlan_t list[PARTS_MAX];
	bool open[PARTS_MAX]; /* handed over, and not proven yet */
	quint16_t count;
	bool manual, stop;
} plan;

/* Reports that nobody answered, in the order they were made. */
static char kept[KEPT_MAX][256];
static int kept_count;

struct body {
	char text[BODY_MAX];
	size_t length;
};

static size_t
take(char *data, size_t one, size_t size, void *context)
{
	struct body *body = context;

	(void)one;
	if (size >= sizeof body->text - body->length)
		return 0;
	memcpy(body->text + body->length, data, size);
	body->length += size;
	body->text[body->length] = '\0';
	return size;
}

/* One request; `post` NULL asks.  The status, 0 where nobody answered; *json is the caller's, or NULL. */
static long
request(const char *path, const char *post, cJSON **json)
{
	static struct body body;
	char url[512], authorization[256];
	struct curl_slist *headers = NULL;
	CURL *curl = curl_easy_init();
	long status = 0;

	body = (struct body){ .length = 0 };
	snprintf(url, sizeof url, "%s/quec/v1/%s/%s", base, device, path);
	snprintf(authorization, sizeof authorization, "Authorization: Bearer %s", token);
	headers = curl_slist_append(headers, authorization);
	headers = curl_slist_append(headers, "Content-Type: application/json");
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)TIMEOUT_S);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
	if (post)
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, post);
	if (!curl_easy_perform(curl))
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(curl);
	curl_slist_free_all(headers);
	*json = cJSON_Parse(body.text);
	return status;
}

/* False where there is no answer to read; else *json is the caller's. */
static bool
ask(const char *path, cJSON **json)
{
	if (request(path, NULL, json) == 200)
		return true;
	cJSON_Delete(*json);
	return false;
}

/* Nobody took it: it is worth saying again.  What was refused (400, 404, 409) never gets better. */
static bool
unheard(long status)
{
	return !status || status == 429 || status >= 500;
}

static bool
post(const char *path, const char *body)
{
	cJSON *json;
	long status = request(path, body, &json);

	plan.stop = plan.stop || cJSON_IsTrue(cJSON_GetObjectItem(json, "cancel_requested"));
	cJSON_Delete(json);
	return !unheard(status);
}

/* Say first what could not be said before. */
static bool
catch_up(void)
{
	int said = 0;

	while (said < kept_count && post("status", kept[said]))
		said++;
	kept_count -= said;
	memmove(kept, kept + said, sizeof *kept * (size_t)kept_count);
	return !kept_count;
}

static void
report(const char *identity, int code, int percent)
{
	char body[256];

	snprintf(body, sizeof body,
		"{\"execution\":\"%s\",\"identity\":\"%s\",\"code\":%d,\"percent\":%d,\"message\":\"\"}", plan.execution,
		identity, code, percent);
	if (catch_up() && post("status", body))
		return;
	/* Where there is no room the oldest goes: what comes later says more. */
	if (kept_count == KEPT_MAX)
		memmove(kept, kept + 1, sizeof *kept * (size_t)--kept_count);
	strcpy(kept[kept_count++], body);
}

static void
add_part(cJSON *list, const Qth_mcuInfo_t *part, int type)
{
	cJSON *object = cJSON_CreateObject();

	cJSON_AddStringToObject(object, "identity", part->identity);
	cJSON_AddStringToObject(object, "version", part->version);
	cJSON_AddNumberToObject(object, "type", type);
	cJSON_AddItemToArray(list, object);
}

static bool
tell_versions(void)
{
	cJSON *body = cJSON_CreateObject(), *list = cJSON_AddArrayToObject(body, "components");
	char *text;

	if (*module.identity)
		add_part(list, &module, QTH_OTA_TYPE_MODULE);
	for (int i = 0; i < part_count; i++)
		add_part(list, &parts[i], QTH_OTA_TYPE_MCU);
	if (battery != QTH_NONE)
		cJSON_AddNumberToObject(body, "battery", battery);
	if (strength != QTH_NONE)
		cJSON_AddNumberToObject(body, "signal", strength);
	if (flash != QTH_NONE)
		cJSON_AddNumberToObject(body, "flash", flash);
	text = cJSON_PrintUnformatted(body);
	untold = !post("versions", text);
	cJSON_free(text);
	cJSON_Delete(body);
	return !untold;
}

/* Texts that do not fit, or are none, are empty. */
static void
text_of(const cJSON *object, const char *key, char *ret, size_t room)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(object, key));

	*ret = '\0';
	if (text && strlen(text) < room)
		strcpy(ret, text);
}

static qint32_t
number_of(const cJSON *object, const char *key)
{
	const cJSON *value = cJSON_GetObjectItem(object, key);

	return cJSON_IsNumber(value) ? value->valueint : QTH_NONE;
}

/* --- the notice of a plan -------------------------------------------------------------------------------- */

static bool
read_plan(const cJSON *json)
{
	const cJSON *one;
	char mode[16] = "";

	memset(&plan, 0, sizeof plan);
	cJSON_ArrayForEach(one, cJSON_GetObjectItem(json, "plans"))
	{
		Qth_otaPlan_t *p = &plan.list[plan.count];

		if (plan.count == PARTS_MAX)
			break;
		text_of(one, "execution", plan.execution, sizeof plan.execution);
		text_of(one, "mode", mode, sizeof mode);
		text_of(one, "identity", p->identity, sizeof p->identity);
		text_of(one, "srcVer", p->srcVer, sizeof p->srcVer);
		text_of(one, "dstVer", p->dstVer, sizeof p->dstVer);
		p->type = (Qth_otaType_e)number_of(one, "type");
		p->minBattery = number_of(one, "minBattery");
		p->minFlash = number_of(one, "minFlash");
		p->minSignal = number_of(one, "minSignal");
		plan.count++;
	}
	plan.manual = !strcmp(mode, "manual");
	return plan.count && *plan.execution;
}

/* Why the application says no: it gives a truth value alone, and the limits of the plan tell the rest. */
static const char *
reason(void)
{
	for (quint16_t i = 0; i < plan.count; i++) {
		const Qth_otaPlan_t *p = &plan.list[i];

		if (p->minBattery != QTH_NONE && battery != QTH_NONE && battery < p->minBattery)
			return "battery";
		if (p->minSignal != QTH_NONE && strength != QTH_NONE && strength < p->minSignal)
			return "signal";
		if (p->minFlash != QTH_NONE && flash != QTH_NONE && flash < p->minFlash)
			return "storage";
	}
	return plan.manual ? "user" : "other";
}

/* Accept or refuse the whole list; in words, whatever number TRUE is. */
static bool
answer(bool accept, const char *why)
{
	char path[40], body[64];
	cJSON *json;
	long status;

	snprintf(path, sizeof path, "plans/%s", plan.execution);
	if (accept)
		snprintf(body, sizeof body, "{\"answer\":\"accept\"}");
	else
		snprintf(body, sizeof body, "{\"answer\":\"reject\",\"reason\":\"%s\"}", why);
	status = request(path, body, &json);
	cJSON_Delete(json);
	return status == 200;
}

/* --- files ----------------------------------------------------------------------------------------------- */

struct load {
	char *identity;
	const Qth_otaInfo_t *info;
	quint32_t offset;
	int said; /* percent */
	EVP_MD_CTX *sha256;
	bool refused; /* by the application */
};

static size_t
hand_over(char *data, size_t one, size_t size, void *context)
{
	struct load *load = context;
	int percent;

	(void)one;
	load->refused = plan.stop || load->offset + size > load->info->fileSize ||
			!cb.sotaFileCb(load->identity, load->offset, (quint8_t *)data, (quint32_t)size);
	if (load->refused)
		return 0;
	EVP_DigestUpdate(load->sha256, data, size);
	load->offset += (quint32_t)size;
	percent = (int)((uint64_t)load->offset * 10 / load->info->fileSize) * 10;
	if (percent > load->said) {
		load->said = percent;
		report(load->identity, CODE_LOADING, percent);
		if (cb.downloadCb)
			cb.downloadCb(load->identity, (quint8_t)percent);
	}
	return size;
}

static bool
digest_is(EVP_MD_CTX *sha256, const char *wanted)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	char hex[2 * EVP_MAX_MD_SIZE + 1] = "";
	unsigned length;

	EVP_DigestFinal_ex(sha256, digest, &length);
	for (unsigned i = 0; i < length; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	return !strcmp(hex, wanted);
}

/* Load one file, and go on five times where the connection breaks. */
static bool
load_file(char *identity, const Qth_otaInfo_t *info)
{
	struct load load = { identity, info, 0, 0, EVP_MD_CTX_new(), false };
	bool good;

	EVP_DigestInit_ex(load.sha256, EVP_sha256(), NULL);
	for (int tries = 0; tries < 5 && load.offset < info->fileSize && !load.refused; tries++) {
		CURL *curl = curl_easy_init();

		curl_easy_setopt(curl, CURLOPT_URL, info->fileUrl);
		curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
		curl_easy_setopt(curl, CURLOPT_RESUME_FROM, (long)load.offset);
		curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, hand_over);
		curl_easy_setopt(curl, CURLOPT_WRITEDATA, &load);
		curl_easy_perform(curl);
		curl_easy_cleanup(curl);
	}
	good = load.offset == info->fileSize && digest_is(load.sha256, info->fileSha256) &&
	       cb.sotaFileCb(identity, load.offset, NULL, 0);
	EVP_MD_CTX_free(load.sha256);
	return good;
}

/* One file of the list; false ends its component. */
static bool
one_file(const Qth_otaPlan_t *p, const cJSON *object, bool *elsewhere)
{
	Qth_otaDownType_e type = QTH_SOTA_DOWN_TYPE_MODULE;
	char identity[QTH_IDENTITY];
	Qth_otaInfo_t info;

	strcpy(identity, p->identity);
	text_of(object, "version", info.version, sizeof info.version);
	text_of(object, "fileMd5", info.fileMd5, sizeof info.fileMd5);
	text_of(object, "fileCrc", info.fileCrc, sizeof info.fileCrc);
	text_of(object, "fileSha256", info.fileSha256, sizeof info.fileSha256);
	text_of(object, "fileUrl", info.fileUrl, sizeof info.fileUrl);
	info.fileSize = (quint32_t)number_of(object, "fileSize");
	if (p->type != QTH_OTA_TYPE_MODULE && !cb.sotaInfoCb(identity, &info, &type))
		return false;
	*elsewhere = type == QTH_SOTA_DOWN_TYPE_MCU;
	return *elsewhere || load_file(identity, &info);
}

/* The files of one component, in their order: a minimal package has two. */
static void
one_component(quint16_t at, const cJSON *list)
{
	Qth_otaPlan_t *p = &plan.list[at];
	bool good = true, any = false, elsewhere = false;
	const cJSON *object;

	report(p->identity, CODE_START, 0);
	cJSON_ArrayForEach(object, list)
	{
		char identity[QTH_IDENTITY];

		text_of(object, "identity", identity, sizeof identity);
		if (strcmp(identity, p->identity) != 0)
			continue;
		any = true;
		good = good && !plan.stop && one_file(p, object, &elsewhere);
	}
	if (plan.stop)
		return;
	if (!any || !good) {
		report(p->identity, CODE_LOAD_ERROR, 0);
		if (cb.resultCb)
			cb.resultCb(p->identity, false);
		return;
	}
	plan.open[at] = true;
	if (elsewhere) /* the MCU loads it by itself, and its version will tell */
		return;
	report(p->identity, CODE_LOADED, 100);
	report(p->identity, CODE_UPDATING, 0);
}

/* --- what applications call -------------------------------------------------------------------------------- */

void
Qth_configSetServer(const char *to, const char *as, const char *with)
{
	base = to;
	device = as;
	token = with;
}

void
Qth_configSetState(qint32_t percent, qint32_t dbm, qint32_t bytes)
{
	battery = percent;
	strength = dbm;
	flash = bytes;
}

void
Qth_configSetEventCb(Qth_otaEventCb_t given)
{
	cb = given;
}

void
Qth_configSetModuleVer(const char *identity, const char *version)
{
	snprintf(module.identity, sizeof module.identity, "%s", identity);
	snprintf(module.version, sizeof module.version, "%s", version);
}

/* The version that a part of the device runs now, or NULL. */
static const char *
running(const char *identity)
{
	if (!strcmp(module.identity, identity))
		return module.version;
	for (int i = 0; i < part_count; i++)
		if (!strcmp(parts[i].identity, identity))
			return parts[i].version;
	return NULL;
}

qbool
Qth_configSetMcuVer(const Qth_mcuInfo_t *list, quint16_t count)
{
	part_count = count < PARTS_MAX ? count : PARTS_MAX;
	memcpy(parts, list, sizeof *list * (size_t)part_count);
	for (quint16_t i = 0; i < plan.count; i++) {
		const char *version = running(plan.list[i].identity);
		bool good = version && !strcmp(version, plan.list[i].dstVer);

		if (!plan.open[i] || !version)
			continue;
		plan.open[i] = false;
		report(plan.list[i].identity, good ? CODE_UPDATED : CODE_UPDATE_ERROR, 0);
		if (cb.resultCb)
			cb.resultCb(plan.list[i].identity, good);
	}
	return catch_up() && tell_versions();
}

/* Files were handed over, and no version has told yet what came of it. */
static bool
updating(void)
{
	for (quint16_t i = 0; i < plan.count; i++)
		if (plan.open[i])
			return true;
	return false;
}

qbool
Qth_otaRequest(int mode)
{
	cJSON *json;
	bool any;

	(void)mode;
	if (!catch_up() || (untold && !tell_versions()))
		return false;
	if (updating())
		return true;
	if (!ask("plans", &json))
		return false;
	any = read_plan(json);
	cJSON_Delete(json);
	if (!any)
		return true;
	for (quint16_t i = 0; i < plan.count; i++)
		report(plan.list[i].identity, CODE_RECEIVED, 0);
	if (!cb.planCb(plan.list, plan.count)) {
		answer(false, reason());
		return true;
	}
	if (!answer(true, ""))
		return true; /* it does not hold any more */
	for (quint16_t i = 0; i < plan.count; i++)
		report(plan.list[i].identity, CODE_CONFIRMED, 0);
	if (!ask("info", &json))
		return false;
	for (quint16_t i = 0; i < plan.count && !plan.stop; i++)
		one_component(i, cJSON_GetObjectItem(json, "info"));
	cJSON_Delete(json);
	if (plan.stop)
		answer(false, "other");
	return true;
}
