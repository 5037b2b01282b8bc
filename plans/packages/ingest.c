/*
 * How a file enters the artifact store.  Apart from store.c, since the device door only reads.
 *
 * Two processes share the work.  The copier copies within the kernel, takes SHA-1 of the copy and
 * waits for the disk; it tells through a pipe how far it is.  We follow, and take the other
 * digests of those bytes of the copy, through a mapping: what is digested is what is stored.
 * What the copier tells last decides: the SHA-1, or why there is no copy.
 *
 * What that gains: in the bench 100 MiB are copied, digested five ways, on the disk and signed in
 * 354 ms, while the five digests alone take one process 387 ms (row "package add",
 * bench/README.md).
 */
#include "core/str.h"
#include "plans/base/file.h"
#include "plans/base/store.h"
#include "signing/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHUNK = 256 * 1024 };

static enum err_code
refuse(struct err *err, enum err_code code, const char *path, const char *why)
{
	err_set(err, code, "cannot take the file %s", QUOTE(path));
	return err_why(err, "%s", why);
}

static enum err_code
source_open(const char *path, int64_t limit, int *fd, int64_t *size, struct err *err)
{
	struct stat st;

	/* Not blocking: opening a FIFO must not wait for a writer. */
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (*fd < 0)
		return refuse(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, path, strerror(errno));
	if (fstat(*fd, &st))
		return refuse(err, ERR_IO, path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return refuse(err, ERR_INPUT, path,
			S_ISDIR(st.st_mode) ? "it is a directory" : "it is no regular file");
	if (!st.st_size)
		return refuse(err, ERR_INPUT, path, "it is empty");
	*size = st.st_size;
	if (st.st_size <= limit)
		return ERR_OK;
	refuse(err, ERR_INPUT, path, "");
	err_why(err, "it has %" PRId64 " bytes, the product allows %" PRId64, st.st_size, limit);
	return err_fix(err, "otactl product set PRODUCT --max-file-mb N");
}

/* --- the copier: a process of its own, so that digesting need not wait for the disk ----------- */

enum { CHANGED = -100000 };

/* What the copier tells: bytes done so far, or below zero -errno or CHANGED; in the end the
 * SHA-1, too. */
struct told {
	int64_t done;
	char sha1[SHA1_HEX];
};

static void
tell(int pipe, const struct told *told)
{
	if (write(pipe, told, sizeof *told) != (ssize_t)sizeof *told)
		_exit(1);
}

/* One piece within the kernel, or through a buffer where the file systems cannot do that. */
static ssize_t
piece(int from, int to, char *buffer)
{
	ssize_t got = copy_file_range(from, NULL, to, NULL, CHUNK, 0), done = 0;

	if (got >= 0 ||
		(errno != EXDEV && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP))
		return got;
	got = read(from, buffer, CHUNK);
	while (done < got) {
		ssize_t more = write(to, buffer + done, (size_t)(got - done));

		if (more < 0 && errno != EINTR)
			return -1;
		done += more > 0 ? more : 0;
	}
	return got;
}

static void
sha1_of(const uint8_t *bytes, int64_t size, char ret[SHA1_HEX])
{
	CLEANUP(digester_free) struct digester *digester = digester_new(DIGEST_SHA1);
	struct digests digests;

	digester_add(digester, bytes, (size_t)size);
	digester_finish(digester, &digests);
	memcpy(ret, digests.sha1, 41);
}

/* Copy `size` bytes and no more, get them to the disk, and take over one digest, for which there
 * is time. */
static void
copier(int from, int to, const uint8_t *copied, int64_t size, int pipe)
{
	static char buffer[CHUNK];
	struct told told = { 0, "" };
	ssize_t got;

	while ((got = piece(from, to, buffer)) > 0 && told.done + got <= size) {
		/* Writing back early makes the fsync at the end cheap. */
		sync_file_range(to, told.done, got, SYNC_FILE_RANGE_WRITE);
		told.done += got;
		tell(pipe, &told);
	}
	if (got > 0 || (!got && told.done != size))
		told.done = CHANGED;
	else if (got < 0 || fchmod(to, 0440))
		told.done = -errno;
	else {
		sha1_of(copied, size, told.sha1);
		if (fsync(to))
			told.done = -errno;
	}
	tell(pipe, &told);
	_exit(0);
}

/* --- digesting -------------------------------------------------------------------------------- */

struct ingest {
	struct session *session;
	const char *path;
	int64_t size;
	const uint8_t *bytes; /* of the copy: what is digested is what is stored */
	struct digester *digester;
	char sha1[SHA1_HEX]; /* from the copier */
};

static void
digest_to(struct ingest *in, int64_t *done, int64_t end)
{
	while (*done < end) {
		int64_t some = end - *done < CHUNK ? end - *done : CHUNK;

		digester_add(in->digester, in->bytes + *done, (size_t)some);
		*done += some;
		if (in->session->progress)
			in->session->progress(in->session, in->path, *done, in->size);
	}
}

/* Follow the copier and digest behind it; what it tells last decides. */
static enum err_code
follow(struct ingest *in, int pipe, struct err *err)
{
	struct told told = { 0, "" };
	int64_t done = 0;
	ssize_t got;

	while ((got = read(pipe, &told, sizeof told)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got != (ssize_t)sizeof told)
			break;
		if (told.done == CHANGED)
			return refuse(err, ERR_INPUT, in->path, "it changed while it was read");
		if (told.done < 0)
			return refuse(err, ERR_IO, in->path, strerror((int)-told.done));
		digest_to(in, &done, told.done);
	}
	memcpy(in->sha1, told.sha1, sizeof in->sha1);
	return *in->sha1 ? ERR_OK : refuse(err, ERR_IO, in->path, "its copy failed");
}

static enum err_code
copy(struct ingest *in, int from, int to, struct err *err)
{
	CLEANUP(fd_close) int ours = -1, theirs = -1;
	int pipes[2];
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC))
		return refuse(err, ERR_IO, in->path, strerror(errno));
	ours = pipes[0];
	theirs = pipes[1];
	pid = fork();
	if (pid < 0)
		return refuse(err, ERR_IO, in->path, strerror(errno));
	if (!pid) {
		/* Else its own end would keep it from noticing that ours is gone. */
		fd_close(&ours);
		copier(from, to, in->bytes, in->size, theirs);
	}
	fd_close(&theirs);
	(void)!follow(in, ours, err);
	/* A copier that is not heard any more ends with its next word.  How is no matter: what
	 * counts is what it said. */
	fd_close(&ours);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return err->code;
}

/* Digest a file, and copy it where `to` is one. */
static enum err_code
digest(struct session *session, const char *path, int from, int to, int64_t size,
	struct digests *ret, struct err *err)
{
	CLEANUP(digester_free)
	struct digester *digester = digester_new(to >= 0 ? DIGEST_OTHERS : DIGEST_ALL);
	struct ingest in = { session, path, size, NULL, digester, "" };
	int64_t done = 0;
	void *bytes;

	if (to >= 0 && ftruncate(to, size))
		return refuse(err, ERR_IO, path, strerror(errno));
	bytes = mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, to >= 0 ? to : from, 0);
	if (bytes == MAP_FAILED)
		return refuse(err, ERR_IO, path, strerror(errno));
	in.bytes = bytes;
	if (to >= 0)
		(void)!copy(&in, from, to, err);
	else
		digest_to(&in, &done, size);
	munmap(bytes, (size_t)size);
	digester_finish(digester, ret);
	if (to >= 0)
		memcpy(ret->sha1, in.sha1, sizeof ret->sha1);
	return err->code;
}

static enum err_code
keep(struct session *session, const char *temporary, const char *sha256, struct err *err)
{
	const char *store = session_store(session);
	const char *final = arena_printf(&session->arena, "%s/%s", store, sha256);
	CLEANUP(fd_close) int folder = open(store, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (folder < 0 || rename(temporary, final) || fsync(folder))
		return refuse(err, ERR_IO, final, strerror(errno));
	return ERR_OK;
}

static enum err_code
take(struct session *session, const char *path, int from, int64_t size, struct digests *digests,
	struct err *err)
{
	char *temporary = arena_printf(&session->arena, "%s/.new-XXXXXX", session_store(session));
	CLEANUP(fd_close) int to = session->dry_run ? -1 : mkostemp(temporary, O_CLOEXEC);

	if (to < 0 && !session->dry_run)
		return refuse(err, ERR_IO, temporary, strerror(errno));
	if (!digest(session, path, from, to, size, digests, err) && to >= 0)
		(void)!keep(session, temporary, digests->sha256, err);
	if (to >= 0 && err->code)
		unlink(temporary);
	return err->code;
}

enum err_code
store_look(const char *path, int64_t limit, int64_t *size, struct err *err)
{
	CLEANUP(fd_close) int from = -1;

	return source_open(path, limit, &from, size, err);
}

enum err_code
store_add(struct session *session, const char *path, int64_t limit, struct artifact *ret,
	struct err *err)
{
	struct digests digests;
	int64_t size = 0;
	CLEANUP(fd_close) int from = -1;

	if (source_open(path, limit, &from, &size, err) ||
		take(session, path, from, size, &digests, err))
		return err->code;
	ret->size = size;
	str_copy(ret->md5, sizeof ret->md5, digests.md5);
	str_copy(ret->sha1, sizeof ret->sha1, digests.sha1);
	str_copy(ret->crc32, sizeof ret->crc32, digests.crc32);
	str_copy(ret->sha256, sizeof ret->sha256, digests.sha256);
	str_copy(ret->blake2b, sizeof ret->blake2b, digests.blake2b);
	return ERR_OK;
}
