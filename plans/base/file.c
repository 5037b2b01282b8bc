#include "plans/base/file.h"

#include "core/str.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

void
fd_close(int *fd)
{
	int error = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = error;
}

static enum err_code
refuse(struct err *err, enum err_code code, const char *path, const char *why)
{
	err_set(err, code, "cannot read %s", QUOTE(path));
	return err_why(err, "%s", why);
}

static enum err_code
read_whole(struct arena *arena, int fd, const char *path, size_t limit, char **ret, size_t *length,
	struct err *err)
{
	char *text = arena_alloc(arena, limit + 2);
	size_t used = 0;
	ssize_t got;

	while (used <= limit && (got = read(fd, text + used, limit + 1 - used)) != 0) {
		if (got < 0)
			return refuse(err, ERR_IO, path, strerror(errno));
		used += (size_t)got;
	}
	if (used > limit)
		return refuse(err, ERR_INPUT, path, "it is too long for what it should be");
	if (memchr(text, '\0', used))
		return refuse(err, ERR_INPUT, path, "it is no text");
	*ret = text;
	if (length)
		*length = used;
	return ERR_OK;
}

/* A file has its size; what comes through a pipe, or out of /proc, may have any up to the limit. */
static size_t
room_for(const struct stat *st, size_t limit)
{
	return S_ISREG(st->st_mode) && st->st_size > 0 && (uint64_t)st->st_size < limit
		       ? (size_t)st->st_size
		       : limit;
}

static enum err_code
open_read(struct arena *arena, const char *path, int flags, size_t limit, char **ret,
	size_t *length, struct err *err)
{
	CLEANUP(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags);
	struct stat st;

	if (fd < 0)
		return refuse(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, path,
			errno == ELOOP ? "a secret may not be a symbolic link" : strerror(errno));
	if (fstat(fd, &st) || S_ISDIR(st.st_mode))
		return refuse(err, ERR_INPUT, path, "it is no file");
	if (flags && (st.st_mode & 077)) {
		refuse(err, ERR_UNTRUSTED, path, "others may read this secret");
		return err_fix(err, "chmod 600 %s", QUOTE(path));
	}
	return read_whole(arena, fd, path, room_for(&st, limit), ret, length, err);
}

enum err_code
text_read(struct arena *arena, const char *path, size_t limit, char **ret, size_t *length,
	struct err *err)
{
	return open_read(arena, path, 0, limit, ret, length, err);
}

enum err_code
text_read_secret(struct arena *arena, const char *path, size_t limit, char **ret, struct err *err)
{
	return open_read(arena, path, O_NOFOLLOW, limit, ret, NULL, err);
}

enum err_code
text_write(const char *path, const char *text, unsigned mode, bool replace, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (replace ? O_TRUNC : O_EXCL), mode);
	size_t length = strlen(text);
	bool written;

	if (fd < 0)
		return file_errno(err, errno == EEXIST ? ERR_CONFLICT : ERR_IO, "write", path);
	written = write(fd, text, length) == (ssize_t)length && !fsync(fd);
	if (close(fd) || !written)
		return file_errno(err, ERR_IO, "write", path);
	return ERR_OK;
}

const char *
file_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

char *
file_folder(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return arena_copy(arena, ".");
	return arena_copy_n(arena, path, slash == path ? 1 : (size_t)(slash - path));
}

enum err_code
file_errno(struct err *err, enum err_code code, const char *what, const char *path)
{
	int error = errno;

	err_set(err, code, "cannot %s %s", what, QUOTE(path));
	return err_why(err, "%s", strerror(error));
}
