#include "db/sqlite/door.h"

#include <sqlite3.h>
#include <stddef.h>

/*
 * This guards against bugs of the door, not against its user: whoever runs as the web user can
 * open the file without it.
 */
static const struct {
	const char *table;
	int action;
	const char *column; /* NULL: any (inserts) */
} allowed[] = {
	/*
	 * Asked for when json_tree declares its columns; real writes to it are refused by
	 * DEFENSIVE.
	 */
	{ "sqlite_master", SQLITE_UPDATE, NULL },
	{ "device", SQLITE_INSERT, NULL },	    /* enrolment */
	{ "plan_device", SQLITE_UPDATE, "device" }, /* the lists that name its id */
	{ "member", SQLITE_UPDATE, "device" },
	{ "token", SQLITE_INSERT, NULL },
	{ "token", SQLITE_UPDATE, "uses" },
	{ "device", SQLITE_UPDATE, "components" },
	{ "device", SQLITE_UPDATE, "attributes" },
	{ "device", SQLITE_UPDATE, "floors" },
	{ "device", SQLITE_UPDATE, "battery" },
	{ "device", SQLITE_UPDATE, "charging" },
	{ "device", SQLITE_UPDATE, "signal" },
	{ "device", SQLITE_UPDATE, "free" },
	{ "device", SQLITE_UPDATE, "slot" },
	{ "device", SQLITE_UPDATE, "metrics_at" },
	{ "device", SQLITE_UPDATE, "last_seen" },
	{ "device", SQLITE_UPDATE, "gap_s" },
	{ "device", SQLITE_UPDATE, "gap_at" },
	{ "device", SQLITE_UPDATE, "gap_next_s" },
	{ "device", SQLITE_UPDATE, "gap_next_at" },
	{ "device", SQLITE_UPDATE, "known_at" },
	{ "fleet", SQLITE_UPDATE, "next_execution" },
	{ "execution", SQLITE_INSERT, NULL },
	{ "execution", SQLITE_UPDATE, NULL },
	{ "execution_component", SQLITE_INSERT, NULL },
	{ "execution_component", SQLITE_UPDATE, NULL },
	{ "event", SQLITE_INSERT, NULL },
	{ "event", SQLITE_UPDATE, "count" },
	{ "event", SQLITE_UPDATE, "last_at" },
	{ "event", SQLITE_DELETE, NULL }, /* the middle of a log that grows too long */
	{ "tally", SQLITE_INSERT, NULL },
	{ "tally", SQLITE_UPDATE, NULL },
	{ "cohort", SQLITE_INSERT, NULL },
	{ "cohort", SQLITE_UPDATE, NULL },
	{ "stage", SQLITE_UPDATE, "taken" },
	{ "stage", SQLITE_UPDATE, "size" },
	{ "stage", SQLITE_UPDATE, "lent" },
	{ "plan", SQLITE_UPDATE, "targets" },
	{ "pulse", SQLITE_UPDATE, NULL },
};

static bool
same(const char *left, const char *right)
{
	return left && !sqlite3_stricmp(left, right);
}

bool
door_may(int action, const char *first, const char *second)
{
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_RECURSIVE:
	case SQLITE_TRANSACTION:
	case SQLITE_FUNCTION:
		return true;
	case SQLITE_READ:
		return !same(first, "audit") && !same(first, "strategy");
	case SQLITE_PRAGMA:
		return same(first, "cache_size");
	default:
		break;
	}
	for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
		if (allowed[i].action == action && same(first, allowed[i].table) &&
			(!allowed[i].column || same(second, allowed[i].column)))
			return true;
	return false;
}
