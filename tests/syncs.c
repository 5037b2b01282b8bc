#include "tests/syncs.h"

#include "core/str.h"

#include <sqlite3.h>
#include <unistd.h>

enum { TABLES = 8 }; /* tables of methods that the VFS beneath has */

static sqlite3_vfs ours, *beneath;
static struct {
	const sqlite3_io_methods *theirs;
	sqlite3_io_methods ours;
} tables[TABLES];
static int table_count;
static long count;
static unsigned slow_us;

static int
slow_sync(sqlite3_file *file, int flags)
{
	count++;
	if (slow_us)
		usleep(slow_us);
	/* All its tables have one function for this. */
	return tables[0].theirs->xSync(file, flags);
}

/* The methods of a file stay its own, but for the sync. */
static int
watched_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
	int code = beneath->xOpen(beneath, name, file, flags, out);
	int i = 0;

	(void)vfs;
	if (code || !file->pMethods)
		return code;
	while (i < table_count && tables[i].theirs != file->pMethods)
		i++;
	if (i == TABLES || (i && file->pMethods->xSync != tables[0].theirs->xSync))
		return SQLITE_CANTOPEN;
	if (i == table_count) {
		tables[i].theirs = file->pMethods;
		tables[i].ours = *file->pMethods;
		tables[i].ours.xSync = slow_sync;
		table_count++;
	}
	file->pMethods = &tables[i].ours;
	return code;
}

void
syncs_watch(unsigned us)
{
	slow_us = us;
	count = 0;
	if (beneath)
		return;
	beneath = sqlite3_vfs_find(NULL);
	ours = *beneath;
	ours.zName = "watched";
	ours.xOpen = watched_open;
	sqlite3_vfs_register(&ours, 1);
}

long
syncs_count(void)
{
	return count;
}
