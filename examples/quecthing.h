/*
 * The shapes of the QuecThing SDK's OTA interface, for applications written against it: the callbacks are called as
 * the SDK calls them, and the requests behind them go to otactl instead of the vendor's cloud; see otactl.cgi(8).
 * One thread; every function returns when its work is done.  Strings end in a NUL.
 */
#pragma once

#include <stdint.h>

typedef uint8_t qbool, quint8_t;
typedef uint16_t quint16_t;
typedef uint32_t quint32_t;
typedef int32_t qint32_t;

enum { QTH_IDENTITY = 33, QTH_VERSION = 65, QTH_URL = 256, QTH_NONE = INT32_MIN };

typedef enum { QTH_OTA_TYPE_MODULE, QTH_OTA_TYPE_MCU, QTH_OTA_TYPE_APP } Qth_otaType_e;
typedef enum { QTH_SOTA_DOWN_TYPE_MODULE, QTH_SOTA_DOWN_TYPE_MCU } Qth_otaDownType_e;

typedef struct {
	char identity[QTH_IDENTITY], version[QTH_VERSION];
} Qth_mcuInfo_t;

typedef struct {
	char identity[QTH_IDENTITY];
	Qth_otaType_e type;
	char srcVer[QTH_VERSION], dstVer[QTH_VERSION];	  /* srcVer "": unknown */
	qint32_t minBattery, minFlash, minSignal;	  /* QTH_NONE: nobody asks */
} Qth_otaPlan_t;

typedef struct {
	char version[QTH_VERSION], fileMd5[33], fileCrc[9], fileSha256[65], fileUrl[QTH_URL];
	quint32_t fileSize;
} Qth_otaInfo_t;

typedef struct {
	/* The notice of a plan: TRUE accepts the whole list. */
	qbool (*planCb)(Qth_otaPlan_t *planList, quint16_t count);
	/* A file of what was accepted for an MCU; *type says who loads it.  FALSE: it is not wanted. */
	qbool (*sotaInfoCb)(char *identity, Qth_otaInfo_t *info, Qth_otaDownType_e *type);
	/* Each 10 % that were loaded. */
	void (*downloadCb)(char *identity, quint8_t percent);
	/* A piece of the file; dataLen 0: all of it was handed over, and is what was signed for.  FALSE: it failed. */
	qbool (*sotaFileCb)(char *identity, quint32_t offset, quint8_t *data, quint32_t dataLen);
	/* How it ended. */
	void (*resultCb)(char *identity, qbool result);
} Qth_otaEventCb_t;

/* Where to ask ("https://ota.example.com/ota"), as which device, with which token; they are not copied. */
void Qth_configSetServer(const char *base, const char *device, const char *token);

/* What the device measures; QTH_NONE where it does not. */
void Qth_configSetState(qint32_t battery, qint32_t signal, qint32_t flash);

void Qth_configSetEventCb(Qth_otaEventCb_t cb);

/* What the module itself runs, if its firmware is upgraded, too; told with the next list of the MCUs'. */
void Qth_configSetModuleVer(const char *identity, const char *version);

/*
 * What the MCUs run.  It is told at once; whoever was being upgraded to a version and runs it now has succeeded.
 * FALSE: it could not be told, and is told again with the next request.
 */
qbool Qth_configSetMcuVer(const Qth_mcuInfo_t *list, quint16_t count);

/*
 * Ask for plans, and do what comes of it, up to the hand-over of the last file; nothing while an update has no version
 * yet.  FALSE: nobody answered.
 */
qbool Qth_otaRequest(int mode);
