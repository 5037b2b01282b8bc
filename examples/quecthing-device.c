/*
 * The application of the SDK's SOTA example, over the adapter of quecthing.h: an MCU behind a module.
 *
 *   cc -o quecthing-device quecthing-device.c quecthing.c -lcurl -lcjson -lcrypto
 *   quecthing-device BASE DEVICE TOKEN IDENTITY VERSION IMAGE [refuse | mcu | lost | BATTERY]
 *
 * IMAGE is the file that stands for the MCU's flash.  `refuse`: its user does not want it; `mcu`: the MCU loads the
 * firmware itself; `lost`: the connection is gone in the middle of the download, and comes back after the update;
 * a number is the battery's charge, of which the device takes no upgrade below what the plan wants.
 */
#include "quecthing.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *base, *how, *image;
static char *const *words;
static char next[QTH_VERSION], loading[QTH_URL];
static bool done, failed;
static long charge = 80;

static qbool
otaPlanCb(Qth_otaPlan_t *planList, quint16_t count)
{
	for (quint16_t i = 0; i < count; i++) {
		printf("identity:%s,type:%d,srcVer:%s,dstVer:%s,minBattery:%d,minFlash:%d,minSignal:%d\n", planList[i].identity,
			(int)planList[i].type, planList[i].srcVer, planList[i].dstVer, (int)planList[i].minBattery,
			(int)planList[i].minFlash, (int)planList[i].minSignal);
		if (charge < planList[i].minBattery)
			return false;
		strcpy(next, planList[i].dstVer);
	}
	return strcmp(how, "refuse") != 0;
}

static qbool
sotaInfoCb(char *identity, Qth_otaInfo_t *info, Qth_otaDownType_e *type)
{
	printf("identity:%s,version:%s,fileMd5:%s,fileCrc:%s,fileSha256:%s,fileSize:%u\n", identity, info->version,
		info->fileMd5, info->fileCrc, info->fileSha256, (unsigned)info->fileSize);
	remove(image);
	if (!strcmp(how, "mcu")) {
		*type = QTH_SOTA_DOWN_TYPE_MCU;
		strcpy(loading, info->fileUrl);
	}
	return true;
}

static void
otaDownloadCb(char *identity, quint8_t percent)
{
	printf("identity:%s,percent:%d\n", identity, percent);
	if (!strcmp(how, "lost") && percent == 50)
		Qth_configSetServer("http://127.0.0.1:1", words[2], words[3]);
}

static qbool
sotaFileCb(char *identity, quint32_t offset, quint8_t *data, quint32_t dataLen)
{
	FILE *file = fopen(image, "ab");
	bool good = file && (quint32_t)ftell(file) == offset && fwrite(data ? (void *)data : "", 1, dataLen, file) == dataLen;

	if (file)
		good = !fclose(file) && good;
	if (!dataLen) {
		printf("identity:%s,offset:%u,all of it\n", identity, (unsigned)offset);
		done = true;
	}
	return good;
}

static void
otaResultCb(char *identity, qbool result)
{
	printf("identity:%s,result:%d\n", identity, result);
	failed = failed || !result;
}

int
main(int argc, char **argv)
{
	Qth_otaEventCb_t cb = { otaPlanCb, sotaInfoCb, otaDownloadCb, sotaFileCb, otaResultCb };
	Qth_mcuInfo_t mcu = { 0 };

	if (argc < 7 || strlen(argv[4]) >= sizeof mcu.identity || strlen(argv[5]) >= sizeof mcu.version)
		return 2;
	words = argv;
	base = argv[1];
	image = argv[6];
	how = argc > 7 ? argv[7] : "";
	if (*how >= '0' && *how <= '9')
		charge = atol(how);
	Qth_configSetServer(base, argv[2], argv[3]);
	Qth_configSetState((qint32_t)charge, -70, 4194304);
	Qth_configSetEventCb(cb);
	strcpy(mcu.identity, argv[4]);
	strcpy(mcu.version, argv[5]);
	if (!Qth_configSetMcuVer(&mcu, 1) || !Qth_otaRequest(0))
		return fprintf(stderr, "nobody answers\n"), 1;
	if (*loading) /* the MCU's own way to it */
		printf("url:%s\n", loading);
	if (failed || (!done && !*loading))
		return 3;
	/* Asking while it installs brings nothing new; then it starts again. */
	if (strcmp(how, "lost") != 0 && !Qth_otaRequest(0))
		return fprintf(stderr, "nobody answers\n"), 1;
	Qth_configSetServer(base, argv[2], argv[3]);
	strcpy(mcu.version, next);
	if (!Qth_configSetMcuVer(&mcu, 1) || !Qth_otaRequest(0))
		return fprintf(stderr, "nobody answers\n"), 1;
	return 0;
}
