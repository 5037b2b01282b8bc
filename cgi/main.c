/*
 * otactl.cgi: plain CGI, FastCGI on an inherited socket, or a small prefork server of its own
 * (--listen SOCKET --workers N).  The same binary, the same handle().
 */
#include "cgi/prefork.h"
#include "cgi/request.h"
#include "cgi/respond.h"
#include "cgi/route.h"
#include "core/str.h"
#include "plans/door/contact.h"

#include <errno.h>
#include <fcgiapp.h>
#include <malloc.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_DB "/var/lib/otactl/fleet.db"

enum { BACKLOG = 128, WORKER_CACHE_MB = 6, HEAP = 640 * 1024, KEPT = 8 * 1024 * 1024 };

/*
 * Open the database at the first request that names it; the process's own environment wins.  One
 * that cannot be opened, for whatever reason, is the server's trouble: whoever asks comes again.
 */
static enum err_code
ready(struct session *session, const struct source *source, struct err *err)
{
	const char *path = getenv("OTACTL_DB");

	session_set_now(session, (int64_t)time(NULL));
	if (session->db)
		return ERR_OK;
	if (!path)
		path = source->variable(source->context, "OTACTL_DB");
	session->actor = "door";
	if (session_open_at(session, path && *path ? path : DEFAULT_DB, DB_DOOR, err) &&
		err->code != ERR_BUSY)
		err->code = ERR_IO;
	return err->code;
}

static void
serve(struct session *session, const struct source *source, const struct sink *sink)
{
	struct err err = ERR_NONE;
	struct request request;
	struct reply reply;

	if (request_read(&session->arena, source, &request, &err) || ready(session, source, &err))
		handle_error(session, &request, &err, &reply);
	else
		handle(session, &request, &reply);
	respond_write(&reply, sink);
	arena_reset(&session->arena);
}

/* No device waits for this any more: what fails is told to who runs the server. */
static void
contacts_settle(struct session *session)
{
	struct err err = ERR_NONE;

	if (contacts_store(session, &err))
		fprintf(stderr, "otactl.cgi: contacts were not stored: %s: %s\n", err.what,
			err.why);
}

/* --- CGI ------------------------------------------------------------------------------------- */

static const char *
cgi_variable(void *unused, const char *name)
{
	(void)unused;
	return getenv(name);
}

static size_t
cgi_read(void *unused, char *ret, size_t size)
{
	(void)unused;
	return fread(ret, 1, size, stdin);
}

static bool
cgi_write(void *unused, const char *data, size_t size)
{
	(void)unused;
	return fwrite(data, 1, size, stdout) == size;
}

/*
 * What a request frees the next one asks for again: given back to the kernel in between, it costs
 * two system calls and a page fault for each page, which is more than the rest of a poll.
 */
static void
memory_keep(void)
{
	mallopt(M_MMAP_THRESHOLD, KEPT);
	mallopt(M_TRIM_THRESHOLD, KEPT);
}

/*
 * A process that answers once touches most of its memory for the first time: asked for at once that
 * costs a fraction of a page fault each.  A kernel that cannot (before 5.14) changes nothing.
 */
static void
memory_ready(void)
{
	extern char __executable_start, etext;
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t text = (uintptr_t)&__executable_start / page * page;
	void *heap;

	(void)madvise((void *)text, (uintptr_t)&etext - text, MADV_POPULATE_READ);
	heap = malloc(HEAP);
	if (heap) {
		uintptr_t from = (uintptr_t)heap / page * page;

		(void)madvise((void *)from, HEAP, MADV_POPULATE_WRITE);
	}
	free(heap);
}

static void
serve_once(struct session *session)
{
	struct source source = { cgi_variable, cgi_read, NULL };
	struct sink sink = { cgi_write, NULL };

	memory_ready();
	serve(session, &source, &sink);
	fflush(stdout);
	contacts_settle(session);
}

/* --- FastCGI --------------------------------------------------------------------------------- */

static const char *
fcgi_variable(void *request, const char *name)
{
	return FCGX_GetParam(name, ((FCGX_Request *)request)->envp);
}

static size_t
fcgi_read(void *request, char *ret, size_t size)
{
	int got = FCGX_GetStr(ret, (int)size, ((FCGX_Request *)request)->in);

	return got > 0 ? (size_t)got : 0;
}

static bool
fcgi_write(void *request, const char *data, size_t size)
{
	return FCGX_PutStr(data, (int)size, ((FCGX_Request *)request)->out) == (int)size;
}

/*
 * After a request the library shuts a connection down and waits for the other side to close it,
 * lest a TCP reset swallow the reply.  On a local socket nothing can be swallowed: close at once.
 */
static bool
is_local(int fd)
{
	struct sockaddr_storage address = { .ss_family = AF_UNSPEC };
	socklen_t size = sizeof address;

	return !getsockname(fd, (struct sockaddr *)&address, &size) && address.ss_family == AF_UNIX;
}

/* True where a request is there already, on a connection that was kept open or on a fresh one. */
static bool
awaited(int fd, const FCGX_Request *request)
{
	struct pollfd list[] = { { .fd = fd, .events = POLLIN },
		{ .fd = request->ipcFd, .events = POLLIN } };

	/* A connection that was closed is no request. */
	return poll(list, COUNT(list), 0) > 0 &&
	       (list[0].revents == POLLIN || list[1].revents == POLLIN);
}

/*
 * While others wait contacts are kept, and many are stored at once.  Another worker may be faster
 * with the request that waits: then those kept here wait for the next one.
 */
static void
work(int fd)
{
	const bool local = is_local(fd);
	struct session session = { .cache_mb = WORKER_CACHE_MB };
	FCGX_Request request;
	struct source source = { fcgi_variable, fcgi_read, &request };
	struct sink sink = { fcgi_write, &request };

	/* Let a request wait for a free processor instead of interrupting the web server: a quarter
	 * more requests per second where both share the processors. */
	(void)!sched_setscheduler(0, SCHED_BATCH, &(struct sched_param){ 0 });
	FCGX_Init();
	FCGX_InitRequest(&request, fd, 0);
	while (FCGX_Accept_r(&request) >= 0) {
		serve(&session, &source, &sink);
		if (local)
			FCGX_Detach(&request);
		FCGX_Finish_r(&request);
		if (contacts_kept(&session) &&
			(contacts_kept(&session) == CONTACTS_MAX || !awaited(fd, &request)))
			contacts_settle(&session);
	}
}

/* --- the server of its own ------------------------------------------------------------------- */

static int
listen_on(const char *socket_path, int64_t workers)
{
	int fd;

	umask(0007);
	FCGX_Init();
	fd = FCGX_OpenSocket(socket_path, BACKLOG);
	if (fd < 0) {
		fprintf(stderr, "otactl.cgi: cannot listen on %s: %s\n", socket_path,
			strerror(errno));
		return ERR_IO;
	}
	prefork_run(fd, workers, work);
	unlink(socket_path);
	return 0;
}

static int
usage(FILE *out, int code)
{
	fputs("usage: otactl.cgi [--listen SOCKET] [--workers N]\n\n"
	      "The device door of otactl.  Without options it is a CGI program, or a FastCGI "
	      "worker\n"
	      "on an inherited socket; see otactl.cgi(8).\n",
		out);
	return code;
}

int
main(int argc, char **argv)
{
	const char *listen_path = NULL, *inherited = getenv("LISTEN_FDS");
	struct session session = { .path = NULL };
	int64_t workers = 2;

	umask(0007);
	memory_keep();
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--help"))
			return usage(stdout, 0);
		if (!strcmp(argv[i], "--version")) {
			puts("otactl.cgi " OTACTL_VERSION);
			return 0;
		}
		if (!strcmp(argv[i], "--listen") && i + 1 < argc)
			listen_path = argv[++i];
		else if (strcmp(argv[i], "--workers") != 0 || i + 1 >= argc ||
			 !str_int(argv[++i], 1, PREFORK_MAX, &workers))
			return usage(stderr, ERR_USAGE);
	}
	if (listen_path)
		return listen_on(listen_path, workers);
	if (inherited && !strcmp(inherited, "1"))
		work(3);
	else if (!FCGX_IsCGI())
		work(0);
	else
		serve_once(&session);
	/* One request, one process: the system frees faster than we could. */
	_exit(0);
}
