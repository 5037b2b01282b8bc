#include "plans/base/store.h"

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

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		close(fd);
		return -1;
	}
	*size = st.st_size;
	return fd;
}
