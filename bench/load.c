/*
 * A load generator for the door: keep-alive HTTP/1.1 over plain sockets, one thread of select-free
 * clients in processes of their own.
 *
 *   load PORT CLIENTS SECONDS poll DEVICES PREFIX       GET the plan of random devices
 *   load PORT CLIENTS SECONDS get PATH                  GET one path
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

enum { SLOTS = 200000 };

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

int
main(int argc, char **argv)
{
	struct shared *all;
	int port, clients;
	double limit, start;
	long total = 0, failed = 0, sampled = 0;
	float *us;

	if (argc < 6)
		return 2;
	port = atoi(argv[1]);
	clients = atoi(argv[2]);
	limit = atof(argv[3]);
	all = mmap(NULL, (size_t)clients * sizeof *all, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	start = now();
	for (int c = 0; c < clients; c++) {
		char request[1024], body[128];
		int fd;

		if (fork())
			continue;
		srandom((unsigned)c + 1);
		fd = dial(port);
		while (fd >= 0 && now() - start < limit) {
			double from = now();
			int length;

			if (!strcmp(argv[4], "poll")) {
				long n = random() % atol(argv[5]);

				length = snprintf(request, sizeof request,
					"GET /ota/v1/%s%07ld/plan?STM32=1_0_0&battery=80 HTTP/1.1\r\nHost: x\r\n"
					"Authorization: Bearer token-of-%s%07ld-long\r\n\r\n",
					argv[6], n, argv[6], n);
			} else if (!strcmp(argv[4], "get")) {
				length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", argv[5]);
			} else {
				long execution = atol(argv[5]) + c;
				int size = snprintf(body, sizeof body,
					"{\"state\":\"downloading\",\"progress\":50}");

				length = snprintf(request, sizeof request,
					"POST /ota/v1/%s%07d/executions/%ld HTTP/1.1\r\nHost: x\r\n"
					"Authorization: Bearer token-of-%s%07d-long\r\nContent-Length: %d\r\n\r\n%s",
					argv[6], c, execution, argv[6], c, size, body);
			}
			if (write(fd, request, (size_t)length) != length || !answer(fd)) {
				all[c].failed++;
				close(fd);
				fd = dial(port);
				continue;
			}
			if (all[c].done < SLOTS)
				all[c].us[all[c].done] = (float)((now() - from) * 1e6);
			all[c].done++;
		}
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
	us = malloc((size_t)clients * SLOTS * sizeof *us);
	for (int c = 0; us && c < clients; c++) {
		total += all[c].done;
		failed += all[c].failed;
		for (long i = 0; i < all[c].done && i < SLOTS; i++)
			us[sampled++] = all[c].us[i];
	}
	/* A histogram is enough for two percentiles. */
	{
		static long bins[1000000];
		long seen = 0;
		int p50 = 0, p99 = 0;

		for (long i = 0; i < sampled; i++)
			bins[us[i] < 999999 ? (long)us[i] : 999999]++;
		for (int i = 0; i < 1000000; i++) {
			seen += bins[i];
			if (!p50 && seen * 2 >= sampled)
				p50 = i;
			if (!p99 && seen * 100 >= sampled * 99)
				p99 = i;
		}
		printf("%.0f %d %d %ld\n", (double)total / limit, p50, p99, failed);
	}
	return 0;
}
