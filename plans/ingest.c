/* How a file enters the artifact store.  Apart from store.c, since the device door only reads. */
#include "plans/store.h"

#include "core/str.h"
#include "signing/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
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
	err_why(err, "it has %lld bytes, the product allows %lld", (long long)st.st_size,
		(long long)limit);
	return err_fix(err, "otactl product set PRODUCT --max-file-mb N");
}

static bool
write_all(int fd, const char *data, size_t size)
{
	while (size) {
		ssize_t done = write(fd, data, size);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		data += done;
		size -= (size_t)done;
	}
	return true;
}

static enum err_code
copy(struct session *session, const char *path, int from, int to, int64_t size,
	struct digests *digests, struct err *err)
{
	CLEANUP(digester_free) struct digester *digester = digester_new();
	char *chunk = arena_alloc(&session->arena, CHUNK);
	int64_t done = 0;
	ssize_t got;

	while ((got = read(from, chunk, CHUNK)) > 0) {
		digester_add(digester, chunk, (size_t)got);
		if (to >= 0 && !write_all(to, chunk, (size_t)got))
			return refuse(err, ERR_IO, path, strerror(errno));
		/* Writing back early makes the fsync at the end cheap. */
		if (to >= 0)
			sync_file_range(to, done, got, SYNC_FILE_RANGE_WRITE);
		done += got;
		if (session->progress)
			session->progress(session, path, done, size);
	}
	if (got < 0)
		return refuse(err, ERR_IO, path, strerror(errno));
	if (done != size)
		return refuse(err, ERR_INPUT, path, "it changed while it was read");
	digester_finish(digester, digests);
	return ERR_OK;
}

static enum err_code
keep(struct session *session, const char *temporary, int fd, const char *sha256, struct err *err)
{
	const char *store = session_store(session);
	const char *final = arena_printf(&session->arena, "%s/%s", store, sha256);
	int folder = open(store, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool kept = folder >= 0 && !fchmod(fd, 0440) && !fsync(fd) && !rename(temporary, final) &&
		    !fsync(folder);
	int error = errno;

	if (folder >= 0)
		close(folder);
	return kept ? ERR_OK : refuse(err, ERR_IO, final, strerror(error));
}

static enum err_code
take(struct session *session, const char *path, int from, int64_t size, struct digests *digests,
	struct err *err)
{
	char *temporary = arena_printf(&session->arena, "%s/.new-XXXXXX", session_store(session));
	int to = session->dry_run ? -1 : mkostemp(temporary, O_CLOEXEC);

	if (to < 0 && !session->dry_run)
		return refuse(err, ERR_IO, temporary, strerror(errno));
	if (!copy(session, path, from, to, size, digests, err) && to >= 0)
		(void)!keep(session, temporary, to, digests->sha256, err);
	if (to >= 0) {
		close(to);
		if (err->code)
			unlink(temporary);
	}
	return err->code;
}

enum err_code
store_add(struct session *session, const char *path, int64_t limit, struct artifact *ret,
	struct err *err)
{
	struct digests digests;
	int64_t size = 0;
	int from = -1;

	err->code = ERR_OK;
	if (!source_open(path, limit, &from, &size, err))
		(void)!take(session, path, from, size, &digests, err);
	if (from >= 0)
		close(from);
	if (err->code)
		return err->code;
	ret->size = size;
	str_copy(ret->md5, sizeof ret->md5, digests.md5);
	str_copy(ret->sha1, sizeof ret->sha1, digests.sha1);
	str_copy(ret->crc32, sizeof ret->crc32, digests.crc32);
	str_copy(ret->sha256, sizeof ret->sha256, digests.sha256);
	str_copy(ret->blake2b, sizeof ret->blake2b, digests.blake2b);
	return ERR_OK;
}
