/* The product on one screen: every command, its words and what runs it. */
#include "cli/command.h"
#include "run.h"

#define OPERAND(name, kind, help)        { name, kind, ARG_REQUIRED, NULL, help }
#define MAYBE_OPERAND(name, kind, help)  { name, kind, 0, NULL, help }
#define OPERANDS(name, kind, help)       { name, kind, ARG_REQUIRED | ARG_REPEAT, NULL, help }
#define OPTION(name, kind, value, help)  { name, kind, 0, value, help }
#define OPTIONS(name, kind, value, help) { name, kind, ARG_REPEAT, value, help }
#define MUST(name, kind, value, help)    { name, kind, ARG_REQUIRED, value, help }
#define FLAG(name, help)                 { name, ARG_FLAG, 0, NULL, help }

#define PRODUCT   OPERAND("PRODUCT", ARG_PRODUCT, "a product")
#define PLAN      OPERAND("PLAN", ARG_PLAN, "a plan")
#define DEVICE    OPERAND("DEVICE", ARG_DEVICE, "a device id")
#define PACKAGE   OPERAND("PRODUCT/COMPONENT", ARG_COMPONENT, "whose package it is"), \
		  OPERAND("VERSION", ARG_TEXT, "the version it leads to"), SOURCE
#define SOURCE    OPTION("--delta-from", ARG_TEXT, "VERSION", "the delta that starts from this version"), \
		  OPTION("--minimal-from", ARG_TEXT, "VERSION", "the minimal package that starts from this version")
#define SECRET    OPTION("--passphrase-file", ARG_FILE, "FILE", "read the passphrase from a file"), \
		  OPTION("--passphrase-fd", ARG_COUNT, "N", "read the passphrase from an open descriptor")
#define SIGNER    SECRET, { "--sign-command", ARG_TEXT, ARG_SECRET, "CMD", \
			"sign through CMD (HSM, KMS): bytes on its stdin, 64 bytes back; the key file is the public key" }
#define COMPONENT_SETTINGS \
		  OPTION("--chip", ARG_TEXT, "NAME", "what its images are made for: esp8266, esp32, esp32s3 ..."), \
		  OPTION("--slot-size", ARG_COUNT, "BYTES", "what an image may have")
#define SETTINGS  OPTION("--auth", ARG_TEXT, "HOW", "token (default), certificate, or none for labs"), \
		  OPTION("--unknown-devices", ARG_TEXT, "WHAT", "refuse (default) or enrol"), \
		  OPTION("--signatures", ARG_COUNT, "N", "trusted signatures a package needs; 0 goes without"), \
		  OPTION("--max-files", ARG_COUNT, "N", "files of a package (5)"), \
		  OPTION("--max-file-mb", ARG_COUNT, "N", "size of a file in MiB (100)"), \
		  OPTION("--extensions", ARG_TEXT, "LIST", "allowed file names, such as '.bin .tar.gz'"), \
		  OPTION("--languages", ARG_TEXT, "LIST", "texts that manual plans need ('en zh')"), \
		  FLAG("--enrolment-token", "make a token with which unknown devices enrol"), \
		  OPTION("--enrolment-uses", ARG_COUNT, "N", "that token enrols so many devices (any number)"), \
		  OPTION("--enrolment-until", ARG_TIME, "TIME", "and no longer than this")
#define CHOICE    OPERAND("EXECUTION|PLAN", ARG_TEXT, "an execution id, or a plan with devices or --state"), \
		  { "DEVICE", ARG_DEVICE, ARG_REPEAT, NULL, "an id, @FILE or @-" }, \
		  OPTION("--state", ARG_TEXT, "STATE", "all of the plan in this state")
#define DEFINITION \
	OPTIONS("--upgrade", ARG_TEXT, "COMPONENT=VERSION", "what the plan brings"), \
	OPTIONS("--whitelist", ARG_TEXT, "WHO", "an id, @FILE, group:NAME, label:SELECTOR, " \
						"plan:NAME:STATE or none"), \
	OPTIONS("--blacklist", ARG_TEXT, "WHO", "the same; beats the whitelist"), \
	FLAG("--allow-unknown", "lists may name devices that are not enrolled yet"), \
	OPTIONS("--push", ARG_TEXT, "WINDOW", "push window, such as 'Mon-Fri 22:00-04:00'"), \
	OPTIONS("--blackout", ARG_TEXT, "DATE", "no window opens on DATE or DATE..DATE"), \
	OPTIONS("--install", ARG_TEXT, "WINDOW", "devices may install only in this window"), \
	OPTION("--timezone-of", ARG_TEXT, "WHOSE", "windows are read in the zone of the plan or the device"), \
	OPTION("--start", ARG_TIME, "TIME", "nothing is offered before"), \
	OPTION("--end", ARG_TIME, "TIME", "the plan ends by itself"), \
	OPTION("--strategy", ARG_STRATEGY, "NAME", "rollout rules (cautious)"), \
	OPTIONS("--set", ARG_TEXT, "KEY=VALUE", "another value for one parameter of the strategy"), \
	OPTION("--mode", ARG_TEXT, "MODE", "silent (default), or manual: a person accepts"), \
	OPTIONS("--text", ARG_TEXT, "LANG=TEXT", "what the person reads; LANG=@FILE reads a file"), \
	OPTIONS("--from", ARG_TEXT, "VERSION", "only devices at one of these versions"), \
	OPTIONS("--allow", ARG_TEXT, "KIND", "only packages of these kinds: full, delta, minimal"), \
	OPTION("--unknown-version", ARG_TEXT, "WHAT", "devices at versions never seen: allow or hold"), \
	OPTION("--unknown-hw", ARG_TEXT, "WHAT", "devices that tell no hardware, for bound packages: hold or allow"), \
	OPTION("--priority", ARG_NUMBER, "N", "of two plans the higher one comes first (0)"), \
	FLAG("--continuous", "devices enrolled later take part, too"), \
	FLAG("--allow-downgrade", "the target may be older than what a device runs"), \
	FLAG("--require-all", "only devices that have every component")

static const struct arg global_args[] = {
	OPTION("--db", ARG_FILE, "PATH", "the database ($OTACTL_DB, /var/lib/otactl/fleet.db)"),
	FLAG("--json", "print JSON; its keys are a promise"),
	FLAG("--quiet", "print results only; of what makes a secret, the secret"),
	OPTION("--now", ARG_TIME, "TIME", "pretend it is this time (tests, what-if)"),
	FLAG("--no-color", "no colours, also on a terminal"),
	FLAG("--help", "tell all about the command"),
	{ 0 },
};

static const struct arg writing_args[] = {
	FLAG("--dry-run", "tell what would be done, and do nothing"),
	OPTION("--reason", ARG_TEXT, "TEXT", "why; kept in the audit"),
	{ 0 },
};

static const struct command commands[] = {
	{ "audit anchor", "print or write the head of the audit chain, to keep elsewhere",
		"With --sign it also writes FILE.minisig, which minisign verifies, too.",
		"otactl audit anchor -o head.txt --sign release.key", NEED_READ, run_audit_anchor,
		{ OPTION("-o", ARG_FILE, "FILE", "write it here"),
			OPTION("--sign", ARG_FILE, "KEY", "and sign it with this secret key"), SIGNER } },
	{ "audit export", "print every row of the audit as a line of JSON", NULL,
		"otactl audit export", NEED_READ, run_audit_export, { { 0 } } },
	{ "audit log", "show who changed what and why", NULL,
		"otactl audit log --object spring", NEED_READ, run_audit_log,
		{ OPTION("--object", ARG_TEXT, "NAME", "changes of this plan, device, package ... only"),
			OPTION("--action", ARG_TEXT, "WORDS", "commands that begin so, such as 'plan'"),
			OPTION("--limit", ARG_COUNT, "N", "at most so many (the newest 50)") } },
	{ "audit verify", "find every edit of the audit table",
		"Each row holds the hash of the one before it. An anchor kept elsewhere also shows rows\n"
		"that are missing at the end.",
		"otactl audit verify --anchor head.txt --key release.pub", NEED_READ, run_audit_verify,
		{ OPTION("--anchor", ARG_FILE, "FILE", "an anchor that the chain must lead to"),
			OPTION("--key", ARG_FILE, "FILE", "check the anchor's signature under this public key") } },
	{ "component add", "add a component to a product",
		"The identity is what devices report, such as STM32. A module is firmware of the\n"
		"communication module, an mcu firmware behind it, an app a tree of files.",
		"otactl component add aroma STM32 --type mcu", NEED_WRITE, run_component_add,
		{ PRODUCT, OPERAND("IDENTITY", ARG_TEXT, "its name on the device"),
			MUST("--type", ARG_TEXT, "TYPE", "module, mcu or app"), COMPONENT_SETTINGS } },
	{ "component list", "list the components of a product", NULL, "otactl component list aroma",
		NEED_READ, run_component_list, { PRODUCT } },
	{ "component remove", "remove a component without packages", NULL,
		"otactl component remove aroma ESP32", NEED_WRITE,
		run_component_remove, { PRODUCT, OPERAND("IDENTITY", ARG_COMPONENT, "its name") } },
	{ "component set", "change type, chip or slot size of a component",
		"Images added later are checked against them.",
		"otactl component set aroma STM32 --chip esp32s3 --slot-size 1572864", NEED_WRITE,
		run_component_set,
		{ PRODUCT, OPERAND("IDENTITY", ARG_COMPONENT, "its name"),
			OPTION("--type", ARG_TEXT, "TYPE", "module, mcu or app"), COMPONENT_SETTINGS } },
	{ "db adopt", "go on with a copy of the database; needs --reason",
		"A database that is behind the high-water file beside it, or comes from another machine, offers\n"
		"nothing. Adopting suspends every plan, applies revocations and counters again and starts a new\n"
		"generation.",
		"otactl db adopt --reason 'the old server burnt down'", NEED_WRITE, run_db_adopt, { { 0 } } },
	{ "db backup", "copy the database into one file, while it is used",
		"The file is checked and on the disk before it gets its name. The token key is not in it: keep\n"
		"fleet.db.token-key apart.",
		"otactl db backup /backup/fleet.db --artifacts", NEED_FILES, run_db_backup,
		{ OPERAND("FILE", ARG_FILE, "the copy; one of that name is replaced"),
			FLAG("--artifacts", "and the artifact store into FILE.artifacts") } },
	{ "db check", "look whether the database and its files are whole",
		"Pages, references, and every counter against the rows that it counts. With --files every\n"
		"artifact is digested; a package whose file differs is quarantined and its plans suspended. With\n"
		"--repair, which needs --reason, counters get the value that the rows have, in one change whose\n"
		"audit row names each; nothing else is touched. Exits with 9 while anything is found.",
		"otactl db check --files", NEED_WRITE, run_db_check,
		{ FLAG("--files", "digest every file of the artifact store"),
			FLAG("--repair", "set wrong counters right") } },
	{ "db gc", "remove what no package needs from the artifact store",
		"Files that nobody has touched for an hour.",
		"otactl db gc", NEED_WRITE, run_db_gc, { { 0 } } },
	{ "db migrate", "bring the database up to the schema of this program",
		"Any command that writes does it, too. Where plans run, the next otactl tick counts them anew, and\n"
		"until then devices hear 503.",
		"otactl db migrate", NEED_WRITE, run_db_migrate, { { 0 } } },
	{ "db restore", "put a backup in the place of the database; needs --reason",
		"And adopts it: see db adopt. Artifacts come back from FILE.artifacts where it is there.",
		"otactl db restore /backup/fleet.db --reason 'disk failure'", NEED_FILES, run_db_restore,
		{ OPERAND("FILE", ARG_FILE, "the backup") } },
	{ "device add", "add one device", NULL,
		"otactl device add SN0001 --product aroma --component STM32=1_0_0 --token", NEED_WRITE,
		run_device_add,
		{ DEVICE, MUST("--product", ARG_PRODUCT, "PRODUCT", "its product"),
			OPTIONS("--component", ARG_TEXT, "IDENTITY=VERSION", "what it runs"),
			OPTIONS("--label", ARG_TEXT, "KEY=VALUE", "a label"),
			OPTIONS("--group", ARG_GROUP, "GROUP", "put it into this group"),
			OPTION("--timezone", ARG_TEXT, "ZONE", "its IANA time zone"),
			FLAG("--token", "make a token and print it, once") } },
	{ "device explain", "tell what every running plan decides for a device", NULL,
		"otactl device explain SN0007", NEED_READ, run_device_explain, { DEVICE } },
	{ "device history", "list all that happened to a device", NULL,
		"otactl device history SN0001", NEED_READ, run_device_history, { DEVICE } },
	{ "device hold", "keep devices from every upgrade",
		"What a device downloads is canceled, and offered again after the release; what it\n"
		"installs goes on.",
		"otactl device hold SN0001 --reason 'demo unit'", NEED_WRITE, run_device_hold,
		{ OPERANDS("DEVICE", ARG_DEVICE, "an id, @FILE or @-") } },
	{ "device import", "import devices from a CSV file, all or none",
		"The header names the columns: device (required), token, timezone, groups (separated\n"
		"by ';'), label:KEY; every other column is a component with its version.",
		"otactl device import devices.csv --product aroma", NEED_WRITE, run_device_import,
		{ OPERAND("FILE", ARG_FILE, "the CSV file, - for stdin"),
			MUST("--product", ARG_PRODUCT, "PRODUCT", "their product"),
			OPTION("--tokens-out", ARG_FILE, "FILE",
				"make tokens for devices without one and write them here") } },
	{ "device list", "list devices", NULL, "otactl device list --product aroma", NEED_READ,
		run_device_list, { OPTION("--product", ARG_PRODUCT, "PRODUCT", "of this product only") } },
	{ "device release", "let held devices take part again", NULL,
		"otactl device release SN0001 --reason 'demo is over'", NEED_WRITE, run_device_release,
		{ OPERANDS("DEVICE", ARG_DEVICE, "an id, @FILE or @-") } },
	{ "device remove", "take a device out of service",
		"Its token is void, what is open is canceled and no plan counts it any more.  One with a history, or\n"
		"that lists, groups or a hold name, is retired: history and audit stay, and whoever is added under\n"
		"its id again is a new device that those lists still mean.",
		"otactl device remove SN0099", NEED_WRITE, run_device_remove,
		{ DEVICE } },
	{ "device reset", "forget what a device told and proved; needs --reason",
		"For a board that was exchanged: versions, attributes, metrics and security floors are\n"
		"forgotten, an open execution is canceled.",
		"otactl device reset SN0001 --reason 'new main board'", NEED_WRITE, run_device_reset, { DEVICE } },
	{ "device set", "change labels or time zone of a device", NULL,
		"otactl device set SN0001 --label region=eu", NEED_WRITE, run_device_set,
		{ DEVICE, OPTIONS("--label", ARG_TEXT, "KEY=VALUE", "a label; KEY= removes it"),
			OPTION("--timezone", ARG_TEXT, "ZONE", "its IANA time zone, or none") } },
	{ "device show", "show a device with its executions", NULL,
		"otactl device show SN0001", NEED_READ, run_device_show, { DEVICE } },
	{ "device token", "give a device a new token, printed once", NULL,
		"otactl device token SN0001 --overlap 1d", NEED_WRITE, run_device_token,
		{ DEVICE, OPTION("--overlap", ARG_SPAN, "TIME", "the old one stays good for so long (0)") } },
	{ "execution cancel", "cancel upgrade attempts",
		"What is merely offered ends at once; who has accepted is asked to stop and has until\n"
		"the verify timeout of the plan to do so. The plan is not offered to the device again\n"
		"until execution retry.",
		"otactl execution cancel spring SN0007", NEED_WRITE, run_execution_cancel, { CHOICE } },
	{ "execution confirm", "accept for the person at the device; manual plans only",
		"Also ahead of the offer: the device finds the upgrade accepted when it asks.",
		"otactl execution confirm spring SN0007", NEED_WRITE, run_execution_confirm, { CHOICE } },
	{ "execution list", "list the upgrade attempts of a plan", NULL,
		"otactl execution list spring --state failed", NEED_READ, run_execution_list,
		{ PLAN, OPTION("--state", ARG_TEXT, "STATE", "only those in this state") } },
	{ "execution retry", "allow devices one more attempt; needs --reason",
		"Also those that succeeded, were refused by a person or have no retries left.",
		"otactl execution retry spring --state failed --reason 'server was down'", NEED_WRITE,
		run_execution_retry, { CHOICE } },
	{ "execution show", "show one upgrade attempt with its log", NULL,
		"otactl execution show 11", NEED_READ,
		run_execution_show, { OPERAND("EXECUTION", ARG_TEXT, "its id") } },
	{ "freeze off", "allow offers again", NULL,
		"otactl freeze off --reason 'reports were about another part'", NEED_WRITE, run_freeze_off,
		{ OPTION("--product", ARG_PRODUCT, "PRODUCT", "of this product only") } },
	{ "freeze on", "stop every offer and download at once",
		"What devices download is canceled, and offered again after freeze off; who installs\n"
		"goes on.",
		"otactl freeze on --reason 'bad field reports'", NEED_WRITE, run_freeze_on,
		{ OPTION("--product", ARG_PRODUCT, "PRODUCT", "of this product only") } },
	{ "gateway add", "make a token that acts for all devices of a product or group",
		"The gateway polls and reports for the devices behind it, under their own ids. The token is\n"
		"printed once.",
		"otactl gateway add hall-7 --group lab", NEED_WRITE, run_gateway_add,
		{ OPERAND("NAME", ARG_TEXT, "its name"),
			OPTION("--product", ARG_PRODUCT, "PRODUCT", "it acts for all devices of this product"),
			OPTION("--group", ARG_GROUP, "GROUP", "or of this group"),
			OPTION("--until", ARG_TIME, "TIME", "its token ends then") } },
	{ "gateway list", "list gateways", NULL,
		"otactl gateway list", NEED_READ, run_gateway_list, { { 0 } } },
	{ "gateway remove", "end the token of a gateway", NULL,
		"otactl gateway remove hall-7", NEED_WRITE, run_gateway_remove,
		{ OPERAND("NAME", ARG_TEXT, "its name") } },
	{ "group add", "put devices into a group, made where missing", NULL,
		"otactl group add lab SN0001", NEED_WRITE, run_group_add,
		{ OPERAND("GROUP", ARG_GROUP, "the group"),
			OPERANDS("DEVICE", ARG_DEVICE, "an id, @FILE or @-") } },
	{ "group list", "list groups", NULL,
		"otactl group list", NEED_READ, run_group_list, { { 0 } } },
	{ "group remove", "take devices out of a group, or remove the group", NULL,
		"otactl group remove lab SN0001", NEED_WRITE, run_group_remove,
		{ OPERAND("GROUP", ARG_GROUP, "the group"),
			{ "DEVICE", ARG_DEVICE, ARG_REPEAT, NULL, "an id, @FILE or @-; none: the group itself" } } },
	{ "group show", "list the devices of a group", NULL,
		"otactl group show lab", NEED_READ, run_group_show,
		{ OPERAND("GROUP", ARG_GROUP, "the group") } },
	{ "help", "tell about commands", NULL, "otactl help plan activate", NEED_NOTHING, run_help,
		{ { "COMMAND", ARG_TEXT, ARG_REPEAT, NULL, "what to tell about" },
			OPTION("--format", ARG_TEXT, "FORMAT", "text (default) or mdoc") } },
	{ "init", "create the database and its artifact store", NULL,
		"otactl init", NEED_FILES, run_init,
		{ { 0 } } },
	{ "key export", "print a trusted public key in minisign's format", NULL,
		"otactl key export release --pem", NEED_READ, run_key_export,
		{ OPERAND("KEY", ARG_TEXT, "its name or id"), FLAG("--pem", "in PEM, for OpenSSL"),
			OPTION("--product", ARG_PRODUCT, "PRODUCT", "of this product only") } },
	{ "key import", "make key files of OpenSSL's PEM or of another key file",
		"FILE is a private or public Ed25519 key in PEM, or a minisign key file. A private key is written\n"
		"as NAME.key and NAME.pub, which also gives it another passphrase; a public one as NAME.pub.",
		"otactl key import hsm.pem hsm", NEED_FILES, run_key_import,
		{ OPERAND("FILE", ARG_FILE, "the key file"), OPERAND("NAME", ARG_FILE, "name of the new files"),
			FLAG("--no-passphrase", "do not encrypt the secret key (CI)"), SECRET,
			OPTION("--from-passphrase-file", ARG_FILE, "FILE", "the passphrase of the key file") } },
	{ "key list", "list trusted keys", NULL, "otactl key list", NEED_READ, run_key_list,
		{ OPTION("--product", ARG_PRODUCT, "PRODUCT", "of this product only") } },
	{ "key new", "make a key pair: NAME.key and NAME.pub",
		"The files are minisign's. Without --no-passphrase the secret key is encrypted under a\n"
		"passphrase, which takes 1 GiB of memory and a few seconds.",
		"otactl key new release", NEED_FILES, run_key_new,
		{ OPERAND("NAME", ARG_FILE, "name of the two files"),
			FLAG("--no-passphrase", "do not encrypt the secret key (CI)"), SECRET } },
	{ "key revoke", "never trust a key again; needs --reason",
		"Packages that have too few signatures without it are quarantined and their plans suspended,\n"
		"at once.",
		"otactl key revoke release --reason 'the laptop was stolen'", NEED_WRITE,
		run_key_revoke,
		{ OPERAND("KEY", ARG_TEXT, "its name or id"),
			OPTION("--product", ARG_PRODUCT, "PRODUCT", "for this product only") } },
	{ "key trust", "allow a public key to sign packages of a product",
		"The dates count when a package is published: what was published in time stays good.\n"
		"A key that is trusted already gets the new dates.",
		"otactl key trust release.pub --product aroma", NEED_WRITE, run_key_trust,
		{ OPERAND("FILE", ARG_FILE, "the public key file"),
			MUST("--product", ARG_PRODUCT, "PRODUCT", "the product"),
			OPTION("--from", ARG_TIME, "TIME", "not before"),
			OPTION("--until", ARG_TIME, "TIME", "not from then on") } },
	{ "key untrust", "stop trusting a key for a product",
		"As key revoke, but it may be trusted again.",
		"otactl key untrust release --product aroma --reason 'left us'", NEED_WRITE, run_key_untrust,
		{ OPERAND("KEY", ARG_TEXT, "its name or id"),
			MUST("--product", ARG_PRODUCT, "PRODUCT", "the product") } },
	{ "package add", "add a draft package: files, digests, manifest",
		"A FILE may carry a slot (module and mcu: FILE=user1) or a destination path (app:\n"
		"FILE=flash/main.py). --tree takes a whole directory of an app: DIR/flash/... and DIR/sd/..., as\n"
		"they stand on the device, and DIR/../firmware_VERSION.bin beside it.\n"
		"Without --delta-from or --minimal-from it is a full package.\n"
		"Images of ESP8266, ESP32 and MCUboot are read: one that is damaged or contradicts the version,\n"
		"chip, slot or counter is refused. A manifest made by package manifest and signed elsewhere comes\n"
		"back with --manifest and --signature. --files-of issues old bytes anew, with the next counter.",
		"otactl package add aroma/STM32 1_0_1 firmware.bin --sign release.key", NEED_WRITE,
		run_package_add,
		{ OPERAND("PRODUCT/COMPONENT", ARG_COMPONENT, "whose package it is"),
			OPERAND("VERSION", ARG_TEXT, "the version it leads to"),
			{ "FILE", ARG_FILE, ARG_REPEAT, NULL, "its files, in order" }, SOURCE,
			OPTION("--sign", ARG_FILE, "KEY", "sign it with this secret key"), SIGNER,
			OPTION("--tree", ARG_FILE, "DIR", "app: instead of files, those of a version directory"),
			OPTION("--files-of", ARG_TEXT, "VERSION", "instead of files: those of another version"),
			OPTION("--manifest", ARG_FILE, "FILE", "the manifest, made elsewhere"),
			OPTIONS("--signature", ARG_FILE, "FILE", "a signature of the manifest or of a file"),
			FLAG("--force", "take images that contradict what is declared; needs --reason"),
			OPTION("--counter", ARG_COUNT, "N", "orders versions (highest so far + 1)"),
			OPTION("--floor", ARG_COUNT, "N", "security floor of the version (as before)"),
			OPTIONS("--hw", ARG_TEXT, "NAME", "hardware it is bound to: label hw of a device, else its attribute"),
			OPTIONS("--requires", ARG_TEXT, "RULE", "'IDENTITY >= COUNTER': what the device must run"),
			OPTIONS("--delete", ARG_TEXT, "PATH", "app: a file to delete on the device"),
			OPTION("--expires", ARG_TIME, "TIME", "the manifest is void from then on"),
			OPTION("--remark", ARG_TEXT, "TEXT", "at most 200 characters") } },
	{ "package list", "list packages", NULL, "otactl package list", NEED_READ, run_package_list,
		{ MAYBE_OPERAND("PRODUCT", ARG_PRODUCT, "of this product only") } },
	{ "package manifest", "print or write the manifest and its signatures",
		"FILE.minisig is the first signature, FILE.KEYID.minisig any other.",
		"otactl package manifest aroma/STM32 1_0_1 -o firmware.manifest", NEED_READ,
		run_package_manifest,
		{ PACKAGE, OPTION("-o", ARG_FILE, "FILE", "write FILE, and FILE.minisig where it is signed"),
			OPTION("--file-signatures", ARG_FILE, "FOLDER",
				"write the signature of each file there, as NAME.minisig") } },
	{ "package publish", "let plans use the packages of a version",
		"Each needs enough signatures by keys trusted for the product.",
		"otactl package publish aroma/STM32 1_0_1", NEED_WRITE, run_package_publish, { PACKAGE } },
	{ "package remove", "remove a package that nothing ever used", NULL,
		"otactl package remove aroma/STM32 1_0_2", NEED_WRITE,
		run_package_remove, { PACKAGE } },
	{ "package retire", "keep new plans from the packages of a version", NULL,
		"otactl package retire aroma/STM32 1_0_1 --reason '1_0_2 replaces it'", NEED_WRITE,
		run_package_retire, { PACKAGE } },
	{ "package revoke", "stop the packages of a version at once; needs --reason",
		"Nobody is offered them, download URLs answer 403, plans that use them are suspended.",
		"otactl package revoke aroma/STM32 1_0_1 --reason 'does not boot on board C'",
		NEED_WRITE, run_package_revoke, { PACKAGE } },
	{ "package show", "show a package with digests and signatures", NULL,
		"otactl package show aroma/STM32 1_0_1", NEED_READ, run_package_show, { PACKAGE } },
	{ "package sign", "sign a package, or store signatures made elsewhere",
		"A KEY signs manifest and files. With --signature each .minisig finds out itself what it covers.",
		"otactl package sign aroma/STM32 1_0_1 release.key", NEED_WRITE, run_package_sign,
		{ PACKAGE, MAYBE_OPERAND("KEY", ARG_FILE, "the secret key file"), SIGNER,
			OPTIONS("--signature", ARG_FILE, "FILE", "a signature made elsewhere") } },
	{ "package verify", "check signatures and bytes of a package, or of files",
		"Of a package in the database: signatures, manifest, and the digests of its stored files.\n"
		"Or of a manifest file and its signature file.",
		"otactl package verify aroma/STM32 1_0_1", NEED_READ, run_package_verify,
		{ MAYBE_OPERAND("PRODUCT/COMPONENT", ARG_COMPONENT, "whose package it is"),
			MAYBE_OPERAND("VERSION", ARG_TEXT, "the version it leads to"), SOURCE,
			OPTION("--manifest", ARG_FILE, "FILE", "a manifest file instead"),
			OPTION("--signature", ARG_FILE, "FILE", "and its signature") } },
	{ "plan activate", "activate a draft plan",
		"Counts the targets, freezes the parameters, opens the first stage. Says who of them never\n"
		"gets it and why, and what else is foreseen. Asks on a terminal.",
		"otactl plan activate spring --expect 500", NEED_WRITE, run_plan_activate,
		{ PLAN, OPTION("--expect", ARG_COUNT, "N", "refuse another number of targets"),
			FLAG("--yes", "do not ask") } },
	{ "plan advance", "open the next stage now, or end the probe after a resume",
		"Needs --reason unless all that is missing is this approval.",
		"otactl plan advance spring --reason 'lab looks fine'", NEED_WRITE, run_plan_advance, { PLAN } },
	{ "plan blacklist", "keep more devices from a plan, also from one that runs",
		"What they download is canceled, what they install goes on. Groups and plans are copied\n"
		"now; who joins the group later is kept from it, too. What is on the list stays there.",
		"otactl plan blacklist spring SN0007 group:lab --reason 'demo units'", NEED_WRITE,
		run_plan_blacklist,
		{ PLAN, OPERANDS("WHO", ARG_TEXT, "an id, @FILE, group:NAME, label:SELECTOR or plan:NAME:STATE"),
			FLAG("--allow-unknown", "lists may name devices that are not enrolled yet") } },
	{ "plan clone", "make a draft like another plan", NULL,
		"otactl plan clone spring summer", NEED_WRITE,
		run_plan_clone, { PLAN, OPERAND("NAME", ARG_TEXT, "name of the draft") } },
	{ "plan complete", "end a plan whose last stage is open", "Stragglers are given up.",
		"otactl plan complete spring --reason 'the rest is off for good'",
		NEED_WRITE, run_plan_complete, { PLAN } },
	{ "plan create", "create a draft plan",
		"Without lists every device of the product is a target.",
		"otactl plan create spring --product aroma --upgrade STM32=1_0_1 --timezone Europe/Berlin",
		NEED_WRITE, run_plan_create,
		{ OPERAND("PLAN", ARG_TEXT, "its name"), MUST("--product", ARG_PRODUCT, "PRODUCT", "its product"),
			MUST("--timezone", ARG_TEXT, "ZONE", "IANA time zone of windows, start and end"),
			DEFINITION,
			OPTION("--salt", ARG_TEXT, "HEX",
				"draw the devices of stages as another plan of this salt did (at random)") } },
	{ "plan delete", "delete a draft plan", NULL,
		"otactl plan delete spring", NEED_WRITE, run_plan_delete, { PLAN } },
	{ "plan devices", "list what happened to each device of a plan", NULL,
		"otactl plan devices spring --state succeeded", NEED_READ,
		run_plan_devices, { PLAN, OPTION("--state", ARG_TEXT, "STATE", "only those in this state") } },
	{ "plan edit", "change a draft plan; a list given replaces the old one", NULL,
		"otactl plan edit spring --set soak=1h", NEED_WRITE, run_plan_edit,
		{ PLAN, OPTION("--timezone", ARG_TEXT, "ZONE", "IANA time zone of windows, start and end"),
			DEFINITION } },
	{ "plan expand", "add devices to the whitelist of an active plan; needs --reason",
		"By more than 10 % of the targets the rollout begins at its first stage again.",
		"otactl plan expand spring --whitelist @more.txt --reason 'pilot went well'", NEED_WRITE,
		run_plan_expand,
		{ PLAN, { "--whitelist", ARG_TEXT, ARG_REQUIRED | ARG_REPEAT, "WHO",
			"an id, @FILE, group:NAME, label:SELECTOR or plan:NAME:STATE" },
			FLAG("--allow-unknown", "lists may name devices that are not enrolled yet") } },
	{ "plan explain", "tell why a device gets or does not get a plan",
		"The very decision that the device hears, with every gate, the values compared and the\n"
		"earliest time at which it may change.",
		"otactl plan explain spring SN0007", NEED_READ, run_plan_explain, { PLAN, DEVICE } },
	{ "plan extend", "let a plan end later; needs --reason", NULL,
		"otactl plan extend spring --end 2027-03-01 --reason 'ships at sea'", NEED_WRITE, run_plan_extend,
		{ PLAN, MUST("--end", ARG_TIME, "TIME", "the new end") } },
	{ "plan list", "list plans", NULL,
		"otactl plan list", NEED_READ, run_plan_list, { { 0 } } },
	{ "plan resume", "let a suspended plan go on; needs --reason",
		"After the breaker or silence at most 5 devices come first, as a probe; the cohort that tripped\n"
		"the breaker is left out where it is less than half of the targets.",
		"otactl plan resume spring --reason 'bad cable in the lab'", NEED_WRITE, run_plan_resume,
		{ PLAN, FLAG("--with-cohort", "let the cohorts that tripped the breaker take part again") } },
	{ "plan show", "show a plan with its lists and parameters", NULL,
		"otactl plan show spring", NEED_READ, run_plan_show, { PLAN } },
	{ "plan simulate", "play a plan through before it runs",
		"The decision that devices hear, for every device and over a virtual clock: who gets it,\n"
		"who never does and why, how long it takes. A draft is taken as if activated now, a\n"
		"suspended plan as if resumed now; one that runs goes on from what it has done.",
		"otactl plan simulate spring --failure-rate 2", NEED_SCRATCH, run_plan_simulate,
		{ PLAN, OPTION("--days", ARG_COUNT, "N", "how far to look ahead (14)"),
			OPTION("--failure-rate", ARG_TEXT, "PERCENT", "attempts that fail (0)"),
			OPTION("--duration", ARG_SPAN, "TIME", "from the acceptance to the success (the strategy's)"),
			OPTION("--seed", ARG_COUNT, "N", "of the dice (1)") } },
	{ "plan status", "show how far a plan is", NULL, "otactl plan status spring", NEED_READ,
		run_plan_status, { PLAN } },
	{ "plan suspend", "stop new offers of a plan; who accepted goes on", NULL,
		"otactl plan suspend spring", NEED_WRITE, run_plan_suspend, { PLAN } },
	{ "plan terminate", "end a plan for good; who accepted goes on", NULL,
		"otactl plan terminate spring --reason 'replaced by summer'", NEED_WRITE,
		run_plan_terminate, { PLAN, FLAG("--cancel", "ask who accepted to stop") } },
	{ "plan throttle", "slow an active plan down",
		"From the next poll on. Downwards at once; with --reason up again, to what the plan was activated\n"
		"with and never further. Of an exponential rate N is the highest it comes to.",
		"otactl plan throttle spring --rate 20", NEED_WRITE, run_plan_throttle,
		{ PLAN, OPTION("--rate", ARG_TEXT, "N", "offers per minute, or off"),
			OPTION("--max-in-progress", ARG_TEXT, "N", "devices between acceptance and their end, or off"),
			OPTION("--max-unproven", ARG_TEXT, "N", "the same for the limit that grows with success; off or auto") } },
	{ "plan wait", "wait until a plan has come so far, for CI",
		"Ends with 0 when it has, with 4 when it cannot any more, with 7 after the timeout.",
		"otactl plan wait spring --until completed --timeout 2h", NEED_READ, run_plan_wait,
		{ PLAN, MUST("--until", ARG_TEXT, "WHAT", "stage:N, completed or suspended"),
			OPTION("--timeout", ARG_SPAN, "TIME", "give up then (never)") } },
	{ "plan watch", "show how far a plan is, again and again", NULL,
		"otactl plan watch spring", NEED_READ, run_plan_watch,
		{ PLAN, OPTION("--interval", ARG_SPAN, "TIME", "between two looks (2s)"),
			OPTION("--count", ARG_COUNT, "N", "end after so many looks") } },
	{ "product add", "add a product", NULL,
		"otactl product add aroma", NEED_WRITE, run_product_add,
		{ OPERAND("PRODUCT", ARG_TEXT, "its name"), SETTINGS } },
	{ "product list", "list products", NULL,
		"otactl product list", NEED_READ, run_product_list, { { 0 } } },
	{ "product remove", "remove a product that nothing hangs on", NULL,
		"otactl product remove aroma", NEED_WRITE, run_product_remove, { PRODUCT } },
	{ "product set", "change settings of a product", NULL,
		"otactl product set aroma --unknown-devices enrol --enrolment-token", NEED_WRITE, run_product_set,
		{ PRODUCT, SETTINGS } },
	{ "product show", "show a product with its components", NULL,
		"otactl product show aroma", NEED_READ, run_product_show, { PRODUCT } },
	{ "product versions", "list the versions of a product with counter and floor", NULL,
		"otactl product versions aroma", NEED_READ, run_product_versions, { PRODUCT } },
	{ "strategy add", "add a strategy of your own", NULL,
		"otactl strategy add night --from fast --set soak=4h", NEED_WRITE, run_strategy_add,
		{ OPERAND("STRATEGY", ARG_TEXT, "its name"),
			OPTION("--from", ARG_STRATEGY, "STRATEGY", "what it starts from (cautious)"),
			OPTIONS("--set", ARG_TEXT, "KEY=VALUE", "another value for one parameter") } },
	{ "strategy list", "list strategies", NULL,
		"otactl strategy list", NEED_READ, run_strategy_list,
		{ { 0 } } },
	{ "strategy remove", "remove a strategy that no draft uses", NULL,
		"otactl strategy remove night", NEED_WRITE, run_strategy_remove,
		{ OPERAND("STRATEGY", ARG_STRATEGY, "a strategy") } },
	{ "strategy set", "change a strategy of your own", "Plans that are active keep what they have.",
		"otactl strategy set night --set soak=6h", NEED_WRITE, run_strategy_set,
		{ OPERAND("STRATEGY", ARG_STRATEGY, "a strategy"),
			{ "--set", ARG_TEXT, ARG_REQUIRED | ARG_REPEAT, "KEY=VALUE",
				"another value for one parameter" } } },
	{ "strategy show", "show the parameters of a strategy and what they mean", NULL,
		"otactl strategy show cautious", NEED_READ, run_strategy_show,
		{ OPERAND("STRATEGY", ARG_STRATEGY, "a strategy") } },
	{ "tick", "move every rollout on; cron runs it every minute",
		"Closes what ran out of time, makes breaker trips suspensions, opens stages, ends plans. A plan\n"
		"whose rows cannot be read is left as it is and named: the others go on, the run ends with 9.\n"
		"After the clock has jumped nothing is offered, ended or timed out until it is back, for a day, or\n"
		"until --accept-clock says that it is right now: that suspends every active plan.",
		"otactl tick", NEED_WRITE, run_tick,
		{ FLAG("--accept-clock", "trust the clock, which has jumped; nothing else is done") } },
	{ "trace", "tell what went where, who approved it and what happened",
		"Of a device: every attempt, the plans behind them, every change to it. Of a package: where it\n"
		"went, how that ended, who added, signed, published and rolled it out.",
		"otactl trace aroma/STM32 1_0_1", NEED_READ, run_trace,
		{ OPERAND("PACKAGE|DEVICE", ARG_TEXT, "a device id, or PRODUCT/COMPONENT"),
			MAYBE_OPERAND("VERSION", ARG_TEXT, "the version of the package"),
			OPTION("--limit", ARG_COUNT, "N", "at most so many attempts, the newest (1000; 0: all)") } },
	{ "trial show", "show the newest trial of a package, device by device", NULL,
		"otactl trial show aroma/STM32 1_0_1", NEED_READ, run_trial_show, { PACKAGE } },
	{ "trial start", "try a package on chosen devices before any plan uses it",
		"It passes when all of them have succeeded in time. Windows, stages and rates do not\n"
		"matter; holds, freezes and signatures do.",
		"otactl trial start aroma/STM32 1_0_1 --device SN0001", NEED_WRITE, run_trial_start,
		{ PACKAGE, { "--device", ARG_DEVICE, ARG_REQUIRED | ARG_REPEAT, "WHO",
			"an id, @FILE, group:NAME or label:SELECTOR" },
			OPTION("--timeout", ARG_SPAN, "TIME", "it has failed then (60m)") } },
};

const struct command_table command_table = { commands, COUNT(commands), global_args, writing_args };
