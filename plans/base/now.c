#include "plans/base/now.h"

#include "core/str.h"
#include "plans/base/file.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

/* A process sees one boot: it is asked once. */
static const char *
boot_of(struct session *session)
{
	CLEANUP(fd_close) int fd = -1;

	if (session->boot_read)
		return session->boot;
	session->boot_read = true;
	fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, session->boot, 36) != 36)
		session->boot[0] = '\0';
	return session->boot;
}

struct clock_time
now_read(struct session *session)
{
	struct clock_time ret = { .at = session->now + session->now_off };
	struct timespec since;

	if (session->now_given || clock_gettime(CLOCK_BOOTTIME, &since))
		return ret;
	ret.uptime = (int64_t)since.tv_sec;
	str_copy(ret.boot, sizeof ret.boot, boot_of(session));
	return ret;
}

void
now_trust(struct session *session, const struct fleet *fleet)
{
	struct clock_time now = now_read(session);

	if (session->now_given) {
		session->clock_by = fleet->clock.jump_by;
		return;
	}
	session->clock_by = session->now_off = clock_ahead(&fleet->clock, &now);
	session->now = now.at - session->now_off;
}
