/*
 * A load generator for the door: keep-alive HTTP/1.1 over plain sockets, one thread of select-free
 * clients in processes of their own.
 *
 *   load PORT CLIENTS SECONDS poll DEVICES PREFIX       GET the plan of random devices
 *   load PORT CLIENTS SECONDS get PATH                  GET one path
 *   load PORT CLIENTS SECONDS take BEFORE PREFIX BEHIND  GET a path with a device in it, one a client
 *   load PORT CLIENTS SECONDS report EXECUTION DEVICES  POST progress reports, an execution a client
 *
 * Prints "requests/s p50_us p99_us failures".
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SLOTS = 200000, MICROSECONDS = 1000000 /* longer ones count as this long */ };

struct shared {
	long done, failed;
	float us[SLOTS];
};

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int
dial(int port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((unsigned short)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd >= 0 && !connect(fd, (struct sockaddr *)&to, sizeof to) ? fd : -1;
}

/* Read one answer; true for 2xx. */
static int
answer(int fd)
{
	char buffer[16384];
	size_t got = 0, need = 0;

	for (;;) {
		ssize_t n = read(fd, buffer + got, sizeof buffer - 1 - got);
		char *end, *length;

		if (n <= 0)
			return 0;
		got += (size_t)n;
		buffer[got] = '\0';
		end = strstr(buffer, "\r\n\r\n");
		if (!end)
			continue;
		length = strcasestr(buffer, "\r\nContent-Length: ");
		need = (size_t)(end - buffer) + 4 + (length && length < end ? (size_t)atol(length + 18) : 0);
		if (got >= need)
			return buffer[9] == '2';
	}
}

/* What to send: the words behind the time on the command line. */
static int
request_make(char **words, int client, char *ret, size_t room)
{
	const char *body = "{\"state\":\"downloading\",\"progress\":50}";
	long n;

	if (!strcmp(words[0], "get"))
		return snprintf(ret, room, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", words[1]);
	if (!strcmp(words[0], "take"))
		return snprintf(ret, room,
			"GET %s%s%07d/%s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer token-of-%s%07d-long\r\n\r\n",
			words[1], words[2], client, words[3], words[2], client);
	if (!strcmp(words[0], "poll")) {
		n = random() % atol(words[1]);
		return snprintf(ret, room,
			"GET /ota/v1/%s%07ld/plan?STM32=1_0_0&battery=80 HTTP/1.1\r\nHost: x\r\n"
			"Authorization: Bearer token-of-%s%07ld-long\r\n\r\n",
			words[2], n, words[2], n);
	}
	return snprintf(ret, room,
		"POST /ota/v1/%s%07d/executions/%ld HTTP/1.1\r\nHost: x\r\n"
		"Authorization: Bearer token-of-%s%07d-long\r\nContent-Length: %zu\r\n\r\n%s",
		words[2], client, atol(words[1]) + client, words[2], client, strlen(body), body);
}

/* One client until `until`. */
static void
client_run(int port, int client, double until, char **words, struct shared *mine)
{
	int fd = dial(port);

	srandom((unsigned)client + 1);
	while (fd >= 0 && now() < until) {
		char request[1024];
		double from = now();
		int length = request_make(words, client, request, sizeof request);

		if (write(fd, request, (size_t)length) != length || !answer(fd)) {
			mine->failed++;
			close(fd);
			fd = dial(port);
			continue;
		}
		if (mine->done < SLOTS)
			mine->us[mine->done] = (float)((now() - from) * 1e6);
		mine->done++;
	}
}

/* A histogram is enough for two percentiles. */
static void
figures_print(const struct shared *all, int clients, double seconds)
{
	static long bins[MICROSECONDS];
	long total = 0, failed = 0, sampled = 0, seen = 0;
	int p50 = 0, p99 = 0;

	for (int c = 0; c < clients; c++) {
		total += all[c].done;
		failed += all[c].failed;
		for (long i = 0; i < all[c].done && i < SLOTS; i++, sampled++)
			bins[all[c].us[i] < MICROSECONDS - 1 ? (long)all[c].us[i] : MICROSECONDS - 1]++;
	}
	for (int i = 0; i < MICROSECONDS; i++) {
		seen += bins[i];
		if (!p50 && seen * 2 >= sampled)
			p50 = i;
		if (!p99 && seen * 100 >= sampled * 99)
			p99 = i;
	}
	printf("%.0f %d %d %ld\n", (double)total / seconds, p50, p99, failed);
}

int
main(int argc, char **argv)
{
	struct shared *all;
	double seconds, start;
	int clients;

	if (argc < 6 || (strcmp(argv[4], "get") != 0 && argc < 7))
		return 2;
	clients = atoi(argv[2]);
	seconds = atof(argv[3]);
	all = mmap(NULL, (size_t)clients * sizeof *all, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (all == MAP_FAILED)
		return 1;
	start = now();
	for (int c = 0; c < clients; c++)
		if (!fork()) {
			client_run(atoi(argv[1]), c, start + seconds, argv + 4, &all[c]);
			_exit(0);
		}
	while (wait(NULL) > 0)
		;
	figures_print(all, clients, seconds);
	return 0;
}
