#include "plans/base/store.h"

#include "plans/base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

bool
store_has(struct session *session, const char *sha256, int64_t size)
{
	struct stat st;
	const char *path = arena_printf(&session->arena, "%s/%s", session_store(session), sha256);

	return !stat(path, &st) && S_ISREG(st.st_mode) && st.st_size == size;
}

int
store_open(struct session *session, const char *sha256, int64_t *size)
{
	const char *path = arena_printf(&session->arena, "%s/%s", session_store(session), sha256);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;

	if (fd >= 0 && (fstat(fd, &st) || !S_ISREG(st.st_mode)))
		fd_close(&fd);
	if (fd >= 0)
		*size = st.st_size;
	return fd;
}
