/*
 * otactl-mqtt: stands between a broker and the fleet.  One thread; the only user of libmosquitto.
 */
#include "mqtt/bridge.h"
#include "mqtt/notify.h"

#include "core/str.h"

#include <errno.h>
#include <fcntl.h>
#include <mosquitto.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_DB "/var/lib/otactl/fleet.db"

enum { KEEPALIVE_S = 60, WAIT_MS = 1000, PAUSE_LONGEST_S = 60 };

struct broker {
	const char *host, *ca, *certificate, *key;
	int64_t port;
};

/* What the bridge is told of: who takes its messages, and whom it tells of jobs. */
struct desk {
	struct mosquitto *client;
	struct notify notify;
};

static volatile sig_atomic_t ended;

static void
end(int signal)
{
	(void)signal;
	ended = 1;
}

static void
publish(void *context, const char *topic, const char *payload)
{
	struct desk *desk = context;
	int code = mosquitto_publish(
		desk->client, NULL, topic, (int)strlen(payload), payload, 0, false);

	if (code != MOSQ_ERR_SUCCESS && code != MOSQ_ERR_NO_CONN)
		fprintf(stderr, "otactl-mqtt: an answer was not sent: %s\n",
			mosquitto_strerror(code));
}

static void
heard(void *context, int64_t device, bool update)
{
	notify_heard(&((struct desk *)context)->notify, device, update);
}

static void
on_connect(struct mosquitto *client, void *bridge, int code)
{
	(void)bridge;
	if (code) {
		fprintf(stderr, "otactl-mqtt: the broker refuses: %s\n",
			mosquitto_connack_string(code));
		return;
	}
	fprintf(stderr, "otactl-mqtt: connected\n");
	for (int i = 0; i < BRIDGE_TOPICS; i++)
		(void)mosquitto_subscribe(client, NULL, bridge_topics[i], 1);
}

static void
on_message(struct mosquitto *client, void *bridge, const struct mosquitto_message *message)
{
	(void)client;
	bridge_message(bridge, message->topic, message->payload, (size_t)message->payloadlen);
}

/* Twice as long each time, and never the same for two bridges. */
static void
pause_before(int attempt)
{
	unsigned chance = 0;
	int64_t seconds = attempt < 6 ? INT64_C(1) << attempt : PAUSE_LONGEST_S;
	struct timespec time = { .tv_sec = seconds };

	(void)!getrandom(&chance, sizeof chance, GRND_NONBLOCK);
	time.tv_nsec = (long)(chance % 1000) * 1000000;
	nanosleep(&time, NULL);
}

static void
serve(struct desk *desk, struct bridge *bridge, const struct broker *broker)
{
	struct mosquitto *client = desk->client;
	time_t looked = 0;
	int attempt = 0;
	int code = mosquitto_connect(client, broker->host, (int)broker->port, KEEPALIVE_S);

	while (!ended) {
		if (code == MOSQ_ERR_SUCCESS)
			code = mosquitto_loop(client, desk->notify.scanned ? 0 : WAIT_MS, 1);
		bridge_settle(bridge);
		/* Between two looks there is time for what things ask. */
		if (code == MOSQ_ERR_SUCCESS && (desk->notify.scanned || looked != time(NULL))) {
			looked = time(NULL);
			notify_step(&desk->notify, bridge);
		}
		if (code == MOSQ_ERR_SUCCESS) {
			attempt = 0;
			continue;
		}
		fprintf(stderr, "otactl-mqtt: %s:%d: %s\n", broker->host, (int)broker->port,
			mosquitto_strerror(code));
		if (!ended)
			pause_before(attempt++);
		code = mosquitto_reconnect(client);
	}
	mosquitto_disconnect(client);
}

/*
 * One bridge serves a database, or each message would be answered twice: another one stands by
 * until it ends.  The lock is the process's and is never given back before.
 */
static bool
alone(const char *path)
{
	char name[4096 + 8];
	bool told = false;
	int fd;

	snprintf(name, sizeof name, "%.4096s.mqtt", path);
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0660);
	if (fd < 0) {
		fprintf(stderr, "otactl-mqtt: cannot lock %s: %s\n", name, strerror(errno));
		return false;
	}
	while (!ended && flock(fd, LOCK_EX | LOCK_NB)) {
		if (!told)
			fputs("otactl-mqtt: another bridge serves this database: standing by\n",
				stderr);
		told = true;
		sleep(1);
	}
	return true;
}

static int
usage(FILE *out, int code)
{
	fputs("usage: otactl-mqtt --broker HOST[:PORT] [--ca FILE] [--cert FILE --key FILE]\n\n"
	      "The bridge between otactl and an MQTT broker; see otactl-mqtt(8).\n",
		out);
	return code;
}

/* False where the words are none of ours. */
static bool
words_read(int argc, char **argv, struct broker *ret)
{
	const struct {
		const char *name, **value;
	} options[] = { { "--broker", &ret->host }, { "--ca", &ret->ca },
		{ "--cert", &ret->certificate }, { "--key", &ret->key } };
	char *colon;

	for (int i = 1; i < argc; i += 2) {
		size_t k = 0;

		while (k < COUNT(options) && strcmp(options[k].name, argv[i]) != 0)
			k++;
		if (k == COUNT(options) || i + 1 == argc)
			return false;
		*options[k].value = argv[i + 1];
	}
	ret->port = ret->ca ? 8883 : 1883;
	colon = ret->host ? strrchr(ret->host, ':') : NULL;
	if (colon) {
		*colon = '\0';
		if (!str_int(colon + 1, 1, 65535, &ret->port))
			return false;
	}
	return ret->host && *ret->host && !ret->certificate == !ret->key &&
	       (ret->ca || !ret->certificate);
}

int
main(int argc, char **argv)
{
	const char *path = getenv("OTACTL_DB"), *base = getenv("OTACTL_BASE_URL");
	struct bridge bridge = { .path = path && *path ? path : DEFAULT_DB,
		.base_url = base,
		.publish = publish,
		.heard = heard };
	struct desk desk = { .client = NULL };
	struct broker broker = { .host = NULL };
	int code;

	if (argc == 2 && !strcmp(argv[1], "--help"))
		return usage(stdout, 0);
	if (argc == 2 && !strcmp(argv[1], "--version")) {
		puts("otactl-mqtt " OTACTL_VERSION);
		return 0;
	}
	if (!words_read(argc, argv, &broker))
		return usage(stderr, ERR_USAGE);
	if (!base || !*base || strlen(base) > 100) {
		fputs("otactl-mqtt: OTACTL_BASE_URL is not set, or has over 100 bytes\n", stderr);
		return ERR_USAGE;
	}
	umask(0007);
	signal(SIGTERM, end);
	signal(SIGINT, end);
	if (!alone(bridge.path))
		return ERR_IO;
	mosquitto_lib_init();
	desk.client = mosquitto_new(NULL, true, &bridge);
	if (!desk.client)
		return ERR_INTERNAL;
	bridge.context = &desk;
	mosquitto_connect_callback_set(desk.client, on_connect);
	mosquitto_message_callback_set(desk.client, on_message);
	code = broker.ca ? mosquitto_tls_set(desk.client, broker.ca, NULL, broker.certificate,
				   broker.key, NULL)
			 : MOSQ_ERR_SUCCESS;
	if (code != MOSQ_ERR_SUCCESS) {
		fprintf(stderr, "otactl-mqtt: the certificates cannot be read: %s\n",
			mosquitto_strerror(code));
		return ERR_INPUT;
	}
	serve(&desk, &bridge, &broker);
	notify_end(&desk.notify);
	mosquitto_destroy(desk.client);
	mosquitto_lib_cleanup();
	session_close(&bridge.session);
	return 0;
}
