#include "plans/packages/image.h"

#include "core/str.h"
#include "plans/base/file.h"
#include "plans/base/store.h"
#include "plans/packages/find.h"
#include "signing/image.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *
judge(struct session *session, const struct package_view *view, const struct artifact *file,
	const uint8_t *data)
{
	struct image_claim claim = { .version = view->version.name,
		.chip = view->component.chip,
		.slot = file->slot,
		.size = file->size,
		.slot_size = view->component.slot_size,
		.counter = view->version.counter,
		.floor = view->version.floor };
	char fault[IMAGE_FAULT];
	struct image image;

	image_read(data, (size_t)file->size, &image);
	return image_contradicts(&image, &claim, fault) ? arena_copy(&session->arena, fault) : NULL;
}

enum err_code
image_judge(struct session *session, const struct package_view *view, const struct artifact *file,
	const char *path, const char **fault, struct err *err)
{
	int64_t size = file->size;
	CLEANUP(fd_close)
	int fd = session->dry_run && path ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
					  : store_open(session, file->sha256, &size);
	struct stat st;
	void *data;

	if (fd >= 0 && !fstat(fd, &st))
		size = st.st_size;
	if (fd < 0 || size != file->size) {
		err_set(err, ERR_IO, "cannot read the image %s", file->name);
		err_why(err, "%s", fd < 0 ? strerror(errno) : "its size changed");
	} else {
		data = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (data == MAP_FAILED) {
			err_set(err, ERR_IO, "cannot read the image %s", file->name);
			err_why(err, "%s", strerror(errno));
		} else {
			*fault = judge(session, view, file, data);
			munmap(data, (size_t)size);
		}
	}
	return err->code;
}
